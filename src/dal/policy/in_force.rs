//! The rules in force: what the installation was given, and over it what was set while the server runs.
//!
//! Everybody reads them from memory; whoever writes the record, here or elsewhere, makes them be read again.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

use crate::dal::records::Stored;
use crate::dal::store::{Entry, Store, StoreError, Version, keys};
use crate::domain::name::UserName;
use crate::domain::policy::{Base, Policy, Rule};
use crate::domain::text::shown;
use crate::domain::time::Timestamp;

/// Characters of a stored value that the log repeats.
const SHOWN_CHARS: usize = 64;

/// The rules that were set: those and no others, by their keys. A key that this version does not know is
/// kept for one that does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dal) struct PolicyRecord {
    #[serde(default)]
    pub rules: BTreeMap<String, SetRule>,
}

/// A value that was set, as it is written, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dal) struct SetRule {
    pub value: String,
    pub by: UserName,
    pub at: Timestamp,
}

/// What holds and why, at one moment.
#[derive(Debug, Clone)]
pub(in crate::dal) struct Layers {
    pub base: Arc<Base>,
    pub record: PolicyRecord,
}

impl Layers {
    /// The rules as they are in force: a stored value that is not allowed any more counts for nothing.
    pub fn policy(&self) -> Policy {
        self.as_written().with_long_enough_passwords()
    }

    /// The same with what they contradict of one another.
    pub fn as_written(&self) -> Policy {
        let mut policy = self.base.policy.clone();
        for (rule, set) in self.set_rules() {
            let _ = rule.set(&mut policy, &set.value);
        }
        policy
    }

    fn set_rules(&self) -> impl Iterator<Item = (&'static Rule, &SetRule)> {
        self.record.rules.iter().filter_map(|(key, set)| Some((Rule::find(key)?, set)))
    }

    /// Says which of the rules that would be configured otherwise from now on were set, and stay as they are.
    fn tell_what_is_covered(&self, base: &Base) {
        for (rule, set) in self.set_rules() {
            let (before, after) = (rule.text(&self.base.policy), rule.text(&base.policy));
            if before != after {
                tracing::info!(key = rule.key, set = set.value, by = %set.by, configured = after, "a rule that was set stays");
            }
        }
    }

    /// Says what of the record counts for nothing.
    fn complain(&self) {
        for (key, set) in &self.record.rules {
            let value = shown(&set.value, SHOWN_CHARS);
            match Rule::find(key).map(|rule| rule.set(&mut Policy::default(), &set.value)) {
                Some(Ok(())) => {}
                Some(Err(why)) => tracing::warn!(key, value, %why, "a rule that was set is ignored"),
                None => tracing::warn!(key, value, "a rule that was set is not known to this version"),
            }
        }
    }
}

/// The rules of a running server.
pub(in crate::dal) struct InForce {
    now: RwLock<Now>,
    /// Whether the record has been read since the start.
    is_read: OnceCell<()>,
}

struct Now {
    layers: Layers,
    /// The write that the record was read from.
    version: Option<Version>,
    policy: Arc<Policy>,
    /// What was in force before it.
    before: Option<Arc<Policy>>,
}

/// What the last change made of one rule.
pub(in crate::dal) struct LastChange {
    /// All rules, as they were before it.
    pub before: Arc<Policy>,
    /// `session.lifetime is 1h`
    pub what: String,
    /// By whom and when, if it was set and not configured.
    pub set: Option<SetRule>,
}

impl InForce {
    pub fn new(base: Base) -> Self {
        let layers = Layers { base: Arc::new(base), record: PolicyRecord::default() };
        let policy = Arc::new(layers.policy());
        Self {
            now: RwLock::new(Now { layers, version: None, policy, before: None }),
            is_read: OnceCell::new(),
        }
    }

    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner).policy)
    }

    pub fn base(&self) -> Arc<Base> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner).layers.base)
    }

    /// What the last change made of the first of these rules that it touched.
    pub fn last_change(&self, of: &[&str]) -> Option<LastChange> {
        let now = self.now.read().unwrap_or_else(PoisonError::into_inner);
        let before = Arc::clone(now.before.as_ref()?);
        let touched = |rule: &&Rule| rule.text(&before) != rule.text(&now.policy);
        let rule = of.iter().filter_map(|key| Rule::find(key)).find(touched)?;
        let what = format!("{} is {}", rule.key, rule.text(&now.policy));
        let set = now.layers.record.rules.get(rule.key).cloned();
        drop(now);
        Some(LastChange { before, what, set })
    }

    /// Puts another base below what was set. Answers whether other rules are in force now.
    pub fn set_base(&self, base: Base) -> bool {
        self.change(|now| {
            now.layers.tell_what_is_covered(&base);
            now.layers.base = Arc::new(base);
        })
    }

    /// Sees to it that the record has been read once. Nobody may be let in, or be verified, before.
    pub async fn ready(&self, store: &dyn Store) -> Result<(), StoreError> {
        self.is_read.get_or_try_init(async || self.read(store).await.map(drop)).await.map(drop)
    }

    /// Reads the record. Answers whether other rules are in force now.
    pub async fn read(&self, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(self.take_in(store.get(&keys::policy()).await?.as_ref()))
    }

    /// Takes in what was written. Answers whether other rules are in force now.
    pub fn take_in(&self, entry: Option<&Entry>) -> bool {
        let Some(entry) = entry else { return false };
        let record = match Stored::<PolicyRecord>::read(entry) {
            Ok(stored) => stored.record,
            Err(error) => {
                tracing::error!(%error, "the rules that were set cannot be read; those that were configured hold");
                PolicyRecord::default()
            }
        };
        self.change(|now| {
            // Of two that are taken in at the same time the older one may come last.
            if now.version.is_none_or(|version| version < entry.version) {
                now.version = Some(entry.version);
                now.layers.record = record;
                now.layers.complain();
            }
        })
    }

    fn change(&self, change: impl FnOnce(&mut Now)) -> bool {
        let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
        change(&mut now);
        let policy = now.layers.policy();
        let is_other = policy != *now.policy;
        if is_other {
            now.before = Some(std::mem::replace(&mut now.policy, Arc::new(policy)));
        }
        is_other
    }
}
