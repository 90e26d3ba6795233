//! Sessions: one's own, live and over, and everybody's that are live. One screen in three editions.
//!
//! All refresh by themselves while they are looked at.

mod ask;
mod detail;
mod editions;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::dal::sessions::{Order, SessionRow};
use crate::domain::id::Handle;
use crate::tui::input::Input;
use crate::tui::keymap::{About, Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::words;
use crate::tui::words::sessions as say;

use super::browse::{Browse, Detail};
use super::list::{Keyed, List};
use ask::{Answer, Ask};
use editions::{Edition, Listed};

pub use editions::{Everybodys, Mine, Surplus};

/// Characters of a filter: an IPv6 address has 39.
const FILTER_CHARS: usize = 40;

pub struct Sessions<E> {
    list: List<SessionRow>,
    detail: Option<Detail<SessionRow>>,
    ask: Option<Ask>,
    edition: std::marker::PhantomData<E>,
}

impl Keyed for SessionRow {
    type Key = Handle;

    fn key(&self) -> &Handle {
        &self.handle
    }
}

pub enum Msg {
    Listed(u64, Result<Listed, DalError>),
    Got(Result<Box<SessionRow>, DalError>),
    /// What was done, in words.
    Answered(Result<String, DalError>),
}

impl<E: Edition> Sessions<E> {
    /// The order that the headings say.
    fn order(&self) -> Order {
        let asked = self.list.sort();
        E::SORTS
            .iter()
            .find(|(sort, _)| Some(*sort) == asked)
            .map_or_else(Order::default, |(_, order)| *order)
    }

    /// The session that an action is about.
    fn chosen(&self) -> Option<&SessionRow> {
        match &self.detail {
            Some(detail) => detail.content(),
            None => self.list.selected(),
        }
    }

    fn back(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if self.ask.take().is_some() || self.detail.take().is_some() {
            return (Step::Stay, Vec::new());
        }
        if self.list.leave_search() {
            return (Step::Stay, self.read(cx));
        }
        (Step::Back, Vec::new())
    }

    fn act(&mut self, key: char, cx: &Context) -> Vec<Load<Msg>> {
        if key == 's' {
            let next = E::next_sort(self.list.sort());
            let has_changed = self.list.set_sort(next);
            return self.read_if(has_changed, cx);
        }
        self.ask = Ask::about(key, self.chosen());
        Vec::new()
    }

    fn copy(&self) -> Step {
        let handle = self.chosen().map(|row| row.handle.to_string());
        handle.map_or(Step::Stay, |handle| Step::copy(say::THE_HANDLE, &handle))
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(ask) = &mut self.ask {
            return match ask.take(input) {
                Answer::None => Vec::new(),
                Answer::Send(order) => vec![cx.load(|session| order.carry_out(session), Msg::Answered)],
            };
        }
        let has_changed = self.list.take_text(input);
        self.read_if(has_changed, cx)
    }
}

impl<E: Edition> Browse for Sessions<E> {
    type Row = SessionRow;
    type Close = SessionRow;

    const IS_SEARCHED: bool = E::IS_EVERYBODYS;

    fn list(&mut self) -> &mut List<SessionRow> {
        &mut self.list
    }

    fn detail(&mut self) -> &mut Option<Detail<SessionRow>> {
        &mut self.detail
    }

    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let (asked, after) = self.list.ask();
        let query = E::query(self.list.filter(), self.order(), after);
        vec![cx.load(|session| query.ask(session), move |listed| Msg::Listed(asked, listed))]
    }

    fn get(handle: Handle, cx: &Context) -> Load<Msg> {
        cx.load(
            |session| async move { session.verify().await?.sessions().get(&handle).await.map(Box::new) },
            Msg::Got,
        )
    }

    fn followed(&mut self) {
        if let Some(sort) = self.list.sort() {
            self.list.set_sort(E::possible(sort));
        }
    }
}

impl<E: Edition> Screen for Sessions<E> {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = E::ACTIONS;
    const IS_LIVE: bool = true;

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let filter = TextField::new(FILTER_CHARS).with_placeholder(say::SEARCH_HINT);
        let list = List::new(E::COLUMNS, say::NONE, filter);
        let mut sessions = Self {
            list: list.sorted_if(E::SORTS.first().map(|(sort, _)| *sort)),
            detail: None,
            ask: None,
            edition: std::marker::PhantomData,
        };
        let loads = sessions.read(cx);
        (sessions, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some(loads) = self.browse(&command, cx) {
            return (Step::Stay, loads);
        }
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Act(key) => self.act(key, cx),
            Command::Text(input) => self.take_text(&input, cx),
            Command::Copy => return (self.copy(), Vec::new()),
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, listed) => {
                let total = listed.as_ref().ok().and_then(|listed| listed.total);
                let page = listed.map(|listed| listed.page);
                self.list.listed(asked, page, |row| E::cells(row, cx).into_iter().map(Into::into).collect());
                self.list.set_total(total);
            }
            Msg::Got(session) => {
                if let Some(detail) = &mut self.detail {
                    detail.got(session.map(|row| *row));
                }
            }
            Msg::Answered(Ok(words)) => {
                self.ask = None;
                return (Step::Tell(Notice::done(words)), self.refresh(cx));
            }
            Msg::Answered(Err(error)) => {
                if let Some(ask) = &mut self.ask {
                    ask.refused();
                }
                return (Step::Tell(Notice::from(&error)), Vec::new());
            }
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match &self.detail {
            Some(detail) => detail.draw(frame, area, detail::groups, cx),
            None => self.list.draw(frame, area, E::HEADING, say::SEARCH, cx),
        }
        if let Some(ask) = &self.ask {
            ask.draw(frame, area, &cx.look);
        }
    }

    fn spot(&self) -> Spot {
        self.list.spot()
    }

    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<Load<Msg>> {
        self.list.return_to(spot);
        self.read(cx)
    }

    fn knows(&self, command: &Command) -> bool {
        match command {
            Command::Search => E::IS_EVERYBODYS,
            Command::Move(_) | Command::Refresh | Command::Copy => true,
            Command::Open
            | Command::NextPage
            | Command::PreviousPage
            | Command::Columns
            | Command::Sideways(_) => self.detail.is_none(),
            _ => false,
        }
    }

    fn is_changed(&self) -> bool {
        self.ask.as_ref().is_some_and(Ask::is_changed)
    }

    fn crumbs(&self) -> Vec<String> {
        let detail = self.detail.iter().map(|detail| detail.key().to_string());
        detail.chain(self.ask.iter().map(Ask::title)).collect()
    }

    fn takes_text(&self) -> bool {
        self.list.is_searching() || self.ask.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        match &self.ask {
            Some(ask) => ask.field(),
            None => self.list.field(say::SEARCH),
        }
    }

    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)> {
        if self.ask.is_some() {
            // The dialog names its own keys.
            return Vec::new();
        }
        if self.list.is_searching() {
            return vec![words::DONE, words::SHOW_ALL];
        }
        let is_open = self.detail.is_some();
        let is_over = self.chosen().is_some_and(|row| row.ended.is_some());
        let first = match (&self.detail, E::IS_EVERYBODYS) {
            (Some(_), _) => vec![words::BACK],
            (None, true) => vec![words::OPEN, words::SEARCH],
            (None, false) => vec![words::OPEN],
        };
        let is_offered = |key: &str| {
            let own = E::ACTIONS.iter().find(|action| key.starts_with(action.key));
            let makes_sense = own.is_some_and(|action| match action.key {
                's' => !is_open,
                'o' => self.list.rows().iter().any(|row| row.ended.is_none() && !row.is_this),
                // What has ended can neither be ended nor spoken to.
                _ => action.about == About::Screen || !is_over,
            });
            makes_sense && own.is_some_and(|action| crate::proxy::offers(&cx.claims, action.needs))
        };
        first.into_iter().chain(E::HINTS.iter().copied().filter(|(key, _)| is_offered(key))).collect()
    }
}
