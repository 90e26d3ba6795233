//! Who has to have a second factor, and who removes it for somebody that lost it.

use passholder::dal::second_factor::FactorState;
use passholder::dal::users::UserQuery;
use passholder::dal::{DalError, Recovery, Session};
use passholder::domain::policy::{FactorFor, Policy};
use passholder::domain::role::RoleName;
use passholder::domain::session::{Duty, EndReason};

use crate::support::authenticator::{Authenticator, STEP, ended, secret, state};
use crate::support::house::House;
use crate::support::{PASSWORD, name, roomy};

fn demanding(second_factor: FactorFor) -> Policy {
    Policy { second_factor, ..roomy() }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_must_have_one_and_has_none_can_do_nothing_else() {
    let house = House::build().await;
    house.user("alice", "member").await;
    let before = house.admin().await;
    house.dal.set_policy(demanding(FactorFor::Administrators));
    assert_eq!(house.sign_in("alice").await.claims().duty, None, "she holds nothing over others");
    assert!(
        before.verify().await.unwrap().users().list(UserQuery::default()).await.is_ok(),
        "from the next sign-in on"
    );
    let admin = house.admin().await;
    assert_eq!(admin.claims().duty, Some(Duty::SetUpASecondFactor));
    let list = admin.verify().await.unwrap().users().list(UserQuery::default()).await;
    assert_eq!(list.unwrap_err(), DalError::FactorWanted);
    assert_eq!(state(&admin).await, FactorState::Off { is_required: true });
    // The password was given a moment ago: it is not asked for again.
    let phone = Authenticator::try_set_up(&house, &admin, "").await.unwrap();
    house.clock.turn(STEP);
    assert!(admin.verify().await.unwrap().users().list(UserQuery::default()).await.is_ok());
    assert_eq!(admin.claims().duty, None);
    let factor = admin.verify().await.unwrap().second_factor();
    let refused = factor.remove(secret(PASSWORD), secret(&phone.code(&house))).await.unwrap_err();
    assert!(refused.to_string().contains("demand a second factor"), "{refused}");

    house.dal.set_policy(demanding(FactorFor::Everyone));
    let alice = house.sign_in("alice").await;
    assert_eq!(alice.claims().duty, Some(Duty::SetUpASecondFactor));
    house.dal.set_policy(roomy());
    let _ = alice.verify().await.unwrap();
    assert_eq!(alice.claims().duty, None, "nothing demands it any more");
}

/// A short password opens no door alone: neither of the two rules can be set so that it does, and what was
/// configured so counts for as long as it has to be.
#[tokio::test(flavor = "multi_thread")]
async fn short_passwords_go_with_a_second_factor_that_everybody_must_have() {
    let house = House::build().await;
    let admin = house.admin().await;
    let set = async |key: &str, value: &str| {
        let set = admin.verify().await.unwrap().policy().set(key, value, None).await;
        set.map(|changed| changed.row.value).map_err(|why| why.to_string())
    };
    let alice = house.user("alice", "member").await;
    let choose = async |new: &str| {
        alice.verify().await.unwrap().account().choose_password(Some(secret(PASSWORD)), secret(new)).await
    };
    let short = "zkq7wvxp2";
    assert!(choose(short).await.is_err());
    assert_eq!(
        set("password.min_chars", "8").await.unwrap_err(),
        "password.min_chars must be at least 15 while second_factor.required is nobody; set that to everyone first"
    );
    set("second_factor.required", "everyone").await.unwrap();
    assert_eq!(set("password.min_chars", "8").await.unwrap(), "8");
    for (value, is_fine) in [("nobody", false), ("administrators", false), ("everyone", true)] {
        assert_eq!(set("second_factor.required", value).await.is_ok(), is_fine, "{value}");
    }
    let reset = admin.verify().await.unwrap().policy().reset("second_factor.required", None).await;
    assert_eq!(
        reset.unwrap_err().to_string(),
        "second_factor.required must be everyone while password.min_chars is 8; set that to 15 or more first"
    );
    choose(short).await.unwrap();

    // Configured apart from what was set: the longer one holds.
    let admin = House::build().await;
    admin.dal.set_policy(Policy { password_min_chars: 8, ..roomy() });
    assert_eq!(admin.dal.policy().password_min_chars, 15);
}

/// Whoever has to replace the password does that first: a stolen one-time password must not become somebody's
/// authenticator.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_chosen_before_a_second_factor_is_set_up() {
    let house = House::build().await;
    house.dal.set_policy(demanding(FactorFor::Everyone));
    let admin = house.admin().await;
    let phone = Authenticator::try_set_up(&house, &admin, "").await.unwrap();
    house.clock.turn(STEP);
    let one_time = {
        let new = passholder::dal::users::NewUser {
            name: name("alice"),
            display_name: passholder::domain::name::DisplayName::from(&name("alice")),
            roles: vec![passholder::domain::role::RoleName::member()],
            dates: passholder::dal::users::Dates::default(),
        };
        admin.verify().await.unwrap().users().create(new).await.unwrap()
    };
    let alice = house.try_sign_in("alice", one_time.expose()).await.unwrap();
    assert_eq!(alice.claims().duty, Some(Duty::ChooseAPassword));
    let begun = alice.verify().await.unwrap().second_factor().begin(secret("")).await;
    assert_eq!(begun.unwrap_err(), DalError::MoreProof);
    alice.verify().await.unwrap().account().choose_password(None, secret(PASSWORD)).await.unwrap();
    let _ = alice.verify().await.unwrap();
    assert_eq!(alice.claims().duty, Some(Duty::SetUpASecondFactor));
    Authenticator::try_set_up(&house, &alice, "").await.unwrap();
    drop(phone);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_charge_helps_whoever_lost_it_but_not_those_who_hold_more() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    Authenticator::set_up(&house, &alice).await;
    let olga = house.user("olga", "operator").await;
    let admin = house.admin().await;
    let phone = Authenticator::set_up(&house, &admin).await;
    let remove = async |by: &Session, whom: &str| {
        by.verify().await.unwrap().users().remove_second_factor(&name(whom)).await
    };
    assert!(matches!(remove(&olga, "admin").await, Err(DalError::HoldsMore { .. })));
    assert!(
        matches!(remove(&admin, "admin").await, Err(DalError::Conflict { .. })),
        "one's own needs its code"
    );
    assert!(matches!(remove(&alice, "admin").await, Err(DalError::Forbidden { .. })));
    let detail = olga.verify().await.unwrap().users().get(&name("alice")).await.unwrap();
    assert!(detail.row.second_factor && detail.second_factor_since.is_some());
    remove(&olga, "alice").await.unwrap();
    assert_eq!(ended(&alice).await, Some(EndReason::SecondFactorChanged));
    house.sign_in("alice").await;
    assert!(matches!(remove(&olga, "alice").await, Err(DalError::Conflict { .. })));
    house.sign_in_with("admin", &phone.code(&house)).await.unwrap();
}

/// Whoever had no session open when it was removed read nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_of_a_removed_second_factor_is_told_who_did_it() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    Authenticator::set_up(&house, &alice).await;
    let olga = house.user("olga", "operator").await;
    olga.verify().await.unwrap().users().remove_second_factor(&name("alice")).await.unwrap();
    let news = |session: &Session| session.claims().before.news_of_the_factor().join(" ");
    let told = news(&house.sign_in("alice").await);
    assert!(told.contains("removed by olga on 2026-11-23 11:12 UTC"), "{told}");
    assert_eq!(news(&house.sign_in("alice").await), "", "said once");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_found_by_whether_they_have_one() {
    let house = House::build().await;
    for who in ["alice", "bob", "carol"] {
        house.user(who, "member").await;
    }
    let bob = house.sign_in("bob").await;
    Authenticator::set_up(&house, &bob).await;
    let admin = house.admin().await;
    let found = async |second_factor| {
        let query = UserQuery { second_factor: Some(second_factor), limit: 50, ..UserQuery::default() };
        let found = admin.verify().await.unwrap().users().search(query).await.unwrap();
        let names: Vec<_> = found.page.items.iter().map(|row| row.name.to_string()).collect();
        (names, found.looked_at)
    };
    assert_eq!(found(true).await, (vec!["bob".to_owned()], 1), "they have a list of their own");
    assert_eq!(found(false).await.0, ["admin", "alice", "carol"]);
    assert_eq!(house.dal.examine().await.unwrap().problems, []);
    admin.verify().await.unwrap().users().remove_second_factor(&name("bob")).await.unwrap();
    assert!(found(true).await.0.is_empty());
    assert_eq!(house.dal.examine().await.unwrap().problems, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_the_machine_removes_it() {
    let house = House::build().await;
    let admin = house.admin().await;
    Authenticator::set_up(&house, &admin).await;
    let recovered = house.dal.recover(Recovery::Administrator(name("admin"))).await.unwrap();
    assert!(recovered.had_a_factor);
    let admin = house.try_sign_in("admin", recovered.code.expose()).await.unwrap();
    assert_eq!(admin.claims().duty, Some(Duty::ChooseAPassword));
    assert_eq!(house.dal.examine().await.unwrap().problems, []);
    let again = house.dal.recover(Recovery::Administrator(name("admin"))).await.unwrap();
    assert!(!again.had_a_factor);
}

/// Somebody who was made an administrator while signed in acted as one without a second factor.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_becomes_an_administrator_meets_the_rule_at_once() {
    let house = House::build().await;
    house.user("bob", "member").await;
    house.user("carol", "member").await;
    let admin = house.admin().await;
    house.dal.set_policy(demanding(FactorFor::Administrators));
    let bob = house.sign_in("bob").await;
    assert_eq!(bob.claims().duty, None);
    let roles = vec![RoleName::member(), RoleName::admin()];
    admin.verify().await.unwrap().users().set_roles(&name("bob"), roles).await.unwrap();
    let verified = bob.verify().await.unwrap();
    let refused = verified.users().reset_password(&name("carol")).await;
    assert!(matches!(refused, Err(DalError::FactorWanted)), "{refused:?}");
    assert_eq!(bob.claims().duty, Some(Duty::SetUpASecondFactor));
    Authenticator::set_up(&house, &bob).await;
    bob.verify().await.unwrap().users().reset_password(&name("carol")).await.unwrap();
}

/// A password that was chosen beside a second factor opened the door alone once nobody needed one.
#[tokio::test(flavor = "multi_thread")]
async fn a_short_password_that_stands_alone_is_replaced() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let short = Policy { second_factor: FactorFor::Everyone, password_min_chars: 8, ..roomy() };
    house.dal.set_policy(short);
    let account = alice.verify().await.unwrap().account();
    account.choose_password(Some(secret(PASSWORD)), secret("zkq7wvxp2")).await.unwrap();
    house.dal.set_policy(roomy());
    let alice = house.try_sign_in("alice", "zkq7wvxp2").await.unwrap();
    assert_eq!(alice.claims().duty, Some(Duty::ChooseAPassword));
    let account = alice.verify().await.unwrap().account();
    account.choose_password(None, secret("lantern heron marble quilt")).await.unwrap();
    let _ = alice.verify().await.unwrap();
    assert_eq!(alice.claims().duty, None);
    assert_eq!(house.try_sign_in("alice", "lantern heron marble quilt").await.unwrap().claims().duty, None);
}

/// Removing the second factor asked for more than deleting the account did.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_one_deletes_their_account_with_its_code() {
    let house = House::build().await;
    house.dal.set_policy(Policy { delete_own_account: true, ..roomy() });
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    house.clock.turn(STEP);
    let delete = async |code: Option<String>| {
        let account = alice.verify().await.unwrap().account();
        account.delete_own(secret(PASSWORD), code.map(|code| secret(&code))).await
    };
    for code in [None, Some(String::new()), Some(phone.wrong(&house))] {
        let refused = delete(code).await;
        assert!(matches!(refused, Err(DalError::Invalid { field: "code", .. })), "{refused:?}");
    }
    delete(Some(phone.code(&house))).await.unwrap();
    assert!(matches!(alice.verify().await, Err(DalError::SessionEnded(_))));
}
