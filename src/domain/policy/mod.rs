//! The rules that an installation may choose: how long sessions last, what passwords must be.
//!
//! [`Policy`] is their values. [`RULES`] is the one table of what they may be: a row for each field, with its
//! key, default, bounds and sentence. The configuration takes its knobs from there, and so do the screen and
//! the commands that change a rule while the server runs. [`Base`] is what an installation was given.

mod base;
mod elsewhere;
mod kind;
mod order;
mod rules;

use std::fmt;
use std::time::Duration;

use super::presence::IdleRules;
use super::role::{self, Rights};

pub use base::{Base, Place};
pub use elsewhere::is_configured;
pub use kind::{Kind, Lens, NotAllowed, Words};
pub use order::{ALONE_MIN_CHARS, Contradiction};
pub use rules::{Group, RULES, Rule, Safer};

/// Every rule, with the defaults that ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long a session may last, whatever happens in it. Source: NIST 800-63B-4, at most 24 h at AAL2.
    pub session_lifetime: Duration,
    /// The same for those who administrate.
    pub admin_session_lifetime: Duration,
    /// How long nobody may type before a session locks.
    pub session_idle: Duration,
    /// The same for those who administrate.
    pub admin_session_idle: Duration,
    /// How long a locked session waits for its password.
    pub session_lock_grace: Duration,
    /// Sessions that a user may have at once.
    pub session_cap: usize,
    /// The same for those who administrate.
    pub admin_session_cap: usize,
    pub at_cap: AtCap,
    /// How long the record of a session is kept that is over.
    pub keep_ended_sessions: Duration,
    /// Characters that a chosen password must have. Source: NIST 800-63B-4 section 3.1.1.2.
    pub password_min_chars: usize,
    /// Whether passwords that many people have are refused. Source: NIST 800-63B-4 section 3.1.1.2 demands it.
    pub common_check: bool,
    /// Who must have a second factor.
    pub second_factor: FactorFor,
    /// How long a one-time password opens the door.
    pub one_time_password_lifetime: Duration,
    pub argon2: Argon2Cost,
    pub account_delays: AccountDelays,
    pub source_penalties: SourcePenalties,
    pub sign_up: SignUp,
    /// Accounts that people may make without an invite from one source within an hour.
    pub sign_ups_per_source: u32,
    /// The same from everywhere.
    pub sign_ups_per_hour: u32,
    /// How long an invite opens the door at most. Source: Copenhagen, at most 24 h for a code.
    pub invite_lifetime: Duration,
    /// How long a code opens the door that replaces a forgotten password.
    pub reset_code_lifetime: Duration,
    /// Whether people may delete their own accounts.
    pub delete_own_account: bool,
    /// How long a deleted account can be restored.
    pub keep_deleted: Duration,
    /// How long the audit trail keeps an event.
    pub keep_events: Duration,
}

/// Who may make an account for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignUp {
    /// Nobody.
    Closed,
    /// Who holds an invite.
    Invite,
    /// Everybody.
    Open,
}

impl SignUp {
    pub const ALL: &[Self] = &[Self::Closed, Self::Invite, Self::Open];
}

impl fmt::Display for SignUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Invite => "invite",
            Self::Open => "open",
        })
    }
}

/// Who must have a second factor. Whoever may have one is not asked: everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorFor {
    Everyone,
    /// Who is bound by the rules for those who administrate.
    Administrators,
    Nobody,
}

impl FactorFor {
    pub const ALL: &[Self] = &[Self::Everyone, Self::Administrators, Self::Nobody];
}

impl fmt::Display for FactorFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everyone => "everyone",
            Self::Administrators => "administrators",
            Self::Nobody => "nobody",
        })
    }
}

/// How guessing at one account is slowed down. Source: kanidm and Keycloak for the curve, NIST 800-63B-4
/// section 3.2.2 for its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDelays {
    /// After each of the first three failures.
    pub first: Duration,
    /// After the fourth to the eighth.
    pub second: Duration,
    /// After the ninth; from there on each failure doubles it ...
    pub third: Duration,
    /// ... up to this.
    pub longest: Duration,
    /// Without a failure for so long, the next one is the first again.
    pub forget_after: Duration,
    /// Consecutive failures that close the account to whom they came from, until somebody opens it.
    pub disable_after: u32,
    /// How long a source counts as known after a sign-in from it.
    pub known_source: Duration,
}

/// How a source is slowed down that keeps failing, whomever it tries to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePenalties {
    /// Failures that bring a penalty ...
    pub failures: u32,
    /// ... if they come within this.
    pub window: Duration,
    /// How long the first one lasts; each further one lasts twice as long ...
    pub penalty: Duration,
    /// ... up to this. So long without a failure after a penalty, and the next one is a first one again.
    pub longest: Duration,
}

/// What happens to somebody who signs in and has as many sessions as are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtCap {
    /// They are shown their sessions and choose which one to end. Where two of theirs wait already, they
    /// are told, and leave.
    Choose,
    /// They are told, and leave.
    Refuse,
    /// The oldest of their sessions is ended as soon as they open a dashboard. A command ends nobody's screen:
    /// it is refused. Where two of theirs wait already, the oldest goes for the next at once.
    EndOldest,
}

impl AtCap {
    pub const ALL: &[Self] = &[Self::Choose, Self::Refuse, Self::EndOldest];
}

impl fmt::Display for AtCap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Choose => "choose",
            Self::Refuse => "refuse",
            Self::EndOldest => "end-oldest",
        })
    }
}

/// Sessions of one user that may wait at once for another one to end. Each holds a connection, and one
/// person has two hands.
const WAITING: usize = 2;

/// What one password hash costs. Source: OWASP Password Storage (argon2id, minimum 19 MiB, t=2, p=1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argon2Cost {
    /// KiB
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    pub lanes: u32,
}

impl Argon2Cost {
    /// Nothing weaker is accepted.
    pub const FLOOR: Self = Self { memory: 19_456, passes: 2, lanes: 1 };
    /// Nothing more expensive is computed, also when a stored hash asks for it.
    pub const CEILING: Self = Self { memory: 1_048_576, passes: 16, lanes: 16 };

    /// Whether a hash of this cost is at least as expensive as `wanted` in every way.
    pub const fn is_at_least(self, wanted: Self) -> bool {
        self.memory >= wanted.memory && self.passes >= wanted.passes && self.lanes >= wanted.lanes
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            session_lifetime: Duration::from_hours(12),
            admin_session_lifetime: Duration::from_hours(8),
            session_idle: Duration::from_mins(30),
            admin_session_idle: Duration::from_mins(15),
            session_lock_grace: Duration::from_mins(5),
            session_cap: 10,
            admin_session_cap: 10,
            at_cap: AtCap::Choose,
            keep_ended_sessions: Duration::from_hours(24 * 90),
            password_min_chars: 15,
            common_check: true,
            second_factor: FactorFor::Nobody,
            one_time_password_lifetime: Duration::from_hours(24),
            argon2: Argon2Cost::FLOOR,
            account_delays: AccountDelays::default(),
            source_penalties: SourcePenalties::default(),
            sign_up: SignUp::Closed,
            sign_ups_per_source: 5,
            sign_ups_per_hour: 60,
            invite_lifetime: Duration::from_hours(24),
            reset_code_lifetime: Duration::from_hours(1),
            delete_own_account: false,
            keep_deleted: Duration::from_hours(24 * 7),
            keep_events: Duration::from_hours(24 * 365),
        }
    }
}

impl Default for AccountDelays {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            second: Duration::from_secs(3),
            third: Duration::from_secs(15),
            longest: Duration::from_mins(15),
            forget_after: Duration::from_hours(24),
            disable_after: 100,
            known_source: Duration::from_hours(24 * 30),
        }
    }
}

impl Default for SourcePenalties {
    fn default() -> Self {
        Self {
            failures: 10,
            window: Duration::from_mins(10),
            penalty: Duration::from_mins(1),
            longest: Duration::from_hours(1),
        }
    }
}

impl Policy {
    /// How long a session of somebody with these rights may last: the strictest that applies.
    pub fn lifetime(&self, rights: Rights) -> Duration {
        let rule = strictest(rights, self.session_lifetime, self.admin_session_lifetime);
        within(rights.limits.lifetime, MINUTE, rule)
    }

    /// How long a session of somebody with these rights may be left alone.
    pub fn idle(&self, rights: Rights) -> IdleRules {
        let rule = strictest(rights, self.session_idle, self.admin_session_idle);
        IdleRules { idle: within(rights.limits.idle, MINUTE, rule), grace: self.session_lock_grace }
    }

    /// Whether somebody with these rights must have a second factor.
    pub fn demands_a_factor(&self, rights: Rights) -> bool {
        match self.second_factor {
            FactorFor::Everyone => true,
            FactorFor::Administrators => rights.permissions.covers(role::ADMINISTRATES),
            FactorFor::Nobody => false,
        }
    }

    /// How many sessions of one user may wait at once to come in.
    pub const fn waiting(&self) -> usize {
        match self.at_cap {
            AtCap::Choose | AtCap::EndOldest => WAITING,
            AtCap::Refuse => 0,
        }
    }

    /// How many sessions somebody with these rights may have at once.
    pub fn cap(&self, rights: Rights) -> usize {
        let rule = strictest(rights, self.session_cap, self.admin_session_cap);
        within(rights.limits.cap, 1, rule)
    }
}

/// The least that a role can demand of a session: whatever is stored, everybody has the time to mend it.
const MINUTE: Duration = Duration::from_mins(1);

/// The stricter of a role's limit and the rule.
fn within<T: Ord>(limit: Option<T>, least: T, rule: T) -> T {
    match limit {
        Some(limit) => limit.max(least).min(rule),
        None => rule,
    }
}

/// Who administrates is bound by both rules.
fn strictest<T: Ord>(rights: Rights, everybody: T, admins: T) -> T {
    if rights.permissions.covers(role::ADMINISTRATES) { everybody.min(admins) } else { everybody }
}
