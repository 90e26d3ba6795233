//! The audit trail: one [`Event`] for everything that changed or was tried. What it tells people is in [`told`].

mod told;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::id::{EventId, Handle, UserId};
use super::import::Format;
use super::name::UserName;
use super::role::{CustomRole, RoleName};
use super::session::{EndReason, Method, Terminal};
use super::source::Source;
use super::time::Timestamp;

pub use told::{By, Difference, KINDS, parse_kind};

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub at: Timestamp,
    /// `None` for what the server did by itself, or a stranger.
    pub actor: Option<Actor>,
    pub from: Option<IpAddr>,
    #[serde(flatten)]
    pub what: What,
}

/// Who did it, in which session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    pub user: UserId,
    pub name: UserName,
    pub session: Option<Handle>,
}

/// Whom it was done to. The name is kept beside the id: it may be given to nobody, or change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    pub user: UserId,
    pub name: UserName,
}

/// What happened, before and after where that has a meaning. Never a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum What {
    FirstAdminCreated {
        target: Target,
    },
    /// Whoever holds the machine let an administrator in again.
    RecoveredOnHost {
        target: Target,
        /// Why the account had been disabled, and its dates: none of it holds any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disabled: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        begins: Option<Timestamp>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Timestamp>,
        /// The second factor was removed with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        second_factor: bool,
    },
    /// Whoever holds the machine made an administrator, because none was left.
    AdministratorMadeOnHost {
        target: Target,
    },
    SignedIn {
        /// The oldest session, ended for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        in_place_of: Option<Handle>,
        method: Method,
        /// What was given behind the password, where that alone does not open the door.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second: Option<Method>,
    },
    /// The first dashboard of a session, on this terminal.
    DashboardOpened {
        terminal: Terminal,
    },
    /// `name` is what was typed, neutralised; `why` never leaves the audit trail.
    SignInFailed {
        name: String,
        why: Failure,
        /// With this one there were too many: the password opens nothing any more to whom it came from.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        disables: bool,
        /// With this one there were too many wrong codes: none is taken before then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        codes_refused_until: Option<Timestamp>,
    },
    /// The right password was given where wrong ones had been: they count no more.
    FailuresForgotten,
    /// Somebody let an account be tried again.
    LockLifted {
        target: Target,
    },
    /// Too much failed from there: its connections are refused.
    SourceRefused {
        source: Source,
        until: Timestamp,
    },
    /// Somebody let connections from there in again.
    PenaltyLifted {
        source: Source,
    },
    SessionEnded {
        session: Handle,
        target: UserId,
        reason: EndReason,
    },
    /// Somebody went on where the connection of this session was lost.
    SessionResumed {
        session: Handle,
    },
    /// Somebody did not want to go on where the connections of these sessions were lost.
    ResumeDeclined {
        sessions: Vec<Handle>,
    },
    /// All sessions of somebody, or all but the one that asked.
    SessionsEnded {
        target: Target,
        reason: EndReason,
    },
    /// Sessions of many people at once.
    AllSessionsEnded {
        sessions: Vec<Handle>,
    },
    /// `to` is absent when everybody was told.
    MessageSent {
        to: Option<Handle>,
        words: String,
    },
    UserCreated {
        target: Target,
        roles: Vec<RoleName>,
    },
    /// Somebody made an account for themselves, with this invite if with any.
    SignedUp {
        target: Target,
        roles: Vec<RoleName>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invite: Option<Handle>,
    },
    InviteCreated {
        invite: Handle,
        roles: Vec<RoleName>,
        /// For whom, where it names somebody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<UserName>,
        uses: u32,
        expires: Timestamp,
    },
    InviteRevoked {
        invite: Handle,
    },
    /// Their time was up long ago.
    InvitesForgotten {
        invites: Vec<Handle>,
    },
    DisplayNameChanged {
        target: Target,
        before: String,
        after: String,
    },
    RolesChanged {
        target: Target,
        before: Vec<RoleName>,
        after: Vec<RoleName>,
    },
    /// `before` is until when it had been given, where it had.
    RoleGranted {
        target: Target,
        role: RoleName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Timestamp>,
        until: Timestamp,
    },
    /// Before its time was up, at `until`.
    GrantEnded {
        target: Target,
        role: RoleName,
        until: Timestamp,
    },
    RoleCreated {
        role: CustomRole,
    },
    RoleEdited {
        before: CustomRole,
        after: CustomRole,
    },
    RoleDeleted {
        role: CustomRole,
    },
    UserDisabled {
        target: Target,
        reason: String,
        /// For a time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Without an actor: the time was up.
    UserEnabled {
        target: Target,
    },
    /// From when and until when an account is valid.
    DatesChanged {
        target: Target,
        before: (Option<Timestamp>, Option<Timestamp>),
        after: (Option<Timestamp>, Option<Timestamp>),
    },
    /// The day has come from which an account is valid.
    AccountBegan {
        target: Target,
    },
    AccountExpired {
        target: Target,
    },
    /// It can be restored for a while.
    UserDeleted {
        target: Target,
    },
    UserRestored {
        target: Target,
    },
    /// Gone for good; without an actor: the time was up.
    UserPurged {
        target: Target,
    },
    PasswordReset {
        target: Target,
    },
    /// A one-time password opened the door for nothing, and opens it again.
    OneTimePasswordKept {
        target: Target,
    },
    /// An account came in a list.
    UserImported {
        target: Target,
        roles: Vec<RoleName>,
    },
    /// Those of so many accounts that pass the filter went out as a list.
    UsersExported {
        count: u64,
        format: Format,
        filter: String,
    },
    /// The lists of accounts were made of so many accounts.
    AccountsIndexed {
        count: u64,
    },
    /// The next sign-in has to replace the password.
    NewPasswordRequired {
        target: Target,
    },
    PasswordChanged,
    /// Whoever did it has to give codes from now on.
    SecondFactorSetUp,
    /// The right password was given at the door, and a code was asked for. What came of it is another event, or
    /// none.
    CodeAsked {
        target: Target,
    },
    /// By its owner, or by somebody who helped where it was lost.
    SecondFactorRemoved {
        target: Target,
    },
    /// Those of before open nothing any more.
    RecoveryCodesRenewed,
    PreferencesChanged,
    /// Sessions that were over before then are kept no longer.
    SessionsForgotten {
        count: usize,
        before: Timestamp,
    },
    /// Events up to then are kept no longer.
    EventsForgotten {
        count: u64,
        until: Timestamp,
    },
    /// The name of an account that is gone: nothing in the trail is about that one any more.
    NameFreed {
        target: Target,
    },
    /// A rule was set, or what is configured holds again; both as they are written.
    PolicyChanged {
        key: String,
        before: String,
        after: String,
    },
}

/// Why a sign-in failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    UnknownUser,
    WrongPassword,
    Disabled,
    /// The account begins later.
    NotYet,
    Expired,
    /// The one-time password was right, and too old or used before.
    OneTimePasswordExpired,
    /// A delay was running after failures before it: the password was not looked at.
    Delayed,
    /// There were too many failures before it.
    PasswordDisabled,
    /// The password was right, and the code behind it was not.
    WrongCode,
    /// The code was right, and had been used before.
    CodeUsed,
    /// Behind the right password came nothing that could be a code.
    NoCode,
    /// The seed that a code is checked with is sealed with another key.
    SeedUnreadable,
    /// There had been too many wrong codes: this one was not looked at.
    CodesRefused,
    /// What had been proven before the code was given was changed meanwhile.
    ProofOutdated,
    /// Too much had failed from there.
    SourceRefused,
    /// No invite has that code.
    UnknownInvite,
    InviteExpired,
    InviteUsedUp,
    InviteRevoked,
    /// Whoever made the invite may not give its roles any more.
    InviteVoid,
}

impl Failure {
    /// Whether it was a guess at the second factor, which somebody made who has the password. A code that was
    /// right once is none, and what is no code at all neither: both are mistakes that gain nothing.
    pub const fn is_a_guess_at_a_code(self) -> bool {
        matches!(self, Self::WrongCode)
    }
}
