//! Schedules of CronJobs: `30 2 * * 1-5`, `@hourly`, `@every 1h30m`.
//!
//! Source of the rules: github.com/robfig/cron/v3 (`ParseStandard`), which Kubernetes uses, and Kubernetes' own ban on a time zone in the schedule.
//! robfig also takes some texts that cannot be meant, such as `*-5` or an empty list that never fires; they are refused here.
//! Invariant: each field of a schedule has at least one value.

use std::ops::RangeInclusive;

use nom::{IResult, Parser, bytes::complete::take_while1, character::complete::char, combinator::opt, sequence::preceded};

use super::{Fault, duration::Duration};

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cron {
    /// At each minute that matches all fields.
    Fields(Fields),
    /// In equal distances, counted from the last start; whole seconds, at least one.
    Every(Duration),
}

/// The values of each field as bits: bit 5 of `minute` is minute 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    /// 0 to 59.
    pub minute: u64,
    /// 0 to 23.
    pub hour: u64,
    /// 1 to 31.
    pub day: u64,
    /// 1 to 12.
    pub month: u64,
    /// 0 (Sunday) to 6.
    pub weekday: u64,
    /// Whether one of the two day fields begins with `*` or `?`: then a day has to match both, else one of them.
    pub both_days: bool,
}

/// What is particular about one of the five fields.
struct Field {
    name: &'static str,
    values: RangeInclusive<u64>,
    words: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { name: "minute", values: 0..=59, words: &[] },
    Field { name: "hour", values: 0..=23, words: &[] },
    Field { name: "day of the month", values: 1..=31, words: &[] },
    Field { name: "month", values: 1..=12, words: &MONTHS },
    Field { name: "day of the week", values: 0..=6, words: &WEEKDAYS },
];

impl Cron {
    /// Reads the whole text.
    ///
    /// # Errors
    /// If it is not five right fields or a known `@` word.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if let Some(at) = text.find("TZ") {
            return Err(fault(at, "a schedule has no time zone; set `timeZone` beside it"));
        }
        if let Some(every) = text.strip_prefix("@every ") {
            let at = text.len() - every.len();
            return Duration::parse(every).map(|it| Self::Every(whole_seconds(it))).map_err(|it| Fault { at: at + it.at, ..it });
        }
        let fields_text = match text {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ if text.starts_with('@') => return Err(fault(0, "the words are @yearly, @monthly, @weekly, @daily, @hourly and `@every 1h`")),
            _ => text,
        };
        fields(fields_text).map(Self::Fields)
    }

    /// Whether a schedule with fields fires at this minute; `weekday` 0 is Sunday. Distances have no fixed minute.
    pub fn fires_at(&self, minute: u8, hour: u8, day: u8, month: u8, weekday: u8) -> bool {
        let Self::Fields(fields) = self else { return false };
        let has = |bits: u64, value: u8| value < 64 && bits >> value & 1 == 1;
        let (by_day, by_weekday) = (has(fields.day, day), has(fields.weekday, weekday));
        let day_matches = if fields.both_days { by_day && by_weekday } else { by_day || by_weekday };
        day_matches && has(fields.minute, minute) && has(fields.hour, hour) && has(fields.month, month)
    }
}

fn fields(text: &str) -> Result<Fields, Fault> {
    let mut bits = [0u64; 5];
    let mut star = [false; 5];
    let mut count = 0;
    for part in text.split_whitespace() {
        // `part` is a piece of `text`, so the difference of the addresses is its offset.
        let at = part.as_ptr().addr() - text.as_ptr().addr();
        let Some(field) = FIELDS.get(count) else {
            return Err(fault(at, "a schedule has five fields: minute, hour, day, month, day of the week"));
        };
        (bits[count], star[count]) = list(part, field).map_err(|it| Fault { at: at + it.at, ..it })?;
        count += 1;
    }
    if count < FIELDS.len() {
        return Err(fault(text.len(), "a schedule has five fields: minute, hour, day, month, day of the week"));
    }
    let [minute, hour, day, month, weekday] = bits;
    Ok(Fields { minute, hour, day, month, weekday, both_days: star[2] || star[4] })
}

/// `item {"," item}`: the bits, and whether an item is a star of every value.
fn list(text: &str, field: &Field) -> Result<(u64, bool), Fault> {
    let (mut bits, mut star) = (0, false);
    let mut at = 0;
    for part in text.split(',') {
        let (part_bits, part_star) = item(part, field).map_err(|it| Fault { at: at + it.at, ..it })?;
        bits |= part_bits;
        star |= part_star;
        at += part.len() + 1;
    }
    Ok((bits, star))
}

/// `(star | value ["-" value]) ["/" step]`
fn item(text: &str, field: &Field) -> Result<(u64, bool), Fault> {
    let wrong = |rest: &str| text.len() - rest.len();
    let (after_low, low_text) = token(text).map_err(|_| fault(0, "a value is missing"))?;
    let star = matches!(low_text, "*" | "?");
    let (low, mut high) = if star { (*field.values.start(), *field.values.end()) } else { value(low_text, field, 0).map(|it| (it, it))? };
    let (after_high, high_text) = part_after('-', after_low).unwrap_or((after_low, None));
    if let Some(high_text) = high_text {
        if star {
            return Err(fault(low_text.len(), "`*` is already the whole range"));
        }
        let at = wrong(after_low) + 1;
        high = value(high_text, field, at)?;
        if high < low {
            return Err(fault(at, "the end of a range lies before its beginning"));
        }
    }
    let (rest, step_text) = part_after('/', after_high).unwrap_or((after_high, None));
    if !rest.is_empty() {
        return Err(fault(wrong(rest), "a field is `*` or values, with `-` for ranges, `/` for steps and `,` between items"));
    }
    let Some(step_text) = step_text else {
        return Ok((every(low, high, 1), star));
    };
    let at = wrong(after_high) + 1;
    let step = number(step_text).filter(|it| *it > 0).ok_or_else(|| fault(at, "a step is a positive number"))?;
    if high_text.is_none() {
        // `5/15` means "from 5 to the end, every 15".
        high = *field.values.end();
    }
    Ok((every(low, high, step), star && step == 1))
}

fn value(text: &str, field: &Field, at: usize) -> Result<u64, Fault> {
    if let Some(index) = field.words.iter().position(|it| it.eq_ignore_ascii_case(text)) {
        return Ok(field.values.start() + index as u64);
    }
    let why = || format!("the {} is {} to {}", field.name, field.values.start(), field.values.end());
    number(text).filter(|it| field.values.contains(it)).ok_or_else(|| Fault { at, why: why() })
}

fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|it| it.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn every(low: u64, high: u64, step: u64) -> u64 {
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    (low..=high).step_by(step).fold(0, |bits, it| bits | 1 << it)
}

fn token(text: &str) -> IResult<&str, &str> {
    take_while1(|c| c != '-' && c != '/').parse(text)
}

fn part_after(mark: char, text: &str) -> IResult<&str, Option<&str>> {
    opt(preceded(char(mark), token)).parse(text)
}

/// `cron.Every`: at least a second, without fractions.
fn whole_seconds(duration: Duration) -> Duration {
    const SECOND: i128 = 1_000_000_000;
    let nanos = duration.nanos.max(SECOND);
    Duration { nanos: nanos - nanos % SECOND }
}

fn fault(at: usize, why: &str) -> Fault {
    Fault { at, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(values: impl IntoIterator<Item = u64>) -> u64 {
        values.into_iter().fold(0, |bits, it| bits | 1 << it)
    }

    fn parsed(text: &str) -> Fields {
        match Cron::parse(text) {
            Ok(Cron::Fields(fields)) => fields,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn fields_and_steps() {
        let nightly = parsed("30 2 * * 1-5");
        assert_eq!((nightly.minute, nightly.hour, nightly.weekday, nightly.both_days), (bits([30]), bits([2]), bits(1..=5), true));
        assert_eq!(parsed("*/15 0-23/6 1,15 jan,Jul-SEP sun").minute, bits([0, 15, 30, 45]));
        let mixed = parsed("5/20 0-23/6 1,15 jan,Jul-SEP sun");
        assert_eq!(
            (mixed.minute, mixed.hour, mixed.day, mixed.month, mixed.weekday, mixed.both_days),
            (bits([5, 25, 45]), bits([0, 6, 12, 18]), bits([1, 15]), bits([1, 7, 8, 9]), bits([0]), false)
        );
        assert_eq!(parsed("? ? ? ? ?"), parsed("* * * * *"));
        assert_eq!(parsed("  0 0  1 1 *\t"), parsed("@yearly"));
        assert_eq!(parsed("59 23 31 12 6").day, bits([31]));
        assert!(!parsed("0 0 */2 * 1").both_days && parsed("0 0 */1 * 1").both_days);
    }

    #[test]
    fn words() {
        assert_eq!(parsed("@hourly"), parsed("0 * * * *"));
        assert_eq!(parsed("@weekly"), parsed("0 0 * * 0"));
        assert_eq!(parsed("@midnight"), parsed("@daily"));
        assert_eq!(Cron::parse("@every 1h30m"), Ok(Cron::Every(Duration { nanos: 5400 * 1_000_000_000 })));
        assert_eq!(Cron::parse("@every 1500ms"), Ok(Cron::Every(Duration { nanos: 1_000_000_000 })));
        assert_eq!(Cron::parse("@every 1ms"), Ok(Cron::Every(Duration { nanos: 1_000_000_000 })));
    }

    #[test]
    fn days_match_one_or_both() {
        // The 13th or a Friday; with a star in one field both must match.
        let either = Cron::parse("0 0 13 * 5").unwrap();
        assert!(either.fires_at(0, 0, 13, 1, 2) && either.fires_at(0, 0, 1, 1, 5) && !either.fires_at(0, 0, 1, 1, 2) && !either.fires_at(1, 0, 13, 1, 5));
        let friday = Cron::parse("0 0 * * 5").unwrap();
        assert!(friday.fires_at(0, 0, 1, 1, 5) && !friday.fires_at(0, 0, 1, 1, 2));
    }

    #[test]
    fn refuses_with_a_place() {
        for (text, at) in [
            ("", 0),
            ("* * * *", 7),
            ("* * * * * *", 10),
            ("60 * * * *", 0),
            ("* 24 * * *", 2),
            ("* * 0 * *", 4),
            ("* * 32 * *", 4),
            ("* * * 13 *", 6),
            ("* * * * 7", 8),
            ("* * * * sunday", 8),
            ("1- * * * *", 1),
            ("-1 * * * *", 0),
            ("5-1 * * * *", 2),
            ("1-2-3 * * * *", 3),
            ("*/0 * * * *", 2),
            ("*/ * * * *", 1),
            ("1/2/3 * * * *", 3),
            ("*-5 * * * *", 1),
            (", * * * *", 0),
            ("1,,2 * * * *", 2),
            ("+5 * * * *", 0),
            ("a * * * *", 0),
            ("@every", 0),
            ("@every 5", 8),
            ("@never", 0),
            ("@Hourly", 0),
            ("TZ=UTC 0 0 * * *", 0),
            ("CRON_TZ=UTC 0 0 * * *", 5),
            ("99999999999999999999 * * * *", 0),
            ("* * * * é", 8),
        ] {
            let fault = Cron::parse(text).expect_err(text);
            assert_eq!(fault.at, at, "{text}: {}", fault.why);
        }
    }
}
