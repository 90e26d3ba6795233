//! The data access layer by itself: in memory, with a clock that the test turns.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use passholder::auth::password::Hasher;
use passholder::dal::gate::OpenError;
use passholder::dal::invites::{Invited, MadeInvite, NewInvite};
use passholder::dal::sign_up::{Application, SignUpError};
use passholder::dal::users::{Dates, NewUser};
use passholder::dal::{Attempt, Dal, Engine, LoginError, Parts, Session};
use passholder::domain::id::Entropy;
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::RoleName;
use passholder::domain::secret::{Password, Secret};
use passholder::domain::session::{Method, Visitor};
use passholder::domain::time::{Clock, Timestamp};
use passholder::server::SystemEntropy;

use super::dice::Dice;
use super::{PASSWORD, PATIENCE, roomy};

/// A clock that stands until it is turned.
pub struct TestClock(AtomicU64);

/// Where everybody comes from who does not say otherwise.
pub const HOME: &str = "192.0.2.7";

/// 2026-11-23 11:12:14 UTC.
const START: u64 = 1_795_432_334_000_000;

impl TestClock {
    pub fn turn(&self, by: Duration) {
        self.0.fetch_add(u64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

struct Seeded(Mutex<Dice>);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        let mut dice = self.0.lock().unwrap();
        bytes.fill_with(|| dice.below(256_u64).to_le_bytes()[0]);
    }
}

/// A store in memory with `admin` in it, whose password is [`PASSWORD`].
pub struct House {
    pub dal: Dal,
    pub hasher: Hasher,
    pub clock: Arc<TestClock>,
}

impl House {
    pub async fn build() -> Self {
        Self::build_on(Engine::Memory).await
    }

    pub async fn build_on(engine: Engine) -> Self {
        let house = Self::reopen(engine).unwrap();
        house.dal.set_up(Password::parse(PASSWORD)).await.unwrap();
        house
    }

    /// One in which what looks like chance is the same every time.
    pub async fn build_seeded() -> Self {
        let house = Self::open(Engine::Memory, Arc::new(Seeded(Mutex::new(Dice(7))))).unwrap();
        house.dal.set_up(Password::parse(PASSWORD)).await.unwrap();
        house
    }

    /// A house whose store has been set up before.
    pub fn reopen(engine: Engine) -> Result<Self, OpenError> {
        Self::open(engine, Arc::new(SystemEntropy))
    }

    /// The same, of which somebody had the store until a moment ago: it is let go of a little later.
    pub async fn reopened(engine: impl Fn() -> Engine) -> Self {
        let until = Instant::now() + PATIENCE;
        loop {
            match Self::reopen(engine()) {
                Ok(house) => return house,
                Err(error) if Instant::now() > until => panic!("{error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn open(engine: Engine, entropy: Arc<dyn Entropy>) -> Result<Self, OpenError> {
        let clock = Arc::new(TestClock(AtomicU64::new(START)));
        let hasher = Hasher::start(2, 256, Arc::new(SystemEntropy)).unwrap();
        let parts = Parts { hasher: hasher.clone(), clock: clock.clone(), entropy, policy: roomy() };
        Ok(Self { dal: Dal::open(engine, parts)?, hasher, clock })
    }

    pub async fn try_sign_in(&self, name: &str, password: &str) -> Result<Session, LoginError> {
        self.try_from(HOME, name, password).await
    }

    /// The same from another address.
    pub async fn try_from(&self, from: &str, name: &str, password: &str) -> Result<Session, LoginError> {
        let attempt = Attempt {
            name: name.to_owned(),
            password: Secret::new(password.to_owned()),
            method: Method::Password,
            visitor: visitor(from),
        };
        self.dal.login(attempt).await
    }

    pub async fn sign_in(&self, name: &str) -> Session {
        self.try_sign_in(name, PASSWORD).await.unwrap()
    }

    pub async fn admin(&self) -> Session {
        self.sign_in("admin").await
    }

    /// Makes a user who still has the one-time password; answers it.
    pub async fn invite(&self, name: &str, role: &str) -> Secret {
        let admin = self.admin().await;
        let new = NewUser {
            name: UserName::parse_new(name).unwrap(),
            display_name: DisplayName::parse(&capital(name)).unwrap(),
            roles: vec![RoleName::parse(role).unwrap()],
            dates: Dates::default(),
        };
        admin.verify().await.unwrap().users().create(new).await.unwrap()
    }

    /// Signs somebody up who typed what is right, with an invite if with any.
    pub async fn sign_up(&self, name: &str, invited: Option<&Invited>) -> Result<Session, SignUpError> {
        self.dal.sign_up(application(name), invited, visitor(HOME)).await
    }

    /// Gives the code of an invite.
    pub async fn redeem(&self, code: &str) -> Result<Invited, SignUpError> {
        self.dal.redeem(&Secret::new(code.to_owned()), &visitor(HOME)).await
    }

    /// Makes an invite for this role, that can be used once.
    pub async fn make_invite(&self, maker: &Session, role: &str) -> MadeInvite {
        maker.verify().await.unwrap().invites().create(new_invite(role)).await.unwrap()
    }

    /// Makes a user whose password is [`PASSWORD`].
    pub async fn user(&self, name: &str, role: &str) -> Session {
        let one_time = self.invite(name, role).await;
        let session = self.try_sign_in(name, one_time.expose()).await.unwrap();
        let account = session.verify().await.unwrap().account();
        account.choose_password(None, Secret::new(PASSWORD.to_owned())).await.unwrap();
        self.sign_in(name).await
    }
}

/// Somebody at that address.
pub fn visitor(from: &str) -> Visitor {
    Visitor::new(SocketAddr::new(from.parse().unwrap(), 50_122), "OpenSSH_9.2p1")
}

/// A form that is filled in right, for whoever gets that name.
pub fn application(name: &str) -> Application {
    let password = || Secret::new(PASSWORD.to_owned());
    Application {
        name: name.to_owned(),
        display_name: String::new(),
        password: password(),
        again: password(),
    }
}

/// An invite for this role, as plain as it can be.
pub fn new_invite(role: &str) -> NewInvite {
    NewInvite { roles: vec![RoleName::parse(role).unwrap()], name: None, lifetime: None, uses: 1, note: None }
}

fn capital(name: &str) -> String {
    let (first, rest) = name.split_at(1);
    first.to_uppercase() + rest
}
