//! Every screen in every state, as a person would read it.

use std::time::Duration;

use passholder::dal::{DalError, Session};
use passholder::domain::name::UserName;
use passholder::domain::policy::Policy;
use passholder::domain::preferences::{Preferences, ThemeChoice};
use passholder::domain::session::EndReason;
use passholder::domain::text::Line;
use passholder::tui::input::Input;
use passholder::tui::terminal::{Profile, Rgb};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::{PASSWORD, roomy};

/// Pictures are kept beside these tests.
pub trait Snap {
    fn snap(&mut self, name: &str);

    /// The same as a terminal shows it that has neither colours nor characters outside ASCII.
    fn snap_in_ascii(&mut self, name: &str);
}

/// Columns and rows of the windows that pictures are made of.
pub const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

impl Snap for Desk {
    fn snap_in_ascii(&mut self, name: &str) {
        let profile = Profile::of("vt100", &[("LANG".to_owned(), "C".to_owned())]);
        self.app.set_profile(profile.clone());
        for (columns, rows) in SIZES {
            let shown = self.emulated(&profile, columns, rows).screen().contents();
            assert!(shown.is_ascii(), "{shown}");
            insta::assert_snapshot!(
                format!("ascii_{name}_{columns}x{rows}"),
                shown.replace(&self.handle(), "k7q2mzt4xe")
            );
        }
        self.app.set_profile(Profile::default());
    }

    fn snap(&mut self, name: &str) {
        for (columns, rows) in SIZES {
            let picture = self.picture(columns, rows);
            insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), picture);
        }
    }
}

pub async fn furnished() -> (House, Session) {
    let house = House::build().await;
    let _ = house.try_sign_in("admin", "wrong").await;
    for (name, role) in [("ada", "auditor"), ("bob", "operator"), ("carol", "member"), ("dave", "member")] {
        house.invite(name, role).await;
    }
    let _ = house.user("erin", "member").await;
    let users = house.admin().await.verify().await.unwrap().users();
    users.disable(&UserName::parse("dave").unwrap(), Line::parse("left the team").unwrap()).await.unwrap();
    house.clock.turn(Duration::from_secs(7_300));
    // Those from before were left alone for too long.
    let admin = house.admin().await;
    let _ = house.try_sign_in("admin", "wrong again").await;
    house.clock.turn(Duration::from_mins(5));
    (house, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn home_looks_like_this() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.snap("home_loading");
    desk.settle().await;
    desk.snap("home_admin");
    desk.snap_in_ascii("home_admin");
    let mut desk = Desk::open(&house.sign_in("erin").await);
    desk.settle().await;
    desk.snap("home_member");
    // Where no handle looks out from behind the box.
    desk.press("3").await;
    desk.press("?").await;
    desk.snap("help_member");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_looks_like_this() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    desk.snap("users_full");
    desk.snap_in_ascii("users_full");
    desk.press("?").await;
    desk.snap("users_help");
    desk.snap_in_ascii("users_help");
    desk.press("x").await;
    desk.press("/zzz").await;
    desk.snap("users_empty");
    desk.press("\x15da").await;
    desk.snap("users_search");
    desk.press("\r\r").await;
    desk.snap("users_detail");
    desk.press("x").await;
    desk.press("wrong\r").await;
    desk.snap("users_delete_refused");
    desk.press("\x1b").await;
    desk.press("\r").await;
    desk.press("d").await;
    desk.snap("users_enable");
    for _ in 0..3 {
        desk.press("\x1b").await;
    }
    desk.press("n").await;
    desk.press("Not a name\tTwin\x1b[Z\t\tboss\r").await;
    desk.snap("users_create_refused");
    desk.snap_in_ascii("users_create_refused");
    let has_cursor = |desk: &mut Desk| !desk.emulated(&Profile::default(), 80, 24).screen().hide_cursor();
    assert!(has_cursor(&mut desk));
    desk.press("\x1bOP").await;
    desk.snap("users_help_in_a_form");
    // It stood in the middle of the box, where the field below it is.
    assert!(!has_cursor(&mut desk));
}

/// Dates, a suspension, what two people do at once, and those who were deleted.
#[tokio::test(flavor = "multi_thread")]
async fn the_life_of_an_account_looks_like_this() {
    let (house, _) = furnished().await;
    // Before, so that no sign-in is told of meanwhile.
    let boss = house.user("boss", "admin").await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    desk.press("/carol\r").await;
    desk.press("t").await;
    desk.press("soon\t").await;
    desk.snap("users_dates_refused");
    desk.press("3d").await;
    desk.press("\x1b[Z\x15\t\r").await;
    assert!(
        desk.picture(80, 24).contains("carol has new dates. ^Z takes it back."),
        "{}",
        desk.picture(80, 24)
    );
    desk.press("d").await;
    desk.press("holiday\t2026-12-03 09:00").await;
    desk.snap("users_suspend");
    desk.press("\r").await;
    desk.press("\r").await;
    desk.snap("users_suspended");
    desk.press("\x1b").await;
    // Somebody else is faster.
    desk.press("r").await;
    desk.press("\x15auditor").await;
    let roles = vec![passholder::domain::role::RoleName::parse("operator").unwrap()];
    let carol = UserName::parse("carol").unwrap();
    boss.verify().await.unwrap().users().set_roles(&carol, roles).await.unwrap();
    desk.press("\r").await;
    desk.snap("users_changed_meanwhile");
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("auditor"), "nothing typed is lost: {}", desk.picture(80, 24));
    desk.press("\r").await;
    desk.press("s").await;
    assert!(desk.picture(80, 24).contains("carol is auditor now."), "{}", desk.picture(80, 24));
    desk.press("w").await;
    desk.snap("users_ask_for_a_new_password");
    desk.press("\x1b").await;
    desk.press("x").await;
    desk.press("carol\r").await;
    assert!(
        desk.picture(80, 24).contains("carol was deleted. ^Z takes it back."),
        "{}",
        desk.picture(80, 24)
    );
    desk.press("\x1b").await;
    desk.press("v").await;
    desk.snap("users_deleted");
    desk.snap_in_ascii("users_deleted");
    desk.press("x").await;
    desk.press("carl\r").await;
    desk.snap("users_purge_refused");
    desk.press("\x1b").await;
    desk.press("\r").await;
    desk.press("u").await;
    desk.snap("users_deleted_empty");
    desk.press("v").await;
    assert!(desk.picture(80, 24).contains("carol"), "{}", desk.picture(80, 24));
}

/// Where the policy lets people go, they say it twice; where it does not, they are told who can do it.
#[tokio::test(flavor = "multi_thread")]
async fn deleting_ones_own_account_looks_like_this() {
    let (house, _) = furnished().await;
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.press(":delete my").await;
    desk.press("\r").await;
    assert!(
        desk.picture(80, 24).contains("Only an administrator deletes accounts"),
        "{}",
        desk.picture(80, 24)
    );
    house.dal.set_policy(Policy { delete_own_account: true, ..roomy() });
    desk.press("x").await;
    desk.press("wrong\terin\r").await;
    desk.snap("account_delete_refused");
    desk.press("\x15").await;
    desk.press(&format!("{PASSWORD}\t\r")).await;
    assert!(matches!(erin.verify().await, Err(DalError::SessionEnded(_))));
}

/// The styles of a picture: under each row that has any a row of letters, and what they stand for.
pub fn styled(desk: &mut Desk, columns: u16, rows: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| desk.app.draw(frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut known = Vec::new();
    let mut lines = Vec::new();
    for y in 0..rows {
        let (mut text, mut letters) = (String::new(), String::new());
        for x in 0..columns {
            let cell = &buffer[(x, y)];
            let look = (cell.fg, cell.bg, cell.modifier);
            let index = known.iter().position(|one| *one == look).unwrap_or(known.len());
            if index == known.len() {
                known.push(look);
            }
            text.push_str(cell.symbol());
            letters.push(char::from(b'a' + u8::try_from(index).unwrap()));
        }
        lines.extend([text.trim_end().to_owned(), letters]);
    }
    let legend = known.iter().zip('a'..).map(|((ink, ground, more), letter)| {
        format!("{letter}: {ink} on {ground}{}", format!(" {more:?}").replace(" NONE", ""))
    });
    lines.into_iter().chain(legend).collect::<Vec<_>>().join("\n")
}

/// A colour that changes is seen, in every theme: a list with a form over it, and a page of facts.
#[tokio::test(flavor = "multi_thread")]
async fn every_theme_looks_like_this() {
    let (house, _) = furnished().await;
    let (dark, light) = (Some(0x10), Some(0xff));
    for (name, term, choice, background) in [
        ("unknown", "xterm-256color", ThemeChoice::Auto, None),
        ("dark", "xterm-256color", ThemeChoice::Auto, dark),
        ("light", "xterm-256color", ThemeChoice::Auto, light),
        ("dark_16", "xterm-16color", ThemeChoice::Auto, dark),
        ("light_16", "xterm-16color", ThemeChoice::Auto, light),
        ("contrast", "xterm-256color", ThemeChoice::HighContrast, None),
        ("contrast_dark", "xterm-256color", ThemeChoice::HighContrast, dark),
        ("contrast_light", "xterm-256color", ThemeChoice::HighContrast, light),
        ("mono", "vt100", ThemeChoice::Auto, None),
    ] {
        let session = house.admin().await;
        let account = session.verify().await.unwrap().account();
        let chosen = Preferences { theme: choice, ..Preferences::default() };
        account.set_preferences(chosen).await.unwrap();
        let mut desk = Desk::open(&session);
        desk.app.set_profile(Profile::of(term, &[]));
        if let Some(grey) = background {
            desk.app.take(&Input::Background(Rgb { red: grey, green: grey, blue: grey }));
        }
        desk.app.verify_again();
        desk.settle().await;
        desk.press("2").await;
        desk.press("jjjj\r").await;
        let facts = styled(&mut desk, 60, 14);
        desk.press("\x1b").await;
        desk.press("nBad Name\t").await;
        let form = styled(&mut desk, 60, 18);
        insta::assert_snapshot!(format!("theme_{name}"), format!("{facts}\n\n{form}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_finds_screens_actions_and_people() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press(":").await;
    desk.snap("palette");
    desk.snap_in_ascii("palette");
    desk.press("carol").await;
    desk.snap("palette_person");
    desk.press("\r").await;
    assert!(desk.picture(80, 24).contains("Users › carol"), "{}", desk.picture(80, 24));
    desk.press("\x0bnew us\r").await;
    assert!(desk.picture(80, 24).contains("New user"), "{}", desk.picture(80, 24));
    desk.press("half\x0bhome\r").await;
    assert!(desk.picture(80, 24).contains("Throw away what you typed?"), "{}", desk.picture(80, 24));
    desk.press("\r:lock\r").await;
    assert!(desk.picture(80, 24).contains("Locked"), "{}", desk.picture(80, 24));
    let mut desk = Desk::open(&house.sign_in("erin").await);
    desk.press(":carol").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Nothing is called like this") && !picture.contains("Users"), "{picture}");
}

#[tokio::test(flavor = "multi_thread")]
async fn account_looks_like_this() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.sign_in("erin").await);
    desk.press("3").await;
    desk.snap("account");
    desk.press("p").await;
    desk.press("x\tshort").await;
    desk.snap("account_weak_password");
    desk.snap_in_ascii("account_weak_password");
    desk.press("\x15a good long phrase of 9 words\ta good long phrase of 9 words\r").await;
    desk.snap("account_wrong_current");
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_looks_like_this() {
    let (house, _) = furnished().await;
    let erin = house.sign_in("erin").await;
    erin.turns_to("Home");
    house.clock.turn(Duration::from_mins(3));
    let bob = house.user("bob2", "operator").await;
    bob.turns_to("Users");
    house.clock.turn(Duration::from_secs(10));
    let mut desk = Desk::open(&house.admin().await);
    house.clock.turn(Duration::from_mins(1));
    desk.press("3").await;
    desk.snap("sessions_live");
    desk.snap_in_ascii("sessions_live");
    desk.press("/zzz").await;
    desk.snap("sessions_none");
    desk.press("\x15erin\r").await;
    desk.snap("sessions_filter");
    desk.press("x").await;
    desk.snap("sessions_end_one");
    desk.press("\r").await;
    desk.snap("sessions_ended_one");
    desk.press("\x1be").await;
    desk.press("not everybody\r").await;
    desk.snap("sessions_end_everybody_refused");
    desk.press("\x1b").await;
    desk.press("m").await;
    desk.press("The server is restarted at noon; please save what you are doing before that.\r").await;
    desk.snap("sessions_message");
    let mut desk = Desk::open(&house.sign_in("erin").await);
    desk.press("2").await;
    desk.snap("my_sessions");
    desk.press("o").await;
    desk.snap("my_sessions_end_others");
}

/// A form that is half filled in is still there when the lock is opened.
#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_is_left_alone_looks_like_this() {
    let (house, _) = furnished().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.press("2").await;
    desk.press("nhalf a na").await;
    house.clock.turn(Duration::from_secs(14 * 60 + 18));
    desk.app.time_has_passed();
    desk.snap("leaving");
    house.clock.turn(Duration::from_secs(43));
    desk.app.time_has_passed();
    desk.snap("locked");
    desk.press("x\r").await;
    desk.snap("locked_refused");
    desk.snap_in_ascii("locked_refused");
    desk.press(&format!("{PASSWORD}\r")).await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("half a na") && picture.contains("New user"), "{picture}");
    desk.press("\x1b").await;
    desk.snap("discard");
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("half a na"), "still there");
    desk.press("\x1b").await;
    desk.press("\r").await;
    assert!(!desk.picture(80, 24).contains("New user"), "thrown away");
    desk.press("L").await;
    assert!(desk.picture(80, 24).contains("Locked"), "by hand");
    house.clock.turn(Duration::from_mins(5));
    desk.app.time_has_passed();
    desk.settle().await;
    let left = desk.app.left().unwrap();
    let farewell = String::from_utf8(left.farewell().to_vec()).unwrap();
    assert!(farewell.contains("left alone for too long"), "{farewell}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_minutes_look_like_this() {
    let (house, _) = furnished().await;
    let erin = house.sign_in("erin").await;
    let mut desk = Desk::open(&erin);
    desk.settle().await;
    // Typing keeps it open, and extends nothing.
    for _ in 0..29 {
        house.clock.turn(Duration::from_mins(24));
        erin.typed(1);
    }
    assert!(!desk.picture(80, 24).contains("cannot be extended"));
    house.clock.turn(Duration::from_mins(20));
    erin.typed(1);
    desk.app.time_has_passed();
    desk.snap("last_minutes");
    house.clock.turn(Duration::from_mins(4));
    erin.typed(1);
    desk.app.time_has_passed();
    desk.settle().await;
    assert!(desk.app.left().is_some());
}

/// Two lists after one another, and the offer to go back to one of them.
#[tokio::test(flavor = "multi_thread")]
async fn going_on_looks_like_this() {
    let (house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.press("2").await;
    desk.press("/d\r").await;
    desk.press("j").await;
    admin.end(EndReason::ConnectionLost).await.unwrap();
    drop((desk, admin));
    house.clock.turn(Duration::from_mins(9));
    let mut desk = Desk::open(&house.admin().await);
    desk.settle().await;
    desk.snap("lost");
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Users named d") && picture.contains("› dave"), "{picture}");
    let mut desk = Desk::open(&house.admin().await);
    desk.settle().await;
    assert!(!desk.picture(80, 24).contains("Go on where"), "it was resumed");
}

#[tokio::test(flavor = "multi_thread")]
async fn choosing_a_password_looks_like_this() {
    let (house, _) = furnished().await;
    let one_time = house.invite("frank", "member").await;
    let mut desk = Desk::open(&house.try_sign_in("frank", one_time.expose()).await.unwrap());
    desk.snap("choose_password");
    desk.press("21").await;
    desk.press("\x15").await;
    desk.press(&format!("{PASSWORD}\tdifferent\r")).await;
    desk.snap("choose_password_differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_sessions_looks_like_this() {
    let (house, _) = furnished().await;
    let one = house.user("frank", "member").await;
    one.turns_to("Account");
    let rules = Policy { session_cap: 1, ..roomy() };
    house.dal.set_policy(rules);
    house.clock.turn(Duration::from_mins(25));
    let two = house.sign_in("frank").await;
    let mut desk = Desk::open(&two);
    desk.settle().await;
    desk.snap("too_many_sessions");
    drop(one);
    let _ = two.verify().await.unwrap();
    desk.app.heard_the_bell();
    desk.settle().await;
    desk.snap("room_again");
}
