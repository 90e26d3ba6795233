//! The last day, hour by hour.

use std::collections::HashMap;
use std::net::IpAddr;

use serde::Serialize;

use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

use crate::dal::DalError;
use crate::dal::records::Sources;
use crate::dal::store::{decode, keys};

use super::{HOURS, Overview};

/// Sources that are named.
const NAMED: usize = 8;

/// What went on lately, each part for those who may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// 24 of them, the oldest first; the last one has not ended yet.
    pub hours: Vec<HourCount>,
    /// Sessions with an open connection, a number for every ten minutes since the server started, for a
    /// day at most: the oldest first, that of this moment last. Needs `ReadSessions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Vec<u64>>,
    /// Where most failed sign-ins of these hours came from, at most 8, most first. Needs `ReadAudit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_sources: Option<Vec<SourceCount>>,
}

/// What was counted in one hour. Needs `ReadAudit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HourCount {
    /// When it began.
    pub hour: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_ins: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failures: Option<u64>,
}

/// Failed sign-ins from one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SourceCount {
    pub from: IpAddr,
    pub failures: u64,
}

impl Overview {
    /// The last 24 hours, as far as this viewer may see them.
    ///
    /// Needs `OwnAccount`, and for each part its own permission.
    pub async fn activity(self) -> Result<Activity, DalError> {
        self.0.require(Permission::OwnAccount)?;
        let last = self.0.now().hour();
        let hours: Vec<u64> = (last.saturating_sub(HOURS - 1)..=last).collect();
        let (counts, top_sources) = match self.counted(&hours).await? {
            Some((counts, sources)) => (counts, Some(sources)),
            None => (hours.iter().map(|hour| HourCount::unseen(*hour)).collect(), None),
        };
        let live = self.0.require(Permission::ReadSessions).ok();
        let live = live.map(|granted| granted.vault.live.history());
        Ok(Activity { hours: counts, live, top_sources })
    }

    /// Sign-ins and failures of each of these hours, and where the failures came from.
    async fn counted(&self, hours: &[u64]) -> Result<Option<(Vec<HourCount>, Vec<SourceCount>)>, DalError> {
        let Ok(granted) = self.0.require(Permission::ReadAudit) else { return Ok(None) };
        let sign_ins = granted.vault.sign_ins.by_hour(granted.store, self.0.now()).await?;
        let wanted: Vec<_> = hours
            .iter()
            .flat_map(|hour| [keys::failures_in_hour(*hour), keys::sources_in_hour(*hour)])
            .collect();
        let found = granted.store.get_many(&wanted).await?;
        let mut counts = Vec::with_capacity(hours.len());
        let mut by_source = HashMap::new();
        for (hour, pair) in hours.iter().zip(found.chunks_exact(2)) {
            let [failures, sources] = pair else { continue };
            counts.push(HourCount {
                sign_ins: Some(sign_ins.get(hour).copied().unwrap_or(0)),
                failures: Some(failures.as_ref().map(decode).transpose()?.unwrap_or(0)),
                ..HourCount::unseen(*hour)
            });
            let sources: Sources = sources.as_ref().map(decode).transpose()?.unwrap_or_default();
            for (from, count) in sources.by_source {
                *by_source.entry(from).or_insert(0) += count;
            }
        }
        Ok(Some((counts, most(by_source))))
    }
}

impl HourCount {
    fn unseen(hour: u64) -> Self {
        Self { hour: Timestamp::of_hour(hour), sign_ins: None, failures: None }
    }
}

/// Those that failed most; of equals the lower address, so that a screen does not flicker.
fn most(by_source: HashMap<IpAddr, u64>) -> Vec<SourceCount> {
    let mut sources: Vec<_> =
        by_source.into_iter().map(|(from, failures)| SourceCount { from, failures }).collect();
    sources.sort_unstable_by_key(|source| (std::cmp::Reverse(source.failures), source.from));
    sources.truncate(NAMED);
    sources
}
