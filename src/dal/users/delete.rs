//! Deleting accounts, having them back, and having them gone.
//!
//! A deleted account is nobody's: it is in no list but its own, and signing in to it fails like signing in
//! as a stranger. What it was stays for a while, and so does its name, which nobody else gets.

use crate::dal::change::{Change, put_user};
use crate::dal::gate::{Granted, Landed, TRIES};
use crate::dal::locks::Tallies;
use crate::dal::records::{Deleted, Reserved, Stored, TAG_DELETED, UserRecord};
use crate::dal::second_factor::stored as factor;
use crate::dal::sessions::ending::end_all_of;
use crate::dal::store::{Txn, decode, keys};
use crate::dal::{DalError, Page};
use crate::domain::event::What;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::session::{EndReason, Ended};

use super::purge::plan_purge;
use super::row::deleted_row;
use super::{DeletedRow, MAX_ROWS, UserQuery, Users, target};

impl Users {
    /// Deletes an account and ends its sessions. It can be restored for as long as the policy says.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` for the last
    /// administrator.
    pub async fn delete(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManageUsers)?;
            let user = self.find_touchable(&granted, name).await?;
            let (at, by) = (self.0.now(), self.0.own_user().record.name.clone());
            let deleted = Deleted { at, by, until: at.after(self.0.in_force().keep_deleted) };
            let ended = self.ended(EndReason::UserDeleted, None);
            let change = plan_delete(Txn::new(), &granted, &user, deleted, &ended).await?;
            if self.0.commit(Permission::ManageUsers, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// Lists what can be restored, by name, one page at a time.
    ///
    /// Needs `ManageUsers`.
    pub async fn deleted(self, query: UserQuery) -> Result<Page<DeletedRow>, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        let prefix = query.prefix.to_ascii_lowercase();
        if !UserName::is_prefix(&prefix) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let after = query.after.map(|name| keys::tagged(TAG_DELETED, &name));
        let limit = query.limit.clamp(1, MAX_ROWS);
        let prefix = keys::tagged(TAG_DELETED, &prefix);
        let names = granted.store.scan(&prefix, after.as_deref(), limit).await?;
        let ids = names.entries.iter().map(|entry| decode(entry).map(keys::user));
        let users = granted.store.get_many(&ids.collect::<Result<Vec<_>, _>>()?).await?;
        let mut items = Vec::with_capacity(users.len());
        for entry in users.iter().flatten() {
            items.extend(deleted_row(decode(entry)?, self.0.now()));
        }
        // Behind the last one that was looked at, listed or not.
        let next = names.next.and_then(|key| String::from_utf8(key).ok());
        let next = next.and_then(|key| key.rsplit('/').next().map(ToOwned::to_owned));
        Ok(Page { items, next })
    }

    /// Makes a deleted account what it was; its sessions stay ended.
    ///
    /// Needs `ManageUsers`, and everything that the user will hold again. Errors: `NotFound` for one that
    /// was not deleted, or too long ago.
    pub async fn restore(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManageUsers)?;
            let before = self.find_deleted(&granted, name).await?;
            let after = UserRecord { deleted: None, ..before.record.clone() };
            let txn = put_user(Txn::new(), granted.store, &before, &after).await?;
            let what = What::UserRestored { target: target(&after) };
            if self.0.commit(Permission::ManageUsers, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// Makes a deleted account go for good, now. Its name stays nobody's while the
    /// audit trail is about it, its id is never used again.
    ///
    /// Needs `ManageUsers`, and everything that the user held. Errors: as [`restore`](Self::restore).
    pub async fn purge(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManageUsers)?;
            let user = self.find_deleted(&granted, name).await?;
            let Some(change) = plan_purge(granted.store, &user, self.0.now()).await? else { continue };
            if self.0.commit(Permission::ManageUsers, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// A deleted account that can still be restored, if it held no more than the caller does.
    async fn find_deleted(
        &self,
        granted: &Granted<'_>,
        name: &UserName,
    ) -> Result<Stored<UserRecord>, DalError> {
        let absent = || DalError::NotFound { what: format!("deleted user {name}") };
        let named = granted.store.get(&keys::deleted_name(name)).await?.ok_or_else(absent)?;
        let entry =
            granted.store.get(&keys::user(decode::<Reserved>(&named)?.user)).await?.ok_or_else(absent)?;
        let user = Stored::<UserRecord>::read(&entry)?;
        let until = user.record.deleted.as_ref().map(|deleted| deleted.until);
        until.filter(|until| *until > self.0.now()).ok_or_else(absent)?;
        self.0.covers(&user.record)?;
        Ok(user)
    }
}

/// Closes an account for good, but for those who may restore it. What was guessed at is no more.
pub(in crate::dal) async fn plan_delete(
    txn: Txn,
    granted: &Granted<'_>,
    before: &Stored<UserRecord>,
    deleted: Deleted,
    ended: &Ended,
) -> Result<Change, DalError> {
    let mut after = before.record.clone();
    after.deleted = Some(deleted);
    after.end_sessions(ended.clone());
    let txn = put_user(txn, granted.store, before, &after).await?;
    let txn = end_all_of(txn, granted, after.id, None, ended).await?;
    let txn = Tallies::load(granted.store, after.id).await?.forgive(txn)?.0;
    let txn = factor::forgive(txn, granted.store, after.id).await?.0;
    Ok(Change { txn, what: What::UserDeleted { target: target(&after) } })
}
