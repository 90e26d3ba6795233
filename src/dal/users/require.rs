//! Asking for another password.

use crate::dal::DalError;
use crate::domain::event::What;
use crate::domain::name::UserName;
use crate::domain::role::Permission;

use super::{Users, target};

impl Users {
    /// Has somebody choose another password before they do anything else; the one that they have lets them
    /// in for that.
    ///
    /// Needs `ResetPasswords`, and everything that the user holds. Errors: `Conflict` if they have to
    /// already.
    pub async fn require_new_password(self, name: &UserName) -> Result<(), DalError> {
        self.edit(Permission::ResetPasswords, name, |user| {
            if std::mem::replace(&mut user.must_change_password, true) {
                let what = format!("{} has to choose a password already", user.name);
                return Err(DalError::Conflict { what });
            }
            Ok((What::PasswordRequired { target: target(user) }, None))
        })
        .await
    }
}
