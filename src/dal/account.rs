//! One's own account: the profile, and choosing a password.

use serde::Serialize;

use crate::auth::strength::{self, Strength};
use crate::domain::event::What;
use crate::domain::id::Handle;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::preferences::Preferences;
use crate::domain::role::{Permission, RoleName};
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{Before, EndReason, Ended, Method, Sighting, Visitor};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::change::{Change, put_user};
use super::gate::{Granted, Landed, TRIES};
use super::locks::Tallies;
use super::login::Miss;
use super::records::{self, Deleted, FactorRecord, PasswordRecord, Stored};
use super::second_factor::FactorState;
use super::sessions::ending::end_all_of;
use super::store::{Txn, encode, keys};
use super::users::{self, GrantRow, plan_delete};
use super::{DalError, Session, Verified, login};

/// What people may know about themselves.
#[derive(Debug, Clone, Serialize)]
pub struct Profile {
    pub name: UserName,
    pub display_name: DisplayName,
    pub roles: Vec<RoleName>,
    /// Those of them that time takes away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<GrantRow>,
    pub permissions: Vec<Permission>,
    pub created: Timestamp,
    pub password_changed: Timestamp,
    pub second_factor: FactorState,
    pub session: OwnSession,
}

/// The session that asks.
#[derive(Debug, Clone, Serialize)]
pub struct OwnSession {
    pub handle: Handle,
    pub methods: Vec<Method>,
    #[serde(flatten)]
    pub visitor: Visitor,
    pub created: Timestamp,
    pub expires: Timestamp,
    #[serde(skip)]
    pub before: Before,
}

/// See [`Verified::account`].
#[must_use = "a proof is for one operation"]
pub struct Account(pub(super) Verified);

impl Account {
    /// The viewer's own profile.
    ///
    /// Needs `OwnAccount`.
    pub async fn profile(self) -> Result<Profile, DalError> {
        let granted = self.0.require(Permission::OwnAccount)?;
        let user = &self.0.own_user().record;
        let session = &self.0.own_session().record;
        let found = granted.store.get_many(&[keys::password(user.id), keys::factor(user.id)]).await?;
        let [password, factor] = found.as_slice() else { return Err(DalError::Unavailable) };
        let password = Stored::<PasswordRecord>::read_some(password.as_ref())?;
        let factor = Stored::<FactorRecord>::read_some(factor.as_ref())?.map(|factor| factor.record);
        let is_required = self.0.in_force().demands_a_factor(self.0.rights());
        Ok(Profile {
            name: user.name.clone(),
            display_name: user.display_name.clone(),
            roles: user.roles_at(self.0.now()),
            grants: users::grants(user, self.0.now()),
            permissions: self.0.rights().permissions.iter().collect(),
            created: user.created,
            password_changed: password.map_or(user.created, |password| password.record.changed),
            second_factor: FactorState::of(user, factor.as_ref(), is_required),
            session: OwnSession {
                handle: session.id.handle(),
                methods: session.methods.clone(),
                visitor: session.visitor.clone(),
                created: session.created,
                expires: session.expires,
                before: Before::default(),
            },
        })
    }

    /// How the viewer likes their dashboard.
    ///
    /// Needs `OwnAccount`.
    pub async fn preferences(self) -> Result<Preferences, DalError> {
        let granted = self.0.require(Permission::OwnAccount)?;
        let entry = granted.store.get(&keys::preferences(self.0.own_user().record.id)).await?;
        Ok(records::preferences(entry.as_ref()))
    }

    /// Keeps how the viewer likes their dashboard; their open screens follow at once. Of two changes
    /// at the same time the later one holds.
    ///
    /// Needs `OwnAccount`.
    pub async fn set_preferences(self, preferences: Preferences) -> Result<(), DalError> {
        self.0.require(Permission::OwnAccount)?;
        let key = keys::preferences(self.0.own_user().record.id);
        let change =
            Change { txn: Txn::new().put(key, encode(&preferences)?), what: What::PreferencesChanged };
        match self.0.commit(Permission::OwnAccount, change).await? {
            Landed::Yes => Ok(()),
            Landed::Stale => Err(DalError::busy()),
        }
    }

    /// Replaces one's own password, and ends every other session of one's own.
    ///
    /// Asks for the current password unless that has to be replaced, and this session was just opened with
    /// it. A one-time password opens no other: whose connection is lost before the choice is made asks for a
    /// new one. Needs `OwnPassword`. Errors: `Invalid` for the field `current password` or `new
    /// password`; a wrong current password is recorded like a failed sign-in, and answered no
    /// sooner than one.
    pub async fn choose_password(self, current: Option<Secret>, new: Secret) -> Result<(), DalError> {
        let granted = self.0.require(Permission::OwnPassword)?;
        let vault = granted.vault;
        let policy = self.0.in_force();
        let user = &self.0.own_user().record;
        let known = vault.known_of(&user.name, &user.display_name);
        let new = strength::accept(new.expose(), &known, &*policy)
            .map_err(|weakness| DalError::invalid("new password", weakness))?;
        let entry = granted.store.get(&keys::password(user.id)).await?;
        let stored = Stored::<PasswordRecord>::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)?;
        if !self.0.own_session().record.must_choose_a_password(user) {
            self.0.prove_own_password(Permission::OwnPassword, "current password", current, &stored).await?;
        }
        let same = vault.hasher.verify(new.clone(), Some(stored.record.hash.clone()), policy.argon2).await?;
        if same.matches {
            return Err(DalError::invalid("new password", "is the current one; choose another"));
        }
        let hash = vault.hasher.hash(new, policy.argon2).await?;
        for _ in 0..TRIES {
            let change = self.new_password(&stored, hash.clone()).await?;
            if self.0.commit(Permission::OwnPassword, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::Conflict { what: "your password was changed elsewhere meanwhile".to_owned() })
    }

    /// Deletes one's own account, after its password was proven, and its second factor if it has one; an administrator can restore it for a while.
    ///
    /// Needs `OwnAccount`. Errors: `Conflict` where the policy leaves that to administrators, or for the last
    /// one of them; `Invalid` for the field `password` or `code`; a wrong one is recorded like a failed sign-in.
    pub async fn delete_own(self, password: Secret, code: Option<Secret>) -> Result<(), DalError> {
        let granted = self.0.require(Permission::OwnAccount)?;
        if !self.0.in_force().delete_own_account {
            return Err(DalError::Conflict {
                what: "only an administrator deletes accounts here".to_owned(),
            });
        }
        let entry = granted.store.get(&keys::password(self.0.own_user().record.id)).await?;
        let stored = Stored::<PasswordRecord>::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)?;
        self.0.prove_own_password(Permission::OwnAccount, "password", Some(password), &stored).await?;
        let _turn = granted.vault.codes.of(self.0.own_user().record.id).await;
        if self.0.own_user().record.second_factor.is_some() {
            let from = self.0.own_session().record.visitor.address;
            let came = Sighting { at: granted.vault.clock.now(), from };
            let code = code.ok_or_else(|| DalError::invalid("code", "is needed too"))?;
            self.0.prove_own_code(&granted, &code, &came).await?;
        }
        for _ in 0..TRIES {
            let change = self.plan_to_go(&granted, &stored).await?;
            if self.0.commit(Permission::OwnAccount, change).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    async fn plan_to_go(
        &self,
        granted: &Granted<'_>,
        password: &Stored<PasswordRecord>,
    ) -> Result<Change, DalError> {
        let (now, own) = (self.0.now(), &self.0.own_user().record);
        let until = now.after(self.0.in_force().keep_deleted);
        let note = format!("an administrator can restore it until {}", until.minute());
        let note = Line::parse(&note).ok();
        let ended = Ended { at: now, reason: EndReason::UserDeleted, by: None, note };
        let deleted = Deleted { at: now, by: own.name.clone(), until };
        let txn = password.unchanged(Txn::new());
        plan_delete(txn, granted, self.0.own_user(), deleted, &ended).await
    }

    async fn new_password(
        &self,
        stored: &Stored<PasswordRecord>,
        hash: crate::auth::password::PasswordHash,
    ) -> Result<Change, DalError> {
        let granted = self.0.require(Permission::OwnPassword)?;
        let (now, mut user) = (self.0.now(), self.0.own_user().record.clone());
        let ended = Ended { at: now, reason: EndReason::PasswordChanged, by: None, note: None };
        user.end_sessions(ended.clone());
        user.must_change_password = false;
        user.renew = None;
        // This session goes on: it has just proven the old password and named the new one.
        let mut own = self.0.own_session().record.clone();
        own.epoch = user.epoch;
        own.owes_a_password = false;
        let record = PasswordRecord { hash, changed: now, valid_until: None };
        let txn = stored
            .unchanged(Txn::new())
            .put(keys::password(user.id), encode(&record)?)
            .put(keys::session(own.id), encode(&own)?);
        let txn = put_user(txn, granted.store, self.0.own_user(), &user).await?;
        let txn = end_all_of(txn, &granted, user.id, Some(own.id), &ended).await?;
        let txn = Tallies::load(granted.store, user.id).await?.forgive(txn)?.0;
        Ok(Change { txn, what: What::PasswordChanged })
    }
}

impl Verified {
    /// Asks for the password of whoever is signed in.
    ///
    /// Errors: `Invalid` for the field that it was typed into; counted like a failed sign-in.
    pub(super) async fn prove_own_password(
        &self,
        needs: Permission,
        field: &'static str,
        current: Option<Secret>,
        stored: &Stored<PasswordRecord>,
    ) -> Result<(), DalError> {
        let granted = self.require(needs)?;
        let vault = granted.vault;
        let asked = DalError::invalid(field, "is not right");
        let Some(current) = current.as_ref().and_then(|current| Password::parse(current.expose())) else {
            return Err(asked);
        };
        let cost = self.in_force().argon2;
        let user = &self.own_user().record;
        let came = Sighting { at: vault.clock.now(), from: self.own_session().record.visitor.address };
        let tallies = Tallies::load(granted.store, user.id).await?;
        let checked = vault.hasher.verify(current, Some(stored.record.hash.clone()), cost).await?;
        match login::weigh(vault, (user, &tallies), &came, checked.matches) {
            Ok(()) => Ok(()),
            Err(why) => {
                login::record_failure(vault, granted.store, Miss::of(user, why, &came)).await?;
                Err(asked)
            }
        }
    }
}

impl Session {
    /// How strong a password would be for this person, by the rules in force. Reads nothing.
    pub fn rate_password(&self, typed: &str) -> Strength {
        let claims = self.claims();
        self.dal().rate_password(typed, [claims.name.as_str(), claims.display_name.as_str()])
    }

    /// A passphrase that nobody has used before.
    pub fn suggest_passphrase(&self) -> Secret {
        self.dal().suggest_passphrase()
    }
}
