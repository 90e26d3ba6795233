//! What strangers and ill-behaved clients do, each test named after the hole that it keeps shut.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use passholder::domain::presence::Presence;
use passholder::tui::terminal::Profile;
use passholder::tui::{Io, Size};
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use russh::keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg};
use tokio_util::sync::CancellationToken;

use crate::support::house::House;
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
async fn eventually(holds: impl AsyncFn() -> bool) {
    let asked = Instant::now();
    while !holds().await {
        assert!(asked.elapsed() < PATIENCE, "it never held");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// A connection to the server that comes from the given address.
fn connect_from(from: &str, port: u16) -> TcpStream {
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

/// russh confirms every channel that is asked for, each with its memory.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_has_four_channels() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(admin.connection.channel_open_session().await.unwrap());
    }
    for _ in 0..20 {
        assert!(admin.connection.channel_open_session().await.is_err());
    }
    let first = open.remove(0);
    first.close().await.unwrap();
    eventually(async || admin.connection.channel_open_session().await.is_ok()).await;
    server.stop().await;
}

/// A client that had seen the end of a command was told that there is no room for the next one: the place
/// was free only a moment after CLOSE had gone out.
#[tokio::test(flavor = "multi_thread")]
async fn one_command_follows_another_in_one_place() {
    let mut config = quick();
    config.ssh.channels = 1;
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    for _ in 0..40 {
        assert_eq!(admin.run("whoami").await.status, 0);
    }
    // There is one place, and no second.
    let _only = admin.connection.channel_open_session().await.unwrap();
    assert!(admin.connection.channel_open_session().await.is_err());
    server.stop().await;
}

/// What a client does not read must not pile up, and holds up nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_cut_off_alone() {
    let mut config = quick();
    config.ssh.stall_timeout = Duration::from_secs(2);
    let server = TestServer::start(config).await;
    let deaf = Person::sign_in_deaf(server.port, "admin", PASSWORD).await;
    let mut screen = deaf.dashboard(200, 50).await;
    let admin = server.admin().await;
    let stalled = Instant::now();
    while stalled.elapsed() < Duration::from_secs(4) {
        assert_eq!(admin.run("whoami").await.status, 0);
    }
    // Cut off in the middle: no farewell, no exit status.
    assert_eq!(screen.ended().await, None);
    server.stop().await;
}

/// Forwarding would make the front door a way into the network behind it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forwarded() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    assert!(admin.connection.channel_open_direct_tcpip("127.0.0.1", 1, "127.0.0.1", 1).await.is_err());
    assert!(admin.connection.tcpip_forward("127.0.0.1", 0).await.is_err());
    let channel = admin.connection.channel_open_session().await.unwrap();
    channel.request_subsystem(true, "sftp").await.unwrap();
    channel.agent_forward(true).await.unwrap();
    let mut channel = channel;
    let mut refused = 0;
    while refused < 2 {
        match tokio::time::timeout(PATIENCE, channel.wait()).await.unwrap() {
            Some(russh::ChannelMsg::Failure) => refused += 1,
            Some(russh::ChannelMsg::Success) => panic!("accepted"),
            Some(_) => {}
            None => break,
        }
    }
    assert_eq!(admin.run("whoami").await.status, 0);
    server.stop().await;
}

/// 65535 x 65535 cells are 206 GB, and an allocation of that size ends the process.
#[tokio::test(flavor = "multi_thread")]
async fn a_monstrous_window_is_a_large_one() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let channel = admin.connection.channel_open_session().await.unwrap();
    channel.request_pty(true, "xterm", u32::MAX, u32::MAX, 0, 0, &[]).await.unwrap();
    channel.request_shell(true).await.unwrap();
    for size in [0, 1, 2, 65_535, u32::MAX] {
        channel.window_change(size, size, 0, 0).await.unwrap();
    }
    channel.window_change(80, 24, 0, 0).await.unwrap();
    assert_eq!(admin.run("whoami").await.status, 0);
    server.stop().await;
}

/// OpenSSH sends its whole locale along, on every channel: nobody may be cut off for it, and russh
/// queued each variable for a reader that does not exist, so that the ninth stopped the connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_locale_is_no_attack() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    for _ in 0..12 {
        let channel = admin.connection.channel_open_session().await.unwrap();
        channel.request_pty(false, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
        for part in ["CTYPE", "TIME", "NUMERIC", "COLLATE", "MONETARY", "MESSAGES", "PAPER", "NAME", "ALL"] {
            channel.set_env(false, format!("LC_{part}"), "de_DE.UTF-8").await.unwrap();
        }
        for name in ["LANG", "LANGUAGE", "LC_ADDRESS", "LC_TELEPHONE", "LC_MEASUREMENT", "LC_IDENTIFICATION"]
        {
            channel.set_env(false, name, "de_DE.UTF-8").await.unwrap();
        }
        channel.exec(true, "whoami").await.unwrap();
        let mut channel = channel;
        let mut status = None;
        let ended = async {
            while let Some(message) = channel.wait().await {
                if let russh::ChannelMsg::ExitStatus { exit_status } = message {
                    status = Some(exit_status);
                }
            }
        };
        tokio::time::timeout(PATIENCE, ended).await.unwrap();
        assert_eq!(status, Some(0));
    }
    server.stop().await;
}

/// Ten thousand variables are an attack, whatever they are called; so are a hundred that nobody sends.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_variables_is_cut_off() {
    let server = TestServer::start(quick()).await;
    for name in ["LANG", "LC_TIME", "LD_PRELOAD"] {
        let admin = server.admin().await;
        let mut channel = admin.connection.channel_open_session().await.unwrap();
        for _ in 0..10_000 {
            if channel.set_env(false, name, "C").await.is_err() {
                break;
            }
        }
        let ended = async { while channel.wait().await.is_some() {} };
        tokio::time::timeout(PATIENCE, ended).await.expect("the connection ends");
        assert!(admin.connection.channel_open_session().await.is_err(), "{name}");
    }
    assert_eq!(server.admin().await.run("whoami").await.status, 0);
    server.stop().await;
}

/// A variable that drives a terminal, or that a shell would expand, is at most a wrong guess.
#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_a_hint_and_nothing_more() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let channel = admin.connection.channel_open_session().await.unwrap();
    let long = "x".repeat(300);
    for value in ["$(id)", "\u{1b}]0;pwn\u{7}", "\0", &long, "C"] {
        channel.set_env(false, "LANG", value).await.unwrap();
        channel.set_env(false, "TZ", value).await.unwrap();
    }
    channel.set_env(false, "NO_COLOR", "1").await.unwrap();
    let mut screen = admin.dashboard_on(channel, "xterm-256color", 80, 24).await;
    screen.see("This session").await;
    screen.press("2").await;
    screen.see("All users").await;
    assert!(screen.text().is_ascii(), "{}", screen.text());
    let cells = (0..24).flat_map(|row| (0..80).map(move |column| (row, column)));
    let plain = |(row, column)| {
        let cell = screen.parser.screen().cell(row, column).unwrap();
        cell.fgcolor() == vt100::Color::Default && cell.bgcolor() == vt100::Color::Default
    };
    assert!(cells.into_iter().all(plain), "NO_COLOR");
    server.stop().await;
}

/// A terminal that reports its focus, or answers questions, kept its session open for ever with nobody
/// there. A mouse does not move by itself.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_terminal_says_by_itself_keeps_nobody_awake() {
    let house = House::build().await;
    for (bytes, keeps) in [
        ("\x1b[I\x1b[O\x1b]11;rgb:0000/0000/0000\x1b\\", false),
        ("\x1b[24;80R\x1b[?1;2c\x1b[<0;5;5m\x1b[<35;6;5M\x1bP>|xterm\x1b\\", false),
        ("\x1b[<0;5;5M", true),
        ("\x1b[<65;5;5M", true),
        ("\x1b[200~x\x1b[201~", true),
        ("j", true),
    ] {
        let session = house.admin().await;
        let (input, typed) = tokio::sync::mpsc::channel(1);
        let (output, mut frames) = tokio::sync::mpsc::channel(1);
        let (_size, size) = tokio::sync::watch::channel(Size { columns: 80, rows: 24 });
        let stopping = CancellationToken::new();
        let io = Io {
            input: typed,
            output,
            size,
            stopping: stopping.clone(),
            frames_per_second: 30,
            profile: Profile::default(),
        };
        let shown = tokio::spawn(passholder::tui::run(session.clone(), io));
        tokio::spawn(async move { while frames.recv().await.is_some() {} });
        house.clock.turn(Duration::from_mins(10));
        input.send(bytes.into()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
        house.clock.turn(Duration::from_mins(6));
        let is_locked = matches!(session.presence(), Presence::Locked { .. });
        assert_eq!(is_locked, !keeps, "{bytes:?}");
        stopping.cancel();
        shown.await.unwrap();
    }
}

/// What is typed at a command line is words, never a shell's.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_line_is_never_run_by_a_shell() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    for line in [
        "whoami; id",
        "$(id)",
        "`id`",
        "",
        "users",
        "users list --nope",
        "--",
        "users show 'a",
        "\u{feff}whoami",
    ] {
        let ran = admin.run(line).await;
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{line}: {}", ran.err);
        assert!(ran.err.starts_with("passholder: "), "{line}: {}", ran.err);
    }
    let long = admin.run(&"a".repeat(5000)).await;
    assert_eq!(long.status, 2);
    assert!(long.err.contains("too long"), "{}", long.err);
    server.stop().await;
}

/// Stored text must not drive the terminal of whoever reads it (CVE-2025-64494).
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_drives_terminals_never_gets_in() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    for bad in ["\u{202e}evil", "zero\u{200b}width", "\u{2066}x"] {
        let made = admin.run(&format!("users create bob --role member --display-name '{bad}'")).await;
        assert_eq!(made.status, 2, "{}", made.out);
        assert!(!made.err.contains(bad));
    }
    let shown = admin.run("users show 'no\u{301}body'").await;
    assert_eq!(shown.status, 5);
    server.stop().await;
}

/// A handle is looked up by its bytes: whatever is not one is not found, and comes back on no terminal.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_is_only_ever_a_handle() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let admin = server.admin().await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let admins = {
        let whoami = admin.run("whoami --json").await;
        let me: serde_json::Value = serde_json::from_str(&whoami.out).unwrap();
        me["session"]["handle"].as_str().unwrap().to_owned()
    };
    // Somebody else's and nobody's are the same to who may not see them.
    for verb in ["show", "revoke"] {
        let foreign = alice.run(&format!("sessions {verb} {admins}")).await;
        assert_eq!((foreign.status, foreign.out.as_str()), (5, ""), "{}", foreign.err);
        let nobodys = alice.run(&format!("sessions {verb} {}", "a".repeat(admins.len()))).await;
        assert_eq!(nobodys.status, 5, "{}", nobodys.err);
    }
    let long = "f".repeat(3000);
    for bad in ["''", "'\u{1b}[2J'", "'%00'", "../users", "*", "\u{202e}abc", &admins[..4], &long] {
        for verb in ["show", "revoke", "message --text hello"] {
            let ran = admin.run(&format!("sessions {verb} {bad}")).await;
            assert!([2, 5].contains(&ran.status), "{bad}: {} {}", ran.status, ran.err);
            assert!(ran.err.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", ran.err);
            assert!(ran.err.len() < 4_000);
        }
    }
    assert_eq!(admin.run("whoami").await.status, 0);
    server.stop().await;
}

/// A message is drawn on other people's terminals.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_drives_terminals_is_not_sent() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    let long = "x".repeat(3000);
    for bad in ["\u{1b}]52;c;AAAA\u{7}", "a\rb", "\u{202e}evil", "", &long] {
        let sent = admin.run(&format!("sessions message --all --text '{bad}'")).await;
        assert_eq!(sent.status, 2, "{bad:?}: {}", sent.out);
        assert!(sent.err.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", sent.err);
    }
    let sent = admin.run("sessions message --all --text 'plain words'").await;
    assert_eq!(sent.status, 0, "{}", sent.err);
    // The only one that came.
    screen.see("admin: plain words").await;
    server.stop().await;
}

/// The lock is a password field in front of everything: nothing that is typed there goes past it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_past_the_lock_but_the_password() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    screen.press("2").await;
    screen.see("All users").await;
    screen.press("L").await;
    screen.see("type your password").await;
    // Keys of the screen behind it, escapes, and far more than a password can be.
    screen.press("2/?\t\x1b\x1b[A\x1b[200~q\x1b[201~\x1b").await;
    screen.press(&"x".repeat(100_000)).await;
    screen.press("\r").await;
    screen.see("is not right").await;
    assert!(!screen.text().contains("All users"), "{}", screen.text());
    // What was typed is gone with the answer, and a second Enter is no second guess at the same time.
    screen.press(&format!("{PASSWORD}\r\r")).await;
    screen.see("All users").await;
    assert_eq!(admin.run("whoami").await.status, 0);
    server.stop().await;
}

/// A locked screen is a session like any other: who ends it, ends it, and its password opens nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_session_ends_like_any_other() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let admin = server.admin().await;
    for command in ["sessions revoke --user alice", "users disable alice --reason test"] {
        let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
        let mut screen = alice.dashboard(80, 24).await;
        screen.see("This session").await;
        screen.press("L").await;
        screen.see("type your password").await;
        let ran = admin.run(command).await;
        assert_eq!(ran.status, 0, "{}", ran.err);
        // No assertion on whether this arrives: it must not matter.
        let _ = screen.channel.data(format!("{PASSWORD}\r").as_bytes()).await;
        assert_eq!(screen.ended().await, Some(3));
        assert!(screen.text().contains("admin"), "{}", screen.text());
    }
    server.stop().await;
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
