//! Events that are older than the rules keep them, and are taken away; and the names of accounts that nothing is
//! left of.

use std::time::Duration;

use crate::dal::DalError;
use crate::dal::change::{Change, with_event};
use crate::dal::gate::{TRIES, Vault};
use crate::dal::records::{Reserved, Stored};
use crate::dal::store::{Key, Store, StoreError, Txn, decode, keys};
use crate::domain::event::{Target, What};
use crate::domain::id::UserId;

/// Events that are taken away in one transaction.
const IN_ONE: usize = 100;

/// Events that are taken away in one round.
pub(in crate::dal) const AT_ONCE: usize = 10 * IN_ONE;

/// Names that are freed in one round.
pub(in crate::dal) const NAMES: usize = 64;

/// How much older than they have to be events may get: forgetting them leaves one line a day in the trail, and
/// not one each time that somebody looks.
const SLACK: Duration = Duration::from_hours(24);

/// Takes away events that are old enough, at most [`AT_ONCE`]; answers how many.
///
/// One event tells of all of a round: each transaction takes the one away that told of those before it.
pub(in crate::dal) async fn forget_events(vault: &Vault, store: &dyn Store) -> Result<usize, DalError> {
    // As with sessions: by the rules as they are, and not as they were.
    vault.read_policy_again(store).await?;
    let until = vault.clock.now().before(vault.policy().keep_events);
    let late = keys::events_by(until.before(SLACK));
    if store.scan(keys::EVENTS, Some(&late), 1).await?.entries.is_empty() {
        return Ok(0);
    }
    let start = keys::events_by(until);
    let (mut count, mut teller): (usize, Option<Key>) = (0, None);
    while count < AT_ONCE {
        let page = store.scan(keys::EVENTS, Some(&start), IN_ONE).await?;
        if page.entries.is_empty() {
            break;
        }
        count += page.entries.len();
        let mut txn = Txn::new();
        for key in page.entries.into_iter().map(|entry| entry.key).chain(teller.take()) {
            txn = txn.delete(key);
        }
        let what = What::EventsForgotten { count: u64::try_from(count).unwrap_or(u64::MAX), until };
        let txn = with_event(Change { txn, what }, vault.clock.now(), None, None, &*vault.entropy)?;
        teller = txn.marked().cloned();
        store.commit(txn).await?;
        if page.next.is_none() {
            break;
        }
    }
    Ok(count)
}

/// Frees names of accounts that are gone, where nothing in the trail is as old as their end.
pub(in crate::dal) async fn free_names(vault: &Vault, store: &dyn Store) -> Result<usize, DalError> {
    let kept = vault.clock.now().before(vault.policy().keep_events);
    let mut freed = 0;
    for entry in store.scan(keys::GONE_NAMES, None, NAMES).await?.entries {
        let Some((gone, name)) = keys::gone_name_of(&entry.key) else { continue };
        let is_told_of = async || -> Result<bool, StoreError> {
            let page = store.scan(keys::EVENTS, Some(&keys::events_by(gone)), 1).await?;
            Ok(!page.entries.is_empty())
        };
        // Those behind it went later.
        if gone > kept || is_told_of().await? {
            break;
        }
        free(vault, store, &entry.key, Target { user: decode::<UserId>(&entry)?, name }).await?;
        freed += 1;
    }
    Ok(freed)
}

async fn free(vault: &Vault, store: &dyn Store, listed: &Key, target: Target) -> Result<(), DalError> {
    for _ in 0..TRIES {
        let entry = store.get(&keys::deleted_name(&target.name)).await?;
        let reserved = Stored::<Reserved>::read_some(entry.as_ref())?;
        let txn = Txn::new().delete(listed.clone());
        let Some(reserved) = reserved.filter(|reserved| reserved.record.user == target.user) else {
            // The name is somebody else's by now, or nobody's: it is not freed again.
            store.commit(txn).await?;
            return Ok(());
        };
        let txn = reserved.unchanged(txn).delete(reserved.key.clone());
        let change = Change { txn, what: What::NameFreed { target: target.clone() } };
        match vault.write(change, None, None).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Err(DalError::busy())
}
