//! Roles: what each permits, who holds it, and the changes to those that an installation has made.
//!
//! The built-in roles are fixed. The others stand in one record, the book, which every check reads and every
//! commit guards: a change to a role takes effect at the next action of whoever holds it.
//!
//! The rule that there is always an administrator counts built-in roles only, given for good: nothing that is
//! done here can break it.

mod edit;
mod explain;
mod holders;
mod preview;
mod row;

use crate::domain::role::{Permission, RoleName};

use super::gate::Granted;
use super::{DalError, Verified};

pub use edit::RoleChange;
pub use explain::{Explained, RoleHolders, Through};
pub use preview::{Touched, TouchedSession};
pub use row::RoleRow;

use holders::Holders;

/// See [`Verified::roles`].
#[must_use = "a proof is for one operation"]
pub struct Roles(pub(super) Verified);

impl Roles {
    /// Every role, the built-in ones first, the others by name.
    ///
    /// Needs `ReadRoles`. Holders are counted up to a thousand each.
    pub async fn list(self) -> Result<Vec<RoleRow>, DalError> {
        let granted = self.0.require(Permission::ReadRoles)?;
        let names = self.0.book().record.all();
        let mut rows = Vec::with_capacity(names.len());
        for name in &names {
            rows.extend(self.row(&granted, name).await?);
        }
        Ok(rows)
    }

    /// One role.
    ///
    /// Needs `ReadRoles`. Errors: `NotFound`.
    pub async fn get(self, name: &RoleName) -> Result<RoleRow, DalError> {
        let granted = self.0.require(Permission::ReadRoles)?;
        self.row(&granted, name).await?.ok_or_else(|| absent(name))
    }

    async fn row(&self, granted: &Granted<'_>, name: &RoleName) -> Result<Option<RoleRow>, DalError> {
        let holders = Holders::of(granted, name).await?;
        Ok(RoleRow::of(&self.0.book().record, name, &holders))
    }

    /// Whether names of users may be told.
    fn names_users(&self) -> bool {
        self.0.rights().permissions.has(Permission::ReadUsers)
    }
}

fn absent(name: &RoleName) -> DalError {
    DalError::NotFound { what: format!("role {name}") }
}
