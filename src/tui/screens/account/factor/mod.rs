//! One's own second factor: what is asked, one question after the other, and what is shown once.
//!
//! ```text
//! set up:            password -> code to scan, first code -> recovery codes
//! another one:       password and code -> code to scan, first code -> recovery codes
//! remove:            password and code
//! new codes:         password and code                    -> recovery codes
//! ```
//!
//! Where the rules demand one before anything else, it begins with the code to scan.

mod codes;
mod scan;

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::second_factor::Enrolment;
use crate::dal::{DalError, Session};
use crate::domain::second_factor::Proof;
use crate::domain::secret::{Password, Secret};
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::notice::Notice;
use crate::tui::screen::Step;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::second_factor as say;

use codes::{Codes, Kept};
use scan::Scan;

/// Characters that somebody may type for a code: the longest is a recovery code, with its hyphens.
const CODE_CHARS: usize = 64;

/// What stands at the moment.
pub struct FactorAsk {
    stage: Stage,
    /// The answer is on its way; another Enter must not send it twice.
    is_sent: bool,
}

enum Stage {
    Password(Form),
    Scan(Box<Scan>),
    Another(Form),
    Remove(Form),
    Renew(Form),
    Codes(Codes),
}

/// What became of an input.
pub enum Answer {
    None,
    Send(Order),
    /// For the one around it.
    Step(Step),
    /// It is over.
    Over,
}

/// Something to be done, with everything it needs.
pub enum Order {
    Begin(Secret),
    BeginAnother(Secret, Secret),
    Confirm(Arc<Enrolment>, Secret),
    Remove(Secret, Secret),
    Renew(Secret, Secret),
}

/// What was done.
pub enum Done {
    Begun(Enrolment),
    /// With what there is to say, once they are kept.
    Codes(Vec<Secret>, &'static str),
    Removed,
}

impl Order {
    /// Does it, with a proof made for it.
    pub async fn carry_out(self, session: Session) -> Result<Done, DalError> {
        let factor = session.verify().await?.second_factor();
        Ok(match self {
            Self::Begin(password) => Done::Begun(factor.begin(password).await?),
            Self::BeginAnother(password, code) => Done::Begun(factor.begin_another(password, code).await?),
            Self::Confirm(enrolment, code) => {
                Done::Codes(factor.confirm(enrolment, code).await?, say::IS_SET_UP)
            }
            Self::Remove(password, code) => {
                factor.remove(password, code).await?;
                Done::Removed
            }
            Self::Renew(password, code) => {
                Done::Codes(factor.renew_recovery_codes(password, code).await?, say::RENEWED)
            }
        })
    }
}

impl FactorAsk {
    pub fn set_up() -> Self {
        Self::at(Stage::Password(Form::new(vec![password_field()])))
    }

    /// In the place of the one that there is.
    pub fn another() -> Self {
        Self::at(Stage::Another(proofs()))
    }

    pub fn remove() -> Self {
        Self::at(Stage::Remove(proofs()))
    }

    pub fn renew() -> Self {
        Self::at(Stage::Renew(proofs()))
    }

    /// A seed was made: it is shown, and its first code asked for.
    pub fn begun(enrolment: Enrolment) -> Self {
        Self::at(Stage::Scan(Box::new(Scan::new(enrolment))))
    }

    /// They were made, and are shown until they are kept.
    pub fn codes(codes: Vec<Secret>, told: &'static str) -> Self {
        Self::at(Stage::Codes(Codes::new(codes, told)))
    }

    const fn at(stage: Stage) -> Self {
        Self { stage, is_sent: false }
    }

    pub fn take(&mut self, input: &Input) -> Answer {
        if self.is_sent {
            return Answer::None;
        }
        if let Stage::Codes(codes) = &mut self.stage {
            return match codes.take(input) {
                Kept::NotYet(step) => Answer::Step(step),
                Kept::Yes => Answer::Over,
            };
        }
        let form = self.form_mut();
        if form.is_none_or(|form| form.apply(input) != Outcome::Submitted) {
            return Answer::None;
        }
        let order = self.order();
        self.is_sent = order.is_some();
        order.map_or(Answer::None, Answer::Send)
    }

    /// What the form asks for; `None` where it says itself what is missing.
    fn order(&mut self) -> Option<Order> {
        match &mut self.stage {
            Stage::Password(form) => Some(Order::Begin(secret(form, 0)?)),
            Stage::Scan(scan) => scan.order(),
            Stage::Another(form) => Some(Order::BeginAnother(secret(form, 0)?, secret(form, 1)?)),
            Stage::Remove(form) => Some(Order::Remove(secret(form, 0)?, secret(form, 1)?)),
            Stage::Renew(form) => Some(Order::Renew(secret(form, 0)?, secret(form, 1)?)),
            Stage::Codes(_) => None,
        }
    }

    /// Puts a refusal beside its field, or into the words that come back.
    pub fn refused(&mut self, error: &DalError) -> Option<Notice> {
        self.is_sent = false;
        let is_scan = matches!(self.stage, Stage::Scan(_));
        let notice = Notice::from(error);
        let field = match error {
            DalError::Invalid { field: "password", .. } if !is_scan => 0,
            DalError::Invalid { field: "code", .. } => usize::from(!is_scan),
            _ => return Some(notice),
        };
        if let Some(form) = self.form_mut() {
            form.set_error(field, notice.words);
        }
        None
    }

    fn form_mut(&mut self) -> Option<&mut Form> {
        match &mut self.stage {
            Stage::Password(form) | Stage::Another(form) | Stage::Remove(form) | Stage::Renew(form) => {
                Some(form)
            }
            Stage::Scan(scan) => Some(&mut scan.form),
            Stage::Codes(_) => None,
        }
    }

    fn form(&self) -> Option<&Form> {
        match &self.stage {
            Stage::Password(form) | Stage::Another(form) | Stage::Remove(form) | Stage::Renew(form) => {
                Some(form)
            }
            Stage::Scan(scan) => Some(&scan.form),
            Stage::Codes(_) => None,
        }
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form().and_then(Form::focused)
    }

    /// Also while an answer is on its way: it may bring what is shown once.
    pub fn is_changed(&self) -> bool {
        self.form().is_some_and(Form::is_changed)
    }

    /// Whether codes are shown that nobody sees again, or are on their way: they may be made already.
    pub const fn shows_once(&self) -> bool {
        match self.stage {
            Stage::Codes(_) => true,
            Stage::Scan(_) | Stage::Renew(_) => self.is_sent,
            Stage::Password(_) | Stage::Another(_) | Stage::Remove(_) => false,
        }
    }

    /// Whether it has the whole screen, and not a box over it.
    pub const fn is_a_page(&self) -> bool {
        matches!(self.stage, Stage::Scan(_))
    }

    pub const fn title(&self) -> &'static str {
        match self.stage {
            Stage::Password(_) | Stage::Scan(_) => say::SET_UP,
            Stage::Another(_) => say::ANOTHER,
            Stage::Remove(_) => say::REMOVE,
            Stage::Renew(_) => say::RENEW,
            Stage::Codes(_) => say::RECOVERY_CODES,
        }
    }

    /// What there is to say once the codes are kept.
    pub const fn told(&self) -> Option<&'static str> {
        match &self.stage {
            Stage::Codes(codes) => Some(codes.told),
            _ => None,
        }
    }

    /// Of the page; a box names its own keys.
    pub fn hints(&self) -> Vec<Hint<'static>> {
        match self.stage {
            Stage::Scan(_) if self.is_sent => vec![("Enter", words::WORKING)],
            Stage::Scan(_) => vec![say::CONFIRM],
            _ => Vec::new(),
        }
    }

    /// `why` is said above the page, where there is room.
    pub fn draw(&self, frame: &mut Frame, area: Rect, why: &str, look: &Look) {
        let (body, form, yes, is_danger) = match &self.stage {
            Stage::Scan(scan) => return scan.draw(frame, area, why, look),
            Stage::Codes(codes) => return codes.draw(frame, area, look),
            Stage::Password(form) => (say::SET_UP_MEANS, form, say::NEXT, false),
            Stage::Another(form) => (say::ANOTHER_MEANS, form, say::NEXT, false),
            Stage::Remove(form) => (say::REMOVE_MEANS, form, say::NEXT_REMOVE, true),
            Stage::Renew(form) => (say::RENEW_MEANS, form, say::NEXT_RENEW, false),
        };
        let enter = ("Enter", if self.is_sent { words::WORKING } else { yes });
        Panel { title: self.title(), body, form, hints: &[enter, words::BACK], is_danger }
            .draw(frame, area, look);
    }
}

fn password_field() -> (&'static str, TextField) {
    (words::PASSWORD, TextField::secret(Password::MAX_CHARS))
}

/// What has to be proven again.
fn proofs() -> Form {
    Form::new(vec![password_field(), (say::CODE, TextField::new(CODE_CHARS).with_check(is_a_code))])
}

fn is_a_code(typed: &str) -> Result<(), String> {
    Proof::parse(typed).map(drop).ok_or_else(|| say::SOME_CODE.to_owned())
}

/// What was typed; nothing is sent that cannot be right, for it would count as a guess.
fn secret(form: &mut Form, field: usize) -> Option<Secret> {
    if form.value(field).is_empty() {
        form.set_error(field, if field == 0 { say::TYPE_PASSWORD } else { say::TYPE_CODE });
        return None;
    }
    Some(Secret::new(form.value(field).to_owned()))
}
