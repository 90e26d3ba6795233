//! Which columns of a table are seen: a box with check marks.

use ratatui::{Frame, layout::Rect};

use super::{
    dialog::Dialog,
    table::{Column, Motion, Table},
    text::row,
};
use crate::tui::words::widgets as say;
use crate::tui::{keymap::Command, look::Look, words};

/// The box while it is open. It changes the table that it is about at once.
#[derive(Debug, Default)]
pub struct Chooser {
    at: usize,
}

const HINTS: &[(&str, &str)] = &[say::SHOW_OR_HIDE, words::BACK];

impl Chooser {
    /// Follows a key or a click; false if it means nothing here.
    pub fn follow(&mut self, command: &Command, table: &mut Table) -> bool {
        match command {
            Command::Move(motion) => self.go(*motion, table),
            Command::Open => table.toggle_column(self.at),
            Command::Select(index) => {
                self.at = *index;
                table.toggle_column(self.at);
            }
            _ => return false,
        }
        true
    }

    fn go(&mut self, motion: Motion, table: &Table) {
        self.at = motion.apply(self.at).min(table.columns().len().saturating_sub(1));
    }

    /// Draws `› ✓ Name` for each column in a box over the area. The first column always stays.
    pub fn draw(&self, frame: &mut Frame, area: Rect, table: &Table, look: &Look) {
        let body = self.lines(table).join("\n");
        let dialog = Dialog { title: say::COLUMNS, body: &body, hints: HINTS, ..Dialog::default() };
        let lines = dialog.body_area(area.intersection(frame.area()));
        let above = (self.at + 1).saturating_sub(lines.height.into());
        Dialog { above, ..dialog }.draw(frame, area, look);
        for (line, index) in (0..lines.height).zip(above..table.columns().len()) {
            look.clickable(row(lines, line), Command::Select(index));
            if index == self.at {
                frame.buffer_mut().set_style(row(lines, line), look.selected);
            }
        }
    }

    fn lines(&self, table: &Table) -> Vec<String> {
        let line = |(index, column): (usize, &Column)| {
            let at = if index == self.at { "›" } else { " " };
            let check = if table.hidden().contains(&index) { " " } else { "✓" };
            format!("{at} {check} {}", column.title)
        };
        table.columns().iter().enumerate().map(line).collect()
    }
}
