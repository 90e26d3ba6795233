//! Locks: accounts and sources that are closed because too much failed, and letting them in again.
//!
//! It reads again by the clock: delays end by themselves.

mod ask;
mod detail;

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::locks::{LockQuery, LockRow, Locked, MAX_ROWS, WHEN_LIFTED};
use crate::dal::{DalError, Page};
use crate::domain::role::Permission;
use crate::domain::time::span;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::number::thousands;
use crate::tui::widgets::table::Column;
use crate::tui::words;
use crate::tui::words::locks as say;

use super::browse::{Browse, Detail};
use super::list::{Keyed, List};
use ask::Ask;

/// Characters of a filter: an IPv6 network has 43.
const FILTER_CHARS: usize = 43;

const COLUMNS: &[Column] = &[
    Column::new(say::CLOSED, 16).weight(2),
    Column::new(say::TO, 16).weight(1).priority(2),
    Column::new(say::FAILURES, 8).right().priority(1),
    Column::new(say::OPENS, 12),
    Column::new(say::LAST_FROM, 15).weight(1).priority(3),
];

pub struct Locks {
    list: List<LockRow>,
    detail: Option<Detail<LockRow>>,
    ask: Option<Ask>,
}

impl Keyed for LockRow {
    type Key = Locked;

    fn key(&self) -> &Locked {
        &self.locked
    }
}

pub enum Msg {
    Listed(u64, Result<Page<LockRow>, DalError>),
    Got(Result<LockRow, DalError>),
    /// What was lifted.
    Lifted(Result<Locked, DalError>),
}

impl Locks {
    /// The lock that an action is about.
    fn chosen(&self) -> Option<&LockRow> {
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

    fn copy(&self) -> Step {
        self.chosen().map_or(Step::Stay, |row| copy(&row.locked))
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
        let Some(ask) = &mut self.ask else {
            let has_changed = self.list.take_text(input);
            return self.read_if(has_changed, cx);
        };
        match ask.take(input) {
            Some(locked) => vec![cx.load(|session| ask::lift(session, locked), Msg::Lifted)],
            None => Vec::new(),
        }
    }

    fn lifted(&mut self, lifted: Result<Locked, DalError>, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match lifted {
            Ok(locked) => {
                (self.ask, self.detail) = (None, None);
                (Step::Tell(Notice::done(ask::done(&locked))), self.read(cx))
            }
            Err(error) => {
                if let Some(ask) = &mut self.ask {
                    ask.refused();
                }
                (Step::Tell(Notice::from(&error)), Vec::new())
            }
        }
    }
}

fn copy(locked: &Locked) -> Step {
    match locked {
        Locked::Source(source) => Step::copy(say::THE_ADDRESS, &source.to_string()),
        Locked::User(name) | Locked::UserAtKnownSource(name) | Locked::Codes(name) => {
            Step::copy(say::THE_USER, &name.to_string())
        }
    }
}

/// To whom something is closed.
fn to(locked: &Locked) -> &'static str {
    match locked {
        Locked::User(_) => say::NEW_ADDRESSES,
        Locked::UserAtKnownSource(_) => say::KNOWN_ADDRESS,
        Locked::Codes(_) => say::CODES,
        Locked::Source(_) => say::THIS_ADDRESS,
    }
}

/// To whom, and for how long yet: `new addresses, opens in 12 min`.
pub fn closed_to(row: &LockRow, cx: &Context) -> String {
    say::closed_to(to(&row.locked), &opens(row, cx))
}

/// What is closed, without to whom.
fn closed(locked: &Locked) -> String {
    match locked {
        Locked::User(name) | Locked::UserAtKnownSource(name) | Locked::Codes(name) => name.to_string(),
        Locked::Source(source) => source.to_string(),
    }
}

/// `in 12 min`, or that somebody has to.
fn opens(row: &LockRow, cx: &Context) -> String {
    row.until.map_or(WHEN_LIFTED.to_owned(), |until| words::in_time(&span(until.since(cx.now))))
}

fn cells(row: &LockRow, cx: &Context) -> Vec<std::borrow::Cow<'static, str>> {
    vec![
        closed(&row.locked).into(),
        to(&row.locked).into(),
        thousands(row.failures.into()).into(),
        opens(row, cx).into(),
        row.from.first().map(ToString::to_string).unwrap_or_default().into(),
    ]
}

impl Browse for Locks {
    type Row = LockRow;
    type Close = LockRow;

    fn list(&mut self) -> &mut List<LockRow> {
        &mut self.list
    }

    fn detail(&mut self) -> &mut Option<Detail<LockRow>> {
        &mut self.detail
    }

    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let (asked, after) = self.list.ask();
        let query = LockQuery { filter: self.list.filter().to_owned(), after, limit: MAX_ROWS };
        vec![cx.load(
            |session| async move { session.verify().await?.locks().list(query).await },
            move |page| Msg::Listed(asked, page),
        )]
    }

    fn get(locked: Locked, cx: &Context) -> Load<Msg> {
        cx.load(|session| async move { session.verify().await?.locks().get(&locked).await }, Msg::Got)
    }
}

impl Screen for Locks {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[Action::row('x', "lift the lock", Permission::LiftLocks)];
    const EVERY: Option<Duration> = Some(Duration::from_secs(2));

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let filter = TextField::new(FILTER_CHARS).with_placeholder(say::SEARCH_HINT);
        let list = List::new(COLUMNS, say::NONE, filter);
        let mut locks = Self { list, detail: None, ask: None };
        let loads = locks.read(cx);
        (locks, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some(loads) = self.browse(&command, cx) {
            return (Step::Stay, loads);
        }
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Act(_) => {
                self.ask = self.chosen().map(|row| Ask::about(&row.locked));
                Vec::new()
            }
            Command::Text(input) => self.take_text(&input, cx),
            Command::Copy => return (self.copy(), Vec::new()),
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, page) => self.list.listed(asked, page, |row| cells(row, cx)),
            Msg::Got(row) => {
                if let Some(detail) = &mut self.detail {
                    detail.got(row);
                }
            }
            Msg::Lifted(lifted) => return self.lifted(lifted, cx),
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match &self.detail {
            Some(detail) => detail.draw(frame, area, detail::groups, cx),
            None => self.list.draw(frame, area, say::HEADING, say::SEARCH, cx),
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
            Command::Move(_) | Command::Refresh | Command::Search | Command::Copy => true,
            Command::Open
            | Command::NextPage
            | Command::PreviousPage
            | Command::Columns
            | Command::Sideways(_) => self.detail.is_none(),
            _ => false,
        }
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
            Some(_) => None,
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
        let mut hints = match self.detail {
            Some(_) => vec![words::BACK],
            None => vec![words::OPEN, words::SEARCH],
        };
        if crate::proxy::offers(&cx.claims, Permission::LiftLocks) {
            hints.push(say::TO_LIFT);
        }
        hints
    }
}
