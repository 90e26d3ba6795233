//! How much of what there is has been used.

use ratatui::{Frame, layout::Rect, style::Style};

use super::{
    number::{scale, thousands},
    text::{cells, columns, put, row, split},
};
use crate::tui::look::Look;
use crate::tui::words::widgets as say;

/// Something that has a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gauge<'a> {
    pub label: &'a str,
    pub used: u64,
    /// 0 is for no limit: the number stands alone then.
    pub limit: u64,
}

/// Columns of the bar: more do not tell more.
const MAX: u16 = 24;

/// A bar that shows what is missing too: `▇▇▇▁▁▁`. Full only when nothing is missing.
pub fn filled(value: u64, max: u64, width: usize) -> String {
    let steps = scale(value, max, width);
    "▇".repeat(steps) + &"▁".repeat(width - steps)
}

impl Gauge<'_> {
    /// Draws `Sessions  ▇▇▇▁▁▁  12 of 20`; the bar goes first where room is short, then the label.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let place = row(area.intersection(frame.area()), 0);
        let words = self.words();
        let said = cells(columns(&words)).min(place.width);
        let label = cells(columns(self.label)).saturating_add(2).min(place.width - said);
        let (label, rest) = split(place, label);
        let bar = rest.width.saturating_sub(said.saturating_add(2)).min(MAX);
        let bar = if self.limit == 0 { 0 } else { bar };
        let buffer = frame.buffer_mut();
        put(buffer, Rect { width: label.width.saturating_sub(2), ..label }, self.label, look.label);
        let used = put(buffer, rest, &filled(self.used, self.limit, bar.into()), self.style(look));
        let (_, rest) = split(rest, if used == 0 { 0 } else { used.saturating_add(2) });
        put(buffer, rest, &words, look.value);
    }

    /// The same as a text, with a bar of so many columns: `▇▇▇▁▁▁  12 of 20`.
    pub fn line(&self, bar: usize) -> String {
        format!("{}  {}", filled(self.used, self.limit, bar), self.words())
    }

    pub fn is_full(&self) -> bool {
        self.used >= self.limit
    }

    /// The word says what the colour says.
    fn words(&self) -> String {
        match self.limit {
            0 => thousands(self.used),
            limit if self.used >= limit => say::full(self.used, limit),
            limit => say::of(self.used, limit),
        }
    }

    fn style(&self, look: &Look) -> Style {
        if self.is_full() { look.danger } else { look.gauge }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_says_it_in_words_too() {
        let gauge = |used, limit| Gauge { label: "Sessions", used, limit }.words();
        assert_eq!(gauge(12, 20), "12 of 20");
        assert_eq!(gauge(1_020, 1_000), "1\u{a0}020 of 1\u{a0}000, full");
        assert_eq!(gauge(7, 0), "7");
        assert_eq!(filled(999, 1_000, 6), "▇▇▇▇▇▁");
        assert_eq!(filled(1, 1_000, 6), "▇▁▁▁▁▁");
    }
}
