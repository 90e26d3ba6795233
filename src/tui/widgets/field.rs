//! A line of text that one may edit.

use std::{borrow::Cow, ops::Range};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Frame, layout::Rect, text::Span};
use zeroize::Zeroizing;

use super::{
    completion,
    history::History,
    text::{cells, columns, graphemes, put, row, split},
};
use crate::{
    domain::text::is_showable,
    tui::{input::Input, look::Look},
};

/// A single line of text with a cursor in it.
///
/// What does not fit is refused whole and said so, never cut: half of a pasted password is worse
/// than none. Characters that drive or confuse a terminal do not get in.
pub struct TextField {
    /// Wiped when dropped. A secret is allocated once, so that growing leaves no copies behind.
    value: Zeroizing<String>,
    /// Where the next character goes: a byte offset, always between two graphemes.
    cursor: usize,
    max_chars: usize,
    mode: Mode,
    error: Option<String>,
    /// What may be wrong with a value, for when the field is left.
    check: Option<Check>,
    /// What may be meant, offered behind the cursor.
    completions: Vec<String>,
    /// Nothing of a secret.
    history: History,
}

/// Says what is wrong with a value, as `must be …`.
pub type Check = fn(&str) -> Result<(), String>;

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
            cursor: 0,
            max_chars,
            mode: Mode::Plain,
            error: None,
            check: None,
            completions: Vec::new(),
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
    pub fn with_check(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// The same with words that are offered where they begin like what was typed. Of a list with
    /// commas the last word is completed. A secret offers nothing.
    #[must_use]
    pub fn with_completions(self, completions: Vec<String>) -> Self {
        Self { completions, ..self }
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
        let Some(check) = self.check.filter(|_| !self.is_empty()) else { return false };
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

    /// What is wrong with the value; gone with the next change.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    pub fn set_error(&mut self, error: impl Into<String>) {
        self.error = Some(error.into());
    }

    /// Shows a secret, or hides it again.
    pub fn toggle_reveal(&mut self) {
        self.mode = match self.mode {
            Mode::Plain => Mode::Plain,
            Mode::Masked => Mode::Revealed,
            Mode::Revealed => Mode::Masked,
        };
    }

    /// Shows a secret.
    pub fn reveal(&mut self) {
        if self.mode == Mode::Masked {
            self.mode = Mode::Revealed;
        }
    }

    /// Does what the input asks of an editor; false if it asks nothing of one.
    pub fn apply(&mut self, input: &Input) -> bool {
        if is_undo(input) {
            self.undo();
            return true;
        }
        let before = (!self.is_secret()).then(|| (self.value().to_owned(), self.cursor));
        let is_taken = match input {
            Input::Paste(text) => {
                self.insert(text);
                true
            }
            Input::Key(key) => self.press(*key),
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

    fn press(&mut self, key: KeyEvent) -> bool {
        let modifiers = key.modifiers.difference(KeyModifiers::SHIFT);
        let is_plain = modifiers.is_empty();
        let is_control = modifiers == KeyModifiers::CONTROL;
        match key.code {
            KeyCode::Right if self.complete() => {}
            KeyCode::Char(' ') if is_control => {
                self.complete();
            }
            KeyCode::Char(character) if is_plain => self.insert(character.encode_utf8(&mut [0; 4])),
            KeyCode::Char('a') if is_control => self.home(),
            KeyCode::Char('e') if is_control => self.end(),
            KeyCode::Char('u') if is_control => self.kill_to_start(),
            KeyCode::Char('w') if is_control => self.kill_word(),
            KeyCode::Backspace if is_plain => self.backspace(),
            KeyCode::Backspace => self.kill_word(),
            KeyCode::Delete => self.delete(),
            KeyCode::Left => self.left(),
            KeyCode::Right => self.right(),
            KeyCode::Home => self.home(),
            KeyCode::End => self.end(),
            _ => return false,
        }
        true
    }

    /// Puts text at the cursor, without the characters that cannot be shown.
    pub fn insert(&mut self, text: &str) {
        let mode = self.mode;
        let accepted = text.chars().filter(|&character| mode.accepts(character));
        if self.value.chars().count() + accepted.clone().count() > self.max_chars {
            return self.set_error(format!("must be at most {} characters", self.max_chars));
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

    /// A part of the value as it may be seen.
    fn shown<'a>(&self, part: &'a str) -> Cow<'a, str> {
        match self.mode {
            Mode::Plain => Cow::Borrowed(part),
            Mode::Masked => Cow::Owned("•".repeat(graphemes(&Span::raw(part)).count())),
            Mode::Revealed => {
                Cow::Owned(part.chars().map(|c| if is_showable(c) { c } else { '\u{fffd}' }).collect())
            }
        }
    }

    /// Draws the label, the input line and the error, and puts the terminal's cursor if focused.
    pub fn draw(&self, frame: &mut Frame, area: Rect, label: &str, focused: bool, look: &Look) {
        let places = Places::new(area.intersection(frame.area()), label, self.error().unwrap_or_default());
        let (label_style, input_style) =
            if focused { (look.accent, look.input_focus) } else { (look.label, look.input) };
        let buffer = frame.buffer_mut();
        put(buffer, places.label, label, label_style);
        put(buffer, places.error, self.error().unwrap_or_default(), look.error);
        buffer.set_style(places.input, input_style);
        if focused {
            self.draw_focused(frame, places.input, look);
        } else {
            put(buffer, places.input, &self.shown(&self.value), look.value);
        }
    }

    /// Draws the part of the value that is around the cursor, and what is offered behind it.
    fn draw_focused(&self, frame: &mut Frame, area: Rect, look: &Look) {
        if area.is_empty() {
            return;
        }
        let shown = self.shown(&self.value);
        let at = columns(&self.shown(self.head()));
        let wanted = scroll(at, columns(&shown), area.width.into());
        let (mut hidden_bytes, mut hidden_columns) = (0, 0);
        for (symbol, columns) in graphemes(&Span::raw(shown.as_ref())) {
            if hidden_columns >= wanted {
                break;
            }
            hidden_bytes += symbol.len();
            hidden_columns += columns;
        }
        let visible = shown.get(hidden_bytes..).unwrap_or_default();
        frame.buffer_mut().set_stringn(area.x, area.y, visible, area.width.into(), look.value);
        let cursor = cells(at.saturating_sub(hidden_columns));
        let (_, behind) = split(area, cursor);
        put(frame.buffer_mut(), behind, self.ghost().unwrap_or_default(), look.muted);
        frame.set_cursor_position((area.x.saturating_add(cursor), area.y));
    }
}

fn is_undo(input: &Input) -> bool {
    matches!(input, Input::Key(key) if key.code == KeyCode::Char('z') && key.modifiers == KeyModifiers::CONTROL)
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

/// The first column to show, so that the cursor is in view and a third of the room follows it.
fn scroll(at: usize, total: usize, room: usize) -> usize {
    // The cursor may stand behind the last character.
    let last = (total + 1).saturating_sub(room);
    at.saturating_sub(room * 2 / 3).min(last)
}

/// Where the parts of a field go.
struct Places {
    label: Rect,
    input: Rect,
    error: Rect,
}

impl Places {
    fn new(area: Rect, label: &str, error: &str) -> Self {
        let (label, error) = (cells(columns(label)), cells(columns(error)));
        let top = row(area, 0);
        match area.height {
            0 | 1 => {
                let (label, rest) = beside(top, label.min(top.width / 2));
                let error = error.min(rest.width / 2);
                let (input, error) =
                    if error == 0 { (rest, row(rest, 1)) } else { beside(rest, rest.width - error - 1) };
                Self { label, input, error }
            }
            2 => {
                let (label, error) = beside(top, label);
                Self { label, input: row(area, 1), error }
            }
            _ => Self { label: top, input: row(area, 1), error: row(area, 2) },
        }
    }
}

/// An area cut in two with a blank between, unless the left part is empty.
fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let (left, right) = split(area, width);
    (left, split(right, width.min(1)).1)
}
