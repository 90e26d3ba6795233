//! Whether what is stored agrees with itself: every account with its lists, every session with its.
//!
//! It goes over the store once, list by list, and keeps nothing but the administrators in memory. It changes
//! nothing, and nobody may write meanwhile: for a store whose server is stopped.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::domain::id::{InviteId, SessionId, UserId};
use crate::domain::name::UserName;
use crate::domain::public::PublicName;

use super::DalError;
use super::invites::InviteRecord;
use super::records::{Reserved, Roster, SessionRecord, UserRecord};
use super::store::{Entry, Key, MAX_GET, Store, decode, keys};

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

/// What an entry of a list is about.
enum About {
    User(UserId),
    Session(SessionId),
    Invite(InviteId),
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

/// The entries of lists that lead to an account.
fn own_entries(user: &UserRecord) -> Vec<Key> {
    let tags = user.tags().into_iter().map(|tag| keys::tagged(&tag, user.name.as_str()));
    if user.deleted.is_some() {
        return tags.chain([keys::deleted_name(&user.name)]).collect();
    }
    let times = [false, true].map(|newest| keys::made(newest, user.created, user.id));
    [keys::user_name(&user.name)].into_iter().chain(times).chain(tags).collect()
}

/// Whom or what an entry is about: its key says so, or what it holds.
fn about(entry: &Entry) -> Option<About> {
    let key = str::from_utf8(&entry.key).ok()?;
    let (list, rest) = key.split_once('/')?;
    match list {
        "ud" => decode::<Reserved>(entry).ok().map(|reserved| About::User(reserved.user)),
        "un" | "ug" | "ut" | "uc" => decode(entry).ok().map(About::User),
        "due" => rest.split_once('/')?.1.parse().ok().map(About::User),
        "so" => keys::open_session_of(&entry.key).map(|(_, session)| About::Session(session)),
        "su" | "sn" => keys::session_in_order(&entry.key).map(About::Session),
        "st" => rest.parse().ok().map(About::Session),
        "it" => keys::invite_in_order(&entry.key).map(About::Invite),
        _ => rest.parse().ok().map(About::User),
    }
}

/// Whether an entry keeps a name of which it is known since when it is nobody's.
fn is_reserved(entry: &Entry) -> bool {
    entry.key.starts_with(keys::DELETED_NAMES)
        && decode::<Reserved>(entry).is_ok_and(|reserved| reserved.gone.is_some())
}

/// Why an entry does not belong to this account.
fn misplaced_user(key: &[u8], user: &UserRecord) -> Option<String> {
    let name: &UserName = &user.name;
    let belongs = match key.split(|byte| *byte == b'/').next()? {
        b"un" | b"ud" | b"ug" | b"ut" | b"uc" => own_entries(user).iter().any(|own| own == key),
        b"tf" => user.second_factor.is_some(),
        b"due" => user.next_due().is_some_and(|at| key == keys::due(at, user.id)),
        _ => true,
    };
    (!belongs).then(|| format!("is not where the account {name} belongs"))
}

/// Why an entry does not belong to this session.
fn misplaced_session(key: &[u8], session: &SessionRecord) -> Option<String> {
    let (user, id, created) = (session.user, session.id, session.created);
    let belongs = match key.split(|byte| *byte == b'/').next()? {
        b"so" => session.ended.is_none() && key == keys::open_session(user, id),
        b"st" => session.ended.is_none(),
        b"su" => key == keys::session_of_user(user, created, id),
        b"sn" => key == keys::session_by_time(created, id),
        _ => true,
    };
    (!belongs).then(|| format!("is not where the session {} belongs", id.handle()))
}

/// Why an entry does not belong to this invite.
fn misplaced_invite(key: &[u8], invite: &InviteRecord) -> Option<String> {
    let belongs = key == keys::invite_by_time(invite.created, invite.id);
    (!belongs).then(|| format!("is not where the invite {} belongs", invite.id.handle()))
}

#[cfg(test)]
pub(in crate::dal) mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use crate::auth::password::Hasher;
    use crate::dal::gate::{Dal, Engine, Parts};
    use crate::dal::store::{Txn, encode};
    use crate::domain::id::Entropy;
    use crate::domain::policy::{Argon2Cost, Policy};
    use crate::domain::secret::Password;
    use crate::domain::time::{Clock, Timestamp};

    use super::*;

    /// Bytes that are never the same twice, and it is always the same time.
    struct World(AtomicU64);

    impl Entropy for World {
        fn fill(&self, bytes: &mut [u8]) {
            for piece in bytes.chunks_mut(8) {
                let number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
                piece.copy_from_slice(number.to_be_bytes().get(..piece.len()).unwrap());
            }
        }
    }

    impl Clock for World {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(1_795_432_334_000_000)
        }
    }

    /// A store in memory that was just set up.
    pub(in crate::dal) async fn house() -> Dal {
        let entropy = Arc::new(World(AtomicU64::new(7)));
        let hasher = Hasher::start(1, 8, entropy.clone()).unwrap();
        let policy = Policy { argon2: Argon2Cost { memory: 8, passes: 1, lanes: 1 }, ..Policy::default() };
        let parts = Parts { hasher, clock: entropy.clone(), entropy, policy };
        let dal = Dal::open(Engine::Memory, parts).unwrap();
        dal.set_up(Password::parse("heron lantern quilt marble 7")).await.unwrap();
        dal
    }

    async fn problems(dal: &Dal) -> Vec<String> {
        dal.examine().await.unwrap().problems.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn whatever_is_missing_is_named() {
        for prefix in ["un/", "ut/", "uc/old/", "uc/new/", "pw/", "n/users", "roster", "meta/index"] {
            let dal = house().await;
            assert_eq!(problems(&dal).await, [""; 0]);
            let page = dal.seeded_store().scan(prefix.as_bytes(), None, 1).await.unwrap();
            let key = page.entries.first().unwrap().key.clone();
            dal.seeded_store().commit(Txn::new().delete(key)).await.unwrap();
            let found = problems(&dal).await;
            assert!(found.len() == 1 && found[0].starts_with(prefix), "{prefix}: {found:?}");
        }
    }

    #[tokio::test]
    async fn whatever_is_too_much_is_named() {
        let nobody = "a".repeat(26);
        let session = "a".repeat(52);
        for (key, value) in [
            ("un/ghost".to_owned(), encode(&nobody).unwrap()),
            ("ut/role=admin/ghost".to_owned(), encode(&nobody).unwrap()),
            (format!("uc/old/{:016x}/{nobody}", 7), encode(&nobody).unwrap()),
            (format!("due/{:016x}/{nobody}", 7), encode(&()).unwrap()),
            (format!("pw/{nobody}"), encode(&1).unwrap()),
            (format!("seen/{nobody}"), encode(&1).unwrap()),
            ("ud/ghost".to_owned(), encode(&nobody).unwrap()),
            (format!("so/{nobody}/{session}"), encode(&()).unwrap()),
            (format!("sn/{:016x}{session}", 7), encode(&()).unwrap()),
            (format!("st/{session}"), encode(&()).unwrap()),
            (format!("u/{nobody}"), b"\x01{".to_vec()),
            (format!("iv/{session}"), b"\x01{".to_vec()),
            (format!("it/{:016x}{session}", 7), encode(&()).unwrap()),
            ("s/broken".to_owned(), b"\x07".to_vec()),
        ] {
            let dal = house().await;
            let txn = Txn::new().put(key.clone().into_bytes(), value);
            dal.seeded_store().commit(txn).await.unwrap();
            let found = problems(&dal).await;
            assert!(found.len() == 1 && found[0].starts_with(&key), "{key}: {found:?}");
        }
    }

    #[tokio::test]
    async fn a_name_that_nothing_would_free_is_named() {
        let dal = house().await;
        let (user, name) = ("a".repeat(26).parse().unwrap(), UserName::parse("bob").unwrap());
        let reserved = Reserved { user, gone: Some(dal.now()) };
        let (kept, listed) = (keys::deleted_name(&name), keys::gone_name(dal.now(), &name));
        let txn =
            Txn::new().put(kept, encode(&reserved).unwrap()).put(listed.clone(), encode(&user).unwrap());
        dal.seeded_store().commit(txn).await.unwrap();
        assert_eq!(problems(&dal).await, [""; 0]);
        dal.seeded_store().commit(Txn::new().delete(listed)).await.unwrap();
        let found = problems(&dal).await;
        assert!(found.len() == 1 && found[0].starts_with("ug/"), "{found:?}");
    }

    #[tokio::test]
    async fn what_stands_at_the_wrong_place_is_named() {
        let dal = house().await;
        let page = dal.seeded_store().scan(b"un/", None, 1).await.unwrap();
        let value = page.entries.first().unwrap().value.clone();
        let txn = Txn::new()
            .put(b"un/other".to_vec(), value.clone())
            .put(b"ut/role=member/admin".to_vec(), value)
            .put(keys::user_count(), encode(&5_u64).unwrap())
            .put(keys::roster(), encode(&Roster(Vec::new())).unwrap());
        dal.seeded_store().commit(txn).await.unwrap();
        let found = problems(&dal).await;
        let begin = [
            "un/other: is not where",
            "ut/role=member/admin: is not where",
            "n/users: says 5",
            "roster: does not name",
        ];
        assert!(
            found.len() == 4 && begin.iter().all(|words| found.iter().any(|one| one.starts_with(words))),
            "{found:?}"
        );
    }
}
