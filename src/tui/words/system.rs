//! System: how the server is.

use std::fmt::Display;

use crate::tui::widgets::hints::Hint;

pub const TO_HOME: Hint<'static> = ("Esc", "home");

// The server and its store.
pub const SERVER: &str = "Server";
pub const VERSION: &str = "Version";
pub const STARTED: &str = "Started";
pub const MEMORY: &str = "Memory";
pub const NOT_KNOWN: &str = "not known here";
pub const STORE: &str = "Store";
pub const ENGINE: &str = "Engine";
pub const SIZE: &str = "Size";
pub const WRITABLE: &str = "Writable";
pub const YES: &str = "yes";
pub const NOT_WRITABLE: &str = "no: a write failed; see the log, then start again";
pub const A_WRITE_TAKES: &str = "A write takes";

pub fn of_at_most(used: &str, limit: &str) -> String {
    format!("{used} of {limit} at most")
}

pub fn commits(median: &str, worst: &str, of: impl Display) -> String {
    format!("median {median}, worst {worst} of the last {of}")
}

// What is drawn beside them.
pub const HASHING: &str = "Hashing";
pub const CONNECTIONS: &str = "Connections";
pub const MEMORY_WHILE: &str = "Memory, in MiB, while you look";
pub const THREADS: &str = "Threads at work";
pub const WAITING: &str = "Sign-ins waiting";
pub const SIGNED_IN: &str = "Signed in";
pub const AT_THE_DOOR: &str = "At the door";
pub const IN_ALL: &str = "In all";

/// The same as labels of bars.
pub const BARS: [&str; 3] = ["signed in", "at the door", "in all"];
