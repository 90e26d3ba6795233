//! Invites that can be used no more, and when they are forgotten.

use std::time::Duration;

use crate::dal::change::Change;
use crate::dal::gate::Vault;
use crate::dal::records::Stored;
use crate::dal::store::{MAX_PAGE, Store, StoreError, Txn, keys};
use crate::domain::event::What;
use crate::domain::time::Timestamp;

use super::InviteRecord;

/// How long one stays in the list after its time.
const KEPT: Duration = Duration::from_hours(24 * 30);

/// Invites that are forgotten in one transaction: each is two keys and a guard.
const AT_ONCE: usize = 50;

/// Forgets invites whose time was up 30 days before `now`, and the tallies of sign-ups of hours that are over;
/// answers how many invites.
pub(in crate::dal) async fn purge_expired_invites(
    vault: &Vault,
    store: &dyn Store,
    now: Timestamp,
) -> Result<usize, StoreError> {
    forget_tallies(store, now).await?;
    let (mut after, mut forgotten) = (None, 0);
    loop {
        let page = store.scan(keys::INVITES_BY_TIME, after.as_deref(), AT_ONCE).await?;
        let ids: Vec<_> = page.entries.iter().filter_map(|entry| keys::invite_in_order(&entry.key)).collect();
        let wanted: Vec<_> = ids.into_iter().map(keys::invite).collect();
        let found = store.get_many(&wanted).await?;
        let (mut txn, mut invites) = (Txn::new(), Vec::new());
        for (place, entry) in page.entries.iter().zip(found) {
            let Some(invite) = Stored::<InviteRecord>::read_some(entry.as_ref())? else { continue };
            if invite.record.expires.after(KEPT) <= now {
                txn = invite.unchanged(txn).delete(invite.key.clone()).delete(place.key.clone());
                invites.push(invite.record.id.handle());
            }
        }
        forgotten += invites.len();
        if !invites.is_empty() {
            vault.write(Change { txn, what: What::InvitesForgotten { invites } }, None, None).await?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(forgotten),
        }
    }
}

/// Counters that nobody looks at any more: they tell of nobody, so no event tells of them.
async fn forget_tallies(store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    for prefix in [keys::SIGN_UPS, keys::SIGN_UPS_BY_SOURCE] {
        let page = store.scan(prefix, None, MAX_PAGE).await?;
        let old = page
            .entries
            .into_iter()
            .filter(|entry| keys::hour_of_sign_ups(&entry.key).is_some_and(|hour| hour < now.hour()));
        let old: Vec<_> = old.map(|entry| entry.key).collect();
        for part in old.chunks(AT_ONCE) {
            let txn = part.iter().cloned().fold(Txn::new(), Txn::delete);
            store.commit(txn).await?;
        }
    }
    Ok(())
}
