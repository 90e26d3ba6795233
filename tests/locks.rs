//! What guessing costs, and whom it does not cost anything: delays, penalties, and what lifts them.

use std::task::{Context, Waker};
use std::time::Duration;

use passholder::dal::locks::{LockQuery, LockRow, Locked};
use passholder::dal::{DalError, Engine, LoginError, Session};
use passholder::domain::policy::{AccountDelays, Argon2Cost, Policy, SourcePenalties};
use passholder::domain::secret::Secret;
use passholder::domain::source::Source;
use passholder::tui::screens::Route;
use russh::client::AuthResult;

use crate::support::desk::Desk;
use crate::support::house::{HOME, House};
use crate::support::person::{Person, connect_from};
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE, name, roomy};

/// The delays that ship, without penalties for the one address of a test.
fn delays() -> Policy {
    Policy { account_delays: AccountDelays::default(), ..roomy() }
}

/// Everything as it ships.
fn shipped() -> Policy {
    Policy { source_penalties: SourcePenalties::default(), ..delays() }
}

fn refused(result: Result<Session, LoginError>) -> bool {
    result.is_err_and(|why| why == LoginError::Denied)
}

/// What is closed, as an administrator sees it who has just come in.
async fn closed(house: &House) -> Vec<LockRow> {
    let query = LockQuery { limit: 50, ..LockQuery::default() };
    house.admin().await.verify().await.unwrap().locks().list(query).await.unwrap().items
}

/// The lock on somebody's account, as strangers meet it.
async fn lock_on(house: &House, user: &str) -> Option<LockRow> {
    closed(house).await.into_iter().find(|row| row.locked == Locked::User(name(user)))
}

/// A source that nobody is known at.
fn stranger(number: u32) -> String {
    format!("198.51.{}.{}", 100 + number / 250, 1 + number % 250)
}

/// Guesses from strange sources, each as soon as it is looked at, until so many have failed in all.
async fn guess_until(house: &House, user: &str, failures: u32) {
    for number in 0.. {
        let lock = lock_on(house, user).await;
        if lock.as_ref().is_some_and(|lock| lock.failures >= failures) {
            return;
        }
        if let Some(until) = lock.and_then(|lock| lock.until) {
            house.clock.turn(until.since(house.dal.now()));
        }
        assert!(refused(house.try_from(&stranger(number), user, "wrong").await));
    }
}

/// One name from twelve sources, and the server is started again after the sixth: an in-memory counter, or
/// one by source, would begin again.
#[tokio::test(flavor = "multi_thread")]
async fn the_delays_of_an_account_grow_over_all_sources_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let mut house = House::build_on(engine()).await;
    house.user("alice", "member").await;
    house.dal.set_policy(delays());
    let mut curve = Vec::new();
    let mut elapsed = Duration::ZERO;
    for number in 0..12 {
        if number == 6 {
            drop(house);
            house = House::reopened(engine).await;
            house.dal.set_policy(delays());
            house.clock.turn(elapsed);
        }
        assert!(refused(house.try_from(&stranger(number), "alice", "wrong").await));
        let lock = lock_on(&house, "alice").await.unwrap();
        assert_eq!((lock.failures, lock.from[0]), (number + 1, Source::parse(&stranger(number)).unwrap()));
        let delay = lock.until.unwrap().since(house.dal.now());
        curve.push(delay.as_secs());
        // Up to its end the right password is refused, and was no guess.
        let almost = delay.checked_sub(Duration::from_millis(1)).unwrap();
        house.clock.turn(almost);
        assert!(refused(house.try_from(&stranger(99), "alice", PASSWORD).await));
        house.clock.turn(Duration::from_millis(1));
        elapsed += delay;
    }
    assert_eq!(curve, [1, 1, 1, 3, 3, 3, 3, 3, 15, 30, 60, 120]);
    // The right one begins anew.
    let alice = house.try_from(&stranger(99), "alice", PASSWORD).await.unwrap();
    assert_eq!(alice.claims().before.failed, 24);
    assert!(refused(house.try_from(&stranger(1), "alice", "wrong").await));
    assert_eq!(lock_on(&house, "alice").await.unwrap().failures, 1);
}

/// A lock that anybody can set for anybody is a weapon: whoever guesses at a name keeps strangers out, and
/// not its owner, who comes from where they always come from.
#[tokio::test(flavor = "multi_thread")]
async fn guessing_at_a_name_does_not_keep_its_owner_out() {
    let house = House::build().await;
    house.user("root1", "admin").await;
    house.user("alice", "member").await;
    house.dal.set_policy(shipped());
    for number in 0..200 {
        assert!(refused(house.try_from("198.51.100.9", "root1", "wrong").await));
        if number % 20 == 0 {
            house.try_sign_in("root1", PASSWORD).await.unwrap();
            house.try_sign_in("alice", PASSWORD).await.unwrap();
        }
    }
    // The trail tells of each penalty, which is for ten guesses, and not of each guess.
    assert_eq!(crate::account_life::events(&house, "source-refused").await, 20);
    // The source that guesses is refused, whatever it asks for; the account is not closed further by that.
    assert!(house.dal.refuses("198.51.100.9".parse().unwrap()));
    assert!(refused(house.try_from("198.51.100.9", "alice", PASSWORD).await));
    house.try_from("198.51.100.10", "alice", PASSWORD).await.unwrap();
    assert_eq!(lock_on(&house, "root1").await.unwrap().failures, 1);
    // And where many sources guess for days, until nothing but a recovery helps.
    house.dal.set_policy(delays());
    for owner in ["root1", "alice"] {
        guess_until(&house, owner, 100).await;
        assert!(refused(house.try_from("198.51.100.77", owner, PASSWORD).await));
        house.try_sign_in(owner, PASSWORD).await.unwrap();
    }
}

/// Who mistypes where they are known is slowed down there, and an administrator not even there.
#[tokio::test(flavor = "multi_thread")]
async fn a_known_source_counts_for_itself() {
    let house = House::build().await;
    house.user("alice", "member").await;
    house.user("root1", "admin").await;
    house.dal.set_policy(delays());
    for user in ["alice", "root1"] {
        assert!(refused(house.try_sign_in(user, "wrong").await));
    }
    assert!(refused(house.try_sign_in("alice", PASSWORD).await));
    house.try_sign_in("root1", PASSWORD).await.unwrap();
    let locks = closed(&house).await;
    assert_eq!(locks.len(), 1);
    assert_eq!(locks[0].locked, Locked::UserAtKnownSource(name("alice")));
    assert_eq!(locks[0].from, [Source::parse(HOME).unwrap()]);
    house.try_from(&stranger(1), "alice", PASSWORD).await.unwrap();
    house.clock.turn(Duration::from_secs(1));
    house.try_sign_in("alice", PASSWORD).await.unwrap();
    assert_eq!(closed(&house).await, []);
    // After a month it is a source like any other.
    house.clock.turn(Duration::from_hours(24 * 31));
    assert!(refused(house.try_from(&stranger(2), "alice", "wrong").await));
    assert!(refused(house.try_sign_in("alice", PASSWORD).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hundredth_failure_in_a_row_closes_an_account_until_its_password_is_reset() {
    let house = House::build().await;
    house.user("alice", "member").await;
    house.dal.set_policy(delays());
    guess_until(&house, "alice", 100).await;
    assert_eq!(lock_on(&house, "alice").await.unwrap().until, None);
    let alice = house.admin().await.verify().await.unwrap().users().get(&name("alice")).await.unwrap();
    assert_eq!(alice.lock, lock_on(&house, "alice").await);
    house.clock.turn(Duration::from_hours(24 * 14));
    assert!(refused(house.try_from(&stranger(1), "alice", PASSWORD).await));
    let users = house.admin().await.verify().await.unwrap().users();
    let one_time = users.reset_password(&name("alice")).await.unwrap();
    assert_eq!(closed(&house).await, []);
    house.try_from(&stranger(1), "alice", one_time.expose()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_lift_a_lock_lifts_it_for_those_who_hold_no_more() {
    let house = House::build().await;
    house.user("alice", "member").await;
    house.user("root1", "admin").await;
    let operator = house.user("olga", "operator").await;
    let locks = async || operator.verify().await.unwrap().locks();
    house.dal.set_policy(shipped());
    for user in ["root1", "alice"] {
        house.clock.turn(Duration::from_millis(1));
        for _ in 0..5 {
            assert!(refused(house.try_from(&stranger(1), user, "wrong").await));
        }
    }
    let seen = closed(&house).await;
    let kinds: Vec<_> = seen.iter().map(|row| row.locked.to_string()).collect();
    assert_eq!(kinds, ["alice", "root1", "198.51.100.2"]);
    let query = LockQuery { filter: "ALI".to_owned(), limit: 1, ..LockQuery::default() };
    assert_eq!(locks().await.list(query).await.unwrap().items, seen[..1]);
    let source = Source::parse(&stranger(1)).unwrap();
    locks().await.lift_source(source).await.unwrap();
    assert!(matches!(locks().await.lift_source(source).await, Err(DalError::NotFound { .. })));
    assert!(refused(house.try_from(&stranger(1), "alice", PASSWORD).await), "one lock of two");
    locks().await.lift_user(&name("alice")).await.unwrap();
    assert!(matches!(locks().await.lift_user(&name("alice")).await, Err(DalError::Conflict { .. })));
    house.try_from(&stranger(1), "alice", PASSWORD).await.unwrap();
    let above = locks().await.lift_user(&name("root1")).await;
    assert!(matches!(above, Err(DalError::HoldsMore { .. })), "{above:?}");
    assert_eq!(closed(&house).await.len(), 1);
}

/// A list of a thousand accounts is read by the page, and each of them is in it once.
#[tokio::test(flavor = "multi_thread")]
async fn the_list_has_every_lock_once() {
    let house = House::build().await;
    for number in 0..7 {
        house.invite(&format!("user{number}"), "member").await;
    }
    house.dal.set_policy(Policy {
        source_penalties: SourcePenalties { failures: 1, ..SourcePenalties::default() },
        ..delays()
    });
    for number in 0..7 {
        assert!(refused(house.try_from(&stranger(number), &format!("user{number}"), "wrong").await));
    }
    for limit in [1, 2, 3, 7, 8, 50] {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let query = LockQuery { filter: String::new(), after, limit };
            let page = house.admin().await.verify().await.unwrap().locks().list(query).await.unwrap();
            assert!(page.items.len() <= limit);
            found.extend(page.items.into_iter().map(|row| row.locked));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), 14, "{limit}");
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 14, "{limit}");
    }
}

/// Unknown, wrong, delayed, disabled, of a refused source: each costs one hash, and its answer says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_does_the_same_work() {
    let house = House::build().await;
    house.user("alice", "member").await;
    house.user("bob", "member").await;
    house.user("carol", "member").await;
    house.dal.set_policy(delays());
    guess_until(&house, "bob", 100).await;
    house.dal.set_policy(shipped());
    for _ in 0..10 {
        assert!(refused(house.try_from("203.0.113.1", "nobody", "wrong").await));
    }
    for (from, user, password) in [
        ("203.0.113.2", "nobody", "wrong"),
        ("203.0.113.2", "alice", "wrong"),
        ("203.0.113.3", "alice", "wrong"),
        ("203.0.113.3", "alice", PASSWORD),
        ("203.0.113.3", "bob", PASSWORD),
        ("203.0.113.1", "carol", PASSWORD),
        ("203.0.113.1", "nobody", PASSWORD),
    ] {
        let before = house.hasher.load().done;
        assert!(refused(house.try_from(from, user, password).await), "{from} {user}");
        assert_eq!(house.hasher.load().done, before + 1, "{from} {user}");
    }
}

/// Sign-ins of one person at the same moment write nothing that another one of them waits for; guesses at
/// the same moment are counted one by one.
#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_each_let_in_or_counted() {
    let house = std::sync::Arc::new(House::build().await);
    house.user("alice", "member").await;
    let at_once = async |password: &'static str, from: fn(u32) -> String| {
        let tries: Vec<_> = (0..40)
            .map(|number| {
                let house = std::sync::Arc::clone(&house);
                tokio::spawn(async move { house.try_from(&from(number), "alice", password).await.is_ok() })
            })
            .collect();
        let mut let_in = 0;
        for tried in tries {
            let_in += usize::from(tried.await.unwrap());
        }
        let_in
    };
    assert_eq!(at_once(PASSWORD, |_| HOME.to_owned()).await, 40);
    house.dal.set_policy(Policy {
        account_delays: AccountDelays { longest: Duration::ZERO, ..AccountDelays::default() },
        ..roomy()
    });
    assert_eq!(at_once("wrong", stranger).await, 0);
    house.dal.set_policy(delays());
    assert!(refused(house.try_from(&stranger(0), "alice", "wrong").await));
    assert_eq!(lock_on(&house, "alice").await.unwrap().failures, 41);
}

/// Of many guesses at once each was judged by how the account stood before all of them: a hundred guesses for
/// the price of one. The right one holds only if nothing failed while its hash was made; the owner, who comes
/// from a known source, is not even slowed down.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_moment_are_worth_one() {
    let house = House::build().await;
    // So dear that none is made before the next one was begun.
    let argon2 = Argon2Cost { passes: 8, ..Argon2Cost::FLOOR };
    house.dal.set_policy(Policy { argon2, ..roomy() });
    house.user("alice", "member").await;
    house.dal.set_policy(Policy { argon2, ..delays() });
    let (one, two) = (stranger(1), stranger(2));
    let mut guess = Box::pin(house.try_from(&one, "alice", PASSWORD));
    let mut owner = Box::pin(house.try_sign_in("alice", PASSWORD));
    let before = house.hasher.load().done;
    let mut cx = Context::from_waker(Waker::noop());
    assert!(guess.as_mut().poll(&mut cx).is_pending() && owner.as_mut().poll(&mut cx).is_pending());
    assert!(refused(house.try_from(&two, "alice", "wrong").await));
    owner.await.unwrap();
    assert!(refused(guess.await));
    assert_eq!(house.hasher.load().done, before + 4, "the guess was looked at again, and the owner was not");
}

/// The lock of a screen and the change of a password are doors too.
#[tokio::test(flavor = "multi_thread")]
async fn the_current_password_cannot_be_guessed_at_either() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    house.dal.set_policy(delays());
    let secret = |text: &str| Secret::new(text.to_owned());
    let change = async |session: &Session, current: &str| {
        let account = session.verify().await.unwrap().account();
        account.choose_password(Some(secret(current)), secret("a good long phrase of 9 words")).await
    };
    for current in ["wrong", PASSWORD] {
        let refused = change(&alice, current).await;
        assert!(matches!(refused, Err(DalError::Invalid { field: "current password", .. })), "{refused:?}");
    }
    alice.lock();
    assert!(alice.unlock(secret(PASSWORD)).await.is_err());
    house.clock.turn(Duration::from_secs(1));
    alice.unlock(secret(PASSWORD)).await.unwrap();
    // Which made the next failure a first one again.
    for _ in 0..2 {
        assert!(refused(house.try_sign_in("alice", "wrong").await));
        house.clock.turn(Duration::from_secs(1));
        assert!(house.try_sign_in("alice", PASSWORD).await.is_ok());
    }
    change(&alice, PASSWORD).await.unwrap();
}

/// Whoever keeps failing is refused before a key is exchanged; whoever comes from elsewhere is not.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_keeps_failing_is_refused_before_anything_is_asked() {
    let mut config = quick();
    config.policy.source_penalties.failures = 4;
    let server = TestServer::start(config).await;
    let port = server.port;
    // Names that do not exist, and connections that come for nothing.
    let mut guesser = connect_from("127.0.0.9", port).await.unwrap();
    for _ in 0..2 {
        assert!(!guesser.authenticate_password("nobody", "wrong").await.unwrap().success());
    }
    for _ in 0..2 {
        drop(connect_from("127.0.0.9", port).await.unwrap());
    }
    let asked = std::time::Instant::now();
    while connect_from("127.0.0.9", port).await.is_ok() {
        assert!(asked.elapsed() < PATIENCE, "it is never refused");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The right password does not help, on a connection from before.
    assert!(!matches!(guesser.authenticate_password("admin", PASSWORD).await, Ok(AuthResult::Success)));
    let admin = sign_in_from("127.0.0.2", port).await;
    let read = admin.run_with(&[("TZ", "Asia/Kathmandu")], "locks list").await;
    assert!(read.out.contains(" +0545"), "{}", read.out);
    let listed = admin.run("locks list --json").await;
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(listed[0]["source"], "127.0.0.9", "{listed}");
    assert_eq!(admin.run("locks lift --source 127.0.0.9").await.status, 0);
    assert_eq!(admin.run("locks lift --source 127.0.0.9").await.status, 5);
    assert_eq!(admin.run("locks lift --source here").await.status, 2);
    assert_eq!(admin.run("locks lift admin").await.status, 6);
    assert_eq!(admin.run("locks lift").await.status, 2);
    sign_in_from("127.0.0.9", port).await;
    server.stop().await;
}

async fn sign_in_from(from: &str, port: u16) -> Person {
    let mut connection = connect_from(from, port).await.unwrap();
    assert!(connection.authenticate_password("admin", PASSWORD).await.unwrap().success());
    Person { connection }
}

/// A refusal takes a second, and so does the first delay. Counted from when a hash was ready, the delay ended
/// a moment after the refusal, and a client that answers at once was refused with the right password.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_a_refusal_at_once_is_not_too_early() {
    let mut config = quick();
    config.ssh.rejection_delay = Duration::from_secs(1);
    config.policy = delays();
    let server = TestServer::start(config).await;
    let mut connection = connect_from("127.0.0.9", server.port).await.unwrap();
    for _ in 0..2 {
        assert!(!connection.authenticate_password("admin", "wrong").await.unwrap().success());
    }
    assert!(connection.authenticate_password("admin", PASSWORD).await.unwrap().success());
    server.stop().await;
}

/// Whoever takes all the time that there is for signing in, and does not, has failed.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_takes_too_long_counts() {
    let mut config = quick();
    config.ssh.login_grace = Duration::from_secs(2);
    config.policy.source_penalties.failures = 2;
    let server = TestServer::start(config).await;
    let mut slow = connect_from("127.0.0.9", server.port).await.unwrap();
    assert!(!slow.authenticate_password("nobody", "wrong").await.unwrap().success());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(connect_from("127.0.0.9", server.port).await.is_ok(), "one failure is none too many");
    let asked = std::time::Instant::now();
    while connect_from("127.0.0.9", server.port).await.is_ok() {
        assert!(asked.elapsed() < PATIENCE, "it is never refused");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    server.stop().await;
}

/// A flood of connections of one source is cut to so many a second.
#[tokio::test(flavor = "multi_thread")]
async fn connections_of_one_source_come_at_a_pace() {
    let mut config = quick();
    (config.ssh.connections_per_second, config.ssh.connections_burst) = (1, 5);
    let server = TestServer::start(config).await;
    let mut held = Vec::new();
    for _ in 0..20 {
        held.extend(connect_from("127.0.0.9", server.port).await.ok());
    }
    assert!((5..20).contains(&held.len()), "{}", held.len());
    assert!(connect_from("127.0.0.2", server.port).await.is_ok());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locks_looks_like_this() {
    let house = House::build().await;
    house.user("alice", "member").await;
    house.user("bob", "member").await;
    house.dal.set_policy(Policy {
        source_penalties: SourcePenalties { failures: 4, ..SourcePenalties::default() },
        ..delays()
    });
    let mut desk = Desk::open(&house.admin().await);
    desk.go(Route::Locks).await;
    snap(&mut desk, "locks_none");
    for number in 1..=12 {
        assert!(refused(house.try_from(&stranger(number), "alice", "wrong").await));
        house.clock.turn(lock_on(&house, "alice").await.unwrap().until.unwrap().since(house.dal.now()));
    }
    for _ in 0..4 {
        assert!(refused(house.try_from("2001:db8::7", "alice", "wrong").await));
    }
    assert!(refused(house.try_sign_in("bob", "wrong").await));
    desk.press("r").await;
    let mut desk = Desk::open(&house.admin().await);
    desk.go(Route::Locks).await;
    snap(&mut desk, "locks_full");
    desk.press("\r").await;
    snap(&mut desk, "locks_detail");
    desk.press("x").await;
    snap(&mut desk, "locks_lift");
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("The lock on alice was lifted.") && !picture.contains("› alice"), "{picture}");
    desk.press("/2001\r").await;
    desk.press("x").await;
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("The lock on 2001:db8::/64 was lifted."), "{picture}");
    let mut desk = Desk::open(&house.user("ada", "auditor").await);
    desk.go(Route::Locks).await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("bob") && !picture.contains("x lift"), "{picture}");
}

fn snap(desk: &mut Desk, name: &str) {
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        let picture = desk.picture(columns, rows);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), picture);
    }
}
