//! Roles for a time.

use std::time::Duration;

use crate::dal::DalError;
use crate::dal::gate::MAX_ROLES;
use crate::dal::records::Grant;
use crate::domain::event::What;
use crate::domain::name::UserName;
use crate::domain::role::{Permission, RoleName};
use crate::domain::time::{Timestamp, left};

use super::{Users, target};

/// Less than this is over before anything is done with it.
pub const GRANT_SHORTEST: Duration = Duration::from_mins(1);
/// Who says "a minute" means it from when they said so.
const TYPING: Duration = Duration::from_secs(5);
/// What is needed for longer is given for good, and taken back by somebody.
pub const GRANT_LONGEST: Duration = Duration::from_hours(24 * 30);

impl Users {
    /// Gives somebody a role until some time; given again, it ends at the new time.
    ///
    /// Needs `AssignRoles`, and everything that the user holds or would hold. Errors: `Invalid` for the field
    /// `until`, which is from [`GRANT_SHORTEST`] to [`GRANT_LONGEST`] ahead; `Conflict` for a role that the
    /// user holds for good.
    pub async fn grant(self, name: &UserName, role: &RoleName, until: Timestamp) -> Result<(), DalError> {
        self.0.require(Permission::AssignRoles)?;
        self.0.may_give(std::slice::from_ref(role), Some(until))?;
        let now = self.0.now();
        if until < now.after(GRANT_SHORTEST).before(TYPING) || until > now.after(GRANT_LONGEST) {
            let (least, most) = (left(GRANT_SHORTEST), left(GRANT_LONGEST));
            return Err(DalError::invalid("until", format!("must be {least} to {most} ahead")));
        }
        let by = self.0.own_user().record.name.clone();
        self.edit(Permission::AssignRoles, name, |user| {
            if user.roles.len() + user.running(now).count() >= MAX_ROLES {
                return Err(DalError::Conflict {
                    what: format!("{} has as many roles as there may be ({MAX_ROLES})", user.name),
                });
            }
            if user.roles.contains(role) {
                return Err(DalError::Conflict { what: format!("{} is {role} for good", user.name) });
            }
            let running = user.running(now).find(|grant| grant.role == *role).map(|grant| grant.until);
            user.grants.retain(|grant| grant.until > now && grant.role != *role);
            user.grants.push(Grant { role: role.clone(), until, by: by.clone() });
            Ok((What::RoleGranted { target: target(user), role: role.clone(), before: running, until }, None))
        })
        .await
        .map(drop)
    }

    /// Takes a role back before its time is up.
    ///
    /// Needs `AssignRoles`, and everything that the user holds. Errors: `Conflict` for a role that the user
    /// does not hold for a time.
    pub async fn ungrant(self, name: &UserName, role: &RoleName) -> Result<(), DalError> {
        let now = self.0.now();
        self.edit(Permission::AssignRoles, name, |user| {
            let running = user.grants.iter().find(|grant| grant.role == *role && grant.until > now);
            let Some(until) = running.map(|grant| grant.until) else {
                return Err(DalError::Conflict { what: format!("{} is not {role} for a time", user.name) });
            };
            user.grants.retain(|grant| grant.until > now && grant.role != *role);
            Ok((What::GrantEnded { target: target(user), role: role.clone(), until }, None))
        })
        .await
        .map(drop)
    }
}
