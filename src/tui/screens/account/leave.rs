//! Deleting one's own account: with its password, and its name to be sure.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::{DalError, Session};
use crate::domain::secret::{Password, Secret};
use crate::domain::time::left;
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::screen::Context;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::account as say;

/// Characters that somebody may type who mistypes a name.
const CHARS: usize = 64;

pub struct LeaveForm {
    form: Form,
    is_sent: bool,
}

impl LeaveForm {
    pub fn new() -> Self {
        let password = (words::PASSWORD, TextField::secret(Password::MAX_CHARS));
        let form = Form::new(vec![password, (say::TYPE_NAME, TextField::new(CHARS))]);
        Self { form, is_sent: false }
    }

    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.form.is_changed()
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    /// The password that was typed, once the name beside it is right.
    pub fn take(&mut self, input: &Input, cx: &Context) -> Option<Secret> {
        if self.is_sent || self.form.apply(input) != Outcome::Submitted {
            return None;
        }
        let name = cx.claims.name.as_str();
        if self.form.value(1).trim() != name {
            self.form.set_error(1, words::be_sure(name));
            return None;
        }
        self.is_sent = true;
        Some(Secret::new(self.form.value(0).to_owned()))
    }

    /// Puts a refusal beside the password, or into the words that come back.
    pub fn refused(&mut self, error: &DalError) -> Option<Notice> {
        self.is_sent = false;
        let notice = Notice::from(error);
        if !matches!(error, DalError::Invalid { .. }) {
            return Some(notice);
        }
        self.form.set_error(0, notice.words);
        None
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let keep = left(cx.session.dal().policy().keep_deleted);
        let yes = if self.is_sent { words::WORKING } else { say::NEXT_DELETE };
        let panel = Panel {
            title: say::LEAVE,
            body: &say::leave_means(&keep),
            form: &self.form,
            hints: &[("Enter", yes), words::BACK],
            is_danger: true,
        };
        panel.draw(frame, area, &cx.look);
    }
}

/// Deletes the account, with a proof made for it; what is left of the session says so.
pub async fn leave(session: Session, password: Secret) -> Result<(), DalError> {
    session.verify().await?.account().delete_own(password).await
}
