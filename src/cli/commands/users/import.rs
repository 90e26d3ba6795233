//! `users import`: a list comes in on stdin, a report of every line goes out.
//!
//! The list is read to its end first, and what is kept of it is accounts, judged and at most so many: while one
//! is made, which takes as long as a password takes to hash, nothing waits on the connection.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::cli::exit::{self, Exit, Failure};
use crate::cli::output::Output;
use crate::dal::users::{Fate, Imported};
use crate::dal::{DalError, Session};
use crate::domain::csv;
use crate::domain::import::{Entry, Flaw, Format, Listed, Reader};
use crate::domain::secret::Secret;

use super::export::{format, format_args};

/// Lists that are on their way at once, over the whole server: each may be some ten megabytes.
static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// How long one waits for one of them to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Accounts of one list that are made at once: enough that hashing never waits for the disk.
const TOGETHER: usize = 4;

/// How long one waits that cannot be made right now, and how often.
const BUSY: Duration = Duration::from_millis(500);
const BUSY_TRIES: usize = 20;

pub fn args(command: Command) -> Command {
    let flag =
        |id: &'static str, help: &'static str| Arg::new(id).long(id).action(ArgAction::SetTrue).help(help);
    format_args(command)
        .arg(flag("dry-run", "Say what would happen to every line, and change nothing"))
        .arg(
            flag("all-or-nothing", "Make nobody unless every line is good; a crash in between leaves whole users, and the same list again makes the rest")
                .conflicts_with("per-line"),
        )
        .arg(flag("per-line", "Make everybody whose line is good; so it is without either"))
        .after_help(
            "A CSV list begins with its columns, in any order: name, display_name, roles, from, until,\n\
             disabled (why), disabled_until. Roles stand with blanks between; role@TIME ends by itself.\n\
             Example: ssh HOST users import --dry-run < people.csv",
        )
}

/// A line, and what there is to say about it.
#[derive(Serialize)]
struct Told<'a> {
    line: u64,
    name: &'a str,
    result: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    one_time_password: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    why: &'a str,
}

/// What became of a line.
enum Fared {
    WouldMake,
    There,
    Made(Secret),
    Refused(String, Exit),
}

/// How many of each.
#[derive(Default)]
struct Tally {
    made: usize,
    there: usize,
    refused: usize,
    first: Option<Exit>,
}

type Line = (u64, String, Fared);

pub async fn run(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (format, is_raw) = (format(args)?, args.get_flag("raw-cells"));
    let (is_dry, is_whole) = (args.get_flag("dry-run"), args.get_flag("all-or-nothing"));
    // Before anything is taken in from somebody who may not.
    session.verify().await?.users().may_import()?;
    let _turn = timeout(PATIENCE, AT_ONCE.acquire()).await.map_err(|_| {
        let words = "other lists are being imported; try again later";
        Failure::Partly(words.to_owned(), Exit::Unavailable)
    })?;
    let (entries, flaws) = read(session, out, format, is_raw).await?;
    let cut = flaws.iter().any(|flaw| flaw.is_last);
    let mut report = Report { format, is_begun: false, tally: Tally::default() };
    let refusal = |flaw: Flaw| (flaw.line, flaw.name, Fared::Refused(flaw.why, Exit::Usage));
    let flaws: Vec<Line> = flaws.into_iter().map(refusal).collect();
    if is_dry || is_whole {
        let judged = judge(session, &entries).await?;
        let is_good =
            flaws.is_empty() && judged.iter().all(|(_, _, result)| !matches!(result, Fared::Refused(..)));
        if is_dry || !is_good {
            let mut lines: Vec<Line> = flaws.into_iter().chain(judged).collect();
            lines.sort_by_key(|(line, ..)| *line);
            report.tell(out, &lines).await?;
            let words = if is_dry { ["", "would be made"] } else { ["nobody was made: ", "good"] };
            return report.end(out, words, cut).await;
        }
    }
    report.make(session, out, entries, flaws).await?;
    report.end(out, ["", "made"], cut).await
}

/// Reads the list to its end.
///
/// Errors: a usage for nothing at all: whoever forgot the list would take that for a list that is done.
async fn read(
    session: &Session,
    out: &mut Output,
    format: Format,
    is_raw: bool,
) -> Result<(Vec<Entry>, Vec<Flaw>), Failure> {
    let mut bytes = 0;
    let mut reader = Reader::new(format, is_raw);
    let (mut entries, mut flaws) = (Vec::new(), Vec::new());
    let mut names = BTreeMap::new();
    loop {
        let piece = out.read().await;
        bytes += piece.as_ref().map_or(0, bytes::Bytes::len);
        // Whoever sends a list is there.
        session.commanded(piece.as_ref().map_or(0, bytes::Bytes::len));
        let is_end = piece.is_none();
        reader.feed(&piece.unwrap_or_default(), |one| match one {
            Ok(entry) => match names.insert(entry.account.name.clone(), entry.line) {
                None => entries.push(entry),
                Some(before) => {
                    names.insert(entry.account.name.clone(), before);
                    let why = format!("name stands on line {before} already");
                    let name = entry.account.name.to_string();
                    flaws.push(Flaw { line: entry.line, name, why, is_last: false });
                }
            },
            Err(flaw) => flaws.push(flaw),
        });
        if is_end || reader.is_over() {
            out.close_input();
            if bytes == 0 {
                return Err(Failure::Usage(
                    "no list came in; send it on stdin: users import < FILE".to_owned(),
                ));
            }
            return Ok((entries, flaws));
        }
    }
}

/// What would become of every account.
async fn judge(session: &Session, entries: &[Entry]) -> Result<Vec<Line>, Failure> {
    let mut lines = Vec::with_capacity(entries.len());
    for Entry { line, account } in entries {
        let judged = async { session.verify().await?.users().judge_import(account).await };
        let result = match judged.await {
            Ok(Fate::Made) => Fared::WouldMake,
            Ok(Fate::There) => Fared::There,
            Err(error) => refused(error)?,
        };
        lines.push((*line, account.name.to_string(), result));
    }
    Ok(lines)
}

/// A refusal of one line. Errors: what ends the whole.
fn refused(error: DalError) -> Result<Fared, Failure> {
    match error {
        DalError::SessionEnded(_) | DalError::Locked | DalError::MoreProof => Err(error.into()),
        error => Ok(Fared::Refused(error.to_string(), exit::exit(&error))),
    }
}

/// Makes one, later if hashing has too much to do: sign-ins go first.
async fn make_one(session: Session, account: Listed) -> Result<Imported, DalError> {
    for _ in 0..BUSY_TRIES {
        match session.verify().await?.users().import(&account).await {
            Err(DalError::Unavailable) => sleep(BUSY).await,
            made => return made,
        }
    }
    Err(DalError::Unavailable)
}

struct Report {
    format: Format,
    is_begun: bool,
    tally: Tally,
}

impl Report {
    /// Makes one after the other, a few at once, and tells of them in the order of the list.
    async fn make(
        &mut self,
        session: &Session,
        out: &mut Output,
        entries: Vec<Entry>,
        flaws: Vec<Line>,
    ) -> Result<(), Failure> {
        let mut flaws = flaws.into_iter().peekable();
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let mut making = JoinSet::new();
            for Entry { line, account } in entries.by_ref().take(TOGETHER) {
                let (session, name) = (session.clone(), account.name.to_string());
                making.spawn(async move { (line, name, make_one(session, account).await) });
            }
            let mut lines: Vec<Line> = Vec::with_capacity(TOGETHER);
            let mut over = None;
            while let Some(made) = making.join_next().await {
                let Ok((line, name, made)) = made else { return Err(DalError::Unavailable.into()) };
                let result = match made {
                    Ok(Imported::Made(password)) => Fared::Made(password),
                    Ok(Imported::There) => Fared::There,
                    Err(error) => match refused(error) {
                        Ok(result) => result,
                        Err(failure) => {
                            over = Some(failure);
                            continue;
                        }
                    },
                };
                lines.push((line, name, result));
            }
            let behind = lines.iter().map(|(line, ..)| *line).max().unwrap_or_default();
            lines.extend(std::iter::from_fn(|| flaws.next_if(|(line, ..)| *line < behind)));
            lines.sort_by_key(|(line, ..)| *line);
            session.commanded(0);
            self.tell(out, &lines).await?;
            if let Some(failure) = over {
                return Err(failure);
            }
        }
        let rest: Vec<Line> = flaws.collect();
        self.tell(out, &rest).await
    }

    async fn tell(&mut self, out: &mut Output, lines: &[Line]) -> Result<(), Failure> {
        let mut text = String::new();
        if !std::mem::replace(&mut self.is_begun, true) && self.format == Format::Csv {
            text = csv::record(["line", "name", "result", "one_time_password", "why"]);
        }
        for (line, name, result) in lines {
            let (word, password, why) = match result {
                Fared::WouldMake => ("create", "", ""),
                Fared::There => ("exists", "", ""),
                Fared::Made(password) => ("created", password.expose(), ""),
                Fared::Refused(why, _) => ("refused", "", why.as_str()),
            };
            self.tally.count(result);
            let told = Told { line: *line, name, result: word, one_time_password: password, why };
            text.push_str(&self.written(&told)?);
        }
        if text.is_empty() { Ok(()) } else { out.print(&text).await }
    }

    fn written(&self, told: &Told<'_>) -> Result<String, Failure> {
        match self.format {
            Format::Jsonl => crate::cli::commands::json(told),
            Format::Csv => {
                let line = told.line.to_string();
                let cells =
                    [&line, told.name, told.result, told.one_time_password, told.why].map(csv::neutral);
                Ok(csv::record(cells.iter().map(String::as_str)))
            }
        }
    }

    /// Says how many; the status is that of the first refusal.
    async fn end(
        self,
        out: &mut Output,
        [first_words, done]: [&str; 2],
        is_cut: bool,
    ) -> Result<(), Failure> {
        let Tally { made, there, refused, first } = self.tally;
        let cut = if is_cut { "; the list was not read to its end" } else { "" };
        let words = format!("{first_words}{made} {done}, {there} there already, {refused} refused{cut}");
        if let Some(exit) = first {
            return Err(Failure::Partly(words, exit));
        }
        out.error(&words).await;
        Ok(())
    }
}

impl Tally {
    fn count(&mut self, result: &Fared) {
        match result {
            Fared::WouldMake | Fared::Made(_) => self.made += 1,
            Fared::There => self.there += 1,
            Fared::Refused(_, exit) => {
                self.refused += 1;
                self.first.get_or_insert(*exit);
            }
        }
    }
}
