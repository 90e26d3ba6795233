//! What a locked screen shows instead of everything else, and the form that opens it.

use ratatui::Frame;
use ratatui::widgets::Clear;

use crate::dal::DalError;
use crate::domain::secret::{Password, Secret};
use crate::domain::time::{self, Timestamp};
use crate::tui::words::frame as say;

use super::input::Input;
use super::notice::Notice;
use super::screen::Context;
use super::widgets::field::TextField;
use super::widgets::form::{Form, Outcome};
use super::widgets::panel::Panel;
use super::words;

/// The lock of one screen.
pub struct Lock {
    form: Form,
    /// When the session ends, if the password is not given.
    pub ends: Timestamp,
    /// A password is being checked; another Enter must not send it twice.
    is_sent: bool,
}

impl Lock {
    pub fn new(ends: Timestamp) -> Self {
        Self {
            form: Form::new(vec![(words::PASSWORD, TextField::secret(Password::MAX_TYPED))]),
            ends,
            is_sent: false,
        }
    }

    /// The password to try, once it is typed.
    pub fn take(&mut self, input: &Input) -> Option<Secret> {
        let submitted = !self.is_sent && self.form.apply(input) == Outcome::Submitted;
        if !submitted || self.form.value(0).is_empty() {
            return None;
        }
        self.is_sent = true;
        Some(Secret::new(self.form.value(0).to_owned()))
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    pub fn refused(&mut self, error: &DalError) {
        let ends = self.ends;
        *self = Self::new(ends);
        self.form.set_error(0, Notice::from(error).words);
    }

    pub fn draw(&self, frame: &mut Frame, cx: &Context) {
        let area = frame.area();
        frame.render_widget(Clear, area);
        let left = time::left(self.ends.since(cx.now));
        let body = say::locked(&cx.claims.name, &left);
        let yes = if self.is_sent { words::WORKING } else { say::GO_ON };
        let hints = [("Enter", yes), words::SIGN_OUT_TYPING];
        Panel { title: say::LOCKED, body: &body, form: &self.form, hints: &hints, is_danger: false }
            .draw(frame, area, &cx.look);
    }
}
