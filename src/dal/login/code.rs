//! The second half of a sign-in: a code, behind a password that was right.
//!
//! What the first half has proven is held by whoever holds the connection, and names the records that it was
//! proven against. The session is opened only while those still are what they were, in the transaction that
//! uses the code up.

use crate::auth::second_factor::Passed;
use crate::dal::LoginError;
use crate::dal::gate::{TRIES, Vault};
use crate::dal::records::{FactorRecord, Stored};
use crate::dal::second_factor::stored as factor;
use crate::dal::store::{Store, StoreError, Version};
use crate::domain::event::Failure;
use crate::domain::id::UserId;
use crate::domain::name::UserName;
use crate::domain::secret::{Password, Secret};
use crate::domain::time::Timestamp;

use super::{Account, Admitted, Attempt, Miss, Proofs, find, open_session, record_failure};

/// Somebody who gave the right password of an account that wants a code behind it. Opens nothing by itself, and
/// cannot be copied: it is spent by the one sign-in that it is for.
#[derive(Debug, PartialEq, Eq)]
pub struct HalfProven(Box<Held>);

#[derive(Debug)]
struct Held {
    name: UserName,
    /// What was asked for, without the password.
    attempt: Attempt,
    user: UserId,
    /// The writes of account and password that were proven.
    versions: (Version, Version),
    /// The password, where its hash has to be made anew.
    rehash: Option<Password>,
    /// A code has come, which was not taken.
    is_answered: bool,
}

/// Two are the same that prove the same of the same account.
impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        (self.user, self.versions) == (other.user, other.versions)
    }
}

impl Eq for Held {}

impl HalfProven {
    pub(super) fn of(account: &Account, attempt: &Attempt, rehash: Option<&Password>) -> Self {
        let attempt = Attempt { password: Secret::new(String::new()), ..attempt.clone() };
        let user = &account.user.record;
        Self(Box::new(Held {
            name: user.name.clone(),
            attempt,
            user: user.id,
            versions: (account.user.version, account.password.version),
            rehash: rehash.cloned(),
            is_answered: false,
        }))
    }
}

impl Held {
    /// Whether everything that was proven still is what it was.
    fn holds_for(&self, account: &Account) -> bool {
        account.user.record.id == self.user
            && (account.user.version, account.password.version) == self.versions
    }

    /// The second factor that a code has to be of, if one may be given at all.
    fn judge<'a>(
        &self,
        vault: &Vault,
        account: Option<&'a Account>,
        now: Timestamp,
    ) -> Result<(&'a Account, &'a Stored<FactorRecord>), Failure> {
        if vault.sources.refuses(self.attempt.visitor.address, now) {
            return Err(Failure::SourceRefused);
        }
        let account = account.filter(|account| self.holds_for(account)).ok_or(Failure::ProofOutdated)?;
        // Time closes an account without writing anything.
        if account.user.record.closed(now).is_some() || account.one_time_password_is_over(now) {
            return Err(Failure::ProofOutdated);
        }
        Ok((account, account.factor.as_ref().ok_or(Failure::ProofOutdated)?))
    }
}

pub(in crate::dal) async fn admit_with_code(
    vault: &Vault,
    store: &dyn Store,
    HalfProven(half): HalfProven,
    code: Secret,
) -> Result<Admitted, LoginError> {
    let at = vault.clock.now();
    let _turn = vault.codes.of(half.user).await;
    for _ in 0..TRIES {
        let account = find(vault, store, &half.name).await?;
        let now = vault.clock.now();
        let judged = half.judge(vault, account.as_ref(), now).and_then(|(account, factor)| {
            let passed = factor::check(vault, &account.user.record, &factor.record, &code, now)?;
            Ok((account, factor, passed))
        });
        let (account, factor, passed) = match judged {
            Ok(judged) => judged,
            Err(why) => return Err(refuse(vault, store, half, account.as_ref(), why, at).await?),
        };
        let proofs = Proofs {
            rehash: half.rehash.as_ref(),
            second: Some((factor, passed)),
            is_too_short: false,
            is_asked: !half.is_answered,
        };
        match open_session(vault, store, &half.attempt, account, proofs, now).await {
            // Something changed meanwhile: it is judged again as it is now.
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Err(LoginError::Unavailable)
}

/// Records what did not hold. What was proven is given back, to be tried with another code, while it still
/// is a proof.
async fn refuse(
    vault: &Vault,
    store: &dyn Store,
    half: Box<Held>,
    account: Option<&Account>,
    why: Failure,
    at: Timestamp,
) -> Result<LoginError, LoginError> {
    let user = account.map(|account| &account.user.record).filter(|user| user.id == half.user);
    let from = half.attempt.visitor.address;
    let (name, answers) = (half.name.to_string(), !half.is_answered);
    record_failure(vault, store, Miss { user, name, why, from, at, answers }).await?;
    Ok(match why {
        Failure::ProofOutdated => LoginError::Denied,
        _ => LoginError::CodeWanted(HalfProven(Box::new(Held { is_answered: true, ..*half }))),
    })
}

/// The second proof of a sign-in, with the record that it is taken from.
pub(super) type Second<'a> = (&'a Stored<FactorRecord>, Passed);
