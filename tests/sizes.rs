//! Whatever is typed, clicked, resized or done by others: a terminal shows what the dashboard would draw
//! on a blank one, at every size.

use std::time::Duration;

use passholder::dal::Session;
use passholder::dal::sessions::LiveQuery;
use passholder::dal::users::{Dates, NewUser};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::preferences::{Preferences, ThemeChoice};
use passholder::domain::role::RoleName;
use passholder::domain::session::Terminal;
use passholder::domain::text::Line;
use passholder::tui::Size;
use passholder::tui::app::{App, Taken};
use passholder::tui::canvas::Canvas;
use passholder::tui::input::{Decoder, Input, Mouse, MouseKind};
use passholder::tui::keymap::{Command, GLOBAL};
use passholder::tui::screens::SCREENS;
use passholder::tui::terminal::{Profile, Rgb};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr as _};

use crate::support::dice::Dice;
use crate::support::house::House;
use crate::support::{PASSWORD, PATIENCE};

/// How many people sit down, and what each of them does before they leave.
const SEQUENCES: u64 = 80;
const STEPS: u32 = 25;

/// Where random numbers begin; what is printed on failure is added to it.
const SEED: u64 = 0x5eed;

impl Dice {
    fn one_in(&mut self, count: u16) -> bool {
        self.below(count) == 0
    }

    /// Small ones and the edge of what is shown at all most often, monstrous ones now and then.
    fn size(&mut self) -> Size {
        let (columns, rows) = match self.below(60_u16) {
            0..6 => (1 + self.below(12_u16), 1 + self.below(6_u16)),
            6..18 => (37 + self.below(7_u16), 10 + self.below(5_u16)),
            18..36 => (40 + self.below(45_u16), 12 + self.below(14_u16)),
            36..52 => (80, 24),
            52..58 => (60 + self.below(80_u16), 20 + self.below(25_u16)),
            58 => *self.pick(&[(1, 200), (500, 1), (500, 12), (40, 200), (200, 12)]),
            _ => (500, 200),
        };
        Size { columns, rows }
    }
}

/// Pieces of names: wide, from right to left, accents beside and over letters, joined consonants.
const PIECES: &[&str] = &[
    "a",
    "Bo",
    " ",
    "漢",
    "字字",
    "שלום",
    "مرحبا",
    "e\u{301}",
    "z\u{323}\u{307}",
    "ｶﾞ",
    "\u{2764}\u{fe0f}",
    "한",
    "क्ष",
    "लक्ष्मी",
    "漢\u{dd8}",
    "🔑",
    "Ａ",
    "—",
    "…",
    "ﬃ",
    "ǅ",
    "0",
    "long-long-long-word",
];

/// A name that is allowed, and not wider to a terminal that counts character by character, as the emulator
/// does: what such a one draws wider covers what stands beside it, and nobody can know.
fn display_name(dice: &mut Dice) -> DisplayName {
    loop {
        let name: String = (0..=dice.below(9_u16)).map(|_| *dice.pick(PIECES)).collect();
        let by_character: usize = name.chars().filter_map(UnicodeWidthChar::width).sum();
        if let Ok(name) = DisplayName::parse(&name)
            && by_character <= name.as_str().width()
        {
            return name;
        }
    }
}

struct Crowd {
    house: House,
    admin: Session,
    /// Who sits down: one of each role.
    people: Vec<&'static str>,
    others: Vec<Session>,
}

async fn crowd(dice: &mut Dice) -> Crowd {
    let house = House::build().await;
    let mut others = Vec::new();
    for name in ["member", "operator", "auditor"] {
        others.push(house.user(name, name).await);
    }
    let admin = house.admin().await;
    for number in 0..30 {
        let letter = char::from(b'a' + u8::try_from(number % 26).unwrap());
        let name = format!("{letter}{}{number}", "x".repeat(dice.below(26_u16).into()));
        let new = NewUser {
            name: UserName::parse_new(&name).unwrap(),
            display_name: display_name(dice),
            roles: vec![RoleName::parse("member").unwrap()],
            dates: Dates::default(),
        };
        let one_time = admin.verify().await.unwrap().users().create(new).await.unwrap();
        if number % 3 == 0 {
            others.push(house.try_sign_in(&name, one_time.expose()).await.unwrap());
        }
    }
    for session in &others {
        let size = dice.size();
        let name = dice.pick(&["xterm-256color", "", "a-very-long-name-of-a-terminal"]);
        let terminal = Terminal { name: (*name).to_owned(), columns: size.columns, rows: size.rows };
        drop(session.opened(Some(terminal)));
    }
    Crowd { house, admin, people: vec!["admin", "admin", "member", "operator", "auditor"], others }
}

/// Terminals, with one variable each: none has an empty name.
const TERMINALS: &[(&str, &str, &str)] = &[
    ("xterm-256color", "", ""),
    ("xterm-kitty", "", ""),
    ("xterm", "", ""),
    ("linux", "", ""),
    ("vt100", "LANG", "C"),
    ("xterm-256color", "LANG", "C"),
    ("xterm-256color", "NO_COLOR", "1"),
    ("who-knows", "TZ", "Asia/Kolkata"),
];

fn profile(dice: &mut Dice) -> Profile {
    let (term, name, value) = *dice.pick(TERMINALS);
    Profile::of(term, &[(name.to_owned(), value.to_owned())])
}

/// One person, what they look at, and what is wrong if it ends badly.
struct Seat {
    app: App,
    canvas: Canvas,
    emulator: vt100::Parser,
    profile: Profile,
    size: Size,
    done: Vec<String>,
}

fn emulator(size: Size) -> vt100::Parser {
    vt100::Parser::new(size.rows.try_into().unwrap(), size.columns.try_into().unwrap(), 0)
}

impl Seat {
    fn new(session: &Session, profile: Profile, size: Size) -> Self {
        let mut app = App::new(session.clone());
        app.set_profile(profile.clone());
        let canvas = Canvas::new(size, &profile);
        Self { app, canvas, emulator: emulator(size), profile, size, done: Vec::new() }
    }

    /// As the loop of a channel does it.
    fn take(&mut self, input: &Input) {
        self.done.push(format!("{input:?}"));
        if self.app.take(input) == Taken::Repaint {
            self.canvas.repaint();
        }
        if let Some((what, value)) = self.app.to_copy() {
            self.app.copied(&what, self.canvas.copy(value.expose()));
        }
    }

    async fn settle(&mut self) {
        while self.app.is_waiting() {
            tokio::time::timeout(PATIENCE, self.app.loaded()).await.expect("what is on its way comes");
        }
    }

    fn resize(&mut self, size: Size) {
        self.done.push(format!("{size:?}"));
        self.size = size;
        self.canvas.resize(size);
        self.app.redraw();
        self.emulator.screen_mut().set_size(size.rows.try_into().unwrap(), size.columns.try_into().unwrap());
    }

    /// What is sent, where something is, leaves what a blank terminal would show.
    fn look(&mut self) {
        self.canvas.set_mouse(self.app.wants_mouse());
        let is_settled = !self.app.is_waiting();
        let mut drawn = None;
        if self.app.is_dirty() {
            let frame = self.canvas.draw(|frame| {
                self.app.draw(frame);
                drawn = Some(frame.buffer_mut().clone());
            });
            let frame = frame.unwrap_or_default();
            assert!(self.profile.is_utf8 || frame.is_ascii(), "only ASCII goes to who has nothing else");
            self.emulator.process(&frame);
        }
        let mut blank = Canvas::new(self.size, &self.profile);
        let mut fresh = emulator(self.size);
        let frame = match drawn {
            // How far work is changes from one moment to the next.
            Some(drawn) if !is_settled => blank.draw(|frame| frame.buffer_mut().clone_from(&drawn)),
            _ => blank.draw(|frame| self.app.draw(frame)),
        };
        fresh.process(&frame.unwrap_or_default());
        for (row, column) in (0..self.size.rows).flat_map(|row| (0..self.size.columns).map(move |c| (row, c)))
        {
            let look = |emulator: &vt100::Parser| {
                let cell = emulator.screen().cell(row, column).unwrap();
                let style = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
                let text = if cell.contents().is_empty() { " " } else { cell.contents() };
                (text.to_owned(), cell.fgcolor(), cell.bgcolor(), style)
            };
            assert_eq!(
                look(&self.emulator),
                look(&fresh),
                "row {row}, column {column} of\n{}",
                fresh.screen().contents()
            );
        }
        if is_settled {
            let cursor = |emulator: &vt100::Parser| {
                let screen = emulator.screen();
                (!screen.hide_cursor()).then(|| screen.cursor_position())
            };
            assert_eq!(cursor(&self.emulator), cursor(&fresh), "the cursor");
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{:?}, {:?}, after {:#?}", self.size, self.profile, self.done);
            eprintln!("{}", self.emulator.screen().contents());
        }
    }
}

/// Presses any key that means something somewhere, or types, pastes, clicks.
fn act(dice: &mut Dice, seat: &mut Seat) {
    match dice.below(20_u16) {
        0..6 => {
            let binding = dice.pick(GLOBAL);
            if binding.command != Command::Quit || dice.one_in(5) {
                let (code, modifiers) = *dice.pick(binding.keys());
                seat.take(&Input::Key(crossterm::event::KeyEvent::new(code, modifiers)));
            }
        }
        6..9 => {
            let actions: Vec<char> =
                SCREENS.iter().flat_map(|screen| screen.actions).map(|action| action.key).collect();
            seat.take(&Input::Key(crossterm::event::KeyCode::Char(*dice.pick(&actions)).into()));
        }
        9..11 => {
            let digit = char::from(b'1' + u8::try_from(dice.below(6_u16)).unwrap());
            seat.take(&Input::Key(crossterm::event::KeyCode::Char(digit).into()));
        }
        11 => seat.take(&Input::Paste(dice.pick(PIECES).repeat(usize::from(1 + dice.below(40_u16))))),
        12..15 => {
            let bytes = *dice.pick(&[
                "\r",
                "\r",
                "\x1b",
                "\t",
                "\x1b[Z",
                "\x7f",
                "a",
                "漢字",
                "क्ष",
                "\x07",
                "\x12",
                "\x1b[3~",
                "\x01",
                "\x1b[200~pasted 漢\r\n\x1b[201~",
                "\x1b[<64;3;3M",
                "\x1b[I",
                "\x1b[99999;9u",
                PASSWORD,
            ]);
            let mut typed = Vec::new();
            let mut decoder = Decoder::new();
            decoder.feed(bytes.as_bytes(), &mut typed);
            decoder.flush(&mut typed);
            for input in &typed {
                seat.take(input);
            }
        }
        _ => {
            let kind =
                *dice.pick(&[MouseKind::Press, MouseKind::Press, MouseKind::ScrollUp, MouseKind::ScrollDown]);
            let (column, row) = (dice.below(seat.size.columns + 2), dice.below(seat.size.rows + 2));
            seat.take(&Input::Mouse(Mouse { kind, column, row }));
        }
    }
}

/// What happens without this person: time, their terminal, the others.
async fn happen(dice: &mut Dice, crowd: &Crowd, session: &Session, seat: &mut Seat) {
    // They may have ended all sessions of the administrator, whose name is theirs.
    if crowd.admin.verify().await.is_err() {
        return;
    }
    let admin = async || crowd.admin.verify().await.unwrap();
    match dice.below(8_u16) {
        0 => {
            let minutes = if dice.one_in(6) { 60 * 11 } else { *dice.pick(&[0, 0, 1, 14]) };
            crowd.house.clock.turn(Duration::from_secs(minutes * 60 + 7));
            seat.done.push(format!("{minutes} minutes"));
            // The others were there all the time.
            crowd.others.iter().chain([&crowd.admin]).for_each(|session| session.typed(1));
            seat.app.time_has_passed();
        }
        1 => {
            let [red, green, blue, _, _, _, _, _] = dice.roll().to_le_bytes();
            seat.take(&Input::Background(Rgb { red, green, blue }));
        }
        2 => {
            let words = Line::parse(&format!("x{}", dice.pick(PIECES).trim().repeat(9))).unwrap();
            let _ = admin().await.sessions().tell(&session.claims().handle, words).await;
            seat.done.push("a message".to_owned());
            let _ = tokio::time::timeout(Duration::from_millis(20), seat.app.loaded()).await;
        }
        3 => {
            let theme = *dice.pick(&[
                ThemeChoice::Auto,
                ThemeChoice::Dark,
                ThemeChoice::Light,
                ThemeChoice::HighContrast,
                ThemeChoice::Mono,
            ]);
            let preferences = Preferences { theme, mouse: dice.one_in(2), ..Preferences::default() };
            seat.done.push(format!("{preferences:?}"));
            if let Ok(verified) = session.verify().await {
                let _ = verified.account().set_preferences(preferences).await;
            }
            seat.app.heard_the_bell();
        }
        4 if dice.one_in(4) => {
            seat.done.push("revoked".to_owned());
            let _ = admin().await.sessions().revoke(&session.claims().handle).await;
            seat.app.heard_the_bell();
        }
        5 => {
            let live = admin().await.sessions().live(LiveQuery { limit: 9, ..LiveQuery::default() }).await;
            seat.done.push(format!("{} are here", live.unwrap().items.len()));
        }
        _ => seat.resize(dice.size()),
    }
}

/// How many steps somebody does before they have to go.
async fn sit_down(crowd: &mut Crowd, seed: u64) -> u32 {
    let mut dice = Dice(SEED + seed);
    let name = *dice.pick(&crowd.people);
    let Ok(session) = crowd.house.try_sign_in(name, PASSWORD).await else { return 0 };
    let mut seat = Seat::new(&session, profile(&mut dice), dice.size());
    seat.done.push(format!("seed {seed}, {name}"));
    for step in 0..STEPS {
        if crowd.admin.verify().await.is_err() {
            // Whoever reset the only administrator's password has to go too.
            let Ok(admin) = crowd.house.try_sign_in("admin", PASSWORD).await else { return step };
            crowd.admin = admin;
        }
        for _ in 0..=dice.below(3_u16) {
            act(&mut dice, &mut seat);
        }
        if dice.one_in(3) {
            happen(&mut dice, crowd, &session, &mut seat).await;
        }
        if !dice.one_in(4) {
            seat.settle().await;
        }
        if seat.app.left().is_some() {
            return step;
        }
        seat.look();
    }
    STEPS
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_a_terminal_is_what_a_blank_one_would_show() {
    let mut steps = 0;
    for first in (0..SEQUENCES).step_by(20) {
        let mut crowd = crowd(&mut Dice(SEED + first)).await;
        for seed in first..SEQUENCES.min(first + 20) {
            steps += sit_down(&mut crowd, seed).await;
        }
    }
    assert!(u64::from(steps) > SEQUENCES * u64::from(STEPS) / 2, "{steps} steps: too few to prove anything");
}
