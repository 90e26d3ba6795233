//! How many sessions a user may have at once, and what becomes of one more.

use passholder::dal::sessions::{LiveQuery, SessionQuery};
use passholder::dal::{DalError, Session};
use passholder::domain::policy::{AtCap, Policy};
use passholder::domain::session::{Duty, EndReason, Terminal};

use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, roomy};

const WAITS: Option<Duty> = Some(Duty::EndASession { cap: 2 });

fn two(at_cap: AtCap) -> Policy {
    Policy { session_cap: 2, at_cap, ..roomy() }
}

async fn duty(session: &Session) -> Option<Duty> {
    let _ = session.verify().await.unwrap();
    session.claims().duty
}

#[tokio::test(flavor = "multi_thread")]
async fn one_too_many_can_only_end_one_of_their_own() {
    let house = House::build().await;
    let one = house.user("alice", "member").await;
    let bob = house.user("bob", "member").await;
    house.dal.set_policy(two(AtCap::Choose));
    let two = house.sign_in("alice").await;
    let three = house.sign_in("alice").await;
    assert_eq!((two.claims().duty, three.claims().duty), (None, WAITS));
    let verify = async || three.verify().await.unwrap();
    let refused = Err(DalError::TooManySessions { cap: 2 });
    assert_eq!(verify().await.account().profile().await.map(drop), refused);
    assert_eq!(verify().await.sessions().lost().await.map(drop), refused);
    let listed = verify().await.sessions().live(LiveQuery { limit: 50, ..LiveQuery::default() }).await;
    assert_eq!(listed.unwrap().items.len(), 3);
    let foreign = verify().await.sessions().revoke(&bob.claims().handle).await;
    assert!(matches!(foreign, Err(DalError::NotFound { .. })), "{foreign:?}");
    verify().await.sessions().revoke(&one.claims().handle).await.unwrap();
    // Its connection is still there.
    assert_eq!(duty(&three).await, WAITS);
    drop(one);
    assert_eq!(duty(&three).await, None);
    verify().await.account().profile().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn room_goes_to_who_came_first_and_never_beyond_the_cap() {
    let house = House::build().await;
    let one = house.user("alice", "member").await;
    house.dal.set_policy(two(AtCap::Choose));
    let two = house.sign_in("alice").await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        house.clock.turn(std::time::Duration::from_secs(1));
        waiting.push(house.sign_in("alice").await);
    }
    drop(waiting.remove(1));
    waiting.push(house.sign_in("alice").await);
    let others = house.user("bob", "member").await;
    drop(others);
    assert_eq!((duty(&waiting[0]).await, duty(&waiting[1]).await), (WAITS, WAITS));
    drop(one);
    assert_eq!((duty(&waiting[0]).await, duty(&waiting[1]).await), (None, WAITS));
    drop(two);
    assert_eq!(duty(&waiting[1]).await, None);
    assert_eq!(house.sign_in("alice").await.claims().duty, WAITS);
}

/// Whoever waited at the cap held a connection and a row without any bound. Two of a user may wait; the
/// next is refused as where nobody may choose, and is not let in later either.
#[tokio::test(flavor = "multi_thread")]
async fn two_may_wait_and_no_more() {
    let house = House::build().await;
    let one = house.user("alice", "member").await;
    house.dal.set_policy(two(AtCap::Choose));
    let _two = house.sign_in("alice").await;
    let (first, second) = (house.sign_in("alice").await, house.sign_in("alice").await);
    let refused = house.sign_in("alice").await;
    assert_eq!(refused.claims().duty, WAITS);
    assert!(refused.is_refused() && !first.is_refused() && !second.is_refused());
    drop((one, second));
    assert_eq!((duty(&first).await, duty(&refused).await), (None, WAITS));
    // A place among those who wait is free again.
    assert!(!house.sign_in("alice").await.is_refused());
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_have_the_smaller_cap() {
    let house = House::build().await;
    house.dal.set_policy(Policy { admin_session_cap: 1, ..roomy() });
    let (_one, two) = (house.admin().await, house.admin().await);
    assert_eq!(two.claims().duty, Some(Duty::EndASession { cap: 1 }));
    let _alice = house.sign_in("admin").await;
}

/// A mere `whoami` ended one's oldest screen. A command beyond the cap is refused and ends nothing; a
/// dashboard takes the oldest one's place.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_nobodys_screen() {
    let mut config = quick();
    config.policy = two(AtCap::EndOldest);
    let server = TestServer::start(config).await;
    server.user("alice", "member").await;
    let mut old = Vec::new();
    for _ in 0..2 {
        let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
        let mut screen = alice.dashboard(80, 24).await;
        screen.see("This session").await;
        old.push((alice, screen));
    }
    let third = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    assert_eq!(third.run("whoami").await.status, 6);
    let (first, screen) = &mut old[0];
    assert_eq!(first.run("whoami").await.status, 0);
    let mut new = third.dashboard(80, 24).await;
    new.see("This session").await;
    assert_eq!(screen.ended().await, Some(3));
    assert!(screen.text().contains("a newer session took its place"), "{}", screen.text());
    assert_eq!(third.run("whoami").await.status, 0);
    server.stop().await;
}

/// Two of a user may wait with a command alone; for one more the oldest goes at once, so that nobody is
/// kept out who wants a dashboard.
#[tokio::test(flavor = "multi_thread")]
async fn those_who_only_run_commands_keep_nobody_out() {
    let house = House::build().await;
    let one = house.user("alice", "member").await;
    house.dal.set_policy(two(AtCap::EndOldest));
    let _two = house.sign_in("alice").await;
    let waiting = (house.sign_in("alice").await, house.sign_in("alice").await);
    assert_eq!((waiting.0.claims().duty, waiting.1.claims().duty), (WAITS, WAITS));
    assert_eq!(house.sign_in("alice").await.claims().duty, None);
    assert!(matches!(one.verify().await, Err(DalError::SessionEnded(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_can_be_made_to_go() {
    let house = House::build().await;
    let one = house.user("alice", "member").await;
    house.dal.set_policy(two(AtCap::EndOldest));
    house.clock.turn(std::time::Duration::from_secs(1));
    let two = house.sign_in("alice").await;
    house.clock.turn(std::time::Duration::from_secs(1));
    let three = house.sign_in("alice").await;
    assert_eq!(duty(&three).await, WAITS);
    assert!(one.verify().await.is_ok(), "nobody has opened a dashboard");
    three.make_room().await.unwrap();
    assert_eq!(three.claims().duty, None);
    assert!(two.verify().await.is_ok());
    let Err(DalError::SessionEnded(ended)) = one.verify().await else { panic!("still answers") };
    assert_eq!(ended.reason, EndReason::Revoked);
    assert_eq!(ended.to_string(), "Your session was ended by alice: a newer session took its place.");
    // The record says so in the transaction of the sign-in, not when the connection is gone.
    let query = SessionQuery { limit: 50, ..SessionQuery::default() };
    let rows = three.verify().await.unwrap().sessions().list(query).await.unwrap().items;
    let row = rows.into_iter().find(|row| row.handle == one.claims().handle).unwrap();
    assert_eq!(row.ended.unwrap().reason, EndReason::Revoked);
}

/// Whoever was refused at the cap was recorded as signed out. The record says that there were too many, also
/// of a sign-in whose command was refused; who had the choice and left without it did sign out.
#[tokio::test(flavor = "multi_thread")]
async fn the_record_says_who_was_turned_away() {
    let house = House::build().await;
    let one = house.user("alice", "member").await;
    let reason = async |session: &Session, ended: EndReason| {
        session.end(ended).await.unwrap();
        let query = SessionQuery { limit: 50, ..SessionQuery::default() };
        let rows = one.verify().await.unwrap().sessions().list(query).await.unwrap().items;
        let row = rows.into_iter().find(|row| row.handle == session.claims().handle).unwrap();
        row.ended.unwrap().reason
    };
    let terminal = || Terminal { name: "xterm".to_owned(), columns: 80, rows: 24 };
    let inside = house.sign_in("alice").await;
    assert_eq!(reason(&inside, EndReason::SignedOut).await, EndReason::SignedOut);
    for at_cap in [AtCap::Choose, AtCap::Refuse] {
        house.dal.set_policy(two(at_cap));
        let command = house.sign_in("alice").await;
        assert_eq!(reason(&command, EndReason::SignedOut).await, EndReason::TooManySessions);
    }
    let refused = house.sign_in("alice").await;
    let _open = refused.opened(Some(terminal()));
    assert_eq!(reason(&refused, EndReason::ConnectionLost).await, EndReason::TooManySessions);
    house.dal.set_policy(two(AtCap::Choose));
    let chooser = house.sign_in("alice").await;
    let _open = chooser.opened(Some(terminal()));
    assert_eq!(reason(&chooser, EndReason::SignedOut).await, EndReason::SignedOut);
}

/// Over the wire: the list, the choice, and the way in.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_too_many_chooses_on_the_screen() {
    let mut config = quick();
    config.policy = two(AtCap::Choose);
    let server = TestServer::start(config).await;
    server.user("alice", "member").await;
    let mut old = Vec::new();
    for _ in 0..2 {
        let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
        let mut screen = alice.dashboard(80, 24).await;
        screen.see("This session").await;
        old.push((alice, screen));
    }
    let third = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let refused = third.run("whoami").await;
    assert_eq!((refused.status, refused.out.as_str()), (6, ""));
    assert!(refused.err.contains("as many sessions as are allowed (2)"), "{}", refused.err);
    assert_eq!(third.run("sessions list").await.status, 6);
    let mut screen = third.dashboard(80, 24).await;
    screen.see("as many sessions as are allowed (2): end one of them first").await;
    assert!(!screen.text().contains("Account"), "{}", screen.text());
    // Idle for longest stands first, and it is not this one. Before there are rows there is nothing to end.
    screen.see("this one").await;
    screen.press("x").await;
    screen.see("End a session of alice").await;
    screen.press("\r").await;
    screen.see("There is room now").await;
    screen.see("This session").await;
    assert_eq!(third.run("whoami").await.status, 0);
    let (_, ended) = &mut old[0];
    assert_eq!(ended.ended().await, Some(3));
    assert!(ended.text().contains("ended by alice"), "{}", ended.text());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_can_refuse_one_too_many() {
    let mut config = quick();
    config.policy = two(AtCap::Refuse);
    let server = TestServer::start(config).await;
    server.user("alice", "member").await;
    let one = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let _two = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let third = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = third.dashboard(80, 24).await;
    assert_eq!(screen.ended().await, Some(6));
    assert!(screen.text().contains("as many sessions as are allowed"), "{}", screen.text());
    assert_eq!(one.run("whoami").await.status, 0);
    server.stop().await;
}
