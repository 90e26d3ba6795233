//! Deleting accounts.

use crate::dal::DalError;
use crate::dal::change::{Change, purge_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::locks::Tallies;
use crate::dal::sessions::ending::end_all_of;
use crate::dal::store::Txn;
use crate::domain::event::What;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::session::EndReason;

use super::{Users, target};

impl Users {
    /// Deletes an account and ends its sessions. Its id is never used again.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` for the last
    /// administrator.
    pub async fn delete(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let change = self.plan_delete(name).await?;
            if self.0.commit(Permission::ManageUsers, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    async fn plan_delete(&self, name: &UserName) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        let user = self.find_touchable(&granted, name).await?;
        let txn = purge_user(Txn::new(), granted.store, &user).await?;
        let ended = self.ended(EndReason::UserDeleted, None);
        let txn = end_all_of(txn, &granted, user.record.id, None, &ended).await?;
        let txn = Tallies::load(granted.store, user.record.id).await?.forget(txn)?;
        Ok(Change { txn, what: What::UserDeleted { target: target(&user.record) } })
    }
}
