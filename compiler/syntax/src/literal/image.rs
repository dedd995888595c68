//! Container image references: `ghcr.io/acme/shop:1.0.0@sha256:…`.
//!
//! Source of the rules: github.com/distribution/reference (`regexp.go` for the grammar, `normalize.go` for what counts as a registry and for Docker
//! Hub's short names) and opencontainers/go-digest for digests. The reference is kept as written; `full_name` expands it.
//! Invariant: a value's parts match the grammar, so `Display` writes a reference that every container runtime reads.

use std::fmt;

use nom::{
    IResult, Parser,
    bytes::complete::{take_till, take_while},
    character::complete::char,
    combinator::{all_consuming, opt},
    sequence::preceded,
};

use super::Fault;

/// An image reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    /// Host with optional port; absent means Docker Hub.
    pub registry: Option<String>,
    /// The path, such as `library/redis`.
    pub repository: String,
    /// Absent without a digest means `latest`.
    pub tag: Option<String>,
    /// Algorithm and hexadecimal value, such as `sha256:…`; it wins over the tag.
    pub digest: Option<String>,
}

/// `RepositoryNameTotalLengthMax` of the reference implementation.
const REPOSITORY_LENGTH_MAX: usize = 255;
const TAG_LENGTH_MAX: usize = 128;
/// What go-digest knows, with the number of hexadecimal digits.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

impl Image {
    /// Reads the whole text.
    ///
    /// # Errors
    /// If a part does not match the grammar, or the digest is of an unknown algorithm or length.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (_, (name, digest)) = name_and_digest(text).map_err(|_| fault(0, "an image reference is `registry/repository:tag@digest`"))?;
        let registry = registry(name);
        let path_at = registry.map_or(0, |it| it.len() + 1);
        if let Some(registry) = registry {
            check_registry(registry)?;
        }
        // A name cannot hold a colon, so the first one begins the tag.
        let (_, (repository, tag)) =
            repository_and_tag(&name[path_at..]).map_err(|_| fault(path_at, "an image reference is `registry/repository:tag@digest`"))?;
        check_repository(repository, path_at)?;
        if let Some(tag) = tag {
            check_tag(tag, path_at + repository.len() + 1)?;
        }
        if let Some(digest) = digest {
            check_digest(digest, name.len() + 1)?;
        }
        if registry.is_none() && repository.len() == 64 && repository.bytes().all(is_lower_hex) {
            return Err(fault(0, "64 hexadecimal digits are an image id, not a name"));
        }
        let owned = |it: &str| it.to_owned();
        Ok(Self { registry: registry.map(owned), repository: repository.to_owned(), tag: tag.map(owned), digest: digest.map(owned) })
    }

    /// Registry and repository written out: `redis` is `docker.io/library/redis`.
    pub fn full_name(&self) -> String {
        let registry = match self.registry.as_deref() {
            None | Some("index.docker.io") => "docker.io",
            Some(registry) => registry,
        };
        let official = if registry == "docker.io" && !self.repository.contains('/') { "library/" } else { "" };
        format!("{registry}/{official}{}", self.repository)
    }
}

/// As written.
impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(registry) = &self.registry {
            write!(f, "{registry}/")?;
        }
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The first path part, if it can only be a host (`splitDockerDomain`).
fn registry(name: &str) -> Option<&str> {
    let (first, _) = name.split_once('/')?;
    let host = first == "localhost" || first.contains(['.', ':']) || first.bytes().any(|it| it.is_ascii_uppercase());
    host.then_some(first)
}

fn check_registry(text: &str) -> Result<(), Fault> {
    let (host, port) = match text.rfind(':') {
        Some(at) if !text.ends_with(']') => (&text[..at], Some(&text[at + 1..])),
        Some(_) | None => (text, None),
    };
    if port.is_some_and(|it| it.is_empty() || !it.bytes().all(|it| it.is_ascii_digit())) {
        return Err(fault(host.len() + 1, "a registry's port is a number"));
    }
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']').unwrap_or("");
        let good = !address.is_empty() && address.bytes().all(|it| it.is_ascii_hexdigit() || it == b':');
        return if good { Ok(()) } else { Err(fault(0, "a registry's IPv6 address stands in brackets")) };
    }
    let mut at = 0;
    for part in host.split('.') {
        let ends = part.starts_with('-') || part.ends_with('-');
        if part.is_empty() || ends || !part.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-') {
            return Err(fault(at, "a registry is a host name: letters, digits and `-`, separated by points"));
        }
        at += part.len() + 1;
    }
    Ok(())
}

fn check_repository(text: &str, at: usize) -> Result<(), Fault> {
    if text.is_empty() {
        return Err(fault(at, "the repository is missing"));
    }
    if text.len() > REPOSITORY_LENGTH_MAX {
        return Err(fault(at, "a repository has at most 255 characters"));
    }
    let mut part_at = at;
    for part in text.split('/') {
        check_path_part(part).map_err(|it| Fault { at: part_at + it.at, ..it })?;
        part_at += part.len() + 1;
    }
    Ok(())
}

/// `[a-z0-9]+ ((. | _ | __ | -+) [a-z0-9]+)*`
fn check_path_part(part: &str) -> Result<(), Fault> {
    let mut rest = part;
    loop {
        let at = part.len() - rest.len();
        let (after_word, word) = word(rest).unwrap_or((rest, ""));
        if word.is_empty() {
            return Err(match rest.bytes().next() {
                None => fault(at, "a part of a repository ends in a letter or digit"),
                Some(b'A'..=b'Z') => fault(at, "a repository has only lower-case letters"),
                Some(_) => fault(at, "a part of a repository is lower-case letters and digits, with `.`, `_`, `__` or `-` between them"),
            });
        }
        if after_word.is_empty() {
            return Ok(());
        }
        let (after_separator, separator) = separator(after_word).unwrap_or((after_word, ""));
        let dashes = !separator.is_empty() && separator.bytes().all(|it| it == b'-');
        if !dashes && !matches!(separator, "." | "_" | "__") {
            let at = part.len() - after_word.len();
            let upper = after_word.bytes().next().is_some_and(|it| it.is_ascii_uppercase());
            return Err(fault(
                at,
                if upper { "a repository has only lower-case letters" } else { "between the words of a repository stands `.`, `_`, `__` or `-`" },
            ));
        }
        rest = after_separator;
    }
}

/// `[\w][\w.-]{0,127}`
fn check_tag(tag: &str, at: usize) -> Result<(), Fault> {
    let word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    if tag.len() > TAG_LENGTH_MAX {
        return Err(fault(at, "a tag has at most 128 characters"));
    }
    if !tag.bytes().next().is_some_and(word) {
        return Err(fault(at, "a tag begins with a letter, a digit or `_`"));
    }
    match tag.bytes().position(|it| !word(it) && it != b'.' && it != b'-') {
        Some(bad) => Err(fault(at + bad, "a tag is letters, digits, `_`, `.` and `-`")),
        None => Ok(()),
    }
}

fn check_digest(digest: &str, at: usize) -> Result<(), Fault> {
    let Some((algorithm, value)) = digest.split_once(':') else {
        return Err(fault(at, "a digest is an algorithm, `:` and a hexadecimal value"));
    };
    let Some((_, length)) = DIGESTS.iter().find(|(name, _)| *name == algorithm) else {
        return Err(fault(at, "a digest is sha256, sha384 or sha512"));
    };
    if let Some(bad) = value.bytes().position(|it| !is_lower_hex(it)) {
        return Err(fault(at + algorithm.len() + 1 + bad, "a digest's value has only the digits 0-9 and a-f"));
    }
    if value.len() != *length {
        return Err(Fault { at: at + digest.len(), why: format!("a {algorithm} digest has {length} digits; this one has {}", value.len()) });
    }
    Ok(())
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

fn name_and_digest(text: &str) -> IResult<&str, (&str, Option<&str>)> {
    all_consuming((take_till(|c| c == '@'), opt(preceded(char('@'), take_while(|_| true))))).parse(text)
}

fn repository_and_tag(text: &str) -> IResult<&str, (&str, Option<&str>)> {
    all_consuming((take_till(|c| c == ':'), opt(preceded(char(':'), take_while(|_| true))))).parse(text)
}

fn word(text: &str) -> IResult<&str, &str> {
    take_while(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).parse(text)
}

fn separator(text: &str) -> IResult<&str, &str> {
    take_while(|c| matches!(c, '.' | '_' | '-')).parse(text)
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa";

    #[test]
    fn parts_and_full_names() {
        for (text, registry, repository, tag, full) in [
            ("redis", None, "redis", None, "docker.io/library/redis"),
            ("redis:8", None, "redis", Some("8"), "docker.io/library/redis"),
            ("adguard/adguardhome:v0.107.74", None, "adguard/adguardhome", Some("v0.107.74"), "docker.io/adguard/adguardhome"),
            ("ghcr.io/acme/shop:1.0.0", Some("ghcr.io"), "acme/shop", Some("1.0.0"), "ghcr.io/acme/shop"),
            ("localhost/x", Some("localhost"), "x", None, "localhost/x"),
            ("localhost:5000/x:y", Some("localhost:5000"), "x", Some("y"), "localhost:5000/x"),
            ("reg:5000/a/b/c", Some("reg:5000"), "a/b/c", None, "reg:5000/a/b/c"),
            ("[fd00::1]:5000/x", Some("[fd00::1]:5000"), "x", None, "[fd00::1]:5000/x"),
            ("[fd00::1]/x", Some("[fd00::1]"), "x", None, "[fd00::1]/x"),
            ("UPPER/x", Some("UPPER"), "x", None, "UPPER/x"),
            ("docker.io/nginx", Some("docker.io"), "nginx", None, "docker.io/library/nginx"),
            ("index.docker.io/a/b", Some("index.docker.io"), "a/b", None, "docker.io/a/b"),
            ("a.b", None, "a.b", None, "docker.io/library/a.b"),
            ("host:5000", None, "host", Some("5000"), "docker.io/library/host"),
            ("a__b/c---d_e.f", None, "a__b/c---d_e.f", None, "docker.io/a__b/c---d_e.f"),
        ] {
            let image = Image::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
            assert_eq!((image.registry.as_deref(), &*image.repository, image.tag.as_deref()), (registry, repository, tag), "{text}");
            assert_eq!((image.to_string(), image.full_name()), (text.to_owned(), full.to_owned()));
        }
        let pinned = format!("ghcr.io/acme/shop:1.0.0@{SHA}");
        let image = Image::parse(&pinned).unwrap();
        assert_eq!((image.digest.as_deref(), image.to_string()), (Some(SHA), pinned));
        assert!(Image::parse(&format!("redis@{SHA}")).unwrap().tag.is_none());
    }

    #[test]
    fn refuses_with_a_place() {
        let short = format!("redis@{}", &SHA[..40]);
        let long_tag = format!("redis:{}", "a".repeat(129));
        let long_name = "a/".repeat(128) + "a";
        for (text, at) in [
            ("", 0),
            (":", 0),
            ("Redis", 0),
            ("rEdis", 1),
            ("a/", 2),
            ("/a", 0),
            ("a//b", 2),
            ("-a", 0),
            ("a-", 2),
            ("a..b", 1),
            ("a___b", 1),
            ("a._b", 1),
            ("redis:", 6),
            ("redis:.x", 6),
            ("redis:a b", 7),
            ("redis ", 5),
            ("redis@", 6),
            ("redis@sha1:ab", 6),
            ("redis@sha256:ABC", 13),
            (&short, 40 + 6),
            (&long_tag, 6),
            (&long_name, 0),
            ("ghcr..io/a", 5),
            ("ghcr.io:x/a", 8),
            ("ghcr.io:/a", 8),
            ("-x.io/a", 0),
            ("ghcr.io/", 8),
            ("https://ghcr.io/a", 6),
            ("redis:a:b", 7),
            ("ré", 1),
            ("7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa", 0),
        ] {
            let fault = Image::parse(text).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.why);
        }
    }
}
