//! Account: my profile, how it looks, my password, and leaving.

use std::fmt::Display;

use crate::tui::widgets::hints::Hint;

// The facts.
pub const PROFILE: &str = "Profile";
pub const LOOKS: &str = "How it looks";
pub const THEME: &str = "Theme";
pub const MOUSE: &str = "Mouse";
pub const MOUSE_ON: &str = "on; Shift selects text";
pub const MOUSE_OFF: &str = "off; it selects text";

/// When the password was.
pub fn changed(when: &str) -> String {
    format!("changed {when}")
}

pub fn zone_by_default(zone: impl Display) -> String {
    format!("{zone}, as your terminal says or by default")
}

// Keys.
pub const TO_CHANGE_PASSWORD: Hint<'static> = ("p", "change password");
pub const TO_THEME: Hint<'static> = ("t", "theme");
pub const TO_ZONE: Hint<'static> = ("z", "time zone");
pub const TO_MOUSE: Hint<'static> = ("m", "mouse");

// The password.
pub const CHANGE_PASSWORD: &str = "Change password";
pub const CHANGE_MEANS: &str = "Your other sessions end when it is changed.";
pub const HAS_TO_CHANGE: &str = "This password has to be replaced. Choose your own to go on.";
pub const CURRENT: &str = "Current password";
pub const NEW: &str = "New password";
pub const TYPE_NEW: &str = "type a new password";
pub const NOT_THE_SAME: &str = "the two are not the same";
pub const WILL_DO: &str = "This will do.";
pub const ADVICE: &str = "Several words in a row are strong and easy to remember.";
pub const PASSWORD_CHANGED: &str = "Your password was changed; your other sessions have ended.";

// The time zone.
pub const ZONE_MEANS: &str = "Times are shown as they are there. Empty: as your terminal says, or UTC.";

// Leaving.
pub const LEAVE: &str = "Delete your account";
pub const TYPE_NAME: &str = "Type your user name";
pub const NEXT_DELETE: &str = "next, delete";
pub const NOT_BY_ONESELF: &str = "Only an administrator deletes accounts here.";

pub fn leave_means(keep: &str) -> String {
    format!("Your sessions end at once. For {keep} an administrator can restore it.")
}
