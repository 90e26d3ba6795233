//! Why somebody may do something, or not.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::roles::Explained;
use crate::dal::{DalError, Session};
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::screen::Context;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::roles as say;

/// The question, and the last answer.
pub struct Why {
    form: Form,
    answer: Option<String>,
}

/// Characters of the longest permission, with room for a mistake.
const PERMISSION_CHARS: usize = 32;

impl Why {
    /// The question about oneself, and about this permission if one is looked at.
    pub fn new(permission: Option<Permission>, cx: &Context) -> Self {
        let user =
            TextField::new(UserName::MAX_CHARS).with_check(is_user).with_value(cx.claims.name.as_str());
        let all = Permission::ALL.iter().map(|permission| permission.name().to_owned()).collect();
        let field = TextField::new(PERMISSION_CHARS).with_completions(all).with_check(is_permission);
        let field = field.with_value(permission.map_or("", Permission::name));
        Self { form: Form::new([(words::USER, user), (words::PERMISSION, field)]), answer: None }
    }

    /// Whom and what it is about, once that was said.
    pub fn take(&mut self, input: &Input) -> Option<(UserName, Permission)> {
        if self.answer.is_some() {
            // Read; the next question begins where the last one was.
            if input.is_enter() {
                self.answer = None;
            }
            return None;
        }
        if self.form.apply(input) != Outcome::Submitted {
            return None;
        }
        let name = UserName::parse(self.form.value(0).trim());
        let permission = Permission::find(self.form.value(1).trim());
        match (name, permission) {
            (Ok(name), Some(permission)) => return Some((name, permission)),
            (Err(_), _) => self.form.set_error(0, say::A_USER),
            (Ok(_), None) => self.form.set_error(1, say::A_PERMISSION),
        }
        None
    }

    pub fn answered(&mut self, answer: Result<Explained, DalError>, cx: &Context) {
        match answer {
            Ok(explained) => self.answer = Some(explained.words(|at| cx.ahead(at))),
            Err(error) => self.form.set_error(0, Notice::from(&error).words),
        }
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        if self.answer.is_none() { self.form.focused() } else { None }
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        if let Some(body) = &self.answer {
            let hints = [("Enter", say::ASK_AGAIN), words::BACK];
            return Dialog { title: say::WHY, body, hints: &hints, ..Dialog::default() }
                .draw(frame, area, &cx.look);
        }
        let hints = [("Enter", say::NEXT_WHY), words::COMPLETE, words::BACK];
        Panel { title: say::WHY, body: "", form: &self.form, hints: &hints, is_danger: false }
            .draw(frame, area, &cx.look);
    }
}

fn is_user(typed: &str) -> Result<(), String> {
    UserName::parse(typed.trim()).map(drop).map_err(|why| why.to_string())
}

fn is_permission(typed: &str) -> Result<(), String> {
    let known = || Permission::find(typed.trim());
    known().map(drop).ok_or_else(|| say::A_PERMISSION.to_owned())
}

/// Asks, with a proof made for it.
pub async fn explain(
    session: Session,
    name: UserName,
    permission: Permission,
) -> Result<Explained, DalError> {
    session.verify().await?.roles().explain(&name, permission).await
}
