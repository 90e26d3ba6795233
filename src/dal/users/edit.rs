//! Changing accounts: names, roles, and whether they are open.

use crate::dal::DalError;
use crate::dal::change::{Change, put_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::records::{Disabled, UserRecord};
use crate::dal::sessions::ending::end_all_of;
use crate::dal::store::Txn;
use crate::domain::event::What;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{Permission, RoleName};
use crate::domain::session::EndReason;
use crate::domain::text::Line;

use super::{Users, target};

/// Why the sessions of the account end with the change, if they do.
type Ending = Option<(EndReason, Option<Line>)>;

impl Users {
    /// Changes the name that people read.
    ///
    /// Needs `ManageUsers`, and everything that the user holds.
    pub async fn set_display_name(self, name: &UserName, display_name: DisplayName) -> Result<(), DalError> {
        self.edit(Permission::ManageUsers, name, |user| {
            let before = std::mem::replace(&mut user.display_name, display_name.clone());
            let (before, after) = (before.to_string(), display_name.to_string());
            Ok((What::DisplayNameChanged { target: target(user), before, after }, None))
        })
        .await
    }

    /// Changes what somebody may do, from their next action on.
    ///
    /// Needs `AssignRoles`, and everything that the user holds or would hold. Errors: `Conflict` for
    /// the last administrator.
    pub async fn set_roles(self, name: &UserName, roles: Vec<RoleName>) -> Result<(), DalError> {
        self.0.require(Permission::AssignRoles)?;
        self.0.may_give(&roles)?;
        self.edit(Permission::AssignRoles, name, |user| {
            let before = std::mem::replace(&mut user.roles, roles.clone());
            Ok((What::RolesChanged { target: target(user), before, after: roles.clone() }, None))
        })
        .await
    }

    /// Closes an account and its sessions; the person reads the reason.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` for the last
    /// administrator, or one that is disabled already.
    pub async fn disable(self, name: &UserName, reason: Line) -> Result<(), DalError> {
        let (at, by) = (self.0.now(), self.0.own_user().record.name.clone());
        self.edit(Permission::ManageUsers, name, |user| {
            if user.disabled_at(at).is_some() {
                return Err(DalError::Conflict { what: format!("{} is disabled already", user.name) });
            }
            user.disabled = Some(Disabled { at, by: by.clone(), reason: reason.clone(), until: None });
            let what = What::UserDisabled { target: target(user), reason: reason.as_str().to_owned() };
            Ok((what, Some((EndReason::UserDisabled, Some(reason.clone())))))
        })
        .await
    }

    /// Opens a disabled account again.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` if it is open.
    pub async fn enable(self, name: &UserName) -> Result<(), DalError> {
        self.edit(Permission::ManageUsers, name, |user| {
            if user.disabled.take().is_none() {
                return Err(DalError::Conflict { what: format!("{} is enabled already", user.name) });
            }
            Ok((What::UserEnabled { target: target(user) }, None))
        })
        .await
    }

    /// One change to one account's record: checks, guards, roster, sessions, event.
    pub(super) async fn edit(
        self,
        needs: Permission,
        name: &UserName,
        change: impl Fn(&mut UserRecord) -> Result<(What, Ending), DalError>,
    ) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(needs)?;
            let before = self.find_touchable(&granted, name).await?;
            let mut after = before.record.clone();
            let (what, ending) = change(&mut after)?;
            let mut txn = Txn::new();
            if let Some((reason, note)) = ending {
                let ended = self.ended(reason, note);
                after.end_sessions(ended.clone());
                txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
            }
            txn = put_user(txn, granted.store, &before, &after).await?;
            if self.0.commit(needs, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }
}
