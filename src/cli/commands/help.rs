//! `help`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::{DalError, Session};
use crate::domain::session::Claims;
use crate::proxy;

use super::{COMMANDS, CommandSpec, Running, json, unknown};

#[derive(Serialize)]
struct Row {
    usage: String,
    about: &'static str,
}

pub fn args(command: Command) -> Command {
    let because = "Say that a terminal is needed, and exit with status 2";
    command
        .arg(Arg::new("usage").long("usage").action(ArgAction::SetTrue).hide(true).help(because))
        .arg(Arg::new("command").value_name("COMMAND").num_args(0..).help("Only this one, or all of a noun"))
}

/// Boxed here and not in the table, because it reads the table.
pub fn run<'a>(session: &'a Session, args: &'a ArgMatches, out: &'a mut Output) -> Running<'a> {
    Box::pin(list(session, args, out))
}

async fn list(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    // Claims say what to list; whether there is still a session, only the store says.
    let _verified = session.verify().await?;
    let claims = session.claims();
    if let Some(duty) = claims.duty {
        return Err(DalError::from(duty).into());
    }
    let words: Vec<String> = args.get_many("command").into_iter().flatten().cloned().collect();
    if words.is_empty() {
        return everything(&claims, args, out).await;
    }
    if args.get_flag("json") && begun_by(&words).next().is_some() {
        return out.print(&json(&rows(begun_by(&words)))?).await;
    }
    Err(about(&words).map_or_else(|| Failure::Usage(unknown(&words)), Failure::Help))
}

/// What is to be known of one command, or which there are that begin like this.
pub fn about(words: &[String]) -> Option<String> {
    let found: Vec<_> = begun_by(words).collect();
    match found.as_slice() {
        [] => None,
        [one] if one.words().count() == words.len() => Some(one.help()),
        _ => Some(listed(&rows(found.into_iter()))),
    }
}

fn begun_by(words: &[String]) -> impl Iterator<Item = &'static CommandSpec> {
    let begins = move |spec: &CommandSpec| {
        words.len() <= spec.words().count() && spec.words().zip(words).all(|(own, word)| own == word)
    };
    COMMANDS.iter().filter(move |spec| begins(spec))
}

fn rows(specs: impl Iterator<Item = &'static CommandSpec>) -> Vec<Row> {
    specs.map(|spec| Row { usage: spec.usage(), about: spec.about }).collect()
}

fn listed(rows: &[Row]) -> String {
    let mut text = "Commands:\n".to_owned();
    for row in rows {
        let _ = writeln!(text, "  {}\n      {}", row.usage, row.about);
    }
    text
}

async fn everything(claims: &Claims, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let rows = rows(COMMANDS.iter().filter(|spec| proxy::offers(claims, spec.needs)));
    if args.get_flag("json") {
        return out.print(&json(&rows)?).await;
    }
    let text = listed(&rows)
        + "\nEach takes --help, and all but the dashboard --json. Without a command, and on a terminal, you\nget the dashboard.\n";
    if args.get_flag("usage") {
        out.print(&text).await?;
        return Err(Failure::Usage(
            "the dashboard needs a terminal: use `ssh -t`, or give a command".to_owned(),
        ));
    }
    out.print(&text).await
}
