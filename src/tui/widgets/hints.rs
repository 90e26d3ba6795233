//! Keys and what they do, in a row: read as a reminder, clicked as a button.

use ratatui::{buffer::Buffer, layout::Rect};

use super::text::{columns, put, split};
use crate::tui::words::{self, frame as say, widgets as names};
use crate::tui::{
    keymap::{self, Command},
    look::{Grain, Look},
};

/// A key as it is written, and what it does: `("Enter", "save")`.
pub type Hint<'a> = (&'a str, &'a str);

/// Blank columns between two hints, and where room is short.
const GAP: u16 = 3;
const CLOSE: u16 = 2;

/// Keys that lead out: their hints stay longer than all but the first.
const WAYS_OUT: [&str; 2] = [words::BACK.0, words::SIGN_OUT_TYPING.0];

/// What a click on a hint means: the key that it names was pressed.
fn command(key: &str) -> Option<Command> {
    let key = if key == say::ANY_KEY { "Esc" } else { key };
    keymap::named(key).map(Command::Press)
}

/// Keys as they are written where no character is an arrow: `^v` would be another key.
const SPELLED: [(&str, &str); 3] = [(words::SCROLL.0, names::UP_DOWN), ("→", "Right"), ("←", "Left")];

/// A hint as this person's terminal can show it.
pub(in crate::tui) fn spelled<'a>((key, what): Hint<'a>, look: &Look) -> Hint<'a> {
    let other = SPELLED.iter().find(|(arrows, _)| *arrows == key && look.grain == Grain::Cells);
    (other.map_or(key, |(_, words)| *words), what)
}

/// Columns that the hints take.
pub(super) fn width(hints: &[Hint<'_>]) -> usize {
    width_with(hints, GAP)
}

fn width_with(hints: &[Hint<'_>], gap: u16) -> usize {
    let all: usize = hints.iter().map(|(key, what)| columns(key) + 1 + columns(what)).sum();
    all + hints.len().saturating_sub(1) * usize::from(gap)
}

/// Those that have room with all their words, and the blanks between them: the first, the way out, and of the others
/// as many as can be.
fn fitting<'a>(hints: &[Hint<'a>], room: usize) -> (Vec<Hint<'a>>, u16) {
    let mut kept = hints.to_vec();
    loop {
        if let Some(gap) = [GAP, CLOSE].into_iter().find(|gap| width_with(&kept, *gap) <= room) {
            return (kept, gap);
        }
        let others = kept.iter().enumerate().skip(1).rev();
        let least = others.clone().find(|(_, (key, _))| !WAYS_OUT.contains(key));
        match least.or_else(|| others.clone().next()).map(|(index, _)| index) {
            Some(index) => drop(kept.remove(index)),
            None => return (kept, CLOSE),
        }
    }
}

/// Draws the hints into the first row of the area, each of them clickable, and returns what is left
/// of it. One that is alone is clipped to it; of several there are as many as have room.
pub(in crate::tui) fn draw(buffer: &mut Buffer, area: Rect, hints: &[Hint<'_>], look: &Look) -> Rect {
    let mut rest = area;
    let hints: Vec<Hint<'_>> = hints.iter().map(|hint| spelled(*hint, look)).collect();
    let (hints, gap) = fitting(&hints, area.width.into());
    for (key, what) in hints {
        let used = put(buffer, rest, key, look.key_hint);
        let (_, words) = split(rest, used.saturating_add(1));
        let said = put(buffer, words, what, look.muted);
        let whole = if said > 0 { used.saturating_add(1).saturating_add(said) } else { used };
        let (place, after) = split(rest, whole);
        if let Some(command) = command(key) {
            look.clickable(Rect { height: place.height.min(1), ..place }, command);
        }
        (_, rest) = split(after, gap);
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

    /// A box of 40 columns ended in `E…`, which is no way out.
    #[test]
    fn where_room_is_short_there_are_fewer_hints_and_the_way_out_is_one() {
        let hints = [("Enter", "next, show"), words::COMPLETE, words::BACK];
        let kept = |room| fitting(&hints, room).0.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(" ");
        assert_eq!(kept(40), "Enter → Esc");
        assert_eq!(kept(34), "Enter Esc");
        assert_eq!(kept(20), "Enter");
        assert_eq!(kept(0), "Enter");
    }
}
