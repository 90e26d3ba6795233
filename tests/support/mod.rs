//! A server to test against, and people at their terminals.

pub mod house;
pub mod person;
pub mod program;
pub mod server;

use std::time::Duration;

/// How long a test waits for what must happen: far longer than it takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A password that is long enough and on nobody's list.
pub const PASSWORD: &str = "heron lantern quilt marble 7";
