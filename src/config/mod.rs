//! Every knob of an installation: read once, validated once.
//!
//! [`KNOBS`] is the one table: name, default, what is allowed, when a change applies. What a file
//! may hold, the names in the environment, the help of the flags, `check-config` and
//! `assets/passholder.toml` all come from it. A new knob is one row there and one field here;
//! a new rule is a row in `domain::policy`, from where it comes by itself.
//!
//! A flag wins over the environment, the environment over the file, the file over the default.
//! A word that is wrong anywhere is an error, also where another source would have won: what
//! somebody wrote either counts or is complained about.
//!
//! Flags, environment and text are passed in. Only [`load`] reads a file; nothing here waits.

mod error;
mod file;
mod flags;
mod given;
mod kind;
mod knobs;
mod reload;
mod source;

#[cfg(test)]
mod example;
#[cfg(test)]
mod tests;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

pub use error::{ConfigError, ConfigErrors, Problem};
pub use flags::Flags;
pub use given::{Given, Origin};
pub use kind::Kind;
pub use knobs::{Applies, KNOBS, Knob};
pub use reload::{Reloaded, Reloader};
pub use source::{Resolved, Setting, load, resolve};

use crate::domain::policy::Policy;
use crate::logging::{LogFormat, LogLevel};

/// What the server is told to do. Each field is explained by its row in [`KNOBS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub log: LogLevel,
    pub log_format: LogFormat,
    pub admin_password_file: Option<PathBuf>,
    /// In the data folder, where none is named.
    pub second_factor_key_file: Option<PathBuf>,
    pub ssh: SshConfig,
    pub policy: Policy,
    pub hashing: Hashing,
    /// Bytes; the knob counts MiB.
    pub store_cache: u64,
}

/// What one connection, and all of them together, may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshConfig {
    pub login_grace: Duration,
    pub unauthenticated_per_source: usize,
    /// From this many on, connections are refused by chance ...
    pub unauthenticated_start: usize,
    /// ... which begins here and rises evenly ...
    pub unauthenticated_drop_percent: u32,
    /// ... to certainty here. Source: OpenSSH, `MaxStartups`.
    pub unauthenticated_full: usize,
    pub connections: usize,
    /// New ones of one source ...
    pub connections_per_second: u32,
    /// ... after so many at once.
    pub connections_burst: u32,
    pub failed_proofs: u32,
    pub rejection_delay: Duration,
    pub channels: usize,
    pub keepalive_interval: Duration,
    pub keepalive_max: usize,
    /// One clean line; empty for none.
    pub banner: String,
    pub pq_only: bool,
    pub columns_max: u16,
    pub rows_max: u16,
    pub stall_timeout: Duration,
    pub input_bytes_per_second: u32,
    pub exec_bytes: usize,
    pub frames_per_second: u32,
    pub shutdown_grace: Duration,
}

/// How many passwords are hashed at once, and how many may wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    pub threads: usize,
    pub queue: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 2222).into(),
            data: "passholder-data".into(),
            log: LogLevel::Info,
            log_format: LogFormat::Text,
            admin_password_file: None,
            second_factor_key_file: None,
            ssh: SshConfig::default(),
            policy: Policy::default(),
            hashing: Hashing::default(),
            store_cache: 64 << 20,
        }
    }
}

impl Default for SshConfig {
    fn default() -> Self {
        Self {
            login_grace: Duration::from_mins(1),
            unauthenticated_per_source: 8,
            unauthenticated_start: 20,
            unauthenticated_drop_percent: 30,
            unauthenticated_full: 100,
            connections: 10_000,
            connections_per_second: 10,
            connections_burst: 20,
            failed_proofs: 4,
            rejection_delay: Duration::from_secs(1),
            channels: 4,
            keepalive_interval: Duration::from_secs(12),
            keepalive_max: 3,
            banner: "Passholder".to_owned(),
            pq_only: false,
            columns_max: 500,
            rows_max: 200,
            stall_timeout: Duration::from_secs(30),
            input_bytes_per_second: 65_536,
            exec_bytes: 4_096,
            frames_per_second: 30,
            shutdown_grace: Duration::from_secs(4),
        }
    }
}

impl Default for Hashing {
    fn default() -> Self {
        Self { threads: Self::auto_threads(), queue: 64 }
    }
}

impl Hashing {
    /// What `auto` stands for: a thread per core, at most four, so that sign-ins leave room for
    /// everything else.
    pub fn auto_threads() -> usize {
        std::thread::available_parallelism().map_or(1, usize::from).min(4)
    }
}
