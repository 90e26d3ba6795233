//! What only the one who owns the socket can know of a session.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use crate::dal::records::SessionRecord;
use crate::domain::id::{SessionId, UserId};
use crate::domain::name::UserName;
use crate::domain::presence::Attention;
use crate::domain::session::{Method, Place, Terminal, Told, Visitor};
use crate::domain::time::Timestamp;

use super::bump;
use super::doing::Doing;
use super::messages::Mailbox;

/// Where a session stands whose user may not have more than so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Inside,
    /// Came when there were so many, and waits for one of them to end.
    Waits,
    /// Came when as many waited as may wait: it is told so, and leaves.
    Refused,
}

/// One session that is connected.
pub struct Connected {
    pub session: SessionId,
    pub user: UserId,
    pub user_name: UserName,
    pub visitor: Visitor,
    pub methods: Vec<Method>,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// How many sessions its user may have at once, as it was when somebody looked last.
    cap: AtomicUsize,
    standing: Mutex<Standing>,
    pub(super) attention: Mutex<Attention>,
    /// Columns and rows; 0 before there was a terminal.
    pub(super) size: AtomicU32,
    pub(super) bytes_in: AtomicU64,
    pub(super) bytes_out: AtomicU64,
    pub(super) doing: Mutex<Doing>,
    pub(super) terminal: OnceLock<Terminal>,
    pub(super) place: Mutex<Option<Place>>,
    bell: watch::Sender<u64>,
    pub(super) mailbox: Mailbox,
}

impl Connected {
    pub(super) fn new(session: &SessionRecord, cap: usize, standing: Standing) -> Self {
        Self {
            session: session.id,
            user: session.user,
            user_name: session.user_name.clone(),
            visitor: session.visitor.clone(),
            methods: session.methods.clone(),
            created: session.created,
            expires: session.expires,
            cap: AtomicUsize::new(cap),
            standing: Mutex::new(standing),
            attention: Mutex::new(Attention::new(session.created)),
            size: AtomicU32::new(0),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            doing: Mutex::default(),
            terminal: OnceLock::new(),
            place: Mutex::new(None),
            bell: watch::Sender::new(0),
            mailbox: Mailbox::default(),
        }
    }

    /// Changes whenever the session or its user did.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

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
    pub(super) fn lock(&self) -> MutexGuard<'_, Attention> {
        self.attention.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The command that runs, or the screen that is looked at.
    pub fn doing(&self) -> Option<&'static str> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner).word()
    }

    /// Whether a dashboard is open.
    pub(super) fn is_at_a_screen(&self) -> bool {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner).is_at_a_screen()
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
        self.mailbox.put(told);
    }

    pub(super) fn cap(&self) -> usize {
        self.cap.load(Ordering::Relaxed)
    }

    /// Changes how many there may be; answers how many it was.
    pub(super) fn set_cap(&self, cap: usize) -> usize {
        self.cap.swap(cap, Ordering::Relaxed)
    }

    pub(super) fn standing(&self) -> Standing {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn come_in(&self) {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = Standing::Inside;
        self.ring();
    }

    pub(super) fn ring(&self) {
        bump(&self.bell);
    }
}
