//! Keys and what they do, in a row: read as a reminder, clicked as a button.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{buffer::Buffer, layout::Rect};

use super::text::{columns, put, split};
use crate::tui::{
    input::Input,
    keymap::{self, Action, Command, GLOBAL},
    look::Look,
};

/// A key as it is written, and what it does: `("Enter", "save")`.
pub type Hint<'a> = (&'a str, &'a str);

/// Blank columns between two hints.
const GAP: u16 = 3;

/// What a click on a hint means: the same as the key that it names; `actions` are those of the screen.
pub fn command(key: &str, actions: &[Action]) -> Option<Command> {
    let mut letters = key.chars();
    match (letters.next(), letters.next(), letters.next()) {
        (Some(letter), None, _) if letter.is_ascii_graphic() => {
            let pressed = Input::Key(KeyCode::Char(letter).into());
            keymap::command(&pressed, actions).or(Some(Command::Act(letter)))
        }
        _ if key == "any key" => Some(Command::Back),
        letters => named(key).or_else(|| control(letters)),
    }
}

/// The key that the table of keys writes like this.
fn named(key: &str) -> Option<Command> {
    let is_named = |label: &str| label.split(' ').any(|name| name == key);
    GLOBAL.iter().find(|binding| is_named(binding.label)).map(|binding| binding.command.clone())
}

/// `^T`, which only a form knows.
fn control(letters: (Option<char>, Option<char>, Option<char>)) -> Option<Command> {
    let (Some('^'), Some(letter), None) = letters else { return None };
    let letter = KeyCode::Char(letter.to_ascii_lowercase());
    Some(Command::Text(Input::Key(KeyEvent::new(letter, KeyModifiers::CONTROL))))
}

/// Columns that the hints take.
pub(super) fn width(hints: &[Hint<'_>]) -> usize {
    let all: usize = hints.iter().map(|(key, what)| columns(key) + 1 + columns(what)).sum();
    all + hints.len().saturating_sub(1) * usize::from(GAP)
}

/// Draws the hints into the first row of the area, each of them clickable, and returns what is left
/// of it. The last one that begins in the area is clipped to it.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, hints: &[Hint<'_>], look: &Look) -> Rect {
    let mut rest = area;
    for (key, what) in hints {
        let used = put(buffer, rest, key, look.key_hint);
        let (_, words) = split(rest, used.saturating_add(1));
        let said = put(buffer, words, what, look.muted);
        let whole = if said > 0 { used.saturating_add(1).saturating_add(said) } else { used };
        let (place, after) = split(rest, whole);
        if let Some(command) = command(key, &[]) {
            look.clickable(Rect { height: place.height.min(1), ..place }, command);
        }
        (_, rest) = split(after, GAP);
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::role::Permission, tui::widgets::table::Motion};

    #[test]
    fn a_hint_means_the_key_that_it_names() {
        let command = |key| command(key, &[]);
        assert_eq!(command("Enter"), Some(Command::Open));
        assert_eq!(command("Esc"), Some(Command::Back));
        assert_eq!(command("F5"), Some(Command::Refresh));
        assert_eq!(command("→"), Some(Command::NextPage));
        assert_eq!(command("/"), Some(Command::Search));
        assert_eq!(command("q"), Some(Command::Quit));
        assert_eq!(command("^C"), Some(Command::Quit));
        assert_eq!(command("x"), Some(Command::Act('x')));
        let shows = KeyEvent::new(KeyCode::Char('t'), KeyModifiers::CONTROL);
        assert_eq!(command("^T"), Some(Command::Text(Input::Key(shows))));
        assert_eq!(command("↑↓"), None);
    }

    #[test]
    fn a_screens_own_key_wins_in_a_hint_too() {
        let own = [Action { key: 'g', name: "grant", needs: Permission::AssignRoles }];
        assert_eq!(command("g", &own), Some(Command::Act('g')));
        assert_eq!(command("g", &[]), Some(Command::Move(Motion::First)));
    }
}
