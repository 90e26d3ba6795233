//! The screens, and the one table of them: a new screen is a file here and a row below.
//!
//! [`sign_up`] is in no table: it is for those who have no session, and stands in the lobby.

pub mod account;
pub mod audit;
mod browse;
pub mod choose_password;
pub mod home;
pub mod invites;
pub mod list;
pub mod locks;
pub mod policy;
pub mod roles;
pub mod sessions;
pub mod set_up_factor;
pub mod sign_up;
pub mod system;
pub mod users;

use crate::domain::role::Permission;

use super::keymap::Action;
use super::screen::{AnyLoad, Context, Mounted, Screen, mount};
use sessions::{Everybodys, Mine, Surplus};

/// The name of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    Home,
    Users,
    Sessions,
    MySessions,
    Account,
    System,
    Locks,
    Invites,
    Roles,
    Policy,
    Audit,
    TooManySessions,
    ChoosePassword,
    SetUpFactor,
}

/// One row of the table.
pub struct ScreenSpec {
    pub route: Route,
    pub title: &'static str,
    /// Whose tab it is. The check itself is the first line of what the screen loads, in `dal`.
    pub needs: Permission,
    /// The keys of its own.
    pub actions: &'static [Action],
    pub open: Open,
}

/// Opens a screen, with what it fetches first.
type Open = fn(&Context) -> (Box<dyn Mounted>, Vec<AnyLoad>);

const fn screen<S: Screen>(route: Route, title: &'static str, needs: Permission) -> ScreenSpec {
    ScreenSpec { route, title, needs, actions: S::ACTIONS, open: mount::<S> }
}

/// The screen that everybody has.
pub const HOME: &ScreenSpec = &screen::<home::Home>(Route::Home, "Home", Permission::OwnAccount);

/// Every screen, in the order of the tabs.
pub const SCREENS: &[ScreenSpec] = &[
    screen::<home::Home>(Route::Home, "Home", Permission::OwnAccount),
    screen::<users::Users>(Route::Users, "Users", Permission::ReadUsers),
    screen::<sessions::Sessions<Everybodys>>(Route::Sessions, "Sessions", Permission::ReadSessions),
    screen::<sessions::Sessions<Mine>>(Route::MySessions, "My sessions", Permission::OwnSessions),
    screen::<account::Account>(Route::Account, "Account", Permission::OwnAccount),
    screen::<system::System>(Route::System, "System", Permission::ReadSystem),
    screen::<locks::Locks>(Route::Locks, "Locks", Permission::ReadUsers),
    screen::<invites::Invites>(Route::Invites, "Invites", Permission::ReadInvites),
    screen::<roles::Roles>(Route::Roles, "Roles", Permission::ReadRoles),
    screen::<policy::Policy>(Route::Policy, "Policy", Permission::ReadPolicy),
    screen::<audit::Audit>(Route::Audit, "Audit", Permission::ReadAudit),
    screen::<sessions::Sessions<Surplus>>(
        Route::TooManySessions,
        "Too many sessions",
        Permission::OwnSessions,
    ),
    screen::<choose_password::ChoosePassword>(
        Route::ChoosePassword,
        "Choose a password",
        Permission::OwnPassword,
    ),
    screen::<set_up_factor::SetUpFactor>(
        Route::SetUpFactor,
        "Set up a second factor",
        Permission::OwnPassword,
    ),
];
