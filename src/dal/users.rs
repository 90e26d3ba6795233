//! Accounts: who exists, and everything that an administrator does to them.

use serde::Serialize;

use crate::auth::generate;
use crate::domain::event::{Target, What};
use crate::domain::id::UserId;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, Permission, RoleName};
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{EndReason, Ended, Sighting};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::change::{Change, count_users, keep_an_admin};
use super::gate::{Granted, Landed, TRIES};
use super::locks::{self, LockRow, Tallies};
use super::records::{Disabled, PasswordRecord, Roster, SeenRecord, Stored, UserRecord};
use super::sessions::ending::end_all_of;
use super::store::{Expect, Store, Txn, decode, encode, keys};
use super::{DalError, Page, Verified};

/// Rows of the longest page: two records each are fetched in one round trip.
pub const MAX_ROWS: usize = 50;

/// One account in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserRow {
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    pub state: UserState,
    pub last_sign_in: Option<Timestamp>,
}

/// One account, looked at closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserDetail {
    pub id: UserId,
    #[serde(flatten)]
    pub row: UserRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<DisabledBy>,
    pub permissions: Vec<Permission>,
    pub created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    pub must_change_password: bool,
    pub failed_sign_ins: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Sighting>,
    /// The account is closed to somebody because too much failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<LockRow>,
}

/// Whether an account can be signed in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UserState {
    Enabled,
    /// Enabled, and waiting for its one-time password to be replaced.
    Pending,
    Disabled,
    Expired,
}

impl UserState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Pending => "pending",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }
}

/// Since when an account is closed, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DisabledBy {
    pub at: Timestamp,
    pub by: UserName,
    pub reason: Line,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewUser {
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
}

/// Which part of the list of accounts: names with a prefix, behind a name, at most [`MAX_ROWS`].
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    pub prefix: String,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// See [`Verified::users`].
#[must_use = "a proof is for one operation"]
pub struct Users(pub(super) Verified);

impl Users {
    /// Lists accounts by name, one page at a time; reads no more than the page.
    ///
    /// Needs `ReadUsers`.
    pub async fn list(self, query: UserQuery) -> Result<Page<UserRow>, DalError> {
        let granted = self.0.require(Permission::ReadUsers)?;
        let prefix = query.prefix.to_ascii_lowercase();
        if !UserName::is_prefix(&prefix) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let after = query.after.map(|name| keys::user_name_prefix(&name));
        let limit = query.limit.clamp(1, MAX_ROWS);
        let names = granted.store.scan(&keys::user_name_prefix(&prefix), after.as_deref(), limit).await?;
        let mut wanted = Vec::with_capacity(names.entries.len() * 2);
        for entry in &names.entries {
            let id = decode(entry)?;
            wanted.extend([keys::user(id), keys::seen(id)]);
        }
        let found = granted.store.get_many(&wanted).await?;
        let mut items = Vec::with_capacity(names.entries.len());
        for pair in found.chunks_exact(2) {
            // An account that was deleted between the two reads is no longer in the list.
            if let [Some(user), seen] = pair {
                let user: UserRecord = decode(user)?;
                let seen: Option<SeenRecord> = seen.as_ref().map(decode).transpose()?;
                items.push(row(&user, seen.as_ref(), self.0.now()));
            }
        }
        let next = names.next.and_then(|_| items.last().map(|row| row.name.to_string()));
        Ok(Page { items, next })
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
        Ok(UserDetail { lock, ..detail(&user, seen, self.0.now()) })
    }

    /// Makes an account with a generated one-time password, and answers the password: it is shown
    /// this once and stored nowhere.
    ///
    /// Needs `ManageUsers`, and `AssignRoles` for any role but `member`. Errors: `Forbidden` for a
    /// role that holds more than the maker; `Conflict` for a name that is taken.
    pub async fn create(self, new: NewUser) -> Result<Secret, DalError> {
        let vault = self.0.require(Permission::ManageUsers)?.vault;
        self.may_give(&new.roles)?;
        let (generated, password) = one_time_password(&vault.entropy)?;
        let hash = vault.hasher.hash(password, self.0.policy().argon2).await?;
        let now = self.0.now();
        let user = UserRecord {
            id: UserId::new(now, &*vault.entropy),
            name: new.name,
            display_name: new.display_name,
            roles: new.roles,
            disabled: None,
            created: now,
            expires: None,
            must_change_password: true,
            epoch: 0,
            sessions_ended: None,
        };
        let valid_until = Some(now.after(self.0.policy().one_time_password_lifetime));
        let password = PasswordRecord { hash, changed: now, valid_until };
        for _ in 0..TRIES {
            let change = self.plan_create(&user, &password).await?;
            if self.0.commit(Permission::ManageUsers, change).await? == Landed::Yes {
                return Ok(generated);
            }
        }
        Err(DalError::busy())
    }

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
        self.may_give(&roles)?;
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
            if user.disabled.is_some() {
                return Err(DalError::Conflict { what: format!("{} is disabled already", user.name) });
            }
            user.disabled = Some(Disabled { at, by: by.clone(), reason: reason.clone() });
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

    /// Replaces a password by a generated one-time password, ends the user's sessions, and answers
    /// the password: it is shown this once and stored nowhere.
    ///
    /// Needs `ResetPasswords`, and everything that the user holds.
    pub async fn reset_password(self, name: &UserName) -> Result<Secret, DalError> {
        let vault = self.0.require(Permission::ResetPasswords)?.vault;
        let (generated, password) = one_time_password(&vault.entropy)?;
        let hash = vault.hasher.hash(password, self.0.policy().argon2).await?;
        let now = self.0.now();
        let valid_until = Some(now.after(self.0.policy().one_time_password_lifetime));
        let password = PasswordRecord { hash, changed: now, valid_until };
        for _ in 0..TRIES {
            let change = self.plan_reset(name, &password).await?;
            if self.0.commit(Permission::ResetPasswords, change).await? == Landed::Yes {
                return Ok(generated);
            }
        }
        Err(DalError::busy())
    }

    /// Deletes an account and ends its sessions. Its id is never used again.
    ///
    /// Needs `ManageUsers`, and everything that the user holds. Errors: `Conflict` for the last
    /// administrator.
    pub async fn delete(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let change = self.plan_delete(name).await?;
            if self.0.commit(Permission::ManageUsers, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// One change to one account's record: checks, guards, roster, sessions, event.
    async fn edit(
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
            let mut txn = before.unchanged(Txn::new());
            if let Some((reason, note)) = ending {
                let ended = self.ended(reason, note);
                after.end_sessions(ended.clone());
                txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
            }
            txn = txn.put(before.key.clone(), encode(&after)?);
            txn = keep_an_admin(txn, &roster(&granted).await?, Some(&before.record), Some(&after))?;
            if self.0.commit(needs, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    async fn plan_create(&self, user: &UserRecord, password: &PasswordRecord) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        if granted.store.get(&keys::user_name(&user.name)).await?.is_some() {
            return Err(DalError::Conflict { what: format!("the name {} is taken", user.name) });
        }
        let txn = put_new(Txn::new(), granted.store, user, password).await?;
        let what = What::UserCreated { target: target(user), roles: user.roles.clone() };
        Ok(Change { txn, what })
    }

    async fn plan_reset(&self, name: &UserName, password: &PasswordRecord) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ResetPasswords)?;
        let before = self.find_touchable(&granted, name).await?;
        let mut after = before.record.clone();
        after.must_change_password = true;
        let ended = self.ended(EndReason::PasswordReset, None);
        after.end_sessions(ended.clone());
        let txn = before
            .unchanged(Txn::new())
            .put(before.key.clone(), encode(&after)?)
            .put(keys::password(after.id), encode(password)?);
        let txn = end_all_of(txn, &granted, after.id, None, &ended).await?;
        // What was guessed at is no more. Where its owner is known, they still are.
        let txn = Tallies::load(granted.store, after.id).await?.forgive(txn)?.0;
        Ok(Change { txn, what: What::PasswordReset { target: target(&after) } })
    }

    async fn plan_delete(&self, name: &UserName) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ManageUsers)?;
        let user = self.find_touchable(&granted, name).await?;
        let (id, record) = (user.record.id, &user.record);
        let count = granted.store.get(&keys::user_count()).await?;
        let txn = user
            .unchanged(Txn::new())
            .delete(user.key.clone())
            .delete(keys::user_name(&record.name))
            .delete(keys::password(id))
            .delete(keys::seen(id))
            .delete(keys::preferences(id));
        let txn = count_users(txn, Stored::read_some(count.as_ref())?.as_ref(), -1)?;
        let txn = keep_an_admin(txn, &roster(&granted).await?, Some(record), None)?;
        let ended = self.ended(EndReason::UserDeleted, None);
        let txn = end_all_of(txn, &granted, id, None, &ended).await?;
        let txn = Tallies::load(granted.store, id).await?.forget(txn)?;
        Ok(Change { txn, what: What::UserDeleted { target: target(record) } })
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
        self.0.covers(user.record.permissions())?;
        Ok(user)
    }

    fn may_give(&self, roles: &[RoleName]) -> Result<(), DalError> {
        may_give(&self.0, roles)
    }
}

/// Everybody may be made a `member`; other roles are given by those who may, and hold them.
pub(super) fn may_give(verified: &Verified, roles: &[RoleName]) -> Result<(), DalError> {
    if roles.is_empty() {
        return Err(DalError::invalid("roles", "must name at least one role"));
    }
    if roles.iter().any(|role| role.as_str() != "member") {
        verified.require(Permission::AssignRoles)?;
    }
    verified.may_give(role::permissions(roles))
}

/// Why the sessions of the account end with the change, if they do.
type Ending = Option<(EndReason, Option<Line>)>;

pub(super) async fn find(granted: &Granted<'_>, name: &UserName) -> Result<Stored<UserRecord>, DalError> {
    let absent = || DalError::NotFound { what: format!("user {name}") };
    let named = granted.store.get(&keys::user_name(name)).await?.ok_or_else(absent)?;
    let id = decode(&named)?;
    let entry = granted.store.get(&keys::user(id)).await?.ok_or_else(absent)?;
    Ok(Stored::read(&entry)?)
}

/// Adds a new account, which holds only while nobody has its name.
pub(super) async fn put_new(
    txn: Txn,
    store: &dyn Store,
    user: &UserRecord,
    password: &PasswordRecord,
) -> Result<Txn, DalError> {
    let count = store.get(&keys::user_count()).await?;
    let txn = txn
        .guard(keys::user_name(&user.name), Expect::Absent)
        .put(keys::user_name(&user.name), encode(&user.id)?)
        .put(keys::user(user.id), encode(user)?)
        .put(keys::password(user.id), encode(password)?);
    let txn = count_users(txn, Stored::read_some(count.as_ref())?.as_ref(), 1)?;
    let entry = store.get(&keys::roster()).await?;
    let roster = Stored::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)?;
    keep_an_admin(txn, &roster, None, Some(user))
}

async fn roster(granted: &Granted<'_>) -> Result<Stored<Roster>, DalError> {
    let entry = granted.store.get(&keys::roster()).await?;
    Stored::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)
}

fn one_time_password(
    entropy: &std::sync::Arc<dyn crate::domain::id::Entropy>,
) -> Result<(Secret, Password), DalError> {
    let generated = generate::one_time_password(&**entropy);
    let password = Password::parse(generated.expose()).ok_or(DalError::Unavailable)?;
    Ok((generated, password))
}

pub(super) fn target(user: &UserRecord) -> Target {
    Target { user: user.id, name: user.name.clone() }
}

fn row(user: &UserRecord, seen: Option<&SeenRecord>, now: Timestamp) -> UserRow {
    let state = if user.disabled.is_some() {
        UserState::Disabled
    } else if user.has_expired(now) {
        UserState::Expired
    } else if user.must_change_password {
        UserState::Pending
    } else {
        UserState::Enabled
    };
    UserRow {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        roles: user.roles.clone(),
        state,
        last_sign_in: seen.and_then(|seen| seen.last_sign_in.as_ref()).map(|sighting| sighting.at),
    }
}

fn detail(user: &UserRecord, seen: Option<SeenRecord>, now: Timestamp) -> UserDetail {
    let seen = seen.unwrap_or_default();
    UserDetail {
        id: user.id,
        row: row(user, Some(&seen), now),
        disabled: user.disabled.as_ref().map(|disabled| DisabledBy {
            at: disabled.at,
            by: disabled.by.clone(),
            reason: disabled.reason.clone(),
        }),
        permissions: user.permissions().iter().collect(),
        created: user.created,
        expires: user.expires,
        must_change_password: user.must_change_password,
        failed_sign_ins: seen.failed,
        last_failure: seen.last_failure,
        lock: None,
    }
}
