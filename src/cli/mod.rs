//! The same operations as the dashboard's, as commands over `ssh host ...`.
//!
//! `noun verb`, plural nouns. `--json` prints JSON and nothing else on stdout; messages go to
//! stderr; a secret is printed where it is made and nowhere else. A command makes a new proof for
//! every page it reads, so one that streams ends with the session that started it.
//!
//! [`commands`] has the table of commands, [`exit`] what `ssh` exits with, [`output`] the streams.

pub mod commands;
pub mod exit;
pub mod output;

use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::dal::{DalError, Session};
use crate::domain::session::Duty;
use crate::domain::text;

pub use commands::dashboard::Asked;
pub use exit::Exit;
pub use output::{Chunk, Output};

/// How long a command may go on whose session is over: it may have ended it itself, and then it has to say
/// so. What reads page by page proves itself at every page, and gets no further. Far less than the connection
/// has.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// Runs one command line to its end; never longer than the session lasts.
///
/// `most` is the number of bytes that a line may have.
pub async fn run(
    session: Session,
    line: &[u8],
    most: usize,
    mut out: Output,
    stopping: CancellationToken,
) -> Exit {
    let mut bell = session.bell();
    let ended = async {
        // Whoever is sent away does not get to the end of a long answer.
        while bell.changed().await.is_ok() {
            if let Err(error) = session.verify().await {
                return error;
            }
        }
        std::future::pending().await
    };
    let ran = {
        let work = start(&session, line, most, &mut out);
        tokio::pin!(work);
        tokio::select! {
            ran = &mut work => Some(ran),
            error = ended => Some(timeout(LAST_WORDS, work).await.unwrap_or(Err(error.into()))),
            () = stopping.cancelled() => None,
        }
    };
    match ran {
        Some(Ok(())) => Exit::Ok,
        Some(Err(failure)) => failure.tell(&mut out).await,
        None => {
            out.error("the server is shutting down").await;
            Exit::Unavailable
        }
    }
}

async fn start(session: &Session, line: &[u8], most: usize, out: &mut Output) -> Result<(), exit::Failure> {
    let words = parse(line, most)?;
    // Which session to end is asked on the screen. Only words: the gate lets nothing else through.
    if let Some(duty @ Duty::EndASession { .. }) = session.claims().duty {
        return Err(DalError::from(duty).into());
    }
    commands::run(session, &words, out).await
}

/// Whether a line asks for the dashboard, and for which. What is wrong with such a line is told by
/// [`run`].
pub fn dashboard(line: &[u8]) -> Option<Asked> {
    let words = parse(line, line.len()).ok()?;
    commands::dashboard::asked(&words)
}

/// Splits a line into words as a shell would, without being one.
fn parse(line: &[u8], most: usize) -> Result<Vec<String>, exit::Failure> {
    let usage = |why: String| exit::Failure::Usage(format!("{why}; try `help`"));
    if line.len() > most {
        return Err(usage(format!("the command is too long: at most {most} bytes")));
    }
    let line = std::str::from_utf8(line).map_err(|_| usage("the command is not UTF-8".to_owned()))?;
    if let Some(bad) = line.chars().find(|c| !text::is_showable(*c)) {
        return Err(usage(format!("the command holds a control character (U+{:04X})", u32::from(bad))));
    }
    shlex::split(line).ok_or_else(|| usage("a quote is not closed".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_split_and_never_run() {
        let words = |line: &str| parse(line.as_bytes(), 4096).ok();
        assert_eq!(words("users show 'a b' \"c\"").unwrap(), ["users", "show", "a b", "c"]);
        assert_eq!(words("whoami; id").unwrap(), ["whoami;", "id"]);
        assert_eq!(words("$(id) `id`").unwrap(), ["$(id)", "`id`"]);
        assert_eq!(words("users 'open"), None);
        assert_eq!(words("a\nb"), None);
        assert_eq!(words("\u{feff}whoami"), None);
        assert!(parse(&[0xff], 10).is_err());
        assert!(parse(&[b'a'; 11], 10).is_err());
    }

    proptest! {
        #[test]
        fn no_line_panics(line in any::<Vec<u8>>()) {
            let _ = parse(&line, 4096);
        }
    }
}
