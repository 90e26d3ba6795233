//! Changing roles, and whether that may be.

use crate::dal::DalError;
use crate::dal::change::Change;
use crate::dal::gate::{Granted, Landed, TRIES};
use crate::dal::store::{Txn, encode, keys};
use crate::dal::users::Revision;
use crate::domain::event::What;
use crate::domain::role::{self, CustomRole, Limits, MAX_CUSTOM, Permission, RoleBook, RoleEdit, RoleName};

use super::holders::held_by_nobody;
use super::{Roles, absent};

/// Something to be done to the roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleChange {
    Create(CustomRole),
    Copy {
        from: RoleName,
        to: RoleName,
    },
    /// The role as whoever edits it saw it, and as it is to be.
    Edit {
        before: CustomRole,
        after: CustomRole,
    },
    Delete(RoleName),
}

/// A change that may be made.
pub(super) struct Planned {
    pub before: Option<CustomRole>,
    pub after: Option<CustomRole>,
    /// All roles afterwards.
    pub book: RoleBook,
}

impl Roles {
    /// Makes a role.
    ///
    /// Needs `ManageRoles`, and every permission that the role gives. Errors: `Conflict` for a name that is
    /// taken, or one role too many; `Invalid` for the fields `about` and `limits`.
    pub async fn create(self, role: CustomRole) -> Result<(), DalError> {
        self.change(RoleChange::Create(role)).await
    }

    /// Makes a role that is like another one, which may be a built-in one.
    ///
    /// Needs and errors: as [`create`](Self::create); `NotFound` for the other one.
    pub async fn copy(self, from: &RoleName, to: &RoleName) -> Result<(), DalError> {
        self.change(RoleChange::Copy { from: from.clone(), to: to.clone() }).await
    }

    /// Changes what a role says, gives and demands; its name stays.
    ///
    /// Needs `ManageRoles`, and every permission that it gives before or after. Errors: `Conflict` for a
    /// built-in role; `Changed` for one that is not any more what the editor saw, with what changed; `NotFound`;
    /// `Invalid` for the fields `about` and `limits`.
    pub async fn edit(self, before: CustomRole, after: CustomRole) -> Result<(), DalError> {
        self.change(RoleChange::Edit { before, after }).await
    }

    /// Deletes a role that nobody holds.
    ///
    /// Needs `ManageRoles`, and every permission that it gives. Errors: `Conflict` for a built-in role, and
    /// while somebody holds it; `NotFound`.
    pub async fn delete(self, name: &RoleName) -> Result<(), DalError> {
        self.change(RoleChange::Delete(name.clone())).await
    }

    async fn change(self, change: RoleChange) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManageRoles)?;
            if matches!(&change, RoleChange::Edit { before, after } if before == after) {
                return self.plan(&change).map(drop);
            }
            let change = self.write(&granted, &change).await?;
            if self.0.commit(Permission::ManageRoles, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    async fn write(&self, granted: &Granted<'_>, change: &RoleChange) -> Result<Change, DalError> {
        let planned = self.plan(change)?;
        let edit = RoleEdit { by: self.0.own_user().record.name.clone(), at: self.0.now() };
        let book = match &planned.after {
            Some(role) => planned.book.signed(role.name.clone(), edit),
            None => planned.book,
        };
        let mut txn = Txn::new().put(keys::roles(), encode(&book)?);
        let what = match (planned.before, planned.after) {
            (Some(before), Some(after)) => What::RoleEdited { before, after },
            // Nobody has an old one of that name in their pocket.
            (None, Some(role)) => {
                txn = held_by_nobody(txn, granted, &role.name, self.names_users()).await?;
                What::RoleCreated { role }
            }
            (Some(role), None) => {
                txn = held_by_nobody(txn, granted, &role.name, self.names_users()).await?;
                What::RoleDeleted { role }
            }
            (None, None) => return Err(DalError::Unavailable),
        };
        Ok(Change { txn, what })
    }

    /// Judges a change by the book of this proof; the commit guards that it still is the book.
    pub(super) fn plan(&self, change: &RoleChange) -> Result<Planned, DalError> {
        let book = &self.0.book().record;
        match change {
            RoleChange::Create(role) => self.plan_new(role),
            RoleChange::Copy { from, to } => {
                if !book.has(from) {
                    return Err(absent(from));
                }
                let rights = book.rights_of(from);
                let about = match book.find(from) {
                    Some(role) => role.about.clone(),
                    None => format!("like {from}"),
                };
                let (permissions, limits) = (rights.permissions, rights.limits);
                self.plan_new(&CustomRole { name: to.clone(), about, permissions, limits })
            }
            RoleChange::Edit { before, after } => self.plan_edit(before, after),
            RoleChange::Delete(name) => {
                let role = self.editable(name)?;
                Ok(Planned { book: book.without(name), before: Some(role), after: None })
            }
        }
    }

    fn plan_new(&self, role: &CustomRole) -> Result<Planned, DalError> {
        let book = &self.0.book().record;
        if book.has(&role.name) {
            return Err(DalError::Conflict { what: format!("there is a role {} already", role.name) });
        }
        if book.custom.len() >= MAX_CUSTOM {
            let what = format!("there are {MAX_CUSTOM} roles, and there cannot be more");
            return Err(DalError::Conflict { what });
        }
        let role = sound(role)?;
        self.0.may_hand_out(role.permissions)?;
        Ok(Planned { book: book.with(role.clone()), before: None, after: Some(role) })
    }

    fn plan_edit(&self, seen: &CustomRole, after: &CustomRole) -> Result<Planned, DalError> {
        let before = self.editable(&seen.name)?;
        if before != *seen {
            let changes = seen.changes_to(&before).join(", ");
            let name = &before.name;
            return Err(match self.0.book().record.edits.get(name) {
                Some(edit) => DalError::Changed {
                    by: edit.by.clone(),
                    at: edit.at,
                    what: format!("{name} ({changes})"),
                    revision: Revision::default(),
                },
                None => DalError::Conflict {
                    what: format!("{name} was changed meanwhile: {changes}; look again"),
                },
            });
        }
        let after = CustomRole { name: before.name.clone(), ..sound(after)? };
        self.0.may_hand_out(after.permissions)?;
        // Limits bind everybody who holds the role, also who holds more than whoever edits it.
        if after.limits != before.limits {
            self.0.require(Permission::ManageUsers)?;
            self.0.require(Permission::AssignRoles)?;
        }
        let book = self.0.book().record.with(after.clone());
        Ok(Planned { book, before: Some(before), after: Some(after) })
    }

    /// The role, if it can be changed, by somebody who holds as much.
    fn editable(&self, name: &RoleName) -> Result<CustomRole, DalError> {
        if name.built_in().is_some() {
            let what = format!("{name} is built in and stays as it is; copy it to change the copy");
            return Err(DalError::Conflict { what });
        }
        let role = self.0.book().record.find(name).ok_or_else(|| absent(name))?;
        self.0.may_hand_out(role.permissions)?;
        Ok(role.clone())
    }
}

/// The role as it is kept, whoever described it.
fn sound(role: &CustomRole) -> Result<CustomRole, DalError> {
    let about = CustomRole::parse_about(&role.about).map_err(|why| DalError::invalid("about", why))?;
    let name = RoleName::parse(role.name.as_str()).map_err(|why| DalError::invalid("name", why))?;
    if !role.limits.is_sound() {
        let [from, to] = [Limits::DURATIONS.start(), Limits::DURATIONS.end()].map(|end| end.as_secs() / 60);
        let caps = Limits::CAPS;
        let why = format!("must be {from} to {to} minutes and {} to {} sessions", caps.start(), caps.end());
        return Err(DalError::invalid("limits", why));
    }
    // Whoever has any role looks after their own account, and the role says so.
    let permissions = role.permissions.and(role::OWN.permissions);
    Ok(CustomRole { name, about, permissions, limits: role.limits })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::auth::password::Hasher;
    use crate::dal::gate::{Dal, Engine, Parts, Session};
    use crate::dal::login::Attempt;
    use crate::dal::users::{Dates, NewUser};
    use crate::domain::id::Entropy;
    use crate::domain::name::{DisplayName, UserName};
    use crate::domain::policy::{Argon2Cost, Policy};
    use crate::domain::role::Permissions;
    use crate::domain::secret::{Password, Secret};
    use crate::domain::session::{Method, Visitor};
    use crate::domain::time::{Clock, Timestamp};

    struct Still;

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_795_432_334_000_000)
        }
    }

    struct Counting(AtomicU64);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = u8::try_from(self.0.fetch_add(7, Ordering::Relaxed) % 251).unwrap();
            }
        }
    }

    const PASSWORD: &str = "heron lantern quilt marble 7";

    /// The administrator of a store in which `alice` is a member and nobody is `desk`.
    async fn admin() -> Session {
        let entropy = Arc::new(Counting(AtomicU64::new(1)));
        let hasher = Hasher::start(1, 16, entropy.clone()).unwrap();
        let argon2 = Argon2Cost { memory: 8, passes: 1, lanes: 1 };
        let policy = Policy { argon2, ..Policy::default() };
        let parts = Parts { hasher, clock: Arc::new(Still), entropy, policy };
        let dal = Dal::open(Engine::Memory, parts).unwrap();
        dal.set_up(Password::parse(PASSWORD)).await.unwrap();
        let attempt = Attempt {
            name: "admin".to_owned(),
            password: Secret::new(PASSWORD.to_owned()),
            method: Method::Password,
            visitor: Visitor::new(([192, 0, 2, 7], 50_122).into(), "test"),
        };
        let session = dal.login(attempt).await.unwrap();
        let roles = vec![RoleName::member()];
        let new = NewUser {
            name: alice(),
            display_name: DisplayName::from(&alice()),
            roles,
            dates: Dates::default(),
        };
        session.verify().await.unwrap().users().create(new).await.unwrap();
        let role = CustomRole {
            name: desk(),
            about: String::new(),
            permissions: Permissions::of(&[Permission::ReadUsers]),
            limits: Limits::default(),
        };
        session.verify().await.unwrap().roles().create(role).await.unwrap();
        session
    }

    fn alice() -> UserName {
        UserName::parse("alice").unwrap()
    }

    fn desk() -> RoleName {
        RoleName::parse("desk").unwrap()
    }

    /// Nobody held the role when it was looked, and somebody does when it is written.
    #[tokio::test]
    async fn whoever_gets_a_role_between_the_look_and_the_write_keeps_it() {
        let admin = admin().await;
        for is_for_a_time in [true, false] {
            let deleting = admin.verify().await.unwrap().roles();
            let granted = deleting.0.require(Permission::ManageRoles).unwrap();
            let planned = deleting.write(&granted, &RoleChange::Delete(desk())).await.unwrap();
            let users = admin.verify().await.unwrap().users();
            if is_for_a_time {
                let until = Still.now().after(std::time::Duration::from_hours(1));
                users.grant(&alice(), &desk(), until).await.unwrap();
            } else {
                users.set_roles(&alice(), vec![desk(), RoleName::member()]).await.unwrap();
            }
            let landed = deleting.0.commit(Permission::ManageRoles, planned).await.unwrap();
            assert_eq!(landed, Landed::Stale);
            let again = admin.verify().await.unwrap().roles().delete(&desk()).await.unwrap_err();
            assert_eq!(again.to_string(), "alice holds desk; take it away first");
            let users = admin.verify().await.unwrap().users();
            if is_for_a_time {
                users.ungrant(&alice(), &desk()).await.unwrap();
            } else {
                users.set_roles(&alice(), vec![RoleName::member()]).await.unwrap();
            }
        }
        admin.verify().await.unwrap().roles().delete(&desk()).await.unwrap();
    }

    /// The other way round: it was there when it was looked, and is gone when it is given.
    #[tokio::test]
    async fn a_role_that_is_gone_meanwhile_is_not_given() {
        let admin = admin().await;
        let giving = admin.verify().await.unwrap().users();
        admin.verify().await.unwrap().roles().delete(&desk()).await.unwrap();
        let refused = giving.set_roles(&alice(), vec![desk()]).await.unwrap_err();
        assert_eq!(refused.to_string(), "roles were changed meanwhile: desk was deleted; look again");
    }
}
