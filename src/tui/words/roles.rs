//! Roles: what each permits, who holds it, why somebody may do something, and making more of them.

use crate::domain::role::RoleName;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number::count;

// The list and the matrix.
pub const SEARCH: &str = "Roles with";
pub const SEARCH_HINT: &str = "a part of the name";
pub const HEADING: &str = "All roles";
pub const NONE: &str = "No role is called like that.";
pub const HELD_BY: &str = "Held by";
pub const FOR: &str = "For";
pub const LIMITS: &str = "Limits";
pub const MATRIX: &str = "Matrix";
/// A word, because a mark would have to be explained, and some could not see or hear it.
pub const YES: &str = "yes";
pub const THE_NAME: &str = "the name";

// Keys.
pub const TO_SEE_WHO: Hint<'static> = ("Enter", "who may");
pub const TO_MORE_ROLES: Hint<'static> = (">", "more roles");
pub const TO_ROLES_BEFORE: Hint<'static> = ("<", "roles before");
pub const TO_LIST: Hint<'static> = ("m", "list");
pub const TO_MATRIX: Hint<'static> = ("m", "matrix");
pub const TO_SEE_WHY: Hint<'static> = ("w", "why");
pub const TO_CREATE: Hint<'static> = ("n", "new");
pub const TO_COPY: Hint<'static> = ("c", "copy");
pub const TO_EDIT: Hint<'static> = ("e", "edit");
pub const TO_DELETE: Hint<'static> = ("x", "delete");

// One role, or one permission.
pub const BUILT_IN: &str = "built in; it stays as it is";
pub const MADE_HERE: &str = "made here";
pub const KIND: &str = "Kind";
pub const NOTHING: &str = "Nothing";
pub const ONLY_LIMITS: &str = "it only sets limits";
pub const AS_THE_RULES_SAY: &str = "as the rules say";
pub const LASTS: &str = "A session lasts";
pub const LEFT_ALONE: &str = "May be left alone";
pub const AT_ONCE: &str = "Sessions at once";
pub const PERMITS: &str = "Permits";
pub const ONE_MAY: &str = "One may";
pub const THROUGH: &str = "Through";
pub const WHO_MAY: &str = "Who may";

pub fn through(role: &RoleName, held_by: &str) -> String {
    format!("{role}: {held_by}")
}

/// Those of them who have names here, and how many more there are; `or_more` than were counted.
pub fn held_by(names: &[&str], all: usize, or_more: bool) -> String {
    let more = if or_more { "+" } else { "" };
    let rest = all.saturating_sub(names.len());
    match (all, rest) {
        (0, _) => "nobody".to_owned(),
        (_, 0) => names.join(", "),
        (all, _) if names.is_empty() => format!("{}{more} users", count(all)),
        _ => format!("{} and {}{more} more", names.join(", "), count(rest)),
    }
}

// What is asked: titles, what comes of it, and what Enter does.
pub const NEW: &str = "New role";
pub const WHAT_FOR: &str = "What it is for";
pub const PERMISSIONS_LIST: &str = "Permissions, with commas between";
pub const HOW_LONG: &str = "How long a session may last, like 4h";
pub const HOW_LONG_ALONE: &str = "How long it may be left alone, like 10min";
pub const NEXT_CREATE: &str = "next, create";
pub const NEXT_TOUCHES: &str = "next, whom it touches";
pub const LOOKING: &str = "Looking whom it touches…";
pub const DO_DELETE: &str = "delete";
pub const DO_SAVE: &str = "save";
pub const A_NAME: &str = "must be a letter, then up to 31 of a-z 0-9 -";
pub const NAME_BUILT_IN: &str = "this role is built in; take another name";

pub fn like(role: &RoleName) -> String {
    format!("like {role}")
}

pub fn copy_of(role: &RoleName) -> String {
    format!("Copy of {role}")
}

pub fn edit(role: &RoleName) -> String {
    format!("Edit {role}")
}

pub fn delete(role: &RoleName) -> String {
    format!("Delete {role}")
}

pub fn take_away_first(held_by: &str) -> String {
    format!("{held_by}\nTake it away from them first.")
}

pub fn more_than_you(permissions: &[&str]) -> String {
    format!("must not hold what you do not: {}", permissions.join(", "))
}

// What was done, or not.
pub fn stays(role: &RoleName) -> String {
    format!("{role} is built in and stays as it is; c copies it.")
}

pub fn made(role: &RoleName) -> String {
    format!("{role} was made.")
}

pub fn changed(role: &RoleName) -> String {
    format!("{role} was changed.")
}

pub fn deleted(role: &RoleName) -> String {
    format!("{role} was deleted.")
}

// Why.
pub const WHY: &str = "Why";
pub const NEXT_WHY: &str = "next, why";
pub const ASK_AGAIN: &str = "ask again";
pub const A_USER: &str = "must be the name of a user";
pub const A_PERMISSION: &str = "must be a permission, like read-users";
