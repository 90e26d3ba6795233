//! How failures slow down what comes after them.
//!
//! Two brakes, both pure: the time is passed in, and what comes out is stored or asked by somebody else.
//!
//! - An *account* counts its consecutive failures, those from strange sources in one [`Run`] and those from
//!   each source that its owner is known at in another. So an attack from elsewhere keeps nobody out of
//!   where they always come from.
//! - A *source* counts what fails from it, whomever it tries to be ([`Penalties`](super::penalties::Penalties)).
//!
//! Both remember until when, not since when: a clock that goes back lifts nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::policy::AccountDelays;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

/// The failure from which on each doubles the delay.
const DOUBLING: u32 = 9;
/// The failure from which on the second delay holds.
const SECOND: u32 = 4;

/// How long nobody is let in after so many consecutive failures. It never falls as they rise.
pub fn delay(failures: u32, rules: &AccountDelays) -> Duration {
    let second = rules.second.max(rules.first);
    let wanted = match failures {
        0 => Duration::ZERO,
        1..SECOND => rules.first,
        SECOND..DOUBLING => second,
        _ => doubled(rules.third.max(second), failures - DOUBLING),
    };
    wanted.min(rules.longest)
}

/// A duration, doubled so many times; stops at the longest there is.
pub(super) fn doubled(duration: Duration, times: u32) -> Duration {
    duration.saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX))
}

/// Whether somebody may be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Open,
    /// Not before then, whatever the password.
    Delayed(Timestamp),
    /// Not before somebody lifts it, or gives another password.
    Disabled,
}

impl Standing {
    pub fn is_open(self) -> bool {
        self == Self::Open
    }

    /// When it opens by itself, as far as the end of time.
    pub fn until(self) -> Option<Timestamp> {
        match self {
            Self::Open => None,
            Self::Delayed(until) => Some(until),
            Self::Disabled => Some(Timestamp::from_micros(u64::MAX)),
        }
    }

    /// The one of two that keeps people out for longer.
    #[must_use]
    pub fn stricter(self, other: Self) -> Self {
        if other.until() > self.until() { other } else { self }
    }
}

/// Consecutive failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Run {
    pub failures: u32,
    /// When the last one was.
    pub last: Timestamp,
    /// Nobody is let in before.
    pub until: Timestamp,
    /// There were too many: time alone opens nothing any more.
    pub is_disabled: bool,
}

impl Run {
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.is_disabled {
            Standing::Disabled
        } else if now < self.until {
            Standing::Delayed(self.until)
        } else {
            Standing::Open
        }
    }

    /// Counts a wrong proof. What was refused unseen is none: it was no guess.
    pub fn fail(&mut self, now: Timestamp, rules: &AccountDelays) {
        if self.is_forgotten(now, rules) {
            *self = Self::default();
        }
        self.failures = self.failures.saturating_add(1);
        self.last = self.last.max(now);
        self.until = self.until.max(now.after(delay(self.failures, rules)));
        self.is_disabled |= self.failures >= rules.disable_after;
    }

    /// Whether it was so long ago that it counts no more. One that is disabled stays so.
    fn is_forgotten(&self, now: Timestamp, rules: &AccountDelays) -> bool {
        !self.is_disabled && self.until <= now && now.since(self.last) >= rules.forget_after
    }
}

/// Failures at an account from sources that its owner has not been known at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Strangers {
    pub run: Run,
    /// Where the last ones came from: each source once, the newest first.
    pub from: Vec<Source>,
}

impl Strangers {
    /// Sources that are named.
    const NAMED: usize = 5;

    pub fn fail(&mut self, from: Source, now: Timestamp, rules: &AccountDelays) {
        self.run.fail(now, rules);
        if self.run.failures == 1 {
            self.from.clear();
        }
        self.from.retain(|source| *source != from);
        self.from.insert(0, from);
        self.from.truncate(Self::NAMED);
    }
}

/// The sources that the owner of an account has signed in from, each with a run of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct KnownSources(Vec<KnownSource>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownSource {
    pub source: Source,
    /// The last sign-in from it, to the day: it is not written with every one.
    pub succeeded: Timestamp,
    pub run: Run,
}

impl KnownSources {
    /// Sources that are kept. Source: more places than anybody signs in from in a month.
    pub const KEPT: usize = 8;

    /// How exactly the last sign-in is kept.
    const STEP: Duration = Duration::from_hours(24);

    /// The source, while it counts as known.
    pub fn find(&self, source: Source, now: Timestamp, rules: &AccountDelays) -> Option<&KnownSource> {
        self.0.iter().find(|known| known.source == source && known.is_known(now, rules))
    }

    /// A sign-in from there: it is known from now on, and its failures are forgotten. Whoever was not seen
    /// for longest makes room. Answers whether anything is to be written.
    pub fn succeed(&mut self, source: Source, now: Timestamp, rules: &AccountDelays) -> bool {
        self.0.retain(|known| known.source == source || known.is_known(now, rules));
        if let Some(known) = self.0.iter_mut().find(|known| known.source == source) {
            let is_news = known.run != Run::default() || now.since(known.succeeded) >= Self::STEP;
            known.run = Run::default();
            if is_news {
                known.succeeded = known.succeeded.max(now);
            }
            return is_news;
        }
        if self.0.len() >= Self::KEPT
            && let Some((index, _)) = self.0.iter().enumerate().min_by_key(|(_, known)| known.succeeded)
        {
            self.0.remove(index);
        }
        self.0.push(KnownSource { source, succeeded: now, run: Run::default() });
        true
    }

    /// Counts a wrong proof from there; false where it is not known.
    pub fn fail(&mut self, source: Source, now: Timestamp, rules: &AccountDelays) -> bool {
        let known = self.0.iter_mut().find(|known| known.source == source && known.is_known(now, rules));
        match known {
            Some(known) => {
                known.run.fail(now, rules);
                true
            }
            None => false,
        }
    }

    /// Forgets all failures, and no source. Answers whether there were any.
    pub fn forgive(&mut self) -> bool {
        let had_any = self.0.iter().any(|known| known.run != Run::default());
        for known in &mut self.0 {
            known.run = Run::default();
        }
        had_any
    }

    /// The strictest of the runs, as it stands.
    pub fn standing(&self, now: Timestamp) -> Standing {
        self.0.iter().map(|known| known.run.standing(now)).fold(Standing::Open, Standing::stricter)
    }

    /// Those that somebody is kept out of.
    pub fn closed(&self, now: Timestamp) -> impl Iterator<Item = &KnownSource> {
        self.0.iter().filter(move |known| !known.run.standing(now).is_open())
    }
}

impl KnownSource {
    fn is_known(&self, now: Timestamp, rules: &AccountDelays) -> bool {
        now.since(self.succeeded) < rules.known_source
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_795_432_334_000_000);

    fn rules() -> AccountDelays {
        AccountDelays::default()
    }

    fn source(number: u32) -> Source {
        Source::of(Ipv4Addr::from_bits(0x0a00_0000 + number).into())
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn the_curve_is_the_one_of_the_table() {
        let curve: Vec<u64> = (1..=17).map(|failures| delay(failures, &rules()).as_secs()).collect();
        assert_eq!(curve, [1, 1, 1, 3, 3, 3, 3, 3, 15, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(delay(u32::MAX, &rules()), Duration::from_mins(15));
    }

    #[test]
    fn the_hundredth_failure_disables_and_time_does_not_open_it() {
        let mut run = Run::default();
        let mut now = START;
        for failure in 1..=100 {
            assert!(run.standing(now).is_open(), "{failure}");
            run.fail(now, &rules());
            now = now.after(Duration::from_mins(15));
        }
        assert_eq!(run.standing(now.after(Duration::from_hours(10_000))), Standing::Disabled);
        run.fail(now.after(Duration::from_hours(10_000)), &rules());
        assert!(run.is_disabled);
    }

    #[test]
    fn a_day_without_a_failure_forgets_them() {
        let mut run = Run::default();
        for _ in 0..20 {
            run.fail(START, &rules());
        }
        run.fail(run.last.after(Duration::from_hours(24)), &rules());
        assert_eq!(run.failures, 1);
    }

    #[test]
    fn strangers_and_each_known_source_count_for_themselves() {
        let (mut known, rules) = (KnownSources::default(), rules());
        assert!(known.succeed(source(1), START, &rules) && known.succeed(source(2), START, &rules));
        assert!(!known.succeed(source(1), START.after(Duration::from_hours(23)), &rules), "not every time");
        assert!(known.fail(source(1), START, &rules) && !known.fail(source(3), START, &rules));
        let standing = |known: &KnownSources, number| {
            known.find(source(number), START, &rules).map(|known| known.run.standing(START))
        };
        assert_eq!(standing(&known, 1), Some(Standing::Delayed(START.after(seconds(1)))));
        assert_eq!((standing(&known, 2), standing(&known, 3)), (Some(Standing::Open), None));
        assert_eq!(known.closed(START).count(), 1);
        assert!(known.succeed(source(1), START, &rules));
        assert_eq!(known.standing(START), Standing::Open);
        assert!(known.find(source(1), START.after(Duration::from_hours(720)), &rules).is_none());
    }

    #[test]
    fn the_known_source_that_was_not_seen_for_longest_makes_room() {
        let (mut known, rules) = (KnownSources::default(), rules());
        for number in 0..9 {
            known.succeed(source(number), START.after(seconds(number.into())), &rules);
        }
        assert_eq!(known.0.len(), KnownSources::KEPT);
        assert!(known.find(source(0), START, &rules).is_none());
        assert!(known.find(source(1), START, &rules).is_some());
    }

    fn any_rules() -> impl Strategy<Value = AccountDelays> {
        let time = || (0_u64..100_000).prop_map(Duration::from_secs);
        (time(), time(), time(), time(), 1_u32..200).prop_map(|(first, second, third, longest, most)| {
            AccountDelays { first, second, third, longest, disable_after: most, ..AccountDelays::default() }
        })
    }

    proptest! {
        #[test]
        fn the_curve_never_falls(rules in any_rules(), failures in 0_u32..u32::MAX) {
            prop_assert!(delay(failures, &rules) <= delay(failures + 1, &rules));
        }

        #[test]
        fn a_success_resets_and_nothing_else_does(steps in prop::collection::vec(any::<bool>(), 1..60)) {
            let (mut known, rules) = (KnownSources::default(), rules());
            known.succeed(source(1), START, &rules);
            let mut failures = 0;
            for (step, is_right) in (1..).zip(steps) {
                let now = START.after(seconds(step));
                if is_right {
                    known.succeed(source(1), now, &rules);
                    failures = 0;
                } else {
                    known.fail(source(1), now, &rules);
                    failures += 1;
                }
                let run = known.find(source(1), now, &rules).unwrap().run;
                prop_assert_eq!(run.failures, failures);
                prop_assert_eq!(run.standing(now).is_open(), failures == 0);
            }
        }

        /// Times anywhere, in any order: nothing overflows, and what is closed at some moment is not open at
        /// an earlier one.
        #[test]
        fn no_time_overflows_and_none_that_goes_back_lifts_anything(
            rules in any_rules(),
            times in prop::collection::vec(any::<u64>(), 1..40),
            back in any::<u64>(),
        ) {
            let mut run = Run::default();
            for micros in times {
                let now = Timestamp::from_micros(micros);
                let before = run.until;
                run.fail(now, &rules);
                prop_assert!(run.until >= before || run.failures == 1);
                let earlier = Timestamp::from_micros(back.min(micros));
                prop_assert!(run.standing(now).is_open() || !run.standing(earlier).is_open());
            }
        }
    }
}
