//! What is wrong with a configuration, in lines that say where and what to do.

use std::fmt;

use super::given::SHOWN_CHARS;
use super::{Given, Origin};
use crate::domain::text::shown;

/// Everything that is wrong, one line each; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub(super) Vec<ConfigError>);

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}: {problem}")]
pub struct ConfigError {
    pub origin: Origin,
    pub problem: Problem,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("{key} = {given} is not allowed: {allowed}")]
    NotAllowed { key: String, given: Given, allowed: String },
    /// Its value is not repeated either.
    #[error("there is no key \"{}\"{}", shown(.key, SHOWN_CHARS), did_you_mean_or(.nearest.as_deref(), .there))]
    NoSuchKey { key: String, nearest: Option<String>, there: String },
    /// Its value is never repeated: it may be a secret that was meant for another name.
    #[error("there is no such variable{}", did_you_mean(.nearest.as_deref()))]
    NoSuchVariable { nearest: Option<String> },
    #[error("the value is not UTF-8")]
    NotUtf8,
    #[error("cannot be read: {why}")]
    Unreadable { why: String },
    #[error("is not TOML: {}", shown(.why, SHOWN_CHARS))]
    Syntax { why: String },
}

/// What was probably meant, or what there is.
fn did_you_mean_or(nearest: Option<&str>, there: &str) -> String {
    if nearest.is_some() { did_you_mean(nearest) } else { format!("; {there}") }
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"))
}

impl ConfigErrors {
    pub fn iter(&self) -> impl Iterator<Item = &ConfigError> {
        self.0.iter()
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, error) in self.iter().enumerate() {
            let separator = if count == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
