//! Where the words of the dashboard live: what a screen says stands here, and the screen says when.
//!
//! One file for each screen or part; this one has what several of them say, so that it is said the same
//! everywhere. A screen takes its own as `use crate::tui::words::users as say`, and these as `words`.
//! Constants, and small functions where something is put in: how many there are of one or of many is their
//! affair too.
//!
//! # The voice
//!
//! Plain and short. What is so, and what one may do about it; nobody is blamed: "must begin with a letter",
//! not "invalid input". Whole sentences with a full stop for what happened; labels and titles begin with a
//! capital and have no stop; hints, and what stands behind a label, are small. No exclamation marks. Keys are
//! written as they stand on the keyboard, `^Z` with the sign for Ctrl. The terms of the house and no others:
//! user, session, role, permission, invite, lock, rule, policy, sign in, sign out; one *ends* a session,
//! *disables* a user, *revokes* an invite, *lifts* a lock.
//!
//! # What is not here
//!
//! Errors of `domain` and `dal` have their words with their types, and what each table has in a row is said
//! there: the keymap and the actions of a screen ([`Action`](super::keymap::Action)), the titles of the
//! screens ([`SCREENS`](super::screens::SCREENS)), the rules of the policy. `tests/layers.rs` sees to it that
//! no sentence stands anywhere else.

pub mod account;
pub mod audit;
pub mod frame;
pub mod home;
pub mod invites;
pub mod locks;
pub mod plain;
pub mod policy;
pub mod roles;
pub mod second_factor;
pub mod sessions;
pub mod sign_up;
pub mod system;
pub mod users;
pub mod widgets;

use super::widgets::hints::Hint;

// Keys.
pub const OPEN: Hint<'static> = ("Enter", "open");
pub const SAVE: Hint<'static> = ("Enter", "save");
/// In a search: the list has the keyboard again.
pub const DONE: Hint<'static> = ("Enter", "done");
pub const BACK: Hint<'static> = ("Esc", "back");
/// In a search: everything that the filter left out.
pub const SHOW_ALL: Hint<'static> = ("Esc", "show all");
pub const SEARCH: Hint<'static> = ("/", "search");
pub const COPY: Hint<'static> = ("y", "copy");
pub const COMPLETE: Hint<'static> = ("→", "complete");
pub const NEXT_PAGE: Hint<'static> = ("→", "next page");
pub const PAGE_BEFORE: Hint<'static> = ("←", "page before");
pub const NEXT_SCREEN: Hint<'static> = ("Tab", "next screen");
pub const READ_AGAIN: Hint<'static> = ("F5", "read again");
pub const SCROLL: Hint<'static> = ("↑↓", "scroll");
pub const HELP: Hint<'static> = ("?", "help");
pub const MENU: Hint<'static> = (":", "menu");
pub const SIGN_OUT: Hint<'static> = ("q", "sign out");
/// A secret was shown once.
pub const PASSED_ON: Hint<'static> = ("Enter", "I have passed it on");
/// Of a password that is being chosen.
pub const SUGGEST: Hint<'static> = ("^G", "suggest");
pub const SHOW_HIDE: Hint<'static> = ("^T", "show, hide");

/// The keys of the last three of what every screen knows, where letters are text.
pub const HELP_TYPING: Hint<'static> = ("F1", HELP.1);
pub const MENU_TYPING: Hint<'static> = ("^K", MENU.1);
pub const SIGN_OUT_TYPING: Hint<'static> = ("^C", SIGN_OUT.1);

/// What Enter does while the answer is on its way.
pub const WORKING: &str = "working…";

/// Behind what was done and can be undone.
pub const TAKES_BACK: &str = " ^Z takes it back.";

// Labels and headings.
pub const USER: &str = "User";
pub const NAME: &str = "Name";
pub const USER_NAME: &str = "User name";
pub const DISPLAY_NAME: &str = "Display name";
pub const PASSWORD: &str = "Password";
pub const AGAIN: &str = "The same again";
pub const ROLE: &str = "Role";
pub const ROLES: &str = "Roles";
pub const PERMISSION: &str = "Permission";
pub const MAY: &str = "May";
pub const STATE: &str = "State";
pub const CREATED: &str = "Created";
pub const LAST_SIGN_IN: &str = "Last sign-in";
pub const FAILED_SINCE: &str = "Failed tries since";
pub const LAST_FAILED: &str = "Last failed try";
pub const HANDLE: &str = "Handle";
pub const SINCE: &str = "Since";
pub const ENDS: &str = "Ends";
pub const FROM: &str = "From";
pub const IDLE: &str = "Idle";
pub const AGE: &str = "Age";
pub const DOING: &str = "Doing";
pub const CLIENT: &str = "Client";
pub const PROVEN_BY: &str = "Proven by";
pub const TIME_ZONE: &str = "Time zone";

/// Whose doing it was, and when.
pub fn by(name: &crate::domain::name::UserName, when: &str) -> String {
    format!("by {name}, {when}")
}

/// `in 7 h`
pub fn in_time(time: &str) -> String {
    format!("in {time}")
}

/// Where from, of an address and a port.
pub fn port(address: std::net::IpAddr, port: u16) -> String {
    format!("{address} port {port}")
}

/// What has to be typed before something that cannot be taken back.
pub fn be_sure(what: impl std::fmt::Display) -> String {
    format!("type {what} to be sure")
}

/// What was done, and that it can be undone where it can.
pub fn with_undo(done: &str, can_be_undone: bool) -> String {
    format!("{done}{}", if can_be_undone { TAKES_BACK } else { "" })
}

// Somebody else changed the same meanwhile.
pub const CHANGED_MEANWHILE: &str = "Changed meanwhile";
pub const SAVE_YOURS: Hint<'static> = ("s", "save yours");

/// `what` is `the roles to operator`.
pub fn theirs(by: &crate::domain::name::UserName, what: &str, at: &str, mine: &str) -> String {
    format!("{by} changed {what}.\n{at}\n\nYours: {mine}")
}
