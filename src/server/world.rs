//! The real clock and the real dice: the only place that reads either.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::Rng as _;

use crate::domain::id::Entropy;
use crate::domain::time::{Clock, Timestamp};

/// The machine's wall clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "everybody else is given this clock")]
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX))
    }
}

/// The thread's cryptographic generator, seeded by the operating system.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
