//! Time that passes while nobody types: the countdown, the lock, the end.

use std::time::Duration;

use tokio::time::Instant;

use crate::dal::DalError;
use crate::domain::presence::Presence;
use crate::domain::time;
use crate::tui::Left;
use crate::tui::input::Input;
use crate::tui::keymap::{self, Command};
use crate::tui::lock::Lock;
use crate::tui::words::frame as say;

use super::errands::Errand;
use super::{App, Taken};

/// From when on a screen says that its session is about to reach its end.
pub(super) const LAST_MINUTES: Duration = Duration::from_mins(5);

const SECOND: Duration = Duration::from_secs(1);

impl App {
    /// When something changes because nobody types, or because time is up.
    pub fn next_change(&self) -> Instant {
        let mut wait = self.cx.session.until_next_change();
        if let Some(step) = self.counts_down() {
            wait = wait.min(step);
        } else {
            let left = self.cx.claims.expires.since(self.cx.session.dal().now());
            wait = wait.min(left.saturating_sub(LAST_MINUTES));
        }
        // A little later, so that the store's verdict is sure to be the same.
        Instant::now() + wait + Duration::from_millis(50)
    }

    /// How often what is shown has to be drawn again, while it tells how much time is left.
    fn counts_down(&self) -> Option<Duration> {
        let is_leaving = matches!(self.cx.session.presence(), Presence::Leaving { .. });
        let left = self.cx.claims.expires.since(self.cx.session.dal().now());
        (is_leaving || self.lock.is_some() || left <= LAST_MINUTES).then_some(SECOND)
    }

    /// Nobody typed for a while, or not much time is left.
    pub fn time_has_passed(&mut self) {
        self.dirty = true;
        self.look();
        // One that is on its way says the same: where the store is slow, nothing begins it anew.
        if self.cx.session.until_next_change().is_zero() && self.verification.is_empty() {
            self.verify_again();
        }
    }

    /// The session or its user was written, or the session was locked or unlocked.
    pub fn heard_the_bell(&mut self) {
        self.look();
        self.verify_again();
    }

    /// Locks or unlocks the screen as the session is.
    pub(super) fn look(&mut self) {
        self.refresh_context();
        match (self.cx.session.presence(), &mut self.lock) {
            (Presence::Locked { ends }, Some(lock)) => lock.ends = ends,
            (Presence::Locked { ends }, lock @ None) => {
                *lock = Some(Lock::new(ends));
                self.overlay = None;
                // What was drawn before it can be clicked no more.
                self.cx.look.begin();
                self.dirty = true;
            }
            (Presence::Here | Presence::Leaving { .. }, Some(_)) => {
                self.lock = None;
                self.dirty = true;
                // What came meanwhile was not allowed to be read.
                self.read_again();
            }
            _ => {}
        }
    }

    pub(super) fn tried_to_unlock(&mut self, tried: Result<(), DalError>) {
        self.dirty = true;
        match tried {
            Ok(()) => self.look(),
            Err(DalError::SessionEnded(ended)) => self.left = Some(Left::Ended(ended)),
            Err(error) => {
                if let Some(lock) = &mut self.lock {
                    lock.refused(&error);
                }
            }
        }
    }

    /// Takes a key while nothing is shown but the lock.
    pub(super) fn take_locked(&mut self, input: &Input) -> Taken {
        match keymap::always(input) {
            Some(Command::Quit) => self.left = Some(Left::SignedOut),
            Some(Command::Repaint) => return Taken::Repaint,
            _ => {
                if let Some(password) = self.lock.as_mut().and_then(|lock| lock.take(input)) {
                    let session = self.cx.session.clone();
                    self.errands.spawn(async move { Errand::Unlocked(session.unlock(password).await) });
                }
            }
        }
        Taken::Done
    }

    /// How much time is left, once that is worth saying.
    pub(super) fn warning(&self) -> Option<String> {
        let left = self.cx.claims.expires.since(self.cx.now);
        if let Presence::Leaving { locks } = self.cx.session.presence() {
            let left = time::left(locks.since(self.cx.now));
            Some(say::locks_in(&left))
        } else if left <= LAST_MINUTES {
            let left = time::left(left);
            Some(say::ends_in(&left))
        } else {
            None
        }
    }
}
