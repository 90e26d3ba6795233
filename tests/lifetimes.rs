//! How long a session lives: idle, locked, over; lost and found again. Nobody sleeps here for long:
//! the clock is turned, or the rules are short.

use std::time::Duration;

use passholder::dal::sessions::{SessionQuery, SessionRow};
use passholder::dal::{DalError, Engine, Session};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::policy::Policy;
use passholder::domain::presence::{Presence, UNLOCK_TRIES};
use passholder::domain::role::RoleName;
use passholder::domain::secret::Secret;
use passholder::domain::session::{EndReason, Place, Terminal};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE, roomy};

async fn unlock(session: &Session, password: &str) -> Result<(), DalError> {
    session.unlock(Secret::new(password.to_owned())).await
}

fn is_locked<T>(result: &Result<T, DalError>) -> bool {
    matches!(result, Err(DalError::Locked))
}

async fn newest(session: &Session) -> Vec<SessionRow> {
    let query = SessionQuery { limit: 50, ..SessionQuery::default() };
    session.verify().await.unwrap().sessions().list(query).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_locks_when_nobody_types_and_the_password_goes_on() {
    let house = House::build().await;
    let (alice, admin) = (house.user("alice", "member").await, house.admin().await);
    house.clock.turn(Duration::from_mins(15));
    assert!(is_locked(&admin.verify().await) && alice.verify().await.is_ok());
    house.clock.turn(Duration::from_mins(14));
    // Bytes that the person did not type are no reason to stay.
    alice.sent(1_000);
    alice.resized(100, 40);
    alice.turns_to("Home");
    house.clock.turn(Duration::from_mins(1));
    assert!(is_locked(&alice.verify().await));
    // Nor is a key that comes too late.
    alice.typed(1);
    assert!(is_locked(&alice.verify().await));
    assert!(matches!(unlock(&alice, "").await, Err(DalError::Invalid { field: "password", .. })));
    assert!(matches!(unlock(&alice, "not it").await, Err(DalError::Invalid { field: "password", .. })));
    assert!(is_locked(&alice.verify().await));
    unlock(&alice, PASSWORD).await.unwrap();
    assert_eq!(alice.presence(), Presence::Here);
    let row = newest(&alice).await.into_iter().find(|row| row.is_this).unwrap();
    assert!(!row.activity.unwrap().is_locked);
    // The wrong ones are told at the next sign-in, like those at the door.
    assert_eq!(house.sign_in("alice").await.claims().before.failed, 2);
}

/// A screen that was left alone never locked while a script ran commands over the same connection, because
/// a command counted as typing. It counts where no screen is open, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn commands_do_not_keep_a_screen_open_that_was_left_alone() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let minutes = async |minutes: usize| {
        for _ in 0..minutes {
            house.clock.turn(Duration::from_mins(1));
            alice.commanded(6);
        }
    };
    minutes(60).await;
    assert!(alice.verify().await.is_ok());
    let open = alice.opened(Some(terminal()));
    minutes(30).await;
    assert!(is_locked(&alice.verify().await));
    unlock(&alice, PASSWORD).await.unwrap();
    let row = newest(&alice).await.into_iter().find(|row| row.is_this).unwrap();
    assert_eq!(row.activity.unwrap().bytes_in, 6 * 90);
    drop(open);
    minutes(60).await;
    assert!(alice.verify().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_session_ends_when_nobody_comes_back() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    house.clock.turn(Duration::from_mins(35));
    let Err(DalError::SessionEnded(ended)) = alice.verify().await else { panic!("still answers") };
    assert_eq!(ended.reason, EndReason::Idle);
    let late = unlock(&alice, PASSWORD).await;
    assert!(matches!(late, Err(DalError::SessionEnded(_))), "{late:?}");
    assert!(alice.verify().await.is_err());
}

/// Who gave five wrong passwords read, and the record said, that the session was left alone for too long.
/// It ends for a reason of its own, whoever finds out first.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_end_a_locked_session_and_the_record_says_so() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    alice.lock();
    assert!(is_locked(&alice.verify().await));
    for _ in 1..UNLOCK_TRIES {
        assert!(matches!(unlock(&alice, "not it").await, Err(DalError::Invalid { .. })));
    }
    let Err(DalError::SessionEnded(told)) = unlock(&alice, "not it").await else { panic!("still answers") };
    assert_eq!(told.to_string(), "There were too many wrong passwords at the lock. Sign in again.");
    let Err(DalError::SessionEnded(seen)) = alice.verify().await else { panic!("still answers") };
    assert_eq!(seen.reason, EndReason::LockRefused);
    assert!(matches!(unlock(&alice, PASSWORD).await, Err(DalError::SessionEnded(_))));
    let handle = alice.claims().handle.clone();
    let rows = newest(&house.sign_in("alice").await).await;
    let ended = rows.into_iter().find(|row| row.handle == handle).unwrap().ended.unwrap();
    assert_eq!((ended.reason, ended.note.as_ref()), (EndReason::LockRefused, None));
    assert_eq!(ended.briefly(), "too many wrong passwords");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_connection_that_was_lost_lately_can_be_resumed_and_once() {
    let house = House::build().await;
    let place = Place {
        screen: "Users".to_owned(),
        filter: "a".to_owned(),
        selected: Some("ada".to_owned()),
        is_open: false,
    };
    let lost =
        |session: Session| async move { session.verify().await.unwrap().sessions().lost().await.unwrap() };
    let ended = async |reason| {
        let session = house.sign_in("alice").await;
        session.is_at(place.clone());
        session.end(reason).await.unwrap();
        session.claims().handle.clone()
    };
    let alice = house.user("alice", "member").await;
    ended(EndReason::SignedOut).await;
    assert_eq!(lost(alice.clone()).await, None);
    let handle = ended(EndReason::ConnectionLost).await;
    house.clock.turn(Duration::from_mins(9));
    assert_eq!(lost(alice.clone()).await.unwrap().place, place);
    // Nobody else's.
    let mallory = house.user("mallory", "admin").await;
    let foreign = mallory.verify().await.unwrap().sessions().resume(&handle).await;
    assert!(matches!(foreign, Err(DalError::NotFound { .. })), "{foreign:?}");
    let resume = async || alice.verify().await.unwrap().sessions().resume(&handle).await;
    assert_eq!(resume().await.unwrap(), place);
    assert!(matches!(resume().await, Err(DalError::NotFound { .. })));
    let row = newest(&alice).await.into_iter().find(|row| row.handle == handle).unwrap();
    assert_eq!(row.ended.unwrap().reason, EndReason::Resumed);
    ended(EndReason::ConnectionLost).await;
    house.clock.turn(Duration::from_mins(10));
    assert_eq!(lost(alice.clone()).await, None);
}

/// A day in which nobody has to type.
fn patient() -> Policy {
    let idle = Duration::from_hours(100);
    Policy { session_idle: idle, admin_session_idle: idle, ..roomy() }
}

async fn give(house: &House, name: &str, role: &str) {
    let users = house.admin().await.verify().await.unwrap().users();
    users.set_roles(&UserName::parse(name).unwrap(), vec![RoleName::parse(role).unwrap()]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_allows_less_time_ends_a_session_and_is_named() {
    let house = House::build().await;
    house.dal.set_policy(patient());
    let (alice, bob) = (house.user("alice", "member").await, house.user("bob", "member").await);
    let boss = house.user("boss", "admin").await;
    give(&house, "alice", "admin").await;
    house.clock.turn(Duration::from_mins(8 * 60 - 1));
    assert!(alice.verify().await.is_ok());
    house.clock.turn(Duration::from_mins(1));
    let why = async |session: &Session| match session.verify().await {
        Err(DalError::SessionEnded(ended)) => ended,
        _ => panic!("still answers"),
    };
    let ended = why(&alice).await;
    assert_eq!((ended.reason, ended.briefly().as_str()), (EndReason::RoleChanged, "roles changed"));
    assert!(ended.to_string().starts_with("Your roles were changed"), "{ended}");
    // Who always was an administrator, or never became one, is over when time says so.
    assert_eq!(why(&boss).await.reason, EndReason::Expired);
    assert!(bob.verify().await.is_ok());
    house.clock.turn(Duration::from_hours(4));
    assert_eq!(why(&bob).await.reason, EndReason::Expired);
    assert_eq!(why(&alice).await.reason, EndReason::Expired);
    // A rule that became stricter is not a role that was given.
    let carol = house.user("carol", "admin").await;
    house.dal.set_policy(Policy { admin_session_lifetime: Duration::from_hours(1), ..patient() });
    house.clock.turn(Duration::from_hours(2));
    let ended = why(&carol).await;
    assert_eq!((ended.reason, ended.briefly().as_str()), (EndReason::PolicyChanged, "rules made stricter"));
}

fn terminal() -> Terminal {
    Terminal { name: "xterm-256color".to_owned(), columns: 120, rows: 40 }
}

/// A dashboard opens while a change is being made: what was read before is written all the same.
#[tokio::test(flavor = "multi_thread")]
async fn opening_a_dashboard_spoils_no_change_of_ones_own() {
    let house = House::build().await;
    house.invite("alice", "member").await;
    for round in 0..20 {
        let admin = house.admin().await;
        let users = admin.verify().await.unwrap().users();
        let _open = admin.opened(Some(terminal()));
        tokio::time::sleep(Duration::from_millis(round % 4)).await;
        let name = DisplayName::parse(&format!("Alice {round}")).unwrap();
        users.set_display_name(&UserName::parse("alice").unwrap(), name).await.unwrap();
    }
}

/// The server dies without a word: the record still says where the dashboard was.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_does_not_lose_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().join("store"), cache_bytes: 16 << 20 };
    let house = House::build_on(engine()).await;
    let admin = house.admin().await;
    let _first = admin.opened(Some(terminal()));
    let _second = admin.opened(Some(Terminal { name: "vt100".to_owned(), ..terminal() }));
    let handle = admin.claims().handle.clone();
    drop((admin, house));
    // The store is free when what was on its way has been written.
    let house = House::reopened(engine).await;
    assert_eq!(house.dal.close_what_a_crash_left().await.unwrap(), 1);
    let row = newest(&house.admin().await).await.into_iter().find(|row| row.handle == handle).unwrap();
    assert_eq!(row.ended.unwrap().reason, EndReason::ServerStopped);
    assert_eq!(row.terminal, Some(terminal()));
}

/// Over the wire: a key locks, the password opens, and commands of the same session wait for it too.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_locks_every_screen_of_the_session() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screens = [admin.dashboard(80, 24).await, admin.dashboard(80, 24).await];
    for screen in &mut screens {
        screen.see("This session").await;
        screen.press("2").await;
        screen.see("All users").await;
    }
    screens[0].press("L").await;
    for screen in &mut screens {
        screen.see("type your password").await;
        screen.lose("All users").await;
    }
    let refused = admin.run("users list").await;
    assert_eq!((refused.status, refused.out.as_str()), (8, ""));
    assert!(refused.err.contains("locked"), "{}", refused.err);
    screens[1].press("wrong\r").await;
    screens[1].see("is not right").await;
    screens[1].press(&format!("{PASSWORD}\r")).await;
    for screen in &mut screens {
        screen.see("All users").await;
    }
    assert_eq!(admin.run("users list").await.status, 0);
    server.stop().await;
}

/// Nobody types: the session locks, ends, and the record says why, though no screen was ever open.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_screen_ends_as_well() {
    let mut config = quick();
    config.policy.session_idle = Duration::from_millis(600);
    config.policy.session_lock_grace = Duration::from_millis(300);
    config.policy.admin_session_idle = Duration::from_hours(1);
    let server = TestServer::start(config).await;
    let one_time = {
        let ran = server.admin().await.run("users create alice --role member --json").await;
        let made: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        made["one_time_password"].as_str().unwrap().to_owned()
    };
    let alice = Person::sign_in(server.port, "alice", &one_time).await.unwrap();
    let gone = tokio::time::timeout(PATIENCE, async {
        while !alice.connection.is_closed() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    gone.await.expect("it is cut");
    server.stop().await;
}

/// The way from a client to the server, until the cable is pulled: then nothing comes through and
/// nobody is told.
async fn cable(port: u16, pulled: CancellationToken) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let own = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        tokio::select! {
            _ = copy_bidirectional(&mut near, &mut far) => {}
            () = pulled.cancelled() => tokio::time::sleep(PATIENCE).await,
        }
    });
    own
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_peer_is_found_and_where_it_was_can_be_gone_on() {
    let mut config = quick();
    config.ssh.keepalive_interval = Duration::from_secs(1);
    let server = TestServer::start(config).await;
    server.user("alice", "member").await;
    let pulled = CancellationToken::new();
    let through = cable(server.port, pulled.clone()).await;
    let alice = Person::sign_in(through, "alice", PASSWORD).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("This session").await;
    screen.press("2").await;
    screen.see("Your sessions").await;
    let whoami = alice.run("whoami --json").await;
    let me: serde_json::Value = serde_json::from_str(&whoami.out).unwrap();
    let handle = me["session"]["handle"].as_str().unwrap().to_owned();
    pulled.cancel();
    let admin = server.admin().await;
    let row = async || -> serde_json::Value {
        serde_json::from_str(&admin.run(&format!("sessions show {handle} --json")).await.out).unwrap()
    };
    let found = tokio::time::timeout(PATIENCE, async {
        while row().await["state"] != "ended" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    found.await.expect("it is found out");
    let ended = row().await;
    assert_eq!(ended["ended"]["reason"], "connection-lost");
    assert_eq!(ended["terminal"], serde_json::json!({"name": "xterm-256color", "columns": 80, "rows": 24}));
    assert_eq!(ended["methods"], serde_json::json!(["password"]));
    let again = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = again.dashboard(80, 24).await;
    screen.see("Go on where you were?").await;
    screen.press("\r").await;
    screen.see("Your sessions, newest first").await;
    let resumed = tokio::time::timeout(PATIENCE, async {
        while row().await["ended"]["reason"] != "resumed" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    resumed.await.expect("the record says so");
    server.stop().await;
}
