//! Every screen and every question, at every size, with colours, without any, and in ASCII.
//!
//! Each snapshot is one view. Behind its words stands how they look, a line of it for each row: `a13 b5` are
//! thirteen cells of the look `a` and five of `b`, and the legend says what that is in dark and in mono.

use std::fmt::Write as _;
use std::time::Duration;

use passholder::dal::Session;
use passholder::domain::name::UserName;
use passholder::domain::policy::{AccountDelays, Policy, SignUp};
use passholder::domain::role::{CustomRole, Limits, RoleName, parse_permissions};
use passholder::domain::text::Line;
use passholder::tui::input::Input;
use passholder::tui::terminal::{Profile, Rgb};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};

use crate::screens::SIZES;
use crate::support::desk::Desk;
use crate::support::house::{House, new_invite};
use crate::support::views::{VIEWS, typed};
use crate::support::{PASSWORD, roomy};

/// What follows the machine's memory and its disk, and not what is in the house.
const MEASURED: &str = "system";

/// A house in which every list has something in it, the same every time.
async fn lived_in() -> (House, Session) {
    let house = House::build_seeded().await;
    house.dal.set_policy(Policy {
        account_delays: AccountDelays::default(),
        sign_up: SignUp::Invite,
        ..roomy()
    });
    for (name, role) in [("ada", "auditor"), ("bob", "operator"), ("carol", "member"), ("dave", "member")] {
        house.user(name, role).await.end(passholder::domain::session::EndReason::SignedOut).await.unwrap();
        house.clock.turn(Duration::from_mins(7));
    }
    for _ in 0..12 {
        let _ = house.try_from("203.0.113.9", "carol", "a guess").await;
        house.clock.turn(Duration::from_secs(20));
    }
    let admin = house.admin().await;
    let verified = async || admin.verify().await.unwrap();
    let name = |text| UserName::parse(text).unwrap();
    let reason = Line::parse("left the team").unwrap();
    verified().await.users().disable(&name("dave"), reason).await.unwrap();
    house.invite("erin", "member").await;
    house.user("frank", "member").await;
    verified().await.users().delete(&name("frank")).await.unwrap();
    let role = CustomRole {
        name: RoleName::parse("greeter").unwrap(),
        about: "greets visitors and invites them".to_owned(),
        permissions: parse_permissions("own-account, read-users, read-invites").unwrap(),
        limits: Limits { idle: Some(Duration::from_mins(10)), ..Limits::default() },
    };
    verified().await.roles().create(role).await.unwrap();
    verified().await.invites().create(new_invite("member")).await.unwrap();
    house.clock.turn(Duration::from_mins(3));
    let _ = house.sign_in("ada").await;
    (house, admin)
}

/// What a cell looks like in dark and in mono.
type Pair = (Cell, Cell);

fn draw(desk: &mut Desk, columns: u16, rows: u16) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| desk.app.draw(frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn in_colours(desk: &mut Desk, columns: u16, rows: u16) -> Buffer {
    desk.app.set_profile(Profile::of("xterm-256color", &[("COLORTERM".to_owned(), "truecolor".to_owned())]));
    desk.app.take(&Input::Background(Rgb { red: 16, green: 16, blue: 16 }));
    draw(desk, columns, rows)
}

fn without_colours(desk: &mut Desk, columns: u16, rows: u16) -> Buffer {
    desk.app.set_profile(Profile::of("xterm-256color", &[("NO_COLOR".to_owned(), "1".to_owned())]));
    draw(desk, columns, rows)
}

fn in_ascii(desk: &mut Desk, columns: u16, rows: u16) -> String {
    let profile = Profile::of("vt100", &[("LANG".to_owned(), "C".to_owned())]);
    desk.app.set_profile(profile.clone());
    let shown = desk.emulated(&profile, columns, rows).screen().contents();
    assert!(shown.is_ascii(), "{shown}");
    shown.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n"
}

/// The looks that were met, in the order of their letters.
#[derive(Default)]
struct Legend(Vec<Pair>);

impl Legend {
    fn letter(&mut self, dark: &Cell, mono: &Cell) -> char {
        let alike =
            |one: &Cell, other: &Cell| (one.fg, one.bg, one.modifier) == (other.fg, other.bg, other.modifier);
        let known = self.0.iter().position(|(a, b)| alike(a, dark) && alike(b, mono));
        let index = known.unwrap_or(self.0.len());
        if known.is_none() {
            self.0.push((dark.clone(), mono.clone()));
        }
        char::from(b'a' + u8::try_from(index).unwrap())
    }

    fn text(&self) -> String {
        let look = |cell: &Cell| {
            let more = format!(" {:?}", cell.modifier).replace(" NONE", "");
            format!("{} on {}{more}", cell.fg, cell.bg)
        };
        let line =
            |(letter, (dark, mono)): (char, &Pair)| format!("{letter}: {}, or {}\n", look(dark), look(mono));
        ('a'..).zip(&self.0).map(line).collect()
    }
}

/// `aaaabb` as `a4 b2`.
fn runs(letters: &str) -> String {
    let mut text = String::new();
    let mut rest = letters;
    while let Some(letter) = rest.chars().next() {
        let count = rest.len() - rest.trim_start_matches(letter).len();
        write!(text, " {letter}{count}").unwrap();
        rest = &rest[count..];
    }
    text
}

/// One view at one size.
fn look(desk: &mut Desk, legend: &mut Legend, (columns, rows): (u16, u16)) -> String {
    let (dark, mono) = (in_colours(desk, columns, rows), without_colours(desk, columns, rows));
    let mut text = format!("{columns}x{rows}\n");
    for y in 0..rows {
        let (mut words, mut letters) = (String::new(), String::new());
        for x in 0..columns {
            let (dark, mono) = (&dark[(x, y)], &mono[(x, y)]);
            assert_eq!(dark.symbol(), mono.symbol(), "colours are not what says it");
            words.push_str(dark.symbol());
            letters.push(legend.letter(dark, mono));
        }
        writeln!(text, "{}\n{}", words.trim_end(), runs(&letters)).unwrap();
    }
    write!(text, "{columns}x{rows} in ascii\n{}", in_ascii(desk, columns, rows)).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_looks_like_this() {
    let (house, admin) = lived_in().await;
    for (name, keys) in VIEWS.iter().filter(|(name, _)| *name != MEASURED) {
        let mut desk = Desk::open(&admin);
        desk.settle().await;
        for key in keys.chars() {
            let shown = desk.picture(120, 40);
            desk.press(&typed(key, PASSWORD, &shown, house.dal.now())).await;
        }
        let mut legend = Legend::default();
        let looks: Vec<String> = SIZES.map(|size| look(&mut desk, &mut legend, size)).to_vec();
        insta::assert_snapshot!(*name, format!("{}\n{}", looks.join("\n"), legend.text()));
    }
}
