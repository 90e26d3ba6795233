//! A line of text that one may edit.

mod view;

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::Span;
use zeroize::Zeroizing;

pub(super) use view::Room;

use super::{completion, history::History, text::graphemes};
use crate::tui::words::widgets as say;
use crate::{
    domain::text::is_showable,
    tui::{
        input::Input,
        keymap::{self, Edit},
        notice::about_field,
    },
};

/// A single line of text with a cursor in it.
///
/// What does not fit is refused whole and said so, never cut: half of a pasted password is worse
/// than none. Characters that drive or confuse a terminal do not get in.
pub struct TextField {
    /// Wiped when dropped. A secret is allocated once, so that growing leaves no copies behind.
    value: Zeroizing<String>,
    /// All of it is selected: what is typed next stands instead of it.
    is_selected: bool,
    /// Where the next character goes: a byte offset, always between two graphemes.
    cursor: usize,
    max_chars: usize,
    mode: Mode,
    error: Option<String>,
    /// What may be wrong with a value, for when the field is left.
    check: Option<Check>,
    /// What may be meant, offered behind the cursor.
    completions: Vec<String>,
    /// What belongs here, shown while nothing does.
    placeholder: &'static str,
    /// Whether the form around it can fill it in.
    is_suggested: bool,
    /// Nothing of a secret.
    history: History,
}

/// Says what is wrong with a value, as `must be …`.
pub type Check = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Plain,
    Masked,
    Revealed,
}

impl TextField {
    /// Rows that show everything: label, input, error. With fewer they move beside one another.
    pub const HEIGHT: u16 = 3;

    /// An empty field of at most `max_chars` characters.
    pub fn new(max_chars: usize) -> Self {
        Self {
            value: Zeroizing::default(),
            is_selected: false,
            cursor: 0,
            max_chars,
            mode: Mode::Plain,
            error: None,
            check: None,
            completions: Vec::new(),
            placeholder: "",
            is_suggested: false,
            history: History::default(),
        }
    }

    /// The same, drawn as `•`. It takes every character that a password may have, also invisible ones.
    pub fn secret(max_chars: usize) -> Self {
        let value = Zeroizing::new(String::with_capacity(max_chars.saturating_mul(4)));
        Self { value, mode: Mode::Masked, ..Self::new(max_chars) }
    }

    /// The same field with this in it and the cursor at its end.
    #[must_use]
    pub fn with_value(mut self, value: &str) -> Self {
        self.set_value(value);
        self
    }

    /// The same, judged as soon as one leaves it.
    #[must_use]
    pub fn with_check(self, check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static) -> Self {
        Self { check: Some(Box::new(check)), ..self }
    }

    /// The same with words that are offered where they begin like what was typed. Of a list with
    /// commas the last word is completed. A secret offers nothing.
    #[must_use]
    pub fn with_completions(self, completions: Vec<String>) -> Self {
        Self { completions, ..self }
    }

    /// Offers other words from now on.
    pub fn set_completions(&mut self, completions: Vec<String>) {
        self.completions = completions;
    }

    /// The same with words that tell what belongs into it, as long as it is empty.
    #[must_use]
    pub fn with_placeholder(self, placeholder: &'static str) -> Self {
        Self { placeholder, ..self }
    }

    /// The same, for which a key asks the form around it to suggest a value.
    #[must_use]
    pub fn suggested(self) -> Self {
        Self { is_suggested: true, ..self }
    }

    /// Whether an editing key does anything in it.
    pub fn knows(&self, edit: Edit) -> bool {
        match edit {
            Edit::Suggest => self.is_suggested,
            Edit::Reveal => self.is_secret(),
            Edit::Complete => !self.completions.is_empty(),
            Edit::Undo => !self.is_secret(),
            _ => true,
        }
    }

    pub fn value(&self) -> &str {
        &self.value
    }

    pub fn is_secret(&self) -> bool {
        self.mode != Mode::Plain
    }

    pub fn is_revealed(&self) -> bool {
        self.mode == Mode::Revealed
    }

    /// Says beside the field what its check finds wrong, and answers whether it does. An empty field
    /// is not wrong yet.
    pub fn fails_its_check(&mut self) -> bool {
        let Some(check) = self.check.as_ref().filter(|_| !self.is_empty()) else { return false };
        let Err(why) = check(&self.value) else { return false };
        self.set_error(why);
        true
    }

    /// Whether it holds a secret that is not shown at the moment.
    pub fn is_masked(&self) -> bool {
        self.mode == Mode::Masked
    }

    pub fn is_empty(&self) -> bool {
        self.value.is_empty()
    }

    pub fn set_value(&mut self, value: &str) {
        self.clear();
        self.insert(value);
    }

    pub fn clear(&mut self) {
        self.remove(0..self.value.len());
    }

    /// Selects all of it, for who may want to keep it and may want another: what is typed next stands instead of
    /// it, and any other key leaves it to be edited.
    pub fn select_all(&mut self) {
        self.end();
        self.is_selected = !self.is_empty();
    }

    /// What is wrong with the value; gone with the next change.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Says what is wrong, in a sentence, until the next change.
    pub fn set_error(&mut self, error: impl AsRef<str>) {
        self.error = Some(about_field(error.as_ref()));
    }

    /// Shows a secret, or hides it again.
    pub fn toggle_reveal(&mut self) {
        self.mode = match self.mode {
            Mode::Plain => Mode::Plain,
            Mode::Masked => Mode::Revealed,
            Mode::Revealed => Mode::Masked,
        };
    }

    /// Draws a secret as dots.
    pub fn hide(&mut self) {
        if self.mode == Mode::Revealed {
            self.mode = Mode::Masked;
        }
    }

    /// Shows a secret.
    pub fn reveal(&mut self) {
        if self.mode == Mode::Masked {
            self.mode = Mode::Revealed;
        }
    }

    /// Does what the input asks of an editor; false if it asks nothing of one.
    pub fn apply(&mut self, input: &Input) -> bool {
        if keymap::edit(input) == Some(Edit::Undo) {
            self.undo();
            return true;
        }
        let before = (!self.is_secret()).then(|| (self.value().to_owned(), self.cursor));
        if std::mem::take(&mut self.is_selected) && replaces(input) {
            self.clear();
        }
        let is_taken = match input {
            Input::Paste(text) => {
                self.insert(text);
                true
            }
            Input::Key(key) => self.press(*key, keymap::edit(input)),
            // For the form around it, or for nobody who edits.
            Input::Submit | Input::Focus(_) | Input::Mouse(_) | Input::Background(_) => false,
        };
        match before {
            Some(before) if before.0 != self.value() => self.history.note(before, is_letter(input)),
            _ => self.history.pause(),
        }
        is_taken
    }

    /// Takes back the last edit, or the letters that were typed last.
    pub fn undo(&mut self) {
        if let Some((value, cursor)) = self.history.undo() {
            *self.value = value;
            self.settle(cursor);
        }
    }

    /// What is offered behind the cursor.
    fn ghost(&self) -> Option<&str> {
        let is_offered = !self.is_secret() && self.cursor == self.value.len();
        is_offered.then(|| completion::rest(&self.value, &self.completions)).flatten()
    }

    /// Takes what is offered; false if nothing is.
    pub fn complete(&mut self) -> bool {
        let Some(rest) = self.ghost().map(str::to_owned) else { return false };
        self.insert(&rest);
        true
    }

    fn press(&mut self, key: KeyEvent, edit: Option<Edit>) -> bool {
        match (edit, key.code) {
            (Some(edit), _) => return self.edit(edit),
            (None, KeyCode::Char(character)) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => {
                self.insert(character.encode_utf8(&mut [0; 4]));
            }
            (None, _) => return false,
        }
        true
    }

    /// Edits as a key of the table asks; false for one that is for the form around it.
    fn edit(&mut self, edit: Edit) -> bool {
        match edit {
            Edit::Right if self.complete() => {}
            Edit::Complete => {
                self.complete();
            }
            Edit::Left => self.left(),
            Edit::Right => self.right(),
            Edit::Home => self.home(),
            Edit::End => self.end(),
            Edit::Backspace => self.backspace(),
            Edit::Delete => self.delete(),
            Edit::KillToStart => self.kill_to_start(),
            Edit::KillWord => self.kill_word(),
            Edit::Undo => self.undo(),
            Edit::Enter | Edit::Next | Edit::Before | Edit::Reveal | Edit::Suggest => return false,
        }
        true
    }

    /// Puts text at the cursor, without the characters that cannot be shown.
    pub fn insert(&mut self, text: &str) {
        let mode = self.mode;
        let accepted = text.chars().filter(|&character| mode.accepts(character));
        if self.value.chars().count() + accepted.clone().count() > self.max_chars {
            return self.set_error(say::at_most(self.max_chars));
        }
        let mut cursor = self.cursor;
        for character in accepted {
            self.value.insert(cursor, character);
            cursor += character.len_utf8();
        }
        self.settle(cursor);
    }

    pub fn backspace(&mut self) {
        self.remove(self.before()..self.cursor);
    }

    pub fn delete(&mut self) {
        self.remove(self.cursor..self.after());
    }

    pub fn left(&mut self) {
        self.cursor = self.before();
    }

    pub fn right(&mut self) {
        self.cursor = self.after();
    }

    pub fn home(&mut self) {
        self.cursor = 0;
    }

    pub fn end(&mut self) {
        self.cursor = self.value.len();
    }

    pub fn kill_to_start(&mut self) {
        self.remove(0..self.cursor);
    }

    /// Removes the word before the cursor and the blanks after it. In a masked secret everything
    /// before the cursor goes, because stopping would tell where its words end.
    pub fn kill_word(&mut self) {
        let start = if self.mode == Mode::Masked {
            0
        } else {
            let head = self.head().trim_end();
            head.len() - head.rsplit(char::is_whitespace).next().map_or(0, str::len)
        };
        self.remove(start..self.cursor);
    }

    /// The text before the cursor.
    fn head(&self) -> &str {
        self.value.get(..self.cursor).unwrap_or_default()
    }

    /// Where the grapheme before the cursor begins.
    fn before(&self) -> usize {
        let last = graphemes(&Span::raw(self.head())).last().map_or(0, |(symbol, _)| symbol.len());
        self.cursor - last
    }

    /// Where the grapheme after the cursor ends.
    fn after(&self) -> usize {
        let tail = self.value.get(self.cursor..).unwrap_or_default();
        let next = graphemes(&Span::raw(tail)).next().map_or(0, |(symbol, _)| symbol.len());
        self.cursor + next
    }

    fn remove(&mut self, range: Range<usize>) {
        let cursor = range.start;
        self.value.replace_range(range, "");
        self.settle(cursor);
    }

    /// Ends a change: the cursor goes to this offset, or behind the grapheme that has formed there.
    fn settle(&mut self, cursor: usize) {
        self.error = None;
        let mut end = 0;
        let span = Span::raw(self.value.as_str());
        let mut ends = graphemes(&span).map(|(symbol, _)| {
            end += symbol.len();
            end
        });
        self.cursor = if cursor == 0 { 0 } else { ends.find(|&end| end >= cursor).unwrap_or(0) };
    }
}

/// Whether an input puts something where the selected text is, or nothing.
fn replaces(input: &Input) -> bool {
    let removes = [Edit::Backspace, Edit::Delete, Edit::KillWord, Edit::KillToStart];
    match (input, keymap::edit(input)) {
        (Input::Paste(_), _) => true,
        (_, Some(edit)) => removes.contains(&edit),
        (Input::Key(key), None) => {
            matches!(key.code, KeyCode::Char(_)) && key.modifiers.difference(KeyModifiers::SHIFT).is_empty()
        }
        _ => false,
    }
}

fn is_letter(input: &Input) -> bool {
    let Input::Key(KeyEvent { code: KeyCode::Char(character), modifiers, .. }) = input else { return false };
    !character.is_whitespace() && modifiers.difference(KeyModifiers::SHIFT).is_empty()
}

impl Mode {
    /// A secret is not what it looks like: a character left out of a password locks its owner out.
    fn accepts(self, character: char) -> bool {
        if self == Self::Plain { is_showable(character) } else { !character.is_control() }
    }
}
