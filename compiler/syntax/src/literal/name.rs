//! The kinds of names Kubernetes knows, each a check of the whole text.
//!
//! Source of the rules: k8s.io/apimachinery/pkg/util/validation (`validation.go`); each function names its counterpart there.
//! Invariant: a text is accepted exactly if the counterpart accepts it; the fault points at the first byte that breaks the rule.

use nom::{IResult, Parser, bytes::complete::take_while};

use super::Fault;

const LABEL_LENGTH_MAX: usize = 63;
const SUBDOMAIN_LENGTH_MAX: usize = 253;
const PORT_NAME_LENGTH_MAX: usize = 15;

/// `IsDNS1123Label`: most object names' parts, namespaces, containers.
///
/// # Errors
/// If it is not 1 to 63 lower-case letters, digits and `-` with no `-` at an end.
pub fn check_label(text: &str) -> Result<(), Fault> {
    check_length(text, LABEL_LENGTH_MAX)?;
    if let Some(at) = text.find('.') {
        // Go says so only if the rest is right; the first wrong byte is more useful.
        check_dns_part(&text[..at], 0)?;
        return Err(fault(at, "this name has no points"));
    }
    check_dns_part(text, 0)
}

/// `IsDNS1123Subdomain`: object names.
///
/// # Errors
/// If it is not 1 to 253 characters, labels separated by points (a label's own length does not matter, as in Kubernetes).
pub fn check_subdomain(text: &str) -> Result<(), Fault> {
    check_length(text, SUBDOMAIN_LENGTH_MAX)?;
    check_dns_parts(text, 0)
}

/// `IsWildcardDNS1123Subdomain`: hosts of an Ingress rule such as `*.example.org`.
///
/// # Errors
/// If it does not begin with `*.` or the rest is no subdomain.
pub fn check_wildcard_subdomain(text: &str) -> Result<(), Fault> {
    check_length(text, SUBDOMAIN_LENGTH_MAX)?;
    match text.strip_prefix("*.") {
        Some(rest) => check_dns_parts(rest, 2),
        None => Err(fault(0, "a wildcard host begins with `*.`")),
    }
}

/// `IsDNS1035Label`: Service names (before Kubernetes 1.36 relaxed them).
///
/// # Errors
/// If it is no label or does not begin with a letter.
pub fn check_rfc1035_label(text: &str) -> Result<(), Fault> {
    check_length(text, LABEL_LENGTH_MAX)?;
    if text.bytes().next().is_some_and(|it| it.is_ascii_digit()) {
        return Err(fault(0, "this name begins with a letter"));
    }
    check_label(text)
}

/// `IsValidPortName`: names of ports (an IANA service name in lower case).
///
/// # Errors
/// If it is not 1 to 15 lower-case letters, digits and single `-` inside, with at least one letter.
pub fn check_port_name(text: &str) -> Result<(), Fault> {
    check_length(text, PORT_NAME_LENGTH_MAX)?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    check_all(text, 0, good, "a port name is lower-case letters, digits and `-`")?;
    if text.is_empty() {
        return Err(fault(0, "a name has at least one character"));
    }
    if text.starts_with('-') {
        return Err(fault(0, "a port name does not begin with `-`"));
    }
    if text.ends_with('-') {
        return Err(fault(text.len() - 1, "a port name does not end in `-`"));
    }
    if let Some(at) = text.find("--") {
        return Err(fault(at + 1, "a port name has no two `-` in a row"));
    }
    if !text.bytes().any(|it| it.is_ascii_lowercase()) {
        return Err(fault(0, "a port name has at least one letter"));
    }
    Ok(())
}

/// `IsQualifiedName`: keys of labels and annotations, `[prefix/]name`.
///
/// # Errors
/// If the prefix is no subdomain, or the name is not 1 to 63 letters, digits, `-`, `_`, `.` with a letter or digit at both ends.
pub fn check_label_key(text: &str) -> Result<(), Fault> {
    let Some(slash) = text.bytes().position(|it| it == b'/') else {
        return check_qualified(text, 0);
    };
    let (prefix, name) = (&text[..slash], &text[slash + 1..]);
    if prefix.is_empty() {
        return Err(fault(0, "the prefix before `/` is empty"));
    }
    check_length(prefix, SUBDOMAIN_LENGTH_MAX)?;
    check_dns_parts(prefix, 0)?;
    let at = prefix.len() + 1;
    match name.bytes().position(|it| it == b'/') {
        Some(slash) => Err(fault(at + slash, "a key has one `/` at most")),
        None => check_qualified(name, at),
    }
}

/// `IsValidLabelValue`: values of labels; may be empty.
///
/// # Errors
/// If it is longer than 63 characters or not letters, digits, `-`, `_`, `.` with a letter or digit at both ends.
pub fn check_label_value(text: &str) -> Result<(), Fault> {
    if text.is_empty() { Ok(()) } else { check_qualified(text, 0) }
}

/// `IsRelaxedEnvVarName` (the rule since Kubernetes 1.34): names of environment variables.
///
/// # Errors
/// If it is empty or holds anything but printable ASCII without `=`.
pub fn check_env_name(text: &str) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(fault(0, "a name has at least one character"));
    }
    check_all(text, 0, |c| matches!(c, ' '..='~') && c != '=', "the name of an environment variable is printable ASCII without `=`")
}

/// `IsCIdentifier`: what a shell reads as the name of a variable.
///
/// # Errors
/// If it is not letters, digits and `_` with no digit at the beginning.
pub fn check_c_identifier(text: &str) -> Result<(), Fault> {
    if text.bytes().next().is_none_or(|it| it.is_ascii_digit()) {
        return Err(fault(0, "an identifier begins with a letter or `_`"));
    }
    check_all(text, 0, |c| c.is_ascii_alphanumeric() || c == '_', "an identifier is letters, digits and `_`")
}

/// `IsConfigMapKey`: keys of a ConfigMap or Secret, which become file names.
///
/// # Errors
/// If it is not 1 to 253 letters, digits, `-`, `_`, `.`, or it is `.` or begins with `..`.
pub fn check_config_key(text: &str) -> Result<(), Fault> {
    check_length(text, SUBDOMAIN_LENGTH_MAX)?;
    if text.is_empty() {
        return Err(fault(0, "a name has at least one character"));
    }
    if text == "." || text.starts_with("..") {
        return Err(fault(0, "a file name is not `.` and does not begin with `..`"));
    }
    check_all(text, 0, is_qualified_char, "a file name is letters, digits, `-`, `_` and `.`")
}

fn check_dns_parts(text: &str, at: usize) -> Result<(), Fault> {
    let mut part_at = at;
    // By bytes: texts are short, and all of them are checked.
    for part in text.as_bytes().split(|it| *it == b'.') {
        let start = part_at - at;
        check_dns_part(&text[start..start + part.len()], part_at)?;
        part_at += part.len() + 1;
    }
    Ok(())
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`
fn check_dns_part(text: &str, at: usize) -> Result<(), Fault> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if let Some(bad) = first_bad(text, good) {
        let upper = text.as_bytes()[bad].is_ascii_uppercase();
        return Err(fault(at + bad, if upper { "this name has only lower-case letters" } else { "this name is lower-case letters, digits and `-`" }));
    }
    if text.is_empty() {
        return Err(fault(at, "a name has at least one character between its points"));
    }
    if text.starts_with('-') {
        return Err(fault(at, "a name does not begin with `-`"));
    }
    if text.ends_with('-') {
        return Err(fault(at + text.len() - 1, "a name does not end in `-`"));
    }
    Ok(())
}

/// `([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]`, at most 63 characters.
fn check_qualified(text: &str, at: usize) -> Result<(), Fault> {
    // Nearly all are right, and every key of every object is checked.
    if is_qualified(text.as_bytes()) {
        return Ok(());
    }
    check_length(text, LABEL_LENGTH_MAX).map_err(|it| Fault { at: at + it.at, ..it })?;
    check_all(text, at, is_qualified_char, "only letters, digits, `-`, `_` and `.` are allowed here")?;
    if text.is_empty() {
        return Err(fault(at, "a name has at least one character"));
    }
    let edge = |it: Option<u8>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    if !edge(text.bytes().next()) {
        return Err(fault(at, "this begins with a letter or digit"));
    }
    if !edge(text.bytes().next_back()) {
        return Err(fault(at + text.len() - 1, "this ends in a letter or digit"));
    }
    Ok(())
}

fn is_qualified(bytes: &[u8]) -> bool {
    let edge = |it: Option<&u8>| it.is_some_and(u8::is_ascii_alphanumeric);
    bytes.len() <= LABEL_LENGTH_MAX && edge(bytes.first()) && edge(bytes.last()) && bytes.iter().all(|it| is_qualified_char(char::from(*it)))
}

fn is_qualified_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Kubernetes counts bytes.
fn check_length(text: &str, length_max: usize) -> Result<(), Fault> {
    if text.len() <= length_max {
        return Ok(());
    }
    Err(Fault { at: text.floor_char_boundary(length_max), why: format!("at most {length_max} characters are allowed here; this has {}", text.len()) })
}

fn check_all(text: &str, at: usize, good: impl Fn(char) -> bool, why: &str) -> Result<(), Fault> {
    match first_bad(text, good) {
        Some(bad) => Err(fault(at + bad, why)),
        None => Ok(()),
    }
}

fn first_bad(text: &str, good: impl Fn(char) -> bool) -> Option<usize> {
    let (rest, accepted) = run(text, good).unwrap_or((text, ""));
    (!rest.is_empty()).then_some(accepted.len())
}

fn run(text: &str, good: impl Fn(char) -> bool) -> IResult<&str, &str> {
    take_while(good).parse(text)
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> Result<(), Fault>, good: &[&str], bad: &[(&str, usize)]) {
        for text in good {
            assert_eq!(rule(text), Ok(()), "{text}");
        }
        for (text, at) in bad {
            let fault = rule(text).expect_err(text);
            assert_eq!(fault.at, *at, "{text}: {}", fault.why);
        }
    }

    #[test]
    fn labels() {
        let longest = "a".repeat(63);
        check(
            check_label,
            &["a", "0", "a-b", "a--b", "123-abc", &longest],
            &[("", 0), ("-a", 0), ("a-", 1), ("a.b", 1), ("A", 0), ("aB", 1), ("a_b", 1), ("é", 0), ("a\n", 1), (&format!("{longest}a"), 63), ("a b", 1)],
        );
        check(check_rfc1035_label, &["a", "a1", "a-1"], &[("", 0), ("1a", 0), ("-a", 0), ("a.b", 1)]);
    }

    #[test]
    fn subdomains() {
        let long_label = "a".repeat(64);
        check(
            check_subdomain,
            &["a", "a.b", "1.2", "a-b.c-d", &long_label],
            &[("", 0), (".", 0), ("a.", 2), (".a", 0), ("a..b", 2), ("a.-b", 2), ("a-.b", 1), ("a.B", 2), (&"a".repeat(254), 253)],
        );
        check(check_wildcard_subdomain, &["*.a", "*.a.b"], &[("*", 0), ("*.", 2), ("*.*.a", 2), ("a.*", 0), ("*a.b", 0)]);
    }

    #[test]
    fn ports() {
        check(
            check_port_name,
            &["http", "a", "1a", "web-2", "abcdefghijklmno"],
            &[("", 0), ("80", 0), ("-a", 0), ("a-", 1), ("a--b", 2), ("Http", 0), ("a_b", 1), ("abcdefghijklmnop", 15)],
        );
    }

    #[test]
    fn keys_and_values() {
        check(
            check_label_key,
            &["a", "A", "1", "a.b_c-d", "app.kubernetes.io/name", "x/Y"],
            &[("", 0), ("/a", 0), ("a/", 2), ("a/b/c", 3), ("A/b", 0), ("a/-b", 2), ("a/b-", 3), ("_a", 0), ("a b", 1), (&format!("x/{}", "a".repeat(64)), 65)],
        );
        check(
            check_label_value,
            &["", "a", "1.2.3", "My_Value", &"a".repeat(63)],
            &[(".", 0), ("a.", 1), ("-a", 0), ("a/b", 1), ("a b", 1), (&"a".repeat(64), 63), ("é", 0)],
        );
    }

    #[test]
    fn variables_and_files() {
        check(check_env_name, &["TZ", "a.b-c", "1A", "a b", "!", "~"], &[("", 0), ("a=b", 1), ("é", 0), ("a\t", 1), ("a\u{7f}", 1)]);
        check(check_c_identifier, &["a", "_", "A_1"], &[("", 0), ("1a", 0), ("a-b", 1)]);
        check(
            check_config_key,
            &["a", ".a", "AdGuardHome.yaml", "-", "a..b"],
            &[("", 0), (".", 0), ("..", 0), ("..a", 0), ("a/b", 1), ("a b", 1), (&"a".repeat(254), 253)],
        );
    }

    #[test]
    fn a_long_text_is_cut_at_a_character() {
        assert_eq!(check_label(&"é".repeat(40)).unwrap_err().at, 62);
    }
}
