//! A line that is being typed, with our own echo: a raw terminal shows nothing by itself.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_width::UnicodeWidthChar as _;
use zeroize::Zeroizing;

use crate::tui::input::Input;

/// Bytes of a line; the rest is not taken. No field takes more.
const MAX_BYTES: usize = 4096;

/// Takes the cursor back over what it erases.
const ERASE: &str = "\x08 \x08";

/// What an input made of the line.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    Nothing,
    Line(Zeroizing<String>),
    /// A key that edits nothing and means something by itself.
    Key(Input),
    Quit,
}

/// The line so far.
pub struct LineEditor {
    /// Whoever types a password types it here. Allocated once, so that growing leaves no copies behind.
    text: Zeroizing<String>,
    /// False where the client's own terminal shows what is typed.
    has_echo: bool,
    /// What is typed now is not shown.
    pub is_secret: bool,
}

impl LineEditor {
    pub fn new(has_echo: bool) -> Self {
        Self { text: empty(), has_echo, is_secret: false }
    }

    /// The line as the terminal shows it.
    pub fn shown(&self) -> &str {
        if self.has_echo && !self.is_secret { &self.text } else { "" }
    }

    pub fn clear(&mut self) {
        self.text = empty();
    }

    /// Takes one input; what the terminal has to show of it is added to `echo`.
    pub fn take(&mut self, input: &Input, echo: &mut String) -> Typed {
        let key = match input {
            Input::Paste(text) => {
                text.chars().for_each(|character| self.push(character, echo));
                return Typed::Nothing;
            }
            Input::Key(key) => key,
            // Where nothing is drawn nothing is clicked.
            Input::Submit | Input::Focus(_) | Input::Mouse(_) | Input::Background(_) => {
                return Typed::Nothing;
            }
        };
        match (key.code, key.modifiers.difference(KeyModifiers::SHIFT)) {
            (KeyCode::Enter, _) => return Typed::Line(std::mem::replace(&mut self.text, empty())),
            (KeyCode::Char('c'), KeyModifiers::CONTROL) => return Typed::Quit,
            (KeyCode::Char(character), KeyModifiers::NONE) => self.push(character, echo),
            _ if self.text.is_empty() => return key_by_itself(key, input),
            (KeyCode::Backspace, KeyModifiers::NONE) => self.erase(1, echo),
            (KeyCode::Char('u'), KeyModifiers::CONTROL) | (KeyCode::Esc, _) => {
                self.erase(usize::MAX, echo);
            }
            (KeyCode::Char('w'), KeyModifiers::CONTROL) | (KeyCode::Backspace, _) => {
                self.erase(self.last_word(), echo);
            }
            _ => {}
        }
        Typed::Nothing
    }

    fn push(&mut self, character: char, echo: &mut String) {
        if self.text.len() + character.len_utf8() <= MAX_BYTES {
            self.text.push(character);
            if !self.shown().is_empty() {
                echo.push(character);
            }
        }
    }

    fn erase(&mut self, characters: usize, echo: &mut String) {
        for _ in 0..characters {
            let Some(character) = self.text.pop() else { break };
            if self.has_echo && !self.is_secret {
                echo.push_str(&ERASE.repeat(character.width().unwrap_or(0)));
            }
        }
    }

    /// Characters of the last word and the blanks behind it; of a secret all, so that nothing tells where
    /// its words end.
    fn last_word(&self) -> usize {
        if self.is_secret {
            return usize::MAX;
        }
        let blanks = self.text.chars().rev().take_while(|c| c.is_whitespace()).count();
        blanks + self.text.chars().rev().skip(blanks).take_while(|c| !c.is_whitespace()).count()
    }
}

fn empty() -> Zeroizing<String> {
    Zeroizing::new(String::with_capacity(MAX_BYTES))
}

/// In an empty line there is nothing to edit.
fn key_by_itself(key: &KeyEvent, input: &Input) -> Typed {
    let edits = matches!(
        (key.code, key.modifiers),
        (KeyCode::Backspace | KeyCode::Delete, _) | (KeyCode::Char('u' | 'w'), KeyModifiers::CONTROL)
    );
    if edits { Typed::Nothing } else { Typed::Key(input.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::input::Decoder;

    /// The lines and keys that these bytes make, and what is echoed.
    fn typed(editor: &mut LineEditor, bytes: &str) -> (Vec<String>, String) {
        let (mut decoder, mut inputs) = (Decoder::new(), Vec::new());
        decoder.feed(bytes.as_bytes(), &mut inputs);
        decoder.flush(&mut inputs);
        let mut echo = String::new();
        let said = inputs.iter().filter_map(|input| match editor.take(input, &mut echo) {
            Typed::Line(line) => Some(line.to_string()),
            Typed::Key(Input::Key(key)) => Some(format!("{:?}", key.code)),
            Typed::Quit => Some("quit".to_owned()),
            Typed::Nothing | Typed::Key(_) => None,
        });
        (said.collect(), echo)
    }

    #[test]
    fn a_line_is_edited_and_echoed() {
        let mut editor = LineEditor::new(true);
        let (lines, echo) = typed(&mut editor, "usrs\x7f\x7fers\r");
        assert_eq!((lines, echo.as_str()), (vec!["users".to_owned()], "usrs\x08 \x08\x08 \x08ers"));
        assert_eq!(typed(&mut editor, "new user\x17rule\r").0, ["new rule"]);
        assert_eq!(typed(&mut editor, "gone\x15\r").0, [""]);
        typed(&mut editor, "gone\x1b");
        assert_eq!(typed(&mut editor, "\r").0, [""]);
        assert_eq!(typed(&mut editor, "漢\x7f").1, "漢\x08 \x08\x08 \x08");
        assert_eq!(typed(&mut editor, "half\x03").0, ["quit"]);
    }

    #[test]
    fn keys_mean_something_by_themselves_in_an_empty_line() {
        let mut editor = LineEditor::new(true);
        assert_eq!(typed(&mut editor, "\x1b[B\t\x1b").0, ["Down", "Tab", "Esc"]);
        assert!(typed(&mut editor, "\x7f\x15\x17").0.is_empty());
        assert!(typed(&mut editor, "a\x1b[B\t").0.is_empty());
    }

    #[test]
    fn a_secret_and_a_line_that_the_client_shows_are_not_echoed() {
        let mut secret = LineEditor { is_secret: true, ..LineEditor::new(true) };
        assert_eq!(typed(&mut secret, "pass word\x17again\r"), (vec!["again".to_owned()], String::new()));
        assert_eq!(typed(&mut LineEditor::new(false), "users\n"), (vec!["users".to_owned()], String::new()));
    }

    #[test]
    fn a_line_without_end_does_not_grow() {
        let mut editor = LineEditor::new(true);
        let (_, echo) = typed(&mut editor, &"x".repeat(10_000));
        assert_eq!(echo.len(), MAX_BYTES);
    }
}
