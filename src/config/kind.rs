//! What a knob takes: which values are allowed, and which field they end up in.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{Config, Given, Hashing};
use crate::domain::policy::{self, Rule};
use crate::domain::{duration, text};
use crate::logging::{LogFormat, LogLevel};

/// Characters of a line that is shown to everybody who connects.
const LINE_CHARS: usize = text::Line::MAX_CHARS;

/// A type, its bounds, and the way to its field.
#[derive(Debug)]
pub enum Kind {
    Address(fn(&mut Config, SocketAddr)),
    Path(fn(&mut Config, PathBuf)),
    /// Empty stands for none.
    OptionalPath(fn(&mut Config, Option<PathBuf>)),
    Level(fn(&mut Config, LogLevel)),
    Format(fn(&mut Config, LogFormat)),
    Duration(RangeInclusive<Duration>, fn(&mut Config, Duration)),
    /// A whole number of the unit that is named.
    Count(RangeInclusive<u32>, &'static str, fn(&mut Config, u32)),
    /// A whole number, or `auto`.
    Threads(RangeInclusive<u32>, fn(&mut Config, usize)),
    /// One clean line; empty stands for none.
    Line(fn(&mut Config, String)),
    Switch(fn(&mut Config, bool)),
    /// A rule, which knows its own bounds.
    Rule(&'static Rule),
}

impl Kind {
    /// Sets the field, if the value is allowed; `None` and nothing is touched if it is not.
    pub(super) fn set(&self, config: &mut Config, given: &Given) -> Option<()> {
        match (self, given) {
            (Self::Address(set), Given::Text(text)) => set(config, text.parse().ok()?),
            (Self::Path(set), Given::Text(text)) => set(config, path(text)?),
            (Self::OptionalPath(set), Given::Text(text)) if text.is_empty() => set(config, None),
            (Self::OptionalPath(set), Given::Text(text)) => set(config, Some(path(text)?)),
            (Self::Level(set), Given::Text(text)) => set(config, one_of(LogLevel::ALL, text)?),
            (Self::Format(set), Given::Text(text)) => set(config, one_of(LogFormat::ALL, text)?),
            (Self::Duration(range, set), Given::Text(text)) => {
                set(config, duration::parse(text).filter(|value| range.contains(value))?);
            }
            (Self::Count(range, _, set), Given::Integer(number)) => set(config, within(range, *number)?),
            (Self::Threads(range, set), Given::Integer(number)) => {
                set(config, within(range, *number)? as usize);
            }
            (Self::Threads(_, set), Given::Text(text)) if text == "auto" => {
                set(config, Hashing::auto_threads());
            }
            (Self::Line(set), Given::Text(text)) if text.is_empty() => set(config, String::new()),
            (Self::Line(set), Given::Text(text)) => {
                set(config, text::clean(text, LINE_CHARS, usize::MAX).ok()?);
            }
            (Self::Switch(set), Given::Boolean(switch)) => set(config, *switch),
            (Self::Rule(rule), given) => rule.set(&mut config.policy, &word(rule, given)?).ok()?,
            _ => return None,
        }
        Some(())
    }

    /// A bare word, from the environment or a flag, as a file would hold it.
    pub(super) fn read(&self, word: &str) -> Given {
        match self {
            Self::Count(..) | Self::Threads(..) | Self::Rule(Rule { kind: policy::Kind::Count(..), .. }) => {
                number(word)
            }
            Self::Switch(_) | Self::Rule(Rule { kind: policy::Kind::Switch(_), .. }) => {
                word.parse().ok().map(Given::Boolean)
            }
            _ => None,
        }
        .unwrap_or_else(|| Given::Text(word.to_owned()))
    }

    /// What may be written, in words: `a duration from 1s to 10min, like "60s"`.
    pub(super) fn allowed(&self, example: &Given) -> String {
        match self {
            Self::Address(_) => format!("an IP address and a port, like {example}"),
            Self::Path(_) => format!("a path, like {example}"),
            Self::OptionalPath(_) => "a path, or \"\" for none".to_owned(),
            Self::Level(_) => choice(LogLevel::ALL),
            Self::Format(_) => choice(LogFormat::ALL),
            Self::Duration(range, _) => {
                let [from, to] = [range.start(), range.end()].map(|end| duration::text(*end));
                format!("a duration from {from} to {to}, like {example}")
            }
            Self::Count(range, unit, _) => format!("{} ({unit})", whole(range)),
            Self::Threads(range, _) => {
                format!("{}, or \"auto\" for one per core but at most 4", whole(range))
            }
            Self::Line(_) => format!("one line of at most {LINE_CHARS} characters, or \"\" for none"),
            Self::Switch(_) => "true or false".to_owned(),
            Self::Rule(rule) => rule.allowed(),
        }
    }
}

/// A path that can be handed to the operating system.
fn path(text: &str) -> Option<PathBuf> {
    (!text.is_empty() && !text.contains('\0')).then(|| text.into())
}

/// The number behind plain digits.
fn number(word: &str) -> Option<Given> {
    i64::from_str(word).ok().map(Given::Integer)
}

/// What a file holds, as the rule would write it; `None` where it is of another type.
fn word(rule: &Rule, given: &Given) -> Option<String> {
    use policy::Kind::{Choice, Count, Duration, Switch};
    match (&rule.kind, given) {
        (Duration(..) | Choice(_), Given::Text(text)) if text.trim() == text => Some(text.clone()),
        (Count(..), Given::Integer(number)) => Some(number.to_string()),
        (Switch(_), Given::Boolean(switch)) => Some(switch.to_string()),
        _ => None,
    }
}

fn within(range: &RangeInclusive<u32>, number: i64) -> Option<u32> {
    u32::try_from(number).ok().filter(|number| range.contains(number))
}

fn whole(range: &RangeInclusive<u32>) -> String {
    format!("a whole number from {} to {}", range.start(), range.end())
}

fn one_of<T: Copy + Display>(all: &[T], word: &str) -> Option<T> {
    all.iter().copied().find(|choice| choice.to_string() == word)
}

fn choice<T: Display>(all: &[T]) -> String {
    let words: Vec<_> = all.iter().map(|choice| format!("\"{choice}\"")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
