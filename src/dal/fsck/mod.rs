//! Whether what is stored agrees with itself: every account with its lists, every session with its.
//!
//! It goes over the store once, list by list, and keeps nothing but the administrators in memory. It changes
//! nothing, and nobody may write meanwhile: for a store whose server is stopped.

mod places;
#[cfg(test)]
pub(in crate::dal) mod tests;

use std::collections::BTreeSet;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::domain::id::UserId;
use crate::domain::public::PublicName;

use super::DalError;
use super::invites::InviteRecord;
use super::records::{Reserved, Roster, SessionRecord, UserRecord};
use super::store::{Entry, Key, MAX_GET, Store, decode, keys};

use places::{About, about, is_reserved, misplaced_invite, misplaced_session, misplaced_user, own_entries};

/// Entries that are read at once.
const PAGE: usize = 100;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    pub accounts: u64,
    pub sessions: u64,
    /// The first [`MAX_NAMED`] of them.
    pub problems: Vec<Problem>,
    /// How many there are in all.
    pub count: u64,
}

/// Problems that are named; a store with more is restored, not mended.
pub const MAX_NAMED: usize = 10_000;

/// One thing that does not agree with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key of what is wrong, as it is in the store.
    pub key: String,
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.what)
    }
}

/// Goes over everything.
pub(super) async fn examine(store: &dyn Store) -> Result<Findings, DalError> {
    let mut check = Check { store, found: Findings::default(), open: 0, admins: BTreeSet::new() };
    if super::index::is_complete(store).await? {
        check.users().await?;
        check.lists_of_users().await?;
        check.counters().await?;
    } else {
        check.blame(&keys::index(), "an earlier version wrote this; start the server once, then look again");
    }
    check.sessions().await?;
    check.lists_of_sessions().await?;
    check.invites().await?;
    check.list(keys::INVITES_BY_TIME).await?;
    Ok(check.found)
}

struct Check<'a> {
    store: &'a dyn Store,
    found: Findings,
    /// Accounts that are not deleted.
    open: u64,
    admins: BTreeSet<UserId>,
}

impl Check<'_> {
    fn blame(&mut self, key: &[u8], what: impl Into<String>) {
        self.found.count += 1;
        if self.found.problems.len() < MAX_NAMED {
            let key = String::from_utf8_lossy(key).escape_debug().to_string();
            self.found.problems.push(Problem { key, what: what.into() });
        }
    }

    /// The record of an entry; nothing, and a problem, for one that cannot be read.
    fn read<T: DeserializeOwned>(&mut self, entry: &Entry) -> Option<T> {
        decode(entry).map_err(|error| self.blame(&entry.key, error.to_string())).ok()
    }

    /// Every account stands wherever it has to.
    async fn users(&mut self) -> Result<(), DalError> {
        let mut after = None;
        loop {
            let page = self.store.scan(keys::USERS, after.as_deref(), PAGE).await?;
            for entry in &page.entries {
                let Some(user) = self.read::<UserRecord>(entry) else { continue };
                self.user(entry, &user).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn user(&mut self, entry: &Entry, user: &UserRecord) -> Result<(), DalError> {
        self.found.accounts += 1;
        if entry.key != keys::user(user.id) {
            self.blame(&entry.key, format!("holds the account {}", user.id));
        }
        self.open += u64::from(user.deleted.is_none());
        if let Some(why) = unreachable(user) {
            self.blame(&keys::user_name(&user.name), why);
        }
        if user.is_usable_admin() {
            self.admins.insert(user.id);
        }
        let own = own_entries(user);
        for some in own.chunks(MAX_GET) {
            let found = self.store.get_many(some).await?;
            for (key, found) in some.iter().zip(found) {
                match found.as_ref().map(decode::<Reserved>) {
                    None => self.blame(key, format!("is missing; the account {} has it", user.name)),
                    Some(Ok(Reserved { user: id, .. })) if id != user.id => {
                        self.blame(key, format!("leads to {id} and not to {}", user.id));
                    }
                    Some(_) => {}
                }
            }
        }
        let mut others = vec![keys::password(user.id)];
        others.extend(user.second_factor.map(|_| keys::factor(user.id)));
        others.extend(user.next_due().map(|at| keys::due(at, user.id)));
        for (key, found) in others.iter().zip(self.store.get_many(&others).await?) {
            if found.is_none() {
                self.blame(key, format!("is missing; the account {} has it", user.name));
            }
        }
        Ok(())
    }

    /// Nothing stands in a list of accounts that does not belong there.
    async fn lists_of_users(&mut self) -> Result<(), DalError> {
        for list in ["un/", "ud/", "ug/", "ut/", "uc/", "due/", "pw/", "tf/", "seen/", "prefs/", "gs/", "gk/"]
        {
            self.list(list.as_bytes()).await?;
        }
        Ok(())
    }

    /// Every entry of a list leads to something that has it.
    async fn list(&mut self, list: &[u8]) -> Result<(), DalError> {
        let mut after = None;
        loop {
            let page = self.store.scan(list, after.as_deref(), PAGE).await?;
            let about: Vec<Option<About>> = page.entries.iter().map(about).collect();
            let wanted: Vec<Key> = about
                .iter()
                .map(|about| match about {
                    Some(About::User(id)) => keys::user(*id),
                    Some(About::Session(id)) => keys::session(*id),
                    Some(About::Invite(id)) => keys::invite(*id),
                    // Nothing is there.
                    None => b"-".to_vec(),
                })
                .collect();
            let found = self.store.get_many(&wanted).await?;
            for ((entry, about), found) in page.entries.iter().zip(about).zip(found) {
                let wrong = match (about, found) {
                    (None, _) => Some("says nothing that makes sense".to_owned()),
                    // The name of an account that is gone for good stays reserved for a while.
                    (Some(_), None) => {
                        (list != b"ug/" && !is_reserved(entry)).then(|| "leads nowhere".to_owned())
                    }
                    (Some(About::User(_)), Some(user)) => {
                        decode(&user).ok().and_then(|user| misplaced_user(&entry.key, &user))
                    }
                    (Some(About::Session(_)), Some(session)) => {
                        decode(&session).ok().and_then(|session| misplaced_session(&entry.key, &session))
                    }
                    (Some(About::Invite(_)), Some(invite)) => {
                        decode(&invite).ok().and_then(|invite| misplaced_invite(&entry.key, &invite))
                    }
                };
                if let Some(wrong) = wrong {
                    self.blame(&entry.key, wrong);
                }
            }
            if list == keys::DELETED_NAMES {
                self.names_to_be_freed(&page.entries).await?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Each name that is to be anybody's again stands where that is looked for.
    async fn names_to_be_freed(&mut self, reserved: &[Entry]) -> Result<(), DalError> {
        let place = |entry: &Entry| {
            let gone = decode::<Reserved>(entry).ok()?.gone?;
            Some(keys::gone_name(gone, &keys::deleted_name_of(&entry.key)?))
        };
        let places: Vec<Key> = reserved.iter().filter_map(place).collect();
        for (key, found) in places.iter().zip(self.store.get_many(&places).await?) {
            if found.is_none() {
                self.blame(key, "is missing; its name would stay reserved for ever");
            }
        }
        Ok(())
    }

    async fn counters(&mut self) -> Result<(), DalError> {
        let (count, roster) = (keys::user_count(), keys::roster());
        let found = self.store.get_many(&[count.clone(), roster.clone()]).await?;
        let mut found = found.into_iter();
        let counted = match found.next().flatten() {
            Some(entry) => self.read::<u64>(&entry),
            None => Some(0),
        };
        if counted.is_some_and(|counted| counted != self.open) {
            self.blame(&count, format!("says {}, and there are {}", counted.unwrap_or_default(), self.open));
        }
        let listed = match found.next().flatten() {
            Some(entry) => self.read::<Roster>(&entry),
            None => Some(Roster::default()),
        };
        let Some(Roster(listed)) = listed else { return Ok(()) };
        let listed: BTreeSet<UserId> = listed.into_iter().collect();
        // It says where to look, and may name others too, whose records decide.
        for id in self.admins.clone().difference(&listed) {
            self.blame(&roster, format!("does not name {id}"));
        }
        if self.found.accounts > 0 && self.admins.is_empty() && listed.is_empty() {
            self.blame(&roster, "nobody is left to administrate");
        }
        Ok(())
    }

    /// Every session stands wherever it has to.
    async fn sessions(&mut self) -> Result<(), DalError> {
        let mut after = None;
        loop {
            let page = self.store.scan(b"s/", after.as_deref(), PAGE).await?;
            for entry in &page.entries {
                let Some(session) = self.read::<SessionRecord>(entry) else { continue };
                self.found.sessions += 1;
                let mut own = vec![
                    keys::session_of_user(session.user, session.created, session.id),
                    keys::session_by_time(session.created, session.id),
                ];
                if session.ended.is_none() {
                    own.push(keys::open_session(session.user, session.id));
                }
                for (key, found) in own.iter().zip(self.store.get_many(&own).await?) {
                    if found.is_none() {
                        self.blame(key, format!("is missing; the session {} has it", session.id.handle()));
                    }
                }
                if entry.key != keys::session(session.id) {
                    self.blame(&entry.key, format!("holds the session {}", session.id));
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Every invite stands in the list of them.
    async fn invites(&mut self) -> Result<(), DalError> {
        let mut after = None;
        loop {
            let page = self.store.scan(b"iv/", after.as_deref(), PAGE).await?;
            for entry in &page.entries {
                let Some(invite) = self.read::<InviteRecord>(entry) else { continue };
                let (id, place) = (invite.id, keys::invite_by_time(invite.created, invite.id));
                if entry.key != keys::invite(id) {
                    self.blame(&entry.key, format!("holds the invite {}", id.handle()));
                }
                if self.store.get(&place).await?.is_none() {
                    self.blame(&place, format!("is missing; the invite {} has it", id.handle()));
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn lists_of_sessions(&mut self) -> Result<(), DalError> {
        for list in ["so/", "su/", "sn/", "st/"] {
            self.list(list.as_bytes()).await?;
        }
        Ok(())
    }
}

/// Why nobody can sign in to an account, whatever the password: an earlier version gave names to accounts that
/// open a form today. There is no way to give it another name.
pub(super) fn unreachable(user: &UserRecord) -> Option<String> {
    let name = &user.name;
    PublicName::parse(name.as_str()).filter(|_| user.deleted.is_none()).map(|_| {
        format!(
            "nobody can sign in as {name}, which is how one signs up; make this person another account \
             (`users show {name}`, `users create NAME`), then `users delete {name}`"
        )
    })
}
