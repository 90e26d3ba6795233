//! What an invite is worth at the moment when somebody uses it.

use std::net::IpAddr;

use crate::dal::gate::Vault;
use crate::dal::login::{self, Miss};
use crate::dal::records::{Stored, UserRecord};
use crate::dal::sign_up::{self, SignUpError};
use crate::dal::store::{Store, StoreError, Txn, encode, keys};
use crate::domain::code::InviteCode;
use crate::domain::event::Failure;
use crate::domain::id::{Handle, InviteId};
use crate::domain::name::UserName;
use crate::domain::policy::SignUp;
use crate::domain::role::{self, Permission, Permissions, RoleName};
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

use super::{InviteRecord, InviteState, Use};

/// Somebody who gave the code of an invite that could be used at that moment. It proves nothing later: whoever
/// signs up with it is judged again.
#[derive(Debug, Clone)]
pub struct Invited {
    pub(in crate::dal) id: InviteId,
    /// The name that the account has to have, if it has to have one.
    pub name: Option<UserName>,
}

impl Invited {
    pub(in crate::dal) fn handle(&self) -> Handle {
        self.id.handle()
    }
}

/// An invite that may be used, and the account whose word it is.
pub(in crate::dal) struct Redeemed {
    pub invite: Stored<InviteRecord>,
    pub maker: Stored<UserRecord>,
}

/// Lets somebody in who has the code of an invite that may be used, as far as the form.
///
/// Errors: `Denied` for any code that opens nothing, whatever the reason; counted like a wrong password.
pub(in crate::dal) async fn admit(
    vault: &Vault,
    store: &dyn Store,
    code: &Secret,
    from: IpAddr,
) -> Result<Invited, SignUpError> {
    if vault.policy().sign_up == SignUp::Closed {
        return Err(SignUpError::Closed);
    }
    let id = InviteCode::parse(code.expose()).as_ref().map(InviteId::of);
    // For what cannot be a code, the same is looked up for none.
    let known = id.unwrap_or_else(|| InviteId::random(&*vault.entropy));
    let found = redeemable(vault, store, known).await?;
    let (invite, why) = match found {
        _ if vault.sources.refuses(from, vault.clock.now()) => (None, Failure::SourceRefused),
        Ok(found) => {
            sign_up::within_limits(vault, store, from).await?;
            return Ok(Invited { id: known, name: found.invite.record.name });
        }
        Err(Failure::UnknownInvite) => (None, Failure::UnknownInvite),
        Err(why) => (Some(known.handle()), why),
    };
    record_refusal(vault, store, invite, why, from).await?;
    // Only somebody who has the code hears that it was good once.
    Err(if why == Failure::InviteVoid { SignUpError::InviteVoid } else { SignUpError::Denied })
}

/// The invite as it is now with its maker, if it may be used; else why not.
pub(in crate::dal) async fn redeemable(
    vault: &Vault,
    store: &dyn Store,
    id: InviteId,
) -> Result<Result<Redeemed, Failure>, StoreError> {
    let entry = store.get(&keys::invite(id)).await?;
    let Some(invite) = Stored::<InviteRecord>::read_some(entry.as_ref())? else {
        return Ok(Err(Failure::UnknownInvite));
    };
    let now = vault.clock.now();
    match invite.record.state(now) {
        InviteState::Open => {}
        InviteState::Expired => return Ok(Err(Failure::InviteExpired)),
        InviteState::UsedUp => return Ok(Err(Failure::InviteUsedUp)),
        InviteState::Revoked => return Ok(Err(Failure::InviteRevoked)),
    }
    let entry = store.get(&keys::user(invite.record.maker)).await?;
    let maker = Stored::<UserRecord>::read_some(entry.as_ref())?;
    Ok(match maker.filter(|maker| still_invites(&maker.record, &invite.record.roles, now)) {
        Some(maker) => Ok(Redeemed { invite, maker }),
        None => Err(Failure::InviteVoid),
    })
}

/// Whether somebody may still give these roles to whom they invited: the rules are those of making it.
fn still_invites(maker: &UserRecord, roles: &[RoleName], now: Timestamp) -> bool {
    let is_usable = maker.disabled.is_none() && !maker.has_expired(now);
    let held = maker.permissions();
    let needed = if roles.iter().all(RoleName::is_member) {
        Permissions::of(&[Permission::ManageInvites])
    } else {
        Permissions::of(&[Permission::ManageInvites, Permission::AssignRoles])
    };
    let exist = roles.iter().all(|role| role.role().is_some());
    is_usable && exist && held.covers(needed) && held.covers(role::permissions(roles))
}

/// Adds that an invite was used for an account, which holds only while it is as it was read.
pub(in crate::dal) fn use_once(
    txn: Txn,
    invite: &Stored<InviteRecord>,
    user: &UserRecord,
    now: Timestamp,
) -> Result<Txn, StoreError> {
    let mut after = invite.record.clone();
    after.used.push(Use { user: user.id, name: user.name.clone(), at: now });
    Ok(invite.unchanged(txn).put(invite.key.clone(), encode(&after)?))
}

/// Records that an invite was not honoured: for the source, for the hour, and as an event. The code itself is
/// in none of them.
pub(in crate::dal) async fn record_refusal(
    vault: &Vault,
    store: &dyn Store,
    invite: Option<Handle>,
    why: Failure,
    from: IpAddr,
) -> Result<(), StoreError> {
    let name = invite.map_or("invite".to_owned(), |invite| format!("invite {invite}"));
    let miss = Miss { user: None, name, why, from, at: vault.clock.now() };
    login::record_failure(vault, store, miss).await
}
