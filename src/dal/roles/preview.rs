//! What a change of roles would do, before it is made.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::dal::DalError;
use crate::dal::gate::Granted;
use crate::dal::records::UserRecord;
use crate::dal::store::{MAX_GET, decode, keys};
use crate::domain::id::{Handle, UserId};
use crate::domain::name::UserName;
use crate::domain::role::{Permission, Permissions, Rights, RoleBook};

use super::holders::Holders;
use super::{RoleChange, Roles};

/// Sessions that are told by their handles.
const NAMED: usize = 20;

/// Whom a change would touch, and what of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// Accounts that hold the role, counted up to a thousand.
    pub users: usize,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub users_more: bool,
    /// The first of them, for who may see users.
    pub names: Vec<UserName>,
    /// Live sessions in which something else would be permitted, or whose limits would be others.
    pub sessions: usize,
    /// The first of them, for who may see sessions.
    pub first_sessions: Vec<TouchedSession>,
    /// What the role would give that it does not give now.
    pub gained: Vec<Permission>,
    pub lost: Vec<Permission>,
    /// What the role would demand of sessions, where that changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limits: Option<String>,
}

/// A live session in which something would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TouchedSession {
    pub handle: Handle,
    pub user: UserName,
    /// What its user could do and cannot now, all roles together.
    pub gained: Vec<Permission>,
    pub lost: Vec<Permission>,
}

impl Roles {
    /// Whom a change would touch. Changes nothing.
    ///
    /// Needs `ManageRoles`, and errors as the change itself would; but that somebody holds a role that is to
    /// be deleted is no error here.
    pub async fn preview(self, change: &RoleChange) -> Result<Touched, DalError> {
        let granted = self.0.require(Permission::ManageRoles)?;
        let planned = self.plan(change)?;
        let rights = |book: &RoleBook| {
            let role = planned.before.as_ref().or(planned.after.as_ref());
            role.map_or_else(Rights::default, |role| book.rights_of(&role.name))
        };
        let (before, after) = (rights(&self.0.book().record), rights(&planned.book));
        let role = planned.before.as_ref().or(planned.after.as_ref());
        let holders = match role {
            Some(role) => Holders::of(&granted, &role.name).await?,
            None => return Err(DalError::Unavailable),
        };
        let sessions = self.sessions_that_change(&granted, &planned.book).await?;
        let may_see = self.0.rights().permissions.has(Permission::ReadSessions);
        Ok(Touched {
            users: holders.count,
            users_more: holders.has_more,
            names: if self.names_users() { holders.names } else { Vec::new() },
            sessions: sessions.len(),
            first_sessions: sessions.into_iter().filter(|_| may_see).take(NAMED).collect(),
            gained: list(after.permissions.without(before.permissions)),
            lost: list(before.permissions.without(after.permissions)),
            limits: planned.after.filter(|_| before.limits != after.limits).map(|after| after.limits.words()),
        })
    }

    async fn sessions_that_change(
        &self,
        granted: &Granted<'_>,
        book: &RoleBook,
    ) -> Result<Vec<TouchedSession>, DalError> {
        let mut live: BTreeMap<UserId, Vec<Handle>> = BTreeMap::new();
        for one in granted.vault.live.everybody() {
            live.entry(one.user).or_default().push(one.session.handle());
        }
        let (now, mut sessions) = (self.0.now(), Vec::new());
        let ids: Vec<UserId> = live.keys().copied().collect();
        for ids in ids.chunks(MAX_GET) {
            let wanted: Vec<_> = ids.iter().map(|id| keys::user(*id)).collect();
            for entry in granted.store.get_many(&wanted).await?.iter().flatten() {
                let user: UserRecord = decode(entry)?;
                let (before, after) = (user.rights(&self.0.book().record, now), user.rights(book, now));
                if before == after {
                    continue;
                }
                let session = |handle: &Handle| TouchedSession {
                    handle: handle.clone(),
                    user: user.name.clone(),
                    gained: list(after.permissions.without(before.permissions)),
                    lost: list(before.permissions.without(after.permissions)),
                };
                sessions.extend(live.get(&user.id).into_iter().flatten().map(session));
            }
        }
        sessions.sort_by(|one, other| (&one.user, &one.handle).cmp(&(&other.user, &other.handle)));
        Ok(sessions)
    }
}

impl Touched {
    /// What would happen, a sentence a line.
    pub fn lines(&self) -> Vec<String> {
        let more = if self.users_more { "+" } else { "" };
        let mut lines = vec![match (self.users, self.names.len()) {
            (0, _) => "Nobody holds it.".to_owned(),
            (1, 0) => "1 user holds it.".to_owned(),
            (users, 0) => format!("{users}{more} users hold it."),
            (users, named) if users == named && users == 1 => format!("1 user holds it: {}.", self.named()),
            (users, named) if users == named => format!("{users} users hold it: {}.", self.named()),
            (users, _) => format!("{users}{more} users hold it: {}, …", self.named()),
        }];
        let permissions = |what: &str, list: &[Permission]| {
            let words = crate::domain::role::list_permissions(list.iter().copied());
            (!list.is_empty()).then(|| format!("{what}: {words}."))
        };
        lines.extend(permissions("Added", &self.gained));
        lines.extend(permissions("Taken out", &self.lost));
        lines.extend(self.limits.as_ref().map(|limits| format!("Limits: {limits}.")));
        let named: Vec<String> =
            self.first_sessions.iter().map(|one| format!("{} ({})", one.user, one.handle)).collect();
        let rest = self.sessions - named.len();
        lines.push(match (self.sessions, rest) {
            (0, _) => "No live session changes.".to_owned(),
            (1, 0) => format!("1 live session changes at once: {}.", named.join(", ")),
            (all, 0) => format!("{all} live sessions change at once: {}.", named.join(", ")),
            (all, _) if named.is_empty() => format!("Live sessions that change at once: {all}."),
            (all, rest) => {
                format!("{all} live sessions change at once: {} and {rest} more.", named.join(", "))
            }
        });
        lines
    }

    fn named(&self) -> String {
        self.names.iter().map(UserName::as_str).collect::<Vec<_>>().join(", ")
    }
}

fn list(permissions: Permissions) -> Vec<Permission> {
    permissions.iter().collect()
}
