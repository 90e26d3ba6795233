//! Sessions that have been over for as long as the rules keep them, and are taken away then.

use crate::domain::event::What;

use crate::dal::DalError;
use crate::dal::change::Change;
use crate::dal::gate::{TRIES, Vault};
use crate::dal::records::{SessionRecord, Stored};
use crate::dal::store::{Entry, Store, StoreError, Txn, keys};
use crate::domain::time::Timestamp;

/// Sessions that are taken away in one transaction: three keys each.
pub(in crate::dal) const AT_ONCE: usize = 32;

/// Takes away sessions that were over long enough ago, at most [`AT_ONCE`]; answers how many.
pub(in crate::dal) async fn forget_ended(vault: &Vault, store: &dyn Store) -> Result<usize, DalError> {
    // Whoever takes something away for good does it by the rules as they are, and not as they were.
    vault.read_policy_again(store).await?;
    for _ in 0..TRIES {
        let before = vault.clock.now().before(vault.policy().keep_ended_sessions);
        let (txn, count) = plan(store, before).await?;
        if count == 0 {
            return Ok(0);
        }
        let what = What::SessionsForgotten { count, before };
        match vault.write(Change { txn, what }, None, None).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other.map(|()| count)?),
        }
    }
    Err(DalError::busy())
}

/// Takes away the next ones that were over before then.
async fn plan(store: &dyn Store, before: Timestamp) -> Result<(Txn, usize), StoreError> {
    // Whatever was over by then had begun by then: nothing younger is looked at.
    let mut after = keys::sessions_by(before);
    loop {
        let page = store.scan(keys::SESSIONS_BY_TIME, Some(&after), AT_ONCE).await?;
        let (txn, count) = take_away(store, &page.entries, before).await?;
        match page.entries.last() {
            Some(last) if count == 0 && page.next.is_some() => after.clone_from(&last.key),
            _ => return Ok((txn, count)),
        }
    }
}

async fn take_away(
    store: &dyn Store,
    listed: &[Entry],
    before: Timestamp,
) -> Result<(Txn, usize), StoreError> {
    let ids: Vec<_> = listed.iter().filter_map(|entry| keys::session_in_order(&entry.key)).collect();
    let wanted: Vec<_> = ids.iter().map(|id| keys::session(*id)).collect();
    let (mut txn, mut count) = (Txn::new(), 0);
    for entry in store.get_many(&wanted).await?.iter().flatten() {
        let session = Stored::<SessionRecord>::read(entry)?;
        if session.record.ended.as_ref().is_none_or(|ended| ended.at > before) {
            continue;
        }
        let SessionRecord { id, user, created, .. } = session.record;
        txn = session
            .unchanged(txn)
            .delete(keys::session(id))
            .delete(keys::session_of_user(user, created, id))
            .delete(keys::session_by_time(created, id));
        count += 1;
    }
    Ok((txn, count))
}
