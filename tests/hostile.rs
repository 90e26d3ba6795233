//! What strangers and ill-behaved clients do, each test named after the hole that it keeps shut.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use russh::keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg};

use crate::support::person::{Person, connect, try_connect};
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE};

/// russh asks the handler for methods that were never offered (its list is only advertised), so a
/// key that happens to be right, or "none", must be refused by the handler itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_method_that_is_not_offered_cannot_succeed() {
    let server = TestServer::start(quick()).await;
    let mut connection = connect(server.port).await;
    assert!(!connection.authenticate_none("admin").await.unwrap().success());
    let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap();
    let key = PrivateKeyWithHashAlg::new(std::sync::Arc::new(key), None);
    let refused = connection.authenticate_publickey("admin", key).await.unwrap();
    let AuthResult::Failure { remaining_methods, .. } = refused else { panic!("let in by a key") };
    assert_eq!(remaining_methods.len(), 2);
    assert!(connection.authenticate_password("admin", PASSWORD).await.unwrap().success());
    server.stop().await;
}

/// RFC 4252 lets a server forget or disconnect when the user name changes; state that survived the
/// change has let people in as somebody else (CVE-2026-46705 and others).
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_cannot_change_its_user() {
    let server = TestServer::start(quick()).await;
    let mut connection = connect(server.port).await;
    assert!(!connection.authenticate_password("alice", "wrong").await.unwrap().success());
    let second = connection.authenticate_password("admin", PASSWORD).await;
    assert!(!matches!(second, Ok(AuthResult::Success)));
    let third = tokio::time::timeout(PATIENCE, connection.authenticate_password("admin", PASSWORD)).await;
    assert!(!matches!(third.unwrap(), Ok(AuthResult::Success)));
    server.stop().await;
}

/// Keyboard-interactive answers did not count towards the limit in OpenSSH (CVE-2015-5600), and do
/// not in russh: guesses without end on one connection.
#[tokio::test(flavor = "multi_thread")]
async fn failed_proofs_count_over_all_methods_and_take_their_time() {
    let mut config = quick();
    config.ssh.rejection_delay = Duration::from_millis(300);
    let server = TestServer::start(config).await;
    let mut connection = connect(server.port).await;
    let mut failures = 0;
    let started = Instant::now();
    loop {
        if failures % 2 == 0 {
            match connection.authenticate_password("admin", "wrong").await {
                // What the client library says when the connection ends before the answer.
                Ok(AuthResult::Failure { remaining_methods, .. }) if remaining_methods.is_empty() => break,
                Ok(AuthResult::Failure { .. }) => failures += 1,
                Ok(AuthResult::Success) => panic!("let in"),
                Err(_) => break,
            }
        } else {
            let asked = connection.authenticate_keyboard_interactive_start("admin", None).await;
            if !matches!(asked, Ok(KeyboardInteractiveAuthResponse::InfoRequest { .. })) {
                break;
            }
            let wrong = vec!["wrong".to_owned()];
            match connection.authenticate_keyboard_interactive_respond(wrong).await {
                Ok(KeyboardInteractiveAuthResponse::Failure { .. }) => failures += 1,
                Ok(_) => panic!("let in, or asked again"),
                Err(_) => break,
            }
        }
        assert!(failures <= 4, "more than four guesses on one connection");
    }
    assert!((3..=4).contains(&failures), "{failures}");
    assert!(started.elapsed() >= Duration::from_millis(300) * failures);
    server.stop().await;
}

/// A key among the passwords was no failure: after three wrong passwords and a key, a fifth proof was
/// accepted. And a client with an agent was cut off at its sixth key, before anybody had typed anything.
#[tokio::test(flavor = "multi_thread")]
async fn keys_are_no_way_around_the_limit_and_an_agent_is_no_reason_to_be_cut_off() {
    let server = TestServer::start(quick()).await;
    let key = || {
        let key = PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap();
        PrivateKeyWithHashAlg::new(std::sync::Arc::new(key), None)
    };
    let mut guesser = connect(server.port).await;
    for _ in 0..2 {
        assert!(!guesser.authenticate_password("admin", "wrong").await.unwrap().success());
    }
    assert!(!guesser.authenticate_publickey("admin", key()).await.unwrap().success());
    let _ = guesser.authenticate_password("admin", "wrong").await;
    let fifth = guesser.authenticate_password("admin", PASSWORD).await;
    assert!(!matches!(fifth, Ok(AuthResult::Success)));
    let mut agent = connect(server.port).await;
    for _ in 0..10 {
        assert!(!agent.authenticate_publickey("admin", key()).await.unwrap().success());
    }
    assert!(agent.authenticate_password("admin", PASSWORD).await.unwrap().success());
    let mut swarm = connect(server.port).await;
    for _ in 0..11 {
        let _ = swarm.authenticate_publickey("admin", key()).await;
    }
    let late = swarm.authenticate_password("admin", PASSWORD).await;
    assert!(!matches!(late, Ok(AuthResult::Success)));
    server.stop().await;
}

/// Unknown, wrong, disabled: what comes back must not tell which.
#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_looks_the_same() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    server.user("mallory", "member").await;
    let disabled = server.admin().await.run("users disable mallory --reason test").await;
    assert_eq!(disabled.status, 0);
    let mut answers = Vec::new();
    let long = "x".repeat(2000);
    for (name, password) in [
        ("nobody", "wrong"),
        ("alice", "wrong"),
        ("mallory", "wrong"),
        ("mallory", PASSWORD),
        ("alice", &long),
        ("Ünïcode", "x"),
        ("", ""),
    ] {
        let mut connection = connect(server.port).await;
        answers.push(format!("{:?}", connection.authenticate_password(name, password).await.unwrap()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    server.stop().await;
}

/// russh has no login grace: its inactivity timer is reset by every packet.
#[tokio::test(flavor = "multi_thread")]
async fn the_login_grace_is_absolute() {
    let mut config = quick();
    let grace = Duration::from_secs(5);
    config.ssh.login_grace = grace;
    let server = TestServer::start(config).await;
    let port = server.port;
    // One says nothing, one introduces itself and drips.
    let silent = tokio::task::spawn_blocking(move || until_cut(port, |_| {}));
    let dripping = tokio::task::spawn_blocking(move || {
        until_cut(port, |socket| {
            let _ = socket.write_all(b"S");
        })
    });
    for held in [silent.await.unwrap(), dripping.await.unwrap()] {
        assert!((grace.mul_f32(0.9)..PATIENCE).contains(&held), "{held:?}");
    }
    // Who has signed in stays.
    let admin = server.admin().await;
    tokio::time::sleep(grace + Duration::from_secs(1)).await;
    assert_eq!(admin.run("whoami").await.status, 0);
    server.stop().await;
}

fn until_cut(port: u16, mut drip: impl FnMut(&mut TcpStream)) -> Duration {
    let started = Instant::now();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut buffer = [0; 1024];
    while started.elapsed() < PATIENCE {
        drip(&mut socket);
        match socket.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    started.elapsed()
}

/// OpenSSH's default lets 400 half-open connections of one source keep 39 of 40 others out.
#[tokio::test(flavor = "multi_thread")]
async fn one_source_cannot_keep_everybody_else_out() {
    let mut config = quick();
    config.ssh.unauthenticated_per_source = 8;
    let server = TestServer::start(config).await;
    let held: Vec<TcpStream> =
        (0..200).filter_map(|_| TcpStream::connect(("127.0.0.1", server.port)).ok()).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(try_connect(server.port).await.is_err(), "the ninth of one source");
    let port = server.port;
    let other = tokio::task::spawn_blocking(move || {
        // Another address of this machine: all of 127/8 is ours.
        let mut socket = connect_from("127.0.0.2", port);
        let mut banner = [0; 4];
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.read_exact(&mut banner).unwrap();
        banner
    });
    assert_eq!(&other.await.unwrap(), b"SSH-");
    drop(held);
    eventually(async || try_connect(server.port).await.is_ok()).await;
    server.stop().await;
}

/// Waits until it holds.
pub async fn eventually(holds: impl AsyncFn() -> bool) {
    let asked = Instant::now();
    while !holds().await {
        assert!(asked.elapsed() < PATIENCE, "it never held");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// A connection to the server that comes from the given address.
pub fn connect_from(from: &str, port: u16) -> TcpStream {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let stream = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        socket.connect(([127, 0, 0, 1], port).into()).await.unwrap()
    });
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
}

/// Whoever knows a password cannot fill the server with sessions that wait: they hold what any
/// connection holds, end with it, and keep nobody else out.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_that_waits_keeps_nobody_out() {
    let mut config = quick();
    config.policy.session_cap = 1;
    let server = TestServer::start(config).await;
    server.user("alice", "member").await;
    server.user("bob", "member").await;
    let inside = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let one = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
        assert_eq!(one.run("whoami").await.status, 6);
        waiting.push(one);
    }
    assert_eq!(inside.run("whoami").await.status, 0);
    let bob = Person::sign_in(server.port, "bob", PASSWORD).await.unwrap();
    assert_eq!(bob.run("whoami").await.status, 0);
    // Two may wait; those who are told that there is no place leave, or are cut.
    let admin = server.admin().await;
    let live = async || {
        let listed = admin.run("sessions list --user alice --live --json").await;
        serde_json::from_str::<Vec<serde_json::Value>>(&listed.out).unwrap().len()
    };
    eventually(async || live().await == 3).await;
    assert_eq!(inside.run("whoami").await.status, 0);
    drop(waiting);
    eventually(async || live().await == 1).await;
    server.stop().await;
}
