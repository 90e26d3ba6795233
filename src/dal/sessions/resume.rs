//! Going on where a connection was lost.

use std::time::Duration;

use crate::domain::event::What;
use crate::domain::id::Handle;
use crate::domain::role::Permission;
use crate::domain::session::{EndReason, Place, Visitor};
use crate::domain::time::Timestamp;

use crate::dal::DalError;
use crate::dal::change::Change;
use crate::dal::gate::{Granted, Landed, TRIES};
use crate::dal::records::{SessionRecord, Stored};
use crate::dal::store::{Txn, encode, keys};

use super::Sessions;

/// How long after a connection was lost one may go on.
const RESUMABLE: Duration = Duration::from_mins(10);

/// Sessions that are looked at for one that was lost: who opens more in ten minutes does not miss it.
const LOOKED_AT: usize = 10;

/// A session of one's own whose connection was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    pub handle: Handle,
    pub at: Timestamp,
    pub visitor: Visitor,
    pub place: Place,
}

impl Sessions {
    /// The newest session of one's own whose connection was lost in the last ten minutes.
    ///
    /// Needs `OwnAccount`.
    pub async fn lost(self) -> Result<Option<Lost>, DalError> {
        let granted = self.0.require(Permission::OwnAccount)?;
        let newest = self.newest(&granted).await?;
        Ok(newest.into_iter().find_map(|session| lost(session.record, self.0.now())))
    }

    /// Turns down to go on where connections of one's own were lost until now: it is not offered again.
    ///
    /// Needs `OwnAccount`.
    pub async fn decline(self) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::OwnAccount)?;
            let (mut txn, mut sessions) = (Txn::new(), Vec::new());
            for session in self.newest(&granted).await? {
                let Some(lost) = lost(session.record.clone(), self.0.now()) else { continue };
                sessions.push(lost.handle);
                let record = SessionRecord { place: None, ..session.record.clone() };
                txn = session.unchanged(txn).put(session.key, encode(&record)?);
            }
            if sessions.is_empty() {
                return Ok(());
            }
            let what = What::ResumeDeclined { sessions };
            if self.0.commit(Permission::OwnAccount, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// Goes on in this session where that one was, and records that it was resumed.
    ///
    /// Needs `OwnAccount`. Errors: `NotFound` for a session that cannot be resumed: not one's own, not
    /// lost, too long ago, or resumed before.
    pub async fn resume(self, handle: &Handle) -> Result<Place, DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::OwnAccount)?;
            let found = self.find(&granted, handle).await?;
            let is_mine = found.record.user == self.0.own_user().record.id;
            let absent = || DalError::NotFound { what: format!("lost session {handle}") };
            let lost = lost(found.record.clone(), self.0.now()).filter(|_| is_mine).ok_or_else(absent)?;
            let txn = found.unchanged(Txn::new());
            let mut record = found.record;
            if let Some(ended) = &mut record.ended {
                ended.reason = EndReason::Resumed;
            }
            let what = What::SessionResumed { session: handle.clone() };
            let txn = txn.put(found.key, encode(&record)?);
            if self.0.commit(Permission::OwnAccount, Change { txn, what }).await? == Landed::Yes {
                return Ok(lost.place);
            }
        }
        Err(DalError::busy())
    }

    /// The newest sessions of one's own, the newest first.
    async fn newest(&self, granted: &Granted<'_>) -> Result<Vec<Stored<SessionRecord>>, DalError> {
        let prefix = keys::sessions_of(self.0.own_user().record.id);
        let page = granted.store.scan(&prefix, None, LOOKED_AT).await?;
        let ids = page.entries.iter().filter_map(|entry| keys::session_in_order(&entry.key));
        let records: Vec<_> = ids.map(keys::session).collect();
        let found = granted.store.get_many(&records).await?;
        Ok(found.iter().flatten().map(Stored::read).collect::<Result<_, _>>()?)
    }
}

fn lost(session: SessionRecord, now: Timestamp) -> Option<Lost> {
    let ended = session
        .ended
        .filter(|ended| ended.reason == EndReason::ConnectionLost && now.since(ended.at) < RESUMABLE)?;
    Some(Lost { handle: session.id.handle(), at: ended.at, visitor: session.visitor, place: session.place? })
}
