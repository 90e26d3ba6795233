//! How many may wait at the door, how fast they may come, and how fast a client may type.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::auth::penalties::Penalties;
use crate::auth::recent::Recent;
use crate::config::SshConfig;
use crate::domain::door::Door;
use crate::domain::source::Source;

/// Counts connections: all of them, and those that have not signed in, by source.
#[derive(Clone)]
pub(super) struct Admission(Arc<Mutex<Counts>>);

struct Counts {
    /// Where others read the two totals.
    door: Door,
    connections: usize,
    unauthenticated: usize,
    by_source: HashMap<Source, usize>,
    /// Those at a form who came without an invite, by source.
    strangers: HashMap<Source, usize>,
    /// Those who have given the code of one.
    invited: HashMap<Source, usize>,
    pace: Pace,
}

/// Why a connection was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error("too much failed from this source")]
    Penalty,
    #[error("too many new connections of this source")]
    Pace,
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
    source: Source,
    place: Option<Place>,
}

impl Admission {
    /// `door` is told how many there are.
    pub fn new(door: Door) -> Self {
        Self(Arc::new(Mutex::new(Counts {
            door,
            connections: 0,
            unauthenticated: 0,
            by_source: HashMap::new(),
            strangers: HashMap::new(),
            invited: HashMap::new(),
            pace: Pace(Recent::new(Penalties::MOST)),
        })))
    }

    /// A place at the door for a connection from this address; none while its source pays a penalty.
    pub fn admit(&self, address: IpAddr, is_penalised: bool, limits: &SshConfig) -> Result<Waiting, Refused> {
        if is_penalised {
            return Err(Refused::Penalty);
        }
        if !self.lock().pace.keeps(Source::of(address), Instant::now(), limits) {
            return Err(Refused::Pace);
        }
        self.admit_with(address, limits, rand::random_range(0..100))
    }

    /// `dice` is 0..=99: the early drop must not be predictable, and must be testable.
    fn admit_with(&self, address: IpAddr, limits: &SshConfig, dice: u8) -> Result<Waiting, Refused> {
        let source = Source::of(address);
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
    /// Those at a form, of that kind.
    fn visitors(&mut self, are_strangers: bool) -> &mut HashMap<Source, usize> {
        if are_strangers { &mut self.strangers } else { &mut self.invited }
    }

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

/// How fast the connections of each source come: a token bucket that is kept as the moment when it is full
/// again. Who was not heard of for longest is forgotten, and has a full one.
struct Pace(Recent<Instant, Instant>);

impl Pace {
    /// Takes a token for a new connection; false if there is none.
    fn keeps(&mut self, source: Source, now: Instant, limits: &SshConfig) -> bool {
        let token = Duration::from_secs(1) / limits.connections_per_second.max(1);
        let full = self.0.get(source).copied().unwrap_or(now).max(now);
        let full = full + token;
        let keeps = full.duration_since(now) <= token.saturating_mul(limits.connections_burst.max(1));
        if keeps {
            self.0.put(source, now, full);
        }
        keeps
    }
}

/// Forms that may be open at once: each is a connection of somebody who has proven nothing.
pub(super) struct VisitorLimits {
    /// Of each kind: neither holds up the other from the same address.
    pub per_source: usize,
    pub in_total: usize,
    /// Of those in total, for who came without an invite: the rest is kept for who has given a code.
    pub strangers: usize,
}

/// As it ships: one for a person who starts over while the first one is still open, and room for a class.
pub(super) const VISITORS: VisitorLimits = VisitorLimits { per_source: 2, in_total: 50, strangers: 40 };

/// The place of somebody at a form; leaving is dropping it.
pub(super) struct VisitorPlace {
    admission: Admission,
    source: Source,
    is_stranger: bool,
}

impl Admission {
    /// A place at a form for somebody at this address, if there is one. Everybody is a stranger who has not
    /// given the code of an invite.
    pub fn visit(&self, address: IpAddr, is_stranger: bool, limits: &VisitorLimits) -> Option<VisitorPlace> {
        let source = Source::of(address);
        let mut counts = self.lock();
        let [strangers, invited] =
            [&counts.strangers, &counts.invited].map(|visitors| visitors.values().sum::<usize>());
        let is_full = strangers + invited >= limits.in_total || is_stranger && strangers >= limits.strangers;
        let visitors = counts.visitors(is_stranger);
        let here = visitors.get(&source).copied().unwrap_or(0);
        if here >= limits.per_source || is_full {
            return None;
        }
        visitors.insert(source, here + 1);
        Some(VisitorPlace { admission: self.clone(), source, is_stranger })
    }
}

impl Drop for VisitorPlace {
    fn drop(&mut self) {
        leave(self.admission.lock().visitors(self.is_stranger), self.source);
    }
}

/// One less from there.
fn leave(counts: &mut HashMap<Source, usize>, source: Source) {
    if let Some(count) = counts.get_mut(&source) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&source);
        }
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
        leave(&mut counts.by_source, self.source);
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
    fn few_forms_are_open_at_once_and_fewer_from_one_source() {
        let admission = Admission::new(Door::default());
        let limits = VisitorLimits { per_source: 2, in_total: 3, strangers: 3 };
        let visit = |address: &str| admission.visit(address.parse().unwrap(), true, &limits);
        let (first, second) = (visit("192.0.2.1"), visit("192.0.2.1"));
        assert!(first.is_some() && second.is_some() && visit("192.0.2.1").is_none());
        let third = visit("192.0.2.2");
        assert!(third.is_some() && visit("192.0.2.3").is_none());
        drop(first);
        assert!(visit("192.0.2.3").is_some());
        drop((second, third));
        assert!(admission.lock().strangers.is_empty());
        assert_eq!((VISITORS.per_source, VISITORS.in_total, VISITORS.strangers), (2, 50, 40));
    }

    /// Strangers with 25 addresses kept everybody out who had been invited.
    #[test]
    fn strangers_leave_room_for_who_was_invited() {
        let admission = Admission::new(Door::default());
        let visit = |number: u8, is_stranger| {
            admission.visit(IpAddr::from([192, 0, 2, number]), is_stranger, &VISITORS)
        };
        let strangers: Vec<_> = (0..100).filter_map(|number| visit(number, true)).collect();
        assert_eq!(strangers.len(), 40);
        let invited: Vec<_> = (100..200).filter_map(|number| visit(number, false)).collect();
        assert_eq!(invited.len(), 10);
        drop(strangers);
        // Nor at the same address: two strangers there are no reason to send somebody away who has a code.
        let (one, two) = (visit(201, true), visit(201, true));
        assert!(one.is_some() && two.is_some() && visit(201, true).is_none());
        assert!(visit(201, false).is_some());
        drop((one, two, invited));
        let counts = admission.lock();
        assert!(counts.strangers.is_empty() && counts.invited.is_empty());
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
    fn twenty_connections_come_at_once_and_ten_a_second_after_them() {
        let (mut pace, limits, start) = (Pace(Recent::new(3)), limits(), Instant::now());
        let (here, there) = (source("192.0.2.1"), source("192.0.2.2"));
        let mut come = |source, at| (0..100).filter(|_| pace.keeps(source, at, &limits)).count();
        assert_eq!((come(here, start), come(there, start)), (20, 20));
        assert_eq!(come(here, start + Duration::from_secs(1)), 10);
        assert_eq!(come(here, start + Duration::from_mins(1)), 20);
    }

    #[test]
    fn no_more_sources_are_paced_than_that() {
        let (admission, limits) = (Admission::new(Door::default()), limits());
        let mut counts = admission.lock();
        for number in 0..100_000_u32 {
            let address = IpAddr::from(std::net::Ipv4Addr::from_bits(number));
            assert!(counts.pace.keeps(Source::of(address), Instant::now(), &limits));
        }
        assert_eq!(counts.pace.0.len(), Penalties::MOST);
    }

    fn source(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn a_penalty_is_paid_before_anything_else() {
        let (admission, limits) = (Admission::new(Door::default()), limits());
        let address = "127.0.0.1".parse().unwrap();
        assert_eq!(admission.admit(address, true, &limits).err(), Some(Refused::Penalty));
        assert!(admission.admit(address, false, &limits).is_ok());
        assert!(admission.lock().by_source.is_empty());
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
