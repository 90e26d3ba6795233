//! Sign-up: the form of somebody who makes an account, and the lobby that it stands in.

use crate::domain::name::UserName;
use crate::tui::widgets::hints::Hint;

// The lobby.
pub const BRAND: &str = "Passholder";
pub const TITLE: &str = "Sign up";
pub const LEAVE_LOSES: &str = "Press ^C to leave; what you typed is lost then.";
pub const YOUR_OWN: &str = "Make an account of your own; you are signed in at once.";
pub const INVITED: &str = "You are invited. Make your account; you are signed in at once.";

pub fn title_of(name: &UserName) -> String {
    format!("{TITLE} › {name}")
}

pub fn invited_as(name: &UserName) -> String {
    format!("You are invited as {name}. Make your account; you are signed in at once.")
}

/// So long before it closes.
pub fn closes_in(seconds: u64) -> String {
    format!("This form closes in {seconds} s; any key keeps it open.")
}

/// A name that an invite gives, and that cannot be had.
pub fn ask_for_another(name: &str, why: &str) -> String {
    format!("{name}: {why}; ask whoever invited you for another invite")
}

// Keys.
pub const TO_SIGN_UP: Hint<'static> = ("Enter", "sign up");
pub const TO_LEAVE: Hint<'static> = ("^C", "leave");

// The fields.
pub const EMPTY_NAME: &str = "Display name (empty: the user name)";
pub const TYPE_NAME: &str = "type a user name";
pub const TYPE_PASSWORD: &str = "type a password";
pub const NOT_THE_SAME: &str = "is not the same";
