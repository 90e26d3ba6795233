//! Bars that lie: one number against the most, to the eighth of a column.

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    number::{scale, thousands},
    text::{cells, columns, put, put_right, row, split},
};
use crate::tui::look::Look;

/// The parts of a column, from an eighth to seven.
const EIGHTHS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar of at most `width` columns: full at `max`, and never empty for what is not nothing. It fits
/// into the cell of a table.
pub fn bar(value: u64, max: u64, width: usize) -> String {
    let eighths = scale(value, max, width.saturating_mul(8));
    let part = (eighths % 8).checked_sub(1).and_then(|part| EIGHTHS.get(part));
    "█".repeat(eighths / 8) + part.copied().unwrap_or_default()
}

/// What is counted, and how many there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub label: String,
    pub count: u64,
}

/// A bar for each thing that is counted, the label before it and the number behind.
#[derive(Debug, Clone, Copy)]
pub struct Bars<'a> {
    pub counted: &'a [Counted],
}

/// Blank columns between label, bar and number.
const GAP: u16 = 2;

impl Bars<'_> {
    /// Draws as many as there are rows. Where room is short the bar goes first, then the label is cut.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let widest = |text: fn(&Counted) -> usize| self.counted.iter().map(text).max().unwrap_or(0);
        let numbers = cells(widest(|one| columns(&thousands(one.count)))).min(area.width);
        let room = area.width.saturating_sub(numbers + GAP);
        let labels = cells(widest(|one| columns(&one.label))).min(room);
        let max = self.counted.iter().map(|one| one.count).max().unwrap_or(0);
        for (line, one) in (0..area.height).zip(self.counted) {
            let (label, rest) = split(row(area, line), labels);
            let (rest, number) = split(rest, rest.width.saturating_sub(numbers));
            put(frame.buffer_mut(), label, &one.label, look.value);
            draw_bar(frame.buffer_mut(), rest, one.count, max, look);
            put_right(frame.buffer_mut(), number, &thousands(one.count), look.value);
        }
    }
}

/// A bar with its gaps in the room between label and number, if that is enough to see one.
fn draw_bar(buffer: &mut Buffer, area: Rect, value: u64, max: u64, look: &Look) {
    let (_, place) = split(area, GAP);
    let width = place.width.saturating_sub(GAP);
    put(buffer, place, &bar(value, max, width.into()), look.chart);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_exact_to_the_eighth() {
        assert_eq!(bar(0, 80, 10), "");
        assert_eq!(bar(1, 80, 10), "▏");
        assert_eq!(bar(12, 80, 10), "█▌");
        assert_eq!(bar(80, 80, 10), "██████████");
        assert_eq!(bar(900, 80, 3), "███");
        assert_eq!(bar(1, 0, 3), "");
        assert_eq!(bar(5, 9, 0), "");
    }
}
