//! Passwords that somebody handed out, and those that have to be replaced.

use std::time::Duration;

use passholder::dal::users::UserState;
use passholder::dal::{DalError, Session};
use passholder::domain::session::{Duty, EndReason};

use tokio::time::timeout;

use crate::account_life::{DENIED, HOUR, ended, name, named, patient, secret, told, users};
use crate::support::PASSWORD;
use crate::support::PATIENCE;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};

/// Reset, used twice, used after its time, kept as the password: all refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_password_opens_the_door_once_and_cannot_be_kept() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let reset = async || users(&admin).await.reset_password(&name("alice")).await.unwrap();
    let code = reset().await;
    assert_eq!(ended(&alice).await.reason, EndReason::PasswordReset);
    assert_eq!(told(&house, "alice", PASSWORD).await.as_deref(), Some(DENIED));
    let first = house.try_sign_in("alice", code.expose()).await.unwrap();
    assert_eq!(told(&house, "alice", code.expose()).await.as_deref(), Some(DENIED));
    let profile = first.verify().await.unwrap().account().profile().await;
    assert_eq!(profile.unwrap_err(), DalError::MoreProof);
    // The session that used it may still choose, but not the same.
    let choose = async |session: &Session, new: &str| {
        session.verify().await.unwrap().account().choose_password(None, secret(new)).await
    };
    let kept = choose(&first, code.expose()).await;
    assert!(matches!(kept, Err(DalError::Invalid { field: "new password", .. })), "{kept:?}");
    let other = "walnut saddle orbit fennel 3";
    choose(&first, other).await.unwrap();
    assert_eq!(told(&house, "alice", other).await, None);
    // Used, and the connection lost with the dashboard open: only a new one helps.
    let lost = reset().await;
    let session = house.try_sign_in("alice", lost.expose()).await.unwrap();
    drop(session.opened(None));
    session.end(EndReason::ConnectionLost).await.unwrap();
    assert_eq!(told(&house, "alice", lost.expose()).await.as_deref(), Some(DENIED));
    // Too late, by the hour that the policy says.
    let late = reset().await;
    house.clock.turn(HOUR);
    assert_eq!(told(&house, "alice", late.expose()).await.as_deref(), Some(DENIED));
    // An account that is new has a day.
    let new = users(&admin).await.create(named("dave")).await.unwrap();
    house.clock.turn(23 * HOUR);
    house.try_sign_in("dave", new.expose()).await.unwrap();
    assert_eq!(told(&house, "dave", new.expose()).await.as_deref(), Some(DENIED));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_a_one_time_password_at_once_one_comes_in() {
    let house = patient().await;
    let (admin, _) = (house.admin().await, house.user("alice", "member").await);
    for _ in 0..20 {
        let code = users(&admin).await.reset_password(&name("alice")).await.unwrap();
        let (one, two) = tokio::join!(
            house.try_sign_in("alice", code.expose()),
            house.try_sign_in("alice", code.expose())
        );
        assert!(one.is_ok() != two.is_ok(), "exactly one: {:?} {:?}", one.err(), two.err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_for_a_new_password_chooses_another_before_anything_else() {
    let house = patient().await;
    let (admin, before) = (house.admin().await, house.user("alice", "member").await);
    house.clock.turn(HOUR);
    users(&admin).await.require_new_password(&name("alice")).await.unwrap();
    let twice = users(&admin).await.require_new_password(&name("alice")).await;
    assert!(matches!(twice, Err(DalError::Conflict { .. })), "{twice:?}");
    let row = users(&admin).await.get(&name("alice")).await.unwrap();
    assert!(row.must_renew_password && row.row.state == UserState::Pending);
    // A session that is open goes on, and proves the password to change it.
    before.verify().await.unwrap().account().profile().await.unwrap();
    let unproven =
        before.verify().await.unwrap().account().choose_password(None, secret("x".repeat(20).as_str()));
    assert!(unproven.await.is_err());
    let alice = house.sign_in("alice").await;
    assert_eq!(alice.claims().duty, Some(Duty::ChooseAPassword));
    assert_eq!(alice.verify().await.unwrap().account().profile().await.unwrap_err(), DalError::MoreProof);
    let choose =
        async |new: &str| alice.verify().await.unwrap().account().choose_password(None, secret(new)).await;
    assert!(matches!(choose(PASSWORD).await, Err(DalError::Invalid { field: "new password", .. })));
    choose("walnut saddle orbit fennel 3").await.unwrap();
    alice.verify().await.unwrap().account().profile().await.unwrap();
    assert_eq!(ended(&before).await.reason, EndReason::PasswordChanged);
    assert_eq!(house.try_sign_in("alice", "walnut saddle orbit fennel 3").await.unwrap().claims().duty, None);
}

/// An open session must not be a way around the old password: it was opened before the new one was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_session_does_not_replace_a_password_that_it_was_not_asked_for() {
    let house = patient().await;
    let (admin, open) = (house.admin().await, house.user("alice", "member").await);
    house.clock.turn(HOUR);
    users(&admin).await.require_new_password(&name("alice")).await.unwrap();
    let account = open.verify().await.unwrap().account();
    let stolen = account.choose_password(None, secret("walnut saddle orbit fennel 3")).await;
    assert!(matches!(stolen, Err(DalError::Invalid { field: "current password", .. })), "{stolen:?}");
}

/// A command used the password up, was refused, and told its user to sign in to a dashboard that did not open
/// any more. What opened the door for nothing opens it again.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_does_not_use_a_one_time_password_up() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let made = admin.run("users create nadia --role member --json").await;
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    let code = made["one_time_password"].as_str().unwrap().to_owned();
    let nadia = Person::sign_in(server.port, "nadia", &code).await.unwrap();
    assert_eq!(nadia.run("whoami").await.status, 8);
    assert!(Person::sign_in(server.port, "nadia", &code).await.is_none(), "somebody is in with it");
    drop(nadia);
    let again = timeout(PATIENCE, async {
        loop {
            if let Some(person) = Person::sign_in(server.port, "nadia", &code).await {
                break person;
            }
        }
    });
    let nadia = again.await.expect("it opens the door again");
    let mut screen = nadia.dashboard(80, 24).await;
    screen.see("Choose a password").await;
    drop((screen, nadia));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(Person::sign_in(server.port, "nadia", &code).await.is_none(), "the screen was there");
    server.stop().await;
}
