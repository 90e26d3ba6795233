//! Which sessions are wanted, in which order, from where on.

use crate::domain::name::UserName;
use crate::domain::role::Permission;

use crate::dal::live::Connected;

use super::SessionRow;

/// Rows of the longest page.
pub const MAX_ROWS: usize = 50;

/// Whose sessions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Whose {
    #[default]
    Mine,
    User(UserName),
    Everybodys,
}

/// In which order live sessions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The youngest first.
    #[default]
    Newest,
    Oldest,
    /// Those first that nobody has typed in for longest.
    MostIdle,
    /// Those first in which somebody typed last.
    LeastIdle,
    /// By the name of the user.
    User,
}

/// Which part of the list of live sessions.
#[derive(Debug, Clone, Default)]
pub struct LiveQuery {
    pub whose: Whose,
    /// Part of a user's name, an address or a client's software; empty for all.
    pub filter: String,
    pub order: Order,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// One page of the live sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePage {
    pub items: Vec<SessionRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// Those on all pages.
    pub total: u64,
}

/// Which part of the list of all sessions, newest first.
#[derive(Debug, Clone, Default)]
pub struct SessionQuery {
    pub whose: Whose,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

impl Whose {
    /// What reading these sessions needs.
    pub(super) const fn needs(&self) -> Permission {
        match self {
            Self::Mine => Permission::OwnSessions,
            Self::User(_) | Self::Everybodys => Permission::ReadSessions,
        }
    }
}

impl Connected {
    /// Whether the filter, in lower case, is in what a row shows of it.
    pub(super) fn matches(&self, filter: &str) -> bool {
        self.user_name.as_str().contains(filter)
            || self.visitor.address.to_string().contains(filter)
            || self.visitor.client.to_lowercase().contains(filter)
    }

    /// Its place in an order, as text that sorts: unique, because the session's id ends it.
    pub(super) fn rank(&self, order: Order) -> String {
        let number = match order {
            Order::Newest => u64::MAX - self.created.as_micros(),
            Order::Oldest => self.created.as_micros(),
            Order::MostIdle => self.attention().typed.as_micros(),
            Order::LeastIdle => u64::MAX - self.attention().typed.as_micros(),
            // A blank sorts before everything that a name may hold.
            Order::User => return format!("{} {}", self.user_name, self.session),
        };
        format!("{number:016x}{}", self.session)
    }
}
