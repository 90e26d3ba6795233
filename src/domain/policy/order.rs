//! What rules demand of one another.

use super::{Policy, Rule};

/// Pairs of which the first must not be more than the second: delays grow, and end somewhere.
const GROWS: &[(&str, &str)] = &[
    ("guessing.first_delay", "guessing.second_delay"),
    ("guessing.second_delay", "guessing.third_delay"),
    ("guessing.third_delay", "guessing.longest_delay"),
    ("guessing.source_penalty", "guessing.source_penalty_longest"),
    ("accounts.sign_ups_per_source", "accounts.sign_ups_per_hour"),
];

/// A value that does not go with that of another rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be {bound} {other}, which is {value}")]
pub struct Contradiction {
    bound: &'static str,
    pub other: &'static str,
    value: String,
}

impl Policy {
    /// What the value of this rule contradicts.
    pub fn contradiction(&self, key: &str) -> Option<Contradiction> {
        GROWS.iter().filter(|(less, more)| *less == key || *more == key).find_map(|(less, more)| {
            let (less, more) = (Rule::find(less)?, Rule::find(more)?);
            if less.kind.rank(self) <= more.kind.rank(self) {
                return None;
            }
            let (bound, other) = if less.key == key { ("at most", more) } else { ("at least", less) };
            Some(Contradiction { bound, other: other.key, value: other.text(self) })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_contradicts_nothing() {
        for (less, more) in GROWS {
            assert!(Rule::find(less).is_some() && Rule::find(more).is_some(), "{less} {more}");
            assert_eq!(Policy::default().contradiction(less), None);
        }
    }

    #[test]
    fn a_contradiction_names_the_other_rule() {
        let mut policy = Policy::default();
        Rule::find("guessing.longest_delay").unwrap().set(&mut policy, "10s").unwrap();
        let told = |key| policy.contradiction(key).map(|contradiction| contradiction.to_string());
        assert_eq!(
            told("guessing.longest_delay").unwrap(),
            "must be at least guessing.third_delay, which is 15s"
        );
        assert_eq!(
            told("guessing.third_delay").unwrap(),
            "must be at most guessing.longest_delay, which is 10s"
        );
        assert_eq!(told("guessing.first_delay"), None);
    }
}
