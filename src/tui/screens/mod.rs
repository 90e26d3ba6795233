//! The screens, and the one table of them: a new screen is a file here and a row below.

pub mod account;
pub mod choose_password;
pub mod home;
pub mod list;
pub mod sessions;
pub mod users;

use crate::domain::role::Permission;

use super::screen::{AnyLoad, Context, Mounted, mount};
use sessions::{Everybodys, Mine, Surplus};

/// The name of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    Home,
    Users,
    Sessions,
    MySessions,
    Account,
    TooManySessions,
    ChoosePassword,
}

/// One row of the table.
pub struct ScreenSpec {
    pub route: Route,
    pub title: &'static str,
    /// Whose tab it is. The check itself is the first line of what the screen loads, in `dal`.
    pub needs: Permission,
    pub open: Open,
}

/// Opens a screen, with what it fetches first.
type Open = fn(&Context) -> (Box<dyn Mounted>, Vec<AnyLoad>);

const fn screen(route: Route, title: &'static str, needs: Permission, open: Open) -> ScreenSpec {
    ScreenSpec { route, title, needs, open }
}

/// The screen that everybody has.
pub const HOME: &ScreenSpec = &screen(Route::Home, "Home", Permission::OwnAccount, mount::<home::Home>);

/// Every screen, in the order of the tabs.
pub const SCREENS: &[ScreenSpec] = &[
    screen(Route::Home, "Home", Permission::OwnAccount, mount::<home::Home>),
    screen(Route::Users, "Users", Permission::ReadUsers, mount::<users::Users>),
    screen(Route::Sessions, "Sessions", Permission::ReadSessions, mount::<sessions::Sessions<Everybodys>>),
    screen(Route::MySessions, "My sessions", Permission::OwnSessions, mount::<sessions::Sessions<Mine>>),
    screen(Route::Account, "Account", Permission::OwnAccount, mount::<account::Account>),
    screen(
        Route::TooManySessions,
        "Too many sessions",
        Permission::OwnSessions,
        mount::<sessions::Sessions<Surplus>>,
    ),
    screen(
        Route::ChoosePassword,
        "Choose a password",
        Permission::OwnPassword,
        mount::<choose_password::ChoosePassword>,
    ),
];
