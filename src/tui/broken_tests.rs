//! What becomes of a dashboard with a screen that panics.

use std::convert::Infallible;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Text;
use tokio::task::JoinError;

use super::keymap::Command;
use super::screen::{Context, Load, Screen, Step};
use super::*;
use crate::dal::test_house::session;

/// Draws what nobody is to see, and breaks as soon as a key is pressed: there, in what it fetches, or in
/// what it draws next.
struct Breaks<const WHERE: u8> {
    is_pressed: bool,
}

const IN_COMMAND: u8 = 0;
const IN_LOAD: u8 = 1;
const IN_VIEW: u8 = 2;

fn breaks() -> ! {
    std::panic::resume_unwind(Box::new("half way"))
}

impl<const WHERE: u8> Screen for Breaks<WHERE> {
    type Msg = Infallible;

    fn open(_cx: &Context) -> (Self, Vec<Load<Infallible>>) {
        (Self { is_pressed: false }, Vec::new())
    }

    fn command(&mut self, _command: Command, cx: &Context) -> (Step, Vec<Load<Infallible>>) {
        self.is_pressed = true;
        let loads = match WHERE {
            IN_COMMAND => breaks(),
            IN_LOAD => vec![cx.load(
                |_| async { breaks() },
                |never: Result<Infallible, _>| match never {
                    Ok(never) => never,
                    Err(_) => breaks(),
                },
            )],
            _ => Vec::new(),
        };
        (Step::Stay, loads)
    }

    fn update(&mut self, msg: Infallible, _cx: &Context) -> (Step, Vec<Load<Infallible>>) {
        match msg {}
    }

    fn view(&self, frame: &mut Frame, area: Rect, _cx: &Context) {
        frame.render_widget(Text::raw("as it was"), area);
        if WHERE == IN_VIEW && self.is_pressed {
            frame.render_widget(Text::raw("half of it"), area);
            breaks();
        }
    }

    fn knows(&self, _command: &Command) -> bool {
        true
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        Vec::new()
    }
}

/// Presses a key once the screen is there; answers how its task ended, and all that was drawn.
async fn shown<S: Screen>() -> (Result<Left, JoinError>, String) {
    let session = session().await;
    let (input, typed) = mpsc::channel(1);
    let (output, mut frames) = mpsc::channel::<Bytes>(1);
    let (_size, size) = watch::channel(Size { columns: 80, rows: 24 });
    let io = Io {
        input: typed,
        output,
        size,
        stopping: CancellationToken::new(),
        frames_per_second: 30,
        profile: Profile::default(),
    };
    let app = App::with_screen::<S>(session.clone());
    let bell = session.bell();
    let task = tokio::spawn(show(app, session, bell, io));
    let mut drawn = String::new();
    while !drawn.contains("as it was") {
        drawn.push_str(&String::from_utf8_lossy(&frames.recv().await.unwrap()));
    }
    input.send("\r".into()).await.unwrap();
    while let Some(frame) = frames.recv().await {
        drawn.push_str(&String::from_utf8_lossy(&frame));
    }
    let ended = tokio::time::timeout(Duration::from_mins(1), task).await.unwrap();
    (ended, drawn)
}

/// What a screen leaves behind that breaks in the middle is nobody's picture: the task ends, and whoever
/// waits for it sends the farewell of one that broke down.
#[tokio::test]
async fn a_screen_that_panics_ends_its_own_dashboard() {
    for (ended, drawn) in [shown::<Breaks<IN_VIEW>>().await, shown::<Breaks<IN_COMMAND>>().await] {
        assert!(ended.is_err_and(|error| error.is_panic()));
        assert!(!drawn.contains("half of it"), "{drawn:?}");
    }
    let (ended, _) = shown::<Breaks<IN_LOAD>>().await;
    assert_eq!(ended.unwrap(), Left::BrokenDown);
}
