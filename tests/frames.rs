//! How much goes over the wire for what a person does.

use std::time::{Duration, Instant};

use passholder::tui::Size;
use passholder::tui::app::{App, Taken};
use passholder::tui::canvas::Canvas;
use passholder::tui::input::Decoder;
use passholder::tui::terminal::Profile;

use crate::support::house::House;
use crate::support::person::Screen;
use crate::support::server::{TestServer, quick};

/// Bytes of the largest frame that one key may cause at 120x40.
const MOST: usize = 4096;

/// Every key that a list knows, as terminals send it, and what leads back.
const KEYS: &[&str] = &[
    "j", "k", "\x1b[B", "\x1b[A", "\x1b[6~", "\x1b[5~", "G", "g", "\x1b[C", "\x1b[D", "/", "a", "\x7f",
    "\x1b", "?", "?", "n", "b", "\t", "\x1b", "e", "\x1b", "d", "\x1b", "x", "\x1b", "r", "\x1b", "p",
    "\x1b", "s", "s", "s", "u", "\x1b", "m", "h", "\x1b", "M", "\x1b", "\r", "j", "\x1b", "\x1b[15~", "\t",
    "\x1b[Z", "L",
];

struct Wire {
    app: App,
    canvas: Canvas,
    decoder: Decoder,
}

impl Wire {
    /// Bytes of the frame, if there is one to draw.
    fn frame(&mut self) -> usize {
        if !self.app.is_dirty() {
            return 0;
        }
        self.canvas.draw(|frame| self.app.draw(frame)).map_or(0, |frame| frame.len())
    }

    /// The largest frame of all that a key causes, with those of what it has fetched.
    async fn press(&mut self, key: &str) -> usize {
        let mut typed = Vec::new();
        self.decoder.feed(key.as_bytes(), &mut typed);
        self.decoder.flush(&mut typed);
        for input in &typed {
            assert_eq!(self.app.take(input), Taken::Done);
        }
        let mut most = self.frame();
        while self.app.is_waiting() {
            self.app.loaded().await;
            most = most.max(self.frame());
        }
        most
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_costs_less_than_four_kib() {
    let house = House::build().await;
    house.dal.seed(300).await.unwrap();
    let mut others = Vec::new();
    for _ in 0..60 {
        others.push(house.admin().await);
    }
    for screen in ["2", "3"] {
        let mut wire = Wire {
            app: App::new(house.admin().await),
            canvas: Canvas::new(Size { columns: 120, rows: 40 }, &Profile::default()),
            decoder: Decoder::new(),
        };
        let _ = wire.press(screen).await;
        for key in KEYS {
            let bytes = wire.press(key).await;
            assert!(bytes < MOST, "{key:?} on screen {screen}: {bytes} bytes");
        }
        assert!(wire.app.left().is_none());
    }
    drop(others);
}

/// Dragging a window's corner sends a change for every step; each would be a frame of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_resizes_is_a_few_frames() {
    let config = quick();
    let per_second = config.ssh.frames_per_second;
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    screen.press("2").await;
    screen.see("All users").await;
    screen.quiet().await;
    let before = screen.bytes;
    screen.resize(120, 40).await;
    screen.quiet().await;
    let paint = screen.bytes - before;
    let before = screen.bytes;
    let started = Instant::now();
    for step in 0..1_000 {
        screen.channel.window_change(100 + step % 20, 40, 0, 0).await.unwrap();
    }
    screen.resize(120, 40).await;
    screen.quiet().await;
    // The burst, what the rate allows meanwhile, and the last size.
    let frames = 10.0 + started.elapsed().as_secs_f64() * f64::from(per_second);
    let most = f64::from(u32::try_from(paint).unwrap()) * 1.2 * frames;
    let bytes = screen.bytes - before;
    assert!(f64::from(u32::try_from(bytes).unwrap()) < most, "{bytes} bytes, {paint} a paint");
    assert!(frames < 300.0, "so slow that nothing is proven");
    screen.see("All users").await;
    assert_eq!(screen.text().lines().next().map(|line| line.trim_end().chars().count()), Some(119));
    server.stop().await;
}

/// Asked what is behind the text, a terminal answers whenever it likes: the screen takes the theme for
/// it, and none of the answer is typed. What a person leaves behind is a terminal as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_that_says_its_background_gets_the_theme_for_it() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    let tab = |screen: &Screen| screen.parser.screen().cell(1, 2).unwrap().bgcolor();
    assert_eq!(tab(&screen), vt100::Color::Default);
    assert_ne!(screen.parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    for part in ["\x1b]11;rgb:2e2e/34", "34/4040\x1b", "\\"] {
        screen.press(part).await;
        screen.rest(Duration::from_millis(100)).await;
    }
    assert_eq!(tab(&screen), vt100::Color::Idx(110));
    assert!(screen.text().contains("This session") && !screen.text().contains("Keys"), "{}", screen.text());
    // Not asked again, so another answer is nobody's.
    screen.press("\x1b]11;rgb:ffff/ffff/ffff\x07").await;
    screen.rest(Duration::from_millis(200)).await;
    assert_eq!(tab(&screen), vt100::Color::Idx(110));
    screen.press("q").await;
    assert_eq!(screen.ended().await, Some(0));
    assert_eq!(screen.parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert!(!screen.parser.screen().alternate_screen() && !screen.parser.screen().bracketed_paste());
    server.stop().await;
}
