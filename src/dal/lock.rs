//! The lock on a screen that was left alone, and its key.

use std::net::IpAddr;

use crate::auth::password::Checked;
use crate::domain::event::{Actor, What};
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{Sighting, Visitor};

use super::change::Change;
use super::gate::Vault;
use super::live::Seat;
use super::locks::Tallies;
use super::login::Miss;
use super::records::{PasswordRecord, Stored, UserRecord};
use super::store::{Store, StoreError, Txn, keys};
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
    let came = Sighting { at: vault.clock.now(), from: visitor.address };
    let tallies = Tallies::load(store, user.id).await?;
    let checked = match Password::parse(password.expose()) {
        Some(password) => {
            vault.hasher.verify(password, Some(stored.record.hash), vault.policy().argon2).await?
        }
        None => Checked { matches: false, outdated: false },
    };
    match login::weigh(vault, (user, &tallies), &came, checked.matches) {
        Ok(()) => {
            seat.unlock(vault.clock.now());
            Ok(forget_failures(vault, user, &tallies, came.from).await?)
        }
        Err(why) => {
            seat.refuse_unlock();
            login::record_failure(vault, store, Miss::of(user, why, &came)).await?;
            Err(DalError::invalid("password", "is not right"))
        }
    }
}

/// Whoever mistypes at the lock a few times a day is not slowed down for it in the evening.
async fn forget_failures(
    vault: &Vault,
    user: &UserRecord,
    tallies: &Tallies,
    from: IpAddr,
) -> Result<(), StoreError> {
    let rules = &vault.policy().account_delays;
    let Some(txn) = tallies.succeed_if_it_failed(Txn::new(), from, vault.clock.now(), rules)? else {
        return Ok(());
    };
    let actor = Actor { user: user.id, name: user.name.clone(), session: None };
    match vault.write(Change { txn, what: What::FailuresForgotten }, Some(actor), Some(from)).await {
        // Something failed from there at the same moment, and counts.
        Err(StoreError::Conflict { .. }) => Ok(()),
        other => other,
    }
}
