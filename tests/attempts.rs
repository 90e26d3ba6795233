//! Attempts to sign in, to the byte: what is answered, and when.

use std::time::{Duration, Instant};

use passholder::config::Config;
use passholder::domain::policy::AccountDelays;

use crate::support::PASSWORD;
use crate::support::person::{Person, Ran, try_connect};
use crate::support::program::Program;
use crate::support::raw::{Raw, request, string};
use crate::support::server::{TestServer, quick};

/// Where those come from of whom nothing is known.
const ELSEWHERE: &str = "127.0.0.2";

/// How long a refusal takes at least, here.
const DELAY: Duration = Duration::from_millis(30);

fn password(user: &str, password: &str) -> Vec<u8> {
    [request(user, "password"), vec![0], string(password)].concat()
}

/// SECURITY.md, item 63. RFC 4252 section 8 has a change of the password in the request to sign in. russh refuses
/// it before it asks us, with the right old password too: the message is a failure, the connection is one on
/// which nothing was proven, and the password is what it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_not_changed_by_the_request_to_sign_in() {
    let mut config = quick();
    config.policy.source_penalties.failures = 3;
    let server = TestServer::start(config).await;
    let new = "ladder mustard violin";
    for old in [PASSWORD, "wrong"] {
        let mut raw = Raw::connect_from("127.0.0.1", server.port).await;
        raw.send(&[request("admin", "password"), vec![1], string(old), string(new)].concat());
        let failure = raw.receive().unwrap();
        assert_eq!(failure[0], 51, "{failure:?}");
        // No session: what asks for a channel is not heard.
        raw.send(&[vec![90], string("session"), vec![0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 16, 0]].concat());
        raw.send(&[vec![80], string("keepalive@openssh.com"), vec![1]].concat());
        raw.send(&password("admin", "wrong"));
        assert_eq!(raw.receive().unwrap()[0], 51);
    }
    let admin = Person::sign_in(server.port, "admin", PASSWORD).await.expect("the password is what it was");
    assert!(Person::sign_in(server.port, "admin", new).await.is_none());
    let sessions = admin.run("sessions list --user admin --json").await;
    assert_eq!(sessions.out.matches("\"handle\"").count(), 1, "{}", sessions.out);
    server.stop().await;
}

/// ... and it is counted for where it came from, like everything on which nobody came in.
#[tokio::test(flavor = "multi_thread")]
async fn changes_of_the_password_before_sign_in_close_the_door_to_their_source() {
    let mut config = quick();
    config.policy.source_penalties.failures = 3;
    let server = TestServer::start(config).await;
    for _ in 0..3 {
        let mut raw = Raw::connect_from("127.0.0.1", server.port).await;
        raw.send(&[request("admin", "password"), vec![1], string("x"), string("y")].concat());
        assert_eq!(raw.receive().unwrap()[0], 51);
    }
    crate::hostile::eventually(async || try_connect(server.port).await.is_err()).await;
    server.stop().await;
}

/// SECURITY.md, item 74: names and passwords that are none, each byte as it is sent. They are refused or cut off,
/// counted for their source, and the log has a line of each that drives no terminal and is no longer than a line.
#[tokio::test(flavor = "multi_thread")]
async fn an_odd_name_on_the_wire_is_refused_counted_and_written_down_neutralised() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let config = folder.path().join("passholder.toml");
    std::fs::write(&config, "ssh.rejection_delay = \"10ms\"\n").unwrap();
    let flags = ["--log", "debug", "--config", config.to_str().unwrap()];
    let mut program = Program::start_logged(&data, &flags, &log);
    let many = |bytes: usize| vec![b'x'; bytes];
    let names = [
        b"\xff\xfe".to_vec(),
        b"".to_vec(),
        b"a\0b".to_vec(),
        b"x\r\nAccepted password for root1\r\n".to_vec(),
        "\x1b]0;pwn\x07\u{202e}".into(),
        many(30_000),
        many(200_000),
        many(300_000),
    ];
    let cases = names.map(|name| (name, b"wrong".to_vec())).into_iter();
    let passwords = [b"\xff\xfe".to_vec(), b"".to_vec(), many(30_000)];
    let cases = cases.chain(passwords.map(|password| (b"admin".to_vec(), password)));
    for (number, (name, secret)) in cases.enumerate() {
        // Each comes from elsewhere: ten failures close the door to a source.
        let mut raw = Raw::connect_from(&format!("127.0.1.{}", number + 1), program.port).await;
        let request = [vec![50], string(&name), string("ssh-connection"), string("password")].concat();
        raw.send(&[request, vec![0], string(&secret)].concat());
        let answer = raw.receive();
        assert!(answer.is_none_or(|answer| [1, 51].contains(&answer[0])), "{number}");
    }
    // Those of one source close it, whatever they were.
    for _ in 0..10 {
        let mut raw = Raw::connect_from("127.0.0.1", program.port).await;
        raw.send(&[request("\x1b[2J", "password"), vec![0], string("x")].concat());
        let _ = raw.receive();
    }
    crate::hostile::eventually(async || try_connect(program.port).await.is_err()).await;
    assert_eq!(program.terminate(), Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.lines().all(|line| line.len() < 1_000 && !line.contains("Accepted password for root1\n")));
    assert!(log.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{log:?}");
    assert!(!log.lines().any(|line| line.starts_with("Accepted")) && !log.contains("panicked"), "{log}");
}

/// What comes back for a password, and for the answer to a question, each on a connection of its own; and that
/// neither came before its time.
async fn refused(server: &TestServer, user: &str, secret: &str) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut raw = Raw::connect_from(ELSEWHERE, server.port).await;
    let began = Instant::now();
    raw.send(&password(user, secret));
    let failure = raw.receive().unwrap();
    assert!(began.elapsed() >= DELAY, "{user}: {:?}", began.elapsed());
    let mut raw = Raw::connect_from(ELSEWHERE, server.port).await;
    raw.send(&[request(user, "keyboard-interactive"), string(""), string("")].concat());
    let question = raw.receive().unwrap();
    let began = Instant::now();
    raw.send(&[vec![61, 0, 0, 0, 1], string(secret)].concat());
    let answer = raw.receive().unwrap();
    assert!(began.elapsed() >= DELAY, "{user}: {:?}", began.elapsed());
    (failure, question, answer)
}

/// SECURITY.md, item 11: unknown, wrong, locked, disabled, expired and not yet valid are the same on the wire.
#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_is_the_same_to_the_byte_and_takes_its_time() {
    let mut config: Config = quick();
    config.ssh.rejection_delay = DELAY;
    config.policy.account_delays = AccountDelays { disable_after: 2, ..config.policy.account_delays };
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    for user in ["alice", "locked", "disabled", "expired", "early"] {
        admin.make_user(server.port, user, "member").await;
    }
    for line in
        ["users disable disabled --reason x", "users dates expired --until 1s", "users dates early --from 9d"]
    {
        let Ran { status, err, .. } = admin.run(line).await;
        assert_eq!(status, 0, "{line}: {err}");
    }
    let _ = refused(&server, "locked", "wrong").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let expected = refused(&server, "nobody", "wrong").await;
    let methods = [string("password,keyboard-interactive"), string("keyboard-interactive,password")];
    let list = &expected.0[1..expected.0.len() - 1];
    assert!(expected.0[0] == 51 && methods.iter().any(|methods| methods == list), "{expected:?}");
    assert_eq!((expected.1[0], &expected.2), (60, &expected.0));
    for (user, secret) in [
        ("nobody", PASSWORD),
        ("alice", "wrong"),
        ("alice", &"x".repeat(2_000)),
        // The right password of an account that is closed to strangers is a wrong one.
        ("locked", PASSWORD),
        ("locked", "wrong"),
        ("disabled", "wrong"),
        ("expired", "wrong"),
        ("early", "wrong"),
        ("Not a name", "wrong"),
    ] {
        assert_eq!(refused(&server, user, secret).await, expected, "{user}");
    }
    server.stop().await;
}
