//! What becomes of a proof that did not hold: it is counted for its source, its account and its hour, and told.

use std::net::IpAddr;

use crate::auth::throttle::Standing;
use crate::dal::change::Change;
use crate::dal::gate::{TRIES, Vault};
use crate::dal::locks::Tallies;
use crate::dal::records::{SeenRecord, Sources, Stored, UserRecord};
use crate::dal::second_factor::stored as factor;
use crate::dal::store::{Expect, Store, StoreError, Txn, decode, encode, keys};
use crate::dal::users::target;
use crate::domain::event::{Failure, What};

use crate::domain::session::{Sighting, Visitor};
use crate::domain::time::Timestamp;

/// A proof that did not hold.
pub(in crate::dal) struct Miss<'a> {
    /// The account that it was for, if there is one.
    pub user: Option<&'a UserRecord>,
    /// As it was typed, neutralised.
    pub name: String,
    pub why: Failure,
    pub from: IpAddr,
    /// When it came.
    pub at: Timestamp,
    /// It was the first answer to a question for a code, which is no longer without one.
    pub answers: bool,
}

impl<'a> Miss<'a> {
    /// One that somebody gave who is signed in.
    pub fn of(user: &'a UserRecord, why: Failure, came: &Sighting) -> Self {
        Self {
            user: Some(user),
            name: user.name.to_string(),
            why,
            from: came.from,
            at: came.at,
            answers: false,
        }
    }
}

/// Records a failed proof: for its source, for the account if there is one, for the hour, and as an event.
pub(in crate::dal) async fn record_failure(
    vault: &Vault,
    store: &dyn Store,
    miss: Miss<'_>,
) -> Result<(), StoreError> {
    let penalty = vault.sources.failed(miss.from, vault.clock.now(), &vault.policy().source_penalties);
    if let Some(penalty) = penalty {
        vault.record_penalty(penalty, miss.from).await;
    }
    let _turn = vault.turnstile.lock().await;
    for _ in 0..TRIES {
        match vault.write(plan_failure(vault, store, &miss).await?, None, Some(miss.from)).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return other,
        }
    }
    // Something else kept writing the same records: this one is missing from the counters, and only there.
    tracing::warn!("a failed sign-in could not be counted");
    Ok(())
}

/// Records that the right password of an account was given, which waits for a code: its owner hears of those
/// behind which none came.
pub(super) async fn record_half(
    vault: &Vault,
    store: &dyn Store,
    user: &UserRecord,
    visitor: &Visitor,
) -> Result<(), StoreError> {
    let target = target(user);
    let _turn = vault.turnstile.lock().await;
    for _ in 0..TRIES {
        let txn = Txn::new().guard(keys::user(user.id), Expect::Present);
        let txn = see(txn, store, user, |seen| seen.codes_asked = seen.codes_asked.saturating_add(1)).await?;
        let change = Change { txn, what: What::CodeAsked { target: target.clone() } };
        match vault.write(change, None, Some(visitor.address)).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return other,
        }
    }
    tracing::warn!("the first half of a sign-in could not be recorded");
    Ok(())
}

async fn plan_failure(vault: &Vault, store: &dyn Store, miss: &Miss<'_>) -> Result<Change, StoreError> {
    let policy = vault.policy();
    let mut txn = count_failure(Txn::new(), store, miss.at.hour(), miss.from).await?;
    let (mut disables, mut codes_refused_until) = (false, None);
    // Nothing is written about an account that is gone meanwhile.
    let is_there = match miss.user {
        Some(user) => store.get(&keys::user(user.id)).await?.is_some(),
        None => false,
    };
    if let Some(user) = miss.user.filter(|_| is_there) {
        txn = txn.guard(keys::user(user.id), Expect::Present);
        if miss.why.is_a_guess_at_a_code() {
            (txn, codes_refused_until) = factor::count_failure(txn, store, user.id, miss.at).await?;
        }
        txn = see_failure(txn, store, user, miss, codes_refused_until).await?;
        // Only what was looked at was a guess.
        if miss.why == Failure::WrongPassword {
            let tallies = Tallies::load(store, user.id).await?;
            let standing;
            (txn, standing) = tallies.fail(txn, user, miss.from, miss.at, &policy.account_delays)?;
            disables = standing == Standing::Disabled;
        }
    }
    let what = What::SignInFailed { name: miss.name.clone(), why: miss.why, disables, codes_refused_until };
    Ok(Change { txn, what })
}

/// Adds what the owner of an account is told at the next sign-in.
async fn see_failure(
    txn: Txn,
    store: &dyn Store,
    user: &UserRecord,
    miss: &Miss<'_>,
    codes_refused_until: Option<Timestamp>,
) -> Result<Txn, StoreError> {
    see(txn, store, user, |seen| {
        seen.fail(Sighting { at: miss.at, from: miss.from });
        if miss.why.is_a_guess_at_a_code() {
            seen.wrong_codes = seen.wrong_codes.saturating_add(1);
        }
        seen.codes_asked = seen.codes_asked.saturating_sub(miss.answers.into());
        seen.codes_refused_until = codes_refused_until.or(seen.codes_refused_until);
    })
    .await
}

/// Adds a change of what was seen at an account's door, guarded.
pub(in crate::dal) async fn see(
    txn: Txn,
    store: &dyn Store,
    user: &UserRecord,
    change: impl FnOnce(&mut SeenRecord),
) -> Result<Txn, StoreError> {
    let key = keys::seen(user.id);
    let entry = store.get(&key).await?;
    let seen = Stored::<SeenRecord>::read_some(entry.as_ref())?;
    let mut record = seen.as_ref().map(|seen| seen.record.clone()).unwrap_or_default();
    change(&mut record);
    let txn = match &seen {
        Some(seen) => seen.unchanged(txn),
        None => txn.guard(key.clone(), Expect::Absent),
    };
    Ok(txn.put(key, encode(&record)?))
}

/// One more in the hour, and from where: the first of the two records guards both.
async fn count_failure(txn: Txn, store: &dyn Store, hour: u64, from: IpAddr) -> Result<Txn, StoreError> {
    let (total, by_source) = (keys::failures_in_hour(hour), keys::sources_in_hour(hour));
    let found = store.get_many(&[total.clone(), by_source.clone()]).await?;
    let [count, sources] = found.as_slice() else { return Err(StoreError::Invalid("two were asked for")) };
    let count = Stored::<u64>::read_some(count.as_ref())?;
    let (txn, next) = match &count {
        Some(count) => (count.unchanged(txn), count.record.saturating_add(1)),
        None => (txn.guard(total.clone(), Expect::Absent), 1),
    };
    let mut sources: Sources = sources.as_ref().map(decode).transpose()?.unwrap_or_default();
    sources.count(from);
    Ok(txn.put(total, encode(&next)?).put(by_source, encode(&sources)?))
}
