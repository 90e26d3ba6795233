//! Transactions by chance, held against a map that does the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use super::*;

/// A transaction over few keys, so that guards meet what earlier ones did.
#[derive(Debug, Clone)]
struct Step {
    guards: Vec<(u8, Guess)>,
    writes: BTreeMap<u8, Option<Vec<u8>>>,
    marker: Option<u8>,
}

#[derive(Debug, Clone)]
enum Guess {
    Absent,
    Present,
    /// The version that the key has, or will not have.
    Version {
        right: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let guess = prop_oneof![
        1 => Just(Guess::Absent),
        3 => Just(Guess::Present),
        2 => any::<bool>().prop_map(|right| Guess::Version { right }),
    ];
    let write = proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..40));
    let step = (
        proptest::collection::vec((0..12_u8, guess), 0..3),
        proptest::collection::btree_map(0..12_u8, write, 1..5),
        proptest::option::weighted(0.3, 0..6_u8),
    );
    let step = step.prop_map(|(guards, writes, marker)| Step { guards, writes, marker });
    proptest::collection::vec(step, 1..25)
}

pub(super) async fn random_transactions_do_what_a_map_does(store: Arc<dyn Store>) {
    let runtime = tokio::runtime::Handle::current();
    let cases = AtomicUsize::new(0);
    let run = move || {
        TestRunner::new(Config { cases: 32, failure_persistence: None, ..Config::default() })
            .run(&steps(), |steps| {
                let space = format!("{}/", cases.fetch_add(1, Ordering::Relaxed));
                runtime.block_on(follow(&*store, space.as_bytes(), &steps))
            })
            .unwrap();
    };
    // Where blocking is allowed.
    tokio::task::spawn_blocking(run).await.unwrap();
}

async fn follow(store: &dyn Store, space: &[u8], steps: &[Step]) -> TestCaseResult {
    let name = |key: u8| [space, &[key]].concat();
    let marker_name = |marker: u8| [space, &[0xff, marker]].concat();
    let mut model: BTreeMap<Key, Entry> = BTreeMap::new();
    let mut last = Version(0);
    for step in steps {
        let mut txn = Txn::new();
        let mut failed = BTreeSet::new();
        for (key, guess) in &step.guards {
            let key = name(*key);
            let found = model.get(&key).map(|entry| entry.version);
            let (expect, holds) = match guess {
                Guess::Absent => (Expect::Absent, found.is_none()),
                Guess::Present => (Expect::Present, found.is_some()),
                Guess::Version { right: true } => (Expect::Version(found.unwrap_or(last)), found.is_some()),
                Guess::Version { right: false } => (Expect::Version(Version(last.0 + 1)), false),
            };
            if !holds {
                failed.insert(key.clone());
            }
            txn = txn.guard(key, expect);
        }
        for (key, write) in &step.writes {
            txn = match write {
                Some(value) => txn.put(name(*key), value.clone()),
                None => txn.delete(name(*key)),
            };
        }
        let marker = step.marker.map(marker_name);
        if let Some(marker) = &marker {
            txn = txn.marker(marker.clone(), vec![]);
        }

        let landed = marker.as_ref().and_then(|marker| model.get(marker)).map(|entry| entry.version);
        match (store.commit(txn).await, landed) {
            (answer, Some(landed)) => prop_assert_eq!(answer.unwrap(), landed),
            (Err(StoreError::Conflict { failed: named }), None) => {
                prop_assert!(!failed.is_empty());
                prop_assert_eq!(named.into_iter().collect::<BTreeSet<_>>(), failed);
            }
            (answer, None) => {
                prop_assert!(failed.is_empty());
                let version = answer.unwrap();
                prop_assert!(version > last);
                last = version;
                for (key, write) in &step.writes {
                    let key = name(*key);
                    match write {
                        Some(value) => model.insert(key.clone(), entry(&key, value, version)),
                        None => model.remove(&key),
                    };
                }
                if let Some(marker) = marker {
                    model.insert(marker.clone(), entry(&marker, b"", version));
                }
            }
        }
        let all: Vec<Entry> = model.values().cloned().collect();
        prop_assert_eq!(scan(store, space, 5).await.concat(), all);
    }
    Ok(())
}
