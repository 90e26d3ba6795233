//! The sources that keep failing: told by the sign-in and by whoever lets connections in, asked by both.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::auth::throttle::{Penalties, Tally};
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

    /// Counts something that failed from there.
    pub fn failed(&self, address: IpAddr, now: Timestamp, rules: &SourcePenalties) {
        let source = Source::of(address);
        let refused = self.lock().fail(source, now, rules);
        if let Some(until) = refused {
            tracing::warn!(%source, %until, "too much failed from there: its connections are refused");
        }
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
