//! The table of knobs: those of this room, and between them the rules of `domain::policy`.

use std::sync::LazyLock;
use std::time::Duration;

use Applies::{Live, Restart};
use Kind::{Address, Count, Format, Level, Line, OptionalPath, Path, Switch, Threads};

use super::{Config, Given, Kind};
use crate::domain::policy::{RULES, Rule};

/// What stands before every name in the environment.
pub(super) const ENV_PREFIX: &str = "PASSHOLDER_";

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// One thing that an installation may choose.
#[derive(Debug)]
pub struct Knob {
    /// `table.key`, or a key that stands before all tables.
    pub key: &'static str,
    /// As one would write it in the environment. A test holds it equal to `Config::default()`.
    pub default: &'static str,
    pub applies: Applies,
    pub kind: Kind,
    /// What it does, in sentences.
    pub about: &'static str,
}

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applies {
    /// With SIGHUP, for whatever begins after it.
    Live,
    /// At the next start.
    Restart,
}

/// Every knob, in the order in which people meet them. This is the table.
pub static KNOBS: LazyLock<Vec<Knob>> = LazyLock::new(|| {
    [server(), RULES.iter().map(Knob::of).collect(), machine()].into_iter().flatten().collect()
});

/// What comes before the rules: where the server is, and what connections may do.
#[rustfmt::skip]
fn server() -> Vec<Knob> {
    vec![
    knob("listen", "127.0.0.1:2222", Restart, Address(|c, v| c.listen = v),
        "The address and port that people connect to. \"0.0.0.0:2222\" or \"[::]:2222\" for the whole network."),
    knob("data", "passholder-data", Restart, Path(|c, v| c.data = v),
        "The folder that holds the store and the host key."),
    knob("log", "info", Live, Level(|c, v| c.log = v),
        "The least serious messages that are still logged, to standard error."),
    knob("log_format", "text", Restart, Format(|c, v| c.log_format = v),
        "Lines for people, or one JSON object per line."),
    knob("admin_password_file", "", Restart, OptionalPath(|c, v| c.admin_password_file = v),
        "A file that holds the password of the first administrator, readable by nobody else; read at the first start."),
    knob("second_factor_key_file", "", Restart, OptionalPath(|c, v| c.second_factor_key_file = v),
        "A file that holds the key of the second factors, readable by nobody else; made at the first start. Without one it is seed_key in the data folder. Back it up apart from the store: a copy of the store alone gives no seed away."),

    knob("ssh.login_grace", "60s", Live, duration(SECOND, MINUTE.saturating_mul(10), |c, v| c.ssh.login_grace = v),
        "How long somebody may take to sign in."),
    knob("ssh.failed_proofs", "4", Live, Count(1..=20, "attempts", |c, v| c.ssh.failed_proofs = v),
        "Wrong passwords after which a connection is closed. Keys open nothing here: ten count for nothing before the first password, each one counts like a wrong password after it."),
    knob("ssh.rejection_delay", "1s", Live, duration(Duration::ZERO, SECOND.saturating_mul(10), |c, v| c.ssh.rejection_delay = v),
        "How long every refusal takes, whatever its reason."),
    knob("ssh.banner", "Passholder", Live, Line(|c, v| c.ssh.banner = v),
        "What is shown before sign-in."),
    knob("ssh.pq_only", "false", Live, Switch(|c, v| c.ssh.pq_only = v),
        "Offer only the post-quantum key exchange (mlkem768x25519). Clients need OpenSSH 9.9 or newer."),
    knob("ssh.connections", "10000", Live, Count(1..=100_000, "connections", |c, v| c.ssh.connections = v as usize),
        "Connections at once."),
    knob("ssh.unauthenticated_per_source", "8", Live, Count(1..=10_000, "connections", |c, v| c.ssh.unauthenticated_per_source = v as usize),
        "Connections at once from one address on which nobody has signed in yet."),
    knob("ssh.unauthenticated_start", "20", Live, Count(1..=100_000, "connections", |c, v| c.ssh.unauthenticated_start = v as usize),
        "Connections without sign-in from which on new ones are refused by chance."),
    knob("ssh.unauthenticated_drop_percent", "30", Live, Count(1..=100, "percent", |c, v| c.ssh.unauthenticated_drop_percent = v),
        "That chance at first; it rises evenly up to the next number."),
    knob("ssh.unauthenticated_full", "100", Live, Count(1..=100_000, "connections", |c, v| c.ssh.unauthenticated_full = v as usize),
        "Connections without sign-in from which on every new one is refused."),
    knob("ssh.connections_per_second", "10", Live, Count(1..=100_000, "connections per second", |c, v| c.ssh.connections_per_second = v),
        "New connections from one address; those that come faster are refused."),
    knob("ssh.connections_burst", "20", Live, Count(1..=100_000, "connections", |c, v| c.ssh.connections_burst = v),
        "Connections that may come at once before that counts."),
    knob("ssh.channels", "4", Live, Count(1..=64, "channels", |c, v| c.ssh.channels = v as usize),
        "Channels at once on one connection."),
    knob("ssh.keepalive_interval", "12s", Live, duration(SECOND, HOUR, |c, v| c.ssh.keepalive_interval = v),
        "How long a client may be silent before it is asked for a sign of life."),
    knob("ssh.keepalive_max", "3", Live, Count(1..=100, "questions", |c, v| c.ssh.keepalive_max = v as usize),
        "Questions without an answer after which a connection is closed, one interval after the last."),
    knob("ssh.stall_timeout", "30s", Live, duration(SECOND, MINUTE.saturating_mul(10), |c, v| c.ssh.stall_timeout = v),
        "How long a client may leave output unread before its connection is closed."),
    knob("ssh.input_bytes_per_second", "65536", Live, Count(1_024..=16_777_216, "bytes per second", |c, v| c.ssh.input_bytes_per_second = v),
        "What one connection may send; more is slowed down."),
    knob("ssh.exec_bytes", "4096", Live, Count(256..=32_768, "bytes", |c, v| c.ssh.exec_bytes = v as usize),
        "The longest command line, as in `ssh host COMMAND`."),
    knob("ssh.columns_max", "500", Live, Count(80..=1_000, "columns", |c, v| c.ssh.columns_max = small(v)),
        "The widest screen that is drawn; a wider terminal shows it at its left."),
    knob("ssh.rows_max", "200", Live, Count(24..=500, "rows", |c, v| c.ssh.rows_max = small(v)),
        "The highest screen that is drawn; a higher terminal shows it at its top."),
    knob("ssh.frames_per_second", "30", Live, Count(1..=120, "frames per second", |c, v| c.ssh.frames_per_second = v),
        "How often a screen that changes is drawn. One that does not change is never drawn."),
    knob("ssh.shutdown_grace", "4s", Live, duration(Duration::ZERO, MS.saturating_mul(4_500), |c, v| c.ssh.shutdown_grace = v),
        "How long open connections may take to say goodbye when the server stops."),

    ]
}

/// What comes after them: how much of the machine is used.
#[rustfmt::skip]
fn machine() -> Vec<Knob> {
    vec![
    knob("hashing.threads", "auto", Restart, Threads(1..=64, |c, v| c.hashing.threads = v),
        "Passwords that are hashed at once."),
    knob("hashing.queue", "64", Restart, Count(1..=10_000, "sign-ins", |c, v| c.hashing.queue = v as usize),
        "Sign-ins that may wait for a thread; more are told to come back."),

    knob("store.cache_mib", "64", Restart, Count(8..=65_536, "MiB", |c, v| c.store_cache = u64::from(v) << 20),
        "Memory for the store's cache."),
    ]
}

const fn knob(
    key: &'static str,
    default: &'static str,
    applies: Applies,
    kind: Kind,
    about: &'static str,
) -> Knob {
    Knob { key, default, applies, kind, about }
}

const fn duration(from: Duration, to: Duration, set: fn(&mut Config, Duration)) -> Kind {
    Kind::Duration(from..=to, set)
}

/// Terminals count in 16 bits; the rows above stay far below.
fn small(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

impl Knob {
    /// The knob of a rule: all of them can change while the server runs.
    const fn of(rule: &'static Rule) -> Self {
        Self {
            key: rule.key,
            default: rule.default,
            applies: Live,
            kind: Kind::Rule(rule),
            about: rule.about,
        }
    }

    /// The knob behind a key.
    pub fn find(key: &str) -> Option<&'static Self> {
        KNOBS.iter().find(|knob| knob.key == key)
    }

    /// Its name in the environment: `PASSHOLDER_SSH_LOGIN_GRACE`.
    pub fn env(&self) -> String {
        format!("{ENV_PREFIX}{}", self.key.to_ascii_uppercase().replace('.', "_"))
    }

    /// The default as it would stand in a file.
    pub fn default_value(&self) -> Given {
        self.kind.read(self.default)
    }

    /// What may be written, in words: `a duration from 1s to 10min, like "60s"`.
    pub fn allowed(&self) -> String {
        self.kind.allowed(&self.default_value())
    }
}
