//! Work that takes a while: how far it is, how fast, and how much longer.

use std::time::Duration;

use ratatui::{Frame, layout::Rect, style::Style};

use super::{
    dialog::Dialog,
    gauge::filled,
    hints::{self, Hint},
    text::{cells, columns, put, row, split},
};
use crate::tui::words::widgets as say;
use crate::tui::{look::Look, words};

/// One piece of long work, as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub title: String,
    pub done: u64,
    pub total: u64,
    /// How many are done in a second; 0 as long as that is not known.
    pub rate: u64,
    pub left: Option<Duration>,
    pub state: Stage,
}

/// Whether work goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    Running,
    /// Told to stop; what has begun is finished first.
    Stopping,
    Finished,
    Cancelled,
    /// It broke off, in a sentence.
    Failed(String),
}

const CANCEL: &[Hint<'_>] = &[say::STOP, say::LEAVE_RUNNING];
const LEAVE: &[Hint<'_>] = &[words::BACK];

/// Columns of the bar in a box, and of the one in a line.
const WIDE: usize = 40;
const NARROW: usize = 6;
/// Blank columns between the parts of a line.
const GAP: u16 = 2;

impl Progress {
    /// Draws it in a box over the screen.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let bar = filled(self.done, self.total, WIDE.min(usize::from(area.width.saturating_sub(4))));
        let body = format!("{bar}\n{}", self.words().join("  "));
        let hints = if self.is_running() { CANCEL } else { LEAVE };
        Dialog { title: &self.title, body: &body, hints, ..Dialog::default() }.draw(frame, area, look);
    }

    /// Draws it in one line: `ends sessions  ▇▇▇▇▁▁  340 of 1 000  52/s  13 s left`. Where room is
    /// short the last parts are left out, and the title is cut.
    pub fn draw_line(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = row(area.intersection(frame.area()), 0);
        let bar = filled(self.done, self.total, NARROW);
        let parts = self.words();
        let counted = parts.iter().take(1).chain([&bar]).map(|part| cells(columns(part)) + GAP).sum();
        let (head, rest) = split(area, cells(columns(&self.title)).min(area.width.saturating_sub(counted)));
        let buffer = frame.buffer_mut();
        let used = put(buffer, head, &self.title, look.value);
        let (_, mut rest) = split(rest, if used == 0 { 0 } else { GAP });
        for (part, style) in
            [(&bar, self.style(look))].into_iter().chain(parts.iter().map(|part| (part, look.value)))
        {
            if columns(part) > rest.width.into() {
                return;
            }
            let used = put(buffer, rest, part, style);
            (_, rest) = split(rest, used.saturating_add(GAP));
        }
        if self.is_running() {
            let cancel = CANCEL.get(..1).unwrap_or_default();
            if hints::width(cancel) <= rest.width.into() {
                hints::draw(buffer, rest, cancel, look);
            }
        }
    }

    fn is_running(&self) -> bool {
        self.state == Stage::Running
    }

    /// How far, and then how fast and how long or how it ended.
    fn words(&self) -> Vec<String> {
        let mut words = vec![say::of(self.done, self.total)];
        match &self.state {
            Stage::Running => {
                words.extend((self.rate > 0).then(|| say::per_second(self.rate)));
                words.extend(self.left.map(|left| say::left(&span(left))));
            }
            Stage::Stopping => words.push(say::STOPPING.to_owned()),
            Stage::Finished => words.push(say::FINISHED.to_owned()),
            Stage::Cancelled => words.push(say::CANCELLED.to_owned()),
            Stage::Failed(why) => words.push(why.clone()),
        }
        words
    }

    fn style(&self, look: &Look) -> Style {
        match self.state {
            Stage::Running | Stage::Stopping => look.accent,
            Stage::Finished => look.success,
            Stage::Cancelled => look.muted,
            Stage::Failed(_) => look.danger,
        }
    }
}

/// `13 s`, `4 min`, `2 h`: never less than is left.
fn span(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => say::seconds(seconds),
        seconds @ 60..3_600 => say::minutes(seconds.div_ceil(60)),
        seconds => say::hours(seconds.div_ceil(3_600)),
    }
}
