//! Somebody who has never seen it makes a user, finds a session and ends it: with the mouse alone, with
//! the arrows alone. `plain` tells how it goes line by line.

use std::time::Duration;

use crate::support::PASSWORD;
use crate::support::person::{Person, Screen};
use crate::support::server::{TestServer, quick};

/// The arrows, and what opens everything that can be done.
const DOWN: &str = "\x1b[B";
const UP: &str = "\x1b[A";
const MENU: &str = "\x0b";

/// Where these words stand first, as a mouse reports it: counted from 1.
fn place(screen: &Screen, words: &str) -> Option<(usize, usize)> {
    let columns = screen.parser.screen().size().1.into();
    let mut rows = screen.parser.screen().rows(0, columns).enumerate();
    rows.find_map(|(row, line)| Some((line[..line.find(words)?].chars().count() + 1, row + 1)))
}

/// Presses the left button on these words, and lets it go.
async fn click(screen: &mut Screen, words: &str) {
    screen.see(words).await;
    let (column, row) = place(screen, words).unwrap();
    screen.press(&format!("\x1b[<0;{column};{row}M\x1b[<0;{column};{row}m")).await;
}

/// Goes down, and at the end up again, until the row is selected that begins with these words.
async fn go_to(screen: &mut Screen, words: &str) {
    let is_there = |screen: &Screen| screen.text().contains(&format!("› {words}"));
    for arrow in [DOWN; 60].iter().chain(&[UP; 60]) {
        if is_there(screen) {
            // On a slow machine there are arrows that have not arrived yet.
            screen.rest(Duration::from_millis(300)).await;
            if is_there(screen) {
                return;
            }
        }
        screen.press(arrow).await;
        let _ = tokio::time::timeout(Duration::from_millis(200), screen.take()).await;
    }
    assert!(is_there(screen), "`{words}` cannot be gone to on\n{}", screen.text());
}

/// Chooses a line of the palette with the arrows.
async fn choose(screen: &mut Screen, words: &str) {
    screen.press(MENU).await;
    screen.see("What would you like to do?").await;
    go_to(screen, words).await;
    screen.press("\r").await;
    screen.lose("What would you like to do?").await;
}

/// The password of a new user, as it is shown.
fn one_time(screen: &Screen) -> String {
    let text = screen.text();
    let mut words = text.split_whitespace().filter(|word| word.len() >= 20 && word.matches('-').count() > 1);
    words.next_back().unwrap_or_else(|| panic!("no password on\n{text}")).to_owned()
}

/// The new user comes, and chooses a password of their own.
async fn comes(server: &TestServer, name: &str, one_time: &str) -> (Person, Screen) {
    let person = Person::sign_in(server.port, name, one_time).await.expect("the password that was shown");
    let mut screen = person.dashboard(80, 24).await;
    screen.see("Choose a password").await;
    screen.choose(PASSWORD).await;
    screen.see("This session").await;
    (person, screen)
}

/// Their screen closes, and tells by whom.
async fn is_sent_away(mut screen: Screen) {
    assert_eq!(screen.ended().await, Some(3));
    assert!(screen.text().contains("ended by admin"), "{}", screen.text());
    assert!(!screen.parser.screen().alternate_screen() && !screen.parser.screen().hide_cursor());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_mouse_alone() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    click(&mut screen, "2 Users").await;
    click(&mut screen, "n new").await;
    screen.see("New user").await;
    screen.press("nadia").await;
    click(&mut screen, "Display name (empty").await;
    screen.press("Nadia N.").await;
    click(&mut screen, "Enter next, create").await;
    screen.see("One-time password of nadia").await;
    let password = one_time(&screen);
    click(&mut screen, "I have passed it on").await;
    screen.lose("One-time password of").await;
    screen.see("Nadia N.").await;
    let (_nadia, hers) = comes(&server, "nadia", &password).await;
    click(&mut screen, "3 Sessions").await;
    screen.see("Everybody's sessions").await;
    // The first click selects, the second opens.
    click(&mut screen, "admin (you)").await;
    screen.see("› admin (you)").await;
    click(&mut screen, "  nadia").await;
    click(&mut screen, "› nadia").await;
    screen.see("Handle").await;
    click(&mut screen, "x end").await;
    screen.see("End a session of nadia").await;
    click(&mut screen, "Enter end").await;
    is_sent_away(hers).await;
    // What was said stands where the keys are named; it is clicked away.
    click(&mut screen, "1 session was ended.").await;
    click(&mut screen, "Esc back").await;
    click(&mut screen, "1 Home").await;
    click(&mut screen, "q sign out").await;
    assert_eq!(screen.ended().await, Some(0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_arrows_alone() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    choose(&mut screen, "Users: new user").await;
    screen.see("New user").await;
    screen.press("nadia").await;
    screen.press("\t").await;
    screen.press("Nadia N.").await;
    screen.press("\t\r").await;
    screen.see("One-time password of nadia").await;
    let password = one_time(&screen);
    screen.press("\r").await;
    screen.lose("One-time password of").await;
    let (_nadia, hers) = comes(&server, "nadia", &password).await;
    screen.press("\t").await;
    screen.see("Everybody's sessions").await;
    go_to(&mut screen, "nadia").await;
    screen.press("\r").await;
    screen.see("Handle").await;
    choose(&mut screen, "Sessions: end").await;
    screen.see("End a session of nadia").await;
    screen.press("\r").await;
    is_sent_away(hers).await;
    screen.press("\x1b").await;
    screen.lose("Handle").await;
    choose(&mut screen, "sign out").await;
    assert_eq!(screen.ended().await, Some(0));
    server.stop().await;
}
