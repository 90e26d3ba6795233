//! The last row of the window: the keys worth naming at the moment, and those that always mean the same.

use ratatui::Frame;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::frame::{MIN_COLUMNS, MIN_ROWS};
use super::keymap::{self, Command};
use super::look::Look;
use super::widgets::hints::Hint;
use super::widgets::text::{cells, put, split};
use super::words;

/// Blank columns between two hints, and where room is short.
const GAP: usize = 3;
const CLOSE: usize = 2;

/// Hints of a screen's own that keep their words longer than the last resorts stay.
const WORDED: usize = 2;

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
    let (hints, gap) = fitted(own, everywhere, area.width.into());
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

/// What there is room for. First air gives way, then the words of what a screen has besides, then the
/// palette and the way out; a bare key stays, since help has the words, and help is named whatever happens.
fn fitted<'a>(own: &[Hint<'a>], everywhere: [Hint<'a>; 3], room: usize) -> (Vec<Hint<'a>>, usize) {
    let [help, menu, leave] = everywhere;
    let endings: [&[Hint<'a>]; 3] = [&[help, menu, leave], &[help, leave], &[help]];
    for ending in endings {
        for worded in (WORDED.min(own.len())..=own.len()).rev() {
            for gap in [GAP, CLOSE] {
                let hints = worded_first(own, worded, ending);
                if total(&hints, gap) <= room {
                    return (hints, gap);
                }
            }
        }
    }
    // Not even two of them have room for their words.
    let mut own = own.to_vec();
    loop {
        let hints = worded_first(&own, 1, &[help]);
        if total(&hints, CLOSE) <= room || own.pop().is_none() {
            return (hints, CLOSE);
        }
    }
}

/// So many hints with their words, the others as bare keys, and the ending.
fn worded_first<'a>(own: &[Hint<'a>], worded: usize, ending: &[Hint<'a>]) -> Vec<Hint<'a>> {
    let bare = |(index, hint): (usize, &Hint<'a>)| if index < worded { *hint } else { (hint.0, "") };
    own.iter().enumerate().map(bare).chain(ending.iter().copied()).collect()
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

    /// Six keys of a screen had pushed out how to leave it.
    #[test]
    fn the_way_out_stays_as_long_as_two_hints_keep_their_words() {
        let all = "Enter open, / search, s sort, x end, m message, u all of user, ? help, : menu, q sign out";
        assert_eq!(shown(120), all);
        assert_eq!(shown(80), all.replace(" all of user", ""));
        assert_eq!(shown(60), "Enter open, / search, s sort, x, m, u, ? help, q sign out");
        assert_eq!(shown(41), "Enter open, / search, s, x, m, u, ? help");
        assert_eq!(shown(40), "Enter open, /, s, x, m, u, ? help");
        for room in 0..130 {
            assert!(shown(room).contains("? help"), "{room}");
        }
    }
}
