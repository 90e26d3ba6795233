//! Rows and columns, a page at a time.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use super::{
    columns::{self, Layout},
    hints::Hint,
    number::{count, thousands},
    state::State,
    text::{put, put_right, row, split},
};
use crate::tui::words::widgets as say;
use crate::tui::{keymap::Command, look::Look};

pub use super::columns::Column;

/// The cells of one row, in the order of the columns.
pub type Row = Vec<Cow<'static, str>>;

/// By which column rows are in order. Whoever fetches them sorts them; a table only shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub column: usize,
    pub is_descending: bool,
}

/// Where the rows at hand stand among all that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Rows on the pages before.
    pub before: usize,
    /// Rows in all, where that is known.
    pub total: Option<u64>,
    pub has_more: bool,
}

/// A list with a header, of which one row is selected.
///
/// It turns pages and does not scroll: over a slow line a page costs one repaint, not one for every
/// row, and where a row stands depends on nothing but the selection and the height.
pub struct Table {
    columns: &'static [Column],
    /// Columns that somebody does not want to see.
    hidden: BTreeSet<usize>,
    /// Columns that are scrolled away, besides the first, which says what the row is about.
    scrolled: usize,
    /// `None` while they are being fetched.
    rows: Option<Vec<Row>>,
    selected: usize,
    marks: BTreeSet<usize>,
    /// Whether there is room before the rows for marks, which may all be on other pages.
    has_marks: bool,
    sort: Option<Sort>,
    /// Where the rows of each group begin, and what it is called.
    sections: Vec<(usize, &'static str)>,
    extent: Extent,
    empty: &'static str,
    /// The way on from an empty table.
    empty_hints: &'static [Hint<'static>],
}

/// Stands before the selected row, for eyes and terminals that do not see the reversed colours.
const SELECTED: &str = "›";
/// Stands before a marked row.
const MARKED: &str = "✓";
/// Columns at the end of the header for the sign that there are more, with a blank before it.
const SIGN: u16 = 2;
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
        Self {
            columns,
            hidden: BTreeSet::new(),
            scrolled: 0,
            rows: None,
            selected: 0,
            marks: BTreeSet::new(),
            has_marks: false,
            sort: None,
            sections: Vec::new(),
            extent: Extent { before: 0, total: None, has_more: false },
            empty,
            empty_hints: &[],
        }
    }

    /// The way on that it offers when it turns out to have no rows.
    pub fn set_empty_hints(&mut self, hints: &'static [Hint<'static>]) {
        self.empty_hints = hints;
    }

    /// What it says when it turns out to have no rows, from now on.
    pub fn set_empty(&mut self, words: &'static str) {
        self.empty = words;
    }

    /// Shows these rows; the selection stays on its line, or on the last one. None of them is marked.
    pub fn set_rows(&mut self, rows: Vec<Row>) {
        self.rows = Some(rows);
        self.marks.clear();
        self.select(self.selected);
    }

    /// Puts headings between the rows: each stands before the row with that number, and again at the top of
    /// a page that its group goes on to.
    pub fn set_sections(&mut self, sections: Vec<(usize, &'static str)>) {
        self.sections = sections;
    }

    /// Forgets the rows and says that they are on their way.
    pub fn set_loading(&mut self) {
        self.rows = None;
        self.marks.clear();
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

    /// Selects the row that was clicked; true if it already was, which asks to open it.
    pub fn click(&mut self, index: usize) -> bool {
        if index >= self.rows().len() {
            return false;
        }
        let was_selected = self.selected == index;
        self.select(index);
        was_selected
    }

    pub fn go(&mut self, motion: Motion) {
        self.select(motion.apply(self.selected));
    }

    /// Marks these rows of those at hand and no others. `has_marks` makes room for marks also where
    /// those that are marked are not at hand, so that turning pages moves nothing.
    pub fn set_marks(&mut self, marks: BTreeSet<usize>, has_marks: bool) {
        self.has_marks = has_marks || !marks.is_empty();
        self.marks = marks;
    }

    pub fn sort(&self) -> Option<Sort> {
        self.sort
    }

    /// The order that the headings show.
    pub fn set_sort(&mut self, sort: Option<Sort>) {
        self.sort = sort;
    }

    /// Whether rows can be had in the order of this column.
    pub fn is_sortable(&self, column: usize) -> bool {
        self.columns.get(column).is_some_and(|column| column.is_sortable)
    }

    /// Where these rows stand among all, for the line that tells the place.
    pub fn set_extent(&mut self, extent: Extent) {
        self.extent = extent;
    }

    pub fn columns(&self) -> &'static [Column] {
        self.columns
    }

    /// Columns that are hidden by choice, counted from 0.
    pub fn hidden(&self) -> &BTreeSet<usize> {
        &self.hidden
    }

    /// Hides these columns, but never the first, which says what the row is about.
    pub fn set_hidden(&mut self, hidden: BTreeSet<usize>) {
        self.hidden = hidden;
        self.hidden.remove(&0);
        self.scrolled = 0;
    }

    /// Hides a column, or shows it again.
    pub fn toggle_column(&mut self, index: usize) {
        if !self.hidden.remove(&index) && index > 0 && index < self.columns.len() {
            self.hidden.insert(index);
        }
        self.scrolled = 0;
    }

    /// Shows columns further to the right, or with a negative number to the left, if not all fit.
    pub fn scroll_columns(&mut self, by: isize) {
        let visible = self.columns.len() - self.hidden.len().min(self.columns.len());
        self.scrolled = self.scrolled.saturating_add_signed(by).min(visible.saturating_sub(1));
    }

    /// Draws the header and the page with the selection; its last line tells the place if there are more.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let place = self.place(area.height);
        let foot = u16::from(!place.is_empty() && area.height > 2);
        self.draw_rows(frame, Rect { height: area.height - foot, ..area }, look);
        if foot > 0 {
            let place = self.place(area.height - foot);
            put_right(frame.buffer_mut(), row(area, area.height - foot), &place, look.muted);
        }
    }

    /// Which rows so many lines with a header show, and of how many: `51–100 of 1 234`. Empty if
    /// these are all that there are.
    pub fn place(&self, lines: u16) -> String {
        let rows = self.rows().len();
        let shown = self.page(lines.saturating_sub(1).into());
        let Extent { before, total, has_more } = self.extent;
        if rows == 0 || (shown.len() == rows && before == 0 && !has_more) {
            return String::new();
        }
        let known = before.saturating_add(rows);
        let total = match total {
            Some(total) => thousands(total),
            None if has_more && shown.end == rows => return say::and_more(before + shown.start + 1, known),
            None if has_more => say::at_least(known),
            None => count(known),
        };
        let first = before.saturating_add(shown.start + 1);
        say::place(first, before.saturating_add(shown.end), &total)
    }

    /// Draws the header and the page with the selection, and not the place.
    pub fn draw_rows(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let (gutter, cells_area) = split(area, self.gutter());
        let layout = columns::lay_out(self.columns, &self.hidden, self.scrolled, cells_area);
        self.draw_header(frame.buffer_mut(), gutter, area, &layout, look);
        let state = match &self.rows {
            None => State::Loading,
            Some(rows) if rows.is_empty() => State::Empty { words: self.empty, hints: self.empty_hints },
            Some(_) => return self.draw_page(frame.buffer_mut(), area, &layout, look),
        };
        state.draw(frame, below(area), look);
    }

    /// Columns before the cells: what is selected, what is marked if anything is, and a blank.
    fn gutter(&self) -> u16 {
        if self.has_marks { 3 } else { 2 }
    }

    fn draw_header(&self, buffer: &mut Buffer, gutter: Rect, area: Rect, layout: &Layout, look: &Look) {
        let header = row(area, 0);
        let (headings, _) = split(header, header.width - if layout.hides_right { SIGN } else { 0 });
        for (index, (column, place)) in self.columns.iter().zip(&layout.places).enumerate() {
            let place = row(*place, 0).intersection(headings);
            let arrow = match self.sort {
                Some(Sort { column, is_descending }) if column == index => {
                    if is_descending {
                        " ▼"
                    } else {
                        " ▲"
                    }
                }
                _ => "",
            };
            put_cell(buffer, place, &format!("{}{arrow}", column.title), column.is_right, look.title);
            if column.is_sortable {
                look.clickable(place, Command::Sort(index));
            }
        }
        if layout.hides_left {
            put(buffer, row(gutter, 0), "‹", look.key_hint);
            look.clickable(row(gutter, 0), Command::Sideways(-1));
        }
        if layout.hides_right {
            let (_, sign) = split(header, header.width.saturating_sub(SIGN));
            put_right(buffer, sign, "›", look.key_hint);
            look.clickable(sign, Command::Sideways(1));
        }
    }

    fn draw_page(&self, buffer: &mut Buffer, area: Rect, layout: &Layout, look: &Look) {
        let lines = usize::from(area.height.saturating_sub(1));
        let page = self.page(lines);
        let mut line = 0;
        for index in page.clone() {
            line += 1;
            if let Some(title) = self.heading(index, page.start).filter(|_| lines > 1) {
                put(buffer, row(area, line), title, look.accent);
                line += 1;
            }
            let whole = row(area, line);
            look.clickable(whole, Command::Select(index));
            let (at, rest) = split(whole, 1);
            if self.marks.contains(&index) {
                put(buffer, rest, MARKED, look.accent);
            }
            let style = if index == self.selected {
                put(buffer, at, SELECTED, Style::new());
                buffer.set_style(whole, look.selected);
                look.value.patch(look.selected)
            } else {
                look.value
            };
            let cells = self.rows().get(index).into_iter().flatten();
            for ((cell, column), place) in cells.zip(self.columns).zip(&layout.places) {
                put_cell(buffer, row(*place, line), cell, column.is_right, style);
            }
        }
    }
}

impl Table {
    /// The rows to show in so many lines: the page with the selection.
    fn page(&self, lines: usize) -> Range<usize> {
        let count = self.rows().len();
        if self.sections.is_empty() {
            return page(self.selected, count, lines);
        }
        let mut start = 0;
        loop {
            let end = self.page_from(start, lines);
            if self.selected < end || end >= count {
                return start..end.min(count);
            }
            start = end;
        }
    }

    /// Where a page ends that begins here; it has one row at least.
    fn page_from(&self, start: usize, lines: usize) -> usize {
        let mut room = lines;
        let mut end = start;
        while end < self.rows().len() {
            let needed = 1 + usize::from(self.heading(end, start).is_some());
            if needed > room && end > start {
                break;
            }
            room = room.saturating_sub(needed);
            end += 1;
        }
        end.max(start + 1)
    }

    /// The heading before a row on a page that begins at `start`.
    fn heading(&self, index: usize, start: usize) -> Option<&'static str> {
        let (first, title) = self.sections.iter().rev().find(|(first, _)| *first <= index)?;
        (*first == index || index == start).then_some(*title)
    }
}

/// The rows to show in so many lines.
fn page(selected: usize, count: usize, lines: usize) -> Range<usize> {
    let start = selected.checked_div(lines).map_or(0, |page| page * lines);
    start..(start + lines).min(count)
}

/// Everything but the header.
fn below(area: Rect) -> Rect {
    let height = area.height.saturating_sub(1);
    Rect { y: area.y.saturating_add(area.height - height), height, ..area }
}

fn put_cell(buffer: &mut Buffer, area: Rect, text: &str, is_right: bool, style: Style) {
    if is_right {
        put_right(buffer, area, text, style);
    } else {
        put(buffer, area, text, style);
    }
}
