//! Audit: what happened, by whom, to whom and from where; and what was before and after.
//!
//! It reads again by the clock: something always happens.

mod detail;
mod filter;

use std::borrow::Cow;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::audit::{EventDetail, EventRow, Trail};
use crate::dal::{DalError, Page};
use crate::domain::id::EventHandle;
use crate::domain::role::Permission;
use crate::proxy;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::table::Column;
use crate::tui::words;
use crate::tui::words::audit as say;

use super::Route;
use super::browse::{Browse, Detail};
use super::list::{Keyed, List};
use filter::{FilterAsk, Filters};

/// Characters of the beginning of a name.
const FILTER_CHARS: usize = 32;

/// What was done names to whom: that column is the first to go.
const COLUMNS: &[Column] = &[
    Column::new(say::WHEN, 10),
    Column::new(say::WHO, 10).weight(1).priority(1),
    Column::new(say::WHAT, 23).weight(5),
    Column::new(say::WHOM, 12).weight(1).priority(3),
    Column::new(words::FROM, 15).priority(2),
];

pub struct Audit {
    list: List<EventRow>,
    detail: Option<Detail<EventDetail>>,
    filters: Filters,
    filtering: Option<FilterAsk>,
}

pub enum Msg {
    Listed(u64, Result<Trail, DalError>),
    Got(Result<Box<EventDetail>, DalError>),
}

impl Keyed for EventRow {
    type Key = EventHandle;

    fn key(&self) -> &EventHandle {
        &self.id
    }
}

impl Keyed for EventDetail {
    type Key = EventHandle;

    fn key(&self) -> &EventHandle {
        &self.row.id
    }
}

impl Audit {
    /// The event that an action is about.
    fn chosen(&self) -> Option<&EventRow> {
        match &self.detail {
            Some(detail) => detail.content().map(|event| &event.row),
            None => self.list.selected(),
        }
    }

    fn back(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if self.filtering.take().is_some() || self.detail.take().is_some() {
            return (Step::Stay, Vec::new());
        }
        let was_searched = self.list.leave_search();
        if was_searched || self.filters != Filters::default() {
            return (Step::Stay, self.set_filters(Filters::default(), cx));
        }
        (Step::Back, Vec::new())
    }

    fn set_filters(&mut self, filters: Filters, cx: &Context) -> Vec<Load<Msg>> {
        self.filters = filters;
        self.list.set_chips(self.filters.chips(), words::SHOW_ALL);
        self.list.set_looked(String::new());
        self.list.show_first_page();
        self.read(cx)
    }

    fn act(&mut self, key: char, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match key {
            'f' => {
                self.detail = None;
                self.filtering = Some(FilterAsk::about(&self.filters));
            }
            'u' => {
                let name = self.detail.as_ref().and_then(Detail::content).and_then(|it| it.leads_to.clone());
                let step = name.map(|name| Step::Visit(Route::Users, Spot::open_at(name.as_str())));
                return (step.unwrap_or(Step::Stay), Vec::new());
            }
            _ => {
                let Some(whom) = self.chosen().and_then(concerned) else { return (Step::Stay, Vec::new()) };
                self.detail = None;
                self.list.leave_search();
                return (Step::Stay, self.set_filters(Filters::about(&whom), cx));
            }
        }
        (Step::Stay, Vec::new())
    }

    fn copy(&self) -> Step {
        let id = self.chosen().map(|row| row.id.to_string());
        id.map_or(Step::Stay, |id| Step::copy(say::THE_ID, &id))
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
        let Some(asking) = &mut self.filtering else {
            let has_changed = self.list.take_text(input);
            return self.read_if(has_changed, cx);
        };
        let Some(filters) = asking.take(input) else { return Vec::new() };
        self.filtering = None;
        self.set_filters(filters, cx)
    }

    fn listed(&mut self, asked: u64, trail: Result<Trail, DalError>, cx: &Context) {
        let page = trail.map(|trail| {
            self.list.set_looked(filter::looked(&trail, cx));
            Page { items: trail.items, next: trail.next }
        });
        self.list.listed(asked, page, |row| cells(row, cx));
    }
}

/// Whom an event is about: whom it was done to or, where it was done to nobody, who did it. A name where it is
/// known, else the id.
fn concerned(row: &EventRow) -> Option<String> {
    row.whom().or_else(|| row.actor.as_ref().map(|actor| actor.name.to_string()))
}

fn cells(row: &EventRow, cx: &Context) -> Vec<Cow<'static, str>> {
    vec![
        row.at.ago(cx.now).into(),
        row.who().to_owned().into(),
        row.told_in(&cx.zone).into(),
        row.whom().unwrap_or_default().into(),
        row.from.map(|from| from.to_string()).unwrap_or_default().into(),
    ]
}

impl Browse for Audit {
    type Row = EventRow;
    type Close = EventDetail;

    fn list(&mut self) -> &mut List<EventRow> {
        &mut self.list
    }

    fn detail(&mut self) -> &mut Option<Detail<EventDetail>> {
        &mut self.detail
    }

    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let (asked, after) = self.list.ask();
        let query = self.filters.query(self.list.filter(), after, cx);
        vec![cx.load(|session| filter::look(session, query), move |trail| Msg::Listed(asked, trail))]
    }

    fn get(handle: EventHandle, cx: &Context) -> Load<Msg> {
        cx.load(
            move |session| async move { session.verify().await?.audit().get(handle).await },
            |event| Msg::Got(event.map(Box::new)),
        )
    }
}

impl Screen for Audit {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[
        Action::screen('f', "filter", Permission::ReadAudit),
        Action::row('i', "history of the user", Permission::ReadAudit),
        Action::row('u', "go to the user", Permission::ReadUsers),
    ];
    const EVERY: Option<Duration> = Some(Duration::from_secs(5));

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let filter = TextField::new(FILTER_CHARS).with_placeholder(say::SEARCH_HINT);
        let list = List::new(COLUMNS, say::NONE, filter);
        let mut audit = Self { list, detail: None, filters: Filters::default(), filtering: None };
        let loads = audit.read(cx);
        (audit, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some(loads) = self.browse(&command, cx) {
            return (Step::Stay, loads);
        }
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Act(key) => return self.act(key, cx),
            Command::Text(input) => self.take_text(&input, cx),
            Command::Copy => return (self.copy(), Vec::new()),
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, trail) => self.listed(asked, trail, cx),
            Msg::Got(event) => {
                if let Some(detail) = &mut self.detail {
                    detail.got(event.map(|event| *event));
                }
            }
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let heading = if self.filters == Filters::default() { say::HEADING } else { say::FILTERED };
        match &self.detail {
            Some(detail) => detail.draw(frame, area, detail::groups, cx),
            None => self.list.draw(frame, area, heading, say::SEARCH, cx),
        }
        if let Some(filtering) = &self.filtering {
            filtering.draw(frame, area, &cx.look);
        }
    }

    fn spot(&self) -> Spot {
        let about = Some(self.filters.user.clone()).filter(|user| !user.is_empty());
        Spot { is_open: self.detail.is_some(), about, ..self.list.spot() }
    }

    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<Load<Msg>> {
        let handle = spot.selected.as_deref().filter(|_| spot.is_open).map(str::parse);
        self.detail = handle.and_then(Result::ok).map(Detail::loading);
        self.filters = spot.about.as_deref().map(Filters::about).unwrap_or_default();
        self.list.set_chips(self.filters.chips(), words::SHOW_ALL);
        self.list.return_to(spot);
        self.refresh(cx)
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

    fn applies(&self, key: char) -> bool {
        let leads = || self.detail.as_ref().and_then(Detail::content).is_some_and(|it| it.leads_to.is_some());
        match key {
            'u' => leads(),
            'i' => self.chosen().and_then(concerned).is_some(),
            _ => true,
        }
    }

    fn crumbs(&self) -> Vec<String> {
        let detail = self.detail.iter().map(|detail| detail.key().to_string());
        detail.chain(self.filtering.iter().map(|_| say::FILTER.to_owned())).collect()
    }

    fn takes_text(&self) -> bool {
        self.list.is_searching() || self.filtering.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        match &self.filtering {
            Some(filtering) => filtering.field(),
            None => self.list.field(say::SEARCH),
        }
    }

    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)> {
        if self.filtering.is_some() {
            // The dialog names its own keys.
            return Vec::new();
        }
        if self.list.is_searching() {
            return vec![words::DONE, words::SHOW_ALL];
        }
        let mut hints = match self.detail {
            Some(_) => vec![words::BACK],
            None => vec![words::OPEN, words::SEARCH, say::TO_FILTER],
        };
        if self.applies('u') && proxy::offers(&cx.claims, Permission::ReadUsers) {
            hints.push(say::TO_USER);
        }
        if self.applies('i') {
            hints.push(say::TO_HISTORY);
        }
        hints
    }
}
