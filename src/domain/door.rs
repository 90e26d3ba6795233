//! How many are at the door: counted by whoever lets connections in, read by whoever looks.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one room writes and others read. Clones are the same door.
#[derive(Debug, Clone, Default)]
pub struct Door(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    waiting: AtomicUsize,
    port: OnceLock<u16>,
}

/// The port that `ssh` takes where nobody says otherwise.
const SSH: u16 = 22;

impl Door {
    /// So many connections there are now, so many of them have not signed in.
    pub fn set(&self, connections: usize, waiting: usize) {
        self.0.connections.store(connections, Ordering::Relaxed);
        self.0.waiting.store(waiting, Ordering::Relaxed);
    }

    /// Connections come in at this port.
    pub fn is_at(&self, port: u16) {
        let _ = self.0.port.set(port);
    }

    /// What one types to connect as somebody: `ssh -p 2222 invite@HOST`. What the machine is called where
    /// one connects from is known there.
    pub fn how_to_connect(&self, name: &str) -> String {
        match self.0.port.get() {
            Some(port) if *port != SSH => format!("ssh -p {port} {name}@HOST"),
            _ => format!("ssh {name}@HOST"),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An invite told of a command that did not connect.
    #[test]
    fn how_one_connects_is_told_with_the_port() {
        let door = Door::default();
        assert_eq!(door.how_to_connect("invite"), "ssh invite@HOST");
        door.is_at(2222);
        assert_eq!(door.how_to_connect("invite"), "ssh -p 2222 invite@HOST");
        let usual = Door::default();
        usual.is_at(22);
        assert_eq!(usual.how_to_connect("invite"), "ssh invite@HOST");
    }
}
