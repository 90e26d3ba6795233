//! Going from screen to screen: by a key, and because what somebody may see has changed.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::domain::role::{self, RoleName};
use crate::domain::session::{Claims, Duty};
use crate::domain::time::Timestamp;
use crate::proxy;
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Spot};
use crate::tui::screens::{HOME, Route, SCREENS, ScreenSpec};
use crate::tui::words::frame as say;

use super::App;

impl App {
    pub(super) fn go(&mut self, route: Route) {
        if route == self.route {
            return;
        }
        let reachable = proxy::screens(&self.cx.claims).into_iter().find(|screen| screen.route == route);
        if let Some(screen) = reachable {
            self.open(screen);
        }
    }

    pub(super) fn open(&mut self, spec: &ScreenSpec) {
        self.refresh_context();
        // Whatever the last screen was waiting for, nobody is waiting for it now.
        self.loads = JoinSet::new();
        if let Some(arrangement) = self.screen.spot().arrangement {
            self.arranged.insert(self.route, arrangement);
        }
        let (mut screen, mut first) = (spec.open)(&self.cx);
        if let Some(arrangement) = self.arranged.get(&spec.route) {
            // What it would have fetched first has not begun, and is not wanted.
            let arrangement = Some(arrangement.clone());
            first = screen.return_to(Spot { arrangement, ..Spot::default() }, &self.cx);
        }
        self.route = spec.route;
        self.cx.session.turns_to(spec.title);
        self.screen = screen;
        self.reads_again = self.next_reading();
        self.dirty = true;
        self.start(first);
    }

    pub(super) fn turn(&mut self, by: isize) {
        let tabs = proxy::screens(&self.cx.claims);
        let here = tabs.iter().position(|screen| screen.route == self.route).unwrap_or(0);
        let count = isize::try_from(tabs.len().max(1)).unwrap_or(1);
        let there = (isize::try_from(here).unwrap_or(0) + by).rem_euclid(count);
        self.switch_to(usize::try_from(there).unwrap_or(0));
    }

    pub(super) fn switch_to(&mut self, index: usize) {
        if let Some(screen) = proxy::screens(&self.cx.claims).get(index) {
            self.go(screen.route);
        }
    }

    /// Roles may have been given or taken: the screen stays if it still may, with what it may show.
    pub(super) fn claims_may_have_changed(&mut self) {
        self.refresh_context();
        // It stays until it is put away, and asks then.
        if self.screen.shows_once() {
            self.dirty = true;
            return;
        }
        let before = std::mem::replace(&mut self.chosen_for, Arc::clone(&self.cx.claims));
        if before == self.cx.claims {
            return;
        }
        let here = proxy::screens(&self.cx.claims).into_iter().find(|screen| screen.route == self.route);
        match here {
            Some(_) if before.permissions == self.cx.claims.permissions => {
                self.dirty = true;
                if before.roles != self.cx.claims.roles {
                    self.tell(Notice::done(what_changed(&before, &self.cx)));
                }
            }
            Some(screen) => {
                self.open(screen);
                self.tell(Notice::done(what_changed(&before, &self.cx)));
            }
            None => {
                let home = proxy::home(&self.cx.claims);
                self.open(spec(home));
                self.explain_move(&before);
            }
        }
    }

    /// Why the screen is another one than a moment ago.
    fn explain_move(&mut self, before: &Claims) {
        if before.duty == self.cx.claims.duty {
            self.tell(Notice::done(what_changed(before, &self.cx)));
        } else if let Some(Duty::EndASession { .. }) = before.duty {
            self.tell(Notice::done(say::ROOM_NOW));
            self.look_for_lost();
        }
    }
}

/// Why somebody may do something else than a moment ago: time took a role away, somebody gave or took one, or
/// what a role permits was changed.
fn what_changed(before: &Claims, cx: &Context) -> String {
    let has_gone =
        |(role, until): &&(RoleName, Timestamp)| *until <= cx.now && !cx.claims.roles.contains(role);
    let gone: Vec<RoleName> = before.passing.iter().filter(has_gone).map(|(role, _)| role.clone()).collect();
    if !gone.is_empty() {
        say::were_yours(&role::list(&gone), gone.len())
    } else if before.roles == cx.claims.roles {
        say::PERMITS_CHANGED.to_owned()
    } else {
        say::roles_changed(&role::list(&cx.claims.roles))
    }
}

/// The row of a route in the table of screens.
pub(super) fn spec(route: Route) -> &'static ScreenSpec {
    SCREENS.iter().find(|screen| screen.route == route).unwrap_or(HOME)
}
