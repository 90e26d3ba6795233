//! `users export`

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::cli::commands::args::usage;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::domain::import::{self, Format};

use super::list;

pub fn args(command: Command) -> Command {
    list::filters(format_args(command))
}

/// How the list is written; shared with the import.
pub fn format_args(command: Command) -> Command {
    command
        .mut_arg("json", |json| json.long("json").help("The same as --format jsonl"))
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .help("csv, or jsonl: one JSON object a line"),
        )
        .arg(
            Arg::new("raw-cells")
                .long("raw-cells")
                .action(ArgAction::SetTrue)
                .help("CSV without the ' that keeps a spreadsheet from running = + - @ as a formula"),
        )
}

pub fn format(args: &ArgMatches) -> Result<Format, Failure> {
    match args.get_one::<String>("format").map(String::as_str) {
        None if args.get_flag("json") => Ok(Format::Jsonl),
        None | Some("csv") => Ok(Format::Csv),
        Some("jsonl") => Ok(Format::Jsonl),
        Some(typed) => Err(usage("the format", typed, &"is not one; there are csv, jsonl")),
    }
}

/// Streams the list, once the audit trail tells of it.
pub async fn run(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (query, format, is_raw) = (list::query(args)?, format(args)?, args.get_flag("raw-cells"));
    let mut export = session.verify().await?.users().begin_export(query, format).await?;
    out.print(&import::heading(format)).await?;
    while let Some(accounts) = session.verify().await?.users().export(&mut export).await? {
        let text: String = accounts.iter().map(|account| account.written(format, is_raw)).collect();
        if !text.is_empty() {
            out.print(&text).await?;
        }
    }
    Ok(())
}
