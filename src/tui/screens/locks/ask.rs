//! What is asked before a lock is lifted.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::locks::Locked;
use crate::dal::{DalError, Session};
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::widgets::form::Form;
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::locks as say;

/// The question.
pub struct Ask {
    about: Locked,
    /// Nothing is typed: Enter is the answer.
    form: Form,
    /// The answer is on its way; another Enter must not send it twice.
    is_sent: bool,
}

impl Ask {
    pub fn about(locked: &Locked) -> Self {
        Self { about: locked.clone(), form: Form::new(Vec::new()), is_sent: false }
    }

    /// What is to be lifted, once that was answered.
    pub fn take(&mut self, input: &Input) -> Option<Locked> {
        if self.is_sent || !input.is_enter() {
            return None;
        }
        self.is_sent = true;
        Some(self.about.clone())
    }

    /// It was not done; it may be tried again.
    pub fn refused(&mut self) {
        self.is_sent = false;
    }

    pub fn title(&self) -> String {
        say::lift(&super::closed(&self.about))
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let body = match &self.about {
            Locked::User(name) | Locked::UserAtKnownSource(name) | Locked::Codes(name) => {
                say::lifts_user(name)
            }
            Locked::Source(source) => say::lifts_source(source),
        };
        let hints = [("Enter", if self.is_sent { words::WORKING } else { say::DO_LIFT }), words::BACK];
        Panel { title: &self.title(), body: &body, form: &self.form, hints: &hints, is_danger: false }
            .draw(frame, area, look);
    }
}

/// Does it, with a proof made for it; answers what was lifted.
pub async fn lift(session: Session, locked: Locked) -> Result<Locked, DalError> {
    let locks = session.verify().await?.locks();
    match &locked {
        Locked::User(name) | Locked::UserAtKnownSource(name) | Locked::Codes(name) => {
            locks.lift_user(name).await?;
        }
        Locked::Source(source) => locks.lift_source(*source).await?,
    }
    Ok(locked)
}

/// What was done, in words.
pub fn done(locked: &Locked) -> String {
    say::lifted(&super::closed(locked))
}
