//! A server to test against, and people at their terminals.

pub mod authenticator;
pub mod cast;
pub mod desk;
pub mod dice;
pub mod front;
pub mod glyphs;
pub mod house;
pub mod person;
pub mod picture;
pub mod program;
pub mod raw;
pub mod server;
pub mod views;

use std::time::Duration;

use passholder::domain::name::UserName;
use passholder::domain::policy::{AccountDelays, Argon2Cost, Policy, SourcePenalties};

/// How long a test waits for what must happen: far longer than it takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A password that is long enough and on nobody's list.
pub const PASSWORD: &str = "heron lantern quilt marble 7";

pub fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// Hashes that cost next to nothing: at their real price they would be most of what tests do. The
/// program, when it is tested as a process, runs at the real one.
pub const CHEAP: Argon2Cost = Argon2Cost { memory: 8, passes: 1, lanes: 1 };

/// The defaults, but quick to hash, with room for many sessions of one user, and for many failures: all tests
/// come from one address, and some of the clocks stand still.
pub fn roomy() -> Policy {
    let none = Duration::ZERO;
    Policy {
        argon2: CHEAP,
        session_cap: 1_000,
        admin_session_cap: 1_000,
        account_delays: AccountDelays { first: none, second: none, ..AccountDelays::default() },
        source_penalties: SourcePenalties { failures: 1_000_000, ..SourcePenalties::default() },
        ..Policy::default()
    }
}
