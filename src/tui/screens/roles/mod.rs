//! Roles: what each permits and demands, who holds it, and making more of them.
//!
//! A list of roles, or the matrix of what they permit; one role or one permission looked at closely. It reads
//! again by the clock: who holds a role changes elsewhere.

mod ask;
mod detail;
mod matrix;
mod why;

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::roles::{Explained, RoleChange, RoleRow, Touched};
use crate::dal::{DalError, Page};
use crate::domain::role::{Permission, RoleName};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::number::count;
use crate::tui::widgets::table::Column;
use crate::tui::words;
use crate::tui::words::roles as say;

use super::browse::Detail;
use super::list::{Keyed, List};
use ask::{Answer, Ask, Done};
use detail::Given;
use matrix::Matrix;
use why::Why;

const COLUMNS: &[Column] = &[
    Column::new(words::ROLE, 12).weight(1),
    Column::new(say::HELD_BY, 7).right().priority(1),
    Column::new(say::FOR, 20).weight(4).priority(2),
    Column::new(say::LIMITS, 20).priority(3),
];

pub struct Roles {
    list: List<RoleRow>,
    /// Instead of the list.
    matrix: Option<Matrix>,
    detail: Option<Detail<RoleRow>>,
    given: Option<Detail<Given>>,
    ask: Option<Ask>,
    why: Option<Why>,
    /// Takes back what was done last.
    undo: Option<RoleChange>,
}

impl Keyed for RoleRow {
    type Key = RoleName;

    fn key(&self) -> &RoleName {
        &self.name
    }
}

pub enum Msg {
    Listed(u64, Result<Page<RoleRow>, DalError>),
    Got(Result<Box<RoleRow>, DalError>),
    /// What is being edited, after somebody else changed it.
    Seen(Result<Box<RoleRow>, DalError>),
    Given(Result<Given, DalError>),
    Explained(Box<Result<Explained, DalError>>),
    Looked(Result<Touched, DalError>),
    Answered(Result<Done, DalError>),
}

impl Roles {
    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        // All of them are there at once: the filter is for the eye.
        let (asked, _) = self.list.ask();
        let filter = self.list.filter().to_lowercase();
        vec![cx.load(
            |session| async move {
                let mut items = session.verify().await?.roles().list().await?;
                items.retain(|row| {
                    row.name.as_str().contains(&filter) || row.about.to_lowercase().contains(&filter)
                });
                Ok(Page { items, next: None })
            },
            move |page| Msg::Listed(asked, page),
        )]
    }

    fn read_if(&mut self, has_changed: bool, cx: &Context) -> Vec<Load<Msg>> {
        if has_changed { self.read(cx) } else { Vec::new() }
    }

    /// The list again, and what is looked at closely.
    fn refresh(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let mut loads = self.read(cx);
        loads.extend(self.detail.as_ref().map(|detail| get(detail.key().clone(), cx)));
        loads.extend(self.given.as_ref().map(|given| who(*given.key(), cx)));
        loads
    }

    /// The role that an action is about; in the matrix there is none.
    fn chosen(&self) -> Option<&RoleRow> {
        match (&self.detail, &self.matrix) {
            (Some(detail), _) => detail.content(),
            (None, Some(_)) => None,
            (None, None) => self.list.selected(),
        }
    }

    /// Follows a key that moves: within what is looked at closely, the matrix or the list.
    fn follow(&mut self, command: &Command, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(detail) = &mut self.detail {
            detail.follow(command);
        } else if let Some(given) = &mut self.given {
            given.follow(command);
        } else if let Some(matrix) = &mut self.matrix {
            let roles = self.list.rows().len();
            match command {
                Command::Move(motion) => matrix.go(*motion),
                Command::NextPage => matrix.sideways(1, roles),
                Command::PreviousPage => matrix.sideways(-1, roles),
                Command::Sideways(by) => matrix.sideways(*by, roles),
                _ => {}
            }
        } else {
            let has_turned = self.list.follow(command);
            if let Command::Sideways(by) = command {
                self.list.scroll_columns(*by);
            }
            return self.read_if(has_turned, cx);
        }
        Vec::new()
    }

    /// A row that was clicked is selected; the one that already was is opened.
    fn click(&mut self, row: usize, cx: &Context) -> Vec<Load<Msg>> {
        let is_opened = match &mut self.matrix {
            Some(matrix) => matrix.click(row),
            None => self.list.click(row),
        };
        if is_opened { self.open_detail(cx) } else { Vec::new() }
    }

    fn open_detail(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(matrix) = &self.matrix {
            let Some(permission) = matrix.permission() else { return Vec::new() };
            self.given = Some(Detail::loading(permission));
            return vec![who(permission, cx)];
        }
        let name = self.list.selected().map(|row| row.name.clone());
        self.open_role(name, cx)
    }

    fn open_role(&mut self, name: Option<RoleName>, cx: &Context) -> Vec<Load<Msg>> {
        let Some(name) = name else { return Vec::new() };
        self.detail = Some(Detail::loading(name.clone()));
        vec![get(name, cx)]
    }

    fn is_open(&self) -> bool {
        self.detail.is_some() || self.given.is_some()
    }

    fn back(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if self.ask.as_mut().is_some_and(Ask::back) {
            return (Step::Stay, Vec::new());
        }
        let was_open = self.why.take().is_some()
            || self.ask.take().is_some()
            || self.detail.take().is_some()
            || self.given.take().is_some();
        if was_open || self.matrix.take().is_some() {
            return (Step::Stay, Vec::new());
        }
        if self.list.leave_search() {
            return (Step::Stay, self.read(cx));
        }
        (Step::Back, Vec::new())
    }

    fn act(&mut self, key: char, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if key == 'm' {
            self.detail = None;
            self.given = None;
            self.matrix = if self.matrix.is_some() { None } else { Some(Matrix::default()) };
            return (Step::Stay, Vec::new());
        }
        if key == 'w' {
            let looked_at = self.given.as_ref().map(|given| *given.key());
            let permission = looked_at.or_else(|| self.matrix.and_then(|matrix| matrix.permission()));
            self.why = Some(Why::new(permission, cx));
            return (Step::Stay, Vec::new());
        }
        if let Some(row) = self.chosen().filter(|row| row.is_built_in && matches!(key, 'e' | 'x')) {
            let words = say::stays(&row.name);
            return (Step::Tell(Notice::failed(words)), Vec::new());
        }
        let Some((ask, answer)) = Ask::about(key, self.chosen(), cx) else { return (Step::Stay, Vec::new()) };
        self.ask = Some(ask);
        (Step::Stay, self.answer(answer, cx))
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(why) = &mut self.why {
            let asked = why.take(input).map(|(name, permission)| {
                cx.load(
                    move |session| why::explain(session, name, permission),
                    |answer| Msg::Explained(Box::new(answer)),
                )
            });
            return asked.into_iter().collect();
        }
        let Some(ask) = &mut self.ask else {
            let has_changed = self.list.take_text(input);
            return self.read_if(has_changed, cx);
        };
        let answer = ask.take(input);
        self.answer(answer, cx)
    }

    fn answer(&self, answer: Answer, cx: &Context) -> Vec<Load<Msg>> {
        match answer {
            Answer::None => Vec::new(),
            Answer::Look(change) => vec![cx.load(|session| ask::look(session, change), Msg::Looked)],
            Answer::Send(change) => self.send(change, cx),
        }
    }

    fn send(&self, change: RoleChange, cx: &Context) -> Vec<Load<Msg>> {
        let before = match &change {
            RoleChange::Delete(name) => {
                let row = self.list.rows().iter().find(|row| row.name == *name);
                row.and_then(RoleRow::custom)
            }
            _ => None,
        };
        vec![cx.load(|session| ask::carry_out(session, change, before), Msg::Answered)]
    }

    fn done(&mut self, done: Done, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        self.ask = None;
        if done.is_gone && self.detail.as_ref().is_some_and(|detail| *detail.key() == done.name) {
            self.detail = None;
        }
        self.undo = done.undo;
        let words = words::with_undo(&done.words, self.undo.is_some());
        (Step::Tell(Notice::done(words)), self.refresh(cx))
    }

    /// What was asked for was not done.
    fn refused(&mut self, error: &DalError, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let mut loads = Vec::new();
        let words = match &mut self.ask {
            Some(ask) => {
                loads.extend(ask.outrun(error).map(|name| look_again(name, cx)));
                let words = ask.refused(error);
                if ask.is_over() {
                    self.ask = None;
                }
                words
            }
            None => Some(Notice::from(error)),
        };
        (words.map_or(Step::Stay, Step::Tell), loads)
    }
}

/// What a role is now that is being edited.
fn look_again(name: RoleName, cx: &Context) -> Load<Msg> {
    cx.load(
        |session| async move { session.verify().await?.roles().get(&name).await },
        |row| Msg::Seen(row.map(Box::new)),
    )
}

fn get(name: RoleName, cx: &Context) -> Load<Msg> {
    cx.load(
        |session| async move { session.verify().await?.roles().get(&name).await },
        |row| Msg::Got(row.map(Box::new)),
    )
}

/// Who may do something.
fn who(permission: Permission, cx: &Context) -> Load<Msg> {
    cx.load(
        move |session| async move {
            let roles = session.verify().await?.roles().holders(permission).await?;
            Ok(Given { permission, roles })
        },
        Msg::Given,
    )
}

/// How many hold a role: `12`, or `1 000+`.
fn held(row: &RoleRow) -> String {
    let more = if row.held_by_more { "+" } else { "" };
    format!("{}{more}", count(row.held_by))
}

fn cells(row: &RoleRow) -> Vec<std::borrow::Cow<'static, str>> {
    let limits =
        if row.limits == crate::domain::role::Limits::default() { String::new() } else { row.limits.words() };
    vec![row.name.to_string().into(), held(row).into(), row.about.clone().into(), limits.into()]
}

impl Screen for Roles {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[
        Action::screen('m', "matrix of roles and permissions", Permission::ReadRoles),
        Action::screen('w', "why somebody may or may not", Permission::ReadRoles),
        Action::screen('n', "new role", Permission::ManageRoles),
        Action::row('c', "copy the role", Permission::ManageRoles),
        Action::row('e', "edit the role", Permission::ManageRoles),
        Action::row('x', "delete the role", Permission::ManageRoles),
    ];
    const EVERY: Option<Duration> = Some(Duration::from_secs(10));

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let filter = TextField::new(RoleName::MAX_CHARS).with_placeholder(say::SEARCH_HINT);
        let list = List::new(COLUMNS, say::NONE, filter);
        let mut roles =
            Self { list, matrix: None, detail: None, given: None, ask: None, why: None, undo: None };
        let loads = roles.read(cx);
        (roles, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let is_open = self.is_open();
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Move(_) | Command::NextPage | Command::PreviousPage | Command::Sideways(_) => {
                self.follow(&command, cx)
            }
            Command::Select(row) if !is_open => self.click(row, cx),
            // The head of a column of the matrix.
            Command::Sort(column) if !is_open && self.matrix.is_some() => {
                let name = self.list.rows().get(column).map(|row| row.name.clone());
                self.open_role(name, cx)
            }
            Command::Open if !is_open => self.open_detail(cx),
            Command::Search => {
                (self.detail, self.given, self.matrix) = (None, None, None);
                self.list.search();
                Vec::new()
            }
            Command::Refresh => self.refresh(cx),
            Command::Act(key) => return self.act(key, cx),
            Command::Text(input) => self.take_text(&input, cx),
            Command::Undo => match self.undo.take() {
                Some(change) => self.send(change, cx),
                None => Vec::new(),
            },
            Command::Copy => {
                let name = self.chosen().map(|row| row.name.to_string());
                return (name.map_or(Step::Stay, |name| Step::copy(say::THE_NAME, &name)), Vec::new());
            }
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, page) => self.list.listed(asked, page, cells),
            Msg::Got(row) => {
                if let Some(detail) = &mut self.detail {
                    detail.got(row.map(|row| *row));
                }
            }
            Msg::Seen(row) => {
                if let (Some(ask), Ok(row)) = (&mut self.ask, row) {
                    ask.seen(&row);
                }
            }
            Msg::Given(roles) => {
                if let Some(given) = &mut self.given {
                    given.got(roles);
                }
            }
            Msg::Explained(answer) => {
                if let Some(why) = &mut self.why {
                    why.answered(*answer, cx);
                }
            }
            Msg::Looked(Ok(touched)) => {
                if let Some(ask) = &mut self.ask {
                    ask.looked(touched);
                }
            }
            Msg::Answered(Ok(done)) => return self.done(done, cx),
            Msg::Looked(Err(error)) | Msg::Answered(Err(error)) => {
                return self.refused(&error, cx);
            }
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match (&self.detail, &self.given, self.matrix) {
            (Some(detail), ..) => detail.draw(frame, area, detail::of_role, cx),
            (None, Some(given), _) => given.draw(frame, area, detail::of_permission, cx),
            (None, None, Some(matrix)) if !self.list.rows().is_empty() => {
                matrix.draw(frame, area, self.list.rows(), &cx.look);
            }
            _ => self.list.draw(frame, area, say::HEADING, say::SEARCH, cx),
        }
        if let Some(ask) = &self.ask {
            ask.draw(frame, area, cx);
        }
        if let Some(why) = &self.why {
            why.draw(frame, area, cx);
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
            Command::Undo => self.undo.is_some(),
            Command::Move(_) | Command::Refresh | Command::Search => true,
            Command::Copy => self.chosen().is_some(),
            Command::Open | Command::Sideways(_) => !self.is_open(),
            Command::NextPage | Command::PreviousPage => self.matrix.is_some() && !self.is_open(),
            _ => false,
        }
    }

    fn is_changed(&self) -> bool {
        self.ask.as_ref().is_some_and(Ask::is_changed)
    }

    fn crumbs(&self) -> Vec<String> {
        let matrix = self.matrix.iter().map(|_| say::MATRIX.to_owned());
        let given = self.given.iter().map(|given| given.key().to_string());
        let detail = self.detail.iter().map(|detail| detail.key().to_string());
        matrix
            .chain(given)
            .chain(detail)
            .chain(self.ask.iter().map(Ask::title))
            .chain(self.why.iter().map(|_| say::WHY.to_owned()))
            .collect()
    }

    fn takes_text(&self) -> bool {
        self.list.is_searching() || self.ask.is_some() || self.why.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        match (&self.why, &self.ask) {
            (Some(why), _) => why.field(),
            (None, Some(ask)) => ask.field(),
            (None, None) => self.list.field(say::SEARCH),
        }
    }

    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)> {
        if self.ask.is_some() || self.why.is_some() {
            // The dialog names its own keys.
            return Vec::new();
        }
        if self.list.is_searching() {
            return vec![words::DONE, words::SHOW_ALL];
        }
        let mut hints = match (self.is_open(), self.matrix) {
            (true, _) => vec![words::BACK],
            (false, Some(_)) => {
                let more = [say::TO_MORE_ROLES, say::TO_ROLES_BEFORE];
                let mut sideways =
                    more.into_iter().zip([1, -1]).filter(|(_, by)| cx.look.offers(&Command::Sideways(*by)));
                let more = sideways.next().map(|(hint, _)| hint);
                [say::TO_SEE_WHO].into_iter().chain(more).chain([say::TO_LIST, say::TO_SEE_WHY]).collect()
            }
            (false, None) => vec![words::OPEN, words::SEARCH, say::TO_MATRIX, say::TO_SEE_WHY],
        };
        if crate::proxy::offers(&cx.claims, Permission::ManageRoles) {
            if !self.is_open() {
                hints.push(say::TO_CREATE);
            }
            match self.chosen() {
                Some(row) if row.is_built_in => hints.push(say::TO_COPY),
                Some(_) => hints.extend([say::TO_COPY, say::TO_EDIT, say::TO_DELETE]),
                None => {}
            }
        }
        hints
    }
}
