//! Who holds a role, as far as that is worth counting.

use crate::dal::DalError;
use crate::dal::gate::Granted;
use crate::dal::records::tag_of_role;
use crate::dal::store::{Expect, MAX_PAGE, Txn, keys};
use crate::domain::name::UserName;
use crate::domain::role::RoleName;

/// Names of holders that are told.
const NAMED: usize = 10;

/// Accounts that hold a role, for good or for a time: open or not, but not deleted.
pub(super) struct Holders {
    /// Not more than a page.
    pub count: usize,
    pub has_more: bool,
    /// The first of them.
    pub names: Vec<UserName>,
}

impl Holders {
    /// Reads one page of the list of those who hold it.
    pub async fn of(granted: &Granted<'_>, role: &RoleName) -> Result<Self, DalError> {
        let prefix = keys::tagged(&tag_of_role(role), "");
        let page = granted.store.scan(&prefix, None, MAX_PAGE).await?;
        let name = |key: &[u8]| {
            let name = key.get(prefix.len()..).and_then(|name| std::str::from_utf8(name).ok());
            name.and_then(|name| UserName::parse(name).ok())
        };
        let names = page.entries.iter().filter_map(|entry| name(&entry.key)).take(NAMED).collect();
        Ok(Self { count: page.entries.len(), has_more: page.next.is_some(), names })
    }

    /// `alice, bob and 3 more`, or their number for who may not see them.
    pub fn words(&self, names_users: bool) -> String {
        let more = if self.has_more { "+" } else { "" };
        match (names_users, self.count - self.names.len()) {
            (false, _) if self.count == 1 => "1 user".to_owned(),
            (false, _) => format!("{}{more} users", self.count),
            (true, 0) => list(&self.names),
            (true, rest) => format!("{} and {rest}{more} more", list(&self.names)),
        }
    }
}

fn list(names: &[UserName]) -> String {
    names.iter().map(UserName::as_str).collect::<Vec<_>>().join(", ")
}

/// Adds the condition that nobody gets the role meanwhile, whom nobody holds now.
///
/// What is guarded is read before the list: whoever gets the role after that has written it.
/// Errors: `Conflict` naming who holds it.
pub(super) async fn held_by_nobody(
    txn: Txn,
    granted: &Granted<'_>,
    role: &RoleName,
    names_users: bool,
) -> Result<Txn, DalError> {
    let mark = keys::role_given(role);
    let version = granted.store.get(&mark).await?.map(|entry| entry.version);
    let holders = Holders::of(granted, role).await?;
    if holders.count > 0 {
        let who = holders.words(names_users);
        let verb = if holders.count == 1 { "holds" } else { "hold" };
        return Err(DalError::Conflict { what: format!("{who} {verb} {role}; take it away first") });
    }
    Ok(txn.guard(mark, version.map_or(Expect::Absent, Expect::Version)))
}
