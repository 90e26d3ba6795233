//! Commands as transcripts: what was typed, and what came back on which stream.

use std::fmt::Write as _;

use crate::support::PASSWORD;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};

/// Runs the commands and writes down what a person would see. Random and passing things are named.
async fn transcript(person: &Person, lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        let ran = person.run(line).await;
        writeln!(text, "$ {line}").unwrap();
        for (mark, stream) in [("", &ran.out), ("! ", &ran.err)] {
            for line in stream.lines() {
                writeln!(text, "{mark}{}", masked(line)).unwrap();
            }
        }
        writeln!(text, "= {}\n", ran.status).unwrap();
    }
    text
}

/// Times, ids, handles and passwords, by their form.
fn masked(line: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || "-:.+".contains(c);
    let mut out = String::new();
    let mut word = String::new();
    for c in line.chars().chain(['\n']) {
        if is_word(c) {
            word.push(c);
            continue;
        }
        out.push_str(&mask(&word));
        word.clear();
        if c != '\n' {
            out.push(c);
        }
    }
    // A busy machine takes its time.
    out.replace("(just now)", "(ago)").replace("(1 min ago)", "(ago)")
}

fn mask(word: &str) -> String {
    let base32 = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || ('2'..='7').contains(&c));
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    if shape.starts_with("0000-00-00") {
        "(day)".to_owned()
    } else if shape == "00:00" {
        "(minute)".to_owned()
    } else if word.len() == 26 && base32(word) {
        "(id)".to_owned()
    } else if word.len() == 10 && base32(word) && word.chars().any(|c| c.is_ascii_digit()) {
        "(handle)".to_owned()
    } else if word.len() == 29 && word.matches('-').count() == 4 {
        "(one-time password)".to_owned()
    } else if word.len() >= 4 && word.len() <= 5 && word.chars().all(|c| c.is_ascii_digit()) {
        "(port)".to_owned()
    } else {
        word.to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_types() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let lines = [
        "help",
        "users create alice --role member --display-name 'Alice Ámbar'",
        "users create alice --role member",
        "users create bob --role boss",
        "users create root --role member",
        "users create 'b b' --role member",
        "users create ada --role auditor --role member --json",
        "users list",
        "users list --json",
        "users list --prefix al --limit 1 --json",
        "users show alice",
        "users disable alice --reason 'left the team' --json",
        "users disable alice --reason again",
        "users show alice",
        "users enable alice",
        "users disable admin --reason oops",
        "users show nobody",
        "users list --help",
        "users lst",
        "users --help",
        "help whoami",
        "help nothing",
    ];
    insta::assert_snapshot!(transcript(&admin, &lines).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_types() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let lines = [
        "help",
        "users list",
        "users show admin",
        "users show nobody",
        "users create eve --role admin --json",
        "users enable alice",
    ];
    insta::assert_snapshot!(transcript(&alice, &lines).await);
    let who = alice.run("whoami --json").await;
    let who: serde_json::Value = serde_json::from_str(&who.out).unwrap();
    assert_eq!(who["name"], "alice");
    assert_eq!(who["roles"][0], "member");
    server.stop().await;
}

/// Help for what is no command was an empty list, and all was well.
#[tokio::test(flavor = "multi_thread")]
async fn help_for_what_is_no_command_is_an_error_in_json_too() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    for line in ["help nosuch", "help nosuch --json"] {
        let ran = admin.run(line).await;
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{line}: {}", ran.err);
    }
    assert_eq!(admin.run("help users list --json").await.status, 0);
    server.stop().await;
}

/// A shell without a terminal has nothing to draw on.
#[tokio::test(flavor = "multi_thread")]
async fn a_shell_without_a_terminal_is_told_so() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut channel = admin.connection.channel_open_session().await.unwrap();
    channel.request_shell(true).await.unwrap();
    let (mut text, mut status) = (String::new(), None);
    while let Some(message) = channel.wait().await {
        match message {
            russh::ChannelMsg::ExtendedData { data, .. } => text.push_str(&String::from_utf8_lossy(&data)),
            russh::ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            _ => {}
        }
    }
    assert_eq!(status, Some(2));
    assert!(text.contains("the dashboard needs a terminal"), "{text}");
    server.stop().await;
}

/// Lists told UTC, and all else the time of the account; where the client lives nobody asked.
#[tokio::test(flavor = "multi_thread")]
async fn times_are_those_of_whoever_reads_them() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let told = [("TZ", "Asia/Kathmandu")];
    for line in ["users list", "users show admin", "sessions list", "whoami"] {
        let ran = admin.run_with(&told, line).await;
        assert!(ran.out.contains("+0545") && !ran.out.contains("UTC"), "{line}: {}", ran.out);
        let ran = admin.run(line).await;
        assert!(ran.out.contains(" UTC") && !ran.out.contains("+0545"), "{line}: {}", ran.out);
    }
    let ran = admin.run_with(&told, "users list --json").await;
    assert!(ran.out.contains("Z\"") && !ran.out.contains("+0545"), "{}", ran.out);
    assert!(admin.run_with(&[("TZ", "Mars/Olympus")], "users list").await.out.contains(" UTC"));
    // What somebody chose counts more than where they are.
    let mut screen = admin.dashboard(80, 40).await;
    screen.see("This session").await;
    screen.press(":account\r").await;
    screen.see("Time zone").await;
    screen.press("z").await;
    screen.see("Esc").await;
    screen.press("\x15Asia/Tokyo\r").await;
    screen.see("JST").await;
    assert!(admin.run_with(&told, "users list").await.out.contains(" JST"));
    server.stop().await;
}
