//! The rules in force: what they are, where each comes from, and changing them while the server runs.
//!
//! The configuration is the base; what is set here goes over it, at once and for everybody, and stays over a
//! restart and over a configuration that is read again. [`in_force`] is what everybody else reads.

pub(super) mod in_force;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Serialize;

use crate::domain::event::What;
use crate::domain::id::SessionId;
use crate::domain::name::UserName;
use crate::domain::policy::{Group, Place, Policy, RULES, Rule, is_configured};
use crate::domain::presence::Presence;
use crate::domain::role::Permission;
use crate::domain::text::shown;
use crate::domain::time::Timestamp;

use super::change::Change;
use super::gate::{Granted, Landed, TRIES};
use super::live::Connected;
use super::records::{Book, SessionRecord, Stored, UserRecord};
use super::sessions::ending;
use super::store::{Expect, Txn, encode, keys};
use super::users::Revision;
use super::{DalError, Verified};
use in_force::{Layers, PolicyRecord, SetRule};

/// Characters of an unknown key that are repeated.
const KEY_CHARS: usize = 64;

/// Sessions that are looked at in one round trip: two records each.
const AT_ONCE: usize = 50;

/// A rule, what it is and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleRow {
    pub key: &'static str,
    pub group: Group,
    pub what: &'static str,
    /// In force, as it is written: `12h`, `15`, `choose`, `true`.
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    pub default: &'static str,
    /// What holds where nothing is set.
    pub configured: String,
    pub origin: Origin,
    /// Was set, and is not allowed any more: it counts for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<Ignored>,
    pub allowed: String,
    pub about: &'static str,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "from", rename_all = "kebab-case")]
pub enum Origin {
    Shipped,
    File {
        /// With its line.
        place: String,
    },
    Environment {
        variable: String,
    },
    /// Whoever started the server, in no way that is known.
    Started,
    Set {
        by: UserName,
        at: Timestamp,
    },
}

/// Without who and when, which whoever shows them says in their own way.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shipped => f.write_str("as shipped"),
            Self::File { place } | Self::Environment { variable: place } => f.write_str(place),
            Self::Started => f.write_str("configured"),
            Self::Set { by, .. } => write!(f, "set by {by}"),
        }
    }
}

/// A stored value that a bound of this version refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored {
    pub value: String,
    pub by: UserName,
    pub at: Timestamp,
}

/// What a change would do, before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub key: &'static str,
    pub before: String,
    pub after: String,
    /// Live sessions that would be over at once.
    pub would_end: usize,
    /// Whether that of whoever asks is one of them.
    pub ends_own: bool,
    /// Whether less is kept out.
    pub weakens: bool,
}

/// A change that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub before: String,
    /// The rule as it is now.
    pub row: RuleRow,
}

/// See [`Verified::policy`].
#[must_use = "a proof is for one operation"]
pub struct Rules(pub(super) Verified);

impl Rules {
    /// Every rule, group by group.
    ///
    /// Needs `ReadPolicy`.
    pub async fn list(self) -> Result<Vec<RuleRow>, DalError> {
        let granted = self.0.require(Permission::ReadPolicy)?;
        let (layers, _) = read(&granted).await?;
        let policy = layers.policy();
        Ok(RULES.iter().map(|rule| row(&layers, &policy, rule)).collect())
    }

    /// One rule.
    ///
    /// Needs `ReadPolicy`. Errors: `NotFound`.
    pub async fn get(self, key: &str) -> Result<RuleRow, DalError> {
        let granted = self.0.require(Permission::ReadPolicy)?;
        let rule = find(key)?;
        let (layers, _) = read(&granted).await?;
        Ok(row(&layers, &layers.policy(), rule))
    }

    /// What it would do to set a rule, or with `None` to let what is configured hold again. Changes nothing.
    ///
    /// Needs `ManagePolicy`. Errors: as [`set`](Self::set).
    pub async fn preview(self, key: &str, to: Option<&str>) -> Result<Preview, DalError> {
        let granted = self.0.require(Permission::ManagePolicy)?;
        let rule = find(key)?;
        let (layers, _) = read(&granted).await?;
        let next = self.plan(&layers, rule, to)?;
        let (before, after) = (layers.policy(), next.policy());
        let ended = would_end(&granted, &before, &after).await?;
        Ok(Preview {
            key: rule.key,
            before: rule.text(&before),
            after: rule.text(&after),
            would_end: ended.len(),
            ends_own: ended.contains(&self.0.own_session().record.id),
            weakens: rule.weakens(&before, &after),
        })
    }

    /// Sets a rule, for everybody and at once. `seen` is the row that whoever asks has looked at.
    ///
    /// Needs `ManagePolicy`. Errors: `NotFound`; `Invalid` under the rule's key for a value that is not
    /// allowed, or contradicts another rule; `Changed` if somebody has set it since it was seen, `Conflict` if it
    /// is as configured again.
    pub async fn set(self, key: &str, text: &str, seen: Option<&RuleRow>) -> Result<Changed, DalError> {
        self.change(key, Some(text), seen).await
    }

    /// Lets what is configured hold again. `seen` is the row that whoever asks has looked at.
    ///
    /// Needs `ManagePolicy`. Errors: as [`set`](Self::set); `Conflict` too where nothing is set.
    pub async fn reset(self, key: &str, seen: Option<&RuleRow>) -> Result<Changed, DalError> {
        self.change(key, None, seen).await
    }

    async fn change(self, key: &str, to: Option<&str>, seen: Option<&RuleRow>) -> Result<Changed, DalError> {
        for _ in 0..TRIES {
            let granted = self.0.require(Permission::ManagePolicy)?;
            let rule = find(key)?;
            let (layers, stored) = read(&granted).await?;
            if let Some(seen) = seen {
                unchanged(seen, &row(&layers, &layers.policy(), rule))?;
            }
            let next = self.plan(&layers, rule, to)?;
            let (before, after) = (rule.text(&layers.policy()), rule.text(&next.policy()));
            if is_set_to(&layers, rule, &after) && to.is_some() {
                return Ok(Changed { before, row: row(&layers, &layers.policy(), rule) });
            }
            let changed = Changed { before: before.clone(), row: row(&next, &next.policy(), rule) };
            let guarded = match &stored {
                Some(stored) => stored.unchanged(Txn::new()),
                None => Txn::new().guard(keys::policy(), Expect::Absent),
            };
            let txn = guarded.put(keys::policy(), encode(&next.record)?);
            let what = What::PolicyChanged { key: rule.key.to_owned(), before, after };
            if self.0.commit(Permission::ManagePolicy, Change { txn, what }).await? == Landed::Yes {
                // The watch tells it too, a little later: whoever is told that it is done can rely on it.
                if let Err(error) = granted.vault.read_policy_again(granted.store).await {
                    tracing::warn!(%error, "a rule that was changed could not be read again at once");
                }
                return Ok(changed);
            }
        }
        Err(DalError::busy())
    }

    /// The rules after a change, if it is allowed.
    fn plan(&self, layers: &Layers, rule: &'static Rule, to: Option<&str>) -> Result<Layers, DalError> {
        let mut next = layers.clone();
        match to {
            Some(text) => {
                let mut policy = Policy::default();
                rule.set(&mut policy, text).map_err(|why| DalError::invalid(rule.key, why))?;
                let by = self.0.own_user().record.name.clone();
                let set = SetRule { value: rule.text(&policy), by, at: self.0.now() };
                next.record.rules.insert(rule.key.to_owned(), set);
            }
            None if next.record.rules.remove(rule.key).is_some() => {}
            None => return Err(DalError::Conflict { what: format!("nobody has set {}", rule.key) }),
        }
        match next.as_written().contradiction(rule.key) {
            // What the configuration contradicts by itself is not for this change to mend.
            Some(why) if to.is_some() || next.record.rules.contains_key(why.other) => {
                Err(DalError::invalid(rule.key, why))
            }
            _ => Ok(next),
        }
    }
}

fn find(key: &str) -> Result<&'static Rule, DalError> {
    let elsewhere = if is_configured(key) {
        "; it is set in the configuration file or the environment of the server, which `passholder check-config` \
         lists"
    } else {
        ""
    };
    Rule::find(key)
        .ok_or_else(|| DalError::NotFound { what: format!("rule {}{elsewhere}", shown(key, KEY_CHARS)) })
}

/// The rules as the store has them now, and the record that they were read from.
async fn read(granted: &Granted<'_>) -> Result<(Layers, Option<Stored<PolicyRecord>>), DalError> {
    let entry = granted.store.get(&keys::policy()).await?;
    let stored = Stored::<PolicyRecord>::read_some(entry.as_ref())?;
    let record = stored.as_ref().map(|stored| stored.record.clone()).unwrap_or_default();
    Ok((Layers { base: granted.vault.base_policy(), record }, stored))
}

fn row(layers: &Layers, policy: &Policy, rule: &'static Rule) -> RuleRow {
    let base = &layers.base.policy;
    let set = layers.record.rules.get(rule.key);
    let is_allowed = |set: &&SetRule| rule.set(&mut Policy::default(), &set.value).is_ok();
    let origin = match (set.filter(is_allowed), layers.base.place(rule.key)) {
        (Some(set), _) => Origin::Set { by: set.by.clone(), at: set.at },
        (None, Some(Place::File(place))) => Origin::File { place: place.clone() },
        (None, Some(Place::Environment(variable))) => Origin::Environment { variable: variable.clone() },
        (None, None) if rule.text(base) == rule.default => Origin::Shipped,
        (None, None) => Origin::Started,
    };
    let ignored = set.filter(|set| !is_allowed(set)).map(|set| Ignored {
        value: shown(&set.value, KEY_CHARS),
        by: set.by.clone(),
        at: set.at,
    });
    RuleRow {
        key: rule.key,
        group: rule.group(),
        what: rule.what,
        value: rule.text(policy),
        unit: rule.unit(),
        default: rule.default,
        configured: rule.text(base),
        origin,
        ignored,
        allowed: rule.allowed(),
        about: rule.about,
    }
}

/// Whether a rule is set to this already, so that there is nothing to write.
fn is_set_to(layers: &Layers, rule: &Rule, value: &str) -> bool {
    layers.record.rules.get(rule.key).is_some_and(|set| set.value == value)
}

/// Whether a rule still is what somebody looked at; else who changed it meanwhile, and to what.
fn unchanged(seen: &RuleRow, now: &RuleRow) -> Result<(), DalError> {
    if (&seen.value, &seen.origin) == (&now.value, &now.origin) {
        return Ok(());
    }
    let (key, value) = (now.key, &now.value);
    if let Origin::Set { by, at } = &now.origin {
        let (by, what) = (by.clone(), format!("{key} to {value}"));
        return Err(DalError::Changed { by, at: *at, what, revision: Revision::default() });
    }
    // Whoever let it be so again is not written down.
    let what = format!("meanwhile {key} is {value}, as configured; look again");
    Err(DalError::Conflict { what })
}

/// The live sessions that stand under the rules of now and would be over under others.
async fn would_end(
    granted: &Granted<'_>,
    before: &Policy,
    after: &Policy,
) -> Result<Vec<SessionId>, DalError> {
    let mut ended = Vec::new();
    if before == after {
        return Ok(ended);
    }
    let book = granted.vault.book(granted.store.get(&keys::roles()).await?.as_ref());
    for some in granted.vault.live.everybody().chunks(AT_ONCE) {
        let wanted: Vec<_> =
            some.iter().flat_map(|one| [keys::session(one.session), keys::user(one.user)]).collect();
        let found = granted.store.get_many(&wanted).await?;
        for (one, pair) in some.iter().zip(found.chunks_exact(2)) {
            let [session, user] = pair else { continue };
            let session = Stored::<SessionRecord>::read_some(session.as_ref())?;
            let user = Stored::<UserRecord>::read_some(user.as_ref())?;
            let stands = |policy| stands((granted, &book), one, (session.clone(), user.clone()), policy);
            if stands(before) && !stands(after) {
                ended.push(one.session);
            }
        }
    }
    Ok(ended)
}

/// Whether a session stands under these rules: its time is not up, and it was not left alone for too long.
fn stands(
    (granted, book): (&Granted<'_>, &Book),
    connected: &Connected,
    (session, user): (Option<Stored<SessionRecord>>, Option<Stored<UserRecord>>),
    policy: &Policy,
) -> bool {
    let now = granted.vault.clock.now();
    let Ok((_, user)) = ending::judge(session, user, &book.record, policy, now) else { return false };
    let rules = policy.idle(user.record.rights(&book.record, now));
    connected.attention().presence(rules, now) != Presence::Over
}
