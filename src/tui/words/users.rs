//! Users: the list, one of them, those who were deleted, and what is asked before something is done.

use crate::domain::name::UserName;
use crate::domain::role::RoleName;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number::count;

// The list.
pub const SEARCH: &str = "Users named";
pub const SEARCH_HINT: &str = "how the name begins";
pub const ALL: &str = "All users";
pub const FILTERED: &str = "Users who pass a filter";
pub const NONE: &str = "No user has such a name.";
pub const DELETED: &str = "Deleted users";
pub const NONE_DELETED: &str = "Nobody can be restored.";
pub const AMONG_DELETED: &str = "deleted";
pub const FOR_GOOD: &str = "For good";
pub const DELETED_BY: &str = "Deleted by";
pub const THE_NAME: &str = "the user name";
pub const SECOND_FACTOR: &str = "2nd factor";

/// Whether somebody has it.
pub const fn has(it: bool) -> &'static str {
    if it { YES_OR_NO[0] } else { YES_OR_NO[1] }
}

pub const YES_OR_NO: [&str; 2] = ["yes", "no"];

// Keys.
pub const TO_ALL: Hint<'static> = ("v", "all users");
pub const TO_RESTORE: Hint<'static> = ("u", "restore");
pub const TO_PURGE: Hint<'static> = ("x", "delete for good");
pub const TO_EDIT: Hint<'static> = ("e", "edit");
pub const TO_CHANGE_ROLES: Hint<'static> = ("r", "roles");
pub const TO_GRANT: Hint<'static> = ("g", "grant");
pub const TO_RESET: Hint<'static> = ("p", "reset");
pub const TO_DELETE: Hint<'static> = ("x", "delete");
pub const TO_END_SESSIONS: Hint<'static> = ("s", "end sessions");
pub const TO_RENEW: Hint<'static> = ("w", "new passwords");
pub const TO_CREATE: Hint<'static> = ("n", "new");
pub const TO_FILTER: Hint<'static> = ("f", "filter");
pub const TO_DISABLE_ALL: Hint<'static> = ("d", "disable marked");
pub const TO_ENABLE_ALL: Hint<'static> = ("d", "enable marked");
pub const TO_DISABLE: Hint<'static> = ("d", "disable");
pub const TO_ENABLE: Hint<'static> = ("d", "enable");

// One of them.
pub const ACCOUNT: &str = "Account";
pub const SIGN_INS: &str = "Sign-ins";
pub const FOR_A_TIME: &str = "For a time";
pub const WAS_DISABLED: &str = "Disabled";
pub const WHY: &str = "Reason";
pub const ENABLED_AGAIN: &str = "Enabled again";
pub const ONE_TIME: &str = "one-time, not replaced yet";
pub const REPLACED_NEXT: &str = "replaced at the next sign-in";
pub const EXPIRED: &str = "Expired";
pub const CLOSED_TO: &str = "Closed to";
pub const NO_FACTOR: &str = "none";

/// `operator until tomorrow, by ada`
pub fn held_until(role: &RoleName, until: &str, by: &UserName) -> String {
    format!("{role} until {until}, by {by}")
}

// Filters and the order.
pub const FILTER: &str = "Filter users";
pub const ANY_ROLE: &str = "Role (empty: any)";
pub const ANY_STATE: &str = "State (empty: any)";
pub const ANY_SIGN_IN: &str = "Last sign-in (empty: any)";
/// What is offered there: examples of all that is understood.
pub const SIGN_INS_ARE: [&str; 3] = ["never", "older than 30d", "since 7d"];
pub const SIGN_INS_LIKE: &str = "never, older than 30d, since 7d";
pub const ANY_FACTOR: &str = "Second factor (empty: any)";
pub const NEXT_SHOW: &str = "next, show";
pub const OLDEST_FIRST: &str = "oldest first";
pub const BY_NAME: Hint<'static> = ("Esc", "by name");
pub const NEWEST_FIRST: &str = "newest first";

pub fn one_of(states: &[&str]) -> String {
    format!("is one of {}", states.join(", "))
}

pub fn looked_at(some: &str, of: &str) -> String {
    format!("looked at {some} of {of}")
}

// Marks.
pub fn marked_page(rows: &str) -> String {
    format!("Marked the whole page: {rows} users.")
}

pub fn unmarked_page(rows: &str) -> String {
    format!("Took the marks off the whole page: {rows} users.")
}

pub fn too_many_found(most: usize) -> String {
    format!("More than {} are found. Narrow the search or the filter.", count(most))
}

pub fn are_marked(users: usize) -> String {
    match users {
        1 => "1 user is marked.".to_owned(),
        users => format!("{} users are marked.", count(users)),
    }
}

// What forms ask for.
pub const EMPTY_NAME: &str = "Display name (empty: the user name)";
pub const ROLES_LIST: &str = "Roles, with commas between";
pub const REASON: &str = "Reason, which the user reads";
pub const REASON_OF_MANY: &str = "Reason, which the users read";
pub const UNTIL: &str = "Until (empty: until enabled)";
pub const VALID_FROM: &str = "Valid from";
pub const VALID_UNTIL: &str = "Valid until";
pub const GRANT_UNTIL: &str = "For how long, or until when; now ends it";
pub const A_WHILE: &str = "2h";
pub const A_MOMENT: &str = "3d or 2026-12-03 09:00";
pub const TYPE_NAME: &str = "Type the user name";
pub const TYPE_COUNT: &str = "Type how many, to be sure";

pub fn no_such_role(role: &RoleName, known: &[String]) -> String {
    format!("there is no role named {role}; there are {}", known.join(", "))
}

// What is asked: titles, what comes of it, and what Enter does.
pub const NEW: &str = "New user";
pub const OPEN_END: &str = "Open sessions end at once.";
pub const DATES_MEAN: &str = "When the account is valid: so long from now, or a day. Empty: no limit.";
pub const OPENS_AGAIN: &str = "The account can be signed in to again.";
pub const RESET_MEANS: &str = "A one-time password is made and shown once.\nOpen sessions end at once.";
pub const RENEW_MEANS: &str = "At the next sign-in, before anything else. Open sessions go on.";
pub const REMOVE_FACTOR_MEANS: &str = "For somebody who lost their authenticator and the recovery codes: then the \
                                       password opens the door alone. All their sessions end at once.";
pub const ENDING_MEANS: &str =
    "Their connections are closed at once. It goes on behind other screens; F8 stops it.";
pub const PURGE_MEANS: &str = "Nobody can restore it then. Its name is not used again.";

pub const NEXT_CREATE: &str = "next, create";
pub const NEXT_GIVE: &str = "next, give";
pub const NEXT_SAVE: &str = "next, save";
pub const NEXT_DISABLE: &str = "next, disable";
pub const DO_SAVE: &str = "save";
pub const DO_ENABLE: &str = "enable";
pub const DO_DISABLE: &str = "disable";
pub const DO_END: &str = "end";
pub const DO_DELETE: &str = "delete";
pub const DO_RESET: &str = "reset";
pub const DO_REMOVE: &str = "remove";
pub const DO_ASK: &str = "ask";

pub fn roles_are(roles: &str) -> String {
    format!("Roles: {roles}")
}

pub fn there_are(roles: &str) -> String {
    format!("There are {roles}.")
}

pub fn name_of(name: &UserName) -> String {
    format!("Display name of {name}")
}

pub fn roles_of(name: &UserName) -> String {
    format!("Roles of {name}")
}

pub fn grant(name: &UserName) -> String {
    format!("A role for {name}, for a time")
}

pub fn dates_of(name: &UserName) -> String {
    format!("Dates of {name}")
}

pub fn disable(whom: &str) -> String {
    format!("Disable {whom}")
}

pub fn enable(whom: &str) -> String {
    format!("Enable {whom}")
}

pub fn reset(name: &UserName) -> String {
    format!("Reset the password of {name}")
}

pub fn renew(name: &UserName) -> String {
    format!("Ask {name} for a new password")
}

pub fn remove_factor(name: &UserName) -> String {
    format!("Remove the second factor of {name}")
}

pub fn delete(name: &UserName) -> String {
    format!("Delete {name}")
}

pub fn delete_means(keep: &str) -> String {
    format!("It can be restored for {keep}. Open sessions end at once.")
}

pub fn purge(name: &UserName) -> String {
    format!("Delete {name} for good")
}

/// What is held for a time already: a line of its own.
pub fn also_held(role: &RoleName, until: &str) -> String {
    format!("\n{role} until {until}")
}

pub fn dates(from: Option<&str>, until: Option<&str>) -> String {
    format!("from {}, until {}", from.unwrap_or(NO_DATE), until.unwrap_or(NO_DATE))
}

const NO_DATE: &str = "none";

// Many at once.
pub const OPEN_AGAIN: &str = "The accounts can be signed in to again.";
pub const CLOSED_AT_ONCE: &str = "Their connections are closed at once.";
pub const CHOOSE_FIRST: &str = "Before they do anything else they choose another one.";
pub const OWN_STAY: &str = " Your own are left out.";
pub const YOU_STAY: &str = " You are left out.";
pub const ASK_FOR_ONE: &str = "ask for one";

pub fn users(names: &[UserName]) -> String {
    match names {
        [name] => name.to_string(),
        names => format!("{} users", count(names.len())),
    }
}

pub fn new_password_for(whom: &str) -> String {
    format!("New password for {whom}")
}

pub fn goes_on_behind(what: &str, own: &str) -> String {
    format!("{what} It goes on behind other screens; F8 stops it.{own}")
}

// The same, while it goes on: its title, and what is counted, one and many.
pub const DISABLING: &str = "Disabling accounts";
pub const WERE_DISABLED: [&str; 2] = ["account was disabled", "accounts were disabled"];
pub const ENABLING: &str = "Enabling accounts";
pub const WERE_ENABLED: [&str; 2] = ["account was enabled", "accounts were enabled"];
pub const ASKING: &str = "Asking for new passwords";
pub const WERE_ASKED: [&str; 2] = ["user has to choose a password", "users have to choose a password"];
pub const ENDING: &str = "Ending sessions";
pub const WERE_ENDED: [&str; 2] = ["session was ended", "sessions were ended"];

// What was done.
pub fn created(name: &UserName) -> String {
    format!("{name} was created.")
}

pub fn renamed(name: &UserName) -> String {
    format!("{name} has a new display name.")
}

pub fn has_roles(name: &UserName, roles: &str) -> String {
    format!("{name} is {roles} now.")
}

pub fn granted(name: &UserName, role: &RoleName) -> String {
    format!("{name} is {role} for a time.")
}

pub fn ungranted(name: &UserName, role: &RoleName) -> String {
    format!("{name} is no longer {role}.")
}

pub fn has_dates(name: &UserName) -> String {
    format!("{name} has new dates.")
}

pub fn disabled(name: &UserName) -> String {
    format!("{name} was disabled.")
}

pub fn enabled(name: &UserName) -> String {
    format!("{name} was enabled.")
}

pub fn has_one_time(name: &UserName) -> String {
    format!("{name} has a one-time password.")
}

pub fn deleted(name: &UserName) -> String {
    format!("{name} was deleted.")
}

pub fn restored(name: &UserName) -> String {
    format!("{name} was restored.")
}

pub fn purged(name: &UserName) -> String {
    format!("{name} is gone for good.")
}

pub fn renewed(name: &UserName) -> String {
    format!("{name} is asked for a new password at the next sign-in.")
}

pub fn factor_removed(name: &UserName) -> String {
    format!("{name} has no second factor any more, and was signed out.")
}

// A one-time password.
pub const ONE_TIME_WARNING: &str = "Shown once. Pass it on unseen; the first sign-in replaces it.";

pub fn one_time_of(name: &UserName) -> String {
    format!("One-time password of {name}")
}

pub fn the_one_time_of(name: &UserName) -> String {
    format!("the one-time password of {name}")
}
