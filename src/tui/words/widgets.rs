//! What widgets and lists say about themselves, whatever they show.

use std::fmt::Display;

use crate::domain::role::Permission;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number::{count, thousands};

// Lists.
/// The keys of a list, where no character is an arrow.
pub const UP_DOWN: &str = "Up Down";
pub const LOOK_FURTHER: Hint<'static> = ("→", "look further");
pub const NOTHING_YET: &str = "Nothing found so far.";
pub const COLUMNS: &str = "Columns";
pub const SHOW_OR_HIDE: Hint<'static> = ("Enter", "show or hide");

pub fn page(number: usize) -> String {
    format!("page {}", count(number))
}

pub fn marked(rows: usize) -> String {
    format!("{} marked", count(rows))
}

/// Where there are more pages, and nobody has counted what is on them.
pub fn at_least(rows: usize) -> String {
    format!("at least {}", count(rows))
}

/// The same, where the last row that is known is seen.
pub fn and_more(first: usize, last: usize) -> String {
    format!("{}–{}, more follow", count(first), count(last))
}

/// `1–20 of at least 50`
pub fn place(first: usize, last: usize, total: &str) -> String {
    format!("{}–{} of {total}", count(first), count(last))
}

/// `1–20 of 50`, in plain digits.
pub fn some_of(first: usize, last: usize, all: usize) -> String {
    format!("{first}–{last} of {all}")
}

// Nothing to show.
pub const LOADING: &str = "Loading…";

pub fn denied(needs: Permission, held_by: impl Display) -> String {
    format!("You may not see this: it needs {needs}{held_by}.")
}

// Fields.
pub fn at_most(characters: usize) -> String {
    format!("must be at most {characters} characters")
}

// How strong a password is.
pub const VERY_WEAK: &str = "very weak";
pub const WEAK: &str = "weak";
pub const FAIR: &str = "fair";
pub const GOOD: &str = "good";
pub const STRONG: &str = "strong";

// Pictures.
pub const NO_READING: &str = "nothing yet";

pub fn readings(now: u64, min: u64, max: u64) -> String {
    format!("now {}  min {}  max {}", thousands(now), thousands(min), thousands(max))
}

pub fn of(some: u64, all: u64) -> String {
    format!("{} of {}", thousands(some), thousands(all))
}

pub fn full(some: u64, all: u64) -> String {
    format!("{}, full", of(some, all))
}

// Work.
pub const STOP: Hint<'static> = ("F8", "stop");
pub const LEAVE_RUNNING: Hint<'static> = ("Esc", "leave it running");
pub const STOPPING: &str = "stopping…";
pub const FINISHED: &str = "done";
pub const CANCELLED: &str = "cancelled";

pub fn per_second(rate: u64) -> String {
    format!("{}/s", thousands(rate))
}

pub fn left(time: &str) -> String {
    format!("{time} left")
}

pub fn seconds(seconds: u64) -> String {
    format!("{seconds} s")
}

pub fn minutes(minutes: u64) -> String {
    format!("{minutes} min")
}

pub fn hours(hours: u64) -> String {
    format!("{} h", thousands(hours))
}
