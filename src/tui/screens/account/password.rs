//! Choosing a password: twice the new one, how strong it is, and a suggestion.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::{Paragraph, Wrap};

use crate::auth::strength::Strength;
use crate::dal::{DalError, Session};
use crate::domain::secret::{Password, Secret};
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::notice::{Notice, sentence};
use crate::tui::screen::Context;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::meter;
use crate::tui::words;
use crate::tui::words::account as say;

/// The form, with or without a field for the current password.
pub struct PasswordForm {
    form: Form,
    asks_current: bool,
    strength: Option<Strength>,
    is_sent: bool,
}

/// What became of an input.
pub enum Entered {
    Nothing,
    Passwords(Passwords),
}

/// What was typed, to be judged where the store is.
pub struct Passwords {
    current: Option<Secret>,
    new: Secret,
}

impl Passwords {
    /// Replaces the password, with a proof made for it.
    pub async fn carry_out(self, session: Session) -> Result<(), DalError> {
        session.verify().await?.account().choose_password(self.current, self.new).await
    }
}

impl PasswordForm {
    pub const HINTS: &'static [(&'static str, &'static str)] =
        &[words::SAVE, words::SUGGEST, words::SHOW_HIDE];

    pub fn with_current() -> Self {
        Self::new(true)
    }

    pub fn without_current() -> Self {
        Self::new(false)
    }

    fn new(asks_current: bool) -> Self {
        let secret = || TextField::secret(Password::MAX_TYPED).suggested();
        let mut fields = vec![(say::NEW, secret()), (words::AGAIN, secret())];
        if asks_current {
            fields.insert(0, (say::CURRENT, secret()));
        }
        Self { form: Form::new(fields), asks_current, strength: None, is_sent: false }
    }

    fn new_field(&self) -> usize {
        usize::from(self.asks_current)
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    pub fn take(&mut self, input: &Input, cx: &Context) -> Entered {
        if self.is_sent {
            return Entered::Nothing;
        }
        match self.form.apply(input) {
            Outcome::Suggest => self.suggest(cx),
            Outcome::Submitted => return self.submit(),
            Outcome::Changed | Outcome::Ignored => self.rate(cx),
        }
        Entered::Nothing
    }

    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.form.is_changed()
    }

    fn suggest(&mut self, cx: &Context) {
        let suggested = cx.session.suggest_passphrase();
        for index in [self.new_field(), self.new_field() + 1] {
            if let Some(field) = self.form.field_mut(index) {
                field.set_value(suggested.expose());
                field.reveal();
            }
        }
        self.rate(cx);
    }

    fn rate(&mut self, cx: &Context) {
        let typed = self.form.value(self.new_field());
        self.strength = (!typed.is_empty()).then(|| cx.session.rate_password(typed));
    }

    fn submit(&mut self) -> Entered {
        let index = self.new_field();
        if let Some(weakness) = self.strength.as_ref().and_then(|strength| strength.weakness.as_ref()) {
            let why = weakness.to_string();
            self.form.set_error(index, why);
            return Entered::Nothing;
        }
        let (new, again) = (self.form.value(index), self.form.value(index + 1));
        if new.is_empty() {
            self.form.set_error(index, say::TYPE_NEW);
            return Entered::Nothing;
        }
        if new != again {
            self.form.set_error(index + 1, say::NOT_THE_SAME);
            return Entered::Nothing;
        }
        let new = Secret::new(new.to_owned());
        let current = self.asks_current.then(|| Secret::new(self.form.value(0).to_owned()));
        self.is_sent = true;
        Entered::Passwords(Passwords { current, new })
    }

    /// Puts a refusal beside its field, or into the words that come back.
    pub fn refused(&mut self, error: &DalError) -> Option<Notice> {
        self.is_sent = false;
        let notice = Notice::from(error);
        let field = match error {
            DalError::Invalid { field: "current password", .. } if self.asks_current => 0,
            DalError::Invalid { field: "new password", .. } => self.new_field(),
            _ => return Some(notice),
        };
        self.form.set_error(field, notice.words);
        None
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, words: &str, look: &Look) {
        /// Columns: longer lines are tiring to read.
        const WIDTH: u16 = 72;
        let area = Rect { width: area.width.min(WIDTH), ..area };
        let rows = self.form.height(area.width);
        let roomy = area.height > rows + 5;
        let said = if roomy { 2 } else { 0 };
        let [above, form, meter_row, below] = Layout::vertical([
            Constraint::Length(said),
            Constraint::Max(rows),
            Constraint::Length(1),
            Constraint::Fill(1),
        ])
        .areas(area);
        frame.render_widget(Paragraph::new(words).style(look.muted).wrap(Wrap { trim: true }), above);
        self.form.draw(frame, form, look);
        meter::draw(frame, meter_row, self.strength.as_ref().map(|strength| strength.score), look);
        frame.render_widget(Paragraph::new(self.advice()).style(look.muted).wrap(Wrap { trim: true }), below);
    }

    /// What to do about the new password, unless the field itself says so.
    fn advice(&self) -> String {
        if self.is_sent {
            return sentence(words::WORKING);
        }
        advice(self.strength.as_ref(), self.form.error(self.new_field()))
    }
}

/// What to do about a password that is being chosen, unless that was `said` beside it.
pub fn advice(strength: Option<&Strength>, said: Option<&str>) -> String {
    let weakness = match strength {
        Some(Strength { weakness: Some(weakness), .. }) => weakness.to_string(),
        Some(_) => return say::WILL_DO.to_owned(),
        None => return say::ADVICE.to_owned(),
    };
    let words = sentence(&weakness);
    if said == Some(words.as_str()) { String::new() } else { words }
}
