//! The second factor over SSH: both methods, and every way around it.

use russh::MethodKind;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse as Asked};

use passholder::domain::policy::{FactorFor, Policy};
use passholder::domain::session::Method;

use crate::support::authenticator::{Authenticator, STEP};
use crate::support::front::OpenHouse;
use crate::support::house::House;
use crate::support::person::{Person, Trusting, connect};
use crate::support::{PASSWORD, roomy};

/// A house with `alice` in it, who has a second factor, and `bob`, who has another one.
struct Scene {
    house: House,
    door: OpenHouse,
    alice: Authenticator,
    bob: Authenticator,
}

impl Scene {
    async fn set() -> Self {
        let house = House::build().await;
        let alice = house.user("alice", "member").await;
        let bob = house.user("bob", "member").await;
        let (alice, bob) =
            (Authenticator::set_up(&house, &alice).await, Authenticator::set_up(&house, &bob).await);
        let door = OpenHouse::open(&house).await;
        Self { house, door, alice, bob }
    }

    /// Alice's code, and the next one is another.
    fn code(&self) -> String {
        let code = self.alice.code(&self.house);
        self.house.clock.turn(STEP);
        // It is taken for one step more.
        code
    }

    async fn connect(&self) -> Handle<Trusting> {
        connect(self.door.port).await
    }

    /// A connection on which Alice's password was given, and her code is asked for.
    async fn half(&self) -> Handle<Trusting> {
        let mut connection = self.connect().await;
        give_password(&mut connection, "alice").await;
        connection
    }
}

async fn give_password(connection: &mut Handle<Trusting>, name: &str) {
    let given = connection.authenticate_password(name, PASSWORD).await.unwrap();
    let AuthResult::Failure { remaining_methods, partial_success: true } = given else { panic!("{given:?}") };
    assert_eq!(remaining_methods.as_ref(), [MethodKind::KeyboardInteractive]);
}

/// Begins a question, which must be the one for that.
async fn ask(connection: &mut Handle<Trusting>, name: &str, wanted: &str) {
    let asked = connection.authenticate_keyboard_interactive_start(name, None).await.unwrap();
    let Asked::InfoRequest { prompts, .. } = asked else { panic!("{asked:?}") };
    assert_eq!(prompts.iter().map(|prompt| prompt.prompt.as_str()).collect::<Vec<_>>(), [wanted]);
    assert!(!prompts[0].echo);
}

async fn respond(connection: &mut Handle<Trusting>, answer: &str) -> Asked {
    connection.authenticate_keyboard_interactive_respond(vec![answer.to_owned()]).await.unwrap()
}

async fn may_open(connection: &Handle<Trusting>) -> bool {
    connection.channel_open_session().await.is_ok()
}

async fn methods_of(connection: Handle<Trusting>) -> String {
    let ran = Person { connection }.run("whoami --json").await;
    let profile: serde_json::Value = serde_json::from_str(&ran.out).expect(&ran.err);
    profile["session"]["methods"].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_followed_by_one_question() {
    let scene = Scene::set().await;
    let mut connection = scene.half().await;
    ask(&mut connection, "alice", "Code: ").await;
    assert!(matches!(respond(&mut connection, &scene.code()).await, Asked::Success));
    assert_eq!(methods_of(connection).await, r#"["password","totp"]"#);
    scene.door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answers_questions_is_asked_one_more() {
    let scene = Scene::set().await;
    let mut connection = scene.connect().await;
    ask(&mut connection, "alice", "Password: ").await;
    let Asked::InfoRequest { prompts, instructions, .. } = respond(&mut connection, PASSWORD).await else {
        panic!("no second question")
    };
    assert_eq!(prompts[0].prompt, "Code: ");
    assert!(instructions.contains("authenticator") && instructions.contains("recovery codes"));
    let code = scene.alice.recovery[0].expose().to_uppercase();
    assert!(matches!(respond(&mut connection, &code).await, Asked::Success));
    assert_eq!(methods_of(connection).await, r#"["keyboard-interactive","recovery-code"]"#);
    scene.door.close().await;
}

/// A code that was mistyped, or was shown a moment too long, is asked for again; the fourth failure is the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_refused_and_may_be_given_again() {
    let scene = Scene::set().await;
    let mut connection = scene.connect().await;
    ask(&mut connection, "alice", "Password: ").await;
    assert!(matches!(respond(&mut connection, PASSWORD).await, Asked::InfoRequest { .. }));
    let wrong = scene.alice.wrong(&scene.house);
    let refused = respond(&mut connection, &wrong).await;
    let Asked::Failure { remaining_methods, partial_success: false } = refused else { panic!("{refused:?}") };
    assert_eq!(remaining_methods.as_ref(), [MethodKind::KeyboardInteractive]);
    ask(&mut connection, "alice", "Code: ").await;
    assert!(matches!(respond(&mut connection, &scene.code()).await, Asked::Success));

    let mut guesser = scene.half().await;
    let mut tries = 0;
    while tries < 10 {
        let Ok(Asked::InfoRequest { .. }) =
            guesser.authenticate_keyboard_interactive_start("alice", None).await
        else {
            break;
        };
        tries += 1;
        let wrong = scene.alice.wrong(&scene.house);
        let _ = guesser.authenticate_keyboard_interactive_respond(vec![wrong]).await;
    }
    assert_eq!(tries, 4, "the connection is closed with the fourth");
    scene.door.close().await;
}

/// Something that was proven must not lead anywhere but to the code: each of these has opened a door somewhere
/// (CVE-2026-39828, CVE-2026-46595 and others).
#[tokio::test(flavor = "multi_thread")]
async fn half_a_proof_opens_nothing() {
    let scene = Scene::set().await;
    // A channel before the code.
    let connection = scene.half().await;
    assert!(!may_open(&connection).await);

    // "none" after the password, and then a channel.
    let mut connection = scene.half().await;
    assert!(!matches!(connection.authenticate_none("alice").await, Ok(AuthResult::Success)));
    assert!(!may_open(&connection).await);

    // The password once more does not count as the second proof, and what was proven is forgotten.
    let mut connection = scene.half().await;
    let again = connection.authenticate_password("alice", PASSWORD).await.unwrap();
    assert!(matches!(again, AuthResult::Failure { partial_success: false, .. }), "{again:?}");
    ask(&mut connection, "alice", "Password: ").await;
    let as_a_password = respond(&mut connection, &scene.alice.code(&scene.house)).await;
    assert!(matches!(as_a_password, Asked::Failure { .. }), "{as_a_password:?}");
    assert!(!may_open(&connection).await);

    // The password as the code.
    let mut connection = scene.half().await;
    ask(&mut connection, "alice", "Code: ").await;
    assert!(matches!(respond(&mut connection, PASSWORD).await, Asked::Failure { .. }));
    assert!(!may_open(&connection).await);

    // The code first, as if it were the password.
    let mut connection = scene.connect().await;
    ask(&mut connection, "alice", "Password: ").await;
    let first = respond(&mut connection, &scene.alice.code(&scene.house)).await;
    assert!(matches!(first, Asked::Failure { partial_success: false, .. }), "{first:?}");

    // Another connection knows nothing of this one.
    drop(scene.half().await);
    let mut connection = scene.connect().await;
    ask(&mut connection, "alice", "Password: ").await;
    scene.door.close().await;
}

/// The password of one and the code of another: the name is fixed by the first request.
#[tokio::test(flavor = "multi_thread")]
async fn the_code_of_somebody_else_does_not_go_with_ones_own_password() {
    let scene = Scene::set().await;
    let mut connection = scene.half().await;
    let asked = connection.authenticate_keyboard_interactive_start("bob", None).await;
    assert!(!matches!(asked, Ok(Asked::InfoRequest { .. } | Asked::Success)));
    assert!(!may_open(&connection).await);

    let mut connection = scene.half().await;
    ask(&mut connection, "alice", "Code: ").await;
    let others = respond(&mut connection, &scene.bob.code(&scene.house)).await;
    assert!(matches!(others, Asked::Failure { .. }), "{others:?}");
    assert!(!may_open(&connection).await);
    scene.door.close().await;
}

/// A code that has opened one connection opens no second one.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_somebody_looked_over_a_shoulder_for_is_used_up() {
    let scene = Scene::set().await;
    let code = scene.alice.code(&scene.house);
    let (mut one, mut two) = (scene.half().await, scene.half().await);
    for connection in [&mut one, &mut two] {
        ask(connection, "alice", "Code: ").await;
    }
    let answers = tokio::join!(respond(&mut one, &code), respond(&mut two, &code));
    let got_in = [answers.0, answers.1].iter().filter(|answer| matches!(answer, Asked::Success)).count();
    assert_eq!(got_in, 1);
    scene.door.close().await;
}

/// Who has none is asked for nothing, as ever; who gives a wrong password learns nothing of a second factor.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_different_for_whoever_has_none_or_tries() {
    let scene = Scene::set().await;
    let carol = scene.house.user("carol", "member").await;
    assert_eq!(carol.claims().methods, [Method::Password]);
    assert!(Person::sign_in(scene.door.port, "carol", PASSWORD).await.is_some());
    assert!(Person::answer(scene.door.port, "carol", PASSWORD).await.is_some());
    for name in ["alice", "carol", "nobody"] {
        let mut connection = scene.connect().await;
        let refused = connection.authenticate_password(name, "wrong").await.unwrap();
        let AuthResult::Failure { remaining_methods, partial_success } = refused else { panic!("{name}") };
        assert_eq!((remaining_methods.len(), partial_success), (2, false), "{name}");
    }
    scene.door.close().await;
}

/// Commands of somebody who must have a second factor and has none are refused with the status of more proof; the
/// dashboard shows where to set one up.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_must_set_one_up_runs_no_command() {
    let house = House::build().await;
    house.dal.set_policy(Policy { second_factor: FactorFor::Everyone, ..roomy() });
    let door = OpenHouse::open(&house).await;
    let admin = Person::sign_in(door.port, "admin", PASSWORD).await.unwrap();
    for line in ["users list", "sessions list", "whoami"] {
        let ran = admin.run(line).await;
        assert_eq!(ran.status, 8, "{line}: {}", ran.err);
        assert_eq!(
            ran.err,
            "passholder: set up a second factor first: sign in to the dashboard, which asks for it\n"
        );
    }
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("Set up a second factor").await;
    screen.press("q").await;
    door.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_tell_who_has_one_and_help_whoever_lost_it() {
    let scene = Scene::set().await;
    let admin = Person::sign_in(scene.door.port, "admin", PASSWORD).await.unwrap();
    let names = async |line: &str| {
        let ran = admin.run(line).await;
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran.out
            .lines()
            .skip(1)
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(names("users list --second-factor yes").await, ["alice", "bob"]);
    assert_eq!(names("users list --second-factor no").await, ["admin"]);
    assert_eq!(admin.run("users list --second-factor perhaps").await.status, 2);
    let shown = admin.run("users show alice").await.out;
    assert!(shown.contains("\nsecond factor 2026-11-23 11:12 UTC ("), "{shown}");
    let listed = admin.run("users list --prefix alice --json").await.out;
    assert!(listed.contains(r#""second_factor":true"#), "{listed}");
    let whoami = admin.run("whoami").await.out;
    assert!(whoami.contains("\nfactor   none\n"), "{whoami}");

    let removed = admin.run("users remove-second-factor alice").await;
    assert_eq!((removed.status, removed.out.as_str()), (0, "alice is without a second factor\n"));
    let again = admin.run("users remove-second-factor alice --json").await;
    assert_eq!((again.status, again.err.as_str()), (6, "passholder: alice has no second factor\n"));
    let alice = Person::sign_in(scene.door.port, "alice", PASSWORD).await.unwrap();
    assert_eq!(alice.run("users remove-second-factor bob").await.status, 4);
    scene.door.close().await;
}
