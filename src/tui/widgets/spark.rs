//! How a number went, in one line.

use ratatui::{Frame, layout::Rect};

use super::{
    number::scale,
    text::{cells, columns, put, row, split},
};
use crate::tui::look::Look;
use crate::tui::words::widgets as say;

/// Heights in eighths of a row, from one to eight.
pub(super) const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The newest of the values, one column each, the newest last. Nothing is `▁` too, so that the line
/// does not break off.
pub fn spark(values: &[u64], width: usize) -> String {
    let shown = newest(values, width);
    let max = shown.iter().copied().max().unwrap_or(0);
    let height = |value: u64| scale(value, max, HEIGHTS.len()).saturating_sub(1);
    shown.iter().filter_map(|&value| HEIGHTS.get(height(value))).copied().collect()
}

fn newest(values: &[u64], width: usize) -> &[u64] {
    values.get(values.len().saturating_sub(width)..).unwrap_or_default()
}

/// A number over time, the newest last.
#[derive(Debug, Clone, Copy)]
pub struct Spark<'a> {
    pub values: &'a [u64],
}

/// Columns of the line below which the words are worth more than it.
const MIN: u16 = 8;

impl Spark<'_> {
    /// Draws the line, and `now 7  min 1  max 12` behind it or in a row of its own below it.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let said = cells(columns(&words(self.values)));
        let first = row(area, 0);
        let (line, place) = match area.height {
            0 | 1 if area.width >= said.saturating_add(2 + MIN) => {
                let (line, rest) = split(first, first.width - said - 2);
                (line, split(rest, 2).1)
            }
            0 | 1 => (row(area, 1), first),
            _ => (first, row(area, 1)),
        };
        let buffer = frame.buffer_mut();
        put(buffer, line, &spark(self.values, line.width.into()), look.chart);
        // Of what is drawn, and of nothing else: one would look for the highest and not find it.
        put(buffer, place, &words(newest(self.values, line.width.into())), look.muted);
    }
}

fn words(values: &[u64]) -> String {
    let (Some(now), Some(min), Some(max)) = (values.last(), values.iter().min(), values.iter().max()) else {
        return say::NO_READING.to_owned();
    };
    say::readings(*now, *min, *max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_shows_the_newest_and_never_breaks_off() {
        assert_eq!(spark(&[0, 1, 4, 8], 4), "▁▁▄█");
        assert_eq!(spark(&[9, 9, 0, 8], 2), "▁█");
        assert_eq!(spark(&[0, 0], 9), "▁▁");
        assert_eq!(spark(&[], 9), "");
        assert_eq!(words(&[3, 1_000, 7]), "now 7  min 3  max 1\u{a0}000");
    }
}
