//! What a session is made of, apart from its record.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::id::{Handle, UserId};
use super::name::{DisplayName, UserName};
use super::role::{Permission, Permissions, RoleName};
use super::text;
use super::time::Timestamp;

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    Password,
    KeyboardInteractive,
}

impl Method {
    /// For people, who need not know how a password travelled.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Password | Self::KeyboardInteractive => "password",
        }
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

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    SignedOut,
    Expired,
    Revoked,
    UserDisabled,
    UserDeleted,
    PasswordChanged,
    PasswordReset,
    ServerStopped,
    ConnectionLost,
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

impl Ended {
    /// `revoked by admin`, for a list.
    pub fn briefly(&self) -> String {
        let what = match self.reason {
            EndReason::SignedOut => "signed out",
            EndReason::Expired => "expired",
            EndReason::Revoked => "revoked",
            EndReason::UserDisabled => "user disabled",
            EndReason::UserDeleted => "user deleted",
            EndReason::PasswordChanged => "password changed",
            EndReason::PasswordReset => "password reset",
            EndReason::ServerStopped => "server stopped",
            EndReason::ConnectionLost => "connection lost",
        };
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
            EndReason::Expired => ("Your session has reached its end", " Sign in again."),
            EndReason::Revoked => ("Your session was ended", ""),
            EndReason::UserDisabled => ("Your account was disabled", ""),
            EndReason::UserDeleted => ("Your account was deleted", ""),
            EndReason::PasswordChanged => ("Your password was changed", " Sign in with the new one."),
            EndReason::PasswordReset => ("Your password was reset", " Sign in with the one-time password."),
            EndReason::ServerStopped => ("The server is shutting down", ""),
            EndReason::ConnectionLost => ("The connection was lost", ""),
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

/// What somebody in charge said to a session, as a notice on its screens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub at: Timestamp,
    pub by: UserName,
    pub words: text::Line,
}

/// What a connection remembers of its session: good for drawing, proof of nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    pub user: UserId,
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    pub permissions: Permissions,
    /// Nothing but a new password is possible until one is chosen.
    pub must_change_password: bool,
    pub handle: Handle,
    pub visitor: Visitor,
    pub method: Method,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// The sign-in before this one, and what failed since.
    pub before: Before,
}

impl Claims {
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }
}

/// What happened at the account's door before this session began.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Before {
    pub last_sign_in: Option<Sighting>,
    /// Failed tries since then.
    pub failed: u32,
    pub last_failure: Option<Sighting>,
}

/// Somebody was at the door: when, and from where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub at: Timestamp,
    pub from: IpAddr,
}
