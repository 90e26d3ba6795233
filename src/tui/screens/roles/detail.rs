//! One role, or one permission, looked at closely.

use crate::dal::roles::{RoleHolders, RoleRow};
use crate::domain::duration;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::tui::screen::Context;
use crate::tui::screens::list::Keyed;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::words;
use crate::tui::words::roles as say;

/// A permission, with the roles that give it.
pub struct Given {
    pub permission: Permission,
    pub roles: Vec<RoleHolders>,
}

impl Keyed for Given {
    type Key = Permission;

    fn key(&self) -> &Permission {
        &self.permission
    }
}

pub fn of_role(row: &RoleRow, _: &Context) -> Vec<Facts> {
    let kind = if row.is_built_in { say::BUILT_IN } else { say::MADE_HERE };
    let mut role = vec![Fact::new(words::ROLE, row.name.to_string())];
    if !row.about.is_empty() {
        role.push(Fact::new(say::FOR, row.about.clone()));
    }
    role.push(Fact::new(say::KIND, kind));
    role.push(Fact::new(say::HELD_BY, super::held(row)));
    let permits = row.permissions.iter().map(|one| Fact::new(one.name(), one.about()));
    let mut permits: Vec<Fact> = permits.collect();
    if permits.is_empty() {
        permits.push(Fact::new(say::NOTHING, say::ONLY_LIMITS));
    }
    let none = || say::AS_THE_RULES_SAY.to_owned();
    let limits = vec![
        Fact::new(say::LASTS, row.limits.lifetime.map_or_else(none, duration::text)),
        Fact::new(say::LEFT_ALONE, row.limits.idle.map_or_else(none, duration::text)),
        Fact::new(say::AT_ONCE, row.limits.cap.map_or_else(none, |cap| cap.to_string())),
    ];
    vec![Facts::new(words::ROLE, role), Facts::new(say::LIMITS, limits), Facts::new(say::PERMITS, permits)]
}

pub fn of_permission(given: &Given, _: &Context) -> Vec<Facts> {
    let permission = vec![
        Fact::new(words::PERMISSION, given.permission.name()),
        Fact::new(say::ONE_MAY, given.permission.about()),
    ];
    let roles =
        given.roles.iter().map(|role| Fact::new(say::THROUGH, say::through(&role.role, &held_by(role))));
    vec![Facts::new(words::PERMISSION, permission), Facts::new(say::WHO_MAY, roles.collect())]
}

fn held_by(row: &RoleHolders) -> String {
    let names: Vec<&str> = row.names.iter().map(UserName::as_str).collect();
    say::held_by(&names, row.held_by, row.held_by_more)
}
