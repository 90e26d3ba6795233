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
