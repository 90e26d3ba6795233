//! A change on its way into the store: what is written, under which conditions, and the event that
//! tells of it. There is no change without an event.

use std::net::IpAddr;

use crate::domain::event::{Actor, Event, What};
use crate::domain::id::{Entropy, EventId};
use crate::domain::time::Timestamp;

use super::DalError;
use super::records::{Roster, Stored, UserRecord};
use super::store::{Expect, StoreError, Txn, encode, keys};

/// A transaction and what it means.
pub(super) struct Change {
    pub txn: Txn,
    pub what: What,
}

/// The transaction with its event as the marker.
pub(super) fn with_event(
    change: Change,
    at: Timestamp,
    actor: Option<Actor>,
    from: Option<IpAddr>,
    entropy: &dyn Entropy,
) -> Result<Txn, StoreError> {
    let event = Event { id: EventId::random(entropy), at, actor, from, what: change.what };
    Ok(change.txn.marker(keys::event(at, event.id), encode(&event)?))
}

/// The roster after `before` became `after` (absent: created or deleted), guarded, if it changes.
///
/// Errors: `Conflict` when nobody would be left to administrate.
pub(super) fn keep_an_admin(
    txn: Txn,
    roster: &Stored<Roster>,
    before: Option<&UserRecord>,
    after: Option<&UserRecord>,
) -> Result<Txn, DalError> {
    let was = before.filter(|user| user.is_usable_admin());
    let is = after.filter(|user| user.is_usable_admin());
    let mut admins = roster.record.0.clone();
    match (was, is) {
        (None, None) | (Some(_), Some(_)) => return Ok(txn),
        (None, Some(user)) => admins.push(user.id),
        (Some(user), None) => admins.retain(|id| *id != user.id),
    }
    if admins.is_empty() {
        return Err(DalError::Conflict {
            what: "this is the last administrator; make somebody else one first".to_owned(),
        });
    }
    Ok(roster.unchanged(txn).put(keys::roster(), encode(&Roster(admins))?))
}

/// The number of accounts, guarded and moved by `by`.
pub(super) fn count_users(txn: Txn, count: Option<&Stored<u64>>, by: i64) -> Result<Txn, StoreError> {
    let (guarded, now) = match count {
        Some(stored) => (stored.unchanged(txn), stored.record.saturating_add_signed(by)),
        None => (txn.guard(keys::user_count(), Expect::Absent), 0_u64.saturating_add_signed(by)),
    };
    Ok(guarded.put(keys::user_count(), encode(&now)?))
}
