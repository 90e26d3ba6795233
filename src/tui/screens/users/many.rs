//! What is done to all who are marked: asked once, done one by one, each told of.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::users::{MAX_ROWS, UserRow};
use crate::domain::name::UserName;
use crate::domain::text::Line;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::users as say;
use crate::tui::work::Work;

use super::dialogs::is_disabled;

/// More than fit on a page are not done anything to before their number was typed.
const UNASKED: usize = MAX_ROWS;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Disable,
    Enable,
    EndSessions,
    NewPassword,
}

/// The question.
pub struct ManyAsk {
    deed: Deed,
    names: Vec<UserName>,
    /// One's own account was marked too, and is left out.
    leaves_own: bool,
    form: Form,
}

impl ManyAsk {
    /// The question that a key asks about all who are marked; `None` where it asks nothing of many. Whoever
    /// asks is left out where it would stop them in the middle of it.
    ///
    /// As with one, the same key disables and enables: it does to all what it would do to the selected one.
    pub fn about(
        key: char,
        selected: Option<&UserRow>,
        marked: &BTreeSet<UserName>,
        own: &UserName,
    ) -> Option<Self> {
        let deed = match key {
            'd' if selected.is_some_and(is_disabled) => Deed::Enable,
            'd' => Deed::Disable,
            's' => Deed::EndSessions,
            'w' => Deed::NewPassword,
            _ => return None,
        };
        let leaves_own = deed != Deed::Enable && marked.contains(own) && marked.len() > 1;
        let names: Vec<_> = marked.iter().filter(|name| !leaves_own || *name != own).cloned().collect();
        if names.is_empty() {
            return None;
        }
        let mut fields = Vec::new();
        if deed == Deed::Disable {
            fields.push((say::REASON_OF_MANY, TextField::new(Line::MAX_CHARS)));
        }
        if names.len() > UNASKED {
            fields.push((say::TYPE_COUNT, TextField::new(COUNT_CHARS)));
        }
        Some(Self { deed, names, leaves_own, form: Form::new(fields) })
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    /// The work, once everything is told.
    pub fn take(&mut self, input: &Input) -> Option<Work> {
        let submitted =
            self.form.apply(input) == Outcome::Submitted || (self.form.is_empty() && input.is_enter());
        if !submitted {
            return None;
        }
        let reason = match self.deed {
            Deed::Disable => match Line::parse(self.form.value(0)) {
                Ok(reason) => Some(reason),
                Err(why) => {
                    self.form.set_error(0, why.to_string());
                    return None;
                }
            },
            _ => None,
        };
        let count = usize::from(reason.is_some());
        let typed: String = self.form.value(count).chars().filter(char::is_ascii_digit).collect();
        if self.names.len() > UNASKED && typed != self.names.len().to_string() {
            self.form.set_error(count, words::be_sure(self.names.len()));
            return None;
        }
        work(self.deed, self.names.clone(), reason)
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let yes = match self.deed {
            Deed::Disable => say::DO_DISABLE,
            Deed::Enable => say::DO_ENABLE,
            Deed::EndSessions => say::DO_END,
            Deed::NewPassword => say::ASK_FOR_ONE,
        };
        let hints = [("Enter", yes), words::BACK];
        let (title, body) = (self.title(), self.body());
        let is_danger = matches!(self.deed, Deed::Disable | Deed::EndSessions);
        Panel { title: &title, body: &body, form: &self.form, hints: &hints, is_danger }
            .draw(frame, area, look);
    }

    pub fn title(&self) -> String {
        let whom = say::users(&self.names);
        match self.deed {
            Deed::Disable => say::disable(&whom),
            Deed::Enable => say::enable(&whom),
            Deed::EndSessions => words::sessions::end_all_of(whom),
            Deed::NewPassword => say::new_password_for(&whom),
        }
    }

    fn body(&self) -> String {
        let what = match self.deed {
            Deed::Disable => say::OPEN_END,
            Deed::Enable => say::OPEN_AGAIN,
            Deed::EndSessions => say::CLOSED_AT_ONCE,
            Deed::NewPassword => say::CHOOSE_FIRST,
        };
        let own = match (self.leaves_own, self.deed) {
            (false, _) => "",
            (true, Deed::EndSessions) => say::OWN_STAY,
            (true, _) => say::YOU_STAY,
        };
        say::goes_on_behind(what, own)
    }
}

/// Digits of the largest number of users, with blanks between.
const COUNT_CHARS: usize = 12;

/// `None` for what a reason is missing.
fn work(deed: Deed, names: Vec<UserName>, reason: Option<Line>) -> Option<Work> {
    Some(match (deed, reason) {
        (Deed::Disable, None) => return None,
        (Deed::Disable, Some(reason)) => {
            Work::over(say::DISABLING, names, say::WERE_DISABLED, move |session, name| {
                let reason = reason.clone();
                async move { session.verify().await?.users().disable(&name, reason).await.map(|()| 1) }
            })
        }
        (Deed::NewPassword, _) => {
            Work::over(say::ASKING, names, say::WERE_ASKED, |session, name| async move {
                session.verify().await?.users().require_new_password(&name).await.map(|()| 1)
            })
        }
        (Deed::EndSessions, _) => end_sessions(names),
        (Deed::Enable, _) => {
            Work::over(say::ENABLING, names, say::WERE_ENABLED, |session, name| async move {
                session.verify().await?.users().enable(&name).await.map(|()| 1)
            })
        }
    })
}

pub fn end_sessions(names: Vec<UserName>) -> Work {
    Work::over(say::ENDING, names, say::WERE_ENDED, |session, name| async move {
        session.verify().await?.sessions().revoke_user(&name).await
    })
}
