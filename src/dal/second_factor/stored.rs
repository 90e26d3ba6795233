//! The record of a second factor: read, checked, written and deleted for the door and for all who change one.
//!
//! What its owner does with it is beside this; how a code is judged is `auth::second_factor`.

use crate::auth::sealing::{Sealed, SealingKey};
use crate::auth::second_factor::Passed;
use crate::auth::totp::Seed;
use crate::domain::event::Failure;
use crate::domain::id::UserId;
use crate::domain::second_factor::Proof;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

use crate::dal::DalError;
use crate::dal::gate::Vault;
use crate::dal::records::{FactorRecord, Stored, UserRecord};
use crate::dal::store::{Store, StoreError, Txn, encode, keys};

/// The letter of refused codes in the list of locks.
pub(in crate::dal) const LOCK: char = 'c';

pub(in crate::dal) async fn load(
    store: &dyn Store,
    user: UserId,
) -> Result<Option<Stored<FactorRecord>>, StoreError> {
    Stored::read_some(store.get(&keys::factor(user)).await?.as_ref())
}

/// What somebody typed, against their second factor as it was read. Whoever calls this holds their turn of
/// `vault.codes`, and either stores what comes out or counts the failure before letting go.
pub(in crate::dal) fn check(
    vault: &Vault,
    user: &UserRecord,
    factor: &FactorRecord,
    typed: &Secret,
    now: Timestamp,
) -> Result<Passed, Failure> {
    let opened = vault.sealing().and_then(|key| key.open(&keys::factor(user.id), &factor.seed));
    let seed = opened.as_ref().and_then(|bytes| Seed::from_bytes(bytes));
    if seed.is_none() {
        // The audit trail names everybody whom it happens to.
        vault.unreadable.call_once(|| {
            let user = user.name.as_str();
            tracing::error!(
                user,
                "a seed cannot be opened: its key is another one; only recovery codes work"
            );
        });
    }
    factor.check(seed.as_ref(), Proof::parse(typed.expose()).as_ref(), now)
}

/// Seals the seed of somebody's authenticator; `None` where no key is known.
pub(in crate::dal) fn seal(vault: &Vault, user: UserId, seed: &Seed) -> Option<Sealed> {
    vault.sealing()?.seal(&*vault.entropy, &keys::factor(user), seed.as_bytes())
}

/// Adds a wrong code, guarded; answers until when none is taken, where there were too many with it.
pub(in crate::dal) async fn count_failure(
    txn: Txn,
    store: &dyn Store,
    user: UserId,
    at: Timestamp,
) -> Result<(Txn, Option<Timestamp>), StoreError> {
    let Some(factor) = load(store, user).await? else { return Ok((txn, None)) };
    let mut after = factor.record.clone();
    let refused_until = after.fail(at);
    Ok((put(txn, user, &factor, &after)?, refused_until))
}

/// Adds that wrong codes are forgotten, guarded; tells whether there were any.
pub(in crate::dal) async fn forgive(
    txn: Txn,
    store: &dyn Store,
    user: UserId,
) -> Result<(Txn, bool), StoreError> {
    let Some(factor) = load(store, user).await? else { return Ok((txn, false)) };
    let had_any = factor.record.wrong > 0 || factor.record.in_a_row > 0;
    Ok((if had_any { put(txn, user, &factor, &factor.record.forgiven())? } else { txn }, had_any))
}

/// Adds what a factor has become, guarded, with its place in the list of locks.
pub(in crate::dal) fn put(
    txn: Txn,
    user: UserId,
    before: &Stored<FactorRecord>,
    after: &FactorRecord,
) -> Result<Txn, StoreError> {
    let txn = before.unchanged(txn).put(keys::factor(user), encode(after)?);
    let was = before.record.refused_until;
    if was == after.refused_until {
        return Ok(txn);
    }
    let txn = take_off_the_list(txn, user, was);
    if after.refused_until == Timestamp::default() {
        return Ok(txn);
    }
    Ok(txn.put(keys::lock(after.refused_until, LOCK, user), encode(&())?))
}

/// Adds that nobody has it any more, guarded.
pub(in crate::dal) fn delete(txn: Txn, user: UserId, before: &Stored<FactorRecord>) -> Txn {
    take_off_the_list(before.unchanged(txn), user, before.record.refused_until).delete(keys::factor(user))
}

/// The same for one that was not read yet, if there is one.
pub(in crate::dal) async fn forget(txn: Txn, store: &dyn Store, user: UserId) -> Result<Txn, StoreError> {
    Ok(match load(store, user).await? {
        Some(factor) => delete(txn, user, &factor),
        None => txn,
    })
}

fn take_off_the_list(txn: Txn, user: UserId, refused_until: Timestamp) -> Txn {
    if refused_until == Timestamp::default() {
        return txn;
    }
    txn.delete(keys::lock(refused_until, LOCK, user))
}

/// Whether anybody has one.
pub(in crate::dal) async fn any(store: &dyn Store) -> Result<bool, DalError> {
    Ok(!store.scan(keys::FACTORS, None, 1).await?.entries.is_empty())
}

/// How many seeds a key is tried on.
const TRIED: usize = 100;

/// Whether this key opens what is there: the first of them stand for all, which were sealed with one key. Not one
/// alone, for it may be the one that was made under another key.
pub(in crate::dal) async fn fits(store: &dyn Store, key: &SealingKey) -> Result<bool, DalError> {
    for entry in &store.scan(keys::FACTORS, None, TRIED).await?.entries {
        let factor = Stored::<FactorRecord>::read(entry)?;
        if key.open(&entry.key, &factor.record.seed).is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}
