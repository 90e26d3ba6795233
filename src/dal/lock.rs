//! The lock on a screen that was left alone, and its key.

use crate::auth::password::Checked;
use crate::domain::event::{Failure, What};
use crate::domain::secret::{Password, Secret};
use crate::domain::session::Visitor;

use super::gate::Vault;
use super::live::Seat;
use super::records::{PasswordRecord, Stored, UserRecord};
use super::store::{Store, keys};
use super::{DalError, login};

/// Opens the lock if the password is right, and counts it if it is not.
pub(super) async fn prove(
    vault: &Vault,
    store: &dyn Store,
    seat: &Seat,
    user: &UserRecord,
    visitor: Visitor,
    password: Secret,
) -> Result<(), DalError> {
    let entry = store.get(&keys::password(user.id)).await?;
    let stored = Stored::<PasswordRecord>::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)?;
    let checked = match Password::parse(password.expose()) {
        Some(password) => {
            vault.hasher.verify(password, Some(stored.record.hash), vault.policy().argon2).await?
        }
        None => Checked { matches: false, outdated: false },
    };
    if checked.matches {
        seat.unlock(vault.clock.now());
        return Ok(());
    }
    seat.refuse_unlock();
    let what = What::SignInFailed { name: user.name.to_string(), why: Failure::WrongPassword };
    login::record_failure(vault, store, Some(user.id), what, visitor.address).await?;
    Err(DalError::invalid("password", "is not right"))
}
