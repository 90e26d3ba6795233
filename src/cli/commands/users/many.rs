//! `users disable|enable`, of one or of many: each by itself, whatever becomes of the others.

use std::collections::HashSet;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::commands::accounts::{moment, moment_arg};
use crate::cli::commands::args::{usage, user, word};
use crate::cli::commands::json;
use crate::cli::exit::{self, Exit, Failure};
use crate::cli::output::Output;
use crate::dal::{DalError, Session};
use crate::domain::name::UserName;
use crate::domain::text::{self, Line};

/// Names that are read from stdin, at most.
const MAX_NAMES: usize = 100_000;

/// Bytes of the longest line of them.
const MAX_LINE: usize = 256;

pub fn names_args(command: Command) -> Command {
    command.arg(
        Arg::new("name")
            .required(true)
            .action(ArgAction::Append)
            .num_args(1..)
            .value_name("NAME")
            .help("The users' names; - reads them from stdin, one a line"),
    )
}

pub fn disable_args(command: Command) -> Command {
    names_args(command)
        .arg(
            Arg::new("reason")
                .long("reason")
                .required(true)
                .value_name("TEXT")
                .help(format!("Why; the users read it; at most {} characters", Line::MAX_CHARS)),
        )
        .arg(moment_arg("until").help("When they work again by themselves: 3d, 2026-12-03, an RFC 3339 time"))
}

pub async fn disable(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let typed = word(args, "reason");
    let reason = Line::parse(typed).map_err(|why| usage("the reason", typed, &why))?;
    let until = moment(session, args, "until", None)?;
    each(session, args, out, "disabled", |session, name| {
        let reason = reason.clone();
        async move {
            let users = session.verify().await?.users();
            match until {
                Some(until) => users.suspend(&name, reason, until).await,
                None => users.disable(&name, reason).await,
            }
        }
    })
    .await
}

pub async fn enable(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    each(session, args, out, "enabled", |session, name| async move {
        session.verify().await?.users().enable(&name).await
    })
    .await
}

/// What a script gets for each.
#[derive(Serialize)]
struct Changed<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Does it to everybody who is named, one after the other. The status is that of the first refusal; all others
/// are done all the same.
async fn each<F>(
    session: &Session,
    args: &ArgMatches,
    out: &mut Output,
    state: &'static str,
    change: impl Fn(Session, UserName) -> F,
) -> Result<(), Failure>
where
    F: Future<Output = Result<(), DalError>>,
{
    let is_json = args.get_flag("json");
    let names = names(args, out).await?;
    let is_alone = names.len() == 1;
    let (mut first, mut refused) = (None, 0_usize);
    for typed in &names {
        let done = match user(typed) {
            Ok(name) => change(session.clone(), name).await.map_err(Failure::Dal),
            Err(failure) => Err(failure),
        };
        let name = text::shown(&typed.to_ascii_lowercase(), UserName::MAX_CHARS);
        match done {
            Ok(()) if is_json => {
                out.print(&json(&Changed { name: &name, state: Some(state), error: None })?).await?;
            }
            Ok(()) => out.print(&format!("{name} is {state}\n")).await?,
            Err(failure) if is_alone => return Err(failure),
            // The session is over, or locked: nobody else is going to be changed either.
            Err(failure @ Failure::Dal(DalError::SessionEnded(_) | DalError::Locked)) => return Err(failure),
            Err(Failure::Dal(error)) => {
                refused += 1;
                first.get_or_insert(exit::exit(&error));
                if is_json {
                    let error = Some(error.to_string());
                    out.print(&json(&Changed { name: &name, state: None, error })?).await?;
                } else {
                    out.error(&format!("{name}: {error}")).await;
                }
            }
            Err(failure) => return Err(failure),
        }
    }
    match first {
        None => Ok(()),
        Some(exit) => Err(Failure::Partly(format!("{refused} of {} were not {state}", names.len()), exit)),
    }
}

/// Everybody who is named, each once, in that order.
async fn names(args: &ArgMatches, out: &mut Output) -> Result<Vec<String>, Failure> {
    let given: Vec<&String> = args.get_many::<String>("name").into_iter().flatten().collect();
    let mut names = Vec::with_capacity(given.len());
    for name in given {
        if name == "-" {
            names.extend(read_names(out).await?);
        } else {
            names.push(name.clone());
        }
    }
    out.close_input();
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.to_ascii_lowercase()));
    if names.is_empty() {
        return Err(Failure::Usage("nobody is named on stdin".to_owned()));
    }
    Ok(names)
}

async fn read_names(out: &mut Output) -> Result<Vec<String>, Failure> {
    let (mut names, mut rest, mut line) = (Vec::new(), Vec::new(), 0_usize);
    let wrong = |line: usize, why: &str| Failure::Partly(format!("line {line} {why}"), Exit::Usage);
    loop {
        let piece = out.read().await;
        let is_end = piece.is_none();
        rest.extend_from_slice(&piece.unwrap_or_default());
        let text = std::mem::take(&mut rest);
        let mut lines = text.split(|byte| *byte == b'\n').peekable();
        while let Some(read) = lines.next() {
            if read.len() > MAX_LINE {
                return Err(wrong(line + 1, "is too long for a name"));
            }
            if lines.peek().is_none() && !is_end {
                rest = read.to_vec();
                break;
            }
            line += 1;
            let name = str::from_utf8(read).map_err(|_| wrong(line, "is not UTF-8"))?.trim();
            if !name.is_empty() {
                names.push(name.to_owned());
            }
            if names.len() > MAX_NAMES {
                return Err(wrong(line, "is one too many: at most 100,000 names"));
            }
        }
        if is_end {
            return Ok(names);
        }
    }
}
