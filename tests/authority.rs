//! Who may give what, to whom and for how long, and that somebody is always left who can mend everything.

use std::time::Duration;

use passholder::dal::sign_up::SignUpError;
use passholder::dal::users::{Dates, NewUser};
use passholder::dal::{DalError, Recovery};
use passholder::domain::import::Listed;
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::policy::{Policy, SignUp};
use passholder::domain::role::{Permission, RoleName};
use passholder::domain::secret::Secret;
use passholder::domain::text::Line;
use passholder::domain::time::Timestamp;

use crate::account_life::{self, users};
use crate::custom_roles::{HOUR, create, custom, give, grant, name};
use crate::support::house::{House, new_invite};
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, roomy};

/// An administrator who had not replaced the one-time password counted as one to rely on: the only other one
/// could step down, and once the password had run out nobody could sign in any more.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_only_a_one_time_password_is_no_administrator_to_rely_on() {
    let house = House::build().await;
    let one_time = house.invite("bob", "admin").await;
    let admin = house.admin().await;
    let refused = give(&admin, "admin", "member").await.unwrap_err();
    assert!(refused.to_string().starts_with("this is the last administrator"), "{refused}");
    let refused = admin.verify().await.unwrap().users().delete(&name("admin")).await.unwrap_err();
    assert!(refused.to_string().starts_with("this is the last administrator"), "{refused}");
    // Nor is anybody, whose password somebody replaces.
    let refused = admin.verify().await.unwrap().users().reset_password(&name("admin")).await.unwrap_err();
    assert!(refused.to_string().contains("whose password has to last"), "{refused}");
    let bob = house.try_sign_in("bob", one_time.expose()).await.unwrap();
    let account = bob.verify().await.unwrap().account();
    account.choose_password(None, Secret::new(PASSWORD.to_owned())).await.unwrap();
    give(&admin, "admin", "member").await.unwrap();
    let refused = give(&bob, "bob", "member").await.unwrap_err();
    assert!(refused.to_string().starts_with("this is the last administrator"), "{refused}");
}

/// Who was lent a role for an hour could make it one for good, their own or somebody else's.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_lent_is_not_given_away_for_longer() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let _ = house.user("bob", "member").await;
    grant(&admin, "alice", "admin", HOUR).await.unwrap();
    for whom in ["alice", "bob"] {
        let refused = give(&alice, whom, "admin").await;
        assert!(matches!(refused, Err(DalError::Forbidden { .. })), "{whom}: {refused:?}");
    }
    let longer = grant(&alice, "bob", "operator", HOUR * 2).await;
    assert!(matches!(longer, Err(DalError::Forbidden { .. })), "{longer:?}");
    grant(&alice, "bob", "operator", HOUR / 2).await.unwrap();
    let refused = create(&alice, custom("watcher", "read-audit")).await;
    assert!(matches!(refused, Err(DalError::Forbidden { .. })), "{refused:?}");
}

/// A role that had been theirs for an hour kept people from ending their own sessions after it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_keeps_nobody_from_their_own() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let other = house.sign_in("alice").await.claims().handle.clone();
    grant(&house.admin().await, "alice", "admin", HOUR).await.unwrap();
    house.clock.turn(HOUR + Duration::from_mins(1));
    let alice_again = house.sign_in("alice").await;
    let sessions = alice_again.verify().await.unwrap().sessions();
    sessions.revoke(&other).await.unwrap();
    let sessions = alice_again.verify().await.unwrap().sessions();
    assert!(sessions.revoke_user(&name("alice")).await.unwrap() > 0);
    assert!(matches!(alice.verify().await, Err(DalError::SessionEnded(_))));
}

/// A role without `own-password` was a trap: the one-time password could not be replaced, and nothing else done.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_any_role_looks_after_their_own_account() {
    let house = House::build().await;
    create(&house.admin().await, custom("watcher", "read-audit")).await.unwrap();
    let one_time = house.invite("wanda", "watcher").await;
    let wanda = house.try_sign_in("wanda", one_time.expose()).await.unwrap();
    let account = wanda.verify().await.unwrap().account();
    account.choose_password(None, Secret::new(PASSWORD.to_owned())).await.unwrap();
    let profile = house.sign_in("wanda").await.verify().await.unwrap().account().profile().await.unwrap();
    assert!(profile.permissions.contains(&Permission::ReadAudit));
    assert!(profile.permissions.contains(&Permission::OwnSessions));
}

/// With many sessions and roles the deletion did not fit into one transaction, and was refused for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_many_sessions_and_roles_is_deleted_all_the_same() {
    let house = House::build().await;
    let admin = house.admin().await;
    let alice = house.user("alice", "member").await;
    give(&admin, "alice", "auditor, member, operator").await.unwrap();
    let mut open = vec![alice];
    for _ in 0..60 {
        open.push(house.sign_in("alice").await);
    }
    admin.verify().await.unwrap().users().delete(&name("alice")).await.unwrap();
    for session in open {
        assert!(matches!(session.verify().await, Err(DalError::SessionEnded(_))));
    }
    admin.verify().await.unwrap().users().restore(&name("alice")).await.unwrap();
    admin.verify().await.unwrap().users().delete(&name("alice")).await.unwrap();
    admin.verify().await.unwrap().users().purge(&name("alice")).await.unwrap();
}

/// The way back in works for an administrator whose account is to end, and for good.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_recovered_counts_as_an_administrator_at_once() {
    let house = House::build().await;
    let recovered = house.dal.recover(Recovery::Administrator(name("admin"))).await.unwrap();
    let again = house.dal.recover(Recovery::NewAdministrator(UserName::parse("rescue").unwrap())).await;
    assert!(again.unwrap_err().to_string().contains("try --user admin"));
    let admin = house.try_sign_in("admin", recovered.code.expose()).await.unwrap();
    let account = admin.verify().await.unwrap().account();
    account.choose_password(None, Secret::new("umbrella orchard tin 4".to_owned())).await.unwrap();
    let refused = give(&admin, "admin", "member").await.unwrap_err();
    assert!(refused.to_string().starts_with("this is the last administrator"), "{refused}");
}

/// SECURITY.md, item 20: whatever a member types, sends along or is called, they stay one.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_themselves_more() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    // A name that reads like a flag is a name.
    let odd = admin.run("users create alice --role member --display-name=--role=admin --json").await;
    assert_eq!(odd.status, 0, "{}", odd.err);
    let made: serde_json::Value = serde_json::from_str(&odd.out).unwrap();
    let code = made["one_time_password"].as_str().unwrap();
    let alice = Person::sign_in(server.port, "alice", code).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("Choose a password").await;
    screen.choose(PASSWORD).await;
    screen.see("This session").await;
    for line in [
        "users grant alice admin --until 1h",
        "users create eve --role admin",
        "users enable alice",
        "users reset-password admin",
        "roles edit member --add manage-users",
        "roles create boss --permission manage-users",
        "policy set accounts.sign_up open",
        "invites create --role admin",
        "--as admin users list",
        "whoami --as admin",
        "users list --role=admin --as=admin",
        "users grant --role=admin alice",
    ] {
        let ran = alice.run_with(&[("PASSHOLDER_ROLE", "admin"), ("PASSHOLDER_USER", "admin")], line).await;
        assert!([2, 4].contains(&ran.status) && ran.out.is_empty(), "{line}: {} {}", ran.status, ran.out);
    }
    let list = br#"{"name":"eve","roles":["admin"],"must_change_password":false,"id":"x"}"#;
    assert_eq!(alice.run_on("users import --json", list).await.status, 4);
    let own = admin.run("users show alice --json").await;
    let own: serde_json::Value = serde_json::from_str(&own.out).unwrap();
    assert_eq!(
        (&own["display_name"], &own["roles"]),
        (&"--role=admin".into(), &serde_json::json!(["member"]))
    );
    assert_eq!(admin.run("users show eve").await.status, 5);
    server.stop().await;
}

/// Whose own account was to end on Friday made others administrators for good, and accounts that went on.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_for_longer_than_their_own_account_lasts() {
    let house = House::build().await;
    house.dal.set_policy(Policy { sign_up: SignUp::Invite, ..roomy() });
    let (admin, temp) = (house.admin().await, house.user("temp", "admin").await);
    for role in ["member", "operator"] {
        house.user(&format!("the-{role}"), role).await;
    }
    // Made while there was no end to it.
    let early = temp.verify().await.unwrap().invites().create(new_invite("member")).await.unwrap();
    let end = house.dal.now().after(HOUR * 10);
    let dates = |expires| Dates { begins: None, expires };
    users(&admin).await.set_dates(&name("temp"), dates(Some(end))).await.unwrap();
    let outlives = Err(DalError::Outlives { end });

    // Roles, for good and for a time.
    assert_eq!(give(&temp, "the-member", "operator").await, outlives);
    assert_eq!(grant(&temp, "the-member", "operator", HOUR * 11).await, outlives);
    grant(&temp, "the-member", "operator", HOUR * 9).await.unwrap();
    // Nor to themselves, nor by what holds more for longer.
    assert_eq!(users(&temp).await.set_dates(&name("temp"), dates(None)).await.map(drop), outlives);
    assert_eq!(users(&temp).await.reset_password(&name("the-operator")).await.map(drop), outlives);
    assert_eq!(create(&temp, custom("watcher", "read-audit")).await, outlives);
    // Accounts, by hand, from a list, and by an invite: its maker's word is worth nothing either.
    let new = |expires| NewUser { dates: dates(expires), ..account_life::named("made") };
    assert_eq!(users(&temp).await.create(new(None)).await.map(drop), outlives);
    let later = Some(end.after(HOUR));
    assert_eq!(users(&temp).await.create(new(later)).await.map(drop), outlives);
    assert_eq!(users(&temp).await.import(&listed(None)).await.map(drop), outlives);
    users(&temp).await.import(&listed(Some(end))).await.unwrap();
    let invite = temp.verify().await.unwrap().invites().create(new_invite("member")).await;
    assert_eq!(invite.map(drop), outlives);
    assert!(matches!(house.redeem(early.code.expose()).await, Err(SignUpError::InviteVoid)));

    // As long as they are there themselves, and for those who hold no more than everybody, they do what they did.
    users(&temp).await.create(new(Some(end))).await.unwrap();
    assert_eq!(users(&temp).await.set_dates(&name("made"), dates(later)).await.map(drop), outlives);
    give(&temp, "made", "auditor").await.unwrap();
    users(&temp).await.reset_password(&name("the-member")).await.unwrap();
    users(&temp).await.disable(&name("the-member"), Line::parse("away").unwrap()).await.unwrap();
}

/// A member of that name in a list.
fn listed(until: Option<Timestamp>) -> Listed {
    let display_name = DisplayName::from(&name("listed"));
    let roles = vec![RoleName::member()];
    Listed {
        name: name("listed"),
        display_name,
        roles,
        grants: Vec::new(),
        from: None,
        until,
        disabled: None,
    }
}
