//! Password hashing with argon2id, on threads of its own.
//!
//! One hash takes about 20 ms and 19 MiB. So a fixed number of threads computes them, each in
//! memory that it keeps and uses again: a storm of sign-ins makes a queue, never a larger process,
//! and a full queue says so at once. (Memory taken and given back for each hash is not returned to
//! the system by glibc: 500 sign-ins that way left 800 MB behind.)
//!
//! An unknown user costs exactly what a known one costs, so that time does not tell them apart.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fmt, io, iter, thread};

use argon2::password_hash::phc::{self, Output};
use argon2::{ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version};
use data_encoding::BASE64_NOPAD;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use crate::domain::id::Entropy;
use crate::domain::policy::Argon2Cost;
use crate::domain::secret::Password;

/// Bytes of salt. Source: RFC 9106 section 3.1.
const SALT_BYTES: usize = 16;
/// Bytes of the result. Source: RFC 9106 section 4.
const TAG_BYTES: usize = 32;

/// Nobody's salt: what an unknown user's password is hashed with.
const DECOY_SALT: [u8; SALT_BYTES] = *b"nobody's account";

/// A way to the hashing threads, which end when the last of its clones is dropped.
#[derive(Clone)]
pub struct Hasher {
    jobs: mpsc::Sender<Job>,
    threads: usize,
    /// Threads that compute at this moment.
    busy: Arc<AtomicUsize>,
    /// Passwords that were hashed since the start.
    done: Arc<AtomicU64>,
    entropy: Arc<dyn Entropy>,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Load {
    pub threads: usize,
    /// Threads that compute.
    pub busy: usize,
    /// Passwords that wait for a thread.
    pub waiting: usize,
    /// How many may wait.
    pub queue: usize,
    /// Passwords that were hashed since the start.
    pub done: u64,
}

/// What came of checking a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Checked {
    pub matches: bool,
    /// The password is right but was hashed more cheaply than one would now: hash it again. Never
    /// set without `matches`, so that a wrong password cannot take the place of the right one.
    pub outdated: bool,
}

/// A password as it is stored: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

/// Why there is no answer about a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    #[error("too many passwords are being checked, try again in a moment")]
    Busy,
    #[error("passwords cannot be checked at the moment")]
    Stopped,
}

impl Hasher {
    /// Starts `threads` threads; `queue` passwords may wait for them. At least one of each.
    pub fn start(threads: usize, queue: usize, entropy: Arc<dyn Entropy>) -> io::Result<Self> {
        let (mut hasher, inbox) = Self::with_inbox(queue, entropy);
        hasher.threads = threads.max(1);
        let inbox = Arc::new(inbox);
        for number in 0..hasher.threads {
            let inbox = Arc::clone(&inbox);
            thread::Builder::new().name(format!("argon2-{number}")).spawn(move || {
                let mut memory = Memory::new();
                inbox.serve(|job| memory.tag(&job.password, job.recipe));
            })?;
        }
        Ok(hasher)
    }

    fn with_inbox(queue: usize, entropy: Arc<dyn Entropy>) -> (Self, Inbox) {
        let (jobs, inbox) = mpsc::channel(queue.max(1));
        let busy = Arc::<AtomicUsize>::default();
        let done = Arc::<AtomicU64>::default();
        let inbox = Inbox { jobs: Mutex::new(inbox), busy: Arc::clone(&busy), done: Arc::clone(&done) };
        (Self { jobs, threads: 0, busy, done, entropy }, inbox)
    }

    /// Returns what to store for a password, with a salt that nobody else has.
    ///
    /// Errors: `Busy` at once if the queue is full.
    pub async fn hash(&self, password: Password, cost: Argon2Cost) -> Result<PasswordHash, HashError> {
        let mut salt = [0; SALT_BYTES];
        self.entropy.fill(&mut salt);
        let recipe = Recipe { cost, salt };
        let tag = self.tag(password, recipe).await?;
        Ok(PasswordHash::new(recipe, &tag))
    }

    /// Tells whether a password is the stored one.
    ///
    /// `None` stands for a user who is unknown or has no password: the same work is done, at the
    /// current `cost`, and nothing ever matches. So it goes with a stored hash that cannot be read,
    /// which is logged. Errors: `Busy` at once if the queue is full.
    pub async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
        cost: Argon2Cost,
    ) -> Result<Checked, HashError> {
        // Read here and not on the thread: the log line belongs to the caller's span.
        let known = stored.and_then(|stored| {
            let known = Known::read(&stored);
            if known.is_none() {
                tracing::error!("a stored password hash cannot be read; its user cannot sign in with it");
            }
            known
        });
        let recipe = known.as_ref().map_or(Recipe { cost, salt: DECOY_SALT }, |known| known.recipe);
        let tag = self.tag(password, recipe).await?;

        // `Output` compares in constant time.
        let matches = known.is_some_and(|known| known.tag == tag);
        Ok(Checked { matches, outdated: matches && !recipe.cost.is_at_least(cost) })
    }

    /// How many passwords wait for a thread.
    pub fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// How busy the threads are at this moment.
    pub fn load(&self) -> Load {
        Load {
            threads: self.threads,
            busy: self.busy.load(Ordering::Relaxed),
            waiting: self.waiting(),
            queue: self.jobs.max_capacity(),
            done: self.done.load(Ordering::Relaxed),
        }
    }

    async fn tag(&self, password: Password, recipe: Recipe) -> Result<Output, HashError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(Job { password, recipe, reply }).map_err(|error| match error {
            TrySendError::Full(_) => HashError::Busy,
            TrySendError::Closed(_) => HashError::Stopped,
        })?;
        answer.await.map_err(|_| HashError::Stopped)
    }
}

impl PasswordHash {
    fn new(Recipe { cost, salt }: Recipe, tag: &Output) -> Self {
        let Argon2Cost { memory, passes, lanes } = cost;
        let (salt, tag) = (BASE64_NOPAD.encode(&salt), BASE64_NOPAD.encode(tag.as_bytes()));
        Self(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${tag}"))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}

/// All that a tag depends on, besides the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Recipe {
    cost: Argon2Cost,
    salt: [u8; SALT_BYTES],
}

/// A stored hash, taken apart.
struct Known {
    recipe: Recipe,
    tag: Output,
}

impl Known {
    /// Accepts what [`PasswordHash::new`] writes and nothing else; above all, no cost that would
    /// stop the server when it is paid.
    fn read(stored: &PasswordHash) -> Option<Self> {
        let phc = phc::PasswordHash::new(&stored.0).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let cost = Argon2Cost { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() };
        let is_ours = phc.algorithm == ARGON2ID_IDENT
            && phc.version == Some(Version::V0x13.into())
            && params.keyid().is_empty()
            && params.data().is_empty();
        let salt = phc.salt?.as_ref().try_into().ok()?;
        let tag = phc.hash.filter(|tag| tag.len() == TAG_BYTES)?;
        (is_ours && Argon2Cost::CEILING.is_at_least(cost))
            .then_some(Self { recipe: Recipe { cost, salt }, tag })
    }
}

/// One tag that somebody waits for.
struct Job {
    password: Password,
    recipe: Recipe,
    reply: oneshot::Sender<Output>,
}

/// The threads' end of the queue.
struct Inbox {
    jobs: Mutex<mpsc::Receiver<Job>>,
    busy: Arc<AtomicUsize>,
    done: Arc<AtomicU64>,
}

impl Inbox {
    /// Answers jobs until the last [`Hasher`] is gone.
    fn serve(&self, mut tag: impl FnMut(&Job) -> Result<Output, Box<dyn Error>>) {
        while let Some(job) = self.next() {
            self.busy.fetch_add(1, Ordering::Relaxed);
            // A panic costs one answer and not the thread. The memory holds no state between jobs.
            let done = catch_unwind(AssertUnwindSafe(|| tag(&job)));
            self.busy.fetch_sub(1, Ordering::Relaxed);
            self.done.fetch_add(1, Ordering::Relaxed);
            match done {
                // Whoever asked may have gone meanwhile.
                Ok(Ok(tag)) => _ = job.reply.send(tag),
                Ok(Err(error)) => tracing::error!(%error, "a password could not be hashed"),
                Err(_) => tracing::error!("hashing a password panicked"),
            }
        }
    }

    /// Waits for the next job whose requester is still there. `None` when none can come any more.
    fn next(&self) -> Option<Job> {
        // Held while waiting: the other idle threads wait for the lock instead of the queue.
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        iter::from_fn(|| jobs.blocking_recv()).find(|job| !job.reply.is_closed())
    }
}

/// The blocks in which one thread computes. They grow to the most expensive hash seen, and stay.
struct Memory(Vec<Block>);

impl Memory {
    fn new() -> Self {
        let mut memory = Self(Vec::new());
        // Too little now shows again with the first job, which says so.
        _ = memory.grow_to(Argon2Cost::FLOOR.memory as usize);
        memory
    }

    fn tag(&mut self, password: &Password, Recipe { cost, salt }: Recipe) -> Result<Output, Box<dyn Error>> {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(TAG_BYTES))?;
        self.grow_to(params.block_count())?;
        let mut tag = [0; TAG_BYTES];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
            password.expose().as_bytes(),
            &salt,
            &mut tag,
            &mut self.0,
        )?;
        Ok(Output::new(&tag)?)
    }

    fn grow_to(&mut self, blocks: usize) -> Result<(), argon2::Error> {
        let missing = blocks.saturating_sub(self.0.len());
        self.0.try_reserve_exact(missing).map_err(|_| argon2::Error::OutOfMemory)?;
        self.0.resize(self.0.len() + missing, Block::new());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::pin::{Pin, pin};
    use std::sync::atomic::AtomicU8;
    use std::task::{Context, Poll, Waker};

    use argon2::PasswordHasher;

    use super::*;

    const CHEAP: Argon2Cost = Argon2Cost::FLOOR;
    const DEAR: Argon2Cost = Argon2Cost { memory: 20_011, passes: 3, lanes: 2 };

    /// Fills a salt with 1, the next one with 2, ...
    struct Numbered(AtomicU8);

    impl Entropy for Numbered {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn entropy() -> Arc<dyn Entropy> {
        Arc::new(Numbered(1.into()))
    }

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    fn by_the_book(text: &str, salt: &[u8], cost: Argon2Cost) -> String {
        let params = Params::new(cost.memory, cost.passes, cost.lanes, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_with_salt(text.as_bytes(), salt).unwrap().to_string()
    }

    #[tokio::test]
    async fn a_hash_is_what_the_library_makes_in_one_piece() {
        let hasher = Hasher::start(1, 4, entropy()).unwrap();
        // One thread, so that each hash is made in the memory that the one before left dirty.
        for (salt, cost) in [(1, CHEAP), (2, DEAR), (3, CHEAP)] {
            let hash = hasher.hash(password("s\u{e9}same ouvre-toi"), cost).await.unwrap();
            assert_eq!(hash.0, by_the_book("s\u{e9}same ouvre-toi", &[salt; 16], cost));
        }
    }

    #[tokio::test]
    async fn only_the_password_that_was_hashed_matches() {
        let hasher = Hasher::start(2, 4, entropy()).unwrap();
        let hash = hasher.hash(password("right"), CHEAP).await.unwrap();
        for (text, matches) in [("right", true), ("wrong", false), ("right ", false), ("Right", false)] {
            let checked = hasher.verify(password(text), Some(hash.clone()), CHEAP).await.unwrap();
            assert_eq!(checked, Checked { matches, outdated: false }, "{text}");
        }
        let again = hasher.hash(password("right"), CHEAP).await.unwrap();
        assert_ne!(hash.0, again.0, "two users with one password have different hashes");
    }

    #[tokio::test]
    async fn a_hash_cheaper_than_now_is_outdated_and_a_dearer_one_is_not() {
        let hasher = Hasher::start(1, 4, entropy()).unwrap();
        let cheap = hasher.hash(password("right"), CHEAP).await.unwrap();
        let dear = hasher.hash(password("right"), DEAR).await.unwrap();
        let check = async |text, hash: &PasswordHash, cost| {
            let checked = hasher.verify(password(text), Some(hash.clone()), cost).await.unwrap();
            (checked.matches, checked.outdated)
        };
        assert_eq!(check("right", &cheap, DEAR).await, (true, true));
        assert_eq!(check("right", &dear, CHEAP).await, (true, false));
        assert_eq!(check("right", &dear, DEAR).await, (true, false));
        assert_eq!(check("wrong", &cheap, DEAR).await, (false, false), "a wrong one is never hashed again");
    }

    #[tokio::test]
    async fn an_unknown_user_never_matches() {
        let hasher = Hasher::start(1, 4, entropy()).unwrap();
        let checked = hasher.verify(password("anything"), None, CHEAP).await.unwrap();
        assert_eq!(checked, Checked { matches: false, outdated: false });
    }

    #[test]
    fn an_unknown_user_costs_what_a_known_one_would_cost_now() {
        let (hasher, inbox) = Hasher::with_inbox(1, entropy());
        for cost in [CHEAP, DEAR] {
            let mut verify = pin!(hasher.verify(password("x"), None, cost));
            assert!(poll(verify.as_mut()).is_pending());
            assert_eq!(inbox.next().unwrap().recipe, Recipe { cost, salt: DECOY_SALT });
        }
    }

    #[test]
    fn a_stored_hash_that_cannot_be_read_is_treated_like_none() {
        let (hasher, inbox) = Hasher::with_inbox(1, entropy());
        let salt = "AQEBAQEBAQEBAQEBAQEBAQ";
        let tag = BASE64_NOPAD.encode(&[7; 32]);
        let good = format!("$argon2id$v=19$m=19456,t=2,p=1${salt}${tag}");
        assert!(Known::read(&PasswordHash(good.clone())).is_some());

        let bad = [
            String::new(),
            "hunter2".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234".to_owned(),
            good.replace("argon2id", "argon2i"),
            good.replace("v=19", "v=16"),
            good.replace("$v=19", ""),
            good.replace("m=19456", "m=1048577"),
            good.replace("m=19456", "m=4294967296"),
            good.replace("m=19456", "m=7"),
            good.replace("t=2", "t=17"),
            good.replace("t=2", "t=0"),
            good.replace("p=1", "p=17"),
            good.replace("p=1", "p=1,data=AAAA"),
            good.replace(salt, "AQEBAQEBAQEBAQEB"),
            good.replace(&tag, &BASE64_NOPAD.encode(&[7; 31])),
            good.replace(&tag, ""),
            good.replace(&format!("${tag}"), ""),
            format!("{good}$"),
            format!("{good}="),
        ];
        for text in bad {
            let mut verify = pin!(hasher.verify(password("x"), Some(PasswordHash(text.clone())), CHEAP));
            assert!(poll(verify.as_mut()).is_pending());
            let job = inbox.next().unwrap();
            assert_eq!(job.recipe, Recipe { cost: CHEAP, salt: DECOY_SALT }, "{text}");
            // Even the one tag that the text may hold does not match.
            job.reply.send(Output::new(&[7; 32]).unwrap()).unwrap();
            assert_eq!(poll(verify), Poll::Ready(Ok(Checked { matches: false, outdated: false })), "{text}");
        }
    }

    #[test]
    fn a_full_queue_says_so_at_once() {
        let (hasher, inbox) = Hasher::with_inbox(1, entropy());
        let mut first = pin!(hasher.hash(password("first"), CHEAP));
        assert!(poll(first.as_mut()).is_pending());
        assert_eq!(hasher.load(), Load { threads: 0, busy: 0, waiting: 1, queue: 1, done: 0 });

        let refused = poll(pin!(hasher.hash(password("second"), CHEAP)));
        assert!(matches!(refused, Poll::Ready(Err(HashError::Busy))));
        let refused = poll(pin!(hasher.verify(password("second"), None, CHEAP)));
        assert!(matches!(refused, Poll::Ready(Err(HashError::Busy))));

        drop(inbox.next().unwrap());
        assert_eq!(hasher.waiting(), 0);
        assert!(poll(pin!(hasher.hash(password("third"), CHEAP))).is_pending());
    }

    #[test]
    fn nothing_is_computed_for_those_who_have_gone() {
        let (hasher, inbox) = Hasher::with_inbox(2, entropy());
        let mut stays = pin!(hasher.hash(password("stays"), CHEAP));
        {
            let mut goes = pin!(hasher.hash(password("goes"), CHEAP));
            assert!(poll(goes.as_mut()).is_pending());
            assert!(poll(stays.as_mut()).is_pending());
        }
        assert_eq!(inbox.next().unwrap().password.expose(), "stays");
    }

    #[test]
    fn a_panic_costs_one_answer_and_not_the_thread() {
        let (hasher, inbox) = Hasher::with_inbox(3, entropy());
        let mut memory = Memory::new();
        let thread = thread::spawn(move || {
            inbox.serve(|job| match job.password.expose() {
                "panics" => panic!("on purpose"),
                "fails" => Err(argon2::Error::OutOfMemory.into()),
                _ => memory.tag(&job.password, job.recipe),
            });
        });
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let hash = |text| runtime.block_on(hasher.hash(password(text), CHEAP));
        assert!(matches!(hash("panics"), Err(HashError::Stopped)));
        assert!(matches!(hash("fails"), Err(HashError::Stopped)));
        assert!(hash("works").is_ok());

        drop(hasher);
        thread.join().expect("the thread ends with the last hasher");
    }

    #[test]
    fn without_threads_there_is_no_answer() {
        let (hasher, inbox) = Hasher::with_inbox(1, entropy());
        drop(inbox);
        let answer = poll(pin!(hasher.hash(password("x"), CHEAP)));
        assert!(matches!(answer, Poll::Ready(Err(HashError::Stopped))));
    }

    #[tokio::test]
    async fn a_hash_is_stored_as_its_text_and_never_printed() {
        let hasher = Hasher::start(1, 1, entropy()).unwrap();
        let hash = hasher.hash(password("right"), CHEAP).await.unwrap();
        assert_eq!(format!("{hash:?}"), "PasswordHash([redacted])");
        let stored = serde_json::to_string(&hash).unwrap();
        assert!(stored.starts_with("\"$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let read = serde_json::from_str(&stored).unwrap();
        assert!(hasher.verify(password("right"), Some(read), CHEAP).await.unwrap().matches);
    }
}
