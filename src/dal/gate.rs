//! The gate: login -> [`Session`] -> verify -> [`Verified`] -> require -> commit.
//!
//! The only file that holds the store, with [`session`] and [`verified`] inside it. The doors without a proof are here, all
//! of them: [`Dal::login`], [`Dal::login_with_code`], [`Dal::set_up`], [`Dal::recover`], [`Dal::close_what_a_crash_left`],
//! [`Dal::complete_lists`], [`Dal::examine`], [`Dal::sweep`], [`Dal::keep_sweeping`],
//! [`Dal::purge_expired_invites`], [`Dal::unseal_with`], [`Dal::holds_seeds`], [`Session::end`] and [`Session::unlock`]; for strangers
//! [`Dal::may_sign_up`], [`Dal::redeem`] and [`Dal::sign_up`]. What [`Dal::read_policy`] reads stays inside.
//! A [`Playground`] is filled without a proof, and holds nobody's data.

mod bells;
mod session;
mod verified;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Once, OnceLock, PoisonError, RwLock};

use crate::auth::generate;
use crate::auth::password::Hasher;
use crate::auth::sealing::SealingKey;
use crate::auth::strength::{self, Strength};
use crate::domain::door::Door;
use crate::domain::event::{Actor, Target, What};
use crate::domain::id::{Entropy, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::policy::{Base, Policy};
use crate::domain::role::RoleName;
use crate::domain::secret::{Password, Secret};
use crate::domain::session::Visitor;
use crate::domain::time::{Clock, Timestamp};

use super::change::{Change, add_user, put_roster, with_event};
use super::fsck::{self, Findings};
use super::index;
use super::invites::{self, Invited};
use super::live::Live;
use super::locks::SourceWatch;
use super::login::{self, Attempt, HalfProven};
use super::overview::SignIns;
use super::policy::in_force::InForce;
use super::records::{Book, Format, PasswordRecord, UserRecord};
use super::recover::{self, Recovered, Recovery};
use super::second_factor::stored as factor;
use super::second_factor::turns::Turns;
use super::sessions::ending;
use super::sign_up::{self, Application, SignUpError};
use super::store::{Entry, Expect, Health, MemoryStore, SledStore, Store, StoreError, Txn, encode, keys};
use super::sweeper::{self, Round};
use super::{DalError, LoginError};

use bells::Bells;
pub use session::Session;
pub use verified::Verified;
pub(super) use verified::{Granted, Landed, MAX_ROLES, TRIES};

/// Where the data lives.
pub enum Engine {
    /// In memory: gone with the process. For tests and trials.
    Memory,
    /// In a folder, through sled.
    Sled { folder: PathBuf, cache_bytes: u64 },
}

/// What the gate needs from outside.
pub struct Parts {
    pub hasher: Hasher,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub policy: Policy,
}

/// The data access layer. Cheap to clone.
#[derive(Clone)]
pub struct Dal(Arc<Vault>);

/// A store of its own, in memory, for people who do not exist. What fills it asks for no proof, and
/// cannot reach anybody's data: no engine can be named here, and no [`Dal`] becomes one.
pub struct Playground(Dal);

impl Playground {
    /// Opens an empty one. Needs a running tokio runtime.
    pub fn open(parts: Parts) -> Result<Self, OpenError> {
        Dal::open(Engine::Memory, parts).map(Self)
    }

    /// The gate to it: from here on it is a store like any other.
    pub fn dal(&self) -> &Dal {
        &self.0
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.0.0
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.0.0.store
    }
}

/// What stands behind the gate. Its store is handed out by [`Verified::require`] only.
pub(super) struct Vault {
    store: Arc<dyn Store>,
    pub(super) hasher: Hasher,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) live: Live,
    pub(super) sign_ins: SignIns,
    pub(super) sources: SourceWatch,
    /// Failures are counted one after another: none is missing, however many come at once.
    pub(super) turnstile: tokio::sync::Mutex<()>,
    /// Codes of an account are looked at one after another.
    pub(super) codes: Turns,
    /// What seeds are sealed with, once that is known.
    sealing: OnceLock<SealingKey>,
    /// Whether it was said that it does not open somebody's seed.
    pub(super) unreadable: Once,
    /// Whether the store outlives the process: then so must that key.
    is_kept: bool,
    pub(super) door: Door,
    pub(super) started: Timestamp,
    /// What the machine is called, which everybody knows who signs in.
    host: OnceLock<String>,
    /// The rules in force.
    rules: Arc<InForce>,
    /// As it was last read: every check needs it, and it hardly ever changes.
    book: RwLock<Book>,
}

impl Dal {
    /// Opens the store and starts listening to it. Needs a running tokio runtime.
    pub fn open(engine: Engine, parts: Parts) -> Result<Self, OpenError> {
        let is_kept = matches!(engine, Engine::Sled { .. });
        let store: Arc<dyn Store> = match engine {
            Engine::Memory => Arc::new(MemoryStore::new()),
            Engine::Sled { folder, cache_bytes } => {
                Arc::new(SledStore::open(&folder, cache_bytes).map_err(OpenError)?)
            }
        };
        let live = Live::new(Arc::clone(&parts.clock));
        let rules = Arc::new(InForce::new(parts.policy.into()));
        let bells = Bells { live: live.clone(), rules: Arc::clone(&rules), store: Arc::downgrade(&store) };
        tokio::spawn(bells.ring(store.watch(b"")));
        Ok(Self(Arc::new(Vault {
            store,
            hasher: parts.hasher,
            started: parts.clock.now(),
            clock: parts.clock,
            entropy: parts.entropy,
            live,
            sign_ins: SignIns::default(),
            sources: SourceWatch::default(),
            turnstile: tokio::sync::Mutex::default(),
            codes: Turns::default(),
            unreadable: Once::new(),
            sealing: OnceLock::new(),
            is_kept,
            door: Door::default(),
            host: OnceLock::new(),
            rules,
            book: RwLock::default(),
        })))
    }

    /// How the store is: for the log and for those who watch the server, no data of anybody.
    pub async fn health(&self) -> Result<Health, DalError> {
        Ok(self.0.store.health().await?)
    }

    /// Whether this store has been set up; an empty one has not.
    pub async fn is_set_up(&self) -> Result<bool, DalError> {
        Ok(self.0.store.get(&keys::format()).await?.is_some())
    }

    /// Sets up an empty store with its first administrator.
    ///
    /// Answers the generated one-time password, or nothing where one was given: a given one need
    /// not be changed. Errors: `Conflict` if the store has been set up before.
    pub async fn set_up(&self, given: Option<Password>) -> Result<Option<Secret>, DalError> {
        let vault = &self.0;
        let now = vault.clock.now();
        let generated = given.is_none().then(|| generate::one_time_password(&*vault.entropy));
        let password = match (given, &generated) {
            (Some(password), _) => password,
            (None, generated) => {
                let text = generated.as_ref().map_or("", Secret::expose);
                Password::parse(text).ok_or(DalError::Unavailable)?
            }
        };
        let hash = vault.hasher.hash(password, vault.policy().argon2).await?;
        let name = UserName::parse("admin").map_err(|why| DalError::invalid("name", why))?;
        let id = UserId::new(now, &*vault.entropy);
        let display_name = DisplayName::from(&name);
        let admin = UserRecord::new(id, name, display_name, vec![RoleName::admin()], now);
        let user = UserRecord { must_change_password: generated.is_some(), ..admin };
        let format = Format { created: now, by_version: env!("CARGO_PKG_VERSION").to_owned() };
        let txn = Txn::new()
            .guard(keys::format(), Expect::Absent)
            .put(keys::format(), encode(&format)?)
            .put(keys::password(user.id), encode(&PasswordRecord { hash, changed: now, valid_until: None })?);
        let txn = index::put_complete(add_user(txn, &*vault.store, &user).await?)?;
        // Before the one-time password is replaced as well: there is nobody else.
        let txn = if user.is_usable_admin() { txn } else { put_roster(txn, vec![user.id])? };
        let what = What::FirstAdminCreated { target: Target { user: user.id, name: user.name } };
        vault.write(Change { txn, what }, None, None).await?;
        Ok(generated)
    }

    /// Ends the sessions that were open when the server last stopped without saying so.
    pub async fn close_what_a_crash_left(&self) -> Result<usize, DalError> {
        ending::close_what_a_crash_left(&self.0, &*self.0.store).await
    }

    /// Makes the lists of accounts that a store of an earlier version lacks; answers of how many accounts.
    /// For a start, when nobody can be connected.
    pub async fn complete_lists(&self) -> Result<u64, DalError> {
        index::complete(&self.0, &*self.0.store).await
    }

    /// Whether what is stored agrees with itself, for whoever holds the machine: no server may be running on
    /// this store. Tells keys, and no values.
    pub async fn examine(&self) -> Result<Findings, DalError> {
        fsck::examine(&*self.0.store).await
    }

    /// Does what time does to accounts, as far as it is due: opens and closes them, ends roles for a time,
    /// takes away what was deleted long enough ago. One bounded round of it.
    ///
    /// No proof is asked for: it does what somebody who could has asked for before, and nothing else.
    pub async fn sweep(&self) -> Result<Round, DalError> {
        sweeper::round(&self.0, &*self.0.store).await
    }

    /// The same for as long as the server runs, whenever something is due. Does not end by itself.
    pub async fn keep_sweeping(&self) {
        sweeper::run(&self.0, &*self.0.store).await;
    }

    /// Lets an administrator in again, for whoever holds the machine: no server may be running on this store.
    ///
    /// Errors: `Conflict` for somebody who is no administrator, or for a new one where one is left; it names
    /// the way out.
    pub async fn recover(&self, whom: Recovery) -> Result<Recovered, DalError> {
        self.0.rules.ready(&*self.0.store).await?;
        recover::recover(&self.0, &*self.0.store, whom).await
    }

    /// Lets somebody in who proved who they are.
    ///
    /// Whatever is wrong, the same work is done and the same error comes back. Errors: `Denied`; `Closed` for
    /// the right password of an account that is disabled or out of its dates; `CodeWanted` for that of one
    /// with a second factor, which is asked for after nothing else;
    /// `Unavailable` when the hashing queue is full or the store does not answer.
    pub async fn login(&self, attempt: Attempt) -> Result<Session, LoginError> {
        self.0.rules.ready(&*self.0.store).await?;
        let admitted = login::admit(&self.0, &*self.0.store, attempt).await?;
        Ok(Session::new(self.clone(), admitted))
    }

    /// Lets somebody in who proved the password before, and gives a code now: of their authenticator, or one of
    /// their recovery codes.
    ///
    /// Errors: `CodeWanted` for a code that opens nothing, which is counted; it may be tried again with what
    /// comes back. `Denied` where the account or its password was changed meanwhile: nothing is proven any
    /// more. `Unavailable`.
    pub async fn login_with_code(&self, half: HalfProven, code: Secret) -> Result<Session, LoginError> {
        self.0.rules.ready(&*self.0.store).await?;
        let admitted = login::admit_with_code(&self.0, &*self.0.store, half, code).await?;
        Ok(Session::new(self.clone(), admitted))
    }

    /// Says what the seeds of authenticators are sealed with. Nobody sets up a second factor before, where the
    /// store outlives the process.
    ///
    /// Answers whether it opens what is there, of which the first are looked at; where it does not, recovery codes still open the door.
    pub async fn unseal_with(&self, key: SealingKey) -> Result<bool, DalError> {
        let fits = factor::fits(&*self.0.store, &key).await?;
        let _ = self.0.sealing.set(key);
        Ok(fits)
    }

    /// Whether anybody has a second factor, whose seed needs its key.
    pub async fn holds_seeds(&self) -> Result<bool, DalError> {
        factor::any(&*self.0.store).await
    }

    /// Whether somebody there may make an account without an invite, by the rules and for how many were made.
    ///
    /// Tells nothing of anybody. Errors: why not, in a sentence.
    pub async fn may_sign_up(&self, from: IpAddr) -> Result<(), SignUpError> {
        sign_up::may(&self.0, &*self.0.store, from).await
    }

    /// Takes the code of an invite, which opens a form and nothing else.
    ///
    /// Errors: `Denied` for every code that opens nothing, which is recorded and counted for its source like
    /// a wrong password; `Closed` and `InviteVoid`, which may be told.
    pub async fn redeem(&self, code: &Secret, visitor: &Visitor) -> Result<Invited, SignUpError> {
        invites::admit(&self.0, &*self.0.store, code, visitor.address).await
    }

    /// Makes an account for somebody who has none, and lets them in.
    ///
    /// An invite is judged again, and used up in the transaction that makes the account: of two who use the
    /// same one at once, one gets in. Errors: `Fields` with what is wrong; why not, in a sentence.
    pub async fn sign_up(
        &self,
        application: Application,
        invited: Option<&Invited>,
        visitor: Visitor,
    ) -> Result<Session, SignUpError> {
        let admitted = sign_up::sign_up(&self.0, &*self.0.store, application, invited, visitor).await?;
        Ok(Session::new(self.clone(), admitted))
    }

    /// Forgets invites whose time was up 30 days before `now`; answers how many.
    pub async fn purge_expired_invites(&self, now: Timestamp) -> Result<usize, DalError> {
        Ok(invites::purge_expired_invites(&self.0, &*self.0.store, now).await?)
    }

    /// Puts other rules below those that were set while the server runs. What changes by that is in force at
    /// once, for everybody.
    pub fn set_policy(&self, base: impl Into<Base>) {
        if self.0.rules.set_base(base.into()) {
            self.0.live.ring_all();
        }
    }

    /// Reads the rules that were set while the server ran. Whoever comes in waits for it in any case.
    pub async fn read_policy(&self) -> Result<(), DalError> {
        Ok(self.0.rules.ready(&*self.0.store).await?)
    }

    /// Says what the machine is called: no password may be built from it.
    pub fn set_host(&self, name: &str) {
        let _ = self.0.host.set(name.to_owned());
    }

    /// The rules in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.0.policy()
    }

    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Where whoever lets connections in says how many there are.
    pub fn door(&self) -> &Door {
        &self.0.door
    }

    /// Whether connections from this address are refused at the moment: too much failed from there.
    pub fn refuses(&self, address: IpAddr) -> bool {
        self.0.sources.refuses(address, self.now())
    }

    /// Counts a connection from this address on which nobody signed in, though none was refused.
    ///
    /// Needs a running tokio runtime: a penalty that begins with it is recorded meanwhile.
    pub fn left_without_a_proof(&self, address: IpAddr) {
        let penalty = self.0.sources.failed(address, self.now(), &self.0.policy().source_penalties);
        if let Some(penalty) = penalty {
            let vault = Arc::clone(&self.0);
            tokio::spawn(async move { vault.record_penalty(penalty, address).await });
        }
    }

    #[cfg(feature = "seed")]
    pub(super) fn vault(&self) -> &Vault {
        &self.0
    }

    #[cfg(feature = "seed")]
    pub(super) fn seeded_store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// A passphrase that nobody has used before.
    pub fn suggest_passphrase(&self) -> Secret {
        generate::passphrase(&*self.0.entropy)
    }

    /// How strong a password would be for somebody of these names, by the rules in force. Reads nothing.
    pub fn rate_password(&self, typed: &str, names: [&str; 2]) -> Strength {
        let [name, display_name] = names;
        strength::assess(typed, &[name, display_name, self.0.host()], &*self.0.policy())
    }
}

/// The store could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(StoreError);

impl Vault {
    #[cfg(feature = "seed")]
    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Records that a source is refused. It is refused all the same where that fails.
    pub(super) async fn record_penalty(&self, penalty: Change, from: IpAddr) {
        if let Err(error) = self.write(penalty, None, Some(from)).await {
            tracing::warn!(%error, "a penalty was not recorded");
        }
    }

    /// What seeds are sealed with; where the store is gone with the process, it may be a key that is too.
    pub(super) fn sealing(&self) -> Option<&SealingKey> {
        match self.sealing.get() {
            None if !self.is_kept => {
                let key = SealingKey::from_bytes(&SealingKey::random_bytes(&*self.entropy))?;
                Some(self.sealing.get_or_init(|| key))
            }
            known => known,
        }
    }

    pub(super) fn policy(&self) -> Arc<Policy> {
        self.rules.policy()
    }

    /// What an attacker knows of somebody: their names, and that of the machine.
    pub(super) fn known_of<'a>(&'a self, name: &'a UserName, display_name: &'a DisplayName) -> [&'a str; 3] {
        [name.as_str(), display_name.as_str(), self.host()]
    }

    /// What the machine is called; empty where nobody said.
    pub(super) fn host(&self) -> &str {
        self.host.get().map_or("", String::as_str)
    }

    pub(super) fn base_policy(&self) -> Arc<Base> {
        self.rules.base()
    }

    /// Takes in what was written of the rules, and tells everybody.
    pub(super) async fn read_policy_again(&self, store: &dyn Store) -> Result<(), StoreError> {
        if self.rules.read(store).await? {
            self.live.ring_all();
        }
        Ok(())
    }

    /// The roles that this entry holds, which was read just now. Each write of them is decoded once.
    pub(super) fn book(&self, entry: Option<&Entry>) -> Book {
        let known = self.book.read().unwrap_or_else(PoisonError::into_inner).clone();
        if known.is_of(entry) {
            return known;
        }
        let book = Book::read(entry);
        self.book.write().unwrap_or_else(PoisonError::into_inner).clone_from(&book);
        book
    }

    /// Writes a change with its event.
    pub(super) async fn write(
        &self,
        change: Change,
        actor: Option<Actor>,
        from: Option<IpAddr>,
    ) -> Result<(), StoreError> {
        let txn = with_event(change, self.clock.now(), actor, from, &*self.entropy)?;
        self.store.commit(txn).await.map(drop)
    }
}
