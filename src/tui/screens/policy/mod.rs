//! Policy: the rules in force, where each comes from, and changing them while the server runs.

mod ask;
mod detail;

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::policy::{Changed, Origin, Preview, RuleRow};
use crate::dal::{DalError, Page};
use crate::domain::policy::{Group, Rule};
use crate::domain::role::Permission;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::table::Column;
use crate::tui::words;
use crate::tui::words::policy as say;

use super::browse::{Browse, Detail};
use super::list::{Keyed, List};
use ask::{Ask, Next, Order};

/// Characters of a filter: more than the longest key.
const FILTER_CHARS: usize = 40;

const COLUMNS: &[Column] = &[
    Column::new(say::RULE, 22),
    Column::new(say::WHAT, 26).weight(1).priority(2),
    Column::new(say::VALUE, 10),
    Column::new(words::FROM, 11).weight(1).priority(1),
];

pub struct Policy {
    list: List<RuleRow>,
    detail: Option<Detail<RuleRow>>,
    ask: Option<Ask>,
    /// Takes back what was changed last.
    undo: Option<Order>,
}

impl Keyed for RuleRow {
    type Key = &'static str;

    fn key(&self) -> &&'static str {
        &self.key
    }
}

pub enum Msg {
    Listed(u64, Result<Vec<RuleRow>, DalError>),
    Got(Result<RuleRow, DalError>),
    Previewed(Result<Preview, DalError>),
    /// With the rule as it was seen before.
    Changed(Box<RuleRow>, Result<Changed, DalError>),
}

impl Policy {
    /// Takes in the rules, as far as they are asked for.
    fn listed(&mut self, asked: u64, rows: Result<Vec<RuleRow>, DalError>, cx: &Context) {
        let filter = self.list.filter().to_lowercase();
        let rows = rows.map(|rows| rows.into_iter().filter(|row| matches(row, &filter)).collect::<Vec<_>>());
        let sections = rows.as_ref().map(|rows| sections(rows)).unwrap_or_default();
        self.list.set_sections(sections);
        self.list.listed(asked, rows.map(|items| Page { items, next: None }), |row| cells(row, cx));
    }

    /// The rule that an action is about.
    fn chosen(&self) -> Option<&RuleRow> {
        match &self.detail {
            Some(detail) => detail.content(),
            None => self.list.selected(),
        }
    }

    fn back(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if self.ask.as_mut().is_some_and(Ask::back)
            || self.ask.take().is_some()
            || self.detail.take().is_some()
        {
            return (Step::Stay, Vec::new());
        }
        if self.list.leave_search() {
            return (Step::Stay, self.read(cx));
        }
        (Step::Back, Vec::new())
    }

    fn copy(&self) -> Step {
        self.chosen().map_or(Step::Stay, |row| Step::copy(say::THE_NAME, row.key))
    }

    fn act(&mut self, key: char, cx: &Context) -> Vec<Load<Msg>> {
        let Some(row) = self.chosen() else { return Vec::new() };
        let next = match key {
            'e' => {
                self.ask = Some(Ask::edit(row));
                Next::Nothing
            }
            'u' => {
                let (ask, next) = Ask::reset(row);
                self.ask = Some(ask);
                next
            }
            _ => Next::Nothing,
        };
        go_on(next, cx)
    }

    fn take_back(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let Some(order) = self.undo.take() else { return Vec::new() };
        let (ask, next) = Ask::undo(order);
        self.ask = Some(ask);
        go_on(next, cx)
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(ask) = &mut self.ask {
            return go_on(ask.take(input), cx);
        }
        let has_changed = self.list.take_text(input);
        self.read_if(has_changed, cx)
    }

    fn changed(&mut self, before: &RuleRow, changed: &Changed, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        self.ask = None;
        let key = changed.row.key;
        self.undo = Some(Order::back_from(before, changed));
        let words = say::changed(key, &with_unit(&changed.row, &changed.row.value));
        (Step::Tell(Notice::done(words)), self.refresh(cx))
    }

    fn refused(&mut self, error: &DalError, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let Some(ask) = &mut self.ask else { return (Step::Tell(Notice::from(error)), Vec::new()) };
        let refused = ask.refused(error);
        let key = ask.key();
        if ask.field().is_none() && !ask.is_asking() {
            // There is nothing that could be mended in the question.
            self.ask = None;
        }
        let mut loads = Vec::new();
        if refused.is_stale {
            loads = self.read(cx);
            loads.push(Self::get(key, cx));
        }
        (refused.notice.map_or(Step::Stay, Step::Tell), loads)
    }
}

/// What an answer leads to.
fn go_on(next: Next, cx: &Context) -> Vec<Load<Msg>> {
    match next {
        Next::Nothing => Vec::new(),
        Next::Preview(order) => vec![cx.load(|session| order.preview(session), Msg::Previewed)],
        Next::Change(order) => {
            let before = Box::new(order.seen.clone());
            vec![cx.load(|session| order.carry_out(session), move |changed| Msg::Changed(before, changed))]
        }
    }
}

/// Whether the filter, in lower case, is in what a row shows of it.
fn matches(row: &RuleRow, filter: &str) -> bool {
    [row.key, row.what, &row.value, row.group.title(), &row.origin.to_string()]
        .iter()
        .any(|words| words.to_lowercase().contains(filter))
}

/// Where each group begins.
fn sections(rows: &[RuleRow]) -> Vec<(usize, &'static str)> {
    let first = |group: &Group| Some((rows.iter().position(|row| row.group == *group)?, group.title()));
    Group::ALL.iter().filter_map(first).collect()
}

/// A number with what it counts, anything else as it is.
fn with_unit(row: &RuleRow, value: &str) -> String {
    row.unit.map_or_else(|| value.to_owned(), |unit| say::with_unit(value, unit))
}

fn from(row: &RuleRow, cx: &Context) -> String {
    if let Some(ignored) = &row.ignored {
        return say::ignored(&ignored.value);
    }
    match &row.origin {
        Origin::File { .. } => say::FILE.to_owned(),
        Origin::Environment { .. } => say::ENVIRONMENT.to_owned(),
        Origin::Set { by, at } => say::set_by(by, &at.ago(cx.now)),
        origin @ (Origin::Shipped | Origin::Started) => origin.to_string(),
    }
}

fn cells(row: &RuleRow, cx: &Context) -> Vec<std::borrow::Cow<'static, str>> {
    let name = Rule::find(row.key).map_or(row.key, Rule::name);
    vec![name.into(), row.what.into(), row.value.clone().into(), from(row, cx).into()]
}

impl Browse for Policy {
    type Row = RuleRow;
    type Close = RuleRow;

    fn list(&mut self) -> &mut List<RuleRow> {
        &mut self.list
    }

    fn detail(&mut self) -> &mut Option<Detail<RuleRow>> {
        &mut self.detail
    }

    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let (asked, _) = self.list.ask();
        vec![cx.load(
            |session| async move { session.verify().await?.policy().list().await },
            move |rows| Msg::Listed(asked, rows),
        )]
    }

    fn get(key: &'static str, cx: &Context) -> Load<Msg> {
        cx.load(move |session| async move { session.verify().await?.policy().get(key).await }, Msg::Got)
    }
}

impl Screen for Policy {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[
        Action::row('e', "change the rule", Permission::ManagePolicy),
        Action::row('u', "as configured", Permission::ManagePolicy),
    ];
    const EVERY: Option<Duration> = Some(Duration::from_secs(5));

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let filter = TextField::new(FILTER_CHARS).with_placeholder(say::SEARCH_HINT);
        let list = List::new(COLUMNS, say::NONE, filter);
        let mut policy = Self { list, detail: None, ask: None, undo: None };
        let loads = policy.read(cx);
        (policy, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some(loads) = self.browse(&command, cx) {
            return (Step::Stay, loads);
        }
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Act(key) => self.act(key, cx),
            Command::Undo => self.take_back(cx),
            Command::Text(input) => self.take_text(&input, cx),
            Command::Copy => return (self.copy(), Vec::new()),
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, rows) => self.listed(asked, rows, cx),
            Msg::Got(row) => {
                if let (Some(ask), Ok(row)) = (&mut self.ask, &row) {
                    ask.see(row.clone());
                }
                if let Some(detail) = &mut self.detail {
                    detail.got(row);
                }
            }
            Msg::Previewed(Ok(preview)) => {
                let next = self.ask.as_mut().map_or(Next::Nothing, |ask| ask.previewed(preview));
                return (Step::Stay, go_on(next, cx));
            }
            Msg::Changed(before, Ok(changed)) => return self.changed(&before, &changed, cx),
            Msg::Previewed(Err(error)) | Msg::Changed(_, Err(error)) => return self.refused(&error, cx),
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match &self.detail {
            Some(detail) => detail.draw(frame, area, detail::groups, cx),
            None => self.list.draw(frame, area, say::HEADING, say::SEARCH, cx),
        }
        if let Some(ask) = &self.ask {
            ask.draw(frame, area, cx);
        }
    }

    fn spot(&self) -> Spot {
        Spot { is_open: self.detail.is_some(), ..self.list.spot() }
    }

    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<Load<Msg>> {
        let key = spot.selected.as_deref().filter(|_| spot.is_open).and_then(Rule::find).map(|rule| rule.key);
        self.detail = key.map(Detail::loading);
        self.list.return_to(spot);
        self.refresh(cx)
    }

    fn knows(&self, command: &Command) -> bool {
        match command {
            Command::Undo => self.undo.is_some(),
            Command::Move(_) | Command::Refresh | Command::Search | Command::Copy => true,
            Command::Open | Command::Columns | Command::Sideways(_) => self.detail.is_none(),
            _ => false,
        }
    }

    fn is_changed(&self) -> bool {
        self.ask.as_ref().is_some_and(Ask::is_changed)
    }

    fn crumbs(&self) -> Vec<String> {
        let detail = self.detail.iter().map(|detail| (*detail.key()).to_owned());
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
        let mut hints = match self.detail {
            Some(_) => vec![words::BACK],
            None => vec![words::OPEN, words::SEARCH],
        };
        if crate::proxy::offers(&cx.claims, Permission::ManagePolicy) {
            hints.push(say::TO_CHANGE);
            if self.chosen().is_some_and(|row| matches!(row.origin, Origin::Set { .. })) {
                hints.push(say::TO_RESET);
            }
        }
        hints
    }
}
