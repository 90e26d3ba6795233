//! The screens of the second factor: setting it up, what is shown once, removing it, and who has to have one.

use std::time::Duration;

use crossterm::event::KeyCode;
use passholder::auth::totp::code_at;
use passholder::dal::Session;
use passholder::dal::second_factor::FactorState;
use passholder::domain::policy::{FactorFor, Policy};
use passholder::domain::second_factor::RecoveryCode;
use passholder::domain::session::Duty;
use passholder::domain::time::Clock as _;
use passholder::server::SystemClock;
use passholder::tui::input::Input;
use passholder::tui::screens::Route;
use passholder::tui::terminal::Profile;

use crate::plain::Listener;
use crate::screens::SIZES;
use crate::support::authenticator::{Authenticator, STEP};
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::views::secret_on;
use crate::support::{PASSWORD, roomy};

const ESC: &str = "\x1b";

fn demanding() -> Policy {
    Policy { second_factor: FactorFor::Everyone, ..roomy() }
}

async fn state(session: &Session) -> FactorState {
    session.verify().await.unwrap().second_factor().state().await.unwrap()
}

/// The code of the authenticator that scanned what the desk shows.
fn code_on(desk: &mut Desk, house: &House) -> String {
    code_at(&secret_on(&desk.picture(120, 40)), house.dal.now()).unwrap()
}

fn recovery_codes_on(picture: &str) -> Vec<String> {
    let is_code = |word: &&str| word.len() == 29 && RecoveryCode::parse(word).is_some();
    picture.split_whitespace().filter(is_code).map(str::to_owned).collect()
}

async fn account(session: &Session) -> Desk {
    let mut desk = Desk::open(session);
    desk.settle().await;
    desk.go(Route::Account).await;
    desk
}

#[track_caller]
fn shows(desk: &mut Desk, words: &str) {
    let picture = desk.picture(120, 40);
    assert!(picture.contains(words), "no `{words}` on\n{picture}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_up_on_the_account_screen() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let mut desk = account(&alice).await;
    shows(&mut desk, "none; a sign-in needs the password alone");
    desk.press("r").await;
    desk.press("n").await;
    shows(&mut desk, "How it looks");
    desk.press("s").await;
    desk.press("\r").await;
    shows(&mut desk, "Type your password.");
    desk.press("not this one\r").await;
    shows(&mut desk, "Password is not right.");
    desk.press(&format!("\x15{PASSWORD}\r")).await;
    shows(&mut desk, "Scan this with an authenticator app");
    let secret = secret_on(&desk.picture(120, 40));
    assert_eq!(secret_on(&desk.picture(40, 12)), secret, "letters where there is no room for a code to scan");
    // What was typed wrong stands there, and why below it.
    desk.press("12 34\r").await;
    shows(&mut desk, "Type the six digits that the authenticator shows now.");
    let right = code_on(&mut desk, &house);
    let wrong = format!("{:06}", (right.parse::<u32>().unwrap() + 500_000) % 1_000_000);
    desk.press(&format!("\x15{wrong}\r")).await;
    shows(&mut desk, &wrong);
    shows(&mut desk, "Code is not right; type the one that the authenticator shows now.");
    desk.app.heard_the_bell();
    desk.settle().await;
    assert_eq!(secret_on(&desk.picture(120, 40)), secret, "nothing makes another seed of it");
    desk.press(&format!("\x15{right}\r")).await;
    shows(&mut desk, "Shown this once.");
    let codes = recovery_codes_on(&desk.picture(80, 24));
    assert_eq!(codes.len(), RecoveryCode::COUNT);
    assert!(matches!(state(&alice).await, FactorState::On { recovery_left: 10, .. }));
    assert!(desk.app.to_copy().is_none(), "nothing goes to the clipboard by itself");
    desk.press("y").await;
    let (what, value) = desk.app.to_copy().unwrap();
    assert_eq!((what.as_str(), value.expose()), ("the recovery codes", codes.join("\n").as_str()));
    desk.press("\r").await;
    assert!(recovery_codes_on(&desk.picture(80, 24)).is_empty());
    shows(&mut desk, "A sign-in needs a code now; your other sessions have ended.");
    shows(&mut desk, "an authenticator, since ");
    shows(&mut desk, "10 codes are left");

    // Nothing of it is seen again.
    desk.press("s").await;
    shows(&mut desk, "Set up another second factor");
    assert!(!desk.picture(120, 40).contains(&secret), "{}", desk.picture(120, 40));
    desk.press(ESC).await;
    house.clock.turn(STEP);
    let code = code_at(&secret, house.dal.now()).unwrap();
    assert!(house.sign_in_with("alice", &code).await.is_ok());
    let by_card = house.sign_in_with("alice", &codes[0]).await.unwrap();
    assert!(matches!(state(&by_card).await, FactorState::On { recovery_left: 9, .. }));
}

/// Whoever had a new telephone had to ask an administrator, where the rules demand a second factor.
#[tokio::test(flavor = "multi_thread")]
async fn another_authenticator_takes_the_place_of_the_old_one() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let old = Authenticator::set_up(&house, &alice).await;
    let elsewhere = house.sign_in_with("alice", &old.code(&house)).await.unwrap();
    house.dal.set_policy(Policy { second_factor: FactorFor::Everyone, ..roomy() });
    let mut desk = account(&alice).await;
    let begin = async |desk: &mut Desk| {
        house.clock.turn(STEP);
        desk.press(&format!("s{PASSWORD}\r{}\r", old.code(&house))).await;
        shows(desk, "Scan this with an authenticator app");
        code_on(desk, &house)
    };
    // Left alone half way, and used in between: the old one is what it was.
    begin(&mut desk).await;
    desk.press(ESC).await;
    let code = begin(&mut desk).await;
    house.clock.turn(STEP);
    house.sign_in_with("alice", &old.code(&house)).await.unwrap();
    desk.press(&format!("{code}\r")).await;
    shows(&mut desk, "was used or changed meanwhile");
    desk.press(ESC).await;
    desk.press("\r").await;
    let code = begin(&mut desk).await;
    desk.press(&format!("{code}\r")).await;
    shows(&mut desk, "Shown this once.");
    let codes = recovery_codes_on(&desk.picture(80, 24));
    desk.press("\r").await;
    assert!(elsewhere.verify().await.is_err() && alice.verify().await.is_ok());
    house.clock.turn(STEP);
    assert!(house.sign_in_with("alice", &old.code(&house)).await.is_err());
    assert!(house.sign_in_with("alice", old.recovery[0].expose()).await.is_err());
    assert!(house.sign_in_with("alice", &codes[0]).await.is_ok());
}

/// Esc puts nothing away that cannot be seen again, unless somebody says so; and nobody is sent elsewhere meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn recovery_codes_are_not_lost_by_accident() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let mut desk = account(&alice).await;
    desk.press(&format!("s{PASSWORD}\r")).await;
    let code = code_on(&mut desk, &house);
    desk.press(&code).await;
    desk.press(ESC).await;
    shows(&mut desk, "Throw away what you typed?");
    desk.press(ESC).await;
    desk.press("\r").await;
    let codes = recovery_codes_on(&desk.picture(80, 24));
    assert_eq!(codes.len(), 10);
    for leaving in [ESC, "\x03"] {
        desk.press(leaving).await;
        shows(&mut desk, "Have you kept them?");
        desk.press(ESC).await;
        assert_eq!(recovery_codes_on(&desk.picture(80, 24)), codes);
    }
    let admin = house.admin().await;
    let name = passholder::domain::name::UserName::parse("alice").unwrap();
    let roles = vec![passholder::domain::role::RoleName::parse("auditor").unwrap()];
    admin.verify().await.unwrap().users().set_roles(&name, roles).await.unwrap();
    desk.app.heard_the_bell();
    desk.settle().await;
    assert_eq!(recovery_codes_on(&desk.picture(80, 24)), codes, "other roles wait behind them");
    desk.press(ESC).await;
    desk.press("\r").await;
    assert!(recovery_codes_on(&desk.picture(80, 24)).is_empty());
    shows(&mut desk, "an authenticator, since ");
    shows(&mut desk, "Your roles have changed: now auditor.");
}

#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_and_removing_it_need_password_and_code() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    let mut desk = account(&alice).await;
    desk.press(&format!("n{PASSWORD}\r\r")).await;
    shows(&mut desk, "Type the code.");
    desk.press(&format!("{}\r", phone.wrong(&house))).await;
    shows(&mut desk, "Code is not right");
    desk.press(&format!("\x15{}\r", phone.code(&house))).await;
    let codes = recovery_codes_on(&desk.picture(80, 24));
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| phone.recovery.iter().all(|old| old.expose() != code)));
    desk.press("\r").await;
    shows(&mut desk, "You have new recovery codes.");

    desk.press(&format!("rsomething else\r{}\r", codes[0])).await;
    shows(&mut desk, "Password is not right.");
    desk.press(&format!("\x15{PASSWORD}\r\r")).await;
    shows(&mut desk, "Your second factor was removed; your other sessions have ended.");
    shows(&mut desk, "none; a sign-in needs the password alone");
    assert!(house.try_sign_in("alice", PASSWORD).await.is_ok());
}

/// Where the rules demand one, nothing else opens before; what is seen of it at each size.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_to_have_one_sets_it_up_first() {
    let house = House::build_seeded().await;
    house.user("alice", "member").await;
    house.dal.set_policy(demanding());
    let alice = house.sign_in("alice").await;
    assert_eq!(alice.claims().duty, Some(Duty::SetUpASecondFactor));
    let mut desk = Desk::open(&alice);
    desk.settle().await;
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("duty_{columns}x{rows}"), desk.picture(columns, rows));
    }
    desk.press("\t").await;
    desk.press(ESC).await;
    shows(&mut desk, "A second factor is demanded here. Set one up to go on.");
    let code = code_on(&mut desk, &house);
    desk.press(&format!("{code}\r")).await;
    // The duty is done, and what comes after it waits for the codes.
    desk.app.heard_the_bell();
    desk.settle().await;
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("codes_{columns}x{rows}"), desk.picture(columns, rows));
    }
    desk.press("\r").await;
    assert_eq!(alice.claims().duty, None);
    shows(&mut desk, "This session");
    desk.go(Route::Account).await;
    shows(&mut desk, "everybody with your roles has to have one");
    desk.press("r").await;
    shows(&mut desk, "How it looks");
}

/// The session heard that the duty was done before the screen had the recovery codes, went home, and nobody ever
/// saw them.
#[tokio::test(flavor = "multi_thread")]
async fn codes_that_are_on_their_way_arrive() {
    let house = House::build().await;
    for name in ["ada", "bob", "carol", "dave", "erin", "frank"] {
        house.user(name, "member").await;
        house.dal.set_policy(demanding());
        let session = house.sign_in(name).await;
        let mut desk = Desk::open(&session);
        desk.settle().await;
        let code = code_on(&mut desk, &house);
        for character in code.chars() {
            desk.app.take(&Input::Key(KeyCode::Char(character).into()));
        }
        desk.app.take(&Input::Key(KeyCode::Enter.into()));
        while !matches!(state(&session).await, FactorState::On { .. }) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        desk.app.heard_the_bell();
        tokio::time::sleep(Duration::from_millis(20)).await;
        desk.settle().await;
        assert_eq!(recovery_codes_on(&desk.picture(80, 24)).len(), 10, "{}", desk.picture(80, 24));
        house.dal.set_policy(roomy());
    }
}

/// The code to scan takes more room than a small window has, or than a long name leaves.
#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_room_for_a_code_to_scan_there_are_letters() {
    let house = House::build().await;
    let long = "bartholomew.featherstone";
    let (alice, longer) = (house.user("alice", "member").await, house.user(long, "member").await);
    for (session, columns, rows, has_picture) in
        [(&alice, 80, 24, true), (&alice, 79, 24, true), (&alice, 72, 24, false), (&alice, 40, 12, false)]
            .into_iter()
            .chain([(&longer, 80, 24, false), (&longer, 120, 40, true), (&alice, 50, 40, true)])
    {
        let mut desk = account(session).await;
        desk.press(&format!("s{PASSWORD}\r")).await;
        let picture = desk.picture(columns, rows);
        assert_eq!(picture.contains('▀'), has_picture, "{picture}");
        assert_eq!(picture.contains("Enlarge the window"), !has_picture, "{picture}");
        assert_eq!(secret_on(&picture).len(), 32);
        assert!(picture.contains("Code that it shows now"), "{picture}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_it_is_helped_on_the_users_screen() {
    let house = House::build().await;
    let admin = house.admin().await;
    let (alice, _) = (house.user("alice", "member").await, house.user("bob", "member").await);
    let phone = Authenticator::set_up(&house, &alice).await;
    let alice = house.sign_in_with("alice", &phone.code(&house)).await.unwrap();
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    desk.go(Route::Users).await;
    assert!(!desk.picture(80, 24).contains("2nd factor"), "{}", desk.picture(80, 24));
    shows(&mut desk, "2nd factor");
    // One question after the other: role, state, last sign-in, and this.
    desk.press("f\t\t\tmaybe\r").await;
    shows(&mut desk, "This is one of yes, no.");
    desk.press("\x15yes\r").await;
    let picture = desk.picture(120, 40);
    assert!(picture.contains("alice") && !picture.contains("bob"), "{picture}");
    assert!(picture.contains("with a second factor"), "{picture}");
    desk.press("\r").await;
    shows(&mut desk, "Second factor");
    shows(&mut desk, "an authenticator, since ");
    desk.press("m").await;
    shows(&mut desk, "All their sessions end at once.");
    desk.press("\r").await;
    shows(&mut desk, "alice has no second factor any more, and was signed out.");
    assert!(alice.verify().await.is_err());
    assert!(house.try_sign_in("alice", PASSWORD).await.is_ok());
    // Whoever has none is offered nothing to remove.
    desk.press("m").await;
    assert!(!desk.picture(120, 40).contains("All their sessions end"), "{}", desk.picture(120, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn home_tells_of_it_first_and_of_what_happened_at_the_door() {
    let house = House::build().await;
    let admin = house.admin().await;
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    shows(&mut desk, "○ a second factor: s on Account");
    let phone = Authenticator::set_up(&house, &admin).await;
    desk.press("\x1b[15~").await;
    shows(&mut desk, "✓ a second factor: s on Account");
    let by_card = phone.recovery[0].expose();
    house.sign_in_with("admin", by_card).await.unwrap();
    house.clock.turn(Duration::from_mins(1));
    let admin = house.sign_in_with("admin", &phone.code(&house)).await.unwrap();
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    shows(&mut desk, "A recovery code was used");
}

/// Where there is nothing but ASCII a module is two blanks wide, and where there is not room for that, letters.
#[tokio::test(flavor = "multi_thread")]
async fn without_blocks_a_code_to_scan_is_made_of_blanks() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let mut desk = account(&alice).await;
    desk.press(&format!("s{PASSWORD}\r")).await;
    let profile = Profile::of("vt100", &[("LANG".to_owned(), "C".to_owned())]);
    desk.app.set_profile(profile.clone());
    let parser = desk.emulated(&profile, 120, 40);
    let screen = parser.screen();
    let is_paper = |row: u16, column: u16| screen.cell(row, column).unwrap().inverse();
    // The corner that readers look for: a ring of ink, a ring of paper, and ink.
    let at = (0..40).find(|row| is_paper(*row, 1)).unwrap();
    let line = |row: u16| -> String {
        (0..9).map(|module| if is_paper(at + row, 1 + module * 2) { ' ' } else { '#' }).collect()
    };
    assert_eq!(
        (0..9).map(line).collect::<Vec<_>>(),
        [
            "         ",
            " ####### ",
            " #     # ",
            " # ### # ",
            " # ### # ",
            " # ### # ",
            " #     # ",
            " ####### ",
            "         "
        ]
    );
    assert!(desk.emulated(&profile, 80, 24).screen().contents().contains("Enlarge the window"));
}

#[tokio::test(flavor = "multi_thread")]
async fn line_by_line_there_are_a_secret_and_an_address() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut desk = Listener::on_a_dumb_terminal(&alice).await;
    desk.hear("\nHome: ").await;
    desk.type_line("account", "Account").await;
    desk.type_line("set up a second factor", "Password, not shown").await;
    desk.type_line(PASSWORD, "Code that it shows now").await;
    let address = desk.answer().lines().find_map(|line| line.strip_prefix("Address: ")).unwrap().to_owned();
    let secret =
        desk.answer().lines().find_map(|line| line.strip_prefix("Secret: ")).unwrap().replace(' ', "");
    assert_eq!(address, format!("otpauth://totp/Passholder:alice?secret={secret}"));
    desk.type_line("123", "Code that it shows now; now 123").await;
    desk.hear("Type the six digits that the authenticator shows now.").await;
    let code = code_at(&secret, SystemClock::new().now()).unwrap();
    desk.type_line(&code, "Enter or esc").await;
    let codes = recovery_codes_on(desk.answer());
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|code| desk.answer().lines().any(|line| line == code)), "{}", desk.answer());
    desk.hear("Shown this once. Each lets you in one time without the authenticator").await;
    desk.type_line("esc", "Enter or esc").await;
    desk.hear("Have you kept them?").await;
    desk.type_line("esc", "Enter or esc").await;
    desk.type_line("", "Account").await;
    desk.hear("A sign-in needs a code now; your other sessions have ended.").await;

    // Another one in its place.
    desk.type_line("set up a second factor", "Password, not shown").await;
    desk.type_line(PASSWORD, "Code, or a recovery code").await;
    desk.type_line(&codes[0], "Code that it shows now").await;
    let another =
        desk.answer().lines().find_map(|line| line.strip_prefix("Secret: ")).unwrap().replace(' ', "");
    assert_ne!(another, secret);
    let code = code_at(&another, SystemClock::new().now()).unwrap();
    desk.type_line(&code, "Enter or esc").await;
    let new = recovery_codes_on(desk.answer());
    assert!(new.len() == 10 && new.iter().all(|code| !codes.contains(code)), "{}", desk.answer());
    desk.type_line("", "Account").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_by_line_whoever_has_to_have_one_sets_it_up_first() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let set = server.admin().await.run("policy set second_factor.required everyone").await;
    assert_eq!(set.status, 0, "{}", set.err);
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut desk = Listener::on_a_dumb_terminal(&alice).await;
    desk.hear("\nCode that it shows now: ").await;
    desk.hear("A second factor is demanded here. Set one up to go on.").await;
    let secret =
        desk.answer().lines().find_map(|line| line.strip_prefix("Secret: ")).unwrap().replace(' ', "");
    let code = code_at(&secret, SystemClock::new().now()).unwrap();
    desk.type_line(&code, "Enter or esc").await;
    assert_eq!(recovery_codes_on(desk.answer()).len(), 10);
    desk.type_line("", "Home").await;
    desk.hear("Before this session").await;
    server.stop().await;
}
