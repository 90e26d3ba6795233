//! What goes with an account that is gone for good: everything that its sessions left behind, piece by piece, and
//! the account itself at last.

use crate::dal::DalError;
use crate::dal::change::{Change, purge_user};
use crate::dal::locks::Tallies;
use crate::dal::records::{Stored, UserRecord};
use crate::dal::store::{Key, MAX_WRITES, Page, Store, StoreError, Txn, keys};
use crate::domain::event::What;
use crate::domain::id::SessionId;
use crate::domain::time::Timestamp;

use super::target;

/// Keys of one session, with its entry among the open ones.
const KEYS: usize = 5;

/// Sessions of one transaction.
const AT_ONCE: usize = MAX_WRITES / KEYS;

/// Takes the history of a deleted account's sessions away, and answers the change that takes the rest;
/// nothing if the account has changed meanwhile.
///
/// What is interrupted in between leaves an account that is still deleted, with less of a history: a session
/// goes from all of its lists at once.
pub(in crate::dal) async fn plan_purge(
    store: &dyn Store,
    user: &Stored<UserRecord>,
    now: Timestamp,
) -> Result<Option<Change>, DalError> {
    let id = user.record.id;
    // Open in the store only, those too: nobody is connected for long to an account that is gone.
    for list in [keys::sessions_of(id), keys::open_sessions_of(id)] {
        loop {
            let page = store.scan(&list, None, AT_ONCE).await?;
            if page.entries.is_empty() {
                break;
            }
            match store.commit(take_away(user, page)).await {
                Ok(_) => {}
                Err(StoreError::Conflict { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
    let txn = purge_user(Txn::new(), store, user, now).await?;
    let txn = Tallies::load(store, id).await?.forget(txn)?;
    Ok(Some(Change { txn, what: What::UserPurged { target: target(&user.record) } }))
}

/// Everything that is kept of the sessions on this page of either list.
fn take_away(user: &Stored<UserRecord>, page: Page) -> Txn {
    let mut txn = user.unchanged(Txn::new());
    for entry in page.entries {
        for key in everything_of(user, &entry.key) {
            txn = txn.delete(key);
        }
    }
    txn
}

fn everything_of(user: &Stored<UserRecord>, listed: &Key) -> Vec<Key> {
    let mut keys = vec![listed.clone()];
    let mut add = |session: SessionId| {
        keys.extend([keys::session(session), keys::terminal(session)]);
    };
    match (keys::open_session_of(listed), keys::session_in_order(listed), keys::time_in_order(listed)) {
        (Some((_, session)), ..) => add(session),
        (None, Some(session), Some(began)) => {
            add(session);
            keys.push(keys::session_by_time(began, session));
            keys.push(keys::open_session(user.record.id, session));
        }
        (None, ..) => {}
    }
    keys
}
