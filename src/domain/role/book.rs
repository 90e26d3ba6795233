//! The roles that an installation has made, beside the built-in ones, and what somebody's roles amount to.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{BUILT_IN, OWN, Permission, Permissions, RoleName, words};
use crate::domain::duration;
use crate::domain::name::UserName;
use crate::domain::text::{self, TextError};
use crate::domain::time::Timestamp;

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

impl CustomRole {
    /// Characters and columns that tell what a role is for.
    pub const ABOUT: usize = 60;

    /// What a role is for, as it is kept; nothing has to be said.
    pub fn parse_about(typed: &str) -> Result<String, TextError> {
        match typed.trim() {
            "" => Ok(String::new()),
            typed => text::clean(typed, Self::ABOUT, Self::ABOUT),
        }
    }

    /// What makes this role another one, in words: `read-audit was added`.
    pub fn changes_to(&self, other: &Self) -> Vec<String> {
        let named = |permissions: Permissions, what: &str| {
            let words: Vec<_> = permissions.iter().map(|one| format!("{one} was {what}")).collect();
            words
        };
        let mut changes = named(other.permissions.without(self.permissions), "added");
        changes.extend(named(self.permissions.without(other.permissions), "taken out"));
        if self.about != other.about {
            changes.push("it says something else about itself".to_owned());
        }
        if self.limits != other.limits {
            changes.push(format!("its limits are {}", other.limits.words()));
        }
        changes
    }
}

impl Limits {
    /// How short or long a limit may be. Source: the bounds of the rules that it makes stricter.
    pub const DURATIONS: RangeInclusive<Duration> = Duration::from_mins(1)..=Duration::from_hours(24);
    pub const CAPS: RangeInclusive<usize> = 1..=1_000;

    /// Reads a duration, or nothing. Errors: what it must be, in words.
    pub fn parse_duration(typed: &str) -> Result<Option<Duration>, String> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let read = duration::parse(typed.trim()).filter(|read| Self::DURATIONS.contains(read));
        let [from, to] = [Self::DURATIONS.start(), Self::DURATIONS.end()].map(|end| duration::text(*end));
        read.map(Some).ok_or_else(|| format!("must be a duration from {from} to {to}, like 45min"))
    }

    /// Reads how many sessions there may be, or nothing. Errors: as [`parse_duration`](Self::parse_duration).
    pub fn parse_cap(typed: &str) -> Result<Option<usize>, String> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        let read = typed.trim().parse().ok().filter(|read| Self::CAPS.contains(read));
        read.map(Some).ok_or_else(|| format!("must be a number from 1 to {}", Self::CAPS.end()))
    }

    /// Whether every limit is one that a person could have typed.
    pub fn is_sound(self) -> bool {
        let durations = [self.lifetime, self.idle].into_iter().flatten();
        durations.into_iter().all(|limit| Self::DURATIONS.contains(&limit))
            && self.cap.is_none_or(|cap| Self::CAPS.contains(&cap))
    }

    /// `4h long, 10min idle, 2 at once`, or that there are none.
    pub fn words(self) -> String {
        let parts = [
            self.lifetime.map(|limit| format!("{} long", duration::text(limit))),
            self.idle.map(|limit| format!("{} idle", duration::text(limit))),
            self.cap.map(|cap| format!("{cap} at once")),
        ];
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
    }

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
    /// Who wrote each of them last. One from a data folder of an earlier build is not in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub edits: BTreeMap<RoleName, RoleEdit>,
}

/// Who wrote a role last, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleEdit {
    pub by: UserName,
    pub at: Timestamp,
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

    /// Every role's name as a name, the built-in ones first.
    pub fn all(&self) -> Vec<RoleName> {
        self.names().filter_map(|name| RoleName::parse(name).ok()).collect()
    }

    /// The roles that give a permission, the built-in ones first.
    pub fn giving(&self, permission: Permission) -> Vec<RoleName> {
        let mut roles = self.all();
        roles.retain(|role| self.rights_of(role).permissions.has(permission));
        roles
    }

    /// The same book with this role in it, instead of one of the same name.
    #[must_use]
    pub fn with(&self, role: CustomRole) -> Self {
        let mut book = self.without(&role.name);
        book.custom.push(role);
        book.custom.sort_by(|one, other| one.name.cmp(&other.name));
        book
    }

    /// The same book without a role.
    #[must_use]
    pub fn without(&self, name: &RoleName) -> Self {
        let mut book = self.clone();
        book.custom.retain(|role| role.name != *name);
        book.edits.remove(name);
        book
    }

    /// The same book, with whose a role is now.
    #[must_use]
    pub fn signed(mut self, role: RoleName, edit: RoleEdit) -> Self {
        self.edits.insert(role, edit);
        self
    }

    /// What makes this book another one, in words.
    pub fn changes_to(&self, other: &Self) -> String {
        let gone = self.custom.iter().filter(|role| other.find(&role.name).is_none());
        let gone = gone.map(|role| format!("{} was deleted", role.name));
        let new = other.custom.iter().filter(|role| self.find(&role.name).is_none());
        let new = new.map(|role| format!("{} was made", role.name));
        let changed = self.custom.iter().filter_map(|role| {
            let changes = role.changes_to(other.find(&role.name)?);
            (!changes.is_empty()).then(|| format!("in {} {}", role.name, words(&changes)))
        });
        words(&gone.chain(new).chain(changed).collect::<Vec<_>>())
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
            ..RoleBook::default()
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
    fn who_gives_a_permission_is_known() {
        let giving = |permission| super::super::list(&book().giving(permission));
        assert_eq!(giving(Permission::ManageInvites), "admin, greeter");
        assert_eq!(giving(Permission::ReadAudit), "admin, auditor, watcher");
        assert_eq!(giving(Permission::ManageRoles), "admin");
    }

    #[test]
    fn what_changed_is_told_in_words() {
        let (before, greeter) = (book(), book().custom[0].clone());
        let after = before.with(CustomRole {
            permissions: Permissions::of(&[Permission::ReadInvites]),
            limits: Limits { cap: Some(2), ..Limits::default() },
            ..greeter
        });
        let after = after.without(&RoleName::parse("watcher").unwrap());
        assert_eq!(
            before.changes_to(&after),
            "watcher was deleted and in greeter read-invites was added, manage-invites was taken out and its limits are 2 at once"
        );
        assert_eq!(before.changes_to(&before), "");
    }

    #[test]
    fn limits_are_read_within_bounds() {
        assert_eq!(Limits::parse_duration(" 45min "), Ok(Some(Duration::from_mins(45))));
        assert_eq!(Limits::parse_duration(""), Ok(None));
        for bad in ["45", "59s", "25h", "-1h"] {
            assert!(Limits::parse_duration(bad).unwrap_err().contains("from 1min to 1d"), "{bad}");
        }
        assert_eq!(Limits::parse_cap("3"), Ok(Some(3)));
        assert!(Limits::parse_cap("0").is_err() && Limits::parse_cap("1001").is_err());
        let idle = Limits { idle: Some(Duration::from_secs(1)), ..Limits::default() };
        assert!(!idle.is_sound() && Limits::default().is_sound());
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
