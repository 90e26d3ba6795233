//! What others may know of an account.

use serde::Serialize;

use crate::dal::locks::LockRow;
use crate::dal::records::{Closed, SeenRecord, UserRecord};
use crate::domain::id::UserId;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{Permission, RoleBook, RoleName};
use crate::domain::session::Sighting;
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

/// One account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserRow {
    pub name: UserName,
    pub display_name: DisplayName,
    /// For good and for a time.
    pub roles: Vec<RoleName>,
    /// Those of them that time takes away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantRow>,
    pub state: UserState,
    /// A sign-in needs a code behind the password.
    pub second_factor: bool,
    pub last_sign_in: Option<Timestamp>,
    pub created: Timestamp,
    /// For whoever changes them.
    #[serde(skip)]
    pub dates: Dates,
    #[serde(skip)]
    pub revision: Revision,
}

/// Which of an account's changes somebody has seen: what a form that they fill in began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Revision(u64);

impl Revision {
    pub(in crate::dal) const fn of(user: &UserRecord) -> Self {
        Self(user.edition)
    }

    pub(in crate::dal) const fn edition(self) -> u64 {
        self.0
    }
}

/// From when and until when an account is valid; for ever without either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Dates {
    pub begins: Option<Timestamp>,
    /// From then on nobody signs in.
    pub expires: Option<Timestamp>,
}

/// An account that was deleted and can be restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeletedRow {
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    pub at: Timestamp,
    pub by: UserName,
    /// When it is gone for good.
    pub until: Timestamp,
}

/// One account, looked at closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserDetail {
    pub id: UserId,
    #[serde(flatten)]
    pub row: UserRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<DisabledBy>,
    pub permissions: Vec<Permission>,
    /// The same as in the row.
    #[serde(skip)]
    pub created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub begins: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    pub must_change_password: bool,
    /// The password opens the door once more, and is replaced then.
    pub must_renew_password: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_factor_since: Option<Timestamp>,
    pub failed_sign_ins: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Sighting>,
    /// The account is closed to somebody because too much failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockRow>,
}

impl UserRow {
    /// The roles that time does not take away.
    pub fn roles_for_good(&self) -> Vec<RoleName> {
        let is_granted = |role: &&RoleName| self.grants.iter().any(|grant| grant.role == **role);
        self.roles.iter().filter(|role| !is_granted(role)).cloned().collect()
    }
}

/// Whether an account can be signed in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserState {
    Enabled,
    /// Enabled, and waiting for its password to be replaced.
    Pending,
    Disabled,
    /// Disabled, and enabled again by itself.
    Suspended,
    /// It begins later.
    NotYet,
    Expired,
}

impl UserState {
    pub const ALL: &[Self] =
        &[Self::Enabled, Self::Pending, Self::Disabled, Self::Suspended, Self::NotYet, Self::Expired];

    /// The state of that word; `not-yet` is one word too.
    pub fn find(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase().replace('-', " ");
        Self::ALL.iter().copied().find(|state| state.word() == word)
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Pending => "pending",
            Self::Disabled => "disabled",
            Self::Suspended => "suspended",
            Self::NotYet => "not yet",
            Self::Expired => "expired",
        }
    }
}

/// Since when an account is closed, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisabledBy {
    pub at: Timestamp,
    pub by: UserName,
    pub reason: Line,
    /// When the account works again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A role that somebody holds until some time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantRow {
    pub role: RoleName,
    pub until: Timestamp,
    pub by: UserName,
}

pub(super) fn row(user: &UserRecord, seen: Option<&SeenRecord>, now: Timestamp) -> UserRow {
    UserRow {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        roles: user.roles_at(now),
        grants: grants(user, now),
        state: state(user, now),
        second_factor: user.second_factor.is_some(),
        last_sign_in: seen.and_then(|seen| seen.last_sign_in.as_ref()).map(|sighting| sighting.at),
        created: user.created,
        dates: Dates { begins: user.begins, expires: user.expires },
        revision: Revision::of(user),
    }
}

/// The row of an account that can still be restored.
pub(super) fn deleted_row(user: UserRecord, now: Timestamp) -> Option<DeletedRow> {
    let roles = user.roles_at(now);
    let deleted = user.deleted.filter(|deleted| deleted.until > now)?;
    let UserRecord { name, display_name, .. } = user;
    Some(DeletedRow { name, display_name, roles, at: deleted.at, by: deleted.by, until: deleted.until })
}

pub(super) fn detail(
    user: &UserRecord,
    book: &RoleBook,
    seen: Option<SeenRecord>,
    now: Timestamp,
) -> UserDetail {
    let seen = seen.unwrap_or_default();
    UserDetail {
        id: user.id,
        row: row(user, Some(&seen), now),
        disabled: user.disabled_at(now).map(|disabled| DisabledBy {
            at: disabled.at,
            by: disabled.by.clone(),
            reason: disabled.reason.clone(),
            until: disabled.until,
        }),
        permissions: user.rights(book, now).permissions.iter().collect(),
        created: user.created,
        begins: user.begins,
        expires: user.expires,
        must_change_password: user.must_change_password,
        must_renew_password: user.renew.is_some(),
        second_factor_since: user.second_factor,
        failed_sign_ins: seen.failed,
        last_failure: seen.last_failure,
        lock: None,
    }
}

pub(super) fn state(user: &UserRecord, now: Timestamp) -> UserState {
    match user.closed(now) {
        Some(Closed::Disabled(disabled)) if disabled.until.is_some() => UserState::Suspended,
        Some(Closed::Disabled(_) | Closed::Deleted) => UserState::Disabled,
        Some(Closed::NotYet) => UserState::NotYet,
        Some(Closed::Expired) => UserState::Expired,
        None if user.must_change_password || user.renew.is_some() => UserState::Pending,
        None => UserState::Enabled,
    }
}

pub(in crate::dal) fn grants(user: &UserRecord, now: Timestamp) -> Vec<GrantRow> {
    user.running(now)
        .map(|grant| GrantRow { role: grant.role.clone(), until: grant.until, by: grant.by.clone() })
        .collect()
}
