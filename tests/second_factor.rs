//! The second factor at the sign-in: no way around it, each code once, and what it is worth afterwards.

use std::sync::Arc;

use passholder::dal::DalError;
use passholder::dal::second_factor::FactorState;
use passholder::domain::session::{Duty, EndReason, Method};

use crate::support::authenticator::{Authenticator, STEP, ended, is_denied, secret, state, wants_another};
use crate::support::house::House;
use crate::support::{PASSWORD, name};

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
