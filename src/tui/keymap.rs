//! Which key means what. One table acts and explains, so help cannot lie.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::domain::role::Permission;

use super::input::Input;
use super::screens::Route;
use super::widgets::table::Motion;
use super::words;

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
    /// Marks the selected row, or no longer.
    Mark,
    /// Marks every row of the page, or none.
    MarkAll,
    /// Which columns are shown.
    Columns,
    /// Sideways through the columns: so many to the right.
    Sideways(isize),
    /// Puts the value that is looked at into the person's clipboard.
    Copy,
    /// Takes back what was done last, where that can be.
    Undo,
    /// Opens the palette: everything that can be done, to search through.
    Palette,
    /// Another screen.
    Go(Route),
    /// The next way to look.
    NextTheme,
    /// Whether clicks come here, or select text in the person's terminal.
    Mouse,
    /// Stops what goes on in the background.
    StopWork,
    /// What became of each of those that something in the background was done to.
    Report,
    /// As if this key were pressed.
    Press(Input),
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

impl Command {
    /// Whether it means the same on every screen; the others are for the screen to know.
    pub const fn is_everywhere(&self) -> bool {
        matches!(
            self,
            Self::Quit
                | Self::Help
                | Self::Repaint
                | Self::Lock
                | Self::NextTab
                | Self::PreviousTab
                | Self::Tab(_)
                | Self::Back
                | Self::Palette
                | Self::Go(_)
                | Self::NextTheme
                | Self::Mouse
                | Self::StopWork
                | Self::Report
        )
    }
}

/// A key of one screen's own, and what it does there.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    pub key: char,
    pub name: &'static str,
    /// Who is offered it. The check itself is in `dal`.
    pub needs: Permission,
    pub about: About,
}

/// What an action is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The row that is selected: only where there is one.
    Row,
    /// Nothing that has to be selected first: it can be asked for from anywhere.
    Screen,
}

impl Action {
    /// Something done to the selected row.
    pub const fn row(key: char, name: &'static str, needs: Permission) -> Self {
        Self { key, name, needs, about: About::Row }
    }

    /// Something for which nothing has to be selected.
    pub const fn screen(key: char, name: &'static str, needs: Permission) -> Self {
        Self { key, name, needs, about: About::Screen }
    }
}

/// Keys that mean the same everywhere.
pub struct Binding {
    pub keys: &'static [(KeyCode, KeyModifiers)],
    pub command: Command,
    /// As it is written in help.
    pub label: &'static str,
    pub what: &'static str,
    /// The one of its keys that is never text, so that it means it also in a form.
    pub in_forms: Option<&'static str>,
    /// What help says of it and the next one together: they are each other's way back.
    pub pair: Option<&'static str>,
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ALT: KeyModifiers = KeyModifiers::ALT;

const fn binding(
    keys: &'static [(KeyCode, KeyModifiers)],
    command: Command,
    label: &'static str,
    what: &'static str,
) -> Binding {
    Binding { keys, command, label, what, in_forms: None, pair: None }
}

impl Binding {
    /// The same, of which this key means it also while letters are text.
    const fn always(mut self, key: &'static str) -> Self {
        self.in_forms = Some(key);
        self
    }

    /// The same, of which help says this together with the next one.
    const fn and_back(mut self, both: &'static str) -> Self {
        self.pair = Some(both);
        self
    }

    /// The keys that mean it.
    pub const fn keys(&self) -> &'static [(KeyCode, KeyModifiers)] {
        self.keys
    }
}

/// The table.
pub const GLOBAL: &[Binding] = &[
    binding(
        &[(KeyCode::Up, NONE), (KeyCode::Char('k'), NONE), (KeyCode::Char('p'), CTRL)],
        Command::Move(Motion::Up),
        "↑ k ^P",
        "up",
    )
    .and_back("up, down"),
    binding(
        &[(KeyCode::Down, NONE), (KeyCode::Char('j'), NONE), (KeyCode::Char('n'), CTRL)],
        Command::Move(Motion::Down),
        "↓ j ^N",
        "down",
    ),
    binding(
        &[(KeyCode::PageUp, NONE), (KeyCode::Char('u'), CTRL), (KeyCode::Char('v'), ALT)],
        Command::Move(Motion::PageUp),
        "PgUp ^U",
        "ten up",
    )
    .and_back("ten up, down"),
    binding(
        &[(KeyCode::PageDown, NONE), (KeyCode::Char('d'), CTRL), (KeyCode::Char('v'), CTRL)],
        Command::Move(Motion::PageDown),
        "PgDn ^D",
        "ten down",
    ),
    binding(
        &[(KeyCode::Home, NONE), (KeyCode::Char('g'), NONE), (KeyCode::Char('<'), ALT)],
        Command::Move(Motion::First),
        "Home g",
        "first",
    )
    .and_back("first, last"),
    binding(
        &[(KeyCode::End, NONE), (KeyCode::Char('G'), NONE), (KeyCode::Char('>'), ALT)],
        Command::Move(Motion::Last),
        "End G",
        "last",
    ),
    binding(
        &[(KeyCode::Right, NONE), (KeyCode::Char('l'), NONE), (KeyCode::Char('f'), CTRL)],
        Command::NextPage,
        "→ l ^F",
        words::NEXT_PAGE.1,
    )
    .and_back("page after, before"),
    binding(
        &[(KeyCode::Left, NONE), (KeyCode::Char('h'), NONE), (KeyCode::Char('b'), CTRL)],
        Command::PreviousPage,
        "← h ^B",
        words::PAGE_BEFORE.1,
    ),
    binding(&[(KeyCode::Enter, NONE)], Command::Open, "Enter", words::OPEN.1),
    binding(&[(KeyCode::Esc, NONE), (KeyCode::Char('g'), CTRL)], Command::Back, "Esc ^G", words::BACK.1)
        .always("Esc"),
    binding(
        &[(KeyCode::Char('/'), NONE), (KeyCode::Char('s'), CTRL)],
        Command::Search,
        "/ ^S",
        words::SEARCH.1,
    ),
    binding(&[(KeyCode::Char(' '), NONE)], Command::Mark, "Space", "mark"),
    binding(&[(KeyCode::Char('*'), NONE)], Command::MarkAll, "*", "mark the page"),
    binding(&[(KeyCode::Char('c'), NONE)], Command::Columns, "c", "choose columns"),
    binding(&[(KeyCode::Char('>'), NONE)], Command::Sideways(1), ">", "columns to the right")
        .and_back("columns right, left"),
    binding(&[(KeyCode::Char('<'), NONE)], Command::Sideways(-1), "<", "columns to the left"),
    binding(&[(KeyCode::Char('y'), NONE)], Command::Copy, "y", words::COPY.1),
    binding(&[(KeyCode::Char('z'), CTRL)], Command::Undo, "^Z", "undo"),
    binding(
        &[(KeyCode::F(5), NONE), (KeyCode::Char('r'), CTRL)],
        Command::Refresh,
        "F5 ^R",
        words::READ_AGAIN.1,
    ),
    binding(
        &[(KeyCode::Char(':'), NONE), (KeyCode::Char('k'), CTRL)],
        Command::Palette,
        ": ^K",
        words::MENU.1,
    )
    .always("^K"),
    binding(&[(KeyCode::Tab, NONE)], Command::NextTab, "Tab", words::NEXT_SCREEN.1)
        .and_back("screen after, before"),
    binding(&[(KeyCode::BackTab, NONE)], Command::PreviousTab, "Shift-Tab", "screen before"),
    binding(&[(KeyCode::Char('l'), CTRL)], Command::Repaint, "^L", "repaint").always("^L"),
    binding(&[(KeyCode::Char('L'), NONE), (KeyCode::F(12), NONE)], Command::Lock, "L F12", "lock")
        .always("F12"),
    binding(&[(KeyCode::F(7), NONE)], Command::Report, "F7", "report of background work").always("F7"),
    binding(&[(KeyCode::F(8), NONE)], Command::StopWork, "F8", "stop background work").always("F8"),
    binding(&[(KeyCode::F(9), NONE)], Command::Mouse, "F9", "mouse on, off").always("F9"),
    binding(&[(KeyCode::F(10), NONE)], Command::NextTheme, "F10", "next theme").always("F10"),
    binding(&[(KeyCode::Char('?'), NONE), (KeyCode::F(1), NONE)], Command::Help, "? F1", words::HELP.1)
        .always("F1"),
    binding(
        &[(KeyCode::Char('q'), NONE), (KeyCode::Char('c'), CTRL)],
        Command::Quit,
        "q ^C",
        words::SIGN_OUT.1,
    )
    .always("^C"),
];

/// What a key does in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    Enter,
    Next,
    Before,
    /// Takes what is offered behind the cursor; also what [`Right`](Self::Right) does there.
    Complete,
    Left,
    Right,
    Home,
    End,
    Backspace,
    Delete,
    KillWord,
    KillToStart,
    Undo,
    /// Shows secrets, or hides them.
    Reveal,
    /// Asks for a value.
    Suggest,
}

/// Keys that edit, while letters are text.
pub struct EditBinding {
    pub keys: &'static [(KeyCode, KeyModifiers)],
    pub edit: Edit,
    pub label: &'static str,
    pub what: &'static str,
}

const fn editing(
    keys: &'static [(KeyCode, KeyModifiers)],
    edit: Edit,
    label: &'static str,
    what: &'static str,
) -> EditBinding {
    EditBinding { keys, edit, label, what }
}

/// The table of what edits: fields and forms act by it, help lists it.
pub const EDITING: &[EditBinding] = &[
    editing(&[(KeyCode::Enter, NONE)], Edit::Enter, "Enter", "next field, done"),
    editing(&[(KeyCode::Tab, NONE), (KeyCode::Down, NONE)], Edit::Next, "Tab ↓", "next field"),
    editing(&[(KeyCode::BackTab, NONE), (KeyCode::Up, NONE)], Edit::Before, "Shift-Tab ↑", "field before"),
    editing(&[(KeyCode::Char(' '), CTRL)], Edit::Complete, "→ ^Space", "take what is offered"),
    editing(&[(KeyCode::Char('g'), CTRL)], Edit::Suggest, "^G", "suggest a passphrase"),
    editing(&[(KeyCode::Char('t'), CTRL)], Edit::Reveal, "^T", "show or hide"),
    editing(&[(KeyCode::Left, NONE), (KeyCode::Left, CTRL), (KeyCode::Left, ALT)], Edit::Left, "←", "left"),
    editing(
        &[(KeyCode::Right, NONE), (KeyCode::Right, CTRL), (KeyCode::Right, ALT)],
        Edit::Right,
        "→",
        "right",
    ),
    editing(&[(KeyCode::Home, NONE), (KeyCode::Char('a'), CTRL)], Edit::Home, "Home ^A", "beginning"),
    editing(&[(KeyCode::End, NONE), (KeyCode::Char('e'), CTRL)], Edit::End, "End ^E", "end"),
    editing(&[(KeyCode::Backspace, NONE)], Edit::Backspace, "Backspace", "delete before"),
    editing(&[(KeyCode::Delete, NONE)], Edit::Delete, "Delete", "delete here"),
    editing(
        &[(KeyCode::Char('w'), CTRL), (KeyCode::Backspace, ALT), (KeyCode::Backspace, CTRL)],
        Edit::KillWord,
        "^W",
        "delete a word",
    ),
    editing(&[(KeyCode::Char('u'), CTRL)], Edit::KillToStart, "^U", "delete all before"),
    editing(&[(KeyCode::Char('z'), CTRL)], Edit::Undo, "^Z", "undo"),
];

/// What a key edits, if it does.
pub fn edit(input: &Input) -> Option<Edit> {
    let Input::Key(key) = input else { return None };
    let pressed = (key.code, modifiers(key));
    EDITING.iter().find(|binding| binding.keys.contains(&pressed)).map(|binding| binding.edit)
}

/// What a key that is never text means.
pub fn always(input: &Input) -> Option<Command> {
    let Input::Key(key) = input else { return None };
    let plain = Input::Key(KeyEvent::new(key.code, modifiers(key)));
    let means_it = |binding: &&Binding| binding.in_forms.and_then(named).as_ref() == Some(&plain);
    GLOBAL.iter().find(means_it).map(|binding| binding.command.clone())
}

/// The key that a hint names, as if it were pressed; `None` for a hint that names several.
pub fn named(label: &str) -> Option<Input> {
    let mut characters = label.chars();
    let (code, modifiers) = match (label, characters.next(), characters.next(), characters.next()) {
        ("Enter", ..) => (KeyCode::Enter, NONE),
        ("Esc", ..) => (KeyCode::Esc, NONE),
        ("Tab", ..) => (KeyCode::Tab, NONE),
        ("Space", ..) => (KeyCode::Char(' '), NONE),
        ("→" | "Right", ..) => (KeyCode::Right, NONE),
        ("←" | "Left", ..) => (KeyCode::Left, NONE),
        (_, Some('^'), Some(letter), None) => (KeyCode::Char(letter.to_ascii_lowercase()), CTRL),
        (_, Some('F'), Some('1'..='9'), _) => (KeyCode::F(label.get(1..)?.parse().ok()?), NONE),
        (_, Some(character), None, None) if character.is_ascii() => (KeyCode::Char(character), NONE),
        _ => return None,
    };
    Some(Input::Key(KeyEvent::new(code, modifiers)))
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

/// The key that leads to a tab; beyond the tenth there is none.
pub fn tab_key(index: usize) -> &'static str {
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].get(index).copied().unwrap_or_default()
}

/// What a key means while letters are keys; `actions` are those of the screen.
pub fn command(input: &Input, actions: &[Action]) -> Option<Command> {
    let Input::Key(key) = input else { return None };
    let pressed = (key.code, modifiers(key));
    if let (KeyCode::Char(character), NONE) = pressed {
        if actions.iter().any(|action| action.key == character) {
            return Some(Command::Act(character));
        }
        // As they stand on a keyboard: the zero is the tenth.
        if let Some(place) = "1234567890".find(character) {
            return Some(Command::Tab(place));
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
    fn every_key_that_is_never_text_is_one_of_its_row_and_edits_nothing() {
        for binding in GLOBAL {
            let Some(input) = binding.in_forms.and_then(named) else { continue };
            assert!(binding.label.split(' ').any(|key| Some(key) == binding.in_forms), "{}", binding.label);
            assert_eq!(always(&input), Some(binding.command.clone()));
            assert_eq!(command(&input, &[]), Some(binding.command.clone()));
            assert_eq!(edit(&input), None);
        }
    }

    #[test]
    fn every_key_that_edits_stands_in_its_table_once() {
        let all: Vec<_> = EDITING.iter().flat_map(|row| row.keys.iter().map(|key| (key, row.edit))).collect();
        for ((code, modifiers), meant) in &all {
            assert_eq!(edit(&press(*code, *modifiers)), Some(*meant));
            assert_eq!(always(&press(*code, *modifiers)), None);
        }
    }

    #[test]
    fn a_hint_names_the_key_that_it_is_about() {
        assert_eq!(named("Esc"), Some(press(KeyCode::Esc, NONE)));
        assert_eq!(named("^G"), Some(press(KeyCode::Char('g'), CTRL)));
        assert_eq!(named("F5"), Some(press(KeyCode::F(5), NONE)));
        assert_eq!(named("/"), Some(press(KeyCode::Char('/'), NONE)));
        assert_eq!(named("↑↓"), None);
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
        let actions = [Action::row('g', "grant", Permission::AssignRoles)];
        assert_eq!(command(&press(KeyCode::Char('g'), NONE), &actions), Some(Command::Act('g')));
        assert_eq!(command(&press(KeyCode::Char('3'), NONE), &actions), Some(Command::Tab(2)));
        assert_eq!(command(&press(KeyCode::Char('0'), NONE), &actions), Some(Command::Tab(9)));
        assert_eq!(command(&press(KeyCode::Char('%'), NONE), &actions), None);
    }
}
