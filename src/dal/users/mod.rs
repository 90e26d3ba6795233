//! Accounts: who exists, and everything that an administrator does to them.
//!
//! What is written of an account, and what follows from it, stands in `dal::change`.

mod create;
mod delete;
mod edit;
mod export;
mod grants;
mod import;
mod purge;
mod query;
mod reset;
mod row;
mod second_factor;

use crate::domain::event::Target;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::session::{EndReason, Ended};
use crate::domain::text::Line;

use super::gate::Granted;
use super::locks::{self, Tallies};
use super::records::{SeenRecord, Stored, UserRecord};
use super::store::{decode, keys};
use super::{DalError, Verified};

pub use create::NewUser;
pub(super) use delete::plan_delete;
pub use export::Export;
pub use grants::{GRANT_LONGEST, GRANT_SHORTEST};
pub use import::{Fate, Imported};
pub(super) use purge::plan_purge;
pub use query::{BUDGET, Found, LastSignIn, MAX_ROWS, UserQuery, UserSort};
pub use row::{Dates, DeletedRow, DisabledBy, GrantRow, Revision, UserDetail, UserRow, UserState};

pub(super) use reset::one_time_password;
use row::detail;
pub(super) use row::grants;

/// See [`Verified::users`].
#[must_use = "a proof is for one operation"]
pub struct Users(pub(super) Verified, pub(super) Option<Revision>);

impl Users {
    /// The same for a form that was filled in on an account as it was then: what somebody else has changed
    /// since, and this would change too, is answered with `Changed`.
    pub fn seen(self, revision: Revision) -> Self {
        Self(self.0, Some(revision))
    }

    /// One account.
    ///
    /// Needs `ReadUsers`. Errors: `NotFound`.
    pub async fn get(self, name: &UserName) -> Result<UserDetail, DalError> {
        let granted = self.0.require(Permission::ReadUsers)?;
        let user = find(&granted, name).await?.record;
        let entry = granted.store.get(&keys::seen(user.id)).await?;
        let seen = Stored::<SeenRecord>::read_some(entry.as_ref())?.map(|seen| seen.record);
        let tallies = Tallies::load(granted.store, user.id).await?;
        let lock = locks::of_account_to_any(&user, &tallies, self.0.now());
        Ok(UserDetail { lock, ..detail(&user, &self.0.book().record, seen, self.0.now()) })
    }

    fn ended(&self, reason: EndReason, note: Option<Line>) -> Ended {
        let by = Some(self.0.own_user().record.name.clone());
        Ended { at: self.0.now(), reason, by, note }
    }

    /// The account, if it exists and holds no more than the caller does.
    async fn find_touchable(
        &self,
        granted: &Granted<'_>,
        name: &UserName,
    ) -> Result<Stored<UserRecord>, DalError> {
        let user = find(granted, name).await?;
        self.0.covers(&user.record)?;
        Ok(user)
    }
}

pub(super) async fn find(granted: &Granted<'_>, name: &UserName) -> Result<Stored<UserRecord>, DalError> {
    let absent = || DalError::NotFound { what: format!("user {name}") };
    let named = granted.store.get(&keys::user_name(name)).await?.ok_or_else(absent)?;
    let id = decode(&named)?;
    let entry = granted.store.get(&keys::user(id)).await?.ok_or_else(absent)?;
    Ok(Stored::read(&entry)?)
}

pub(super) fn target(user: &UserRecord) -> Target {
    Target { user: user.id, name: user.name.clone() }
}
