//! Sessions: whose they are, which of them are live, and everything that ends one.
//!
//! The record says how a session began and how it ended. Whether it is live is not in the record:
//! only who holds the socket can tell, so that no row outlives its connection.

pub(super) mod ending;
pub(super) mod forgetting;
mod query;
mod resume;
mod row;

use crate::domain::event::{Target, What};
use crate::domain::id::{Handle, SessionId, UserId};
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::session::{EndReason, Ended, Told};
use crate::domain::text::Line;

use super::change::{Change, put_user};
use super::gate::{Granted, Landed, TRIES};
use super::records::{SessionRecord, Stored, UserRecord};
use super::store::{Txn, decode, encode, keys};
use super::{DalError, Page, Verified, users};

pub use query::{LivePage, LiveQuery, MAX_ROWS, Order, SessionQuery, Whose};
pub use resume::Lost;
pub use row::{Activity, SessionRow, SessionState};

use ending::{ENDED_AT_ONCE, end_all_of, put_ended};
use row::{live_row, row};

/// What became of everybody's sessions but one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub ended: usize,
    /// Those of people who hold more than whoever asked: they stay.
    pub skipped: usize,
}

/// See [`Verified::sessions`].
#[must_use = "a proof is for one operation"]
pub struct Sessions(pub(super) Verified);

impl Sessions {
    /// Lists the sessions whose connections are open.
    ///
    /// Needs `ReadSessions`, or `OwnSessions` for one's own. Errors: `NotFound` for a user that does
    /// not exist.
    pub async fn live(self, query: LiveQuery) -> Result<LivePage, DalError> {
        let granted = self.0.require(self.reading(&query.whose))?;
        let user = self.whose(&granted, &query.whose).await?;
        let filter = query.filter.to_lowercase();
        let mut found = granted.vault.live.everybody();
        found.retain(|one| {
            user.is_none_or(|user| user == one.user) && (filter.is_empty() || one.matches(&filter))
        });
        let total = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let mut keyed: Vec<_> = found.iter().map(|one| (one.rank(query.order), one)).collect();
        if let Some(after) = &query.after {
            keyed.retain(|(rank, _)| rank > after);
        }
        let limit = query.limit.clamp(1, MAX_ROWS);
        let has_more = keyed.len() > limit;
        if has_more {
            keyed.select_nth_unstable_by(limit, |one, other| one.0.cmp(&other.0));
            keyed.truncate(limit);
        }
        keyed.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let next = keyed.last().filter(|_| has_more).map(|(rank, _)| rank.clone());
        let items = keyed.iter().map(|(_, one)| live_row(one, self.own())).collect();
        Ok(LivePage { items, next, total })
    }

    /// Lists sessions, live and over, newest first; reads no more than the page.
    ///
    /// Needs `ReadSessions`, or `OwnSessions` for one's own. Errors: `NotFound` for a user that does
    /// not exist.
    pub async fn list(self, query: SessionQuery) -> Result<Page<SessionRow>, DalError> {
        let granted = self.0.require(self.reading(&query.whose))?;
        let prefix = match self.whose(&granted, &query.whose).await? {
            Some(user) => keys::sessions_of(user),
            None => keys::SESSIONS_BY_TIME.to_vec(),
        };
        let after = query.after.map(|after| [prefix.as_slice(), after.as_bytes()].concat());
        let page = granted.store.scan(&prefix, after.as_deref(), query.limit.clamp(1, MAX_ROWS)).await?;
        let ids = page.entries.iter().filter_map(|entry| keys::session_in_order(&entry.key));
        let records: Vec<_> = ids.map(keys::session).collect();
        let mut items = Vec::with_capacity(records.len());
        for entry in granted.store.get_many(&records).await?.iter().flatten() {
            let record: SessionRecord = decode(entry)?;
            let live = granted.vault.live.get(record.id);
            items.push(row(record, live.as_deref(), self.own()));
        }
        let rest = |key: &[u8]| String::from_utf8_lossy(key.get(prefix.len()..).unwrap_or_default()).into();
        Ok(Page { items, next: page.next.as_deref().map(rest) })
    }

    /// One session.
    ///
    /// Needs `OwnSessions` for one's own, `ReadSessions` for others. Errors: `NotFound`, also for one
    /// that this viewer may not see.
    pub async fn get(self, handle: &Handle) -> Result<SessionRow, DalError> {
        let granted = self.0.require(Permission::OwnSessions)?;
        let found = self.find(&granted, handle).await?;
        let live = granted.vault.live.get(found.record.id);
        Ok(row(found.record, live.as_deref(), self.own()))
    }

    /// Ends one session.
    ///
    /// Needs `OwnSessions` for one's own; `RevokeSessions` for others, and everything that its user
    /// holds. Errors: `NotFound`; `Conflict` for one that is over.
    pub async fn revoke(self, handle: &Handle) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::OwnSessions)?;
            let found = self.find(&granted, handle).await?;
            let needs = self.ending(found.record.user);
            let granted = self.0.require(needs)?;
            self.covers_user(&granted, found.record.user).await?;
            if found.record.ended.is_some() {
                return Err(DalError::Conflict { what: format!("session {handle} is over already") });
            }
            let what = What::SessionEnded {
                session: handle.clone(),
                target: found.record.user,
                reason: EndReason::Revoked,
            };
            let txn = put_ended(Txn::new(), &granted.vault.live, found, self.ended_by_me())?;
            if self.0.commit(needs, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// Ends all sessions of somebody; answers how many were open.
    ///
    /// Needs `OwnSessions` for one's own; `RevokeSessions` for others, and everything that the user holds.
    /// Errors: `NotFound`.
    pub async fn revoke_user(self, name: &UserName) -> Result<usize, DalError> {
        let needs = if self.is_me(name) { Permission::OwnSessions } else { Permission::RevokeSessions };
        for _ in 0..TRIES {
            let granted = self.0.require(needs)?;
            let user = users::find(&granted, name).await?;
            self.0.covers(&user.record)?;
            let (change, ended) = self.end_all(&granted, &user, None).await?;
            if self.0.commit(needs, change).await? == Landed::Yes {
                return Ok(ended);
            }
        }
        Err(DalError::busy())
    }

    /// Ends all sessions of one's own but this one; answers how many were open.
    ///
    /// Needs `OwnSessions`.
    pub async fn revoke_others(self) -> Result<usize, DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::OwnSessions)?;
            let (change, ended) = self.end_all(&granted, self.0.own_user(), Some(self.own())).await?;
            if self.0.commit(Permission::OwnSessions, change).await? == Landed::Yes {
                return Ok(ended);
            }
        }
        Err(DalError::busy())
    }

    /// Ends every session but this one, of everybody who does not hold more than oneself; answers how
    /// many, and how many stay.
    ///
    /// Needs `RevokeSessions`. Errors: as for one; what was ended before the error stays ended.
    pub async fn revoke_everybody(self) -> Result<Swept, DalError> {
        let (mut swept, mut after, mut tries) = (Swept::default(), None, 0);
        while tries < TRIES {
            let granted = self.0.require(Permission::RevokeSessions)?;
            let page = granted.store.scan(keys::OPEN_SESSIONS, after.as_deref(), ENDED_AT_ONCE).await?;
            let (open, skipped) = self.endable(&granted, &page.entries).await?;
            let count = open.len();
            if count > 0 {
                let mut txn = Txn::new();
                let sessions = open.iter().map(|session| session.record.id.handle()).collect();
                for session in open {
                    txn = put_ended(txn, &granted.vault.live, session, self.ended_by_me())?;
                }
                let change = Change { txn, what: What::AllSessionsEnded { sessions } };
                if self.0.commit(Permission::RevokeSessions, change).await? == Landed::Stale {
                    // One of them ended by itself meanwhile: look at the same page again.
                    tries += 1;
                    continue;
                }
            }
            tries = 0;
            swept = Swept { ended: swept.ended + count, skipped: swept.skipped + skipped };
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(swept),
            }
        }
        Err(DalError::busy())
    }

    /// Shows a notice on the screens of one live session.
    ///
    /// Needs `RevokeSessions`. Errors: `NotFound` for a session that is not live.
    pub async fn tell(self, handle: &Handle, words: Line) -> Result<(), DalError> {
        let granted = self.0.require(Permission::RevokeSessions)?;
        let found = self.find(&granted, handle).await?;
        let live = granted.vault.live.get(found.record.id);
        let live = live.ok_or_else(|| DalError::NotFound { what: format!("live session {handle}") })?;
        self.record_message(Some(handle.clone()), &words).await?;
        live.tell(self.told(words));
        Ok(())
    }

    /// Shows a notice on the screens of everybody; answers how many sessions there are.
    ///
    /// Needs `RevokeSessions`.
    pub async fn tell_everybody(self, words: Line) -> Result<usize, DalError> {
        let granted = self.0.require(Permission::RevokeSessions)?;
        self.record_message(None, &words).await?;
        let everybody = granted.vault.live.everybody();
        let told = self.told(words);
        for one in &everybody {
            one.tell(std::sync::Arc::clone(&told));
        }
        Ok(everybody.len())
    }

    async fn record_message(&self, to: Option<Handle>, words: &Line) -> Result<(), DalError> {
        let what = What::MessageSent { to, words: words.as_str().to_owned() };
        match self.0.commit(Permission::RevokeSessions, Change { txn: Txn::new(), what }).await? {
            Landed::Yes => Ok(()),
            Landed::Stale => Err(DalError::busy()),
        }
    }

    fn told(&self, words: Line) -> std::sync::Arc<Told> {
        std::sync::Arc::new(Told::Message { by: self.0.own_user().record.name.clone(), words })
    }

    fn own(&self) -> SessionId {
        self.0.own_session().record.id
    }

    fn is_me(&self, name: &UserName) -> bool {
        *name == self.0.own_user().record.name
    }

    /// What reading these sessions needs. Whoever says their own name means their own.
    fn reading(&self, whose: &Whose) -> Permission {
        match whose {
            Whose::User(name) if self.is_me(name) => Permission::OwnSessions,
            other => other.needs(),
        }
    }

    /// What ending a session of this user needs.
    fn ending(&self, user: UserId) -> Permission {
        if user == self.0.own_user().record.id { Permission::OwnSessions } else { Permission::RevokeSessions }
    }

    fn ended_by_me(&self) -> Ended {
        let by = self.0.own_user().record.name.clone();
        Ended { at: self.0.now(), reason: EndReason::Revoked, by: Some(by), note: None }
    }

    /// The user that a query is about; nobody in particular for everybody's.
    async fn whose(&self, granted: &Granted<'_>, whose: &Whose) -> Result<Option<UserId>, DalError> {
        match whose {
            Whose::Mine => Ok(Some(self.0.own_user().record.id)),
            Whose::User(name) => Ok(Some(users::find(granted, name).await?.record.id)),
            Whose::Everybodys => Ok(None),
        }
    }

    /// The session with this handle, if this viewer may see it.
    async fn find(&self, granted: &Granted<'_>, handle: &Handle) -> Result<Stored<SessionRecord>, DalError> {
        let absent = || DalError::NotFound { what: format!("session {handle}") };
        let page = granted.store.scan(&keys::sessions_with(handle), None, 1).await?;
        let found = Stored::<SessionRecord>::read(page.entries.first().ok_or_else(absent)?)?;
        let is_mine = found.record.user == self.0.own_user().record.id;
        if is_mine || self.0.require(Permission::ReadSessions).is_ok() { Ok(found) } else { Err(absent()) }
    }

    /// Nobody acts on somebody who holds more; who was deleted holds nothing.
    async fn covers_user(&self, granted: &Granted<'_>, user: UserId) -> Result<(), DalError> {
        let entry = granted.store.get(&keys::user(user)).await?;
        match Stored::<UserRecord>::read_some(entry.as_ref())? {
            Some(user) => self.0.covers(&user.record),
            None => Ok(()),
        }
    }

    /// Ends the sessions of one user: as many as fit in the change itself, the rest by the epoch.
    async fn end_all(
        &self,
        granted: &Granted<'_>,
        user: &Stored<UserRecord>,
        but: Option<SessionId>,
    ) -> Result<(Change, usize), DalError> {
        let ended = self.ended_by_me();
        let mut after = user.record.clone();
        after.end_sessions(ended.clone());
        let mut txn = put_user(Txn::new(), granted.store, user, &after).await?;
        if but.is_some() {
            let mut own = self.0.own_session().record.clone();
            own.epoch = after.epoch;
            txn = txn.put(keys::session(own.id), encode(&own)?);
        }
        let open = count_open(granted, after.id).await?.saturating_sub(usize::from(but.is_some()));
        let txn = end_all_of(txn, granted, after.id, but, &ended).await?;
        let target = Target { user: after.id, name: after.name };
        Ok((Change { txn, what: What::SessionsEnded { target, reason: EndReason::Revoked } }, open))
    }

    /// The sessions behind these entries that this viewer may end, and how many there are besides.
    async fn endable(
        &self,
        granted: &Granted<'_>,
        open: &[super::store::Entry],
    ) -> Result<(Vec<Stored<SessionRecord>>, usize), DalError> {
        let own = self.own();
        let ids: Vec<_> = open
            .iter()
            .filter_map(|entry| keys::open_session_of(&entry.key))
            .filter(|(_, session)| *session != own)
            .collect();
        let wanted: Vec<_> =
            ids.iter().flat_map(|(user, session)| [keys::session(*session), keys::user(*user)]).collect();
        let (mut endable, mut skipped) = (Vec::with_capacity(ids.len()), 0);
        for pair in granted.store.get_many(&wanted).await?.chunks_exact(2) {
            let [Some(session), user] = pair else { continue };
            let session = Stored::<SessionRecord>::read(session)?;
            let user = Stored::<UserRecord>::read_some(user.as_ref())?;
            let is_covered = user.is_none_or(|user| self.0.covers(&user.record).is_ok());
            match (session.record.ended.is_none(), is_covered) {
                (true, true) => endable.push(session),
                (true, false) => skipped += 1,
                (false, _) => {}
            }
        }
        Ok((endable, skipped))
    }
}

async fn count_open(granted: &Granted<'_>, user: UserId) -> Result<usize, DalError> {
    let (prefix, mut count, mut after) = (keys::open_sessions_of(user), 0, None);
    loop {
        let page = granted.store.scan(&prefix, after.as_deref(), super::store::MAX_PAGE).await?;
        count += page.entries.len();
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(count),
        }
    }
}
