//! `vix gc`: away with what the cache holds and nobody uses.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use store::{Swept, survey, sweep};

use super::session::{self, Cache};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::host::Host;
use crate::ui::{Ui, count};

/// Arguments of `vix gc`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Forget projects that were not built for so many days
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = days)]
    unused: u32,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    cache: Cache,
}

fn days(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "this is no whole number of days".to_owned())
}

const DAY_S: u64 = 24 * 60 * 60;

/// Removes, or counts.
///
/// # Errors
/// There is no cache, or it cannot be used.
pub fn run(arguments: &Arguments, ui: &Ui, host: &mut Host<'_>) -> Result<Exit, Failure> {
    let Some(cache) = session::cache_folder(&arguments.cache, host) else {
        ui.line(host, "there is no cache");
        return Ok(Exit::Ok);
    };
    if !cache.exists() {
        ui.line(host, &format!("there is no cache in {}", cache.display()));
        return Ok(Exit::Ok);
    }
    let unused = Duration::from_secs(u64::from(arguments.unused) * DAY_S);
    let clean = if arguments.dry_run { survey } else { sweep };
    let swept = clean(&cache, unused).map_err(|warning| Failure::Machine(warning.to_string()))?;
    ui.line(host, &sentence(swept, arguments.dry_run, &cache));
    Ok(Exit::Ok)
}

/// `removed 2 projects and 3 files (12.3 MiB); left 4 projects (20.0 MiB) in CACHE`.
fn sentence(swept: Swept, dry: bool, cache: &Path) -> String {
    let begin = if dry { "would remove" } else { "removed" };
    let used = if swept.used == 0 { String::new() } else { format!("; {} in use", count(swept.used, "project")) };
    format!(
        "{begin} {} and {} ({}); left {} ({}) in {}{used}",
        count(swept.projects, "project"),
        count(swept.files, "file"),
        bytes(swept.bytes),
        count(swept.kept, "project"),
        bytes(swept.bytes_kept),
        cache.display()
    )
}

/// `0 B`, `1.5 KiB`, `12.3 MiB`.
fn bytes(it: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = it as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < units.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{it} B") } else { format!("{value:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    #[test]
    fn sizes_are_told_in_their_unit() {
        assert_eq!([0, 1023, 1024, 1_572_864, u64::MAX].map(super::bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 MiB", "16777216.0 TiB"]);
    }
}
