//! What people do with their own second factor: they set it up, remove it, and make new recovery codes.
//!
//! A seed is stored with the first code that proves that the authenticator has it, and never shown again. Setting
//! one up and removing it end all other sessions of the same person. The record is `stored`.

pub(super) mod stored;
pub(super) mod turns;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::auth::generate;
use crate::auth::second_factor::Factor;
use crate::auth::totp::{Checked, Seed};
use crate::domain::event::{Failure, What};
use crate::domain::id::{RecoveryId, UserId};
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::second_factor::{Proof, RecoveryCode};
use crate::domain::secret::Secret;
use crate::domain::session::{Duty, EndReason, Ended, Sighting};
use crate::domain::time::Timestamp;

use super::change::{Change, put_user};
use super::gate::{Granted, Landed, TRIES};
use super::login::{self, Miss};
use super::records::{FactorRecord, PasswordRecord, Stored, UserRecord};
use super::sessions::ending::end_all_of;
use super::store::{Expect, Store, StoreError, Txn, encode, keys};
use super::{DalError, Verified};

use stored as factor;

/// What everything here needs: what one proves oneself with.
const NEEDS: Permission = Permission::OwnPassword;

/// Who made the code, as an authenticator lists it.
const ISSUER: &str = "Passholder";

/// Whether somebody has a second factor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum FactorState {
    Off {
        /// The rules demand one of this person.
        is_required: bool,
    },
    On {
        since: Timestamp,
        recovery_left: usize,
        is_required: bool,
    },
}

impl FactorState {
    pub(super) fn of(user: &UserRecord, factor: Option<&FactorRecord>, is_required: bool) -> Self {
        match user.second_factor {
            Some(since) => {
                let recovery_left = factor.map_or(0, |factor| factor.recovery.len());
                Self::On { since, recovery_left, is_required }
            }
            None => Self::Off { is_required },
        }
    }
}

/// For whoever it is about: `set up on ..., 9 recovery codes left`.
impl fmt::Display for FactorState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off { is_required: false } => f.write_str("none"),
            Self::Off { is_required: true } => f.write_str("none, and the rules demand one"),
            Self::On { recovery_left: 1, .. } => f.write_str("an authenticator; 1 recovery code is left"),
            Self::On { recovery_left, .. } => {
                write!(f, "an authenticator; {recovery_left} recovery codes are left")
            }
        }
    }
}

/// A seed that is not stored yet: for one person, to be confirmed with a code.
pub struct Enrolment {
    user: UserId,
    name: UserName,
    seed: Seed,
    /// The second factor that it takes the place of, as it was when its code was given.
    replaces: Option<Stored<FactorRecord>>,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolment").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Enrolment {
    /// What is typed into an authenticator that cannot scan: 32 letters and digits, in groups of four.
    pub fn secret(&self) -> Secret {
        let letters = self.seed.base32();
        // Large enough from the start: a text that grows leaves copies of itself behind.
        let mut text = String::with_capacity(letters.expose().len() * 2);
        for (place, letter) in letters.expose().chars().enumerate() {
            if place > 0 && place % 4 == 0 {
                text.push(' ');
            }
            text.push(letter);
        }
        Secret::new(text)
    }

    /// What a QR code holds. Everything that authenticators take for granted is left out, so that with a name
    /// of up to 12 letters it fits into 33 by 33 modules. Source: Google Authenticator's key URI format.
    pub fn uri(&self) -> Secret {
        let letters = self.seed.base32();
        Secret::new(format!("otpauth://totp/{ISSUER}:{}?secret={}", self.name, letters.expose()))
    }
}

/// See [`Verified::second_factor`].
#[must_use = "a proof is for one operation"]
pub struct SecondFactor(pub(super) Verified);

impl SecondFactor {
    /// Whether the viewer has one.
    ///
    /// Needs `OwnPassword`.
    pub async fn state(self) -> Result<FactorState, DalError> {
        let granted = self.require()?;
        let factor = factor::load(granted.store, self.own().id).await?;
        Ok(FactorState::of(self.own(), factor.as_ref().map(|factor| &factor.record), self.is_required()))
    }

    /// A new seed, each time another one; nothing is stored.
    ///
    /// Asks for the password unless the rules demand a second factor before anything else, and this session was
    /// just opened with it. Needs `OwnPassword`. Errors: `Conflict` for somebody who has one; `Invalid` for the
    /// field `password`, counted like a failed sign-in.
    pub async fn begin(self, password: Secret) -> Result<Enrolment, DalError> {
        let granted = self.require()?;
        self.has_none()?;
        can_seal(&granted)?;
        if self.0.duty() != Some(Duty::SetUpASecondFactor) {
            self.prove_password(&granted, password).await?;
        }
        Ok(self.enrolment(&granted, None))
    }

    /// A new seed for somebody who has a second factor already, and moves to another authenticator: the old one
    /// holds until the new one is confirmed. Nothing is stored: once the old one is used or changed in between,
    /// this is void.
    ///
    /// Needs `OwnPassword`. Errors: `Conflict` where there is no second factor; `Invalid` for the field
    /// `password` or `code`, counted like a failed sign-in.
    pub async fn begin_another(self, password: Secret, code: Secret) -> Result<Enrolment, DalError> {
        let granted = self.require()?;
        self.has_one()?;
        can_seal(&granted)?;
        let came = self.prove_password(&granted, password).await?;
        let _turn = granted.vault.codes.of(self.own().id).await;
        let (factor, _) = self.0.prove_own_code(&granted, &code, &came).await?;
        Ok(self.enrolment(&granted, Some(factor)))
    }

    fn enrolment(&self, granted: &Granted<'_>, replaces: Option<Stored<FactorRecord>>) -> Enrolment {
        let seed = Seed::random(&*granted.vault.entropy);
        Enrolment { user: self.own().id, name: self.own().name.clone(), seed, replaces }
    }

    /// Stores a seed whose authenticator shows this code, and answers the recovery codes: they are shown this
    /// once, and stored nowhere. The code is used with it.
    ///
    /// Needs `OwnPassword`. Errors: `Conflict` for somebody who has one meanwhile, or whose old one was used or
    /// changed meanwhile; `Invalid` for the field `code`.
    pub async fn confirm(self, enrolment: Arc<Enrolment>, code: Secret) -> Result<Vec<Secret>, DalError> {
        let granted = self.require()?;
        if enrolment.user != self.own().id {
            return Err(wrong());
        }
        if enrolment.replaces.is_none() {
            self.has_none()?;
        }
        let Some(Proof::Totp(number)) = Proof::parse(code.expose()) else { return Err(wrong()) };
        let Checked::Fresh(step) = enrolment.seed.check(number, granted.vault.clock.now(), 0) else {
            return Err(wrong());
        };
        let sealed = factor::seal(granted.vault, enrolment.user, &enrolment.seed);
        let (codes, ids) = recovery_codes(&granted)?;
        let record = Factor::new(self.0.now(), sealed.ok_or(DalError::Unavailable)?, step, ids);
        for _ in 0..TRIES {
            let txn = if let Some(old) = &enrolment.replaces {
                self.must_be(&granted, old).await?;
                factor::put(Txn::new(), self.own().id, old, &record)?
            } else {
                let key = keys::factor(self.own().id);
                Txn::new().guard(key.clone(), Expect::Absent).put(key, encode(&record)?)
            };
            let since = Some(record.since);
            if self.commit(txn, since, What::SecondFactorSetUp).await? == Landed::Yes {
                return Ok(codes);
            }
        }
        Err(DalError::busy())
    }

    /// The code that was given for it still is the last one.
    async fn must_be(&self, granted: &Granted<'_>, old: &Stored<FactorRecord>) -> Result<(), DalError> {
        let now = factor::load(granted.store, self.own().id).await?;
        if now.is_some_and(|now| now.version == old.version) {
            return Ok(());
        }
        let what = "your second factor was used or changed meanwhile; begin again with a new code";
        Err(DalError::Conflict { what: what.to_owned() })
    }

    /// Removes one's own second factor: from then on the password opens the door alone.
    ///
    /// Needs `OwnPassword`. Errors: `Conflict` where there is none, or the rules demand one; `Invalid` for the
    /// field `password` or `code`, counted like a failed sign-in.
    pub async fn remove(self, password: Secret, code: Secret) -> Result<(), DalError> {
        let granted = self.require()?;
        self.has_one()?;
        if self.is_required() {
            let what = "the rules here demand a second factor; you may set up another one in its place";
            return Err(DalError::Conflict { what: what.to_owned() });
        }
        let came = self.prove_password(&granted, password).await?;
        let _turn = granted.vault.codes.of(self.own().id).await;
        for _ in 0..TRIES {
            let (factor, _) = self.0.prove_own_code(&granted, &code, &came).await?;
            let txn = factor::delete(Txn::new(), self.own().id, &factor);
            let what = What::SecondFactorRemoved { target: super::users::target(self.own()) };
            if self.commit(txn, None, what).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// Replaces the recovery codes: those of before open nothing any more. They are shown this once.
    ///
    /// Needs `OwnPassword`. Errors: `Conflict` where there is no second factor; `Invalid` for the field
    /// `password` or `code`, counted like a failed sign-in.
    pub async fn renew_recovery_codes(self, password: Secret, code: Secret) -> Result<Vec<Secret>, DalError> {
        let granted = self.require()?;
        self.has_one()?;
        let came = self.prove_password(&granted, password).await?;
        let (codes, ids) = recovery_codes(&granted)?;
        let _turn = granted.vault.codes.of(self.own().id).await;
        for _ in 0..TRIES {
            let (factor, after) = self.0.prove_own_code(&granted, &code, &came).await?;
            let after = Factor { recovery: ids.clone(), ..after };
            let txn = factor::put(Txn::new(), self.own().id, &factor, &after)?;
            let change = Change { txn, what: What::RecoveryCodesRenewed };
            if self.0.commit(NEEDS, change).await? == Landed::Yes {
                return Ok(codes);
            }
        }
        Err(DalError::busy())
    }

    /// The check. Whoever has to replace the password does that first: who knows only a one-time one may not be
    /// the one whose authenticator is taken.
    fn require(&self) -> Result<Granted<'_>, DalError> {
        let granted = self.0.require(NEEDS)?;
        match self.0.duty() {
            Some(duty @ Duty::ChooseAPassword) => Err(duty.into()),
            _ => Ok(granted),
        }
    }

    fn own(&self) -> &UserRecord {
        &self.0.own_user().record
    }

    fn is_required(&self) -> bool {
        self.0.in_force().demands_a_factor(self.0.rights())
    }

    fn has_none(&self) -> Result<(), DalError> {
        match self.own().second_factor {
            None => Ok(()),
            Some(_) => {
                Err(DalError::Conflict { what: "you have a second factor; remove it first".to_owned() })
            }
        }
    }

    fn has_one(&self) -> Result<(), DalError> {
        match self.own().second_factor {
            Some(_) => Ok(()),
            None => Err(DalError::Conflict { what: "you have no second factor".to_owned() }),
        }
    }

    /// Answers when and from where that came.
    async fn prove_password(&self, granted: &Granted<'_>, password: Secret) -> Result<Sighting, DalError> {
        let entry = granted.store.get(&keys::password(self.own().id)).await?;
        let stored = Stored::<PasswordRecord>::read_some(entry.as_ref())?.ok_or(DalError::Unavailable)?;
        let from = self.0.own_session().record.visitor.address;
        let came = Sighting { at: granted.vault.clock.now(), from };
        self.0.prove_own_password(NEEDS, "password", Some(password), &stored).await?;
        Ok(came)
    }

    /// Writes it, and ends all other sessions of one's own: this one goes on.
    async fn commit(&self, txn: Txn, since: Option<Timestamp>, what: What) -> Result<Landed, DalError> {
        let granted = self.0.require(NEEDS)?;
        let mut user = self.own().clone();
        let reason = EndReason::SecondFactorChanged;
        let ended = Ended { at: self.0.now(), reason, by: None, note: None };
        user.second_factor = since;
        user.end_sessions(ended.clone());
        let mut own = self.0.own_session().record.clone();
        own.epoch = user.epoch;
        let txn = txn.put(keys::session(own.id), encode(&own)?);
        let txn = put_user(txn, granted.store, self.0.own_user(), &user).await?;
        let txn = end_all_of(txn, &granted, user.id, Some(own.id), &ended).await?;
        self.0.commit(NEEDS, Change { txn, what }).await
    }
}

impl Verified {
    /// One's own second factor as it is, and as it has to be stored once the code is used.
    ///
    /// Errors: `Invalid` for the field `code`, counted like one at the door.
    pub(super) async fn prove_own_code(
        &self,
        granted: &Granted<'_>,
        code: &Secret,
        came: &Sighting,
    ) -> Result<(Stored<FactorRecord>, FactorRecord), DalError> {
        let (vault, own) = (granted.vault, &self.own_user().record);
        let factor = factor::load(granted.store, own.id).await?.ok_or(DalError::Unavailable)?;
        let now = vault.clock.now();
        match factor::check(vault, own, &factor.record, code, now) {
            Ok(passed) => Ok((factor, passed.after)),
            Err(why) => {
                login::record_failure(vault, granted.store, Miss::of(own, why, came)).await?;
                Err(refused(why, granted.store, own.id, now).await?)
            }
        }
    }
}

fn can_seal(granted: &Granted<'_>) -> Result<(), DalError> {
    if granted.vault.sealing().is_some() {
        return Ok(());
    }
    tracing::error!("no key is known that seeds could be sealed with");
    Err(DalError::Unavailable)
}

fn wrong() -> DalError {
    DalError::invalid("code", "is not right; type the one that the authenticator shows now")
}

/// What the owner is told, who is signed in.
async fn refused(
    why: Failure,
    store: &dyn Store,
    user: UserId,
    now: Timestamp,
) -> Result<DalError, StoreError> {
    let until = factor::load(store, user).await?.and_then(|factor| factor.record.refused(now));
    Ok(match (until, why) {
        (Some(until), _) => {
            let why = format!("was wrong too often; none is taken until {}", until.minute());
            DalError::invalid("code", why)
        }
        (None, Failure::CodeUsed) => DalError::invalid("code", "was used before; wait for the next one"),
        (None, Failure::SeedUnreadable) => {
            DalError::invalid("code", "cannot be checked with the key of this server; type a recovery code")
        }
        (None, _) => wrong(),
    })
}

/// New recovery codes, as they are shown and as they are stored.
fn recovery_codes(granted: &Granted<'_>) -> Result<(Vec<Secret>, Vec<RecoveryId>), DalError> {
    let codes: Vec<_> =
        (0..RecoveryCode::COUNT).map(|_| generate::recovery_code(&*granted.vault.entropy)).collect();
    let ids: Option<Vec<_>> =
        codes.iter().map(|code| Some(RecoveryId::of(&RecoveryCode::parse(code.expose())?))).collect();
    Ok((codes, ids.ok_or(DalError::Unavailable)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enrolment(name: &str) -> Enrolment {
        let name = UserName::parse(name).unwrap();
        let seed = Seed::from_bytes(b"12345678901234567890").unwrap();
        Enrolment { user: "a".repeat(26).parse().unwrap(), name, seed, replaces: None }
    }

    #[test]
    fn a_seed_is_shown_in_groups_that_can_be_typed() {
        let secret = enrolment("alice").secret();
        assert_eq!(secret.expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
    }

    /// A QR code of 33 by 33 modules holds 78 bytes at its lowest level of repair.
    #[test]
    fn what_a_qr_code_holds_is_short() {
        let uri = enrolment("alice").uri();
        assert_eq!(uri.expose(), "otpauth://totp/Passholder:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(enrolment("alice-liddel").uri().expose().len() <= 78);
    }

    #[test]
    fn a_seed_does_not_print() {
        assert_eq!(format!("{:?}", enrolment("alice")), "Enrolment { name: \"alice\", .. }");
    }
}
