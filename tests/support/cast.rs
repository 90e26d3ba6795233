//! What a terminal was sent, to be played again: an asciicast.
//!
//! Source: asciicast v2, a header and lines of time, kind and data.

use std::fmt::Write as _;
use std::time::Duration;

use russh::ChannelMsg;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::PATIENCE;
use super::person::Screen;
use super::picture::Palette;

/// After what the server is thought to have sent all that a key causes.
const SILENCE: Duration = Duration::from_millis(150);

/// Milliseconds between two keys of somebody who knows what to type.
const KEY: u32 = 90;

/// A dashboard whose bytes are kept.
///
/// Only the bytes are real: when they come is made up, so that the same tour takes the same time
/// however busy the machine is, and nobody waits long.
pub struct Recorder {
    pub screen: Screen,
    /// Milliseconds from the beginning.
    now: u32,
    lines: String,
    /// Bytes that were not written down yet.
    heard: Vec<u8>,
}

impl Recorder {
    pub fn new(screen: Screen, title: &str, palette: &Palette) -> Self {
        let (rows, columns) = screen.parser.screen().size();
        let header = json!({
            "version": 2,
            "width": u16::from(columns),
            "height": u16::from(rows),
            "title": title,
            "env": { "TERM": "xterm-256color" },
            "theme": {
                "fg": palette.foreground,
                "bg": palette.background,
                "palette": palette.sixteen.join(":"),
            },
        });
        Self { screen, now: 0, lines: format!("{header}\n"), heard: Vec::new() }
    }

    /// The cast so far.
    pub fn text(&self) -> &str {
        &self.lines
    }

    /// Lets a person look at it.
    pub fn look(&mut self, milliseconds: u32) {
        self.now += milliseconds;
    }

    /// What the client says by itself: nothing of it comes from the server.
    pub fn say(&mut self, words: &str) {
        self.write(words);
    }

    /// What somebody types at their shell.
    pub fn say_slowly(&mut self, words: &str) {
        for character in words.chars() {
            self.look(KEY / 2);
            self.write(character.encode_utf8(&mut [0; 4]));
        }
    }

    /// Types one key after the other.
    pub async fn keys(&mut self, keys: &str) {
        for key in keys.chars() {
            self.press(key.encode_utf8(&mut [0; 4])).await;
            self.look(KEY);
        }
    }

    /// Presses one key, and takes in all that it causes.
    pub async fn press(&mut self, key: &str) {
        self.screen.press(key).await;
        self.settle().await;
    }

    /// Waits until the words are on the screen, and all is there that comes with them.
    pub async fn see(&mut self, words: &str) {
        let waited =
            timeout(PATIENCE, async { while !self.screen.text().contains(words) && self.take().await {} });
        assert!(waited.await.is_ok(), "`{words}` is not on\n{}", self.screen.text());
        self.settle().await;
    }

    /// Takes in what comes until the channel is over.
    pub async fn end(&mut self) {
        timeout(PATIENCE, async { while self.take().await {} }).await.expect("the channel ends");
        self.write_heard();
    }

    async fn settle(&mut self) {
        while timeout(SILENCE, self.take()).await.is_ok_and(|is_open| is_open) {}
        self.write_heard();
    }

    /// Takes one message in; false when the channel is over.
    async fn take(&mut self) -> bool {
        match self.screen.channel.wait().await {
            Some(ChannelMsg::Data { data }) => {
                self.screen.parser.process(&data);
                self.heard.extend_from_slice(&data);
                true
            }
            Some(_) => true,
            None => false,
        }
    }

    fn write_heard(&mut self) {
        let heard = std::mem::take(&mut self.heard);
        self.write(str::from_utf8(&heard).expect("a frame does not end within a character"));
    }

    fn write(&mut self, data: &str) {
        if !data.is_empty() {
            let seconds = f64::from(self.now) / 1_000.0;
            let _ = writeln!(self.lines, "{}", json!([seconds, "o", data]));
        }
    }
}

/// A cast that is read.
pub struct Cast {
    pub columns: u16,
    pub rows: u16,
    /// What was sent, and after how many seconds.
    pub sent: Vec<(f64, String)>,
}

impl Cast {
    pub fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        let header = lines.next().expect("a header");
        assert_eq!(header["version"], 2);
        let number = |name: &str| u16::try_from(header[name].as_u64().unwrap()).unwrap();
        let sent = lines.map(|line| {
            assert_eq!(line[1], "o");
            (line[0].as_f64().unwrap(), line[2].as_str().unwrap().to_owned())
        });
        Self { columns: number("width"), rows: number("height"), sent: sent.collect() }
    }

    /// A terminal of the size that it was recorded on.
    pub fn player(&self) -> vt100::Parser {
        vt100::Parser::new(self.rows.try_into().unwrap(), self.columns.try_into().unwrap(), 0)
    }
}
