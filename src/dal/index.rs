//! The lists of accounts, made of the accounts: for a data folder of a version that did not have them all.
//!
//! It goes over every account once, a few in each transaction, and remembers how far it came: cut short, it
//! goes on there at the next start. Nobody is connected meanwhile.

use serde::{Deserialize, Serialize};

use crate::domain::event::What;
use crate::domain::time::Timestamp;

use super::DalError;
use super::change::{Change, index_user, put_gone};
use super::fsck;
use super::gate::Vault;
use super::records::{Reserved, Stored, UserRecord};
use super::store::{Expect, MAX_GET, MAX_PAGE, MAX_WRITES, Store, Txn, Version, decode, encode, keys};

/// Which lists there are: those of the accounts, then the names of those that are gone. A version that adds
/// one adds one here.
const LISTS: u32 = 2;

/// ... and from here on those of the accounts are complete.
const OF_ACCOUNTS: u32 = 1;

/// How far it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Mark {
    /// All of the lists of that number are complete.
    #[serde(default)]
    lists: u32,
    /// On the way to the next ones: everybody up to here is in them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    done: Option<String>,
    #[serde(default)]
    count: u64,
}

/// Accounts between two lines of the log.
const TOLD_EVERY: u64 = 100_000;

/// Adds to the set-up of an empty store that nothing is missing from its lists.
pub(super) fn put_complete(txn: Txn) -> Result<Txn, DalError> {
    Ok(txn.put(keys::index(), encode(&Mark { lists: LISTS, ..Mark::default() })?))
}

pub(super) async fn is_complete(store: &dyn Store) -> Result<bool, DalError> {
    let mark = store.get(&keys::index()).await?;
    let mark: Mark = mark.as_ref().map(decode).transpose()?.unwrap_or_default();
    Ok(mark.lists >= LISTS)
}

/// Says of accounts of an earlier version that nobody can sign in to them.
async fn warn_of_unreachable(store: &dyn Store) -> Result<(), DalError> {
    for name in ["new", "invite"] {
        let Some(named) = store.get(&keys::user_name_prefix(name)).await? else { continue };
        let entry = store.get(&keys::user(decode(&named)?)).await?;
        let user = entry.as_ref().map(decode::<UserRecord>).transpose()?;
        if let Some(why) = user.as_ref().and_then(fsck::unreachable) {
            tracing::warn!("{why}");
        }
    }
    Ok(())
}

/// Makes the lists where they are missing; answers of how many accounts.
pub(super) async fn complete(vault: &Vault, store: &dyn Store) -> Result<u64, DalError> {
    warn_of_unreachable(store).await?;
    let entry = store.get(&keys::index()).await?;
    let at = entry.as_ref().map(|entry| entry.version);
    let mark: Mark = entry.as_ref().map(decode).transpose()?.unwrap_or_default();
    if mark.lists >= LISTS {
        return Ok(0);
    }
    list_gone_names(store, vault.clock.now()).await?;
    if mark.lists >= OF_ACCOUNTS {
        store.commit(put_complete(guarded(Txn::new(), at))?).await?;
        return Ok(0);
    }
    list_accounts(vault, store, mark, at).await
}

/// Names of accounts that went before it was written down when: from now on it is known.
async fn list_gone_names(store: &dyn Store, now: Timestamp) -> Result<(), DalError> {
    let mut after = None;
    loop {
        let page = store.scan(keys::DELETED_NAMES, after.as_deref(), MAX_GET).await?;
        let names = page.entries.iter().map(Stored::<Reserved>::read).collect::<Result<Vec<_>, _>>()?;
        let users: Vec<_> = names.iter().map(|name| keys::user(name.record.user)).collect();
        for (reserved, user) in names.iter().zip(store.get_many(&users).await?) {
            let name = keys::deleted_name_of(&reserved.key);
            if let (Some(name), None, None) = (name, user, reserved.record.gone) {
                let txn = put_gone(reserved.unchanged(Txn::new()), &name, reserved.record.user, now)?;
                store.commit(txn).await?;
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn list_accounts(
    vault: &Vault,
    store: &dyn Store,
    mut mark: Mark,
    mut at: Option<Version>,
) -> Result<u64, DalError> {
    tracing::info!(done = mark.count, "an earlier version wrote this data: making the lists of accounts");
    let mut after = mark.done.as_ref().map(|id| [keys::USERS, id.as_bytes()].concat());
    loop {
        let page = store.scan(keys::USERS, after.as_deref(), MAX_PAGE).await?;
        let mut batch = Txn::new();
        for entry in &page.entries {
            let user = Stored::<UserRecord>::read(entry)?;
            // As if it had been written by now: what is there already is written once more.
            let one = index_user(user.unchanged(Txn::new()), None, Some(&user.record))?;
            if batch.writes() + one.writes() >= MAX_WRITES {
                at = Some(save(store, std::mem::take(&mut batch), &mark, at).await?);
            }
            batch = batch.and(one);
            mark.done = Some(user.record.id.to_string());
            mark.count += 1;
            if mark.count.is_multiple_of(TOLD_EVERY) {
                tracing::info!(done = mark.count, "making the lists of accounts");
            }
        }
        if batch.writes() > 0 {
            at = Some(save(store, batch, &mark, at).await?);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let count = mark.count;
    let txn = put_complete(guarded(Txn::new(), at))?;
    vault.write(Change { txn, what: What::AccountsIndexed { count } }, None, None).await?;
    tracing::info!(accounts = count, "the lists of accounts are complete");
    Ok(count)
}

/// Writes some, and that they are done. It says nothing in the audit trail: nothing about anybody changes.
async fn save(store: &dyn Store, batch: Txn, mark: &Mark, at: Option<Version>) -> Result<Version, DalError> {
    Ok(store.commit(guarded(batch, at).put(keys::index(), encode(mark)?)).await?)
}

fn guarded(txn: Txn, at: Option<Version>) -> Txn {
    txn.guard(keys::index(), at.map_or(Expect::Absent, Expect::Version))
}

#[cfg(test)]
mod tests {
    use crate::dal::fsck::tests::house;
    use crate::dal::gate::Dal;
    use crate::dal::store::{Key, Page};
    use crate::domain::id::{Entropy, UserId};
    use crate::domain::name::{DisplayName, UserName};
    use crate::domain::role::RoleName;

    use super::*;

    /// Always the same byte.
    struct Bytes(u8);

    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    async fn keys_of(dal: &Dal, list: &[u8]) -> Vec<Key> {
        let page: Page = dal.seeded_store().scan(list, None, MAX_PAGE).await.unwrap();
        page.entries.into_iter().map(|entry| entry.key).collect()
    }

    /// What an earlier version had written: no lists but that of the names.
    async fn aged(dal: &Dal) -> Vec<Key> {
        let mut lists = Vec::new();
        for list in [&b"ut/"[..], b"uc/", b"due/"] {
            lists.extend(keys_of(dal, list).await);
        }
        for key in lists.iter().chain([&keys::index()]) {
            dal.seeded_store().commit(Txn::new().delete(key.clone())).await.unwrap();
        }
        lists.sort();
        lists
    }

    #[tokio::test]
    async fn the_lists_of_an_earlier_version_are_made_once() {
        let dal = house().await;
        dal.seed_crowd(150, crate::dal::Crowd::House).await.unwrap();
        let lists = aged(&dal).await;
        assert!(lists.len() > 450, "{}", lists.len());
        assert_eq!(dal.complete_lists().await.unwrap(), 151);
        assert_eq!(dal.complete_lists().await.unwrap(), 0);
        let mut again = Vec::new();
        for list in [&b"ut/"[..], b"uc/", b"due/"] {
            again.extend(keys_of(&dal, list).await);
        }
        again.sort();
        assert_eq!(again, lists);
    }

    /// Names of purged accounts were reserved for ever: nobody knew since when.
    #[tokio::test]
    async fn of_names_that_were_somebodys_it_is_known_from_now_on_since_when() {
        let dal = house().await;
        let (bob, carol) = (UserId::random(&Bytes(1)), UserId::random(&Bytes(2)));
        let name = |text: &str| UserName::parse(text).unwrap();
        let user = UserRecord::new(
            carol,
            name("carol"),
            DisplayName::from(&name("carol")),
            vec![RoleName::member()],
            dal.now(),
        );
        let mark = Mark { lists: OF_ACCOUNTS, ..Mark::default() };
        let txn = Txn::new()
            .put(keys::deleted_name(&name("bob")), encode(&bob).unwrap())
            .put(keys::deleted_name(&name("carol")), encode(&carol).unwrap())
            .put(keys::user(carol), encode(&user).unwrap())
            .put(keys::index(), encode(&mark).unwrap());
        dal.seeded_store().commit(txn).await.unwrap();
        assert_eq!(dal.complete_lists().await.unwrap(), 0);
        let gone = keys_of(&dal, keys::GONE_NAMES).await;
        assert_eq!(gone, [keys::gone_name(dal.now(), &name("bob"))], "carol can be restored");
        assert!(is_complete(dal.seeded_store()).await.unwrap());
    }

    #[tokio::test]
    async fn what_was_cut_short_goes_on_where_it_was() {
        let dal = house().await;
        dal.seed_crowd(100, crate::dal::Crowd::Members).await.unwrap();
        aged(&dal).await;
        let users = keys_of(&dal, keys::USERS).await;
        let half = String::from_utf8_lossy(users.get(49).unwrap()).trim_start_matches("u/").to_owned();
        let mark = Mark { lists: 0, done: Some(half), count: 50 };
        let txn = Txn::new().put(keys::index(), encode(&mark).unwrap());
        dal.seeded_store().commit(txn).await.unwrap();
        assert_eq!(dal.complete_lists().await.unwrap(), 101);
        assert_eq!(keys_of(&dal, b"uc/old/").await.len(), 51, "the first fifty were done, as it said");
        assert!(is_complete(dal.seeded_store()).await.unwrap());
    }
}
