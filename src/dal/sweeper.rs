//! The sweeper: what time does to accounts, written down when its time has come.
//!
//! Nothing depends on it: whoever reads an account compares its times themselves. It ends the sessions of
//! accounts that expire, makes open screens drop what a role for a time allowed, takes away what was deleted
//! long enough ago, sessions that were over and events that happened as long ago as the rules keep them, and lets
//! the audit trail say when all that was. Each is one transaction: what a crash interrupts is done at the next round, and what
//! is done is not done again.

use std::time::Duration;

use tokio::time::sleep;

use crate::domain::event::What;
use crate::domain::id::UserId;
use crate::domain::session::{EndReason, Ended};
use crate::domain::time::Timestamp;

use super::DalError;
use super::audit::forgetting as trail;
use super::change::{Change, put_user};
use super::gate::{Granted, TRIES, Vault};
use super::invites::purge_expired_invites;
use super::records::{Stored, UserRecord};
use super::sessions::ending::end_all_of;
use super::sessions::forgetting;
use super::store::{Key, Seen, Store, StoreError, Txn, Watch, keys};
use super::users::{plan_purge, target};

/// Accounts of one round: whoever else wants to write comes in between.
pub const AT_ONCE: usize = 64;

/// How long it may be wrong about the time when something is due, after a clock was set, and how long it
/// leaves alone what it could not do.
const AGAIN: Duration = Duration::from_mins(1);

/// How often it looks when nothing is due and nobody says otherwise.
const IDLE: Duration = Duration::from_hours(1);

/// What one round did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    pub done: usize,
    /// Could not be done, and is tried again.
    pub failed: usize,
    /// Sessions that are kept no longer.
    pub forgotten: usize,
    /// Events that are kept no longer.
    pub events: usize,
    /// Names that anybody may have again.
    pub freed: usize,
    /// When something is due next, which may be past.
    pub next: Option<Timestamp>,
}

impl Round {
    /// Whether there may be more to do at once.
    const fn is_full(&self) -> bool {
        self.done == AT_ONCE
            || self.forgotten == forgetting::AT_ONCE
            || self.events >= trail::AT_ONCE
            || self.freed == trail::NAMES
    }
}

/// Goes round whenever something is due, until it is dropped or the store is closed.
pub(super) async fn run(vault: &Vault, store: &dyn Store) {
    let mut due = store.watch(keys::DUE);
    let mut purged = Timestamp::default();
    loop {
        let now = vault.clock.now();
        if now.since(purged) >= IDLE {
            purge_invites(vault, store, now).await;
            purged = now;
        }
        let (next, wait) = match round(vault, store).await {
            Ok(round) if round.is_full() => (round.next, Duration::ZERO),
            Ok(Round { failed: 0, next, .. }) => (next, next.map_or(IDLE, |at| at.since(now).min(AGAIN))),
            Ok(Round { next, .. }) => (next, AGAIN),
            Err(error) => {
                tracing::warn!(%error, "what is due could not be read");
                (None, AGAIN)
            }
        };
        if !wake(&mut due, next, wait).await {
            return;
        }
    }
}

/// Nobody waits for it: what cannot be done now is done an hour later.
async fn purge_invites(vault: &Vault, store: &dyn Store, now: Timestamp) {
    if let Err(error) = purge_expired_invites(vault, store, now).await {
        tracing::warn!(%error, "invites of long ago could not be forgotten");
    }
}

/// Waits for so long, or until something is due before `next`; false when the store is closed.
async fn wake(due: &mut Watch, next: Option<Timestamp>, wait: Duration) -> bool {
    let rest = sleep(wait);
    tokio::pin!(rest);
    loop {
        tokio::select! {
            () = &mut rest => return true,
            seen = due.next() => match seen {
                None => return false,
                Some(Seen::Resync) => return true,
                Some(Seen::Put(entry)) => {
                    let at = keys::due_of(&entry.key).map(|(at, _)| at);
                    if at.is_some_and(|at| next.is_none_or(|next| at < next)) {
                        return true;
                    }
                }
                Some(Seen::Deleted { .. }) => {}
            },
        }
    }
}

/// Does what is due now, the longest due first, at most [`AT_ONCE`] of it. What cannot be done keeps nothing
/// else from being done.
pub(super) async fn round(vault: &Vault, store: &dyn Store) -> Result<Round, DalError> {
    let now = vault.clock.now();
    let (mut done, mut failed) = (0, 0);
    let mut after: Option<Key> = None;
    'due: loop {
        let page = store.scan(keys::DUE, after.as_deref(), AT_ONCE).await?;
        for entry in page.entries {
            let due = keys::due_of(&entry.key);
            let Some((at, user)) = due.filter(|(at, _)| *at <= now && done < AT_ONCE) else { break 'due };
            match settle(vault, store, at, user).await {
                Ok(()) => done += 1,
                Err(error) => {
                    tracing::warn!(%error, %user, "what is due for an account was not done");
                    failed += 1;
                }
            }
            after = Some(entry.key);
        }
        if page.next.is_none() {
            break;
        }
    }
    let first = store.scan(keys::DUE, None, 1).await?;
    let next = first.entries.first().and_then(|entry| keys::due_of(&entry.key)).map(|(at, _)| at);
    let forgotten = or_later("sessions", forgetting::forget_ended(vault, store).await);
    let events = or_later("events", trail::forget_events(vault, store).await);
    let freed = or_later("names", trail::free_names(vault, store).await);
    Ok(Round { done, failed, forgotten, events, freed, next })
}

/// How many were taken away that are kept no longer. Where that fails it waits for the next round.
fn or_later(what: &str, taken_away: Result<usize, DalError>) -> usize {
    taken_away.unwrap_or_else(|error| {
        tracing::warn!(%error, what, "what is kept no longer was not taken away");
        0
    })
}

/// Does what is due for one account at that time, if it still is.
async fn settle(vault: &Vault, store: &dyn Store, at: Timestamp, id: UserId) -> Result<(), DalError> {
    for _ in 0..TRIES {
        let entry = store.get(&keys::user(id)).await?;
        let user = Stored::<UserRecord>::read_some(entry.as_ref())?;
        let written = match user {
            Some(user) if user.record.next_due() == Some(at) => {
                let Some(change) = plan(vault, store, &user, at).await? else { continue };
                vault.write(change, None, None).await
            }
            // Whoever wrote the account meanwhile took the entry away; one without an account is no job.
            user => {
                let txn = user.map_or_else(Txn::new, |user| user.unchanged(Txn::new()));
                store.commit(txn.delete(keys::due(at, id))).await.map(drop)
            }
        };
        match written {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Err(DalError::busy())
}

/// What time does to an account then; nothing if the account has changed meanwhile.
async fn plan(
    vault: &Vault,
    store: &dyn Store,
    user: &Stored<UserRecord>,
    at: Timestamp,
) -> Result<Option<Change>, DalError> {
    let before = &user.record;
    if before.deleted.is_some() {
        return plan_purge(store, user, vault.clock.now()).await;
    }
    let (mut after, target, mut txn) = (before.clone(), target(before), Txn::new());
    let is_due = |time: Option<Timestamp>| time == Some(at);
    let what = if is_due(before.disabled.as_ref().and_then(|disabled| disabled.until)) {
        after.disabled = None;
        What::UserEnabled { target }
    } else if is_due(before.begins) {
        after.begins = None;
        What::AccountBegan { target }
    } else if before.grants.iter().any(|grant| grant.until == at) {
        after.grants.retain(|grant| grant.until > at);
        let held = before.roles_at(at.before(Duration::from_micros(1)));
        What::RolesChanged { target, before: held, after: after.roles_at(at) }
    } else {
        let ended = Ended { at, reason: EndReason::AccountExpired, by: None, note: None };
        after.end_sessions(ended.clone());
        after.swept = at;
        txn = end_all_of(txn, &Granted { store, vault }, after.id, None, &ended).await?;
        What::AccountExpired { target }
    };
    let txn = put_user(txn, store, user, &after).await?;
    Ok(Some(Change { txn, what }))
}
