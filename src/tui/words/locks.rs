//! Locks: what is closed after too many failures, and letting it in again.

use crate::domain::name::UserName;
use crate::tui::widgets::hints::Hint;
use std::fmt::Display;

// The list.
pub const SEARCH: &str = "Locks of";
pub const SEARCH_HINT: &str = "a user or an address";
pub const HEADING: &str = "Closed after too many failures";
pub const NONE: &str = "Nothing is closed.";
pub const CLOSED: &str = "Closed";
pub const TO: &str = "To";
pub const LAST_FROM: &str = "Last from";
pub const TO_LIFT: Hint<'static> = ("x", "lift");
pub const THE_ADDRESS: &str = "the address";
pub const THE_USER: &str = "the user name";

// One of them.
pub const LOCK: &str = "Lock";
pub const ADDRESS: &str = "Address";
pub const CLOSED_TO: &str = "Closed to";
pub const OPENS: &str = "Opens";
pub const MEANS: &str = "Means";
pub const WHAT_FAILED: &str = "What failed";
pub const FAILURES: &str = "Failures";
pub const LAST: &str = "Last";
pub const OPENED_BY_HAND: &str = "when somebody lifts it, or resets the password";

// To whom it is closed.
pub const NEW_ADDRESSES: &str = "new addresses";
pub const KNOWN_ADDRESS: &str = "a known address";
pub const CODES: &str = "codes";
pub const THIS_ADDRESS: &str = "this address";
pub const USER_MEANS: &str =
    "the right password is refused too, but not from where the user has signed in lately";
pub const KNOWN_MEANS: &str =
    "the right password is refused too from this address, where the user has signed in lately";
pub const CODES_MEAN: &str =
    "behind the right password no code is taken, from wherever it comes: somebody else may know the password";
pub const SOURCE_MEANS: &str = "connections are refused before anything is asked";

/// `new addresses, opens in 12 min`
pub fn closed_to(whom: &str, opens: &str) -> String {
    format!("{whom}, opens {opens}")
}

// What is asked, and what was done.
pub const DO_LIFT: &str = "lift";

pub fn lift(closed: &str) -> String {
    format!("Lift the lock on {closed}")
}

pub fn lifts_user(name: &UserName) -> String {
    format!("{name} can sign in again from everywhere, as if nothing had failed.")
}

pub fn lifts_source(source: impl Display) -> String {
    format!("Connections from {source} are let in again, as if nothing had failed.")
}

pub fn lifted(closed: &str) -> String {
    format!("The lock on {closed} was lifted.")
}
