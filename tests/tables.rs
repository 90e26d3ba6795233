//! What somebody chose about a table stays as they chose it.

use passholder::tui::screens::Route;

use crate::support::desk::Desk;
use crate::support::house::House;

fn heading(desk: &mut Desk) -> String {
    let picture = desk.picture(120, 24);
    picture.lines().find(|line| line.contains("User ")).unwrap_or_default().to_owned()
}

/// The columns that somebody hid and the order that they chose were forgotten on every other screen.
#[tokio::test(flavor = "multi_thread")]
async fn columns_and_order_are_as_they_were_left() {
    let house = House::build().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.go(Route::Sessions).await;
    desk.press("s").await;
    desk.press("c").await;
    desk.press("\x1b[B\r\x1b").await;
    let left = heading(&mut desk);
    assert!(left.contains("Age ▼") && !left.contains("From"), "{left}");
    desk.go(Route::MySessions).await;
    assert!(desk.picture(120, 24).contains("From"));
    desk.go(Route::Sessions).await;
    assert_eq!(heading(&mut desk), left);
    assert!(desk.picture(120, 24).contains("admin (you)"));
    // Another connection begins anew.
    let mut other = Desk::open(&house.admin().await);
    other.go(Route::Sessions).await;
    assert!(heading(&mut other).contains("From"));
}

/// The palette opened over the box with the columns, and both seemed to have the keyboard.
#[tokio::test(flavor = "multi_thread")]
async fn what_opens_over_a_list_puts_its_columns_away() {
    let house = House::build().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.go(Route::Users).await;
    for key in [":", "?"] {
        desk.press("c").await;
        assert!(desk.picture(80, 24).contains(" Columns "));
        desk.press(key).await;
        desk.press("\x1b").await;
        let picture = desk.picture(80, 24);
        assert!(!picture.contains(" Columns ") && picture.contains("All users"), "{picture}");
    }
}

/// A list of which the first page was read said "of 50+", and marks went beyond what could be seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_says_of_how_many_and_how_many_were_marked() {
    let house = House::build().await;
    let admin = house.admin().await;
    for index in 0..59 {
        house.invite(&format!("user{index:02}"), "member").await;
    }
    let mut desk = Desk::open(&admin);
    desk.go(Route::Users).await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("1–16 of 60 ") && picture.contains("page 1"), "{picture}");
    for (keys, words) in
        [("*", "Marked the whole page: 50 users."), ("*", "Took the marks off the whole page")]
    {
        desk.press(keys).await;
        let picture = desk.picture(80, 24);
        assert!(picture.contains(words), "{picture}");
    }
    // How many pass a filter nobody has counted.
    desk.press("/user\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("of at least 50"), "{picture}");
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("of 60 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn live_sessions_are_counted_also_under_a_filter() {
    let house = House::build().await;
    let admin = house.admin().await;
    let mut open = Vec::new();
    for index in 0..52 {
        open.push(house.user(&format!("user{index:02}"), "member").await);
    }
    let mut desk = Desk::open(&admin);
    desk.go(Route::Sessions).await;
    desk.press("/user\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("1–16 of 52 "), "{picture}");
}
