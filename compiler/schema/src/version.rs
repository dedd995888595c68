//! Version masks: which Kubernetes minor versions know a kind, a field or an enum value (grammar.md, A2).
//!
//! Bit 0 is Kubernetes 1.33, bit 3 is 1.36; 32 bits reach to 1.64.

/// The minor version that bit 0 stands for.
pub const MINOR_FIRST: u32 = 33;

/// Every version: what a CRD carries, as its schema does not depend on the cluster's version.
pub const ALL: u32 = u32::MAX;

/// The mask with the one bit of Kubernetes `1.minor`, or `None` when no bit stands for it.
pub fn bit(minor: u32) -> Option<u32> {
    1u32.checked_shl(minor.checked_sub(MINOR_FIRST)?)
}

/// The versions of `mask` among those that are `known`, in words: `since 1.34`, `until 1.35`, `only in 1.34 and 1.35`.
pub fn words(mask: u32, known: u32) -> String {
    let (mask, newest, oldest) = (mask & known, known.checked_ilog2(), known.trailing_zeros());
    let (Some(last), first) = (mask.checked_ilog2(), mask.trailing_zeros()) else { return "in no known version".to_owned() };
    let is_run = mask.count_ones() == last - first + 1;
    match (is_run, Some(last) == newest, first == oldest) {
        (true, true, _) => format!("since 1.{}", MINOR_FIRST + first),
        (true, false, true) => format!("until 1.{}", MINOR_FIRST + last),
        (true, false, false) | (false, _, _) => {
            let all: Vec<String> = minors(mask).map(|it| format!("1.{it}")).collect();
            format!("only in {}", all.join(" and "))
        }
    }
}

/// The minor versions in a mask, oldest first.
pub fn minors(mask: u32) -> impl Iterator<Item = u32> {
    (0..32).filter(move |bit| mask & (1 << bit) != 0).map(|bit| MINOR_FIRST + bit)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_mask_in_words() {
        let known = 0b1111;
        let cases = [
            (0b1110, "since 1.34"),
            (0b1000, "since 1.36"),
            (0b0111, "until 1.35"),
            (0b0110, "only in 1.34 and 1.35"),
            (0b0101, "only in 1.33 and 1.35"),
            (0, "in no known version"),
        ];
        for (mask, said) in cases {
            assert_eq!(words(mask, known), said, "{mask:b}");
        }
    }
}
