//! The Policy screen: what it looks like, and changing a rule by key and by mouse.

use std::time::Duration;

use passholder::dal::Session;
use passholder::dal::policy::Origin;
use passholder::domain::name::UserName;
use passholder::domain::policy::{AccountDelays, Base, Place, Policy};
use passholder::domain::role::RoleName;
use passholder::tui::screens::Route;

use crate::policy::{rule, set};
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::roomy;

fn snap(desk: &mut Desk, name: &str) {
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        let picture = desk.picture(columns, rows);
        insta::assert_snapshot!(format!("policy_{name}_{columns}x{rows}"), picture);
    }
}

/// A house with rules from everywhere, and an administrator at the screen.
async fn ruled() -> (House, Session, Desk) {
    let house = House::build().await;
    let _ = (house.user("boss", "admin").await, house.user("ada", "auditor").await);
    let _ = house.user("mallory", "member").await;
    let admin = house.admin().await;
    let base = Policy {
        session_cap: 10,
        admin_session_cap: 10,
        account_delays: AccountDelays::default(),
        ..roomy()
    };
    let places = [
        ("session.idle", Place::File("/etc/passholder.toml:31".to_owned())),
        ("accounts.sign_up", Place::Environment("PASSHOLDER_ACCOUNTS_SIGN_UP".to_owned())),
    ];
    house.dal.set_policy(Base::new(base, places));
    set(&admin, "session.lifetime", "10h").await.unwrap();
    house.clock.turn(Duration::from_mins(5));
    let desk = Desk::open(&admin);
    (house, admin, desk)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_looks_like_this() {
    let (_house, _admin, mut desk) = ruled().await;
    desk.settle().await;
    desk.go_without_waiting(Route::Policy);
    snap(&mut desk, "loading");
    desk.settle().await;
    snap(&mut desk, "full");
    desk.press("G").await;
    snap(&mut desk, "last_page");
    desk.press("g\r").await;
    snap(&mut desk, "detail");
    desk.press("e").await;
    snap(&mut desk, "edit");
    desk.press("\x152d").await;
    snap(&mut desk, "edit_wrong");
    desk.press("\x15\r").await;
    assert!(desk.picture(80, 24).contains("must be a duration"), "{}", desk.picture(80, 24));
    desk.press("\x152min\r").await;
    snap(&mut desk, "confirm");
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("2min"), "what was typed is still there");
    for keys in ["\x1b", "\r", "\x1b", "/sign"] {
        desk.press(keys).await;
    }
    snap(&mut desk, "filter");
    desk.press("\x15zzz").await;
    snap(&mut desk, "empty");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_with_the_way_on() {
    let (house, admin, mut desk) = ruled().await;
    desk.settle().await;
    desk.go(Route::Policy).await;
    desk.press("e").await;
    // Somebody takes the role away while the form is open.
    let boss = house.sign_in("boss").await;
    let users = boss.verify().await.unwrap().users();
    let name = UserName::parse("admin").unwrap();
    users.set_roles(&name, vec![RoleName::parse("member").unwrap()]).await.unwrap();
    desk.press("\x153h\r").await;
    snap(&mut desk, "refused");
    assert!(set(&admin, "session.lifetime", "3h").await.is_err());
    desk.press("\x1b").await;
    desk.press("\r\x12").await;
    snap(&mut desk, "failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_changed_asked_about_and_taken_back_by_key() {
    let (house, admin, mut desk) = ruled().await;
    desk.settle().await;
    desk.go(Route::Policy).await;
    // What keeps more out is not asked about.
    desk.press("/common\r").await;
    desk.press("e").await;
    desk.press("\x1b[C").await;
    assert!(desk.picture(80, 24).contains("false"), "{}", desk.picture(80, 24));
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("From true to false") && picture.contains("keeps out less"), "{picture}");
    assert!(house.dal.policy().common_check);
    desk.press("\r").await;
    assert!(!house.dal.policy().common_check);
    let picture = desk.picture(80, 24);
    assert!(picture.contains("password.common_check is false now. ^Z takes it back."), "{picture}");
    desk.press("\x1a").await;
    assert!(house.dal.policy().common_check, "{}", desk.picture(80, 24));
    assert_eq!(rule(&admin, "password.common_check").await.origin, Origin::Shipped);
    // Reset says what it does before it does it.
    desk.press("\x1b").await;
    desk.press("g").await;
    desk.press("u").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("From 10h to 12h") && picture.contains("keeps out less"), "{picture}");
    desk.press("\r").await;
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(12));
    // And where nothing is set there is nothing to take back.
    desk.press("u").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Nobody has set session.lifetime"), "{picture}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_keeps_what_was_typed_and_goes_on_with_what_is_there_now() {
    let (house, _admin, mut desk) = ruled().await;
    desk.settle().await;
    desk.go(Route::Policy).await;
    desk.press("e").await;
    desk.press("\x159h").await;
    let boss = house.sign_in("boss").await;
    set(&boss, "session.lifetime", "6h").await.unwrap();
    desk.press("\r").await;
    // It is longer than it is by now: asked about, and refused.
    desk.press("\r").await;
    snap(&mut desk, "conflict");
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("boss changed session.lifetime to 6h.") && picture.contains("Yours: 9h"),
        "{picture}"
    );
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(6));
    // Enter, which was just pressed, saves nothing over it; and Esc leads back to what was typed.
    desk.press("\r").await;
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(6));
    desk.press("\x1b").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("It is 6h now, set by boss.") && picture.contains("9h"), "{picture}");
    set(&boss, "session.lifetime", "5h").await.unwrap();
    for key in ["\r", "\r", "s", "\r"] {
        desk.press(key).await;
    }
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn by_mouse_a_rule_is_opened_changed_and_left() {
    let (house, _admin, mut desk) = ruled().await;
    desk.settle().await;
    // It is beyond the edge at first; the sign there leads towards it.
    while !desk.picture(80, 24).contains(" 0 Policy ") {
        desk.click_on("›").await;
    }
    desk.click_on(" 0 Policy ").await;
    desk.click_on("lock_grace").await;
    desk.click_on("lock_grace").await;
    assert!(desk.picture(80, 24).contains("How long a locked session waits"), "{}", desk.picture(80, 24));
    desk.click_on("e change").await;
    desk.press("\x152min").await;
    desk.click_on("Enter save").await;
    assert_eq!(house.dal.policy().session_lock_grace, Duration::from_mins(2));
    desk.click_on("Esc back").await;
    assert!(desk.picture(80, 24).contains("admin_lifetime"));
}

/// Who may read and not change sees everything and is offered nothing.
#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_and_a_member_has_no_such_screen() {
    let (house, _admin, _desk) = ruled().await;
    let ada = house.sign_in("ada").await;
    let mut desk = Desk::open(&ada);
    desk.settle().await;
    desk.go(Route::Policy).await;
    snap(&mut desk, "auditor");
    desk.press("e").await;
    assert!(!desk.picture(80, 24).contains("Set session"), "{}", desk.picture(80, 24));
    let member = house.sign_in("mallory").await;
    assert!(!passholder::proxy::screens(&member.claims()).iter().any(|screen| screen.route == Route::Policy));
}
