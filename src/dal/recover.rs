//! The way back in for whoever holds the machine, when no administrator can sign in.
//!
//! Nobody is asked for a proof: who can open the data folder can do anything to it. What is done is in the
//! audit trail, as done on the host.

use crate::domain::event::What;
use crate::domain::id::{Entropy, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::RoleName;
use crate::domain::secret::Secret;
use crate::domain::session::{EndReason, Ended};
use crate::domain::time::Timestamp;

use super::DalError;
use super::change::{Change, add_user, index_user, put_roster};
use super::gate::{TRIES, Vault};
use super::locks::Tallies;
use super::records::{PasswordRecord, Roster, Stored, UserRecord};
use super::second_factor::stored as factor;
use super::store::{Store, StoreError, Txn, decode, encode, keys};
use super::users::{one_time_password, target};

/// Who gets back in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recovery {
    /// An administrator that there is.
    Administrator(UserName),
    /// One that is made, where none is left.
    NewAdministrator(UserName),
}

/// What whoever asked is told.
#[derive(Debug)]
pub struct Recovered {
    pub name: UserName,
    /// Shown this once.
    pub code: Secret,
    /// When the code stops opening the door.
    pub until: Timestamp,
    /// The account was closed or had dates, and is open for good.
    pub was_closed: bool,
    /// Had a second factor, which is removed.
    pub had_a_factor: bool,
}

pub(super) async fn recover(vault: &Vault, store: &dyn Store, whom: Recovery) -> Result<Recovered, DalError> {
    let policy = vault.policy();
    let (code, password) = one_time_password(&vault.entropy)?;
    let hash = vault.hasher.hash(password, policy.argon2).await?;
    let now = vault.clock.now();
    let until = now.after(policy.reset_code_lifetime);
    let password = PasswordRecord { hash, changed: now, valid_until: Some(until) };
    for _ in 0..TRIES {
        let Plan { change, was_closed, had_a_factor } = match &whom {
            Recovery::Administrator(name) => open_again(store, name, &password).await?,
            Recovery::NewAdministrator(name) => {
                let change = make(&*vault.entropy, store, name, &password).await?;
                Plan { change, was_closed: false, had_a_factor: false }
            }
        };
        match vault.write(change, None, None).await {
            Ok(()) => {
                let (Recovery::Administrator(name) | Recovery::NewAdministrator(name)) = whom;
                return Ok(Recovered { name, code, until, was_closed, had_a_factor });
            }
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(DalError::busy())
}

/// What is done, and what of it may surprise.
struct Plan {
    change: Change,
    was_closed: bool,
    had_a_factor: bool,
}

/// Opens the account of an administrator, whatever closed it, to whoever holds the new password: without a
/// second factor, which may be what is lost.
async fn open_again(store: &dyn Store, name: &UserName, password: &PasswordRecord) -> Result<Plan, DalError> {
    let Some(before) = find(store, name).await?.filter(|user| user.record.administrates()) else {
        return Err(DalError::Conflict {
            what: format!("{name} is no administrator; {}", who_is(store).await?),
        });
    };
    let mut after = before.record.clone();
    // A date that is to come would close it again.
    let was_closed = !is_left(&after);
    (after.disabled, after.begins, after.expires) = (None, None, None);
    after.must_change_password = true;
    let had_a_factor = after.second_factor.take().is_some();
    let reason = EndReason::PasswordReset;
    after.end_sessions(Ended { at: password.changed, reason, by: None, note: None });
    let txn = Txn::new().put(keys::password(after.id), encode(password)?);
    let txn = factor::forget(txn, store, after.id).await?;
    // The roster stays: who is let in again here counts as an administrator before the code is replaced.
    let txn = index_user(before.unchanged(txn), Some(&before.record), Some(&after))?;
    let txn = Tallies::load(store, after.id).await?.forgive(txn)?.0;
    let what = What::RecoveredOnHost {
        target: target(&after),
        disabled: before.record.disabled.map(|disabled| disabled.reason.as_str().to_owned()),
        begins: before.record.begins,
        expires: before.record.expires,
        second_factor: had_a_factor,
    };
    Ok(Plan { change: Change { txn, what }, was_closed, had_a_factor })
}

/// Makes an administrator, where nobody is one who can be.
async fn make(
    entropy: &dyn Entropy,
    store: &dyn Store,
    name: &UserName,
    password: &PasswordRecord,
) -> Result<Change, DalError> {
    if !usable(store).await?.is_empty() {
        let what = format!("there is no need for another administrator; {}", who_is(store).await?);
        return Err(DalError::Conflict { what });
    }
    let id = UserId::new(password.changed, entropy);
    let display_name = DisplayName::from(name);
    let user = UserRecord::new(id, name.clone(), display_name, vec![RoleName::admin()], password.changed);
    let user = UserRecord { must_change_password: true, ..user };
    let txn = Txn::new().put(keys::password(id), encode(password)?);
    let txn = put_roster(add_user(txn, store, &user).await?, vec![id])?;
    Ok(Change { txn, what: What::AdministratorMadeOnHost { target: target(&user) } })
}

async fn find(store: &dyn Store, name: &UserName) -> Result<Option<Stored<UserRecord>>, StoreError> {
    let Some(named) = store.get(&keys::user_name(name)).await? else { return Ok(None) };
    let id: UserId = decode(&named)?;
    Stored::read_some(store.get(&keys::user(id)).await?.as_ref())
}

/// The administrators whose accounts are open for good. The roster names them; their records decide.
async fn usable(store: &dyn Store) -> Result<Vec<UserName>, StoreError> {
    let entry = store.get(&keys::roster()).await?;
    let roster = Stored::<Roster>::read_some(entry.as_ref())?.map(|roster| roster.record.0);
    let mut names = Vec::new();
    for id in roster.unwrap_or_default() {
        let entry = store.get(&keys::user(id)).await?;
        let user = Stored::<UserRecord>::read_some(entry.as_ref())?.map(|user| user.record);
        // A code that nobody used yet is no reason to make another administrator: there is `--user`.
        names.extend(user.filter(is_left).map(|user| user.name));
    }
    names.sort();
    Ok(names)
}

fn is_left(user: &UserRecord) -> bool {
    UserRecord { must_change_password: false, ..user.clone() }.is_usable_admin()
}

/// What to try instead.
async fn who_is(store: &dyn Store) -> Result<String, StoreError> {
    /// More names than anybody has administrators, and few enough for a line.
    const MOST: usize = 5;
    let names = usable(store).await?;
    let shown: Vec<_> = names.iter().take(MOST).map(UserName::as_str).collect();
    let more = if names.len() > MOST { ", ..." } else { "" };
    Ok(match shown.first() {
        Some(first) => format!("try --user {first} (administrators: {}{more})", shown.join(", ")),
        None => "no administrator is left: make one with --new-admin NAME".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::password::PasswordHash;
    use crate::dal::store::MemoryStore;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    /// No sequence of changes gets there; a damaged or an old store might.
    #[tokio::test]
    async fn where_nobody_administrates_somebody_is_made_who_does() {
        let (store, now) = (MemoryStore::new(), Timestamp::from_micros(7));
        let name = |text| UserName::parse(text).unwrap();
        let hash: PasswordHash = serde_json::from_str(
            r#""$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI""#,
        )
        .unwrap();
        let password = PasswordRecord { hash, changed: now, valid_until: None };
        let (id, admin) = ("a".repeat(26).parse().unwrap(), name("admin"));
        let roles = vec![RoleName::member()];
        let user = UserRecord::new(id, admin.clone(), DisplayName::from(&admin), roles, now);
        store.commit(index_user(Txn::new(), None, Some(&user)).unwrap()).await.unwrap();
        let told = open_again(&store, &admin, &password).await.err().unwrap().to_string();
        assert_eq!(
            told,
            "admin is no administrator; no administrator is left: make one with --new-admin NAME"
        );
        let made = make(&Zeros, &store, &name("rescue"), &password).await.unwrap();
        store.commit(made.txn).await.unwrap();
        assert_eq!(usable(&store).await.unwrap(), [name("rescue")]);
        let again = make(&Zeros, &store, &name("another"), &password).await.err().unwrap().to_string();
        assert!(again.contains("try --user rescue"), "{again}");
    }
}
