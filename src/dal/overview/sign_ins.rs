//! Sign-ins by hour, counted where they already are: in the list of all sessions by time.
//!
//! A counter that every sign-in writes would make two at the same moment meet, and the later one hash
//! its password again. The list has an entry for each of them, so it is counted when somebody looks,
//! and what cannot change any more is remembered: a look reads what came since the last one. Nothing
//! is written for it, so a crash loses nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::dal::store::{MAX_PAGE, Store, StoreError, keys};
use crate::domain::time::Timestamp;

use super::HOURS;

/// From the moment that a sign-in is dated to the moment that it is written: far longer than hashing
/// and committing take.
const SETTLING: Duration = Duration::from_mins(2);

/// Entries of the first page: what came since the last look, mostly, and read in place.
const FIRST_PAGE: usize = 200;

/// Sign-ins of the last day.
#[derive(Default)]
pub(in crate::dal) struct SignIns(Mutex<Settled>);

/// What was counted and stays as it is.
#[derive(Clone, Default)]
struct Settled {
    /// Everything before is counted.
    until: Timestamp,
    hours: BTreeMap<u64, u64>,
}

impl SignIns {
    /// How many there were in each of the last hours; an hour without any is missing.
    pub async fn by_hour(&self, store: &dyn Store, now: Timestamp) -> Result<BTreeMap<u64, u64>, StoreError> {
        let first = now.hour().saturating_sub(HOURS - 1);
        let mut settled = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = since(store, settled.until.max(Timestamp::of_hour(first))).await?;
        settled.hours.retain(|hour, _| *hour >= first);
        let mut all = settled.hours.clone();
        settled.until = settled.until.max(now.before(SETTLING));
        for at in fresh {
            *all.entry(at.hour()).or_insert(0) += 1;
            if at < settled.until {
                *settled.hours.entry(at.hour()).or_insert(0) += 1;
            }
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Who looked at the same time may have been later, and has counted more.
        if kept.until < settled.until {
            *kept = settled;
        }
        Ok(all)
    }
}

/// When each session since `start` began.
async fn since(store: &dyn Store, start: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
    let (mut found, mut after, mut limit) = (Vec::new(), None, FIRST_PAGE);
    loop {
        let page = store.scan(keys::SESSIONS_BY_TIME, after.as_deref(), limit).await?;
        limit = MAX_PAGE;
        for entry in &page.entries {
            match keys::time_in_order(&entry.key) {
                Some(at) if at < start => return Ok(found),
                at => found.extend(at),
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::dal::store::{MemoryStore, Txn};
    use crate::domain::id::{Entropy, SessionSecret};

    use super::*;

    struct Numbered(std::sync::atomic::AtomicU8);

    impl Entropy for Numbered {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    #[tokio::test]
    async fn each_sign_in_is_counted_once_however_often_somebody_looks() {
        let (store, counted) = (MemoryStore::new(), SignIns::default());
        let entropy = Numbered(0.into());
        let start = Timestamp::of_hour(480_000);
        let at = |minutes: u64| start.after(Duration::from_mins(minutes));
        let sign_in = async |minutes| {
            let key = keys::session_by_time(at(minutes), SessionSecret::random(&entropy).id());
            store.commit(Txn::new().put(key, vec![1])).await.unwrap();
        };
        let look = async |minutes| -> Vec<u64> {
            counted.by_hour(&store, at(minutes)).await.unwrap().into_values().collect()
        };
        assert_eq!(look(0).await, [0; 0]);
        sign_in(1).await;
        sign_in(58).await;
        assert_eq!(look(59).await, [2]);
        assert_eq!(look(59).await, [2]);
        // Dated before the last look, written after it.
        sign_in(58).await;
        sign_in(61).await;
        assert_eq!(look(61).await, [3, 1]);
        for _ in 0..FIRST_PAGE {
            sign_in(62).await;
        }
        assert_eq!(look(120).await, [3, 201]);
        // A day later the first hour has gone, and then everything.
        assert_eq!(look(24 * 60).await, [201]);
        assert_eq!(look(50 * 60).await, [0; 0]);
    }
}
