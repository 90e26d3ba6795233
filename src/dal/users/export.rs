//! Accounts on their way out.

use crate::dal::DalError;
use crate::dal::change::Change;
use crate::dal::gate::{Landed, TRIES};
use crate::dal::records::UserRecord;
use crate::dal::store::{Txn, decode, keys};
use crate::domain::event::What;
use crate::domain::import::{Format, Listed};
use crate::domain::role::Permission;

use super::query::find_all;
use super::{MAX_ROWS, UserQuery, Users};

/// A list that was begun, and that the audit trail tells of: without one nothing goes out.
#[derive(Debug)]
pub struct Export {
    query: UserQuery,
    is_over: bool,
}

impl Users {
    /// Begins a list of everybody who passes, in the order of their names; writes down who asked for what.
    ///
    /// Needs `ReadUsers`.
    pub async fn begin_export(self, query: UserQuery, format: Format) -> Result<Export, DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ReadUsers)?;
            let count = granted.store.get(&keys::user_count()).await?;
            let count = count.as_ref().map(decode).transpose()?.unwrap_or_default();
            let what = What::UsersExported { count, format, filter: query.words().join(", ") };
            if self.0.commit(Permission::ReadUsers, Change { txn: Txn::new(), what }).await? == Landed::Yes {
                return Ok(Export { query: UserQuery { limit: MAX_ROWS, ..query }, is_over: false });
            }
        }
        Err(DalError::busy())
    }

    /// The next accounts of a list, perhaps none so far; nothing at its end.
    ///
    /// Needs `ReadUsers`.
    pub async fn export(self, export: &mut Export) -> Result<Option<Vec<Listed>>, DalError> {
        let granted = self.0.require(Permission::ReadUsers)?;
        if export.is_over {
            return Ok(None);
        }
        let found = find_all(&granted, export.query.clone(), self.0.now()).await?;
        let found = found.map(|found| exported(&found.user));
        export.is_over = found.page.next.is_none();
        export.query.after = found.page.next;
        Ok(Some(found.page.items))
    }
}

/// What a list says of an account.
pub(super) fn exported(user: &UserRecord) -> Listed {
    Listed {
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        roles: user.roles.clone(),
        grants: user.grants.iter().map(|grant| (grant.role.clone(), grant.until)).collect(),
        from: user.begins,
        until: user.expires,
        disabled: user.disabled.as_ref().map(|disabled| (disabled.reason.clone(), disabled.until)),
    }
}
