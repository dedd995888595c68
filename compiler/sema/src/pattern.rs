//! `match` refinements: RE2 through the `regex` crate, linear in time and bounded in size [A22].

/// Compiles a pattern that must match the whole text.
///
/// # Errors
/// The pattern is not RE2, or larger than 1 MiB compiled; the reason in one line.
pub fn compile(pattern: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(&format!("^(?:{pattern})$"))
        .unicode(false)
        .size_limit(1 << 20)
        .build()
        .or_else(|_| regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build())
        .map_err(|fault| fault.to_string().lines().last().unwrap_or("not a pattern").trim_start_matches("error: ").to_owned())
}
