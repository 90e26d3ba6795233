//! One role, or one permission, looked at closely.

use crate::dal::roles::{RoleHolders, RoleRow};
use crate::domain::duration;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::tui::screen::Context;
use crate::tui::screens::list::Keyed;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::count;

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
    let kind = if row.is_built_in { "built in; it stays as it is" } else { "made here" };
    let mut role = vec![Fact::new("Role", row.name.to_string())];
    if !row.about.is_empty() {
        role.push(Fact::new("For", row.about.clone()));
    }
    role.push(Fact::new("Kind", kind));
    role.push(Fact::new("Held by", super::held(row)));
    let permits = row.permissions.iter().map(|one| Fact::new(one.name(), one.about()));
    let mut permits: Vec<Fact> = permits.collect();
    if permits.is_empty() {
        permits.push(Fact::new("Nothing", "it only sets limits"));
    }
    let none = || "as the rules say".to_owned();
    let limits = vec![
        Fact::new("A session lasts", row.limits.lifetime.map_or_else(none, duration::text)),
        Fact::new("May be left alone", row.limits.idle.map_or_else(none, duration::text)),
        Fact::new("Sessions at once", row.limits.cap.map_or_else(none, |cap| cap.to_string())),
    ];
    vec![Facts::new("Role", role), Facts::new("Limits", limits), Facts::new("Permits", permits)]
}

pub fn of_permission(given: &Given, _: &Context) -> Vec<Facts> {
    let permission = vec![
        Fact::new("Permission", given.permission.name()),
        Fact::new("One may", given.permission.about()),
    ];
    let roles =
        given.roles.iter().map(|role| Fact::new("Through", format!("{}: {}", role.role, held_by(role))));
    vec![Facts::new("Permission", permission), Facts::new("Who may", roles.collect())]
}

fn held_by(row: &RoleHolders) -> String {
    let names: Vec<&str> = row.names.iter().map(UserName::as_str).collect();
    let rest = row.held_by - names.len();
    let more = if row.held_by_more { "+" } else { "" };
    match (row.held_by, rest) {
        (0, _) => "nobody".to_owned(),
        (_, 0) => names.join(", "),
        (all, _) if names.is_empty() => format!("{}{more} users", count(all)),
        _ => format!("{} and {}{more} more", names.join(", "), count(rest)),
    }
}
