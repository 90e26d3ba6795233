//! The form of somebody who makes an account: how long it is open, and how it looks.

use std::time::Duration;

use passholder::domain::name::UserName;
use passholder::domain::policy::{Policy, SignUp};
use passholder::tui::input::Decoder;
use passholder::tui::lobby::{self, Lobby, Out, Patience, Stranger};
use passholder::tui::terminal::Profile;
use passholder::tui::{Io, Left, Size, plain};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::sign_up::{open_house, policy};
use crate::support::house::{HOME, new_invite, visitor};
use crate::support::{PASSWORD, PATIENCE};

/// A form on a terminal where this comes all the time; how it ended, and what it showed.
async fn at_the_form(is_plain: bool, typed: &'static str, patience: Patience) -> (Left, String) {
    let house = open_house().await;
    let (input, typing) = tokio::sync::mpsc::channel(8);
    let (output, mut frames) = tokio::sync::mpsc::channel(1);
    let (_size, size) = tokio::sync::watch::channel(Size { columns: 80, rows: 24 });
    let mut io = Io {
        input: typing,
        output,
        size,
        stopping: CancellationToken::new(),
        frames_per_second: 30,
        profile: Profile::default(),
    };
    let shown = tokio::spawn(async move {
        let mut shown = Vec::new();
        while let Some(frame) = frames.recv().await {
            shown.extend_from_slice(&frame);
        }
        String::from_utf8_lossy(&shown).into_owned()
    });
    tokio::spawn(async move {
        while input.send(typed.into()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let stranger = Stranger::new(house.dal.clone(), visitor(HOME), None);
    let out = if is_plain {
        plain::lobby::run(stranger, &mut io, patience).await
    } else {
        lobby::run(stranger, &mut io, patience).await
    };
    drop(io);
    let Out::Left(left) = out else { panic!("nobody signed up") };
    (left, shown.await.unwrap())
}

/// A form is open for a while and no longer, whoever does what meanwhile; on the screen and line by line.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_has_its_time() {
    for is_plain in [false, true] {
        let until = Instant::now() + Duration::from_millis(150);
        let patience = Patience { until, silence: Duration::from_mins(1) };
        let (left, _) = at_the_form(is_plain, "x", patience).await;
        assert_eq!((left.words().as_str(), left.exit_status()), (TIME_IS_UP, 4));
        assert!(Instant::now() >= until);
    }
}

/// Forms that were opened and left alone kept everybody else out for ten minutes.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_key_is_closed_and_says_so_before() {
    for is_plain in [false, true] {
        let until = Instant::now() + Duration::from_mins(10);
        let closed = Patience { until, silence: Duration::from_millis(200) };
        // What a terminal answers by itself is no key.
        let reply = if is_plain { "" } else { "\x1b]11;rgb:0000/0000/0000\x1b\\" };
        let (left, shown) = at_the_form(is_plain, reply, closed).await;
        assert_eq!((left.words().as_str(), left.exit_status()), (NOBODY_THERE, 4));
        assert!(!shown.contains("This form closes"), "{shown}");
        let warned = Patience { until: Instant::now() + Duration::from_millis(600), silence: WARNED_SOON };
        let (left, shown) = at_the_form(is_plain, "", warned).await;
        assert_eq!(left, Left::TimeIsUp);
        assert!(shown.contains("This form closes in 15 s; any key keeps it open."), "{shown}");
        // A key is an answer to that.
        let typing = Patience { until: Instant::now() + Duration::from_millis(600), silence: WARNED_SOON };
        let (_, shown) = at_the_form(is_plain, "x", typing).await;
        assert!(!shown.contains("This form closes"), "{shown}");
    }
}

/// Of that, a person is told 15 s before the end.
const WARNED_SOON: Duration = Duration::from_millis(15_200);

const NOBODY_THERE: &str =
    "No key was pressed for a while, so this form was closed; connect again to start over.";

/// One form could be sent as often as a connection lasts.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_sent_so_often_and_no_more() {
    let house = open_house().await;
    let mut bench = Bench::open(Stranger::new(house.dal.clone(), visitor(HOME), None));
    bench.press(&format!("admin\t\t{PASSWORD}\t{PASSWORD}\r")).await;
    for _ in 1..20 {
        // From the name to the end of the form.
        bench.press("\r\r\r\r").await;
    }
    assert!(bench.lobby.out().is_none());
    bench.press("\r\r\r\r").await;
    let Some(Out::Left(left)) = bench.lobby.out() else { panic!("sent away") };
    assert_eq!(left.words(), "This form was sent 20 times; connect again to start over.");
}

const TIME_IS_UP: &str = "The time for this form is up; connect again to start over.";

/// The public screen without a channel.
struct Bench {
    lobby: Lobby,
    decoder: Decoder,
}

impl Bench {
    fn open(stranger: Stranger) -> Self {
        Self { lobby: Lobby::new(stranger, Profile::default()), decoder: Decoder::new() }
    }

    async fn press(&mut self, keys: &str) {
        let mut typed = Vec::new();
        self.decoder.feed(keys.as_bytes(), &mut typed);
        self.decoder.flush(&mut typed);
        for input in typed {
            self.lobby.take(&input);
        }
        while self.lobby.is_waiting() {
            tokio::time::timeout(PATIENCE, self.lobby.looked_at()).await.expect("an answer");
        }
    }

    fn picture(&mut self, columns: u16, rows: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| self.lobby.draw(frame)).unwrap();
        terminal.backend().to_string()
    }

    /// What can be clicked is what was drawn last.
    fn look(&mut self) {
        self.picture(80, 24);
    }

    fn snap(&mut self, name: &str) {
        for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
            insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), self.picture(columns, rows));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_looks_like_this() {
    let house = open_house().await;
    let stranger = || Stranger::new(house.dal.clone(), visitor(HOME), None);
    let mut bench = Bench::open(stranger());
    bench.snap("form_empty");
    bench.press("Not a name\t\u{202e}x\tshort\tother\r").await;
    bench.snap("form_wrong");
    let mut bench = Bench::open(stranger());
    bench.press(&format!("admin\tThe Boss\t{PASSWORD}\t{PASSWORD}\r")).await;
    bench.snap("form_taken");
    // Nothing is lost by the refusal, and Esc does not throw it away.
    bench.press("\x1b").await;
    bench.snap("form_kept");
    // A click on what Enter does sends it, from whatever field.
    bench.press("\x15grace").await;
    bench.look();
    bench.press("\x1b[<0;3;24M").await;
    let Some(Out::In(session)) = bench.lobby.out() else { panic!("signed up") };
    assert_eq!(session.claims().display_name.as_str(), "The Boss");

    let named = passholder::dal::invites::NewInvite {
        name: Some(UserName::parse("bob").unwrap()),
        ..new_invite("member")
    };
    let made = house.admin().await.verify().await.unwrap().invites().create(named).await.unwrap();
    let invited = house.redeem(made.code.expose()).await.unwrap();
    let mut bench = Bench::open(Stranger::new(house.dal.clone(), visitor(HOME), Some(invited)));
    bench.snap("form_invited");
    house.dal.set_policy(Policy { sign_ups_per_source: 0, ..policy(SignUp::Open) });
    let mut bench = Bench::open(stranger());
    bench.press(&format!("bob\tBob\t{PASSWORD}\t{PASSWORD}\r")).await;
    bench.snap("form_too_many");
    // What can come to nothing any more ends it.
    house.dal.set_policy(policy(SignUp::Closed));
    bench.press("\r").await;
    let Some(Out::Left(left)) = bench.lobby.out() else { panic!("sent away") };
    assert_eq!(left.words(), "Nobody signs up here: an administrator makes accounts.");
}
