//! One sign-in, from the door to its end.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::watch;

use crate::dal::DalError;
use crate::dal::live::{Messages, OpenDashboard, RunningCommand, Seat};
use crate::dal::lock;
use crate::dal::login::{Admitted, ended_for_a_newer};
use crate::dal::policy::in_force::LastChange;
use crate::dal::records::{self, Book, SessionRecord, Stored, UserRecord};
use crate::dal::sessions::ending;
use crate::dal::spent::{self, Spent};
use crate::dal::store::keys;
use crate::domain::event::Actor;
use crate::domain::id::{Handle, SessionId, UserId};
use crate::domain::policy::{AtCap, Policy};
use crate::domain::preferences::Preferences;
use crate::domain::presence::{IdleRules, Presence};
use crate::domain::role::{Rights, RoleBook};
use crate::domain::secret::Secret;
use crate::domain::session::{Claims, Duty, EndReason, Ended, Place, Terminal};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::{Dal, Verified};

/// One sign-in. Cheap to clone; proves nothing until it is verified.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    dal: Dal,
    id: SessionId,
    user: UserId,
    seat: Seat,
    claims: RwLock<Arc<Claims>>,
    /// The one-time password that opened the door, until a dashboard is open.
    spent: Mutex<Option<Spent>>,
}

/// The rules that say how long a session lasts, and how long it may be left alone.
const LIFETIMES: &[&str] = &["session.lifetime", "session.admin_lifetime"];
const IDLE_TIMES: &[&str] = &["session.idle", "session.admin_idle", "session.lock_grace"];

/// What the store says of a session that still stands, read in one go.
struct Judged {
    session: Stored<SessionRecord>,
    user: Stored<UserRecord>,
    book: Book,
    preferences: Preferences,
}

impl Session {
    pub(super) fn new(dal: Dal, admitted: Admitted) -> Self {
        Self(Arc::new(Inner {
            dal,
            id: admitted.session,
            user: admitted.claims.user,
            seat: admitted.seat,
            claims: RwLock::new(Arc::new(admitted.claims)),
            spent: Mutex::new(admitted.spent),
        }))
    }

    /// What this session was when it was last verified: for drawing, proof of nothing.
    pub fn claims(&self) -> Arc<Claims> {
        Arc::clone(&self.0.claims.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes whenever the session or its user was written: time to verify again.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.0.seat.bell()
    }

    /// Changes whenever somebody comes, goes or turns to something else: no more than that is told.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.seat.changes()
    }

    /// What people in charge say to this session from now on.
    pub fn messages(&self) -> Messages {
        self.0.seat.messages()
    }

    /// The person pressed keys at a screen, of so many bytes.
    pub fn typed(&self, bytes: usize) {
        self.0.seat.typed(self.idle_rules(), self.0.dal.now(), bytes);
    }

    /// A command of so many bytes came, which keeps a session awake that has no screen open.
    pub fn commanded(&self, bytes: usize) {
        self.0.seat.commanded(self.idle_rules(), self.0.dal.now(), bytes);
    }

    /// Whether it came when there were too many, so that it is told so and leaves.
    pub fn is_refused(&self) -> bool {
        self.0.seat.is_refused()
    }

    /// Ends the oldest session of the same user for this one, which opens a dashboard beyond the cap, where
    /// the policy wants that. What comes over a connection decides: a command alone ends nobody's screen.
    ///
    /// Errors: as [`verify`](Self::verify).
    pub async fn make_room(&self) -> Result<(), DalError> {
        let vault = &self.0.dal.0;
        if self.0.seat.over_cap().is_none() || vault.policy().at_cap != AtCap::EndOldest {
            return Ok(());
        }
        let verified = self.verify().await?;
        if let Some(oldest) = vault.live.oldest_of(self.0.user) {
            let ended = ended_for_a_newer(&verified.own_user().record.name, vault.clock.now());
            ending::end(vault, &*vault.store, oldest, &ended).await?;
        }
        self.0.seat.come_in();
        // What is remembered says that there is nothing to be done first any more.
        self.verify().await.map(drop)
    }

    /// Whether the person is still there, by what they typed last.
    pub fn presence(&self) -> Presence {
        self.0.seat.presence(self.idle_rules(), self.0.dal.now())
    }

    /// How long until that answer changes, time takes a role away, or the session expires, if nobody types.
    pub fn until_next_change(&self) -> Duration {
        let now = self.0.dal.now();
        let presence = self.0.seat.next_change(self.idle_rules(), now);
        let claims = self.claims();
        let roles = claims.roles_until().unwrap_or(claims.expires);
        presence.min(claims.expires).min(roles).since(now)
    }

    /// Locks the session: nothing is shown and nothing is done until the password is given.
    pub fn lock(&self) {
        self.0.seat.lock_at(self.0.dal.now());
    }

    /// Goes on with a locked session. Whoever gives a wrong password too often has lost it.
    ///
    /// No proof is asked for but the password. Errors: `Invalid` for the field `password`, counted like
    /// a failed sign-in; `SessionEnded`; `Unavailable`.
    pub async fn unlock(&self, password: Secret) -> Result<(), DalError> {
        let vault = &self.0.dal.0;
        let Judged { session, user, .. } = self.judged().await?;
        self.conclude_if_over().await?;
        let visitor = session.record.visitor;
        let tried = lock::prove(vault, &*vault.store, &self.0.seat, &user.record, visitor, password).await;
        self.conclude_if_over().await?;
        tried
    }

    /// Errors: `SessionEnded` once the session was left alone for too long, or its lock refused too often.
    async fn conclude_if_over(&self) -> Result<(), DalError> {
        if self.presence() != Presence::Over {
            return Ok(());
        }
        let ended = self.over_at_the_lock();
        self.conclude(&ended).await?;
        Err(DalError::SessionEnded(ended))
    }

    fn idle_rules(&self) -> IdleRules {
        self.0.dal.policy().idle(self.claims().rights())
    }

    /// So many bytes went to the person.
    pub fn sent(&self, bytes: usize) {
        self.0.seat.sent(bytes);
    }

    /// The person looks at a screen.
    pub fn turns_to(&self, screen: &'static str) {
        self.0.seat.turns_to(screen);
    }

    /// The person runs a command, until what comes back is dropped.
    pub fn runs(&self, command: &'static str) -> RunningCommand {
        self.0.seat.runs(command)
    }

    /// The person opened a dashboard, on this terminal if on any; it is open until what comes back is
    /// dropped. The first terminal is recorded meanwhile: drawing does not wait for it, and a sudden end of
    /// the server does not lose it.
    ///
    /// Needs a running tokio runtime.
    pub fn opened(&self, terminal: Option<Terminal>) -> OpenDashboard {
        if let Some(terminal) = terminal.filter(|terminal| self.0.seat.is_on(terminal.clone())) {
            tokio::spawn(self.clone().record_terminal(terminal));
        }
        // Now the screen that asks for another one is seen.
        self.take_spent();
        self.0.seat.opens_a_dashboard()
    }

    fn take_spent(&self) -> Option<Spent> {
        self.0.spent.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn record_terminal(self, terminal: Terminal) {
        let vault = &self.0.dal.0;
        let from = self.claims().visitor.address;
        let recorded = ending::record_terminal(vault, self.actor(), from, self.0.id, terminal).await;
        if let Err(error) = recorded {
            tracing::warn!(%error, "the terminal of a session was not recorded");
        }
    }

    fn actor(&self) -> Actor {
        let claims = self.claims();
        Actor { user: claims.user, name: claims.name.clone(), session: Some(claims.handle.clone()) }
    }

    /// Where in the dashboard the person is, to come back to if the connection is lost. A screen on which
    /// something has to be done first is no such place: it is there by itself as long as it has to be.
    pub fn is_at(&self, place: Place) {
        if self.claims().duty.is_none() {
            self.0.seat.is_at(place);
        }
    }

    /// Whether another session of the same user is connected. Costs no look into the store.
    pub fn has_other(&self, handle: &Handle) -> bool {
        self.0.seat.has_other(handle)
    }

    /// Locks all other sessions of the same user; answers how many there are.
    pub fn lock_others(&self) -> usize {
        self.0.seat.lock_others_at(self.0.dal.now())
    }

    pub fn resized(&self, columns: u16, rows: u16) {
        self.0.seat.resized(columns, rows);
    }

    pub fn dal(&self) -> &Dal {
        &self.0.dal
    }

    /// Reads session and user from the store and hands out the proof for one operation.
    ///
    /// Errors: `SessionEnded`, with why and by whom; `Locked`; `Unavailable`.
    pub async fn verify(&self) -> Result<Verified, DalError> {
        let Judged { session, user, book, preferences } = self.judged().await?;
        let now = self.0.dal.now();
        let rights = user.record.rights(&book.record, now);
        self.0.seat.bounded_by(self.0.dal.policy().cap(rights));
        let owes = session.record.must_choose_a_password(&user.record);
        let owes_a_factor = session.record.must_set_up_a_factor(&user.record, rights, &self.0.dal.policy());
        let duty = Duty::of(self.0.seat.over_cap(), owes, owes_a_factor);
        self.remember(&session.record, &book.record, (&user.record, rights, now), duty, preferences);
        match self.presence() {
            Presence::Here | Presence::Leaving { .. } => {}
            Presence::Locked { .. } => return Err(DalError::Locked),
            Presence::Over => return Err(DalError::SessionEnded(self.over_at_the_lock())),
        }
        Ok(Verified { dal: self.0.dal.clone(), session, user, book, rights, duty, now })
    }

    /// Session and user as they are in the store now, if the session still stands.
    async fn judged(&self) -> Result<Judged, DalError> {
        let vault = &self.0.dal.0;
        vault.rules.ready(&*vault.store).await?;
        let user = self.0.user;
        let keys = [keys::session(self.0.id), keys::user(user), keys::roles(), keys::preferences(user)];
        let found = vault.store.get_many(&keys).await?;
        let [session, user, book, preferences] = found.as_slice() else { return Err(DalError::Unavailable) };
        let book = vault.book(book.as_ref());
        let session = Stored::<SessionRecord>::read_some(session.as_ref())?;
        let user = Stored::<UserRecord>::read_some(user.as_ref())?;
        let judge = |policy: &Policy| {
            ending::judge(session.clone(), user.clone(), &book.record, policy, vault.clock.now())
        };
        let (session, user) = judge(&vault.policy()).map_err(|ended| {
            let stood = |change: &LastChange| judge(&change.before).is_ok();
            DalError::SessionEnded(self.because_of_a_rule(ended, LIFETIMES, stood))
        })?;
        Ok(Judged { session, user, book, preferences: records::preferences(preferences.as_ref()) })
    }

    /// Records that the session is over. Does nothing if it already is.
    ///
    /// Who was turned away because there were too many did not sign out, whatever became of the connection.
    /// No proof is asked for: giving up a session is always allowed.
    pub async fn end(&self, reason: EndReason) -> Result<(), DalError> {
        if let Some(spent) = self.take_spent() {
            let vault = &self.0.dal.0;
            spent::give_back(vault, &*vault.store, self.0.user, spent, self.actor()).await?;
        }
        let reason = if self.0.seat.was_turned_away() { EndReason::TooManySessions } else { reason };
        self.conclude(&Ended { at: self.0.dal.now(), reason, by: None, note: None }).await
    }

    /// Records the end that [`verify`](Self::verify) found out: time alone writes nothing.
    pub async fn conclude(&self, ended: &Ended) -> Result<(), DalError> {
        let vault = &self.0.dal.0;
        ending::end(vault, &*vault.store, self.0.id, ended).await
    }

    /// Whoever looks first says the same: a wrong password is counted before its answer is known.
    fn over_at_the_lock(&self) -> Ended {
        let at = self.0.dal.now();
        let ended = Ended { at, reason: self.0.seat.why_over(), by: None, note: None };
        let (attention, rights) = (self.0.seat.attention(), self.claims().rights());
        self.because_of_a_rule(ended, IDLE_TIMES, |change| {
            // Whoever has typed since knew the new rule as well as the old one.
            let was_left_before = change.set.as_ref().is_some_and(|set| attention.typed < set.at);
            was_left_before && attention.presence(change.before.idle(rights), at) != Presence::Over
        })
    }

    /// Time that is up because a rule was made stricter meanwhile is told with that rule, and with who set it.
    fn because_of_a_rule(
        &self,
        ended: Ended,
        rules: &[&str],
        stood_before: impl Fn(&LastChange) -> bool,
    ) -> Ended {
        let is_time = matches!(ended.reason, EndReason::Expired | EndReason::Idle);
        let change = is_time.then(|| self.0.dal.0.rules.last_change(rules)).flatten();
        match change.filter(stood_before) {
            Some(LastChange { what, set, .. }) => Ended {
                reason: EndReason::PolicyChanged,
                by: set.map(|set| set.by),
                note: Line::parse(&what).ok(),
                ..ended
            },
            None => ended,
        }
    }

    fn remember(
        &self,
        session: &SessionRecord,
        book: &RoleBook,
        (user, rights, now): (&UserRecord, Rights, Timestamp),
        duty: Option<Duty>,
        preferences: Preferences,
    ) {
        let before = self.claims();
        let claims = Claims {
            display_name: user.display_name.clone(),
            roles: user.roles_at(now),
            passing: user.passing(now),
            permissions: rights.permissions,
            limits: rights.limits,
            duty,
            expires: session.expires,
            preferences,
            custom_roles: records::custom_roles(book, Some(&before.custom_roles)),
            ..(*before).clone()
        };
        if claims != *before {
            *self.0.claims.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(claims);
        }
    }
}
