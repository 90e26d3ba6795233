//! The last row of the window: the keys worth naming at the moment, and those that always mean the same.

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::frame::{MIN_COLUMNS, MIN_ROWS};
use super::keymap::{self, Command};
use super::look::Look;
use super::widgets::hints::{Hint, spelled};
use super::widgets::text::{cells, put, split};
use super::words;

/// Blank columns between two hints, and where room is short.
const GAP: usize = 3;
const CLOSE: usize = 2;

/// Hints of a screen's own that stay longer than the last resorts do.
const FIRST: usize = 2;

/// What help, the palette and the way out are called.
const WHILE_KEYS: [Hint<'static>; 3] = [words::HELP, words::MENU, words::SIGN_OUT];
const WHILE_TYPING: [Hint<'static>; 3] = [words::HELP_TYPING, words::MENU_TYPING, words::SIGN_OUT_TYPING];

/// Draws the hints of the screen and then those that are everywhere; while letters are text, `is_typing`,
/// the keys that are none.
pub fn draw(frame: &mut Frame, own: &[Hint<'_>], is_typing: bool, look: &Look) {
    let window = frame.area();
    if window.width < MIN_COLUMNS || window.height < MIN_ROWS {
        return;
    }
    let area = Rect { y: window.bottom() - 1, height: 1, ..window };
    let everywhere = if is_typing { WHILE_TYPING } else { WHILE_KEYS };
    let own: Vec<Hint<'_>> = own.iter().map(|hint| spelled(*hint, look)).collect();
    let (hints, gap) = fitted(&own, everywhere, area.width.into());
    let (_, mut rest) = split(area, 1);
    for (key, what) in hints {
        let width = width(&(key, what));
        let (place, behind) = split(rest, cells(width));
        (_, rest) = split(behind, cells(gap));
        if let Some(input) = keymap::named(key) {
            // The blanks around it are part of it: less to aim at would be a burden.
            let wide = Rect { x: place.x - 1, width: place.width + 2, ..place }.intersection(area);
            look.clickable(wide, Command::Press(input));
        }
        let used = put(frame.buffer_mut(), place, key, look.key_hint);
        let (_, words) = split(place, used.saturating_add(1));
        put(frame.buffer_mut(), words, what, look.muted);
    }
}

/// What there is room for, each with its words. First air gives way, then what a screen has besides its first
/// hints, then the palette and the way out; help has them all, and is named whatever happens.
fn fitted<'a>(own: &[Hint<'a>], everywhere: [Hint<'a>; 3], room: usize) -> (Vec<Hint<'a>>, usize) {
    let [help, menu, leave] = everywhere;
    let endings: [(&[Hint<'a>], usize); 3] =
        [(&[help, menu, leave], FIRST), (&[help, leave], FIRST), (&[help], 0)];
    for (ending, least) in endings {
        for kept in (least.min(own.len())..=own.len()).rev() {
            for gap in [GAP, CLOSE] {
                let hints: Vec<Hint<'a>> = own.iter().take(kept).chain(ending).copied().collect();
                if total(&hints, gap) <= room {
                    return (hints, gap);
                }
            }
        }
    }
    (vec![help], CLOSE)
}

/// Columns of all of them, with the blank before the first.
fn total(hints: &[Hint<'_>], gap: usize) -> usize {
    1 + hints.iter().map(width).sum::<usize>() + hints.len().saturating_sub(1) * gap
}

/// Columns of a key and what it does.
fn width((key, what): &Hint<'_>) -> usize {
    key.width() + if what.is_empty() { 0 } else { what.width() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[Hint<'static>] = &[
        ("Enter", "open"),
        ("/", "search"),
        ("s", "sort"),
        ("x", "end"),
        ("m", "message"),
        ("u", "all of user"),
    ];

    fn shown(room: usize) -> String {
        let (hints, _) = fitted(OWN, WHILE_KEYS, room);
        let words: Vec<String> =
            hints.iter().map(|(key, what)| format!("{key} {what}").trim_end().to_owned()).collect();
        words.join(", ")
    }

    /// Six keys of a screen had pushed out how to leave it; and bare keys told nobody anything.
    #[test]
    fn fewer_hints_have_all_their_words_and_the_way_out_stays_beside_two_of_them() {
        let all = "Enter open, / search, s sort, x end, m message, u all of user, ? help, : menu, q sign out";
        assert_eq!(shown(120), all);
        assert_eq!(shown(80), all.replace(" u all of user,", ""));
        assert_eq!(shown(60), "Enter open, / search, s sort, ? help, : menu, q sign out");
        assert_eq!(shown(50), "Enter open, / search, ? help, : menu, q sign out");
        assert_eq!(shown(43), "Enter open, / search, ? help, q sign out");
        assert_eq!(shown(40), "Enter open, / search, s sort, ? help");
        for room in 7..130 {
            assert!(shown(room).contains("? help"), "{room}");
            assert!(shown(room).split(", ").all(|hint| hint.contains(' ')), "{room}");
        }
    }
}
