//! The audit trail, for who may read it: what happened, the newest first.
//!
//! Events are written with what they tell of, by [`change`](super::change), and never changed. Here they are
//! read ([`query`]), told ([`row`]) and, when the rules keep them no longer, forgotten ([`forgetting`]).

pub(super) mod forgetting;
mod query;
mod row;

use crate::domain::event::Event;
use crate::domain::id::EventHandle;
use crate::domain::role::Permission;

use super::DalError;
use super::gate::{Granted, Verified};
use super::store::{Entry, decode, keys};

pub use query::{AuditQuery, BUDGET, MAX_ROWS, Trail};
pub use row::{EventDetail, EventRow, EventTarget};

use query::find;
use row::{named, row};

/// The audit trail, for the length of one operation.
pub struct Audit(pub(super) Verified);

impl Audit {
    /// Lists events, the newest first, one page at a time; looks at no more than [`BUDGET`] of them.
    ///
    /// Needs `ReadAudit`.
    pub async fn list(self, query: AuditQuery) -> Result<Trail, DalError> {
        let granted = self.0.require(Permission::ReadAudit)?;
        find(&granted, &query).await
    }

    /// One event, with what was before and after.
    ///
    /// Needs `ReadAudit`. Errors: `NotFound`.
    pub async fn get(self, handle: EventHandle) -> Result<EventDetail, DalError> {
        let granted = self.0.require(Permission::ReadAudit)?;
        let absent = || DalError::NotFound { what: format!("event {handle}") };
        let entry = entry_of(&granted, handle).await?.ok_or_else(absent)?;
        let event: Event = decode(&entry).map_err(|_| DalError::Conflict {
            what: format!("the event {handle} was written by a version that knows more; use that one"),
        })?;
        let name = named(&granted, [&event]).await?.pop().flatten();
        EventDetail::of(&granted, row(event, name)).await
    }
}

/// The entry behind a handle.
async fn entry_of(granted: &Granted<'_>, handle: EventHandle) -> Result<Option<Entry>, DalError> {
    let (prefix, mut after) = (keys::events_by(handle.at()), None);
    loop {
        let page = granted.store.scan(&prefix, after.as_deref(), MAX_ROWS).await?;
        let is_it = |entry: &Entry| keys::event_of(&entry.key).map(|(at, id)| EventHandle::of(at, id));
        let found = page.entries.into_iter().find(|entry| is_it(entry) == Some(handle));
        if found.is_some() || page.next.is_none() {
            return Ok(found);
        }
        after = page.next;
    }
}
