//! Delete this file and nothing leaks.
//!
//! The optimistic guard: looks at [`Claims`] only, decides what to draw and where to land. Fast, no
//! I/O, and proof of nothing: every read and write is checked again in `dal`, against the store.

use crate::domain::role::Permission;
use crate::domain::session::{Claims, Duty};
use crate::tui::screens::{Route, SCREENS, ScreenSpec};

/// The screens that this person is likely to be let into, in the order of their tabs.
pub fn screens(claims: &Claims) -> Vec<&'static ScreenSpec> {
    SCREENS.iter().filter(|screen| opens(screen, claims)).collect()
}

/// Where this person lands, and goes when a screen is taken away.
pub fn home(claims: &Claims) -> Route {
    match claims.duty {
        Some(Duty::EndASession { .. }) => Route::TooManySessions,
        Some(Duty::ChooseAPassword) => Route::ChoosePassword,
        Some(Duty::SetUpASecondFactor) => Route::SetUpFactor,
        None => Route::Home,
    }
}

/// Whether an action is worth offering.
pub fn offers(claims: &Claims, needs: Permission) -> bool {
    claims.may(needs)
}

fn opens(screen: &ScreenSpec, claims: &Claims) -> bool {
    let is_for_a_duty =
        matches!(screen.route, Route::TooManySessions | Route::ChoosePassword | Route::SetUpFactor);
    let is_reachable = if is_for_a_duty { screen.route == home(claims) } else { claims.duty.is_none() };
    is_reachable && claims.may(screen.needs)
}
