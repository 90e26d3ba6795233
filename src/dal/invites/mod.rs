//! Invites: who may make an account for themselves, as what, and until when.
//!
//! An invite is known by the hash of its code, so that nothing that is stored or listed opens a door. It is
//! judged when it is used ([`redeem`]), by what its maker may do then and not by what they could when they
//! made it. Those that can be used no more are forgotten after a while ([`purge`]).

mod purge;
mod redeem;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::auth::generate;
use crate::domain::code::InviteCode;
use crate::domain::event::What;
use crate::domain::id::{Handle, InviteId, UserId};
use crate::domain::name::UserName;
use crate::domain::policy::SignUp;
use crate::domain::role::{Permission, RoleName};
use crate::domain::secret::Secret;
use crate::domain::text::Line;
use crate::domain::time::{Timestamp, left};

use super::change::{Change, is_free};
use super::gate::{Granted, Landed, TRIES};
use super::records::Stored;
use super::store::{Expect, Txn, decode, encode, keys};
use super::{DalError, Page, Verified};

pub(super) use purge::purge_expired_invites;
pub use redeem::Invited;
pub(super) use redeem::{Redeemed, admit, record_refusal, redeemable};

/// Rows of the longest page: their records are fetched in one round trip.
pub const MAX_ROWS: usize = 50;

/// How often one invite can be used at most: who used it is kept with it.
pub const MAX_USES: u32 = 100;

/// Nothing is invited for less.
const MIN_LIFETIME: Duration = Duration::from_mins(1);

/// Invites that one page of a filtered list looks through.
const LOOKED_AT: usize = 1_000;

/// One invite in a list. Its id is not its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InviteRow {
    pub id: Handle,
    pub state: InviteState,
    pub roles: Vec<RoleName>,
    /// The name that the account has to have, if it has to have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<UserName>,
    pub by: UserName,
    pub created: Timestamp,
    pub expires: Timestamp,
    /// How often it can be used in all.
    pub uses: u32,
    pub used: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Line>,
}

/// One invite, looked at closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InviteDetail {
    #[serde(flatten)]
    pub row: InviteRow,
    /// In the order in which they came.
    pub used_by: Vec<InviteUse>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
}

/// Who made an account with an invite, under which name at the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InviteUse {
    pub name: UserName,
    pub at: Timestamp,
}

/// Whether an invite can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InviteState {
    Open,
    UsedUp,
    Expired,
    Revoked,
}

impl InviteState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::UsedUp => "used up",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// An invite to be made.
#[derive(Debug, Clone)]
pub struct NewInvite {
    pub roles: Vec<RoleName>,
    pub name: Option<UserName>,
    /// As long as the policy allows where it is absent.
    pub lifetime: Option<Duration>,
    pub uses: u32,
    pub note: Option<Line>,
}

/// An invite that was made, with its code: it is shown this once and stored nowhere.
#[derive(Debug, Clone)]
pub struct MadeInvite {
    pub id: Handle,
    pub code: Secret,
    pub expires: Timestamp,
}

/// Which part of the list of invites, the newest first.
#[derive(Debug, Clone, Default)]
pub struct InviteQuery {
    /// Also those that cannot be used any more.
    pub all: bool,
    /// Part of a name, a role, a note or an id; empty for all.
    pub filter: String,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// What is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct InviteRecord {
    pub id: InviteId,
    pub roles: Vec<RoleName>,
    pub name: Option<UserName>,
    /// Whoever this is has to be able to give the roles when the invite is used.
    pub maker: UserId,
    /// For the list, which the maker may have left.
    pub maker_name: UserName,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub uses: u32,
    pub used: Vec<Use>,
    pub note: Option<Line>,
    pub revoked: Option<Revoked>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Use {
    pub user: UserId,
    pub name: UserName,
    pub at: Timestamp,
}

/// When an invite was taken back, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    pub at: Timestamp,
    pub by: UserName,
}

impl InviteRecord {
    fn used(&self) -> u32 {
        u32::try_from(self.used.len()).unwrap_or(u32::MAX)
    }

    fn state(&self, now: Timestamp) -> InviteState {
        if self.revoked.is_some() {
            InviteState::Revoked
        } else if self.used() >= self.uses {
            InviteState::UsedUp
        } else if self.expires <= now {
            InviteState::Expired
        } else {
            InviteState::Open
        }
    }

    fn row(&self, now: Timestamp) -> InviteRow {
        InviteRow {
            id: self.id.handle(),
            state: self.state(now),
            roles: self.roles.clone(),
            name: self.name.clone(),
            by: self.maker_name.clone(),
            created: self.created,
            expires: self.expires,
            uses: self.uses,
            used: self.used(),
            note: self.note.clone(),
        }
    }
}

impl InviteRow {
    /// Whether the filter, in lower case, is in what a row shows of it.
    fn matches(&self, filter: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(filter);
        filter.is_empty()
            || has(&self.id.to_string())
            || has(self.by.as_str())
            || has(self.state.word())
            || self.name.as_ref().is_some_and(|name| has(name.as_str()))
            || self.note.as_ref().is_some_and(|note| has(note.as_str()))
            || self.roles.iter().any(|role| has(role.as_str()))
    }
}

/// See [`Verified::invites`].
#[must_use = "a proof is for one operation"]
pub struct Invites(pub(super) Verified);

impl Invites {
    /// Lists invites, the newest first, one page at a time.
    ///
    /// Needs `ReadInvites`.
    pub async fn list(self, query: InviteQuery) -> Result<Page<InviteRow>, DalError> {
        let granted = self.0.require(Permission::ReadInvites)?;
        let filter = query.filter.trim().to_lowercase();
        let limit = query.limit.clamp(1, MAX_ROWS);
        let mut after = query.after.map(|place| keys::invite_place(&place));
        let (mut items, mut looked_at) = (Vec::new(), 0);
        loop {
            let page = granted.store.scan(keys::INVITES_BY_TIME, after.as_deref(), limit).await?;
            let wanted: Vec<_> =
                page.entries.iter().filter_map(|entry| keys::invite_in_order(&entry.key)).collect();
            let wanted: Vec<_> = wanted.into_iter().map(keys::invite).collect();
            let found = granted.store.get_many(&wanted).await?;
            looked_at += page.entries.len();
            for (place, entry) in page.entries.iter().zip(found) {
                after = Some(place.key.clone());
                // One that was forgotten between the two reads is no longer in the list.
                let Some(entry) = entry else { continue };
                // Nor is one that cannot be read: it hides no other.
                let Ok(invite) = decode::<InviteRecord>(&entry) else { continue };
                let row = invite.row(self.0.now());
                if (query.all || row.state == InviteState::Open) && row.matches(&filter) {
                    items.push(row);
                }
                if items.len() == limit {
                    return Ok(Page { items, next: after.as_deref().map(keys::place_of_invite) });
                }
            }
            if page.next.is_none() || looked_at >= LOOKED_AT {
                let next = page.next.as_deref().map(keys::place_of_invite);
                return Ok(Page { items, next });
            }
        }
    }

    /// One invite, with who used it.
    ///
    /// Needs `ReadInvites`. Errors: `NotFound`.
    pub async fn get(self, id: &Handle) -> Result<InviteDetail, DalError> {
        let granted = self.0.require(Permission::ReadInvites)?;
        let record = find(&granted, id).await?.record;
        let used_by = record.used.iter().map(|used| InviteUse { name: used.name.clone(), at: used.at });
        Ok(InviteDetail {
            used_by: used_by.collect(),
            revoked: record.revoked.clone(),
            row: record.row(self.0.now()),
        })
    }

    /// Makes an invite, and answers its code: it is shown this once and stored nowhere.
    ///
    /// Needs `ManageInvites`, and what it takes to give the roles. Errors: `Invalid` for the field `expires` or
    /// `uses`; `Conflict` for a name that is taken, and while nobody may sign up.
    pub async fn create(self, new: NewInvite) -> Result<MadeInvite, DalError> {
        let vault = self.0.require(Permission::ManageInvites)?.vault;
        self.0.may_give(&new.roles, None)?;
        let lifetime = self.judge(&new)?;
        let code = generate::invite_code(&*vault.entropy);
        let id = InviteCode::parse(code.expose()).as_ref().map(InviteId::of).ok_or(DalError::Unavailable)?;
        let now = self.0.now();
        let maker = &self.0.own_user().record;
        let record = InviteRecord {
            id,
            roles: new.roles,
            name: new.name,
            maker: maker.id,
            maker_name: maker.name.clone(),
            created: now,
            expires: now.after(lifetime),
            uses: new.uses,
            used: Vec::new(),
            note: new.note,
            revoked: None,
        };
        for _ in 0..TRIES {
            let change = self.plan_create(&record).await?;
            if self.0.commit(Permission::ManageInvites, change).await? == Landed::Yes {
                return Ok(MadeInvite { id: id.handle(), code, expires: record.expires });
            }
        }
        Err(DalError::busy())
    }

    /// Takes an invite back: nobody can use it any more. Accounts that were made with it stay.
    ///
    /// Needs `ManageInvites`. Errors: `NotFound`; `Conflict` for one that cannot be used anyway.
    pub async fn revoke(self, id: &Handle) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManageInvites)?;
            let before = find(&granted, id).await?;
            let state = before.record.state(self.0.now());
            if state != InviteState::Open {
                return Err(DalError::Conflict {
                    what: format!("the invite {id} is {} already", state.word()),
                });
            }
            let by = self.0.own_user().record.name.clone();
            let after =
                InviteRecord { revoked: Some(Revoked { at: self.0.now(), by }), ..before.record.clone() };
            let txn = before.unchanged(Txn::new()).put(before.key.clone(), encode(&after)?);
            let what = What::InviteRevoked { invite: id.clone() };
            if self.0.commit(Permission::ManageInvites, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// How long the invite is to last, if nothing about it is wrong.
    fn judge(&self, new: &NewInvite) -> Result<Duration, DalError> {
        let policy = self.0.in_force();
        if policy.sign_up == SignUp::Closed {
            return Err(DalError::Conflict { what: CLOSED.to_owned() });
        }
        let most = policy.invite_lifetime;
        let lifetime = new.lifetime.unwrap_or(most);
        if lifetime > most {
            return Err(DalError::invalid(
                "expires",
                format!("can be in {} at most, by the policy", left(most)),
            ));
        }
        if lifetime < MIN_LIFETIME {
            return Err(DalError::invalid("expires", "must be in 1 min at least"));
        }
        if !(1..=MAX_USES).contains(&new.uses) {
            return Err(DalError::invalid("uses", format!("must be 1 to {MAX_USES}")));
        }
        if new.name.is_some() && new.uses > 1 {
            return Err(DalError::invalid("uses", "must be 1 for an invite that names somebody"));
        }
        Ok(lifetime)
    }

    async fn plan_create(&self, record: &InviteRecord) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::ManageInvites)?;
        if let Some(name) = &record.name
            && !is_free(granted.store, name).await?
        {
            return Err(DalError::Conflict { what: format!("the name {name} is taken") });
        }
        let txn = Txn::new()
            .guard(keys::invite(record.id), Expect::Absent)
            .put(keys::invite(record.id), encode(record)?)
            .put(keys::invite_by_time(record.created, record.id), encode(&())?);
        let what = What::InviteCreated {
            invite: record.id.handle(),
            roles: record.roles.clone(),
            name: record.name.clone(),
            uses: record.uses,
            expires: record.expires,
        };
        Ok(Change { txn, what })
    }
}

/// What whoever invites is told while nobody could come.
pub const CLOSED: &str = "sign-up is closed, so nobody could use an invite; \
    `policy set accounts.sign_up invite` opens it to who is invited";

async fn find(granted: &Granted<'_>, id: &Handle) -> Result<Stored<InviteRecord>, DalError> {
    let found = granted.store.scan(&keys::invites_with(id), None, 2).await?;
    match found.entries.as_slice() {
        [one] => Ok(Stored::read(one)?),
        // Two that begin alike are as good as none: neither is meant.
        _ => Err(DalError::NotFound { what: format!("invite {id}") }),
    }
}
