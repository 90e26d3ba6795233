//! What is asked before somebody is invited, or an invite is taken back.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::invites::{InviteRow, MadeInvite, NewInvite};
use crate::dal::{DalError, Session};
use crate::domain::duration;
use crate::domain::id::Handle;
use crate::domain::name::UserName;
use crate::domain::role;
use crate::domain::text::Line;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::notice::Notice;
use crate::tui::screen::Context;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::invites as say;

/// Characters that a list of roles may have.
const ROLES_CHARS: usize = 120;
/// Characters of a time such as `36h`, and of a number of uses.
const SHORT: usize = 8;

/// Where each field of a new invite stands.
const ROLES: usize = 0;
const NAME: usize = 1;
const EXPIRES: usize = 2;
const USES: usize = 3;
const NOTE: usize = 4;

/// A question with its form.
pub struct Ask {
    about: About,
    form: Form,
    /// The answer is on its way; another Enter must not send it twice.
    is_sent: bool,
}

enum About {
    Create,
    Revoke(Handle, String),
}

/// What became of an input.
pub enum Answer {
    None,
    Send(Order),
}

/// Something to be done, with everything it needs.
pub enum Order {
    Create(NewInvite),
    Revoke(Handle),
}

/// What was done.
pub enum Done {
    Made(MadeInvite),
    Revoked(Handle),
}

impl Ask {
    pub fn create(cx: &Context) -> Self {
        let known = cx.claims.role_names();
        let roles = TextField::new(ROLES_CHARS).with_completions(known).with_check(are_roles);
        let name = TextField::new(UserName::MAX_CHARS).with_placeholder(say::CHOOSES_NAME);
        let time = TextField::new(SHORT).with_placeholder(say::AS_ALLOWED);
        let fields = vec![
            (words::ROLES, roles.with_value("member")),
            (words::USER_NAME, name.with_check(is_name)),
            (say::EXPIRES_IN, time.with_check(is_time)),
            (say::USES, TextField::new(SHORT).with_check(is_number).with_value("1")),
            (
                say::NOTE,
                TextField::new(Line::MAX_CHARS).with_placeholder(say::FOR_THIS_LIST).with_check(is_note),
            ),
        ];
        Self { about: About::Create, form: Form::new(fields), is_sent: false }
    }

    pub fn revoke(row: &InviteRow) -> Self {
        let whom = say::code(row.name.as_ref());
        let about = About::Revoke(row.id.clone(), whom);
        Self { about, form: Form::new(Vec::new()), is_sent: false }
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    pub fn take(&mut self, input: &Input) -> Answer {
        if self.is_sent {
            return Answer::None;
        }
        let submitted =
            self.form.apply(input) == Outcome::Submitted || (self.form.is_empty() && input.is_enter());
        if !submitted {
            return Answer::None;
        }
        match self.order() {
            Ok(order) => {
                self.is_sent = true;
                Answer::Send(order)
            }
            Err((field, why)) => {
                self.form.set_error(field, why);
                Answer::None
            }
        }
    }

    /// Puts a refusal where it belongs: beside a field, or into the words that come back.
    pub fn refused(&mut self, error: &DalError) -> Option<Notice> {
        self.is_sent = false;
        let notice = Notice::from(error);
        let field = match (&self.about, error) {
            (About::Revoke(..), _) => return Some(notice),
            (
                _,
                DalError::Invalid { field: "roles", .. }
                | DalError::NoRole { .. }
                | DalError::Forbidden { .. },
            ) => ROLES,
            (_, DalError::Invalid { field: "expires", .. }) => EXPIRES,
            (_, DalError::Invalid { field: "uses", .. }) => USES,
            (_, DalError::Conflict { .. }) if !self.form.value(NAME).trim().is_empty() => NAME,
            _ => return Some(notice),
        };
        self.form.set_error(field, notice.words);
        None
    }

    /// The order that the form describes, or which field is wrong and why.
    fn order(&self) -> Result<Order, (usize, String)> {
        if let About::Revoke(id, _) = &self.about {
            return Ok(Order::Revoke(id.clone()));
        }
        let at = |index| move |why: String| (index, why);
        Ok(Order::Create(NewInvite {
            roles: role::parse_list(self.form.value(ROLES)).map_err(at(ROLES))?,
            name: self.given(NAME, name)?,
            lifetime: self.given(EXPIRES, time)?,
            uses: number(self.form.value(USES)).map_err(at(USES))?,
            note: self.given(NOTE, note)?,
        }))
    }

    /// What stands in a field that may be empty.
    fn given<T>(
        &self,
        index: usize,
        parse: fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, (usize, String)> {
        match self.form.value(index).trim() {
            "" => Ok(None),
            typed => parse(typed).map(Some).map_err(|why| (index, why)),
        }
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let (body, yes) = match &self.about {
            About::Create => (say::CREATE_MEANS.to_owned(), say::NEXT_INVITE),
            About::Revoke(_, whom) => (say::revoke_means(whom), say::DO_REVOKE),
        };
        let is_danger = matches!(self.about, About::Revoke(..));
        let enter = ("Enter", if self.is_sent { words::WORKING } else { yes });
        let complete = (!is_danger).then_some(words::COMPLETE);
        let hints: Vec<Hint<'_>> = [enter].into_iter().chain(complete).chain([words::BACK]).collect();
        Panel { title: &self.title(), body: &body, form: &self.form, hints: &hints, is_danger }
            .draw(frame, area, look);
    }

    pub fn title(&self) -> String {
        match &self.about {
            About::Create => say::CREATE.to_owned(),
            About::Revoke(id, _) => say::revoke(id),
        }
    }

    /// Whether something was typed that would be lost.
    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.form.is_changed()
    }
}

fn are_roles(typed: &str) -> Result<(), String> {
    role::parse_list(typed).map(drop)
}

fn name(typed: &str) -> Result<UserName, String> {
    UserName::parse_new(typed.trim()).map_err(|why| why.to_string())
}

fn is_name(typed: &str) -> Result<(), String> {
    name(typed).map(drop)
}

fn time(typed: &str) -> Result<Duration, String> {
    duration::parse(typed.trim()).ok_or_else(|| say::LIKE_A_TIME.to_owned())
}

fn is_time(typed: &str) -> Result<(), String> {
    time(typed).map(drop)
}

fn number(typed: &str) -> Result<u32, String> {
    typed.trim().parse().map_err(|_| say::A_NUMBER.to_owned())
}

fn is_number(typed: &str) -> Result<(), String> {
    number(typed).map(drop)
}

fn note(typed: &str) -> Result<Line, String> {
    Line::parse(typed).map_err(|why| why.to_string())
}

fn is_note(typed: &str) -> Result<(), String> {
    note(typed).map(drop)
}

impl Order {
    /// Does it, with a proof made for it.
    pub async fn carry_out(self, session: Session) -> Result<Done, DalError> {
        let invites = session.verify().await?.invites();
        Ok(match self {
            Self::Create(new) => Done::Made(invites.create(new).await?),
            Self::Revoke(id) => {
                invites.revoke(&id).await?;
                Done::Revoked(id)
            }
        })
    }
}

impl Done {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Made(made) => say::made(&made.id),
            Self::Revoked(id) => say::revoked(id),
        }
    }
}
