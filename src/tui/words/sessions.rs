//! Sessions: one's own, everybody's, and those of which one has to end.

use std::fmt::Display;

use crate::domain::name::UserName;
use crate::tui::widgets::hints::Hint;

// The lists.
pub const SEARCH: &str = "Sessions with";
pub const SEARCH_HINT: &str = "a user, an address or a client";
pub const NONE: &str = "No live session is like this.";
pub const MINE: &str = "Your sessions, newest first";
pub const EVERYBODYS: &str = "Everybody's sessions";
pub const SURPLUS: &str = "End one to go on (x), or leave (q)";
pub const DOING_OR_ENDED: &str = "Doing, or how it ended";
pub const THIS_ONE: &str = "this one";
pub const THE_HANDLE: &str = "the session's handle";

pub fn and_you(user: &UserName) -> String {
    format!("{user} (you)")
}

// Keys.
pub const TO_END: Hint<'static> = ("x", "end");
pub const TO_END_OTHERS: Hint<'static> = ("o", "end all others");
pub const TO_SORT: Hint<'static> = ("s", "sort");
pub const TO_TELL: Hint<'static> = ("m", "message");
pub const TO_END_ALL_OF: Hint<'static> = ("u", "all of user");

// One of them.
pub const SESSION: &str = "Session";
pub const LIVE_THIS: &str = "live, this one";
pub const ENDED: &str = "Ended";
pub const WHY: &str = "Why";
pub const WHERE_FROM: &str = "Where from";
pub const ADDRESS: &str = "Address";
pub const TERMINAL: &str = "Terminal";
pub const NOW: &str = "Now";
pub const LOCKED: &str = "locked";
pub const NOTHING: &str = "nothing";
pub const LAST_KEY: &str = "Last key";
pub const WINDOW: &str = "Window";
pub const TYPED: &str = "Typed";
pub const DRAWN: &str = "Drawn";
pub const NO_TERMINAL: &str = "none";

pub fn terminal(name: &str, columns: impl Display, rows: impl Display) -> String {
    format!("{name}, {columns} x {rows} at first")
}

pub fn window(columns: u16, rows: u16) -> String {
    format!("{columns} x {rows}")
}

pub fn bytes(count: &str) -> String {
    format!("{count} bytes")
}

// What is asked: titles, what comes of it, and what Enter does.
pub const TYPE_EVERYBODY: &str = "Type everybody to be sure";
pub const MESSAGE: &str = "Message";
pub const DO_SEND: &str = "send";
pub const DO_END: &str = "end";
pub const END_THIS: &str = "End this session";
pub const END_THIS_MEANS: &str = "It is the one that you are in.";
pub const END_ALL_OF_MEANS: &str = "Their connections are closed at once.";
pub const END_OTHERS: &str = "End all your other sessions";
pub const END_OTHERS_MEANS: &str = "Their connections are closed at once; this one stays.";
pub const END_EVERYBODYS: &str = "End all sessions but yours";
pub const END_EVERYBODYS_MEANS: &str = "Sessions of people who may do more than you stay.";
pub const TELL_EVERYBODY: &str = "Message to everybody";

pub fn end_one_of(user: &UserName) -> String {
    format!("End a session of {user}")
}

pub fn end_one_means(from: impl Display, client: &str) -> String {
    format!("From {from} with {client}.\nIts connection is closed at once.")
}

pub fn end_all_of(whom: impl Display) -> String {
    format!("End all sessions of {whom}")
}

pub fn tell(name: &UserName) -> String {
    format!("Message to {name}")
}

// What was done.
pub const TOLD: &str = "The message is on its way.";

pub fn ended(count: usize) -> String {
    match count {
        1 => "1 session was ended.".to_owned(),
        count => format!("{count} sessions were ended."),
    }
}

/// With those that were left alone.
pub fn ended_but(count: usize, skipped: usize) -> String {
    match skipped {
        0 => ended(count),
        1 => format!("{} One stays: its user may do more than you.", ended(count)),
        more => format!("{} {more} stay: their users may do more than you.", ended(count)),
    }
}

pub fn told(sessions: usize) -> String {
    format!("The message is on its way to {sessions} sessions.")
}
