//! Somebody without an account, between the door and a session: who they are, how long they may stay, and what
//! their one channel shows.
//!
//! Whoever is only told why not still waits at the door, under the login grace. Who fills in a form needs
//! longer than that, and has a place and a limit of their own.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::dal::invites::Invited;
use crate::dal::{Dal, Session};
use crate::domain::session::Visitor;
use crate::tui;
use crate::tui::lobby::{Out, Patience, Stranger};
use crate::tui::notice::sentence;

use super::channel::{self, Meter, Open, Running, Wires};
use super::connection::Context;
use super::limits::VisitorPlace;

/// How long a form may be open. Long enough to choose a password; far less than an idle session has.
pub(super) const VISIT: Duration = Duration::from_mins(10);

/// How long nobody may press a key: a form that is only open keeps others out. Long enough to look for a name in
/// a password manager.
const SILENCE: Duration = Duration::from_mins(1);

/// How long the form may take to say that its time is up, before the connection is cut.
const GOODBYE: Duration = Duration::from_secs(2);

/// Somebody at a form. Shared by the connection and its channel.
pub(super) struct Visit {
    dal: Dal,
    visitor: Visitor,
    invited: Option<Invited>,
    until: Instant,
    /// Once there is one, the connection is like any other.
    session: OnceLock<Session>,
    /// Given up with the sign-up.
    place: Mutex<Option<VisitorPlace>>,
    /// Cancelled by the sign-up: the time limit holds no longer.
    signed_up: CancellationToken,
    /// Cancelled when the form is on a terminal, where it looks after itself.
    shown: CancellationToken,
}

impl Visit {
    pub fn new(dal: Dal, visitor: Visitor, invited: Option<Invited>, place: VisitorPlace) -> Self {
        Self {
            dal,
            visitor,
            invited,
            until: Instant::now() + VISIT,
            session: OnceLock::new(),
            place: Mutex::new(Some(place)),
            signed_up: CancellationToken::new(),
            shown: CancellationToken::new(),
        }
    }

    /// Until when something has to have happened, or the connection is cut: the form be on a terminal, somebody
    /// have signed up.
    pub fn limits(&self) -> [(Duration, CancellationToken); 2] {
        let by = |time: Duration| time.saturating_add(GOODBYE);
        [(by(SILENCE), self.shown.clone()), (by(VISIT), self.signed_up.clone())]
    }

    fn patience(&self) -> Patience {
        Patience { until: self.until, silence: SILENCE }
    }

    /// Their place is somebody else's, whether they hang up or not.
    fn leave(&self) {
        *self.place.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn session(&self) -> Option<&Session> {
        self.session.get()
    }

    /// From now on this is somebody. Once: a form makes one account.
    fn come_in(&self, session: Session) {
        if self.session.set(session).is_ok() {
            self.leave();
            self.signed_up.cancel();
        }
    }

    fn stranger(&self) -> Stranger {
        Stranger::new(self.dal.clone(), self.visitor.clone(), self.invited.clone())
    }
}

/// What is sent counts for the session, once there is one.
impl Meter for Arc<Visit> {
    fn sent(&self, bytes: usize) {
        if let Some(session) = self.session() {
            session.sent(bytes);
        }
    }
}

/// Nobody's.
struct Unmetered;

impl Meter for Unmetered {
    fn sent(&self, _bytes: usize) {}
}

/// What somebody asks for who has no session.
pub(super) enum Wish {
    Shell,
    Command(Vec<u8>),
}

impl Wish {
    /// Whether the form is asked for, and how; a command is nothing that a stranger may run.
    fn form(&self) -> Option<cli::Asked> {
        match self {
            Self::Shell => Some(cli::Asked { is_plain: false }),
            // OpenSSH takes the first word for an option of its own if it looks like one.
            Self::Command(line) if matches!(line.trim_ascii(), b"plain" | b"--plain") => {
                Some(cli::Asked { is_plain: true })
            }
            Self::Command(line) => cli::dashboard(line),
        }
    }
}

/// The form, on a terminal; then the dashboard of whoever signed up with it. Without one, how to get it.
pub(super) fn form(open: Open, visit: Arc<Visit>, wish: &Wish, context: &Context<'_>) -> Running {
    match (wish.form(), &open.terminal) {
        (Some(asked), Some(_)) => show(open, visit, asked.is_plain, context),
        (Some(_), None) => {
            told(open, "the form needs a terminal; ask for one with ssh -t", cli::Exit::Usage, context)
        }
        (None, _) => told(
            open,
            "no command can be run before sign-up; connect without one, on a terminal",
            cli::Exit::Usage,
            context,
        ),
    }
}

/// Why not, in a sentence: on the terminal if there is one, else where errors go.
pub(super) fn refusal(open: Open, why: &str, context: &Context<'_>) -> Running {
    told(open, why, cli::Exit::Forbidden, context)
}

fn told(open: Open, words: &str, status: cli::Exit, context: &Context<'_>) -> Running {
    let on_a_terminal = open.terminal.is_some();
    let words = if on_a_terminal { sentence(words) } else { words.to_owned() };
    let wires: Wires<cli::Chunk> = Wires::new(open, Unmetered, context);
    let (running, output, outlet) = (wires.running, wires.output, wires.outlet);
    context.spawn(async move {
        let last_words = if on_a_terminal {
            cli::Chunk::Out(format!("{words}\r\n").into())
        } else {
            cli::Chunk::Err(format!("passholder: {words}\n").into())
        };
        outlet.say(output, Some(last_words), status.code()).await;
    });
    running
}

fn show(open: Open, visit: Arc<Visit>, is_plain: bool, context: &Context<'_>) -> Running {
    let profile = open.profile();
    let is_plain = is_plain || profile.is_dumb;
    let terminal = open.recorded_terminal();
    let front = Arc::clone(context.front);
    let kill = context.kill.clone();
    visit.shown.cancel();
    let (frames_per_second, stopping) = (context.settings.ssh.frames_per_second, context.stopping());
    let wires = Wires::new(open, Arc::clone(&visit), context);
    let (running, outlet, output) = (wires.running, wires.outlet, wires.output.clone());
    let mut io = tui::Io {
        input: wires.input,
        output: wires.output,
        size: wires.size,
        stopping,
        frames_per_second,
        profile,
    };
    context.spawn(async move {
        let left = channel::alone(async move {
            let stranger = visit.stranger();
            let out = if is_plain {
                tui::plain::lobby::run(stranger, &mut io, visit.patience()).await
            } else {
                tui::lobby::run(stranger, &mut io, visit.patience()).await
            };
            let session = match out {
                Out::In(session) => session,
                Out::Left(left) => {
                    visit.leave();
                    front.tasks.spawn(super::connection::cut_later(kill));
                    return left;
                }
            };
            tracing::info!(user = %session.claims().name, from = %visit.visitor.address, "signed up");
            visit.come_in(session.clone());
            front.tasks.spawn(super::connection::cut_when_ended(session.clone(), kill));
            let _open = session.opened(terminal);
            if is_plain { tui::plain::run(session, io, true).await } else { tui::run(session, io).await }
        })
        .await;
        let farewell = if is_plain { format!("{}\r\n", left.words()).into() } else { left.farewell() };
        outlet.say(output, Some(farewell), left.exit_status()).await;
    });
    running
}
