//! What a terminal is sent: as it was in the end, what it can show, and nothing where nothing changed.

use std::collections::BTreeMap;
use std::time::Duration;

use russh::client::Msg;
use russh::{Channel, ChannelMsg};
use tokio::time::timeout;

use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE};

/// A dashboard, every byte of it.
struct Tape {
    channel: Channel<Msg>,
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// Of the largest frame since this was last asked.
    largest: usize,
    status: Option<u32>,
}

impl Tape {
    async fn open(person: &Person, term: &str, env: &[(&str, &str)]) -> Self {
        let channel = person.connection.channel_open_session().await.unwrap();
        for (name, value) in env {
            channel.set_env(false, *name, *value).await.unwrap();
        }
        channel.request_pty(true, term, 120, 40, 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        let parser = vt100::Parser::new(40.try_into().unwrap(), 120.try_into().unwrap(), 0);
        let mut tape = Self { channel, parser, bytes: Vec::new(), largest: 0, status: None };
        tape.see("This session").await;
        tape
    }

    async fn take(&mut self) -> bool {
        match self.channel.wait().await {
            Some(ChannelMsg::Data { data }) => {
                self.bytes.extend(&data[..]);
                self.largest = self.largest.max(data.len());
                self.parser.process(&data);
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
            Some(_) => {}
            None => return false,
        }
        true
    }

    async fn see(&mut self, words: &str) {
        let there = |tape: &Self| tape.parser.screen().contents().contains(words);
        let _ = timeout(PATIENCE, async { while !there(self) && self.take().await {} }).await;
        assert!(there(self), "no `{words}` on\n{}", self.parser.screen().contents());
    }

    async fn press(&self, keys: &str) {
        self.channel.data(keys.as_bytes()).await.unwrap();
    }

    /// Bytes that come within this time, and the largest frame of them.
    async fn comes(&mut self, time: Duration) -> (usize, usize) {
        let before = self.bytes.len();
        self.largest = 0;
        let _ = timeout(time, async { while self.take().await {} }).await;
        (self.bytes.len() - before, self.largest)
    }

    async fn ended(&mut self) -> Option<u32> {
        timeout(PATIENCE, async { while self.take().await {} }).await.expect("the channel ends");
        self.status
    }
}

/// The private modes that were set, as they are in the end; and how many keyboards of the kitty protocol are
/// left over. Source: xterm's ctlseqs, DECSET.
fn modes(bytes: &[u8]) -> (BTreeMap<String, bool>, i32) {
    let text = String::from_utf8_lossy(bytes);
    let (mut modes, mut keyboards) = (BTreeMap::new(), 0);
    for sequence in text.split("\x1b[").skip(1) {
        let end = sequence.find(|c: char| ('\x40'..='\x7e').contains(&c)).unwrap_or(0);
        let (parameters, last) = (&sequence[..end], sequence[end..].chars().next());
        match (parameters.strip_prefix('?'), last) {
            (Some(numbers), Some(set @ ('h' | 'l'))) => {
                modes.extend(numbers.split(';').map(|number| (number.to_owned(), set == 'h')));
            }
            (None, Some('u')) if parameters.starts_with('>') => keyboards += 1,
            (None, Some('u')) if parameters.starts_with('<') => keyboards -= 1,
            _ => {}
        }
    }
    (modes, keyboards)
}

/// The terminal is as it was, and these words are the last that it was sent.
fn is_restored(tape: &Tape, words: &str) {
    let (modes, keyboards) = modes(&tape.bytes);
    for (mode, is_set) in &modes {
        // The cursor is the one thing that is shown in the end.
        assert_eq!(*is_set, mode == "25", "{words}: mode {mode}");
    }
    assert!(modes.contains_key("1049") && modes.contains_key("25"), "{modes:?}");
    assert!(keyboards <= 0, "{words}");
    let screen = tape.parser.screen();
    assert!(!screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste(), "{words}");
    assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "{words}");
    assert_eq!(screen.fgcolor(), vt100::Color::Default);
    let text = String::from_utf8_lossy(&tape.bytes);
    let last = text.rsplit("\x1b[?1049l").next().unwrap();
    assert!(last.contains(words) && last.ends_with("\r\n") && !last.contains('\x1b'), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_is_left_as_it_was_however_it_ends() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let admin = server.admin().await;
    for (term, env) in [("xterm-256color", &[][..]), ("linux", &[]), ("xterm", &[("NO_COLOR", "1")])] {
        let alice = async || Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
        // By a key, with the mouse switched off and on, out of a form, out of the lock.
        for keys in ["q", "\x1b[20~\x1b[20~q", "3p\x03", "L\x03"] {
            let alice = alice().await;
            let mut tape = Tape::open(&alice, term, env).await;
            tape.press(keys).await;
            assert_eq!(tape.ended().await, Some(0), "{keys:?}");
            is_restored(&tape, "Signed out.");
        }
        let person = alice().await;
        let mut tape = Tape::open(&person, term, env).await;
        tape.channel.eof().await.unwrap();
        assert_eq!(tape.ended().await, Some(0));
        is_restored(&tape, "Signed out.");
        let person = alice().await;
        let mut tape = Tape::open(&person, term, env).await;
        assert_eq!(admin.run("sessions revoke --user alice").await.status, 0);
        assert_eq!(tape.ended().await, Some(3));
        is_restored(&tape, "admin");
        // Whoever closes the channel hears nothing more, and nobody is held up by it.
        let person = alice().await;
        let tape = Tape::open(&person, term, env).await;
        tape.channel.close().await.unwrap();
        assert_eq!(person.run("whoami").await.status, 0);
    }
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut tape = Tape::open(&alice, "xterm-256color", &[]).await;
    let (ended, ()) = tokio::join!(tape.ended(), server.stop());
    assert_eq!(ended, Some(7));
    is_restored(&tape, "The server is shutting down.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_was_left_alone_is_left_as_it_was() {
    let mut config = quick();
    config.policy.admin_session_idle = Duration::from_secs(1);
    config.policy.session_lock_grace = Duration::from_secs(1);
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    let mut tape = Tape::open(&admin, "xterm-kitty", &[]).await;
    tape.see("Locked").await;
    assert_eq!(tape.ended().await, Some(3));
    is_restored(&tape, "left alone for too long");
    server.stop().await;
}

/// Whether an SGR sequence names a colour, also the terminal's own.
fn has_colour(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.split("\x1b[").skip(1).any(|sequence| {
        let end = sequence.find(|c: char| ('\x40'..='\x7e').contains(&c)).unwrap_or(0);
        let is_style = sequence[end..].starts_with('m');
        is_style && sequence[..end].split(';').any(|code| code.len() > 1)
    })
}

/// Two channels of one connection, and somebody else at the same time: each is drawn for its own terminal,
/// whatever one of them chooses.
#[tokio::test(flavor = "multi_thread")]
async fn one_terminal_is_nothing_to_another() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let (admin, alice) =
        (server.admin().await, Person::sign_in(server.port, "alice", PASSWORD).await.unwrap());
    let mut rich = Tape::open(&admin, "xterm-kitty", &[("COLORTERM", "truecolor")]).await;
    let mut poor = Tape::open(&admin, "xterm-256color", &[("NO_COLOR", "1"), ("LANG", "C")]).await;
    let mut old = Tape::open(&admin, "vt100", &[("LANG", "C")]).await;
    let mut hers = Tape::open(&alice, "xterm-256color", &[("LANG", "de_DE.UTF-8")]).await;
    // Themes, one after the other; the mouse, off; a look around, and the palette.
    for keys in ["\x1b[21~", "\x1b[21~", "\x1b[21~", "\x1b[20~", "2", ":", "\x1b"] {
        rich.press(keys).await;
        let time = Duration::from_millis(80);
        tokio::join!(rich.comes(time), poor.comes(time), old.comes(time), hers.comes(time));
    }
    for tape in [&mut poor, &mut old] {
        tape.press("2").await;
        tape.see("All users").await;
        assert!(tape.bytes.is_ascii() && !has_colour(&tape.bytes));
        tape.press("3?").await;
        tape.comes(Duration::from_millis(100)).await;
        assert!(tape.bytes.is_ascii() && !has_colour(&tape.bytes));
    }
    assert!(has_colour(&rich.bytes) && !rich.bytes.is_ascii());
    hers.press("2").await;
    hers.see("Your sessions").await;
    let text = String::from_utf8_lossy(&hers.bytes);
    assert!(has_colour(&hers.bytes) && !text.contains("38;2;") && !hers.bytes.is_ascii());
    // The admin's mouse is off on all of their own terminals that had one; hers is as it was.
    let mouse = |tape: &Tape| tape.parser.screen().mouse_protocol_mode();
    assert_eq!(mouse(&rich), vt100::MouseProtocolMode::None);
    assert_eq!(mouse(&poor), vt100::MouseProtocolMode::None);
    assert_ne!(mouse(&hers), vt100::MouseProtocolMode::None);
    assert!(!String::from_utf8_lossy(&old.bytes).contains("\x1b[?1000h"), "a VT100 has no mouse");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_on_which_nothing_changes_sends_nothing() {
    let mut config = quick();
    // Short enough that it is counted in seconds.
    config.policy.session_lock_grace = Duration::from_secs(50);
    let server = TestServer::start(config).await;
    let (one, other, third) = (server.admin().await, server.admin().await, server.admin().await);
    let mut home = Tape::open(&one, "xterm-256color", &[]).await;
    let mut users = Tape::open(&one, "xterm-256color", &[]).await;
    let mut sessions = Tape::open(&one, "xterm-256color", &[]).await;
    let mut system = Tape::open(&other, "xterm-256color", &[]).await;
    let mut locked = Tape::open(&third, "xterm-256color", &[]).await;
    // System is read every two seconds, but not when it was left.
    home.press("6").await;
    home.see("Connections").await;
    home.press("1").await;
    home.see("This session").await;
    users.press("2").await;
    users.see("All users").await;
    sessions.press("3").await;
    sessions.see("Everybody's sessions").await;
    system.press("6").await;
    system.see("Connections").await;
    locked.press("L").await;
    locked.see("type your password").await;
    let mut each = async |time: Duration| {
        let came = tokio::join!(
            home.comes(time),
            users.comes(time),
            sessions.comes(time),
            system.comes(time),
            locked.comes(time),
        );
        (came.0.0, came.1.0, came.2.0, came.3.0, came.4)
    };
    // What came with the last of them.
    let _ = each(Duration::from_millis(1_500)).await;
    let (home, users, sessions, system, (locked, at_once)) = each(Duration::from_millis(2_300)).await;
    assert_eq!((home, users, sessions), (0, 0, 0), "bytes on Home, Users, Sessions");
    assert!(system < 1_500, "{system} bytes: what changed on System, and not all of it");
    assert!(locked > 0 && at_once < 100, "{locked} bytes of a countdown, {at_once} at once");
    server.stop().await;
}
