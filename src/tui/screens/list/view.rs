//! How a list is drawn: what is searched for, what rows have to be, the rows, and the foot.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::tui::keymap::Command;
use crate::tui::look::Look;
use crate::tui::screen::Context;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::state::State;
use crate::tui::widgets::{foot, text};
use crate::tui::words;
use crate::tui::words::widgets as say;

use super::{Keyed, List};

/// Blank columns between two of what rows have to be.
const CHIP_GAP: u16 = 3;

impl<R: Keyed> List<R> {
    /// `heading` stands over all rows; `label` before the filter, and says too what is listed.
    pub fn draw(
        &self,
        frame: &mut Frame,
        area: Rect,
        heading: &'static str,
        label: &'static str,
        cx: &Context,
    ) {
        let chips = u16::from(!self.chips.is_empty());
        let [search, chips, table, foot] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(chips),
            Constraint::Fill(1),
            Constraint::Length(1),
        ])
        .areas(area);
        self.draw_chips(frame, chips, &cx.look);
        if self.is_searching || !self.filter.is_empty() {
            self.filter.draw(frame, search, label, self.is_searching, &cx.look);
        } else {
            frame.render_widget(Line::styled(heading, cx.look.muted), search);
        }
        cx.look.clickable(search, Command::Search);
        match &self.error {
            Some(error) => State::of(error).draw(frame, table, &cx.look),
            None => self.table.draw_rows(frame, table, &cx.look),
        }
        self.draw_foot(frame, foot, table.height, &cx.look);
        if let Some(chooser) = &self.chooser {
            chooser.draw(frame, area, &self.table, &cx.look);
        }
    }

    /// What else the rows have to be, how to be rid of that, and at the right how far one looked.
    fn draw_chips(&self, frame: &mut Frame, area: Rect, look: &Look) {
        if area.height == 0 || self.chips.is_empty() {
            return;
        }
        let mut rest = area;
        for chip in &self.chips {
            let used = text::put(frame.buffer_mut(), rest, chip, look.value);
            (_, rest) = text::split(rest, used.saturating_add(CHIP_GAP));
        }
        let hints: &[Hint<'_>] = if self.is_searching { &[] } else { &[self.back] };
        foot::draw(frame, rest, &[], hints, &self.looked, look);
    }

    /// The page and where to turn to, how many are marked, and at the right the place.
    fn draw_foot(&self, frame: &mut Frame, area: Rect, lines: u16, look: &Look) {
        let place = if self.error.is_some() { String::new() } else { self.table.place(lines) };
        let page = self.pager.number().map(words::widgets::page);
        let marked = match self.marked.len() {
            0 => None,
            marked => Some(say::marked(marked)),
        };
        let words: Vec<String> = marked.into_iter().chain(page).collect();
        foot::draw(frame, area, &words, self.pager.hints(), &place, look);
    }
}
