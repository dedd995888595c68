//! What holds for every text: the tree is the text, parsing and formatting end, formatting twice changes nothing and keeps the meaning.
//!
//! The inputs are the examples of the language's description, whole and damaged in every way a typing hand damages them.

use std::{fs, path::Path, sync::Arc};

use diag::FileId;
use proptest::prelude::*;
use syntax::{Parse, fmt, kind::SyntaxKind, parse, tree::Tree};

fn examples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples");
    let mut files: Vec<_> = fs::read_dir(folder).expect("the examples are part of the source").map(|it| it.expect("readable").path()).collect();
    files.sort();
    files.iter().map(|it| (it.display().to_string(), fs::read_to_string(it).expect("UTF-8"))).collect()
}

fn parse_text(text: &str) -> Parse {
    parse(FileId(0), Arc::from(text))
}

fn significant(tree: &Tree) -> Vec<u8> {
    let mut bytes = Vec::new();
    tree.significant(tree.root(), |it| bytes.extend_from_slice(it));
    bytes
}

fn comments(tree: &Tree) -> Vec<String> {
    let is_comment = |it: SyntaxKind| matches!(it, SyntaxKind::Comment | SyntaxKind::DocComment);
    tree.tokens().filter(|it| is_comment(it.kind())).map(|it| it.text().trim_end().to_owned()).collect()
}

/// Everything a file consists of but blanks, line ends and commas.
fn letters(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && *it != ',' && *it != '\u{FEFF}').collect()
}

/// Checks one text, broken or not.
#[track_caller]
fn check(text: &str) {
    let Parse { tree, diagnostics } = parse_text(text);
    let printed: String = tree.tokens().map(|it| it.text()).collect();
    assert_eq!(printed, text, "the tree is not the text");
    for node in tree.root().descendants() {
        let (start, end) = node.range();
        assert!(start <= end && text.is_char_boundary(start as usize) && text.is_char_boundary(end as usize));
        if let Some(parent) = node.parent() {
            assert!(parent.range().0 <= start && end <= parent.range().1, "{node:?} sticks out of {parent:?} in {text:?}");
            assert!(parent.children().any(|it| it == node));
        }
    }
    for it in &diagnostics {
        let span = it.primary.span;
        assert!(span.start <= span.end && text.get(span.start as usize..span.end as usize).is_some(), "{it:?}");
    }
    let formatted = fmt::format(&tree);
    assert_eq!(letters(&formatted), letters(text), "the formatter lost something of {text:?}");
    if diagnostics.is_empty() {
        let again = parse_text(&formatted);
        assert!(again.diagnostics.is_empty(), "formatting broke {text:?}\n{formatted}\n{:?}", again.diagnostics);
        assert_eq!(significant(&again.tree), significant(&tree), "formatting changed the meaning of {text:?}\n{formatted}");
        assert_eq!(comments(&again.tree), comments(&tree), "formatting changed the comments of {text:?}\n{formatted}");
        assert_eq!(fmt::format(&again.tree), formatted, "formatting twice differs for {text:?}");
    }
}

#[test]
fn examples_are_accepted() {
    for (name, text) in examples() {
        assert_eq!(parse_text(&text).diagnostics, [], "{name}");
        check(&text);
        check(&text.replace('\n', "\r\n"));
        check(&format!("\u{FEFF}{text}"));
    }
}

#[test]
fn every_prefix() {
    for (_, text) in examples() {
        let step = text.len() / 400 + 1;
        for end in (0..text.len()).step_by(step).filter(|it| text.is_char_boundary(*it)) {
            check(&text[..end]);
        }
    }
}

#[test]
fn every_token_deleted() {
    for (_, text) in examples() {
        let tree = parse_text(&text).tree;
        let step = tree.token_count() / 700 + 1;
        for token in tree.tokens().step_by(step) {
            let (start, end) = token.range();
            check(&format!("{}{}", &text[..start as usize], &text[end as usize..]));
        }
    }
}

/// A file may be written with other line ends, indents and separators, and stays the same file.
#[test]
fn layout_has_no_meaning() {
    for (name, text) in examples() {
        let tree = parse_text(&text).tree;
        let mut other = String::new();
        for token in tree.tokens() {
            match token.kind() {
                SyntaxKind::Whitespace => other.push_str(" \t "),
                SyntaxKind::Newline => other.push_str("  // remark\r\n\r\n\r\n"),
                SyntaxKind::Comment | SyntaxKind::DocComment => {}
                _ => other.push_str(token.text()),
            }
        }
        let changed = parse_text(&other);
        assert_eq!(changed.diagnostics, [], "{name}");
        assert_eq!(significant(&changed.tree), significant(&tree), "{name}");
        check(&other);
    }
}

#[test]
fn any_change_of_a_token_has_a_meaning() {
    for (name, text) in examples() {
        let tree = parse_text(&text).tree;
        let before = significant(&tree);
        for token in tree.tokens().filter(|it| it.kind() == SyntaxKind::Word).step_by(7) {
            let (start, end) = token.range();
            let other = format!("{}{}x{}", &text[..start as usize], token.text(), &text[end as usize..]);
            assert_ne!(significant(&parse_text(&other).tree), before, "{name}: {}", token.text());
        }
    }
}

/// Brackets, signs, holes and chains far beyond any limit: one message about it, at once, on a small stack.
#[test]
fn nesting_bombs() {
    let count = 100_000;
    let bombs = [
        "[",
        "{",
        "(",
        "!",
        "-",
        "{ a: ",
        "[for x in ",
        "if a then ",
        "\"\\(",
        "a { ",
        "a: { b ",
        "x(",
        "x[",
        "a.",
        "1 + ",
        "a ?? ",
        "one of { a: ",
        "T<",
        "a[",
        "if a { } else ",
        "match x { y => ",
        "\"\"\"\\(",
        "all x in y => ",
        "#\"\\#(",
        "}",
        ")",
        "]",
        ",",
        "...",
        "\"",
        "a\n",
        "if x {\n",
        "fn f(",
        "?",
        "a?.b",
    ];
    for bomb in bombs {
        for head in ["let x: Int = ", "app x {\n", "type T = ", ""] {
            let text = format!("{head}{}", bomb.repeat(count));
            let Parse { tree, diagnostics } = parse_text(&text);
            assert_eq!(tree.tokens().map(|it| it.text().len()).sum::<usize>(), text.len());
            assert!(diagnostics.len() <= 2002, "{bomb}: {}", diagnostics.len());
            let mut depth = 0_usize;
            let mut ends = Vec::new();
            for node in tree.root().descendants() {
                while ends.last().is_some_and(|it| *it <= node.index()) {
                    ends.pop();
                }
                ends.push(node.next_index());
                depth = depth.max(ends.len());
            }
            assert!(depth <= 642, "{bomb}: {depth} levels");
            fmt::format(&tree);
        }
    }
    let deep = parse_text(&format!("let x: Int = {}", "[".repeat(1_000_000)));
    assert_eq!(deep.diagnostics.iter().map(|it| it.code.name).collect::<Vec<_>>(), ["nesting-too-deep"]);
}

const PIECES: [&str; 46] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    "\n",
    ":",
    ":=",
    "+=",
    "=",
    "=>",
    "->",
    ".",
    "..",
    "...",
    "?",
    "?.",
    "??",
    "!",
    "-",
    "|",
    "||",
    "&&",
    "\"",
    "\"\"\"",
    "#\"",
    "\\(",
    "\\",
    "// c",
    "/// d",
    "if ",
    "else ",
    "then ",
    "for ",
    "match ",
    "with ",
    "0644",
    "1.2.3",
    "5-3",
    "1.2.3.4/8",
    "é",
    "\r\n",
    "app x {",
    "%",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn arbitrary_pieces(picks in prop::collection::vec((0..PIECES.len(), 0..3_usize), 0..60)) {
        let text: String = picks.iter().map(|(piece, gap)| format!("{}{}", PIECES[*piece], ["", " ", "a"][*gap])).collect();
        check(&text);
    }

    #[test]
    fn spliced_examples(file in 0..8_usize, from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), piece in 0..PIECES.len()) {
        let (_, text) = &examples()[file];
        let tree = parse_text(text).tree;
        let offset = |at: usize| tree.token(at as u32).map_or(text.len(), |it| it.range().0 as usize);
        let (a, b) = (offset(from.index(tree.token_count())), offset(to.index(tree.token_count())));
        let (a, b) = (a.min(b), a.max(b));
        check(&format!("{}{}{}", &text[..a], PIECES[piece], &text[a..]));
        check(&format!("{}{}{}", &text[..a], PIECES[piece], &text[b..]));
        check(&format!("{}{}{}", &text[..b], &text[a..b], &text[b..]));
    }

    /// Line breaks and blanks between tokens come and go; what still parses keeps its meaning when formatted.
    #[test]
    fn relaid_examples(file in 0..8_usize, seed in prop::collection::vec(0..12_u8, 64)) {
        let (_, text) = &examples()[file];
        let tree = parse_text(text).tree;
        let mut other = String::new();
        for (at, token) in tree.tokens().enumerate() {
            match (token.kind(), seed[at % seed.len()]) {
                (SyntaxKind::Whitespace, 0) => other.push('\n'),
                (SyntaxKind::Whitespace, 1) => other.push_str("     "),
                (SyntaxKind::Comma, 0) => other.push_str(" // c\n"),
                (SyntaxKind::Comma, 1) => other.push_str("\n,\n\n\n"),
                (SyntaxKind::LBrace, 0) => other.push_str("{ // o\n"),
                (SyntaxKind::LParen | SyntaxKind::LBracket, 0) => { other.push_str(token.text()); other.push('\n'); }
                (SyntaxKind::FatArrow | SyntaxKind::AmpAmp | SyntaxKind::Eq, 0) => { other.push_str(token.text()); other.push_str(" // op\n"); }
                (SyntaxKind::RBrace, 0) => other.push_str("\n// last\n}"),
                _ => other.push_str(token.text()),
            }
        }
        check(&other);
    }
}
