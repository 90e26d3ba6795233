//! What screens do, rather than how they look.

use std::time::Duration;

use passholder::dal::DalError;
use passholder::dal::users::UserQuery;
use passholder::domain::name::UserName;
use passholder::domain::role::{Permission, Permissions};
use passholder::domain::secret::Secret;
use passholder::domain::session::EndReason;
use passholder::domain::text::Line;
use passholder::domain::zone::Zone;
use passholder::tui::look::Look;
use passholder::tui::screen::{Brought, Context};
use passholder::tui::screens::{Route, SCREENS};
use passholder::tui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::policy::set;
use crate::screens::{Snap, furnished};
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::{PASSWORD, PATIENCE};

/// At 40 columns the warning was gone, and of a long name the reason why it was refused.
#[tokio::test(flavor = "multi_thread")]
async fn what_matters_is_said_whole_in_the_smallest_window() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    desk.press("n").await;
    desk.press("a-name-that-is-as-long-as-any-is\t\t\r").await;
    let picture = desk.picture(40, 12);
    assert!(picture.contains("first sign-in replaces") && picture.contains("y copy"), "{picture}");
    desk.press("\r").await;
    desk.press("/admin\r").await;
    desk.press("r").await;
    desk.press("\x15member\r").await;
    desk.snap("users_roles_refused");
    // Somebody who may do much, to somebody who may do all.
    let mut desk = Desk::open(&house.user("olga", "operator").await);
    desk.press("2").await;
    desk.press("/admin\r").await;
    desk.press("p").await;
    desk.press("\r").await;
    desk.snap("users_reset_refused");
    desk.snap_in_ascii("users_reset_refused");
}

/// What is wrong with a field is said when it is left, and roles are completed.
#[tokio::test(flavor = "multi_thread")]
async fn fields_are_judged_one_by_one() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    desk.press("nBad Name\t").await;
    assert!(desk.picture(80, 24).contains("a letter first"), "{}", desk.picture(80, 24));
    desk.press("\t\x15aud").await;
    assert!(desk.picture(80, 24).contains("auditor"), "{}", desk.picture(80, 24));
    desk.press("\x1b[C, boss\x1b[Z").await;
    assert!(desk.picture(80, 24).contains("auditor, boss"), "{}", desk.picture(80, 24));
    desk.press("\x1b").await;
    desk.press("\r").await;
    desk.press("/er").await;
    assert!(desk.picture(80, 24).contains("Users named erin"), "{}", desk.picture(80, 24));
}

/// A session that had ended offered to be ended, and its detail to be sorted.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_is_not_offered() {
    let (house, _) = furnished().await;
    house.sign_in("erin").await.end(EndReason::SignedOut).await.unwrap();
    house.clock.turn(Duration::from_secs(1));
    let mut desk = Desk::open(&house.sign_in("erin").await);
    desk.press("2").await;
    desk.press("j\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Ended") && !picture.contains("x end"), "{picture}");
    let mut desk = Desk::open(&house.admin().await);
    desk.press("3").await;
    assert!(desk.picture(80, 24).contains("s sort"), "{}", desk.picture(80, 24));
    desk.press("\r").await;
    assert!(!desk.picture(80, 24).contains("s sort"), "{}", desk.picture(80, 24));
}

/// Everything that is clicked is what a key would have done.
#[tokio::test(flavor = "multi_thread")]
async fn a_click_does_what_its_key_does() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.settle().await;
    desk.click_on("2 Users").await;
    assert!(desk.picture(80, 24).contains("All users"), "{}", desk.picture(80, 24));
    desk.click_on("n new").await;
    assert!(desk.picture(80, 24).contains("New user"), "{}", desk.picture(80, 24));
    desk.press("\x1b").await;
    desk.click_on(": menu").await;
    desk.press("change pass").await;
    desk.click_on("Account: change password").await;
    assert!(desk.picture(80, 24).contains("Current password"), "{}", desk.picture(80, 24));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sessions_of_many_users_end_behind_other_screens() {
    let (house, _) = furnished().await;
    let mut live = vec![house.sign_in("erin").await, house.sign_in("erin").await];
    live.push(house.user("fay", "member").await);
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    // Whoever is marked on purpose, or with all of the page; oneself not.
    desk.press("* j ").await;
    desk.snap("users_marked");
    desk.press("s").await;
    desk.snap("users_end_sessions");
    desk.press("\r").await;
    let picture = desk.picture(120, 40);
    assert!(picture.contains("sessions were ended"), "{picture}");
    for session in live {
        assert!(matches!(session.verify().await, Err(DalError::SessionEnded(_))));
    }
}

/// Clicks on headings and keys ask for the same orders, and no click leaves a heading that lies.
#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_sorted_by_their_headings() {
    let (house, _) = furnished().await;
    let _erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("3").await;
    for (heading, shown) in
        [("Age", "Age ▼"), ("Age", "Age ▲"), ("Idle", "Idle ▲"), ("User  ", "User ▲"), ("User ▲", "User ▲")]
    {
        desk.click_on(heading).await;
        assert!(desk.picture(80, 24).contains(shown), "{heading}: {}", desk.picture(80, 24));
    }
    for shown in ["Age ▲", "Age ▼", "Idle ▼", "Idle ▲", "User ▲"] {
        desk.press("s").await;
        assert!(desk.picture(80, 24).contains(shown), "{shown}: {}", desk.picture(80, 24));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_a_user_can_be_taken_back() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    desk.press("jjd").await;
    desk.press("by mistake\r\r").await;
    assert!(desk.picture(120, 40).contains("bob was disabled. ^Z takes it back."));
    desk.press("\x1a").await;
    assert!(desk.picture(120, 40).contains("bob was enabled."), "{}", desk.picture(120, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_signs_in_as_me_is_announced() {
    let (house, _) = furnished().await;
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.settle().await;
    let stranger = house.sign_in("erin").await;
    tokio::time::timeout(PATIENCE, desk.app.loaded()).await.unwrap();
    desk.snap("somebody_signed_in");
    desk.press("\x1bOQ").await;
    assert!(matches!(stranger.verify().await, Err(DalError::SessionEnded(_))));
    let stranger = house.sign_in("erin").await;
    tokio::time::timeout(PATIENCE, desk.app.loaded()).await.unwrap();
    desk.press("\x1bOR").await;
    assert!(matches!(stranger.verify().await, Err(DalError::Locked)));
    assert!(erin.verify().await.is_ok());
}

/// News that came while a question was open took its Esc, and the Enter behind it did what was not meant.
/// Esc is for the question; F4 puts the news away.
#[tokio::test(flavor = "multi_thread")]
async fn news_do_not_take_the_escape_of_a_question() {
    let (house, _) = furnished().await;
    let _bob = house.user("fay", "member").await;
    let admin = house.admin().await;
    let mut desk = Desk::open(&admin);
    desk.press("2").await;
    desk.press("n").await;
    let _other = house.admin().await;
    tokio::time::timeout(PATIENCE, desk.app.loaded()).await.unwrap();
    assert!(desk.picture(80, 24).contains("You signed in from"), "{}", desk.picture(80, 24));
    desk.press("\x1b").await;
    let picture = desk.picture(80, 24);
    assert!(!picture.contains("New user") && picture.contains("You signed in from"), "{picture}");
    desk.press("\x1bOS").await;
    assert!(!desk.picture(80, 24).contains("You signed in from"), "{}", desk.picture(80, 24));
}

/// Whoever could sign in often pushed the first warning and an administrator's words out of sight. Messages
/// come first, and of many alike the first one stays.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_sign_ins_hides_neither_a_warning_nor_a_message() {
    let (house, _) = furnished().await;
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.settle().await;
    let mut others = vec![house.try_from("192.0.2.99", "erin", PASSWORD).await.unwrap()];
    for _ in 0..12 {
        others.push(house.sign_in("erin").await);
        tokio::time::timeout(PATIENCE, desk.app.loaded()).await.unwrap();
    }
    let words = Line::parse("evacuate now").unwrap();
    let sessions = house.admin().await.verify().await.unwrap().sessions();
    sessions.tell_everybody(words).await.unwrap();
    while tokio::time::timeout(Duration::from_millis(300), desk.app.loaded()).await.is_ok() {}
    let picture = desk.picture(80, 24);
    assert!(picture.contains("evacuate now"), "{picture}");
    desk.press("\x1bOS").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("192.0.2.99"), "{picture}");
}

/// The first steps of an administrator end with the rules: once one was ever changed, that is done for good.
#[tokio::test(flavor = "multi_thread")]
async fn setting_the_policy_is_one_of_the_first_steps() {
    let (_house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    let picture = desk.picture(120, 40);
    assert!(picture.contains("○ set the policy: e on Policy"), "{picture}");
    set(&admin, "session.idle", "20min").await.unwrap();
    admin.verify().await.unwrap().policy().reset("session.idle", None).await.unwrap();
    desk.press("\x1b[15~").await;
    let picture = desk.picture(120, 40);
    assert!(picture.contains("✓ set the policy"), "{picture}");
}

/// A script's twenty commands were twenty notices, each with a key to end what was over long since.
#[tokio::test(flavor = "multi_thread")]
async fn the_sign_ins_of_a_script_are_told_of_once_and_what_is_over_is_not_to_be_ended() {
    let (house, _) = furnished().await;
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.settle().await;
    let mut last = house.sign_in("erin").await;
    for _ in 0..19 {
        last = house.sign_in("erin").await;
        tokio::time::timeout(PATIENCE, desk.app.loaded()).await.unwrap();
    }
    while tokio::time::timeout(Duration::from_millis(300), desk.app.loaded()).await.is_ok() {}
    let picture = desk.picture(120, 40).replace('\u{a0}', " ");
    assert!(picture.contains("You signed in 20 times from"), "{picture}");
    assert!(
        picture.contains("F2 ends the one that goes on") && picture.contains("F4 puts this away"),
        "{picture}"
    );
    drop(last);
    tokio::time::timeout(PATIENCE, desk.app.loaded()).await.unwrap();
    assert!(desk.app.is_dirty(), "what is over is drawn as over");
    let picture = desk.picture(120, 40);
    assert!(picture.contains("That is over. Not you?") && !picture.contains("F2 ends"), "{picture}");
    desk.press("\x1bOQ").await;
    assert!(desk.picture(120, 40).contains("20 times"), "{}", desk.picture(120, 40));
    desk.press("\x1bOS").await;
    assert!(!desk.picture(120, 40).contains("20 times"), "{}", desk.picture(120, 40));
}

/// What was searched for last stays to be changed, and goes with the first letter of something else; after Esc
/// there is nothing left of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_begins_with_the_last_one_or_anew() {
    let (_house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.press("2").await;
    desk.press("/er\r").await;
    let filter = |desk: &mut Desk| desk.app.field().map(|(_, field)| field.value().to_owned());
    desk.press("/").await;
    assert_eq!(filter(&mut desk).as_deref(), Some("er"));
    desk.press("b").await;
    assert_eq!(filter(&mut desk).as_deref(), Some("b"), "another search stands instead of it");
    desk.press("o\r/").await;
    desk.press("\x1b[D").await;
    desk.press("\x1b[Cb").await;
    assert_eq!(filter(&mut desk).as_deref(), Some("bob"), "and an arrow leaves it to be edited");
    desk.press("\r").await;
    desk.press("\x1b").await;
    desk.press("/").await;
    assert_eq!(filter(&mut desk).as_deref(), Some(""));
}

/// Claims are for drawing. With claims that promise everything, no screen shows what its person may
/// not see: what is drawn comes from the data access layer, and that does not read claims.
#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_is_optional() {
    let house = House::build().await;
    let member = house.user("mallory", "member").await;
    let mut claims = (*member.claims()).clone();
    claims.permissions = Permissions::of(Permission::ALL);
    let now = house.dal.now();
    let cx = Context {
        session: member.clone(),
        claims: claims.into(),
        now,
        zone: Zone::default(),
        look: Look::new(&Theme::DEFAULT),
    };
    for spec in
        SCREENS.iter().filter(|spec| !matches!(spec.route, Route::ChoosePassword | Route::SetUpFactor))
    {
        let (mut screen, loads) = (spec.open)(&cx);
        for load in loads {
            match load.await {
                Brought::Message(message) => drop(screen.update(message, &cx)),
                Brought::Ended(ended) => panic!("{ended}"),
            }
        }
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).unwrap();
        terminal.draw(|frame| screen.view(frame, frame.area(), &cx)).unwrap();
        // A refusal says which role would have what is missing; of anybody called like that it says nothing.
        let picture = terminal.backend().to_string().replace(", which admin", "");
        assert!(!picture.contains("admin"), "{}:\n{picture}", spec.title);
        assert!(!picture.contains("Live sessions") && !picture.contains("Failed in 24 h"), "{picture}");
    }
    assert!(member.verify().await.unwrap().users().list(UserQuery::default()).await.is_err());
}

/// A picture of any size, at any moment: nothing may panic or be drawn outside.
#[tokio::test(flavor = "multi_thread")]
async fn every_size_can_be_drawn() {
    let (house, admin) = furnished().await;
    let one_time = house.invite("gina", "member").await;
    let gina = house.try_sign_in("gina", one_time.expose()).await.unwrap();
    let desks = [
        ("", &admin),
        ("2", &admin),
        ("2\r", &admin),
        ("2n", &admin),
        ("2\rx", &admin),
        ("5p", &admin),
        ("3", &admin),
        ("3\r", &admin),
        ("3e", &admin),
        ("4o", &admin),
        ("2?", &admin),
        ("", &gina),
    ];
    for (keys, session) in desks {
        let mut desk = Desk::open(session);
        desk.settle().await;
        desk.press(keys).await;
        for (columns, rows) in
            [(1, 1), (2, 5), (5, 2), (39, 12), (40, 11), (40, 12), (41, 13), (79, 23), (200, 50), (500, 200)]
        {
            let _ = desk.picture(columns, rows);
        }
    }
}

/// The new claims were seen by a key, or by an answer on its way, before the verification that had
/// fetched them was taken in. That then found nothing new, and the screen stayed: "Working…", for ever.
#[tokio::test(flavor = "multi_thread")]
async fn claims_that_something_else_saw_first_still_change_the_screen() {
    let (house, _) = furnished().await;
    let one_time = house.invite("hugo", "member").await;
    let hugo = house.try_sign_in("hugo", one_time.expose()).await.unwrap();
    let mut desk = Desk::open(&hugo);
    let account = hugo.verify().await.unwrap().account();
    account.choose_password(None, Secret::new(PASSWORD.to_owned())).await.unwrap();
    let _ = hugo.verify().await.unwrap();
    desk.press("x").await;
    desk.app.verify_again();
    desk.settle().await;
    assert!(desk.picture(80, 24).contains("This session"), "{}", desk.picture(80, 24));
}

/// A person who is removed learns of it whatever their screen is doing.
#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_ends_the_dashboard() {
    let (house, admin) = furnished().await;
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.settle().await;
    let users = admin.verify().await.unwrap().users();
    let _: Secret = users.reset_password(&UserName::parse("erin").unwrap()).await.unwrap();
    desk.app.verify_again();
    desk.settle().await;
    let left = desk.app.left().unwrap();
    assert_eq!(left.exit_status(), 3);
    let farewell = String::from_utf8(left.farewell().to_vec()).unwrap();
    assert!(
        farewell.contains("Your password was reset by admin. Sign in with the one-time password."),
        "{farewell}"
    );
}
