//! A store full of people, for benchmarks. A door without a proof, so it is not in a server's build.

use std::time::Duration;

use tokio::task::JoinSet;

use crate::domain::event::{Target, What};
use crate::domain::id::{SessionSecret, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::RoleName;
use crate::domain::session::{Method, Visitor};

use super::DalError;
use super::change::{Change, index_user};
use super::gate::Dal;
use super::live::Seat;
use super::records::{SessionRecord, UserRecord};
use super::store::{MAX_PAGE, Txn};

/// Accounts in one transaction: three writes each, and the event.
const PER_TXN: u32 = 40;

/// Transactions on their way at once, so that the committer can batch them.
const AT_ONCE: usize = 64;

/// A place among the connected; leaving is dropping it.
pub struct SeededSeat {
    _seat: Seat,
}

impl Dal {
    /// Adds members called `user0000000` and so on, as if made in this order, one each millisecond. Nobody can sign in as one: they have no password.
    pub async fn seed(&self, count: u32) -> Result<(), DalError> {
        let mut writing = JoinSet::new();
        for first in (0..count).step_by(usize::try_from(PER_TXN).unwrap_or(1)) {
            let dal = self.clone();
            let last = count.min(first.saturating_add(PER_TXN));
            writing.spawn(async move { dal.add(first..last).await });
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

    async fn add(&self, numbers: std::ops::Range<u32>) -> Result<(), DalError> {
        let vault = self.vault();
        let (now, mut txn, mut first) = (vault.clock.now(), Txn::new(), None);
        for number in numbers {
            let made = now.after(Duration::from_millis(number.into()));
            let id = UserId::new(made, &*vault.entropy);
            let name = UserName::parse(&format!("user{number:07}")).map_err(|_| DalError::Unavailable)?;
            let display_name = DisplayName::from(&name);
            let user = UserRecord::new(id, name.clone(), display_name, vec![RoleName::member()], made);
            txn = index_user(txn, None, Some(&user))?;
            first = first.or(Some(Target { user: id, name }));
        }
        let Some(target) = first else { return Ok(()) };
        Ok(vault.write(Change { txn, what: What::UserEnabled { target } }, None, None).await?)
    }
}
