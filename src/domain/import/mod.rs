//! Accounts as they come in a list and go out as one: CSV with a header, or one JSON object a line.
//!
//! What may stand in such a list is fixed. A password, a hash, an id or a permission is no column: a list that
//! names one is refused, whoever wrote it.

mod line;
mod reader;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::csv;
use super::name::{DisplayName, UserName};
use super::role::RoleName;
use super::text::Line;
use super::time::Timestamp;

use line::{Typed, Words};
pub use reader::Reader;

/// Bytes of the longest list.
pub const MAX_BYTES: u64 = 64 << 20;

/// Accounts in it.
pub const MAX_ACCOUNTS: usize = 100_000;

/// The columns, in the order in which they go out.
pub const COLUMNS: &[&str] =
    &["name", "display_name", "roles", "from", "until", "disabled", "disabled_until"];

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    Jsonl,
}

/// An account in a list: all that can be said of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: UserName,
    pub display_name: DisplayName,
    /// For good.
    pub roles: Vec<RoleName>,
    /// For a time.
    pub grants: Vec<(RoleName, Timestamp)>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Why it is closed, and until when, if that is known.
    pub disabled: Option<(Line, Option<Timestamp>)>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub line: u64,
    /// What the line calls the account, if one can tell, made harmless.
    pub name: String,
    pub why: String,
    /// Nothing behind it was read.
    pub is_last: bool,
}

/// One line, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub line: u64,
    pub account: Listed,
}

impl Format {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

impl Listed {
    /// The roles as a list writes them.
    fn role_words(&self) -> Vec<String> {
        let grants = self.grants.iter().map(|(role, until)| format!("{role}@{until}"));
        self.roles.iter().map(ToString::to_string).chain(grants).collect()
    }

    fn typed(&self) -> Typed {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let (reason, until) = match &self.disabled {
            Some((reason, until)) => (reason.as_str().to_owned(), *until),
            None => (String::new(), None),
        };
        Typed {
            name: self.name.to_string(),
            display_name: self.display_name.to_string(),
            roles: Words::Many(self.role_words()),
            from: time(self.from),
            until: time(self.until),
            disabled: reason,
            disabled_until: time(until),
        }
    }

    /// The account as a line of a list. `is_raw` leaves what begins like a formula as it is.
    pub fn written(&self, format: Format, is_raw: bool) -> String {
        let typed = self.typed();
        match format {
            Format::Jsonl => serde_json::to_string(&typed).unwrap_or_default() + "\n",
            Format::Csv => {
                let roles = self.role_words().join(" ");
                let cells = [
                    &typed.name,
                    &typed.display_name,
                    &roles,
                    &typed.from,
                    &typed.until,
                    &typed.disabled,
                    &typed.disabled_until,
                ];
                let cells = cells.map(|cell| if is_raw { cell.clone() } else { csv::neutral(cell) });
                csv::record(cells.iter().map(String::as_str))
            }
        }
    }
}

/// What stands before the first account.
pub fn heading(format: Format) -> String {
    match format {
        Format::Csv => csv::record(COLUMNS.iter().copied()),
        Format::Jsonl => String::new(),
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}
