//! User names and display names.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::{self, TextError};

/// The unique name of an account: `[a-z][a-z0-9._-]{0,31}`, mapped to lower case once, here.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

/// The name that people read: NFC, at most 64 characters and 40 columns, nothing invisible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(String);

/// Why a text is not a user name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("must be up to 32 of a-z 0-9 . _ -, a letter first")]
    Malformed,
    #[error("is reserved; choose another")]
    Reserved,
}

impl UserName {
    pub const MAX_CHARS: usize = 32;

    /// Names that sign-in routes and host accounts go by, so that nobody can pose as them.
    const RESERVED: &[&str] =
        &["new", "invite", "root", "system", "nobody", "anonymous", "passholder", "server"];

    pub fn parse(input: &str) -> Result<Self, NameError> {
        let name = input.to_ascii_lowercase();
        let mut bytes = name.bytes();
        let begins = bytes.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
        if begins && goes_on && name.len() <= Self::MAX_CHARS {
            Ok(Self(name))
        } else {
            Err(NameError::Malformed)
        }
    }

    /// Like [`parse`](Self::parse), for a name that is about to be given to somebody.
    pub fn parse_new(input: &str) -> Result<Self, NameError> {
        let name = Self::parse(input)?;
        if Self::RESERVED.contains(&name.as_str()) { Err(NameError::Reserved) } else { Ok(name) }
    }

    /// Whether a name could begin like this, for a search as one types.
    pub fn is_prefix(input: &str) -> bool {
        input.is_empty() || Self::parse(input).is_ok()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DisplayName {
    pub const MAX_CHARS: usize = 64;
    pub const MAX_COLUMNS: usize = 40;

    pub fn parse(input: &str) -> Result<Self, TextError> {
        text::clean(input, Self::MAX_CHARS, Self::MAX_COLUMNS).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&UserName> for DisplayName {
    fn from(name: &UserName) -> Self {
        Self(name.0.clone())
    }
}

impl TryFrom<String> for UserName {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_ascii_lower_case_and_short() {
        assert_eq!(UserName::parse("Alice").unwrap().as_str(), "alice");
        assert!(UserName::parse(&"a".repeat(32)).is_ok());
        let long = "a".repeat(33);
        for bad in [
            "",
            " alice",
            "alice ",
            "аlice",
            "ａlice",
            "-rf",
            "..",
            "a/b",
            "1st",
            "ßs",
            "İ",
            "a\u{200b}",
            &long,
        ] {
            assert_eq!(UserName::parse(bad), Err(NameError::Malformed), "{bad:?}");
        }
        assert_eq!(UserName::parse_new("Root"), Err(NameError::Reserved));
    }

    proptest! {
        #[test]
        fn parsing_a_name_again_changes_nothing(input in any::<String>()) {
            if let Ok(name) = UserName::parse(&input) {
                prop_assert_eq!(UserName::parse(name.as_str()).unwrap(), name);
            }
        }
    }
}
