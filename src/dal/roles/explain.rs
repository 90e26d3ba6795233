//! Why somebody may do something, or not.

use serde::Serialize;

use crate::dal::DalError;
use crate::dal::records::{Closed, UserRecord};
use crate::dal::users;
use crate::domain::name::UserName;
use crate::domain::role::{self, Permission, RoleName};
use crate::domain::time::Timestamp;

use super::Roles;
use super::holders::Holders;

/// Whether somebody may do something, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explained {
    pub user: UserName,
    pub permission: Permission,
    pub allowed: bool,
    /// The roles of theirs that give it.
    pub through: Vec<Through>,
    /// What keeps it from them all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
    /// Every role that gives it.
    pub given_by: Vec<RoleName>,
}

/// A role of somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Through {
    pub role: RoleName,
    /// `None` for one that is held for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A role that gives a permission, and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleHolders {
    pub role: RoleName,
    /// Counted up to a thousand.
    pub held_by: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held_by_more: bool,
    /// The first of them, for who may see users.
    pub names: Vec<UserName>,
}

impl Roles {
    /// Whether somebody may do something, through which roles, and what would give it to them.
    ///
    /// Needs `ReadRoles` and `ReadUsers`, or `OwnAccount` for oneself. Errors: `NotFound`.
    pub async fn explain(self, whom: &UserName, permission: Permission) -> Result<Explained, DalError> {
        let own = &self.0.own_user().record;
        if own.name == *whom {
            self.0.require(Permission::OwnAccount)?;
            return Ok(self.explain_record(own, permission));
        }
        self.0.require(Permission::ReadRoles)?;
        let granted = self.0.require(Permission::ReadUsers)?;
        let user = users::find(&granted, whom).await?.record;
        Ok(self.explain_record(&user, permission))
    }

    /// The roles that give a permission, and who holds them.
    ///
    /// Needs `ReadRoles`.
    pub async fn holders(self, permission: Permission) -> Result<Vec<RoleHolders>, DalError> {
        let granted = self.0.require(Permission::ReadRoles)?;
        let mut all = Vec::new();
        for role in self.0.book().record.giving(permission) {
            let holders = Holders::of(&granted, &role).await?;
            let names = if self.names_users() { holders.names } else { Vec::new() };
            let (held_by, held_by_more) = (holders.count, holders.has_more);
            all.push(RoleHolders { role, held_by, held_by_more, names });
        }
        Ok(all)
    }

    fn explain_record(&self, user: &UserRecord, permission: Permission) -> Explained {
        let (book, now) = (&self.0.book().record, self.0.now());
        let gives = |role: &RoleName| book.rights_of(role).permissions.has(permission);
        let for_good = user.roles.iter().map(|role| Through { role: role.clone(), until: None });
        let for_a_time =
            user.running(now).map(|grant| Through { role: grant.role.clone(), until: Some(grant.until) });
        let mut through: Vec<Through> = for_good.chain(for_a_time).collect();
        through.retain(|through| gives(&through.role));
        let closed = closed(user, permission, now);
        Explained {
            user: user.name.clone(),
            permission,
            allowed: !through.is_empty() && closed.is_none(),
            through,
            closed,
            given_by: book.giving(permission),
        }
    }
}

/// What keeps somebody from what their roles give them.
fn closed(user: &UserRecord, permission: Permission, now: Timestamp) -> Option<String> {
    match user.closed(now) {
        Some(Closed::Disabled(disabled)) => {
            Some(format!("the account was disabled by {}: {}", disabled.by, disabled.reason.as_str()))
        }
        Some(Closed::NotYet) => Some("the account has not begun yet".to_owned()),
        Some(Closed::Expired) => Some("the account has expired".to_owned()),
        Some(Closed::Deleted) => Some("the account was deleted".to_owned()),
        None if user.must_change_password && permission != Permission::OwnPassword => {
            Some("the one-time password has to be replaced first".to_owned())
        }
        None => None,
    }
}

impl Explained {
    /// One or two sentences; `at` tells a time.
    pub fn words(&self, at: impl Fn(Timestamp) -> String) -> String {
        let through: Vec<String> = self
            .through
            .iter()
            .map(|through| match through.until {
                Some(until) => format!("{} until {}", through.role, at(until)),
                None => through.role.to_string(),
            })
            .collect();
        let (user, permission) = (&self.user, self.permission);
        let may = if self.allowed { "may" } else { "may not" };
        let why = match (through.is_empty(), &self.closed) {
            (true, _) => format!("it needs {permission}{}", role::given_by(&self.given_by)),
            (false, None) => format!("through {}", through.join(", ")),
            (false, Some(closed)) => format!("through {}, but {closed}", through.join(", ")),
        };
        format!("{user} {may} {}: {why}.", permission.about())
    }
}
