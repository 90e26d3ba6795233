//! What stands around every screen and lies over it: bands, help, the menu, the lock, questions, farewells.

use std::fmt::Display;

use crate::domain::name::UserName;
use crate::domain::role::RoleName;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number::count;

// The window.
pub const BRAND: &str = " Passholder  ";

pub fn enlarge(columns: u16, rows: u16) -> String {
    format!("Enlarge the window\nto {columns} x {rows} or more")
}

// What was told.
pub fn message(by: &UserName, words: &str, more: &str) -> String {
    format!("{by}: {words} ({more})")
}

/// How many times, and how many of those sessions go on: what can be done about it.
pub fn signed_in(from: impl Display, client: &str, [times, go_on]: [usize; 2], more: &str) -> String {
    let times = if times == 1 { String::new() } else { format!(" {} times", count(times)) };
    let not_you = match (go_on, times.is_empty()) {
        (0, _) => "That is over. Not you? Change your password; F3 locks all your others.".to_owned(),
        (1, true) => "Not you? F2 ends that session, F3 locks all your others.".to_owned(),
        (1, false) => "Not you? F2 ends the one that goes on, F3 locks all your others.".to_owned(),
        (some, _) => format!("Not you? F2 ends the {} that go on, F3 locks all your others.", count(some)),
    };
    format!("You signed in{times} from {from} with {client}. {not_you} ({more})")
}

/// How to put away what was told, with how much waits behind it.
/// Short enough for the smallest window.
pub const NEWS_WAIT: &str = "News for you waits until this is done.";

pub fn put_away(behind: usize) -> String {
    match behind {
        0 => "F4\u{a0}puts\u{a0}this\u{a0}away".to_owned(),
        count => format!("F4\u{a0}next,\u{a0}{count}\u{a0}more"),
    }
}

pub fn those_ended(sessions: usize) -> String {
    match sessions {
        1 => "That session was ended.".to_owned(),
        some => format!("Those {} sessions were ended.", count(some)),
    }
}

pub fn locked_others(sessions: usize) -> String {
    format!("Locked: {sessions} of your sessions. This one goes on.")
}

// Time that runs out.
pub fn locks_in(left: &str) -> String {
    format!("Nobody has typed for a while: this locks in {left}. Any key keeps it open.")
}

pub fn ends_in(left: &str) -> String {
    format!("This session ends in {left} and cannot be extended. Finish what you are doing.")
}

// The lock.
pub const LOCKED: &str = "Locked";
pub const GO_ON: &str = "go on";

pub fn locked(name: &UserName, left: &str) -> String {
    format!("{name}, type your password to go on.\nIn {left} the session ends.")
}

// Help.
pub const KEYS: &str = " Keys ";
pub const ANY_KEY: &str = "any key";
pub const MORE_KEYS: Hint<'static> = ("↑ ↓", "more");
pub const WHILE_TYPING: &str = "While you type";
pub const EVERYWHERE: &str = "Everywhere";
pub const THIS_SCREEN: &str = "This screen";
pub const MOVE: &str = "Move";
pub const DIGITS: (&str, &str) = ("1-9 0", "screen by number");

// The menu.
pub const MENU: &str = " What would you like to do? ";
pub const DO_IT: Hint<'static> = ("Enter", "do it");
pub const NOTHING_CALLED: &str = "Nothing is called like this.";

pub fn user(name: &UserName, display_name: &str) -> String {
    format!("User {name}  {display_name}")
}

// Questions over the screen.
pub const THROW_AWAY: &str = "Throw away what you typed?";
pub const NOT_SAVED: &str = "It has not been saved.";
pub const DO_THROW_AWAY: Hint<'static> = ("Enter", "throw away");
pub const KEEP_IT: Hint<'static> = ("Esc", "keep it");
pub const HAVE_KEPT: &str = "Have you kept them?";
pub const SHOWN_ONCE: &str = "They are not shown again.";
pub const DO_LEAVE: Hint<'static> = ("Enter", "leave them");
pub const LOOK_AGAIN: Hint<'static> = ("Esc", "look again");
pub const STOP_WORK: &str = "Sign out while work goes on?";
pub const WORK_STOPS: &str = "What is done stays done; the rest is not begun.";
pub const DO_STOP: Hint<'static> = ("Enter", "stop it and sign out");
pub const STAY: Hint<'static> = ("Esc", "stay");

pub const GO_ON_THERE: &str = "Go on where you were?";
pub const DO_GO_ON: Hint<'static> = ("Enter", "go on there");
pub const STAY_HERE: Hint<'static> = ("Esc", "stay here");

pub fn was_lost(from: impl Display, when: &str, place: &str) -> String {
    format!("Your connection from {from} was lost {when}. You were on {place}.")
}

pub fn place(screen: &str, selected: Option<&str>) -> String {
    selected.map_or_else(|| screen.to_owned(), |selected| format!("{screen}, at {selected}"))
}

pub fn may_not_see(screen: &str) -> String {
    format!("You may not see {screen} any more.")
}

// What somebody may do is no longer the same.
pub const ROOM_NOW: &str = "There is room now. You are signed in.";
pub const PERMITS_CHANGED: &str = "What your roles permit has changed.";

pub fn were_yours(roles: &str, count: usize) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{roles} {verb} yours until now.")
}

pub fn roles_changed(roles: &str) -> String {
    format!("Your roles have changed: now {roles}.")
}

// Terminal, theme and mouse.
pub const NO_CLIPBOARD: &str = "This terminal has no clipboard.";

pub fn sent(what: &str) -> String {
    format!("Sent {what} to your clipboard.")
}

pub fn theme(name: &str) -> String {
    format!("Theme: {name}.")
}

pub fn mouse(how: &str) -> String {
    format!("Mouse: {how}.")
}

// Work that goes on behind the screens, and what became of it.
pub const WORK_BROKE_DOWN: &str = "The work broke down; what was done stays done.";
pub const F7_HAS_ALL: &str = " F7 has all of them.";
pub const THE_REPORT: &str = "the report";

pub fn place_in_report(first: usize, last: usize, of: usize) -> String {
    format!("; {}–{} of {}", count(first), count(last), count(of))
}

/// What came of it: how many were done, and who was refused.
pub fn worked(counted: &str, stopped: Option<(usize, usize)>, refused: &[String]) -> String {
    let so_far = stopped.map_or_else(String::new, |(done, of)| format!("Stopped after {done} of {of}: "));
    match refused {
        [] => format!("{so_far}{counted}."),
        [one] => format!("{so_far}{counted}; refused: {one}."),
        [first, others @ ..] => format!("{so_far}{counted}; refused: {first} and {} more.", others.len()),
    }
}

pub fn report(done: usize, refused: usize, not_begun: usize) -> String {
    let rest = if not_begun > 0 { format!(", {not_begun} not begun") } else { String::new() };
    format!("{} done, {} refused{rest}", count(done), count(refused))
}

// What an error means to whoever asked.
pub const CHOOSE_PASSWORD_FIRST: &str = "Choose a password first.";
pub const SET_UP_FACTOR_FIRST: &str = "Set up a second factor first.";
pub const IS_LOCKED: &str = "This session is locked.";
pub const TRY_AGAIN: &str = "This cannot be done right now; try again in a moment.";

pub fn there_is_no(what: &str) -> String {
    format!("There is no {what}; somebody may have deleted it.")
}

pub fn there_is_no_role(name: &RoleName) -> String {
    format!("There is no role named {name}.")
}

/// What is wrong with a field, where that alone would have no subject.
pub fn this(why: &str) -> String {
    format!("this {why}")
}

// Why this is the end.
pub const SIGNED_OUT: &str = "Signed out.";
pub const SHUTTING_DOWN: &str = "The server is shutting down.";
pub const BROKE_DOWN: &str = "The dashboard broke down; sign in again.";
pub const NO_ACCOUNT: &str = "No account was made.";
pub const TIME_IS_UP: &str = "The time for this form is up; connect again to start over.";
pub const NOBODY_THERE: &str =
    "No key was pressed for a while, so this form was closed; connect again to start over.";
