//! One-time passwords that opened the door for nothing.
//!
//! Such a password opens the door once, and is used up in the transaction of that sign-in. Whoever then ran a
//! command, which is refused, or lost the connection before anything was drawn, has not seen the screen that
//! asks for a new one: with the end of the session it opens the door again, as long as it would have.

use crate::domain::event::{Actor, Target, What};
use crate::domain::id::UserId;
use crate::domain::time::Timestamp;

use super::DalError;
use super::change::Change;
use super::gate::Vault;
use super::records::{PasswordRecord, Stored};
use super::store::{Store, StoreError, Txn, encode, keys};

/// A one-time password as it was used up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent {
    pub at: Timestamp,
    /// Until when it would have opened the door.
    pub until: Timestamp,
}

/// Makes it good again, if it is still the one that was used up then.
pub(super) async fn give_back(
    vault: &Vault,
    store: &dyn Store,
    user: UserId,
    spent: Spent,
    actor: Actor,
) -> Result<(), DalError> {
    let entry = store.get(&keys::password(user)).await?;
    let stored = Stored::<PasswordRecord>::read_some(entry.as_ref())?;
    let Some(before) = stored.filter(|stored| stored.record.valid_until == Some(spent.at)) else {
        return Ok(());
    };
    let after = PasswordRecord { valid_until: Some(spent.until), ..before.record.clone() };
    let txn = before.unchanged(Txn::new()).put(before.key.clone(), encode(&after)?);
    let what = What::OneTimePasswordKept { target: Target { user, name: actor.name.clone() } };
    match vault.write(Change { txn, what }, Some(actor), None).await {
        // Somebody made another one meanwhile.
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
