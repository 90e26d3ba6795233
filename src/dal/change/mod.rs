//! A change on its way into the store: what is written, under which conditions, and the event that
//! tells of it. There is no change without an event.

mod user;

use std::net::IpAddr;

use crate::domain::event::{Actor, Event, What};
use crate::domain::id::{Entropy, EventId};
use crate::domain::time::Timestamp;

use super::store::{StoreError, Txn, encode, keys};

pub(super) use user::{add_user, index_user, is_free, purge_user, put_gone, put_roster, put_user};

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
