//! What can go wrong behind the gate, in sentences that are safe to show.

use crate::auth::password::HashError;
use crate::domain::name::UserName;
use crate::domain::role::{Permission, RoleName, given_by};
use crate::domain::session::{Duty, Ended};
use crate::domain::time::Timestamp;

use super::login::HalfProven;
use super::store::StoreError;
use super::users::Revision;

/// Why an operation was not done. What happened inside goes to the log, once, when it happens.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DalError {
    #[error("{0}")]
    SessionEnded(Ended),
    /// `held_by` are the roles that would give what is missing.
    #[error("you may not do this: it needs {needs}{}", given_by(held_by))]
    Forbidden { needs: Permission, held_by: Vec<RoleName> },
    /// Nobody acts on somebody who holds something that they do not hold themselves.
    #[error("this account holds more than you do: {needs}{}", given_by(held_by))]
    HoldsMore { needs: Permission, held_by: Vec<RoleName> },
    /// Nobody gives, nor takes, what lasts longer than their own account.
    #[error("your own account ends at {}: what lasts longer is for others to decide", end.minute())]
    Outlives { end: Timestamp },
    #[error("there is no role named {name}; see `roles list`")]
    NoRole { name: RoleName },
    /// Also the answer for what the caller may not see.
    #[error("there is no {what}")]
    NotFound { what: String },
    #[error("{what}")]
    Conflict { what: String },
    /// Somebody else changed the same thing since it was looked at. Who has seen what it is now passes the
    /// revision on, and is not stopped by this change again.
    #[error("{by} changed {what} at {}; look before you save", at.minute())]
    Changed { by: UserName, at: Timestamp, what: String, revision: Revision },
    #[error("{field} {why}")]
    Invalid { field: &'static str, why: String },
    #[error("choose a password first: sign in to the dashboard, which asks for it")]
    MoreProof,
    #[error("set up a second factor first: sign in to the dashboard, which asks for it")]
    FactorWanted,
    #[error("you have as many sessions as are allowed ({cap}): end one of them first")]
    TooManySessions { cap: usize },
    #[error("this session is locked: unlock it on its screen, with the password")]
    Locked,
    #[error("this cannot be done right now; try again in a moment")]
    Unavailable,
}

impl DalError {
    pub(super) fn invalid(field: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Invalid { field, why: why.to_string() }
    }

    /// Every try met somebody else's change.
    pub(super) fn busy() -> Self {
        Self::Conflict { what: "others keep changing this; try again".to_owned() }
    }
}

/// Why nobody was let in. The same for a wrong name, a wrong password and a closed account, but to who gave
/// its right password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    #[error("access denied")]
    Denied,
    /// The password was right, and the account is closed: one sentence for its owner, who may read it.
    #[error("{told}")]
    Closed { told: String },
    /// The password was right, and opens nothing without a code behind it: the first one, or another one.
    #[error("a code is needed")]
    CodeWanted(HalfProven),
    #[error("sign-in is not possible right now; try again in a moment")]
    Unavailable,
}

impl From<Duty> for DalError {
    fn from(duty: Duty) -> Self {
        match duty {
            Duty::EndASession { cap } => Self::TooManySessions { cap },
            Duty::ChooseAPassword => Self::MoreProof,
            Duty::SetUpASecondFactor => Self::FactorWanted,
        }
    }
}

impl From<StoreError> for DalError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => {
                Self::Conflict { what: "somebody else changed this meanwhile; look again".to_owned() }
            }
            StoreError::Unavailable(_)
            | StoreError::Indeterminate(_)
            | StoreError::Full(_)
            | StoreError::Corrupt { .. }
            | StoreError::Invalid(_)
            | StoreError::Denied(_) => {
                tracing::error!(%error, "store");
                Self::Unavailable
            }
        }
    }
}

impl From<HashError> for DalError {
    fn from(error: HashError) -> Self {
        tracing::warn!(%error, "hashing");
        Self::Unavailable
    }
}

impl From<StoreError> for LoginError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        Self::Unavailable
    }
}

impl From<HashError> for LoginError {
    fn from(error: HashError) -> Self {
        tracing::warn!(%error, "hashing");
        Self::Unavailable
    }
}
