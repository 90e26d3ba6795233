//! The door: what happens between a name with a password and a session.
//!
//! Every outcome costs the same work: the same lookups, one password hash (against a decoy where
//! there is no account), one transaction that records it. Whether an account or a source is closed for a
//! while is asked after that work, not before: the right password is then answered like a wrong one. Only who
//! gave the right password of an account that is disabled or out of its dates is told so, and only who gave
//! that of an account with a second factor is asked for a code: see [`code`].

mod code;
mod failure;

use crate::auth::password::Checked;
use crate::auth::throttle::Standing;
use crate::domain::event::{Actor, Failure, Target, What};
use crate::domain::id::{SessionId, SessionSecret, UserId};
use crate::domain::name::UserName;
use crate::domain::policy::{AtCap, Policy};
use crate::domain::preferences::Preferences;
use crate::domain::public;
use crate::domain::role;
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{Claims, Duty, EndReason, Ended, Method, Sighting, Visitor};
use crate::domain::text;
use crate::domain::time::Timestamp;

use super::LoginError;
use super::change::Change;
use super::gate::{TRIES, Vault};
use super::live::{Limits, Seat};
use super::locks::Tallies;
use super::records::{
    self, Book, Closed, Disabled, FactorRecord, PasswordRecord, SeenRecord, SessionRecord, Stored, UserRecord,
};
use super::sessions::ending;
use super::spent::Spent;
use super::store::{Store, StoreError, Txn, decode, encode, keys};

pub use code::HalfProven;
use code::Second;
pub(super) use code::admit_with_code;
use failure::record_half;
pub(super) use failure::{Miss, record_failure, see};

/// Somebody at the door.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// As it was typed: not yet known to be a user name.
    pub name: String,
    pub password: Secret,
    pub method: Method,
    pub visitor: Visitor,
}

/// Somebody who was let in.
pub(super) struct Admitted {
    pub session: SessionId,
    pub claims: Claims,
    pub seat: Seat,
    /// The one-time password that opened the door.
    pub spent: Option<Spent>,
}

/// What the store knows of a name.
struct Account {
    user: Stored<UserRecord>,
    password: Stored<PasswordRecord>,
    factor: Option<Stored<FactorRecord>>,
    seen: Option<Stored<SeenRecord>>,
    tallies: Tallies,
    book: Book,
    preferences: Preferences,
}

impl Account {
    /// A one-time password that was used, or not used in time.
    fn one_time_password_is_over(&self, now: Timestamp) -> bool {
        self.password.record.valid_until.is_some_and(|until| until <= now)
    }

    /// Whether the password alone opens nothing. Errors: a second factor that is gone opens nothing either.
    fn wants_a_code(&self) -> Result<bool, LoginError> {
        match (&self.factor, self.user.record.second_factor) {
            (None, None) => Ok(false),
            (Some(_), _) => Ok(true),
            (None, Some(_)) => {
                tracing::error!("an account has a second factor that is not in the store");
                Err(LoginError::Unavailable)
            }
        }
    }
}

/// What a sign-in has proven, apart from the password.
struct Proofs<'a> {
    /// The password, where its hash has to be made anew.
    rehash: Option<&'a Password>,
    second: Option<Second<'a>>,
    /// The password stands alone, and is shorter than passwords may be by the rules in force.
    is_too_short: bool,
    /// A code was asked for, and this is the first that came.
    is_asked: bool,
}

pub(super) async fn admit(
    vault: &Vault,
    store: &dyn Store,
    attempt: Attempt,
) -> Result<Admitted, LoginError> {
    let name = UserName::parse(&attempt.name).ok();
    let password = Password::parse(attempt.password.expose());
    let at = vault.clock.now();
    for _ in 0..TRIES {
        let account = match &name {
            Some(name) => find(vault, store, name).await?,
            None => None,
        };
        let now = vault.clock.now();
        let policy = vault.policy();
        let checked = check(vault, &policy, password.clone(), account.as_ref()).await?;
        let account = match judge(vault, account.as_ref(), &attempt, checked.matches, at) {
            Ok(account) => account,
            Err(why) => {
                let name = text::shown(public::without_code(&attempt.name), UserName::MAX_CHARS * 2);
                let (user, from) =
                    (account.as_ref().map(|account| &account.user.record), attempt.visitor.address);
                record_failure(vault, store, Miss { user, name, why, from, at, answers: false }).await?;
                let told = account.as_ref().and_then(|account| told(account, why, now));
                return Err(told.map_or(LoginError::Denied, |told| LoginError::Closed { told }));
            }
        };
        let rehash = password.as_ref().filter(|_| checked.outdated);
        if account.wants_a_code()? {
            record_half(vault, store, &account.user.record, &attempt.visitor).await?;
            return Err(LoginError::CodeWanted(HalfProven::of(account, &attempt, rehash)));
        }
        let chars = password.as_ref().map(Password::chars);
        let is_too_short = chars.is_some_and(|chars| chars < policy.password_min_chars);
        let proofs = Proofs { rehash, second: None, is_too_short, is_asked: false };
        match open_session(vault, store, &attempt, account, proofs, now).await {
            // The account changed while the password was hashed: judge it again as it is now.
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Err(LoginError::Unavailable)
}

/// Lets somebody in whose account was made a moment ago, by them: its id says that it is the same one.
pub(super) async fn admit_new(
    vault: &Vault,
    store: &dyn Store,
    made: &Target,
    method: Method,
    visitor: Visitor,
) -> Result<Admitted, LoginError> {
    let name = made.name.to_string();
    let attempt = Attempt { name, password: Secret::new(String::new()), method, visitor };
    for _ in 0..TRIES {
        let now = vault.clock.now();
        let account = find(vault, store, &made.name).await?;
        let account = account.filter(|account| account.user.record.id == made.user);
        let account = account.ok_or(LoginError::Denied)?;
        if account.user.record.closed(now).is_some() {
            return Err(LoginError::Denied);
        }
        let proofs = Proofs { rehash: None, second: None, is_too_short: false, is_asked: false };
        match open_session(vault, store, &attempt, &account, proofs, now).await {
            Err(StoreError::Conflict { .. }) => {}
            other => return Ok(other?),
        }
    }
    Err(LoginError::Unavailable)
}

async fn find(vault: &Vault, store: &dyn Store, name: &UserName) -> Result<Option<Account>, StoreError> {
    // For a name that nobody has, the same is looked up for nobody.
    let id = match store.get(&keys::user_name(name)).await? {
        Some(named) => decode(&named)?,
        None => UserId::random(&*vault.entropy),
    };
    let wanted = [
        keys::user(id),
        keys::password(id),
        keys::factor(id),
        keys::seen(id),
        keys::preferences(id),
        keys::strangers(id),
        keys::known_sources(id),
        keys::roles(),
    ];
    let found = store.get_many(&wanted).await?;
    let [Some(user), Some(password), factor, seen, preferences, strangers, known, book] = found.as_slice()
    else {
        return Ok(None);
    };
    Ok(Some(Account {
        user: Stored::read(user)?,
        password: Stored::read(password)?,
        factor: Stored::read_some(factor.as_ref())?,
        seen: Stored::read_some(seen.as_ref())?,
        tallies: Tallies::read(id, strangers.as_ref(), known.as_ref())?,
        book: vault.book(book.as_ref()),
        preferences: records::preferences(preferences.as_ref()),
    }))
}

/// What cannot be a password is not hashed: its length tells nothing about any account.
async fn check(
    vault: &Vault,
    policy: &Policy,
    password: Option<Password>,
    account: Option<&Account>,
) -> Result<Checked, LoginError> {
    let Some(password) = password else { return Ok(Checked { matches: false, outdated: false }) };
    let stored = account.map(|account| account.password.record.hash.clone());
    Ok(vault.hasher.verify(password, stored, policy.argon2).await?)
}

fn judge<'a>(
    vault: &Vault,
    account: Option<&'a Account>,
    attempt: &Attempt,
    matches: bool,
    at: Timestamp,
) -> Result<&'a Account, Failure> {
    let from = attempt.visitor.address;
    let now = vault.clock.now();
    if vault.sources.refuses(from, now) {
        return Err(Failure::SourceRefused);
    }
    let account = account.ok_or(Failure::UnknownUser)?;
    weigh(vault, (&account.user.record, &account.tallies), &Sighting { at, from }, matches)?;
    match account.user.record.closed(now) {
        Some(Closed::Disabled(_)) => return Err(Failure::Disabled),
        Some(Closed::NotYet) => return Err(Failure::NotYet),
        Some(Closed::Expired) => return Err(Failure::Expired),
        // Its name is nobody's: whoever finds the record was here in between.
        Some(Closed::Deleted) => return Err(Failure::UnknownUser),
        None => {}
    }
    if account.one_time_password_is_over(now) {
        return Err(Failure::OneTimePasswordExpired);
    }
    Ok(account)
}

/// What the owner of an account reads who gave its right password, where that alone does not open it.
///
/// Everything else that can be wrong is nobody's to know: [`judge`] names these only behind the password.
fn told(account: &Account, why: Failure, now: Timestamp) -> Option<String> {
    let user = &account.user.record;
    let zone = account.preferences.zone.clone().unwrap_or_default();
    let day = |at: Option<Timestamp>| at.map(|at| at.day_in(&zone, now)).unwrap_or_default();
    let what = match (why, user.closed(now)?) {
        (Failure::Disabled, Closed::Disabled(Disabled { until, reason, .. })) => {
            let until = until.map(|until| format!(" until {}", day(Some(until)))).unwrap_or_default();
            format!("is disabled{until}: {}", reason.as_str())
        }
        (Failure::NotYet, Closed::NotYet) => format!("is not valid before {}", day(user.begins)),
        (Failure::Expired, Closed::Expired) => format!("expired on {}", day(user.expires)),
        _ => return None,
    };
    Some(format!("Your account {what}. Ask an administrator."))
}

/// Whether a proof counts: while an account is closed to where it came from, not even the right one does.
///
/// What matters is when it came, from one to the next, and not how long a hash took or waited: whoever
/// answers a refusal at once, which itself takes a second, is not too early by that.
pub(super) fn weigh(
    vault: &Vault,
    (user, tallies): (&UserRecord, &Tallies),
    came: &Sighting,
    matches: bool,
) -> Result<(), Failure> {
    match tallies.standing(user, came.from, came.at, &vault.policy().account_delays) {
        Standing::Delayed(_) => Err(Failure::Delayed),
        Standing::Disabled => Err(Failure::PasswordDisabled),
        Standing::Open if matches => Ok(()),
        Standing::Open => Err(Failure::WrongPassword),
    }
}

async fn open_session(
    vault: &Vault,
    store: &dyn Store,
    attempt: &Attempt,
    account: &Account,
    Proofs { rehash, second, is_too_short, is_asked }: Proofs<'_>,
    now: Timestamp,
) -> Result<Admitted, StoreError> {
    let user = &account.user.record;
    let policy = vault.policy();
    let rights = user.rights(&account.book.record, now);
    let second_method = second.as_ref().map(|(_, passed)| passed.method);
    let id = SessionSecret::random(&*vault.entropy).id();
    let session = SessionRecord {
        id,
        user: user.id,
        user_name: user.name.clone(),
        methods: [attempt.method].into_iter().chain(second_method).collect(),
        visitor: attempt.visitor.clone(),
        created: now,
        expires: now.after(policy.lifetime(rights)),
        epoch: user.epoch,
        roles: user.roles_at(now),
        owes_a_factor: user.second_factor.is_none() && policy.demands_a_factor(rights),
        owes_a_password: is_too_short,
        administrated: rights.permissions.covers(role::ADMINISTRATES),
        ended: None,
        terminal: None,
        place: None,
    };
    let here = Sighting { at: now, from: attempt.visitor.address };
    let recovery_code_used = second_method == Some(Method::RecoveryCode);
    let seen = SeenRecord { last_sign_in: Some(here), recovery_code_used, ..SeenRecord::default() };
    let unchanged = account.book.unchanged(account.user.unchanged(Txn::new()));
    let mut txn = account
        .password
        .unchanged(unchanged)
        .put(keys::session(id), encode(&session)?)
        .put(keys::open_session(user.id, id), encode(&())?)
        .put(keys::session_of_user(user.id, now, id), encode(&())?)
        .put(keys::session_by_time(now, id), encode(&())?)
        .put(keys::seen(user.id), encode(&seen)?);
    if let Some((factor, passed)) = second {
        txn = super::second_factor::stored::put(txn, user.id, factor, &passed.after)?;
    }
    txn = account.tallies.succeed(txn, attempt.visitor.address, now, &policy.account_delays)?;
    if let Some(password) = password_after(vault, account, rehash, now).await {
        txn = txn.put(keys::password(user.id), encode(&password)?);
    }
    // Seated before the commit: whoever is disabled from now on hears the bell.
    let limits = Limits { cap: policy.cap(rights), waiting: policy.waiting() };
    let seat = vault.live.enter_within(&session, limits);
    let makes_room = seat.is_refused() && policy.at_cap == AtCap::EndOldest;
    let oldest = vault.live.oldest_of(user.id).filter(|_| makes_room);
    if let Some(oldest) = oldest {
        txn = end_oldest(vault, store, txn, oldest, now).await?;
    }
    let in_place_of = oldest.map(|session| session.handle());
    let actor = Actor { user: user.id, name: user.name.clone(), session: Some(id.handle()) };
    let what = What::SignedIn { method: attempt.method, second: second_method, in_place_of };
    let txn = super::change::with_event(
        Change { txn, what },
        now,
        Some(actor),
        Some(attempt.visitor.address),
        &*vault.entropy,
    )?;
    store.commit(txn).await?;
    if makes_room {
        seat.come_in();
    }
    seat.announce();
    let spent = account.password.record.valid_until.map(|until| Spent { at: now, until });
    let mut claims = claims(account, &session, &seat);
    // The question that this sign-in answered is no news.
    claims.before.codes_asked = claims.before.codes_asked.saturating_sub(is_asked.into());
    Ok(Admitted { session: id, claims, seat, spent })
}

/// What the sign-in makes of the password, if anything: a one-time password has opened the door with it, and
/// opens it no more; a hash that is cheaper than the policy wants is made anew.
async fn password_after(
    vault: &Vault,
    account: &Account,
    rehash: Option<&Password>,
    now: Timestamp,
) -> Option<PasswordRecord> {
    let stored = &account.password.record;
    if stored.valid_until.is_some() {
        return Some(PasswordRecord { valid_until: Some(now), ..stored.clone() });
    }
    // A hash that cannot be replaced today is replaced at another sign-in.
    let hash = vault.hasher.hash(rehash?.clone(), vault.policy().argon2).await.ok()?;
    Some(PasswordRecord { hash, ..stored.clone() })
}

/// How a session ends that makes room for a newer one of the same user.
pub(super) fn ended_for_a_newer(user: &UserName, now: Timestamp) -> Ended {
    let note = text::Line::parse("a newer session took its place").ok();
    Ended { at: now, reason: EndReason::Revoked, by: Some(user.clone()), note }
}

/// Ends a user's oldest session in the transaction that lets a new one in.
async fn end_oldest(
    vault: &Vault,
    store: &dyn Store,
    txn: Txn,
    oldest: SessionId,
    now: Timestamp,
) -> Result<Txn, StoreError> {
    let entry = store.get(&keys::session(oldest)).await?;
    match Stored::<SessionRecord>::read_some(entry.as_ref())? {
        Some(session) if session.record.ended.is_none() => {
            let ended = ended_for_a_newer(&session.record.user_name, now);
            ending::put_ended(txn, &vault.live, session, ended)
        }
        // It is leaving already.
        _ => Ok(txn),
    }
}

fn claims(account: &Account, session: &SessionRecord, seat: &Seat) -> Claims {
    let user = &account.user.record;
    let rights = user.rights(&account.book.record, session.created);
    Claims {
        user: user.id,
        name: user.name.clone(),
        display_name: user.display_name.clone(),
        roles: session.roles.clone(),
        passing: user.passing(session.created),
        permissions: rights.permissions,
        limits: rights.limits,
        duty: Duty::of(seat.over_cap(), session.must_choose_a_password(user), session.owes_a_factor),
        handle: session.id.handle(),
        visitor: session.visitor.clone(),
        methods: session.methods.clone(),
        created: session.created,
        expires: session.expires,
        before: account.seen.as_ref().map(|seen| seen.record.clone()).unwrap_or_default(),
        preferences: account.preferences.clone(),
        custom_roles: records::custom_roles(&account.book.record, None),
    }
}
