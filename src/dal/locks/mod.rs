//! Locks: accounts and sources that are closed because too much failed, and what opens them again.
//!
//! The failures of an account are stored ([`tally`]), those of a source are in memory ([`sources`]); both
//! are counted by the sign-in itself, in `login`. This is what people see of it, and what they can do.

mod sources;
mod tally;

use std::cmp::Reverse;
use std::fmt;

use serde::Serialize;

use crate::auth::penalties::Tally;
use crate::auth::throttle::Standing;
use crate::domain::event::What;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

use super::change::Change;
use super::gate::{Granted, Landed, TRIES};
use super::records::{FactorRecord, UserRecord};
use super::second_factor::stored as factor;
use super::store::{Entry, Txn, decode, keys};
use super::{DalError, Page, Verified, users};

pub(super) use sources::SourceWatch;
use tally::Class;
pub(super) use tally::Tallies;

/// Rows of the longest page: two records each are fetched in one round trip.
pub const MAX_ROWS: usize = 50;

/// When a lock opens that time does not open.
pub const WHEN_LIFTED: &str = "when lifted";

/// Hexadecimal digits of a time.
const TIME_CHARS: usize = 16;

/// Stands before where a page of accounts begins, ...
const ACCOUNTS: &str = "a";
/// ... and before where one of sources does.
const SOURCES: &str = "s";

/// What is closed, and to whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Locked {
    /// An account, to everybody but those who come from where its owner is known.
    User(UserName),
    /// An account, to somebody who comes from where its owner is known.
    UserAtKnownSource(UserName),
    /// The second half of a sign-in, to whoever gave the right password: no code is taken.
    Codes(UserName),
    /// The door, to a source.
    Source(Source),
}

/// Something that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockRow {
    #[serde(flatten)]
    pub locked: Locked,
    pub failures: u32,
    /// Where they came from, the newest first, and not all of many; nothing for a source.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<Source>,
    pub last: Timestamp,
    /// When it opens by itself; `None` for an account that somebody has to open.
    pub until: Option<Timestamp>,
}

/// Which part of the list of locks: accounts first, and of each kind those first that open last.
#[derive(Debug, Clone, Default)]
pub struct LockQuery {
    /// Part of a user's name or of an address; empty for all.
    pub filter: String,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// See [`Verified::locks`].
#[must_use = "a proof is for one operation"]
pub struct Locks(pub(super) Verified);

impl Locks {
    /// Lists what is closed at this moment; reads no account that is not.
    ///
    /// Needs `ReadUsers`.
    pub async fn list(self, query: LockQuery) -> Result<Page<LockRow>, DalError> {
        let granted = self.0.require(Permission::ReadUsers)?;
        let filter = query.filter.to_lowercase();
        let limit = query.limit.clamp(1, MAX_ROWS);
        let after = query.after.as_deref().unwrap_or(ACCOUNTS);
        let mut page = match after.strip_prefix(ACCOUNTS) {
            Some(after) => self.accounts(&granted, &filter, after, limit).await?,
            None => Page { items: Vec::new(), next: None },
        };
        if page.next.is_some() || page.items.len() == limit {
            page.next = Some(page.next.unwrap_or_else(|| SOURCES.to_owned()));
            return Ok(page);
        }
        let after = after.strip_prefix(SOURCES).unwrap_or_default();
        let sources = self.sources(&granted, &filter, after, limit - page.items.len());
        page.items.extend(sources.items);
        Ok(Page { items: page.items, next: sources.next })
    }

    /// One lock.
    ///
    /// Needs `ReadUsers`. Errors: `NotFound`, also for one that has opened since.
    pub async fn get(self, locked: &Locked) -> Result<LockRow, DalError> {
        let granted = self.0.require(Permission::ReadUsers)?;
        let (now, absent) = (self.0.now(), || DalError::NotFound { what: format!("lock on {locked}") });
        let (name, class) = match locked {
            Locked::Source(source) => {
                let tally = granted.vault.sources.tally(*source, now).ok_or_else(absent)?;
                return Ok(of_source(*source, &tally));
            }
            Locked::User(name) => (name, Class::Strangers),
            Locked::UserAtKnownSource(name) => (name, Class::Known),
            Locked::Codes(name) => (name, Class::Codes),
        };
        let user = users::find(&granted, name).await?.record;
        let stored = granted.store.get(&class.key(user.id)).await?;
        row_of(&user, class, stored.as_ref(), now)?.ok_or_else(absent)
    }

    /// Lets an account be tried again from everywhere, as if nothing had failed.
    ///
    /// Needs `LiftLocks`, and everything that the user holds. Errors: `NotFound`; `Conflict` where nothing
    /// has failed.
    pub async fn lift_user(self, name: &UserName) -> Result<(), DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::LiftLocks)?;
            let user = users::find(&granted, name).await?.record;
            self.0.covers(&user)?;
            let (txn, had_any) = Tallies::load(granted.store, user.id).await?.forgive(Txn::new())?;
            let (txn, had_codes) = factor::forgive(txn, granted.store, user.id).await?;
            if !had_any && !had_codes {
                return Err(DalError::Conflict { what: format!("nothing has failed at {name}") });
            }
            let what = What::LockLifted { target: users::target(&user) };
            if self.0.commit(Permission::LiftLocks, Change { txn, what }).await? == Landed::Yes {
                return Ok(());
            }
        }
        Err(DalError::busy())
    }

    /// Lets connections from a source in again, as if nothing had failed.
    ///
    /// Needs `LiftLocks`. Errors: `NotFound` for one that is not refused.
    pub async fn lift_source(self, source: Source) -> Result<(), DalError> {
        let granted = self.0.require(Permission::LiftLocks)?;
        let now = self.0.now();
        if granted.vault.sources.tally(source, now).is_none() {
            return Err(DalError::NotFound { what: format!("lock on {source}") });
        }
        let change = Change { txn: Txn::new(), what: What::PenaltyLifted { source } };
        match self.0.commit(Permission::LiftLocks, change).await? {
            Landed::Yes => granted.vault.sources.lift(source, now),
            Landed::Stale => return Err(DalError::busy()),
        }
        Ok(())
    }

    /// Accounts behind a place in the list of locks, as far as they are still closed.
    async fn accounts(
        &self,
        granted: &Granted<'_>,
        filter: &str,
        after: &str,
        limit: usize,
    ) -> Result<Page<LockRow>, DalError> {
        let mut items = Vec::new();
        let mut after = [keys::LOCKS, after.as_bytes()].concat();
        loop {
            let page = granted.store.scan(keys::LOCKS, Some(&after), MAX_ROWS).await?;
            for (entry, row) in self.rows(granted, &page.entries).await? {
                if items.len() == limit {
                    return Ok(Page { items, next: Some(place(&after)) });
                }
                after.clone_from(&entry.key);
                items.extend(row.filter(|row| row.matches(filter)));
            }
            // The first that has opened by itself is before all others that have.
            let is_last = page.entries.last().is_none_or(|entry| !is_closed(entry, self.0.now()));
            if page.next.is_none() || is_last {
                return Ok(Page { items, next: None });
            }
        }
    }

    /// The entries that still hold, each with its account if that is still closed.
    async fn rows<'a>(
        &self,
        granted: &Granted<'_>,
        entries: &'a [Entry],
    ) -> Result<Vec<(&'a Entry, Option<LockRow>)>, DalError> {
        let now = self.0.now();
        let listed: Vec<_> = entries
            .iter()
            .take_while(|entry| is_closed(entry, now))
            .filter_map(|entry| Class::of(&entry.key).map(|(class, _, user)| (entry, class, user)))
            .collect();
        let wanted: Vec<_> =
            listed.iter().flat_map(|(_, class, user)| [keys::user(*user), class.key(*user)]).collect();
        let found = granted.store.get_many(&wanted).await?;
        let mut rows = Vec::with_capacity(listed.len());
        for ((entry, class, _), pair) in listed.into_iter().zip(found.chunks_exact(2)) {
            let [user, tally] = pair else { continue };
            // An account that was deleted meanwhile is no longer in the list.
            let user: Option<UserRecord> = user.as_ref().map(decode).transpose()?;
            let row = match user {
                Some(user) => row_of(&user, class, tally.as_ref(), now)?,
                None => None,
            };
            rows.push((entry, row));
        }
        Ok(rows)
    }

    /// Sources behind a place in their list. Under a storm there are tens of thousands: only those of the
    /// page become rows.
    fn sources(&self, granted: &Granted<'_>, filter: &str, after: &str, limit: usize) -> Page<LockRow> {
        let after = Rank::parse(after);
        let mut found = granted.vault.sources.refused(self.0.now());
        found.retain(|(source, tally)| {
            after.is_none_or(|after| Rank::of(*source, tally) > after)
                && (filter.is_empty() || source.to_string().contains(filter))
        });
        let has_more = found.len() > limit;
        if has_more {
            found.select_nth_unstable_by_key(limit, |(source, tally)| Rank::of(*source, tally));
            found.truncate(limit);
        }
        found.sort_unstable_by_key(|(source, tally)| Rank::of(*source, tally));
        let next = found.last().filter(|_| has_more).map(|(source, tally)| Rank::of(*source, tally).place());
        Page { items: found.iter().map(|(source, tally)| of_source(*source, tally)).collect(), next }
    }
}

/// Whether an entry of the list of locks has not yet come to its end.
fn is_closed(entry: &Entry, now: Timestamp) -> bool {
    Class::of(&entry.key).is_some_and(|(_, until, _)| now < until)
}

/// Where the page behind a key of the list of locks begins.
fn place(key: &[u8]) -> String {
    let rest = key.strip_prefix(keys::LOCKS).unwrap_or_default();
    format!("{ACCOUNTS}{}", String::from_utf8_lossy(rest))
}

/// The place of a source in its list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank(Reverse<Timestamp>, Source);

impl Rank {
    const fn of(source: Source, tally: &Tally) -> Self {
        Self(Reverse(tally.until), source)
    }

    /// Where the page behind it begins.
    fn place(self) -> String {
        format!("{SOURCES}{:016x}{}", self.0.0.as_micros(), self.1)
    }

    /// Reads what stands behind the mark of [`place`](Self::place); `None` at the beginning.
    fn parse(text: &str) -> Option<Self> {
        let (until, source) = text.split_at_checked(TIME_CHARS)?;
        let until = Timestamp::from_micros(u64::from_str_radix(until, 16).ok()?);
        Some(Self(Reverse(until), Source::parse(source)?))
    }
}

fn of_source(source: Source, tally: &Tally) -> LockRow {
    LockRow {
        locked: Locked::Source(source),
        failures: tally.all,
        from: Vec::new(),
        last: tally.last,
        until: Some(tally.until),
    }
}

/// The row of an account, by what its class has in the store, if it is closed to that class.
fn row_of(
    user: &UserRecord,
    class: Class,
    stored: Option<&Entry>,
    now: Timestamp,
) -> Result<Option<LockRow>, DalError> {
    Ok(match class {
        Class::Strangers => of_strangers(user, &Tallies::read(user.id, stored, None)?, now),
        Class::Known => of_known(user, &Tallies::read(user.id, None, stored)?, now),
        Class::Codes => {
            let factor: Option<FactorRecord> = stored.map(decode).transpose()?;
            factor.and_then(|factor| of_codes(user, &factor, now))
        }
    })
}

fn of_codes(user: &UserRecord, factor: &FactorRecord, now: Timestamp) -> Option<LockRow> {
    let until = factor.refused(now)?;
    Some(LockRow {
        locked: Locked::Codes(user.name.clone()),
        failures: factor.in_a_row,
        from: Vec::new(),
        last: factor.failed_at,
        until: Some(until),
    })
}

/// An account as it stands to those who come from where nobody knows them.
fn of_strangers(user: &UserRecord, tallies: &Tallies, now: Timestamp) -> Option<LockRow> {
    let strangers = tallies.strangers();
    let standing = strangers.run.standing(now);
    (!standing.is_open()).then(|| LockRow {
        until: opens(standing),
        locked: Locked::User(user.name.clone()),
        failures: strangers.run.failures,
        last: strangers.run.last,
        from: strangers.from,
    })
}

/// ... and to those who come from where its owner is known. Who administrates is not kept out of there.
fn of_known(user: &UserRecord, tallies: &Tallies, now: Timestamp) -> Option<LockRow> {
    let known = tallies.known();
    let standing = if user.administrates() { Standing::Open } else { known.standing(now) };
    (!standing.is_open()).then(|| LockRow {
        until: opens(standing),
        locked: Locked::UserAtKnownSource(user.name.clone()),
        failures: known.closed(now).map(|known| known.run.failures).sum(),
        last: known.closed(now).map(|known| known.run.last).max().unwrap_or_default(),
        from: known.closed(now).map(|known| known.source).collect(),
    })
}

/// When it opens by itself, if it does.
fn opens(standing: Standing) -> Option<Timestamp> {
    match standing {
        Standing::Delayed(until) => Some(until),
        Standing::Open | Standing::Disabled => None,
    }
}

/// The lock on an account, to whomever: the one that more people meet.
pub(super) fn of_account_to_any(user: &UserRecord, tallies: &Tallies, now: Timestamp) -> Option<LockRow> {
    of_strangers(user, tallies, now).or_else(|| of_known(user, tallies, now))
}

impl Locked {
    /// The account that is closed; `None` for a source.
    pub const fn user(&self) -> Option<&UserName> {
        match self {
            Self::User(name) | Self::UserAtKnownSource(name) | Self::Codes(name) => Some(name),
            Self::Source(_) => None,
        }
    }
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "{name}"),
            Self::UserAtKnownSource(name) => write!(f, "{name} (known source)"),
            Self::Codes(name) => write!(f, "{name} (codes)"),
            Self::Source(source) => write!(f, "{source}"),
        }
    }
}

impl LockRow {
    /// Whether the filter, in lower case, is in what a row shows of it.
    fn matches(&self, filter: &str) -> bool {
        filter.is_empty()
            || self.locked.to_string().contains(filter)
            || self.from.iter().any(|source| source.to_string().contains(filter))
    }
}
