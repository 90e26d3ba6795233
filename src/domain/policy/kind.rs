//! What a rule takes: which values are allowed, how they are written, and which field they end up in.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::Policy;
use crate::domain::duration;

/// A type, its bounds, and the way to its field.
#[derive(Debug)]
pub enum Kind {
    Duration(RangeInclusive<Duration>, Lens<Duration>),
    /// A whole number of the unit that is named.
    Count(RangeInclusive<u32>, &'static str, Lens<u32>),
    /// One of a few words.
    Choice(Words),
    Switch(Lens<bool>),
}

/// The way to a field and back.
#[derive(Debug)]
pub struct Lens<T> {
    pub get: fn(&Policy) -> T,
    pub set: fn(&mut Policy, T),
}

/// The way to a field that holds one of a few words.
#[derive(Debug)]
pub struct Words {
    /// From the strictest to the most permissive, where that has a meaning.
    pub all: fn() -> Vec<String>,
    pub get: fn(&Policy) -> String,
    /// `None` and nothing is touched for a word that is not one of them.
    pub set: fn(&mut Policy, &str) -> Option<()>,
}

/// What was written is not allowed; what is, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be {0}")]
pub struct NotAllowed(pub String);

const SWITCH: [&str; 2] = ["false", "true"];

impl Kind {
    /// The value as it is written: `12h`, `15`, `choose`, `true`.
    pub(super) fn text(&self, policy: &Policy) -> String {
        match self {
            Self::Duration(_, lens) => duration::text((lens.get)(policy)),
            Self::Count(_, _, lens) => (lens.get)(policy).to_string(),
            Self::Choice(words) => (words.get)(policy),
            Self::Switch(lens) => (lens.get)(policy).to_string(),
        }
    }

    /// Sets the field, if the value is allowed; `None` and nothing is touched if it is not.
    pub(super) fn set(&self, policy: &mut Policy, text: &str) -> Option<()> {
        match self {
            Self::Duration(range, lens) => {
                (lens.set)(policy, duration::parse(text).filter(|value| range.contains(value))?);
            }
            Self::Count(range, _, lens) => {
                (lens.set)(policy, whole(text).filter(|number| range.contains(number))?);
            }
            Self::Choice(words) => (words.set)(policy, text)?,
            Self::Switch(lens) => (lens.set)(policy, text.parse().ok()?),
        }
        Some(())
    }

    /// What may be written, in words: `a duration from 1s to 10min, like "60s"`.
    pub(super) fn allowed(&self, example: &str) -> String {
        match self {
            Self::Duration(range, _) => {
                let [from, to] = [range.start(), range.end()].map(|end| duration::text(*end));
                format!("a duration from {from} to {to}, like \"{example}\"")
            }
            Self::Count(range, unit, _) => {
                format!("a whole number from {} to {} ({unit})", range.start(), range.end())
            }
            Self::Choice(_) => {
                let words: Vec<_> = self.words().iter().map(|word| format!("\"{word}\"")).collect();
                match words.split_last() {
                    Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
                    _ => words.concat(),
                }
            }
            Self::Switch(_) => "true or false".to_owned(),
        }
    }

    /// The words that may be written, where there are only a few.
    pub fn words(&self) -> Vec<String> {
        match self {
            Self::Duration(..) | Self::Count(..) => Vec::new(),
            Self::Choice(words) => (words.all)(),
            Self::Switch(_) => SWITCH.map(str::to_owned).to_vec(),
        }
    }

    /// Whether more letters can make an allowed value of this, so that it is no mistake yet.
    pub(super) fn may_become(&self, text: &str) -> bool {
        match self {
            Self::Duration(range, _) => {
                let digits = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
                let begun = text.get(digits.len()..).unwrap_or_default();
                duration::UNITS.iter().filter(|(unit, _)| unit.starts_with(begun)).any(|(unit, _)| {
                    duration::parse(&format!("{digits}{unit}")).is_some_and(|value| value <= *range.end())
                })
            }
            Self::Count(range, ..) => whole(text).is_some_and(|number| number <= *range.end()),
            Self::Choice(_) | Self::Switch(_) => self.words().iter().any(|word| word.starts_with(text)),
        }
    }

    /// A number that grows as the value does.
    pub(super) fn rank(&self, policy: &Policy) -> u128 {
        match self {
            Self::Duration(_, lens) => (lens.get)(policy).as_millis(),
            Self::Count(_, _, lens) => (lens.get)(policy).into(),
            Self::Choice(words) => {
                let word = (words.get)(policy);
                (words.all)().iter().take_while(|other| **other != word).map(|_| 1).sum()
            }
            Self::Switch(lens) => (lens.get)(policy).into(),
        }
    }
}

/// The number behind plain digits.
fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// The one that is written like this.
pub(super) fn one_of<T: Copy + Display>(all: &[T], word: &str) -> Option<T> {
    all.iter().copied().find(|choice| choice.to_string() == word)
}
