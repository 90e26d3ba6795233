//! What a person typed, out of the bytes that their terminal sent.
//!
//! SSH delivers bytes in packets that know nothing of keys: a packet may hold half a key or forty
//! keys and a paste. [`Decoder`] cuts the stream into units, one byte at a time, and has the
//! `terminput` crate name the key of each; how the bytes were split never changes the outcome.
//!
//! The other end is not trusted. Memory is bounded whatever it sends ([`MAX_UNIT`],
//! [`paste::MAX_BYTES`]), every byte costs the same, and nothing that drives a terminal comes out as
//! text. Of the terminal's replies one is waited for, its background ([`Decoder::expect_background`]);
//! it comes out once, and the others are swallowed.
//!
//! This room keeps no clock: whoever reads the bytes calls [`Decoder::flush`] after
//! [`ESCAPE_SILENCE`], because only silence tells the Esc key from the beginning of an arrow key.

mod keys;
mod mouse;
mod paste;
mod reply;
#[cfg(test)]
mod tests;

use std::{mem, time::Duration};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::terminal::Rgb;

pub use self::mouse::{Mouse, MouseKind};
use self::paste::Paste;

/// How long after the last byte a lone ESC counts as the Esc key. Long enough for the two halves of
/// a split sequence on a bad line, short enough not to be felt.
pub const ESCAPE_SILENCE: Duration = Duration::from_millis(40);

/// Bytes of the longest sequence that is looked at; real keys need at most 20.
const MAX_UNIT: usize = 64;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// One thing that a person did, or that their terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key went down, or repeats. Characters are never control characters.
    Key(KeyEvent),
    /// Text that was pasted: one line, no control characters, at most [`paste::MAX_BYTES`] bytes.
    Paste(String),
    /// A form was clicked where it says what Enter does at its end.
    Submit,
    /// A field of a form was clicked, counted from 0.
    Focus(usize),
    /// The left button, or the wheel.
    Mouse(Mouse),
    /// The terminal's answer: the colour of its background. Nobody did anything.
    Background(Rgb),
}

impl Input {
    /// Whether a person did it: who only has a terminal that answers is not there.
    pub fn is_from_a_person(&self) -> bool {
        !matches!(self, Self::Background(_))
    }

    pub fn is_escape(&self) -> bool {
        matches!(self, Self::Key(key) if key.code == KeyCode::Esc)
    }

    /// `2` for F2.
    pub fn function_key(&self) -> Option<u8> {
        match self {
            Self::Key(key) => match key.code {
                KeyCode::F(number) => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    /// The character of a key that is one.
    pub fn character(&self) -> Option<char> {
        match self {
            Self::Key(KeyEvent { code: KeyCode::Char(character), modifiers, .. })
                if modifiers.difference(KeyModifiers::SHIFT).is_empty() =>
            {
                Some(*character)
            }
            _ => None,
        }
    }

    pub fn is_enter(&self) -> bool {
        matches!(self, Self::Submit) || matches!(self, Self::Key(key) if key.code == KeyCode::Enter)
    }
}

/// Turns bytes into [`Input`], however they were split into packets.
#[derive(Default)]
pub struct Decoder {
    state: State,
    /// The unit so far, from its ESC on; never more than one byte over [`MAX_UNIT`].
    unit: Vec<u8>,
    /// An ESC stands before the unit: Alt was held.
    alt: bool,
    answer: Answer,
}

/// Whether the terminal was asked for its background and has not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Answer {
    #[default]
    NotExpected,
    Expected,
    /// Silence fell in the middle of what may be it.
    Stalled,
    /// Silence made an Esc key of the last byte, which may have been its first.
    AfterEscape,
}

#[derive(Default)]
enum State {
    #[default]
    Ground,
    /// In a UTF-8 character of which this many bytes are missing.
    Char(u8),
    /// After one ESC; after two of them when `alt` is set.
    Escape,
    /// After `ESC O`: one byte names the key.
    Ss3,
    /// After `ESC [`: parameters, then a final byte.
    Csi,
    /// After `ESC [ M`: button, column and row, of which this many are missing.
    Mouse(u8),
    /// In a string for a program (OSC, DCS, APC, PM, SOS), which ends with BEL or `ESC \`.
    Text,
    /// In such a string, after an ESC.
    TextEscape,
    Paste(Paste),
}

impl Decoder {
    pub fn new() -> Self {
        Self::default()
    }

    /// The terminal was asked: what may be its answer is no key, however slowly it comes.
    pub fn expect_background(&mut self) {
        self.answer = Answer::Expected;
    }

    /// Adds to `out` what these bytes complete.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        for &byte in bytes {
            self.step(byte, out);
        }
    }

    /// Whether something is held that [`Decoder::flush`] would settle.
    ///
    /// An open paste does not count: text that stalls on a slow line must not turn into key presses.
    pub fn is_waiting(&self) -> bool {
        !matches!(self.state, State::Ground | State::Paste(_)) && self.answer != Answer::Stalled
    }

    /// Whether the unit may be the answer that is expected, as far as it has come.
    fn may_be_answer(&self) -> bool {
        let is_text = matches!(self.state, State::Text | State::TextEscape);
        self.answer != Answer::NotExpected
            && is_text
            && reply::may_become(&self.unit)
            && self.unit.len() <= MAX_UNIT
    }

    /// Settles what is held after [`ESCAPE_SILENCE`]: a lone ESC is the Esc key, `ESC [` and its like
    /// are Alt with that character, an incomplete sequence is dropped.
    pub fn flush(&mut self, out: &mut Vec<Input>) {
        if self.may_be_answer() {
            self.answer = Answer::Stalled;
            return;
        }
        let is_escape = matches!(self.state, State::Escape) && !self.alt;
        match (&self.state, self.unit.as_slice()) {
            (State::Paste(_), _) => return,
            (State::Escape, _) => {
                let presses = if self.alt { 2 } else { 1 };
                out.extend(std::iter::repeat_n(escape_key(), presses));
            }
            (State::Ss3 | State::Csi | State::Text, &[ESC, introducer]) => {
                out.extend(keys::decode(&[introducer], true).map(Input::Key));
            }
            _ => {}
        }
        self.reset();
        if is_escape && self.answer == Answer::Expected {
            self.answer = Answer::AfterEscape;
        }
    }

    fn step(&mut self, byte: u8, out: &mut Vec<Input>) {
        match &mut self.state {
            State::Ground => self.begin(byte, out),
            State::Char(missing) => {
                let missing = missing.saturating_sub(1);
                self.character(byte, missing, out);
            }
            State::Escape => self.escape(byte, out),
            State::Ss3 => self.ss3(byte, out),
            State::Csi => self.csi(byte, out),
            State::Mouse(missing) => {
                let missing = missing.saturating_sub(1);
                self.mouse(byte, missing, out);
            }
            State::Text => self.text(byte, out),
            State::TextEscape if byte == b'\\' => self.finish_text(out),
            // Any other byte after ESC: the string was cut short and this is the next key.
            State::TextEscape => self.restart(ESC, Some(byte), out),
            State::Paste(paste) => {
                if paste.push(byte)
                    && let State::Paste(paste) = mem::take(&mut self.state)
                {
                    out.extend(paste.into_text().map(Input::Paste));
                }
            }
        }
    }

    /// Takes the first byte of a unit.
    fn begin(&mut self, byte: u8, out: &mut Vec<Input>) {
        let may_go_on = self.answer == Answer::AfterEscape && byte == b']';
        self.settle_answer();
        if may_go_on {
            self.unit.extend([ESC, byte]);
            self.state = State::Text;
            return;
        }
        self.hold(byte);
        match byte {
            ESC => self.state = State::Escape,
            0x00..=0x7f => self.finish(out),
            0xc2..=0xdf => self.state = State::Char(1),
            0xe0..=0xef => self.state = State::Char(2),
            0xf0..=0xf4 => self.state = State::Char(3),
            // No character begins like this; an 8-bit control (0x9b for CSI) does not reach us in UTF-8.
            _ => self.reset(),
        }
    }

    fn character(&mut self, byte: u8, missing: u8, out: &mut Vec<Input>) {
        if !matches!(byte, 0x80..=0xbf) {
            return self.restart(byte, None, out);
        }
        self.hold(byte);
        if missing == 0 {
            self.finish(out);
        } else {
            self.state = State::Char(missing);
        }
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<Input>) {
        // Two ESC are Alt only before an arrow or its like (`ESC ESC [ A`, as rxvt, PuTTY and macOS
        // send it). Otherwise a person pressed Esc and then something else.
        if self.alt && !matches!(byte, b'[' | b'O') {
            out.push(escape_key());
            self.alt = false;
        }
        let next = match byte {
            ESC => {
                self.alt = true;
                return;
            }
            b'[' => State::Csi,
            b'O' => State::Ss3,
            b'P' | b'X' | b']' | b'^' | b'_' => State::Text,
            _ => {
                self.reset();
                self.alt = true;
                return self.begin(byte, out);
            }
        };
        self.hold(byte);
        self.state = next;
    }

    fn ss3(&mut self, byte: u8, out: &mut Vec<Input>) {
        if !matches!(byte, 0x20..=0x7e) {
            return self.restart(byte, None, out);
        }
        self.hold(byte);
        self.finish(out);
    }

    fn csi(&mut self, byte: u8, out: &mut Vec<Input>) {
        // A control byte in a sequence: it was cut short and this is the next key.
        if !matches!(byte, 0x20..=0x7e) {
            return self.restart(byte, None, out);
        }
        let is_first = self.unit.len() == 2;
        self.hold(byte);
        match byte {
            // Parameters and intermediates. The Linux console sends F1 as `ESC [ [ A`.
            0x20..=0x3f => {}
            b'[' if is_first => {}
            b'M' if is_first => self.state = State::Mouse(3),
            _ if self.unit == paste::BEGIN => {
                self.reset();
                self.state = State::Paste(Paste::new());
            }
            _ => self.finish(out),
        }
    }

    fn mouse(&mut self, byte: u8, missing: u8, out: &mut Vec<Input>) {
        // Button and place are sent with 32 added to them.
        if byte < 0x20 {
            self.restart(byte, None, out);
        } else if missing == 0 {
            self.reset();
        } else {
            self.state = State::Mouse(missing);
        }
    }

    fn text(&mut self, byte: u8, out: &mut Vec<Input>) {
        match byte {
            BEL => self.finish_text(out),
            ESC => self.state = State::TextEscape,
            // It was a key, or it will never be whole: this is the next key.
            _ if self.answer == Answer::Stalled && !(self.may_be_answer() && reply::is_part(byte)) => {
                self.restart(byte, None, out);
            }
            // Kept to tell Alt+P, which is how a string begins, from a string; and for the answer.
            _ => self.hold(byte),
        }
    }

    /// Emits the answer that was expected, if this is it, and makes room for the next unit.
    fn finish_text(&mut self, out: &mut Vec<Input>) {
        if self.may_be_answer()
            && let Some(color) = reply::background(&self.unit)
        {
            self.answer = Answer::NotExpected;
            out.push(Input::Background(color));
        }
        self.reset();
    }

    /// Holds a byte of the unit. One byte over the limit is kept, as the mark that it is too long.
    fn hold(&mut self, byte: u8) {
        if self.unit.len() <= MAX_UNIT {
            self.unit.push(byte);
        }
    }

    /// Emits the key of the unit, if it has one, and makes room for the next.
    fn finish(&mut self, out: &mut Vec<Input>) {
        if self.unit.len() <= MAX_UNIT {
            let mouse = || mouse::decode(&self.unit).map(Input::Mouse);
            out.extend(keys::decode(&self.unit, self.alt).map(Input::Key).or_else(mouse));
        }
        self.reset();
    }

    /// Drops the unit and begins the next with these bytes.
    fn restart(&mut self, first: u8, second: Option<u8>, out: &mut Vec<Input>) {
        self.reset();
        self.begin(first, out);
        if let Some(second) = second {
            self.step(second, out);
        }
    }

    fn reset(&mut self) {
        self.state = State::Ground;
        self.unit.clear();
        self.alt = false;
        self.settle_answer();
    }

    /// What was held was not the answer, or not all of it: it may still come.
    fn settle_answer(&mut self) {
        if self.answer != Answer::NotExpected {
            self.answer = Answer::Expected;
        }
    }
}

fn escape_key() -> Input {
    Input::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE))
}
