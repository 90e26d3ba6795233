//! Home: who I am, this session, what happened at my door, and how the house is.

use std::fmt::Display;

use crate::domain::role::RoleName;

// The facts.
pub const YOU: &str = "You";
pub const THIS_SESSION: &str = "This session";
pub const SERVER: &str = "Server";
pub const USERS: &str = "Users";
pub const FAILED_IN_A_DAY: &str = "Failed in 24 h";
pub const BEFORE: &str = "Before this session";
pub const FIRST_ONE: &str = "this is the first one";
pub const CAME_FROM: &str = "They came from";

pub fn held_until(role: &RoleName, until: &str) -> String {
    format!("{role} until {until}")
}

/// `3 h ago from 192.0.2.7`
pub fn sighting(ago: &str, from: impl Display) -> String {
    format!("{ago} from\u{a0}{from}")
}

// The way on for somebody who sees nothing of the server.
pub const FROM_HERE: &str = "From here";
pub const ANYTHING_ELSE: &str = "Anything else";
pub const ALL_KEYS: &str = "All keys";

pub fn press(key: impl Display) -> String {
    format!("press {key}")
}

// The charts.
pub const LIVE_SESSIONS: &str = "Live sessions";
pub const BY_THE_HOUR: &str = "Sign-ins by the hour";
pub const LAST_DAY: &str = "Last 24 hours";
pub const SIGN_INS: &str = "sign-ins";
pub const FAILED: &str = "failed";
pub const FAILED_FROM: &str = "Failed sign-ins came from";
pub const NOWHERE: &str = "nowhere: there were none";

// The first steps.
pub const FIRST_STEPS: &str = "First steps";
pub const PUT_AWAY: &str = "f puts this away";
pub const A_PASSWORD: &str = "choose a password";
pub const SOMEBODY: &str = "create somebody: n on Users";
pub const AN_INVITE: &str = "invite somebody: n on Invites";
pub const SECOND_ADMIN: &str = "a second administrator";
pub const THE_POLICY: &str = "set the policy: e on Policy";
pub const A_FACTOR: &str = "a second factor: s on Account";
pub const A_ZONE: &str = "your time zone: z on Account";
