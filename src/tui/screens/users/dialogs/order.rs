//! What is done to a user, how it is carried out, and what takes it back.

use crate::dal::users::{Dates, NewUser, Revision};
use crate::dal::{DalError, Session};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};
use crate::domain::secret::Secret;
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

/// Something to be done, with everything it needs.
pub enum Order {
    Create(NewUser),
    /// With the name that it replaces.
    Rename(UserName, DisplayName, DisplayName, Revision),
    /// With the roles that they replace.
    Roles(UserName, Vec<RoleName>, Vec<RoleName>, Revision),
    /// With the dates that they replace.
    Dates(UserName, Dates, Dates, Revision),
    /// For good, or until then.
    Disable(UserName, Line, Option<Timestamp>),
    Enable(UserName),
    Reset(UserName),
    Renew(UserName),
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
                Done { password: Some(password), ..done(name.clone(), format!("{name} was created.")) }
            }
            Self::Rename(name, display_name, before, seen) => {
                let seen = users.seen(seen).set_display_name(&name, display_name.clone()).await?;
                let undo = Some(Self::Rename(name.clone(), before, display_name, seen));
                Done { undo, ..done(name.clone(), format!("{name} has a new display name.")) }
            }
            Self::Roles(name, roles, before, seen) => {
                let seen = users.seen(seen).set_roles(&name, roles.clone()).await?;
                let words = format!("{name} is {} now.", role::list(&roles));
                Done { undo: Some(Self::Roles(name.clone(), before, roles, seen)), ..done(name, words) }
            }
            Self::Dates(name, dates, before, seen) => {
                let seen = users.seen(seen).set_dates(&name, dates).await?;
                let undo = Some(Self::Dates(name.clone(), before, dates, seen));
                Done { undo, ..done(name.clone(), format!("{name} has new dates.")) }
            }
            Self::Disable(name, reason, until) => {
                match until {
                    Some(until) => users.suspend(&name, reason, until).await?,
                    None => users.disable(&name, reason).await?,
                }
                let words = format!("{name} was disabled.");
                Done { undo: Some(Self::Enable(name.clone())), ..done(name, words) }
            }
            Self::Enable(name) => {
                users.enable(&name).await?;
                done(name.clone(), format!("{name} was enabled."))
            }
            Self::Reset(name) => {
                let password = users.reset_password(&name).await?;
                Done {
                    password: Some(password),
                    ..done(name.clone(), format!("{name} has a one-time password."))
                }
            }
            Self::Delete(name) => {
                users.delete(&name).await?;
                let undo = Some(Self::Restore(name.clone()));
                Done { is_gone: true, undo, ..done(name.clone(), format!("{name} was deleted.")) }
            }
            Self::Restore(name) => {
                users.restore(&name).await?;
                done(name.clone(), format!("{name} was restored."))
            }
            Self::Purge(name) => {
                users.purge(&name).await?;
                Done { is_gone: true, ..done(name.clone(), format!("{name} is gone for good.")) }
            }
            Self::Renew(name) => {
                users.require_new_password(&name).await?;
                done(name.clone(), format!("{name} is asked for a new password at the next sign-in."))
            }
        })
    }
}
