//! How long commits take: of the last few hundred, how the middle one and the worst one were.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;

/// Commits that are remembered.
const KEPT: usize = 256;

/// The last commits, from being asked for to being durable.
#[derive(Default)]
pub(super) struct Latencies(Mutex<VecDeque<Duration>>);

/// What whoever wrote lately has waited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CommitLatency {
    #[serde(rename = "median_us", serialize_with = "micros")]
    pub median: Duration,
    #[serde(rename = "worst_us", serialize_with = "micros")]
    pub worst: Duration,
    /// Commits that these are of: at most 256, the last ones.
    pub of: usize,
}

fn micros<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

impl Latencies {
    /// One more; the oldest makes room.
    pub fn add(&self, took: Duration) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(took);
    }

    /// `None` before the first commit. Sorted here, where somebody looks, and not where they are added.
    pub fn latest(&self) -> Option<CommitLatency> {
        let mut kept: Vec<Duration> =
            self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        kept.sort_unstable();
        let (median, worst) = (kept.get(kept.len() / 2)?, kept.last()?);
        Some(CommitLatency { median: *median, worst: *worst, of: kept.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_commits_count_and_older_ones_are_forgotten() {
        let latencies = Latencies::default();
        assert_eq!(latencies.latest(), None);
        let ms = Duration::from_millis;
        latencies.add(ms(900));
        latencies.add(ms(1));
        latencies.add(ms(2));
        assert_eq!(latencies.latest(), Some(CommitLatency { median: ms(2), worst: ms(900), of: 3 }));
        (0..KEPT).for_each(|_| latencies.add(ms(3)));
        assert_eq!(latencies.latest(), Some(CommitLatency { median: ms(3), worst: ms(3), of: KEPT }));
    }
}
