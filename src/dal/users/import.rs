//! Accounts on their way in: each like one that somebody makes by hand, with everything that a list can say.

use crate::dal::DalError;
use crate::dal::change::{Change, add_user};
use crate::dal::gate::{Granted, Landed, MAX_ROLES, TRIES};
use crate::dal::records::{Disabled, Grant, PasswordRecord, UserRecord};
use crate::dal::store::{Txn, encode, keys};
use crate::domain::event::What;
use crate::domain::id::UserId;
use crate::domain::import::Listed;
use crate::domain::role::{Permission, RoleName};
use crate::domain::secret::Secret;
use crate::domain::time::left;

use super::export::exported;
use super::grants::GRANT_LONGEST;
use super::reset::one_time_password;
use super::{Users, find, target};

/// What would become of an account in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Made,
    /// It is there, and exactly like that: an earlier run made it.
    There,
}

/// What became of one.
#[derive(Debug)]
pub enum Imported {
    /// With its one-time password, which is shown this once.
    Made(Secret),
    There,
}

impl Users {
    /// Whether somebody who is allowed to read or make accounts may begin with a list at all.
    ///
    /// Needs `ManageUsers`.
    pub fn may_import(&self) -> Result<(), DalError> {
        self.0.require(Permission::ManageUsers).map(drop)
    }

    /// What would become of an account, if it was imported now; changes nothing.
    ///
    /// Needs `ManageUsers`, and `AssignRoles` for any role but `member`. Errors: as [`import`](Self::import).
    pub async fn judge_import(self, account: &Listed) -> Result<Fate, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        self.fate(&granted, account).await
    }

    /// Makes an account from a list with a generated one-time password. One that is there exactly like that
    /// stays as it is, so that a list can be given again whose import was cut short.
    ///
    /// Needs `ManageUsers`, and `AssignRoles` for any role but `member`. Errors: `Forbidden` for a role that
    /// holds more than the importer; `Conflict` for a name that is taken.
    pub async fn import(self, account: &Listed) -> Result<Imported, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        if self.fate(&granted, account).await? == Fate::There {
            return Ok(Imported::There);
        }
        let vault = granted.vault;
        let (generated, password) = one_time_password(&vault.entropy)?;
        let hash = vault.hasher.hash(password, self.0.in_force().argon2).await?;
        let now = self.0.now();
        // Whoever begins later needs it then.
        let first_day = account.from.map_or(now, |from| from.max(now));
        let valid_until = Some(first_day.after(self.0.in_force().one_time_password_lifetime));
        let password = PasswordRecord { hash, changed: now, valid_until };
        let user = self.record(UserId::new(now, &*vault.entropy), account);
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManageUsers)?;
            let txn = Txn::new().put(keys::password(user.id), encode(&password)?);
            let txn = add_user(txn, granted.store, &user).await?;
            let what = What::UserImported { target: target(&user), roles: user.roles.clone() };
            if self.0.commit(Permission::ManageUsers, Change { txn, what }).await? == Landed::Yes {
                return Ok(Imported::Made(generated));
            }
        }
        Err(DalError::busy())
    }

    async fn fate(&self, granted: &Granted<'_>, account: &Listed) -> Result<Fate, DalError> {
        self.0.may_give(&account.roles, account.until)?;
        if account.roles.len() + account.grants.len() > MAX_ROLES {
            return Err(DalError::invalid("roles", format!("are too many: at most {MAX_ROLES}")));
        }
        for (role, until) in &account.grants {
            if *until > self.0.now().after(GRANT_LONGEST) {
                let why = format!("are for a time that is too long: at most {} ahead", left(GRANT_LONGEST));
                return Err(DalError::invalid("roles", why));
            }
            let until = account.until.map_or(*until, |end| end.min(*until));
            self.0.may_give(std::slice::from_ref(role), Some(until))?;
        }
        let taken = || DalError::Conflict { what: format!("the name {} is taken", account.name) };
        match find(granted, &account.name).await {
            // Whether it is like that is told to those who may read it anyway.
            Ok(user) if self.0.require(Permission::ReadUsers).is_ok() => {
                if exported(&user.record) == *account { Ok(Fate::There) } else { Err(taken()) }
            }
            Ok(_) => Err(taken()),
            Err(DalError::NotFound { .. }) => {
                let was = granted.store.get(&keys::deleted_name(&account.name)).await?;
                if was.is_some() { Err(taken()) } else { Ok(Fate::Made) }
            }
            Err(error) => Err(error),
        }
    }

    fn record(&self, id: UserId, account: &Listed) -> UserRecord {
        let (now, by) = (self.0.now(), self.0.own_user().record.name.clone());
        let grant =
            |(role, until): &(RoleName, _)| Grant { role: role.clone(), until: *until, by: by.clone() };
        let disabled = account.disabled.as_ref().map(|(reason, until)| Disabled {
            at: now,
            by: by.clone(),
            reason: reason.clone(),
            until: *until,
        });
        let (name, display_name) = (account.name.clone(), account.display_name.clone());
        UserRecord {
            grants: account.grants.iter().map(grant).collect(),
            disabled,
            begins: account.from,
            expires: account.until,
            must_change_password: true,
            ..UserRecord::new(id, name, display_name, account.roles.clone(), now)
        }
    }
}
