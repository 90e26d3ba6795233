//! `locks list|lift`

use clap::{Arg, ArgGroup, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::locks::{LockQuery, LockRow, Locked, MAX_ROWS, WHEN_LIFTED};
use crate::domain::source::Source;

use super::args::{limit, limit_arg, usage, user};
use super::json;
use super::rows::Rows;
use super::when::When;

pub fn list_args(command: Command) -> Command {
    command.arg(limit_arg())
}

pub fn lift_args(command: Command) -> Command {
    command
        .arg(Arg::new("user").value_name("USER").help("Who may sign in again"))
        .arg(
            Arg::new("source")
                .long("source")
                .value_name("ADDRESS")
                .help("Where connections may come from again"),
        )
        .group(ArgGroup::new("which").args(["user", "source"]).required(true))
}

/// Streams the list, accounts first, page by page.
pub async fn list(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let list = Rows::new(args.get_flag("json"), HEADING);
    let when = When::of(session, out);
    let page = |after, _| {
        let query = LockQuery { filter: String::new(), after, limit: MAX_ROWS };
        async move { session.verify().await?.locks().list(query).await }
    };
    list.stream(limit(args), out, page, |row| line(row, &when)).await
}

const HEADING: &str = "CLOSED                            FAILURES  OPENS                   LAST FROM";

fn line(row: &LockRow, when: &When) -> String {
    let closed = match &row.locked {
        Locked::Source(source) => format!("source {source}"),
        locked => format!("user {locked}"),
    };
    let opens = row.until.map_or(WHEN_LIFTED.to_owned(), |until| when.minute(until));
    let from = row.from.first().map(ToString::to_string).unwrap_or_default();
    let width = When::WIDTH;
    format!("{closed:<32}  {:<8}  {opens:<width$}  {from}", row.failures).trim_end().to_owned()
}

/// What a script gets from `locks lift`.
#[derive(Serialize)]
struct Lifted {
    lifted: String,
}

pub async fn lift(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let lifted = match (args.get_one::<String>("user"), args.get_one::<String>("source")) {
        (Some(name), _) => {
            let name = user(name)?;
            session.verify().await?.locks().lift_user(&name).await?;
            name.to_string()
        }
        (None, source) => {
            let typed = source.map_or("", String::as_str);
            let source =
                Source::parse(typed).ok_or_else(|| usage("the source", typed, &"is not an address"))?;
            session.verify().await?.locks().lift_source(source).await?;
            source.to_string()
        }
    };
    if args.get_flag("json") {
        return out.print(&json(&Lifted { lifted })?).await;
    }
    out.print(&format!("the lock on {lifted} was lifted\n")).await
}
