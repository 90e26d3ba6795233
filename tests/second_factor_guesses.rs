//! Guessed codes: five wrong ones close it, over however many connections, and who learns of it.

use std::time::Duration;

use passholder::dal::Engine;
use passholder::dal::audit::AuditQuery;
use passholder::dal::locks::{LockQuery, Locked};

use crate::support::authenticator::{Authenticator, REFUSED, STEP, secret, wants_another};
use crate::support::house::House;
use crate::support::{PASSWORD, name};

/// Guesses that come together were judged by the state of before them all.
#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_close_it_also_when_they_come_together() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let mut halves = Vec::new();
    for _ in 0..20 {
        halves.push(house.half("alice", PASSWORD).await);
    }
    let last = house.half("alice", PASSWORD).await;
    let wrong = phone.wrong(&house);
    let guesses: Vec<_> = halves
        .into_iter()
        .map(|half| {
            let (dal, wrong) = (house.dal.clone(), secret(&wrong));
            tokio::spawn(async move { dal.login_with_code(half, wrong).await.is_err() })
        })
        .collect();
    for guess in guesses {
        assert!(guess.await.unwrap());
    }
    assert!(wants_another(&house.dal.login_with_code(last, secret(&phone.code(&house))).await));
    house.clock.turn(REFUSED);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    assert_eq!(alice.claims().before.wrong_codes, 5, "the others were not looked at");
}

/// Five in a row over new sign-ins, and the server is started again: it is still closed, and the owner is told.
#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_close_it_for_a_quarter_of_an_hour_and_a_restart_does_not_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let house = House::build_on(engine()).await;
    assert!(house.unseal(7).await, "nothing is there that it could not open");
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for _ in 0..4 {
        assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
    }
    // A right one begins anew.
    house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    house.clock.turn(STEP);
    for _ in 0..5 {
        assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
    }
    drop((alice, house));
    let house = House::reopened(engine).await;
    assert!(!house.unseal(8).await, "another key");
    drop(house);
    let house = House::reopened(engine).await;
    assert!(house.unseal(7).await && house.dal.holds_seeds().await.unwrap());
    house.clock.turn(STEP * 3);
    assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
    house.clock.turn(REFUSED);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    let before = alice.claims().before.clone();
    assert_eq!((before.wrong_codes, before.failed), (5, 6));
    assert!(before.codes_refused_until.is_some());
    let news = before.news_of_the_factor().join(" ");
    assert!(news.contains("5 wrong codes") && news.contains("no code was taken until"), "{news}");
}

/// Codes that are not taken stand among the locks, until time or somebody lifts it, or the factor is gone.
#[tokio::test(flavor = "multi_thread")]
async fn codes_that_are_not_taken_are_seen_and_lifted_like_other_locks() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let admin = async || house.admin().await.verify().await.unwrap();
    let locks = async || admin().await.locks();
    let closed =
        async || locks().await.list(LockQuery { limit: 9, ..LockQuery::default() }).await.unwrap().items;
    let close = async || {
        for _ in 0..5 {
            assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
        }
        let codes = Locked::Codes(name("alice"));
        let row = locks().await.get(&codes).await.unwrap();
        assert_eq!((row.failures, row.until), (5, Some(row.last.after(REFUSED))));
        assert_eq!(closed().await, [row]);
    };
    close().await;
    locks().await.lift_user(&name("alice")).await.unwrap();
    assert_eq!(closed().await, []);
    house.clock.turn(STEP);
    house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    close().await;
    house.clock.turn(REFUSED);
    assert_eq!(closed().await, []);
    assert!(locks().await.get(&Locked::Codes(name("alice"))).await.is_err());
    house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    close().await;
    admin().await.users().remove_second_factor(&name("alice")).await.unwrap();
    assert_eq!(closed().await, []);
    assert!(house.dal.examine().await.unwrap().problems.is_empty());
}

/// Codes that are guessed at where somebody is signed in count like those at the door.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_codes_of_somebody_who_is_signed_in_count_too() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for guess in 0..6 {
        let factor = alice.verify().await.unwrap().second_factor();
        let refused = factor.remove(secret(PASSWORD), secret(&phone.wrong(&house))).await.unwrap_err();
        assert_eq!(refused.to_string().contains("none is taken until"), guess >= 4, "{refused}");
    }
    assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_tells_of_all_of_it() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for _ in 0..5 {
        assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
    }
    assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
    house.clock.turn(REFUSED);
    let alice = house.sign_in_with("alice", phone.recovery[0].expose()).await.unwrap();
    let factor = alice.verify().await.unwrap().second_factor();
    factor.renew_recovery_codes(secret(PASSWORD), secret(&phone.code(&house))).await.unwrap();
    let admin = house.admin().await;
    admin.verify().await.unwrap().users().remove_second_factor(&name("alice")).await.unwrap();
    let query = AuditQuery { user: Some("alice".to_owned()), limit: 50, ..AuditQuery::default() };
    let found = admin.verify().await.unwrap().audit().list(query).await.unwrap().items;
    let told: Vec<_> = found.iter().map(|row| format!("{} {}", row.who(), row.told)).collect();
    for expected in [
        "alice set up a second factor",
        "a stranger was not let in as alice: the password was right, the code was not",
        "a stranger was not let in as alice: the password was right, the code was not; with this one there were too \
         many, and none is taken until 2026-11-23T11:27:44Z",
        "a stranger was not let in as alice: no code is taken after too many wrong ones, this one was not looked at",
        "alice signed in by password, then recovery code",
        "alice made new recovery codes",
        "admin removed the second factor of alice",
    ] {
        assert!(told.iter().any(|line| line == expected), "{expected} is not in {told:#?}");
    }
    for code in phone.recovery.iter().map(|code| code.expose().to_owned()).chain([phone.seed()]) {
        assert!(told.iter().all(|line| !line.contains(&code)));
    }
}

/// A leaked list of passwords was tried out, and no owner heard that theirs was on it.
#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_behind_which_no_code_comes_is_told_to_its_owner() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for _ in 0..3 {
        drop(house.half("alice", PASSWORD).await);
    }
    house.clock.turn(STEP);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    let news = alice.claims().before.news_of_the_factor().join(" ");
    assert!(news.contains("given 3 times without a code"), "{news}");
    let query = AuditQuery { kinds: vec!["code-asked"], limit: 50, ..AuditQuery::default() };
    let page = house.admin().await.verify().await.unwrap().audit().list(query).await.unwrap();
    assert_eq!(page.items.len(), 4, "the sign-in's own is one of them");
    house.clock.turn(STEP);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    assert!(alice.claims().before.news_of_the_factor().is_empty(), "nothing of one's own is news");
    // Behind a wrong code something came: that is told as what it is.
    assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
    house.clock.turn(STEP);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    assert_eq!((alice.claims().before.wrong_codes, alice.claims().before.codes_asked), (1, 0));
}

/// Changing the password over and over began the count anew, for whoever had a session and the password.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_does_not_forgive_wrong_codes() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for _ in 0..4 {
        assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
    }
    let account = alice.verify().await.unwrap().account();
    let new = "lantern heron marble quilt";
    account.choose_password(Some(secret(PASSWORD)), secret(new)).await.unwrap();
    let half = house.half("alice", new).await;
    assert!(house.dal.login_with_code(half, secret(&phone.wrong(&house))).await.is_err());
    let half = house.half("alice", new).await;
    assert!(
        wants_another(&house.dal.login_with_code(half, secret(&phone.code(&house))).await),
        "that was the fifth"
    );
}

/// Whoever had the password closed its owner's codes whenever they liked, recovery codes too, for ever.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_knows_the_password_does_not_keep_its_owner_out() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let close = async || {
        for _ in 0..5 {
            assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
        }
        house.clock.turn(STEP);
        assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
    };
    close().await;
    house.sign_in_with("alice", phone.recovery[0].expose()).await.unwrap();
    house.clock.turn(STEP);
    house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    close().await;
    let admin = house.admin().await.verify().await.unwrap();
    let reset = admin.users().reset_password(&name("alice")).await.unwrap();
    house.clock.turn(STEP);
    let half = house.half("alice", reset.expose()).await;
    house.dal.login_with_code(half, secret(&phone.code(&house))).await.unwrap();
}

/// With five in each quarter of an hour somebody had all the time in the world.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_come_to_an_end() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for _ in 0..20 {
        for _ in 0..5 {
            assert!(wants_another(&house.sign_in_with("alice", &phone.wrong(&house)).await));
        }
        house.clock.turn(Duration::from_hours(25));
    }
    assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
    let locks = house.admin().await.verify().await.unwrap().locks();
    assert_eq!(locks.get(&Locked::Codes(name("alice"))).await.unwrap().failures, 100);
    house.admin().await.verify().await.unwrap().locks().lift_user(&name("alice")).await.unwrap();
    house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
}

/// A script that came six times within one code, and one that typed nothing, closed the owner's codes.
#[tokio::test(flavor = "multi_thread")]
async fn what_gains_nothing_is_no_guess() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let code = phone.code(&house);
    for typed in [&code, &code, &code, "", "abc", "12345", &code] {
        let _ = house.sign_in_with("alice", typed).await;
    }
    house.clock.turn(STEP);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    assert_eq!(alice.claims().before.wrong_codes, 0);
}
