//! Whether somebody is still in front of their screen: idle, locked, gone.

use std::time::Duration;

use super::session::EndReason;
use super::time::Timestamp;

/// Wrong passwords that end a locked session.
pub const UNLOCK_TRIES: u32 = 5;

/// How long before it locks a screen says so.
pub const NOTICE: Duration = Duration::from_mins(1);

/// How long a session may be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleRules {
    /// Without a key, until it locks.
    pub idle: Duration,
    /// Locked, until it ends.
    pub grace: Duration,
}

impl IdleRules {
    /// How long before the lock it is announced: a minute, but never more than half of the time.
    fn notice(self) -> Duration {
        NOTICE.min(self.idle / 2)
    }
}

/// What is known of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    /// When they last typed. Packets, resizes and what the server does by itself are not typing.
    pub typed: Timestamp,
    /// When they, or the session, locked it before its time.
    pub locked: Option<Timestamp>,
    /// Wrong passwords since it is locked.
    pub tries: u32,
}

/// What follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    Here,
    /// A screen says that it will be locked then.
    Leaving {
        locks: Timestamp,
    },
    /// Nothing is shown and nothing is done until the password is given.
    Locked {
        ends: Timestamp,
    },
    Over,
}

impl Attention {
    pub const fn new(typed: Timestamp) -> Self {
        Self { typed, locked: None, tries: 0 }
    }

    /// Reads no clock: the same at the same time, however often it is asked.
    pub fn presence(&self, rules: IdleRules, now: Timestamp) -> Presence {
        let locks = self.typed.after(rules.idle);
        let since = self.locked.map_or(locks, |locked| locked.min(locks));
        let ends = since.after(rules.grace);
        if now >= ends || self.tries >= UNLOCK_TRIES {
            Presence::Over
        } else if now >= since {
            Presence::Locked { ends }
        } else if locks.since(now) <= rules.notice() {
            Presence::Leaving { locks }
        } else {
            Presence::Here
        }
    }

    /// Why it is over, once it is.
    pub fn why_over(&self) -> EndReason {
        if self.tries >= UNLOCK_TRIES { EndReason::LockRefused } else { EndReason::Idle }
    }

    /// When the answer changes next, if nobody types.
    pub fn next_change(&self, rules: IdleRules, now: Timestamp) -> Timestamp {
        let locks = self.typed.after(rules.idle);
        match self.presence(rules, now) {
            Presence::Here => locks.before(rules.notice()).after(Duration::from_micros(1)),
            Presence::Leaving { locks } => locks,
            Presence::Locked { ends } => ends,
            Presence::Over => now,
        }
    }

    /// Somebody typed: which counts unless it is too late for it.
    pub fn touch(&mut self, rules: IdleRules, now: Timestamp) {
        if matches!(self.presence(rules, now), Presence::Here | Presence::Leaving { .. }) {
            self.typed = self.typed.max(now);
        }
    }

    pub fn lock(&mut self, now: Timestamp) {
        self.locked.get_or_insert(now);
    }

    pub fn unlock(&mut self, now: Timestamp) {
        *self = Self::new(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: IdleRules = IdleRules { idle: Duration::from_mins(30), grace: Duration::from_mins(5) };
    const START: Timestamp = Timestamp::from_micros(1_795_432_334_000_000);

    fn at(seconds: u64) -> Timestamp {
        START.after(Duration::from_secs(seconds))
    }

    #[test]
    fn half_an_hour_without_a_key_and_five_minutes_without_the_password() {
        let person = Attention::new(START);
        let presence = |seconds| person.presence(RULES, at(seconds));
        assert_eq!(presence(0), Presence::Here);
        assert_eq!(presence(1_739), Presence::Here);
        assert_eq!(presence(1_740), Presence::Leaving { locks: at(1_800) });
        assert_eq!(presence(1_799), Presence::Leaving { locks: at(1_800) });
        assert_eq!(presence(1_800), Presence::Locked { ends: at(2_100) });
        assert_eq!(presence(2_099), Presence::Locked { ends: at(2_100) });
        assert_eq!(presence(2_100), Presence::Over);
    }

    #[test]
    fn a_key_counts_until_it_is_locked_and_not_afterwards() {
        let mut person = Attention::new(START);
        person.touch(RULES, at(1_790));
        assert_eq!(person.presence(RULES, at(1_800)), Presence::Here);
        person.touch(RULES, at(1_790 + 1_800));
        assert_eq!(person.typed, at(1_790));
        person.unlock(at(3_600));
        assert_eq!(person.presence(RULES, at(3_600)), Presence::Here);
    }

    #[test]
    fn locked_by_hand_it_ends_five_minutes_later() {
        let mut person = Attention::new(START);
        person.lock(at(10));
        person.lock(at(20));
        assert_eq!(person.presence(RULES, at(10)), Presence::Locked { ends: at(310) });
        assert_eq!(person.presence(RULES, at(310)), Presence::Over);
    }

    #[test]
    fn too_many_wrong_passwords_end_it() {
        let mut person = Attention::new(START);
        person.lock(at(1));
        person.tries = UNLOCK_TRIES - 1;
        assert!(matches!(person.presence(RULES, at(2)), Presence::Locked { .. }));
        assert_eq!(person.why_over(), EndReason::Idle);
        person.tries += 1;
        assert_eq!(
            (person.presence(RULES, at(2)), person.why_over()),
            (Presence::Over, EndReason::LockRefused)
        );
    }

    #[test]
    fn whoever_sleeps_until_the_next_change_sees_it() {
        let mut person = Attention::new(START);
        let mut now = START;
        let mut seen = vec![person.presence(RULES, now)];
        while person.presence(RULES, now) != Presence::Over {
            now = person.next_change(RULES, now);
            seen.push(person.presence(RULES, now));
        }
        assert!(matches!(
            seen.as_slice(),
            [Presence::Here, Presence::Leaving { .. }, Presence::Locked { .. }, Presence::Over]
        ));
        // A short rule announces itself after half of its time, not from the start.
        person.unlock(START);
        let short = IdleRules { idle: Duration::from_secs(30), ..RULES };
        assert_eq!(person.presence(short, START), Presence::Here);
        let half = START.after(short.idle / 2);
        assert!(matches!(person.presence(short, half), Presence::Leaving { .. }));
        assert_eq!(person.next_change(short, half), at(30));
    }
}
