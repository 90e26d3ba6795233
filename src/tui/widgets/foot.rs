//! The last row of a list: where one is, and where one can turn to.

use ratatui::{Frame, layout::Rect};

use super::{
    hints::{self, Hint},
    text::{cells, columns, put, put_right, row, split},
};
use crate::tui::look::Look;
use crate::tui::words;

/// Blank columns between two parts.
const GAP: u16 = 3;

/// Keys that say by themselves where they lead.
const ARROWS: [&str; 2] = [words::PAGE_BEFORE.0, words::NEXT_PAGE.0];

/// Draws words and hints from the left and the place at the right, which stays where room is short.
pub fn draw(frame: &mut Frame, area: Rect, said: &[String], hints: &[Hint<'_>], place: &str, look: &Look) {
    let area = row(area.intersection(frame.area()), 0);
    let buffer = frame.buffer_mut();
    put_right(buffer, area, place, look.muted);
    let taken = if place.is_empty() { 0 } else { cells(columns(place)).saturating_add(GAP) };
    let (mut rest, _) = split(area, area.width.saturating_sub(taken));
    for said in said {
        let used = put(buffer, rest, said, look.muted);
        (_, rest) = split(rest, used.saturating_add(GAP));
    }
    // Where the words do not fit arrows still tell that there are more pages; of others there are fewer.
    let arrows: Vec<Hint<'_>> =
        hints.iter().filter(|(key, _)| ARROWS.contains(key)).map(|(key, _)| (*key, "")).collect();
    let hints: Vec<Hint<'_>> = hints.iter().map(|hint| hints::spelled(*hint, look)).collect();
    let room = usize::from(rest.width);
    let fitting = (1..=hints.len()).rev().filter_map(|count| hints.get(..count));
    let whole = fitting.into_iter().find(|some| hints::width(some) <= room).unwrap_or_default();
    let has_room = whole.len() == hints.len() || arrows.is_empty();
    hints::draw(buffer, rest, if has_room { whole } else { &arrows }, look);
}
