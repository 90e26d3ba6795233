//! How many were connected during the last day.

use std::collections::VecDeque;

use crate::domain::time::Timestamp;

/// Microseconds between two numbers: ten minutes.
const STEP: u64 = 600_000_000;

/// Numbers that are kept; with the one of this moment they are a day.
const KEPT: usize = 143;

/// One number for every ten minutes that have ended, as long as the server runs.
///
/// No timer keeps it: whenever somebody comes, goes or looks, the steps that have ended meanwhile are
/// filled in with the number that held all the while.
pub(super) struct History {
    /// Steps since 1970, up to the last look.
    step: u64,
    count: u64,
    kept: VecDeque<u64>,
}

impl History {
    pub fn new(now: Timestamp) -> Self {
        Self { step: step(now), count: 0, kept: VecDeque::new() }
    }

    /// From now on there are so many.
    pub fn note(&mut self, now: Timestamp, count: usize) {
        let ended = step(now).saturating_sub(self.step);
        for _ in 0..usize::try_from(ended).unwrap_or(KEPT).min(KEPT) {
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(self.count);
        }
        self.step = self.step.max(step(now));
        self.count = u64::try_from(count).unwrap_or(u64::MAX);
    }

    /// What is known, oldest first; the last one is the number of this moment.
    pub fn all(&self) -> Vec<u64> {
        self.kept.iter().copied().chain([self.count]).collect()
    }

    /// Puts numbers from before this server in front, as far as there is room.
    pub fn precede(&mut self, before: &[u64]) {
        for count in before.iter().rev().take(KEPT.saturating_sub(self.kept.len())) {
            self.kept.push_front(*count);
        }
    }
}

fn step(at: Timestamp) -> u64 {
    at.as_micros() / STEP
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_held_meanwhile_fills_the_time() {
        let start = Timestamp::from_micros(STEP * 1_000);
        let at = |minutes| start.after(Duration::from_mins(minutes));
        let mut history = History::new(start);
        assert_eq!(history.all(), [0]);
        history.note(at(1), 3);
        history.note(at(2), 5);
        assert_eq!(history.all(), [5]);
        history.note(at(31), 4);
        assert_eq!(history.all(), [5, 5, 5, 4]);
        // Time that goes back is no time.
        history.note(at(12), 2);
        assert_eq!(history.all(), [5, 5, 5, 2]);
        history.note(at(100 * 24 * 60), 1);
        assert_eq!((history.all().len(), history.all().first()), (144, Some(&2)));
        history.precede(&[7, 7]);
        assert_eq!(history.all().len(), 144);
        let mut young = History::new(start);
        young.precede(&[1, 2]);
        assert_eq!(young.all(), [1, 2, 0]);
    }
}
