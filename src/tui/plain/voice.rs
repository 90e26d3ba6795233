//! What is said, until the client has taken it: whole lines, and a prompt at their end.

use bytes::Bytes;

use crate::domain::text::is_showable;

/// Bytes that wait to be taken before nothing more is answered: a whole screen and more.
const ENOUGH: usize = 16 * 1024;

/// What is said.
pub struct Voice {
    text: String,
    /// A terminal in raw mode needs its carriage returned.
    has_terminal: bool,
    is_at_prompt: bool,
    /// Whether anything was said since the last line that was typed.
    pub has_spoken: bool,
}

impl Voice {
    pub fn new(has_terminal: bool) -> Self {
        Self { text: String::new(), has_terminal, is_at_prompt: false, has_spoken: false }
    }

    pub fn is_silent(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the client has to take some of it before there is more.
    pub fn has_said_enough(&self) -> bool {
        self.text.len() >= ENOUGH
    }

    /// Whether the prompt is the last thing that was said.
    pub fn is_at_prompt(&self) -> bool {
        self.is_at_prompt
    }

    /// Whether a key may come: its echo stands behind a prompt, or there is none.
    pub fn is_ready(&self) -> bool {
        self.is_at_prompt || !self.has_terminal
    }

    /// Hands out what has been said since the last time.
    pub fn take(&mut self) -> Bytes {
        std::mem::take(&mut self.text).into()
    }

    /// Where the echo of what is typed goes.
    pub fn echo(&mut self) -> &mut String {
        &mut self.text
    }

    /// Says a line, below a prompt that is still unanswered.
    pub fn say(&mut self, line: &str) {
        self.end_prompt();
        self.text.extend(line.chars().map(shown));
        self.end_line();
        self.has_spoken = true;
    }

    pub fn say_all(&mut self, lines: &[String]) {
        for line in lines {
            self.say(line);
        }
    }

    /// Asks for the next line, of which this much is there already.
    pub fn ask(&mut self, prompt: &str, typed: &str) {
        self.text.extend(prompt.chars().map(shown));
        self.text.push_str(typed);
        self.is_at_prompt = true;
    }

    /// The person's line is over. Where they have no terminal of ours, their own has ended it already.
    pub fn entered(&mut self) {
        if self.has_terminal {
            self.end_prompt();
        }
        self.is_at_prompt = false;
        self.has_spoken = false;
    }

    /// Leaves the prompt for a line of its own.
    pub fn end_prompt(&mut self) {
        if self.is_at_prompt {
            self.is_at_prompt = false;
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        self.text.push_str(if self.has_terminal { "\r\n" } else { "\n" });
    }
}

/// Nothing that drives a terminal comes out as text.
fn shown(character: char) -> char {
    match character {
        '\u{a0}' => ' ',
        c if is_showable(c) => c,
        _ => '\u{fffd}',
    }
}
