//! Which key means what. One table acts and explains, so help cannot lie.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::role::Permission;

use super::input::Input;
use super::widgets::table::Motion;

/// What a person wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Quit,
    Help,
    Repaint,
    Lock,
    NextTab,
    PreviousTab,
    /// Counted from 0.
    Tab(usize),
    Move(Motion),
    NextPage,
    PreviousPage,
    Open,
    Back,
    Search,
    Refresh,
    /// A key of the screen's own.
    Act(char),
    /// Whatever was typed, while letters are text.
    Text(Input),
    /// A row of the page that is shown, counted from 0: clicked.
    Select(usize),
    /// A column's heading, counted from 0: clicked.
    Sort(usize),
    /// A field of the form, counted from 0: clicked.
    Focus(usize),
    /// Nothing at all.
    None,
}

/// A key of one screen's own, and what it does there.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    pub key: char,
    pub name: &'static str,
    /// Who is offered it. The check itself is in `dal`.
    pub needs: Permission,
}

/// Keys that mean the same everywhere.
pub struct Binding {
    pub keys: &'static [(KeyCode, KeyModifiers)],
    pub command: Command,
    /// As it is written in help.
    pub label: &'static str,
    pub what: &'static str,
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;

const fn binding(
    keys: &'static [(KeyCode, KeyModifiers)],
    command: Command,
    label: &'static str,
    what: &'static str,
) -> Binding {
    Binding { keys, command, label, what }
}

/// The table.
pub const GLOBAL: &[Binding] = &[
    binding(
        &[(KeyCode::Up, NONE), (KeyCode::Char('k'), NONE), (KeyCode::Char('p'), CTRL)],
        Command::Move(Motion::Up),
        "↑ k",
        "up",
    ),
    binding(
        &[(KeyCode::Down, NONE), (KeyCode::Char('j'), NONE), (KeyCode::Char('n'), CTRL)],
        Command::Move(Motion::Down),
        "↓ j",
        "down",
    ),
    binding(
        &[(KeyCode::PageUp, NONE), (KeyCode::Char('u'), CTRL)],
        Command::Move(Motion::PageUp),
        "PgUp",
        "ten up",
    ),
    binding(
        &[(KeyCode::PageDown, NONE), (KeyCode::Char('d'), CTRL)],
        Command::Move(Motion::PageDown),
        "PgDn",
        "ten down",
    ),
    binding(
        &[(KeyCode::Home, NONE), (KeyCode::Char('g'), NONE)],
        Command::Move(Motion::First),
        "Home g",
        "first",
    ),
    binding(
        &[(KeyCode::End, NONE), (KeyCode::Char('G'), NONE)],
        Command::Move(Motion::Last),
        "End G",
        "last",
    ),
    binding(&[(KeyCode::Right, NONE), (KeyCode::Char('l'), NONE)], Command::NextPage, "→ l", "next page"),
    binding(
        &[(KeyCode::Left, NONE), (KeyCode::Char('h'), NONE)],
        Command::PreviousPage,
        "← h",
        "page before",
    ),
    binding(&[(KeyCode::Enter, NONE)], Command::Open, "Enter", "open"),
    binding(&[(KeyCode::Esc, NONE)], Command::Back, "Esc", "back"),
    binding(&[(KeyCode::Char('/'), NONE)], Command::Search, "/", "search"),
    binding(&[(KeyCode::F(5), NONE), (KeyCode::Char('r'), CTRL)], Command::Refresh, "F5 ^R", "read again"),
    binding(&[(KeyCode::Tab, NONE)], Command::NextTab, "Tab", "next screen"),
    binding(&[(KeyCode::BackTab, NONE)], Command::PreviousTab, "Shift-Tab", "screen before"),
    binding(&[(KeyCode::Char('l'), CTRL)], Command::Repaint, "^L", "repaint"),
    binding(&[(KeyCode::Char('L'), NONE), (KeyCode::F(12), NONE)], Command::Lock, "L F12", "lock"),
    binding(&[(KeyCode::Char('?'), NONE), (KeyCode::F(1), NONE)], Command::Help, "? F1", "help"),
    binding(&[(KeyCode::Char('q'), NONE), (KeyCode::Char('c'), CTRL)], Command::Quit, "q ^C", "sign out"),
];

/// Keys that are never text.
pub fn always(input: &Input) -> Option<Command> {
    let Input::Key(key) = input else { return None };
    match (key.code, modifiers(key)) {
        (KeyCode::Char('c'), CTRL) => Some(Command::Quit),
        (KeyCode::Char('l'), CTRL) => Some(Command::Repaint),
        (KeyCode::F(1), NONE) => Some(Command::Help),
        (KeyCode::F(12), NONE) => Some(Command::Lock),
        (KeyCode::Esc, NONE) => Some(Command::Back),
        _ => None,
    }
}

/// The way through a list that a key means also while letters are text.
pub fn motion(input: &Input) -> Option<Motion> {
    let Input::Key(KeyEvent {
        code: KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown, ..
    }) = input
    else {
        return None;
    };
    match command(input, &[]) {
        Some(Command::Move(motion)) => Some(motion),
        _ => None,
    }
}

/// What a key means while letters are keys; `actions` are those of the screen.
pub fn command(input: &Input, actions: &[Action]) -> Option<Command> {
    let Input::Key(key) = input else { return None };
    let pressed = (key.code, modifiers(key));
    if let (KeyCode::Char(character), NONE) = pressed {
        if actions.iter().any(|action| action.key == character) {
            return Some(Command::Act(character));
        }
        if let Some(digit @ 1..=9) = character.to_digit(10) {
            return Some(Command::Tab(usize::try_from(digit).unwrap_or(1) - 1));
        }
    }
    GLOBAL.iter().find(|binding| binding.keys.contains(&pressed)).map(|binding| binding.command.clone())
}

/// Shift is part of the character, or of `BackTab`.
fn modifiers(key: &KeyEvent) -> KeyModifiers {
    key.modifiers.difference(KeyModifiers::SHIFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> Input {
        Input::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn every_key_of_the_table_does_what_it_says() {
        for binding in GLOBAL {
            for (code, modifiers) in binding.keys {
                assert_eq!(command(&press(*code, *modifiers), &[]), Some(binding.command.clone()));
            }
        }
    }

    #[test]
    fn no_key_stands_in_the_table_twice() {
        let mut keys: Vec<_> = GLOBAL.iter().flat_map(|binding| binding.keys).collect();
        let all = keys.len();
        keys.sort_by_key(|key| format!("{key:?}"));
        keys.dedup();
        assert_eq!(keys.len(), all);
    }

    #[test]
    fn a_screens_own_key_wins_and_digits_are_tabs() {
        let actions = [Action { key: 'g', name: "grant", needs: Permission::AssignRoles }];
        assert_eq!(command(&press(KeyCode::Char('g'), NONE), &actions), Some(Command::Act('g')));
        assert_eq!(command(&press(KeyCode::Char('3'), NONE), &actions), Some(Command::Tab(2)));
        assert_eq!(command(&press(KeyCode::Char('0'), NONE), &actions), None);
    }
}
