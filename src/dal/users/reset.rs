//! Replacing passwords: those that were forgotten, and those that have to be.

use std::sync::Arc;

use crate::auth::generate;
use crate::dal::DalError;
use crate::dal::change::{Change, put_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::locks::Tallies;
use crate::dal::records::PasswordRecord;
use crate::dal::second_factor::stored as factor;
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
    /// the password: it is shown this once, stored nowhere, and opens the door once within its time.
    ///
    /// Needs `ResetPasswords`, and everything that the user holds.
    pub async fn reset_password(self, name: &UserName) -> Result<Secret, DalError> {
        let vault = self.0.require(Permission::ResetPasswords)?.vault;
        let (generated, password) = one_time_password(&vault.entropy)?;
        let hash = vault.hasher.hash(password, self.0.in_force().argon2).await?;
        let now = self.0.now();
        let valid_until = Some(now.after(self.0.in_force().reset_code_lifetime));
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
        after.renew = None;
        let ended = self.ended(EndReason::PasswordReset, None);
        after.end_sessions(ended.clone());
        let txn = Txn::new().put(keys::password(after.id), encode(password)?);
        let txn = put_user(txn, granted.store, &before, &after).await?;
        let txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
        // What was guessed at is no more. Where its owner is known, they still are.
        let txn = Tallies::load(granted.store, after.id).await?.forgive(txn)?.0;
        let txn = factor::forgive(txn, granted.store, after.id).await?.0;
        Ok(Change { txn, what: What::PasswordReset { target: target(&after) } })
    }

    /// Makes somebody choose another password at the next sign-in, before anything else. The old one opens
    /// the door until then; open sessions go on.
    ///
    /// Needs `ResetPasswords`, and everything that the user holds. Errors: `Conflict` for one that has to be
    /// replaced already.
    pub async fn require_new_password(self, name: &UserName) -> Result<(), DalError> {
        let now = self.0.now();
        self.edit(Permission::ResetPasswords, name, |user| {
            if user.must_change_password || user.renew.is_some() {
                return Err(DalError::Conflict {
                    what: format!("{} has to replace the password already", user.name),
                });
            }
            user.renew = Some(now);
            Ok((What::NewPasswordRequired { target: target(user) }, None))
        })
        .await
        .map(drop)
    }
}

pub(in crate::dal) fn one_time_password(entropy: &Arc<dyn Entropy>) -> Result<(Secret, Password), DalError> {
    let generated = generate::one_time_password(&**entropy);
    let password = Password::parse(generated.expose()).ok_or(DalError::Unavailable)?;
    Ok((generated, password))
}
