//! Changing accounts: names, roles, dates, and whether they are open.

use crate::dal::DalError;
use crate::dal::change::{Change, put_user};
use crate::dal::gate::{Landed, TRIES};
use crate::dal::records::{Closed, Disabled, UserRecord};
use crate::dal::sessions::ending::end_all_of;
use crate::dal::store::Txn;
use crate::domain::event::What;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{Permission, RoleName};
use crate::domain::session::EndReason;
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::{Dates, Revision, Users, target};

/// Why the sessions of the account end with the change, if they do.
type Ending = Option<(EndReason, Option<Line>)>;

impl Users {
    /// Changes the name that people read.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Changed`.
    pub async fn set_display_name(
        self,
        name: &UserName,
        display_name: DisplayName,
    ) -> Result<Revision, DalError> {
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
    /// the last administrator; `Changed`.
    pub async fn set_roles(self, name: &UserName, roles: Vec<RoleName>) -> Result<Revision, DalError> {
        self.0.require(Permission::AssignRoles)?;
        // For as long as the giver is there; what lasts longer is judged with the account.
        self.0.may_give(&roles, self.0.own_user().record.expires)?;
        self.edit(Permission::AssignRoles, name, |user| {
            let before = std::mem::replace(&mut user.roles, roles.clone());
            Ok((What::RolesChanged { target: target(user), before, after: roles.clone() }, None))
        })
        .await
    }

    /// Changes from when and until when an account is valid; its sessions end if it is not now.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Invalid` for the field `from` or
    /// `until`; `Conflict` for the last administrator; `Changed`.
    pub async fn set_dates(self, name: &UserName, dates: Dates) -> Result<Revision, DalError> {
        self.0.require(Permission::ManageUsers)?;
        let now = self.0.now();
        let dates = dates.checked(now)?;
        self.edit(Permission::ManageUsers, name, |user| {
            let before = (user.begins, user.expires);
            (user.begins, user.expires) = (dates.begins, dates.expires);
            let ending =
                matches!(user.closed(now), Some(Closed::NotYet)).then_some((EndReason::AccountNotYet, None));
            let after = (dates.begins, dates.expires);
            Ok((What::DatesChanged { target: target(user), before, after }, ending))
        })
        .await
    }

    /// Closes an account and its sessions until somebody enables it; the person reads the reason.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` for the last
    /// administrator, or one that is disabled already.
    pub async fn disable(self, name: &UserName, reason: Line) -> Result<(), DalError> {
        self.close(name, reason, None).await
    }

    /// The same for a time: then the account works again by itself.
    ///
    /// Errors: also `Invalid` for the field `until`.
    pub async fn suspend(self, name: &UserName, reason: Line, until: Timestamp) -> Result<(), DalError> {
        self.close(name, reason, Some(until)).await
    }

    async fn close(self, name: &UserName, reason: Line, until: Option<Timestamp>) -> Result<(), DalError> {
        self.0.require(Permission::ManageUsers)?;
        let (at, by) = (self.0.now(), self.0.own_user().record.name.clone());
        if until.is_some_and(|until| until <= at) {
            return Err(DalError::invalid("until", "must be later than now"));
        }
        self.edit(Permission::ManageUsers, name, |user| {
            if user.disabled_at(at).is_some() {
                return Err(DalError::Conflict { what: format!("{} is disabled already", user.name) });
            }
            user.disabled = Some(Disabled { at, by: by.clone(), reason: reason.clone(), until });
            let what = What::UserDisabled { target: target(user), reason: reason.as_str().to_owned(), until };
            Ok((what, Some((EndReason::UserDisabled, Some(reason.clone())))))
        })
        .await
        .map(drop)
    }

    /// Opens a disabled account again.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` if it is open.
    pub async fn enable(self, name: &UserName) -> Result<(), DalError> {
        let now = self.0.now();
        self.edit(Permission::ManageUsers, name, |user| {
            if user.disabled_at(now).is_none() {
                return Err(DalError::Conflict { what: format!("{} is enabled already", user.name) });
            }
            user.disabled = None;
            Ok((What::UserEnabled { target: target(user) }, None))
        })
        .await
        .map(drop)
    }

    /// One change to one account's record: checks, guards, roster, sessions, event; answers what it is then.
    pub(super) async fn edit(
        self,
        needs: Permission,
        name: &UserName,
        change: impl Fn(&mut UserRecord) -> Result<(What, Ending), DalError>,
    ) -> Result<Revision, DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(needs)?;
            let before = self.find_touchable(&granted, name).await?;
            let mut after = before.record.clone();
            let (what, ending) = change(&mut after)?;
            self.0.may_make(&before.record, &after)?;
            self.overwrites_nothing(&before.record, &after)?;
            after.sign(&before.record, &self.0.own_user().record.name, self.0.now());
            let mut txn = Txn::new();
            if let Some((reason, note)) = ending {
                let ended = self.ended(reason, note);
                after.end_sessions(ended.clone());
                txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
            }
            txn = put_user(txn, granted.store, &before, &after).await?;
            if self.0.commit(needs, Change { txn, what }).await? == Landed::Yes {
                return Ok(Revision::of(&after));
            }
        }
        Err(DalError::busy())
    }

    /// Errors: `Changed` where somebody who was not seen to has changed the same.
    fn overwrites_nothing(&self, now: &UserRecord, wanted: &UserRecord) -> Result<(), DalError> {
        let theirs = self.1.and_then(|seen| now.edited_since(seen.edition(), wanted));
        theirs.map_or(Ok(()), |edit| {
            let (by, what) = (edit.by.clone(), edit.part.as_it_is(now));
            Err(DalError::Changed { by, at: edit.at, what, revision: Revision::of(now) })
        })
    }
}

impl Dates {
    /// Errors: `Invalid` for the field `from` or `until`.
    pub(super) fn checked(self, now: Timestamp) -> Result<Self, DalError> {
        if self.expires.is_some_and(|expires| expires <= now) {
            return Err(DalError::invalid("until", "must be later than now"));
        }
        if let (Some(begins), Some(expires)) = (self.begins, self.expires)
            && begins >= expires
        {
            return Err(DalError::invalid("from", "must be before the end"));
        }
        // What has begun needs no date.
        Ok(Self { begins: self.begins.filter(|begins| *begins > now), ..self })
    }
}
