//! Time zones: when it is where somebody is.
//!
//! The rules of all zones are part of the program: what a machine has installed changes nothing.

use std::fmt;

use jiff::tz::{self, TimeZone};
use serde::{Deserialize, Serialize};

use super::time::Timestamp;

/// A time zone by its name in the IANA database, such as `Europe/Berlin`. UTC unless told otherwise.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// No time zone goes by that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a time zone; name one like Europe/Berlin, or UTC")]
pub struct UnknownZone;

impl Zone {
    /// Bytes that are looked at: more than twice the longest name there is.
    const MAX_BYTES: usize = 64;

    /// Reads what somebody typed, or what a client says in TZ (where a colon may lead).
    ///
    /// Only names count: a rule (`CET-1CEST`) or a file (`/etc/localtime`) is none.
    pub fn parse(input: &str) -> Result<Self, UnknownZone> {
        let typed = input.trim().trim_start_matches(':');
        if typed.is_empty() || typed.len() > Self::MAX_BYTES {
            return Err(UnknownZone);
        }
        let rules = tz::db().get(typed).map_err(|_| UnknownZone)?;
        let name = rules.iana_name().filter(|_| !rules.is_unknown()).ok_or(UnknownZone)?;
        Ok(Self { name: name.to_owned(), rules })
    }

    /// Every name there is, sorted.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = tz::db().available().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// `2026-11-24 21:03 CET`
    pub(super) fn minute(&self, at: Timestamp) -> String {
        let civil = self.rules.to_datetime(instant(at));
        let offset = self.rules.to_offset_info(instant(at));
        format!("{} {:02}:{:02} {}", civil.date(), civil.hour(), civil.minute(), offset.abbreviation())
    }

    /// `3 December 09:00 UTC`; with its year where that is not the one of `now`.
    pub(super) fn day(&self, at: Timestamp, now: Timestamp) -> String {
        let [civil, today] = [at, now].map(|at| self.rules.to_datetime(instant(at)));
        let offset = self.rules.to_offset_info(instant(at));
        let form = if civil.year() == today.year() { "%-d %B %H:%M" } else { "%-d %B %Y %H:%M" };
        format!("{} {}", civil.strftime(form), offset.abbreviation())
    }

    /// The moment that somebody there calls `2026-12-03 09:00`, `2026-12-03T09:00` or, for its first minute,
    /// `2026-12-03`. One that says where it is (`2026-12-03T09:00Z`) is the same everywhere.
    pub(super) fn moment(&self, typed: &str) -> Option<Timestamp> {
        let named = || typed.parse::<jiff::Timestamp>().ok();
        // What names a place of its own must not be read as if it were here.
        let behind_the_date = typed.get("2026-12-03".len()..).unwrap_or_default();
        let is_plain =
            typed.chars().all(|c| c.is_ascii_digit() || "-: T".contains(c)) && !behind_the_date.contains('-');
        let here = || self.rules.to_timestamp(typed.parse::<jiff::civil::DateTime>().ok()?).ok();
        let instant = if is_plain { here() } else { named() }?;
        u64::try_from(instant.as_microsecond()).ok().map(Timestamp::from_micros)
    }
}

/// The calendar ends with the year 9999, and so does what is later.
fn instant(at: Timestamp) -> jiff::Timestamp {
    let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::MAX)
}

impl Default for Zone {
    fn default() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZone;

    fn try_from(text: String) -> Result<Self, UnknownZone> {
        Self::parse(&text)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    /// 2026-11-24 20:03:14 UTC
    const WINTER: Timestamp = Timestamp::from_micros(1_795_550_594_000_000);

    fn zone(name: &str) -> Zone {
        Zone::parse(name).unwrap()
    }

    #[test]
    fn a_minute_is_told_in_the_zone_of_the_reader() {
        assert_eq!(WINTER.minute_in(&Zone::default()), "2026-11-24 20:03 UTC");
        assert_eq!(WINTER.minute_in(&zone("Europe/Berlin")), "2026-11-24 21:03 CET");
        assert_eq!(WINTER.minute_in(&zone("Asia/Kolkata")), "2026-11-25 01:33 IST");
        assert_eq!(WINTER.minute_in(&zone("America/Sao_Paulo")), "2026-11-24 17:03 -03");
        let summer = WINTER.after(Duration::from_hours(24 * 200));
        assert_eq!(summer.minute_in(&zone("Europe/Berlin")), "2027-06-12 22:03 CEST");
        let later = WINTER.after(Duration::from_hours(3));
        assert_eq!(
            WINTER.minute_and_ago_in(&zone("Europe/Berlin"), later),
            "2026-11-24 21:03 CET (3\u{a0}h\u{a0}ago)"
        );
        assert_eq!(
            later.minute_and_ahead_in(&zone("Europe/Berlin"), WINTER),
            "2026-11-25 00:03 CET (in\u{a0}3\u{a0}h)"
        );
    }

    #[test]
    fn the_ends_of_time_are_told_everywhere() {
        for name in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let end = Timestamp::from_micros(u64::MAX).minute_in(&zone(name));
            assert!(end.starts_with("9999-12-3"), "{end}");
            assert!(Timestamp::default().minute_in(&zone(name)).len() > 16);
        }
    }

    #[test]
    fn a_zone_goes_by_its_name_and_by_nothing_else() {
        assert_eq!(zone(":europe/berlin").name(), "Europe/Berlin");
        assert_eq!(zone(" UTC "), Zone::default());
        let long = "A".repeat(5_000);
        for bad in ["", ":", "CET-1CEST", "/etc/localtime", "../../etc/passwd", "Etc/Unknown", "Mars", &long]
        {
            assert_eq!(Zone::parse(bad), Err(UnknownZone), "{bad:?}");
        }
        assert!(Zone::names().len() > 400 && Zone::names().iter().all(|name| Zone::parse(name).is_ok()));
        let text = serde_json::to_string(&zone("Europe/Berlin")).unwrap();
        assert_eq!(text, "\"Europe/Berlin\"");
        assert_eq!(serde_json::from_str::<Zone>(&text).unwrap(), zone("Europe/Berlin"));
    }

    proptest! {
        #[test]
        fn no_name_panics(input in any::<String>()) {
            let _ = Zone::parse(&input);
        }
    }
}
