//! What a reader of the audit trail sees of one event.

use std::net::IpAddr;

use serde::Serialize;

use crate::dal::DalError;
use crate::dal::gate::Granted;
use crate::dal::records::UserRecord;
use crate::dal::store::{MAX_GET, decode, keys};
use crate::domain::event::{Actor, By, Difference, Event};
use crate::domain::id::{EventHandle, UserId};
use crate::domain::name::UserName;
use crate::domain::time::Timestamp;
use crate::domain::zone::Zone;

/// One event in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventRow {
    pub id: EventHandle,
    pub at: Timestamp,
    pub kind: &'static str,
    pub by: By,
    /// Whoever had an account and was signed in, with the name of then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<Actor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<EventTarget>,
    /// What happened, as a sentence goes on that begins with who did it; with times as scripts read them.
    pub told: String,
    /// Nothing where this version cannot read it.
    #[serde(skip)]
    event: Option<Box<Event>>,
}

/// Whom it was done to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventTarget {
    pub user: UserId,
    /// As the account was called then; nothing for one that is gone, where the event has not kept it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<UserName>,
}

/// One event looked at closely.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventDetail {
    #[serde(flatten)]
    pub row: EventRow,
    /// With times as scripts read them.
    pub differences: Vec<Difference>,
    /// The account that it was done to or, where there is none, that did it, if it still has its name.
    #[serde(skip)]
    pub leads_to: Option<UserName>,
}

/// What stands for the kind of an event that this version does not know.
const UNREADABLE: &str = "unreadable";

impl EventRow {
    /// Who did it: a name, or `the clock`.
    pub fn who(&self) -> &str {
        self.actor.as_ref().map_or(self.by.words(), |actor| actor.name.as_str())
    }

    /// Whom it was done to: the name of then, or the id.
    pub fn whom(&self) -> Option<String> {
        let target = self.target.as_ref()?;
        Some(target.name.as_ref().map_or_else(|| target.user.to_string(), ToString::to_string))
    }

    /// What happened, with times where the reader is.
    pub fn told_in(&self, zone: &Zone) -> String {
        let name = self.target.as_ref().and_then(|target| target.name.as_ref());
        match &self.event {
            Some(event) => event.told(name, &|at| at.minute_in(zone)),
            None => self.told.clone(),
        }
    }

    /// What was before and after, with times where the reader is.
    pub fn differences_in(&self, zone: &Zone) -> Vec<Difference> {
        self.differences_with(&|at| at.minute_in(zone))
    }

    fn differences_with(&self, when: &dyn Fn(Timestamp) -> String) -> Vec<Difference> {
        self.event.as_ref().map_or_else(Vec::new, |event| event.what.differences(when))
    }
}

impl EventDetail {
    pub(super) async fn of(granted: &Granted<'_>, row: EventRow) -> Result<Self, DalError> {
        let differences = row.differences_with(&|at| at.to_string());
        let target = row.target.as_ref().and_then(|target| Some((target.user, target.name.as_ref()?)));
        let about = target.or_else(|| row.actor.as_ref().map(|actor| (actor.user, &actor.name)));
        let mut leads_to = None;
        if let Some((id, name)) = about {
            let entry = granted.store.get(&keys::user_name(name)).await?;
            let has_it = entry.as_ref().map(decode::<UserId>).transpose()?;
            leads_to = (has_it == Some(id)).then(|| name.clone());
        }
        Ok(Self { row, differences, leads_to })
    }
}

/// As accounts are called now to which something was done, where the events have not kept their names: one for
/// each event.
pub(super) async fn named<'a>(
    granted: &Granted<'_>,
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<Vec<Option<UserName>>, DalError> {
    let nameless = |event: &Event| event.what.target().filter(|(_, name)| name.is_none()).map(|(id, _)| id);
    let ids: Vec<Option<UserId>> = events.into_iter().map(nameless).collect();
    let mut names = vec![None; ids.len()];
    let wanted: Vec<_> = ids.iter().enumerate().filter_map(|(index, id)| Some((index, (*id)?))).collect();
    for some in wanted.chunks(MAX_GET) {
        let users: Vec<_> = some.iter().map(|(_, id)| keys::user(*id)).collect();
        for ((index, _), entry) in some.iter().zip(granted.store.get_many(&users).await?) {
            let name = entry.as_ref().map(decode::<UserRecord>).transpose()?.map(|user| user.name);
            if let Some(place) = names.get_mut(*index) {
                *place = name;
            }
        }
    }
    Ok(names)
}

/// A row of an event; `name` as the account is called to which it was done, where the event does not say.
pub(super) fn row(event: Event, name: Option<UserName>) -> EventRow {
    let target = event.what.target().map(|(user, kept)| EventTarget { user, name: kept.cloned().or(name) });
    let whom = target.as_ref().and_then(|target| target.name.as_ref());
    let told = event.told(whom, &|at| at.to_string());
    EventRow {
        id: EventHandle::of(event.at, event.id),
        at: event.at,
        kind: event.what.kind(),
        by: event.by(),
        actor: event.actor.clone(),
        from: event.from,
        target,
        told,
        event: Some(Box::new(event)),
    }
}

/// A row of what a later version wrote, or what is damaged: that there is something, and when.
pub(super) fn unreadable(key: &[u8]) -> Option<EventRow> {
    let (at, id) = keys::event_of(key)?;
    Some(EventRow {
        id: EventHandle::of(at, id),
        at,
        kind: UNREADABLE,
        by: By::Server,
        actor: None,
        from: None,
        target: None,
        told: "wrote something that this version cannot read".to_owned(),
        event: None,
    })
}
