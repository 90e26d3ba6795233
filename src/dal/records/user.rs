//! The record of an account, and what follows from it at a given time.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::id::UserId;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, Permissions, Rights, RoleBook, RoleName};
use crate::domain::session::Ended;
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::edit::Edit;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::dal) struct UserRecord {
    pub id: UserId,
    pub name: UserName,
    pub display_name: DisplayName,
    /// For good.
    pub roles: Vec<RoleName>,
    /// For a time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    pub disabled: Option<Disabled>,
    pub created: Timestamp,
    /// Until then nobody signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<Timestamp>,
    /// From then on nobody signs in.
    #[serde(default)]
    pub expires: Option<Timestamp>,
    /// Kept for a while, in case somebody wants it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Deleted>,
    /// The password is a one-time one, or has to be replaced.
    pub must_change_password: bool,
    /// Sessions of an earlier epoch are over: one write ends them all.
    pub epoch: u64,
    /// Why the sessions of the earlier epochs are over.
    #[serde(default)]
    pub sessions_ended: Option<Ended>,
    /// Up to when everything that time does to the account has been done.
    #[serde(default)]
    pub swept: Timestamp,
    /// Who signs in from then on has to replace the password first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renew: Option<Timestamp>,
    /// Since when a sign-in needs a code behind the password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<Timestamp>,
    /// Counts what people changed about the account: which of two forms is the older one.
    #[serde(default)]
    pub edition: u64,
    /// Who changed each part last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Edit>,
}

/// A role until some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dal) struct Grant {
    pub role: RoleName,
    pub until: Timestamp,
    pub by: UserName,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dal) struct Disabled {
    pub at: Timestamp,
    pub by: UserName,
    pub reason: Line,
    /// From then on the account works again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::dal) struct Deleted {
    pub at: Timestamp,
    pub by: UserName,
    /// From then on it cannot be restored.
    pub until: Timestamp,
}

/// Why an account cannot be signed in to.
#[derive(Debug, Clone, Copy)]
pub(in crate::dal) enum Closed<'a> {
    Deleted,
    Disabled(&'a Disabled),
    NotYet,
    Expired,
}

impl UserRecord {
    pub fn new(
        id: UserId,
        name: UserName,
        display_name: DisplayName,
        roles: Vec<RoleName>,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            name,
            display_name,
            roles,
            grants: Vec::new(),
            disabled: None,
            created,
            begins: None,
            expires: None,
            deleted: None,
            must_change_password: false,
            epoch: 0,
            sessions_ended: None,
            swept: Timestamp::default(),
            renew: None,
            second_factor: None,
            edition: 0,
            changed: Vec::new(),
        }
    }

    /// The roles that count now, those for a time among them.
    pub fn roles_at(&self, now: Timestamp) -> Vec<RoleName> {
        let mut roles = self.roles.clone();
        roles.extend(self.grants.iter().filter(|grant| grant.until > now).map(|grant| grant.role.clone()));
        roles.sort();
        roles.dedup();
        roles
    }

    /// For good or for a time, also what time has taken away meanwhile.
    pub fn all_roles(&self) -> impl Iterator<Item = &RoleName> {
        self.roles.iter().chain(self.grants.iter().map(|grant| &grant.role))
    }

    /// The grants that count now: those of roles that are not held for good anyway.
    pub fn running(&self, now: Timestamp) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| grant.until > now && !self.roles.contains(&grant.role))
    }

    /// The roles that time takes away, and when.
    pub fn passing(&self, now: Timestamp) -> Vec<(RoleName, Timestamp)> {
        self.running(now).map(|grant| (grant.role.clone(), grant.until)).collect()
    }

    /// What those amount to.
    pub fn rights(&self, book: &RoleBook, now: Timestamp) -> Rights {
        book.rights(&self.roles_at(now))
    }

    /// What of that lasts at least until then; without an end: for good. Nothing lasts longer than the account.
    pub fn lasting(&self, book: &RoleBook, until: Option<Timestamp>) -> Permissions {
        if !self.lasts(until) {
            return Permissions::default();
        }
        let lasts = |grant: &&Grant| until.is_some_and(|until| grant.until >= until);
        let lent = self.grants.iter().filter(lasts).map(|grant| &grant.role);
        book.rights(self.roles.iter().chain(lent)).permissions
    }

    /// Whether the account is valid at least until then; without an end: for good.
    pub fn lasts(&self, until: Option<Timestamp>) -> bool {
        self.expires.is_none_or(|end| until.is_some_and(|until| until <= end))
    }

    /// Ends all sessions of the account with one write, and says why.
    pub fn end_sessions(&mut self, ended: Ended) {
        self.epoch = self.epoch.wrapping_add(1);
        self.sessions_ended = Some(ended);
    }

    /// Why nobody can sign in now, if so.
    pub fn closed(&self, now: Timestamp) -> Option<Closed<'_>> {
        if self.deleted.is_some() {
            return Some(Closed::Deleted);
        }
        if let Some(disabled) = self.disabled_at(now) {
            return Some(Closed::Disabled(disabled));
        }
        if self.begins.is_some_and(|begins| begins > now) {
            return Some(Closed::NotYet);
        }
        self.expires.is_some_and(|expires| expires <= now).then_some(Closed::Expired)
    }

    pub fn disabled_at(&self, now: Timestamp) -> Option<&Disabled> {
        self.disabled.as_ref().filter(|disabled| disabled.until.is_none_or(|until| until > now))
    }

    /// Whether this is somebody who can restore everything else, whatever time brings. Only what cannot
    /// change counts: built-in roles, given for good, to an account without dates, with a password of its
    /// owner's choice, which does not expire. So no edit of a custom role, and no end of a grant, can leave an
    /// installation without an administrator.
    pub fn is_usable_admin(&self) -> bool {
        let is_open = self.disabled.is_none() && self.deleted.is_none() && !self.must_change_password;
        is_open && self.begins.is_none() && self.expires.is_none() && self.administrates()
    }

    pub fn administrates(&self) -> bool {
        role::built_in(&self.roles).covers(role::ADMINISTRATES)
    }

    /// Whether somebody who signed in then has to replace the password before anything else.
    pub fn owes_a_password(&self, signed_in: Timestamp) -> bool {
        self.must_change_password || self.renew.is_some_and(|since| signed_in >= since)
    }

    /// When time next does something to the account.
    pub fn next_due(&self) -> Option<Timestamp> {
        if let Some(deleted) = &self.deleted {
            return Some(deleted.until);
        }
        let suspended = self.disabled.as_ref().and_then(|disabled| disabled.until);
        let dates = [suspended, self.begins, self.expires].into_iter().flatten();
        let grants = self.grants.iter().map(|grant| grant.until);
        dates.chain(grants).filter(|at| *at > self.swept).min()
    }

    /// Under what the account is listed besides its name.
    pub fn tags(&self) -> BTreeSet<String> {
        if self.deleted.is_some() {
            return BTreeSet::from([TAG_DELETED.to_owned()]);
        }
        let mut tags: BTreeSet<String> = self.all_roles().map(tag_of_role).collect();
        let states = [
            (TAG_DISABLED, self.disabled.is_some()),
            (TAG_PENDING, self.must_change_password || self.renew.is_some()),
            (TAG_SECOND_FACTOR, self.second_factor.is_some()),
            (TAG_DATED, self.begins.is_some() || self.expires.is_some()),
        ];
        tags.extend(states.into_iter().filter(|(_, is)| *is).map(|(tag, _)| tag.to_owned()));
        tags
    }
}

/// Disabled, for good or for a time.
pub(in crate::dal) const TAG_DISABLED: &str = "disabled";
/// The password has to be replaced.
pub(in crate::dal) const TAG_PENDING: &str = "pending";
/// Begins or ends at some time.
pub(in crate::dal) const TAG_DATED: &str = "dated";

/// Has a second factor.
pub(in crate::dal) const TAG_SECOND_FACTOR: &str = "second-factor";
/// Deleted, and kept for a while.
pub(in crate::dal) const TAG_DELETED: &str = "deleted";

/// Whoever has that role, for good or for a time.
pub(in crate::dal) fn tag_of_role(role: &RoleName) -> String {
    format!("role={role}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Permission;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn alice() -> UserRecord {
        let name = UserName::parse("alice").unwrap();
        let id = "a".repeat(26).parse().unwrap();
        UserRecord::new(id, name.clone(), DisplayName::from(&name), vec![RoleName::member()], at(1))
    }

    #[test]
    fn a_grant_counts_until_its_time() {
        let mut user = alice();
        let by = user.name.clone();
        user.grants.push(Grant { role: RoleName::admin(), until: at(10), by });
        let book = RoleBook::default();
        assert!(user.rights(&book, at(9)).permissions.has(Permission::ManageUsers));
        assert!(!user.rights(&book, at(10)).permissions.has(Permission::ManageUsers));
        assert!(!user.is_usable_admin(), "time takes it away");
        assert_eq!(user.next_due(), Some(at(10)));
        assert!(user.tags().contains("role=admin"));
    }

    /// Who is lent a role for an hour gave it away for good.
    #[test]
    fn what_is_lent_is_not_held_for_longer() {
        let mut user = alice();
        let by = user.name.clone();
        user.grants.push(Grant { role: RoleName::admin(), until: at(10), by });
        let manages = |until| user.lasting(&RoleBook::default(), until).has(Permission::ManageUsers);
        assert!(manages(Some(at(10))) && !manages(Some(at(11))) && !manages(None));
    }

    /// Whose account was to end on Friday gave roles for good.
    #[test]
    fn nothing_is_held_for_longer_than_the_account_lasts() {
        let mut user = alice();
        user.roles = vec![RoleName::admin()];
        let manages =
            |user: &UserRecord, until| user.lasting(&RoleBook::default(), until).has(Permission::ManageUsers);
        assert!(manages(&user, None));
        user.expires = Some(at(10));
        assert!(manages(&user, Some(at(10))));
        assert!(!manages(&user, Some(at(11))) && !manages(&user, None));
    }

    #[test]
    fn dates_open_and_close_an_account() {
        let mut user = alice();
        (user.begins, user.expires) = (Some(at(5)), Some(at(10)));
        assert!(matches!(user.closed(at(4)), Some(Closed::NotYet)));
        assert!(user.closed(at(5)).is_none() && user.closed(at(9)).is_none());
        assert!(matches!(user.closed(at(10)), Some(Closed::Expired)));
        let dues: Vec<_> = [4, 5, 10]
            .map(|swept| {
                user.swept = at(swept);
                user.next_due()
            })
            .into();
        assert_eq!(dues, [Some(at(5)), Some(at(10)), None]);
    }

    #[test]
    fn a_suspension_ends_by_itself() {
        let (mut user, reason) = (alice(), Line::parse("holiday").unwrap());
        let by = user.name.clone();
        user.disabled = Some(Disabled { at: at(1), by, reason, until: Some(at(8)) });
        assert!(matches!(user.closed(at(7)), Some(Closed::Disabled(_))));
        assert!(user.closed(at(8)).is_none());
    }

    #[test]
    fn an_account_of_an_earlier_version_is_read() {
        let stored = r#"{"id":"aaaaaaaaaaaaaaaaaaaaaaaaaa","name":"alice","display_name":"Alice",
            "roles":["member"],"disabled":{"at":"2026-01-02T03:04:05Z","by":"admin","reason":"x"},"created":"2026-01-02T03:04:05Z",
            "must_change_password":false,"epoch":3}"#;
        let user: UserRecord = serde_json::from_str(stored).unwrap();
        assert!(user.grants.is_empty() && user.deleted.is_none() && user.next_due().is_none());
    }
}
