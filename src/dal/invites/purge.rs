//! Invites that can be used no more, and when they are forgotten.

use std::time::Duration;

use crate::dal::change::Change;
use crate::dal::gate::Vault;
use crate::dal::records::Stored;
use crate::dal::store::{Key, MAX_WRITES, Store, StoreError, Txn, keys};
use crate::domain::event::What;
use crate::domain::time::Timestamp;

use super::InviteRecord;

/// How long one stays in the list after its time.
const KEPT: Duration = Duration::from_hours(24 * 30);

/// Invites that are forgotten in one transaction: each is two keys and a guard.
const AT_ONCE: usize = 50;

/// Tallies of a kind that are forgotten at once: more than strangers can make in an hour.
const TALLIES: usize = 200_000;

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
            let invite = match Stored::<InviteRecord>::read_some(entry.as_ref()) {
                Ok(Some(invite)) => invite,
                Ok(None) => continue,
                // It keeps no other from being forgotten.
                Err(error) => {
                    tracing::warn!(%error, "an invite cannot be read; passholder fsck says more");
                    continue;
                }
            };
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

/// Counters that nobody looks at any more, the oldest first, at most [`TALLIES`] of a kind: they tell of nobody,
/// so no event tells of them.
async fn forget_tallies(store: &dyn Store, now: Timestamp) -> Result<(), StoreError> {
    for prefix in [keys::SIGN_UPS, keys::SIGN_UPS_BY_SOURCE] {
        let mut forgotten = 0;
        while forgotten < TALLIES {
            let page = store.scan(prefix, None, MAX_WRITES).await?;
            let is_old = |key: &Key| keys::hour_of_sign_ups(key).is_none_or(|hour| hour < now.hour());
            let old: Vec<_> = page.entries.into_iter().map(|entry| entry.key).take_while(is_old).collect();
            if old.is_empty() {
                break;
            }
            forgotten += old.len();
            store.commit(old.into_iter().fold(Txn::new(), Txn::delete)).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use crate::dal::fsck::tests::house;
    use crate::dal::gate::Dal;
    use crate::dal::store::encode;
    use crate::domain::id::{InviteId, UserId};
    use crate::domain::name::UserName;
    use crate::domain::role::RoleName;
    use crate::domain::source::Source;

    use super::*;

    fn expired(dal: &Dal, created: Timestamp) -> InviteRecord {
        InviteRecord {
            id: InviteId::random(&*dal.vault().entropy),
            roles: vec![RoleName::member()],
            name: None,
            maker: UserId::random(&*dal.vault().entropy),
            maker_name: UserName::parse("admin").unwrap(),
            created,
            expires: created,
            uses: 1,
            used: Vec::new(),
            note: None,
            revoked: None,
        }
    }

    async fn left(dal: &Dal, prefix: &[u8]) -> usize {
        dal.seeded_store().scan(prefix, None, 1000).await.unwrap().entries.len()
    }

    /// One that could not be read kept every older one in the store for ever.
    #[tokio::test]
    async fn an_invite_that_cannot_be_read_keeps_no_other() {
        let (dal, long_ago) = (house().await, Timestamp::from_micros(7_000_000));
        for number in 0..120 {
            let invite = expired(&dal, long_ago.after(Duration::from_secs(number)));
            let record = if number == 60 { b"\x01{".to_vec() } else { encode(&invite).unwrap() };
            let place = keys::invite_by_time(invite.created, invite.id);
            let txn = Txn::new().put(keys::invite(invite.id), record).put(place, encode(&()).unwrap());
            dal.seeded_store().commit(txn).await.unwrap();
        }
        assert_eq!(dal.purge_expired_invites(dal.now()).await.unwrap(), 119);
        assert_eq!((left(&dal, b"iv/").await, left(&dal, b"it/").await), (1, 1));
        let found = dal.examine().await.unwrap();
        assert!(found.count == 1 && found.problems[0].key.starts_with("iv/"), "{found:?}");
    }

    /// A page of them in an hour: whoever signed up from more sources than that left the rest for ever.
    #[tokio::test]
    async fn all_tallies_of_hours_that_are_over_go_at_once() {
        let dal = house().await;
        let (now, store) = (dal.now(), dal.seeded_store());
        for number in 0..2_500_u32 {
            let source = Source::of(IpAddr::from(Ipv4Addr::from_bits(number)));
            let txn = Txn::new().put(keys::sign_ups_from(7, source), encode(&1).unwrap());
            store.commit(txn).await.unwrap();
        }
        let here = keys::sign_ups_from(now.hour(), Source::of(IpAddr::from([192, 0, 2, 1])));
        store.commit(Txn::new().put(here, encode(&1).unwrap())).await.unwrap();
        forget_tallies(store, now).await.unwrap();
        assert_eq!(left(&dal, keys::SIGN_UPS_BY_SOURCE).await, 1, "this hour goes on");
    }
}
