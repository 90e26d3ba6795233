//! The sessions that have a connection right now: the bell that each of them hears, and what only
//! the one who owns the socket can know of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use crate::domain::id::{SessionId, UserId};
use crate::domain::name::UserName;
use crate::domain::presence::{Attention, IdleRules, Presence};
use crate::domain::session::{Method, Place, Terminal, Told, Visitor};
use crate::domain::time::Timestamp;

use super::records::SessionRecord;

/// Messages that a session keeps for a screen that has not taken them yet.
const MESSAGES: usize = 8;

/// Everybody who is connected to this server. Cheap to clone.
#[derive(Clone)]
pub(super) struct Live(Arc<Registry>);

struct Registry {
    connected: Mutex<HashMap<SessionId, Arc<Connected>>>,
    /// Rung when somebody comes, goes or turns to something else.
    changes: watch::Sender<u64>,
}

/// One session that is connected.
pub(super) struct Connected {
    pub session: SessionId,
    pub user: UserId,
    pub user_name: UserName,
    pub visitor: Visitor,
    pub methods: Vec<Method>,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// How many sessions its user may have at once, as it was when it came.
    cap: usize,
    /// Came when there were so many, and waits for one of them to end.
    waits: AtomicBool,
    attention: Mutex<Attention>,
    /// Columns and rows; 0 before there was a terminal.
    size: AtomicU32,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    doing: Mutex<Option<&'static str>>,
    terminal: OnceLock<Terminal>,
    place: Mutex<Option<Place>>,
    bell: watch::Sender<u64>,
    messages: watch::Sender<Mailbox>,
}

/// The last messages, and how many there have been.
#[derive(Clone, Default)]
struct Mailbox {
    count: u64,
    last: Vec<Arc<Told>>,
}

/// A session's place among the connected; leaving is dropping it.
pub(super) struct Seat {
    live: Live,
    connected: Arc<Connected>,
    bell: watch::Receiver<u64>,
}

/// What has been said to a session, in order. Each screen of it reads for itself.
pub struct Messages {
    mailbox: watch::Receiver<Mailbox>,
    read: u64,
}

impl Default for Live {
    fn default() -> Self {
        let changes = watch::Sender::new(0);
        Self(Arc::new(Registry { connected: Mutex::default(), changes }))
    }
}

impl Live {
    /// Takes a seat among the connected. Who finds as many of the same user as are allowed waits.
    pub fn enter(&self, session: &SessionRecord, cap: usize) -> Seat {
        let (sender, bell) = watch::channel(0);
        let mut all = self.lock();
        let waits = inside(&all, session.user) >= cap;
        let connected = Arc::new(Connected {
            session: session.id,
            user: session.user,
            user_name: session.user_name.clone(),
            visitor: session.visitor.clone(),
            methods: session.methods.clone(),
            created: session.created,
            expires: session.expires,
            cap,
            waits: AtomicBool::new(waits),
            attention: Mutex::new(Attention::new(session.created)),
            size: AtomicU32::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            doing: Mutex::new(None),
            terminal: OnceLock::new(),
            place: Mutex::new(None),
            bell: sender,
            messages: watch::Sender::default(),
        });
        all.insert(connected.session, Arc::clone(&connected));
        drop(all);
        self.changed();
        Seat { live: self.clone(), connected, bell }
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    pub fn get(&self, session: SessionId) -> Option<Arc<Connected>> {
        self.lock().get(&session).cloned()
    }

    /// The session of a user that has been inside for longest.
    pub fn oldest_of(&self, user: UserId) -> Option<SessionId> {
        let all = self.lock();
        let inside = all.values().filter(|one| one.user == user && !one.waits());
        inside.min_by_key(|one| one.created).map(|one| one.session)
    }

    /// Everybody, at this moment. Looking for somebody is done without the lock.
    pub fn everybody(&self) -> Vec<Arc<Connected>> {
        self.lock().values().cloned().collect()
    }

    /// Changes whenever the set of the connected does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    pub fn ring_session(&self, session: SessionId) {
        if let Some(connected) = self.lock().get(&session) {
            connected.ring();
        }
    }

    pub fn ring_user(&self, user: UserId) {
        self.lock().values().filter(|connected| connected.user == user).for_each(|one| one.ring());
    }

    pub fn ring_all(&self) {
        self.lock().values().for_each(|connected| connected.ring());
    }

    fn changed(&self) {
        bump(&self.0.changes);
    }

    // The map is whole after every statement made under the lock, so a panic elsewhere in a holder
    // does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<SessionId, Arc<Connected>>> {
        self.0.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected {
    /// When the person last did something, and whether it is locked.
    pub fn attention(&self) -> Attention {
        *self.lock()
    }

    /// Locks it, whoever looks at it.
    pub fn lock_at(&self, now: Timestamp) {
        self.lock().lock(now);
        self.ring();
    }

    // Whole after every statement made under the lock.
    fn lock(&self) -> MutexGuard<'_, Attention> {
        self.attention.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The screen that is looked at, or the command that runs.
    pub fn doing(&self) -> Option<&'static str> {
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The terminal of its first dashboard, as it was then.
    pub fn terminal(&self) -> Option<Terminal> {
        self.terminal.get().cloned()
    }

    /// Where in the dashboard the person is.
    pub fn place(&self) -> Option<Place> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Columns and rows.
    pub fn size(&self) -> Option<(u16, u16)> {
        let [a, b, c, d] = self.size.load(Ordering::Relaxed).to_be_bytes();
        let (columns, rows) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        (columns > 0).then_some((columns, rows))
    }

    /// What was typed and what was drawn, in bytes.
    pub fn bytes(&self) -> (u64, u64) {
        (self.bytes_in.load(Ordering::Relaxed), self.bytes_out.load(Ordering::Relaxed))
    }

    pub fn tell(&self, told: Arc<Told>) {
        self.messages.send_modify(|mailbox| {
            if mailbox.last.len() == MESSAGES {
                mailbox.last.remove(0);
            }
            mailbox.last.push(told);
            mailbox.count += 1;
        });
    }

    fn waits(&self) -> bool {
        self.waits.load(Ordering::Relaxed)
    }

    fn come_in(&self) {
        self.waits.store(false, Ordering::Relaxed);
        self.ring();
    }

    fn ring(&self) {
        bump(&self.bell);
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
        let mut mailbox = self.connected.messages.subscribe();
        let read = mailbox.borrow_and_update().count;
        Messages { mailbox, read }
    }

    /// How many sessions the user may have at once, while this one is over that number.
    pub fn over_cap(&self) -> Option<usize> {
        self.connected.waits().then_some(self.connected.cap)
    }

    /// Others have made room.
    pub fn come_in(&self) {
        self.connected.come_in();
    }

    /// The person pressed a key or gave a command.
    pub fn typed(&self, rules: IdleRules, now: Timestamp, bytes: usize) {
        self.connected.lock().touch(rules, now);
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

    pub fn turns_to(&self, what: &'static str) {
        let mut doing = self.connected.doing.lock().unwrap_or_else(PoisonError::into_inner);
        if doing.replace(what) != Some(what) {
            drop(doing);
            self.live.changed();
        }
    }

    pub fn opened(&self, terminal: Terminal) {
        // Only the first one counts.
        let _ = self.connected.terminal.set(terminal);
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

    /// Locks the other sessions of the same user.
    pub fn lock_others_at(&self, now: Timestamp) -> usize {
        self.others().map(|other| other.lock_at(now)).count()
    }

    fn others(&self) -> impl Iterator<Item = Arc<Connected>> {
        let own = (self.connected.user, self.connected.session);
        self.live.everybody().into_iter().filter(move |one| one.user == own.0 && one.session != own.1)
    }

    pub fn resized(&self, columns: u16, rows: u16) {
        let packed = u32::from(columns) << 16 | u32::from(rows);
        self.connected.size.store(packed, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut all = self.live.lock();
        all.remove(&self.connected.session);
        let_in(&all, self.connected.user);
        drop(all);
        self.live.changed();
    }
}

impl Messages {
    /// The next message. Cancel-safe; ends when the session does.
    pub async fn next(&mut self) -> Option<Arc<Told>> {
        loop {
            {
                let mailbox = self.mailbox.borrow_and_update();
                let unread = usize::try_from(mailbox.count - self.read).unwrap_or(usize::MAX);
                if unread > 0 {
                    let kept = mailbox.last.len();
                    let skipped = unread.saturating_sub(kept);
                    self.read += u64::try_from(skipped).unwrap_or(0) + 1;
                    return mailbox.last.get(kept - unread.min(kept)).cloned();
                }
            }
            self.mailbox.changed().await.ok()?;
        }
    }
}

/// How many sessions a user has that do not wait.
fn inside(all: &HashMap<SessionId, Arc<Connected>>, user: UserId) -> usize {
    all.values().filter(|one| one.user == user && !one.waits()).count()
}

/// Lets those in who wait, the first to come first, as far as there is room.
fn let_in(all: &HashMap<SessionId, Arc<Connected>>, user: UserId) {
    let mut waiting: Vec<_> = all.values().filter(|one| one.user == user && one.waits()).collect();
    waiting.sort_by_key(|one| one.created);
    for one in waiting {
        if inside(all, user) < one.cap {
            one.come_in();
        }
    }
}

fn bump(sender: &watch::Sender<u64>) {
    sender.send_modify(|rings| *rings = rings.wrapping_add(1));
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
