//! Sign-up: what somebody without an account may do, and what of them never gets in.

use std::time::{Duration, Instant};

use passholder::config::Config;
use passholder::dal::sign_up::{Application, Field, SignUpError};
use passholder::dal::{Engine, Session};
use passholder::domain::name::UserName;
use passholder::domain::policy::{Policy, SignUp, SourcePenalties};
use passholder::domain::secret::Secret;
use passholder::domain::session::Method;
use passholder::tui::input::Decoder;
use passholder::tui::lobby::{self, Lobby, Out, Stranger};
use passholder::tui::terminal::Profile;
use passholder::tui::{Io, Size, plain};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use tokio_util::sync::CancellationToken;

use crate::plain::Listener;
use crate::support::house::{HOME, House, application, new_invite, visitor};
use crate::support::person::{Person, connect};
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE, roomy};

fn policy(sign_up: SignUp) -> Policy {
    Policy { sign_up, sign_ups_per_source: 1_000, sign_ups_per_hour: 1_000, ..roomy() }
}

fn config(sign_up: SignUp) -> Config {
    Config { policy: policy(sign_up), ..quick() }
}

async fn open_house() -> House {
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

/// SECURITY.md, items 72 and 73: names that imitate, hide or overflow.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_none_never_gets_in() {
    let house = open_house().await;
    let admin = house.admin().await;
    let long = "a".repeat(33);
    let odd = [
        long.as_str(),
        "",
        "-rf",
        "..",
        "a/b",
        "1st",
        "аlice",
        "ａlice",
        "ali\u{301}ce",
        "ali\u{202e}ce",
        "ali\u{200b}ce",
        "ali\x1bce",
        "ali\nce",
        "ali\0ce",
        "ßs",
        "İ",
        "alice bob",
        "alice@host",
    ];
    for name in odd {
        let Err(SignUpError::Fields(wrong)) = house.sign_up(name, None).await else {
            panic!("{name:?} got in")
        };
        assert_eq!(wrong[0].0, Field::Name, "{name:?}");
        assert!(wrong[0].1.starts_with("must be up to 32 of"), "{name:?}: {wrong:?}");
        assert!(UserName::parse_new(name).is_err(), "nor through an administrator: {name:?}");
    }
    for reserved in ["new", "invite", "root", "ROOT", "system", "nobody", "passholder"] {
        assert_eq!(refused_name(&house, reserved).await, "this name cannot be used", "{reserved}");
        assert!(UserName::parse_new(reserved).is_err());
    }
    // A name is what it is in lower case, once.
    house.sign_up("  Alice ", None).await.unwrap();
    assert_eq!(refused_name(&house, "ALICE").await, "this name cannot be used");
    let display =
        ["\u{202e}nimda", &format!("a{}", "\u{36f}".repeat(5)), &"漢".repeat(21), "\u{e000}", "a\u{7}b"];
    for (number, name) in display.into_iter().enumerate() {
        let typed = Application { display_name: name.to_owned(), ..application(&format!("user{number}")) };
        let result = house.dal.sign_up(typed, None, visitor(HOME)).await;
        let Err(SignUpError::Fields(wrong)) = result else { panic!("{name:?} got in") };
        assert_eq!(
            wrong.iter().map(|(field, _)| *field).collect::<Vec<_>>(),
            [Field::DisplayName],
            "{name:?}"
        );
    }
    let users = admin
        .verify()
        .await
        .unwrap()
        .users()
        .list(passholder::dal::users::UserQuery { limit: 50, ..Default::default() });
    let names: Vec<String> = users.await.unwrap().items.iter().map(|row| row.name.to_string()).collect();
    assert_eq!(names, ["admin", "alice"]);
}

async fn refused_name(house: &House, name: &str) -> String {
    match house.sign_up(name, None).await {
        Err(SignUpError::Fields(wrong)) if wrong.len() == 1 && wrong[0].0 == Field::Name => {
            wrong[0].1.clone()
        }
        Ok(_) => panic!("{name} got in"),
        Err(other) => panic!("{name}: {other:?}"),
    }
}

/// A taken name, a reserved one and one that was somebody's are refused in the same words, and trying many of
/// them counts like guessing.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_name_tells_nothing_and_counts() {
    let house = open_house().await;
    house.invite("bob", "member").await;
    let users = house.admin().await.verify().await.unwrap().users();
    users.delete(&UserName::parse("bob").unwrap()).await.unwrap();
    for name in ["admin", "root", "bob"] {
        assert_eq!(refused_name(&house, name).await, "this name cannot be used", "{name}");
    }
    let source_penalties = SourcePenalties { failures: 6, ..SourcePenalties::default() };
    house.dal.set_policy(Policy { source_penalties, ..policy(SignUp::Open) });
    for _ in 0..3 {
        refused_name(&house, "admin").await;
    }
    assert!(matches!(house.sign_up("carol", None).await, Err(SignUpError::SourceRefused)));
    assert!(house.dal.refuses(HOME.parse().unwrap()));
    house.clock.turn(Duration::from_mins(2));
    house.sign_up("carol", None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_judged_where_the_store_is() {
    let house = open_house().await;
    let secret = |text: &str| Secret::new(text.to_owned());
    let typed = Application {
        name: "1".to_owned(),
        display_name: "\u{202e}".to_owned(),
        password: secret("short"),
        again: secret("other"),
    };
    let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(typed, None, visitor(HOME)).await else {
        panic!()
    };
    let fields: Vec<Field> = wrong.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, [Field::Name, Field::DisplayName, Field::Password]);
    let unlike = Application { again: secret("heron lantern quilt marble 8"), ..application("dora") };
    let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(unlike, None, visitor(HOME)).await else {
        panic!()
    };
    assert_eq!(wrong, [(Field::Again, "is not the same".to_owned())]);
    let named = "dorothea dorothea";
    let own = Application { password: secret(named), again: secret(named), ..application("dorothea") };
    let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(own, None, visitor(HOME)).await else { panic!() };
    assert!(wrong[0].0 == Field::Password && wrong[0].1.contains("built from a name"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_want_a_name_at_once_one_gets_it() {
    let house = open_house().await;
    for round in 0..20 {
        let name = format!("racer{round}");
        let (one, two) = tokio::join!(house.sign_up(&name, None), house.sign_up(&name, None));
        assert!(one.is_ok() != two.is_ok(), "round {round}");
        let Err(SignUpError::Fields(wrong)) = (if one.is_ok() { two } else { one }) else { panic!() };
        assert_eq!(wrong, [(Field::Name, "this name cannot be used".to_owned())]);
    }
}

fn words(result: Result<Session, SignUpError>) -> String {
    result.err().expect("nobody gets in").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_sign_up_in_an_hour_from_one_source_and_in_all() {
    let house = House::build().await;
    let limited = || Policy { sign_ups_per_source: 2, sign_ups_per_hour: 3, ..policy(SignUp::Open) };
    house.dal.set_policy(limited());
    house.sign_up("one", None).await.unwrap();
    house.sign_up("two", None).await.unwrap();
    // The clock of the house stands at 11:12:14.
    let told = words(house.sign_up("three", None).await);
    assert_eq!(told, "too many accounts were made within an hour; come back in 48 min");
    assert!(matches!(house.dal.may_sign_up(HOME.parse().unwrap()).await, Err(SignUpError::TooMany(_))));
    let elsewhere = |name: &str| house.dal.sign_up(application(name), None, visitor("198.51.100.9"));
    elsewhere("three").await.unwrap();
    assert!(matches!(elsewhere("four").await, Err(SignUpError::TooMany(_))), "in all");
    house.clock.turn(Duration::from_mins(48));
    house.sign_up("five", None).await.unwrap();
}

/// The tallies are in the store.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_nobody_who_signed_up() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().join("store"), cache_bytes: 1 << 20 };
    let limited = || Policy { sign_ups_per_source: 1, ..policy(SignUp::Open) };
    let house = House::build_on(engine()).await;
    house.dal.set_policy(limited());
    house.sign_up("one", None).await.unwrap();
    drop(house);
    let house = reopened(engine).await;
    house.dal.set_policy(limited());
    assert!(matches!(house.sign_up("two", None).await, Err(SignUpError::TooMany(_))));
}

/// The store of a house that was left is free a moment later.
async fn reopened(engine: impl Fn() -> Engine) -> House {
    let until = Instant::now() + PATIENCE;
    loop {
        match House::reopen(engine()) {
            Ok(house) => return house,
            Err(error) if Instant::now() > until => panic!("{error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_session_says_how_it_came_about() {
    let house = open_house().await;
    let session = house.sign_up("erin", None).await.unwrap();
    assert_eq!(session.claims().methods, [Method::SignUp]);
    let profile = session.verify().await.unwrap().account().profile().await.unwrap();
    assert_eq!(profile.roles.len(), 1);
    assert_eq!(profile.roles[0].as_str(), "member");
    let invite = house.make_invite(&house.admin().await, "auditor").await;
    let invited = house.redeem(invite.code.expose()).await.unwrap();
    let session = house.sign_up("frank", Some(&invited)).await.unwrap();
    assert_eq!(session.claims().methods, [Method::Invite]);
    assert_eq!(session.claims().roles[0].as_str(), "auditor");
}

/// A form is open for a while and no longer, whoever does what meanwhile; on the screen and line by line.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_its_time() {
    let house = open_house().await;
    for is_plain in [false, true] {
        let (input, typed) = tokio::sync::mpsc::channel(8);
        let (output, mut frames) = tokio::sync::mpsc::channel(1);
        let (_size, size) = tokio::sync::watch::channel(Size { columns: 80, rows: 24 });
        let mut io = Io {
            input: typed,
            output,
            size,
            stopping: CancellationToken::new(),
            frames_per_second: 30,
            profile: Profile::default(),
        };
        tokio::spawn(async move { while frames.recv().await.is_some() {} });
        tokio::spawn(async move {
            while input.send("x".into()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        let stranger = Stranger::new(house.dal.clone(), visitor(HOME), None);
        let until = tokio::time::Instant::now() + Duration::from_millis(150);
        let out = if is_plain {
            plain::lobby::run(stranger, &mut io, until).await
        } else {
            lobby::run(stranger, &mut io, until).await
        };
        let Out::Left(left) = out else { panic!("nobody signed up") };
        assert_eq!((left.words().as_str(), left.exit_status()), (TIME_IS_UP, 4));
        assert!(tokio::time::Instant::now() >= until);
    }
}

const TIME_IS_UP: &str = "The time for this form is up; connect again to start over.";

/// The public screen without a channel.
struct Bench {
    lobby: Lobby,
    decoder: Decoder,
}

impl Bench {
    fn open(stranger: Stranger) -> Self {
        Self { lobby: Lobby::new(stranger, Profile::default()), decoder: Decoder::new() }
    }

    async fn press(&mut self, keys: &str) {
        let mut typed = Vec::new();
        self.decoder.feed(keys.as_bytes(), &mut typed);
        self.decoder.flush(&mut typed);
        for input in typed {
            self.lobby.take(&input);
        }
        while self.lobby.is_waiting() {
            tokio::time::timeout(PATIENCE, self.lobby.looked_at()).await.expect("an answer");
        }
    }

    fn picture(&mut self, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| self.lobby.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    /// What can be clicked is what was drawn last.
    fn look(&mut self) {
        self.picture(80, 24);
    }

    fn snap(&mut self, name: &str) {
        for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
            insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), self.picture(columns, rows));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_looks_like_this() {
    let house = open_house().await;
    let stranger = || Stranger::new(house.dal.clone(), visitor(HOME), None);
    let mut bench = Bench::open(stranger());
    bench.snap("form_empty");
    bench.press("Not a name\t\u{202e}x\tshort\tother\r").await;
    bench.snap("form_wrong");
    let mut bench = Bench::open(stranger());
    bench.press(&format!("admin\tThe Boss\t{PASSWORD}\t{PASSWORD}\r")).await;
    bench.snap("form_taken");
    // Nothing is lost by the refusal, and Esc does not throw it away.
    bench.press("\x1b").await;
    bench.snap("form_kept");
    // A click on what Enter does sends it, from whatever field.
    bench.press("\x15grace").await;
    bench.look();
    bench.press("\x1b[<0;3;24M").await;
    let Some(Out::In(session)) = bench.lobby.out() else { panic!("signed up") };
    assert_eq!(session.claims().display_name.as_str(), "The Boss");

    let named = passholder::dal::invites::NewInvite {
        name: Some(UserName::parse("bob").unwrap()),
        ..new_invite("member")
    };
    let made = house.admin().await.verify().await.unwrap().invites().create(named).await.unwrap();
    let invited = house.redeem(made.code.expose()).await.unwrap();
    let mut bench = Bench::open(Stranger::new(house.dal.clone(), visitor(HOME), Some(invited)));
    bench.snap("form_invited");
    house.dal.set_policy(Policy { sign_ups_per_source: 0, ..policy(SignUp::Open) });
    bench.press(&format!("Bob\t{PASSWORD}\t{PASSWORD}\r")).await;
    bench.snap("form_too_many");
    // What can come to nothing any more ends it.
    house.dal.set_policy(policy(SignUp::Closed));
    bench.press("\r").await;
    let Some(Out::Left(left)) = bench.lobby.out() else { panic!("sent away") };
    assert_eq!(left.words(), "Nobody signs up here: an administrator makes accounts.");
}
