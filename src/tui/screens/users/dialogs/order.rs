//! What is done to a user, how it is carried out, and what takes it back.

use crate::dal::users::{Dates, NewUser, Revision};
use crate::dal::{DalError, Session};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};
use crate::domain::secret::Secret;
use crate::domain::text::Line;
use crate::domain::time::Timestamp;
use crate::tui::words::users as say;

/// Something to be done, with everything it needs.
pub enum Order {
    Create(NewUser),
    /// With the name that it replaces.
    Rename(UserName, DisplayName, DisplayName, Revision),
    /// With the roles that they replace.
    Roles(UserName, Vec<RoleName>, Vec<RoleName>, Revision),
    Grant(UserName, RoleName, Timestamp),
    /// Takes back a role that is held for a time.
    Ungrant(UserName, RoleName),
    /// With the dates that they replace.
    Dates(UserName, Dates, Dates, Revision),
    /// For good, or until then.
    Disable(UserName, Line, Option<Timestamp>),
    Enable(UserName),
    Reset(UserName),
    Renew(UserName),
    RemoveFactor(UserName),
    Delete(UserName),
    Restore(UserName),
    Purge(UserName),
}

/// What was done.
pub struct Done {
    pub name: UserName,
    pub words: String,
    pub password: Option<Secret>,
    /// The user no longer exists.
    pub is_gone: bool,
    /// What takes it back, where something does.
    pub undo: Option<Order>,
}

impl Order {
    /// Does it, with a proof made for it.
    pub async fn carry_out(self, session: Session) -> Result<Done, DalError> {
        let users = session.verify().await?.users();
        let done =
            |name: UserName, words: String| Done { name, words, password: None, is_gone: false, undo: None };
        Ok(match self {
            Self::Create(new) => {
                let name = new.name.clone();
                let password = users.create(new).await?;
                Done { password: Some(password), ..done(name.clone(), say::created(&name)) }
            }
            Self::Rename(name, display_name, before, seen) => {
                let seen = users.seen(seen).set_display_name(&name, display_name.clone()).await?;
                let undo = Some(Self::Rename(name.clone(), before, display_name, seen));
                Done { undo, ..done(name.clone(), say::renamed(&name)) }
            }
            Self::Roles(name, roles, before, seen) => {
                let seen = users.seen(seen).set_roles(&name, roles.clone()).await?;
                let words = say::has_roles(&name, &role::list(&roles));
                Done { undo: Some(Self::Roles(name.clone(), before, roles, seen)), ..done(name, words) }
            }
            Self::Grant(name, role, until) => {
                users.grant(&name, &role, until).await?;
                let words = say::granted(&name, &role);
                Done { undo: Some(Self::Ungrant(name.clone(), role)), ..done(name, words) }
            }
            Self::Ungrant(name, role) => {
                users.ungrant(&name, &role).await?;
                done(name.clone(), say::ungranted(&name, &role))
            }
            Self::Dates(name, dates, before, seen) => {
                let seen = users.seen(seen).set_dates(&name, dates).await?;
                let undo = Some(Self::Dates(name.clone(), before, dates, seen));
                Done { undo, ..done(name.clone(), say::has_dates(&name)) }
            }
            Self::Disable(name, reason, until) => {
                match until {
                    Some(until) => users.suspend(&name, reason, until).await?,
                    None => users.disable(&name, reason).await?,
                }
                let words = say::disabled(&name);
                Done { undo: Some(Self::Enable(name.clone())), ..done(name, words) }
            }
            Self::Enable(name) => {
                users.enable(&name).await?;
                done(name.clone(), say::enabled(&name))
            }
            Self::Reset(name) => {
                let password = users.reset_password(&name).await?;
                Done { password: Some(password), ..done(name.clone(), say::has_one_time(&name)) }
            }
            Self::Delete(name) => {
                users.delete(&name).await?;
                let undo = Some(Self::Restore(name.clone()));
                Done { is_gone: true, undo, ..done(name.clone(), say::deleted(&name)) }
            }
            Self::Restore(name) => {
                users.restore(&name).await?;
                done(name.clone(), say::restored(&name))
            }
            Self::Purge(name) => {
                users.purge(&name).await?;
                Done { is_gone: true, ..done(name.clone(), say::purged(&name)) }
            }
            Self::RemoveFactor(name) => {
                users.remove_second_factor(&name).await?;
                done(name.clone(), say::factor_removed(&name))
            }
            Self::Renew(name) => {
                users.require_new_password(&name).await?;
                done(name.clone(), say::renewed(&name))
            }
        })
    }
}
