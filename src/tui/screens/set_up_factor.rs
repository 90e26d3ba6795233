//! Set up a second factor: the only screen until there is one, where the rules demand it.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::domain::secret::Secret;
use crate::tui::keymap::Command;
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Screen, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::state::State;
use crate::tui::words;
use crate::tui::words::second_factor as say;

use super::account::factor::{Answer, Done, FactorAsk, Order};

pub struct SetUpFactor {
    ask: Option<FactorAsk>,
    /// Why there is no seed.
    failed: Option<DalError>,
}

pub enum Msg {
    Came(Box<Result<Done, DalError>>),
}

impl SetUpFactor {
    fn carry_out(order: Order, cx: &Context) -> Load<Msg> {
        cx.load(|session| order.carry_out(session), |came| Msg::Came(Box::new(came)))
    }

    /// The password was typed a moment ago: it is not asked for again.
    fn begin(cx: &Context) -> Load<Msg> {
        Self::carry_out(Order::Begin(Secret::new(String::new())), cx)
    }
}

impl Screen for SetUpFactor {
    type Msg = Msg;

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        (Self { ask: None, failed: None }, vec![Self::begin(cx)])
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match (command, &mut self.ask) {
            (Command::Text(input), Some(ask)) => match ask.take(&input) {
                Answer::None => {}
                Answer::Send(order) => return (Step::Stay, vec![Self::carry_out(order, cx)]),
                Answer::Step(step) => return (step, Vec::new()),
                Answer::Over => {
                    self.ask = None;
                    // The claims ask for nothing any more: what they allow now is drawn next.
                    return (Step::Refresh, Vec::new());
                }
            },
            (Command::Back, Some(ask)) if ask.shows_once() => {
                self.ask = None;
                return (Step::Refresh, Vec::new());
            }
            // A seed that is shown stays: somebody may have scanned it.
            (Command::Refresh, None) => return (Step::Stay, vec![Self::begin(cx)]),
            _ => {}
        }
        (Step::Stay, Vec::new())
    }

    fn update(&mut self, Msg::Came(came): Msg, _cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let step = match (*came, &mut self.ask) {
            (Ok(Done::Begun(enrolment)), None) => {
                self.failed = None;
                self.ask = Some(FactorAsk::begun(enrolment));
                Step::Stay
            }
            (Ok(Done::Codes(codes, told)), _) => {
                self.ask = Some(FactorAsk::codes(codes, told));
                Step::Stay
            }
            (Ok(Done::Begun(_) | Done::Removed), _) => Step::Stay,
            // It was set up in another session meanwhile, or is demanded no more.
            (Err(DalError::Conflict { .. }), None) => Step::Refresh,
            (Err(error), Some(ask)) => ask.refused(&error).map_or(Step::Stay, Step::Tell),
            (Err(error), None) => {
                let notice = Notice::from(&error);
                self.failed = Some(error);
                Step::Tell(notice)
            }
        };
        (step, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match (&self.ask, &self.failed) {
            (Some(ask), _) => ask.draw(frame, area, say::HAS_TO, &cx.look),
            (None, Some(error)) => State::of(error).draw(frame, area, &cx.look),
            (None, None) => State::Loading.draw(frame, area, &cx.look),
        }
    }

    fn knows(&self, command: &Command) -> bool {
        self.ask.is_none() && *command == Command::Refresh
    }

    fn needs_room(&self) -> bool {
        self.ask.as_ref().is_some_and(FactorAsk::is_a_page)
    }

    fn is_changed(&self) -> bool {
        self.ask.as_ref().is_some_and(FactorAsk::is_changed)
    }

    fn shows_once(&self) -> bool {
        self.ask.as_ref().is_some_and(FactorAsk::shows_once)
    }

    fn takes_text(&self) -> bool {
        self.ask.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        self.ask.as_ref().and_then(FactorAsk::field)
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        match &self.ask {
            Some(ask) => ask.hints(),
            None => vec![words::READ_AGAIN],
        }
    }
}
