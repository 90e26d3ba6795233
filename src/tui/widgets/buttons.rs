//! Buttons in a row: reached by Tab and arrows, pressed by Enter, Space or a click.

use crossterm::event::KeyCode;
use ratatui::{Frame, layout::Rect};

use super::text::{columns, put, row, split};
use crate::tui::{input::Input, keymap::Command, look::Look};

/// What can be pressed, and what it means then.
#[derive(Debug, Clone, PartialEq)]
pub struct Button {
    pub label: String,
    pub command: Command,
    /// Whether it destroys something.
    pub is_danger: bool,
}

impl Button {
    pub fn new(label: impl Into<String>, command: Command) -> Self {
        Self { label: label.into(), command, is_danger: false }
    }

    /// The same, for what destroys something.
    #[must_use]
    pub fn danger(self) -> Self {
        Self { is_danger: true, ..self }
    }
}

/// A row of buttons, of which one has the keyboard.
#[derive(Debug, Clone, PartialEq)]
pub struct Buttons {
    buttons: Vec<Button>,
    focus: usize,
}

/// What became of an input.
#[derive(Debug, Clone, PartialEq)]
pub enum Pressed {
    /// It is not for buttons.
    Ignored,
    /// Another button has the keyboard now.
    Moved,
    Button(Command),
}

/// Blank columns between two buttons.
const GAP: u16 = 2;

impl Buttons {
    pub const HEIGHT: u16 = 1;

    /// The first button has the keyboard: let it be the harmless one.
    pub fn new(buttons: impl Into<Vec<Button>>) -> Self {
        Self { buttons: buttons.into(), focus: 0 }
    }

    pub fn focus(&self) -> usize {
        self.focus
    }

    /// Tab and arrows go round, Enter and Space press.
    pub fn apply(&mut self, input: &Input) -> Pressed {
        let count = self.buttons.len();
        let (Input::Key(key), Some(button)) = (input, self.buttons.get(self.focus)) else {
            return Pressed::Ignored;
        };
        self.focus = match key.code {
            KeyCode::Enter | KeyCode::Char(' ') => return Pressed::Button(button.command.clone()),
            KeyCode::Tab | KeyCode::Right => (self.focus + 1) % count,
            KeyCode::BackTab | KeyCode::Left => (self.focus + count - 1) % count,
            _ => return Pressed::Ignored,
        };
        Pressed::Moved
    }

    /// Columns that show every button whole.
    pub fn width(&self) -> usize {
        let all: usize = self.buttons.iter().map(|button| columns(&button.label) + 4).sum();
        all + self.buttons.len().saturating_sub(1) * usize::from(GAP)
    }

    /// Draws `[ Save ]  [ Back ]`; the one with the keyboard is reversed and reads `[›Save‹]`.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let mut rest = row(area.intersection(frame.area()), 0);
        for (index, button) in self.buttons.iter().enumerate() {
            let style = if button.is_danger { look.danger } else { look.value };
            let (text, style) = if index == self.focus {
                (format!("[›{}‹]", button.label), style.patch(look.selected))
            } else {
                (format!("[ {} ]", button.label), style)
            };
            let used = put(frame.buffer_mut(), rest, &text, style);
            let (place, after) = split(rest, used);
            look.clickable(place, button.command.clone());
            (_, rest) = split(after, GAP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::KeyEvent;

    #[test]
    fn buttons_are_walked_through_and_pressed() {
        let press = |code: KeyCode| Input::Key(KeyEvent::from(code));
        let buttons = [Button::new("Keep", Command::Back), Button::new("End", Command::Open).danger()];
        let mut buttons = Buttons::new(buttons);
        assert_eq!(buttons.apply(&press(KeyCode::Char(' '))), Pressed::Button(Command::Back));
        assert_eq!(buttons.apply(&press(KeyCode::Tab)), Pressed::Moved);
        assert_eq!(buttons.apply(&press(KeyCode::Enter)), Pressed::Button(Command::Open));
        buttons.apply(&press(KeyCode::Right));
        assert_eq!(buttons.focus(), 0);
        assert_eq!(buttons.apply(&press(KeyCode::Char('x'))), Pressed::Ignored);
        assert_eq!(Buttons::new([]).apply(&press(KeyCode::Tab)), Pressed::Ignored);
    }
}
