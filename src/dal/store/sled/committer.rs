//! The one thread that writes.
//!
//! One writer makes three things simple. Guards are checked with plain reads, for nobody can change
//! a record between the check and the write: sled's transaction closures, which hold a lock over the
//! whole process, are not needed. Whoever waits shares one flush with everybody who came meanwhile.
//! And watchers see the writes in the order in which they happened.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use ::sled::{Batch, Db, Tree};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::super::latency::Latencies;
use super::super::{Seen, Settled, StoreError, Txn, Version};
use super::{caught, read, stored, writing};

/// Transactions that share a flush: enough for the flush not to be what limits, and a failed one
/// leaves this many callers in doubt.
const BATCH: usize = 256;

/// Transactions that wait in line; further callers wait for room.
const QUEUE: usize = 1024;

/// The way to the thread. Dropping it writes what is in line, then ends the thread.
pub(super) struct Committer {
    // Before the thread, so that the line is closed by the time the thread is waited for.
    jobs: mpsc::Sender<Job>,
    _thread: Joined,
}

struct Job {
    txn: Txn,
    /// When it came.
    since: Instant,
    reply: oneshot::Sender<Result<Version, StoreError>>,
}

impl Committer {
    pub(super) fn start(writer: Writer) -> io::Result<Self> {
        let (jobs, line) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new().name("committer".to_owned()).spawn(move || writer.run(line))?;
        Ok(Self { jobs, _thread: Joined(Some(thread)) })
    }

    /// The version that `txn`, which is valid, was written under, once it is durable.
    ///
    /// Once it stands in line it is written, whether or not somebody still waits for the answer.
    pub(super) async fn commit(&self, txn: Txn) -> Result<Version, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job { txn, since: Instant::now(), reply }).await.map_err(|_| read_only())?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Indeterminate("the committer has ended".to_owned())))
    }

    /// False from the first failed write on.
    pub(super) fn is_running(&self) -> bool {
        !self.jobs.is_closed()
    }
}

fn read_only() -> StoreError {
    StoreError::Unavailable("a write has failed, it is read-only until it is restarted".to_owned())
}

struct Joined(Option<JoinHandle<()>>);

impl Drop for Joined {
    fn drop(&mut self) {
        // A panic has been reported where it happened.
        let _ = self.0.take().map(JoinHandle::join);
    }
}

/// What the thread works with.
pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) tree: Tree,
    /// sled's data file, for the sync that sled leaves out.
    pub(super) disk: File,
    /// Where sled puts what is too big for it.
    pub(super) blobs: PathBuf,
    pub(super) events: broadcast::Sender<Seen>,
    pub(super) latencies: Arc<Latencies>,
}

/// What became of one transaction of a batch.
enum Outcome {
    Written(Version),
    WrittenBefore(Version),
    Refused(StoreError),
}

impl Writer {
    fn run(self, mut line: mpsc::Receiver<Job>) {
        let mut batch = Vec::with_capacity(BATCH);
        while line.blocking_recv_many(&mut batch, BATCH) > 0 {
            match caught(|| self.write(&batch)) {
                Ok(outcomes) => self.answer(batch.drain(..).zip(outcomes)),
                Err(error) => return self.give_up(&error, batch, line),
            }
        }
    }

    /// Writes what can be written and returns when it is durable. An error means that sled failed,
    /// which leaves the whole batch in doubt.
    fn write(&self, batch: &[Job]) -> ::sled::Result<Vec<Outcome>> {
        let outcomes = batch.iter().map(|job| self.apply(&job.txn)).collect::<::sled::Result<_>>()?;
        self.db.flush()?;
        // On Linux a flush of sled hands the pages to the disk, but leaves them in the disk's cache.
        self.disk.sync_data()?;
        sync_files(&self.blobs)?;
        Ok(outcomes)
    }

    /// The next transaction of a batch sees this one; so do readers, a moment before it is durable.
    fn apply(&self, txn: &Txn) -> ::sled::Result<Outcome> {
        match txn.settle(|key| Ok(read(&self.tree, key)?.map(|entry| entry.version))) {
            Ok(Settled::Now) => {}
            Ok(Settled::Before(version)) => return Ok(Outcome::WrittenBefore(version)),
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        }
        // Never given twice, not even after a crash: sled skips ahead when it recovers.
        let version = Version(self.db.generate_id()? + 1);
        let mut writes = Batch::default();
        for (key, value) in &txn.puts {
            writes.insert(key.as_slice(), stored(version, value));
        }
        for key in &txn.deletes {
            writes.remove(key.as_slice());
        }
        // All or nothing also after a crash: it writes the same manifest to the log as a transaction.
        self.tree.apply_batch(writes)?;
        Ok(Outcome::Written(version))
    }

    fn answer(&self, batch: impl Iterator<Item = (Job, Outcome)>) {
        for (Job { txn, since, reply }, outcome) in batch {
            let answer = match outcome {
                Outcome::Written(version) => {
                    self.latencies.add(since.elapsed());
                    // Fails if nobody is watching, which is fine.
                    txn.into_seen(version).for_each(|seen| drop(self.events.send(seen)));
                    Ok(version)
                }
                Outcome::WrittenBefore(version) => Ok(version),
                Outcome::Refused(refusal) => Err(refusal),
            };
            // Fails if the caller has gone away, which does not undo the write.
            let _ = reply.send(answer);
        }
    }

    /// Ends writing for good: after a failed write sled fails all others until it is opened again.
    fn give_up(&self, error: &::sled::Error, batch: Vec<Job>, mut line: mpsc::Receiver<Job>) {
        tracing::error!(%error, "the store cannot write and is read-only until it is restarted");
        // Some of the batch may be there for readers, and gone after a restart.
        let _ = self.events.send(Seen::Resync);
        line.close();
        for job in batch {
            let _ = job.reply.send(Err(writing(error)));
        }
        while let Some(job) = line.blocking_recv() {
            let _ = job.reply.send(Err(read_only()));
        }
    }
}

/// Syncs every file in `folder`, of which there are none while records are small.
///
/// sled puts pages of more than 128 KiB into files of their own, and never syncs those.
fn sync_files(folder: &Path) -> io::Result<()> {
    let mut found = false;
    for file in folder.read_dir()? {
        found = true;
        match File::open(file?.path()).and_then(|file| file.sync_all()) {
            // sled has just removed it: nothing refers to it any more.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            synced => synced?,
        }
    }
    if found { File::open(folder)?.sync_all() } else { Ok(()) }
}
