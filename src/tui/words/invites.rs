//! Invites: who may make an account, and taking that back.

use crate::domain::id::Handle;
use crate::domain::name::UserName;
use crate::tui::widgets::hints::Hint;

// The list.
pub const SEARCH: &str = "Invites with";
pub const SEARCH_HINT: &str = "a name, a role or a note";
pub const HEADING: &str = "Who may make an account";
pub const NONE: &str = "Nobody is invited.";
pub const INVITE: &str = "Invite";
pub const FOR: &str = "For";
pub const USED: &str = "Used";
pub const EXPIRES: &str = "Expires";
pub const BY: &str = "By";
pub const ANYBODY: &str = "anybody";
pub const THE_ID: &str = "the id of the invite";

pub fn used(some: u32, of: u32) -> String {
    format!("{some} of {of}")
}

// Keys.
pub const TO_INVITE_FIRST: Hint<'static> = ("n", "invite somebody");
pub const TO_INVITE: Hint<'static> = ("n", "invite");
pub const TO_REVOKE: Hint<'static> = ("x", "revoke");

// One of them.
pub const EXPIRED: &str = "Expired";
pub const NOTE: &str = "Note";
pub const REVOKED: &str = "Revoked";
pub const MADE_WITH: &str = "Accounts made with it";
pub const ACCOUNT: &str = "Account";
pub const WITH: &str = "With";

// What is asked: titles, what comes of it, and what Enter does.
pub const CREATE: &str = "Invite somebody";
pub const CREATE_MEANS: &str =
    "A code is made and shown once. Whoever has it makes an account with these roles.";
pub const NEXT_INVITE: &str = "next, invite";
pub const DO_REVOKE: &str = "revoke";
pub const EXPIRES_IN: &str = "Expires in";
pub const USES: &str = "Uses";
pub const CHOOSES_NAME: &str = "whoever comes chooses one";
pub const AS_ALLOWED: &str = "as long as the policy allows";
pub const FOR_THIS_LIST: &str = "for this list";
pub const LIKE_A_TIME: &str = "must be like 30min, 8h or 2d";
pub const A_NUMBER: &str = "must be a number";

pub fn revoke(id: &Handle) -> String {
    format!("Revoke the invite {id}")
}

pub fn code(name: Option<&UserName>) -> String {
    name.map_or("the code".to_owned(), |name| format!("the code for {name}"))
}

pub fn revoke_means(code: &str) -> String {
    format!("Nobody can use {code} any more. Accounts that were made with it stay.")
}

// What was done, or not.
pub fn made(id: &Handle) -> String {
    format!("The invite {id} was made.")
}

pub fn revoked(id: &Handle) -> String {
    format!("The invite {id} was revoked.")
}

pub fn already(id: &Handle, state: &str) -> String {
    format!("The invite {id} is {state} already.")
}

// The code, shown once.
pub const CODE: &str = "Invite code";
pub const THE_CODE: &str = "the invite code";
const CODE_WARNING: &str = "Shown this once. Pass it on unseen.";

/// Where the window is low how to use it gives way, and the warning stays.
pub fn code_in_short(code: &str, command: &str) -> String {
    format!("{code}\n{CODE_WARNING} It is used with: {command}")
}

pub fn code_in_full(code: &str, command: &str, left: &str) -> String {
    format!("    {code}\n\nIt is used with: {command}\nIt opens the door for {left}.\n\n{CODE_WARNING}")
}

/// `ssh -p 2222 invite@HOST, and the code ...`
pub fn how_to_use(command: &str) -> String {
    format!("{command}, and the code that was shown once")
}
