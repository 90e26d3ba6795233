//! What is asked before something is done to a user, and how the answer is carried out.

mod order;

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::dal::users::{Dates, GrantRow, NewUser, Revision, UserRow, UserState};
use crate::domain::moment;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};
use crate::domain::text::Line;
use crate::domain::time::{Timestamp, left};
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::screen::Context;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::theirs::Theirs;
use crate::tui::words;
use crate::tui::words::users as say;
use crate::tui::work::Work;

use super::many;
pub use order::{Done, Order};

/// A question with its form.
pub struct Ask {
    about: About,
    form: Form,
    /// The names of all roles.
    roles: String,
    /// What the account was when the form was filled in.
    seen: Revision,
    /// What somebody else has made of it since.
    theirs: Option<Theirs>,
    /// The answer is on its way; another Enter must not send it twice.
    is_sent: bool,
}

enum About {
    Create,
    Rename(UserName, DisplayName),
    Roles(UserName, Vec<RoleName>),
    /// With what is held for a time already.
    Grant(UserName, Vec<GrantRow>),
    Dates(UserName, Dates),
    Disable(UserName),
    Enable(UserName),
    Reset(UserName),
    Renew(UserName),
    RemoveFactor(UserName),
    /// And for how long it can be restored.
    Delete(UserName, Duration),
    Purge(UserName),
    EndSessions(UserName),
}

/// What became of an input.
pub enum Answer {
    None,
    Send(Order),
    /// For many, one after the other.
    Begin(Work),
}

impl Ask {
    /// The question that a key asks about the selected user; `None` where there is nothing to ask.
    pub fn about(key: char, selected: Option<&UserRow>, cx: &Context) -> Option<Self> {
        let known = cx.claims.role_names();
        let name = selected.map(|row| row.name.clone());
        let plain = |chars| TextField::new(chars);
        let (about, fields) = match key {
            'n' => (
                About::Create,
                vec![
                    (words::USER_NAME, plain(UserName::MAX_CHARS * 2).with_check(is_user_name)),
                    (say::EMPTY_NAME, plain(DisplayName::MAX_CHARS).with_check(is_display_name)),
                    (words::ROLES, roles_field("member", known.clone())),
                ],
            ),
            'e' => {
                let before = selected?.display_name.clone();
                let field =
                    plain(DisplayName::MAX_CHARS).with_check(is_display_name).with_value(&before.to_string());
                (About::Rename(name?, before), vec![(words::DISPLAY_NAME, field)])
            }
            'r' => {
                let before = selected?.roles_for_good();
                let field = roles_field(&role::list(&before), known.clone());
                (About::Roles(name?, before), vec![(say::ROLES_LIST, field)])
            }
            'g' => (About::Grant(name?, selected?.grants.clone()), grant_fields(known.clone())),
            't' => {
                let before = selected?.dates;
                (About::Dates(name?, before), date_fields(before, cx))
            }
            'd' if is_disabled(selected?) => (About::Enable(name?), vec![]),
            'd' => (
                About::Disable(name?),
                vec![(say::REASON, plain(Line::MAX_CHARS)), (say::UNTIL, date_field(None, cx))],
            ),
            'p' => (About::Reset(name?), vec![]),
            'w' => (About::Renew(name?), vec![]),
            'm' => (About::RemoveFactor(name?), vec![]),
            's' => (About::EndSessions(name?), vec![]),
            'x' => {
                let keep = cx.session.dal().policy().keep_deleted;
                (About::Delete(name?, keep), vec![(say::TYPE_NAME, plain(UserName::MAX_CHARS))])
            }
            _ => return None,
        };
        let seen = selected.map_or_else(Revision::default, |row| row.revision);
        let roles = known.join(", ");
        Some(Self { about, form: Form::new(fields), roles, seen, theirs: None, is_sent: false })
    }

    /// Whether a deleted user is to be gone for good.
    pub fn purge(name: UserName) -> Self {
        let form = Form::new(vec![(say::TYPE_NAME, TextField::new(UserName::MAX_CHARS))]);
        let (roles, seen) = (String::new(), Revision::default());
        Self { about: About::Purge(name), form, roles, seen, theirs: None, is_sent: false }
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        if self.theirs.is_some() { None } else { self.form.focused() }
    }

    /// Back from what somebody else did to what was typed here; false if there is nothing to go back from.
    pub fn back(&mut self) -> bool {
        self.theirs.take().is_some()
    }

    pub fn take(&mut self, input: &Input, cx: &Context) -> Answer {
        if self.is_sent {
            return Answer::None;
        }
        if let Some(theirs) = &self.theirs {
            if Theirs::is_overruled(input) {
                self.seen = theirs.revision;
                self.theirs = None;
                return self.send(cx);
            }
            return Answer::None;
        }
        let submitted =
            self.form.apply(input) == Outcome::Submitted || (self.form.is_empty() && input.is_enter());
        if !submitted {
            return Answer::None;
        }
        if let About::EndSessions(name) = &self.about {
            return Answer::Begin(many::end_sessions(vec![name.clone()]));
        }
        self.send(cx)
    }

    fn send(&mut self, cx: &Context) -> Answer {
        match self.order(cx) {
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
        if let Some(theirs) = Theirs::of(error) {
            self.theirs = Some(theirs);
            return None;
        }
        let field = match (&self.about, error) {
            (
                About::Dates(..) | About::Disable(_) | About::Grant(..),
                DalError::Invalid { field: "until", .. },
            ) => 1,
            (
                About::Create,
                DalError::Forbidden { .. }
                | DalError::NoRole { .. }
                | DalError::Invalid { field: "roles", .. },
            ) => 2,
            (
                About::Create | About::Roles(..) | About::Dates(..) | About::Grant(..),
                DalError::Conflict { .. },
            )
            | (About::Dates(..), DalError::Invalid { .. })
            | (
                About::Roles(..) | About::Grant(..),
                DalError::Forbidden { .. }
                | DalError::HoldsMore { .. }
                | DalError::NoRole { .. }
                | DalError::Invalid { .. },
            ) => 0,
            _ => return Some(notice),
        };
        self.form.set_error(field, notice.words);
        None
    }

    /// The order that the form describes, or which field is wrong and why.
    fn order(&self, cx: &Context) -> Result<Order, (usize, String)> {
        let at = |index| move |why: String| (index, why);
        Ok(match &self.about {
            About::Create => {
                let typed = self.form.value(0).trim();
                let name = UserName::parse_new(typed).map_err(|why| why.to_string()).map_err(at(0))?;
                let display_name = match self.form.value(1).trim() {
                    "" => DisplayName::from(&name),
                    typed => DisplayName::parse(typed).map_err(|why| why.to_string()).map_err(at(1))?,
                };
                let roles = role::parse_list(self.form.value(2)).map_err(at(2))?;
                Order::Create(NewUser { name, display_name, roles, dates: Dates::default() })
            }
            About::Rename(name, before) => {
                let typed = DisplayName::parse(self.form.value(0));
                let typed = typed.map_err(|why| why.to_string()).map_err(at(0))?;
                Order::Rename(name.clone(), typed, before.clone(), self.seen)
            }
            About::Roles(name, before) => {
                let typed = role::parse_list(self.form.value(0)).map_err(at(0))?;
                Order::Roles(name.clone(), typed, before.clone(), self.seen)
            }
            About::Dates(name, before) => {
                let begins = self.date(0, before.begins, cx)?;
                let expires = self.date(1, before.expires, cx)?;
                Order::Dates(name.clone(), Dates { begins, expires }, *before, self.seen)
            }
            About::Grant(name, _) => {
                let typed = RoleName::parse(self.form.value(0));
                let role = typed.map_err(|why| why.to_string()).map_err(at(0))?;
                match self.form.value(1).trim() {
                    END_NOW => Order::Ungrant(name.clone(), role),
                    typed => {
                        let until = moment::parse(typed, &cx.zone, cx.now);
                        let until = until.map_err(|why| why.to_string()).map_err(at(1))?;
                        Order::Grant(name.clone(), role, until)
                    }
                }
            }
            About::Disable(name) => {
                let reason = Line::parse(self.form.value(0));
                let reason = reason.map_err(|why| why.to_string()).map_err(at(0))?;
                Order::Disable(name.clone(), reason, self.date(1, None, cx)?)
            }
            About::Enable(name) => Order::Enable(name.clone()),
            About::Reset(name) => Order::Reset(name.clone()),
            About::Renew(name) => Order::Renew(name.clone()),
            About::RemoveFactor(name) => Order::RemoveFactor(name.clone()),
            About::Delete(name, _) | About::Purge(name) if self.form.value(0).trim() != name.as_str() => {
                return Err((0, words::be_sure(name)));
            }
            About::Delete(name, _) => Order::Delete(name.clone()),
            About::Purge(name) => Order::Purge(name.clone()),
            About::EndSessions(..) => return Err((0, String::new())),
        })
    }

    /// The moment that was typed into a field, if any was. What was left alone stays what it was, to the
    /// second.
    fn date(
        &self,
        index: usize,
        before: Option<Timestamp>,
        cx: &Context,
    ) -> Result<Option<Timestamp>, (usize, String)> {
        match self.form.value(index).trim() {
            "" => Ok(None),
            typed if before.is_some_and(|at| moment::typed(at, &cx.zone) == typed) => Ok(before),
            typed => moment::parse(typed, &cx.zone, cx.now).map(Some).map_err(|why| (index, why.to_string())),
        }
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        if let Some(theirs) = &self.theirs {
            return theirs.draw(frame, area, &cx.minute(theirs.at), &self.mine(), &cx.look);
        }
        let (title, mut body, yes) = self.words();
        if let About::Grant(_, grants) = &self.about {
            let held = |grant: &GrantRow| say::also_held(&grant.role, &cx.ahead(grant.until));
            body.extend(grants.iter().map(held));
        }
        let is_danger = matches!(
            self.about,
            About::Delete(..)
                | About::Purge(_)
                | About::Disable(_)
                | About::EndSessions(..)
                | About::RemoveFactor(_)
        );
        let enter = ("Enter", if self.is_sent { words::WORKING } else { yes });
        let is_completed = matches!(self.about, About::Roles(..) | About::Grant(..));
        let complete = is_completed.then_some(words::COMPLETE);
        let hints: Vec<Hint<'_>> = [enter].into_iter().chain(complete).chain([words::BACK]).collect();
        Panel { title: &title, body: &body, form: &self.form, hints: &hints, is_danger }
            .draw(frame, area, &cx.look);
    }

    /// What would be saved, in a word.
    fn mine(&self) -> String {
        let typed = |index| Some(self.form.value(index).trim()).filter(|typed| !typed.is_empty());
        match &self.about {
            About::Dates(..) => say::dates(typed(0), typed(1)),
            _ => self.form.value(0).to_owned(),
        }
    }

    pub fn title(&self) -> String {
        self.words().0
    }

    /// Whether something was typed that would be lost.
    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.theirs.is_none() && self.form.is_changed()
    }

    fn words(&self) -> (String, String, &'static str) {
        match &self.about {
            About::Create => (say::NEW.to_owned(), say::roles_are(&self.roles), say::NEXT_CREATE),
            About::Rename(name, _) => (say::name_of(name), String::new(), say::DO_SAVE),
            About::Roles(name, _) => (say::roles_of(name), say::there_are(&self.roles), say::DO_SAVE),
            About::Grant(name, _) => (say::grant(name), say::there_are(&self.roles), say::NEXT_GIVE),
            About::Dates(name, _) => (say::dates_of(name), say::DATES_MEAN.to_owned(), say::NEXT_SAVE),
            About::Disable(name) => {
                (say::disable(name.as_str()), say::OPEN_END.to_owned(), say::NEXT_DISABLE)
            }
            About::Enable(name) => (say::enable(name.as_str()), say::OPENS_AGAIN.to_owned(), say::DO_ENABLE),
            About::Reset(name) => (say::reset(name), say::RESET_MEANS.to_owned(), say::DO_RESET),
            About::Renew(name) => (say::renew(name), say::RENEW_MEANS.to_owned(), say::DO_ASK),
            About::RemoveFactor(name) => {
                (say::remove_factor(name), say::REMOVE_FACTOR_MEANS.to_owned(), say::DO_REMOVE)
            }
            About::EndSessions(name) => {
                (words::sessions::end_all_of(name), say::ENDING_MEANS.to_owned(), say::DO_END)
            }
            About::Delete(name, keep) => (say::delete(name), say::delete_means(&left(*keep)), say::DO_DELETE),
            About::Purge(name) => (say::purge(name), say::PURGE_MEANS.to_owned(), say::DO_DELETE),
        }
    }
}

/// Characters that a list of roles may have.
const ROLES_CHARS: usize = 120;

/// A field for roles, which are completed and judged.
fn roles_field(now: &str, known: Vec<String>) -> TextField {
    let field = TextField::new(ROLES_CHARS).with_completions(known.clone()).with_value(now);
    field.with_check(move |typed| are_roles(typed, &known))
}

/// What ends a role at once that was given for a time.
const END_NOW: &str = "now";

fn grant_fields(known: Vec<String>) -> Vec<(&'static str, TextField)> {
    let role = TextField::new(RoleName::MAX_CHARS).with_completions(known.clone());
    let role = role.with_check(move |typed| are_roles(typed, &known));
    let until = TextField::new(moment::CHARS).with_placeholder(say::A_WHILE).with_check(is_end);
    vec![(words::ROLE, role), (say::GRANT_UNTIL, until)]
}

fn is_end(typed: &str) -> Result<(), String> {
    if typed.trim() == END_NOW { Ok(()) } else { moment::check(typed) }
}

/// For good or for a time.
pub fn is_disabled(row: &UserRow) -> bool {
    matches!(row.state, UserState::Disabled | UserState::Suspended)
}

/// A field for a moment, with what is there now.
fn date_field(now: Option<Timestamp>, cx: &Context) -> TextField {
    let now = now.map(|at| moment::typed(at, &cx.zone)).unwrap_or_default();
    TextField::new(moment::CHARS).with_check(moment::check).with_placeholder(say::A_MOMENT).with_value(&now)
}

fn date_fields(before: Dates, cx: &Context) -> Vec<(&'static str, TextField)> {
    vec![(say::VALID_FROM, date_field(before.begins, cx)), (say::VALID_UNTIL, date_field(before.expires, cx))]
}

fn is_user_name(typed: &str) -> Result<(), String> {
    UserName::parse_new(typed.trim()).map(drop).map_err(|why| why.to_string())
}

fn is_display_name(typed: &str) -> Result<(), String> {
    DisplayName::parse(typed).map(drop).map_err(|why| why.to_string())
}

fn are_roles(typed: &str, known: &[String]) -> Result<(), String> {
    let roles = role::parse_list(typed)?;
    match roles.iter().find(|role| known.iter().all(|name| name != role.as_str())) {
        Some(unknown) => Err(say::no_such_role(unknown, known)),
        None => Ok(()),
    }
}
