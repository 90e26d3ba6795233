//! Which accounts a list shows, in which order, and how they are found without reading all of them.
//!
//! Names, roles and rare states have lists of their own in the store. What has none, such as when somebody
//! signed in last, is looked for record by record: a request looks at [`BUDGET`] of them at most and answers
//! what it found so far and where to go on.

use std::fmt;
use std::time::Duration;

use crate::dal::gate::Granted;
use crate::dal::records::{
    SeenRecord, Stored, TAG_DATED, TAG_DISABLED, TAG_PENDING, TAG_SECOND_FACTOR, UserRecord, tag_of_role,
};
use crate::dal::store::{Entry, Key, MAX_PAGE, decode, keys};
use crate::dal::{DalError, Page};
use crate::domain::id::UserId;
use crate::domain::name::UserName;
use crate::domain::role::{Permission, RoleName};
use crate::domain::time::{Timestamp, span};

use super::Users;
use super::row::{UserRow, UserState, row, state};

/// Rows of the longest page: two records each are fetched in one round trip.
pub const MAX_ROWS: usize = 50;

/// Accounts that one request looks at, at most: some ten milliseconds where none of them is in memory.
pub const BUDGET: usize = 1_000;

/// Accounts of one list that are put into the order in which they were made, at most; of a longer one those
/// are picked out that come by in that order.
const SORTED: usize = 1_000;

/// Which part of the list of accounts: names with a prefix that pass the filters, behind a place, at most
/// [`MAX_ROWS`].
#[derive(Debug, Clone, Default)]
pub struct UserQuery {
    pub prefix: String,
    /// Who has it now, for good or for a time.
    pub role: Option<RoleName>,
    pub state: Option<UserState>,
    pub seen: Option<LastSignIn>,
    /// Who has a second factor, or who has none.
    pub second_factor: Option<bool>,
    pub sort: UserSort,
    /// The `next` of the page before: a name, or by time an id.
    pub after: Option<String>,
    pub limit: usize,
}

/// In which order accounts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserSort {
    #[default]
    Name,
    /// In the order in which they were made.
    Oldest,
    Newest,
}

/// When somebody signed in last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastSignIn {
    Never,
    /// Once, but not for so long.
    Older(Duration),
    /// Not longer ago than this.
    Since(Duration),
}

/// Some accounts, and how far one looked for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// Short, or empty, with a `next` where the search ended before the list did.
    pub page: Page<T>,
    /// Accounts that were looked at.
    pub looked_at: u64,
    /// Accounts that there are.
    pub of: u64,
}

impl UserSort {
    /// Reads `name`, `created` or `-created`.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "name" => Self::Name,
            "created" => Self::Oldest,
            "-created" => Self::Newest,
            _ => return None,
        })
    }
}

impl LastSignIn {
    /// Reads `never`, `older:30d` or `since:7d`; a blank does as well as the colon. Days, `d`, or hours, `h`.
    pub fn parse(typed: &str) -> Result<Self, String> {
        let wrong = || "is never, older:30d or since:7d".to_owned();
        let typed = typed.trim().to_ascii_lowercase();
        if typed == "never" {
            return Ok(Self::Never);
        }
        let (kind, time) = typed.split_once([':', ' ']).ok_or_else(wrong)?;
        let time = time.trim();
        let time = time.strip_prefix("than ").unwrap_or(time).trim();
        let (count, unit) = time.split_at_checked(time.len().saturating_sub(1)).ok_or_else(wrong)?;
        let count: u64 = count.trim().parse().map_err(|_| wrong())?;
        let hours = match unit {
            "d" => count.checked_mul(24),
            "h" => Some(count),
            _ => None,
        };
        let time = hours.filter(|hours| (1..=MAX_HOURS).contains(hours)).map(Duration::from_hours);
        match (kind, time.ok_or_else(wrong)?) {
            ("older", time) => Ok(Self::Older(time)),
            ("since", time) => Ok(Self::Since(time)),
            _ => Err(wrong()),
        }
    }

    fn holds(self, last: Option<Timestamp>, now: Timestamp) -> bool {
        match (self, last) {
            (Self::Never, last) => last.is_none(),
            (Self::Older(than), Some(last)) => now.since(last) > than,
            (Self::Since(than), Some(last)) => now.since(last) <= than,
            (Self::Older(_) | Self::Since(_), None) => false,
        }
    }
}

/// A hundred years: further back there is nothing to find.
const MAX_HOURS: u64 = 100 * 366 * 24;

impl fmt::Display for LastSignIn {
    /// `never`, `older than 30 d`, `within 7 d`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Older(than) => write!(f, "older than {}", span(*than)),
            Self::Since(than) => write!(f, "within {}", span(*than)),
        }
    }
}

impl UserQuery {
    /// Whether everybody passes whose name begins like the prefix.
    pub fn is_unfiltered(&self) -> bool {
        self.role.is_none() && self.state.is_none() && self.seen.is_none() && self.second_factor.is_none()
    }

    /// What it asks for, in words: one for each filter. Empty where everybody passes.
    pub fn words(&self) -> Vec<String> {
        let prefix = (!self.prefix.is_empty()).then(|| format!("name {}…", self.prefix));
        let role = self.role.as_ref().map(|role| format!("role {role}"));
        let state = self.state.map(|state| format!("state {}", state.word()));
        let seen = self.seen.map(|seen| format!("last sign-in {seen}"));
        let factor = self
            .second_factor
            .map(|has| if has { "with a second factor" } else { "without a second factor" }.to_owned());
        [prefix, role, state, seen, factor].into_iter().flatten().collect()
    }

    /// The list of the store that holds everybody who passes, and as few others as are known.
    fn list(&self) -> List {
        let rare = self.state.and_then(|state| match state {
            UserState::Pending => Some(TAG_PENDING),
            UserState::Disabled | UserState::Suspended => Some(TAG_DISABLED),
            UserState::NotYet | UserState::Expired => Some(TAG_DATED),
            UserState::Enabled => None,
        });
        let rare = rare.or(self.second_factor.filter(|has| *has).map(|_| TAG_SECOND_FACTOR));
        let role = self.role.as_ref();
        let tag = match (role.filter(|role| **role != RoleName::member()), rare) {
            (Some(role), _) => Some(tag_of_role(role)),
            (None, Some(tag)) => Some(tag.to_owned()),
            // Nearly everybody is one, and not only one by one is it worth less than the names.
            (None, None) => role.map(tag_of_role),
        };
        tag.map_or(List::Names, List::Tagged)
    }

    /// Whether an account passes.
    fn passes(&self, user: &UserRecord, seen: Option<&SeenRecord>, now: Timestamp) -> bool {
        let last = || seen.and_then(|seen| seen.last_sign_in.as_ref()).map(|sighting| sighting.at);
        user.deleted.is_none()
            && user.name.as_str().starts_with(&self.prefix)
            && self.role.as_ref().is_none_or(|role| user.roles_at(now).contains(role))
            && self.state.is_none_or(|wanted| state(user, now) == wanted)
            && self.second_factor.is_none_or(|has| user.second_factor.is_some() == has)
            && self.seen.is_none_or(|seen| seen.holds(last(), now))
    }
}

/// A list of the store.
enum List {
    Names,
    Tagged(String),
}

impl List {
    fn key(&self, prefix: &str) -> Key {
        match self {
            Self::Names => keys::user_name_prefix(prefix),
            Self::Tagged(tag) => keys::tagged(tag, prefix),
        }
    }
}

/// Somebody who may pass, and the place behind which to go on.
struct Candidate {
    id: UserId,
    place: String,
}

/// Some candidates, and whether there are more behind the last of them.
struct Candidates {
    some: Vec<Candidate>,
    has_more: bool,
}

/// An account as it is stored, with what happened at its door.
pub(super) struct Seen {
    pub user: UserRecord,
    pub seen: Option<SeenRecord>,
}

impl Users {
    /// Lists accounts, one page at a time; reads no more than the page, or of a filter without a list of its
    /// own no more than [`BUDGET`] accounts.
    ///
    /// Needs `ReadUsers`.
    pub async fn list(self, query: UserQuery) -> Result<Page<UserRow>, DalError> {
        self.0.require(Permission::ReadUsers)?;
        Ok(self.search(query).await?.page)
    }

    /// The same, and how far one looked.
    ///
    /// Needs `ReadUsers`.
    pub async fn search(self, query: UserQuery) -> Result<Found<UserRow>, DalError> {
        let granted = self.0.require(Permission::ReadUsers)?;
        query.role.iter().try_for_each(|role| self.0.exists(role))?;
        let now = self.0.now();
        Ok(find_all(&granted, query, now).await?.map(|found| row(&found.user, found.seen.as_ref(), now)))
    }
}

impl<T> Found<T> {
    /// The same accounts as something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Found<U> {
        let Self { page, looked_at, of } = self;
        let items = page.items.into_iter().map(each).collect();
        Found { page: Page { items, next: page.next }, looked_at, of }
    }
}

/// Looks for accounts from where the page before ended, until a page is full or enough were looked at.
pub(super) async fn find_all(
    granted: &Granted<'_>,
    query: UserQuery,
    now: Timestamp,
) -> Result<Found<Seen>, DalError> {
    let query = UserQuery { prefix: query.prefix.to_ascii_lowercase(), ..query };
    let limit = query.limit.clamp(1, MAX_ROWS);
    let (mut items, mut looked_at) = (Vec::with_capacity(limit), 0);
    let mut next = query.after.clone();
    if !UserName::is_prefix(&query.prefix) {
        return Ok(Found { page: Page { items, next: None }, looked_at: 0, of: 0 });
    }
    let of = granted.store.get(&keys::user_count()).await?;
    let of = of.as_ref().map(decode).transpose()?.unwrap_or_default();
    let mut sorted = sorted(granted, &query, &mut looked_at).await?;
    loop {
        let room = if query.is_unfiltered() { limit - items.len() } else { MAX_ROWS };
        let candidates = match &mut sorted {
            Some(sorted) => {
                let some: Vec<_> = sorted.by_ref().take(room).collect();
                Candidates { some, has_more: sorted.len() > 0 }
            }
            None => candidates(granted, &query, next.as_deref(), room).await?,
        };
        looked_at += candidates.some.len();
        let (mut passed, mut has_more) = (Vec::new(), candidates.has_more);
        for (candidate, found) in candidates.some.iter().zip(fetch(granted, &candidates.some).await?) {
            if items.len() + passed.len() == limit {
                has_more = true;
                break;
            }
            next = Some(candidate.place.clone());
            passed.extend(found.filter(|found| query.passes(&found.user, found.seen.as_ref(), now)));
        }
        items.extend(passed);
        if !has_more {
            next = None;
        }
        if next.is_none() || items.len() == limit || looked_at >= BUDGET {
            let looked_at = u64::try_from(looked_at).unwrap_or(u64::MAX);
            return Ok(Found { page: Page { items, next }, looked_at, of });
        }
    }
}

/// The next candidates in the order of the list.
async fn candidates(
    granted: &Granted<'_>,
    query: &UserQuery,
    after: Option<&str>,
    room: usize,
) -> Result<Candidates, DalError> {
    let (prefix, start) = match query.sort {
        UserSort::Name => {
            let list = query.list();
            (list.key(&query.prefix), after.map(|name| list.key(name)))
        }
        order => {
            let newest = order == UserSort::Newest;
            let prefix = if newest { keys::NEWEST } else { keys::OLDEST }.to_vec();
            (prefix.clone(), after.map(|place| [prefix.as_slice(), place.as_bytes()].concat()))
        }
    };
    let page = granted.store.scan(&prefix, start.as_deref(), room).await?;
    let is_by_name = query.sort == UserSort::Name;
    // A name stands behind the last stroke, a place in time behind the second.
    let place = |entry: &Entry| {
        let key = String::from_utf8_lossy(&entry.key);
        let place = if is_by_name { key.rsplit('/').next() } else { key.splitn(3, '/').nth(2) };
        place.unwrap_or_default().to_owned()
    };
    let some = page.entries.iter().map(|entry| Ok(Candidate { id: decode(entry)?, place: place(entry) }));
    Ok(Candidates { some: some.collect::<Result<_, DalError>>()?, has_more: page.next.is_some() })
}

/// Everybody of a short list in the order in which they were made, from where the page before ended; nothing
/// where the order is another one, or there is no short list.
async fn sorted(
    granted: &Granted<'_>,
    query: &UserQuery,
    looked_at: &mut usize,
) -> Result<Option<std::vec::IntoIter<Candidate>>, DalError> {
    let list @ List::Tagged(_) = query.list() else { return Ok(None) };
    if query.sort == UserSort::Name {
        return Ok(None);
    }
    let page = granted.store.scan(&list.key(&query.prefix), None, SORTED.min(MAX_PAGE)).await?;
    if page.next.is_some() {
        return Ok(None);
    }
    let newest = query.sort == UserSort::Newest;
    let mut places = Vec::with_capacity(page.entries.len());
    for some in page.entries.chunks(crate::dal::store::MAX_GET) {
        let ids = some.iter().map(decode).collect::<Result<Vec<UserId>, _>>()?;
        let wanted: Vec<_> = ids.into_iter().map(keys::user).collect();
        for entry in granted.store.get_many(&wanted).await?.iter().flatten() {
            let user = Stored::<UserRecord>::read(entry)?.record;
            let key = keys::made(newest, user.created, user.id);
            let prefix = if newest { keys::NEWEST } else { keys::OLDEST };
            let place = key.get(prefix.len()..).unwrap_or_default();
            places.push(Candidate { id: user.id, place: String::from_utf8_lossy(place).into_owned() });
        }
    }
    *looked_at += places.len();
    places.retain(|candidate| query.after.as_ref().is_none_or(|after| candidate.place > *after));
    places.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    Ok(Some(places.into_iter()))
}

/// Their records, in one round trip; nothing for one that was deleted since it was listed.
async fn fetch(granted: &Granted<'_>, some: &[Candidate]) -> Result<Vec<Option<Seen>>, DalError> {
    let wanted: Vec<_> =
        some.iter().flat_map(|candidate| [keys::user(candidate.id), keys::seen(candidate.id)]).collect();
    let found = granted.store.get_many(&wanted).await?;
    let read = |pair: &[Option<Entry>]| {
        let [Some(user), seen] = pair else { return Ok(None) };
        let seen = seen.as_ref().map(decode).transpose()?;
        Ok(Some(Seen { user: decode(user)?, seen }))
    };
    found.chunks_exact(2).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_somebody_signed_in_last_is_read_as_it_is_written() {
        let days = |days: u64| Duration::from_hours(24 * days);
        for (typed, read) in [
            ("never", LastSignIn::Never),
            ("older:30d", LastSignIn::Older(days(30))),
            ("Older than 30 d", LastSignIn::Older(days(30))),
            ("since:7d", LastSignIn::Since(days(7))),
            ("since 12h", LastSignIn::Since(Duration::from_hours(12))),
        ] {
            assert_eq!(LastSignIn::parse(typed), Ok(read), "{typed}");
        }
        for bad in
            ["", "ever", "older:", "older:d", "older:0d", "since:-1d", "since:7", "older:99999999d", "x:1d"]
        {
            assert!(LastSignIn::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(LastSignIn::Older(days(30)).to_string(), "older than 30 d");
    }

    #[test]
    fn a_query_says_what_it_asks_for() {
        let query = UserQuery {
            prefix: "al".to_owned(),
            role: Some(RoleName::admin()),
            state: Some(UserState::NotYet),
            seen: Some(LastSignIn::Never),
            ..UserQuery::default()
        };
        assert_eq!(query.words(), ["name al…", "role admin", "state not yet", "last sign-in never"]);
        assert!(UserQuery::default().words().is_empty());
    }
}
