//! The dashboard, read line by line: for terminals that can do no more, and for people who listen.
//!
//! It is the same app with the same keys. A screen is drawn in memory and read out as lines, and after
//! each line that is typed only what is new is read. Nothing that was read is ever written over, and
//! nothing is said that the screen does not show.
//!
//! | file | keeps |
//! | --- | --- |
//! | this one | the loop |
//! | `desk` | one person's dashboard: turns, the prompt, what happens by itself |
//! | `sheet` | a drawn screen as lines |
//! | `heard` | what was read already |
//! | [`lobby`] | the form of somebody who has no account, asked for line by line |
//! | `line` | the line that is being typed, and its echo |
//! | `voice` | what is said, until the client has taken it |
//! | `meaning` | what a line means |

mod desk;
mod heard;
mod line;
pub mod lobby;
mod meaning;
mod sheet;
mod voice;

use bytes::Bytes;
use tokio::time::{Instant, sleep_until};

use crate::dal::Session;

use super::app::App;
use super::input::{Decoder, ESCAPE_SILENCE};
use super::{Io, Left, note_typed, turned_away};
use desk::Desk;

/// Reads the dashboard to a person until they leave or are sent away.
///
/// Without a terminal whole lines come in, and the client shows what is typed by itself.
pub async fn run(session: Session, mut io: Io, has_terminal: bool) -> Left {
    if let Some(left) = turned_away(&session).await {
        return left;
    }
    let mut bell = session.bell();
    if has_terminal {
        let size = *io.size.borrow_and_update();
        session.resized(size.columns, size.rows);
    }
    let mut app = App::new(session.clone());
    app.set_profile(io.profile.clone());
    let mut desk = Desk::new(app, has_terminal);
    let mut decoder = Decoder::new();
    let mut typed = Vec::new();
    let mut heard = Instant::now();
    let left = loop {
        desk.go_on();
        if let Some(left) = desk.left() {
            break left;
        }
        let settles = desk.settles();
        let next_change = desk.app.next_change();
        tokio::select! {
            () = io.stopping.cancelled() => break Left::ServerStopping,
            changed = bell.changed() => match changed {
                Ok(()) => desk.app.heard_the_bell(),
                Err(_) => break Left::BrokenDown,
            },
            // Whoever does not take what is said is not listened to either.
            bytes = io.input.recv(), if desk.listens() => match bytes {
                Some(bytes) => {
                    heard = Instant::now();
                    let count = bytes.len();
                    decoder.feed(&lines(bytes, has_terminal), &mut typed);
                    note_typed(&session, count, &typed);
                }
                None => desk.no_more_input(),
            },
            () = sleep_until(heard + ESCAPE_SILENCE), if decoder.is_waiting() => {
                decoder.flush(&mut typed);
                note_typed(&session, 1, &typed);
            }
            () = desk.app.loaded() => {}
            changed = io.size.changed() => match changed {
                Ok(()) => {
                    let size = *io.size.borrow_and_update();
                    session.resized(size.columns, size.rows);
                }
                Err(_) => break Left::SignedOut,
            },
            slot = io.output.reserve(), if desk.has_something_to_say() => match slot {
                Ok(slot) => slot.send(desk.said()),
                Err(_) => break Left::SignedOut,
            },
            () = sleep_until(settles) => {}
            () = sleep_until(next_change) => desk.app.time_has_passed(),
        }
        desk.type_in(typed.drain(..));
    };
    desk.close();
    if desk.has_something_to_say() {
        // If this fails there is nobody to hear it.
        let _ = io.output.send(desk.said()).await;
    }
    left
}

/// A client in line mode may end its lines as Windows does.
fn lines(bytes: Bytes, has_terminal: bool) -> Bytes {
    if has_terminal || !bytes.contains(&b'\r') {
        return bytes;
    }
    bytes.into_iter().filter(|byte| *byte != b'\r').collect()
}
