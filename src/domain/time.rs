//! Points in time and how people read them.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::zone::Zone;

/// The time of day, passed in so that tests need no sleep. It never goes back.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;
}

/// A point in time: microseconds since 1970-01-01 UTC. Written as RFC 3339.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

/// Said where there is no time, because it has not happened yet.
pub const NEVER: &str = "never";

impl Timestamp {
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This point moved into the future; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }

    /// This point moved into the past; stops at the beginning of time.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// Hours since 1970: the bucket of hourly counters.
    pub const fn hour(self) -> u64 {
        self.0 / 3_600_000_000
    }

    /// When an hour begins, by its number since 1970.
    pub const fn of_hour(hour: u64) -> Self {
        Self(hour.saturating_mul(3_600_000_000))
    }

    /// The calendar ends with the year 9999, and so does what is later.
    fn civil(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(PrimitiveDateTime::MAX.assume_utc())
    }

    /// `2026-11-24 20:03 UTC`: for people of whom it is not known where they are. Whoever knows takes
    /// [`minute_in`](Self::minute_in).
    pub fn minute(self) -> String {
        self.minute_in(&Zone::default())
    }

    /// `2026-11-24 21:03 CET`: for people, where the reader is.
    pub fn minute_in(self, zone: &Zone) -> String {
        zone.minute(self)
    }

    /// `3 December 09:00 UTC` where the reader is; with its year where that is not the one of `now`.
    pub fn day_in(self, zone: &Zone, now: Self) -> String {
        zone.day(self, now)
    }

    /// `2026-11-24 21:03 CET (3 h ago)`. The span is not broken over lines.
    pub fn minute_and_ago_in(self, zone: &Zone, now: Self) -> String {
        aside(&self.minute_in(zone), &self.ago(now))
    }

    /// `2026-11-25 00:03 CET (in 3 h)`. The span is not broken over lines.
    pub fn minute_and_ahead_in(self, zone: &Zone, now: Self) -> String {
        aside(&self.minute_in(zone), &format!("in {}", left(self.since(now))))
    }

    /// `just now`, `5 min ago`, `3 h ago`, `12 d ago`, as seen from `now`.
    pub fn ago(self, now: Self) -> String {
        match now.since(self).as_secs() {
            0..60 => "just now".to_owned(),
            seconds => format!("{} ago", span(Duration::from_secs(seconds))),
        }
    }
}

/// A remark in parentheses that stays in one piece.
fn aside(text: &str, remark: &str) -> String {
    format!("{text} ({})", remark.replace(' ', "\u{a0}"))
}

/// The largest whole unit of a duration: `45 s`, `5 min`, `3 h`, `12 d`.
pub fn span(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// How much time is left, to the nearest whole unit: `45 s`, `5 min`, `8 h`, `12 d`. A moment after it
/// was set, a limit of eight hours reads as one.
pub fn left(duration: Duration) -> String {
    let nearest = |unit: u64| (duration.as_secs() + unit / 2) / unit;
    match duration.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        60..5_400 => format!("{} min", nearest(60)),
        5_400..172_800 => format!("{} h", nearest(3_600)),
        _ => format!("{} d", nearest(86_400)),
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.civil().format(&Rfc3339).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let at = OffsetDateTime::parse(&text, &Rfc3339).map_err(serde::de::Error::custom)?;
        u64::try_from(at.unix_timestamp_nanos() / 1_000).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_reads_back_from_its_text() {
        let at = Timestamp::from_micros(1_795_432_334_123_456);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(text, "\"2026-11-23T11:12:14.123456Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), at);
    }

    #[test]
    fn time_does_not_wrap() {
        let end = Timestamp::from_micros(u64::MAX);
        assert_eq!(end.after(Duration::from_secs(1)), end);
        assert_eq!(Timestamp::default().since(end), Duration::ZERO);
        assert!(end.to_string().starts_with("9999-12-31T23:59:59"), "{end}");
    }

    /// One screen said of the same moment "in 5 min" and "in 4 min", and eight hours read as seven.
    #[test]
    fn what_is_left_is_told_to_the_nearest_unit() {
        for (seconds, words) in [
            (59, "59 s"),
            (60, "1 min"),
            (299, "5 min"),
            (260, "4 min"),
            (5_399, "90 min"),
            (5_400, "2 h"),
            (8 * 3_600 - 1, "8 h"),
            (47 * 3_600, "47 h"),
            (30 * 86_400 - 5, "30 d"),
        ] {
            assert_eq!(left(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn ages_name_their_largest_unit() {
        let now = Timestamp::from_micros(10_000_000_000_000);
        let before = |seconds: u64| Timestamp::from_micros(now.as_micros() - seconds * 1_000_000).ago(now);
        assert_eq!(before(5), "just now");
        assert_eq!(before(300), "5 min ago");
        assert_eq!(before(7_200), "2 h ago");
        assert_eq!(before(864_000), "10 d ago");
    }
}
