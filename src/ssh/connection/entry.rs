//! How far somebody has come: waiting, turned away, at a form, or inside.

use std::sync::Arc;

use crate::dal::Session;

use super::super::limits::{Place, Waiting};
use super::super::visiting::Visit;
use super::Connection;
use super::ending::{REFUSED_GRACE, cut_when_ended};

/// Before and after the sign-in.
pub(super) enum Entry {
    Waiting(Waiting),
    /// The place is held, not read: dropping it is what counts.
    Inside {
        session: Session,
        _place: Option<Place>,
    },
    /// Has no account, and is told why they get none: still one who has not signed in.
    TurnedAway {
        why: String,
        _waiting: Waiting,
    },
    /// Has no account, and fills in a form; is inside once that has made one.
    Visiting {
        visit: Arc<Visit>,
        _place: Option<Place>,
    },
    Gone,
}

impl Connection {
    pub(super) fn session(&self) -> Option<&Session> {
        match &self.entry {
            Entry::Inside { session, .. } => Some(session),
            Entry::Visiting { visit, .. } => visit.session(),
            Entry::Waiting(_) | Entry::TurnedAway { .. } | Entry::Gone => None,
        }
    }

    /// Whether another channel may be opened. A stranger has one, and it is the only one.
    pub(super) fn may_open(&self) -> bool {
        let is_stranger = matches!(self.entry, Entry::TurnedAway { .. } | Entry::Visiting { .. });
        self.session().is_some() || is_stranger && self.opened == 0
    }

    pub(super) fn come_in(&mut self, session: Session) {
        if let Entry::Waiting(waiting) = std::mem::replace(&mut self.entry, Entry::Gone) {
            self.front.tasks.spawn(cut_when_ended(session.clone(), self.kill.clone()));
            if session.is_refused() {
                self.cut_after(REFUSED_GRACE);
            }
            self.entry = Entry::Inside { session, _place: waiting.come_in() };
            self.signed_in.cancel();
        }
    }

    /// Whether nobody came in, and nothing of it was counted: no proof was given, or the grace ran out.
    pub(super) fn is_a_probe(&self) -> bool {
        let took_too_long = self.came.elapsed() >= self.settings.ssh.login_grace;
        matches!(self.entry, Entry::Waiting(_)) && (self.login.failures() == 0 || took_too_long)
    }
}
