//! The key that one whole unit stands for.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use terminput::Event;
use terminput_crossterm::to_crossterm_key;

/// The key of a unit; `None` for mouse events, replies, key releases and nonsense.
///
/// `alt` says that an ESC stood before it. A unit is one UTF-8 character, `ESC O x`, or a whole CSI.
pub(super) fn decode(unit: &[u8], alt: bool) -> Option<KeyEvent> {
    let mut key = match unit {
        // A terminal in the wrong mode sends these for Enter and Backspace; as Ctrl-J and Ctrl-H
        // they would surprise more people than they serve.
        b"\n" => KeyCode::Enter.into(),
        b"\x08" => KeyCode::Backspace.into(),
        [0x1b, b'[', parameters @ .., last] if !is_key(parameters, *last) => return None,
        _ => match Event::parse_from(unit) {
            Ok(Some(Event::Key(key))) => to_crossterm_key(key),
            _ => return None,
        },
    };
    if alt {
        key.modifiers |= KeyModifiers::ALT;
    }
    let is_control = matches!(key.code, KeyCode::Char(character) if character.is_control());
    (key.kind != KeyEventKind::Release && !is_control).then_some(key)
}

/// Whether a CSI has the form of a key.
///
/// The rest must not reach `terminput`: it computes with the numbers of a mouse event unchecked (one
/// in column 0 panics in a debug build) and takes the answer to a cursor query for a modified F3.
fn is_key(parameters: &[u8], last: u8) -> bool {
    let is_known = matches!(last, b'A'..=b'F' | b'H' | b'P'..=b'S' | b'Z' | b'u' | b'~');
    let is_plain = parameters == b"[" || parameters.iter().all(|b| matches!(b, b'0'..=b'9' | b';' | b':'));
    let is_cursor_report = last == b'R' && !(parameters.is_empty() || parameters.starts_with(b"1;"));
    is_known && is_plain && !is_cursor_report
}
