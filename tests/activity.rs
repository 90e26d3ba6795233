//! What is counted, who may see it, and how the server says that it is.

use std::net::IpAddr;
use std::time::Duration;

use passholder::dal::overview::{Activity, SourceCount};
use passholder::dal::{Attempt, DalError, Session};
use passholder::domain::role::{Permission, RoleName};
use passholder::domain::secret::Secret;
use passholder::domain::session::{Method, Visitor};

use crate::support::PASSWORD;
use crate::support::house::House;
use crate::support::person::{Person, connect};
use crate::support::server::{TestServer, quick};

async fn activity(session: &Session) -> Activity {
    session.verify().await.unwrap().overview().activity().await.unwrap()
}

async fn fail_from(house: &House, address: [u8; 4]) {
    let attempt = Attempt {
        name: "alice".to_owned(),
        password: Secret::new("not it".to_owned()),
        method: Method::Password,
        visitor: Visitor::new((address, 50_122).into(), "OpenSSH_9.2p1"),
    };
    assert!(house.dal.login(attempt).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_counted_by_the_hour_for_those_who_may_see_it() {
    let house = House::build().await;
    let (auditor, operator) = (house.user("ada", "auditor").await, house.user("otto", "operator").await);
    let member = house.user("alice", "member").await;
    let before = activity(&auditor).await;
    assert_eq!(before.hours.len(), 24);
    assert_eq!(before.hours[23].hour.to_string(), "2026-11-23T11:00:00Z");
    assert!(before.hours.iter().all(|hour| hour.failures == Some(0)));
    let signed_in = before.hours[23].sign_ins.unwrap();
    house.sign_in("alice").await;
    fail_from(&house, [192, 0, 2, 1]).await;
    house.clock.turn(Duration::from_hours(1));
    let auditor = house.sign_in("ada").await;
    fail_from(&house, [192, 0, 2, 2]).await;
    fail_from(&house, [192, 0, 2, 2]).await;
    let seen = activity(&auditor).await;
    let counts = |hour: usize| (seen.hours[hour].sign_ins.unwrap(), seen.hours[hour].failures.unwrap());
    assert_eq!((counts(22), counts(23)), ((signed_in + 1, 1), (1, 2)));
    let source = |last, failures| SourceCount { from: IpAddr::from([192, 0, 2, last]), failures };
    assert_eq!(seen.top_sources.unwrap(), [source(2, 2), source(1, 1)]);
    assert_eq!(*seen.live.unwrap().last().unwrap(), 4);
    // Who may not see it is told nothing, not even that it is zero.
    let (operator, member) =
        ((house.sign_in("otto").await, operator), (house.sign_in("alice").await, member));
    let (seen, nothing) = (activity(&operator.0).await, activity(&member.0).await);
    assert!(seen.live.is_some() && seen.top_sources.is_none());
    assert!(nothing.live.is_none() && nothing.top_sources.is_none());
    for hour in seen.hours.iter().chain(&nothing.hours) {
        assert_eq!((hour.sign_ins, hour.failures), (None, None));
    }
}

/// The counters are no reason for two who come at the same moment to meet.
#[tokio::test(flavor = "multi_thread")]
async fn many_sign_ins_at_once_are_all_counted() {
    let house = House::build().await;
    let admin = house.admin().await;
    let before = activity(&admin).await.hours[23].sign_ins.unwrap();
    let everybody = crowd(&house, 40).await;
    assert_eq!(activity(&admin).await.hours[23].sign_ins.unwrap(), before + 40);
    assert_eq!(*activity(&admin).await.live.unwrap().last().unwrap(), 41);
    drop(everybody);
    assert_eq!(*activity(&admin).await.live.unwrap().last().unwrap(), 1);
}

async fn crowd(house: &House, count: usize) -> Vec<Session> {
    let mut coming = tokio::task::JoinSet::new();
    for _ in 0..count {
        let dal = house.dal.clone();
        coming.spawn(async move {
            let attempt = Attempt {
                name: "admin".to_owned(),
                password: Secret::new(PASSWORD.to_owned()),
                method: Method::Password,
                visitor: Visitor::new(([192, 0, 2, 9], 50_122).into(), "OpenSSH_9.2p1"),
            };
            dal.login(attempt).await.unwrap()
        });
    }
    coming.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_says_how_it_is() {
    let house = House::build().await;
    let admin = house.admin().await;
    let report = admin.verify().await.unwrap().overview().system().await.unwrap();
    assert_eq!((report.store.backend, report.store.writable), ("memory", true));
    assert!(report.store.bytes_used > 0 && report.store.commits.unwrap().of >= 2);
    assert_eq!((report.hashing.threads, report.hashing.queue), (2, 256));
    assert_eq!((report.hashing.busy, report.hashing.waiting), (0, 0));
    assert!(report.memory.is_none_or(|bytes| bytes > 1 << 20));
    assert_eq!(report.started.to_string(), "2026-11-23T11:12:14Z");
    assert_eq!(report.connections.signed_in, 1);
    let operator = house.user("otto", "operator").await;
    let refused = operator.verify().await.unwrap().overview().system().await;
    let held_by = ["admin", "auditor"].map(|role| RoleName::parse(role).unwrap()).into();
    assert_eq!(refused, Err(DalError::Forbidden { needs: Permission::ReadSystem, held_by }));
}

/// Over the wire: who has not signed in stands at the door.
#[tokio::test(flavor = "multi_thread")]
async fn the_door_is_counted() {
    let server = TestServer::start(quick()).await;
    let door = server.door.clone();
    let count = |connections, waiting| {
        let door = door.clone();
        let counted = async move {
            while (door.connections(), door.waiting()) != (connections, waiting) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(crate::support::PATIENCE, counted)
    };
    let stranger = connect(server.port).await;
    count(1, 1).await.unwrap();
    let admin = Person::sign_in(server.port, "admin", PASSWORD).await.unwrap();
    count(2, 1).await.unwrap();
    drop(stranger);
    count(1, 0).await.unwrap();
    drop(admin);
    count(0, 0).await.unwrap();
    server.stop().await;
}
