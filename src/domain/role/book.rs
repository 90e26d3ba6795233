//! The roles that an installation has made, beside the built-in ones, and what somebody's roles amount to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{BUILT_IN, OWN, Permissions, RoleName};

/// Roles of its own that an installation may have: the book is one record, read by every check.
pub const MAX_CUSTOM: usize = 64;

/// A role that somebody made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomRole {
    pub name: RoleName,
    /// What it is for, in a few words.
    pub about: String,
    pub permissions: Permissions,
    #[serde(default)]
    pub limits: Limits,
}

/// What a role demands of the sessions of whoever holds it; nothing where a field is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// How long a session may last.
    #[serde(default)]
    pub lifetime: Option<Duration>,
    /// How long nobody may type in it.
    #[serde(default)]
    pub idle: Option<Duration>,
    /// How many sessions there may be at once.
    #[serde(default)]
    pub cap: Option<usize>,
}

impl Limits {
    /// What both demand: the smaller of each.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            lifetime: smaller(self.lifetime, other.lifetime),
            idle: smaller(self.idle, other.idle),
            cap: smaller(self.cap, other.cap),
        }
    }
}

fn smaller<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// What somebody's roles amount to: the union of what they permit, the strictest of what they demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    pub permissions: Permissions,
    pub limits: Limits,
}

impl Rights {
    /// What both give, under what both demand.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { permissions: self.permissions.and(other.permissions), limits: self.limits.and(other.limits) }
    }
}

/// The roles beside the built-in ones. Empty as it ships.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RoleBook {
    /// Sorted by name.
    pub custom: Vec<CustomRole>,
}

impl RoleBook {
    pub fn find(&self, name: &RoleName) -> Option<&CustomRole> {
        self.custom.iter().find(|role| role.name == *name)
    }

    /// Whether there is a role of that name.
    pub fn has(&self, name: &RoleName) -> bool {
        name.built_in().is_some() || self.find(name).is_some()
    }

    /// Every role's name, the built-in ones first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let custom = self.custom.iter().map(|role| role.name.as_str());
        BUILT_IN.iter().map(|role| role.name).chain(custom)
    }

    /// What one role gives. One that is not there gives nothing.
    pub fn rights_of(&self, name: &RoleName) -> Rights {
        if let Some(role) = name.built_in() {
            return Rights { permissions: role.permissions, limits: Limits::default() };
        }
        self.find(name).map_or_else(Rights::default, |role| Rights {
            permissions: role.permissions,
            limits: role.limits,
        })
    }

    /// What these roles give together. Whoever has any may look after their own account: without that nobody
    /// could replace a one-time password.
    pub fn rights<'a>(&self, roles: impl IntoIterator<Item = &'a RoleName>) -> Rights {
        let roles: Vec<_> = roles.into_iter().filter(|role| self.has(role)).collect();
        let nothing_else = Rights { permissions: OWN.permissions, limits: Limits::default() };
        let all = roles.iter().map(|role| self.rights_of(role)).reduce(Rights::and);
        all.map_or_else(Rights::default, |all| all.and(nothing_else))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Permission;
    use super::*;

    fn book() -> RoleBook {
        let role = |name: &str, permissions: &[Permission], idle| CustomRole {
            name: RoleName::parse(name).unwrap(),
            about: String::new(),
            permissions: Permissions::of(permissions),
            limits: Limits { idle, ..Limits::default() },
        };
        let minutes = |count| Some(Duration::from_mins(count));
        RoleBook {
            custom: vec![
                role("greeter", &[Permission::ManageInvites], minutes(5)),
                role("watcher", &[Permission::ReadAudit], minutes(3)),
            ],
        }
    }

    fn names(list: &str) -> Vec<RoleName> {
        super::super::parse_list(list).unwrap()
    }

    #[test]
    fn roles_add_up_and_the_strictest_limit_counts() {
        let rights = book().rights(&names("greeter, watcher, member"));
        for permission in [Permission::ManageInvites, Permission::ReadAudit, Permission::OwnAccount] {
            assert!(rights.permissions.has(permission), "{permission}");
        }
        assert!(!rights.permissions.has(Permission::ReadUsers));
        let alone = book().rights(&names("watcher")).permissions;
        assert!(alone.has(Permission::OwnPassword), "a one-time password can be replaced");
        assert_eq!(rights.limits.idle, Some(Duration::from_mins(3)));
        assert_eq!(rights.limits.cap, None);
    }

    #[test]
    fn a_role_that_is_not_there_gives_nothing() {
        assert_eq!(book().rights(&names("superuser")), Rights::default());
        assert!(!book().has(&RoleName::parse("superuser").unwrap()));
        assert!(book().has(&RoleName::parse("greeter").unwrap()) && book().has(&RoleName::admin()));
    }

    #[test]
    fn a_permission_of_another_version_gives_nothing() {
        let stored = r#"{"name":"x","about":"","permissions":["fly","read-audit"]}"#;
        let role: CustomRole = serde_json::from_str(stored).unwrap();
        assert_eq!(role.permissions, Permissions::of(&[Permission::ReadAudit]));
        let written = serde_json::to_string(&role.permissions).unwrap();
        assert_eq!(written, r#"["read-audit"]"#);
    }
}
