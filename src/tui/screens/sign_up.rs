//! Sign-up: the form of somebody who makes an account. A public screen: nothing is on it but what they type.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::widgets::{Paragraph, Wrap};

use crate::auth::strength::Strength;
use crate::dal::sign_up::{Application, Field};
use crate::domain::name::{DisplayName, NameError, UserName};
use crate::domain::secret::{Password, Secret};
use crate::tui::input::Input;
use crate::tui::lobby::Stranger;
use crate::tui::look::Look;
use crate::tui::notice::sentence;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::meter;
use crate::tui::words;
use crate::tui::words::sign_up as say;

use super::account::password;

/// Columns: longer lines are tiring to read.
const WIDTH: u16 = 72;

/// The form; without the user name, where the invite names it.
pub struct SignUpForm {
    form: Form,
    fields: &'static [Field],
    strength: Option<Strength>,
    /// It is being looked at; another Enter must not send it twice.
    is_sent: bool,
}

const ALL: &[Field] = &[Field::Name, Field::DisplayName, Field::Password, Field::Again];

const UNNAMED: &[Field] = &[Field::DisplayName, Field::Password, Field::Again];

impl SignUpForm {
    pub const HINTS: &'static [(&'static str, &'static str)] =
        &[say::TO_SIGN_UP, say::TO_LEAVE, words::SUGGEST, words::SHOW_HIDE];

    pub fn new(is_named: bool) -> Self {
        let fields = if is_named { UNNAMED } else { ALL };
        let form = Form::new(fields.iter().map(|field| labelled(*field)).collect::<Vec<_>>());
        Self { form, fields, strength: None, is_sent: false }
    }

    /// Takes an input; what was typed in all, once it may be looked at.
    pub fn take(&mut self, input: &Input, stranger: &Stranger) -> Option<Application> {
        if self.is_sent {
            return None;
        }
        match self.form.apply(input) {
            Outcome::Suggest => self.suggest(stranger),
            Outcome::Submitted => return self.submit(),
            Outcome::Changed | Outcome::Ignored => self.rate(stranger),
        }
        None
    }

    /// Puts a text into the field that has the keyboard and judges it, as if it was left; true if it will do.
    /// For those who type line by line.
    pub fn enter(&mut self, text: &str, stranger: &Stranger) -> bool {
        let here = self.form.focus();
        if let Some(field) = self.form.field_mut(here) {
            field.set_value(text);
            field.fails_its_check();
        }
        self.rate(stranger);
        if let Some(why) = self.fields.get(here).and_then(|field| self.wrong(*field)) {
            self.form.set_error(here, why);
        }
        self.form.error(here).is_none()
    }

    /// A passphrase in both fields.
    pub fn suggest(&mut self, stranger: &Stranger) {
        let suggested = stranger.suggest_passphrase();
        for index in [self.index(Field::Password), self.index(Field::Again)].into_iter().flatten() {
            if let Some(field) = self.form.field_mut(index) {
                field.set_value(suggested.expose());
                field.reveal();
            }
        }
        self.rate(stranger);
    }

    /// Says beside each field what was found wrong with it, and goes to the first of them; what belongs to no
    /// field of this form comes back.
    pub fn refused(&mut self, wrong: Vec<(Field, String)>) -> Option<String> {
        self.is_sent = false;
        let mut elsewhere = None;
        for (field, why) in wrong.into_iter().rev() {
            match self.index(field) {
                Some(index) => self.form.set_error(index, why),
                None => elsewhere = Some(why),
            }
        }
        elsewhere
    }

    /// It was not done, and nothing of it was wrong.
    pub fn put_back(&mut self) {
        self.is_sent = false;
    }

    pub fn is_sent(&self) -> bool {
        self.is_sent
    }

    pub fn is_changed(&self) -> bool {
        self.form.is_changed()
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    /// What [`suggest`](Self::suggest) made up.
    pub fn suggested(&self) -> &str {
        self.value(Field::Password)
    }

    fn index(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|one| *one == field)
    }

    fn value(&self, field: Field) -> &str {
        self.index(field).map_or("", |index| self.form.value(index))
    }

    fn rate(&mut self, stranger: &Stranger) {
        let typed = self.value(Field::Password);
        let names = [self.value(Field::Name), self.value(Field::DisplayName)];
        self.strength = (!typed.is_empty()).then(|| stranger.rate_password(typed, names));
    }

    /// What is wrong with a field, as far as can be told here.
    fn wrong(&self, field: Field) -> Option<String> {
        let value = self.value(field);
        match field {
            Field::Name if value.trim().is_empty() => Some(say::TYPE_NAME.to_owned()),
            Field::Name => is_user_name(value).err(),
            Field::DisplayName if value.trim().is_empty() => None,
            Field::DisplayName => is_display_name(value).err(),
            Field::Password if value.is_empty() => Some(say::TYPE_PASSWORD.to_owned()),
            Field::Password => self.strength.as_ref()?.weakness.as_ref().map(ToString::to_string),
            Field::Again if value != self.value(Field::Password) => Some(say::NOT_THE_SAME.to_owned()),
            Field::Again => None,
        }
    }

    fn submit(&mut self) -> Option<Application> {
        let wrong = self.fields.iter().filter_map(|field| Some((*field, self.wrong(*field)?)));
        let wrong: Vec<_> = wrong.collect();
        if !wrong.is_empty() {
            self.refused(wrong);
            return None;
        }
        self.is_sent = true;
        let secret = |field| Secret::new(self.value(field).to_owned());
        Some(Application {
            name: self.value(Field::Name).to_owned(),
            display_name: self.value(Field::DisplayName).to_owned(),
            password: secret(Field::Password),
            again: secret(Field::Again),
        })
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, words: &str, look: &Look) {
        let area = Rect { width: area.width.min(WIDTH), ..area };
        let rows = self.form.height(area.width);
        let said = if area.height > rows + 5 { 2 } else { 0 };
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

    fn advice(&self) -> String {
        let said = self.index(Field::Password).and_then(|index| self.form.error(index));
        if self.is_sent { sentence(words::WORKING) } else { password::advice(self.strength.as_ref(), said) }
    }
}

fn labelled(field: Field) -> (&'static str, TextField) {
    match field {
        Field::Name => (words::USER_NAME, TextField::new(UserName::MAX_CHARS * 2).with_check(is_user_name)),
        Field::DisplayName => {
            (say::EMPTY_NAME, TextField::new(DisplayName::MAX_CHARS).with_check(is_display_name))
        }
        Field::Password => (words::PASSWORD, TextField::secret(Password::MAX_CHARS).suggested()),
        Field::Again => (words::AGAIN, TextField::secret(Password::MAX_CHARS).suggested()),
    }
}

/// Whether a name could be one. Which of them are free is not told while one types.
fn is_user_name(typed: &str) -> Result<(), String> {
    UserName::parse(typed.trim()).map(drop).map_err(|why: NameError| why.to_string())
}

fn is_display_name(typed: &str) -> Result<(), String> {
    DisplayName::parse(typed).map(drop).map_err(|why| why.to_string())
}
