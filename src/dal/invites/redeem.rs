//! What an invite is worth at the moment when somebody uses it.

use std::net::IpAddr;

use crate::dal::gate::Vault;
use crate::dal::login::{self, Miss};
use crate::dal::records::{Book, Stored, UserRecord};
use crate::dal::sign_up::SignUpError;
use crate::dal::store::{Store, StoreError, Txn, encode, keys};
use crate::domain::code::InviteCode;
use crate::domain::event::Failure;
use crate::domain::id::{Handle, InviteId};
use crate::domain::name::UserName;
use crate::domain::policy::SignUp;
use crate::domain::role::{Permission, Permissions, RoleBook, RoleName};
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

/// An invite that may be used, and what that rests on: the account whose word it is, and the roles.
pub(in crate::dal) struct Redeemed {
    pub invite: Stored<InviteRecord>,
    maker: Stored<UserRecord>,
    book: Book,
}

impl Redeemed {
    /// Adds that the invite was used for an account, which holds only while all of it is as it was read.
    pub fn use_once(&self, txn: Txn, user: &UserRecord, now: Timestamp) -> Result<Txn, StoreError> {
        let mut after = self.invite.record.clone();
        after.used.push(Use { user: user.id, name: user.name.clone(), at: now });
        let txn = self.book.unchanged(self.maker.unchanged(self.invite.unchanged(txn)));
        Ok(txn.put(self.invite.key.clone(), encode(&after)?))
    }
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
        Ok(found) => return Ok(Invited { id: known, name: found.invite.record.name }),
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
    let found = store.get_many(&[keys::user(invite.record.maker), keys::roles()]).await?;
    let [maker, book] = found.as_slice() else { return Err(StoreError::Invalid("two were asked for")) };
    let (maker, book) = (Stored::<UserRecord>::read_some(maker.as_ref())?, vault.book(book.as_ref()));
    let still =
        |maker: &Stored<UserRecord>| still_invites(&maker.record, &book.record, &invite.record.roles, now);
    Ok(match maker.filter(still) {
        Some(maker) => Ok(Redeemed { invite, maker, book }),
        None => Err(Failure::InviteVoid),
    })
}

/// Whether somebody may still give these roles to whom they invited: the rules are those of making it.
fn still_invites(maker: &UserRecord, book: &RoleBook, roles: &[RoleName], now: Timestamp) -> bool {
    let held = maker.rights(book, now).permissions;
    // The account that is made with it goes on when what was lent to its maker is over.
    let lasting = maker.lasting(book, None);
    let is_for_members = roles.iter().all(|role| *role == RoleName::member());
    let needed: &[Permission] = if is_for_members {
        &[Permission::ManageInvites]
    } else {
        &[Permission::ManageInvites, Permission::AssignRoles]
    };
    maker.closed(now).is_none()
        && roles.iter().all(|role| book.has(role))
        && held.covers(Permissions::of(needed))
        && lasting.covers(book.rights(roles).permissions)
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
    let miss = Miss { user: None, name, why, from, at: vault.clock.now(), answers: false };
    login::record_failure(vault, store, miss).await
}
