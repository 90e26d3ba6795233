//! A question or a message in a box over the screen.

use ratatui::{
    Frame,
    buffer::{Buffer, CellWidth as _},
    layout::Rect,
    widgets::{Block, Clear, Padding, Widget as _},
};

use super::{
    buttons::Buttons,
    field::TextField,
    hints::{self, Hint},
    text::{cells, columns, put, put_lines, row, wrap},
};
use crate::tui::look::Look;

/// What a box says and asks. It is built for one draw and owns nothing.
#[derive(Clone, Copy, Default)]
pub struct Dialog<'a> {
    pub title: &'a str,
    /// Lines, each wrapped to the width of the box.
    pub body: &'a str,
    /// Lines of the body that are scrolled away.
    pub above: usize,
    /// A label and the field that has the keyboard.
    pub field: Option<(&'a str, &'a TextField)>,
    /// Choices, where two keys do not say it all.
    pub buttons: Option<&'a Buttons>,
    /// Keys and what they do: `[("Enter", "revoke"), ("Esc", "keep")]`.
    pub hints: &'a [Hint<'a>],
    /// Whether saying yes destroys something.
    pub is_danger: bool,
}

/// Columns of text beyond which lines are tiring to read.
const MAX_TEXT: usize = 64;
/// Columns that a field gets if the screen has them.
const FIELD: usize = 32;
/// Border and one blank on both sides.
const FRAME: u16 = 4;

impl Dialog<'_> {
    /// Draws the box in the middle of the area, over what is there, as large as its content.
    ///
    /// Where room is short the hints stay, then the field, then the beginning of the body. What the
    /// area shows besides cannot be clicked meanwhile; the hints can.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        look.covers(area);
        let (place, lines) = self.measure(area.intersection(frame.area()));
        let inner = self.draw_box(frame, place, look);
        let (rest, hints_row) = cut_bottom(inner, self.hint_rows());
        let (rest, buttons_row) = cut_bottom(rest, self.button_rows());
        let (body, below) = cut_bottom(rest, self.field_rows());
        put_lines(frame.buffer_mut(), body, lines.get(self.above..).unwrap_or_default(), look.value);
        if let Some((label, field)) = self.field {
            field.draw(frame, below, label, true, look);
        }
        if let Some(buttons) = self.buttons {
            buttons.draw(frame, buttons_row, look);
        }
        hints::draw(frame.buffer_mut(), hints_row, self.hints, look);
    }

    /// Lines of the body for which there is no room.
    pub fn hidden(&self, area: Rect) -> usize {
        let (place, lines) = self.measure(area);
        lines.len().saturating_sub(place.height.saturating_sub(self.foot() + 2).into())
    }

    /// Where the body is drawn.
    pub(super) fn body_area(&self, area: Rect) -> Rect {
        let (place, _) = self.measure(area);
        let inner = Block::bordered().padding(Padding::horizontal(1)).inner(place);
        cut_bottom(inner, self.hint_rows() + self.button_rows() + self.field_rows()).0
    }

    /// Where the box goes, and the body in lines that fit into it.
    fn measure(&self, area: Rect) -> (Rect, Vec<String>) {
        let text = self.natural_width().min(MAX_TEXT);
        let width = cells(text).saturating_add(FRAME).min(area.width);
        let lines = wrap(self.body, width.saturating_sub(FRAME).into());
        let height = cells(lines.len()).saturating_add(self.foot()).saturating_add(2).min(area.height);
        (centred(area, width, height), lines)
    }

    /// Draws the empty box and returns what is inside.
    fn draw_box(&self, frame: &mut Frame, place: Rect, look: &Look) -> Rect {
        let (border, title) =
            if self.is_danger { (look.danger, look.danger) } else { (look.border_focus, look.title) };
        clear(frame.buffer_mut(), place);
        let block = Block::bordered().border_style(border).padding(Padding::horizontal(1));
        let inner = block.inner(place);
        frame.render_widget(block, place);
        if !self.title.is_empty() {
            let heading = Rect { x: inner.x, width: inner.width, ..row(place, 0) };
            put(frame.buffer_mut(), heading, &format!(" {} ", self.title), title);
        }
        inner
    }

    /// The width at which nothing would have to be wrapped or cut.
    fn natural_width(&self) -> usize {
        let body = self.body.lines().map(columns).max().unwrap_or(0);
        let buttons = self.buttons.map_or(0, Buttons::width);
        let field = self.field.map_or(0, |(label, _)| columns(label).max(FIELD));
        body.max(columns(self.title) + 2).max(hints::width(self.hints)).max(field).max(buttons)
    }

    /// Rows below the body, with the blank one between.
    fn foot(&self) -> u16 {
        let foot = self.field_rows() + self.button_rows() + self.hint_rows();
        let gap = u16::from(foot > 0 && !self.body.is_empty());
        gap + foot
    }

    fn button_rows(&self) -> u16 {
        if self.buttons.is_some() { Buttons::HEIGHT } else { 0 }
    }

    fn hint_rows(&self) -> u16 {
        u16::from(!self.hints.is_empty())
    }

    fn field_rows(&self) -> u16 {
        if self.field.is_some() { TextField::HEIGHT } else { 0 }
    }
}

/// An area and its last rows, at most so many of them.
fn cut_bottom(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    let height = area.height - rows;
    (Rect { height, ..area }, Rect { y: area.y.saturating_add(height), height: rows, ..area })
}

/// The middle of an area that is at least as large.
pub(super) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let x = area.x.saturating_add((area.width - width) / 2);
    let y = area.y.saturating_add((area.height - height) / 2);
    Rect { x, y, width, height }
}

/// Clears an area, and what of a wide character reaches into it from the left: the terminal would
/// draw that character whole, over the border.
pub(super) fn clear(buffer: &mut Buffer, area: Rect) {
    Clear.render(area, buffer);
    let Some(left) = area.x.checked_sub(1) else {
        return;
    };
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((left, y))
            && cell.cell_width() > 1
        {
            cell.set_symbol(" ");
        }
    }
}
