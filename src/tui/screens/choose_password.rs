//! Choose a password: the only screen until the one that has to be replaced is.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::tui::keymap::Command;
use crate::tui::screen::{Context, Load, Screen, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::words::account as say;

use super::account::password::{Entered, PasswordForm};

pub struct ChoosePassword {
    form: PasswordForm,
}

pub enum Msg {
    Changed(Result<(), DalError>),
}

impl Screen for ChoosePassword {
    type Msg = Msg;

    fn open(_cx: &Context) -> (Self, Vec<Load<Msg>>) {
        (Self { form: PasswordForm::without_current() }, Vec::new())
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let Command::Text(input) = command else { return (Step::Stay, Vec::new()) };
        let loads = match self.form.take(&input, cx) {
            Entered::Nothing => Vec::new(),
            Entered::Passwords(passwords) => {
                vec![cx.load(|session| passwords.carry_out(session), Msg::Changed)]
            }
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, Msg::Changed(result): Msg, _cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match result {
            // The claims no longer ask for a password: what they allow now is drawn next.
            Ok(()) => (Step::Refresh, Vec::new()),
            Err(error) => {
                let notice = self.form.refused(&error);
                (notice.map_or(Step::Stay, Step::Tell), Vec::new())
            }
        }
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        self.form.draw(frame, area, say::HAS_TO_CHANGE, &cx.look);
    }

    fn knows(&self, _command: &Command) -> bool {
        false
    }

    fn is_changed(&self) -> bool {
        self.form.is_changed()
    }

    fn takes_text(&self) -> bool {
        true
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.field()
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        PasswordForm::HINTS.to_vec()
    }
}
