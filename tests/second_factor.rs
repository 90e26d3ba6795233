//! The second factor: no way around it, each code once, and a way back for whoever lost it.

use std::sync::Arc;
use std::time::Duration;

use passholder::auth::sealing::SealingKey;
use passholder::config::Config;
use passholder::dal::audit::AuditQuery;
use passholder::dal::locks::{LockQuery, Locked};
use passholder::dal::second_factor::FactorState;
use passholder::dal::users::UserQuery;
use passholder::dal::{DalError, Engine, LoginError, Recovery, Session};
use passholder::domain::name::UserName;
use passholder::domain::policy::{FactorFor, Policy};
use passholder::domain::session::{Duty, EndReason, Method};
use passholder::server::{ServeError, Server};

use crate::support::authenticator::{Authenticator, STEP, secret};
use crate::support::house::House;
use crate::support::server::quick;
use crate::support::{PASSWORD, roomy};

/// How long no code is taken after five wrong ones.
const REFUSED: Duration = Duration::from_mins(15);

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn is_denied(result: &Result<Session, LoginError>) -> bool {
    matches!(result, Err(LoginError::Denied))
}

fn wants_another(result: &Result<Session, LoginError>) -> bool {
    matches!(result, Err(LoginError::CodeWanted(_)))
}

async fn ended(session: &Session) -> Option<EndReason> {
    match session.verify().await {
        Err(DalError::SessionEnded(ended)) => Some(ended.reason),
        _ => None,
    }
}

async fn state(session: &Session) -> FactorState {
    session.verify().await.unwrap().second_factor().state().await.unwrap()
}

fn demanding(second_factor: FactorFor) -> Policy {
    Policy { second_factor, ..roomy() }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_second_factor_a_password_alone_opens_nothing() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    assert_eq!(state(&alice).await, FactorState::Off { is_required: false });
    let phone = Authenticator::set_up(&house, &alice).await;
    let again = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    assert_eq!(again.claims().methods, [Method::Password, Method::Totp]);
    assert_eq!(again.claims().duty, None);
    let FactorState::On { recovery_left: 10, is_required: false, .. } = state(&again).await else {
        panic!("{:?}", state(&again).await)
    };
    // A wrong password is refused like everybody's: nobody learns who has a second factor.
    assert!(is_denied(&house.try_sign_in("alice", "wrong").await));
    assert!(is_denied(&house.try_sign_in("nobody", "wrong").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_confirmed_is_not_in_force_and_a_seed_is_never_the_same() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let begin =
        async |password: &str| alice.verify().await.unwrap().second_factor().begin(secret(password)).await;
    let wrong = begin("wrong").await.unwrap_err();
    assert!(matches!(wrong, DalError::Invalid { field: "password", .. }), "{wrong}");
    let (one, two) = (begin(PASSWORD).await.unwrap(), begin(PASSWORD).await.unwrap());
    assert_ne!(one.secret().expose(), two.secret().expose());
    let one = Arc::new(one);
    for bad in ["000000", "", "nonsense"] {
        let confirm = alice.verify().await.unwrap().second_factor().confirm(one.clone(), secret(bad)).await;
        assert!(matches!(confirm, Err(DalError::Invalid { field: "code", .. })), "{bad}");
    }
    // Somebody else's seed is not taken for one's own.
    let bob = house.user("bob", "member").await;
    let code = passholder::auth::totp::code_at(one.secret().expose(), house.dal.now()).unwrap();
    assert!(bob.verify().await.unwrap().second_factor().confirm(one, secret(&code)).await.is_err());
    house.sign_in("alice").await;
    house.sign_in("bob").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_accepted_once_and_none_before_it_afterwards() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::try_set_up(&house, &alice, PASSWORD).await.unwrap();
    let first = phone.code(&house);
    assert!(wants_another(&house.sign_in_with("alice", &first).await), "the one that confirmed the seed");
    house.clock.turn(STEP);
    let second = phone.code(&house);
    house.clock.turn(STEP);
    let third = phone.code(&house);
    house.sign_in_with("alice", &third).await.unwrap();
    for used in [&third, &second, &first] {
        assert!(wants_another(&house.sign_in_with("alice", used).await), "{used}");
    }
    house.clock.turn(STEP);
    house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
}

/// Two connections with the same code at the same moment: exactly one of them gets in.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_give_the_same_code_at_once_one_gets_in() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    for round in 0..50 {
        let code =
            if round % 10 == 9 { phone.recovery[round / 10].expose().to_owned() } else { phone.code(&house) };
        let (one, two) = (house.half("alice", PASSWORD).await, house.half("alice", PASSWORD).await);
        let both = tokio::join!(
            house.dal.login_with_code(one, secret(&code)),
            house.dal.login_with_code(two, secret(&code)),
        );
        let got_in = [both.0, both.1].iter().filter(|result| result.is_ok()).count();
        assert_eq!(got_in, 1, "round {round}");
        house.clock.turn(STEP);
    }
}

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
    assert!(unseal(&house, 7).await, "nothing is there that it could not open");
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
    let house = reopened(engine).await;
    assert!(!unseal(&house, 8).await, "another key");
    drop(house);
    let house = reopened(engine).await;
    assert!(unseal(&house, 7).await && house.dal.holds_seeds().await.unwrap());
    house.clock.turn(STEP * 3);
    assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
    assert!(wants_another(&house.sign_in_with("alice", phone.recovery[0].expose()).await));
    house.clock.turn(REFUSED);
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    let before = alice.claims().before.clone();
    assert_eq!((before.wrong_codes, before.failed), (5, 7));
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
    close().await;
    admin().await.users().remove_second_factor(&name("alice")).await.unwrap();
    assert_eq!(closed().await, []);
    assert!(house.dal.examine().await.unwrap().problems.is_empty());
}

async fn unseal(house: &House, byte: u8) -> bool {
    let key = SealingKey::from_bytes(&[byte; 32]).unwrap();
    house.dal.unseal_with(key).await.unwrap()
}

/// The store is let go of a moment after the last one who had it.
async fn reopened(engine: impl Fn() -> Engine) -> House {
    for _ in 0..600 {
        if let Ok(house) = House::reopen(engine()) {
            return house;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the store stays closed")
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sets_one_up_where_its_seed_could_not_be_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let house = House::build_on(engine).await;
    let admin = house.admin().await;
    let begun = admin.verify().await.unwrap().second_factor().begin(secret(PASSWORD)).await;
    assert_eq!(begun.unwrap_err(), DalError::Unavailable);
}

/// What was proven must still be so when the code comes: a password that was changed, an account that was
/// closed, a second factor that was replaced.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_sign_in_is_worth_nothing_once_the_account_has_changed() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let admin = house.admin().await;
    let users = async || admin.verify().await.unwrap().users();

    let half = house.half("alice", PASSWORD).await;
    users().await.reset_password(&name("alice")).await.unwrap();
    assert!(is_denied(&house.dal.login_with_code(half, secret(&phone.code(&house))).await));

    let bob = house.user("bob", "member").await;
    let old = Authenticator::set_up(&house, &bob).await;
    let half = house.half("bob", PASSWORD).await;
    users().await.remove_second_factor(&name("bob")).await.unwrap();
    assert!(is_denied(&house.dal.login_with_code(half, secret(&old.code(&house))).await));
    let bob = house.sign_in("bob").await;
    let half = {
        Authenticator::set_up(&house, &bob).await;
        house.half("bob", PASSWORD).await
    };
    users()
        .await
        .disable(&name("bob"), passholder::domain::text::Line::parse("away").unwrap())
        .await
        .unwrap();
    assert!(is_denied(&house.dal.login_with_code(half, secret(&old.code(&house))).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_opens_the_door_once_and_its_owner_is_told() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let code = phone.recovery[3].expose();
    let typed = code.to_uppercase().replace('-', " ");
    let alice = house.sign_in_with("alice", &typed).await.unwrap();
    assert_eq!(alice.claims().methods, [Method::Password, Method::RecoveryCode]);
    let FactorState::On { recovery_left: 9, .. } = state(&alice).await else { panic!() };
    assert!(wants_another(&house.sign_in_with("alice", code).await));
    let next = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    assert!(next.claims().before.recovery_code_used);
    let after = house.sign_in_with("alice", phone.recovery[0].expose()).await.unwrap();
    assert!(!after.claims().before.recovery_code_used);

    // New ones void the old.
    house.clock.turn(STEP);
    let renewed = after
        .verify()
        .await
        .unwrap()
        .second_factor()
        .renew_recovery_codes(secret(PASSWORD), secret(&phone.code(&house)))
        .await
        .unwrap();
    assert_eq!(renewed.len(), 10);
    assert!(wants_another(&house.sign_in_with("alice", phone.recovery[5].expose()).await));
    house.sign_in_with("alice", renewed[5].expose()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn setting_one_up_and_removing_it_end_all_other_sessions() {
    let house = House::build().await;
    let (alice, other) = (house.user("alice", "member").await, house.sign_in("alice").await);
    let phone = Authenticator::set_up(&house, &alice).await;
    assert_eq!((ended(&other).await, ended(&alice).await), (Some(EndReason::SecondFactorChanged), None));
    let other = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    house.clock.turn(STEP);
    let remove = async |password: &str, code: &str| {
        let factor = alice.verify().await.unwrap().second_factor();
        factor.remove(secret(password), secret(code)).await
    };
    let refused = remove("wrong", &phone.code(&house)).await.unwrap_err();
    assert!(matches!(refused, DalError::Invalid { field: "password", .. }), "{refused}");
    let refused = remove(PASSWORD, &phone.wrong(&house)).await.unwrap_err();
    assert!(matches!(refused, DalError::Invalid { field: "code", .. }), "{refused}");
    remove(PASSWORD, &phone.code(&house)).await.unwrap();
    assert_eq!((ended(&other).await, ended(&alice).await), (Some(EndReason::SecondFactorChanged), None));
    let alone = house.sign_in("alice").await;
    assert_eq!(state(&alone).await, FactorState::Off { is_required: false });
    assert!(!house.dal.holds_seeds().await.unwrap(), "the seed is gone with it");
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
async fn a_reset_password_does_not_skip_the_code() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let admin = house.admin().await;
    let one_time = admin.verify().await.unwrap().users().reset_password(&name("alice")).await.unwrap();
    // A wrong code does not use it up.
    let half = house.half("alice", one_time.expose()).await;
    assert!(wants_another(&house.dal.login_with_code(half, secret(&phone.wrong(&house))).await));
    let half = house.half("alice", one_time.expose()).await;
    let alice = house.dal.login_with_code(half, secret(&phone.code(&house))).await.unwrap();
    assert_eq!(alice.claims().duty, Some(Duty::ChooseAPassword));
    assert!(is_denied(&house.try_sign_in("alice", one_time.expose()).await), "it opens the door once");
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

/// The server makes the key at its first start, finds it again, and does not start without it once somebody has
/// a second factor: a new one would silently make every authenticator useless.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_seeds_is_made_once_and_missed_when_it_is_gone() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let mut config = quick();
    config.data = folder.path().join("data");
    config.admin_password_file = Some(file);
    drop(Server::open(&config).await.unwrap());
    let key = config.data.join("seed_key");
    let digits = std::fs::read_to_string(&key).unwrap();
    let engine = || Engine::Sled { folder: config.data.join("store"), cache_bytes: 8 << 20 };
    let house = reopened(engine).await;
    let bytes = data_encoding::HEXLOWER.decode(digits.trim_end().as_bytes()).unwrap();
    let sealing = SealingKey::from_bytes(&bytes.try_into().unwrap()).unwrap();
    assert!(house.dal.unseal_with(sealing).await.unwrap());
    Authenticator::set_up(&house, &house.admin().await).await;
    drop(house);
    let moved = folder.path().join("elsewhere");
    std::fs::rename(&key, &moved).unwrap();
    let missing = restarted(&config).await.err().unwrap().to_string();
    assert!(missing.contains("seed_key is missing although people have one"), "{missing}");
    assert!(!key.exists(), "none was made in its place");
    config.second_factor_key_file = Some(moved);
    restarted(&config).await.unwrap();
}

/// Its store is let go of a moment after the last one who had it.
async fn restarted(config: &Config) -> Result<Server, ServeError> {
    for _ in 0..600 {
        match Server::open(config).await {
            Err(ServeError::Store(_) | ServeError::Folder(_)) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            opened => return opened,
        }
    }
    panic!("the store stays closed")
}

/// A copy of the store gives neither seed nor recovery codes away.
#[tokio::test(flavor = "multi_thread")]
async fn neither_seeds_nor_recovery_codes_are_in_the_store() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    house.sign_in_with("alice", phone.recovery[1].expose()).await.unwrap();
    let code = phone.code(&house);
    house.sign_in_with("alice", &code).await.unwrap();
    let seed = phone.seed();
    let bytes = data_encoding::BASE32_NOPAD.decode(seed.as_bytes()).unwrap();
    let mut marks = vec![
        seed.to_lowercase(),
        seed,
        data_encoding::BASE64_NOPAD.encode(&bytes),
        data_encoding::HEXLOWER.encode(&bytes),
    ];
    for code in &phone.recovery {
        marks.extend([code.expose().to_owned(), code.expose().replace('-', "")]);
    }
    for mark in marks {
        assert_eq!(house.dal.records_with(&mark).await.unwrap(), Vec::<String>::new(), "{mark}");
    }
    let found = house.dal.records_with("second-factor").await.unwrap();
    assert!(!found.is_empty(), "what is looked for is found");
}
