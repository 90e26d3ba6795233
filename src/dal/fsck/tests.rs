//! A store that is broken in one place after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::auth::password::Hasher;
use crate::dal::gate::{Dal, Engine, Parts};
use crate::dal::store::{Txn, encode};
use crate::domain::id::Entropy;
use crate::domain::name::UserName;
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
    let txn = Txn::new().put(kept, encode(&reserved).unwrap()).put(listed.clone(), encode(&user).unwrap());
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
