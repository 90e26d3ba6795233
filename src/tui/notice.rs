//! Words for what happened, at the bottom of the screen.

use crate::dal::DalError;

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
            DalError::NotFound { what } => format!("There is no {what}; somebody may have deleted it."),
            DalError::Conflict { what } => sentence(what),
            DalError::Invalid { field, why } => sentence(&format!("{field} {why}")),
            DalError::Forbidden { .. }
            | DalError::HoldsMore { .. }
            | DalError::TooManySessions { .. }
            | DalError::Changed { .. } => sentence(&error.to_string()),
            DalError::MoreProof => "Choose a password first.".to_owned(),
            DalError::Locked => "This session is locked.".to_owned(),
            DalError::Unavailable => "This cannot be done right now; try again in a moment.".to_owned(),
        };
        Self { tone: Tone::Failed, words }
    }
}

/// The words with a capital and a full stop.
pub fn sentence(words: &str) -> String {
    let mut characters = words.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_becomes_a_sentence() {
        let taken = DalError::Conflict { what: "the name bob is taken".to_owned() };
        assert_eq!(Notice::from(&taken).words, "The name bob is taken.");
    }
}
