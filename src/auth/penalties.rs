//! Sources that keep failing, whomever they try to be.

use std::collections::VecDeque;

use crate::domain::policy::SourcePenalties;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

use super::recent::Recent;
use super::throttle::doubled;

/// Sources that keep failing, in memory only: a restart forgives them.
#[derive(Debug)]
pub struct Penalties(Recent<Timestamp, Watched>);

/// A source that failed.
#[derive(Debug, Clone, Default)]
struct Watched {
    tally: Tally,
    /// Failures within the window that ends now: when some came, and how many with it.
    lately: VecDeque<(Timestamp, u32)>,
}

/// What fails from one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Failures since the source was last forgotten.
    pub all: u32,
    /// Penalties that came after one another.
    penalties: u32,
    pub last: Timestamp,
    /// Nothing is let in before.
    pub until: Timestamp,
}

impl Default for Penalties {
    fn default() -> Self {
        Self(Recent::new(Self::MOST))
    }
}

impl Penalties {
    /// Sources that are remembered. Source: OpenSSH, `PerSourcePenalties`, `max-sources4`.
    pub const MOST: usize = 65_536;

    /// Until when nothing from there is let in, if that is so.
    pub fn until(&self, source: Source, now: Timestamp) -> Option<Timestamp> {
        self.tally(source, now).map(|tally| tally.until)
    }

    /// What failed from a source that is refused now.
    pub fn tally(&self, source: Source, now: Timestamp) -> Option<Tally> {
        self.0.get(source).map(|watched| watched.tally).filter(|tally| now < tally.until)
    }

    /// Counts a failure; answers until when the source is refused, if this was the one too many.
    pub fn fail(&mut self, source: Source, now: Timestamp, rules: &SourcePenalties) -> Option<Timestamp> {
        let mut watched = self.0.remove(source).unwrap_or_default();
        let is_over = watched.fail(now, rules);
        let last = watched.tally.last;
        let until = watched.tally.until;
        self.0.put(source, last, watched);
        is_over.then_some(until)
    }

    /// Forgets a source; false if it was not refused.
    pub fn lift(&mut self, source: Source, now: Timestamp) -> bool {
        let was_refused = self.until(source, now).is_some();
        self.0.remove(source);
        was_refused
    }

    /// The sources that are refused now.
    pub fn refused(&self, now: Timestamp) -> impl Iterator<Item = (Source, Tally)> {
        self.0
            .iter()
            .map(|(source, watched)| (source, watched.tally))
            .filter(move |(_, tally)| now < tally.until)
    }

    /// How many sources are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Watched {
    /// Failures that come closer together than this part of the window leave it together: what is
    /// remembered of a source stays small, however many it may have.
    const PARTS: u32 = 64;

    /// Counts one; true if it brings a penalty.
    fn fail(&mut self, now: Timestamp, rules: &SourcePenalties) -> bool {
        let heard = self.tally.last.max(self.tally.until);
        if self.tally.until <= now && now.since(heard) >= rules.longest.max(rules.window) {
            *self = Self::default();
        }
        self.tally.last = self.tally.last.max(now);
        self.tally.all = self.tally.all.saturating_add(1);
        while self.lately.front().is_some_and(|(at, _)| now.since(*at) >= rules.window) {
            self.lately.pop_front();
        }
        match self.lately.back_mut() {
            Some((at, count)) if now.since(*at) < rules.window / Self::PARTS => {
                *count = count.saturating_add(1);
            }
            _ => self.lately.push_back((now, 1)),
        }
        let failures = self.lately.iter().fold(0_u32, |all, (_, count)| all.saturating_add(*count));
        if failures < rules.failures {
            return false;
        }
        let penalty = doubled(rules.penalty, self.tally.penalties).min(rules.longest);
        self.tally.until = self.tally.until.max(now.after(penalty));
        self.tally.penalties = self.tally.penalties.saturating_add(1);
        self.lately.clear();
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_795_432_334_000_000);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn source(number: u32) -> Source {
        Source::of(Ipv4Addr::from(number).into())
    }

    #[test]
    fn a_source_that_keeps_failing_is_refused_for_longer_and_longer() {
        let (mut penalties, rules) = (Penalties::default(), SourcePenalties::default());
        let (mut now, mut lengths) = (START, Vec::new());
        for _ in 0..8 {
            for failure in 1..=10 {
                let until = penalties.fail(source(1), now, &rules);
                assert_eq!(until.is_some(), failure == 10);
            }
            let until = penalties.until(source(1), now).unwrap();
            lengths.push(until.since(now).as_secs());
            now = until;
            assert_eq!((penalties.until(source(1), now), penalties.until(source(2), now)), (None, None));
        }
        assert_eq!(lengths, [60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        now = now.after(Duration::from_hours(1));
        for _ in 0..10 {
            penalties.fail(source(1), now, &rules);
        }
        assert_eq!(penalties.until(source(1), now), Some(now.after(seconds(60))));
        assert!(penalties.lift(source(1), now) && !penalties.lift(source(1), now));
        assert_eq!(penalties.refused(now).count(), 0);
    }

    #[test]
    fn failures_far_apart_bring_no_penalty() {
        let (mut penalties, rules) = (Penalties::default(), SourcePenalties::default());
        for round in 0..10 {
            let now = START.after(Duration::from_mins(10 * round));
            for _ in 0..9 {
                assert_eq!(penalties.fail(source(1), now, &rules), None);
            }
        }
    }

    /// The window ran from the first failure: nine at its end and nine at the start of the next were none too
    /// many.
    #[test]
    fn the_window_goes_along() {
        let (mut penalties, rules) = (Penalties::default(), SourcePenalties::default());
        let fail = |penalties: &mut Penalties, minutes, times| {
            let now = START.after(Duration::from_mins(minutes));
            (0..times).filter(|_| penalties.fail(source(1), now, &rules).is_some()).count()
        };
        assert_eq!(fail(&mut penalties, 0, 1), 0);
        assert_eq!(fail(&mut penalties, 9, 8), 0);
        assert_eq!(fail(&mut penalties, 11, 1), 0, "the first one is forgotten");
        assert_eq!(fail(&mut penalties, 11, 1), 1);
    }

    #[test]
    fn no_more_sources_are_remembered_than_that() {
        let (mut penalties, rules) = (Penalties::default(), SourcePenalties::default());
        for number in 0..100_000_u32 {
            penalties.fail(source(number), START.after(seconds(number.into())), &rules);
        }
        assert_eq!(penalties.len(), Penalties::MOST);
        assert!(!penalties.is_empty());
    }

    proptest! {
        /// Times anywhere, in any order: what is refused at some moment is refused at every earlier one.
        #[test]
        fn no_time_that_goes_back_lifts_anything(times in prop::collection::vec(any::<u64>(), 1..40), back in any::<u64>()) {
            let mut penalties = Penalties::default();
            for micros in times {
                let now = Timestamp::from_micros(micros);
                penalties.fail(source(1), now, &SourcePenalties::default());
                let earlier = Timestamp::from_micros(back.min(micros));
                let refused = |at| penalties.until(source(1), at).is_some();
                prop_assert!(!refused(now) || refused(earlier));
            }
        }
    }
}
