//! Keys and what they do, in a row: read as a reminder, clicked as a button.

use ratatui::{buffer::Buffer, layout::Rect};

use super::text::{columns, put, split};
use crate::tui::words::frame as say;
use crate::tui::{
    keymap::{self, Command},
    look::Look,
};

/// A key as it is written, and what it does: `("Enter", "save")`.
pub type Hint<'a> = (&'a str, &'a str);

/// Blank columns between two hints.
const GAP: u16 = 3;

/// What a click on a hint means: the key that it names was pressed.
fn command(key: &str) -> Option<Command> {
    let key = if key == say::ANY_KEY { "Esc" } else { key };
    keymap::named(key).map(Command::Press)
}

/// Columns that the hints take.
pub(super) fn width(hints: &[Hint<'_>]) -> usize {
    let all: usize = hints.iter().map(|(key, what)| columns(key) + 1 + columns(what)).sum();
    all + hints.len().saturating_sub(1) * usize::from(GAP)
}

/// Draws the hints into the first row of the area, each of them clickable, and returns what is left
/// of it. The last one that begins in the area is clipped to it.
pub(in crate::tui) fn draw(buffer: &mut Buffer, area: Rect, hints: &[Hint<'_>], look: &Look) -> Rect {
    let mut rest = area;
    for (key, what) in hints {
        let used = put(buffer, rest, key, look.key_hint);
        let (_, words) = split(rest, used.saturating_add(1));
        let said = put(buffer, words, what, look.muted);
        let whole = if said > 0 { used.saturating_add(1).saturating_add(said) } else { used };
        let (place, after) = split(rest, whole);
        if let Some(command) = command(key) {
            look.clickable(Rect { height: place.height.min(1), ..place }, command);
        }
        (_, rest) = split(after, GAP);
    }
    rest
}

#[cfg(test)]
mod tests {
    use crossterm::event::KeyCode;

    use super::*;
    use crate::tui::input::Input;

    #[test]
    fn a_hint_means_the_key_that_it_names() {
        for (key, code) in [("Enter", KeyCode::Enter), ("any key", KeyCode::Esc), ("x", KeyCode::Char('x'))] {
            assert_eq!(command(key), Some(Command::Press(Input::Key(code.into()))));
        }
        assert_eq!(command("↑↓"), None);
    }
}
