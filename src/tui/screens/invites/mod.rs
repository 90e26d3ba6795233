//! Invites: who may make an account for themselves, who did, and taking it back.

mod ask;
mod detail;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::invites::{CLOSED, InviteDetail, InviteQuery, InviteRow, InviteState, MAX_ROWS, MadeInvite};
use crate::dal::{DalError, Page};
use crate::domain::id::Handle;
use crate::domain::policy::SignUp;
use crate::domain::role::{self, Permission};
use crate::domain::time::left;
use crate::proxy;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::{Notice, sentence};
use crate::tui::screen::{Context, Load, Screen, Spot, Step};
use crate::tui::widgets::dialog::Dialog;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::table::Column;
use crate::tui::words;
use crate::tui::words::invites as say;

use super::browse::{Browse, Detail};
use super::list::{Keyed, List};
use ask::{Answer, Ask, Done, Order};

/// Characters of a filter: part of a name, a role or a note.
const FILTER_CHARS: usize = 32;

const COLUMNS: &[Column] = &[
    Column::new(say::INVITE, 10),
    Column::new(words::STATE, 8),
    Column::new(words::ROLES, 9).weight(2).priority(1),
    Column::new(say::FOR, 16).weight(1).priority(2),
    Column::new(say::USED, 7).priority(3),
    Column::new(say::EXPIRES, 9).priority(4),
    Column::new(say::BY, 8).weight(1).priority(5),
];

/// The way on from no invites at all, for who may make one.
const ON_EMPTY: &[Hint<'static>] = &[say::TO_INVITE_FIRST];

const CODE_HINTS: &[(&str, &str)] = &[words::PASSED_ON, words::COPY];

pub struct Invites {
    list: List<InviteRow>,
    detail: Option<Detail<InviteDetail>>,
    ask: Option<Ask>,
    /// A code, shown once.
    made: Option<MadeInvite>,
}

pub enum Msg {
    Listed(u64, Result<Page<InviteRow>, DalError>),
    Got(Result<InviteDetail, DalError>),
    Answered(Result<Done, DalError>),
}

impl Keyed for InviteRow {
    type Key = Handle;

    fn key(&self) -> &Handle {
        &self.id
    }
}

impl Keyed for InviteDetail {
    type Key = Handle;

    fn key(&self) -> &Handle {
        &self.row.id
    }
}

impl Invites {
    /// The invite that an action is about.
    fn chosen(&self) -> Option<&InviteRow> {
        match &self.detail {
            Some(detail) => detail.content().map(|invite| &invite.row),
            None => self.list.selected(),
        }
    }

    fn back(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if self.made.take().is_some() || self.ask.take().is_some() || self.detail.take().is_some() {
            return (Step::Stay, Vec::new());
        }
        if self.list.leave_search() {
            return (Step::Stay, self.read(cx));
        }
        (Step::Back, Vec::new())
    }

    fn act(&mut self, key: char, cx: &Context) -> Step {
        match (key, self.chosen()) {
            // Nobody fills in a form that comes to nothing.
            ('n', _) if cx.session.dal().policy().sign_up == SignUp::Closed => {
                return Step::Tell(Notice::failed(sentence(CLOSED)));
            }
            ('n', _) => self.ask = Some(Ask::create(cx)),
            (_, Some(row)) if row.state != InviteState::Open => {
                let words = say::already(&row.id, row.state.word());
                return Step::Tell(Notice::failed(words));
            }
            (_, Some(row)) => self.ask = Some(Ask::revoke(row)),
            (_, None) => {}
        }
        Step::Stay
    }

    fn copy(&self) -> Step {
        let id = self.chosen().map(|row| row.id.to_string());
        id.map_or(Step::Stay, |id| Step::copy(say::THE_ID, &id))
    }

    fn take_text(&mut self, input: &Input, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some(made) = &self.made {
            let step = match input.character() {
                Some('y') => Step::copy(say::THE_CODE, made.code.expose()),
                _ => Step::Stay,
            };
            if input.is_enter() {
                self.made = None;
            }
            return (step, Vec::new());
        }
        let Some(ask) = &mut self.ask else {
            let has_changed = self.list.take_text(input);
            return (Step::Stay, self.read_if(has_changed, cx));
        };
        match ask.take(input) {
            Answer::None => (Step::Stay, Vec::new()),
            Answer::Send(order) => (Step::Stay, vec![send(order, cx)]),
        }
    }

    fn answered(&mut self, answer: Result<Done, DalError>, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match answer {
            Ok(done) => {
                let words = done.words();
                self.ask = None;
                if let Done::Made(made) = done {
                    self.detail = None;
                    self.made = Some(made);
                }
                (Step::Tell(Notice::done(words)), self.refresh(cx))
            }
            Err(error) => {
                let notice = match &mut self.ask {
                    Some(ask) => ask.refused(&error),
                    None => Some(Notice::from(&error)),
                };
                (notice.map_or(Step::Stay, Step::Tell), Vec::new())
            }
        }
    }
}

fn send(order: Order, cx: &Context) -> Load<Msg> {
    cx.load(|session| order.carry_out(session), Msg::Answered)
}

/// Draws a code; where the window is low how to use it gives way, and the warning stays.
fn draw_code(frame: &mut Frame, area: Rect, made: &MadeInvite, cx: &Context) {
    let code = made.code.expose();
    let ends = left(made.expires.since(cx.now));
    let command = &how_to_connect(cx);
    let body = if area.height < 12 {
        say::code_in_short(code, command)
    } else {
        say::code_in_full(code, command, &ends)
    };
    let dialog = Dialog { title: say::CODE, body: &body, hints: CODE_HINTS, ..Dialog::default() };
    dialog.draw(frame, area, &cx.look);
}

/// What whoever is invited types.
fn how_to_connect(cx: &Context) -> String {
    cx.session.dal().door().how_to_connect("invite")
}

/// For whom an invite is.
fn whom(row: &InviteRow) -> String {
    row.name.as_ref().map_or(say::ANYBODY.to_owned(), ToString::to_string)
}

/// `in 7 h`, or how long ago.
fn expires(row: &InviteRow, cx: &Context) -> String {
    if row.expires > cx.now {
        words::in_time(&left(row.expires.since(cx.now)))
    } else {
        row.expires.ago(cx.now)
    }
}

fn cells(row: &InviteRow, cx: &Context) -> Vec<std::borrow::Cow<'static, str>> {
    vec![
        row.id.to_string().into(),
        row.state.word().into(),
        role::list(&row.roles).into(),
        whom(row).into(),
        say::used(row.used, row.uses).into(),
        expires(row, cx).into(),
        row.by.to_string().into(),
    ]
}

impl Browse for Invites {
    type Row = InviteRow;
    type Close = InviteDetail;

    fn list(&mut self) -> &mut List<InviteRow> {
        &mut self.list
    }

    fn detail(&mut self) -> &mut Option<Detail<InviteDetail>> {
        &mut self.detail
    }

    fn read(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let (asked, after) = self.list.ask();
        let query = InviteQuery { all: true, filter: self.list.filter().to_owned(), after, limit: MAX_ROWS };
        vec![cx.load(
            |session| async move { session.verify().await?.invites().list(query).await },
            move |page| Msg::Listed(asked, page),
        )]
    }

    fn get(id: Handle, cx: &Context) -> Load<Msg> {
        cx.load(|session| async move { session.verify().await?.invites().get(&id).await }, Msg::Got)
    }
}

impl Screen for Invites {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[
        Action::screen('n', "invite somebody", Permission::ManageInvites),
        Action::row('x', "revoke", Permission::ManageInvites),
    ];

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let filter = TextField::new(FILTER_CHARS).with_placeholder(say::SEARCH_HINT);
        let mut list = List::new(COLUMNS, say::NONE, filter);
        if proxy::offers(&cx.claims, Permission::ManageInvites) {
            list = list.on_empty(ON_EMPTY);
        }
        let mut invites = Self { list, detail: None, ask: None, made: None };
        let loads = invites.read(cx);
        (invites, loads)
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Some(loads) = self.browse(&command, cx) {
            return (Step::Stay, loads);
        }
        let loads = match command {
            Command::Back => return self.back(cx),
            Command::Act(key) => return (self.act(key, cx), Vec::new()),
            Command::Text(input) => return self.take_text(&input, cx),
            Command::Copy => return (self.copy(), Vec::new()),
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Listed(asked, page) => self.list.listed(asked, page, |row| cells(row, cx)),
            Msg::Got(invite) => {
                if let Some(detail) = &mut self.detail {
                    detail.got(invite);
                }
            }
            Msg::Answered(answer) => return self.answered(answer, cx),
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
        if let Some(made) = &self.made {
            draw_code(frame, area, made, cx);
        }
    }

    fn spot(&self) -> Spot {
        Spot { is_open: self.detail.is_some(), ..self.list.spot() }
    }

    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<Load<Msg>> {
        let id = spot.selected.as_deref().filter(|_| spot.is_open).map(Handle::parse);
        self.detail = id.and_then(Result::ok).map(Detail::loading);
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

    fn is_changed(&self) -> bool {
        self.ask.as_ref().is_some_and(Ask::is_changed)
    }

    fn crumbs(&self) -> Vec<String> {
        let detail = self.detail.iter().map(|detail| detail.key().to_string());
        detail.chain(self.ask.iter().map(Ask::title)).collect()
    }

    fn takes_text(&self) -> bool {
        self.list.is_searching() || self.ask.is_some() || self.made.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        match (&self.made, &self.ask) {
            (Some(_), _) => None,
            (None, Some(ask)) => ask.field(),
            (None, None) => self.list.field(say::SEARCH),
        }
    }

    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)> {
        if self.ask.is_some() || self.made.is_some() {
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
        if proxy::offers(&cx.claims, Permission::ManageInvites) {
            if self.detail.is_none() {
                hints.push(say::TO_INVITE);
            }
            if self.chosen().is_some_and(|row| row.state == InviteState::Open) {
                hints.push(say::TO_REVOKE);
            }
        }
        hints
    }
}
