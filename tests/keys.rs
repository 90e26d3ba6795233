//! What help lists does something, and what does something is listed: both come from one table, and are
//! pressed here.

use crossterm::event::KeyEvent;
use passholder::dal::Session;
use passholder::tui::app::Taken;
use passholder::tui::input::Input;
use passholder::tui::keymap::{Binding, Command, GLOBAL};
use passholder::tui::screens::Route;

use crate::support::PASSWORD;
use crate::support::desk::Desk;
use crate::support::house::House;

/// What is done before a key is pressed, so that it finds something to do: a row in the middle, the
/// second page, the columns further right, one row looked at closely, a change that was made.
const BEFORE: &[&str] = &["", ">>", "jj", "l", "jj\r", "G", "jj "];

/// A house with more than a page of everything, and somebody who may do all.
async fn full() -> (House, Session, Vec<Session>) {
    let house = House::build().await;
    house.dal.seed(120).await.unwrap();
    let admin = house.admin().await;
    let mut others = Vec::new();
    for _ in 0..60 {
        others.push(house.admin().await);
    }
    (house, admin, others)
}

async fn at(session: &Session, route: Route, before: &str) -> Desk {
    let mut desk = Desk::open(session);
    desk.settle().await;
    desk.go(route).await;
    desk.press(before).await;
    desk
}

/// Whether pressing it is seen, heard by the loop, or makes something be fetched.
async fn does_something(desk: &mut Desk, binding: &Binding) -> bool {
    // Small, so that there is something to scroll.
    let before = desk.picture(40, 12);
    let (code, modifiers) = binding.keys()[0];
    let taken = desk.app.take(&Input::Key(KeyEvent::new(code, modifiers)));
    let is_heard = taken != Taken::Done
        || desk.app.to_copy().is_some()
        || desk.app.is_waiting()
        || desk.app.left().is_some();
    desk.settle().await;
    is_heard || desk.picture(40, 12) != before
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_in_help_does_something_and_no_other_does() {
    let (_house, admin, _others) = full().await;
    for route in
        [Route::Home, Route::Users, Route::Sessions, Route::MySessions, Route::Account, Route::Policy]
    {
        for binding in GLOBAL {
            // Its own test begins something to stop and something to take back.
            if matches!(binding.command, Command::StopWork | Command::Undo | Command::Lock) {
                continue;
            }
            let (mut is_listed, mut has_done) = (false, false);
            for before in BEFORE {
                let mut desk = at(&admin, route, before).await;
                let listed = desk.app.knows(&binding.command);
                let done = does_something(&mut desk, binding).await;
                assert!(listed || !done, "{route:?}: {} does something after {before:?}", binding.label);
                is_listed |= listed;
                has_done |= done;
            }
            assert!(!is_listed || has_done, "{route:?}: {} does nothing", binding.label);
        }
    }
}

/// What was on the screen before the lock could be clicked until the lock was drawn: a row was opened, a tab
/// turned to, behind it.
#[tokio::test(flavor = "multi_thread")]
async fn what_lies_behind_the_lock_is_not_clicked() {
    let (_house, admin, _others) = full().await;
    let mut desk = at(&admin, Route::Users, "").await;
    let before = desk.picture(80, 24);
    // The lock comes between what is drawn and what is clicked.
    admin.lock();
    for (row, column) in (0..24).flat_map(|row| (0..80).map(move |column| (row, column))) {
        assert_eq!(desk.app.click((column, row).into()), Taken::Done);
    }
    assert!(!desk.app.is_waiting(), "nothing is fetched");
    assert!(desk.picture(80, 24).contains("Locked"));
    desk.press(&format!("{PASSWORD}\r")).await;
    assert_eq!(desk.picture(80, 24), before);
}
