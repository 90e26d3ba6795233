//! The sessions that have a connection right now, and the bell that each of them hears.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::domain::id::{SessionId, UserId};

/// Everybody who is connected to this server. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Live(Arc<Mutex<HashMap<SessionId, Connected>>>);

struct Connected {
    user: UserId,
    bell: watch::Sender<u64>,
}

/// A session's place among the connected; leaving is dropping it.
pub(super) struct Seat {
    live: Live,
    session: SessionId,
    bell: watch::Receiver<u64>,
}

impl Live {
    pub fn enter(&self, session: SessionId, user: UserId) -> Seat {
        let (sender, bell) = watch::channel(0);
        self.lock().insert(session, Connected { user, bell: sender });
        Seat { live: self.clone(), session, bell }
    }

    pub fn count(&self) -> usize {
        self.lock().len()
    }

    pub fn ring_session(&self, session: SessionId) {
        if let Some(connected) = self.lock().get(&session) {
            connected.ring();
        }
    }

    pub fn ring_user(&self, user: UserId) {
        self.lock().values().filter(|connected| connected.user == user).for_each(Connected::ring);
    }

    pub fn ring_all(&self) {
        self.lock().values().for_each(Connected::ring);
    }

    // The map is whole after every statement made under the lock, so a panic elsewhere in a holder
    // does not spoil it.
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, Connected>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connected {
    fn ring(&self) {
        self.bell.send_modify(|rings| *rings = rings.wrapping_add(1));
    }
}

impl Seat {
    /// Changes whenever the session or its user did: time to verify again.
    pub fn bell(&self) -> watch::Receiver<u64> {
        self.bell.clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.live.lock().remove(&self.session);
    }
}
