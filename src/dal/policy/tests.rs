//! What only somebody can see who holds the store: the events, and records that nobody should have written.

use std::time::Duration;

use super::*;
use crate::dal::Session;
use crate::dal::store::{MAX_PAGE, decode};
use crate::dal::test_house::session;
use crate::domain::event::Event;

async fn policy(session: &Session) -> Rules {
    session.verify().await.unwrap().policy()
}

/// Writes as another server on the same store would: past this one.
async fn write(session: &Session, value: Vec<u8>) {
    let rules = policy(session).await;
    let granted = rules.0.require(Permission::ManagePolicy).unwrap();
    granted.store.commit(Txn::new().put(keys::policy(), value)).await.unwrap();
}

/// The record with these values, as somebody called `old` set them.
fn record(rules: &[(&str, &str)]) -> Vec<u8> {
    let set = |value: &str| SetRule {
        value: value.to_owned(),
        by: UserName::parse("old").unwrap(),
        at: Timestamp::from_micros(1),
    };
    let rules = rules.iter().map(|(key, value)| ((*key).to_owned(), set(value))).collect();
    encode(&PolicyRecord { rules }).unwrap()
}

/// Waits until the rules in force are these: what others write is heard of a little later.
async fn until(session: &Session, holds: impl Fn(&Policy) -> bool) {
    for _ in 0..500 {
        if holds(&session.dal().policy()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not in force: {:?}", session.dal().policy());
}

#[tokio::test]
async fn a_change_is_one_event_with_what_was_before_and_after() {
    let session = session().await;
    policy(&session).await.set("session.lifetime", "1h", None).await.unwrap();
    // The same again is no change, what is refused is none, and a preview is none.
    policy(&session).await.set("session.lifetime", "60min", None).await.unwrap();
    policy(&session).await.set("session.lifetime", "2d", None).await.unwrap_err();
    policy(&session).await.preview("session.lifetime", Some("2h")).await.unwrap();
    policy(&session).await.reset("session.lifetime", None).await.unwrap();
    let rules = policy(&session).await;
    let granted = rules.0.require(Permission::ManagePolicy).unwrap();
    let page = granted.store.scan(b"a/", None, MAX_PAGE).await.unwrap();
    let events: Vec<Event> = page.entries.iter().map(|entry| decode(entry).unwrap()).collect();
    let mut changes: Vec<What> = events
        .iter()
        .filter(|event| event.actor.as_ref().is_some_and(|actor| actor.name.as_str() == "admin"))
        .filter(|event| matches!(event.what, What::PolicyChanged { .. }))
        .map(|event| event.what.clone())
        .collect();
    // They happened in the same microsecond, so their order is left to chance.
    changes.sort_by_key(|what| format!("{what:?}"));
    let from_to = |before: &str, after: &str| What::PolicyChanged {
        key: "session.lifetime".to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
    };
    assert_eq!(changes, [from_to("12h", "1h"), from_to("1h", "12h")]);
}

#[tokio::test]
async fn what_another_server_sets_is_in_force_here_and_rings_every_bell() {
    let session = session().await;
    let mut bell = session.bell();
    bell.borrow_and_update();
    write(&session, record(&[("session.lifetime", "3h")])).await;
    until(&session, |policy| policy.session_lifetime == Duration::from_hours(3)).await;
    tokio::time::timeout(Duration::from_secs(5), bell.changed()).await.unwrap().unwrap();
    write(&session, record(&[])).await;
    until(&session, |policy| policy.session_lifetime == Duration::from_hours(12)).await;
}

#[tokio::test]
async fn a_stored_value_out_of_bounds_counts_for_nothing_and_is_shown() {
    let session = session().await;
    write(
        &session,
        record(&[("session.lifetime", "40d"), ("session.cap", "7"), ("session.of_tomorrow", "x")]),
    )
    .await;
    until(&session, |policy| policy.session_cap == 7).await;
    assert_eq!(session.dal().policy().session_lifetime, Duration::from_hours(12));
    let row = policy(&session).await.get("session.lifetime").await.unwrap();
    assert_eq!((row.value.as_str(), &row.origin), ("12h", &Origin::Shipped));
    let ignored = row.ignored.unwrap();
    assert_eq!((ignored.value.as_str(), ignored.by.as_str()), ("40d", "old"));
    // It can be set and reset like any other, and what this version does not know stays.
    policy(&session).await.reset("session.lifetime", None).await.unwrap();
    assert_eq!(policy(&session).await.get("session.lifetime").await.unwrap().ignored, None);
    let rules = policy(&session).await;
    let granted = rules.0.require(Permission::ManagePolicy).unwrap();
    let (layers, _) = read(&granted).await.unwrap();
    assert_eq!(layers.record.rules.keys().collect::<Vec<_>>(), ["session.cap", "session.of_tomorrow"]);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_leaves_what_is_configured_and_keeps_nobody_out() {
    let session = session().await;
    write(&session, record(&[("session.cap", "7")])).await;
    until(&session, |policy| policy.session_cap == 7).await;
    write(&session, b"\x09 from the future".to_vec()).await;
    until(&session, |policy| policy.session_cap == 10).await;
    assert!(session.verify().await.is_ok());
    // And nobody writes over it without knowing what it says.
    let refused = policy(&session).await.set("session.cap", "8", None).await;
    assert_eq!(refused, Err(DalError::Unavailable));
}
