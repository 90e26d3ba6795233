//! What is stored. Nothing here leaves the data access layer.

mod edit;
mod user;

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::auth::password::PasswordHash;
use crate::auth::second_factor::Factor;
use crate::domain::id::{SessionId, UserId};
use crate::domain::name::UserName;
use crate::domain::policy::Policy;
use crate::domain::preferences::Preferences;
use crate::domain::role::{self, Rights, RoleBook, RoleName};
use crate::domain::session::{Before, Ended, Method, Place, Terminal, Visitor};
use crate::domain::time::Timestamp;

use super::store::{Entry, Expect, Key, StoreError, Txn, Version, decode, keys};

pub(super) use user::{
    Closed, Deleted, Disabled, Grant, TAG_DATED, TAG_DELETED, TAG_DISABLED, TAG_PENDING, TAG_SECOND_FACTOR,
    UserRecord, tag_of_role,
};

/// A record together with the write that it was read from.
#[derive(Debug, Clone)]
pub(super) struct Stored<T> {
    pub key: Key,
    pub version: Version,
    pub record: T,
}

impl<T: serde::de::DeserializeOwned> Stored<T> {
    pub fn read(entry: &Entry) -> Result<Self, StoreError> {
        Ok(Self { key: entry.key.clone(), version: entry.version, record: decode(entry)? })
    }

    pub fn read_some(entry: Option<&Entry>) -> Result<Option<Self>, StoreError> {
        entry.map(Self::read).transpose()
    }
}

impl<T> Stored<T> {
    /// Adds the condition that this record is still what was read.
    pub fn unchanged(&self, txn: Txn) -> Txn {
        txn.guard(self.key.clone(), Expect::Version(self.version))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PasswordRecord {
    pub hash: PasswordHash,
    pub changed: Timestamp,
    /// When a one-time password stops opening the door: with its first sign-in, or when its time is up. The
    /// first administrator's never does.
    #[serde(default)]
    pub valid_until: Option<Timestamp>,
}

/// Somebody's second factor: written by every sign-in with it, so kept apart from the account.
pub(super) type FactorRecord = Factor;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SessionRecord {
    pub id: SessionId,
    pub user: UserId,
    pub user_name: UserName,
    /// How it was proven who this is, in order.
    pub methods: Vec<Method>,
    pub visitor: Visitor,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub epoch: u64,
    /// The user's at the sign-in: tells whether time ended a session, or a role given since.
    #[serde(default)]
    pub roles: Vec<RoleName>,
    /// The rules demanded a second factor at the sign-in, and there was none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owes_a_factor: bool,
    /// The sign-in was made with a password alone that is shorter than passwords may be now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub owes_a_password: bool,
    /// This person administrated when they signed in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub administrated: bool,
    pub ended: Option<Ended>,
    /// Written with the end; until then it is kept apart, and whoever holds the connection knows it.
    #[serde(default)]
    pub terminal: Option<Terminal>,
    /// Where the person was when the connection was lost.
    #[serde(default)]
    pub place: Option<Place>,
}

impl SessionRecord {
    /// Whether a password has to be chosen before anything else.
    pub fn must_choose_a_password(&self, user: &UserRecord) -> bool {
        self.owes_a_password || user.owes_a_password(self.created)
    }

    /// Whether a second factor has to be set up before anything else, as long as the rules demand it: since the
    /// sign-in, or since this person administrates. A rule that changes over open sessions disturbs nobody.
    pub fn must_set_up_a_factor(&self, user: &UserRecord, rights: Rights, policy: &Policy) -> bool {
        let administrates = rights.permissions.covers(role::ADMINISTRATES);
        let owes_it = self.owes_a_factor || administrates && !self.administrated;
        owes_it && user.second_factor.is_none() && policy.demands_a_factor(rights)
    }
}

/// What happened at an account's door: written by every sign-in, so kept apart from the account.
pub(super) type SeenRecord = Before;

/// Where the failed sign-ins of an hour came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sources {
    /// In the order in which they came.
    pub by_source: Vec<(IpAddr, u64)>,
    /// Failures of sources that were pushed out.
    pub others: u64,
}

impl Sources {
    /// Sources that are kept: a record that every failure rewrites stays small.
    pub const KEPT: usize = 64;

    /// Counts one failure. Where there is no room, the source that failed least makes some, so that
    /// whoever keeps trying stays, however many others try once.
    pub fn count(&mut self, from: IpAddr) {
        if let Some((_, count)) = self.by_source.iter_mut().find(|(source, _)| *source == from) {
            *count = count.saturating_add(1);
            return;
        }
        if self.by_source.len() >= Self::KEPT
            && let Some(least) = self.by_source.iter().enumerate().min_by_key(|(_, (_, count))| *count)
        {
            let (_, count) = self.by_source.remove(least.0);
            self.others = self.others.saturating_add(count);
        }
        self.by_source.push((from, 1));
    }
}

/// What somebody chose; as it ships where nothing is stored, or nothing that this version can read:
/// that must not keep them out.
pub(super) fn preferences(entry: Option<&Entry>) -> Preferences {
    entry.and_then(|entry| decode(entry).ok()).unwrap_or_default()
}

/// The roles beside the built-in ones, with the write that they were read from.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    pub record: Arc<RoleBook>,
    version: Option<Version>,
}

impl Book {
    /// An installation that has made no role has no record of them. One that cannot be read gives nothing:
    /// built-in roles go on, so that somebody can come in and mend it.
    pub fn read(entry: Option<&Entry>) -> Self {
        let record = entry.map(decode).transpose().unwrap_or_else(|error| {
            tracing::error!(%error, "the roles cannot be read; those beside the built-in ones give nothing");
            None
        });
        Self { record: Arc::new(record.unwrap_or_default()), version: entry.map(|entry| entry.version) }
    }

    /// Whether this is what such an entry holds.
    pub fn is_of(&self, entry: Option<&Entry>) -> bool {
        self.version == entry.map(|entry| entry.version)
    }

    /// Adds the condition that these roles are still what was read.
    pub fn unchanged(&self, txn: Txn) -> Txn {
        txn.guard(keys::roles(), self.version.map_or(Expect::Absent, Expect::Version))
    }
}

/// The names in a book; those of before, where they are the same.
pub(super) fn custom_roles(book: &RoleBook, before: Option<&Arc<[RoleName]>>) -> Arc<[RoleName]> {
    let names = || book.custom.iter().map(|role| &role.name);
    match before.filter(|before| before.iter().eq(names())) {
        Some(before) => Arc::clone(before),
        None => names().cloned().collect(),
    }
}

/// Whose name it was that nobody else gets. While the account can be restored this is its id alone, as it is
/// for accounts that went in an earlier version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ReservedForm")]
pub(super) struct Reserved {
    pub user: UserId,
    /// When the account went for good.
    #[serde(default)]
    pub gone: Option<Timestamp>,
}

/// How it is stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum ReservedForm {
    Deleted(UserId),
    Gone {
        user: UserId,
        #[serde(default)]
        gone: Option<Timestamp>,
    },
}

impl From<ReservedForm> for Reserved {
    fn from(form: ReservedForm) -> Self {
        match form {
            ReservedForm::Deleted(user) => Self { user, gone: None },
            ReservedForm::Gone { user, gone } => Self { user, gone },
        }
    }
}

/// The usable administrators. Never empty.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Roster(pub Vec<UserId>);

/// The store has been set up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Format {
    pub created: Timestamp,
    pub by_version: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_name_reads_back_in_both_of_its_forms() {
        let user: UserId = "a".repeat(26).parse().unwrap();
        let read = |value: serde_json::Value| serde_json::from_value::<Reserved>(value).unwrap();
        assert_eq!(read(serde_json::json!(user)), Reserved { user, gone: None });
        for gone in [None, Some(Timestamp::from_micros(7))] {
            let reserved = Reserved { user, gone };
            assert_eq!(read(serde_json::json!(reserved)), reserved);
        }
    }

    #[test]
    fn a_persistent_source_is_not_pushed_out_by_many_that_try_once() {
        let mut sources = Sources::default();
        let persistent = IpAddr::from([192, 0, 2, 1]);
        for number in 0..1_000_u32 {
            sources.count(IpAddr::from([10, 0, u8::try_from(number >> 8).unwrap(), (number & 255) as u8]));
            if number % 10 == 0 {
                sources.count(persistent);
            }
        }
        assert_eq!(sources.by_source.len(), Sources::KEPT);
        assert!(sources.by_source.contains(&(persistent, 100)));
        let kept: u64 = sources.by_source.iter().map(|(_, count)| count).sum();
        assert_eq!(kept + sources.others, 1_100);
    }
}
