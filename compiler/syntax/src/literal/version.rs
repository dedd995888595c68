//! Versions such as `1.36`, `1.36.3`, `v1.36.3-rc.1+k3s1`, ordered.
//!
//! Source of the order: Semantic Versioning 2.0.0, section 11. Looser than it in what Kubernetes' own versions need: the patch may be missing
//! (it counts as 0) and a `v` may lead. There are no constraints (`^1.2`) here.
//! Invariant: two versions are equal exactly if neither precedes the other; the build part and the spelling do not count.

use std::{cmp::Ordering, fmt};

use nom::{
    IResult, Parser,
    bytes::complete::{take_while, take_while1},
    character::complete::char,
    combinator::opt,
    sequence::preceded,
};

use super::Fault;

/// A version.
#[derive(Clone, Debug)]
pub struct Version {
    /// First number.
    pub major: u64,
    /// Second number.
    pub minor: u64,
    /// Third number; absent in `1.36`.
    pub patch: Option<u64>,
    /// What stands after `-`, part by part; empty for a release.
    pub prerelease: Vec<Identifier>,
    /// What stands after `+`; it does not count in the order.
    pub build: Option<String>,
}

/// One part of a prerelease. Numbers precede words, as the order of the variants says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifier {
    /// Only digits.
    Number(u64),
    /// Anything else.
    Word(String),
}

impl Version {
    /// Reads the whole text.
    ///
    /// # Errors
    /// If it is not at least two numbers with a point between them, or a later part is malformed.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let at = |rest: &str| text.len() - rest.len();
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, major) = component(text, rest)?;
        let (rest, minor) = match dot(rest) {
            Ok((rest, _)) => component(text, rest)?,
            Err(_) => return Err(fault(at(rest), "a version is at least two numbers, such as `1.36`")),
        };
        let (rest, patch) = match dot(rest) {
            Ok((rest, _)) => component(text, rest).map(|(rest, it)| (rest, Some(it)))?,
            Err(_) => (rest, None),
        };
        let prerelease_at = at(rest) + 1;
        let (rest, prerelease) = tail('-', rest).unwrap_or((rest, None));
        let build_at = at(rest) + 1;
        let (rest, build) = tail('+', rest).unwrap_or((rest, None));
        if !rest.is_empty() {
            return Err(fault(at(rest), "after its numbers a version has only `-` with a prerelease and `+` with a build"));
        }
        let prerelease = prerelease.map_or(Ok(Vec::new()), |it| identifiers(it, prerelease_at))?;
        if let Some(build) = build {
            check_parts(build, build_at)?;
        }
        Ok(Self { major, minor, patch, prerelease, build: build.map(str::to_owned) })
    }

    /// Major and minor number: what decides which API fields a cluster knows.
    pub fn line(&self) -> (u64, u64) {
        (self.major, self.minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        if let Some(patch) = self.patch {
            write!(f, ".{patch}")?;
        }
        for (index, part) in self.prerelease.iter().enumerate() {
            f.write_str(if index == 0 { "-" } else { "." })?;
            match part {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        match &self.build {
            Some(build) => write!(f, "+{build}"),
            None => Ok(()),
        }
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |it: &Self| (it.major, it.minor, it.patch.unwrap_or(0));
        // A release follows all its prereleases; of two prereleases with equal beginnings the longer one follows, as with `Vec`.
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| self.prerelease.is_empty().cmp(&other.prerelease.is_empty()))
            .then_with(|| self.prerelease.cmp(&other.prerelease))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

fn component<'a>(text: &str, rest: &'a str) -> Result<(&'a str, u64), Fault> {
    let at = text.len() - rest.len();
    let (after, digits) = digits(rest).map_err(|_| fault(at, "a version's part is a number"))?;
    if digits.len() > 1 && digits.starts_with('0') {
        return Err(fault(at, "a version's number has no leading zeros"));
    }
    digits.parse().map(|number| (after, number)).map_err(|_| fault(at, "a version's number is at most 18446744073709551615"))
}

fn identifiers(text: &str, at: usize) -> Result<Vec<Identifier>, Fault> {
    check_parts(text, at)?;
    let mut part_at = at;
    let mut parts = Vec::new();
    for part in text.split('.') {
        let number = part.bytes().all(|it| it.is_ascii_digit());
        if number && part.len() > 1 && part.starts_with('0') {
            return Err(fault(part_at, "a version's number has no leading zeros"));
        }
        parts.push(match part.parse() {
            Ok(value) if number => Identifier::Number(value),
            Err(_) if number => return Err(fault(part_at, "a version's number is at most 18446744073709551615")),
            Ok(_) | Err(_) => Identifier::Word(part.to_owned()),
        });
        part_at += part.len() + 1;
    }
    Ok(parts)
}

fn check_parts(text: &str, at: usize) -> Result<(), Fault> {
    let mut part_at = at;
    for part in text.split('.') {
        if part.is_empty() {
            return Err(fault(part_at, "a part of a prerelease or build is letters, digits and `-`"));
        }
        part_at += part.len() + 1;
    }
    Ok(())
}

fn dot(text: &str) -> IResult<&str, char> {
    char('.').parse(text)
}

fn digits(text: &str) -> IResult<&str, &str> {
    take_while1(|c: char| c.is_ascii_digit()).parse(text)
}

fn tail(mark: char, text: &str) -> IResult<&str, Option<&str>> {
    opt(preceded(char(mark), take_while(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.'))).parse(text)
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        for (text, expected) in [
            ("1.36", "1.36"),
            ("1.36.3", "1.36.3"),
            ("v1.36.3", "1.36.3"),
            ("0.0.0", "0.0.0"),
            ("1.36.3-rc.1", "1.36.3-rc.1"),
            ("1.36.3+k3s1", "1.36.3+k3s1"),
            ("v1.36.3-rc.1+k3s1.a-b", "1.36.3-rc.1+k3s1.a-b"),
            ("1.36-alpha", "1.36-alpha"),
            ("1.0.0--1", "1.0.0--1"),
            ("1.0.0+007", "1.0.0+007"),
        ] {
            assert_eq!(Version::parse(text).map(|it| it.to_string()), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn is_ordered() {
        let order = [
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1-0",
            "1.0.1",
            "1.9",
            "1.10",
            "1.36",
            "1.36.3",
            "2.0",
        ];
        for (left_idx, left) in order.iter().enumerate() {
            for (right_idx, right) in order.iter().enumerate() {
                let (left, right) = (Version::parse(left).unwrap(), Version::parse(right).unwrap());
                assert_eq!(left.cmp(&right), left_idx.cmp(&right_idx), "{left} {right}");
            }
        }
        assert_eq!(Version::parse("1.36"), Version::parse("v1.36.0+k3s1"));
    }

    #[test]
    fn refuses_with_a_place() {
        for (text, at) in [
            ("", 0),
            ("v", 1),
            ("1", 1),
            ("1.", 2),
            ("1.36.", 5),
            ("1.36.3.4", 6),
            ("01.2", 0),
            ("1.02", 2),
            ("1.2.3-", 6),
            ("1.2.3-a..b", 8),
            ("1.2.3-01", 6),
            ("1.2.3+", 6),
            ("1.2.3+a+b", 7),
            ("1.2.3 ", 5),
            ("V1.2", 0),
            ("1.2.3-é", 6),
            ("99999999999999999999.1", 0),
            (">=1.2", 0),
            ("1.2.x", 4),
            ("1.2.3-99999999999999999999", 6),
        ] {
            let fault = Version::parse(text).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.why);
        }
    }
}
