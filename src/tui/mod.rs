//! The dashboard: one Elm program per screen, one loop per channel.
//!
//! ```text
//! bytes -> input -> keymap -> screen.command -> loads -> screen.update -> view -> canvas -> bytes
//! ```
//!
//! | file | keeps |
//! | --- | --- |
//! | this one | the loop: every event of a channel in one total order |
//! | [`app`] | what is mounted, what is on its way, what the frame around it shows |
//! | [`screen`] | what a screen is; `Load`, `Remote`, `Step` |
//! | [`screens`] | the screens, and the one table of them |
//! | [`canvas`] | cells to bytes: what differs from the last frame |
//! | [`keymap`] | which key means what: acts and explains |
//! | [`look`] | one person's theme, and what can be clicked |
//! | [`terminal`] | what one person's terminal can do |
//! | [`work`] | what takes long goes on behind the screens |
//! | [`lobby`] | the one public screen: the form of somebody who has no account |
//! | `palette` | everything that can be done, to search through |
//! | [`plain`] | the same, read line by line |
//! | `words` | everything that is said, in one place, and the voice that says it |
//! | `lock` | what a screen shows that was left alone |
//!
//! A screen holds a `Session`, never a `Verified`: each load makes its own proof. Drawing changes
//! nothing and waits for nothing. Nothing outside this room names ratatui.

pub mod app;
#[cfg(test)]
mod broken_tests;
pub mod canvas;
mod footer;
mod frame;
pub mod input;
pub mod keymap;
pub mod lobby;
mod lock;
pub mod look;
pub mod notice;
mod palette;
pub mod plain;
pub mod screen;
pub mod screens;
mod tabs;
pub mod terminal;
pub mod theme;
pub mod widgets;
mod words;
pub mod work;

use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::dal::{DalError, Session};
use crate::domain::session::{Duty, Ended};
use crate::tui::words::frame as say;

use app::{App, Taken};
use canvas::Canvas;
use input::{Decoder, ESCAPE_SILENCE, Input};
use notice::Notice;
use terminal::Profile;

/// Columns and rows of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub columns: u16,
    pub rows: u16,
}

/// What a dashboard needs from the channel that it is shown on.
pub struct Io {
    pub input: mpsc::Receiver<Bytes>,
    /// A queue of one: what is drawn while the last frame waits would be old when it is seen.
    pub output: mpsc::Sender<Bytes>,
    pub size: watch::Receiver<Size>,
    pub stopping: CancellationToken,
    pub frames_per_second: u32,
    /// What the terminal at the other end can do.
    pub profile: Profile,
}

/// How a person left the dashboard.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    /// They asked to, or hung up.
    SignedOut,
    /// Their session ended.
    Ended(Ended),
    ServerStopping,
    BrokenDown,
    /// They were not shown a dashboard at all.
    Refused(DalError),
    /// They have no account, and did not make one.
    NotSignedUp,
    /// They have no account, and get none: why, in a sentence.
    TurnedAway(String),
    /// They have no account, and took too long to make one.
    TimeIsUp,
    /// They have no account, and did nothing for a while.
    NobodyThere,
}

impl Left {
    /// The last bytes on the channel: the terminal as it was, and why this is the end.
    pub fn farewell(&self) -> Bytes {
        let words = self.words();
        match self {
            // The terminal is still as it was.
            Self::Refused(_) => format!("{words}\r\n").into(),
            _ => format!("{}{words}\r\n", canvas::LEAVE).into(),
        }
    }

    /// Why this is the end.
    pub fn words(&self) -> String {
        match self {
            Self::SignedOut => say::SIGNED_OUT.to_owned(),
            Self::Ended(ended) => ended.to_string(),
            Self::ServerStopping => say::SHUTTING_DOWN.to_owned(),
            Self::BrokenDown => say::BROKE_DOWN.to_owned(),
            Self::Refused(why) => Notice::from(why).words,
            Self::NotSignedUp => say::NO_ACCOUNT.to_owned(),
            Self::TurnedAway(why) => why.clone(),
            Self::TimeIsUp => say::TIME_IS_UP.to_owned(),
            Self::NobodyThere => say::NOBODY_THERE.to_owned(),
        }
    }

    /// What `ssh` exits with, by the table of `cli::Exit`.
    pub fn exit_status(&self) -> u32 {
        match self {
            Self::SignedOut | Self::NotSignedUp => 0,
            Self::Ended(_) => 3,
            Self::TurnedAway(_) | Self::TimeIsUp | Self::NobodyThere => 4,
            Self::Refused(_) => 6,
            Self::ServerStopping | Self::BrokenDown => 7,
        }
    }
}

/// Frames that may be drawn at once after a quiet time, before the rate holds.
const BURST: u32 = 8;

/// Shows the dashboard until the person leaves or is sent away.
pub async fn run(session: Session, io: Io) -> Left {
    if let Some(left) = turned_away(&session).await {
        return left;
    }
    // Whatever happens from here on is heard.
    let bell = session.bell();
    let app = App::new(session.clone());
    show(app, session, bell, io).await
}

async fn show(mut app: App, session: Session, mut bell: watch::Receiver<u64>, mut io: Io) -> Left {
    let size = *io.size.borrow_and_update();
    session.resized(size.columns, size.rows);
    let mut canvas = Canvas::new(size, &io.profile);
    app.set_profile(io.profile.clone());
    let mut decoder = Decoder::new();
    if io.profile.tells_background() {
        decoder.expect_background();
    }
    let mut pace = Pace::new(io.frames_per_second, Instant::now());
    let mut heard = Instant::now();
    let mut typed = Vec::new();
    loop {
        if let Some(left) = app.left() {
            return left;
        }
        let next_frame = pace.next();
        let may_draw = app.is_dirty() && next_frame <= Instant::now();
        let next_change = app.next_change();
        tokio::select! {
            () = io.stopping.cancelled() => return Left::ServerStopping,
            changed = bell.changed() => match changed {
                Ok(()) => app.heard_the_bell(),
                Err(_) => return Left::BrokenDown,
            },
            bytes = io.input.recv() => {
                let Some(bytes) = bytes else { return Left::SignedOut };
                heard = Instant::now();
                let mut count = bytes.len();
                decoder.feed(&bytes, &mut typed);
                while let Ok(more) = io.input.try_recv() {
                    count += more.len();
                    decoder.feed(&more, &mut typed);
                }
                note_typed(&session, count, &typed);
                take(&mut app, &mut canvas, &mut typed);
            }
            () = sleep_until(heard + ESCAPE_SILENCE), if decoder.is_waiting() => {
                decoder.flush(&mut typed);
                note_typed(&session, 1, &typed);
                take(&mut app, &mut canvas, &mut typed);
            }
            () = app.loaded() => {}
            changed = io.size.changed() => match changed {
                Ok(()) => {
                    let size = *io.size.borrow_and_update();
                    session.resized(size.columns, size.rows);
                    canvas.resize(size);
                    app.redraw();
                }
                Err(_) => return Left::SignedOut,
            },
            slot = io.output.reserve(), if may_draw => {
                let Ok(slot) = slot else { return Left::SignedOut };
                canvas.set_mouse(app.wants_mouse());
                if let Some(frame) = canvas.draw(|frame| app.draw(frame)) {
                    slot.send(frame);
                    pace.spend(Instant::now());
                }
            }
            () = sleep_until(next_frame), if app.is_dirty() && !may_draw => {}
            () = sleep_until(next_change) => app.time_has_passed(),
        }
    }
}

/// Makes room for somebody who has too many sessions where the policy has the oldest end; else it may have
/// them leave, without a choice.
async fn turned_away(session: &Session) -> Option<Left> {
    match session.make_room().await {
        Ok(()) => {}
        Err(DalError::SessionEnded(ended)) => return Some(Left::Ended(ended)),
        Err(error) => tracing::warn!(%error, "no room could be made"),
    }
    let duty = session.claims().duty.filter(|duty| matches!(duty, Duty::EndASession { .. }))?;
    session.is_refused().then(|| Left::Refused(duty.into()))
}

/// A person is there while they do something. Their terminal answers and reports also without them.
fn note_typed(session: &Session, bytes: usize, typed: &[Input]) {
    if typed.iter().any(Input::is_from_a_person) {
        session.typed(bytes);
    }
}

fn take(app: &mut App, canvas: &mut Canvas, typed: &mut Vec<Input>) {
    for input in typed.drain(..) {
        match app.take(&input) {
            Taken::Done => {}
            Taken::Repaint => canvas.repaint(),
        }
    }
    if let Some((what, value)) = app.to_copy() {
        app.copied(&what, canvas.copy(value.expose()));
    }
}

/// At most so many frames in a second, a few more after a quiet time.
struct Pace {
    interval: Duration,
    /// When the last frame of the current burst would have been due at the steady rate.
    due: Instant,
}

impl Pace {
    fn new(frames_per_second: u32, now: Instant) -> Self {
        Self { interval: Duration::from_secs(1) / frames_per_second.max(1), due: now }
    }

    /// When the next frame may be drawn.
    fn next(&self) -> Instant {
        self.due.checked_sub(self.interval * BURST).unwrap_or(self.due)
    }

    fn spend(&mut self, now: Instant) {
        self.due = self.due.max(now) + self.interval;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_at_once_and_then_at_the_rate() {
        let start = Instant::now();
        let mut pace = Pace::new(30, start);
        for _ in 0..BURST {
            assert!(pace.next() <= start);
            pace.spend(start);
        }
        pace.spend(start);
        assert!(pace.next() > start);
        assert!(pace.next() <= start + Duration::from_millis(34));
    }
}
