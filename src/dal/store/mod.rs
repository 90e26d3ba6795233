//! Ordered bytes, versions, conditional transactions, watches: what an embedded and a replicated
//! engine can both do well, and nothing else.
//!
//! Left out on purpose: interactive transactions, counts, descending scans (newest-first keys hold
//! inverted time), scans inside a transaction. Expiry is a field that readers check.
//!
//! [`memory`] is for tests, [`sled`] is the default; one suite in [`conformance`] holds both to this
//! page. This is a private child of the data access layer: no other room can write its path.

mod codec;
#[cfg(test)]
mod conformance;
pub(super) mod keys;
mod latency;
mod memory;
mod sled;

use std::future::Future;
use std::ops::Bound;
use std::pin::Pin;

use tokio::sync::broadcast;

pub(super) use codec::{decode, encode};
pub use latency::CommitLatency;
pub(super) use memory::MemoryStore;
pub(super) use sled::SledStore;

pub type Key = Vec<u8>;

/// What every store method returns: boxed, so that `dyn Store` works.
pub type Fut<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// New for every write, equal for all keys of one transaction, growing, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u64);

/// One key, what it holds, and since which write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: Key,
    pub value: Vec<u8>,
    pub version: Version,
}

/// What must hold for a transaction to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Absent,
    Present,
    Version(Version),
}

/// Guards and writes that happen together or not at all. A key is written at most once.
#[derive(Debug, Clone, Default)]
pub struct Txn {
    guards: Vec<(Key, Expect)>,
    puts: Vec<(Key, Vec<u8>)>,
    deletes: Vec<Key>,
    marker: Option<Key>,
}

impl Txn {
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn guard(mut self, key: Key, expect: Expect) -> Self {
        self.guards.push((key, expect));
        self
    }

    #[must_use]
    pub fn put(mut self, key: Key, value: Vec<u8>) -> Self {
        self.puts.push((key, value));
        self
    }

    /// The same where several changes of one transaction may put the same key: the first one counts.
    #[must_use]
    pub fn put_once(self, key: Key, value: Vec<u8>) -> Self {
        if self.puts.iter().any(|(put, _)| *put == key) { self } else { self.put(key, value) }
    }

    #[must_use]
    pub fn delete(mut self, key: Key) -> Self {
        self.deletes.push(key);
        self
    }

    /// Also puts `key`, which only this transaction ever puts: its audit event. If the answer to a
    /// commit is lost, the same transaction can be sent again: a marker that is already there says
    /// that the first one landed.
    #[must_use]
    pub fn marker(mut self, key: Key, value: Vec<u8>) -> Self {
        self.puts.push((key.clone(), value));
        self.marker = Some(key);
        self
    }

    /// The key of its marker.
    pub fn marked(&self) -> Option<&Key> {
        self.marker.as_ref()
    }

    /// This and the other in one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.guards.extend(other.guards);
        self.puts.extend(other.puts);
        self.deletes.extend(other.deletes);
        self.marker = self.marker.or(other.marker);
        self
    }

    /// Keys that it writes so far.
    pub fn writes(&self) -> usize {
        self.puts.len() + self.deletes.len()
    }

    fn validate(&self) -> Result<(), StoreError> {
        let writes = self.writes();
        if writes == 0 || writes > MAX_WRITES || self.guards.len() > MAX_WRITES {
            return Err(StoreError::Invalid("a transaction writes 1 to 128 keys under at most 128 guards"));
        }
        let mut keys: Vec<&Key> = self.puts.iter().map(|(key, _)| key).chain(&self.deletes).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(StoreError::Invalid("a transaction writes a key twice"));
        }
        if keys.iter().any(|key| key.is_empty() || key.len() > MAX_KEY) {
            return Err(StoreError::Invalid("a key has 1 to 512 bytes"));
        }
        if self.puts.iter().any(|(_, value)| value.len() > MAX_VALUE) {
            return Err(StoreError::Invalid("a value has at most 64 KiB"));
        }
        Ok(())
    }

    /// Whether this is to be written, by the versions that are there now; `Conflict` if it must not be.
    fn settle(
        &self,
        version_of: impl Fn(&[u8]) -> Result<Option<Version>, StoreError>,
    ) -> Result<Settled, StoreError> {
        // The marker first: once this has been written, its own guards no longer hold.
        if let Some(marker) = &self.marker
            && let Some(version) = version_of(marker)?
        {
            return Ok(Settled::Before(version));
        }
        let mut failed = Vec::new();
        for (key, expect) in &self.guards {
            let found = version_of(key)?;
            let holds = match expect {
                Expect::Absent => found.is_none(),
                Expect::Present => found.is_some(),
                Expect::Version(version) => found == Some(*version),
            };
            if !holds {
                failed.push(key.clone());
            }
        }
        if failed.is_empty() { Ok(Settled::Now) } else { Err(StoreError::Conflict { failed }) }
    }

    /// The writes as watchers are to see them.
    fn into_seen(self, version: Version) -> impl Iterator<Item = Seen> {
        let puts = self.puts.into_iter().map(move |(key, value)| Seen::Put(Entry { key, value, version }));
        puts.chain(self.deletes.into_iter().map(move |key| Seen::Deleted { key, version }))
    }
}

/// When a transaction is written.
enum Settled {
    Now,
    /// Its marker was there: it had landed under this version.
    Before(Version),
}

/// Puts and deletes of one transaction. Source: etcd's default `--max-txn-ops`.
pub const MAX_WRITES: usize = 128;
/// Bytes.
pub const MAX_KEY: usize = 512;
/// Bytes.
pub const MAX_VALUE: usize = 64 * 1024;
/// Keys of one `get_many`.
pub const MAX_GET: usize = 100;
/// Entries of one page.
pub const MAX_PAGE: usize = 1000;
/// Writes that a watcher may be behind before it gets [`Seen::Resync`] instead.
const WATCH_BACKLOG: usize = 1024;

fn check_get(keys: &[Key]) -> Result<(), StoreError> {
    if keys.len() > MAX_GET { Err(StoreError::Invalid("one asks for at most 100 keys")) } else { Ok(()) }
}

/// Part of a scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// Pass it as `after` for the rest; `None` at the end.
    pub next: Option<Key>,
}

impl Page {
    /// Where the entries of a scan begin.
    fn start<'a>(prefix: &'a [u8], after: Option<&'a [u8]>) -> Bound<&'a [u8]> {
        match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        }
    }

    /// The page that begins with `entries`, which ascend and may run on beyond `prefix`.
    fn read(
        prefix: &[u8],
        limit: usize,
        entries: impl Iterator<Item = Result<Entry, StoreError>>,
    ) -> Result<Page, StoreError> {
        if limit == 0 || limit > MAX_PAGE {
            return Err(StoreError::Invalid("a page has 1 to 1000 entries"));
        }
        // One more than asked for tells whether this is the end.
        let mut entries: Vec<Entry> = entries
            .take_while(|entry| entry.as_ref().map_or(true, |entry| entry.key.starts_with(prefix)))
            .take(limit + 1)
            .collect::<Result<_, _>>()?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more).map(|entry| entry.key.clone());
        Ok(Page { entries, next })
    }
}

/// A committed write, as watchers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    Put(Entry),
    Deleted {
        key: Key,
        version: Version,
    },
    /// Some writes were missed: read again what you care about.
    Resync,
}

/// Writes under a prefix, from the moment it was opened: at least once, in order per key.
pub struct Watch {
    prefix: Key,
    receiver: broadcast::Receiver<Seen>,
}

impl Watch {
    /// The next write; `None` when the store is closed.
    pub async fn next(&mut self) -> Option<Seen> {
        loop {
            match self.receiver.recv().await {
                Ok(Seen::Put(entry)) if !entry.key.starts_with(&self.prefix) => {}
                Ok(Seen::Deleted { key, .. }) if !key.starts_with(&self.prefix) => {}
                Ok(seen) => return Some(seen),
                Err(broadcast::error::RecvError::Lagged(_)) => return Some(Seen::Resync),
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }
}

/// How the engine is.
#[derive(Debug, Clone)]
pub struct Health {
    pub backend: &'static str,
    /// False from the first failed write on, until a restart.
    pub writable: bool,
    /// On the disk, or in memory where that is all there is.
    pub bytes_used: u64,
    /// What it may grow to; `None` where nobody knows.
    pub bytes_limit: Option<u64>,
    /// How long the last commits took; `None` before the first one.
    pub commits: Option<CommitLatency>,
}

/// Why the store did not do it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written: these guarded keys are not what was expected.
    #[error("the data has changed meanwhile")]
    Conflict { failed: Vec<Key> },
    /// Nothing was written; later it may work.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
    /// It may have been written: read again before telling anybody.
    #[error("it is not known whether the store wrote it: {0}")]
    Indeterminate(String),
    #[error("the store is full: {0}")]
    Full(String),
    /// An empty key means the files as a whole.
    #[error("{} is damaged: {what}", name_of(key))]
    Corrupt { key: Key, what: String },
    /// A limit was broken: a defect of the caller.
    #[error("{0}")]
    Invalid(&'static str),
    #[error("the store denied access: {0}")]
    Denied(String),
}

fn name_of(key: &[u8]) -> String {
    match key {
        [] => "the store".to_owned(),
        key => format!("the record {}", String::from_utf8_lossy(key).escape_default()),
    }
}

/// The engine under the data access layer.
pub trait Store: Send + Sync + 'static {
    fn get<'a>(&'a self, key: &'a [u8]) -> Fut<'a, Option<Entry>>;

    /// At most [`MAX_GET`] keys in one round trip, answers in the order of the keys.
    fn get_many<'a>(&'a self, keys: &'a [Key]) -> Fut<'a, Vec<Option<Entry>>>;

    /// Entries under `prefix`, ascending, behind `after`. At most [`MAX_PAGE`]. Not a snapshot.
    fn scan<'a>(&'a self, prefix: &'a [u8], after: Option<&'a [u8]>, limit: usize) -> Fut<'a, Page>;

    /// All or nothing. `Ok` means durable, and visible to every reader.
    fn commit(&self, txn: Txn) -> Fut<'_, Version>;

    /// Opens a watch; read what you care about after this, not before.
    fn watch(&self, prefix: &[u8]) -> Watch;

    fn health(&self) -> Fut<'_, Health>;
}
