//! The default engine: sled 0.34, in a folder that one process holds.
//!
//! Readers go to sled from where they are; everything that writes goes through the one thread of
//! [`committer`]. Three calls of sled are never made, because they hang for good once several tasks
//! make them: `flush_async` (sled issue 1308), `watch_prefix` (a slow subscriber stops the writers),
//! and anything but the given handle inside a transaction closure. On damaged files sled panics
//! where others return errors: each call into it goes through [`caught`].

mod committer;

use std::any::Any;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use ::sled::{Config, Db, IVec, Mode, Tree};
use tokio::sync::broadcast;

use self::committer::Committer;
use super::latency::Latencies;
use super::{
    Entry, Fut, Health, Key, Page, Seen, Store, StoreError, Txn, Version, WATCH_BACKLOG, Watch, check_get,
};

/// The tree that holds all records. That it exists says that the folder was set up: one in which sled
/// finds nothing, as after its file was cut short, has files but not this tree.
const TREE: &str = "passholder";

/// How often sled tidies up its file, and syncs it once more. Nobody waits for it: the committer flushes
/// every batch. Each time costs an fsync, also while nobody does anything.
const FLUSH_EVERY_MS: u64 = 5_000;

/// Pages up to here are read in place: some ten microseconds, and less than handing them over costs.
const READ_IN_PLACE: usize = 200;

/// For how long a dropped store waits until the folder may be opened again. It takes microseconds.
const RELEASE: Duration = Duration::from_secs(2);

/// A store in a folder.
///
/// The order of the fields is the order in which they end: writing, then sled, then the lock.
pub struct SledStore {
    committer: Committer,
    events: broadcast::Sender<Seen>,
    latencies: Arc<Latencies>,
    folder: PathBuf,
    tree: Tree,
    db: Db,
    _lock: Lock,
}

impl SledStore {
    /// Opens the store in `path`, or sets one up there; it keeps about `cache_bytes` in memory.
    ///
    /// Blocks while sled recovers: milliseconds, longer after a crash. Errors: `Denied` if another
    /// process has it open, `Corrupt` if there are files but sled cannot make sense of them.
    pub fn open(path: &Path, cache_bytes: u64) -> Result<Self, StoreError> {
        let config = Config::new()
            .path(path)
            .cache_capacity(cache_bytes)
            .mode(Mode::LowSpace)
            .flush_every_ms(Some(FLUSH_EVERY_MS))
            .use_compression(false);
        let set_up = path.join("conf").exists() || path.join("db").exists();
        let db = caught(|| config.open()).map_err(opening)?;
        if set_up && !db.tree_names().iter().any(|name| *name == TREE) {
            return Err(damaged(
                "its files are there, but hold no data: restore a backup, or empty the folder",
            ));
        }
        let tree = caught(|| db.open_tree(TREE)).map_err(opening)?;
        let disk = caught(|| db.flush().and_then(|_| Ok(settle_files(path)?))).map_err(opening)?;
        Self::start(db, tree, disk, path)
    }

    /// `disk` is the file that is synced to make commits durable.
    fn start(db: Db, tree: Tree, disk: File, path: &Path) -> Result<Self, StoreError> {
        let io = |error: std::io::Error| opening(error.into());
        let lock = Lock(disk.try_clone().map_err(io)?);
        let events = broadcast::Sender::new(WATCH_BACKLOG);
        let latencies = Arc::<Latencies>::default();
        let writer = committer::Writer {
            db: db.clone(),
            tree: tree.clone(),
            disk,
            blobs: path.join("blobs"),
            events: events.clone(),
            latencies: Arc::clone(&latencies),
        };
        let committer = Committer::start(writer).map_err(io)?;
        Ok(Self { committer, events, latencies, folder: path.to_owned(), tree, db, _lock: lock })
    }
}

/// The data file, once it and the folders that lead to it are on the disk.
fn settle_files(path: &Path) -> std::io::Result<File> {
    let disk = File::open(path.join("db"))?;
    for file in [&disk, &File::open(path)?, &File::open(path.join(".."))?] {
        file.sync_all()?;
    }
    Ok(disk)
}

impl Store for SledStore {
    fn get<'a>(&'a self, key: &'a [u8]) -> Fut<'a, Option<Entry>> {
        Box::pin(async move { read(&self.tree, key) })
    }

    fn get_many<'a>(&'a self, keys: &'a [Key]) -> Fut<'a, Vec<Option<Entry>>> {
        Box::pin(async move {
            check_get(keys)?;
            keys.iter().map(|key| read(&self.tree, key)).collect()
        })
    }

    fn scan<'a>(&'a self, prefix: &'a [u8], after: Option<&'a [u8]>, limit: usize) -> Fut<'a, Page> {
        Box::pin(async move {
            if limit <= READ_IN_PLACE {
                return read_page(&self.tree, prefix, after, limit);
            }
            let (tree, prefix, after) = (self.tree.clone(), prefix.to_vec(), after.map(<[u8]>::to_vec));
            tokio::task::spawn_blocking(move || read_page(&tree, &prefix, after.as_deref(), limit))
                .await
                .unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
        })
    }

    fn commit(&self, txn: Txn) -> Fut<'_, Version> {
        Box::pin(async move {
            txn.validate()?;
            self.committer.commit(txn).await
        })
    }

    fn watch(&self, prefix: &[u8]) -> Watch {
        Watch { prefix: prefix.to_vec(), receiver: self.events.subscribe() }
    }

    fn health(&self) -> Fut<'_, Health> {
        Box::pin(async move {
            let bytes_used = caught(|| self.db.size_on_disk()).map_err(opening)?;
            Ok(Health {
                backend: "sled",
                writable: self.committer.is_running(),
                bytes_used,
                bytes_limit: free(&self.folder).map(|free| bytes_used.saturating_add(free)),
                commits: self.latencies.latest(),
            })
        })
    }
}

/// Bytes of the disk that are still free for us.
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// What is there now, perhaps a moment before it is durable. Whoever wrote it has no answer before that.
fn read(tree: &Tree, key: &[u8]) -> Result<Option<Entry>, StoreError> {
    let found = caught(|| tree.get(key)).map_err(|error| reading(key, error))?;
    found.map(|stored| entry(key, &stored)).transpose()
}

fn read_page(tree: &Tree, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Page, StoreError> {
    let mut stored = tree.range::<&[u8], _>((Page::start(prefix, after), Bound::Unbounded));
    let entries = std::iter::from_fn(|| caught(|| stored.next().transpose()).transpose()).map(|next| {
        let (key, stored) = next.map_err(|error| reading(prefix, error))?;
        entry(&key, &stored)
    });
    Page::read(prefix, limit, entries)
}

/// A stored value: its version, big-endian, then what was put.
fn stored(version: Version, value: &[u8]) -> IVec {
    [version.0.to_be_bytes().as_slice(), value].concat().into()
}

fn entry(key: &[u8], stored: &[u8]) -> Result<Entry, StoreError> {
    match stored.split_first_chunk() {
        Some((version, value)) => Ok(Entry {
            key: key.to_vec(),
            value: value.to_vec(),
            version: Version(u64::from_be_bytes(*version)),
        }),
        None => Err(StoreError::Corrupt { key: key.to_vec(), what: "it has no version".to_owned() }),
    }
}

/// Calls into sled; a panic in there becomes an error like any other.
fn caught<T>(call: impl FnOnce() -> ::sled::Result<T>) -> ::sled::Result<T> {
    // Nothing of ours is left half done by the calls that are made through here.
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|panic| Err(::sled::Error::ReportableBug(words_of(panic.as_ref()))))
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref().copied()).unwrap_or("sled panicked").to_owned()
}

/// What it means that sled could not be opened.
fn opening(error: ::sled::Error) -> StoreError {
    match error {
        // sled says it in words only; they are those of the last 0.34 there will be.
        ::sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock") => {
            StoreError::Denied("the store is in use by another process".to_owned())
        }
        ::sled::Error::Io(error) => match error.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                StoreError::Denied(error.to_string())
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreError::Full(error.to_string()),
            // A file that ends too early is as damaged as one with the wrong bytes.
            ErrorKind::UnexpectedEof | ErrorKind::InvalidData => damaged(&error.to_string()),
            _ => StoreError::Unavailable(error.to_string()),
        },
        ::sled::Error::Unsupported(why) => StoreError::Unavailable(why),
        ::sled::Error::ReportableBug(why) => damaged(&why),
        error => damaged(&error.to_string()),
    }
}

/// What it means that sled could not read what is, or would be, at `key`.
fn reading(key: &[u8], error: ::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(error) => StoreError::Unavailable(error.to_string()),
        error => StoreError::Corrupt { key: key.to_vec(), what: error.to_string() },
    }
}

/// What it means that sled could not write. Some of it may have reached the disk all the same.
fn writing(error: &::sled::Error) -> StoreError {
    match error {
        ::sled::Error::Io(error)
            if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) =>
        {
            StoreError::Full(error.to_string())
        }
        error => StoreError::Indeterminate(error.to_string()),
    }
}

fn damaged(what: &str) -> StoreError {
    StoreError::Corrupt { key: Vec::new(), what: what.to_owned() }
}

/// Holds the end of the store back until the folder can be opened again.
///
/// sled's own threads, and scans that nobody waits for any more, keep its file for a moment longer
/// than the last handle lives. The lock on it tells when they are done.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let start = Instant::now();
        while matches!(self.0.try_lock(), Err(TryLockError::WouldBlock)) && start.elapsed() < RELEASE {
            thread::sleep(Duration::from_micros(100));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;

    use super::super::{Expect, MAX_PAGE, MAX_VALUE};
    use super::*;

    const CACHE: u64 = 16 << 20;

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("store");
        (parent, path)
    }

    fn open(path: &Path) -> Result<SledStore, StoreError> {
        SledStore::open(path, CACHE)
    }

    async fn put(store: &SledStore, key: &str, value: &[u8]) -> Version {
        store.commit(Txn::new().put(key.into(), value.to_vec())).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_answered_is_there_after_reopening() {
        let (_parent, path) = folder();
        let (mut last, mut written) = (Version(0), Vec::new());
        for round in 0..4 {
            let store = open(&path).unwrap();
            assert_eq!(store.scan(b"k", None, MAX_PAGE).await.unwrap().entries, written);
            for n in 0..5 {
                let key = format!("k{round}{n}");
                let version = put(&store, &key, &[n]).await;
                assert!(version > last, "{version:?} after {last:?}");
                last = version;
                written.push(Entry { key: key.into(), value: vec![n], version });
            }
        }
    }

    #[tokio::test]
    async fn records_too_big_for_one_page_are_there_after_reopening() {
        let (_parent, path) = folder();
        let store = open(&path).unwrap();
        for n in 0..40 {
            put(&store, &format!("k{n:02}"), &vec![n; MAX_VALUE]).await;
        }
        assert!(path.join("blobs").read_dir().unwrap().next().is_some(), "sled puts them elsewhere");
        drop(store);
        let entries = open(&path).unwrap().scan(b"k", None, 100).await.unwrap().entries;
        assert!((0..40).eq(entries.iter().map(|entry| entry.value[0])));
    }

    #[tokio::test]
    async fn a_second_opener_is_denied() {
        let (_parent, path) = folder();
        let store = open(&path).unwrap();
        let denied = open(&path).err();
        assert!(
            matches!(&denied, Some(StoreError::Denied(why)) if why == "the store is in use by another process"),
            "{denied:?}"
        );
        put(&store, "k", b"the first one goes on").await;
        drop(store);
        assert!(open(&path).is_ok());
    }

    #[tokio::test]
    async fn a_dropped_store_can_be_opened_again_at_once() {
        let (_parent, path) = folder();
        for round in 0..20_u8 {
            let store = open(&path).unwrap();
            put(&store, "k", &[round]).await;
            // A scan that is under way, and that nobody waits for.
            let mut scan = store.scan(b"", None, MAX_PAGE);
            let _ = poll_once(&mut scan).await;
            drop(scan);
        }
    }

    /// Polls once.
    async fn poll_once<T>(future: &mut Fut<'_, T>) -> bool {
        std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context).is_ready())).await
    }

    #[tokio::test]
    async fn a_folder_whose_data_is_gone_does_not_open_empty() {
        let (_parent, path) = folder();
        let store = open(&path).unwrap();
        for n in 0..20 {
            put(&store, &format!("k{n}"), &vec![n; 60_000]).await;
        }
        drop(store);
        for file in fs::read_dir(&path).unwrap().map(|file| file.unwrap().path()) {
            if file.file_name().unwrap().to_string_lossy().starts_with("snap.") {
                fs::remove_file(file).unwrap();
            }
        }
        let db = fs::OpenOptions::new().write(true).open(path.join("db")).unwrap();
        for len in [db.metadata().unwrap().len() / 2, 0] {
            db.set_len(len).unwrap();
            // Twice: the first attempt leaves traces that must not look like a store to the second.
            for _ in 0..2 {
                assert!(!opens_empty(&path).await, "cut to {len}");
            }
        }
        fs::remove_file(path.join("db")).unwrap();
        assert!(!opens_empty(&path).await, "removed");
    }

    async fn opens_empty(path: &Path) -> bool {
        match open(path) {
            Ok(store) => store.scan(b"", None, 1).await.unwrap().entries.is_empty(),
            Err(StoreError::Corrupt { .. }) => false,
            Err(error) => panic!("{error:?}"),
        }
    }

    #[tokio::test]
    async fn damaged_files_are_an_error_and_no_panic() {
        let (_parent, path) = folder();
        let store = open(&path).unwrap();
        put(&store, "k", b"value").await;
        drop(store);
        let len = usize::try_from(fs::metadata(path.join("db")).unwrap().len()).unwrap();
        let noise: Vec<u8> =
            (0..len).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
        for garbage in [noise, vec![0; len], vec![0xff; len], vec![b'x'; len], b"not a database".to_vec()] {
            fs::write(path.join("db"), &garbage).unwrap();
            let refused = open(&path).err();
            assert!(matches!(refused, Some(StoreError::Corrupt { .. })), "{refused:?}");
        }
    }

    /// Concurrent flushes are what sled hangs on, with most certainty under many tasks.
    #[test]
    fn many_committers_and_readers_finish() {
        let (_parent, path) = folder();
        let store = Arc::new(open(&path).unwrap());
        let (done, finished) = mpsc::channel();
        // On a thread that can be left behind: a runtime whose workers hang cannot be shut down.
        thread::spawn(move || {
            tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap().block_on(async {
                let mut tasks = tokio::task::JoinSet::new();
                for task in 0..200 {
                    let store = store.clone();
                    tasks.spawn(async move {
                        for n in 0..5 {
                            let key: Key = format!("k{task}/{n}").into();
                            let txn =
                                Txn::new().guard(key.clone(), Expect::Absent).put(key.clone(), vec![0; 300]);
                            let version = store.commit(txn).await.unwrap();
                            assert_eq!(store.get(&key).await.unwrap().unwrap().version, version);
                            let limit = if task % 10 == 0 { MAX_PAGE } else { 50 };
                            store.scan(b"k", None, limit).await.unwrap();
                        }
                    });
                }
                tasks.join_all().await;
            });
            done.send(()).unwrap();
        });
        assert_eq!(finished.recv_timeout(Duration::from_mins(1)), Ok(()), "it hangs, or a task failed");
    }

    #[test]
    fn a_value_without_a_version_is_damaged() {
        assert!(matches!(entry(b"k", b"1234567"), Err(StoreError::Corrupt { key, .. }) if key == b"k"));
        let whole = entry(b"k", &stored(Version(7), b"")).unwrap();
        assert_eq!((whole.version, whole.value), (Version(7), vec![]));
    }

    #[tokio::test]
    async fn a_failed_write_makes_it_read_only() {
        let (_parent, path) = folder();
        let store = open(&path).unwrap();
        put(&store, "k", b"before").await;
        let (db, tree) = (store.db.clone(), store.tree.clone());
        // The one file that can be opened everywhere, and that nobody can sync.
        let store = SledStore::start(db, tree, File::open("/dev/null").unwrap(), &path).unwrap();
        let mut watch = store.watch(b"elsewhere");

        let doubtful = store.commit(Txn::new().put(b"k".to_vec(), vec![])).await;
        assert!(matches!(doubtful, Err(StoreError::Indeterminate(_))), "{doubtful:?}");
        assert_eq!(watch.next().await, Some(Seen::Resync));
        let refused = store.commit(Txn::new().put(b"k".to_vec(), vec![])).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        assert!(!store.health().await.unwrap().writable);
        assert!(store.get(b"k").await.unwrap().is_some());
    }
}
