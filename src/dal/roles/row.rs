//! What others may know of a role.

use serde::{Serialize, Serializer};

use crate::domain::duration;
use crate::domain::role::{CustomRole, Limits, Permissions, RoleBook, RoleName};

use super::Holders;

/// One role, looked at as closely as there is anything to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleRow {
    pub name: RoleName,
    /// What it is for.
    pub about: String,
    pub permissions: Permissions,
    #[serde(serialize_with = "in_words")]
    pub limits: Limits,
    /// Fixed: it cannot be changed or deleted.
    pub is_built_in: bool,
    /// Accounts that hold it, for good or for a time.
    pub held_by: usize,
    /// Those are as many as were counted, and there are more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held_by_more: bool,
}

impl RoleRow {
    pub(super) fn of(book: &RoleBook, name: &RoleName, holders: &Holders) -> Option<Self> {
        let about = match (name.built_in(), book.find(name)) {
            (Some(role), _) => role.about.to_owned(),
            (None, role) => role?.about.clone(),
        };
        let rights = book.rights_of(name);
        Some(Self {
            name: name.clone(),
            about,
            permissions: rights.permissions,
            limits: rights.limits,
            is_built_in: name.built_in().is_some(),
            held_by: holders.count,
            held_by_more: holders.has_more,
        })
    }

    /// The role as it may be edited; `None` for a built-in one.
    pub fn custom(&self) -> Option<CustomRole> {
        (!self.is_built_in).then(|| CustomRole {
            name: self.name.clone(),
            about: self.about.clone(),
            permissions: self.permissions,
            limits: self.limits,
        })
    }
}

/// Durations as people write them, and as commands read them.
#[derive(Serialize)]
struct LimitsInWords {
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<usize>,
}

fn in_words<S: Serializer>(limits: &Limits, serializer: S) -> Result<S::Ok, S::Error> {
    let words = LimitsInWords {
        lifetime: limits.lifetime.map(duration::text),
        idle: limits.idle.map(duration::text),
        cap: limits.cap,
    };
    words.serialize(serializer)
}
