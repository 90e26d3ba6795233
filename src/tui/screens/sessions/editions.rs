//! One's own sessions, everybody's, and those of which one has to end: what each edition shows and
//! offers.

use crate::dal::sessions::{LiveQuery, MAX_ROWS, Order, SessionQuery, SessionRow, Whose};
use crate::dal::{DalError, Page, Session};
use crate::domain::role::Permission;
use crate::domain::time::span;
use crate::tui::keymap::Action;
use crate::tui::screen::Context;
use crate::tui::widgets::table::Column;

/// What the editions of the screen differ in.
pub trait Edition: Send + 'static {
    const COLUMNS: &'static [Column];
    const ACTIONS: &'static [Action];
    const HINTS: &'static [(&'static str, &'static str)];
    /// Whether there is anything to filter and to sort by.
    const IS_EVERYBODYS: bool;

    fn heading(order: Order) -> &'static str;
    fn query(filter: &str, order: Order, after: Option<String>) -> Query;
    fn cells(row: &SessionRow, cx: &Context) -> Vec<String>;
}

/// What a page is asked for with.
pub enum Query {
    Recent(SessionQuery),
    Live(LiveQuery),
}

impl Query {
    pub async fn ask(self, session: Session) -> Result<Page<SessionRow>, DalError> {
        let sessions = session.verify().await?.sessions();
        match self {
            Self::Recent(query) => sessions.list(query).await,
            Self::Live(query) => sessions.live(query).await,
        }
    }
}

/// One's own sessions.
pub struct Mine;

impl Edition for Mine {
    const COLUMNS: &'static [Column] = &[
        Column::new("State", 12),
        Column::new("From", 15).weight(1).priority(1),
        Column::new("Client", 14).weight(2).priority(3),
        Column::new("Since", 12).priority(2),
        Column::new("Doing, or how it ended", 14).weight(2),
    ];
    const ACTIONS: &'static [Action] = &[
        Action::row('x', "end this one", Permission::OwnSessions),
        Action::screen('o', "end all others", Permission::OwnSessions),
    ];
    const HINTS: &'static [(&'static str, &'static str)] = &[("x", "end"), ("o", "end all others")];
    const IS_EVERYBODYS: bool = false;

    fn heading(_order: Order) -> &'static str {
        "Your sessions, newest first"
    }

    fn query(_filter: &str, _order: Order, after: Option<String>) -> Query {
        Query::Recent(SessionQuery { whose: Whose::Mine, after, limit: MAX_ROWS })
    }

    fn cells(row: &SessionRow, cx: &Context) -> Vec<String> {
        let state = if row.is_this { "this one" } else { row.state.word() };
        vec![
            state.to_owned(),
            row.visitor.address.to_string(),
            row.visitor.client.clone(),
            row.created.ago(cx.now),
            what(row),
        ]
    }
}

/// Everybody's live sessions.
pub struct Everybodys;

impl Edition for Everybodys {
    const COLUMNS: &'static [Column] = &[
        Column::new("User", 12).weight(1),
        Column::new("From", 15).weight(1).priority(1),
        Column::new("Idle", 8).priority(2),
        Column::new("Age", 8).priority(3),
        Column::new("Doing", 12).weight(1).priority(4),
        Column::new("Client", 14).weight(1).priority(5),
    ];
    const ACTIONS: &'static [Action] = &[
        Action::screen('s', "sort: newest, oldest, idle", Permission::ReadSessions),
        Action::row('x', "end this one", Permission::RevokeSessions),
        Action::row('u', "end all of the user", Permission::RevokeSessions),
        Action::screen('e', "end all but mine", Permission::RevokeSessions),
        Action::row('m', "send a message", Permission::RevokeSessions),
        Action::screen('M', "message to everybody", Permission::RevokeSessions),
    ];
    const HINTS: &'static [(&'static str, &'static str)] =
        &[("s", "sort"), ("x", "end"), ("u", "all of user"), ("m", "message")];
    const IS_EVERYBODYS: bool = true;

    fn heading(order: Order) -> &'static str {
        match order {
            Order::Newest => "Everybody's sessions, newest first",
            Order::Oldest => "Everybody's sessions, oldest first",
            Order::MostIdle => "Everybody's sessions, idle for longest first",
        }
    }

    fn query(filter: &str, order: Order, after: Option<String>) -> Query {
        let whose = Whose::Everybodys;
        Query::Live(LiveQuery { whose, filter: filter.to_owned(), order, after, limit: MAX_ROWS })
    }

    fn cells(row: &SessionRow, cx: &Context) -> Vec<String> {
        let user = if row.is_this { format!("{} (you)", row.user) } else { row.user.to_string() };
        vec![
            user,
            row.visitor.address.to_string(),
            idle(row, cx),
            span(cx.now.since(row.created)),
            what(row),
            row.visitor.client.clone(),
        ]
    }
}

/// One's own live sessions, for somebody who has too many: one has to end.
pub struct Surplus;

impl Edition for Surplus {
    const COLUMNS: &'static [Column] = &[
        Column::new("From", 15).weight(1),
        Column::new("Idle", 8).priority(1),
        Column::new("Age", 8).priority(2),
        Column::new("Doing", 12).weight(1).priority(3),
        Column::new("Client", 14).weight(1).priority(4),
    ];
    const ACTIONS: &'static [Action] = Mine::ACTIONS;
    const HINTS: &'static [(&'static str, &'static str)] = Mine::HINTS;
    const IS_EVERYBODYS: bool = false;

    fn heading(_order: Order) -> &'static str {
        "End one to go on (x), or leave (q)"
    }

    fn query(_filter: &str, _order: Order, after: Option<String>) -> Query {
        let order = Order::MostIdle;
        Query::Live(LiveQuery { order, after, limit: MAX_ROWS, ..LiveQuery::default() })
    }

    fn cells(row: &SessionRow, cx: &Context) -> Vec<String> {
        let doing = if row.is_this { "this one".to_owned() } else { what(row) };
        vec![
            row.visitor.address.to_string(),
            idle(row, cx),
            span(cx.now.since(row.created)),
            doing,
            row.visitor.client.clone(),
        ]
    }
}

fn idle(row: &SessionRow, cx: &Context) -> String {
    row.activity.as_ref().map_or(String::new(), |now| span(cx.now.since(now.idle_since)))
}

/// What a session does, or how it ended.
fn what(row: &SessionRow) -> String {
    match (&row.ended, &row.activity) {
        (Some(ended), _) => ended.briefly(),
        (None, Some(now)) if now.is_locked => "locked".to_owned(),
        (None, activity) => activity.as_ref().and_then(|now| now.doing).unwrap_or_default().to_owned(),
    }
}
