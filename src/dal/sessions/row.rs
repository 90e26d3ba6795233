//! What a viewer sees of one session.

use serde::Serialize;

use crate::domain::id::{Handle, SessionId};
use crate::domain::name::UserName;
use crate::domain::session::{Ended, Method, Terminal, Visitor};
use crate::domain::time::Timestamp;

use crate::dal::live::Connected;
use crate::dal::records::SessionRecord;

/// One session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionRow {
    pub handle: Handle,
    pub user: UserName,
    pub state: SessionState,
    /// It is the session that asks.
    pub is_this: bool,
    #[serde(flatten)]
    pub visitor: Visitor,
    /// How it was proven who this is, in order.
    pub methods: Vec<Method>,
    /// As it was when the dashboard was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<Terminal>,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// What its connection knows.
    #[serde(flatten)]
    pub activity: Option<Activity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

impl SessionRow {
    /// What it does, or how it ended: `Users`, or `ended by admin`.
    pub fn doing(&self) -> String {
        match (&self.ended, &self.activity) {
            (Some(ended), _) => ended.briefly(),
            (None, Some(now)) if now.is_locked => "locked".to_owned(),
            (None, now) => now.as_ref().and_then(|now| now.doing).unwrap_or_default().to_owned(),
        }
    }
}

/// What a live session is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// When the person last pressed a key, or gave a command without having a screen open.
    pub idle_since: Timestamp,
    /// The command that runs, or the screen that is looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doing: Option<&'static str>,
    /// Columns and rows of the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<(u16, u16)>,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// Waits for its password.
    pub is_locked: bool,
}

/// Whether a session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionState {
    /// Its connection is open.
    Live,
    /// It is over and its connection is being closed, or the other way round: a moment.
    Ending,
    Ended,
}

impl SessionState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Ending => "ending",
            Self::Ended => "ended",
        }
    }
}

impl Connected {
    fn activity(&self) -> Activity {
        let (bytes_in, bytes_out) = self.bytes();
        let attention = self.attention();
        Activity {
            idle_since: attention.typed,
            is_locked: attention.locked.is_some(),
            doing: self.doing(),
            size: self.size(),
            bytes_in,
            bytes_out,
        }
    }
}

/// A row of a session whose connection is open, from what the connection knows alone.
pub(super) fn live_row(live: &Connected, own: SessionId) -> SessionRow {
    SessionRow {
        handle: live.session.handle(),
        user: live.user_name.clone(),
        state: SessionState::Live,
        is_this: live.session == own,
        visitor: live.visitor.clone(),
        methods: live.methods.clone(),
        terminal: live.terminal(),
        created: live.created,
        expires: live.expires,
        activity: Some(live.activity()),
        ended: None,
    }
}

/// A row of a recorded session, with what its connection knows if it has one.
pub(super) fn row(record: SessionRecord, live: Option<&Connected>, own: SessionId) -> SessionRow {
    let state = match (live, &record.ended) {
        (Some(_), None) => SessionState::Live,
        (None, Some(_)) => SessionState::Ended,
        (Some(_), Some(_)) | (None, None) => SessionState::Ending,
    };
    SessionRow {
        handle: record.id.handle(),
        user: record.user_name,
        state,
        is_this: record.id == own,
        visitor: record.visitor,
        methods: record.methods,
        terminal: live.map_or(record.terminal, Connected::terminal),
        created: record.created,
        expires: record.expires,
        activity: live.map(Connected::activity),
        ended: record.ended,
    }
}
