//! What rules demand of one another.

use super::{FactorFor, Policy, Rule};

/// Pairs of which the first must not be more than the second: delays grow, and end somewhere.
const GROWS: &[(&str, &str)] = &[
    ("guessing.first_delay", "guessing.second_delay"),
    ("guessing.second_delay", "guessing.third_delay"),
    ("guessing.third_delay", "guessing.longest_delay"),
    ("guessing.source_penalty", "guessing.source_penalty_longest"),
    ("accounts.sign_ups_per_source", "accounts.sign_ups_per_hour"),
];

const MIN_CHARS: &str = "password.min_chars";
const REQUIRED: &str = "second_factor.required";

/// The shortest password that opens the door alone. Source: NIST 800-63B-4 section 3.1.1.2, which allows 8 where
/// a second factor stands behind it.
pub const ALONE_MIN_CHARS: usize = 15;

/// A value that does not go with that of another rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be {bound}")]
pub struct Contradiction {
    bound: String,
    pub other: &'static str,
}

impl Contradiction {
    /// What it must be instead, as in `at least 15 while ...`.
    pub fn bound(self) -> String {
        self.bound
    }
}

impl Policy {
    /// What the value of this rule contradicts.
    pub fn contradiction(&self, key: &str) -> Option<Contradiction> {
        self.shrinks(key).or_else(|| self.is_too_short(key))
    }

    fn shrinks(&self, key: &str) -> Option<Contradiction> {
        GROWS.iter().filter(|(less, more)| *less == key || *more == key).find_map(|(less, more)| {
            let (less, more) = (Rule::find(less)?, Rule::find(more)?);
            if less.kind.rank(self) <= more.kind.rank(self) {
                return None;
            }
            let (bound, other) = if less.key == key { ("at most", more) } else { ("at least", less) };
            let bound = format!("{bound} {}, which is {}", other.key, other.text(self));
            Some(Contradiction { bound, other: other.key })
        })
    }

    /// A short password opens no door alone.
    fn is_too_short(&self, key: &str) -> Option<Contradiction> {
        let (min, required) = (self.password_min_chars, self.second_factor);
        if min >= ALONE_MIN_CHARS || required == FactorFor::Everyone {
            return None;
        }
        match key {
            MIN_CHARS => Some(Contradiction {
                bound: format!(
                    "at least {ALONE_MIN_CHARS} while {REQUIRED} is {required}; set that to everyone first"
                ),
                other: REQUIRED,
            }),
            REQUIRED => Some(Contradiction {
                bound: format!(
                    "everyone while {MIN_CHARS} is {min}; set that to {ALONE_MIN_CHARS} or more first"
                ),
                other: MIN_CHARS,
            }),
            _ => None,
        }
    }

    /// The same where each password is long enough, whatever was configured or set apart from one another.
    #[must_use]
    pub fn with_long_enough_passwords(mut self) -> Self {
        if self.second_factor != FactorFor::Everyone {
            self.password_min_chars = self.password_min_chars.max(ALONE_MIN_CHARS);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_contradicts_nothing() {
        for (less, more) in GROWS {
            assert!(Rule::find(less).is_some() && Rule::find(more).is_some(), "{less} {more}");
        }
        for rule in super::super::RULES {
            assert_eq!(Policy::default().contradiction(rule.key), None);
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

    #[test]
    fn a_short_password_needs_a_second_factor_that_everybody_must_have() {
        let policy =
            |min, required| Policy { password_min_chars: min, second_factor: required, ..Policy::default() };
        let told = |min, required, key| policy(min, required).contradiction(key).map(|why| why.to_string());
        assert_eq!(
            told(14, FactorFor::Administrators, MIN_CHARS).unwrap(),
            "must be at least 15 while second_factor.required is administrators; set that to everyone first"
        );
        assert_eq!(
            told(8, FactorFor::Nobody, REQUIRED).unwrap(),
            "must be everyone while password.min_chars is 8; set that to 15 or more first"
        );
        for key in [MIN_CHARS, REQUIRED] {
            assert_eq!(told(8, FactorFor::Everyone, key), None);
            assert_eq!(told(15, FactorFor::Nobody, key), None);
        }
        assert_eq!(policy(8, FactorFor::Nobody).with_long_enough_passwords().password_min_chars, 15);
        assert_eq!(policy(8, FactorFor::Everyone).with_long_enough_passwords().password_min_chars, 8);
    }
}
