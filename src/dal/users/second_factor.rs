//! Removes the second factor of somebody else, who lost their authenticator and their recovery codes.

use crate::dal::DalError;
use crate::dal::change::{Change, put_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::login;
use crate::dal::second_factor::stored as factor;
use crate::dal::sessions::ending::end_all_of;
use crate::dal::store::Txn;
use crate::domain::event::What;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::session::EndReason;

use super::{Users, target};

impl Users {
    /// Removes the second factor of somebody else, and ends their sessions: the password opens the door alone
    /// until they set up another one, which the rules may demand at once.
    ///
    /// Needs `ResetPasswords`, and everything that the user holds. Errors: `Conflict` for one's own, which is
    /// removed with its code, and where there is none.
    pub async fn remove_second_factor(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let change = self.plan_remove_second_factor(name).await?;
            if self.0.commit(Permission::ResetPasswords, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    async fn plan_remove_second_factor(&self, name: &UserName) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ResetPasswords)?;
        let before = self.find_touchable(&granted, name).await?;
        let conflict = |what: String| Err(DalError::Conflict { what });
        if before.record.id == self.0.own_user().record.id {
            return conflict(
                "remove your own second factor on your Account screen, with its code".to_owned(),
            );
        }
        if before.record.second_factor.is_none() {
            return conflict(format!("{name} has no second factor"));
        }
        let mut after = before.record.clone();
        after.second_factor = None;
        let ended = self.ended(EndReason::SecondFactorChanged, None);
        after.end_sessions(ended.clone());
        let txn = factor::forget(Txn::new(), granted.store, after.id).await?;
        let removed = Some((self.0.own_user().record.name.clone(), self.0.now()));
        let txn = login::see(txn, granted.store, &after, |seen| seen.factor_removed = removed).await?;
        let txn = put_user(txn, granted.store, &before, &after).await?;
        let txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
        Ok(Change { txn, what: What::SecondFactorRemoved { target: target(&after) } })
    }
}
