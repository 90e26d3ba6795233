//! A dashboard without a channel: keys and clicks go in, pictures come out.

use crossterm::event::KeyCode;
use passholder::dal::Session;
use passholder::tui::Size;
use passholder::tui::app::App;
use passholder::tui::canvas::Canvas;
use passholder::tui::input::{Decoder, Input};
use passholder::tui::screens::Route;
use passholder::tui::terminal::Profile;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::PATIENCE;

/// A dashboard without a channel: keys go in, a picture comes out.
pub struct Desk {
    pub app: App,
    decoder: Decoder,
    session: Session,
}

impl Desk {
    pub fn open(session: &Session) -> Self {
        Self { app: App::new(session.clone()), decoder: Decoder::new(), session: session.clone() }
    }

    /// Takes in what is on its way, until nothing comes any more.
    pub async fn settle(&mut self) {
        while self.app.is_waiting() {
            tokio::time::timeout(PATIENCE, self.app.loaded()).await.expect("what is on its way comes");
        }
    }

    pub async fn press(&mut self, keys: &str) {
        let mut typed = Vec::new();
        self.decoder.feed(keys.as_bytes(), &mut typed);
        self.decoder.flush(&mut typed);
        for input in typed {
            self.app.take(&input);
        }
        self.settle().await;
    }

    /// Goes to a screen by the number of its tab.
    pub async fn go(&mut self, route: Route) {
        let tabs = passholder::proxy::screens(&self.session.claims());
        let tab = tabs.iter().position(|screen| screen.route == route).expect("a screen of this person");
        self.press(&(tab + 1).to_string()).await;
    }

    /// The same, and looks before anything has come.
    pub fn go_without_waiting(&mut self, route: Route) {
        let tabs = passholder::proxy::screens(&self.session.claims());
        let tab = tabs.iter().position(|screen| screen.route == route).expect("a screen of this person");
        self.app.take(&Input::Key(KeyCode::Char(char::from(b'1' + u8::try_from(tab).unwrap())).into()));
    }

    /// Clicks on the first place of an 80x24 screen where these words stand.
    pub async fn click_on(&mut self, words: &str) {
        let picture = self.picture(80, 24);
        let mut rows = picture.lines().enumerate();
        let place = rows.find_map(|(row, line)| Some((row, &line[..line.find(words)?])));
        let (row, before) = place.unwrap_or_else(|| panic!("no `{words}` on\n{picture}"));
        // The picture stands in quotes.
        let column = before.chars().count() - 1;
        self.app.click((u16::try_from(column).unwrap(), u16::try_from(row).unwrap()).into());
        self.settle().await;
    }

    pub fn picture(&mut self, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| self.app.draw(frame)).unwrap();
        // The handle of a session is random; everything else is the same every time.
        terminal.backend().to_string().replace(&self.handle(), "k7q2mzt4xe")
    }

    /// The handle of its session.
    pub fn handle(&self) -> String {
        self.session.claims().handle.to_string()
    }

    /// What a terminal shows that is sent the bytes of one frame.
    pub fn emulated(&mut self, profile: &Profile, columns: u16, rows: u16) -> vt100::Parser {
        let mut canvas = Canvas::new(Size { columns, rows }, profile);
        let mut parser = vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0);
        let bytes = canvas.draw(|frame| self.app.draw(frame)).expect("a first frame");
        parser.process(&bytes);
        parser
    }
}
