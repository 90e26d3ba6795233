//! A store full of people, for benchmarks. A door without a proof, so it is not in a server's build.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::domain::event::What;
use crate::domain::id::{SessionSecret, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::RoleName;
use crate::domain::session::{Method, Sighting, Visitor};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::DalError;
use super::change::{Change, index_user};
use super::gate::Dal;
use super::live::Seat;
use super::records::{Disabled, SeenRecord, SessionRecord, UserRecord};
use super::store::{MAX_PAGE, Txn, decode, encode, keys};

/// Accounts in one transaction: eight writes each at most, and the event.
const PER_TXN: u32 = 15;

/// Transactions on their way at once, so that the committer can batch them.
const AT_ONCE: usize = 64;

/// What seeded accounts are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// All of them members whose accounts are open, made in the order of their names.
    Members,
    /// As in a large house: one in a thousand has another role than member, one in a hundred is disabled, one
    /// in two hundred has not replaced the password, some begin or end at some time, and three in ten have
    /// signed in. Made in the order of their names.
    House,
    /// The same, made in any order.
    Shuffled,
}

/// A place among the connected; leaving is dropping it.
pub struct SeededSeat {
    _seat: Seat,
}

impl Dal {
    /// Adds accounts called `user0000000` and so on, and counts them. Nobody can sign in as one.
    pub async fn seed_crowd(&self, count: u32, crowd: Crowd) -> Result<(), DalError> {
        self.seed_all(count, crowd).await?;
        let (vault, store) = (self.vault(), self.seeded_store());
        let entry = store.get(&keys::user_count()).await?;
        let before: u64 = entry.as_ref().map(decode).transpose()?.unwrap_or_default();
        let txn = Txn::new().put(keys::user_count(), encode(&(before + u64::from(count)))?);
        let what = What::AccountsIndexed { count: count.into() };
        Ok(vault.write(Change { txn, what }, None, None).await?)
    }

    /// Adds members called `user0000000` and so on, as if made in this order, one each millisecond. Nobody can sign in as one: they have no password.
    pub async fn seed(&self, count: u32) -> Result<(), DalError> {
        self.seed_crowd(count, Crowd::Members).await
    }

    async fn seed_all(&self, count: u32, crowd: Crowd) -> Result<(), DalError> {
        let mut writing = JoinSet::new();
        for first in (0..count).step_by(usize::try_from(PER_TXN).unwrap_or(1)) {
            let dal = self.clone();
            let last = count.min(first.saturating_add(PER_TXN));
            writing.spawn(async move { dal.add(first..last, crowd, count).await });
            if writing.len() >= AT_ONCE
                && let Some(Ok(written)) = writing.join_next().await
            {
                written?;
            }
        }
        while let Some(written) = writing.join_next().await {
            written.map_err(|_| DalError::Unavailable)??;
        }
        Ok(())
    }

    /// Takes a seat among the connected for somebody who is in no store: what the registry costs by itself.
    #[must_use]
    pub fn seed_seat(&self, name: &UserName) -> SeededSeat {
        let vault = self.vault();
        let now = vault.clock.now();
        let session = SessionRecord {
            id: SessionSecret::random(&*vault.entropy).id(),
            user: UserId::random(&*vault.entropy),
            user_name: name.clone(),
            methods: vec![Method::Password],
            visitor: Visitor::new(([192, 0, 2, 7], 50_122).into(), "OpenSSH_9.2p1"),
            created: now,
            expires: now,
            epoch: 0,
            roles: Vec::new(),
            owes_a_factor: false,
            owes_a_password: false,
            administrated: false,
            ended: None,
            terminal: None,
            place: None,
        };
        SeededSeat { _seat: vault.live.enter(&session, usize::MAX) }
    }

    /// The keys of all records in which a text stands, in the key or in what it holds: what is left of
    /// somebody.
    pub async fn records_with(&self, text: &str) -> Result<Vec<String>, DalError> {
        let (store, mut after, mut found) = (self.vault().store(), None, Vec::new());
        loop {
            let page = store.scan(b"", after.as_deref(), MAX_PAGE).await?;
            let holds = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(text);
            let held = page.entries.iter().filter(|entry| holds(&entry.key) || holds(&entry.value));
            found.extend(held.map(|entry| String::from_utf8_lossy(&entry.key).into_owned()));
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn add(&self, numbers: std::ops::Range<u32>, crowd: Crowd, count: u32) -> Result<(), DalError> {
        let vault = self.vault();
        let (now, mut txn, mut some) = (vault.clock.now(), Txn::new(), 0);
        for turn in numbers {
            let number = if crowd == Crowd::Shuffled { shuffled(turn, count) } else { turn };
            let made = now.after(Duration::from_millis(turn.into()));
            let id = UserId::new(made, &*vault.entropy);
            let name = UserName::parse(&format!("user{number:07}")).map_err(|_| DalError::Unavailable)?;
            let display_name = DisplayName::from(&name);
            let mut user = UserRecord::new(id, name.clone(), display_name, vec![RoleName::member()], made);
            if crowd != Crowd::Members {
                dress(&mut user, number, now);
                if number % 10 < 3 {
                    let at = now.before(Duration::from_hours(u64::from(number % 2_000)));
                    let seen = SeenRecord {
                        last_sign_in: Some(Sighting { at, from: [192, 0, 2, 7].into() }),
                        ..SeenRecord::default()
                    };
                    txn = txn.put(keys::seen(id), encode(&seen)?);
                }
            }
            txn = index_user(txn, None, Some(&user))?;
            some += 1;
        }
        if some == 0 {
            return Ok(());
        }
        Ok(vault.write(Change { txn, what: What::AccountsIndexed { count: some } }, None, None).await?)
    }
}

/// Gives an account what one in so many has.
fn dress(user: &mut UserRecord, number: u32, now: Timestamp) {
    const ROLES: [&str; 4] = ["admin", "operator", "auditor", "greeter"];
    let place = usize::try_from(number / 1_000 % 4).unwrap_or(0);
    if number % 1_000 == 1
        && let Some(role) = ROLES.get(place).and_then(|name| RoleName::parse(name).ok())
    {
        user.roles = vec![role];
    }
    user.must_change_password = number % 200 == 3;
    if number % 100 == 7
        && let Ok(reason) = Line::parse("left the team")
    {
        user.disabled = Some(Disabled { at: now, by: user.name.clone(), reason, until: None });
    }
    match number % 500 {
        11 => user.begins = Some(now.after(Duration::from_hours(24 * 30))),
        12 => user.expires = Some(now.after(Duration::from_hours(24 * 30))),
        13 => user.expires = Some(now.before(Duration::from_hours(24))),
        _ => {}
    }
}

/// Every number below `count` once, in an order that looks like none.
fn shuffled(turn: u32, count: u32) -> u32 {
    // No multiple of a prime this large wraps onto another, unless it divides the count.
    let far = u64::from(turn) * 2_654_435_761 % u64::from(count.max(1));
    u32::try_from(far).unwrap_or(turn)
}
