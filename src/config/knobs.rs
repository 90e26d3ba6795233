//! The table of knobs.

use std::time::Duration;

use Applies::{Live, Restart};
use Kind::{Address, AtCap, Count, Format, Level, Line, OptionalPath, Path, SignUp, Switch, Threads};

use super::{Config, Given, Kind};
use crate::domain::policy::Argon2Cost;

/// What stands before every name in the environment.
pub(super) const ENV_PREFIX: &str = "PASSHOLDER_";

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// The cheapest and the dearest hash that an installation may choose.
const FLOOR: Argon2Cost = Argon2Cost::FLOOR;
const CEILING: Argon2Cost = Argon2Cost::CEILING;

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
#[rustfmt::skip]
pub const KNOBS: &[Knob] = &[
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

    knob("session.lifetime", "12h", Live, duration(MINUTE, HOUR.saturating_mul(24), |c, v| c.policy.session_lifetime = v),
        "How long a session lasts, whatever happens in it."),
    knob("session.admin_lifetime", "8h", Live, duration(MINUTE, HOUR.saturating_mul(24), |c, v| c.policy.admin_session_lifetime = v),
        "The same for administrators; the shorter of the two counts."),
    knob("session.idle", "30min", Live, duration(MINUTE, HOUR.saturating_mul(24), |c, v| c.policy.session_idle = v),
        "How long nobody may type before a session locks. What the client sends by itself does not count, nor do commands while a screen is open."),
    knob("session.admin_idle", "15min", Live, duration(MINUTE, HOUR.saturating_mul(24), |c, v| c.policy.admin_session_idle = v),
        "The same for administrators; the shorter of the two counts."),
    knob("session.lock_grace", "5min", Live, duration(SECOND, HOUR.saturating_mul(24), |c, v| c.policy.session_lock_grace = v),
        "How long a locked session waits for its password before it ends."),
    knob("session.cap", "10", Live, Count(1..=100_000, "sessions", |c, v| c.policy.session_cap = v as usize),
        "Sessions that a user may have at once."),
    knob("session.admin_cap", "10", Live, Count(1..=100_000, "sessions", |c, v| c.policy.admin_session_cap = v as usize),
        "The same for administrators; the smaller of the two counts."),
    knob("session.at_cap", "choose", Live, AtCap(|c, v| c.policy.at_cap = v),
        "What happens to a sign-in beyond that: one chooses which session to end (two may wait, more are refused), is refused, or the oldest is ended once a dashboard is opened. A command is refused in any case."),

    knob("password.min_chars", "15", Live, Count(15..=64, "characters", |c, v| c.policy.password_min_chars = v as usize),
        "Characters that a new password needs."),
    knob("password.one_time_lifetime", "24h", Live, duration(MINUTE, HOUR.saturating_mul(24 * 7), |c, v| c.policy.one_time_password_lifetime = v),
        "How long a one-time password opens the door. That of the first administrator does not expire: nobody else could make another one."),
    knob("password.argon2_memory_kib", "19456", Live, Count(FLOOR.memory..=CEILING.memory, "KiB", |c, v| c.policy.argon2.memory = v),
        "Memory for one hash. Stored hashes that cost less are renewed at sign-in."),
    knob("password.argon2_passes", "2", Live, Count(FLOOR.passes..=CEILING.passes, "passes", |c, v| c.policy.argon2.passes = v),
        "Passes over that memory."),
    knob("password.argon2_lanes", "1", Live, Count(FLOOR.lanes..=CEILING.lanes, "lanes", |c, v| c.policy.argon2.lanes = v),
        "Lanes in that memory."),

    knob("guessing.first_delay", "1s", Live, duration(Duration::ZERO, MINUTE.saturating_mul(10), |c, v| c.policy.account_delays.first = v),
        "How long an account lets nobody in after a failure: each of the first three. Failures from where its owner is known count apart from all others."),
    knob("guessing.second_delay", "3s", Live, duration(Duration::ZERO, MINUTE.saturating_mul(10), |c, v| c.policy.account_delays.second = v),
        "The same after the fourth to the eighth."),
    knob("guessing.third_delay", "15s", Live, duration(Duration::ZERO, MINUTE.saturating_mul(10), |c, v| c.policy.account_delays.third = v),
        "The same after the ninth. Each failure after it doubles the delay."),
    knob("guessing.longest_delay", "15min", Live, duration(SECOND, HOUR.saturating_mul(24), |c, v| c.policy.account_delays.longest = v),
        "What a delay grows to."),
    knob("guessing.forget_after", "24h", Live, duration(HOUR, HOUR.saturating_mul(24 * 30), |c, v| c.policy.account_delays.forget_after = v),
        "How long nothing may fail until the next failure is a first one."),
    knob("guessing.disable_after", "100", Live, Count(10..=100, "failures", |c, v| c.policy.account_delays.disable_after = v),
        "Failures in a row after which time opens an account no more to where they came from: its password is reset, or somebody lifts the lock."),
    knob("guessing.known_source", "30d", Live, duration(HOUR, HOUR.saturating_mul(24 * 365), |c, v| c.policy.account_delays.known_source = v),
        "How long the owner of an account is known at an address after a sign-in from it."),
    knob("guessing.source_failures", "10", Live, Count(3..=1_000_000, "failures", |c, v| c.policy.source_penalties.failures = v),
        "Failures from one address after which its connections are refused: proofs, and connections without one."),
    knob("guessing.source_window", "10min", Live, duration(SECOND, HOUR.saturating_mul(24), |c, v| c.policy.source_penalties.window = v),
        "The time in which they have to come."),
    knob("guessing.source_penalty", "1min", Live, duration(SECOND, HOUR.saturating_mul(24), |c, v| c.policy.source_penalties.penalty = v),
        "How long they are refused the first time; each further time it is twice as long."),
    knob("guessing.source_penalty_longest", "1h", Live, duration(SECOND, HOUR.saturating_mul(24), |c, v| c.policy.source_penalties.longest = v),
        "What that grows to. So long without a failure, and the next time is a first one."),

    knob("accounts.sign_up", "closed", Live, SignUp(|c, v| c.policy.sign_up = v),
        "Who may make an account for themselves: nobody, who holds an invite, or everybody."),
    knob("accounts.sign_ups_per_source", "5", Live, Count(1..=10_000, "accounts", |c, v| c.policy.sign_ups_per_source = v),
        "Accounts that may be made so from one address within an hour."),
    knob("accounts.sign_ups_per_hour", "60", Live, Count(1..=100_000, "accounts", |c, v| c.policy.sign_ups_per_hour = v),
        "The same from everywhere."),
    knob("accounts.invite_lifetime", "24h", Live, duration(MINUTE, HOUR.saturating_mul(24 * 30), |c, v| c.policy.invite_lifetime = v),
        "How long an invite may be used at most."),
    knob("accounts.reset_code_lifetime", "1h", Live, duration(MINUTE, HOUR.saturating_mul(24), |c, v| c.policy.reset_code_lifetime = v),
        "How long the code may be used that replaces a forgotten password."),
    knob("accounts.delete_own", "false", Live, Switch(|c, v| c.policy.delete_own_account = v),
        "Whether people may delete their own accounts."),
    knob("accounts.keep_deleted", "7d", Live, duration(HOUR, HOUR.saturating_mul(24 * 365), |c, v| c.policy.keep_deleted = v),
        "How long a deleted account can be restored; then it is gone for good."),

    knob("hashing.threads", "auto", Restart, Threads(1..=64, |c, v| c.hashing.threads = v),
        "Passwords that are hashed at once."),
    knob("hashing.queue", "64", Restart, Count(1..=10_000, "sign-ins", |c, v| c.hashing.queue = v as usize),
        "Sign-ins that may wait for a thread; more are told to come back."),

    knob("store.cache_mib", "64", Restart, Count(8..=65_536, "MiB", |c, v| c.store_cache = u64::from(v) << 20),
        "Memory for the store's cache."),
];

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
