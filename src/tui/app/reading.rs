//! What a dashboard that is read aloud has to know of the app, besides what it draws.

use std::time::Duration;

use ratatui::Frame;

use crate::domain::presence::Presence;
use crate::domain::role;
use crate::proxy;
use crate::tui::keymap::Action;
use crate::tui::look::{Grain, Look};
use crate::tui::notice::Notice;
use crate::tui::screens::Route;
use crate::tui::theme::Theme;
use crate::tui::widgets::field::TextField;
use crate::tui::words::plain as say;

use super::overlay::Overlay;
use super::told::News;
use super::{App, spec};

/// What time is running out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// Nobody types: the screen locks.
    Lock,
    /// It is locked, and the session ends.
    LockedEnd,
    /// The session's whole lifetime is over.
    End,
}

impl App {
    /// Draws what the frame stands around, and the lock or an offer instead of it.
    pub fn draw_inside(&mut self, frame: &mut Frame, theme: &'static Theme) {
        self.dirty = false;
        self.cx.look = Look::new(theme).with_grain(Grain::Words);
        if let Some(lock) = &self.lock {
            return lock.draw(frame, &self.cx);
        }
        self.screen.view(frame, frame.area(), &self.cx);
        self.draw_offer(frame);
        self.draw_overlay(frame, frame.area());
    }

    pub fn route(&self) -> Route {
        self.route
    }

    pub fn title(&self) -> &'static str {
        spec(self.route).title
    }

    /// The titles of the screens that can be gone to, in the order of their numbers.
    pub fn titles(&self) -> Vec<&'static str> {
        proxy::screens(&self.cx.claims).into_iter().map(|screen| screen.title).collect()
    }

    /// Goes to a screen by its number, counted from 0.
    pub fn go_to(&mut self, index: usize) {
        self.notice = None;
        if self.lock.is_none() && !self.screen.takes_text() {
            self.is_untouched = false;
            self.lost = None;
            self.switch_to(index);
            self.note_place();
        }
    }

    /// `alice, member`
    pub fn who(&self) -> String {
        format!("{}, {}", self.cx.claims.name, role::list(&self.cx.claims.roles))
    }

    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Whether letters are text at the moment.
    pub fn takes_text(&self) -> bool {
        match (&self.lock, &self.overlay) {
            (Some(_), _) | (None, Some(Overlay::Palette(_))) => true,
            (None, Some(_)) => false,
            (None, None) => self.screen.takes_text(),
        }
    }

    /// The field that the next text goes into, with its label.
    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        match &self.lock {
            Some(lock) => lock.field(),
            None if self.overlay.is_some() => None,
            None => self.screen.field(),
        }
    }

    /// The keys worth naming at the moment.
    pub fn hints(&self) -> Vec<(&'static str, &'static str)> {
        if self.lock.is_some() { Vec::new() } else { self.screen.hints(&self.cx) }
    }

    /// The screen's own keys that this person is offered.
    pub fn offered(&self) -> Vec<Action> {
        self.screen.actions().iter().copied().filter(|action| self.is_offered(action.key)).collect()
    }

    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Takes the messages that wait; a sign-in stays until something is done about it.
    pub fn take_messages(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        self.told.retain(|news| match news {
            News::Message { by, words } => {
                said.push(say::message(by, words.as_str()));
                false
            }
            News::SignIns(_) => true,
        });
        said
    }

    /// From where somebody signed in as the same user, and whether that goes on.
    pub fn stranger(&self) -> Option<(String, bool)> {
        self.told.iter().find_map(|news| match news {
            News::SignIns(one) => {
                let whence = say::whence(one.visitor.address, &one.visitor.client);
                Some((whence, !self.going_on(one).is_empty()))
            }
            News::Message { .. } => None,
        })
    }

    /// What time is running out for, and how much is left; `None` while there is plenty.
    pub fn deadline(&self) -> Option<(Deadline, Duration)> {
        let now = self.cx.now;
        let left = self.cx.claims.expires.since(now);
        match (&self.lock, self.cx.session.presence()) {
            (Some(lock), _) => Some((Deadline::LockedEnd, lock.ends.since(now))),
            (None, Presence::Leaving { locks }) => Some((Deadline::Lock, locks.since(now))),
            (None, _) if left <= super::presence::LAST_MINUTES => Some((Deadline::End, left)),
            (None, _) => None,
        }
    }
}
