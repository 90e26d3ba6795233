//! A person at a terminal: a real SSH client, and a terminal emulator that shows what they see.

use std::sync::Arc;
use std::time::{Duration, Instant};

use russh::client::{self, AuthResult, Handle, KeyboardInteractiveAuthResponse, Msg};
use russh::keys::PublicKeyOrCertificate;
use russh::{Channel, ChannelMsg};
use tokio::time::timeout;

use super::{PASSWORD, PATIENCE};

/// A signed-in connection.
pub struct Person {
    pub connection: Handle<Trusting>,
}

/// A client that trusts every host key: the tests talk to themselves.
pub struct Trusting;

impl client::Handler for Trusting {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(true)
    }
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    pub out: String,
    pub err: String,
    pub status: u32,
}

/// Connects, without signing in.
pub async fn connect(port: u16) -> Handle<Trusting> {
    try_connect(port).await.expect("a connection")
}

pub async fn try_connect(port: u16) -> Result<Handle<Trusting>, russh::Error> {
    connect_as(port, client::Config::default()).await
}

/// Connects from another address of this machine: all of 127/8 is ours.
pub async fn connect_from(from: &str, port: u16) -> Result<Handle<Trusting>, russh::Error> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    socket.bind(format!("{from}:0").parse().unwrap())?;
    let stream = socket.connect(([127, 0, 0, 1], port).into()).await?;
    client::connect_stream(Arc::new(client::Config::default()), stream, Trusting).await
}

async fn connect_as(port: u16, config: client::Config) -> Result<Handle<Trusting>, russh::Error> {
    let config = Arc::new(client::Config { nodelay: true, ..config });
    client::connect(config, ("127.0.0.1", port), Trusting).await
}

impl Person {
    /// Signs in by password; `None` when that is refused.
    pub async fn sign_in(port: u16, name: &str, password: &str) -> Option<Self> {
        let mut connection = connect(port).await;
        match timeout(PATIENCE, connection.authenticate_password(name, password)).await.unwrap() {
            Ok(AuthResult::Success) => Some(Self { connection }),
            Ok(AuthResult::Failure { .. }) | Err(_) => None,
        }
    }

    /// Signs in with a client that takes in next to nothing until somebody looks at its screen.
    pub async fn sign_in_deaf(port: u16, name: &str, password: &str) -> Self {
        let config =
            client::Config { window_size: 1_000, channel_buffer_size: 1, ..client::Config::default() };
        let mut connection = connect_as(port, config).await.unwrap();
        assert!(connection.authenticate_password(name, password).await.unwrap().success());
        Self { connection }
    }

    /// Signs in by keyboard-interactive, as OpenSSH does first.
    pub async fn answer(port: u16, name: &str, password: &str) -> Option<Self> {
        let mut connection = connect(port).await;
        let asked = connection.authenticate_keyboard_interactive_start(name, None).await.ok()?;
        let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = asked else { return None };
        assert_eq!(prompts.len(), 1);
        assert!(!prompts[0].echo);
        let answered =
            connection.authenticate_keyboard_interactive_respond(vec![password.to_owned()]).await.ok()?;
        matches!(answered, KeyboardInteractiveAuthResponse::Success).then_some(Self { connection })
    }

    /// Connects as a public name, without any proof; `None` when that is refused.
    pub async fn visit(port: u16, name: &str) -> Option<Self> {
        let mut connection = connect(port).await;
        match timeout(PATIENCE, connection.authenticate_none(name)).await.unwrap() {
            Ok(AuthResult::Success) => Some(Self { connection }),
            Ok(AuthResult::Failure { .. }) | Err(_) => None,
        }
    }

    /// The same from another address.
    pub async fn visit_from(from: &str, port: u16, name: &str) -> Option<Self> {
        let mut connection = connect_from(from, port).await.ok()?;
        let success = connection.authenticate_none(name).await.ok()?.success();
        success.then_some(Self { connection })
    }

    /// Creates a user through the command, and gives them [`PASSWORD`] through the dashboard.
    pub async fn make_user(&self, port: u16, name: &str, role: &str) {
        let made = self.run(&format!("users create {name} --role {role} --json")).await;
        assert_eq!(made.status, 0, "{}", made.err);
        let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
        let one_time = made["one_time_password"].as_str().unwrap();
        let person = Self::sign_in(port, name, one_time).await.unwrap();
        let mut screen = person.dashboard(80, 24).await;
        screen.see("Choose a password").await;
        screen.choose(PASSWORD).await;
        screen.see("This session").await;
        screen.press("q").await;
        screen.ended().await;
    }

    /// Runs a command to its end.
    pub async fn run(&self, line: &str) -> Ran {
        self.run_with(&[], line).await
    }

    /// The same with variables that the client tells first.
    pub async fn run_with(&self, variables: &[(&str, &str)], line: &str) -> Ran {
        let channel = self.connection.channel_open_session().await.expect("a channel");
        for (name, value) in variables {
            channel.set_env(false, *name, *value).await.unwrap();
        }
        channel.exec(true, line).await.unwrap();
        timeout(PATIENCE, collect(channel)).await.expect("the command ends")
    }

    /// Runs a command with this on its stdin.
    pub async fn run_on(&self, line: &str, input: &[u8]) -> Ran {
        let channel = self.connection.channel_open_session().await.expect("a channel");
        channel.exec(true, line).await.unwrap();
        channel.data(input).await.unwrap();
        channel.eof().await.unwrap();
        timeout(PATIENCE, collect(channel)).await.expect("the command ends")
    }

    /// Opens the dashboard.
    pub async fn dashboard(&self, columns: u16, rows: u16) -> Screen {
        let channel = self.connection.channel_open_session().await.expect("a channel");
        self.dashboard_on(channel, "xterm-256color", columns, rows).await
    }

    /// Opens the dashboard on a channel of which the server may know something already.
    pub async fn dashboard_on(&self, channel: Channel<Msg>, term: &str, columns: u16, rows: u16) -> Screen {
        channel.request_pty(true, term, columns.into(), rows.into(), 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        let parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        Screen { channel, parser, status: None, bytes: 0, arrived: Instant::now() }
    }
}

async fn collect(mut channel: Channel<Msg>) -> Ran {
    let mut ran = Ran { out: String::new(), err: String::new(), status: u32::MAX };
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Data { data } => ran.out.push_str(&String::from_utf8_lossy(&data)),
            ChannelMsg::ExtendedData { data, .. } => ran.err.push_str(&String::from_utf8_lossy(&data)),
            ChannelMsg::ExitStatus { exit_status } => ran.status = exit_status,
            _ => {}
        }
    }
    ran
}

/// A dashboard, as it is seen.
pub struct Screen {
    pub channel: Channel<Msg>,
    pub parser: vt100::Parser,
    pub status: Option<u32>,
    /// All that came, in bytes.
    pub bytes: usize,
    /// When the last of it came, before the emulator took it in.
    pub arrived: Instant,
}

impl Screen {
    /// Makes the window another size.
    pub async fn resize(&mut self, columns: u16, rows: u16) {
        self.channel.window_change(columns.into(), rows.into(), 0, 0).await.unwrap();
        self.parser.screen_mut().set_size(rows.try_into().unwrap(), columns.try_into().unwrap());
    }

    pub fn text(&self) -> String {
        self.parser.screen().contents()
    }

    /// Waits until the words are on the screen.
    pub async fn see(&mut self, words: &str) {
        self.until(words, |text| text.contains(words)).await;
    }

    /// Waits until the words are no longer on the screen.
    pub async fn lose(&mut self, words: &str) {
        self.until(words, |text| !text.contains(words)).await;
    }

    async fn until(&mut self, words: &str, holds: impl Fn(&str) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !holds(&self.text()) {
                if !self.take().await {
                    break;
                }
            }
        });
        let _ = waited.await;
        assert!(holds(&self.text()), "`{words}`: not as expected on\n{}", self.text());
    }

    /// Takes one message in; false when the channel is over.
    pub async fn take(&mut self) -> bool {
        match self.channel.wait().await {
            Some(ChannelMsg::Data { data }) => {
                self.bytes += data.len();
                self.arrived = Instant::now();
                self.parser.process(&data);
                true
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => {
                self.status = Some(exit_status);
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    /// Types text or control bytes, as they are.
    pub async fn press(&mut self, keys: &str) {
        self.channel.data(keys.as_bytes()).await.unwrap();
    }

    /// Fills in the form that asks for a new password.
    pub async fn choose(&mut self, password: &str) {
        self.press(password).await;
        self.press("\t").await;
        self.press(password).await;
        self.press("\r").await;
    }

    /// Takes in what comes for a while.
    pub async fn rest(&mut self, time: Duration) {
        let _ = timeout(time, async { while self.take().await {} }).await;
    }

    /// Takes in what comes, until nothing has come for a second.
    pub async fn quiet(&mut self) {
        let mut before = usize::MAX;
        while before != self.bytes {
            before = self.bytes;
            self.rest(Duration::from_secs(1)).await;
        }
    }

    /// Waits for the channel's end; answers the exit status.
    pub async fn ended(&mut self) -> Option<u32> {
        timeout(PATIENCE, async { while self.take().await {} }).await.expect("the channel ends");
        self.status
    }
}
