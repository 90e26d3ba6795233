//! What is said where the dashboard is read line by line.

use crate::domain::name::UserName;

// At first.
pub const HOW: &str =
    "Type a key and Enter; \"keys\" lists them, \"read\" reads the screen again, \"quit\" signs out.";
pub const HOW_TYPING: &str =
    "Type what the prompt asks for, and Enter; \"/keys\" lists what else can be typed.";

pub fn greeting(title: &str, who: &str, how: &str) -> String {
    format!("Passholder. {title}. Signed in as {who}. {how}")
}

pub fn sign_up(what_for: &str) -> String {
    format!("Passholder. Sign up. {what_for}")
}

// What a line came to.
pub const NOTHING_CHANGED: &str = "Nothing changed.";
pub const UNLOCKED: &str = "Unlocked.";
pub const WORKING: &str = "Working.";
pub const BACK: &str = "Back.";
pub const NOT_UNDERSTOOD: &str = "Not understood. \"keys\" lists what can be typed.";
pub const NOT_UNDERSTOOD_SIGN_UP: &str = "Not understood. \"/keys\" lists what can be typed.";
pub const NOT_UNDERSTOOD_TYPING: &str =
    "Not understood. /keys lists what can be typed; // begins a text with a slash.";

pub fn title(title: &str) -> String {
    format!("{title}.")
}

pub fn wrong(label: &str, why: &str) -> String {
    format!("{label}: {why}")
}

pub fn suggested(phrase: &str) -> String {
    format!("Suggested password: {phrase}. An empty line takes it.")
}

// Prompts.
pub const ENTER_OR_ESC: &str = "Enter or esc: ";

pub fn prompt(label: &str) -> String {
    format!("{label}: ")
}

/// The prompt of a field, with what is in it as far as that may be read.
pub fn field_prompt(label: &str, value: &str, is_masked: bool) -> String {
    match (is_masked, value) {
        (true, "") => format!("{label}, not shown: "),
        (true, _) => format!("{label}, filled in, not shown: "),
        (false, "") => prompt(label),
        (false, value) => format!("{label}; now {value}: "),
    }
}

// What happens by itself.
pub const NOT_YOU: &str = "Not you? f2 ends that session, f3 locks all your others, esc puts this away; \
                           in a form with a slash before it.";

pub const NOT_YOU_OVER: &str = "That is over. Not you? Change your password; f3 locks all your others, esc puts this away; \
                                in a form with a slash before it.";

pub fn message(by: &UserName, words: &str) -> String {
    format!("Message from {by}: {words}")
}

/// Where from, and with what.
pub fn whence(address: std::net::IpAddr, client: &str) -> String {
    format!("from {address} with {client}")
}

pub fn signed_in(whence: &str) -> String {
    format!("You signed in {whence}.")
}

pub fn still_locked(left: &str) -> String {
    format!("Still locked: in {left} the session ends.")
}

// How a drawn screen is read.
pub const ONE_ROW: &str = "1 row.";
pub const EMPTY: &str = "empty";
pub const NOT_SHOWN: &str = "filled in, not shown";

pub fn rows(rows: usize) -> String {
    format!("{rows} rows.")
}

pub fn columns(titles: &str) -> String {
    format!("Columns: {titles}.")
}

pub fn selected(row: &str) -> String {
    format!("Selected: {row}")
}

pub fn keys_are(hints: &str) -> String {
    format!("Keys: {hints}.")
}

// The signs of keys.
pub const RIGHT: &str = "right";
pub const LEFT: &str = "left";
pub const UP: &str = "up";
pub const DOWN: &str = "down";

/// `page down: ten down`
pub fn key(names: &[String], what: &str) -> String {
    format!("{}: {what}", names.join(" or "))
}

// What can be typed.
pub const TYPE_A_KEY: &str = "Type a key or its words, then Enter.";
pub const ROW_BY_NAME: &str = "The beginning of a row, or row and its number, selects it.";
pub const SLASH_SEARCHES: &str = "/text: search for it, where there is something to search.";
pub const READ_AND_QUIT: &str = "read: the whole screen again. quit: sign out.";

pub fn screens(titles: &str) -> String {
    format!("Screens, by number or name: {titles}.")
}

pub const IN_A_FIELD: [&str; 8] = [
    "The line that you type becomes the text of the field; Enter goes on to the next, or does it.",
    "An empty line leaves the field as it is.",
    "/esc: go back without doing it",
    "/up: the field before",
    "/clear: empty the field",
    "/read: the whole screen again",
    "//: a text that begins with a slash",
    "/quit: sign out",
];

pub const IN_SIGN_UP: [&str; 3] = [
    "What is asked for, and Enter. An empty line leaves a field as it is.",
    "/suggest makes up a passphrase and reads it out. /back goes to the field before. /quit leaves.",
    "// begins a text with a slash.",
];
