//! What every backend has to do, once per backend: a new one is one more line in [`suite`].

mod random;
mod watches;

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::*;

use random::random_transactions_do_what_a_map_does;
use watches::{
    a_slow_watcher_is_told_to_read_again, a_watch_ends_with_its_store, a_watch_sees_nothing_but_its_prefix,
    a_watch_sees_the_writes_of_a_key_in_order,
};

/// A store for one test, and whatever has to outlive it.
struct Bench {
    store: Arc<dyn Store>,
    folder: Option<tempfile::TempDir>,
}

fn memory() -> Bench {
    Bench { store: Arc::new(MemoryStore::new()), folder: None }
}

fn sled() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store"), 16 << 20).unwrap();
    Bench { store: Arc::new(store), folder: Some(folder) }
}

macro_rules! suite {
    ($backend:ident: $($test:ident)*) => {
        mod $backend {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $test() {
                let super::Bench { store, folder: _folder } = super::$backend();
                super::$test(store).await;
            })*
        }
    };
    ($($test:ident)*) => {
        suite!(memory: $($test)*);
        suite!(sled: $($test)*);
    };
}

suite! {
    what_is_written_is_there
    a_key_is_created_once
    a_version_is_not_used_again_after_a_delete
    one_of_sixteen_racers_wins
    no_update_is_lost
    pages_hold_every_key_once
    keys_may_be_any_bytes
    a_prefix_of_the_last_byte_has_an_end
    an_after_outside_the_prefix_is_no_trap
    limits_are_the_same_everywhere
    the_largest_transaction_fits
    a_watch_sees_the_writes_of_a_key_in_order
    a_watch_sees_nothing_but_its_prefix
    a_watch_ends_with_its_store
    a_slow_watcher_is_told_to_read_again
    a_transaction_sent_twice_is_written_once
    a_conflict_names_the_keys_and_writes_nothing
    random_transactions_do_what_a_map_does
    a_healthy_store_says_so
}

async fn what_is_written_is_there(store: Arc<dyn Store>) {
    let version = put(&*store, b"a", b"1").await;
    let txn = Txn::new().put(b"b".to_vec(), b"2".to_vec()).put(b"c".to_vec(), vec![]).delete(b"a".to_vec());
    let later = store.commit(txn).await.unwrap();
    assert!(later > version);

    let keys = [b"c".to_vec(), b"a".to_vec(), b"b".to_vec(), b"b".to_vec()];
    let found = store.get_many(&keys).await.unwrap();
    let b = entry(b"b", b"2", later);
    assert_eq!(found, [Some(entry(b"c", b"", later)), None, Some(b.clone()), Some(b.clone())]);
    assert_eq!(store.get(b"b").await.unwrap(), Some(b));
    assert_eq!(store.get(b"a").await.unwrap(), None);
    assert_eq!(store.get(b"").await.unwrap(), None);
    assert!(store.get_many(&[]).await.unwrap().is_empty());
}

async fn a_key_is_created_once(store: Arc<dyn Store>) {
    let create = |value: &[u8]| Txn::new().guard(key("k"), Expect::Absent).put(key("k"), value.to_vec());
    let version = store.commit(create(b"first")).await.unwrap();
    assert_eq!(conflict(store.commit(create(b"second")).await), [key("k")]);
    assert_eq!(store.get(b"k").await.unwrap(), Some(entry(b"k", b"first", version)));
}

async fn a_version_is_not_used_again_after_a_delete(store: Arc<dyn Store>) {
    let first = put(&*store, b"k", b"same").await;
    store.commit(Txn::new().delete(key("k"))).await.unwrap();
    let second = put(&*store, b"k", b"same").await;
    assert!(second > first);

    let stale = Txn::new().guard(key("k"), Expect::Version(first)).put(key("k"), vec![]);
    assert_eq!(conflict(store.commit(stale).await), [key("k")]);
}

async fn one_of_sixteen_racers_wins(store: Arc<dyn Store>) {
    let mut racers = JoinSet::new();
    for racer in 0..16 {
        let store = store.clone();
        racers.spawn(async move {
            let txn = Txn::new().guard(key("flag"), Expect::Absent).put(key("flag"), vec![racer]);
            (racer, store.commit(txn).await)
        });
    }
    let (won, lost): (Vec<_>, Vec<_>) =
        racers.join_all().await.into_iter().partition(|(_, answer)| answer.is_ok());
    assert!(lost.into_iter().all(|(_, answer)| conflict(answer) == [key("flag")]));
    let [(racer, Ok(version))] = won[..] else { panic!("{won:?}") };
    assert_eq!(store.get(b"flag").await.unwrap(), Some(entry(b"flag", &[racer], version)));
}

async fn no_update_is_lost(store: Arc<dyn Store>) {
    put(&*store, b"count", &[0]).await;
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            for _ in 0..10 {
                increment(&*store, b"count").await;
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(store.get(b"count").await.unwrap().unwrap().value, [80]);
}

async fn increment(store: &dyn Store, key: &[u8]) {
    loop {
        let Entry { key, value, version } = store.get(key).await.unwrap().unwrap();
        let txn = Txn::new().guard(key.clone(), Expect::Version(version)).put(key, vec![value[0] + 1]);
        match store.commit(txn).await {
            Err(StoreError::Conflict { .. }) => {}
            answer => {
                answer.unwrap();
                return;
            }
        }
    }
}

async fn pages_hold_every_key_once(store: Arc<dyn Store>) {
    const KEYS: usize = 300;
    let keys: Vec<Key> = (0..KEYS).map(|n| format!("p/{n:04}").into()).collect();
    for some in keys.chunks(100) {
        let txn = some.iter().fold(Txn::new(), |txn, key| txn.put(key.clone(), key.clone()));
        store.commit(txn).await.unwrap();
    }
    // Neighbours that are not to be seen.
    for near in ["o", "p", "p.", "p0", "q"] {
        put(&*store, near.as_bytes(), b"").await;
    }
    for limit in [1, 7, 50, KEYS - 1, KEYS, KEYS + 1, MAX_PAGE] {
        let pages = scan(&*store, b"p/", limit).await;
        assert_eq!(pages.len(), KEYS.div_ceil(limit), "limit {limit}");
        assert!(pages.iter().rev().skip(1).all(|page| page.len() == limit), "limit {limit}");
        let found: Vec<Key> = pages.concat().into_iter().map(|entry| entry.key).collect();
        assert_eq!(found, keys, "limit {limit}");
    }
    let none = store.scan(b"absent/", None, 10).await.unwrap();
    assert_eq!(none, Page { entries: vec![], next: None });
}

async fn keys_may_be_any_bytes(store: Arc<dyn Store>) {
    let ends = [vec![], vec![0], vec![0, 0], vec![0, 0xff], vec![0xff], vec![0xff, 0], vec![0xff, 0xff]];
    let mut keys: Vec<Key> = ends.iter().map(|end| [b"b/".as_slice(), end].concat()).collect();
    keys.extend([vec![0], vec![0, 0], vec![0xff], vec![0xff, 0xff], vec![0xff; MAX_KEY]]);
    for key in &keys {
        put(&*store, key, key).await;
    }
    for key in &keys {
        assert_eq!(store.get(key).await.unwrap().unwrap().value, *key);
    }
    keys.sort_unstable();
    for limit in [1, 3, MAX_PAGE] {
        for prefix in [&b""[..], b"b/", b"b/\0", b"b/\xff", b"\0", b"\0\0", b"\xff", b"\xff\xff", b"c"] {
            let found: Vec<Key> =
                scan(&*store, prefix, limit).await.concat().into_iter().map(|entry| entry.key).collect();
            let expected: Vec<Key> = keys.iter().filter(|key| key.starts_with(prefix)).cloned().collect();
            assert_eq!(found, expected, "prefix {prefix:?}, limit {limit}");
        }
    }
}

async fn a_prefix_of_the_last_byte_has_an_end(store: Arc<dyn Store>) {
    put(&*store, b"\xfe\xff", b"before").await;
    for n in 0..3 {
        put(&*store, &[0xff, 0xff, n], b"in").await;
    }
    let page = store.scan(b"\xff\xff", None, 3).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (3, None));
}

async fn an_after_outside_the_prefix_is_no_trap(store: Arc<dyn Store>) {
    for name in ["a/1", "b/1", "b/2", "c/1"] {
        put(&*store, name.as_bytes(), b"").await;
    }
    for (after, expected) in [("a/1", 2), ("b/1", 1), ("b/1x", 1), ("b/2", 0), ("c/1", 0)] {
        let page = store.scan(b"b/", Some(after.as_bytes()), 10).await.unwrap();
        assert_eq!(page.entries.len(), expected, "after {after}");
    }
}

async fn limits_are_the_same_everywhere(store: Arc<dyn Store>) {
    let puts = |n: usize| (0..n).fold(Txn::new(), |txn, i| txn.put(key(&format!("l/{i}")), vec![]));
    let guards =
        |n: usize| (0..n).fold(puts(1), |txn, i| txn.guard(key(&format!("absent/{i}")), Expect::Absent));
    let one = |key_len: usize, value_len: usize| Txn::new().put(vec![b'k'; key_len], vec![0; value_len]);

    for allowed in [
        puts(1),
        puts(MAX_WRITES),
        guards(MAX_WRITES),
        one(1, 0),
        one(MAX_KEY, MAX_VALUE),
        puts(MAX_WRITES - 1).delete(key("l/x")),
    ] {
        store.commit(allowed).await.unwrap();
    }
    for refused in [
        Txn::new(),
        Txn::new().guard(key("k"), Expect::Absent),
        puts(MAX_WRITES + 1),
        puts(MAX_WRITES).delete(key("l/x")),
        puts(MAX_WRITES).marker(key("l/m"), vec![]),
        guards(MAX_WRITES + 1),
        one(0, 0),
        one(MAX_KEY + 1, 0),
        one(1, MAX_VALUE + 1),
        Txn::new().delete(vec![]),
        Txn::new().delete(vec![b'k'; MAX_KEY + 1]),
        puts(2).put(key("l/1"), vec![]),
        puts(2).delete(key("l/1")),
        puts(2).marker(key("l/1"), vec![]),
    ] {
        let answer = store.commit(refused).await;
        assert!(matches!(answer, Err(StoreError::Invalid(_))), "{answer:?}");
    }

    assert_eq!(store.get_many(&vec![key("l/0"); MAX_GET]).await.unwrap().len(), MAX_GET);
    let too_many = store.get_many(&vec![key("l/0"); MAX_GET + 1]).await;
    assert!(matches!(too_many, Err(StoreError::Invalid(_))));
    assert!(store.scan(b"l/", None, MAX_PAGE).await.is_ok());
    for limit in [0, MAX_PAGE + 1, usize::MAX] {
        assert!(matches!(store.scan(b"l/", None, limit).await, Err(StoreError::Invalid(_))));
    }
}

async fn the_largest_transaction_fits(store: Arc<dyn Store>) {
    for round in 0..2 {
        let txn = (0..MAX_WRITES).fold(Txn::new(), |txn, n| {
            let mut key = vec![b'k'; MAX_KEY - 1];
            key.push(u8::try_from(n).unwrap());
            txn.put(key, vec![round; MAX_VALUE])
        });
        let version = store.commit(txn).await.unwrap();
        let all = scan(&*store, b"k", MAX_PAGE).await.concat();
        assert_eq!(all.len(), MAX_WRITES);
        assert!(all.iter().all(|entry| entry.version == version && entry.value == vec![round; MAX_VALUE]));
    }
}

async fn a_transaction_sent_twice_is_written_once(store: Arc<dyn Store>) {
    put(&*store, b"k", b"old").await;
    let mut watch = store.watch(b"");
    let txn = Txn::new()
        .guard(key("new"), Expect::Absent)
        .put(key("new"), vec![])
        .put(key("k"), b"by txn".to_vec())
        .marker(key("a/1"), b"event".to_vec());
    let first = store.commit(txn.clone()).await.unwrap();
    for _ in 0..3 {
        watch.next().await.unwrap();
    }
    let later = put(&*store, b"k", b"later").await;

    assert_eq!(store.commit(txn).await.unwrap(), first);
    assert_eq!(store.get(b"k").await.unwrap(), Some(entry(b"k", b"later", later)));
    assert_eq!(store.get(b"a/1").await.unwrap(), Some(entry(b"a/1", b"event", first)));
    let last = put(&*store, b"last", b"").await;
    assert_eq!(watch.next().await, Some(Seen::Put(entry(b"k", b"later", later))));
    assert_eq!(watch.next().await, Some(Seen::Put(entry(b"last", b"", last))));

    // Both at once, as when the first is still on its way.
    let txn = Txn::new().guard(key("x"), Expect::Absent).put(key("x"), vec![]).marker(key("a/2"), vec![]);
    let (one, other) = tokio::join!(store.commit(txn.clone()), store.commit(txn));
    assert_eq!(one.unwrap(), other.unwrap());
}

async fn a_conflict_names_the_keys_and_writes_nothing(store: Arc<dyn Store>) {
    let version = put(&*store, b"there", b"").await;
    let before = scan(&*store, b"", 100).await;
    let mut watch = store.watch(b"");
    let txn = Txn::new()
        .guard(key("there"), Expect::Present)
        .guard(key("absent"), Expect::Present)
        .guard(key("there"), Expect::Version(version))
        .guard(key("there"), Expect::Version(Version(version.0 + 1)))
        .guard(key("absent"), Expect::Absent)
        .guard(key("also absent"), Expect::Version(version))
        .put(key("new"), vec![])
        .delete(key("there"))
        .marker(key("a/1"), vec![]);
    assert_eq!(conflict(store.commit(txn).await), [key("absent"), key("there"), key("also absent")]);
    assert_eq!(scan(&*store, b"", 100).await, before);
    let next = put(&*store, b"next", b"").await;
    assert_eq!(watch.next().await, Some(Seen::Put(entry(b"next", b"", next))));
}

async fn a_healthy_store_says_so(store: Arc<dyn Store>) {
    put(&*store, b"k", b"value").await;
    let health = store.health().await.unwrap();
    assert!(health.writable && health.bytes_used > 0, "{health:?}");
}

fn key(name: &str) -> Key {
    name.into()
}

fn entry(key: &[u8], value: &[u8], version: Version) -> Entry {
    Entry { key: key.to_vec(), value: value.to_vec(), version }
}

fn conflict(answer: Result<Version, StoreError>) -> Vec<Key> {
    match answer {
        Err(StoreError::Conflict { failed }) => failed,
        other => panic!("not a conflict: {other:?}"),
    }
}

async fn put(store: &dyn Store, key: &[u8], value: &[u8]) -> Version {
    store.commit(Txn::new().put(key.to_vec(), value.to_vec())).await.unwrap()
}

/// Every page under `prefix`.
async fn scan(store: &dyn Store, prefix: &[u8], limit: usize) -> Vec<Vec<Entry>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = store.scan(prefix, after.as_deref(), limit).await.unwrap();
        pages.push(page.entries);
        match page.next {
            Some(next) => after = Some(next),
            None => return pages,
        }
    }
}
