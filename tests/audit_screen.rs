//! The Audit screen: what it looks like, what is found on it, and the ways to it and on from it.

use std::time::Duration;

use passholder::dal::Session;
use passholder::dal::audit::{AuditQuery, MAX_ROWS};
use passholder::domain::policy::Policy;
use passholder::domain::preferences::Preferences;
use passholder::domain::role::{Permission, Permissions};
use passholder::domain::text::Line;
use passholder::tui::screens::Route;
use passholder::tui::terminal::Profile;

use crate::account_life::{DAY, HOUR, holiday, name, patience, patient, sweep, users};
use crate::custom_roles::{create, custom, edit, give};
use crate::plain::Listener;
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::server::{TestServer, quick};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

/// Pictures of a desk in which what is random is always the same.
struct Pictures {
    desk: Desk,
    random: Vec<(String, &'static str)>,
}

impl Pictures {
    async fn of(session: &Session) -> Self {
        let mut pictures = Self { desk: Desk::open(session), random: Vec::new() };
        pictures.know(session).await;
        pictures.desk.settle().await;
        pictures
    }

    /// The ids of everything that has happened so far.
    async fn know(&mut self, reader: &Session) {
        let query = AuditQuery { limit: MAX_ROWS, ..AuditQuery::default() };
        let trail = reader.verify().await.unwrap().audit().list(query).await.unwrap();
        for row in trail.items {
            self.random.push((row.id.to_string(), "azqxbwv3k4fq2m7a"));
            let actor = row.actor.as_ref();
            let sessions = actor.and_then(|actor| actor.session.as_ref());
            self.random.extend(sessions.map(|session| (session.to_string(), "k7q2mzt4xe")));
            let users = actor.map(|actor| actor.user).into_iter().chain(row.target.map(|it| it.user));
            self.random.extend(users.map(|user| (user.to_string(), "agny5pszmnvtyk2q7w4hfsxd3e")));
        }
    }

    fn masked(&self, picture: &str) -> String {
        let mut shown = picture.to_owned();
        for (word, instead) in &self.random {
            shown = shown.replace(word, instead);
            // Where there was not enough room for all of it.
            for length in (6..word.len()).rev() {
                for sign in ["…", "~"] {
                    let cut = format!("{}{sign}", &word[..length]);
                    shown = shown.replace(&cut, &format!("{}{sign}", &instead[..length]));
                }
            }
        }
        shown
    }

    fn snap(&mut self, picture_of: &str) {
        for (columns, rows) in SIZES {
            let picture = self.desk.picture(columns, rows);
            insta::assert_snapshot!(format!("audit_{picture_of}_{columns}x{rows}"), self.masked(&picture));
        }
    }

    /// Without colours, and without letters that not every terminal has.
    fn snap_in_ascii(&mut self, picture_of: &str) {
        let profile = Profile::of("vt100", &[("LANG".to_owned(), "C".to_owned())]);
        self.desk.app.set_profile(profile.clone());
        for (columns, rows) in SIZES {
            let shown = self.desk.emulated(&profile, columns, rows).screen().contents();
            assert!(shown.is_ascii(), "{shown}");
            insta::assert_snapshot!(
                format!("ascii_audit_{picture_of}_{columns}x{rows}"),
                self.masked(&shown)
            );
        }
        self.desk.app.set_profile(Profile::default());
    }
}

/// A house in which something happened every few minutes, and nothing before.
async fn eventful() -> (House, Session) {
    let house = patient().await;
    let minutes = || house.clock.turn(Duration::from_mins(7));
    let alice = house.user("alice", "operator").await;
    house.user("bob", "member").await;
    house.dal.set_policy(Policy { keep_events: 30 * DAY, ..patience() });
    house.clock.turn(32 * DAY);
    sweep(&house).await;
    minutes();
    let admin = house.admin().await;
    minutes();
    let end = house.dal.now().after(HOUR);
    users(&admin).await.suspend(&name("bob"), holiday(), end).await.unwrap();
    minutes();
    let hostile = "b\u{1b}[2Job\u{202e}";
    assert!(house.try_from("192.0.2.66", hostile, "wrong").await.is_err());
    minutes();
    admin.verify().await.unwrap().policy().set("session.cap", "9", None).await.unwrap();
    minutes();
    create(&admin, custom("desk", "read-users")).await.unwrap();
    minutes();
    let more = Permissions::of(&[Permission::ReadAudit, Permission::ReadSystem]);
    edit(&admin, "desk", |role| role.permissions = role.permissions.and(more)).await.unwrap();
    minutes();
    give(&admin, "alice", "operator, desk").await.unwrap();
    minutes();
    users(&alice).await.reset_password(&name("bob")).await.unwrap();
    house.clock.turn(HOUR);
    sweep(&house).await;
    minutes();
    admin.verify().await.unwrap().sessions().tell_everybody(Line::parse("lunch").unwrap()).await.unwrap();
    minutes();
    (house, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_looks_like_this() {
    let (_house, admin) = eventful().await;
    let mut pictures = Pictures::of(&admin).await;
    pictures.desk.go_without_waiting(Route::Audit);
    pictures.snap("loading");
    pictures.desk.settle().await;
    pictures.snap("list");
    pictures.snap_in_ascii("list");
    pictures.desk.press("?").await;
    pictures.snap("help");
    pictures.desk.press("\x1b").await;
    pictures.desk.press("jjj\r").await;
    pictures.snap("detail");
    pictures.desk.press("\x1b").await;
    pictures.desk.press("j\r").await;
    pictures.snap("role_edited");
    pictures.snap_in_ascii("role_edited");
    pictures.desk.press("\x1b").await;
    pictures.desk.press("f").await;
    pictures.snap("filter");
    pictures.desk.press("bob\tuser-disable\tsoon\tnowhere\r").await;
    pictures.snap("filter_wrong");
    pictures.desk.press("\x1b").await;
    pictures.desk.press("f").await;
    pictures.desk.press("bob\tuser-disabled, password-reset\t3h\t\r").await;
    pictures.snap("filtered");
    pictures.desk.press("f").await;
    pictures.desk.press("\x15zoe\t\x15\t\x15\t\r").await;
    pictures.snap("nothing");
    pictures.desk.press("\x1b").await;
    pictures.desk.press("/al").await;
    pictures.snap("search");
}

#[tokio::test(flavor = "multi_thread")]
async fn from_an_event_to_its_user_and_back_to_the_history() {
    let (house, admin) = eventful().await;
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    desk.go(Route::Audit).await;
    desk.press("/bob\r").await;
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Enabled bob: the time was up.") && picture.contains("u the user"), "{picture}");
    desk.press("y").await;
    assert!(desk.app.to_copy().is_some_and(|(what, _)| what == "the id of the event"));
    desk.press("u").await;
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("Users › bob") && picture.contains("Display name") || picture.contains("Bob"),
        "{picture}"
    );
    // From the user to all that is about that one, and nothing of anybody else.
    desk.press("i").await;
    let picture = desk.picture(120, 40);
    assert!(picture.contains("about bob"), "{picture}");
    assert!(
        picture.contains("disabled bob until") && picture.contains("reset the password of bob"),
        "{picture}"
    );
    assert!(!picture.contains("lunch") && !picture.contains("session.cap"), "{picture}");
    // From one event to the history of its user.
    desk.press("\x1b").await;
    desk.press("/alice\r").await;
    desk.press("i").await;
    let picture = desk.picture(120, 40);
    assert!(
        picture.contains("about bob") && !picture.contains("roles of alice"),
        "whom it was done to: {picture}"
    );
    // Of somebody who is gone the history is found, and there is no user to go to.
    users(&admin).await.delete(&name("bob")).await.unwrap();
    users(&admin).await.purge(&name("bob")).await.unwrap();
    house.clock.turn(Duration::from_mins(1));
    desk.press("\x1b").await;
    desk.press("/bob\r").await;
    desk.press("\x1b[15~").await;
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("bob") && !picture.contains("u the user"), "{picture}");
}

/// What happens while somebody watches comes by itself, and who was selected stays selected.
#[tokio::test(flavor = "multi_thread")]
async fn what_happens_meanwhile_comes_onto_the_screen() {
    let (house, admin) = eventful().await;
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    desk.go(Route::Audit).await;
    desk.press("jj").await;
    let selected = |picture: &str| {
        picture.lines().find(|line| line.contains('›') && !line.contains("Passholder")).map(str::to_owned)
    };
    let before = selected(&desk.picture(120, 40)).unwrap();
    users(&admin).await.disable(&name("alice"), Line::parse("left").unwrap()).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), desk.app.loaded()).await.expect("it reads by the clock");
    desk.settle().await;
    let picture = desk.picture(120, 40);
    assert!(picture.contains("disabled alice: left"), "{picture}");
    assert_eq!(selected(&picture).unwrap(), before);
    drop(house);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_read_the_trail_has_no_such_screen_and_no_history() {
    let house = patient().await;
    let olga = house.user("olga", "operator").await;
    house.user("bob", "member").await;
    let has = |session: &Session| {
        passholder::proxy::screens(&session.claims()).iter().any(|screen| screen.route == Route::Audit)
    };
    assert!(!has(&olga) && has(&house.user("ada", "auditor").await));
    let mut desk = Desk::open(&olga);
    desk.settle().await;
    desk.go(Route::Users).await;
    let before = desk.picture(120, 40);
    assert!(!before.contains("history"), "{before}");
    desk.press("i").await;
    assert_eq!(desk.picture(120, 40), before);
    // A role is taken away while the screen is open.
    let admin = house.admin().await;
    let ada = house.sign_in("ada").await;
    let mut desk = Desk::open(&ada);
    desk.settle().await;
    desk.go(Route::Audit).await;
    give(&admin, "ada", "member").await.unwrap();
    desk.press("\x1b[15~").await;
    let picture = desk.picture(80, 24);
    assert!(!picture.contains("signed in by password"), "{picture}");
}

/// Far more happened than one look takes in: it is said how far back one looked, and the next key looks further.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_goes_far_back_says_how_far() {
    let (house, admin) = eventful().await;
    for _ in 0..8_200 {
        house.clock.turn(Duration::from_millis(1));
        admin.verify().await.unwrap().account().set_preferences(Preferences::default()).await.unwrap();
    }
    let mut desk = Desk::open(&admin);
    desk.settle().await;
    desk.go(Route::Audit).await;
    desk.press("f").await;
    desk.press("\tname-freed, user-disabled\t\t\r").await;
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("Nothing found so far") && picture.contains("looked back to 2026-12"),
        "{picture}"
    );
    desk.press("l").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("disabled bob"), "{picture}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_read_line_by_line() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    admin.run("users create bob --role member").await;
    admin.run("users disable bob --reason 'on holiday'").await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("\nHome: ").await;
    desk.type_line("audit", "Audit").await;
    desk.hear("Columns: When, Who, Did what, To whom, From.").await;
    desk.type_line("/bob", "Audit").await;
    desk.hear("Who: admin; Did what: disabled bob: on holiday; To whom: bob").await;
    desk.type_line("open", "Audit").await;
    desk.hear("Disabled bob: on holiday.").await;
    desk.hear("user-disabled").await;
    desk.type_line("esc", "Audit").await;
    desk.type_line("filter", "User, by name or id (empty: any)").await;
    desk.type_line("", "Kinds, with commas between (empty: any)").await;
    desk.type_line("user-created", "Since (empty: as long as is kept)").await;
    desk.type_line("1h", "From or to an address (empty: any)").await;
    desk.type_line("", "Audit").await;
    desk.hear("made the account bob: member").await;
    server.stop().await;
}
