//! What each role permits, at a glance: a row for each permission, a column for each role.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dal::roles::RoleRow;
use crate::domain::role::Permission;
use crate::tui::keymap::Command;
use crate::tui::look::Look;
use crate::tui::widgets::table::Motion;
use crate::tui::widgets::text::{cells, columns, put, put_right, row};
use crate::tui::words;
use crate::tui::words::roles as say;

/// Where one is in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Matrix {
    /// The selected permission, counted from 0.
    selected: usize,
    /// Roles that are scrolled away.
    scrolled: usize,
}

/// Stands before the selected row, as in every list.
const SELECTED: &str = "›";
/// Columns before the cells.
const GUTTER: u16 = 2;
/// Blank columns between two columns.
const GAP: u16 = 2;

impl Matrix {
    pub fn permission(&self) -> Option<Permission> {
        Permission::ALL.get(self.selected).copied()
    }

    pub fn go(&mut self, motion: Motion) {
        self.select(motion.apply(self.selected));
    }

    fn select(&mut self, index: usize) {
        self.selected = index.min(Permission::ALL.len().saturating_sub(1));
    }

    /// Selects the row that was clicked; true if it already was, which asks to open it.
    pub fn click(&mut self, index: usize) -> bool {
        let was_selected = self.selected == index;
        self.select(index);
        was_selected
    }

    /// Shows roles further to the right, or with a negative number to the left.
    pub fn sideways(&mut self, by: isize, roles: usize) {
        self.scrolled = self.scrolled.saturating_add_signed(by).min(roles.saturating_sub(1));
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, roles: &[RoleRow], look: &Look) {
        let area = area.intersection(frame.area());
        let is_cut = usize::from(area.height) <= Permission::ALL.len();
        let foot = u16::from(is_cut && area.height > 2);
        let place = row(area, area.height - foot);
        let area = Rect { height: area.height - foot, ..area };
        let places = self.places(area, roles);
        let buffer = frame.buffer_mut();
        self.draw_header(buffer, area, roles, &places, look);
        let lines: usize = area.height.saturating_sub(1).into();
        let first = self.selected.checked_div(lines).map_or(0, |page| page * lines);
        if foot > 0 {
            let last = (first + lines).min(Permission::ALL.len());
            let words = words::widgets::some_of(first + 1, last, Permission::ALL.len());
            put_right(buffer, place, &words, look.muted);
        }
        let shown = Permission::ALL.iter().enumerate().skip(first).take(lines);
        for (line, (index, permission)) in (1..).zip(shown) {
            let whole = row(area, line);
            look.clickable(whole, Command::Select(index));
            let style = if index == self.selected {
                put(buffer, whole, SELECTED, Style::new());
                buffer.set_style(whole, look.selected);
                look.value.patch(look.selected)
            } else {
                look.value
            };
            put(buffer, right_of(whole, GUTTER), permission.name(), style);
            let given = places.iter().filter(|(index, ..)| {
                roles.get(*index).is_some_and(|role| role.permissions.has(*permission))
            });
            for (_, x, width) in given {
                put(buffer, Rect { x: *x, width: *width, ..whole }, say::YES, style);
            }
        }
    }

    fn draw_header(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        roles: &[RoleRow],
        places: &[(usize, u16, u16)],
        look: &Look,
    ) {
        let header = row(area, 0);
        put(buffer, right_of(header, GUTTER), words::PERMISSION, look.title);
        for (index, x, width) in places {
            let place = Rect { x: *x, width: *width, ..header };
            put(buffer, place, roles.get(*index).map_or("", |role| role.name.as_str()), look.title);
            look.clickable(place, Command::Sort(*index));
        }
        if self.scrolled > 0 {
            let place = Rect { width: 1.min(header.width), ..header };
            put(buffer, place, "‹", look.key_hint);
            look.clickable(place, Command::Sideways(-1));
        }
        if places.last().is_some_and(|(last, ..)| last + 1 < roles.len()) {
            let place = right_of(header, header.width.saturating_sub(1));
            put(buffer, place, "›", look.key_hint);
            look.clickable(place, Command::Sideways(1));
        }
    }

    /// The roles that fit, each with where its column begins and how wide it is; at least one.
    fn places(&self, area: Rect, roles: &[RoleRow]) -> Vec<(usize, u16, u16)> {
        let labels = Permission::ALL.iter().map(|permission| cells(columns(permission.name())));
        let label = labels.max().unwrap_or(0).max(cells(columns(words::PERMISSION)));
        let mut x = area.x.saturating_add(GUTTER).saturating_add(label).saturating_add(GAP);
        // The last column is for the sign that there are more.
        let end = area.right().saturating_sub(GAP);
        let mut places = Vec::new();
        for (index, role) in roles.iter().enumerate().skip(self.scrolled) {
            let width = cells(columns(role.name.as_str())).max(cells(say::YES.len()));
            if x.saturating_add(width) > end {
                if places.is_empty() && x < end {
                    places.push((index, x, end - x));
                }
                break;
            }
            places.push((index, x, width));
            x = x.saturating_add(width).saturating_add(GAP);
        }
        places
    }
}

/// What of an area is right of its first columns.
fn right_of(area: Rect, by: u16) -> Rect {
    let by = by.min(area.width);
    Rect { x: area.x.saturating_add(by), width: area.width - by, ..area }
}
