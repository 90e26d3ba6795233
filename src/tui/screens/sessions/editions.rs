//! One's own sessions, everybody's, and those of which one has to end: what each edition shows and
//! offers.

use crate::dal::sessions::{LivePage, LiveQuery, MAX_ROWS, Order, SessionQuery, SessionRow, Whose};
use crate::dal::{DalError, Page, Session};
use crate::domain::role::Permission;
use crate::domain::time::span;
use crate::tui::keymap::Action;
use crate::tui::screen::Context;
use crate::tui::widgets::gauge::filled;
use crate::tui::widgets::table::{Column, Sort};
use crate::tui::words;
use crate::tui::words::sessions as say;

/// What the editions of the screen differ in.
pub trait Edition: Send + 'static {
    const COLUMNS: &'static [Column];
    const ACTIONS: &'static [Action];
    const HINTS: &'static [(&'static str, &'static str)];
    /// Whether there is anything to filter by.
    const IS_EVERYBODYS: bool;
    const HEADING: &'static str;
    /// What the headings ask for, in the order in which a key goes through them.
    const SORTS: &'static [(Sort, Order)] = &[];

    /// The sort that follows another.
    fn next_sort(now: Option<Sort>) -> Option<Sort> {
        let here = Self::SORTS.iter().position(|(sort, _)| Some(*sort) == now);
        let next = here.map_or(0, |here| here + 1) % Self::SORTS.len().max(1);
        Self::SORTS.get(next).map(|(sort, _)| *sort)
    }

    /// The sort that a click asks for, or the other one by that column where there is none like it.
    fn possible(sort: Sort) -> Option<Sort> {
        let all = || Self::SORTS.iter().map(|(sort, _)| *sort);
        all().find(|one| *one == sort).or_else(|| all().find(|one| one.column == sort.column))
    }

    fn query(filter: &str, order: Order, after: Option<String>) -> Query;
    fn cells(row: &SessionRow, cx: &Context) -> Vec<String>;
}

/// What a page is asked for with.
pub enum Query {
    Recent(SessionQuery),
    Live(LiveQuery),
}

/// What was asked for, and how many there are on all pages where that is known.
pub struct Listed {
    pub page: Page<SessionRow>,
    pub total: Option<u64>,
}

impl Query {
    pub async fn ask(self, session: Session) -> Result<Listed, DalError> {
        let sessions = session.verify().await?.sessions();
        match self {
            Self::Recent(query) => Ok(Listed { page: sessions.list(query).await?, total: None }),
            Self::Live(query) => {
                let LivePage { items, next, total } = sessions.live(query).await?;
                Ok(Listed { page: Page { items, next }, total: Some(total) })
            }
        }
    }
}

/// One's own sessions.
pub struct Mine;

impl Edition for Mine {
    const COLUMNS: &'static [Column] = &[
        Column::new(words::STATE, 8),
        Column::new(words::FROM, 15).weight(1).priority(1),
        Column::new(words::SINCE, 10).priority(2),
        Column::new(say::DOING_OR_ENDED, 22).weight(2),
        Column::new(words::CLIENT, 13).weight(1).priority(3),
    ];
    const ACTIONS: &'static [Action] = &[
        Action::row('x', "end this one", Permission::OwnSessions),
        Action::screen('o', "end all others", Permission::OwnSessions),
    ];
    const HINTS: &'static [(&'static str, &'static str)] = &[say::TO_END, say::TO_END_OTHERS];
    const IS_EVERYBODYS: bool = false;

    const HEADING: &'static str = say::MINE;

    fn query(_filter: &str, _order: Order, after: Option<String>) -> Query {
        Query::Recent(SessionQuery { whose: Whose::Mine, after, limit: MAX_ROWS })
    }

    fn cells(row: &SessionRow, cx: &Context) -> Vec<String> {
        let state = if row.is_this { say::THIS_ONE } else { row.state.word() };
        vec![
            state.to_owned(),
            row.visitor.address.to_string(),
            row.created.ago(cx.now),
            row.doing(),
            row.visitor.client.clone(),
        ]
    }
}

/// Everybody's live sessions.
pub struct Everybodys;

impl Edition for Everybodys {
    const COLUMNS: &'static [Column] = &[
        Column::new(words::USER, 12).weight(1).sortable(),
        Column::new(words::FROM, 13).weight(1).priority(1),
        Column::new(words::IDLE, 7).priority(2).sortable(),
        Column::new(words::AGE, 14).priority(3).sortable(),
        Column::new(words::DOING, 11).weight(1).priority(4),
        Column::new(words::CLIENT, 14).weight(1).priority(5),
    ];
    const ACTIONS: &'static [Action] = &[
        Action::screen('s', "sort by another column", Permission::ReadSessions),
        Action::row('x', "end this one", Permission::RevokeSessions),
        Action::row('u', "end all of the user", Permission::RevokeSessions),
        Action::screen('e', "end all but mine", Permission::RevokeSessions),
        Action::row('m', "send a message", Permission::RevokeSessions),
        Action::screen('M', "message to everybody", Permission::RevokeSessions),
    ];
    const HINTS: &'static [(&'static str, &'static str)] =
        &[say::TO_SORT, say::TO_END, say::TO_TELL, say::TO_END_ALL_OF];
    const IS_EVERYBODYS: bool = true;

    const HEADING: &'static str = say::EVERYBODYS;
    const SORTS: &'static [(Sort, Order)] = &[
        (Sort { column: 3, is_descending: false }, Order::Newest),
        (Sort { column: 3, is_descending: true }, Order::Oldest),
        (Sort { column: 2, is_descending: true }, Order::MostIdle),
        (Sort { column: 2, is_descending: false }, Order::LeastIdle),
        (Sort { column: 0, is_descending: false }, Order::User),
    ];

    fn query(filter: &str, order: Order, after: Option<String>) -> Query {
        let whose = Whose::Everybodys;
        Query::Live(LiveQuery { whose, filter: filter.to_owned(), order, after, limit: MAX_ROWS })
    }

    fn cells(row: &SessionRow, cx: &Context) -> Vec<String> {
        let user = if row.is_this { say::and_you(&row.user) } else { row.user.to_string() };
        vec![
            user,
            row.visitor.address.to_string(),
            idle(row, cx),
            age(row, cx),
            row.doing(),
            row.visitor.client.clone(),
        ]
    }
}

/// One's own live sessions, for somebody who has too many: one has to end.
pub struct Surplus;

impl Edition for Surplus {
    const COLUMNS: &'static [Column] = &[
        Column::new(words::FROM, 15).weight(1),
        Column::new(words::IDLE, 8).priority(1),
        Column::new(words::AGE, 8).priority(2),
        Column::new(words::DOING, 12).weight(1).priority(3),
        Column::new(words::CLIENT, 14).weight(1).priority(4),
    ];
    const ACTIONS: &'static [Action] = Mine::ACTIONS;
    const HINTS: &'static [(&'static str, &'static str)] = Mine::HINTS;
    const IS_EVERYBODYS: bool = false;

    const HEADING: &'static str = say::SURPLUS;

    fn query(_filter: &str, _order: Order, after: Option<String>) -> Query {
        let order = Order::MostIdle;
        Query::Live(LiveQuery { order, after, limit: MAX_ROWS, ..LiveQuery::default() })
    }

    fn cells(row: &SessionRow, cx: &Context) -> Vec<String> {
        let doing = if row.is_this { say::THIS_ONE.to_owned() } else { row.doing() };
        vec![
            row.visitor.address.to_string(),
            idle(row, cx),
            span(cx.now.since(row.created)),
            doing,
            row.visitor.client.clone(),
        ]
    }
}

/// How old it is, and how much of the time that it may last that is.
fn age(row: &SessionRow, cx: &Context) -> String {
    let age = cx.now.since(row.created);
    let part = filled(age.as_secs(), row.expires.since(row.created).as_secs(), AGE_BAR);
    format!("{:<8}{part}", span(age))
}

/// Columns of the bar beside an age.
const AGE_BAR: usize = 6;

fn idle(row: &SessionRow, cx: &Context) -> String {
    row.activity.as_ref().map_or(String::new(), |now| span(cx.now.since(now.idle_since)))
}
