//! Set up a second factor: the only screen until there is one, where the rules demand it.
//!
//! To be filled. What belongs here:
//!
//! - `verified.second_factor().begin(Secret::new(String::new()))`: here the password is not asked for again.
//! - The QR code of `enrolment.uri()` with `enrolment.secret()` beside it, and a field for the first code.
//! - `verified.second_factor().confirm(enrolment, code)`; `Invalid` for the field `code` stands beside it.
//! - The recovery codes that come back, shown once, until somebody says that they are kept.
//! - Then [`Step::Refresh`]: the claims ask for nothing any more, and what they allow now is drawn next.
//!
//! The same on the Account screen, where `begin` is given the password.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::tui::keymap::Command;
use crate::tui::screen::{Context, Load, Screen, Step};
use crate::tui::widgets::state::State;
use crate::tui::words::frame as say;

pub struct SetUpFactor;

pub enum Msg {}

impl Screen for SetUpFactor {
    type Msg = Msg;

    fn open(_cx: &Context) -> (Self, Vec<Load<Msg>>) {
        (Self, Vec::new())
    }

    fn command(&mut self, _command: Command, _cx: &Context) -> (Step, Vec<Load<Msg>>) {
        (Step::Stay, Vec::new())
    }

    fn update(&mut self, msg: Msg, _cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {}
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        State::Empty { words: say::SET_UP_FACTOR, hints: &[] }.draw(frame, area, &cx.look);
    }

    fn knows(&self, _command: &Command) -> bool {
        false
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}
