//! What is said in several places, so that it is said the same everywhere: keys with what they do, and
//! the names of what happens meanwhile.
//!
//! A sentence that is said once stands where it is said.

use super::widgets::hints::Hint;

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

/// The keys of the last three where letters are text.
pub const HELP_TYPING: Hint<'static> = ("F1", HELP.1);
pub const MENU_TYPING: Hint<'static> = ("^K", MENU.1);
pub const SIGN_OUT_TYPING: Hint<'static> = ("^C", SIGN_OUT.1);

/// What Enter does while the answer is on its way.
pub const WORKING: &str = "working…";
