//! A house for unit tests: in memory, with its administrator signed in, at a time that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::{Attempt, Dal, Engine, Parts, Session};
use crate::auth::password::Hasher;
use crate::domain::id::Entropy;
use crate::domain::policy::{Argon2Cost, Policy};
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{Method, Visitor};
use crate::domain::time::{Clock, Timestamp};

const PASSWORD: &str = "heron lantern quilt marble 7";

struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

struct Standing;

impl Clock for Standing {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_795_432_334_000_000)
    }
}

/// The administrator's session.
pub async fn session() -> Session {
    let entropy = Arc::new(Counting(AtomicU8::new(0)));
    let argon2 = Argon2Cost { memory: 8, passes: 1, lanes: 1 };
    let parts = Parts {
        hasher: Hasher::start(1, 8, entropy.clone()).unwrap(),
        clock: Arc::new(Standing),
        entropy,
        policy: Policy { argon2, ..Policy::default() },
    };
    let dal = Dal::open(Engine::Memory, parts).unwrap();
    dal.set_up(Password::parse(PASSWORD)).await.unwrap();
    let attempt = Attempt {
        name: "admin".to_owned(),
        password: Secret::new(PASSWORD.to_owned()),
        method: Method::Password,
        visitor: Visitor::new(([192, 0, 2, 7], 50_122).into(), "OpenSSH_9.2p1"),
    };
    dal.login(attempt).await.unwrap()
}
