//! The last row of a list: where one is, and where one can turn to.

use ratatui::{Frame, layout::Rect};

use super::{
    hints::{self, Hint},
    text::{cells, columns, put, put_right, row, split},
};
use crate::tui::look::Look;

/// Blank columns between two parts.
const GAP: u16 = 3;

/// Draws words and hints from the left and the place at the right, which stays where room is short.
pub fn draw(frame: &mut Frame, area: Rect, words: &[String], hints: &[Hint<'_>], place: &str, look: &Look) {
    let area = row(area.intersection(frame.area()), 0);
    let buffer = frame.buffer_mut();
    put_right(buffer, area, place, look.muted);
    let taken = if place.is_empty() { 0 } else { cells(columns(place)).saturating_add(GAP) };
    let (mut rest, _) = split(area, area.width.saturating_sub(taken));
    for words in words {
        let used = put(buffer, rest, words, look.muted);
        (_, rest) = split(rest, used.saturating_add(GAP));
    }
    // Where the words do not fit the keys still tell that there are more pages.
    let keys: Vec<Hint<'_>> = hints.iter().map(|(key, _)| (*key, "")).collect();
    let fits = hints::width(hints) <= rest.width.into();
    hints::draw(buffer, rest, if fits { hints } else { &keys }, look);
}
