//! What an installation was given before anybody changed a rule: the values, and where each was written.

use std::collections::BTreeMap;

use super::Policy;

/// The rules that hold where nobody set another one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base {
    pub policy: Policy,
    /// By the key of the rule; what ships is not written anywhere.
    places: BTreeMap<&'static str, Place>,
}

/// Where a value was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// With its line.
    File(String),
    /// The name of the variable.
    Environment(String),
}

impl Base {
    /// The same where each value was written of which that is known.
    pub fn new(policy: Policy, places: impl IntoIterator<Item = (&'static str, Place)>) -> Self {
        Self { policy, places: places.into_iter().collect() }
    }

    pub fn place(&self, key: &str) -> Option<&Place> {
        self.places.get(key)
    }
}

impl From<Policy> for Base {
    fn from(policy: Policy) -> Self {
        Self { policy, places: BTreeMap::new() }
    }
}
