//! The sessions that have a connection right now: the bell that each of them hears, and what only
//! the one who owns the socket can know of it.

mod connected;
mod doing;
mod history;
mod messages;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::id::{Handle, SessionId, UserId};
use crate::domain::presence::{Attention, IdleRules, Presence};
use crate::domain::session::{EndReason, Place, Terminal, Told};
use crate::domain::time::{Clock, Timestamp};

use super::records::SessionRecord;

pub(super) use connected::Connected;
use connected::Standing;
pub use doing::{OpenDashboard, RunningCommand};
use history::History;
pub use messages::Messages;

/// Everybody who is connected to this server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Live(Arc<Registry>);

struct Registry {
    clock: Arc<dyn Clock>,
    connections: Mutex<Connections>,
    /// Rung when somebody comes, goes or turns to something else.
    changes: watch::Sender<u64>,
}

/// Who is connected, by session and by user: nothing that concerns one user looks through all.
struct Connections {
    sessions: HashMap<SessionId, Arc<Connected>>,
    of_users: HashMap<UserId, Vec<Arc<Connected>>>,
    history: History,
}

/// How many sessions one user may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// At once.
    pub cap: usize,
    /// Beyond that, waiting for one of them to end.
    pub waiting: usize,
}

/// A session's place among the connected; leaving is dropping it.
pub(super) struct Seat {
    live: Live,
    connected: Arc<Connected>,
    bell: watch::Receiver<u64>,
}

impl Live {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let history = History::new(clock.now());
        let connections = Connections { sessions: HashMap::new(), of_users: HashMap::new(), history };
        let changes = watch::Sender::new(0);
        Self(Arc::new(Registry { clock, connections: Mutex::new(connections), changes }))
    }

    /// The same where nobody is refused: for those who are only seated.
    pub fn enter(&self, session: &SessionRecord, cap: usize) -> Seat {
        self.enter_within(session, Limits { cap, waiting: usize::MAX })
    }

    /// Takes a seat among the connected. Who finds as many of the same user as are allowed waits; who finds
    /// as many of them waiting as may wait is refused.
    pub fn enter_within(&self, session: &SessionRecord, limits: Limits) -> Seat {
        let mut all = self.lock();
        let standing = match (all.inside(session.user), all.waiting(session.user)) {
            (inside, _) if inside < limits.cap => Standing::Inside,
            (_, waiting) if waiting < limits.waiting => Standing::Waits,
            _ => Standing::Refused,
        };
        let connected = Arc::new(Connected::new(session, limits.cap, standing));
        // Listens before it can be rung.
        let bell = connected.bell();
        all.insert(Arc::clone(&connected), self.0.clock.now());
        drop(all);
        self.changed();
        Seat { live: self.clone(), connected, bell }
    }

    pub fn count(&self) -> usize {
        self.lock().sessions.len()
    }

    /// How many there were, one number for every ten minutes of the last day, oldest first; the last one
    /// is how many there are.
    pub fn history(&self) -> Vec<u64> {
        let mut all = self.lock();
        all.note(self.0.clock.now());
        all.history.all()
    }

    /// Puts a history from before this server in front of its own.
    pub fn precede_history(&self, before: &[u64]) {
        self.lock().history.precede(before);
    }

    pub fn get(&self, session: SessionId) -> Option<Arc<Connected>> {
        self.lock().sessions.get(&session).cloned()
    }

    /// The session of a user that has been inside for longest.
    pub fn oldest_of(&self, user: UserId) -> Option<SessionId> {
        self.lock().of(user).iter().find(|one| one.standing() == Standing::Inside).map(|one| one.session)
    }

    /// The sessions of a user, at this moment.
    pub fn of(&self, user: UserId) -> Vec<Arc<Connected>> {
        self.lock().of(user).to_vec()
    }

    /// Everybody, at this moment. Looking for somebody is done without the lock.
    pub fn everybody(&self) -> Vec<Arc<Connected>> {
        self.lock().sessions.values().cloned().collect()
    }

    /// Changes whenever the set of the connected does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    pub fn ring_session(&self, session: SessionId) {
        if let Some(connected) = self.lock().sessions.get(&session) {
            connected.ring();
        }
    }

    pub fn ring_user(&self, user: UserId) {
        self.lock().of(user).iter().for_each(|one| one.ring());
    }

    pub fn ring_all(&self) {
        self.lock().sessions.values().for_each(|connected| connected.ring());
    }

    fn changed(&self) {
        bump(&self.0.changes);
    }

    // The maps are whole after every statement made under the lock, so a panic elsewhere in a holder
    // does not spoil them.
    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connections {
    fn insert(&mut self, connected: Arc<Connected>, now: Timestamp) {
        self.of_users.entry(connected.user).or_default().push(Arc::clone(&connected));
        self.sessions.insert(connected.session, connected);
        self.note(now);
    }

    fn note(&mut self, now: Timestamp) {
        self.history.note(now, self.sessions.len());
    }

    fn remove(&mut self, connected: &Connected, now: Timestamp) {
        self.sessions.remove(&connected.session);
        self.note(now);
        if let Entry::Occupied(mut of_user) = self.of_users.entry(connected.user) {
            of_user.get_mut().retain(|one| one.session != connected.session);
            if of_user.get().is_empty() {
                of_user.remove();
            }
        }
    }

    /// A user's sessions, the first to come first.
    fn of(&self, user: UserId) -> &[Arc<Connected>] {
        self.of_users.get(&user).map_or(&[], Vec::as_slice)
    }

    /// How many sessions a user has that are inside.
    fn inside(&self, user: UserId) -> usize {
        self.of(user).iter().filter(|one| one.standing() == Standing::Inside).count()
    }

    /// How many sessions a user has that wait to come in.
    fn waiting(&self, user: UserId) -> usize {
        self.of(user).iter().filter(|one| one.standing() == Standing::Waits).count()
    }

    /// Lets those in who wait, the first to come first, as far as there is room.
    fn let_in(&self, user: UserId) {
        let mut inside = self.inside(user);
        for one in self.of(user).iter().filter(|one| one.standing() == Standing::Waits) {
            if inside < one.cap() {
                one.come_in();
                inside += 1;
            }
        }
    }
}

impl Seat {
    /// Changes whenever the session or its user did: time to verify again.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.clone()
    }

    /// Changes whenever the set of the connected does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.live.changes()
    }

    pub fn messages(&self) -> Messages {
        self.connected.mailbox.messages()
    }

    /// How many sessions the user may have at once, while this one is over that number.
    pub fn over_cap(&self) -> Option<usize> {
        (self.connected.standing() != Standing::Inside).then_some(self.connected.cap())
    }

    /// The user may have so many sessions at once from now on. Where that is more than it was, there may be
    /// room for those who wait.
    pub fn bounded_by(&self, cap: usize) {
        if self.connected.set_cap(cap) < cap {
            self.live.lock().let_in(self.connected.user);
        }
    }

    /// Came when as many waited as may wait, and will not be let in.
    pub fn is_refused(&self) -> bool {
        self.connected.standing() == Standing::Refused
    }

    /// Was never inside, nor at a screen that asks which session to end: all it was told is that there are
    /// too many.
    pub fn was_turned_away(&self) -> bool {
        match self.connected.standing() {
            Standing::Inside => false,
            Standing::Waits => self.connected.terminal().is_none(),
            Standing::Refused => true,
        }
    }

    /// Others have made room.
    pub fn come_in(&self) {
        self.connected.come_in();
    }

    /// The person pressed a key at a screen.
    pub fn typed(&self, rules: IdleRules, now: Timestamp, bytes: usize) {
        self.connected.lock().touch(rules, now);
        self.connected.bytes_in.fetch_add(count(bytes), Ordering::Relaxed);
    }

    /// A command came. With a screen open it is no sign of the person: what runs by the clock would keep
    /// a screen that was left alone from locking.
    pub fn commanded(&self, rules: IdleRules, now: Timestamp, bytes: usize) {
        if !self.connected.is_at_a_screen() {
            self.connected.lock().touch(rules, now);
        }
        self.connected.bytes_in.fetch_add(count(bytes), Ordering::Relaxed);
    }

    /// Whether the person is there. That nobody was is remembered.
    pub fn presence(&self, rules: IdleRules, now: Timestamp) -> Presence {
        let mut attention = self.connected.lock();
        let presence = attention.presence(rules, now);
        if matches!(presence, Presence::Locked { .. }) {
            attention.lock(now);
        }
        presence
    }

    /// When the person last did something, and whether it is locked.
    pub fn attention(&self) -> Attention {
        self.connected.attention()
    }

    /// Why nobody is there any more, once that is so.
    pub fn why_over(&self) -> EndReason {
        self.connected.attention().why_over()
    }

    /// When that changes next, if nobody types.
    pub fn next_change(&self, rules: IdleRules, now: Timestamp) -> Timestamp {
        self.connected.attention().next_change(rules, now)
    }

    pub fn lock_at(&self, now: Timestamp) {
        self.connected.lock_at(now);
    }

    /// The password was given.
    pub fn unlock(&self, now: Timestamp) {
        self.connected.lock().unlock(now);
        self.connected.ring();
    }

    /// A wrong password was given.
    pub fn refuse_unlock(&self) {
        self.connected.lock().tries += 1;
    }

    pub fn sent(&self, bytes: usize) {
        self.connected.bytes_out.fetch_add(count(bytes), Ordering::Relaxed);
    }

    pub fn turns_to(&self, screen: &'static str) {
        let mut doing = self.connected.doing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = doing.word();
        doing.turn_to(screen);
        if doing.word() != before {
            drop(doing);
            self.live.changed();
        }
    }

    pub fn runs(&self, command: &'static str) -> RunningCommand {
        RunningCommand::begin(self.live.clone(), Arc::clone(&self.connected), command)
    }

    pub fn opens_a_dashboard(&self) -> OpenDashboard {
        OpenDashboard::open(self.live.clone(), Arc::clone(&self.connected))
    }

    /// The terminal of a dashboard. False if it is not the first one: only that counts.
    pub fn is_on(&self, terminal: Terminal) -> bool {
        self.connected.terminal.set(terminal).is_ok()
    }

    pub fn is_at(&self, place: Place) {
        *self.connected.place.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// Tells the other sessions of the same user that this one has begun.
    pub fn announce(&self) {
        let own = &self.connected;
        let told = Arc::new(Told::SignIn { handle: own.session.handle(), visitor: own.visitor.clone() });
        self.others().for_each(|other| other.tell(Arc::clone(&told)));
    }

    /// Whether another session of the same user is connected.
    pub fn has_other(&self, handle: &Handle) -> bool {
        self.others().any(|other| other.session.handle() == *handle)
    }

    /// Locks the other sessions of the same user.
    pub fn lock_others_at(&self, now: Timestamp) -> usize {
        self.others().map(|other| other.lock_at(now)).count()
    }

    fn others(&self) -> impl Iterator<Item = Arc<Connected>> {
        let own = self.connected.session;
        self.live.of(self.connected.user).into_iter().filter(move |one| one.session != own)
    }

    pub fn resized(&self, columns: u16, rows: u16) {
        let packed = u32::from(columns) << 16 | u32::from(rows);
        self.connected.size.store(packed, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.live.lock();
        all.remove(&self.connected, self.live.0.clock.now());
        all.let_in(self.connected.user);
        drop(all);
        self.live.changed();
    }
}

fn bump(sender: &watch::Sender<u64>) {
    sender.send_modify(|rings| *rings = rings.wrapping_add(1));
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
