//! What somebody wrote for a knob, and where.

use std::fmt;

use crate::domain::policy::Place;
use crate::domain::text::shown;

/// Characters of a value, a name or a complaint that are repeated to the reader.
pub(super) const SHOWN_CHARS: usize = 200;

/// A value as it was written, before anybody asked whether it is allowed. Shown as in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    Text(String),
    Integer(i64),
    Boolean(bool),
    /// A table without anything in it.
    EmptyTable,
    /// What no knob takes: a date, a list, a float. As it stood in the file.
    Other(String),
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", shown(text, SHOWN_CHARS)),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Boolean(switch) => write!(f, "{switch}"),
            Self::EmptyTable => f.write_str("{}"),
            Self::Other(raw) => f.write_str(&shown(raw, SHOWN_CHARS)),
        }
    }
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Default,
    /// The line is counted from one; absent where the whole file is meant.
    File {
        name: String,
        line: Option<usize>,
    },
    /// The name of the variable.
    Environment(String),
    /// The flag with its dashes.
    Flag(String),
}

impl Origin {
    /// Where it was written; no rule is given by a flag.
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Default | Self::Flag(_) => None,
            Self::File { .. } => Some(Place::File(self.to_string())),
            Self::Environment(_) => Some(Place::Environment(self.to_string())),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line: Some(line) } => write!(f, "{}:{line}", shown(name, SHOWN_CHARS)),
            Self::File { name, line: None } | Self::Environment(name) | Self::Flag(name) => {
                f.write_str(&shown(name, SHOWN_CHARS))
            }
        }
    }
}
