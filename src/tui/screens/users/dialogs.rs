//! What is asked before something is done to a user, and how the answer is carried out.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::users::{NewUser, UserRow, UserState};
use crate::dal::{DalError, Session};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};
use crate::domain::secret::Secret;
use crate::domain::text::Line;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::notice::Notice;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number;
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::work::Work;

/// A question with its form.
pub struct Ask {
    about: About,
    form: Form,
    /// The answer is on its way; another Enter must not send it twice.
    is_sent: bool,
}

enum About {
    Create,
    Rename(UserName, DisplayName),
    Roles(UserName, Vec<RoleName>),
    Disable(UserName),
    Enable(UserName),
    Reset(UserName),
    Delete(UserName),
    /// And whether one's own are left out.
    EndSessions(Vec<UserName>, bool),
}

/// What became of an input.
pub enum Answer {
    None,
    Send(Order),
    /// For many, one after the other.
    Begin(Work),
}

/// Something to be done, with everything it needs.
pub enum Order {
    Create(NewUser),
    /// With the name that it replaces.
    Rename(UserName, DisplayName, DisplayName),
    /// With the roles that they replace.
    Roles(UserName, Vec<RoleName>, Vec<RoleName>),
    Disable(UserName, Line),
    Enable(UserName),
    Reset(UserName),
    Delete(UserName),
}

/// What was done.
pub struct Done {
    pub name: UserName,
    pub words: String,
    pub password: Option<Secret>,
    /// The user no longer exists.
    pub is_gone: bool,
    /// What takes it back, where something does.
    pub undo: Option<Order>,
}

impl Ask {
    /// The question that a key asks about the selected user, or about all who are marked; `None` where
    /// there is nothing to ask. `own` is who asks: their turn comes last, because everything ends with it.
    pub fn about(
        key: char,
        selected: Option<&UserRow>,
        marked: &BTreeSet<UserName>,
        own: &UserName,
    ) -> Option<Self> {
        let name = selected.map(|row| row.name.clone());
        let plain = |chars| TextField::new(chars);
        let (about, fields) = match key {
            'n' => (
                About::Create,
                vec![
                    ("User name", plain(UserName::MAX_CHARS).with_check(is_user_name)),
                    (
                        "Display name (empty: the user name)",
                        plain(DisplayName::MAX_CHARS).with_check(is_display_name),
                    ),
                    ("Roles", roles_field("member")),
                ],
            ),
            'e' => {
                let before = selected?.display_name.clone();
                let field =
                    plain(DisplayName::MAX_CHARS).with_check(is_display_name).with_value(&before.to_string());
                (About::Rename(name?, before), vec![("Display name", field)])
            }
            'r' => {
                let before = selected?.roles.clone();
                let field = roles_field(&role::list(&before));
                (About::Roles(name?, before), vec![("Roles, with commas between", field)])
            }
            'd' if selected?.state == UserState::Disabled => (About::Enable(name?), vec![]),
            'd' => (About::Disable(name?), vec![("Reason, which the user reads", plain(Line::MAX_CHARS))]),
            'p' => (About::Reset(name?), vec![]),
            's' if !marked.is_empty() => {
                let mut names: Vec<UserName> = marked.iter().cloned().collect();
                // Whoever marks a page does not mean to be sent away in the middle of it.
                let leaves_own = names.len() > 1 && names.contains(own);
                names.retain(|name| !leaves_own || name != own);
                (About::EndSessions(names, leaves_own), vec![])
            }
            's' => (About::EndSessions(vec![name?], false), vec![]),
            'x' => (About::Delete(name?), vec![("Type the user name", plain(UserName::MAX_CHARS))]),
            _ => return None,
        };
        Some(Self { about, form: Form::new(fields), is_sent: false })
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
        if let About::EndSessions(names, _) = &self.about {
            return Answer::Begin(end_sessions(names.clone()));
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
            (About::Create, DalError::Forbidden { .. } | DalError::Invalid { field: "roles", .. }) => 2,
            (About::Create | About::Roles(..), DalError::Conflict { .. })
            | (
                About::Roles(..),
                DalError::Forbidden { .. } | DalError::HoldsMore { .. } | DalError::Invalid { .. },
            ) => 0,
            _ => return Some(notice),
        };
        self.form.set_error(field, notice.words);
        None
    }

    /// The order that the form describes, or which field is wrong and why.
    fn order(&self) -> Result<Order, (usize, String)> {
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
                Order::Create(NewUser { name, display_name, roles })
            }
            About::Rename(name, before) => {
                let typed = DisplayName::parse(self.form.value(0));
                let typed = typed.map_err(|why| why.to_string()).map_err(at(0))?;
                Order::Rename(name.clone(), typed, before.clone())
            }
            About::Roles(name, before) => {
                let typed = role::parse_list(self.form.value(0)).map_err(at(0))?;
                Order::Roles(name.clone(), typed, before.clone())
            }
            About::Disable(name) => {
                let reason = Line::parse(self.form.value(0));
                Order::Disable(name.clone(), reason.map_err(|why| why.to_string()).map_err(at(0))?)
            }
            About::Enable(name) => Order::Enable(name.clone()),
            About::Reset(name) => Order::Reset(name.clone()),
            About::Delete(name) if self.form.value(0).trim() == name.as_str() => Order::Delete(name.clone()),
            About::Delete(name) => return Err((0, format!("type {name} to be sure"))),
            About::EndSessions(..) => return Err((0, String::new())),
        })
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let (title, body, yes) = self.words();
        let is_danger = matches!(self.about, About::Delete(_) | About::Disable(_) | About::EndSessions(..));
        let enter = ("Enter", if self.is_sent { words::WORKING } else { yes });
        let is_completed = matches!(self.about, About::Roles(..));
        let complete = is_completed.then_some(words::COMPLETE);
        let hints: Vec<Hint<'_>> = [enter].into_iter().chain(complete).chain([words::BACK]).collect();
        Panel { title: &title, body: &body, form: &self.form, hints: &hints, is_danger }
            .draw(frame, area, look);
    }

    pub fn title(&self) -> String {
        self.words().0
    }

    /// Whether something was typed that would be lost.
    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.form.is_changed()
    }

    fn words(&self) -> (String, String, &'static str) {
        match &self.about {
            About::Create => ("New user".to_owned(), format!("Roles: {}", roles()), "next, create"),
            About::Rename(name, _) => (format!("Display name of {name}"), String::new(), "save"),
            About::Roles(name, _) => (format!("Roles of {name}"), format!("There are {}.", roles()), "save"),
            About::Disable(name) => {
                (format!("Disable {name}"), "Open sessions end at once.".to_owned(), "disable")
            }
            About::Enable(name) => {
                (format!("Enable {name}"), "The account can be signed in to again.".to_owned(), "enable")
            }
            About::Reset(name) => (
                format!("Reset the password of {name}"),
                "A one-time password is made and shown once.\nOpen sessions end at once.".to_owned(),
                "reset",
            ),
            About::EndSessions(names, leaves_own) => {
                let whose = match names.as_slice() {
                    [name] => name.to_string(),
                    names => format!("{} users", number::count(names.len())),
                };
                let own = if *leaves_own { " Your own are left out." } else { "" };
                let words =
                    "Their connections are closed at once. It goes on behind other screens; F8 stops it.";
                (format!("End all sessions of {whose}"), format!("{words}{own}"), "end")
            }
            About::Delete(name) => (
                format!("Delete {name}"),
                "The account is gone for good; open sessions end at once.".to_owned(),
                "delete",
            ),
        }
    }
}

fn end_sessions(names: Vec<UserName>) -> Work {
    let what = ["session was ended", "sessions were ended"];
    Work::over("Ending sessions", names, what, |session, name| async move {
        session.verify().await?.sessions().revoke_user(&name).await
    })
}

/// Characters that a list of roles may have.
const ROLES_CHARS: usize = 120;

/// A field for roles, which are completed and judged.
fn roles_field(now: &str) -> TextField {
    let known = role::BUILT_IN.iter().map(|role| role.name.to_owned()).collect();
    TextField::new(ROLES_CHARS).with_completions(known).with_check(are_roles).with_value(now)
}

fn is_user_name(typed: &str) -> Result<(), String> {
    UserName::parse_new(typed.trim()).map(drop).map_err(|why| why.to_string())
}

fn is_display_name(typed: &str) -> Result<(), String> {
    DisplayName::parse(typed).map(drop).map_err(|why| why.to_string())
}

fn are_roles(typed: &str) -> Result<(), String> {
    role::parse_list(typed).map(drop)
}

fn roles() -> String {
    role::BUILT_IN.iter().map(|role| role.name).collect::<Vec<_>>().join(", ")
}

impl Order {
    /// Does it, with a proof made for it.
    pub async fn carry_out(self, session: Session) -> Result<Done, DalError> {
        let users = session.verify().await?.users();
        let done =
            |name: UserName, words: String| Done { name, words, password: None, is_gone: false, undo: None };
        Ok(match self {
            Self::Create(new) => {
                let name = new.name.clone();
                let password = users.create(new).await?;
                Done { password: Some(password), ..done(name.clone(), format!("{name} was created.")) }
            }
            Self::Rename(name, display_name, before) => {
                users.set_display_name(&name, display_name.clone()).await?;
                let undo = Some(Self::Rename(name.clone(), before, display_name));
                Done { undo, ..done(name.clone(), format!("{name} has a new display name.")) }
            }
            Self::Roles(name, roles, before) => {
                users.set_roles(&name, roles.clone()).await?;
                let words = format!("{name} is {} now.", role::list(&roles));
                Done { undo: Some(Self::Roles(name.clone(), before, roles)), ..done(name, words) }
            }
            Self::Disable(name, reason) => {
                users.disable(&name, reason).await?;
                let words = format!("{name} was disabled.");
                Done { undo: Some(Self::Enable(name.clone())), ..done(name, words) }
            }
            Self::Enable(name) => {
                users.enable(&name).await?;
                done(name.clone(), format!("{name} was enabled."))
            }
            Self::Reset(name) => {
                let password = users.reset_password(&name).await?;
                Done {
                    password: Some(password),
                    ..done(name.clone(), format!("{name} has a one-time password."))
                }
            }
            Self::Delete(name) => {
                users.delete(&name).await?;
                Done { is_gone: true, ..done(name.clone(), format!("{name} was deleted.")) }
            }
        })
    }
}
