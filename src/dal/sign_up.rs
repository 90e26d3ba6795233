//! Sign-up: accounts that people make for themselves, with an invite or without.
//!
//! A stranger holds no session, so nothing here asks for a permission: the policy decides who may, the
//! invite what comes of it, and of what is stored a stranger learns whether a name can be used.

use std::net::IpAddr;
use std::time::Duration;

use crate::auth::password::{HashError, PasswordHash};
use crate::auth::strength;
use crate::domain::event::{Actor, Target, What};
use crate::domain::id::UserId;
use crate::domain::name::{DisplayName, NameError, UserName};
use crate::domain::policy::SignUp;
use crate::domain::role::RoleName;
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{Method, Visitor};
use crate::domain::source::Source;
use crate::domain::time::{Timestamp, span};

use super::change::{Change, add_user, is_free, with_event};
use super::gate::{TRIES, Vault};
use super::invites::{self, Invited, Redeemed};
use super::login::{self, Admitted};
use super::records::{PasswordRecord, Stored, UserRecord};
use super::store::{Expect, Store, StoreError, Txn, encode, keys};
use super::users::target;
use super::{DalError, LoginError};

/// What somebody typed who wants an account: nothing of it is known to be fit.
#[derive(Debug, Clone)]
pub struct Application {
    /// Not looked at where the invite names somebody.
    pub name: String,
    /// Empty for the user name.
    pub display_name: String,
    pub password: Secret,
    pub again: Secret,
}

/// A field of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Name,
    DisplayName,
    Password,
    Again,
}

/// Why no account was made. Each is a sentence for the stranger, and tells nothing of anybody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignUpError {
    #[error("nobody signs up here: an administrator makes accounts")]
    Closed,
    #[error("sign-up needs an invite: connect as invite@ instead of new@, with the code that you were given")]
    InviteOnly,
    /// The code opens nothing, whatever the reason.
    #[error("access denied")]
    Denied,
    /// It may have been used, revoked or expired meanwhile, or its maker may not give its roles any more.
    #[error("this invite can no longer be used; ask whoever gave it to you for another one")]
    InviteVoid,
    #[error("too many accounts were made within an hour; come back in {}", span(*.0))]
    TooMany(Duration),
    #[error("too much failed from where you are; come back later")]
    SourceRefused,
    /// As often as [`MOST_TRIES`].
    #[error("this form was sent {MOST_TRIES} times; connect again to start over")]
    TooManyTries,
    /// In the order of the form; never empty.
    #[error("some of what was typed cannot be used")]
    Fields(Vec<(Field, String)>),
    /// The account was made, and could not be signed in to.
    #[error("the account {0} was made; connect again and sign in")]
    MadeOnly(UserName),
    #[error("this cannot be done right now; try again in a moment")]
    Unavailable,
}

/// Nobody is told to come back in the minute before.
const ALMOST_A_MINUTE: Duration = Duration::from_secs(59);

/// What is said of a name that is taken, reserved, or was somebody's: the same of all three.
const UNUSABLE: &str = "this name cannot be used";

/// How often one form is looked at: nobody who wants an account comes near.
pub const MOST_TRIES: u32 = 20;

/// What an application holds once it was looked at.
struct Fit {
    name: Wanted,
    display_name: DisplayName,
    password: Password,
}

/// A name that could be one. Whether it is free is not known yet.
struct Wanted {
    name: UserName,
    /// Nobody can have it; told like one that somebody has.
    is_reserved: bool,
}

/// Whether somebody may make an account without an invite: by the policy, and for how many were made.
pub(super) async fn may(vault: &Vault, store: &dyn Store, from: IpAddr) -> Result<(), SignUpError> {
    match vault.policy().sign_up {
        SignUp::Open => {}
        SignUp::Invite => return Err(SignUpError::InviteOnly),
        SignUp::Closed => return Err(SignUpError::Closed),
    }
    not_refused(vault, from)?;
    count(vault, store, Txn::new(), from, vault.clock.now()).await.map(drop)
}

/// The same of who came with an invite. Its uses bound the accounts that it makes: what strangers make for
/// themselves within an hour keeps nobody out who was asked to come.
fn may_with_an_invite(vault: &Vault, from: IpAddr) -> Result<(), SignUpError> {
    if vault.policy().sign_up == SignUp::Closed {
        return Err(SignUpError::Closed);
    }
    not_refused(vault, from)
}

fn not_refused(vault: &Vault, from: IpAddr) -> Result<(), SignUpError> {
    if vault.sources.refuses(from, vault.clock.now()) { Err(SignUpError::SourceRefused) } else { Ok(()) }
}

/// Makes the account and signs it in.
pub(super) async fn sign_up(
    vault: &Vault,
    store: &dyn Store,
    application: Application,
    invited: Option<&Invited>,
    visitor: Visitor,
) -> Result<Admitted, SignUpError> {
    let from = visitor.address;
    match invited {
        Some(_) => may_with_an_invite(vault, from)?,
        None => may(vault, store, from).await?,
    }
    let fit = judge(vault, &application, invited)?;
    // Before the name is looked up, and before the hash, which costs: an invite that is used up needs neither.
    if let Some(invited) = invited {
        redeem(vault, store, invited, &visitor).await?;
    }
    let name = free(vault, store, fit.name, from).await?;
    let hash = vault.hasher.hash(fit.password, vault.policy().argon2).await?;
    let draft = Draft { name, display_name: fit.display_name, hash };
    let made = make(vault, store, draft, invited, &visitor).await?;
    let method = if invited.is_some() { Method::Invite } else { Method::SignUp };
    match login::admit_new(vault, store, &made, method, visitor).await {
        Ok(admitted) => Ok(admitted),
        Err(error) => {
            tracing::warn!(%error, "an account was made and not signed in to");
            Err(SignUpError::MadeOnly(made.name))
        }
    }
}

/// Looks at every field by itself, and tells of every one that is wrong. Nothing is looked up: whether a name
/// is somebody's is told to nobody who could not have it.
fn judge(vault: &Vault, application: &Application, invited: Option<&Invited>) -> Result<Fit, SignUpError> {
    let mut wrong = Vec::new();
    let typed = application.name.trim();
    let name = match invited.and_then(|invited| invited.name.clone()) {
        Some(name) => Ok(Wanted { name, is_reserved: false }),
        None => UserName::parse(typed).map(|name| {
            let is_reserved = UserName::parse_new(typed) == Err(NameError::Reserved);
            Wanted { name, is_reserved }
        }),
    };
    let name = name.map_err(|why| wrong.push((Field::Name, why.to_string()))).ok();
    let display_name = match (application.display_name.trim(), &name) {
        ("", Some(wanted)) => Some(DisplayName::from(&wanted.name)),
        ("", None) => None,
        (typed, _) => {
            let parsed = DisplayName::parse(typed);
            parsed.map_err(|why| wrong.push((Field::DisplayName, why.to_string()))).ok()
        }
    };
    let context: Vec<&str> = [typed, application.display_name.trim()]
        .into_iter()
        .chain(name.as_ref().map(|wanted| wanted.name.as_str()))
        .chain([vault.host()])
        .collect();
    let password = strength::accept(application.password.expose(), &context, &*vault.policy())
        .map_err(|weakness| wrong.push((Field::Password, weakness.to_string())))
        .ok();
    let is_repeated = password.is_none() || application.password.expose() == application.again.expose();
    if !is_repeated {
        wrong.push((Field::Again, "is not the same".to_owned()));
    }
    match (name, display_name, password) {
        (Some(name), Some(display_name), Some(password)) if wrong.is_empty() => {
            Ok(Fit { name, display_name, password })
        }
        _ => Err(SignUpError::Fields(wrong)),
    }
}

/// The name, if nobody has it and nobody has had it. Whoever tries many of them wants to know who is here: each
/// that is refused counts like a wrong password.
async fn free(
    vault: &Vault,
    store: &dyn Store,
    wanted: Wanted,
    from: IpAddr,
) -> Result<UserName, SignUpError> {
    if !wanted.is_reserved && is_free(store, &wanted.name).await? {
        return Ok(wanted.name);
    }
    let penalty = vault.sources.failed(from, vault.clock.now(), &vault.policy().source_penalties);
    if let Some(penalty) = penalty {
        vault.record_penalty(penalty, from).await;
    }
    Err(SignUpError::Fields(vec![(Field::Name, UNUSABLE.to_owned())]))
}

/// An account that is about to be made.
struct Draft {
    name: UserName,
    display_name: DisplayName,
    hash: PasswordHash,
}

/// Writes account, use of the invite and tallies in one go.
async fn make(
    vault: &Vault,
    store: &dyn Store,
    draft: Draft,
    invited: Option<&Invited>,
    visitor: &Visitor,
) -> Result<Target, SignUpError> {
    let from = visitor.address;
    for _ in 0..TRIES {
        let now = vault.clock.now();
        let mut txn = match invited {
            Some(_) => Txn::new(),
            None => count(vault, store, Txn::new(), from, now).await?,
        };
        // Somebody may have taken it since.
        let name = free(vault, store, Wanted { name: draft.name.clone(), is_reserved: false }, from).await?;
        let id = UserId::new(now, &*vault.entropy);
        let member = vec![RoleName::member()];
        let mut user = UserRecord::new(id, name, draft.display_name.clone(), member, now);
        if let Some(invited) = invited {
            let redeemed = redeem(vault, store, invited, visitor).await?;
            user.roles.clone_from(&redeemed.invite.record.roles);
            txn = redeemed.use_once(txn, &user, now)?;
        }
        let password = PasswordRecord { hash: draft.hash.clone(), changed: now, valid_until: None };
        let txn = txn.put(keys::password(user.id), encode(&password)?);
        let txn = match add_user(txn, store, &user).await {
            // Somebody took the name since.
            Err(DalError::Conflict { .. }) => continue,
            txn => txn?,
        };
        let what = What::SignedUp {
            target: target(&user),
            roles: user.roles.clone(),
            invite: invited.map(Invited::handle),
        };
        let actor = Actor { user: user.id, name: user.name.clone(), session: None };
        let txn = with_event(Change { txn, what }, now, Some(actor), Some(from), &*vault.entropy)?;
        match store.commit(txn).await {
            Ok(_) => return Ok(target(&user)),
            // Somebody took the name, used the invite, or signed up at the same moment: look again.
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(SignUpError::Unavailable)
}

/// The invite as it is now, if it may be used; a refusal is recorded.
async fn redeem(
    vault: &Vault,
    store: &dyn Store,
    invited: &Invited,
    visitor: &Visitor,
) -> Result<Redeemed, SignUpError> {
    match invites::redeemable(vault, store, invited.id).await? {
        Ok(redeemed) => Ok(redeemed),
        Err(why) => {
            invites::record_refusal(vault, store, Some(invited.handle()), why, visitor.address).await?;
            Err(SignUpError::InviteVoid)
        }
    }
}

/// One more account that somebody made without an invite in this hour, of all and from there; both records are guarded, so that of many at once
/// none is missing.
async fn count(
    vault: &Vault,
    store: &dyn Store,
    txn: Txn,
    from: IpAddr,
    now: Timestamp,
) -> Result<Txn, SignUpError> {
    let policy = vault.policy();
    let hour = now.hour();
    let source = Source::of(from);
    let counters = [
        (keys::sign_ups_in_hour(hour), policy.sign_ups_per_hour),
        (keys::sign_ups_from(hour, source), policy.sign_ups_per_source),
    ];
    let wanted: Vec<_> = counters.iter().map(|(key, _)| key.clone()).collect();
    let found = store.get_many(&wanted).await?;
    let mut txn = txn;
    for ((key, most), entry) in counters.into_iter().zip(found) {
        let stored = Stored::<u32>::read_some(entry.as_ref())?;
        let before = stored.as_ref().map_or(0, |stored| stored.record);
        if before >= most {
            return Err(SignUpError::TooMany(Timestamp::of_hour(hour + 1).since(now) + ALMOST_A_MINUTE));
        }
        txn = match &stored {
            Some(stored) => stored.unchanged(txn),
            None => txn.guard(key.clone(), Expect::Absent),
        };
        txn = txn.put(key, encode(&before.saturating_add(1))?);
    }
    Ok(txn)
}

impl From<StoreError> for SignUpError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        Self::Unavailable
    }
}

impl From<HashError> for SignUpError {
    fn from(error: HashError) -> Self {
        tracing::warn!(%error, "hashing");
        Self::Unavailable
    }
}

impl From<DalError> for SignUpError {
    fn from(_: DalError) -> Self {
        // Said to the log where it happened.
        Self::Unavailable
    }
}

impl From<LoginError> for SignUpError {
    fn from(_: LoginError) -> Self {
        Self::Unavailable
    }
}
