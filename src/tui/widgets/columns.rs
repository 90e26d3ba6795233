//! The columns of a table: how much room each asks for, and which are seen when not all fit.

use std::collections::BTreeSet;

use ratatui::layout::Rect;

use super::text::{cells, columns as width, split};

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
    /// Whether its heading can be clicked, to have the rows in its order.
    pub is_sortable: bool,
    /// Whether its cells stand at the right, as numbers do.
    pub is_right: bool,
}

impl Column {
    /// A column that keeps this width and goes last.
    pub const fn new(title: &'static str, min: u16) -> Self {
        Self { title, min, weight: 0, priority: 0, is_sortable: false, is_right: false }
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

    /// The same with a heading that can be clicked.
    #[must_use]
    pub const fn sortable(self) -> Self {
        Self { is_sortable: true, ..self }
    }

    /// The same with its cells at the right.
    #[must_use]
    pub const fn right(self) -> Self {
        Self { is_right: true, ..self }
    }

    /// The room that it needs, with the arrow behind the heading that says in which order rows are.
    fn room(&self) -> u16 {
        if self.is_sortable { self.min.max(cells(width(self.title) + 2)) } else { self.min }
    }
}

/// Blank columns between two columns.
const GAP: u16 = 2;
/// Below this a table has no room for signs that there are more columns.
const MIN_SIGNED: u16 = 12;

/// Where each column stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// One for each column; those that are not seen have no width.
    pub(super) places: Vec<Rect>,
    pub(super) hides_left: bool,
    pub(super) hides_right: bool,
}

/// Lays out the columns that somebody wants to see. As many as fit of them are seen: the most
/// important, or once it is scrolled the first one and those from there on.
pub(super) fn lay_out(columns: &[Column], hidden: &BTreeSet<usize>, scrolled: usize, area: Rect) -> Layout {
    let wanted: Vec<(usize, &Column)> =
        columns.iter().enumerate().filter(|(index, _)| !hidden.contains(index)).collect();
    let seen = by_priority(&wanted, area.width);
    if seen.len() == wanted.len() {
        return Layout { places: place(columns, &seen, area), hides_left: false, hides_right: false };
    }
    let is_signed = area.width >= MIN_SIGNED;
    let (seen, first) = match scrolled {
        0 => (seen, 0),
        scrolled => window(&wanted, scrolled, area.width),
    };
    let last = wanted.last().is_some_and(|(index, _)| seen.contains(index));
    Layout {
        places: place(columns, &seen, area),
        hides_left: is_signed && first > 1,
        hides_right: is_signed && (first == 0 || !last),
    }
}

/// The columns that fit, at least one, the most important first.
fn by_priority(wanted: &[(usize, &Column)], room: u16) -> Vec<usize> {
    let mut ranked = wanted.to_vec();
    ranked.sort_by_key(|(_, column)| column.priority);
    fitting(ranked, room)
}

/// The first column and as many as fit from column `from` on; and where that really is, because
/// nothing scrolls further than to the end.
fn window(wanted: &[(usize, &Column)], from: usize, room: u16) -> (Vec<usize>, usize) {
    let mut seen = Vec::new();
    for from in 1..=from {
        let head = wanted.iter().take(1);
        seen = fitting(head.chain(wanted.iter().skip(from)).copied().collect(), room);
        if wanted.last().is_none_or(|(last, _)| seen.contains(last)) {
            return (seen, from);
        }
    }
    (seen, from)
}

/// As many columns as fit in this order, at least one.
fn fitting(ranked: Vec<(usize, &Column)>, room: u16) -> Vec<usize> {
    let (mut fitting, mut needed) = (Vec::new(), 0_u16);
    for (index, column) in ranked {
        let gap = if fitting.is_empty() { 0 } else { GAP };
        let more = needed.saturating_add(gap).saturating_add(column.room());
        if more > room && !fitting.is_empty() {
            break;
        }
        needed = more;
        fitting.push(index);
    }
    fitting
}

/// Places for the columns that are seen, with what is left over shared out.
fn place(columns: &[Column], seen: &[usize], area: Rect) -> Vec<Rect> {
    let chosen =
        || columns.iter().enumerate().filter(|(index, _)| seen.contains(index)).map(|(_, column)| column);
    let gaps = GAP.saturating_mul(cells(seen.len().saturating_sub(1)));
    let needed = chosen().fold(gaps, |needed, column| needed.saturating_add(column.room()));
    let weights: u32 = chosen().map(|column| u32::from(column.weight)).sum();
    let spare = u32::from(area.width.saturating_sub(needed));
    let mut rest = area;
    let mut place = |(index, column): (usize, &Column)| {
        if !seen.contains(&index) {
            return Rect { width: 0, ..rest };
        }
        let more = (spare * u32::from(column.weight)).checked_div(weights).unwrap_or(0);
        let more = u16::try_from(more).unwrap_or(0);
        let (place, right) = split(rest, column.room().saturating_add(more));
        (_, rest) = split(right, GAP);
        place
    };
    columns.iter().enumerate().map(&mut place).collect()
}
