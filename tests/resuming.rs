//! Going on where a connection was lost: what is offered, and what is not.

use std::time::Duration;

use passholder::dal::Session;
use passholder::domain::name::UserName;
use passholder::domain::policy::Policy;
use passholder::domain::role::RoleName;
use passholder::domain::secret::Secret;
use passholder::domain::session::EndReason;

use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::{PASSWORD, roomy};

async fn furnished() -> House {
    let house = House::build().await;
    drop(house.user("erin", "member").await);
    house
}

/// Loses the connection of a desk as it stands.
async fn lose(desk: Desk, session: Session) {
    session.end(EndReason::ConnectionLost).await.unwrap();
    drop((desk, session));
}

/// The picture of a new desk, and whether it offers to go on.
async fn offered(house: &House, name: &str) -> (Desk, bool) {
    let mut desk = Desk::open(&house.sign_in(name).await);
    desk.settle().await;
    let is_offered = desk.picture(80, 24).contains("Go on where");
    (desk, is_offered)
}

/// Places were offered that nobody can go back to: Home with nothing on it, and the screens on which
/// something has to be done first. Only what leads somewhere is offered.
#[tokio::test(flavor = "multi_thread")]
async fn only_a_place_that_one_can_go_back_to_is_offered() {
    let house = furnished().await;
    let one_time = house.invite("frank", "member").await;
    let frank = house.try_sign_in("frank", one_time.expose()).await.unwrap();
    let mut desk = Desk::open(&frank);
    desk.press("x").await;
    lose(desk, frank).await;
    // A one-time password opens the door once.
    let users = house.admin().await.verify().await.unwrap().users();
    let one_time = users.reset_password(&UserName::parse("frank").unwrap()).await.unwrap();
    let frank = house.try_sign_in("frank", one_time.expose()).await.unwrap();
    let account = frank.verify().await.unwrap().account();
    account.choose_password(None, Secret::new(PASSWORD.to_owned())).await.unwrap();
    drop(frank);
    assert!(!offered(&house, "frank").await.1, "the screen that asks for a password");
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.press("2").await;
    desk.press("1").await;
    lose(desk, erin).await;
    assert!(!offered(&house, "erin").await.1, "Home, with nothing to go back to");
    house.dal.set_policy(Policy { session_cap: 1, ..roomy() });
    let (_inside, erin) = (house.sign_in("erin").await, house.sign_in("erin").await);
    let mut desk = Desk::open(&erin);
    desk.press("jk").await;
    assert!(desk.picture(80, 24).contains("End one to go on"), "{}", desk.picture(80, 24));
    lose(desk, erin).await;
    house.dal.set_policy(roomy());
    assert!(!offered(&house, "erin").await.1, "the screen that asks for a choice");
}

/// A screen that a role no longer shows was offered, led nowhere, and was recorded as gone on with.
#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_one_may_not_see_any_more_is_not_gone_on_with() {
    let house = furnished().await;
    let set = async |role: &str| {
        let users = house.admin().await.verify().await.unwrap().users();
        let roles = vec![RoleName::parse(role).unwrap()];
        users.set_roles(&UserName::parse("erin").unwrap(), roles).await.unwrap();
    };
    set("auditor").await;
    let erin = house.sign_in("erin").await;
    let handle = erin.claims().handle.clone();
    let mut desk = Desk::open(&erin);
    desk.press("2").await;
    lose(desk, erin).await;
    let (mut desk, is_offered) = offered(&house, "erin").await;
    assert!(is_offered);
    set("member").await;
    desk.app.heard_the_bell();
    desk.settle().await;
    desk.press("\r").await;
    assert!(desk.picture(80, 24).contains("You may not see Users any more"), "{}", desk.picture(80, 24));
    assert!(!offered(&house, "erin").await.1);
    let row = house.admin().await.verify().await.unwrap().sessions().get(&handle).await.unwrap();
    assert_eq!(row.ended.unwrap().reason, EndReason::ConnectionLost);
}

/// Esc turned the offer down until the next sign-in, which made the same one again.
#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_was_turned_down_is_not_made_again() {
    let house = furnished().await;
    for _ in 0..2 {
        let erin = house.sign_in("erin").await;
        let mut desk = Desk::open(&erin);
        desk.press("\x1b").await;
        desk.press("2").await;
        lose(desk, erin).await;
        house.clock.turn(Duration::from_secs(1));
    }
    let (mut desk, is_offered) = offered(&house, "erin").await;
    assert!(is_offered);
    desk.press("\x1b").await;
    assert!(!offered(&house, "erin").await.1);
}
