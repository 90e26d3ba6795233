//! Some fields below one another, of which one has the keyboard.

use crossterm::event::KeyCode;
use ratatui::{Frame, layout::Rect};

use super::{field::TextField, text::cells};
use crate::tui::{input::Input, look::Look};

/// Labelled fields and which of them is being edited.
pub struct Form {
    fields: Vec<(&'static str, TextField)>,
    focus: usize,
}

/// What became of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is not for a form.
    Ignored,
    /// A field or the focus has changed.
    Changed,
    /// Enter in the last field.
    Submitted,
}

impl Form {
    pub fn new(fields: impl Into<Vec<(&'static str, TextField)>>) -> Self {
        Self { fields: fields.into(), focus: 0 }
    }

    /// Whether there is nothing to fill in: a question for yes or no.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of a field, counted from 0; empty if there is no such field.
    pub fn value(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |(_, field)| field.value())
    }

    /// The field in focus, with its label.
    pub fn focused(&self) -> Option<(&'static str, &TextField)> {
        self.fields.get(self.focus).map(|(label, field)| (*label, field))
    }

    pub fn field_mut(&mut self, index: usize) -> Option<&mut TextField> {
        self.fields.get_mut(index).map(|(_, field)| field)
    }

    pub fn focus(&self) -> usize {
        self.focus
    }

    /// Says what is wrong with a field and goes there.
    pub fn set_error(&mut self, index: usize, error: impl Into<String>) {
        if let Some(field) = self.field_mut(index) {
            field.set_error(error);
            self.focus = index;
        }
    }

    /// Edits the field in focus, or moves: Tab and arrows go round, Enter goes on and submits at the end.
    pub fn apply(&mut self, input: &Input) -> Outcome {
        let count = self.fields.len();
        let Some((_, field)) = self.fields.get_mut(self.focus) else {
            return Outcome::Ignored;
        };
        let forward = (self.focus + 1) % count;
        let back = (self.focus + count - 1) % count;
        let Input::Key(key) = input else {
            field.apply(input);
            return Outcome::Changed;
        };
        self.focus = match key.code {
            KeyCode::Enter if forward == 0 => return Outcome::Submitted,
            KeyCode::Tab | KeyCode::Down | KeyCode::Enter => forward,
            KeyCode::BackTab | KeyCode::Up => back,
            _ if field.apply(input) => self.focus,
            _ => return Outcome::Ignored,
        };
        Outcome::Changed
    }

    /// Rows that show every field whole.
    pub fn height(&self) -> u16 {
        cells(self.fields.len()).saturating_mul(TextField::HEIGHT)
    }

    /// Draws as many fields as fit, closer together where room is short, always the one in focus.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let count = cells(self.fields.len()).max(1);
        let each = (area.height / count).clamp(1, TextField::HEIGHT);
        let first = (self.focus + 1).saturating_sub(usize::from(area.height / each));
        for (index, (label, field)) in self.fields.iter().enumerate().skip(first) {
            let top = cells(index - first).saturating_mul(each);
            let height = each.min(area.height.saturating_sub(top));
            let place = Rect { y: area.y.saturating_add(top), height, ..area };
            field.draw(frame, place, label, index == self.focus, look);
        }
    }
}
