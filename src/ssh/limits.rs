//! How many may wait at the door, and how fast a client may type.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::SshConfig;
use crate::domain::door::Door;

/// Counts connections: all of them, and those that have not signed in, by source.
#[derive(Clone, Default)]
pub(super) struct Admission(Arc<Mutex<Counts>>);

#[derive(Default)]
struct Counts {
    /// Where others read the two totals.
    door: Door,
    connections: usize,
    unauthenticated: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// Why a connection was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("too many connections")]
    Full,
    #[error("too many connections of this source that have not signed in")]
    Source,
    #[error("too many connections that have not signed in")]
    Startups,
}

/// The place of a connection; leaving is dropping it.
pub(super) struct Place {
    admission: Admission,
}

/// The place of a connection among those that have not signed in.
pub(super) struct Waiting {
    admission: Admission,
    source: IpAddr,
    place: Option<Place>,
}

impl Admission {
    /// `door` is told how many there are.
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Mutex::new(Counts { door, ..Counts::default() })))
    }

    /// A place at the door for a connection from this address.
    pub fn admit(&self, address: IpAddr, limits: &SshConfig) -> Result<Waiting, Refused> {
        self.admit_with(address, limits, rand::random_range(0..100))
    }

    /// `dice` is 0..=99: the early drop must not be predictable, and must be testable.
    fn admit_with(&self, address: IpAddr, limits: &SshConfig, dice: u8) -> Result<Waiting, Refused> {
        let source = source(address);
        let mut counts = self.lock();
        if counts.connections >= limits.connections {
            return Err(Refused::Full);
        }
        if counts.by_source.get(&source).copied().unwrap_or(0) >= limits.unauthenticated_per_source {
            return Err(Refused::Source);
        }
        if usize::from(dice) < drop_percent(counts.unauthenticated, limits) {
            return Err(Refused::Startups);
        }
        counts.connections += 1;
        counts.unauthenticated += 1;
        *counts.by_source.entry(source).or_insert(0) += 1;
        counts.tell();
        let place = Place { admission: self.clone() };
        Ok(Waiting { admission: self.clone(), source, place: Some(place) })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn tell(&self) {
        self.door.set(self.connections, self.unauthenticated);
    }
}

/// Chance in percent that a newcomer is dropped while so many wait: none below the start, all at
/// the limit, rising in a line between. Source: `MaxStartups` of `sshd_config(5)`.
fn drop_percent(waiting: usize, limits: &SshConfig) -> usize {
    let (start, full) = (limits.unauthenticated_start, limits.unauthenticated_full);
    let first = usize::try_from(limits.unauthenticated_drop_percent).unwrap_or(100);
    if waiting >= full {
        100
    } else if waiting < start {
        0
    } else {
        first + (100_usize.saturating_sub(first)) * (waiting - start) / (full - start).max(1)
    }
}

/// Whom an address counts for: itself, or its /64 network, which one IPv6 host can fill at will.
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Waiting {
    /// Signed in: gives up the place at the door, keeps the one inside.
    pub fn come_in(mut self) -> Option<Place> {
        self.place.take()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut counts = self.admission.lock();
        counts.unauthenticated = counts.unauthenticated.saturating_sub(1);
        counts.tell();
        if let Some(count) = counts.by_source.get_mut(&self.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.by_source.remove(&self.source);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.admission.lock();
        counts.connections = counts.connections.saturating_sub(1);
        counts.tell();
    }
}

/// A token bucket over what a client types: its burst is one second's worth.
pub(super) struct InputBudget {
    per_second: f64,
    left: f64,
    at: Instant,
}

impl InputBudget {
    pub fn new(bytes_per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(bytes_per_second);
        Self { per_second, left: per_second, at: now }
    }

    /// How long to wait before these bytes are read on.
    pub fn spend(&mut self, bytes: usize, now: Instant) -> Duration {
        let earned = now.duration_since(self.at).as_secs_f64() * self.per_second;
        self.at = now;
        let bytes = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX));
        self.left = (self.left + earned).min(self.per_second) - bytes;
        if self.left >= 0.0 { Duration::ZERO } else { Duration::from_secs_f64(-self.left / self.per_second) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn limits() -> SshConfig {
        Config::default().ssh
    }

    #[test]
    fn one_source_cannot_take_everybodys_place() {
        let (admission, limits) = (Admission::new(Door::default()), limits());
        let (here, there) = ("127.0.0.1".parse().unwrap(), "127.0.0.2".parse().unwrap());
        let held: Vec<_> = (0..8).map(|_| admission.admit_with(here, &limits, 99).ok().unwrap()).collect();
        assert_eq!(admission.admit_with(here, &limits, 99).err(), Some(Refused::Source));
        let other = admission.admit_with(there, &limits, 99).ok().unwrap();
        drop(held);
        assert!(admission.admit_with(here, &limits, 99).is_ok());
        drop(other);
        assert_eq!(admission.lock().connections, 0);
        assert!(admission.lock().by_source.is_empty());
    }

    #[test]
    fn signing_in_frees_the_place_at_the_door() {
        let door = Door::default();
        let (admission, limits) = (Admission::new(door.clone()), limits());
        let inside = admission.admit_with("127.0.0.1".parse().unwrap(), &limits, 99).ok().unwrap().come_in();
        assert_eq!((door.connections(), door.waiting()), (1, 0));
        drop(inside);
        assert_eq!((door.connections(), door.waiting()), (0, 0));
    }

    #[test]
    fn newcomers_are_dropped_at_random_when_many_wait() {
        let limits = limits();
        assert_eq!(drop_percent(19, &limits), 0);
        assert_eq!(drop_percent(20, &limits), 30);
        assert_eq!(drop_percent(60, &limits), 65);
        assert_eq!(drop_percent(100, &limits), 100);
    }

    #[test]
    fn an_ipv6_network_is_one_source() {
        let of = |text: &str| source(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:127.0.0.1"), of("127.0.0.1"));
    }

    #[test]
    fn typing_is_free_and_pouring_is_not() {
        let start = Instant::now();
        let mut budget = InputBudget::new(1000, start);
        assert_eq!(budget.spend(1000, start), Duration::ZERO);
        assert_eq!(budget.spend(500, start), Duration::from_millis(500));
        assert_eq!(budget.spend(100, start + Duration::from_secs(1)), Duration::ZERO);
    }
}
