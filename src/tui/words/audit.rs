//! Audit: what happened, one event of it, and which events are wanted.

use crate::domain::source::Source;
use crate::tui::widgets::hints::Hint;

use super as words;

// The list.
pub const SEARCH: &str = "Events about";
pub const SEARCH_HINT: &str = "how a user's name begins";
pub const HEADING: &str = "What happened, the newest first";
pub const FILTERED: &str = "Events that pass a filter";
pub const NONE: &str = "Nothing of that kind has happened.";
pub const WHEN: &str = "When";
pub const WHO: &str = "Who";
pub const WHAT: &str = "Did what";
pub const WHOM: &str = "To whom";
pub const TO_FILTER: Hint<'static> = ("f", "filter");
pub const TO_USER: Hint<'static> = ("u", "the user");
pub const TO_HISTORY: Hint<'static> = ("i", "history");
pub const THE_ID: &str = "the id of the event";

pub fn looked_back(to: &str) -> String {
    format!("looked back to {to}")
}

// One of them.
pub const EVENT: &str = "What happened";
pub const KIND: &str = "Kind";
pub const ID: &str = "Id";
pub const WHO_DID: &str = "Who did it";
pub const WHO_IT_WAS_DONE_TO: &str = "To whom";
pub const SESSION: &str = "Session";
pub const BEFORE: &str = "Before";
pub const AFTER: &str = "After";
pub const GONE: &str = "somebody who is gone";

/// The heading over what was before and after, of the word that the event has for it.
pub fn heading(what: &'static str) -> &'static str {
    match what {
        "display name" => words::DISPLAY_NAME,
        "roles" => words::ROLES,
        "until" => "Until",
        "value" => "Value",
        "permits" => "Permits",
        "limits" => "Limits",
        "about" => "What it is for",
        "valid from" => "Valid from",
        "expires" => "Valid until",
        "disabled" => "Disabled",
        what => what,
    }
}

// Which of them.
pub const FILTER: &str = "Filter events";
pub const ANY_USER: &str = "User, by name or id (empty: any)";
pub const ANY_KIND: &str = "Kinds, with commas between (empty: any)";
pub const ANY_TIME: &str = "Since (empty: as long as is kept)";
pub const ANYWHERE: &str = "From or to an address (empty: any)";
pub const A_TIME: &str = "24h or 2026-12-03 09:00";
pub const NO_ADDRESS: &str = "is not an address";
pub const NEXT_SHOW: &str = "next, show";

pub fn about(user: &str) -> String {
    format!("about {user}")
}

pub fn kinds(kinds: &[&'static str]) -> String {
    kinds.join(", ")
}

pub fn since(time: &str) -> String {
    format!("since {time}")
}

pub fn at(source: Source) -> String {
    format!("at {source}")
}
