//! What is asked before a rule is changed: the new value, and whether it is meant where it matters.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::policy::{Changed, Origin, Preview, RuleRow};
use crate::dal::{DalError, Session};
use crate::domain::policy::{Kind, Rule};
use crate::tui::input::Input;
use crate::tui::keymap::{self, Edit};
use crate::tui::notice::Notice;
use crate::tui::screen::Context;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::theirs::Theirs;
use crate::tui::words;
use crate::tui::words::policy as say;

/// Characters of a value: the longest number, and a few to see that it is too long.
const VALUE_CHARS: usize = 24;

/// A change on its way.
pub struct Ask {
    /// The rule as whoever asks has seen it: if it is another one by then, the change is not made.
    seen: RuleRow,
    about: About,
    form: Form,
    /// What it would do, while that is asked about.
    doubt: Option<Preview>,
    /// What somebody else has made of the rule since it was seen.
    theirs: Option<Theirs>,
    /// Something is on its way; another Enter must not send it twice.
    is_sent: bool,
}

enum About {
    /// The value is typed.
    Edit,
    /// What is configured holds again.
    Reset,
    /// What was changed last is as it was before.
    Undo(Option<String>),
}

/// What has to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    Nothing,
    /// Find out what it would do.
    Preview(Order),
    Change(Order),
}

/// A rule, as it was seen, and what it is to be: `None` for what is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub seen: RuleRow,
    pub to: Option<String>,
}

/// What came back that does not belong beside the field.
pub struct Refused {
    pub notice: Option<Notice>,
    /// The rule is not what was seen: it has to be looked at again.
    pub is_stale: bool,
}

impl Ask {
    pub fn edit(row: &RuleRow) -> Self {
        let value = TextField::new(VALUE_CHARS)
            .with_value(&row.value)
            .with_placeholder(format(row))
            .with_completions(words(row));
        Self::new(row, About::Edit, vec![(say::NEW_VALUE, value)])
    }

    /// The question and what it needs to know first.
    pub fn reset(row: &RuleRow) -> (Self, Next) {
        let mut ask = Self::new(row, About::Reset, Vec::new());
        let next = ask.preview();
        (ask, next)
    }

    pub fn undo(order: Order) -> (Self, Next) {
        let mut ask = Self::new(&order.seen, About::Undo(order.to), Vec::new());
        let next = ask.preview();
        (ask, next)
    }

    fn new(row: &RuleRow, about: About, fields: Vec<(&'static str, TextField)>) -> Self {
        Self { seen: row.clone(), about, form: Form::new(fields), doubt: None, theirs: None, is_sent: false }
    }

    pub fn key(&self) -> &'static str {
        self.seen.key
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        if self.is_asking() { None } else { self.form.focused() }
    }

    /// Whether there is a question beside the form, which has to be answered first.
    pub fn is_asking(&self) -> bool {
        self.doubt.is_some() || self.theirs.is_some()
    }

    pub fn take(&mut self, input: &Input) -> Next {
        if self.is_sent {
            return Next::Nothing;
        }
        if self.theirs.is_some() {
            if Theirs::is_overruled(input) {
                self.theirs = None;
                return self.preview();
            }
            return Next::Nothing;
        }
        if self.doubt.is_some() {
            return if input.is_enter() { self.change() } else { Next::Nothing };
        }
        if self.form.is_empty() {
            return if input.is_enter() { self.preview() } else { Next::Nothing };
        }
        if self.turn(input) {
            return Next::Nothing;
        }
        if self.form.apply(input) != Outcome::Submitted {
            self.judge();
            return Next::Nothing;
        }
        match self.check(self.form.value(0)) {
            Ok(()) => self.preview(),
            Err(why) => {
                self.form.set_error(0, why);
                Next::Nothing
            }
        }
    }

    /// Goes to the word before or behind, where there are only a few.
    fn turn(&mut self, input: &Input) -> bool {
        let words = words(&self.seen);
        let by = match keymap::edit(input) {
            Some(Edit::Left) => words.len().saturating_sub(1),
            Some(Edit::Right) => 1,
            _ => return false,
        };
        let at = words.iter().position(|word| word == self.form.value(0));
        let next = at.map(|at| (at + by) % words.len()).and_then(|at| words.get(at));
        match (next, self.form.field_mut(0)) {
            (Some(next), Some(field)) => {
                field.set_value(next);
                true
            }
            _ => false,
        }
    }

    /// Says beside the field what no more letters can mend.
    fn judge(&mut self) {
        let typed = self.form.value(0).to_owned();
        let wrong = Rule::find(self.seen.key).and_then(|rule| rule.check(&typed).err());
        if let (Some(why), false) = (wrong, typed.is_empty()) {
            self.form.set_error(0, why.to_string());
        }
    }

    fn check(&self, typed: &str) -> Result<(), String> {
        let Some(rule) = Rule::find(self.seen.key) else { return Ok(()) };
        rule.set(&mut crate::domain::policy::Policy::default(), typed).map_err(|why| why.to_string())
    }

    fn order(&self) -> Order {
        let to = match &self.about {
            About::Edit => Some(self.form.value(0).trim().to_owned()),
            About::Reset => None,
            About::Undo(to) => to.clone(),
        };
        Order { seen: self.seen.clone(), to }
    }

    fn preview(&mut self) -> Next {
        self.is_sent = true;
        Next::Preview(self.order())
    }

    fn change(&mut self) -> Next {
        self.is_sent = true;
        Next::Change(self.order())
    }

    /// What it would do is known: where that matters it is asked about, else done.
    pub fn previewed(&mut self, preview: Preview) -> Next {
        if preview.key != self.seen.key {
            return Next::Nothing;
        }
        self.is_sent = false;
        let is_harmless = preview.would_end == 0 && !preview.weakens;
        if is_harmless && !matches!(self.about, About::Reset) {
            return self.change();
        }
        self.doubt = Some(preview);
        Next::Nothing
    }

    /// Puts a refusal where it belongs: beside the field, or into the words that come back. What was typed
    /// stays.
    pub fn refused(&mut self, error: &DalError) -> Refused {
        self.is_sent = false;
        self.doubt = None;
        let notice = Notice::from(error);
        self.theirs = Theirs::of(error);
        if self.theirs.is_some() {
            return Refused { notice: None, is_stale: true };
        }
        let is_stale = matches!(error, DalError::Conflict { .. });
        let words = match error {
            DalError::Invalid { why, .. } => why.clone(),
            DalError::Conflict { .. } => notice.words.clone(),
            _ => return Refused { notice: Some(notice), is_stale },
        };
        if self.form.is_empty() {
            return Refused { notice: Some(notice), is_stale };
        }
        self.form.set_error(0, words);
        Refused { notice: None, is_stale }
    }

    /// The rule was looked at again.
    pub fn see(&mut self, row: RuleRow) {
        if row.key == self.seen.key {
            self.seen = row;
        }
    }

    /// Goes back from the last question to the value; false where there is nothing to go back to.
    pub fn back(&mut self) -> bool {
        !self.form.is_empty() && (self.theirs.take().is_some() || self.doubt.take().is_some())
    }

    /// Whether something was typed that would be lost. From the last question one comes back to it.
    pub fn is_changed(&self) -> bool {
        !self.is_sent && !self.is_asking() && self.form.is_changed()
    }

    pub fn title(&self) -> String {
        let key = self.seen.key;
        match self.about {
            About::Edit => say::set(key),
            About::Reset => say::reset(key),
            About::Undo(_) => say::take_back(key),
        }
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let look = &cx.look;
        if let Some(theirs) = &self.theirs {
            return theirs.draw(frame, area, &cx.minute(theirs.at), &self.mine(), look);
        }
        let enter = |yes| ("Enter", if self.is_sent { words::WORKING } else { yes });
        if let Some(preview) = &self.doubt {
            let hints = [enter(say::DO_IT), words::BACK];
            let is_danger = preview.would_end > 0 || preview.weakens;
            let (title, body) = (self.title(), doubts(preview));
            return Dialog { title: &title, body: &body, hints: &hints, is_danger, ..Dialog::default() }
                .draw(frame, area, look);
        }
        let turn = (!words(&self.seen).is_empty() && !self.form.is_empty()).then_some(say::TO_CHOOSE);
        let hints: Vec<Hint<'_>> =
            [enter(say::DO_SAVE)].into_iter().chain(turn).chain([words::BACK]).collect();
        let body =
            if self.form.is_empty() { self.now() } else { format!("{}\n{}", self.now(), self.allowed()) };
        Panel { title: &self.title(), body: &body, form: &self.form, hints: &hints, is_danger: false }
            .draw(frame, area, look);
    }

    /// What would be saved, in a word.
    fn mine(&self) -> String {
        self.order().to.unwrap_or_else(|| say::AS_CONFIGURED.to_owned())
    }

    fn now(&self) -> String {
        let row = &self.seen;
        let from = match &row.origin {
            Origin::Started => say::AS_CONFIGURED.to_owned(),
            Origin::File { .. } | Origin::Environment { .. } => say::from(&row.origin),
            origin => origin.to_string(),
        };
        say::now(&super::with_unit(row, &row.value), &from)
    }

    fn allowed(&self) -> String {
        say::allowed(&self.seen.allowed)
    }
}

/// What there is to think about.
fn doubts(preview: &Preview) -> String {
    let mut lines = vec![say::from_to(&preview.before, &preview.after)];
    lines.extend(say::would_end(preview.would_end, preview.ends_own));
    if preview.weakens {
        lines.push(say::WEAKENS.to_owned());
    }
    lines.join("\n")
}

/// The words that may be written, where there are only a few.
fn words(row: &RuleRow) -> Vec<String> {
    Rule::find(row.key).map(|rule| rule.kind.words()).unwrap_or_default()
}

/// How what belongs into the field is written.
fn format(row: &RuleRow) -> &'static str {
    match Rule::find(row.key).map(|rule| &rule.kind) {
        Some(Kind::Count(_, unit, _)) => unit,
        Some(Kind::Duration(..)) => say::NUMBER_AND_UNIT,
        Some(Kind::Choice(_) | Kind::Switch(_)) | None => say::ONE_OF_THESE,
    }
}

impl Order {
    pub async fn preview(self, session: Session) -> Result<Preview, DalError> {
        session.verify().await?.policy().preview(self.seen.key, self.to.as_deref()).await
    }

    /// Does it, with a proof made for it.
    pub async fn carry_out(self, session: Session) -> Result<Changed, DalError> {
        let policy = session.verify().await?.policy();
        match &self.to {
            Some(text) => policy.set(self.seen.key, text, Some(&self.seen)).await,
            None => policy.reset(self.seen.key, Some(&self.seen)).await,
        }
    }

    /// What takes a change back: a rule that was set before is set again, another one reset.
    pub fn back_from(before: &RuleRow, changed: &Changed) -> Self {
        let was_set = matches!(before.origin, Origin::Set { .. });
        Self { seen: changed.row.clone(), to: was_set.then(|| before.value.clone()) }
    }
}
