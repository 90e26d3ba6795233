//! Filling a [`Playground`]: people, what they did, and seats for those who seem to be connected.
//!
//! Every record comes with the event that would have told of it, dated when it would have happened.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::auth::generate;
use crate::auth::second_factor::Factor;
use crate::auth::totp::Seed;
use crate::domain::event::{Actor, Failure, Target, What};
use crate::domain::id::{InviteId, RecoveryId, SessionId, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::presence::Presence;
use crate::domain::role::{self, CustomRole, Rights, RoleBook, RoleName};
use crate::domain::second_factor::RecoveryCode;
use crate::domain::secret::Password;
use crate::domain::session::{Before, EndReason, Ended, Method, Terminal, Visitor};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::DalError;
use super::change::{Change, add_user, with_event};
use super::gate::Playground;
use super::invites::{InviteRecord, Revoked};
use super::live::Seat;
use super::login;
use super::records::{
    Book, Deleted, Disabled, FactorRecord, Grant, PasswordRecord, SessionRecord, Sources, Stored, UserRecord,
};
use super::second_factor::stored as factor;
use super::sessions::ending;
use super::store::{Txn, decode, encode, keys};

/// Somebody who has always been there.
#[derive(Debug, Clone)]
pub struct Resident {
    pub id: UserId,
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    pub created: Timestamp,
    pub standing: Standing,
    pub loan: Option<Loan>,
    pub before: Before,
    /// Since when they have a second factor; nobody has its authenticator.
    pub second_factor: Option<Timestamp>,
    /// Whoever has none cannot sign in.
    pub password: Option<Password>,
}

/// How an account stands.
#[derive(Debug, Clone)]
pub enum Standing {
    Enabled,
    Pending,
    /// With an end it is a suspension.
    Disabled {
        at: Timestamp,
        by: UserName,
        reason: Line,
        until: Option<Timestamp>,
    },
    Expired {
        at: Timestamp,
    },
    /// Until then it can be restored.
    Deleted {
        at: Timestamp,
        by: UserName,
        until: Timestamp,
    },
}

/// A role that somebody holds for a time.
#[derive(Debug, Clone)]
pub struct Loan {
    pub role: RoleName,
    pub at: Timestamp,
    pub by: UserName,
    pub until: Timestamp,
}

/// A letter to somebody who has not come yet. Its code is nobody's.
#[derive(Debug, Clone)]
pub struct Letter {
    pub id: InviteId,
    pub roles: Vec<RoleName>,
    pub name: Option<UserName>,
    pub by: UserName,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub uses: u32,
    pub note: Option<Line>,
    /// Taken back by whoever wrote it.
    pub revoked: Option<Timestamp>,
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
            if let Some(since) = resident.second_factor {
                let factor = self.somebodys_factor(user.id, since).ok_or(DalError::Unavailable)?;
                txn = txn.put(keys::factor(user.id), encode(&factor)?);
            }
            let target = Target { user: user.id, name: user.name };
            let what = What::UserCreated { target: target.clone(), roles: user.roles };
            self.put(Change { txn, what }, user.created, None, None).await?;
            if let Some(since) = resident.second_factor {
                let actor = Actor { user: target.user, name: target.name.clone(), session: None };
                let change = Change { txn: Txn::new(), what: What::SecondFactorSetUp };
                self.put(change, since, Some(actor), None).await?;
            }
            self.tell_of(&resident.standing, resident.loan.as_ref(), &target).await?;
        }
        Ok(())
    }

    /// A second factor with all its recovery codes, which nobody has seen.
    fn somebodys_factor(&self, user: UserId, since: Timestamp) -> Option<FactorRecord> {
        let entropy = &*self.vault().entropy;
        let seed = factor::seal(self.vault(), user, &Seed::random(entropy))?;
        let code = |_| RecoveryCode::parse(generate::recovery_code(entropy).expose());
        let codes: Option<Vec<RecoveryId>> =
            (0..RecoveryCode::COUNT).map(|place| code(place).as_ref().map(RecoveryId::of)).collect();
        Some(Factor::new(since, seed, 0, codes?))
    }

    /// Adds roles beside the built-in ones; those that were made here before stay.
    pub async fn make_roles(
        &self,
        roles: Vec<CustomRole>,
        at: Timestamp,
        by: &UserName,
    ) -> Result<(), DalError> {
        let mut book = Book::read(self.store().get(&keys::roles()).await?.as_ref()).record.as_ref().clone();
        for role in roles {
            let role = CustomRole { permissions: role.permissions.and(role::OWN.permissions), ..role };
            book.custom.push(role.clone());
            book.custom.sort_by(|one, other| one.name.cmp(&other.name));
            let txn = Txn::new().put(keys::roles(), encode(&book)?);
            let actor = self.actor(by).await?;
            self.put(Change { txn, what: What::RoleCreated { role } }, at, actor, None).await?;
        }
        Ok(())
    }

    /// Adds invites.
    pub async fn send(&self, letters: Vec<Letter>) -> Result<(), DalError> {
        for letter in letters {
            let Some(actor) = self.actor(&letter.by).await? else { continue };
            let (created, revoked) = (letter.created, letter.revoked);
            let invite = letter.record(&actor);
            let txn = Txn::new()
                .put(keys::invite(invite.id), encode(&invite)?)
                .put(keys::invite_by_time(created, invite.id), encode(&())?);
            let handle = invite.id.handle();
            let what = What::InviteCreated {
                invite: handle.clone(),
                roles: invite.roles,
                name: invite.name,
                uses: invite.uses,
                expires: invite.expires,
            };
            self.put(Change { txn, what }, created, Some(actor.clone()), None).await?;
            if let Some(at) = revoked {
                let what = What::InviteRevoked { invite: handle };
                self.put(Change { txn: Txn::new(), what }, at, Some(actor), None).await?;
            }
        }
        Ok(())
    }

    /// Adds the events of how an account came to stand like this. What time did has none.
    async fn tell_of(
        &self,
        standing: &Standing,
        loan: Option<&Loan>,
        target: &Target,
    ) -> Result<(), DalError> {
        let told = match standing.clone() {
            Standing::Disabled { at, by, reason, until } => {
                let reason = reason.as_str().to_owned();
                Some((at, by, What::UserDisabled { target: target.clone(), reason, until }))
            }
            Standing::Deleted { at, by, .. } => Some((at, by, What::UserDeleted { target: target.clone() })),
            Standing::Enabled | Standing::Pending | Standing::Expired { .. } => None,
        };
        let lent = loan.cloned().map(|Loan { role, at, by, until }| {
            (at, by, What::RoleGranted { target: target.clone(), role, before: None, until })
        });
        for (at, by, what) in told.into_iter().chain(lent) {
            let actor = self.actor(&by).await?;
            self.put(Change { txn: Txn::new(), what }, at, actor, None).await?;
        }
        Ok(())
    }

    /// Whoever has this name, if somebody has.
    async fn actor(&self, name: &UserName) -> Result<Option<Actor>, DalError> {
        let Some(named) = self.store().get(&keys::user_name(name)).await? else { return Ok(None) };
        Ok(Some(Actor { user: decode(&named)?, name: name.clone(), session: None }))
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
            let what = What::SignInFailed {
                name: miss.name,
                why: miss.why,
                disables: false,
                codes_refused_until: None,
            };
            self.put(Change { txn, what }, miss.at, None, Some(miss.from)).await?;
        }
        Ok(())
    }

    /// Somebody guesses at the password of whoever has this name, as often as that, one guess a second until
    /// now: it counts as if it were happening.
    pub async fn guess_at(&self, name: &UserName, from: IpAddr, guesses: u64) -> Result<(), DalError> {
        let named = self.store().get(&keys::user_name(name)).await?.ok_or(DalError::Unavailable)?;
        let entry = self.store().get(&keys::user(decode(&named)?)).await?;
        let user = Stored::<UserRecord>::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)?.record;
        for ago in (0..guesses).rev() {
            let at = self.vault().clock.now().before(Duration::from_secs(ago));
            let (name, why) = (name.to_string(), Failure::WrongPassword);
            let miss = login::Miss { user: Some(&user), name, why, from, at, answers: false };
            login::record_failure(self.vault(), self.store(), miss).await?;
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
        let entry = self.store().get(&keys::user(visit.user)).await?;
        let user = Stored::<UserRecord>::read_some(entry.as_ref())?;
        let since = user.and_then(|user| user.record.second_factor);
        let second = since.filter(|since| *since <= visit.created).map(|_| Method::Totp);
        let session = SessionRecord {
            id: visit.session,
            user: visit.user,
            user_name: visit.name,
            methods: [Method::Password].into_iter().chain(second).collect(),
            visitor: visit.visitor,
            created: visit.created,
            expires,
            epoch: 0,
            roles: visit.roles,
            owes_a_factor: false,
            owes_a_password: false,
            administrated: false,
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
        let what = What::SignedIn { method: Method::Password, second, in_place_of: None };
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
        let (mut disabled, mut expires, mut deleted) = (None, None, None);
        match self.standing.clone() {
            Standing::Enabled | Standing::Pending => {}
            Standing::Disabled { at, by, reason, until } => {
                disabled = Some(Disabled { at, by, reason, until });
            }
            Standing::Expired { at } => expires = Some(at),
            Standing::Deleted { at, by, until } => deleted = Some(Deleted { at, by, until }),
        }
        let grants = self.loan.clone().map(|Loan { role, by, until, .. }| Grant { role, until, by });
        let (name, display_name) = (self.name.clone(), self.display_name.clone());
        UserRecord {
            second_factor: self.second_factor,
            grants: grants.into_iter().collect(),
            disabled,
            expires,
            deleted,
            must_change_password: matches!(self.standing, Standing::Pending),
            ..UserRecord::new(self.id, name, display_name, self.roles.clone(), self.created)
        }
    }
}

impl Letter {
    fn record(self, maker: &Actor) -> InviteRecord {
        InviteRecord {
            id: self.id,
            roles: self.roles,
            name: self.name,
            maker: maker.user,
            maker_name: maker.name.clone(),
            created: self.created,
            expires: self.expires,
            uses: self.uses,
            used: Vec::new(),
            note: self.note,
            revoked: self.revoked.map(|at| Revoked { at, by: maker.name.clone() }),
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
