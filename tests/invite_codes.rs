//! The codes of invites: they are stored nowhere, and guessing at them is guessing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use passholder::dal::Engine;
use passholder::dal::sign_up::SignUpError;
use passholder::domain::policy::{Policy, SourcePenalties};
use passholder::domain::role::RoleName;
use passholder::domain::secret::Secret;
use russh::client::KeyboardInteractiveAuthResponse;

use crate::invites::{config, house, invite, name, policy};
use crate::support::PASSWORD;
use crate::support::house::{HOME, House, visitor};
use crate::support::person::{Person, connect};
use crate::support::program::Program;
use crate::support::server::TestServer;

/// A bad code is answered like a wrong password: late, counted, and with a goodbye in the end; in the name of
/// the connection or as an answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_delayed_and_counted() {
    let mut config = config();
    config.ssh.rejection_delay = Duration::from_millis(200);
    config.policy.source_penalties.failures = 6;
    let server = TestServer::start(config).await;
    let mut connection = connect(server.port).await;
    let started = Instant::now();
    let user = "invite:k7mz-p4wq-hdx9-tneb-2vfr-8gcs-anmk";
    assert!(!connection.authenticate_none(user).await.unwrap().success());
    let mut failures = 1;
    let mut asked = connection.authenticate_keyboard_interactive_start(user, None::<String>).await;
    while let Ok(KeyboardInteractiveAuthResponse::InfoRequest { instructions, prompts, .. }) = asked {
        assert_eq!(prompts[0].prompt, "Invite code: ");
        let words = if failures == 1 { INSTRUCTIONS } else { NOTHING_OPENED };
        assert_eq!(instructions, words);
        asked = connection.authenticate_keyboard_interactive_respond(vec!["wrong".to_owned()]).await;
        failures += 1;
    }
    assert!(!matches!(asked, Ok(KeyboardInteractiveAuthResponse::Success)), "let in");
    assert_eq!(failures, 4, "as many as wrong passwords");
    assert!(started.elapsed() >= Duration::from_millis(800), "{:?}", started.elapsed());
    for _ in 0..2 {
        assert!(Person::answer(server.port, "invite", "wrong").await.is_none());
    }
    assert!(crate::support::person::try_connect(server.port).await.is_err(), "the source pays a penalty");
    server.stop().await;
}

const INSTRUCTIONS: &str = "Sign-up with an invite: type the code that you were given.";
const NOTHING_OPENED: &str = "That code opens nothing: it may be mistyped, used or too old.";

/// A wrong code was answered without a word; whatever is wrong with it, the same words are.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_gives_a_code_that_opens_nothing_is_told_so_and_asked_again() {
    let server = TestServer::start(config()).await;
    let admin = server.admin().await;
    let ((id, revoked), (_, good)) = (invite(&admin, "").await, invite(&admin, "").await);
    assert_eq!(admin.run(&format!("invites revoke {id}")).await.status, 0);
    let mut connection = connect(server.port).await;
    let asked = connection.authenticate_keyboard_interactive_start("invite", None::<String>).await.unwrap();
    assert!(matches!(asked, KeyboardInteractiveAuthResponse::InfoRequest { .. }));
    for code in [revoked.as_str(), "mistyped"] {
        let told = connection.authenticate_keyboard_interactive_respond(vec![code.to_owned()]).await.unwrap();
        let KeyboardInteractiveAuthResponse::InfoRequest { instructions, .. } = told else {
            panic!("{told:?}")
        };
        assert_eq!(instructions, NOTHING_OPENED);
    }
    let let_in = connection.authenticate_keyboard_interactive_respond(vec![good]).await.unwrap();
    assert!(matches!(let_in, KeyboardInteractiveAuthResponse::Success), "{let_in:?}");
    // How it is used is told with the port.
    let made = admin.run("invites create --role member").await.out;
    assert!(made.contains(&format!("it is used with: ssh -p {} invite@HOST\n", server.port)), "{made}");
    server.stop().await;
}

/// Whether a folder holds a text, in whatever case.
fn holds(folder: &Path, needle: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, needle);
        }
        let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
        bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
    })
}

/// A code opens a door, so it is nowhere but where it was shown: not in the store with its audit trail, not
/// in the log, whether it was good or mistyped, in a name or beside one.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_in_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log, secret) =
        (folder.path().join("data"), folder.path().join("log"), folder.path().join("password"));
    std::fs::write(&secret, PASSWORD).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let config = folder.path().join("passholder.toml");
    std::fs::write(&config, "accounts.sign_up = \"invite\"\n").unwrap();
    let (secret, config) = (secret.to_str().unwrap(), config.to_str().unwrap());
    let flags = ["--admin-password-file", secret, "--config", config, "--log", "debug"];
    let mut program = Program::start_logged(&data, &flags, &log);
    let admin = Person::sign_in(program.port, "admin", PASSWORD).await.unwrap();
    let (_, good) = invite(&admin, "").await;
    let (_, other) = invite(&admin, "").await;
    let wrong = "zzzz-p4wq-hdx9-tneb-2vfr-8gcs-anmk";
    assert!(Person::visit(program.port, &format!("invite:{wrong}")).await.is_none());
    assert!(Person::sign_in(program.port, &format!("inviet:{other}"), "x").await.is_none());
    assert!(Person::answer(program.port, "invite", wrong).await.is_none());
    system_ssh(program.port, &good);
    program.terminate();
    for code in [&good, &other, wrong] {
        for needle in [code.to_owned(), code.replace('-', "")] {
            assert!(!holds(folder.path(), &needle), "{needle} is in a file");
        }
    }
    // What happened is there all the same.
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("an invite code was refused"), "{log}");
    assert!(holds(&data, "unknown-invite") && holds(&data, "inviet"));
}

/// `ssh invite:CODE@host` of the system, where there is one: it opens without a question.
fn system_ssh(port: u16, code: &str) {
    let mut command = Command::new("ssh");
    command.args(["-F", "none", "-p", &port.to_string(), "-o", "StrictHostKeyChecking=no"]);
    command.args(["-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]);
    command.arg(format!("invite:{code}@127.0.0.1")).arg("x").stdin(Stdio::null());
    let Ok(output) = command.output() else { return };
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("no command can be run before sign-up"), "{error}");
}

/// The same of the store alone, without the program around it.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_stored_as_a_hash_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let house = House::build_on(Engine::Sled { folder: store.clone(), cache_bytes: 1 << 20 }).await;
    house.dal.set_policy(policy());
    let made = house.make_invite(&house.admin().await, "member").await;
    let invited = house.redeem(made.code.expose()).await.unwrap();
    house.sign_up("rosa", Some(&invited)).await.unwrap();
    let late = house.make_invite(&house.user("boss", "admin").await, "member").await;
    let users = house.admin().await.verify().await.unwrap().users();
    users.set_roles(&name("boss"), vec![RoleName::member()]).await.unwrap();
    assert!(house.redeem(late.code.expose()).await.is_err());
    // The audit trail knows which invite it was, and why.
    assert!(holds(&store, "invite-void") && holds(&store, &format!("invite {}", late.id)));
    assert!(!holds(&store, late.code.expose()));
    let code = made.code.expose();
    assert!(!holds(&store, code) && !holds(&store, &code.replace('-', "")));
    assert!(holds(&store, &made.id.to_string()));
    assert_eq!(format!("{made:?}").matches(code).count(), 0);
}

/// Guessing at codes is guessing: the source that does it is refused.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_codes_close_the_door_to_their_source() {
    let house = house().await;
    let made = house.make_invite(&house.admin().await, "member").await;
    let source_penalties = SourcePenalties { failures: 3, ..SourcePenalties::default() };
    house.dal.set_policy(Policy { source_penalties, ..policy() });
    for _ in 0..3 {
        assert!(house.redeem("k7mz-p4wq-hdx9-tneb-2vfr-8gcs-anmk").await.is_err());
    }
    // The right one is answered like a wrong one now.
    assert!(matches!(house.redeem(made.code.expose()).await, Err(SignUpError::Denied)));
    let code = Secret::new(made.code.expose().to_owned());
    assert!(house.dal.redeem(&code, &visitor("198.51.100.9")).await.is_ok());
    assert!(house.dal.refuses(HOME.parse().unwrap()));
}
