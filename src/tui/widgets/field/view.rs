//! How a field is drawn: its label, the part of the value that is around the cursor, and what is wrong.

use std::borrow::Cow;

use ratatui::{Frame, layout::Rect, text::Span};

use super::{Mode, TextField};
use crate::domain::text::is_showable;
use crate::tui::look::Look;
use crate::tui::widgets::text::{cells, columns, graphemes, put, put_lines, row, split, wrap};

impl TextField {
    /// A part of the value as it may be seen.
    fn shown<'a>(&self, part: &'a str) -> Cow<'a, str> {
        match self.mode {
            Mode::Plain => Cow::Borrowed(part),
            Mode::Masked => Cow::Owned("•".repeat(graphemes(&Span::raw(part)).count())),
            Mode::Revealed => {
                Cow::Owned(part.chars().map(|c| if is_showable(c) { c } else { '\u{fffd}' }).collect())
            }
        }
    }

    /// Rows that it asks for in so many columns. The error has as many as it needs, and the blank row is
    /// below it; where room is short that goes first, then the label moves beside the input.
    pub(in crate::tui::widgets) fn rows(&self, width: u16, room: Room) -> u16 {
        let error = cells(wrap(self.error().unwrap_or_default(), width.into()).len());
        match room {
            Room::Airy => 3 + error,
            Room::Close => 2 + error,
            Room::Tight => 1 + error,
        }
    }

    /// Draws the label, the input line and the error, and puts the terminal's cursor if focused.
    pub fn draw(&self, frame: &mut Frame, area: Rect, label: &str, focused: bool, look: &Look) {
        let places = Places::new(area.intersection(frame.area()), label, self.error().unwrap_or_default());
        let (label_style, input_style) =
            if focused { (look.accent, look.input_focus) } else { (look.label, look.input) };
        let error = wrap(self.error().unwrap_or_default(), places.error.width.into());
        let buffer = frame.buffer_mut();
        put(buffer, places.label, label, label_style);
        put_lines(buffer, places.error, &error, look.error);
        buffer.set_style(places.input, input_style);
        if focused {
            self.draw_focused(frame, places.input, look);
        } else {
            put(buffer, places.input, &self.shown(&self.value), look.value);
        }
    }

    /// Draws the part of the value that is around the cursor, and what is offered behind it.
    fn draw_focused(&self, frame: &mut Frame, area: Rect, look: &Look) {
        if area.is_empty() {
            return;
        }
        let shown = self.shown(&self.value);
        let at = columns(&self.shown(self.head()));
        let wanted = scroll(at, columns(&shown), area.width.into());
        let (mut hidden_bytes, mut hidden_columns) = (0, 0);
        for (symbol, columns) in graphemes(&Span::raw(shown.as_ref())) {
            if hidden_columns >= wanted {
                break;
            }
            hidden_bytes += symbol.len();
            hidden_columns += columns;
        }
        let visible = shown.get(hidden_bytes..).unwrap_or_default();
        frame.buffer_mut().set_stringn(
            area.x,
            area.y,
            visible,
            area.width.into(),
            look.value.patch(if self.is_selected { look.selected } else { look.input_focus }),
        );
        let cursor = cells(at.saturating_sub(hidden_columns));
        let (_, behind) = split(area, cursor);
        let offered = if self.is_empty() { self.placeholder } else { self.ghost().unwrap_or_default() };
        put(frame.buffer_mut(), behind, offered, look.ghost);
        if look.has_keyboard() {
            frame.set_cursor_position((area.x.saturating_add(cursor), area.y));
        }
    }
}

/// The first column to show, so that the cursor is in view and a third of the room follows it.
fn scroll(at: usize, total: usize, room: usize) -> usize {
    // The cursor may stand behind the last character.
    let last = (total + 1).saturating_sub(room);
    at.saturating_sub(room * 2 / 3).min(last)
}

/// How much room there is for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui::widgets) enum Room {
    /// Enough for a blank row below it.
    Airy,
    /// The label stands above the input.
    Close,
    /// The label stands beside the input.
    Tight,
}

/// Where the parts of a field go.
struct Places {
    label: Rect,
    input: Rect,
    error: Rect,
}

impl Places {
    fn new(area: Rect, label: &str, error: &str) -> Self {
        let (label, rows) = (cells(columns(label)), wrap(error, area.width.into()).len());
        let top = row(area, 0);
        let below = |rows: u16| Rect {
            y: area.y.saturating_add(rows),
            height: area.height.saturating_sub(rows),
            ..area
        };
        if area.height > 2 && usize::from(area.height) != rows + 1 || area.height == 2 && rows == 0 {
            return Self { label: top, input: row(area, 1), error: below(2) };
        }
        let (label, input) = beside(top, label.min(top.width / 2));
        let error = cells(columns(error)).min(input.width / 2);
        match area.height {
            0 | 1 if error > 0 => {
                let (input, error) = beside(input, input.width - error - 1);
                Self { label, input, error }
            }
            _ => Self { label, input, error: below(1) },
        }
    }
}

/// An area cut in two with a blank between, unless the left part is empty.
fn beside(area: Rect, width: u16) -> (Rect, Rect) {
    let (left, right) = split(area, width);
    (left, split(right, width.min(1)).1)
}
