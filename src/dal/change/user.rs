//! The one way to write an account: its record, and everything that has to follow from it in the same
//! transaction. Lists, counters, the roster and the jobs of time cannot disagree with the record.

use crate::dal::DalError;
use crate::dal::records::{Reserved, Roster, Stored, UserRecord, tag_of_role};
use crate::dal::second_factor::stored as factor;
use crate::dal::store::{Expect, Key, Store, StoreError, Txn, encode, keys};
use crate::domain::id::UserId;
use crate::domain::name::UserName;
use crate::domain::time::Timestamp;

/// Adds an account to be made, whose name nobody has, nor has had of whom there is a trail.
///
/// Errors: `Conflict` for a name that is taken, or was a deleted account's.
pub(in crate::dal) async fn add_user(
    txn: Txn,
    store: &dyn Store,
    user: &UserRecord,
) -> Result<Txn, DalError> {
    if !is_free(store, &user.name).await? {
        return Err(DalError::Conflict { what: format!("the name {} is taken", user.name) });
    }
    let txn = names_of(&user.name).into_iter().fold(txn, |txn, name| txn.guard(name, Expect::Absent));
    let txn = index_user(txn, None, Some(user))?;
    let txn = count(txn, store, None, Some(user)).await?;
    keep_an_admin(txn, store, None, Some(user)).await
}

/// Whether an account may get that name: nobody has it, nor has had it of whom there is a trail.
pub(in crate::dal) async fn is_free(store: &dyn Store, name: &UserName) -> Result<bool, StoreError> {
    Ok(store.get_many(&names_of(name)).await?.iter().all(Option::is_none))
}

/// Where a name stands that is somebody's, or was.
fn names_of(name: &UserName) -> [Key; 2] {
    [keys::user_name(name), keys::deleted_name(name)]
}

/// Adds what an account becomes, provided that it still is what was read.
///
/// Errors: `Conflict` where nobody would be left to administrate.
pub(in crate::dal) async fn put_user(
    txn: Txn,
    store: &dyn Store,
    before: &Stored<UserRecord>,
    after: &UserRecord,
) -> Result<Txn, DalError> {
    let txn = index_user(before.unchanged(txn), Some(&before.record), Some(after))?;
    let txn = count(txn, store, Some(&before.record), Some(after)).await?;
    keep_an_admin(txn, store, Some(&before.record), Some(after)).await
}

/// Adds that an account is gone for good, by then. Its name stays nobody's while the audit trail is about it.
///
/// Errors: as [`put_user`].
pub(in crate::dal) async fn purge_user(
    txn: Txn,
    store: &dyn Store,
    before: &Stored<UserRecord>,
    gone: Timestamp,
) -> Result<Txn, DalError> {
    let user = &before.record;
    let txn = put_gone(index_user(before.unchanged(txn), Some(user), None)?, &user.name, user.id, gone)?;
    let txn = factor::forget(txn, store, user.id)
        .await?
        .delete(keys::password(user.id))
        .delete(keys::seen(user.id))
        .delete(keys::preferences(user.id));
    let txn = count(txn, store, Some(user), None).await?;
    keep_an_admin(txn, store, Some(user), None).await
}

/// Adds that a name was that of an account which is gone for good since then.
pub(in crate::dal) fn put_gone(
    txn: Txn,
    name: &UserName,
    user: UserId,
    gone: Timestamp,
) -> Result<Txn, StoreError> {
    let reserved = Reserved { user, gone: Some(gone) };
    let txn = txn.put(keys::deleted_name(name), encode(&reserved)?);
    Ok(txn.put(keys::gone_name(gone, name), encode(&user)?))
}

/// Adds the record with its entries in the lists and its place among the jobs of time.
pub(in crate::dal) fn index_user(
    txn: Txn,
    before: Option<&UserRecord>,
    after: Option<&UserRecord>,
) -> Result<Txn, StoreError> {
    let Some(user) = after.or(before) else { return Ok(txn) };
    let id = encode(&user.id)?;
    let mut txn = match after {
        Some(after) => txn.put(keys::user(user.id), encode(after)?),
        None => txn.delete(keys::user(user.id)),
    };
    let [was, is] = [before, after].map(|user| user.map(listed_as));
    if was != is {
        txn = match was {
            Some(Listed::Deleted) | None => txn,
            Some(Listed::Open) => txn.delete(keys::user_name(&user.name)),
        };
        txn = match is {
            Some(Listed::Open) if was == Some(Listed::Deleted) => {
                txn.delete(keys::deleted_name(&user.name)).put(keys::user_name(&user.name), id.clone())
            }
            Some(Listed::Open) => txn.put(keys::user_name(&user.name), id.clone()),
            Some(Listed::Deleted) => txn.put(keys::deleted_name(&user.name), id.clone()),
            // Whoever takes an account away says what becomes of its name.
            None => txn,
        };
    }
    let [stood, stands] = [before, after].map(|user| user.filter(|user| listed_as(user) == Listed::Open));
    if stood.is_some() != stands.is_some() {
        for newest in [false, true] {
            let place = keys::made(newest, user.created, user.id);
            txn = if stands.is_some() { txn.put(place, id.clone()) } else { txn.delete(place) };
        }
    }
    let [had, has] = [before, after].map(|user| user.map(UserRecord::tags).unwrap_or_default());
    for tag in had.difference(&has) {
        txn = txn.delete(keys::tagged(tag, user.name.as_str()));
    }
    for tag in has.difference(&had) {
        txn = txn.put(keys::tagged(tag, user.name.as_str()), id.clone());
    }
    // Who deletes a role guards this: nobody gets it between the look at who holds it and its end.
    let given = after.into_iter().flat_map(UserRecord::all_roles);
    for role in given.filter(|role| role.built_in().is_none() && !had.contains(&tag_of_role(role))) {
        txn = txn.put_once(keys::role_given(role), id.clone());
    }
    let [was_due, is_due] = [before, after].map(|user| user.and_then(UserRecord::next_due));
    if was_due != is_due {
        txn = was_due.into_iter().fold(txn, |txn, at| txn.delete(keys::due(at, user.id)));
        txn = is_due
            .into_iter()
            .try_fold(txn, |txn, at| Ok::<_, StoreError>(txn.put(keys::due(at, user.id), encode(&())?)))?;
    }
    Ok(txn)
}

/// In which of the two lists of names an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    Open,
    Deleted,
}

fn listed_as(user: &UserRecord) -> Listed {
    if user.deleted.is_some() { Listed::Deleted } else { Listed::Open }
}

/// Adds the number of accounts, where it changes, guarded.
async fn count(
    txn: Txn,
    store: &dyn Store,
    before: Option<&UserRecord>,
    after: Option<&UserRecord>,
) -> Result<Txn, StoreError> {
    let counts = |user: Option<&UserRecord>| i64::from(user.map(listed_as) == Some(Listed::Open));
    let by = counts(after) - counts(before);
    if by == 0 {
        return Ok(txn);
    }
    let entry = store.get(&keys::user_count()).await?;
    let (guarded, was) = match Stored::<u64>::read_some(entry.as_ref())? {
        Some(stored) => (stored.unchanged(txn), stored.record),
        None => (txn.guard(keys::user_count(), Expect::Absent), 0),
    };
    Ok(guarded.put(keys::user_count(), encode(&was.saturating_add_signed(by))?))
}

/// Adds the roster as it is after this, guarded, where it changes.
///
/// Errors: `Conflict` when nobody would be left to administrate.
async fn keep_an_admin(
    txn: Txn,
    store: &dyn Store,
    before: Option<&UserRecord>,
    after: Option<&UserRecord>,
) -> Result<Txn, DalError> {
    let [was, is] = [before, after].map(|user| user.filter(|user| user.is_usable_admin()));
    if was.is_some() == is.is_some() {
        return Ok(txn);
    }
    let entry = store.get(&keys::roster()).await?;
    let (guarded, mut admins) = match Stored::<Roster>::read_some(entry.as_ref())? {
        Some(stored) => (stored.unchanged(txn), stored.record.0),
        None => (txn.guard(keys::roster(), Expect::Absent), Vec::new()),
    };
    admins.retain(|id| was.or(is).is_none_or(|user| user.id != *id));
    let guarded = match is {
        Some(user) => {
            admins.push(user.id);
            guarded
        }
        None => usable_one(store, &admins).await?.ok_or_else(|| last_admin(after))?.unchanged(guarded),
    };
    Ok(put_roster(guarded, admins)?)
}

/// Adds the roster.
pub(in crate::dal) fn put_roster(txn: Txn, admins: Vec<UserId>) -> Result<Txn, StoreError> {
    Ok(txn.put(keys::roster(), encode(&Roster(admins))?))
}

/// Somebody of the roster who can administrate. The roster only says where to look: their record decides.
async fn usable_one(store: &dyn Store, roster: &[UserId]) -> Result<Option<Stored<UserRecord>>, DalError> {
    for id in roster {
        let entry = store.get(&keys::user(*id)).await?;
        let user = Stored::<UserRecord>::read_some(entry.as_ref())?;
        if let Some(user) = user.filter(|user| user.record.is_usable_admin()) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}

fn last_admin(after: Option<&UserRecord>) -> DalError {
    let what = format!("this is the last administrator{}; make somebody else one first", why_not(after));
    DalError::Conflict { what }
}

/// Why somebody who would still administrate does not count, where that may surprise.
fn why_not(after: Option<&UserRecord>) -> &'static str {
    let has_dates = |user: &UserRecord| user.begins.is_some() || user.expires.is_some();
    match after {
        Some(user) if user.deleted.is_none() && user.administrates() && has_dates(user) => {
            ", who cannot have dates: nobody could open the account again"
        }
        Some(user) if user.deleted.is_none() && user.administrates() && user.must_change_password => {
            ", whose password has to last: nobody could make a new one"
        }
        _ => "",
    }
}
