//! The sources that keep failing: told by the sign-in and by whoever lets connections in, asked by both.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::auth::penalties::{Penalties, Tally};
use crate::dal::change::Change;
use crate::dal::store::Txn;
use crate::domain::event::What;
use crate::domain::policy::SourcePenalties;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

/// See the module. In memory only.
#[derive(Debug, Default)]
pub(in crate::dal) struct SourceWatch(Mutex<Penalties>);

impl SourceWatch {
    pub fn refuses(&self, address: IpAddr, now: Timestamp) -> bool {
        self.lock().until(Source::of(address), now).is_some()
    }

    /// Counts something that failed from there; answers what to record, if with this one its connections are
    /// refused. What fails on connections that were open already counts on.
    pub fn failed(&self, address: IpAddr, now: Timestamp, rules: &SourcePenalties) -> Option<Change> {
        let source = Source::of(address);
        let until = self.lock().fail(source, now, rules)?;
        tracing::warn!(%source, %until, "too much failed from there: its connections are refused");
        Some(Change { txn: Txn::new(), what: What::SourceRefused { source, until } })
    }

    /// What failed from a source that is refused now.
    pub fn tally(&self, source: Source, now: Timestamp) -> Option<Tally> {
        self.lock().tally(source, now)
    }

    pub fn refused(&self, now: Timestamp) -> Vec<(Source, Tally)> {
        self.lock().refused(now).collect()
    }

    pub fn lift(&self, source: Source, now: Timestamp) {
        self.lock().lift(source, now);
    }

    fn lock(&self) -> MutexGuard<'_, Penalties> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_penalty_is_told_once() {
        let (watch, rules) = (SourceWatch::default(), SourcePenalties { failures: 3, ..Default::default() });
        let (address, now) = (IpAddr::from([192, 0, 2, 1]), Timestamp::from_micros(7));
        let told: Vec<_> = (0..3).filter_map(|_| watch.failed(address, now, &rules)).collect();
        let until = now.after(rules.penalty);
        let source = Source::of(address);
        assert_eq!(
            told.iter().map(|change| &change.what).collect::<Vec<_>>(),
            [&What::SourceRefused { source, until }]
        );
    }
}
