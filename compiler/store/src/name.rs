//! File names made from names in source text.
//!
//! Invariant: different names give different file names on every file system, also on those that ignore case, and each of
//! them is an ordinary file inside its folder: never a path, a device or a hidden file.
//!
//! | written as | which bytes |
//! |---|---|
//! | themselves | `a`-`z`, `0`-`9`, `-`, `_`, and `.` within the instance |
//! | `%XX` | all others; so `A` is `%41`, whether or not an `a` stands beside it: a file keeps its name when a twin appears |
//! | `%63on` | the first byte of a kind that Windows takes for a device (`con`, `nul`, `com1`, ...), whatever follows the dot |
//! | beginning, `%-`, digest | what would be too long for a file name |
//!
//! Device names: Microsoft, "Naming Files, Paths, and Namespaces". Name length: 255 bytes in POSIX and NTFS.

use crate::digest::Digest;
use std::fmt::Write;

/// Longer file names are cut. Leaves room for the ending and for what marks unfinished files.
const LENGTH_MAX: usize = 200;
/// What is left of a name that is cut.
const CUT_LENGTH: usize = 120;
/// Enough hex digits that two names never meet.
const CUT_DIGEST: usize = 32;

const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
/// Devices when a digit follows.
const PORTS: [&str; 2] = ["com", "lpt"];

/// Gives the name of the output file of an instance: `app.adguard.yaml`.
///
/// ```
/// assert_eq!(store::file_name("app", "adguard"), "app.adguard.yaml");
/// assert_eq!(store::file_name("app", "../B"), "app...%2F%42.yaml");
/// ```
pub fn file_name(kind: &str, instance: &str) -> String {
    let mut name = file_name_part(kind);
    name.push('.');
    for byte in instance.bytes() {
        push(&mut name, byte, byte == b'.');
    }
    if name.len() > LENGTH_MAX {
        let digest = Digest::of(format!("{kind}\0{instance}").as_bytes());
        cut(&mut name, digest);
    }
    name + ".yaml"
}

/// Gives the name of a file or folder for one name, without any dot.
pub(crate) fn file_name_part(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        if at == 0 && is_device(text) {
            escape(&mut name, byte);
        } else {
            push(&mut name, byte, false);
        }
    }
    if name.is_empty() {
        // No byte is written so.
        name.push_str("%-");
    }
    if name.len() > LENGTH_MAX {
        cut(&mut name, Digest::of(text.as_bytes()));
    }
    name
}

/// Tells whether a name may be written to, or believed from an index: an ordinary file inside the folder.
pub(crate) fn is_safe(name: &str) -> bool {
    let bytes = name.as_bytes();
    let stem = name.split('.').next().unwrap_or(name);
    !name.is_empty()
        && bytes.len() <= LENGTH_MAX + 40
        && bytes.iter().all(|it| it.is_ascii_alphanumeric() || b"-_.%".contains(it))
        && bytes.first() != Some(&b'.')
        && bytes.last() != Some(&b'.')
        && !is_device(stem)
}

fn is_device(stem: &str) -> bool {
    let is_port = || {
        let (letters, digit) = stem.split_at_checked(3).unwrap_or_default();
        digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit() && PORTS.iter().any(|it| letters.eq_ignore_ascii_case(it))
    };
    DEVICES.iter().any(|it| stem.eq_ignore_ascii_case(it)) || is_port()
}

fn push(name: &mut String, byte: u8, is_plain: bool) {
    if is_plain || matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_') {
        name.push(char::from(byte));
    } else {
        escape(name, byte);
    }
}

fn escape(name: &mut String, byte: u8) {
    write!(name, "%{byte:02X}").expect("writing to a string never fails");
}

/// `%-` is no escape, so a cut name equals no whole one.
fn cut(name: &mut String, digest: Digest) {
    name.truncate(CUT_LENGTH);
    // Half an escape is no harm: the digest alone tells names apart.
    name.push_str("%-");
    name.push_str(&digest.to_string()[..CUT_DIGEST]);
}

#[cfg(test)]
mod tests {
    use super::{file_name, file_name_part, is_safe};
    use proptest::prelude::*;
    use std::path::{Component, Path};

    #[test]
    fn hostile_names_are_ordinary_files() {
        assert_eq!(file_name("app", "adguard"), "app.adguard.yaml");
        assert_eq!(file_name("app", "Foo"), "app.%46oo.yaml");
        assert_eq!(file_name("app", "a.b"), "app.a.b.yaml");
        assert_eq!(file_name("a.b", "c"), "a%2Eb.c.yaml");
        assert_eq!(file_name("con", "x"), "%63on.x.yaml");
        assert_eq!(file_name("COM7", "x"), "%43%4F%4D7.x.yaml");
        assert_eq!(file_name("app", "../../etc/passwd"), "app...%2F..%2Fetc%2Fpasswd.yaml");
        assert_eq!(file_name("app", "é"), "app.%C3%A9.yaml");
        assert_eq!(file_name("", ""), "%-..yaml");
        assert_eq!(file_name_part(""), "%-");
        for name in ["", ".", "..", ".x", "a/b", "a\\b", "a.", "nul.yaml", "Lpt1", "a\nb", "a b", "C:x"] {
            assert!(!is_safe(name), "{name}");
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = (file_name("app", &"a".repeat(300)), file_name("app", &format!("{}b", "a".repeat(299))));
        assert_ne!(a, b);
        assert!(a.len() < 200 && is_safe(&a));
        assert!(file_name(&"k".repeat(150), &"é".repeat(40)).len() < 200);
    }

    proptest! {
        #[test]
        fn two_names_never_share_a_file(
            a in ("(?s)(con|app|.{0,3})", "(?s)([a-cA-C./%\\\\]|.){0,5}"),
            b in ("(?s)(con|app|.{0,3})", "(?s)([a-cA-C./%\\\\]|.){0,5}"),
        ) {
            let (x, y) = (file_name(&a.0, &a.1), file_name(&b.0, &b.1));
            prop_assert!(is_safe(&x), "{}", x);
            let parts: Vec<_> = Path::new(&x).components().collect();
            prop_assert!(matches!(parts[..], [Component::Normal(_)]));
            prop_assert_eq!(a == b, x.to_lowercase() == y.to_lowercase());
        }
    }
}
