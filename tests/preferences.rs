//! What people choose for themselves: kept, and followed by their open screens.

use passholder::dal::Session;
use passholder::domain::preferences::{Preferences, ThemeChoice};
use passholder::domain::zone::Zone;

use crate::support::PATIENCE;
use crate::support::house::House;

fn chosen() -> Preferences {
    Preferences {
        theme: ThemeChoice::HighContrast,
        zone: Zone::parse("Asia/Tokyo").ok(),
        mouse: false,
        first_steps_dismissed: true,
    }
}

async fn choose(session: &Session, preferences: Preferences) {
    session.verify().await.unwrap().account().set_preferences(preferences).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_are_kept_and_open_screens_follow() {
    let house = House::build().await;
    let (here, there) = (house.user("alice", "member").await, house.sign_in("alice").await);
    let stranger = house.user("bob", "member").await;
    assert_eq!(here.claims().preferences, Preferences::default());
    let mut bell = there.bell();
    bell.mark_unchanged();
    choose(&here, chosen()).await;
    tokio::time::timeout(PATIENCE, bell.changed()).await.expect("the bell rings").unwrap();
    let read = there.verify().await.unwrap().account().preferences().await.unwrap();
    assert_eq!((read, &there.claims().preferences), (chosen(), &chosen()));
    assert_eq!(house.sign_in("alice").await.claims().preferences, chosen());
    stranger.verify().await.unwrap().overview().counts().await.unwrap();
    assert_eq!(stranger.claims().preferences, Preferences::default());
}
