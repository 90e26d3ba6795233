//! The vault: the only room that holds data, and the only way to it.
//!
//! ```text
//! Dal::login(attempt)        -> Session      the door for who has an account
//! Dal::sign_up(application)  -> Session      the door for who makes one
//! Session::verify().await    -> Verified     reads session and user from the store, now
//! Verified::users(self)      -> Users        a proof is spent by one operation
//! Users::list(self, query)   -> Page<UserRow>
//! ```
//!
//! The first line of every operation is `require(permission)`, and what it answers is the store:
//! an operation that forgets the check has nothing to read from. What leaves is a DTO that holds
//! what this viewer may see, never a record.
//!
//! May not enter: screens, commands, SSH. Look next at [`gate`], then at [`users`].

pub mod account;
pub mod audit;
mod change;
mod error;
pub mod fsck;
pub mod gate;
mod index;
pub mod invites;
mod live;
mod lock;
pub mod locks;
mod login;
pub mod overview;
pub mod playground;
pub mod policy;
mod records;
mod recover;
pub mod roles;
pub mod second_factor;
#[cfg(feature = "seed")]
mod seed;
pub mod sessions;
pub mod sign_up;
mod spent;
mod store;
mod sweeper;
#[cfg(test)]
pub mod test_house;
pub mod users;

pub use error::{DalError, LoginError};
pub use gate::{Dal, Engine, Parts, Playground, Session, Verified};
pub use live::{Messages, OpenDashboard, RunningCommand};
pub use login::{Attempt, HalfProven};
pub use recover::{Recovered, Recovery};
#[cfg(feature = "seed")]
pub use seed::{Crowd, SeededSeat};
pub use store::{CommitLatency, Health};
pub use sweeper::{AT_ONCE as SWEPT_AT_ONCE, Round};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; `None` at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
