//! The failures of one account, as they are stored: read with it, written with the failure, the sign-in or
//! the password that changes them.
//!
//! Strangers and known sources are two records, so that no storm of strangers makes a sign-in from a known
//! source plan again. Each has a key in the list of locks, which says until when it keeps people out.

use std::net::IpAddr;

use crate::auth::throttle::{KnownSources, Standing, Strangers};
use crate::dal::records::{Stored, UserRecord};
use crate::dal::second_factor::stored as factor;
use crate::dal::store::{Entry, Expect, Key, Store, StoreError, Txn, encode, keys};
use crate::domain::id::UserId;
use crate::domain::policy::AccountDelays;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

/// Whom failures came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Strangers,
    Known,
    /// Whoever gave the right password, and wrong codes: not among the [`Tallies`].
    Codes,
}

impl Class {
    const fn letter(self) -> char {
        match self {
            Self::Strangers => 's',
            Self::Known => 'k',
            Self::Codes => factor::LOCK,
        }
    }

    /// Where its record is.
    pub fn key(self, user: UserId) -> Key {
        match self {
            Self::Strangers => keys::strangers(user),
            Self::Known => keys::known_sources(user),
            Self::Codes => keys::factor(user),
        }
    }

    /// The class, the end and the user of a key in the list of locks.
    pub fn of(key: &[u8]) -> Option<(Self, Timestamp, UserId)> {
        let (until, letter, user) = keys::lock_of(key)?;
        let class =
            [Self::Strangers, Self::Known, Self::Codes].into_iter().find(|class| class.letter() == letter)?;
        Some((class, until, user))
    }
}

/// See the module.
#[derive(Debug, Clone)]
pub(in crate::dal) struct Tallies {
    user: UserId,
    strangers: Option<Stored<Strangers>>,
    known: Option<Stored<KnownSources>>,
}

impl Tallies {
    pub async fn load(store: &dyn Store, user: UserId) -> Result<Self, StoreError> {
        let found = store.get_many(&[keys::strangers(user), keys::known_sources(user)]).await?;
        let [strangers, known] = found.as_slice() else {
            return Err(StoreError::Invalid("two were asked for"));
        };
        Self::read(user, strangers.as_ref(), known.as_ref())
    }

    pub fn read(user: UserId, strangers: Option<&Entry>, known: Option<&Entry>) -> Result<Self, StoreError> {
        Ok(Self { user, strangers: Stored::read_some(strangers)?, known: Stored::read_some(known)? })
    }

    pub(super) fn strangers(&self) -> Strangers {
        self.strangers.as_ref().map(|stored| stored.record.clone()).unwrap_or_default()
    }

    pub(super) fn known(&self) -> KnownSources {
        self.known.as_ref().map(|stored| stored.record.clone()).unwrap_or_default()
    }

    /// Whether somebody from there may be let in. Who administrates always may, from where they are known.
    pub fn standing(
        &self,
        user: &UserRecord,
        from: IpAddr,
        now: Timestamp,
        rules: &AccountDelays,
    ) -> Standing {
        match self.known().find(Source::of(from), now, rules) {
            Some(_) if user.administrates() => Standing::Open,
            Some(known) => known.run.standing(now),
            None => self.strangers().run.standing(now),
        }
    }

    /// Adds a wrong proof; tells how its source stands after it.
    pub fn fail(
        &self,
        txn: Txn,
        user: &UserRecord,
        from: IpAddr,
        now: Timestamp,
        rules: &AccountDelays,
    ) -> Result<(Txn, Standing), StoreError> {
        let (mut known, source) = (self.known(), Source::of(from));
        if !known.fail(source, now, rules) {
            let mut strangers = self.strangers();
            strangers.fail(source, now, rules);
            let standing = strangers.run.standing(now);
            return Ok((self.put_strangers(txn, &strangers)?, standing));
        }
        let end = if user.administrates() { Standing::Open } else { known.standing(Timestamp::default()) };
        let standing = known.find(source, now, rules).map_or(Standing::Open, |known| known.run.standing(now));
        Ok((self.put_known(txn, &known, end)?, standing))
    }

    /// Adds a sign-in, which holds only while nothing failed since these were read: of many guesses at once
    /// none is judged by an older state than the others.
    pub fn succeed(
        &self,
        txn: Txn,
        from: IpAddr,
        now: Timestamp,
        rules: &AccountDelays,
    ) -> Result<Txn, StoreError> {
        let (mut known, source) = (self.known(), Source::of(from));
        let was_known = known.find(source, now, rules).is_some();
        let txn = if was_known { txn } else { self.delete_strangers(txn)? };
        if known.succeed(source, now, rules) {
            self.put_known(txn, &known, known.standing(Timestamp::default()))
        } else {
            Ok(guard(txn, keys::known_sources(self.user), self.known.as_ref()))
        }
    }

    /// The same for a proof given where one is signed in already; `None` where nothing had failed.
    pub fn succeed_if_it_failed(
        &self,
        txn: Txn,
        from: IpAddr,
        now: Timestamp,
        rules: &AccountDelays,
    ) -> Result<Option<Txn>, StoreError> {
        let known = self.known();
        let run = known.find(Source::of(from), now, rules).map(|known| known.run);
        match run {
            Some(run) if run.failures > 0 => self.succeed(txn, from, now, rules).map(Some),
            _ => Ok(None),
        }
    }

    /// Forgets the failures from all sources, but no source; tells whether there were any.
    pub fn forgive(&self, txn: Txn) -> Result<(Txn, bool), StoreError> {
        let mut known = self.known();
        let had_strangers = self.strangers.is_some();
        let had_known = known.forgive();
        let txn = if had_strangers { self.delete_strangers(txn)? } else { txn };
        let txn = if had_known { self.put_known(txn, &known, Standing::Open)? } else { txn };
        Ok((txn, had_strangers || had_known))
    }

    /// Forgets everything, with the account.
    pub fn forget(&self, txn: Txn) -> Result<Txn, StoreError> {
        let key = keys::known_sources(self.user);
        let txn = guard(self.delete_strangers(txn)?, key.clone(), self.known.as_ref()).delete(key);
        self.list(txn, Class::Known, self.known().standing(Timestamp::default()), Standing::Open)
    }

    fn put_strangers(&self, txn: Txn, after: &Strangers) -> Result<Txn, StoreError> {
        let key = keys::strangers(self.user);
        let (before, end) = (self.end_of_strangers(), after.run.standing(Timestamp::default()));
        let txn = guard(txn, key.clone(), self.strangers.as_ref()).put(key, encode(after)?);
        self.list(txn, Class::Strangers, before, end)
    }

    fn delete_strangers(&self, txn: Txn) -> Result<Txn, StoreError> {
        let key = keys::strangers(self.user);
        let txn = guard(txn, key.clone(), self.strangers.as_ref()).delete(key);
        self.list(txn, Class::Strangers, self.end_of_strangers(), Standing::Open)
    }

    fn put_known(&self, txn: Txn, after: &KnownSources, end: Standing) -> Result<Txn, StoreError> {
        let key = keys::known_sources(self.user);
        let before = self.known().standing(Timestamp::default());
        let txn = guard(txn, key.clone(), self.known.as_ref()).put(key, encode(after)?);
        self.list(txn, Class::Known, before, end)
    }

    fn end_of_strangers(&self) -> Standing {
        self.strangers().run.standing(Timestamp::default())
    }

    /// Moves a record to where it belongs in the list of locks.
    fn list(&self, txn: Txn, class: Class, before: Standing, after: Standing) -> Result<Txn, StoreError> {
        let key =
            |standing: Standing| standing.until().map(|until| keys::lock(until, class.letter(), self.user));
        if before == after {
            return Ok(txn);
        }
        let txn = key(before).into_iter().fold(txn, Txn::delete);
        match key(after) {
            Some(key) => Ok(txn.put(key, encode(&())?)),
            None => Ok(txn),
        }
    }
}

/// Adds the condition that a record is still what was read, or is still not there.
fn guard<T>(txn: Txn, key: Key, stored: Option<&Stored<T>>) -> Txn {
    match stored {
        Some(stored) => stored.unchanged(txn),
        None => txn.guard(key, Expect::Absent),
    }
}
