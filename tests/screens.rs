//! Every screen in every state, as a person would read it.

use std::time::Duration;

use passholder::dal::users::UserQuery;
use passholder::dal::{DalError, Session};
use passholder::domain::name::UserName;
use passholder::domain::policy::Policy;
use passholder::domain::preferences::{Preferences, ThemeChoice};
use passholder::domain::role::{Permission, Permissions};
use passholder::domain::secret::Secret;
use passholder::domain::session::EndReason;
use passholder::domain::text::Line;
use passholder::domain::zone::Zone;
use passholder::tui::input::Input;
use passholder::tui::look::Look;
use passholder::tui::screen::{Brought, Context};
use passholder::tui::screens::{Route, SCREENS};
use passholder::tui::terminal::{Profile, Rgb};
use passholder::tui::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::{PASSWORD, PATIENCE, roomy};

/// Pictures are kept beside these tests.
trait Snap {
    fn snap(&mut self, name: &str);

    /// The same as a terminal shows it that has neither colours nor characters outside ASCII.
    fn snap_in_ascii(&mut self, name: &str);
}

/// Columns and rows of the windows that pictures are made of.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

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

async fn furnished() -> (House, Session) {
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

/// The styles of a picture: under each row that has any a row of letters, and what they stand for.
fn styled(desk: &mut Desk, columns: u16, rows: u16) -> String {
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
    for spec in SCREENS.iter().filter(|spec| spec.route != Route::ChoosePassword) {
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
