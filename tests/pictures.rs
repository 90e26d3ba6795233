//! The pictures and the recording of README, made from the running program, on a made-up house:
//!
//! ```sh
//! cargo test pictures -- --ignored
//! ```
//!
//! Hours and ages follow the clock, so two runs differ in them, and in nothing else that is easily
//! seen.

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use passholder::config::Config;
use passholder::server::demo::Demo;
use russh::SshId;
use russh::client;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::cast::{Cast, Recorder};
use crate::support::person::{Person, Screen, Trusting};
use crate::support::picture::{self, DARK, Film, LIGHT, Palette};

/// What stands above each picture.
const TITLE: &str = "ssh admin@passholder.example";

/// Columns and rows of the pictures, and of the recording.
const PICTURE: (u16, u16) = (120, 36);
const RECORDING: (u16, u16) = (100, 30);

/// Bytes that a page should not have to wait for.
const MOST_OF_A_PICTURE: usize = 60 * 1024;
const MOST_OF_A_CAST: usize = 200 * 1024;
const MOST_OF_A_FILM: usize = 400 * 1024;

/// Seconds that a frame of the film is seen at least: between two there is little to be missed.
const FRAME: f64 = 0.25;

/// What terminals answer when they are asked for their background.
pub const DARK_GROUND: &str = "\x1b]11;rgb:1616/1818/1d1d\x1b\\";
pub const LIGHT_GROUND: &str = "\x1b]11;rgb:fbfb/fbfb/fcfc\x1b\\";

/// A made-up house, with its administrator at the door.
pub struct House {
    pub admin: Person,
    /// Of the administrator.
    pub password: String,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl House {
    pub async fn open() -> Self {
        let config = Config { listen: "127.0.0.1:0".parse().unwrap(), ..Config::default() };
        let demo = Demo::open(&config).await.unwrap();
        let port = demo.server.address().port();
        let password = demo.keys[0].password.expose().to_owned();
        let (stop, grace) = (CancellationToken::new(), config.ssh.shutdown_grace);
        let stopped = stop.clone();
        let serving = tokio::spawn(async move { demo.server.serve(stopped, grace).await });
        Self { admin: sign_in(port, &password).await, password, stop, serving }
    }

    /// A dashboard on a terminal as most people have it.
    async fn dashboard(&self, ground: &str, (columns, rows): (u16, u16)) -> Screen {
        let channel = self.admin.connection.channel_open_session().await.unwrap();
        channel.set_env(false, "COLORTERM", "truecolor").await.unwrap();
        let mut screen = self.admin.dashboard_on(channel, "xterm-256color", columns, rows).await;
        screen.press(ground).await;
        screen
    }

    pub async fn close(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
    }
}

/// With the client that most people have: its name is to be read on Home.
async fn sign_in(port: u16, password: &str) -> Person {
    let client_id = SshId::Standard(Cow::Borrowed("SSH-2.0-OpenSSH_10.2"));
    let config = client::Config { client_id, nodelay: true, ..client::Config::default() };
    let address = ("127.0.0.1", port);
    let mut connection = client::connect(Arc::new(config), address, Trusting).await.unwrap();
    assert!(connection.authenticate_password("admin", password).await.unwrap().success());
    Person { connection }
}

fn assets(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

/// One terminal of which pictures are taken.
struct Camera<'a> {
    screen: Screen,
    palette: &'a Palette,
    /// Behind the name of each picture.
    suffix: &'a str,
}

impl Camera<'_> {
    async fn keep(&mut self, name: &str) {
        self.screen.quiet().await;
        let svg = picture::svg(self.screen.parser.screen(), TITLE, self.palette);
        assert!(svg.len() < MOST_OF_A_PICTURE, "{name}: {} bytes", svg.len());
        fs::write(assets(&format!("{name}{}.svg", self.suffix)), svg).unwrap();
    }

    /// Presses a key and waits for what it leads to.
    async fn go(&mut self, key: &str, words: &str) {
        self.screen.press(key).await;
        self.screen.see(words).await;
    }

    async fn take_all(&mut self) {
        self.screen.see("Live sessions").await;
        self.screen.quiet().await;
        // Whoever lives here has taken them.
        if self.screen.text().contains("First steps") {
            self.screen.press("f").await;
            self.screen.lose("First steps").await;
        }
        self.keep("home").await;
        self.go("2", "All users").await;
        self.screen.quiet().await;
        self.screen.press("jjjj jj jjj").await;
        self.keep("users").await;
        self.go("3", "Idle").await;
        self.screen.quiet().await;
        self.screen.press("jjj").await;
        self.keep("sessions").await;
        let (columns, rows) = PICTURE;
        self.screen.resize(columns, rows / 2).await;
        self.go("6", "Store").await;
        self.keep("system").await;
        self.screen.resize(columns, rows).await;
        self.go("2", "All users").await;
        self.screen.quiet().await;
        self.go(":", "What would you like to do?").await;
        self.screen.press("end").await;
        self.keep("palette").await;
        self.screen.press("\x1b").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the pictures of README"]
async fn pictures_of_the_running_program() {
    let house = House::open().await;
    for (ground, palette, suffix) in [(DARK_GROUND, &DARK, ""), (LIGHT_GROUND, &LIGHT, "-light")] {
        let screen = house.dashboard(ground, PICTURE).await;
        Camera { screen, palette, suffix }.take_all().await;
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the recording of README"]
async fn pictures_that_move() {
    let house = House::open().await;
    let screen = house.dashboard(DARK_GROUND, RECORDING).await;
    let mut tour = Recorder::new(screen, "Passholder: a tour", &DARK);
    come_in(&mut tour).await;
    create_somebody(&mut tour).await;
    end_a_session(&mut tour).await;
    leave(&mut tour).await;
    assert!(tour.text().len() < MOST_OF_A_CAST, "{} bytes", tour.text().len());
    fs::write(assets("tour.cast"), tour.text()).unwrap();
    let film = film(&Cast::parse(tour.text()));
    assert!(film.len() < MOST_OF_A_FILM, "{} bytes", film.len());
    fs::write(assets("tour.svg"), film).unwrap();
    house.close().await;
}

/// The recording as a picture that moves.
fn film(cast: &Cast) -> String {
    let mut player = cast.player();
    let mut film = Film::new(TITLE, &DARK);
    let mut shown = f64::NEG_INFINITY;
    for (index, (at, data)) in cast.sent.iter().enumerate() {
        player.process(data.as_bytes());
        let is_last_of_a_pause = cast.sent.get(index + 1).is_none_or(|(next, _)| next - at >= FRAME);
        if is_last_of_a_pause || at - shown >= FRAME {
            film.add(*at, player.screen());
            shown = *at;
        }
    }
    film.svg(cast.sent.last().map_or(0.0, |(at, _)| *at), player.screen())
}

/// The words of OpenSSH, and then the dashboard's own.
async fn come_in(tour: &mut Recorder) {
    tour.say("$ ");
    tour.look(600);
    tour.say_slowly(TITLE);
    tour.look(400);
    tour.say("\r\nPassholder\r\n(admin@passholder.example) Password: ");
    tour.look(1_200);
    tour.say("\r\n");
    tour.look(300);
    tour.see("Live sessions").await;
    tour.look(1_200);
}

async fn create_somebody(tour: &mut Recorder) {
    tour.press("2").await;
    tour.see("All users").await;
    tour.look(1_000);
    tour.press("n").await;
    tour.look(600);
    for text in ["grace.hopper", "Grace Hopper"] {
        tour.keys(text).await;
        tour.press("\r").await;
        tour.look(400);
    }
    tour.press("\r").await;
    tour.see("One-time password").await;
    tour.look(1_200);
    tour.press("\r").await;
    tour.look(600);
    tour.press("/").await;
    tour.keys("grace").await;
    tour.press("\r").await;
    tour.see("Grace Hopper").await;
    tour.look(1_200);
}

async fn end_a_session(tour: &mut Recorder) {
    tour.press("3").await;
    tour.see("Idle").await;
    tour.look(1_000);
    for _ in 0..4 {
        tour.press("j").await;
        tour.look(150);
    }
    tour.look(500);
    tour.press("x").await;
    tour.look(1_200);
    tour.press("\r").await;
    tour.see("ended").await;
    tour.look(1_200);
}

async fn leave(tour: &mut Recorder) {
    tour.press("q").await;
    tour.end().await;
    tour.say("Connection to passholder.example closed.\r\n$ ");
    tour.look(1_200);
    // A player ends with the last line, and begins again.
    tour.say("\x1b[K");
}

#[test]
fn the_recording_plays_and_leaves_the_terminal_as_it_was() {
    let cast = Cast::parse(&fs::read_to_string(assets("tour.cast")).unwrap());
    let mut player = cast.player();
    let (mut before, mut seen) = (0.0, String::new());
    for (at, data) in &cast.sent {
        assert!((before..before + 1.3).contains(at), "{before} -> {at}");
        before = *at;
        player.process(data.as_bytes());
        seen.push_str(&player.screen().contents());
    }
    for words in ["Live sessions", "All users", "Grace Hopper", "One-time password"] {
        assert!(seen.contains(words), "{words}");
    }
    let end = player.screen();
    assert!(!end.alternate_screen() && !end.hide_cursor() && !end.bracketed_paste());
    assert_eq!(end.mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    let contents = end.contents();
    let lines: Vec<&str> = contents.lines().collect();
    assert_eq!(lines.last().map(|line| line.trim_end()), Some("$"), "{contents}");
    assert!(contents.contains("Signed out.") && !contents.contains("grace"), "{contents}");
}
