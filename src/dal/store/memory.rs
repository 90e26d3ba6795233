//! A map in memory: what the tests run on, and the shortest description of what a store does.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::broadcast;

use super::latency::Latencies;
use super::{
    Entry, Fut, Health, Key, Page, Seen, Settled, Store, StoreError, Txn, Version, WATCH_BACKLOG, Watch,
    check_get,
};

/// A store that lasts as long as the process.
pub struct MemoryStore {
    state: Mutex<State>,
    events: broadcast::Sender<Seen>,
    latencies: Latencies,
}

#[derive(Default)]
struct State {
    entries: BTreeMap<Key, Entry>,
    /// Of the last transaction. Deletes do not take it back, so no version is used twice.
    last: u64,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self {
            state: Mutex::default(),
            events: broadcast::Sender::new(WATCH_BACKLOG),
            latencies: Latencies::default(),
        }
    }

    /// The lock is held for a few map operations and never across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock; were it otherwise, the map would still be readable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, txn: Txn) -> Result<Version, StoreError> {
        txn.validate()?;
        let mut state = self.state();
        if let Settled::Before(version) =
            txn.settle(|key| Ok(state.entries.get(key).map(|entry| entry.version)))?
        {
            return Ok(version);
        }
        state.last += 1;
        let version = Version(state.last);
        for seen in txn.into_seen(version) {
            match &seen {
                Seen::Put(entry) => drop(state.entries.insert(entry.key.clone(), entry.clone())),
                Seen::Deleted { key, .. } => drop(state.entries.remove(key)),
                Seen::Resync => {}
            }
            // Under the lock, so that watchers see the order of the writes. Nobody watching is fine.
            let _ = self.events.send(seen);
        }
        Ok(version)
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, key: &'a [u8]) -> Fut<'a, Option<Entry>> {
        Box::pin(async move { Ok(self.state().entries.get(key).cloned()) })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> Fut<'a, Vec<Option<Entry>>> {
        Box::pin(async move {
            check_get(keys)?;
            let state = self.state();
            Ok(keys.iter().map(|key| state.entries.get(key).cloned()).collect())
        })
    }

    fn scan<'a>(&'a self, prefix: &'a [u8], after: Option<&'a [u8]>, limit: usize) -> Fut<'a, Page> {
        Box::pin(async move {
            let state = self.state();
            let behind = state.entries.range::<[u8], _>((Page::start(prefix, after), Bound::Unbounded));
            Page::read(prefix, limit, behind.map(|(_, entry)| Ok(entry.clone())))
        })
    }

    fn commit(&self, txn: Txn) -> Fut<'_, Version> {
        Box::pin(async move {
            let began = Instant::now();
            let written = self.write(txn);
            self.latencies.add(began.elapsed());
            written
        })
    }

    fn watch(&self, prefix: &[u8]) -> Watch {
        Watch { prefix: prefix.to_vec(), receiver: self.events.subscribe() }
    }

    fn health(&self) -> Fut<'_, Health> {
        Box::pin(async move {
            let bytes: usize =
                self.state().entries.values().map(|entry| entry.key.len() + entry.value.len()).sum();
            Ok(Health {
                backend: "memory",
                writable: true,
                bytes_used: bytes as u64,
                bytes_limit: None,
                commits: self.latencies.latest(),
            })
        })
    }
}
