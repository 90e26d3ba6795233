//! Numbers as people read them.

/// `1 234 567`, with spaces that do not break.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

/// `1.5 MiB`: bytes in the largest unit that leaves a number of at least one before it.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut tenths, mut unit) = (count.saturating_mul(10), "bytes");
    for larger in UNITS {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths / 1_024, larger);
    }
    match (tenths / 10, tenths % 10, unit) {
        (whole, _, "bytes") => format!("{}\u{a0}bytes", thousands(whole)),
        (whole, tenth, unit) if whole < 10 => format!("{whole}.{tenth}\u{a0}{unit}"),
        (whole, _, unit) => format!("{}\u{a0}{unit}", thousands(whole)),
    }
}

/// A count of things as a number for people.
pub fn count(things: usize) -> String {
    thousands(u64::try_from(things).unwrap_or(u64::MAX))
}

/// `value` out of `max`, in steps: how many of `steps` that is. Something is never nothing, and what
/// lies above the most counts as the most.
pub(super) fn scale(value: u64, max: u64, steps: usize) -> usize {
    let steps = u128::try_from(steps).unwrap_or(0);
    let value = u128::from(value.min(max));
    let scaled = (value * steps).checked_div(u128::from(max)).unwrap_or(0);
    let least = u128::from(value > 0).min(steps);
    usize::try_from(scaled.max(least)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let grouped: Vec<String> = [0, 999, 1_000, 1_234_567].map(thousands).into();
        assert_eq!(grouped, ["0", "999", "1\u{a0}000", "1\u{a0}234\u{a0}567"]);
        assert_eq!(count(1_000), "1\u{a0}000");
    }

    #[test]
    fn something_is_never_nothing_and_never_more_than_all() {
        assert_eq!([0, 1, 50, 100, 200].map(|value| scale(value, 100, 8)), [0, 1, 4, 8, 8]);
        assert_eq!(scale(7, 0, 8), 0);
        assert_eq!(scale(u64::MAX, u64::MAX, 8), 8);
        assert_eq!(scale(1, 2, 0), 0);
    }
}
