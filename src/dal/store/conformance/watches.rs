//! What a watch tells.

use std::collections::BTreeMap;

use super::*;

pub(super) async fn a_watch_sees_the_writes_of_a_key_in_order(store: Arc<dyn Store>) {
    put(&*store, b"w/early", b"not to be seen").await;
    let mut watch = store.watch(b"w/");
    let mut writers = JoinSet::new();
    for writer in 0..4_u8 {
        let store = store.clone();
        writers.spawn(async move {
            let key = [b"w/", &[writer][..]].concat();
            for n in 0..20_u8 {
                put(&*store, &key, &[n]).await;
            }
            store.commit(Txn::new().delete(key)).await.unwrap();
        });
    }
    writers.join_all().await;

    let mut seen: BTreeMap<Key, Vec<_>> = BTreeMap::new();
    for _ in 0..4 * 21 {
        match watch.next().await.unwrap() {
            Seen::Put(Entry { key, value, version }) => {
                seen.entry(key).or_default().push((version, Some(value)));
            }
            Seen::Deleted { key, version } => seen.entry(key).or_default().push((version, None)),
            Seen::Resync => panic!("nothing was missed"),
        }
    }
    assert_eq!(seen.len(), 4);
    for writes in seen.values() {
        assert!(writes.is_sorted_by(|(a, _), (b, _)| a < b));
        let values: Vec<_> = writes.iter().map(|(_, value)| value.clone()).collect();
        let expected: Vec<_> = (0..20).map(|n| Some(vec![n])).chain([None]).collect();
        assert_eq!(values, expected);
    }
}

pub(super) async fn a_watch_sees_nothing_but_its_prefix(store: Arc<dyn Store>) {
    let mut watch = store.watch(b"s/1");
    for name in ["s", "s/", "s/0", "s/2", "t"] {
        put(&*store, name.as_bytes(), b"").await;
        store.commit(Txn::new().delete(key(name))).await.unwrap();
    }
    let version = put(&*store, b"s/12", b"this").await;
    assert_eq!(watch.next().await, Some(Seen::Put(entry(b"s/12", b"this", version))));
    let version = store.commit(Txn::new().delete(key("s/1")).delete(key("s/2"))).await.unwrap();
    assert_eq!(watch.next().await, Some(Seen::Deleted { key: key("s/1"), version }));
}

pub(super) async fn a_watch_ends_with_its_store(store: Arc<dyn Store>) {
    let mut watch = store.watch(b"");
    let version = put(&*store, b"k", b"").await;
    drop(store);
    assert_eq!(watch.next().await, Some(Seen::Put(entry(b"k", b"", version))));
    assert_eq!(watch.next().await, None);
}

pub(super) async fn a_slow_watcher_is_told_to_read_again(store: Arc<dyn Store>) {
    let mut watch = store.watch(b"r/");
    for round in 0..=WATCH_BACKLOG / MAX_WRITES {
        let txn = (0..MAX_WRITES).fold(Txn::new(), |txn, n| txn.put(key(&format!("r/{round}/{n}")), vec![]));
        store.commit(txn).await.unwrap();
    }
    assert_eq!(watch.next().await, Some(Seen::Resync));
    let last = put(&*store, b"r/last", b"").await;
    loop {
        match watch.next().await.unwrap() {
            Seen::Put(entry) if entry.version == last => break,
            Seen::Put(_) => {}
            // The last write pushed one more out.
            seen => assert_eq!(seen, Seen::Resync),
        }
    }
}
