//! Points in time as people type them: so long from now, or by the calendar.

use super::duration;
use super::time::Timestamp;
use super::zone::Zone;

/// Nothing that stands for a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be like 90min, 3d, 2026-12-03, \"2026-12-03 09:00\" or 2026-12-03T09:00Z")]
pub struct UnknownMoment;

/// Characters that are looked at; the longest that means anything has 35.
pub const CHARS: usize = 40;

/// Reads `3d` (from now), `2026-12-03`, `2026-12-03 09:00` (both where the reader is) or an RFC 3339 time.
pub fn parse(typed: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, UnknownMoment> {
    let typed = typed.trim();
    if typed.len() > CHARS {
        return Err(UnknownMoment);
    }
    match duration::parse(typed) {
        Some(span) => Ok(now.after(span)),
        None => zone.moment(typed).ok_or(UnknownMoment),
    }
}

/// The same for what has been: `24h` is so long ago.
pub fn parse_past(typed: &str, zone: &Zone, now: Timestamp) -> Result<Timestamp, UnknownMoment> {
    match duration::parse(typed.trim()) {
        Some(span) => Ok(now.before(span)),
        None => parse(typed, zone, now),
    }
}

/// A moment as somebody there would type it, to the minute: `2026-12-03 09:00`.
pub fn typed(at: Timestamp, zone: &Zone) -> String {
    at.minute_in(zone).chars().take("2026-12-03 09:00".len()).collect()
}

/// Whether it would be read, for a field that is left: which moment it is depends on where and when.
pub fn check(typed: &str) -> Result<(), String> {
    parse(typed, &Zone::default(), Timestamp::default()).map(drop).map_err(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-24 20:03:14 UTC
    const NOW: Timestamp = Timestamp::from_micros(1_795_550_594_000_000);

    #[test]
    fn a_moment_is_so_long_from_now_or_a_time_where_the_reader_is() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        for (typed, minute) in [
            ("3d", "2026-11-27 20:03 UTC"),
            (" 90min ", "2026-11-24 21:33 UTC"),
            ("2026-12-03", "2026-12-02 23:00 UTC"),
            ("2026-12-03 09:00", "2026-12-03 08:00 UTC"),
            ("2026-12-03T09:00", "2026-12-03 08:00 UTC"),
            ("2026-12-03T09:00:00Z", "2026-12-03 09:00 UTC"),
            ("2026-12-03T09:00Z", "2026-12-03 09:00 UTC"),
            ("2026-12-03T09:00:00-05:00", "2026-12-03 14:00 UTC"),
            // An hour that the clocks skip is the one after it.
            ("2027-03-28 02:30", "2027-03-28 01:30 UTC"),
        ] {
            assert_eq!(parse(typed, &berlin, NOW).map(Timestamp::minute), Ok(minute.to_owned()), "{typed}");
        }
    }

    #[test]
    fn what_has_been_is_so_long_ago() {
        let past = |typed| parse_past(typed, &Zone::default(), NOW).map(Timestamp::minute);
        assert_eq!(past("24h").unwrap(), "2026-11-23 20:03 UTC");
        assert_eq!(past(" 2026-11-01 ").unwrap(), "2026-11-01 00:00 UTC");
        assert_eq!(past("yesterday"), Err(UnknownMoment));
    }

    #[test]
    fn a_moment_that_is_shown_can_be_typed_again() {
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let shown = typed(NOW, &berlin);
        assert_eq!(shown, "2026-11-24 21:03");
        assert_eq!(parse(&shown, &berlin, NOW).unwrap().minute(), NOW.minute());
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        let long = "2026-12-03 ".repeat(9);
        for bad in ["", "tomorrow", "3", "09:00", "2026-13-01", "2026-12-03T09:00[Mars]", "1950-01-01", &long]
        {
            assert_eq!(parse(bad, &Zone::default(), NOW), Err(UnknownMoment), "{bad}");
        }
        assert!(check("3d").is_ok() && check("soon").is_err());
    }

    #[test]
    fn a_day_names_its_year_only_where_it_is_another() {
        let zone = Zone::default();
        assert_eq!(parse("2026-12-03 09:00", &zone, NOW).unwrap().day_in(&zone, NOW), "3 December 09:00 UTC");
        let later = parse("2027-01-03", &zone, NOW).unwrap();
        assert_eq!(later.day_in(&zone, NOW), "3 January 2027 00:00 UTC");
        assert!(Timestamp::from_micros(u64::MAX).day_in(&zone, NOW).starts_with("30 December 9999"));
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(typed in any::<String>(), at in any::<u64>()) {
            let at = Timestamp::from_micros(at);
            let _ = parse(&typed, &Zone::default(), at).map(|moment| moment.day_in(&Zone::default(), at));
        }
    }
}
