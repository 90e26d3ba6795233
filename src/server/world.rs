//! The real clock and the real dice: the only place that reads either.

use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rand::Rng as _;

use crate::domain::id::Entropy;
use crate::domain::time::{Clock, Timestamp};

/// The machine's wall clock, as far as it goes forward.
///
/// Where somebody sets it back, time goes on from where it was until the wall has caught up: what has
/// expired stays expired, and no idle time is counted twice.
pub struct SystemClock(Mutex<Anchor>);

/// A point of both clocks. What lies between two looks is told by the one that never goes back.
#[derive(Clone, Copy)]
struct Anchor {
    wall: Timestamp,
    steady: Instant,
}

impl SystemClock {
    #[expect(clippy::new_without_default, reason = "a clock is started, not assumed")]
    pub fn new() -> Self {
        Self(Mutex::new(Anchor { wall: wall(), steady: Instant::now() }))
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let mut anchor = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *anchor = anchor.advanced(wall(), Instant::now());
        anchor.wall
    }
}

impl Anchor {
    fn advanced(self, wall: Timestamp, steady: Instant) -> Self {
        let elapsed = self.wall.after(steady.saturating_duration_since(self.steady));
        Self { wall: elapsed.max(wall), steady }
    }
}

#[expect(clippy::disallowed_methods, reason = "everybody else is given a clock")]
fn wall() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(u64::try_from(since_1970.as_micros()).unwrap_or(u64::MAX))
}

/// The thread's cryptographic generator, seeded by the operating system.
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_clock_that_is_set_back_goes_on_and_one_that_is_set_forward_is_followed() {
        let noon = Timestamp::from_micros(1_795_432_334_000_000);
        let start = Instant::now();
        let anchor = Anchor { wall: noon, steady: start };
        let later =
            |seconds| (noon.after(Duration::from_secs(seconds)), start + Duration::from_secs(seconds));
        let (wall, steady) = later(10);
        assert_eq!(anchor.advanced(wall, steady).wall, wall);
        let set_back = anchor.advanced(noon.before(Duration::from_hours(1)), steady);
        assert_eq!(set_back.wall, wall);
        let (wall, steady) = later(20);
        assert_eq!(set_back.advanced(noon.before(Duration::from_hours(1)), steady).wall, wall);
        let forward = noon.after(Duration::from_hours(1));
        assert_eq!(anchor.advanced(forward, steady).wall, forward);
    }
}
