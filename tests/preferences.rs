//! What people choose for themselves: kept, and followed by their open screens.

use passholder::dal::Session;
use passholder::domain::preferences::{Preferences, ThemeChoice};
use passholder::domain::zone::Zone;

use passholder::tui::input::Input;
use passholder::tui::screens::Route;
use passholder::tui::terminal::Rgb;

use crate::support::PATIENCE;
use crate::support::desk::Desk;
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

/// On a dark terminal F10 went through the light theme, in which nothing could be read there.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_theme_is_one_that_can_be_read() {
    let house = House::build().await;
    for (grey, passed_over) in [(0x10, ThemeChoice::Light), (0xff, ThemeChoice::Dark)] {
        let session = house.user(&format!("user{grey}"), "member").await;
        let mut desk = Desk::open(&session);
        desk.settle().await;
        desk.app.take(&Input::Background(Rgb { red: grey, green: grey, blue: grey }));
        let mut seen = Vec::new();
        for _ in 0..ThemeChoice::ALL.len() - 1 {
            desk.press("\x1b[21~").await;
            seen.push(session.claims().preferences.theme);
        }
        let all = ThemeChoice::ALL.iter().copied();
        let wanted: Vec<_> =
            all.clone().skip(1).chain(all.take(1)).filter(|one| *one != passed_over).collect();
        assert_eq!(seen, wanted);
        assert!(desk.picture(80, 24).contains("Theme: as the terminal is."));
        // It can be had all the same.
        desk.go(Route::Account).await;
        while session.claims().preferences.theme != passed_over {
            desk.press("t").await;
        }
    }
}
