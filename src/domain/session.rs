//! What a session is made of, apart from its record.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::id::{Handle, UserId};
use super::name::{DisplayName, UserName};
use super::preferences::Preferences;
use super::role::{BUILT_IN, Limits, Permission, Permissions, Rights, RoleName};
use super::text;
use super::time::Timestamp;

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Password,
    KeyboardInteractive,
    /// The account was made in the same connection, by whoever chose its password.
    SignUp,
    /// The same with an invite.
    Invite,
    /// The code of an authenticator, behind the password.
    Totp,
    /// One of the codes for the day on which the authenticator is lost.
    RecoveryCode,
}

impl Method {
    /// For people, who need not know how a password travelled.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Password | Self::KeyboardInteractive => "password",
            Self::SignUp => "sign-up",
            Self::Invite => "invite",
            Self::Totp => "code",
            Self::RecoveryCode => "recovery code",
        }
    }

    /// What was asked for, in the order in which it was given.
    pub fn words(methods: &[Self]) -> String {
        methods.iter().map(|method| method.word()).collect::<Vec<_>>().join(", then ")
    }
}

/// The other end of a connection, as far as it told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visitor {
    pub address: IpAddr,
    pub port: u16,
    /// The client's SSH version string, neutralised.
    pub client: String,
}

impl Visitor {
    /// Characters of a client's version string that are kept. RFC 4253 allows 255.
    const CLIENT_CHARS: usize = 64;

    pub fn new(peer: SocketAddr, client: &str) -> Self {
        Self {
            // An IPv4 address is the same address when it arrives over an IPv6 socket.
            address: peer.ip().to_canonical(),
            port: peer.port(),
            client: text::shown(client, Self::CLIENT_CHARS),
        }
    }
}

/// The terminal that a dashboard was opened on, as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terminal {
    /// TERM
    pub name: String,
    pub columns: u16,
    pub rows: u16,
}

/// Where in the dashboard somebody is, to come back to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Place {
    /// The title of the screen.
    pub screen: String,
    pub filter: String,
    /// The key of the selected row.
    pub selected: Option<String>,
    /// That row was looked at closely.
    #[serde(default)]
    pub is_open: bool,
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    SignedOut,
    /// Nobody typed for too long, or the lock was not opened.
    Idle,
    /// Too many wrong passwords were given at the lock.
    LockRefused,
    /// It was one too many from the beginning, and nothing was done in it.
    TooManySessions,
    Expired,
    Revoked,
    UserDisabled,
    UserDeleted,
    PasswordChanged,
    PasswordReset,
    ServerStopped,
    ConnectionLost,
    /// Its connection was lost, and somebody went on in another session.
    Resumed,
    /// A role that was given meanwhile allows less time, and that is up.
    RoleChanged,
    /// A rule was made stricter while it was open, and by the new one it is over; the note says which.
    PolicyChanged,
    /// The account is valid from some later time on.
    AccountNotYet,
    /// The account was valid until then.
    AccountExpired,
    /// A second factor was set up or removed.
    SecondFactorChanged,
}

/// The end of a session: when, why, and by whom if it was somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub at: Timestamp,
    pub reason: EndReason,
    pub by: Option<UserName>,
    /// What the one who ended it said about it.
    pub note: Option<text::Line>,
}

impl EndReason {
    /// A few words for a list.
    pub const fn words(self) -> &'static str {
        match self {
            Self::SignedOut => "signed out",
            Self::Idle => "idle",
            Self::LockRefused => "too many wrong passwords",
            Self::TooManySessions => "too many sessions",
            Self::Expired => "expired",
            Self::Revoked => "ended",
            Self::UserDisabled => "account disabled",
            Self::UserDeleted => "account deleted",
            Self::PasswordChanged => "password changed",
            Self::PasswordReset => "password reset",
            Self::ServerStopped => "server stopped",
            Self::ConnectionLost => "connection lost",
            Self::Resumed => "resumed",
            Self::RoleChanged => "roles changed",
            Self::PolicyChanged => "rules made stricter",
            Self::AccountNotYet => "account not valid yet",
            Self::AccountExpired => "account expired",
            Self::SecondFactorChanged => "second factor changed",
        }
    }
}

impl Ended {
    /// `ended by admin`, for a list.
    pub fn briefly(&self) -> String {
        let what = self.reason.words();
        match &self.by {
            Some(by) => format!("{what} by {by}"),
            None => what.to_owned(),
        }
    }
}

impl fmt::Display for Ended {
    /// One sentence for the person whose session it was.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, advice) = match self.reason {
            EndReason::SignedOut => ("You signed out", ""),
            EndReason::Idle => ("Your session was left alone for too long", " Sign in again."),
            EndReason::LockRefused => ("There were too many wrong passwords at the lock", " Sign in again."),
            EndReason::TooManySessions => {
                ("You have as many sessions as are allowed", " End one of them first.")
            }
            EndReason::Expired => ("Your session has reached its end", " Sign in again."),
            EndReason::Revoked => ("Your session was ended", ""),
            EndReason::UserDisabled => ("Your account was disabled", ""),
            EndReason::UserDeleted => ("Your account was deleted", ""),
            EndReason::PasswordChanged => ("Your password was changed", " Sign in with the new one."),
            EndReason::PasswordReset => ("Your password was reset", " Sign in with the one-time password."),
            EndReason::ServerStopped => ("The server is shutting down", ""),
            EndReason::ConnectionLost => ("The connection was lost", ""),
            EndReason::Resumed => ("You went on in another session", ""),
            EndReason::RoleChanged => {
                ("Your roles were changed, and with the new ones a session ends sooner", " Sign in again.")
            }
            EndReason::PolicyChanged => {
                ("Your session is over, because the rules were made stricter", " Sign in again.")
            }
            EndReason::AccountNotYet => ("Your account is not valid yet", " Ask an administrator."),
            EndReason::AccountExpired => ("Your account has expired", " Ask an administrator."),
            EndReason::SecondFactorChanged => {
                ("The second factor of your account was set up or removed", " Sign in again.")
            }
        };
        f.write_str(what)?;
        if let Some(by) = &self.by {
            write!(f, " by {by}")?;
        }
        if let Some(note) = &self.note {
            write!(f, ": {}", note.as_str())?;
        }
        write!(f, ".{advice}")
    }
}

/// What a session's screens show until it is put away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Somebody in charge said something.
    Message { by: UserName, words: text::Line },
    /// Somebody signed in as the same user.
    SignIn { handle: Handle, visitor: Visitor },
}

/// What has to be done before anything else may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// The user has as many sessions as are allowed: one of them has to end.
    EndASession { cap: usize },
    /// The one-time password has to be replaced.
    ChooseAPassword,
    /// The rules demand a second factor, and there is none yet.
    SetUpASecondFactor,
}

impl Duty {
    /// What somebody has to do first who came in over the cap, with a one-time password, or without a second
    /// factor where the rules demand one.
    pub const fn of(over_cap: Option<usize>, owes_a_password: bool, owes_a_factor: bool) -> Option<Self> {
        match over_cap {
            Some(cap) => Some(Self::EndASession { cap }),
            None if owes_a_password => Some(Self::ChooseAPassword),
            None if owes_a_factor => Some(Self::SetUpASecondFactor),
            None => None,
        }
    }

    /// The one permission that counts until it is done.
    pub const fn permits(self) -> Permission {
        match self {
            Self::EndASession { .. } => Permission::OwnSessions,
            Self::ChooseAPassword | Self::SetUpASecondFactor => Permission::OwnPassword,
        }
    }
}

/// What a connection remembers of its session: good for drawing, proof of nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    pub user: UserId,
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    /// Those of them that time takes away, and when.
    pub passing: Vec<(RoleName, Timestamp)>,
    pub permissions: Permissions,
    /// What the roles demand of the session.
    pub limits: Limits,
    pub duty: Option<Duty>,
    pub handle: Handle,
    pub visitor: Visitor,
    pub methods: Vec<Method>,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// The sign-in before this one, and what failed since.
    pub before: Before,
    pub preferences: Preferences,
    /// The roles that there are beside the built-in ones: what may be meant where one is asked for.
    pub custom_roles: Arc<[RoleName]>,
}

impl Claims {
    /// When time next takes a role away.
    pub fn roles_until(&self) -> Option<Timestamp> {
        self.passing.iter().map(|(_, until)| *until).min()
    }

    /// Every role that there is, the built-in ones first.
    pub fn role_names(&self) -> Vec<String> {
        let built_in = BUILT_IN.iter().map(|role| role.name.to_owned());
        built_in.chain(self.custom_roles.iter().map(ToString::to_string)).collect()
    }

    pub const fn rights(&self) -> Rights {
        Rights { permissions: self.permissions, limits: self.limits }
    }

    /// Whether this is likely to be allowed now.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission) && self.duty.is_none_or(|duty| duty.permits() == permission)
    }
}

/// What happened at the account's door before this session began.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Before {
    pub last_sign_in: Option<Sighting>,
    /// Failed tries since then.
    pub failed: u32,
    pub last_failure: Option<Sighting>,
    /// Where those came from: each address once, the newest first, and not more than
    /// [`Before::ADDRESSES`] of them.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// How often the right password was given, a code was asked for, and none came.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub codes_asked: u32,
    /// How many of the failed tries knew the password: a wrong code came behind it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub wrong_codes: u32,
    /// There were so many of those that no code was taken before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_refused_until: Option<Timestamp>,
    /// Who removed the second factor since the last sign-in, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor_removed: Option<(UserName, Timestamp)>,
    /// The last sign-in was made with a recovery code, which opens the door no more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovery_code_used: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Before {
    /// More addresses than anybody mistypes from.
    pub const ADDRESSES: usize = 5;

    /// Counts a failed try.
    pub fn fail(&mut self, failure: Sighting) {
        self.failed = self.failed.saturating_add(1);
        self.addresses.retain(|address| *address != failure.from);
        self.addresses.insert(0, failure.from);
        self.addresses.truncate(Self::ADDRESSES);
        self.last_failure = Some(failure);
    }

    /// What the owner of a second factor has to know of it, in sentences: somebody else may have the password.
    pub fn news_of_the_factor(&self) -> Vec<String> {
        let unanswered = match self.codes_asked {
            0 => None,
            1 => Some("Your password was given once without a code that followed.".to_owned()),
            count => Some(format!("Your password was given {count} times without a code that followed.")),
        };
        let wrong = match self.wrong_codes {
            0 => None,
            1 => {
                Some("A wrong code was given behind your password. If it was not you, change it.".to_owned())
            }
            count => Some(format!(
                "{count} wrong codes were given behind your password. If it was not you, change it."
            )),
        };
        let refused = self
            .codes_refused_until
            .map(|until| format!("After too many of them no code was taken until {}.", until.minute()));
        let recovery = self
            .recovery_code_used
            .then(|| "A recovery code was used at your last sign-in. It opens the door no more.".to_owned());
        let removed = self
            .factor_removed
            .as_ref()
            .map(|(by, at)| format!("Your second factor was removed by {by} on {}.", at.minute()));
        [removed, unanswered, wrong, refused, recovery].into_iter().flatten().collect()
    }
}

/// Somebody was at the door: when, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub at: Timestamp,
    pub from: IpAddr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tries_are_all_counted_and_some_addresses_kept() {
        let mut before = Before::default();
        for number in [1, 2, 3, 2, 4, 5, 6] {
            before.fail(Sighting { at: Timestamp::default(), from: [192, 0, 2, number].into() });
        }
        let kept: Vec<String> = before.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(kept, ["192.0.2.6", "192.0.2.5", "192.0.2.4", "192.0.2.2", "192.0.2.3"]);
        assert_eq!((before.failed, before.last_failure.unwrap().from), (7, [192, 0, 2, 6].into()));
    }
}
