//! The only place where findings about the text's form are put into words.

use diag::{Diagnostic, FileId, Span, code};

use crate::{brackets::Imbalance, kind::SyntaxKind, literal::Fault};

/// More findings than that in one file help nobody and cost memory.
pub(crate) const COUNT_MAX: usize = 1000;

fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    let mut short: String = line.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

/// Something is missing in front of a token.
pub(crate) fn expected(span: Span, what: &str, found: &str) -> Diagnostic {
    let found = shorten(found);
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("expected {what}, found `{found}`")).label(format!("expected {what}"))
}

/// Something is missing at the end of a line.
pub(crate) fn expected_before_line_end(span: Span, what: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("expected {what} before the end of the line")).label(format!("expected {what}"))
}

/// Brackets that do not match.
pub(crate) fn imbalance(file: FileId, source: &str, it: Imbalance) -> Diagnostic {
    let span = |range: (u32, u32)| Span::new(file, range.0, range.1);
    let text = |range: (u32, u32)| source.get(range.0 as usize..range.1 as usize).unwrap_or("");
    match it {
        Imbalance::Unclosed { open, kind, before } => unclosed(span(before), span(open), text(open).trim_start_matches('\\'), closing(kind)),
        Imbalance::Unopened { at, close } => Diagnostic::error(code::SYNTAX_ERROR, span((at, at)), "expected `{` before the end of the line")
            .label("expected `{`")
            .also(span(close), "closed here")
            .fix(span((at, at)), " {", "write `{`"),
        Imbalance::Wrong { open, kind, close } => {
            let wanted = closing(kind);
            Diagnostic::error(code::SYNTAX_ERROR, span(close), format!("`{}` does not close `{}`", text(close), text(open).trim_start_matches('\\')))
                .label(format!("expected `{wanted}`"))
                .also(span(open), "opened here")
                .fix(span(close), wanted, format!("write `{wanted}`"))
        }
        Imbalance::Surplus { close, .. } => unopened(span(close), text(close)),
    }
}

fn closing(open: SyntaxKind) -> &'static str {
    match open {
        SyntaxKind::LBrace => "}",
        SyntaxKind::LBracket => "]",
        _ => ")",
    }
}

/// A bracket that is never closed.
pub(crate) fn unclosed(span: Span, open: Span, bracket: &str, close: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, open, format!("this `{bracket}` is never closed"))
        .label("opened here")
        .also(span, format!("expected `{close}` before this"))
}

/// A closing bracket without an opening one.
pub(crate) fn unopened(span: Span, close: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("`{close}` closes nothing")).label("one too many")
}

/// `let port Int`.
pub(crate) fn missing_colon(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a type stands behind a colon").label("expected `:`").fix(span, ":", "write `:`")
}

/// `x = v` where an entry is written `x: v`.
pub(crate) fn equals_for_colon(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("an entry is written with `:`, not with `{text}`")).label("expected `:`").fix(span, ":", "write `:`")
}

/// An entry that is only a path.
pub(crate) fn entry_without_value(span: Span, path: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("expected `:` or `{{` behind `{}`", shorten(path))).label("this entry has no value")
}

/// `{{ .Values.x }}`.
pub(crate) fn template(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "`{{ .. }}` is a template of other tools")
        .label("not read")
        .help("name a value: `params.x`, `settings.x`, or inside a text `\\(params.x)`")
}

/// `- a` behind a key.
pub(crate) fn yaml_list(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a list is written `[a, b]`, not with `-`").label("a list of YAML").help("write `[a, b]`, on one line or more")
}

/// `a:` with its entries on the lines below.
pub(crate) fn yaml_block(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "the entries below stand in `{ .. }`: indentation means nothing")
        .label("expected `{`")
        .help("write `{` here, and `}` behind the last of them")
}

/// `a: |`.
pub(crate) fn yaml_text(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a text of several lines stands in `\"\"\"`")
        .label("a text of YAML")
        .help("write `\"\"\"` here and at the end of the text")
}

/// `---`.
pub(crate) fn yaml_document(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "declarations follow each other without `---`").label("not needed").fix(span, "", "remove it")
}

/// `apiVersion: v1` at the top of a file.
pub(crate) fn yaml_manifest(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("`{}:` is an entry; a file holds declarations", shorten(word)))
        .label("expected a declaration")
        .help("write `KIND NAME { .. }` around it, such as `namespace tools { .. }`")
}

/// `var x = 1`.
pub(crate) fn other_word(span: Span, what: &str, word: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("{what} is declared with `{word}`")).label(format!("expected `{word}`")).fix(
        span,
        word,
        format!("write `{word}`"),
    )
}

/// `app x: {`.
pub(crate) fn needless(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("the head of a declaration has no `{text}`")).label("not needed").fix(span, "", "remove it")
}

/// `c ? a : b`.
pub(crate) fn ternary(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a choice is written `if c then a else b`").label("not an operator").help("write `if .. then .. else ..`")
}

/// `and`, `or`, `not`.
pub(crate) fn word_for_operator(span: Span, word: &str, op: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("`{word}` is written `{op}`")).label(format!("expected `{op}`")).fix(span, op, format!("write `{op}`"))
}

/// `if c { a } else { b }` as a value.
pub(crate) fn braces_of_if(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a value is chosen with `if c then a else b`")
        .label("expected `then`")
        .help("write `then` and `else` without braces")
}

/// `env [ A: 1 ]`.
pub(crate) fn other_block(span: Span, bracket: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("entries stand in `{{ .. }}`, not in `{bracket}`")).label("expected `{`")
}

/// `image: nginx:1.27`.
pub(crate) fn bare_text(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a text stands in quotes").label("expected `\"`").fix(span, format!("\"{text}\""), "quote it")
}

/// Two elements without anything between them.
pub(crate) fn missing_comma(span: Span, at: Span, found: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("expected `,` or a new line, found `{}`", shorten(found))).label("expected `,` or a new line").fix(
        at,
        ",",
        "write `,`",
    )
}

/// `number 8080`.
pub(crate) fn missing_entry_colon(span: Span, at: Span, found: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("expected `:`, a name or a block, found `{}`", shorten(found))).label("expected `:`").fix(
        at,
        ":",
        "write `:`",
    )
}

/// `a...b`, `a-b`.
pub(crate) fn other_range(span: Span, fixed: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a range is written `a..b`").label("expected `..`").fix(span, fixed, format!("write `{fixed}`"))
}

/// `name = v` where a setting or field needs a type.
pub(crate) fn missing_type(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "expected `:` and a type, found `=`").label("expected a type").help("write `name: String = ..`")
}

/// `if` or `match` as an operand.
pub(crate) fn operand_needs_parens(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("`{word}` as an operand stands in parentheses")).label("put this in parentheses")
}

/// `a < b < c`, `a..b..c`.
pub(crate) fn operator_chain(span: Span, op: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("`{op}` cannot follow another one of its kind")).label("put one side in parentheses")
}

/// An entry at the top of a file.
pub(crate) fn entry_outside(span: Span, word: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, format!("`{word}` stands in an instance, not at the top of a file")).label("this belongs in `{ .. }`")
}

/// More levels than anything may have.
pub(crate) fn nesting_too_deep(span: Span, limit: u32) -> Diagnostic {
    Diagnostic::error(code::NESTING_TOO_DEEP, span, format!("nested more than {limit} levels deep")).label("not read from here on")
}

/// A string without its end.
pub(crate) fn unclosed_string(span: Span) -> Diagnostic {
    Diagnostic::error(code::UNCLOSED_STRING, span, "this string is never closed").label("opened here")
}

/// `\d` and the like.
pub(crate) fn invalid_escape(span: Span, fault: &Fault, fix: bool) -> Diagnostic {
    let diagnostic = Diagnostic::error(code::INVALID_ESCAPE, span, fault.why.clone()).label("a backslash itself is written `\\\\`");
    if !fix {
        return diagnostic;
    }
    let backslash = Span::new(span.file, span.start, span.start + 1);
    diagnostic.fix(backslash, "\\\\", "write `\\\\` for a backslash")
}

/// A number with something wrong in it.
pub(crate) fn invalid_number(span: Span, text: &str, fault: &Fault) -> Diagnostic {
    Diagnostic::error(code::INVALID_LITERAL, span, format!("`{}` is no number: {}", shorten(text), fault.why)).label(fault.why.clone())
}

/// `0644`.
pub(crate) fn leading_zero(span: Span, text: &str) -> Diagnostic {
    let octal = format!("0o{}", text.trim_start_matches('0'));
    Diagnostic::error(code::INVALID_LITERAL, span, format!("`{text}` is no number: an octal number is written `{octal}`"))
        .label("a number does not begin with 0")
        .fix(span, octal.clone(), format!("write `{octal}`"))
}

/// An address with something wrong in it.
pub(crate) fn invalid_address(span: Span, text: &str, fault: &Fault) -> Diagnostic {
    Diagnostic::error(code::INVALID_LITERAL, span, format!("`{}` is no address: {}", shorten(text), fault.why)).label(fault.why.clone())
}

/// `1.2.3`.
pub(crate) fn unquoted_version(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(code::INVALID_LITERAL, span, format!("`{}` is neither a number nor an address", shorten(text)))
        .label("a number has one dot at most, an address three")
        .note("versions are written in quotes")
        .fix(span, format!("\"{text}\""), "quote it, if it is a version")
}

/// `5-3`, `7-zip`, `2026-03-11`.
pub(crate) fn number_with_hyphen(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error(code::INVALID_LITERAL, span, format!("`{}` is no number: put spaces around minus, or quote it", shorten(text)))
        .label("spaces around minus, or quotes")
}

/// A character that begins nothing.
pub(crate) fn invalid_character(span: Span, text: &str) -> Diagnostic {
    let shown = shorten(text).escape_debug().to_string();
    let quotes = text.chars().all(|it| matches!(it, '“' | '”' | '„' | '«' | '»'));
    let diagnostic = Diagnostic::error(code::INVALID_CHARACTER, span, format!("`{shown}` begins nothing in the language"));
    match text {
        _ if quotes => diagnostic.label("strings stand in `\"`").fix(span, "\"".repeat(text.chars().count()), "write `\"`"),
        "\\" => diagnostic.label("a line goes on behind `:`, `,`, an operator or an opening bracket"),
        "\u{a0}" | "\u{2007}" | "\u{202f}" | "\u{3000}" => diagnostic.label("an unusual blank").fix(span, " ", "write a blank"),
        _ if text.starts_with(['\'', '`']) => {
            let inner = text.trim_matches(['\'', '`']);
            let diagnostic = diagnostic.label("strings stand in `\"`");
            if text.len() < 2 || inner.contains(['"', '\\']) { diagnostic } else { diagnostic.fix(span, format!("\"{inner}\""), "write `\"`") }
        }
        _ if text.starts_with(['“', '„', '”', '«']) && text.chars().nth(1).is_some() => {
            let inner = text.trim_matches(['“', '„', '”', '«', '»']);
            let diagnostic = diagnostic.label("strings stand in `\"`");
            if inner.contains(['"', '\\']) { diagnostic } else { diagnostic.fix(span, format!("\"{inner}\""), "write `\"`") }
        }
        "#" => diagnostic.label("a comment begins with `//`").fix(span, "//", "write `//`"),
        "/*" => diagnostic.label("a comment begins with `//`, on each of its lines"),
        _ if text.starts_with('$') => {
            diagnostic.label("no variable of a shell").help("name a value: `params.x`, `settings.x`, or inside a text `\\(params.x)`")
        }
        ";" => diagnostic.label("entries end with the line or with `,`").fix(span, ",", "write `,`"),
        "&" => diagnostic.label("and is written `&&`"),
        _ if !text.is_ascii() => diagnostic.label("words are ASCII; other text stands in strings"),
        _ => diagnostic.label("not expected here"),
    }
}

/// `<<<<<<< HEAD`.
pub(crate) fn conflict(span: Span) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, span, "a conflict of git is not resolved here").label("two changes meet").help("keep one side and remove the marks")
}

/// A character that reorders the text on the screen.
pub(crate) fn bidi_control(span: Span, it: char) -> Diagnostic {
    Diagnostic::error(code::INVALID_CHARACTER, span, format!("the invisible character U+{:04X} makes the text look different from what it is", it as u32))
        .label("an invisible control for the direction of text")
        .fix(span, "", "remove it")
}

/// `server: https://x`.
pub(crate) fn unquoted_url(span: Span, url: &str) -> Diagnostic {
    Diagnostic::error(code::UNQUOTED_URL, span, "URLs are strings").label("behind `//` everything is a comment").fix(span, format!("\"{url}\""), "quote it")
}

/// `app.kubernetes.io/name: x`.
pub(crate) fn unquoted_key(span: Span, key: &str) -> Diagnostic {
    Diagnostic::error(code::UNQUOTED_KEY, span, format!("the key `{}` is written in quotes", shorten(key))).label("only words stand without quotes").fix(
        span,
        format!("\"{key}\""),
        "quote it",
    )
}

/// A record in a head, where `{` begins the body; `whole` is the record.
pub(crate) fn record_in_head(at: Span, whole: Span, text: &str) -> Diagnostic {
    Diagnostic::error(code::SYNTAX_ERROR, at, "`{` begins the body here, so a record stands in brackets".to_owned()).label("a record").fix(
        whole,
        format!("({text})"),
        "put it in brackets",
    )
}

/// A `{` or a name on the line behind the head it belongs to; `gap` is the layout between them.
pub(crate) fn head_on_two_lines(span: Span, gap: Option<Span>, what: &str) -> Diagnostic {
    let diagnostic =
        Diagnostic::error(code::CONTINUATION_ON_OWN_LINE, span, format!("{what} belongs at the end of the line above")).label("a new line ends the entry");
    match gap {
        Some(gap) => diagnostic.fix(gap, " ", "join the lines"),
        None => diagnostic,
    }
}

/// `else` or `then` at the start of a line; `gap` is the layout between it and what it belongs to.
pub(crate) fn continuation_on_own_line(span: Span, gap: Option<Span>, word: &str, behind_brace: bool) -> Diagnostic {
    let diagnostic = if behind_brace {
        Diagnostic::error(code::CONTINUATION_ON_OWN_LINE, span, format!("`{word}` belongs on the line of the closing brace"))
    } else {
        Diagnostic::error(code::CONTINUATION_ON_OWN_LINE, span, format!("`{word}` belongs on the line of what it continues"))
    };
    let diagnostic = diagnostic.label("a new line ends the entry");
    match gap {
        Some(gap) => diagnostic.fix(gap, " ", "join the lines"),
        None => diagnostic,
    }
}
