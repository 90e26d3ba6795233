//! The numbers on the home screen, and how the server is.
//!
//! [`activity`] is the last day hour by hour, [`system`] is this moment. Both are put together when
//! somebody looks; nobody looking costs nothing.

mod activity;
mod sign_ins;
mod system;

use serde::Serialize;

use crate::domain::role::Permission;

use super::records::{Roster, Stored};
use super::store::{StoreError, keys};
use super::{DalError, Verified};

pub use activity::{Activity, HourCount, SourceCount};
pub(super) use sign_ins::SignIns;
pub use system::{Connections, StoreReport, SystemReport};

/// Hours that are looked back over, the current one included.
const HOURS: u64 = 24;

/// Counts, each for those who may see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Accounts. Needs `ReadUsers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users: Option<u64>,
    /// Usable administrators. Needs `ReadUsers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admins: Option<u64>,
    /// Sessions with an open connection. Needs `ReadSessions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_sessions: Option<u64>,
    /// Failed sign-ins in the last 24 h. Needs `ReadAudit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_sign_ins: Option<u64>,
    /// Whether somebody was invited lately. Needs `ReadInvites`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_invites: Option<bool>,
    /// Whether somebody ever changed a rule here. Needs `ReadPolicy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_set_rules: Option<bool>,
}

/// See [`Verified::overview`].
#[must_use = "a proof is for one operation"]
pub struct Overview(pub(super) Verified);

impl Overview {
    /// The counts that this viewer may see.
    ///
    /// Needs `OwnAccount`, and for each count its own permission.
    pub async fn counts(self) -> Result<Counts, DalError> {
        self.0.require(Permission::OwnAccount)?;
        Ok(Counts {
            users: self.users().await?,
            admins: self.admins().await?,
            live_sessions: self.live_sessions(),
            failed_sign_ins: self.failed_sign_ins().await?,
            has_invites: self.has_invites().await?,
            has_set_rules: self.has_set_rules().await?,
        })
    }

    async fn users(&self) -> Result<Option<u64>, DalError> {
        let Ok(granted) = self.0.require(Permission::ReadUsers) else { return Ok(None) };
        let entry = granted.store.get(&keys::user_count()).await?;
        Ok(Some(Stored::<u64>::read_some(entry.as_ref())?.map_or(0, |count| count.record)))
    }

    async fn admins(&self) -> Result<Option<u64>, DalError> {
        let Ok(granted) = self.0.require(Permission::ReadUsers) else { return Ok(None) };
        let entry = granted.store.get(&keys::roster()).await?;
        let roster = Stored::<Roster>::read_some(entry.as_ref())?;
        Ok(roster.and_then(|roster| u64::try_from(roster.record.0.len()).ok()))
    }

    async fn has_invites(&self) -> Result<Option<bool>, DalError> {
        let Ok(granted) = self.0.require(Permission::ReadInvites) else { return Ok(None) };
        let first = granted.store.scan(keys::INVITES_BY_TIME, None, 1).await?;
        Ok(Some(!first.entries.is_empty()))
    }

    /// The record stays, also once everything is as it was configured.
    async fn has_set_rules(&self) -> Result<Option<bool>, DalError> {
        let Ok(granted) = self.0.require(Permission::ReadPolicy) else { return Ok(None) };
        Ok(Some(granted.store.get(&keys::policy()).await?.is_some()))
    }

    fn live_sessions(&self) -> Option<u64> {
        let granted = self.0.require(Permission::ReadSessions).ok()?;
        u64::try_from(granted.vault.live.count()).ok()
    }

    async fn failed_sign_ins(&self) -> Result<Option<u64>, DalError> {
        let Ok(granted) = self.0.require(Permission::ReadAudit) else { return Ok(None) };
        let now = self.0.now().hour();
        let hours: Vec<_> = (now.saturating_sub(HOURS - 1)..=now).map(keys::failures_in_hour).collect();
        let counts = granted.store.get_many(&hours).await?;
        let total: Result<u64, StoreError> =
            counts.iter().flatten().map(|entry| Stored::<u64>::read(entry).map(|count| count.record)).sum();
        Ok(Some(total?))
    }
}
