//! Words for what happened, at the bottom of the screen.

use crate::dal::DalError;
use crate::tui::words::frame as say;

/// One line for the person, until their next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub tone: Tone,
    pub words: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Done,
    Failed,
}

impl Notice {
    pub fn done(words: impl Into<String>) -> Self {
        Self { tone: Tone::Done, words: words.into() }
    }

    pub fn failed(words: impl Into<String>) -> Self {
        Self { tone: Tone::Failed, words: words.into() }
    }
}

impl From<&DalError> for Notice {
    fn from(error: &DalError) -> Self {
        let words = match error {
            DalError::SessionEnded(ended) => ended.to_string(),
            DalError::NotFound { what } => say::there_is_no(what),
            DalError::NoRole { name } => say::there_is_no_role(name),
            DalError::Conflict { what } => sentence(what),
            DalError::Forbidden { .. }
            | DalError::HoldsMore { .. }
            | DalError::Invalid { .. }
            | DalError::Outlives { .. }
            | DalError::TooManySessions { .. }
            | DalError::Changed { .. } => sentence(&error.to_string()),
            DalError::MoreProof => say::CHOOSE_PASSWORD_FIRST.to_owned(),
            DalError::FactorWanted => say::SET_UP_FACTOR_FIRST.to_owned(),
            DalError::Locked => say::IS_LOCKED.to_owned(),
            DalError::Unavailable => say::TRY_AGAIN.to_owned(),
        };
        Self { tone: Tone::Failed, words }
    }
}

/// The words with a capital and a full stop.
pub fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if words.ends_with(['.', '…', '?']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}

/// The same about a field: what only says how it is gets its subject.
pub(super) fn about_field(why: &str) -> String {
    let lacks_subject =
        why.split(' ').next().is_some_and(|verb| matches!(verb, "is" | "must" | "has" | "holds"));
    if lacks_subject { sentence(&say::this(why)) } else { sentence(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        let taken = DalError::Conflict { what: "the name bob is taken".to_owned() };
        assert_eq!(Notice::from(&taken).words, "The name bob is taken.");
    }

    /// Some fields said "is not the same", and others whole sentences.
    #[test]
    fn what_is_wrong_with_a_field_is_said_in_a_sentence() {
        assert_eq!(about_field("is reserved; choose another"), "This is reserved; choose another.");
        assert_eq!(about_field("must not be empty"), "This must not be empty.");
        assert_eq!(about_field("did you mean bob?"), "Did you mean bob?");
        assert_eq!(about_field("use at least 15 characters"), "Use at least 15 characters.");
        assert_eq!(about_field("Current password is not right."), "Current password is not right.");
    }
}
