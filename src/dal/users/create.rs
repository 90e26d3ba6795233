//! Making accounts.

use crate::dal::DalError;
use crate::dal::change::{Change, add_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::records::{PasswordRecord, UserRecord};
use crate::dal::store::{Txn, encode, keys};
use crate::domain::event::What;
use crate::domain::id::UserId;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{Permission, RoleName};
use crate::domain::secret::Secret;

use super::reset::one_time_password;
use super::{Dates, Users, target};

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    pub dates: Dates,
}

impl Users {
    /// Makes an account with a generated one-time password, and answers the password: it is shown
    /// this once, stored nowhere, and opens the door once.
    ///
    /// Needs `ManageUsers`, and `AssignRoles` for any role but `member`. Errors: `Forbidden` for a
    /// role that holds more than the maker; `Outlives`; `Conflict` for a name that is taken; `Invalid` for the field
    /// `from` or `until`.
    pub async fn create(self, new: NewUser) -> Result<Secret, DalError> {
        let vault = self.0.require(Permission::ManageUsers)?.vault;
        self.0.may_give(&new.roles, new.dates.expires)?;
        let now = self.0.now();
        let dates = new.dates.checked(now)?;
        let (generated, password) = one_time_password(&vault.entropy)?;
        let hash = vault.hasher.hash(password, self.0.in_force().argon2).await?;
        let id = UserId::new(now, &*vault.entropy);
        let user = UserRecord::new(id, new.name, new.display_name, new.roles, now);
        let Dates { begins, expires } = dates;
        let user = UserRecord { must_change_password: true, begins, expires, ..user };
        // Whoever begins later needs it then.
        let first_day = dates.begins.unwrap_or(now);
        let valid_until = Some(first_day.after(self.0.in_force().one_time_password_lifetime));
        let password = PasswordRecord { hash, changed: now, valid_until };
        for _ in 0..TRIES {
            let change = self.plan_create(&user, &password).await?;
            if self.0.commit(Permission::ManageUsers, change).await? == Landed::Yes {
                return Ok(generated);
            }
        }
        Err(DalError::busy())
    }

    async fn plan_create(&self, user: &UserRecord, password: &PasswordRecord) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        let txn = Txn::new().put(keys::password(user.id), encode(password)?);
        let txn = add_user(txn, granted.store, user).await?;
        let what = What::UserCreated { target: target(user), roles: user.roles.clone() };
        Ok(Change { txn, what })
    }
}
