//! The second factor: setting it up, its recovery codes, and removing it.

use crate::dal::second_factor::FactorState;
use crate::tui::widgets::hints::Hint;

// On Account.
pub const SECOND_FACTOR: &str = "Second factor";
pub const RECOVERY: &str = "Recovery";
/// What happened with them at the door.
pub const CODES: &str = "Codes";
pub const RULES: &str = "Rules";
pub const NONE: &str = "none; a sign-in needs the password alone";
pub const DEMANDED: &str = "everybody with your roles has to have one";

pub const TO_SET_UP: Hint<'static> = ("s", "second factor");
pub const TO_RENEW: Hint<'static> = ("n", "new codes");

pub fn authenticator(since: &str) -> String {
    format!("an authenticator, since {since}")
}

pub fn left(codes: usize) -> String {
    match codes {
        0 => "no code is left; make new ones".to_owned(),
        1 => "1 code is left; make new ones soon".to_owned(),
        codes => format!("{codes} codes are left"),
    }
}

/// Whether so few are left that it is worth noticing.
pub const fn are_few(state: &FactorState) -> bool {
    matches!(state, FactorState::On { recovery_left: 0..=1, .. })
}

// Setting it up.
pub const SET_UP: &str = "Set up a second factor";
pub const SET_UP_MEANS: &str = "From then on a sign-in needs the code of an authenticator app behind the \
                                password. Your other sessions end.";
pub const ANOTHER: &str = "Set up another second factor";
pub const ANOTHER_MEANS: &str = "The one that you have opens the door until the first code of the new one is confirmed. Then it \
                                 and its recovery codes are void.";
pub const HAS_TO: &str = "A second factor is demanded here. Set one up to go on.";
pub const SCAN: &str = "Scan this with an authenticator app, or type the secret into it:";
pub const TYPE_IN: &str = "Type this secret into an authenticator app:";
pub const READ_OUT: &str = "Put this secret, or this address, into an authenticator app.";
pub const ENLARGE: &str = "Enlarge the window for a code to scan.";
pub const SECRET: &str = "Secret";
pub const ADDRESS: &str = "Address";
pub const FIRST_CODE: &str = "Code that it shows now";
pub const SIX_DIGITS: &str = "type the six digits that the authenticator shows now";

pub const NEXT: &str = "next";
pub const CONFIRM: Hint<'static> = ("Enter", "confirm");

// The recovery codes.
pub const RECOVERY_CODES: &str = "Recovery codes";
pub const CODES_MEAN: &str = "Shown this once. Each lets you in one time without the authenticator: keep them \
                              where it is not.";
pub const THE_CODES: &str = "the recovery codes";
pub const HAVE_KEPT: Hint<'static> = ("Enter", "I have kept them");

// Removing it, and new codes.
pub const REMOVE: &str = "Remove the second factor";
pub const REMOVE_MEANS: &str = "From then on the password opens the door alone. Your other sessions end, and the recovery codes are void.";
pub const RENEW: &str = "New recovery codes";
pub const RENEW_MEANS: &str = "Those of before open nothing any more.";
pub const CODE: &str = "Code, or a recovery code";
pub const SOME_CODE: &str = "type six digits, or a recovery code of 24 letters and digits";
pub const TYPE_PASSWORD: &str = "type your password";
pub const TYPE_CODE: &str = "type the code";
pub const NEXT_REMOVE: &str = "next, remove";
pub const NEXT_RENEW: &str = "next, make them";

// What was done.
pub const IS_SET_UP: &str = "A sign-in needs a code now; your other sessions have ended.";
pub const RENEWED: &str = "You have new recovery codes.";
pub const REMOVED: &str = "Your second factor was removed; your other sessions have ended.";
