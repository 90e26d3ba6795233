//! Somebody who has signed in and means harm, or whose client does.

use std::time::{Duration, Instant};

use passholder::domain::presence::Presence;
use passholder::tui::terminal::Profile;
use passholder::tui::{Io, Size};
use tokio_util::sync::CancellationToken;

use crate::hostile::eventually;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE};

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
