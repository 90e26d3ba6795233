//! How sessions are judged and how they end.

use std::net::IpAddr;

use crate::domain::event::{Actor, What};
use crate::domain::id::{SessionId, UserId};
use crate::domain::policy::Policy;
use crate::domain::role::{RoleBook, RoleName};
use crate::domain::session::{EndReason, Ended, Terminal};
use crate::domain::time::Timestamp;

use crate::dal::DalError;
use crate::dal::change::Change;
use crate::dal::gate::{Granted, TRIES, Vault};
use crate::dal::live::Live;
use crate::dal::records::{Closed, SessionRecord, Stored, UserRecord};
use crate::dal::store::{Expect, MAX_PAGE, MAX_WRITES, Store, StoreError, Txn, decode, encode, keys};

/// Sessions that end in one transaction: three writes each, and room for what ends them.
pub(super) const ENDED_AT_ONCE: usize = 38;

/// Writes of the end of one session.
const WRITES: usize = 3;

/// Writes that may follow in the same transaction: an account with its lists, locks, and the event.
const RESERVED: usize = 16;

/// The session and its user, if the session still stands; otherwise why not.
///
/// Reads no clock and no store: everything that decides is an argument.
pub(in crate::dal) fn judge(
    session: Option<Stored<SessionRecord>>,
    user: Option<Stored<UserRecord>>,
    book: &RoleBook,
    policy: &Policy,
    now: Timestamp,
) -> Result<(Stored<SessionRecord>, Stored<UserRecord>), Ended> {
    let over = |reason| Ended { at: now, reason, by: None, note: None };
    let mut session = session.ok_or_else(|| over(EndReason::Revoked))?;
    if let Some(ended) = session.record.ended {
        return Err(ended);
    }
    let user = user.ok_or_else(|| over(EndReason::UserDeleted))?;
    if let Some(Closed::Disabled(disabled)) = user.record.closed(now) {
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
    let until = |roles: &[RoleName]| session.record.created.after(policy.lifetime(book.rights(roles)));
    let as_it_began = session.record.expires.min(until(&session.record.roles));
    let expires = as_it_began.min(until(&user.record.roles_at(now)));
    match user.record.closed(now) {
        Some(Closed::NotYet) => return Err(over(EndReason::AccountNotYet)),
        Some(Closed::Expired) => return Err(over(EndReason::AccountExpired)),
        Some(Closed::Deleted | Closed::Disabled(_)) => return Err(over(EndReason::UserDeleted)),
        None => {}
    }
    if as_it_began <= now {
        return Err(over(EndReason::Expired));
    }
    if expires <= now {
        return Err(over(EndReason::RoleChanged));
    }
    // An account that ends takes its sessions with it.
    session.record.expires = user.record.expires.map_or(expires, |end| end.min(expires));
    Ok((session, user))
}

/// Ends the open sessions of a user, all but one, in the transaction that is about to end them. Those for which
/// it has no room are ended by their epoch, and close themselves.
pub(in crate::dal) async fn end_all_of(
    txn: Txn,
    granted: &Granted<'_>,
    user: UserId,
    but: Option<SessionId>,
    ended: &Ended,
) -> Result<Txn, StoreError> {
    let room = MAX_WRITES.saturating_sub(txn.writes() + RESERVED) / WRITES;
    let most = room.clamp(1, ENDED_AT_ONCE);
    let open = granted.store.scan(&keys::open_sessions_of(user), None, most).await?;
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
        let found = store.get_many(&[keys::session(id), keys::terminal(id)]).await?;
        let [Some(session), terminal] = found.as_slice() else { return Ok(()) };
        let mut session = Stored::<SessionRecord>::read(session)?;
        if session.record.ended.is_some() {
            return Ok(());
        }
        // Who is not connected any more cannot tell it.
        session.record.terminal = terminal.as_ref().map(decode).transpose()?;
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
        session.terminal = connected.terminal().or(session.terminal);
        session.place = connected.place().filter(|_| ended.reason == EndReason::ConnectionLost);
    }
    session.ended = Some(ended);
    Ok(txn
        .put(keys::session(session.id), encode(&session)?)
        .delete(keys::open_session(session.user, session.id))
        .delete(keys::terminal(session.id)))
}

/// Writes the terminal of a session's first dashboard, while the session is open.
///
/// Beside the session and not into it: its version guards every change that its user makes, and one
/// that is being made must not fail because a screen was opened meanwhile.
pub(in crate::dal) async fn record_terminal(
    vault: &Vault,
    actor: Actor,
    from: IpAddr,
    session: SessionId,
    terminal: Terminal,
) -> Result<(), StoreError> {
    let txn = Txn::new()
        .guard(keys::open_session(actor.user, session), Expect::Present)
        .put(keys::terminal(session), encode(&terminal)?);
    let what = What::DashboardOpened { terminal };
    match vault.write(Change { txn, what }, Some(actor), Some(from)).await {
        // It has ended, and its end says on which terminal it was.
        Err(StoreError::Conflict { .. }) => Ok(()),
        other => other,
    }
}
