//! How many are at the door: counted by whoever lets connections in, read by whoever looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Two numbers that one room writes and others read. Clones are the same door.
#[derive(Debug, Clone, Default)]
pub struct Door(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    waiting: AtomicUsize,
}

impl Door {
    /// So many connections there are now, so many of them have not signed in.
    pub fn set(&self, connections: usize, waiting: usize) {
        self.0.connections.store(connections, Ordering::Relaxed);
        self.0.waiting.store(waiting, Ordering::Relaxed);
    }

    /// All connections, signed in or not.
    pub fn connections(&self) -> usize {
        self.0.connections.load(Ordering::Relaxed)
    }

    /// Connections that have not signed in.
    pub fn waiting(&self) -> usize {
        self.0.waiting.load(Ordering::Relaxed)
    }
}
