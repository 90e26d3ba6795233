//! What the app does for itself, not for the screen that is mounted: opening the lock, going on where
//! a connection was lost, ending a session of somebody who signed in as the same user.

use ratatui::Frame;

use crate::dal::sessions::Lost;
use crate::dal::users::UserRow;
use crate::dal::{DalError, Page};
use crate::domain::id::Handle;
use crate::domain::session::Place;
use crate::proxy;
use crate::tui::Left;
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::screen::Spot;
use crate::tui::screens::ScreenSpec;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::words::frame as say;

use super::{App, spec};

/// What came of an errand.
pub(super) enum Errand {
    Unlocked(Result<(), DalError>),
    Lost(Result<Option<Lost>, DalError>),
    Declined(Result<(), DalError>),
    Resumed(Result<Place, DalError>),
    /// How many were ended.
    SessionsEnded(Result<usize, DalError>),
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
            Errand::SessionsEnded(Ok(count)) => self.tell(Notice::done(say::those_ended(count))),
            Errand::Resumed(Err(DalError::SessionEnded(ended)))
            | Errand::Kept(Err(DalError::SessionEnded(ended)))
            | Errand::Declined(Err(DalError::SessionEnded(ended)))
            | Errand::SessionsEnded(Err(DalError::SessionEnded(ended))) => {
                self.left = Some(Left::Ended(ended));
            }
            Errand::Resumed(Err(error))
            | Errand::Kept(Err(error))
            | Errand::Declined(Err(error))
            | Errand::SessionsEnded(Err(error)) => {
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
