//! The names of roles.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{BUILT_IN, Role};
use crate::domain::text;

/// The name of a role: `[a-z][a-z0-9-]{0,31}`. Whether there is such a role, a
/// [`RoleBook`](super::RoleBook) tells.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(String);

/// The text cannot be the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of a role: a letter, then up to 31 of a-z 0-9 -")]
pub struct RoleNameError;

impl RoleName {
    pub const MAX_CHARS: usize = 32;

    pub fn admin() -> Self {
        Self("admin".to_owned())
    }

    pub fn member() -> Self {
        Self("member".to_owned())
    }

    pub fn parse(input: &str) -> Result<Self, RoleNameError> {
        let name = input.trim().to_ascii_lowercase();
        let mut bytes = name.bytes();
        let begins = bytes.next().is_some_and(|first| first.is_ascii_lowercase());
        let goes_on = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if begins && goes_on && name.len() <= Self::MAX_CHARS { Ok(Self(name)) } else { Err(RoleNameError) }
    }

    /// The role behind the name, if it is a built-in one.
    pub fn built_in(&self) -> Option<&'static Role> {
        BUILT_IN.iter().find(|role| role.name == self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads `admin, auditor`: sorted, each once, at least one. Errors: a sentence that names the word.
pub fn parse_list(typed: &str) -> Result<Vec<RoleName>, String> {
    let words = typed.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
    let mut roles = words
        .map(|word| RoleName::parse(word).map_err(|why| format!("{} {why}", text::shown(word, 32))))
        .collect::<Result<Vec<_>, _>>()?;
    roles.sort();
    roles.dedup();
    if roles.is_empty() { Err("name at least one role".to_owned()) } else { Ok(roles) }
}

/// `admin, auditor`
pub fn list(roles: &[RoleName]) -> String {
    roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_letter_and_more() {
        for good in ["a", "help-desk-2", &"a".repeat(32), " Admin "] {
            assert!(RoleName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "2nd", "-a", "a b", "a_b", "ädmin", "\u{430}dmin", &"a".repeat(33)] {
            assert_eq!(RoleName::parse(bad), Err(RoleNameError), "{bad}");
        }
    }

    #[test]
    fn a_list_of_roles_is_sorted_and_never_empty() {
        assert_eq!(list(&parse_list("member, Admin member").unwrap()), "admin, member");
        assert!(parse_list(" , ").is_err());
        assert_eq!(parse_list("2nd").unwrap_err(), format!("2nd {RoleNameError}"));
    }
}
