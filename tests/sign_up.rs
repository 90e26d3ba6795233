//! Sign-up: the way in, and what somebody without an account never gets at.

use std::time::Duration;

use passholder::config::Config;
use passholder::domain::policy::{Policy, SignUp};
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};

use crate::plain::Listener;
use crate::support::house::House;
use crate::support::person::{Person, connect};
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, roomy};

pub fn policy(sign_up: SignUp) -> Policy {
    Policy { sign_up, sign_ups_per_source: 1_000, sign_ups_per_hour: 1_000, ..roomy() }
}

fn config(sign_up: SignUp) -> Config {
    Config { policy: policy(sign_up), ..quick() }
}

pub async fn open_house() -> House {
    let house = House::build().await;
    house.dal.set_policy(policy(SignUp::Open));
    house
}

/// The main way in: `ssh new@host`, the form, and Home on the same connection.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_up_lands_at_home_signed_in() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let stranger = Person::visit(server.port, "new").await.expect("let in without a password");
    let mut screen = stranger.dashboard(80, 24).await;
    screen.see("Make an account of your own").await;
    screen.press("grace\tGrace Hopper\t").await;
    screen.choose(PASSWORD).await;
    screen.see("This session").await;
    assert!(screen.text().contains("grace · member"), "{}", screen.text());
    screen.see("sign-up").await;
    // From now on the connection is hers: commands, and more than one channel.
    let who = stranger.run("whoami").await;
    assert!(who.status == 0 && who.out.contains("grace"), "{who:?}");
    screen.press("q").await;
    assert_eq!(screen.ended().await, Some(0));
    assert!(!screen.parser.screen().alternate_screen() && screen.text().contains("Signed out."));
    assert!(Person::sign_in(server.port, "grace", PASSWORD).await.is_some());
    let admin = server.admin().await;
    let shown = admin.run("users show grace").await;
    assert!(shown.out.contains("Grace Hopper") && shown.out.contains("member"), "{}", shown.out);
    // Being disabled ends it at once, as any session.
    let mut again = stranger.dashboard(80, 24).await;
    again.see("This session").await;
    assert_eq!(admin.run("users disable grace --reason test").await.status, 0);
    assert_eq!(again.ended().await, Some(3));
    server.stop().await;
}

/// Where nobody signs up, a stranger is told so in a sentence, with a terminal and without, and leaves.
#[tokio::test(flavor = "multi_thread")]
async fn where_sign_up_is_not_open_a_stranger_is_told_what_to_do() {
    let cases = [
        (SignUp::Closed, "new", "Nobody signs up here: an administrator makes accounts."),
        (SignUp::Closed, "invite", "Nobody signs up here: an administrator makes accounts."),
        (SignUp::Closed, "invite:k7mz", "Nobody signs up here: an administrator makes accounts."),
        (SignUp::Invite, "new", "Sign-up needs an invite: connect as invite@ instead of new@"),
    ];
    for (mode, name, words) in cases {
        let server = TestServer::start(config(mode)).await;
        let stranger = Person::visit(server.port, name).await.expect(name);
        let mut screen = stranger.dashboard(80, 24).await;
        assert_eq!(screen.ended().await, Some(4), "{mode} {name}");
        assert!(screen.text().replace('\n', " ").contains(words), "{mode} {name}: {}", screen.text());
        let stranger = Person::visit(server.port, name).await.unwrap();
        let ran = stranger.run("whoami").await;
        assert_eq!((ran.status, ran.out.as_str()), (4, ""), "{ran:?}");
        assert!(
            ran.err.starts_with("passholder: ")
                && ran.err.to_lowercase().contains(&words[..20].to_lowercase())
        );
        server.stop().await;
    }
}

/// Nothing can be run before sign-up, and there is one channel: the form's.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_has_one_channel_and_only_a_form_on_it() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let stranger = Person::visit(server.port, "new").await.unwrap();
    assert!(stranger.connection.channel_open_direct_tcpip("127.0.0.1", 22, "127.0.0.1", 1).await.is_err());
    let ran = stranger.run("users list").await;
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("no command can be run before sign-up"), "{}", ran.err);
    assert!(stranger.connection.channel_open_session().await.is_err());

    let stranger = Person::visit_from("127.0.0.2", server.port, "new").await.unwrap();
    let ran = stranger.run("--plain").await;
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("ask for one with ssh -t"), "{}", ran.err);

    // The form knows none of the dashboard's keys, and leaving it is said.
    let stranger = Person::visit_from("127.0.0.3", server.port, "new").await.unwrap();
    let mut screen = stranger.dashboard(80, 24).await;
    screen.see("User name").await;
    screen.press("\x0b\x1bOP\x1b[24~\t2").await;
    screen.rest(Duration::from_millis(300)).await;
    assert!(screen.text().contains("Make an account of your own"), "{}", screen.text());
    for absent in ["admin", "Users", "Sessions", "help"] {
        assert!(!screen.text().contains(absent), "{}", screen.text());
    }
    assert!(stranger.connection.channel_open_session().await.is_err());
    screen.press("\x03").await;
    assert_eq!(screen.ended().await, Some(0));
    assert!(screen.text().contains("No account was made."), "{}", screen.text());
    assert!(!screen.parser.screen().alternate_screen());
    server.stop().await;
}

/// The terminal of whoever wanders off is sent nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_nobody_touches_sends_nothing() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let stranger = Person::visit(server.port, "new").await.unwrap();
    let mut screen = stranger.dashboard(80, 24).await;
    screen.see("User name").await;
    screen.quiet().await;
    let before = screen.bytes;
    screen.rest(Duration::from_secs(2)).await;
    assert_eq!(screen.bytes, before);
    server.stop().await;
}

/// A source has two forms at once; a third is told so, and those that are over make room.
#[tokio::test(flavor = "multi_thread")]
async fn few_forms_are_open_at_once_from_one_source() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let first = Person::visit(server.port, "new").await.unwrap();
    let mut form = first.dashboard(80, 24).await;
    form.see("User name").await;
    let second = Person::visit(server.port, "new").await.unwrap();
    let third = Person::visit(server.port, "new").await.unwrap();
    let told = third.run("x").await;
    assert!(told.status == 4 && told.err.contains("too many people are signing up right now"), "{told:?}");
    let elsewhere = Person::visit_from("127.0.0.9", server.port, "new").await.unwrap();
    assert_eq!(elsewhere.run("x").await.status, 2, "there is room for others");
    // Whoever signed up is no visitor any more.
    form.press("heidi\t\t").await;
    form.choose(PASSWORD).await;
    form.see("This session").await;
    let fourth = Person::visit(server.port, "new").await.unwrap();
    assert_eq!(fourth.run("x").await.status, 2);
    drop(second);
    server.stop().await;
}

/// Whoever had left a form kept its place for as long as they did not hang up.
#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_form_makes_room_at_once() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let _first = Person::visit(server.port, "new").await.unwrap();
    let second = Person::visit(server.port, "new").await.unwrap();
    let told = Person::visit(server.port, "new").await.unwrap().run("x").await;
    assert!(told.err.contains("too many people are signing up right now"), "{told:?}");
    let mut form = second.dashboard(80, 24).await;
    form.see("User name").await;
    form.press("\x03").await;
    assert_eq!(form.ended().await, Some(0));
    assert!(!second.connection.is_closed());
    assert_eq!(Person::visit(server.port, "new").await.unwrap().run("x").await.status, 2);
    server.stop().await;
}

/// What a public name opens is a form: nothing that was said for it counts for anybody else.
#[tokio::test(flavor = "multi_thread")]
async fn no_way_leads_from_a_public_name_to_somebodys_session() {
    let server = TestServer::start(config(SignUp::Open)).await;
    // The name cannot change, before the form and after it.
    let mut connection = connect(server.port).await;
    assert!(connection.authenticate_none("new").await.unwrap().success());
    let second = connection.authenticate_password("admin", PASSWORD);
    let changed = tokio::time::timeout(Duration::from_millis(500), second).await;
    assert!(!matches!(changed, Ok(Ok(AuthResult::Success))));
    let mut connection = connect(server.port).await;
    assert!(!connection.authenticate_none("invite").await.unwrap().success());
    let changed = connection.authenticate_password("admin", PASSWORD).await;
    assert!(!matches!(changed, Ok(AuthResult::Success)));
    // Somebody's password is none for a public name.
    for name in ["new", "invite"] {
        assert!(Person::sign_in(server.port, name, PASSWORD).await.is_none(), "{name}");
    }
    assert!(Person::answer(server.port, "invite", PASSWORD).await.is_none());
    // An empty one is as good as none, where none is needed.
    let mut connection = connect(server.port).await;
    assert!(connection.authenticate_password("new", "").await.unwrap().success());
    let mut connection = connect(server.port).await;
    let asked = connection.authenticate_keyboard_interactive_start("NEW", None::<String>).await.unwrap();
    assert!(matches!(asked, KeyboardInteractiveAuthResponse::Success));
    // No name that only looks like a public one is.
    for name in ["admin", "news", "new:x", "nеw", ""] {
        assert!(Person::visit(server.port, name).await.is_none(), "{name}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_line_by_line() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let stranger = Person::visit(server.port, "new").await.unwrap();
    let mut desk = Listener::on_a_dumb_terminal(&stranger).await;
    desk.hear("Passholder. Sign up. Make an account of your own;").await;
    desk.hear("\nUser name: ").await;
    desk.type_line("/keys", "User name").await;
    desk.hear("/suggest makes up a passphrase").await;
    desk.type_line("Not a name", "User name; now Not a name").await;
    desk.hear("User name: This must be up to 32").await;
    desk.type_line("admin", "Display name (empty: the user name)").await;
    desk.type_line("", "Password, not shown").await;
    desk.type_line("short", "Password, filled in, not shown").await;
    desk.hear("Password: Use at least 15 characters").await;
    desk.type_line(PASSWORD, "The same again, not shown").await;
    desk.type_line("other", "The same again, filled in, not shown").await;
    desk.hear("is not the same").await;
    desk.type_line(PASSWORD, "User name; now admin").await;
    desk.hear("Working.").await;
    desk.hear("User name: This name cannot be used.").await;
    // Nothing that was typed is lost.
    desk.type_line("ivan", "Display name (empty: the user name)").await;
    desk.type_line("", "Password, filled in, not shown").await;
    desk.type_line("", "The same again, filled in, not shown").await;
    desk.type_line("", "Home").await;
    desk.hear("Signed in as ivan, member.").await;
    assert!(!desk.said.contains(PASSWORD) && !desk.said.contains("short"), "{}", desk.said);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passphrase_is_read_out_where_it_is_asked_for() {
    let server = TestServer::start(config(SignUp::Open)).await;
    let stranger = Person::visit(server.port, "new").await.unwrap();
    let mut desk = Listener::plain(&stranger, "plain").await;
    desk.hear("\nUser name: ").await;
    desk.type_line("judy", "Display name (empty: the user name)").await;
    desk.type_line("Judy", "Password, not shown").await;
    desk.type_line("/suggest", "Password, filled in, not shown").await;
    let phrase = desk.answer().split("Suggested password: ").nth(1).unwrap().split(". ").next().unwrap();
    let phrase = phrase.to_owned();
    desk.type_line("", "The same again, filled in, not shown").await;
    desk.type_line("", "Home").await;
    assert!(Person::sign_in(server.port, "judy", &phrase).await.is_some(), "{phrase}");
    server.stop().await;
}
