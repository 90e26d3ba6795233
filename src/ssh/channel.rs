//! One channel: a dashboard or a command, from its first byte to its exit status.
//!
//! Three tasks at most, joined by bounded queues: the program writes into a queue of one, the pump
//! empties it into the SSH window and cuts a client that does not read, the connection feeds input.

use std::time::Duration;

use bytes::Bytes;
use russh::server::Msg;
use russh::{Channel, ChannelWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::cli;
use crate::config::SshConfig;
use crate::dal::Session;
use crate::domain::session;
use crate::tui::terminal::Profile;
use crate::tui::{self, Size};

use super::connection::Context;

/// Chunks of input that may wait for the program, each one SSH packet.
const INPUT_QUEUE: usize = 16;

/// Frames that may wait for the client. More would only make what it sees older.
const OUTPUT_QUEUE: usize = 1;

/// RFC 4254 section 5.2, `SSH_EXTENDED_DATA_STDERR`.
const STDERR: u32 = 1;

/// Variables that are taken in: they tell how the terminal draws, and where its person lives. Nothing
/// that runs here ever sees them as an environment.
const VARIABLES: &[&str] = &["LANG", "LC_ALL", "LC_CTYPE", "COLORTERM", "NO_COLOR", "TZ"];

/// Variables that a channel may tell before it counts as a flood. OpenSSH as Debian and Red Hat set it
/// up sends up to 17, most of them `LC_` ones that mean nothing here.
const MAX_VARIABLES: u32 = 32;

/// Bytes of a variable's value; those that are real have 40 at most.
const MAX_VALUE: usize = 256;

/// A program that writes to a client that has gone is not waited for longer than this.
const FAREWELL: Duration = Duration::from_secs(2);

/// A channel's right to exist: one of the few that a connection has.
pub(super) type Slot = OwnedSemaphorePermit;

/// A channel on which nothing runs yet.
pub(super) struct Open {
    channel: ChannelWriteHalf<Msg>,
    slot: Slot,
    pub terminal: Option<Terminal>,
    /// Of [`VARIABLES`], each once.
    env: Vec<(String, String)>,
    /// How many came, also of those that were not taken in.
    told: u32,
}

/// What becomes of a variable that a client tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Taken,
    /// Not of use, and what any client sends along: nobody is blamed for it.
    Declined,
    Refused,
}

/// What a client told about its terminal.
#[derive(Debug, Clone)]
pub(super) struct Terminal {
    /// TERM
    pub name: String,
    pub size: Size,
}

/// A channel with a program on it.
pub(super) struct Running {
    input: Option<mpsc::Sender<Bytes>>,
    size: watch::Sender<Size>,
}

impl Open {
    pub fn new(channel: Channel<Msg>, slot: Slot) -> Self {
        // Input arrives through the handler. russh also queues every request for whoever reads the
        // channel, and waits, for ever, when the queue of one that nobody reads is full.
        let (read, write) = channel.split();
        drop(read);
        Self { channel: write, slot, terminal: None, env: Vec::new(), told: 0 }
    }

    /// Takes in a variable, if it is one of the few that are.
    pub fn tell(&mut self, name: &str, value: &str) -> Told {
        self.told = self.told.saturating_add(1);
        let told = judge(name, value);
        if self.told > MAX_VARIABLES {
            return Told::Refused;
        }
        if told == Told::Taken {
            self.env.retain(|(before, _)| before != name);
            self.env.push((name.to_owned(), value.to_owned()));
        }
        told
    }

    /// What its terminal can do.
    pub fn profile(&self) -> Profile {
        Profile::of(self.terminal.as_ref().map_or("dumb", |terminal| &terminal.name), &self.env)
    }

    /// What is recorded of its terminal, if it has one.
    pub fn recorded_terminal(&self) -> Option<session::Terminal> {
        let Terminal { name, size } = self.terminal.clone()?;
        Some(session::Terminal { name, columns: size.columns, rows: size.rows })
    }

    /// The size of its window, or what is usual where there is none.
    fn size(&self) -> Size {
        self.terminal.as_ref().map_or(Size { columns: 80, rows: 24 }, |terminal| terminal.size)
    }
}

fn judge(name: &str, value: &str) -> Told {
    let is_fit = value.len() <= MAX_VALUE && !value.chars().any(char::is_control);
    let is_locale = name.starts_with("LC_") && name.len() <= 32;
    if !is_fit {
        Told::Refused
    } else if VARIABLES.contains(&name) {
        Told::Taken
    } else if is_locale || matches!(name, "LANGUAGE" | "XMODIFIERS") {
        Told::Declined
    } else {
        Told::Refused
    }
}

impl Terminal {
    /// Whether a TERM value is one. It is drawn on other people's screens: no control characters.
    pub fn is_name(term: &str) -> bool {
        term.len() <= 64 && term.bytes().all(|b| b.is_ascii_alphanumeric() || b"+._-".contains(&b))
    }
}

/// The size of a window as we will draw it. `ssh -tt` without a terminal says 0x0.
pub(super) fn clamp(columns: u32, rows: u32, limits: &SshConfig) -> Size {
    let (columns, rows) = if columns == 0 || rows == 0 { (80, 24) } else { (columns, rows) };
    let fit = |value: u32, most: u16| u16::try_from(value).unwrap_or(most).clamp(1, most);
    Size { columns: fit(columns, limits.columns_max), rows: fit(rows, limits.rows_max) }
}

impl Running {
    /// Whether its program has ended: nobody asks how large the window is any more.
    pub fn is_over(&self) -> bool {
        self.size.is_closed()
    }

    pub fn resize(&self, size: Size) {
        // A storm of resizes is one resize: only the last one is kept.
        self.size.send_if_modified(|now| std::mem::replace(now, size) != size);
    }

    pub async fn typed(&self, data: &[u8]) {
        if let Some(input) = &self.input {
            // The program has ended if this fails; there is nobody to type to.
            let _ = input.send(Bytes::copy_from_slice(data)).await;
        }
    }

    pub fn no_more_input(&mut self) {
        self.input = None;
    }
}

/// The dashboard, for a shell with a terminal; without one, how to use the product.
pub(super) fn shell(open: Open, session: Session, context: &Context<'_>) -> Running {
    match &open.terminal {
        Some(_) => dashboard(open, session, false, context),
        None => exec(open, session, b"help --usage".to_vec(), context),
    }
}

/// The dashboard; line by line where that is asked for, or nothing else can be shown.
fn dashboard(open: Open, session: Session, is_plain: bool, context: &Context<'_>) -> Running {
    let has_terminal = open.terminal.is_some();
    let profile = open.profile();
    let is_plain = is_plain || profile.is_dumb;
    let terminal = open.recorded_terminal();
    let wires = Wires::new(open, session.clone(), context);
    let open = session.opened(terminal);
    let ssh = &context.settings.ssh;
    let io = tui::Io {
        input: wires.input,
        output: wires.output.clone(),
        size: wires.size,
        stopping: context.stopping(),
        frames_per_second: ssh.frames_per_second,
        profile,
    };
    let outlet = wires.outlet;
    context.spawn(async move {
        let run = async move {
            let _open = open;
            if is_plain {
                tui::plain::run(session, io, has_terminal).await
            } else {
                tui::run(session, io).await
            }
        };
        let left = alone(run).await;
        let farewell = match (is_plain, has_terminal) {
            (false, _) => left.farewell(),
            (true, true) => format!("{}\r\n", left.words()).into(),
            (true, false) => format!("{}\n", left.words()).into(),
        };
        outlet.say(wires.output, Some(farewell), left.exit_status()).await;
    });
    wires.running
}

/// A dashboard in a task of its own: a panic ends this channel and nothing else.
pub(super) async fn alone(dashboard: impl Future<Output = tui::Left> + Send + 'static) -> tui::Left {
    tokio::spawn(dashboard).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a dashboard broke down");
        tui::Left::BrokenDown
    })
}

/// One command; the dashboard is one of them.
pub(super) fn exec(open: Open, session: Session, line: Vec<u8>, context: &Context<'_>) -> Running {
    if let Some(asked) = cli::dashboard(&line) {
        return dashboard(open, session, asked.is_plain, context);
    }
    let on_a_terminal = open.terminal.is_some();
    let zone = Profile::of("dumb", &open.env).zone();
    let most = context.settings.ssh.exec_bytes;
    let wires = Wires::new(open, session.clone(), context);
    session.commanded(line.len());
    let stopping = context.stopping();
    let (input, output, outlet) = (wires.input, wires.output, wires.outlet);
    let sink = output.clone();
    context.spawn(async move {
        let command = tokio::spawn(async move {
            let out = cli::Output::new(sink, on_a_terminal, zone).with_input(input);
            cli::run(session, &line, most, out, stopping).await
        });
        let status = command.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a command broke down");
            cli::Exit::Unavailable
        });
        outlet.say(output, None, status.code()).await;
    });
    wires.running
}

/// What goes into one packet: a frame of the dashboard, or a piece of a command's output.
pub(super) enum Piece {
    Out(Bytes),
    Err(Bytes),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Out(bytes) | Self::Err(bytes) => bytes.len(),
        }
    }
}

impl From<Bytes> for Piece {
    fn from(frame: Bytes) -> Self {
        Self::Out(frame)
    }
}

impl From<cli::Chunk> for Piece {
    fn from(chunk: cli::Chunk) -> Self {
        match chunk {
            cli::Chunk::Out(bytes) => Self::Out(bytes),
            cli::Chunk::Err(bytes) => Self::Err(bytes),
        }
    }
}

/// Whom what is sent is counted for.
pub(super) trait Meter: Send + Sync + 'static {
    fn sent(&self, bytes: usize);
}

impl Meter for Session {
    fn sent(&self, bytes: usize) {
        Self::sent(self, bytes);
    }
}

/// The ends of a channel's queues.
pub(super) struct Wires<T> {
    pub running: Running,
    pub input: mpsc::Receiver<Bytes>,
    pub output: mpsc::Sender<T>,
    pub size: watch::Receiver<Size>,
    pub outlet: Outlet,
}

impl<T: Into<Piece> + Send + 'static> Wires<T> {
    pub fn new(open: Open, meter: impl Meter, context: &Context<'_>) -> Self {
        let size = open.size();
        let (write, slot) = (open.channel, open.slot);
        let (input_sender, input) = mpsc::channel(INPUT_QUEUE);
        let (output, frames) = mpsc::channel(OUTPUT_QUEUE);
        let (size_sender, size) = watch::channel(size);
        let (done_sender, done) = tokio::sync::oneshot::channel();
        let kill = context.kill.clone();
        let stall = context.settings.ssh.stall_timeout;
        context.spawn(async move {
            let write = pump(frames, write, &meter, stall, &kill).await;
            let _ = done_sender.send(write);
        });
        let running = Running { input: Some(input_sender), size: size_sender };
        Self { running, input, output, size, outlet: Outlet { done, kill: context.kill.clone(), slot } }
    }
}

/// Carries what the program writes into the client's window, one piece at a time.
///
/// A client that takes nothing for `stall` is cut off: it would hold its memory for ever.
async fn pump<T: Into<Piece>>(
    mut frames: mpsc::Receiver<T>,
    write: ChannelWriteHalf<Msg>,
    meter: &impl Meter,
    stall: Duration,
    kill: &CancellationToken,
) -> Option<ChannelWriteHalf<Msg>> {
    while let Some(chunk) = frames.recv().await {
        let piece = chunk.into();
        meter.sent(piece.len());
        let sent = async {
            match piece {
                Piece::Out(bytes) => write.data_bytes(bytes).await,
                Piece::Err(bytes) => write.extended_data_bytes(STDERR, bytes).await,
            }
        };
        tokio::select! {
            sent = tokio::time::timeout(stall, sent) => match sent {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => {
                    tracing::info!("cut off: the client does not read");
                    kill.cancel();
                    return None;
                }
            },
            () = kill.cancelled() => return None,
        }
    }
    Some(write)
}

/// The way out of a channel.
pub(super) struct Outlet {
    done: tokio::sync::oneshot::Receiver<Option<ChannelWriteHalf<Msg>>>,
    kill: CancellationToken,
    /// Free again when the program has ended and said so, a moment before CLOSE goes out: a client that
    /// has seen it may open the next channel at once. russh tells the handler of the client's CLOSE only
    /// where ours did not go out before it, so its call cannot count channels.
    slot: Slot,
}

impl Outlet {
    /// Says goodbye: last words, exit status, end of file, close. A client that does not take them
    /// in time is cut off.
    pub async fn say<T>(self, output: mpsc::Sender<T>, last_words: Option<T>, status: u32) {
        let goodbye = async {
            if let Some(words) = last_words {
                let _ = output.send(words).await;
            }
            drop(output);
            if let Ok(Some(write)) = self.done.await {
                // No disconnect: OpenSSH would drop what it has not printed yet.
                let _ = write.exit_status(status).await;
                let _ = write.eof().await;
                drop(self.slot);
                let _ = write.close().await;
            }
        };
        if tokio::time::timeout(FAREWELL, goodbye).await.is_err() {
            self.kill.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dashboard_that_panics_has_broken_down() {
        let left = alone(async { std::panic::resume_unwind(Box::new("half way")) }).await;
        assert_eq!(left, tui::Left::BrokenDown);
        let farewell = String::from_utf8(left.farewell().to_vec()).unwrap();
        let (restored, words) = farewell.split_once("\x1b[?1049l").unwrap();
        assert!(restored.contains("\x1b[?25h") && restored.contains("\x1b[?1000l"), "{farewell:?}");
        assert_eq!(words, "The dashboard broke down; sign in again.\r\n");
    }

    #[test]
    fn few_variables_are_taken_in_and_the_usual_ones_blame_nobody() {
        for name in VARIABLES {
            assert_eq!(judge(name, "value"), Told::Taken);
            for bad in ["\u{1b}[2J", "a\0b", "a\nb", "\u{9b}1m", &"x".repeat(MAX_VALUE + 1)] {
                assert_eq!(judge(name, bad), Told::Refused, "{name}={bad:?}");
            }
        }
        for name in ["LC_TIME", "LC_IDENTIFICATION", "LANGUAGE", "XMODIFIERS"] {
            assert_eq!(judge(name, "de_DE.UTF-8"), Told::Declined, "{name}");
        }
        let long = format!("LC_{}", "X".repeat(100));
        for name in ["PATH", "LD_PRELOAD", "GIT_PROTOCOL", "lang", "", &long] {
            assert_eq!(judge(name, "x"), Told::Refused, "{name}");
        }
    }
}
