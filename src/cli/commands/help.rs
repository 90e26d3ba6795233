//! `help`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::{DalError, Session};
use crate::proxy;

use super::{COMMANDS, Running, json};

#[derive(Serialize)]
struct Row {
    usage: String,
    about: &'static str,
}

pub fn args(command: Command) -> Command {
    let because = "Say that a terminal is needed, and exit with status 2";
    command.arg(Arg::new("usage").long("usage").action(ArgAction::SetTrue).hide(true).help(because))
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
    let rows: Vec<Row> = COMMANDS
        .iter()
        .filter(|spec| proxy::offers(&claims, spec.needs))
        .map(|spec| Row { usage: spec.usage(), about: spec.about })
        .collect();
    if args.get_flag("json") {
        return out.print(&json(&rows)?).await;
    }
    let mut text = "Commands:\n".to_owned();
    for row in &rows {
        let _ = writeln!(text, "  {}\n      {}", row.usage, row.about);
    }
    text.push_str(
        "\nEach takes --json and --help. Without a command, and on a terminal, you get the dashboard.\n",
    );
    if args.get_flag("usage") {
        out.print(&text).await?;
        return Err(Failure::Usage(
            "the dashboard needs a terminal: use `ssh -t`, or give a command".to_owned(),
        ));
    }
    out.print(&text).await
}
