//! What became of each of those that work in the background was done to, over whatever screen.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::input::Input;
use crate::tui::keymap::{self, Command};
use crate::tui::look::Look;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::words;
use crate::tui::words::frame as say;
use crate::tui::work::Ended;

use super::App;
use super::overlay::Overlay;

/// Rows of the box besides the lines: borders, what is said above them, hints, and the blanks between.
const AROUND: u16 = 6;

/// Lines of the largest box.
const MAX_LINES: u16 = 24;

impl App {
    pub(super) fn open_report(&mut self) {
        if !self.works.ended().is_empty() {
            self.overlay = Some(Overlay::Report(0, 0));
        }
    }

    /// Takes a key for the report that is open.
    pub(super) fn take_report(&mut self, input: &Input, which: usize, above: usize) {
        let last = self.works.ended().len().saturating_sub(1);
        let (which, above) = match keymap::command(input, &[]) {
            Some(Command::Move(motion)) => (which, motion.apply(above)),
            Some(Command::NextPage) => (which.saturating_sub(1), 0),
            Some(Command::PreviousPage) => (which.saturating_add(1).min(last), 0),
            Some(Command::Copy) => {
                if let Some(ended) = self.works.ended().iter().nth_back(which) {
                    let value = crate::domain::secret::Secret::new(ended.text());
                    self.to_copy = Some((say::THE_REPORT.to_owned(), value));
                }
                (which, above)
            }
            _ => {
                self.overlay = None;
                return;
            }
        };
        self.overlay = Some(Overlay::Report(which, above));
    }
}

/// Draws as much of it as fits; answers how many lines really are above.
pub(super) fn draw(frame: &mut Frame, area: Rect, ended: &Ended, above: usize, look: &Look) -> usize {
    let room = usize::from(area.height.saturating_sub(AROUND).clamp(1, MAX_LINES));
    let above = above.min(ended.fates.len().saturating_sub(room));
    let width = usize::from(area.width.saturating_sub(SIDES)).min(COLUMNS);
    let shown: Vec<String> =
        ended.fates.iter().skip(above).take(room).map(|fate| cut(&fate.line(), width)).collect();
    let place = if ended.fates.len() > room {
        let last = above + shown.len();
        say::place_in_report(above + 1, last, ended.fates.len())
    } else {
        String::new()
    };
    let body = format!("{}{place}\n\n{}", ended.summary(), shown.join("\n"));
    let hints = [words::SCROLL, words::COPY, words::BACK];
    let dialog = Dialog { title: &ended.title, body: &body, hints: &hints, ..Dialog::default() };
    dialog.draw(frame, area, look);
    above
}

/// Columns of the longest line, and those beside it: borders, air, and the blanks around the box.
const COLUMNS: usize = 64;
const SIDES: u16 = 6;

/// One line stays one line.
fn cut(line: &str, columns: usize) -> String {
    if line.chars().count() <= columns {
        return line.to_owned();
    }
    line.chars().take(columns.saturating_sub(1)).chain(['…']).collect()
}
