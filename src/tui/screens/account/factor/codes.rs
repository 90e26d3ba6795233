//! The recovery codes, shown once.

use ratatui::Frame;
use ratatui::layout::Rect;
use zeroize::Zeroizing;

use crate::domain::secret::Secret;
use crate::tui::input::Input;
use crate::tui::keymap::{self, Command};
use crate::tui::look::{Grain, Look};
use crate::tui::screen::Step;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::words;
use crate::tui::words::second_factor as say;

/// Two codes beside each other, the blanks between them, and what is around them in a box.
const TWO_BESIDE: u16 = 29 + 3 + 29 + 4;

pub struct Codes {
    all: Vec<Secret>,
    /// Lines that are scrolled away.
    above: usize,
    /// What there is to say once they are kept.
    pub told: &'static str,
}

/// Whether somebody has said so.
pub enum Kept {
    NotYet(Step),
    Yes,
}

impl Codes {
    pub const fn new(all: Vec<Secret>, told: &'static str) -> Self {
        Self { all, above: 0, told }
    }

    pub fn take(&mut self, input: &Input) -> Kept {
        match keymap::command(input, &[]) {
            Some(Command::Open) => return Kept::Yes,
            Some(Command::Copy) => return Kept::NotYet(Step::copy(say::THE_CODES, &self.lines(1, "\n"))),
            Some(Command::Move(motion)) => self.above = motion.apply(self.above),
            _ => {}
        }
        Kept::NotYet(Step::Stay)
    }

    /// So many of them in a line.
    fn lines(&self, beside: usize, end: &str) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64 * self.all.len()));
        for (place, code) in self.all.iter().enumerate() {
            let between = if place % beside == 0 { end } else { "   " };
            text.push_str(if place == 0 { "" } else { between });
            text.push_str(code.expose());
        }
        text
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let is_read = look.grain == Grain::Words;
        let beside = if area.width >= TWO_BESIDE && !is_read { 2 } else { 1 };
        let codes = self.lines(beside, "\n");
        let told_first = Zeroizing::new(format!("{}\n\n{}", say::CODES_MEAN, *codes));
        let hints = [say::HAVE_KEPT, words::COPY];
        let whole =
            Dialog { title: say::RECOVERY_CODES, body: &told_first, hints: &hints, ..Dialog::default() };
        if !is_read && whole.hidden(area) == 0 {
            return whole.draw(frame, area, look);
        }
        // The codes come first where one has to scroll, and where they are read aloud.
        let body = Zeroizing::new(format!("{}\n\n{}", *codes, say::CODES_MEAN));
        let hidden = Dialog { body: &body, ..whole }.hidden(area);
        let scrolled = [say::HAVE_KEPT, words::SCROLL, words::COPY];
        let hints = if hidden > 0 { &scrolled[..] } else { &hints };
        Dialog { body: &body, above: self.above.min(hidden), hints, ..whole }.draw(frame, area, look);
    }
}
