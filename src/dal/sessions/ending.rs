//! How sessions are judged and how they end.

use crate::domain::event::What;
use crate::domain::id::{SessionId, UserId};
use crate::domain::policy::Policy;
use crate::domain::session::{EndReason, Ended};
use crate::domain::time::Timestamp;

use crate::dal::DalError;
use crate::dal::change::Change;
use crate::dal::gate::{Granted, TRIES, Vault};
use crate::dal::live::Live;
use crate::dal::records::{SessionRecord, Stored, UserRecord};
use crate::dal::store::{Expect, MAX_PAGE, Store, StoreError, Txn, encode, keys};

/// Sessions that end in the transaction of the change that ends them: two writes each, and room
/// for the change itself. More than that are ended by their epoch, and close themselves.
pub(super) const ENDED_AT_ONCE: usize = 40;

/// The session and its user, if the session still stands; otherwise why not.
///
/// Reads no clock and no store: everything that decides is an argument.
pub(in crate::dal) fn judge(
    session: Option<Stored<SessionRecord>>,
    user: Option<Stored<UserRecord>>,
    policy: &Policy,
    now: Timestamp,
) -> Result<(Stored<SessionRecord>, Stored<UserRecord>), Ended> {
    let over = |reason| Ended { at: now, reason, by: None, note: None };
    let mut session = session.ok_or_else(|| over(EndReason::Revoked))?;
    if let Some(ended) = session.record.ended {
        return Err(ended);
    }
    let user = user.ok_or_else(|| over(EndReason::UserDeleted))?;
    if let Some(disabled) = &user.record.disabled {
        return Err(Ended {
            at: disabled.at,
            reason: EndReason::UserDisabled,
            by: Some(disabled.by.clone()),
            note: Some(disabled.reason.clone()),
        });
    }
    if session.record.epoch != user.record.epoch {
        let why = user.record.sessions_ended;
        return Err(why.unwrap_or_else(|| over(EndReason::PasswordChanged)));
    }
    // A role that was given meanwhile, or a stricter rule, shortens a session; nothing extends it.
    let longest = session.record.created.after(policy.lifetime(user.record.permissions()));
    session.record.expires = session.record.expires.min(longest);
    if user.record.has_expired(now) || session.record.expires <= now {
        return Err(over(EndReason::Expired));
    }
    Ok((session, user))
}

/// Ends the open sessions of a user, all but one, in the transaction that is about to end them.
pub(in crate::dal) async fn end_all_of(
    txn: Txn,
    granted: &Granted<'_>,
    user: UserId,
    but: Option<SessionId>,
    ended: &Ended,
) -> Result<Txn, StoreError> {
    let open = granted.store.scan(&keys::open_sessions_of(user), None, ENDED_AT_ONCE).await?;
    let ids: Vec<SessionId> = open
        .entries
        .iter()
        .filter_map(|entry| keys::open_session_of(&entry.key))
        .map(|(_, session)| session)
        .filter(|session| Some(*session) != but)
        .collect();
    let records: Vec<_> = ids.iter().map(|id| keys::session(*id)).collect();
    let mut txn = txn;
    for entry in granted.store.get_many(&records).await?.iter().flatten() {
        let session = Stored::<SessionRecord>::read(entry)?;
        txn = put_ended(txn, &granted.vault.live, session, ended.clone())?;
    }
    Ok(txn)
}

/// Writes the end of one session, unless it has been written.
pub(in crate::dal) async fn end(
    vault: &Vault,
    store: &dyn Store,
    id: SessionId,
    ended: &Ended,
) -> Result<(), DalError> {
    for _ in 0..TRIES {
        let entry = store.get(&keys::session(id)).await?;
        let Some(session) = Stored::<SessionRecord>::read_some(entry.as_ref())? else { return Ok(()) };
        if session.record.ended.is_some() {
            return Ok(());
        }
        let what =
            What::SessionEnded { session: id.handle(), target: session.record.user, reason: ended.reason };
        let from = session.record.visitor.address;
        let txn = put_ended(Txn::new(), &vault.live, session, ended.clone())?;
        match vault.write(Change { txn, what }, None, Some(from)).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Err(DalError::Unavailable)
}

/// Ends every session that is open in the store. For a start, when nobody can be connected.
pub(in crate::dal) async fn close_what_a_crash_left(
    vault: &Vault,
    store: &dyn Store,
) -> Result<usize, DalError> {
    let ended = Ended { at: vault.clock.now(), reason: EndReason::ServerStopped, by: None, note: None };
    let mut closed = 0;
    let mut after = None;
    loop {
        let page = store.scan(keys::OPEN_SESSIONS, after.as_deref(), MAX_PAGE).await?;
        for (user, session) in page.entries.iter().filter_map(|entry| keys::open_session_of(&entry.key)) {
            end(vault, store, session, &ended).await?;
            forget_if_orphaned(vault, store, user, session).await?;
            closed += 1;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(closed),
        }
    }
}

/// An entry in the list of open sessions whose record is gone would be found at every start.
async fn forget_if_orphaned(
    vault: &Vault,
    store: &dyn Store,
    user: UserId,
    session: SessionId,
) -> Result<(), DalError> {
    let key = keys::open_session(user, session);
    if store.get(&key).await?.is_none() {
        return Ok(());
    }
    let what =
        What::SessionEnded { session: session.handle(), target: user, reason: EndReason::ServerStopped };
    let txn = Txn::new().guard(key.clone(), Expect::Present).delete(key);
    Ok(vault.write(Change { txn, what }, None, None).await?)
}

/// Writes the end of an open session, with what only its connection knew.
pub(in crate::dal) fn put_ended(
    txn: Txn,
    live: &Live,
    session: Stored<SessionRecord>,
    ended: Ended,
) -> Result<Txn, StoreError> {
    let txn = session.unchanged(txn);
    let mut session = session.record;
    if let Some(connected) = live.get(session.id) {
        session.terminal = connected.terminal();
        session.place = connected.place().filter(|_| ended.reason == EndReason::ConnectionLost);
    }
    session.ended = Some(ended);
    Ok(txn
        .put(keys::session(session.id), encode(&session)?)
        .delete(keys::open_session(session.user, session.id)))
}
