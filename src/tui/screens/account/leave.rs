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
use crate::tui::words::second_factor as factor_words;

/// Characters that somebody may type who mistypes a name.
const CHARS: usize = 64;

pub struct LeaveForm {
    form: Form,
    has_a_factor: bool,
    is_sent: bool,
}

impl LeaveForm {
    /// The code is asked for where there is a second factor.
    pub fn new(has_a_factor: bool) -> Self {
        let password = (words::PASSWORD, TextField::secret(Password::MAX_CHARS));
        let name = (say::TYPE_NAME, TextField::new(CHARS));
        let code = has_a_factor.then(|| (factor_words::CODE, TextField::new(CHARS)));
        let fields: Vec<_> = [password, name].into_iter().chain(code).collect();
        let form = Form::new(fields);
        Self { form, has_a_factor, is_sent: false }
    }

    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.form.is_changed()
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    /// The password and the code that were typed, once the name beside them is right.
    pub fn take(&mut self, input: &Input, cx: &Context) -> Option<Proofs> {
        if self.is_sent || self.form.apply(input) != Outcome::Submitted {
            return None;
        }
        let name = cx.claims.name.as_str();
        if self.form.value(1).trim() != name {
            self.form.set_error(1, words::be_sure(name));
            return None;
        }
        self.is_sent = true;
        let typed = |field| Secret::new(self.form.value(field).to_owned());
        Some(Proofs { password: typed(0), code: self.has_a_factor.then(|| typed(2)) })
    }

    /// Puts a refusal beside what was wrong, or into the words that come back.
    pub fn refused(&mut self, error: &DalError) -> Option<Notice> {
        self.is_sent = false;
        let notice = Notice::from(error);
        let field = match error {
            DalError::Invalid { field: "code", .. } if self.has_a_factor => 2,
            DalError::Invalid { .. } => 0,
            _ => return Some(notice),
        };
        self.form.set_error(field, notice.words);
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

/// What has to be proven again.
pub struct Proofs {
    password: Secret,
    code: Option<Secret>,
}

/// Deletes the account, with a proof made for it; what is left of the session says so.
pub async fn leave(session: Session, proofs: Proofs) -> Result<(), DalError> {
    session.verify().await?.account().delete_own(proofs.password, proofs.code).await
}
