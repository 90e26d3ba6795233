//! A form in a box over the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, Padding, Paragraph};

use super::dialog::clear;
use super::form::Form;
use super::hints::{self, Hint};
use super::text::{cells, put, row, wrap};
use crate::tui::look::Look;

/// What the box holds. Built for one draw.
pub struct Panel<'a> {
    pub title: &'a str,
    /// Said above the fields.
    pub body: &'a str,
    pub form: &'a Form,
    pub hints: &'a [Hint<'a>],
    pub is_danger: bool,
}

/// Columns: enough for the longest field at a glance.
const WIDTH: u16 = 60;

impl Panel<'_> {
    /// Rows of the box: no more than it fills, as airy as there is room for.
    fn height(&self, said: u16, width: u16, most: u16) -> u16 {
        // Besides the fields: the border and the hints.
        let (airy, close) = (3 + self.form.height(width), 3 + self.form.close_height(width));
        let words = said + u16::from(said > 0);
        let ways = [words + airy, words + close + 1, words + close, said + close, close + 1];
        ways.into_iter().find(|rows| *rows <= most).unwrap_or(most)
    }

    /// Draws the box in the middle; where room is short the fields move closer together, and then win over
    /// the words above them.
    ///
    /// What the area shows besides cannot be clicked meanwhile; fields and hints can.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        look.covers(area);
        let width = WIDTH.min(area.width);
        let words = wrap(self.body, width.saturating_sub(4).into());
        let words = if self.body.is_empty() { Vec::new() } else { words };
        let said = cells(words.len());
        let height = self.height(said, width.saturating_sub(4), area.height);
        let place = Rect {
            x: area.x + (area.width - width) / 2,
            y: area.y + (area.height - height) / 2,
            width,
            height,
        };
        let style = if self.is_danger { look.danger } else { look.border_focus };
        let block = Block::bordered().border_style(style).padding(Padding::horizontal(1));
        let inner = block.inner(place);
        clear(frame.buffer_mut(), place);
        frame.render_widget(block, place);
        let heading = Rect { x: inner.x, width: inner.width, ..row(place, 0) };
        let title = if self.is_danger { look.danger } else { look.title };
        put(frame.buffer_mut(), heading, &format!(" {} ", self.title), title);

        let [mut rest, hints_row] = split_last(inner);
        let spare = rest.height.saturating_sub(self.form.close_height(inner.width));
        if said > 0 && spare >= said {
            let lines: Vec<Line> = words.into_iter().map(|line| Line::styled(line, look.value)).collect();
            frame.render_widget(Paragraph::new(lines), Rect { height: said, ..rest });
            let taken = said + u16::from(spare > said);
            rest = Rect { y: rest.y + taken, height: rest.height - taken, ..rest };
        }
        self.form.draw(frame, rest, look);
        hints::draw(frame.buffer_mut(), hints_row, self.hints, look);
    }
}

/// Everything but the last row, and the last row.
fn split_last(area: Rect) -> [Rect; 2] {
    let height = area.height.saturating_sub(1);
    let last = Rect { y: area.y.saturating_add(height), height: area.height - height, ..area };
    [Rect { height, ..area }, last]
}
