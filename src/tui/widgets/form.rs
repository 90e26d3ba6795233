//! Some fields below one another, of which one has the keyboard.

use ratatui::{Frame, layout::Rect};

use super::field::{Room, TextField};
use crate::tui::{
    input::Input,
    keymap::{self, Command, Edit},
    look::Look,
};

/// Labelled fields and which of them is being edited.
pub struct Form {
    fields: Vec<(&'static str, TextField)>,
    /// What stood in them at first; of secrets nothing is kept.
    starts: Vec<String>,
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
    /// A value is asked for, in a field that offers one.
    Suggest,
}

impl Form {
    pub fn new(fields: impl Into<Vec<(&'static str, TextField)>>) -> Self {
        let fields = fields.into();
        let start = |field: &TextField| if field.is_secret() { "" } else { field.value() }.to_owned();
        let starts = fields.iter().map(|(_, field)| start(field)).collect();
        Self { fields, starts, focus: 0 }
    }

    /// Whether anything in it would be lost: some field holds something else than at first.
    pub fn is_changed(&self) -> bool {
        self.fields.iter().zip(&self.starts).any(|((_, field), start)| field.value() != start)
    }

    /// Whether there is nothing to fill in: a question for yes or no.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of a field, counted from 0; empty if there is no such field.
    pub fn value(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", |(_, field)| field.value())
    }

    /// What is wrong with a field, if anything was found.
    pub fn error(&self, index: usize) -> Option<&str> {
        self.fields.get(index).and_then(|(_, field)| field.error())
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

    /// Goes to a field, for a click; the one that is left is judged. False if there is no such field.
    pub fn set_focus(&mut self, index: usize) -> bool {
        if index >= self.fields.len() {
            return false;
        }
        if index != self.focus
            && let Some(field) = self.field_mut(self.focus)
        {
            field.fails_its_check();
        }
        self.focus = index;
        true
    }

    /// Says what is wrong with a field and goes there.
    pub fn set_error(&mut self, index: usize, error: impl AsRef<str>) {
        if let Some(field) = self.field_mut(index) {
            field.set_error(error);
            self.focus = index;
        }
    }

    /// Edits the field in focus, or moves: Tab and arrows go round, Enter goes on and submits at the
    /// end, unless a field is wrong. Ctrl-T shows all secrets, or hides them again.
    pub fn apply(&mut self, input: &Input) -> Outcome {
        let count = self.fields.len();
        let suggests = self.fields.iter().any(|(_, field)| field.knows(Edit::Suggest));
        let Some((_, field)) = self.fields.get_mut(self.focus) else {
            return Outcome::Ignored;
        };
        let forward = (self.focus + 1) % count;
        let back = (self.focus + count - 1) % count;
        match input {
            Input::Key(_) => {}
            Input::Submit => return self.submit(),
            Input::Focus(index) => {
                self.set_focus(*index);
                return Outcome::Changed;
            }
            Input::Mouse(_) | Input::Background(_) => return Outcome::Ignored,
            pasted @ Input::Paste(_) => {
                field.apply(pasted);
                return Outcome::Changed;
            }
        }
        let is_taken = match keymap::edit(input) {
            Some(Edit::Enter) if forward == 0 => return self.submit(),
            Some(Edit::Suggest) if suggests => return Outcome::Suggest,
            Some(Edit::Next | Edit::Enter) => self.set_focus(forward),
            Some(Edit::Before) => self.set_focus(back),
            Some(Edit::Reveal) => self.toggle_reveal(),
            _ => field.apply(input),
        };
        if is_taken { Outcome::Changed } else { Outcome::Ignored }
    }

    /// Submits what is right as far as the fields know; else goes to the first that is wrong. For a
    /// click on what Enter does at the end: whoever clicks need not walk through the fields.
    pub fn submit(&mut self) -> Outcome {
        let mut fields = self.fields.iter_mut();
        match fields.position(|(_, field)| field.fails_its_check()) {
            Some(wrong) => {
                self.focus = wrong;
                Outcome::Changed
            }
            None => Outcome::Submitted,
        }
    }

    /// Hides all secrets if one is shown, else shows them all; false if there are none. So nothing is
    /// shown by a key that was meant to hide.
    fn toggle_reveal(&mut self) -> bool {
        let is_revealed = self.fields.iter().any(|(_, field)| field.is_revealed());
        let mut has_secrets = false;
        for (_, field) in self.fields.iter_mut().filter(|(_, field)| field.is_secret()) {
            has_secrets = true;
            if is_revealed { field.hide() } else { field.reveal() }
        }
        has_secrets
    }

    /// Rows that show every field whole in so many columns.
    pub fn height(&self, width: u16) -> u16 {
        self.rows(width, Room::Airy).iter().sum()
    }

    /// Rows that do so with nothing between the fields.
    pub(super) fn close_height(&self, width: u16) -> u16 {
        self.rows(width, Room::Close).iter().sum()
    }

    fn rows(&self, width: u16, room: Room) -> Vec<u16> {
        self.fields.iter().map(|(_, field)| field.rows(width, room)).collect()
    }

    /// The rows of each field, as airy as the area lets them be.
    fn fitting(&self, area: Rect) -> Vec<u16> {
        let fits = |rows: &Vec<u16>| rows.iter().sum::<u16>() <= area.height;
        let mut ways = [Room::Airy, Room::Close].into_iter().map(|room| self.rows(area.width, room));
        ways.find(fits).unwrap_or_else(|| self.rows(area.width, Room::Tight))
    }

    /// Draws as many fields as fit, closer together where room is short, always the one in focus.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let rows = self.fitting(area);
        let until_focus = |first: &usize| rows.iter().take(self.focus + 1).skip(*first).sum::<u16>();
        let first = (0..self.focus).find(|first| until_focus(first) <= area.height).unwrap_or(self.focus);
        let mut rest = area;
        for (index, ((label, field), rows)) in self.fields.iter().zip(&rows).enumerate().skip(first) {
            let height = (*rows).min(rest.height);
            let place = Rect { height, ..rest };
            field.draw(frame, place, label, index == self.focus, look);
            look.clickable(place, Command::Focus(index));
            rest = Rect { y: rest.y.saturating_add(height), height: rest.height - height, ..rest };
        }
    }
}
