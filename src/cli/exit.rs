//! What `ssh` exits with, and the words on stderr.

use crate::dal::DalError;

use super::Output;

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Ok = 0,
    Usage = 2,
    SessionEnded = 3,
    Forbidden = 4,
    NotFound = 5,
    Conflict = 6,
    Unavailable = 7,
    MoreProof = 8,
}

impl Exit {
    pub const fn code(self) -> u32 {
        self as u32
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub enum Failure {
    /// The words were wrong, before anything was done.
    Usage(String),
    /// Not a failure at all: help was asked for.
    Help(String),
    Dal(DalError),
    /// Some of many was not done: the words, and the status of the first of it.
    Partly(String, Exit),
    /// The client has gone.
    Gone,
}

impl From<DalError> for Failure {
    fn from(error: DalError) -> Self {
        Self::Dal(error)
    }
}

impl Failure {
    /// Says it, and names the exit status.
    pub async fn tell(self, out: &mut Output) -> Exit {
        match self {
            Self::Usage(words) => {
                out.error(&words).await;
                Exit::Usage
            }
            Self::Help(words) => {
                let _ = out.print(&words).await;
                Exit::Ok
            }
            Self::Dal(error) => {
                out.error(&error.to_string()).await;
                exit(&error)
            }
            Self::Partly(words, exit) => {
                out.error(&words).await;
                exit
            }
            Self::Gone => Exit::Ok,
        }
    }
}

/// What `ssh` exits with for an error.
pub fn exit(error: &DalError) -> Exit {
    match error {
        DalError::SessionEnded(_) => Exit::SessionEnded,
        DalError::Forbidden { .. } | DalError::HoldsMore { .. } | DalError::Outlives { .. } => {
            Exit::Forbidden
        }
        DalError::NotFound { .. } => Exit::NotFound,
        DalError::Conflict { .. } | DalError::Changed { .. } | DalError::TooManySessions { .. } => {
            Exit::Conflict
        }
        DalError::Invalid { .. } | DalError::NoRole { .. } => Exit::Usage,
        DalError::MoreProof | DalError::FactorWanted | DalError::Locked => Exit::MoreProof,
        DalError::Unavailable => Exit::Unavailable,
    }
}
