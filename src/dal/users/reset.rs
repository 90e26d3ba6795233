//! Replacing forgotten passwords.

use std::sync::Arc;

use crate::auth::generate;
use crate::dal::DalError;
use crate::dal::change::{Change, put_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::locks::Tallies;
use crate::dal::records::PasswordRecord;
use crate::dal::sessions::ending::end_all_of;
use crate::dal::store::{Txn, encode, keys};
use crate::domain::event::What;
use crate::domain::id::Entropy;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::secret::{Password, Secret};
use crate::domain::session::EndReason;

use super::{Users, target};

impl Users {
    /// Replaces a password by a generated one-time password, ends the user's sessions, and answers
    /// the password: it is shown this once and stored nowhere.
    ///
    /// Needs `ResetPasswords`, and everything that the user holds.
    pub async fn reset_password(self, name: &UserName) -> Result<Secret, DalError> {
        let vault = self.0.require(Permission::ResetPasswords)?.vault;
        let (generated, password) = one_time_password(&vault.entropy)?;
        let hash = vault.hasher.hash(password, self.0.policy().argon2).await?;
        let now = self.0.now();
        let valid_until = Some(now.after(self.0.policy().one_time_password_lifetime));
        let password = PasswordRecord { hash, changed: now, valid_until };
        for _ in 0..TRIES {
            let change = self.plan_reset(name, &password).await?;
            if self.0.commit(Permission::ResetPasswords, change).await? == Landed::Yes {
                return Ok(generated);
            }
        }
        Err(DalError::busy())
    }

    async fn plan_reset(&self, name: &UserName, password: &PasswordRecord) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ResetPasswords)?;
        let before = self.find_touchable(&granted, name).await?;
        let mut after = before.record.clone();
        after.must_change_password = true;
        let ended = self.ended(EndReason::PasswordReset, None);
        after.end_sessions(ended.clone());
        let txn = Txn::new().put(keys::password(after.id), encode(password)?);
        let txn = put_user(txn, granted.store, &before, &after).await?;
        let txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
        // What was guessed at is no more. Where its owner is known, they still are.
        let txn = Tallies::load(granted.store, after.id).await?.forgive(txn)?.0;
        Ok(Change { txn, what: What::PasswordReset { target: target(&after) } })
    }
}

pub(in crate::dal) fn one_time_password(entropy: &Arc<dyn Entropy>) -> Result<(Secret, Password), DalError> {
    let generated = generate::one_time_password(&**entropy);
    let password = Password::parse(generated.expose()).ok_or(DalError::Unavailable)?;
    Ok((generated, password))
}
