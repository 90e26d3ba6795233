//! Policy: the rules in force, and changing them.

use std::fmt::Display;

use crate::domain::name::UserName;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number::count;

// The list.
pub const SEARCH: &str = "Rules with";
pub const SEARCH_HINT: &str = "a word of it";
pub const HEADING: &str = "The rules in force, for everybody";
pub const NONE: &str = "No rule has that.";
pub const RULE: &str = "Rule";
pub const WHAT: &str = "What";
pub const VALUE: &str = "Value";
pub const FILE: &str = "file";
pub const ENVIRONMENT: &str = "environment";
pub const THE_NAME: &str = "the name of the rule";

/// `12 h`: a number with what it counts.
pub fn with_unit(value: &str, unit: &str) -> String {
    format!("{value} {unit}")
}

pub fn ignored(value: &str) -> String {
    format!("! {value} is ignored")
}

pub fn set_by(by: &UserName, ago: &str) -> String {
    format!("{by}, {ago}")
}

// Keys.
pub const TO_CHANGE: Hint<'static> = ("e", "change");
pub const TO_RESET: Hint<'static> = ("u", "as configured");
pub const TO_CHOOSE: Hint<'static> = ("←→", "choose");

// One of them.
pub const MEANS: &str = "Means";
pub const ALLOWED: &str = "Allowed";
pub const SET_BY: &str = "Set by";
pub const WHEN: &str = "When";
pub const IGNORED: &str = "Ignored";
pub const CONFIGURED: &str = "Configured";
pub const SHIPPED: &str = "Shipped";
pub const WHERE_FROM: &str = "Where from";

pub fn not_allowed(value: &str, by: &UserName) -> String {
    format!("{value}, set by {by}: not allowed any more")
}

// What is asked: titles, what comes of it, and what Enter does.
pub const NEW_VALUE: &str = "New value";
pub const NUMBER_AND_UNIT: &str = "a number and ms, s, min, h or d";
pub const ONE_OF_THESE: &str = "one of these words";
pub const DO_IT: &str = "do it";
pub const DO_SAVE: &str = "save";
pub const AS_CONFIGURED: &str = "as configured";
pub const WEAKENS: &str = "This keeps out less than before.";

pub fn set(key: &str) -> String {
    format!("Set {key}")
}

pub fn reset(key: &str) -> String {
    format!("{key} as configured")
}

pub fn take_back(key: &str) -> String {
    format!("Take back {key}")
}

pub fn now(value: &str, from: &str) -> String {
    format!("It is {value} now, {from}.")
}

pub fn from(origin: impl Display) -> String {
    format!("from {origin}")
}

pub fn allowed(what: &str) -> String {
    format!("Allowed: {what}.")
}

pub fn from_to(before: &str, after: &str) -> String {
    format!("From {before} to {after}, at once and for everybody.")
}

/// How many sessions a rule would end, one's own among them or not.
pub fn would_end(sessions: usize, is_own_among_them: bool) -> Option<String> {
    match (sessions, is_own_among_them) {
        (0, _) => None,
        (1, true) => Some("This session would end at once; sign in again then.".to_owned()),
        (1, false) => Some("1 live session would end.".to_owned()),
        (many, true) => {
            Some(format!("{} live sessions would end, this one too; sign in again then.", count(many)))
        }
        (many, false) => Some(format!("{} live sessions would end.", count(many))),
    }
}

// What was done.
pub fn changed(key: &str, value: &str) -> String {
    format!("{key} is {value} now.{}", super::TAKES_BACK)
}
