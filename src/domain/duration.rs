//! Durations as people write them: a whole number and one unit.

use std::time::Duration;

/// Largest first, in milliseconds.
pub(super) const UNITS: &[(&str, u64)] =
    &[("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// The duration behind `500ms`, `60s`, `5min`, `12h` or `7d`.
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits)?;
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit)?;
    count.parse::<u64>().ok()?.checked_mul(*millis).map(Duration::from_millis)
}

/// The duration in the largest unit that says it exactly; parts of a millisecond are dropped.
pub fn text(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let exact = UNITS.iter().find(|(_, unit)| millis != 0 && millis.is_multiple_of(*unit));
    exact.map_or_else(|| "0s".to_owned(), |(name, unit)| format!("{}{name}", millis / unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_is_a_whole_number_and_a_unit() {
        assert_eq!(parse("60s"), Some(Duration::from_mins(1)));
        assert_eq!(parse("0s"), Some(Duration::ZERO));
        assert_eq!(parse("4500ms"), Some(Duration::from_millis(4_500)));
        for bad in
            ["", "60", "s", "-1s", "+1s", "1.5h", "1 h", "1h30min", "1m", "1S", "٣s", "99999999999999999999d"]
        {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
        assert_eq!(parse(&format!("{}d", u64::MAX)), None);
    }

    #[test]
    fn a_duration_is_shown_in_the_largest_exact_unit() {
        for shown in ["0s", "999ms", "4500ms", "1s", "90s", "10min", "12h", "7d"] {
            assert_eq!(text(parse(shown).unwrap()), shown);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read(millis in any::<u64>()) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&text(duration)), Some(duration));
        }
    }
}
