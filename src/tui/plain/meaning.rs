//! What a typed line means: a key, the name of one, a screen, an action, a row, or text for a field.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::tui::app::App;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Binding, GLOBAL, tab_key};
use crate::tui::words::plain as say;

use super::sheet::{Sheet, spoken};

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant {
    Press(Input),
    /// The new text of the field in focus.
    Text(String),
    /// An empty field.
    Clear,
    Search(String),
    /// Counted from 0.
    Screen(usize),
    /// Counted from 0.
    Row(usize),
    Keys,
    Read,
    Quit,
    Nothing,
}

/// What can be named.
pub struct Names {
    pub titles: Vec<&'static str>,
    pub actions: Vec<Action>,
    /// Keys and what they do, as they were just read.
    pub hints: Vec<(&'static str, &'static str)>,
    pub rows: Vec<String>,
}

impl Names {
    pub fn of(app: &App, sheet: &Sheet) -> Self {
        let rows = sheet.rows().map(|(text, _)| text.to_owned()).collect();
        Self { titles: app.titles(), actions: app.offered(), hints: app.hints(), rows }
    }

    /// What a line means while letters are keys.
    pub fn understand(&self, line: &str) -> Meant {
        let line = line.trim();
        let mut characters = line.chars();
        match (characters.next(), characters.as_str()) {
            (None, _) => Meant::Press(press(KeyCode::Enter)),
            (Some('?'), "") => Meant::Keys,
            (Some(character), "") => Meant::Press(press(KeyCode::Char(character))),
            (Some('/'), text) => Meant::Search(text.to_owned()),
            _ => self.named(&line.to_lowercase()),
        }
    }

    fn named(&self, words: &str) -> Meant {
        let screen = |matches: &dyn Fn(&str) -> bool| {
            self.titles.iter().position(|title| matches(&title.to_lowercase())).map(Meant::Screen)
        };
        let action = |matches: &dyn Fn(&str) -> bool| {
            let named = |action: &&Action| action.name.split(", ").any(matches);
            self.actions.iter().find(named).map(|action| Meant::Press(press(KeyCode::Char(action.key))))
        };
        let row = |matches: &dyn Fn(&str) -> bool| {
            self.rows.iter().position(|row| matches(&row.to_lowercase())).map(Meant::Row)
        };
        let is = |name: &str| name == words;
        let begins = |name: &str| name.starts_with(words);
        own(words)
            .or_else(|| screen(&is))
            .or_else(|| action(&is))
            .or_else(|| self.hinted(words))
            .or_else(|| key(words).map(Meant::Press))
            .or_else(|| everywhere(words))
            .or_else(|| row(&|row| row.split(", ").next() == Some(words)))
            .or_else(|| numbered(words, self.rows.len()))
            .or_else(|| screen(&begins))
            .or_else(|| action(&begins))
            .or_else(|| row(&begins))
            .unwrap_or(Meant::Nothing)
    }
}

impl Names {
    /// What was read as `x end` is that key, whatever else is called so.
    fn hinted(&self, words: &str) -> Option<Meant> {
        let (key, _) = self.hints.iter().find(|(_, what)| *what == words)?;
        let mut characters = key.chars();
        let character =
            characters.next().filter(|c| c.is_ascii_graphic() && characters.as_str().is_empty())?;
        Some(Meant::Press(press(KeyCode::Char(character))))
    }
}

/// What a line means while it is text for a field: all of it, unless it begins with a slash.
pub fn in_field(line: &str) -> Meant {
    let Some(words) = line.strip_prefix('/') else {
        let is_empty = line.is_empty();
        return if is_empty { Meant::Press(press(KeyCode::Enter)) } else { Meant::Text(line.to_owned()) };
    };
    if words.starts_with('/') {
        return Meant::Text(words.to_owned());
    }
    let words = words.trim().to_lowercase();
    match words.as_str() {
        "clear" => Meant::Clear,
        "back" => Meant::Press(press(KeyCode::Esc)),
        "?" => Meant::Keys,
        words => own(words).or_else(|| key(words).map(Meant::Press)).unwrap_or(Meant::Nothing),
    }
}

fn own(words: &str) -> Option<Meant> {
    match words {
        "keys" | "help" | "f1" => Some(Meant::Keys),
        "read" | "ctrl-l" => Some(Meant::Read),
        "quit" | "exit" | "sign out" => Some(Meant::Quit),
        _ => None,
    }
}

/// `row 7`
fn numbered(words: &str, rows: usize) -> Option<Meant> {
    let number: usize = words.strip_prefix("row ")?.trim().parse().ok()?;
    (1..=rows).contains(&number).then(|| Meant::Row(number - 1))
}

fn everywhere(words: &str) -> Option<Meant> {
    let binding = GLOBAL.iter().find(|binding| binding.what == words)?;
    let (code, modifiers) = binding.keys.first()?;
    Some(Meant::Press(Input::Key(KeyEvent::new(*code, *modifiers))))
}

pub fn press(code: KeyCode) -> Input {
    Input::Key(KeyEvent::new(code, KeyModifiers::NONE))
}

pub fn control(character: char) -> Input {
    Input::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL))
}

/// The key of a name: `enter`, `page down`, `f2`, `ctrl-g`.
fn key(name: &str) -> Option<Input> {
    if let Some(character) = name.strip_prefix("ctrl-") {
        let mut characters = character.chars();
        return characters.next().filter(|_| characters.as_str().is_empty()).map(control);
    }
    if let Some(number) = name.strip_prefix('f').and_then(|number| number.parse().ok()) {
        return (1..=12).contains(&number).then(|| press(KeyCode::F(number)));
    }
    let code = match name {
        "enter" | "return" | "yes" => KeyCode::Enter,
        "esc" | "escape" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "page up" | "pgup" => KeyCode::PageUp,
        "page down" | "pgdn" => KeyCode::PageDown,
        "space" => KeyCode::Char(' '),
        _ => return None,
    };
    Some(press(code))
}

/// What can be typed while letters are keys.
pub fn keys(app: &App, sheet: &Sheet) -> Vec<String> {
    let titles: Vec<String> = app
        .titles()
        .iter()
        .enumerate()
        .map(|(index, title)| format!("{} {title}", tab_key(index)).trim_start().to_owned())
        .collect();
    let mut lines = vec![say::TYPE_A_KEY.to_owned(), say::screens(&titles.join(", "))];
    lines.extend(app.offered().iter().map(|action| format!("{}: {}", action.key, action.name)));
    if sheet.rows().next().is_some() {
        lines.push(say::ROW_BY_NAME.to_owned());
    }
    lines.push(say::SLASH_SEARCHES.to_owned());
    lines.extend(GLOBAL.iter().filter(|binding| is_of_use(binding)).map(everywhere_line));
    lines.push(say::READ_AND_QUIT.to_owned());
    lines
}

/// What is drawn over again, and what has a line of its own.
fn is_of_use(binding: &Binding) -> bool {
    !matches!(binding.what, "repaint" | "help" | "sign out" | "search")
}

/// `page down: ten down`
fn everywhere_line(binding: &Binding) -> String {
    let names: Vec<String> = binding.label.split(' ').map(key_name).collect();
    say::key(&names, binding.what)
}

fn key_name(label: &str) -> String {
    match label {
        "PgUp" => "page up".to_owned(),
        "PgDn" => "page down".to_owned(),
        label if label.chars().count() > 1 && !label.starts_with('^') => label.to_lowercase(),
        label => spoken(label),
    }
}

/// What can be typed while it is text for a field.
pub fn field_keys(app: &App) -> Vec<String> {
    let mut lines: Vec<String> = say::IN_A_FIELD.map(str::to_owned).into();
    let hints = app.hints().into_iter().filter(|(key, _)| key.starts_with('^'));
    lines.extend(hints.map(|(key, what)| format!("/{}: {what}", spoken(key))));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::role::Permission;

    fn names() -> Names {
        let action = |key, name| Action::row(key, name, Permission::ManageUsers);
        Names {
            titles: vec!["Home", "Users", "My sessions"],
            actions: vec![action('n', "new user"), action('d', "disable, enable"), action('x', "delete")],
            hints: vec![("Enter", "open"), ("x", "end")],
            rows: vec!["ada, Ada, auditor".to_owned(), "newton, Isaac, member".to_owned()],
        }
    }

    fn pressed(code: KeyCode) -> Meant {
        Meant::Press(press(code))
    }

    #[test]
    fn a_line_is_a_key_its_name_a_screen_an_action_or_a_row() {
        let meant = |line: &str| names().understand(line);
        assert_eq!(meant(""), pressed(KeyCode::Enter));
        assert_eq!(meant("L"), pressed(KeyCode::Char('L')));
        assert_eq!(meant("Page Down"), pressed(KeyCode::PageDown));
        assert_eq!(meant("ctrl-g"), Meant::Press(control('g')));
        assert_eq!(meant("f2"), pressed(KeyCode::F(2)));
        assert_eq!(meant("end"), pressed(KeyCode::Char('x')));
        assert_eq!(meant("open"), pressed(KeyCode::Enter));
        assert_eq!(meant("home"), Meant::Screen(0));
        assert_eq!(meant("my"), Meant::Screen(2));
        assert_eq!(meant("New User"), pressed(KeyCode::Char('n')));
        assert_eq!(meant("enable"), pressed(KeyCode::Char('d')));
        assert_eq!(meant("read again"), pressed(KeyCode::F(5)));
        assert_eq!(meant("newton"), Meant::Row(1));
        assert_eq!(meant("row 1"), Meant::Row(0));
        assert_eq!(meant("row 3"), Meant::Nothing);
        assert_eq!(meant("ada, a"), Meant::Row(0));
        assert_eq!(meant("/ada"), Meant::Search("ada".to_owned()));
        assert_eq!(meant("keys"), Meant::Keys);
        assert_eq!(meant("nonsense"), Meant::Nothing);
    }

    #[test]
    fn a_line_for_a_field_is_text_unless_it_begins_with_a_slash() {
        let text = |text: &str| Meant::Text(text.to_owned());
        assert_eq!(in_field("quit"), text("quit"));
        assert_eq!(in_field(" two  words "), text(" two  words "));
        assert_eq!(in_field("//etc"), text("/etc"));
        assert_eq!(in_field(""), pressed(KeyCode::Enter));
        assert_eq!(in_field("/esc"), pressed(KeyCode::Esc));
        assert_eq!(in_field("/ctrl-g"), Meant::Press(control('g')));
        assert_eq!(in_field("/clear"), Meant::Clear);
        assert_eq!(in_field("/etc"), Meant::Nothing);
    }

    #[test]
    fn whatever_the_table_of_keys_offers_can_be_said() {
        for binding in GLOBAL {
            assert_ne!(names().understand(binding.what), Meant::Nothing, "{}", binding.what);
        }
    }
}
