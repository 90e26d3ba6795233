//! What the app does for itself, not for the screen that is mounted: opening the lock, going on where
//! a connection was lost, seeing to somebody who signed in as the same user.

use std::sync::Arc;

use ratatui::Frame;

use crate::dal::sessions::Lost;
use crate::dal::users::UserRow;
use crate::dal::{DalError, Page};
use crate::domain::id::Handle;
use crate::domain::session::{Place, Told};
use crate::proxy;
use crate::tui::Left;
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::screen::Spot;
use crate::tui::screens::ScreenSpec;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::words::frame as say;

use super::{App, MESSAGES, spec};

/// What came of an errand.
pub(super) enum Errand {
    Unlocked(Result<(), DalError>),
    Lost(Result<Option<Lost>, DalError>),
    Declined(Result<(), DalError>),
    Resumed(Result<Place, DalError>),
    SessionEnded(Result<(), DalError>),
    /// A choice of how it looks.
    Kept(Result<(), DalError>),
    /// People whose names begin with what was asked for.
    Found(String, Result<Page<UserRow>, DalError>),
}

impl App {
    pub(super) fn run(&mut self, errand: Errand) {
        match errand {
            Errand::Unlocked(tried) => self.tried_to_unlock(tried),
            // Not asked any more once somebody is busy with something else.
            Errand::Lost(Ok(lost)) if self.is_untouched => {
                self.lost = lost.filter(|lost| self.is_worth_going_on(&lost.place));
                self.dirty |= self.lost.is_some();
            }
            Errand::Kept(Ok(())) => self.verify_again(),
            Errand::Found(asked, Ok(page)) => self.found_people(&asked, page.items),
            // The palette does without them.
            Errand::Lost(_) | Errand::Found(_, Err(_)) | Errand::Declined(Ok(())) => {}
            Errand::Resumed(Ok(place)) => self.return_to(place),
            Errand::SessionEnded(Ok(())) => self.tell(Notice::done(say::THAT_ENDED)),
            Errand::Resumed(Err(DalError::SessionEnded(ended)))
            | Errand::Kept(Err(DalError::SessionEnded(ended)))
            | Errand::Declined(Err(DalError::SessionEnded(ended)))
            | Errand::SessionEnded(Err(DalError::SessionEnded(ended))) => {
                self.left = Some(Left::Ended(ended));
            }
            Errand::Resumed(Err(error))
            | Errand::Kept(Err(error))
            | Errand::Declined(Err(error))
            | Errand::SessionEnded(Err(error)) => {
                self.tell(Notice::from(&error));
            }
        }
    }

    /// Whether there is somewhere to go on, which is asked once, as soon as one is inside.
    pub(super) fn look_for_lost(&mut self) {
        if self.cx.claims.duty.is_some() {
            return;
        }
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let lost = async { session.verify().await?.sessions().lost().await };
            Errand::Lost(lost.await)
        });
    }

    /// A key that answers the offer to go on; any but Enter turns it down for good, and then means what it
    /// means.
    pub(super) fn takes_offer(&mut self, input: &Input) -> bool {
        self.is_untouched = false;
        let Some(lost) = self.lost.take() else { return false };
        match input.is_enter() {
            true if self.is_worth_going_on(&lost.place) => self.resume(lost.handle),
            // A role was taken away while it was asked: what was lost stays lost, and the record says so.
            true => self.tell(Notice::failed(say::may_not_see(&lost.place.screen))),
            false => self.decline(),
        }
        input.is_enter() || input.is_escape()
    }

    fn resume(&mut self, handle: Handle) {
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let resumed = async { session.verify().await?.sessions().resume(&handle).await };
            Errand::Resumed(resumed.await)
        });
    }

    fn decline(&mut self) {
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let declined = async { session.verify().await?.sessions().decline().await };
            Errand::Declined(declined.await)
        });
    }

    /// Whether one gets there, and is not there already: at home with nothing to go back to.
    fn is_worth_going_on(&self, place: &Place) -> bool {
        let nowhere =
            Place { screen: spec(proxy::home(&self.cx.claims)).title.to_owned(), ..Place::default() };
        *place != nowhere && self.screen_of(place).is_some()
    }

    fn screen_of(&self, place: &Place) -> Option<&'static ScreenSpec> {
        proxy::screens(&self.cx.claims).into_iter().find(|screen| screen.title == place.screen)
    }

    fn return_to(&mut self, place: Place) {
        let Some(screen) = self.screen_of(&place) else { return };
        self.open(screen);
        let Place { filter, selected, is_open, .. } = place;
        let spot = Spot { filter, selected, is_open, ..Spot::default() };
        let loads = self.screen.return_to(spot, &self.cx);
        self.start(loads);
    }

    /// Remembers where the person is, in case the connection is lost.
    pub(super) fn note_place(&mut self) {
        let Spot { filter, selected, is_open, .. } = self.screen.spot();
        let place = Place { screen: spec(self.route).title.to_owned(), filter, selected, is_open };
        if place != self.place {
            self.place = place.clone();
            self.cx.session.is_at(place);
        }
    }

    /// A key that puts away what was told, or does something about it.
    pub(super) fn takes_told(&mut self, input: &Input) -> bool {
        let Some(told) = self.told.front() else { return false };
        match (told.as_ref(), input.function_key()) {
            (Told::SignIn { handle, .. }, Some(2)) => self.end_session(handle.clone()),
            (Told::SignIn { .. }, Some(3)) => {
                let locked = self.cx.session.lock_others();
                self.tell(Notice::done(say::locked_others(locked)));
            }
            (_, Some(4)) => {}
            // Esc is for the innermost of what is open; this lies outside of all of it.
            _ if input.is_escape() && !self.screen.takes_text() && self.screen.crumbs().is_empty() => {}
            _ => return false,
        }
        self.told.pop_front();
        true
    }

    /// Takes in what was said: messages before sign-ins. Of too many, the last gives way that says what
    /// another has said; never the one that is read, and never the first warning of a stranger.
    pub(super) fn hear(&mut self, told: Arc<Told>) {
        let is_message = |told: &Arc<Told>| matches!(told.as_ref(), Told::Message { .. });
        let messages = self.told.iter().take_while(|told| is_message(told)).count();
        let place = if is_message(&told) { messages } else { self.told.len() };
        self.told.insert(place, told);
        self.dirty = true;
        if self.told.len() > MESSAGES {
            let repeated = (1..self.told.len()).rev().find(|index| self.is_repeated(*index));
            self.told.remove(repeated.unwrap_or(MESSAGES));
        }
    }

    /// Whether somebody signed in from where, and with what, somebody did before.
    fn is_repeated(&self, index: usize) -> bool {
        let from = |told: &Arc<Told>| match told.as_ref() {
            Told::SignIn { visitor, .. } => Some((visitor.address, visitor.client.clone())),
            Told::Message { .. } => None,
        };
        let Some(this) = self.told.get(index).and_then(from) else { return false };
        self.told.iter().take(index).any(|told| from(told).as_ref() == Some(&this))
    }

    fn end_session(&mut self, handle: Handle) {
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let ended = async { session.verify().await?.sessions().revoke(&handle).await };
            Errand::SessionEnded(ended.await)
        });
    }

    pub(super) fn draw_offer(&self, frame: &mut Frame) {
        let Some(lost) = &self.lost else { return };
        let when = lost.at.ago(self.cx.now);
        let at = say::place(&lost.place.screen, lost.place.selected.as_deref());
        let body = say::was_lost(lost.visitor.address, &when, &at);
        let hints = [say::DO_GO_ON, say::STAY_HERE];
        let dialog = Dialog { title: say::GO_ON_THERE, body: &body, hints: &hints, ..Dialog::default() };
        dialog.draw(frame, frame.area(), &self.cx.look);
    }
}
