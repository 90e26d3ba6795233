//! Sessions tell the truth: who is live, who is not, and that an ended one is over everywhere.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use passholder::dal::sessions::{LiveQuery, Order, SessionQuery, SessionState, Whose};
use passholder::dal::{DalError, Session};
use passholder::domain::session::{EndReason, Told};
use passholder::domain::text::Line;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::task::JoinSet;

use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE, name};

/// The sessions of somebody, as a script of an administrator reads them.
async fn sessions_of(admin: &Person, user: &str, flag: &str) -> Vec<serde_json::Value> {
    let ran = admin.run(&format!("sessions list --user {user} {flag} --json")).await;
    assert_eq!(ran.status, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// Waits until a list is what it should be: the end of a connection takes a moment to be seen.
async fn until<T, F: Future<Output = T>>(mut look: impl FnMut() -> F, holds: impl Fn(&T) -> bool) -> T {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let seen = look().await;
            if holds(&seen) {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("what must happen happens")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_ends_on_the_screen_with_the_reason() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("This session").await;
    let admin = server.admin().await;
    let live = sessions_of(&admin, "alice", "--live").await;
    assert_eq!(live.len(), 1);
    assert_eq!((&live[0]["state"], &live[0]["doing"]), (&"live".into(), &"Home".into()));
    assert_eq!(live[0]["size"], serde_json::json!([80, 24]));
    let handle = live[0]["handle"].as_str().unwrap();
    let ran = admin.run(&format!("sessions revoke {handle} --json")).await;
    assert_eq!((ran.out.as_str(), ran.status), ("{\"revoked\":1}\n", 0));
    assert_eq!(screen.ended().await, Some(3));
    assert!(screen.text().contains("Your session was ended by admin."), "{}", screen.text());
    let ended = until(|| sessions_of(&admin, "alice", "--ended"), |rows| rows.len() == 2).await;
    assert_eq!(ended[0]["handle"], handle);
    assert_eq!(ended[0]["ended"]["reason"], "revoked");
    assert_eq!(ended[0]["ended"]["by"], "admin");
    // The one before is the one that chose the password: nobody's but hers.
    assert!(ended.iter().all(|row| row["user"] == "alice"));
    assert_eq!(admin.run(&format!("sessions revoke {handle}")).await.status, 6);
    assert_eq!(admin.run("sessions revoke aaaaaaaaaa").await.status, 5);
    server.stop().await;
}

/// A row said `whoami` until the next change of screens, because a command left its name behind. What a
/// person looks at is said again as soon as the command over the same connection has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_is_being_done_now() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("This session").await;
    assert_eq!(alice.run("whoami").await.status, 0);
    let admin = server.admin().await;
    let rows = until(|| sessions_of(&admin, "alice", "--live"), |rows| rows[0]["doing"] == "Home").await;
    assert_eq!(rows.len(), 1);
    screen.press("q").await;
    screen.ended().await;
    until(|| sessions_of(&admin, "alice", "--live"), |rows| rows[0].get("doing").is_none()).await;
    server.stop().await;
}

/// Whoever named themselves was refused, or lost the answer together with the session. One's own name means
/// one's own sessions, and how many were ended is said before the end.
#[tokio::test(flavor = "multi_thread")]
async fn ones_own_name_means_ones_own_sessions() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let listed = alice.run("sessions list --user alice --live --json").await;
    assert_eq!((listed.status, listed.out.matches("\"handle\"").count()), (0, 1), "{}", listed.err);
    assert_eq!(alice.run("sessions list --user admin").await.status, 4);
    assert_eq!(alice.run("sessions revoke --user admin").await.status, 4);
    for round in 0..10 {
        let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
        let ended = alice.run("sessions revoke --user alice --json").await;
        let count = if round == 0 { 2 } else { 1 };
        assert_eq!((ended.out, ended.status), (format!("{{\"revoked\":{count}}}\n"), 0), "{}", ended.err);
    }
    server.stop().await;
}

/// A client that takes nothing, not even the farewell, is cut off all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_cannot_outlive_its_session() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in_deaf(server.port, "alice", PASSWORD).await;
    let mut screen = alice.dashboard(200, 50).await;
    let admin = server.admin().await;
    until(|| sessions_of(&admin, "alice", "--live"), |rows| rows.len() == 1).await;
    assert_eq!(admin.run("sessions revoke --user alice").await.out, "1 session ended\n");
    let is_over = |row: &serde_json::Value| row["state"] == "ended";
    until(|| sessions_of(&admin, "alice", ""), |rows| rows.iter().all(is_over)).await;
    assert_eq!(screen.ended().await, None);
    server.stop().await;
}

/// A role that is taken away takes its screens along, also from behind a lock.
#[tokio::test(flavor = "multi_thread")]
async fn who_loses_a_role_is_moved_to_a_screen_that_they_may_see() {
    let server = TestServer::start(quick()).await;
    server.user("ada", "auditor").await;
    let mut screens = Vec::new();
    for _ in 0..2 {
        let ada = Person::sign_in(server.port, "ada", PASSWORD).await.unwrap();
        let mut screen = ada.dashboard(80, 24).await;
        screen.see("This session").await;
        screen.press("2").await;
        screen.see("All users").await;
        screens.push((ada, screen));
    }
    let [(ada, open), (_other, locked)] = screens.as_mut_slice() else { panic!("two") };
    locked.press("L").await;
    locked.see("type your password").await;
    let admin = server.admin().await;
    let mut desk = admin.dashboard(80, 24).await;
    desk.see("This session").await;
    desk.press("2").await;
    // The first of all users is ada.
    desk.see("auditor").await;
    desk.press("r").await;
    desk.see("Roles, with commas between").await;
    desk.press("\x15member\r").await;
    open.see("Your roles have changed").await;
    open.see("This session").await;
    assert!(!open.text().contains("Users"), "{}", open.text());
    // The key of the tab that is gone leads to the one that took its place.
    open.press("2").await;
    open.see("Your sessions").await;
    assert_eq!(ada.run("users list").await.status, 4);
    locked.press(&format!("{PASSWORD}\r")).await;
    locked.lose("Users").await;
    locked.see("This session").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_stays_on_the_screen_until_it_is_put_away() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    let told = admin.run("sessions message --all --text 'maintenance at noon' --json").await;
    assert_eq!(told.out, "{\"told\":1}\n");
    screen.see("admin: maintenance at noon").await;
    screen.press("2").await;
    screen.see("All users").await;
    screen.see("admin: maintenance at noon").await;
    screen.press("\x1b").await;
    screen.lose("maintenance").await;
    screen.see("All users").await;
    server.stop().await;
}

/// A screen of sessions reads again by itself when somebody comes or goes.
#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_screen_refreshes_by_itself() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(100, 30).await;
    screen.see("This session").await;
    screen.press("3").await;
    screen.see("admin (you)").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    screen.see("alice").await;
    drop(alice);
    screen.lose("alice").await;
    server.stop().await;
}

/// A connection that goes away under an open screen was lost, not signed out.
#[tokio::test(flavor = "multi_thread")]
async fn how_a_session_ended_is_told_as_it_was() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let admin = server.admin().await;
    let lost = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = lost.dashboard(80, 24).await;
    screen.see("This session").await;
    drop((screen, lost));
    let reason = |rows: &Vec<serde_json::Value>| rows[0]["ended"]["reason"].as_str().map(ToOwned::to_owned);
    let rows = until(|| sessions_of(&admin, "alice", ""), |rows| reason(rows).is_some()).await;
    assert_eq!(reason(&rows).unwrap(), "connection-lost");
    let quits = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = quits.dashboard(80, 24).await;
    screen.see("This session").await;
    screen.press("q").await;
    assert_eq!(screen.ended().await, Some(0));
    drop((screen, quits));
    let rows = until(|| sessions_of(&admin, "alice", ""), |rows| reason(rows).is_some()).await;
    assert_eq!(reason(&rows).unwrap(), "signed-out");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_sessions_are_everybodys_to_end() {
    let house = House::build().await;
    let first = house.user("alice", "member").await;
    let others = [house.sign_in("alice").await, house.sign_in("alice").await];
    let admin = house.admin().await;
    let sessions = first.verify().await.unwrap().sessions();
    // And the one that chose the password.
    assert_eq!(sessions.revoke_others().await.unwrap(), 3);
    for other in &others {
        let Err(DalError::SessionEnded(ended)) = other.verify().await else { panic!("still answers") };
        assert_eq!(ended.to_string(), "Your session was ended by alice.");
    }
    let foreign = first.verify().await.unwrap().sessions().revoke(&admin.claims().handle).await;
    assert!(matches!(foreign, Err(DalError::NotFound { .. })), "{foreign:?}");
    assert!(first.verify().await.is_ok() && admin.verify().await.is_ok());
}

/// One write ends them all: the sessions that did not fit into it are over by their epoch.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_with_many_sessions_loses_all_of_them_with_the_true_reason() {
    let house = House::build().await;
    let mut many = vec![house.user("alice", "member").await];
    for _ in 0..60 {
        many.push(house.sign_in("alice").await);
    }
    let admin = house.admin().await;
    let ended = admin.verify().await.unwrap().sessions().revoke_user(&name("alice")).await.unwrap();
    // And the one that chose the password.
    assert_eq!(ended, 62);
    for session in &many {
        let Err(DalError::SessionEnded(ended)) = session.verify().await else { panic!("still answers") };
        assert_eq!((ended.reason, ended.by), (EndReason::Revoked, Some(name("admin"))));
    }
}

/// Everybody was said to be sent away, while those who hold more stayed. How many stay is said.
#[tokio::test(flavor = "multi_thread")]
async fn who_holds_more_stays_and_is_counted() {
    let server = TestServer::start(quick()).await;
    for (name, role) in [("olga", "operator"), ("alice", "member")] {
        server.user(name, role).await;
    }
    let sign_in = async |name| Person::sign_in(server.port, name, PASSWORD).await.unwrap();
    let (olga, _alice) = (sign_in("olga").await, sign_in("alice").await);
    let admin = server.admin().await;
    // Those that made the users are leaving.
    let settled = |ran: &crate::support::person::Ran| ran.out.matches("live").count() == 3;
    until(|| admin.run("sessions list --all --live"), settled).await;
    let swept = olga.run("sessions revoke --all --json").await;
    assert_eq!((swept.out.as_str(), swept.status), ("{\"revoked\":1,\"skipped\":1}\n", 0), "{}", swept.err);
    let again = olga.run("sessions revoke --all").await;
    assert_eq!(again.out, "0 sessions ended; of people who may do more than you: 1 session left\n");
    let mut screen = olga.dashboard(120, 40).await;
    screen.see("This session").await;
    screen.press("3").await;
    screen.see("admin").await;
    screen.press("e").await;
    screen.see("Sessions of people who may do more").await;
    screen.press("everybody\r").await;
    screen.see("0 sessions were ended. One stays: its user may do more than you.").await;
    assert_eq!(admin.run("whoami").await.status, 0);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_but_me() {
    let house = House::build().await;
    let mut others = Vec::new();
    for user in ["alice", "bob"] {
        others.push(house.user(user, "member").await);
        for _ in 0..50 {
            others.push(house.sign_in(user).await);
        }
    }
    let boss = house.admin().await;
    let operator = house.user("olga", "operator").await;
    operator.verify().await.unwrap().sessions().revoke_everybody().await.unwrap();
    assert!(boss.verify().await.is_ok(), "who holds more is not sent away");
    for other in &others {
        assert!(other.verify().await.is_err());
    }
    boss.verify().await.unwrap().sessions().revoke_everybody().await.unwrap();
    assert!(operator.verify().await.is_err() && boss.verify().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn live_sessions_are_listed_in_order_and_in_pages() {
    let house = House::build().await;
    let mut seats = vec![house.user("alice", "member").await];
    for _ in 0..119 {
        house.clock.turn(Duration::from_secs(1));
        seats.push(house.sign_in("alice").await);
    }
    let admin = house.admin().await;
    let mut listed = Vec::new();
    let mut after = None;
    loop {
        let query = LiveQuery {
            whose: Whose::User(name("alice")),
            order: Order::Oldest,
            after,
            limit: 50,
            ..LiveQuery::default()
        };
        let page = admin.verify().await.unwrap().sessions().live(query).await.unwrap();
        listed.extend(page.items.into_iter().map(|row| row.handle));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = seats.iter().map(|session| session.claims().handle.clone()).collect();
    assert_eq!(listed, expected);
    house.clock.turn(Duration::from_mins(1));
    seats[7].typed(1);
    let query = LiveQuery { whose: Whose::Everybodys, filter: "LIC".to_owned(), limit: 1, ..idle() };
    let page = admin.verify().await.unwrap().sessions().live(query).await.unwrap();
    assert_eq!(page.items[0].handle, expected[0]);
    let query = LiveQuery { filter: "no such".to_owned(), ..idle() };
    assert!(admin.verify().await.unwrap().sessions().live(query).await.unwrap().items.is_empty());
}

fn idle() -> LiveQuery {
    LiveQuery { whose: Whose::Everybodys, order: Order::MostIdle, limit: 50, ..LiveQuery::default() }
}

/// What was said to a session that is not there is not said.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_twice_or_in_vain() {
    let house = House::build().await;
    let (alice, admin) = (house.user("alice", "member").await, house.admin().await);
    let mut messages = alice.messages();
    let tell = async |words: &str| {
        let line = Line::parse(words).unwrap();
        admin.verify().await.unwrap().sessions().tell(&alice.claims().handle, line).await
    };
    for words in ["one", "two", "three"] {
        tell(words).await.unwrap();
    }
    for expected in ["one", "two", "three"] {
        let told = messages.next().await.unwrap();
        let Told::Message { words, .. } = told.as_ref() else { panic!("{told:?}") };
        assert_eq!(words.as_str(), expected);
    }
    let handle = alice.claims().handle.clone();
    drop((alice, messages));
    let late = admin.verify().await.unwrap().sessions().tell(&handle, Line::parse("late").unwrap()).await;
    assert!(matches!(late, Err(DalError::NotFound { .. })), "{late:?}");
}

/// Does what people do with whatever session is open, as long as there is one; answers how often it could.
async fn work(sessions: Arc<Mutex<Vec<Session>>>, seed: u64) -> usize {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut done = 0;
    loop {
        let session = {
            let all = sessions.lock().unwrap();
            if all.is_empty() {
                return done;
            }
            all[random.random_range(0..all.len())].clone()
        };
        let profile = async { session.verify().await?.account().profile().await };
        match profile.await {
            Ok(profile) => {
                assert_eq!(profile.session.handle, session.claims().handle);
                done += 1;
            }
            Err(DalError::SessionEnded(ended)) => assert_eq!(ended.reason, EndReason::Revoked),
            Err(other) => panic!("{other}"),
        }
        tokio::task::yield_now().await;
    }
}

/// Thousands of random revocations while people go on working: no ended session answers, and no row
/// lies about one.
#[tokio::test(flavor = "multi_thread")]
async fn no_revoked_session_answers_and_no_row_lies() {
    const USERS: usize = 20;
    const ROUNDS: usize = 10_000;
    let house = House::build().await;
    let admin = house.admin().await;
    let mut random = SmallRng::seed_from_u64(7);
    let mut seats = Vec::new();
    for number in 0..USERS {
        let user = format!("user{number}");
        seats.push((house.user(&user, "member").await, user));
    }
    let at_work = Arc::new(Mutex::new(seats.iter().map(|(session, _)| session.clone()).collect::<Vec<_>>()));
    let workers: JoinSet<_> = (0..3).map(|worker| work(at_work.clone(), worker)).collect();
    let started = std::time::Instant::now();
    for _ in 0..ROUNDS {
        if started.elapsed() > Duration::from_mins(1) {
            break;
        }
        let seat = random.random_range(0..USERS);
        let (session, user) = &mut seats[seat];
        house.clock.turn(Duration::from_millis(1));
        let handle = session.claims().handle.clone();
        let working = session.verify().await.unwrap();
        admin.verify().await.unwrap().sessions().revoke(&handle).await.unwrap();
        assert!(session.verify().await.is_err());
        let late = working.sessions().revoke_others().await;
        assert!(matches!(late, Err(DalError::SessionEnded(_))), "{late:?}");
        *session = house.sign_in(user).await;
        at_work.lock().unwrap()[seat] = session.clone();
        let row = admin.verify().await.unwrap().sessions().get(&handle).await.unwrap();
        // Whoever was just doing something in it holds its seat a moment longer.
        assert!(matches!(row.state, SessionState::Ended | SessionState::Ending), "{:?}", row.state);
        assert_eq!(row.ended.unwrap().reason, EndReason::Revoked);
    }
    at_work.lock().unwrap().clear();
    let done: usize = workers.join_all().await.into_iter().sum();
    assert!(done > 1_000, "only {done} things were done meanwhile");
    let query = LiveQuery { whose: Whose::Everybodys, ..LiveQuery::default() };
    let live = admin.verify().await.unwrap().sessions().live(LiveQuery { limit: 50, ..query }).await.unwrap();
    assert_eq!(live.items.len(), USERS + 1);
    let (mut after, mut states) = (None, std::collections::HashMap::new());
    loop {
        let query = SessionQuery { whose: Whose::Everybodys, after, limit: 50 };
        let page = admin.verify().await.unwrap().sessions().list(query).await.unwrap();
        for row in page.items {
            assert_eq!(row.ended.is_some(), row.state == SessionState::Ended, "{row:?}");
            *states.entry(row.state.word()).or_insert(0) += 1;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(states.get("live"), Some(&(USERS + 1)), "{states:?}");
}
