//! What stands in the list: users, or those of them that were deleted and can be restored.

use std::borrow::Cow;

use crate::dal::users::{DeletedRow, Found, UserQuery, UserRow};
use crate::dal::{DalError, Session};
use crate::domain::name::UserName;
use crate::domain::role;
use crate::domain::time::{NEVER, left};
use crate::tui::screen::Context;
use crate::tui::screens::list::{Keyed, List};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::table::Column;
use crate::tui::words;
use crate::tui::words::users as say;

use super::filter;

/// Which users are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    There,
    Deleted,
}

/// One row, of either list.
pub enum Row {
    There(UserRow),
    Deleted(DeletedRow),
}

impl Keyed for Row {
    type Key = UserName;

    fn key(&self) -> &UserName {
        match self {
            Self::There(row) => &row.name,
            Self::Deleted(row) => &row.name,
        }
    }
}

impl Row {
    /// Somebody who was not deleted: what most actions are about.
    pub fn there(&self) -> Option<&UserRow> {
        match self {
            Self::There(row) => Some(row),
            Self::Deleted(_) => None,
        }
    }

    pub fn cells(&self, cx: &Context) -> Vec<Cow<'static, str>> {
        match self {
            Self::There(row) => {
                let last = row.last_sign_in.map_or(NEVER.to_owned(), |at| at.ago(cx.now));
                vec![
                    row.name.to_string().into(),
                    row.display_name.to_string().into(),
                    role::list(&row.roles).into(),
                    row.state.word().into(),
                    last.into(),
                    row.created.ago(cx.now).into(),
                    say::has(row.second_factor).into(),
                ]
            }
            Self::Deleted(row) => vec![
                row.name.to_string().into(),
                row.display_name.to_string().into(),
                role::list(&row.roles).into(),
                words::in_time(&left(row.until.since(cx.now))).into(),
                row.by.to_string().into(),
            ],
        }
    }
}

const COLUMNS: &[Column] = &[
    Column::new(words::NAME, 12).weight(2).sortable(),
    Column::new(words::DISPLAY_NAME, 14).weight(3).priority(3),
    Column::new(words::ROLES, 9).weight(1).priority(2),
    Column::new(words::STATE, 9).priority(1),
    Column::new(words::LAST_SIGN_IN, 12).priority(4),
    Column::new(words::CREATED, 12).priority(5).sortable(),
    Column::new(say::SECOND_FACTOR, 10).priority(6),
];

/// The place of that column.
pub const CREATED: usize = 5;

const DELETED_COLUMNS: &[Column] = &[
    Column::new(words::NAME, 12).weight(2),
    Column::new(words::DISPLAY_NAME, 14).weight(3).priority(4),
    Column::new(words::ROLES, 9).weight(1).priority(3),
    Column::new(say::FOR_GOOD, 8).priority(1),
    Column::new(say::DELETED_BY, 10).weight(1).priority(2),
];

/// The way on from a list of nobody.
const ON_EMPTY: &[Hint<'static>] = &[say::TO_ALL];

impl Which {
    pub const fn other(self) -> Self {
        match self {
            Self::There => Self::Deleted,
            Self::Deleted => Self::There,
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::There => say::ALL,
            Self::Deleted => say::DELETED,
        }
    }

    /// Its list, on its way.
    pub fn list(self) -> List<Row> {
        let filter = TextField::new(UserName::MAX_CHARS).with_placeholder(say::SEARCH_HINT);
        match self {
            Self::There => List::new(COLUMNS, say::NONE, filter),
            Self::Deleted => List::new(DELETED_COLUMNS, say::NONE_DELETED, filter).on_empty(ON_EMPTY),
        }
    }

    /// One page of it, with a proof made for it.
    pub async fn read(self, session: Session, query: UserQuery) -> Result<Found<Row>, DalError> {
        Ok(match self {
            Self::There => filter::look(session, query).await?.map(Row::There),
            Self::Deleted => {
                let page = session.verify().await?.users().deleted(query).await?;
                Found { page, looked_at: 0, of: 0 }.map(Row::Deleted)
            }
        })
    }
}
