//! Which events are wanted, and how they are found.
//!
//! The trail has one order, that of time, and no lists beside it: it is written by everything that happens, and
//! each list more would make all of that slower. A filter looks at [`BUDGET`] events at most and answers what it
//! found so far and where to go on.

use crate::dal::DalError;
use crate::dal::gate::Granted;
use crate::dal::records::Reserved;
use crate::dal::store::{Entry, Key, decode, keys};
use crate::domain::event::Event;
use crate::domain::id::UserId;
use crate::domain::name::UserName;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

use super::row::{EventRow, named, row, unreadable};

/// Rows of the longest page.
pub const MAX_ROWS: usize = 50;

/// Events that one request looks at, at most: some milliseconds.
pub const BUDGET: usize = 1_000;

/// Events that are read in one go where a filter may pass few of them.
const READ: usize = 200;

/// Which part of the trail: what passes all filters, behind a place, at most [`MAX_ROWS`].
#[derive(Debug, Clone, Default)]
pub struct AuditQuery {
    /// A user's name or id: who did it, or to whom it was done. A name also finds what was typed at the door.
    pub user: Option<String>,
    /// How the name of a user begins who did it, or to whom it was done; empty for all. A whole name finds what
    /// [`user`](Self::user) finds.
    pub begins: String,
    /// A user's name or id: who did it.
    pub by: Option<String>,
    /// Some of [`KINDS`](crate::domain::event::KINDS); empty for all.
    pub kinds: Vec<&'static str>,
    /// Not before.
    pub since: Option<Timestamp>,
    /// Not after.
    pub until: Option<Timestamp>,
    /// Where it was done from, or to.
    pub from: Option<Source>,
    /// The `next` of the page before.
    pub after: Option<String>,
    pub limit: usize,
}

/// Some events, and how far one looked for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trail {
    pub items: Vec<EventRow>,
    /// Where to go on; `None` at the end. A page may be short, or empty, and have one: there was too much to
    /// look at.
    pub next: Option<String>,
    /// Events that were looked at.
    pub looked_at: u64,
    /// How far back that went; nothing where nothing was looked at.
    pub back_to: Option<Timestamp>,
}

impl AuditQuery {
    /// Whether everything passes that is not too new or too old.
    pub fn is_unfiltered(&self) -> bool {
        self.user.is_none()
            && self.begins.is_empty()
            && self.by.is_none()
            && self.kinds.is_empty()
            && self.from.is_none()
    }
}

/// Somebody who is asked for.
struct Whom {
    /// A name as names are kept, or whatever it is.
    typed: String,
    /// That of the typed text, if it is one, and that of the account that has the name, or had it last.
    ids: Vec<UserId>,
}

impl Whom {
    async fn find(granted: &Granted<'_>, typed: Option<&str>) -> Result<Option<Self>, DalError> {
        let Some(typed) = typed.map(str::trim) else { return Ok(None) };
        let mut ids: Vec<UserId> = typed.parse().into_iter().collect();
        let name = UserName::parse(typed).ok();
        if let Some(name) = &name {
            let wanted = [keys::user_name(name), keys::deleted_name(name)];
            for entry in granted.store.get_many(&wanted).await?.iter().flatten() {
                ids.push(decode::<Reserved>(entry)?.user);
            }
        }
        let typed = name.map_or_else(|| typed.to_owned(), |name| name.to_string());
        Ok(Some(Self { typed, ids }))
    }

    fn is(&self, id: UserId, name: Option<&UserName>) -> bool {
        self.ids.contains(&id) || name.is_some_and(|name| name.as_str() == self.typed)
    }

    fn did(&self, event: &Event) -> bool {
        event.actor.as_ref().is_some_and(|actor| self.is(actor.user, Some(&actor.name)))
    }

    fn is_concerned(&self, event: &Event) -> bool {
        let is_target = event.what.target().is_some_and(|(id, name)| self.is(id, name));
        is_target || self.did(event) || event.what.name_said() == Some(self.typed.as_str())
    }

    /// Whether somebody is concerned whose name begins like what is typed.
    fn may_be_concerned(&self, event: &Event) -> bool {
        let target = event.what.target().and_then(|(_, name)| name);
        let names = target.into_iter().chain(event.actor.as_ref().map(|actor| &actor.name));
        let begins = |name: &str| name.starts_with(&self.typed);
        names.map(UserName::as_str).chain(event.what.name_said()).any(begins)
    }
}

/// The filters, with those they name found.
struct Wanted<'a> {
    query: &'a AuditQuery,
    user: Option<Whom>,
    begins: Option<Whom>,
    by: Option<Whom>,
}

impl Wanted<'_> {
    fn passes(&self, event: &Event) -> bool {
        let is_from = |source: Source| event.from.map(Source::of) == Some(source);
        let query = self.query;
        (query.kinds.is_empty() || query.kinds.contains(&event.what.kind()))
            && self.user.as_ref().is_none_or(|user| user.is_concerned(event))
            && self
                .begins
                .as_ref()
                .is_none_or(|whom| whom.is_concerned(event) || whom.may_be_concerned(event))
            && self.by.as_ref().is_none_or(|by| by.did(event))
            && query.from.is_none_or(|from| is_from(from) || event.what.source() == Some(from))
    }

    /// What is read with an entry: an event that passes, or one of which this version cannot tell.
    fn read(&self, entry: &Entry) -> Option<Read> {
        match decode::<Event>(entry) {
            Ok(event) => self.passes(&event).then(|| Read::Event(Box::new(event))),
            Err(error) => {
                tracing::warn!(%error, "an event cannot be read");
                let row = self.query.is_unfiltered().then(|| unreadable(&entry.key)).flatten();
                row.map(|row| Read::Unreadable(Box::new(row)))
            }
        }
    }
}

enum Read {
    Event(Box<Event>),
    Unreadable(Box<EventRow>),
}

/// Looks for events from where the page before ended, until a page is full or enough were looked at.
pub(super) async fn find(granted: &Granted<'_>, query: &AuditQuery) -> Result<Trail, DalError> {
    let limit = query.limit.clamp(1, MAX_ROWS);
    let user = Whom::find(granted, query.user.as_deref()).await?;
    let begins = Some(query.begins.as_str()).filter(|typed| !typed.is_empty());
    let begins = Whom::find(granted, begins).await?;
    let by = Whom::find(granted, query.by.as_deref()).await?;
    let wanted = Wanted { query, user, begins, by };
    let mut after = start(query);
    let mut trail = Trail { items: Vec::new(), next: None, looked_at: 0, back_to: None };
    let mut found = Vec::new();
    'pages: loop {
        let room = if query.is_unfiltered() { limit - found.len() } else { READ };
        let page = granted.store.scan(keys::EVENTS, after.as_deref(), room).await?;
        let count = page.entries.len();
        for (index, entry) in page.entries.into_iter().enumerate() {
            let Some((at, _)) = keys::event_of(&entry.key) else { continue };
            if query.since.is_some_and(|since| at < since) {
                break 'pages;
            }
            (trail.looked_at, trail.back_to) = (trail.looked_at + 1, Some(at));
            found.extend(wanted.read(&entry));
            if found.len() == limit {
                let has_more = page.next.is_some() || index + 1 < count;
                trail.next = has_more.then(|| keys::place_of_event(&entry.key));
                break 'pages;
            }
        }
        let Some(next) = page.next else { break };
        if trail.looked_at >= BUDGET as u64 {
            trail.next = Some(keys::place_of_event(&next));
            break;
        }
        after = Some(next);
    }
    trail.items = rows(granted, found).await?;
    Ok(trail)
}

/// Behind which key to begin.
fn start(query: &AuditQuery) -> Option<Key> {
    let place = query.after.as_deref().map(keys::event_place);
    // Nothing has this key, and whatever happened by then stands behind it.
    place.or_else(|| query.until.map(keys::events_by))
}

async fn rows(granted: &Granted<'_>, found: Vec<Read>) -> Result<Vec<EventRow>, DalError> {
    let events = found.iter().filter_map(|read| match read {
        Read::Event(event) => Some(&**event),
        Read::Unreadable(_) => None,
    });
    let mut names = named(granted, events).await?.into_iter();
    let rows = found.into_iter().map(|read| match read {
        Read::Event(event) => row(*event, names.next().flatten()),
        Read::Unreadable(row) => *row,
    });
    Ok(rows.collect())
}
