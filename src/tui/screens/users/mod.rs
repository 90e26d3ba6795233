//! Users: who exists, and what may be done about it.

mod deleted;
mod detail;
mod dialogs;
mod filter;
mod hints;
mod many;
mod searching;

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::dal::users::{Found, UserDetail, UserQuery, UserRow};
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::secret::Secret;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::dialog::Dialog;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::number::count;
use crate::tui::words;
use crate::tui::words::users as say;

use super::Route;
use super::browse::{Browse, Detail};
use super::list::{Keyed, List};
use deleted::{Row, Which};
use dialogs::{Answer, Ask, Done, Order};
use filter::FilterAsk;
use many::ManyAsk;

pub struct Users {
    which: Which,
    list: List<Row>,
    detail: Option<Detail<UserDetail>>,
    ask: Option<Ask>,
    /// A question about all who are marked.
    many: Option<ManyAsk>,
    /// What rows have to be besides the beginning of the name.
    query: UserQuery,
    filtering: Option<FilterAsk>,
    /// A one-time password, shown once.
    password: Option<(UserName, Secret)>,
    /// Takes back what was done last.
    undo: Option<Order>,
}

pub enum Msg {
    Listed(u64, Result<Found<Row>, DalError>),
    /// Everybody whom the filters let pass, or nobody where that are too many.
    Everybody(Result<Option<Vec<UserName>>, DalError>),
    Got(Result<Box<UserDetail>, DalError>),
    Answered(Result<Done, DalError>),
}

impl Keyed for UserDetail {
    type Key = UserName;

    fn key(&self) -> &UserName {
        &self.row.name
    }
}

const PASSWORD_HINTS: &[(&str, &str)] = &[words::PASSED_ON, words::COPY];

impl Users {
    fn back(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if self.ask.as_mut().is_some_and(Ask::back) {
            return (Step::Stay, Vec::new());
        }
        let is_asked =
            self.ask.take().is_some() || self.many.take().is_some() || self.filtering.take().is_some();
        if self.password.take().is_some() || is_asked || self.detail.take().is_some() {
            return (Step::Stay, Vec::new());
        }
        let was_searched = self.list.leave_search();
        if was_searched || !filter::chips(&self.query).is_empty() {
            self.list.set_sort(None);
            return (Step::Stay, self.set_query(UserQuery::default(), cx));
        }
        if self.which == Which::Deleted {
            return (Step::Stay, self.show(Which::There, cx));
        }
        (Step::Back, Vec::new())
    }

    /// The other list, from its beginning.
    fn show(&mut self, which: Which, cx: &Context) -> Vec<Load<Msg>> {
        (self.which, self.list, self.detail) = (which, which.list(), None);
        self.query = UserQuery::default();
        self.read(cx)
    }

    /// The user that an action is about; nobody who was deleted.
    fn chosen(&self) -> Option<&UserRow> {
        match &self.detail {
            Some(detail) => detail.content().map(|user| &user.row),
            None => self.list.selected().and_then(Row::there),
        }
    }

    /// What happened to somebody, on the screen that tells it.
    fn history(&self) -> Step {
        let name = self.chosen().map(|row| row.name.as_str());
        name.map_or(Step::Stay, |name| Step::Visit(Route::Audit, Spot::about(name)))
    }

    fn act(&mut self, key: char, cx: &Context) -> Vec<Load<Msg>> {
        let deleted = match self.list.selected() {
            Some(Row::Deleted(row)) => Some(row.name.clone()),
            _ => None,
        };
        match (key, deleted) {
            ('v', _) => return self.show(self.which.other(), cx),
            ('u', deleted) => {
                return deleted.map(|name| carry_out(Order::Restore(name), cx)).into_iter().collect();
            }
            ('x', Some(name)) => self.ask = Some(Ask::purge(name)),
            (key, _) => return self.ask_about(key, cx),
        }
        Vec::new()
    }

    fn ask_about(&mut self, key: char, cx: &Context) -> Vec<Load<Msg>> {
        let none = BTreeSet::new();
        let is_there = self.which == Which::There;
        match key {
            'f' | 'o' | 'a' if !is_there => {}
            'f' => self.filtering = Some(FilterAsk::about(&self.query, self.list.rows())),
            'o' => return self.turn_order(cx),
            'a' => {
                let query = self.whom();
                return vec![cx.load(|session| filter::everybody(session, query), Msg::Everybody)];
            }
            key => {
                let marked = if self.detail.is_none() && is_there { self.list.marked() } else { &none };
                self.many = ManyAsk::about(key, self.chosen(), marked, &cx.claims.name);
                if self.many.is_none() {
                    self.ask = Ask::about(key, self.chosen(), cx);
                }
            }
        }
        Vec::new()
    }

    /// Whether a box stands over everything else.
    fn is_asking(&self) -> bool {
        self.ask.is_some() || self.many.is_some() || self.filtering.is_some() || self.password.is_some()
    }

    /// Takes back what was done last; among the deleted, the deletion that is looked at.
    fn undo(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        match self.undo.take() {
            Some(order) => vec![carry_out(order, cx)],
            None => self.act('u', cx),
        }
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some((name, password)) = &self.password {
            let step = match input.character() {
                Some('y') => Step::copy(say::the_one_time_of(name), password.expose()),
                _ => Step::Stay,
            };
            if input.is_enter() {
                self.password = None;
            }
            return (step, Vec::new());
        }
        if let Some(asking) = &mut self.filtering {
            let Some(query) = asking.take(input, &self.query) else { return (Step::Stay, Vec::new()) };
            self.filtering = None;
            return (Step::Stay, self.set_query(query, cx));
        }
        if let Some(many) = &mut self.many {
            let Some(work) = many.take(input) else { return (Step::Stay, Vec::new()) };
            self.many = None;
            self.list.clear_marks();
            return (Step::Begin(work), Vec::new());
        }
        let Some(ask) = &mut self.ask else {
            let has_changed = self.list.take_text(input);
            return (Step::Stay, self.read_if(has_changed, cx));
        };
        match ask.take(input, cx) {
            Answer::None => (Step::Stay, Vec::new()),
            Answer::Send(order) => (Step::Stay, vec![carry_out(order, cx)]),
            Answer::Begin(work) => {
                self.ask = None;
                self.list.clear_marks();
                (Step::Begin(work), Vec::new())
            }
        }
    }

    /// What is done to the rows themselves: marks, and what of them is copied.
    fn arrange(&mut self, command: &Command) -> Step {
        match command {
            // Nobody sees marks while one row is looked at closely.
            Command::Mark | Command::MarkAll if self.detail.is_some() => {}
            Command::Mark => self.list.toggle_mark(),
            Command::MarkAll => return self.mark_page(),
            Command::Copy => {
                let name = match &self.detail {
                    Some(detail) => Some(detail.key()),
                    None => self.list.selected().map(Row::key),
                };
                let name = name.map(ToString::to_string);
                return name.map_or(Step::Stay, |name| Step::copy(say::THE_NAME, &name));
            }
            _ => {}
        }
        Step::Stay
    }

    /// The page is what was fetched, and that may be more than the window shows: so it is said in numbers.
    fn mark_page(&mut self) -> Step {
        let rows = count(self.list.rows().len());
        let words =
            if self.list.toggle_marks() { say::marked_page(&rows) } else { say::unmarked_page(&rows) };
        Step::Tell(Notice::done(words))
    }

    fn done(&mut self, done: Done, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        self.ask = None;
        if done.is_gone {
            self.detail = None;
        }
        let loads = self.refresh(cx);
        self.password = done.password.map(|password| (done.name, password));
        self.undo = done.undo;
        let words = words::with_undo(&done.words, self.undo.is_some());
        (Step::Tell(Notice::done(words)), loads)
    }
}

/// Draws a one-time password; where the window is low the warning stands right below it.
fn draw_password(frame: &mut Frame, area: Rect, name: &UserName, password: &Secret, cx: &Context) {
    let (title, password) = (say::one_time_of(name), password.expose());
    let gap = if area.height < 12 { "\n" } else { "\n\n" };
    let body = format!("{password}{gap}{}", say::ONE_TIME_WARNING);
    let dialog = Dialog { title: &title, body: &body, hints: PASSWORD_HINTS, ..Dialog::default() };
    dialog.draw(frame, area, &cx.look);
}

fn carry_out(order: Order, cx: &Context) -> Load<Msg> {
    cx.load(|session| order.carry_out(session), Msg::Answered)
}

impl Browse for Users {
    type Row = Row;
    type Close = UserDetail;

    fn list(&mut self) -> &mut List<Row> {
        &mut self.list
    }

    fn detail(&mut self) -> &mut Option<Detail<UserDetail>> {
        &mut self.detail
    }

    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let (asked, after) = self.list.ask();
        let (which, query) = (self.which, UserQuery { after, ..self.whom() });
        vec![cx.load(|session| which.read(session, query), move |found| Msg::Listed(asked, found))]
    }

    fn get(name: UserName, cx: &Context) -> Load<Msg> {
        cx.load(
            |session| async move { session.verify().await?.users().get(&name).await },
            |user| Msg::Got(user.map(Box::new)),
        )
    }

    /// Follows a key that moves: within the detail if one is open, else within the list.
    fn follow(&mut self, command: &Command, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(detail) = &mut self.detail {
            detail.follow(command);
            return Vec::new();
        }
        let has_turned = self.list.follow(command);
        if matches!(command, Command::Sort(_)) && has_turned {
            return self.follow_order(cx);
        }
        self.read_if(has_turned, cx)
    }

    fn open_detail(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let selected = self.list.selected().and_then(Row::there);
        let Some(name) = selected.map(|row| row.name.clone()) else { return Vec::new() };
        self.detail = Some(Detail::loading(name.clone()));
        vec![Self::get(name, cx)]
    }
}

impl Screen for Users {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[
        Action::screen('n', "new user (lists: users import)", Permission::ManageUsers),
        Action::row('e', "edit display name", Permission::ManageUsers),
        Action::row('r', "change roles", Permission::AssignRoles),
        Action::row('g', "give a role for a time", Permission::AssignRoles),
        Action::row('t', "set dates", Permission::ManageUsers),
        Action::row('d', "disable, enable", Permission::ManageUsers),
        Action::row('p', "reset password", Permission::ResetPasswords),
        Action::row('w', "ask for new password", Permission::ResetPasswords),
        Action::row('m', "remove second factor", Permission::ResetPasswords),
        Action::row('s', "end sessions", Permission::RevokeSessions),
        Action::row('x', "delete", Permission::ManageUsers),
        Action::screen('v', "deleted users, and back", Permission::ManageUsers),
        Action::row('u', "restore", Permission::ManageUsers),
        Action::screen('f', "filter", Permission::ReadUsers),
        Action::screen('o', "order", Permission::ReadUsers),
        Action::screen('a', "mark all found", Permission::ReadUsers),
        Action::row('i', "history of the user", Permission::ReadAudit),
    ];

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let which = Which::There;
        let mut users = Self {
            which,
            list: which.list(),
            detail: None,
            ask: None,
            many: None,
            query: UserQuery::default(),
            filtering: None,
            password: None,
            undo: None,
        };
        let loads = users.read(cx);
        (users, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if command == Command::Refresh {
            return (Step::Stay, self.read(cx));
        }
        if let Some(loads) = self.browse(&command, cx) {
            return (Step::Stay, loads);
        }
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Act('i') => return (self.history(), Vec::new()),
            Command::Act(key) => self.act(key, cx),
            Command::Text(input) => return self.take_text(&input, cx),
            Command::Undo => self.undo(cx),
            command => return (self.arrange(&command), Vec::new()),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, found) => self.listed(asked, found, cx),
            Msg::Everybody(Ok(names)) => return (Step::Tell(self.marked(names)), Vec::new()),
            Msg::Everybody(Err(error)) => return (Step::Tell(Notice::from(&error)), Vec::new()),
            Msg::Got(user) => {
                if let Some(detail) = &mut self.detail {
                    detail.got(user.map(|user| *user));
                }
            }
            Msg::Answered(Ok(done)) => return self.done(done, cx),
            Msg::Answered(Err(error)) => {
                let words = match &mut self.ask {
                    Some(ask) => ask.refused(&error),
                    None => Some(Notice::from(&error)),
                };
                return (words.map_or(Step::Stay, Step::Tell), Vec::new());
            }
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match &self.detail {
            Some(detail) => detail.draw(frame, area, detail::groups, cx),
            None => self.list.draw(frame, area, self.heading(), say::SEARCH, cx),
        }
        if let Some(ask) = &self.ask {
            ask.draw(frame, area, cx);
        }
        if let Some(many) = &self.many {
            many.draw(frame, area, &cx.look);
        }
        if let Some(filtering) = &self.filtering {
            filtering.draw(frame, area, &cx.look);
        }
        if let Some((name, password)) = &self.password {
            draw_password(frame, area, name, password, cx);
        }
    }

    fn spot(&self) -> Spot {
        let spot = Spot { is_open: self.detail.is_some(), ..self.list.spot() };
        // The table of the deleted is another one, and is not what one comes back to.
        if self.which == Which::Deleted { Spot { arrangement: None, ..spot } } else { spot }
    }

    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<Load<Msg>> {
        let named = spot.selected.as_deref().filter(|_| spot.is_open).map(UserName::parse);
        self.detail = named.and_then(Result::ok).map(Detail::loading);
        self.list.return_to(spot);
        self.refresh(cx)
    }

    fn knows(&self, command: &Command) -> bool {
        match command {
            Command::Undo => self.undo.is_some() || self.which == Which::Deleted,
            Command::Open | Command::Mark | Command::MarkAll if self.which == Which::Deleted => false,
            Command::Move(_) | Command::Refresh | Command::Search | Command::Copy => true,
            Command::Open
            | Command::NextPage
            | Command::PreviousPage
            | Command::Mark
            | Command::MarkAll
            | Command::Columns
            | Command::Sideways(_) => self.detail.is_none(),
            _ => false,
        }
    }

    fn applies(&self, key: char) -> bool {
        match self.which {
            Which::There if key == 'm' => self.chosen().is_none_or(|row| row.second_factor),
            Which::There => key != 'u',
            Which::Deleted => matches!(key, 'u' | 'v' | 'x'),
        }
    }

    fn is_changed(&self) -> bool {
        self.ask.as_ref().is_some_and(Ask::is_changed)
    }

    fn crumbs(&self) -> Vec<String> {
        let deleted = (self.which == Which::Deleted).then(|| say::AMONG_DELETED.to_owned());
        let detail = self.detail.iter().map(|detail| detail.key().to_string());
        let asked = self.ask.iter().map(Ask::title).chain(self.many.iter().map(ManyAsk::title));
        let filtering = self.filtering.iter().map(|_| say::FILTER.to_owned());
        deleted.into_iter().chain(detail).chain(asked).chain(filtering).collect()
    }

    fn takes_text(&self) -> bool {
        self.list.is_searching() || self.is_asking()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        if self.password.is_some() {
            return None;
        }
        match (&self.ask, &self.many, &self.filtering) {
            (Some(ask), ..) => ask.field(),
            (None, Some(many), _) => many.field(),
            (None, None, Some(filtering)) => filtering.field(),
            (None, None, None) => self.list.field(say::SEARCH),
        }
    }

    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)> {
        if self.is_asking() {
            // The dialog names its own keys.
            return Vec::new();
        }
        if self.list.is_searching() {
            return vec![words::DONE, words::SHOW_ALL];
        }
        self.keys(cx)
    }
}
