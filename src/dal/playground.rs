//! Filling a [`Playground`]: people, what they did, and seats for those who seem to be connected.
//!
//! Every record comes with the event that would have told of it, dated when it would have happened.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::domain::event::{Actor, Failure, Target, What};
use crate::domain::id::{SessionId, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::presence::Presence;
use crate::domain::role::{Rights, RoleBook, RoleName};
use crate::domain::secret::Password;
use crate::domain::session::{Before, EndReason, Ended, Method, Terminal, Visitor};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::DalError;
use super::change::{Change, add_user, with_event};
use super::gate::Playground;
use super::live::Seat;
use super::records::{Disabled, PasswordRecord, SessionRecord, Sources, Stored, UserRecord};
use super::sessions::ending;
use super::store::{Txn, encode, keys};

/// Somebody who has always been there.
#[derive(Debug, Clone)]
pub struct Resident {
    pub id: UserId,
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    pub created: Timestamp,
    pub standing: Standing,
    pub before: Before,
    /// Whoever has none cannot sign in.
    pub password: Option<Password>,
}

/// How an account stands.
#[derive(Debug, Clone)]
pub enum Standing {
    Enabled,
    Pending,
    Disabled { at: Timestamp, by: UserName, reason: Line },
    Expired { at: Timestamp },
}

/// One sign-in of a resident.
#[derive(Debug, Clone)]
pub struct Visit {
    pub session: SessionId,
    pub user: UserId,
    pub name: UserName,
    pub roles: Vec<RoleName>,
    pub visitor: Visitor,
    pub terminal: Option<Terminal>,
    pub created: Timestamp,
    /// `None` for one that goes on.
    pub ended: Option<Ended>,
}

/// What somebody is doing who seems to be connected.
#[derive(Debug, Clone, Copy)]
pub struct Pose {
    pub typed: Timestamp,
    pub screen: &'static str,
    pub bytes_in: usize,
    pub bytes_out: usize,
}

/// One failed sign-in.
#[derive(Debug, Clone)]
pub struct Miss {
    pub at: Timestamp,
    pub from: IpAddr,
    pub name: String,
    pub why: Failure,
}

/// A place among the connected, of somebody without a connection; leaving is dropping it.
pub struct Puppet {
    session: SessionId,
    roles: Vec<RoleName>,
    seat: Seat,
}

impl Playground {
    /// Adds people; those who already stand in it stay.
    pub async fn settle(&self, residents: Vec<Resident>) -> Result<(), DalError> {
        for resident in residents {
            let user = resident.record();
            let txn = Txn::new().put(keys::seen(user.id), encode(&resident.before)?);
            let mut txn = add_user(txn, self.store(), &user).await?;
            if let Some(password) = resident.password {
                let cost = self.vault().policy().argon2;
                let hash = self.vault().hasher.hash(password, cost).await?;
                let password = PasswordRecord { hash, changed: user.created, valid_until: None };
                txn = txn.put(keys::password(user.id), encode(&password)?);
            }
            let target = Target { user: user.id, name: user.name };
            let what = What::UserCreated { target, roles: user.roles };
            self.put(Change { txn, what }, user.created, None, None).await?;
        }
        Ok(())
    }

    /// Adds a sign-in that is over.
    pub async fn add_visit(&self, visit: Visit) -> Result<(), DalError> {
        self.record(visit).await.map(drop)
    }

    /// Adds a sign-in that goes on, and seats somebody for it.
    pub async fn seat(&self, visit: Visit, pose: Pose) -> Result<Puppet, DalError> {
        let (roles, terminal) = (visit.roles.clone(), visit.terminal.clone());
        let session = self.record(Visit { ended: None, ..visit }).await?;
        let seat = self.vault().live.enter(&session, usize::MAX);
        if let Some(terminal) = terminal {
            seat.resized(terminal.columns, terminal.rows);
            seat.is_on(terminal);
        }
        // They have been there since, and not only looked in at the beginning.
        seat.unlock(pose.typed);
        let puppet = Puppet { session: session.id, roles, seat };
        puppet.act(self, pose);
        Ok(puppet)
    }

    /// Adds failed sign-ins, to the trail and to the counters of their hours.
    pub async fn add_misses(&self, misses: Vec<Miss>) -> Result<(), DalError> {
        let mut hours: BTreeMap<u64, (u64, Sources)> = BTreeMap::new();
        for miss in misses {
            let hour = miss.at.hour();
            let (total, sources) = hours.entry(hour).or_default();
            *total += 1;
            sources.count(miss.from);
            let txn = Txn::new()
                .put(keys::failures_in_hour(hour), encode(total)?)
                .put(keys::sources_in_hour(hour), encode(sources)?);
            let what = What::SignInFailed { name: miss.name, why: miss.why, disables: false };
            self.put(Change { txn, what }, miss.at, None, Some(miss.from)).await?;
        }
        Ok(())
    }

    /// How many seemed to be connected before now, a number for every ten minutes.
    pub fn precede_history(&self, before: &[u64]) {
        self.vault().live.precede_history(before);
    }

    /// Whether this one's session is over: somebody ended it, or nobody typed in it for too long, which
    /// is recorded now.
    pub async fn is_over(&self, puppet: &Puppet) -> Result<bool, DalError> {
        let rules = self.vault().policy().idle(rights(&puppet.roles));
        let now = self.vault().clock.now();
        if puppet.seat.presence(rules, now) == Presence::Over {
            let ended = Ended { at: now, reason: EndReason::Idle, by: None, note: None };
            ending::end(self.vault(), self.store(), puppet.session, &ended).await?;
        }
        let entry = self.store().get(&keys::session(puppet.session)).await?;
        let session = Stored::<SessionRecord>::read_some(entry.as_ref())?;
        Ok(session.is_none_or(|session| session.record.ended.is_some()))
    }

    async fn record(&self, visit: Visit) -> Result<SessionRecord, DalError> {
        let expires = visit.created.after(self.vault().policy().lifetime(rights(&visit.roles)));
        let session = SessionRecord {
            id: visit.session,
            user: visit.user,
            user_name: visit.name,
            methods: vec![Method::Password],
            visitor: visit.visitor,
            created: visit.created,
            expires,
            epoch: 0,
            roles: visit.roles,
            ended: visit.ended,
            terminal: visit.terminal,
            place: None,
        };
        let (id, user, created) = (session.id, session.user, session.created);
        let mut txn = Txn::new()
            .put(keys::session(id), encode(&session)?)
            .put(keys::session_of_user(user, created, id), encode(&())?)
            .put(keys::session_by_time(created, id), encode(&())?);
        if session.ended.is_none() {
            txn = txn.put(keys::open_session(user, id), encode(&())?);
        }
        let from = Some(session.visitor.address);
        let actor = Actor { user, name: session.user_name.clone(), session: Some(id.handle()) };
        let what = What::SignedIn { method: Method::Password, in_place_of: None };
        self.put(Change { txn, what }, created, Some(actor), from).await?;
        if let Some(ended) = &session.ended {
            let what = What::SessionEnded { session: id.handle(), target: user, reason: ended.reason };
            self.put(Change { txn: Txn::new(), what }, ended.at, None, from).await?;
        }
        Ok(session)
    }

    /// Writes a change as if it had been made then.
    async fn put(
        &self,
        change: Change,
        at: Timestamp,
        actor: Option<Actor>,
        from: Option<IpAddr>,
    ) -> Result<(), DalError> {
        let txn = with_event(change, at, actor, from, &*self.vault().entropy)?;
        self.store().commit(txn).await?;
        Ok(())
    }
}

impl Resident {
    fn record(&self) -> UserRecord {
        let (disabled, expires) = match &self.standing {
            Standing::Enabled | Standing::Pending => (None, None),
            Standing::Disabled { at, by, reason } => {
                (Some(Disabled { at: *at, by: by.clone(), reason: reason.clone(), until: None }), None)
            }
            Standing::Expired { at } => (None, Some(*at)),
        };
        let (name, display_name) = (self.name.clone(), self.display_name.clone());
        UserRecord {
            disabled,
            expires,
            must_change_password: matches!(self.standing, Standing::Pending),
            ..UserRecord::new(self.id, name, display_name, self.roles.clone(), self.created)
        }
    }
}

/// What these roles amount to where nobody made any others.
fn rights(roles: &[RoleName]) -> Rights {
    RoleBook::default().rights(roles)
}

impl Puppet {
    /// It looks as if somebody had done this.
    pub fn act(&self, playground: &Playground, pose: Pose) {
        let rules = playground.vault().policy().idle(rights(&self.roles));
        self.seat.typed(rules, pose.typed, pose.bytes_in);
        self.seat.sent(pose.bytes_out);
        self.seat.turns_to(pose.screen);
    }
}
