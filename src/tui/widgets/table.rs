//! Rows and columns, a page at a time.

use std::{borrow::Cow, ops::Range};

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use super::text::{cells, columns, put, row, split};
use crate::tui::look::Look;

/// The cells of one row, in the order of the columns.
pub type Row = Vec<Cow<'static, str>>;

/// How one column looks and how much room it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    /// Columns of the screen without which it is of no use.
    pub min: u16,
    /// Its share of the room that is left over.
    pub weight: u16,
    /// Who stays when not all fit: 0 to the last, the highest number goes first.
    pub priority: u8,
}

impl Column {
    /// A column that keeps this width and goes last.
    pub const fn new(title: &'static str, min: u16) -> Self {
        Self { title, min, weight: 0, priority: 0 }
    }

    /// The same with a share of the room that is left over.
    #[must_use]
    pub const fn weight(self, weight: u16) -> Self {
        Self { weight, ..self }
    }

    /// The same, to go before those with a lower number.
    #[must_use]
    pub const fn priority(self, priority: u8) -> Self {
        Self { priority, ..self }
    }
}

/// A list with a header, of which one row is selected.
///
/// It turns pages and does not scroll: over a slow line a page costs one repaint, not one for every
/// row, and where a row stands depends on nothing but the selection and the height.
pub struct Table {
    columns: &'static [Column],
    /// `None` while they are being fetched.
    rows: Option<Vec<Row>>,
    selected: usize,
    empty: &'static str,
}

/// Stands before the selected row, for eyes and terminals that do not see the reversed colours.
const MARK: &str = "› ";
/// Columns between two columns.
const GAP: u16 = 2;
/// Rows that Page Up and Page Down move by.
const STRIDE: usize = 10;

/// A way through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
}

impl Motion {
    /// Where it leads from line `at`; whoever follows knows where the end is.
    pub fn apply(self, at: usize) -> usize {
        match self {
            Self::Up => at.saturating_sub(1),
            Self::Down => at.saturating_add(1),
            Self::PageUp => at.saturating_sub(STRIDE),
            Self::PageDown => at.saturating_add(STRIDE),
            Self::First => 0,
            Self::Last => usize::MAX,
        }
    }
}

impl Table {
    /// A table that is still loading; `empty` is what it says when it turns out to have no rows.
    pub const fn new(columns: &'static [Column], empty: &'static str) -> Self {
        Self { columns, rows: None, selected: 0, empty }
    }

    /// Shows these rows; the selection stays on its line, or on the last one.
    pub fn set_rows(&mut self, rows: Vec<Row>) {
        self.rows = Some(rows);
        self.select(self.selected);
    }

    /// Forgets the rows and says that they are on their way.
    pub fn set_loading(&mut self) {
        self.rows = None;
    }

    pub fn is_loading(&self) -> bool {
        self.rows.is_none()
    }

    pub fn rows(&self) -> &[Row] {
        self.rows.as_deref().unwrap_or_default()
    }

    /// The selected row, counted from 0; `None` if there are no rows.
    pub fn selected(&self) -> Option<usize> {
        (!self.rows().is_empty()).then_some(self.selected)
    }

    /// Selects a row, or the last one if there are not so many.
    pub fn select(&mut self, index: usize) {
        if !self.is_loading() {
            self.selected = index.min(self.rows().len().saturating_sub(1));
        }
    }

    pub fn go(&mut self, motion: Motion) {
        self.select(motion.apply(self.selected));
    }

    /// Draws the header and the page with the selection; its last line tells the place if there are more.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let buffer = frame.buffer_mut();
        let (_, cells_area) = split(area, cells(columns(MARK)));
        let places = layout(self.columns, cells_area);
        for (column, place) in self.columns.iter().zip(&places) {
            put(buffer, row(*place, 0), column.title, look.title);
        }
        let notice = match &self.rows {
            None => "Loading…",
            Some(rows) if rows.is_empty() => self.empty,
            Some(_) => return self.draw_page(buffer, area, &places, look),
        };
        put(buffer, row(cells_area, 1), notice, look.muted);
    }

    fn draw_page(&self, buffer: &mut Buffer, area: Rect, places: &[Rect], look: &Look) {
        let (page, has_more) = page(self.selected, self.rows().len(), area.height.saturating_sub(1).into());
        if has_more {
            let place = format!("{}–{} of {}", page.start + 1, page.end, self.rows().len());
            let last = row(area, area.height.saturating_sub(1));
            let (_, right) = split(last, last.width.saturating_sub(cells(columns(&place))));
            put(buffer, right, &place, look.muted);
        }
        for (line, index) in (1..).zip(page) {
            let whole = row(area, line);
            let style = if index == self.selected {
                put(buffer, whole, MARK, Style::new());
                buffer.set_style(whole, look.selected);
                look.value.patch(look.selected)
            } else {
                look.value
            };
            for (cell, place) in self.rows().get(index).into_iter().flatten().zip(places) {
                put(buffer, row(*place, line), cell, style);
            }
        }
    }
}

/// The rows to show in so many lines, and whether the last line must tell that there are more.
fn page(selected: usize, count: usize, lines: usize) -> (Range<usize>, bool) {
    let has_more = count > lines && lines > 1;
    let size = if has_more { lines - 1 } else { lines };
    let start = selected.checked_div(size).map_or(0, |page| page * size);
    (start..(start + size).min(count), has_more)
}

/// Where each column stands; those without room have no width.
fn layout(columns: &[Column], area: Rect) -> Vec<Rect> {
    let (fitting, needed) = fitting(columns, area.width);
    let weight =
        |(index, column): (usize, &Column)| fitting.contains(&index).then_some(u32::from(column.weight));
    let weights: u32 = columns.iter().enumerate().filter_map(weight).sum();
    let spare = u32::from(area.width.saturating_sub(needed));
    let mut rest = area;
    let mut place = |(index, column)| {
        let Some(weight) = weight((index, column)) else {
            return Rect { width: 0, ..rest };
        };
        let more = (spare * weight).checked_div(weights).and_then(|more| u16::try_from(more).ok());
        let (place, right) = split(rest, column.min.saturating_add(more.unwrap_or(0)));
        (_, rest) = split(right, GAP);
        place
    };
    columns.iter().enumerate().map(&mut place).collect()
}

/// The columns that fit, at least one, and the room that they need with the gaps between them.
fn fitting(columns: &[Column], room: u16) -> (Vec<usize>, u16) {
    let mut ranked: Vec<_> = columns.iter().enumerate().collect();
    ranked.sort_by_key(|(_, column)| column.priority);
    let (mut fitting, mut needed) = (Vec::new(), 0_u16);
    for (index, column) in ranked {
        let gap = if fitting.is_empty() { 0 } else { GAP };
        let more = needed.saturating_add(gap).saturating_add(column.min);
        if more > room && !fitting.is_empty() {
            break;
        }
        needed = more;
        fitting.push(index);
    }
    (fitting, needed)
}
