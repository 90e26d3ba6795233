//! `users dates|delete|deleted|restore|reset-password|require-password-change|remove-second-factor`: the life of
//! an account.

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::users::{Dates, DeletedRow, MAX_ROWS, UserQuery};
use crate::dal::{DalError, Session};
use crate::domain::moment;
use crate::domain::name::UserName;
use crate::domain::role;
use crate::domain::time::Timestamp;

use super::args::{limit, limit_arg, usage, user, word};
use super::json;
use super::rows::Rows;
use super::users::{changed, name_args};
use super::when::When;

/// Stand for no date at all.
const NONE: [&str; 2] = ["none", "never"];

/// `--from` and `--until` of an account to be made.
pub fn new_dates_args(command: Command) -> Command {
    command
        .arg(moment_arg("from").help("Valid from then on: 3d, 2026-12-03, an RFC 3339 time"))
        .arg(moment_arg("until").help("Valid until then"))
}

pub fn dates_args(command: Command) -> Command {
    name_args(command)
        .arg(moment_arg("from").help("Valid from then on: 3d, 2026-12-03, an RFC 3339 time; or none"))
        .arg(moment_arg("until").help("Valid until then, or none"))
        .group(ArgGroup::new("which").args(["from", "until"]).multiple(true).required(true))
}

pub fn moment_arg(id: &'static str) -> Arg {
    Arg::new(id).long(id).value_name("WHEN")
}

pub fn delete_args(command: Command) -> Command {
    name_args(command).arg(
        Arg::new("for-good")
            .long("for-good")
            .action(ArgAction::SetTrue)
            .help("At once, so that nobody can restore it"),
    )
}

pub fn deleted_args(command: Command) -> Command {
    command
        .arg(Arg::new("prefix").long("prefix").value_name("TEXT").help("Only names that begin with this"))
        .arg(limit_arg())
}

/// The moment that an argument names: none if it says so, and what it was where the argument is missing.
pub fn moment(
    session: &Session,
    args: &ArgMatches,
    id: &str,
    before: Option<Timestamp>,
) -> Result<Option<Timestamp>, Failure> {
    let Some(typed) = args.get_one::<String>(id) else { return Ok(before) };
    if NONE.contains(&typed.as_str()) {
        return Ok(None);
    }
    let zone = session.claims().preferences.zone.clone().unwrap_or_default();
    let at = moment::parse(typed, &zone, session.dal().now());
    at.map(Some).map_err(|why| usage(&format!("--{id}"), typed, &why))
}

/// The dates that arguments name, on top of what they were.
pub fn dates_of(session: &Session, args: &ArgMatches, before: Dates) -> Result<Dates, Failure> {
    let begins = moment(session, args, "from", before.begins)?;
    Ok(Dates { begins, expires: moment(session, args, "until", before.expires)? })
}

/// What a script gets from `users dates`.
#[derive(Serialize)]
struct Dated<'a> {
    name: &'a UserName,
    #[serde(flatten)]
    dates: Dates,
}

pub async fn dates(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    let names_both = args.contains_id("from") && args.contains_id("until");
    let dates = if names_both {
        let dates = dates_of(session, args, Dates::default())?;
        session.verify().await?.users().set_dates(&name, dates).await?;
        dates
    } else {
        let now = session.verify().await?.users().get(&name).await?;
        let dates = dates_of(session, args, Dates { begins: now.begins, expires: now.expires })?;
        // What was not named here stays what it is, also if somebody is changing it.
        session.verify().await?.users().seen(now.row.revision).set_dates(&name, dates).await?;
        dates
    };
    if args.get_flag("json") {
        return out.print(&json(&Dated { name: &name, dates })?).await;
    }
    let when = When::of(session, out);
    let date = |word, at: Option<Timestamp>| at.map(|at| format!(" {word} {}", when.ahead(at)));
    let words: Vec<_> =
        [date("from", dates.begins), date("until", dates.expires)].into_iter().flatten().collect();
    let words = if words.is_empty() { " for ever".to_owned() } else { words.concat() };
    out.print(&format!("{name} is valid{words}\n")).await
}

pub async fn delete(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    let deleted = session.verify().await?.users().delete(&name).await;
    if !args.get_flag("for-good") {
        deleted?;
        return changed(args, out, &name, "deleted").await;
    }
    // Whoever was deleted before is gone for good as well.
    if !matches!(deleted, Err(DalError::NotFound { .. })) {
        deleted?;
    }
    session.verify().await?.users().purge(&name).await?;
    changed(args, out, &name, "gone for good").await
}

const HEADING: &str =
    "NAME                              GONE FOR GOOD           DELETED BY                        ROLES";

/// Streams the list page by page.
pub async fn deleted(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let prefix = word(args, "prefix").to_owned();
    let list = Rows::new(args.get_flag("json"), HEADING);
    let when = When::of(session, out);
    let page = |after, rows: usize| {
        let (prefix, limit) = (prefix.clone(), rows.min(MAX_ROWS));
        let query = UserQuery { prefix, after, limit, ..UserQuery::default() };
        async move { session.verify().await?.users().deleted(query).await }
    };
    list.stream(limit(args), out, page, |row| line(row, &when)).await
}

fn line(row: &DeletedRow, when: &When) -> String {
    let (name, by, until) = (row.name.to_string(), row.by.to_string(), when.minute(row.until));
    let width = When::WIDTH;
    format!("{name:<32}  {until:<width$}  {by:<32}  {}", role::list(&row.roles))
}

pub async fn restore(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    session.verify().await?.users().restore(&name).await?;
    changed(args, out, &name, "restored").await
}

/// What a script gets from `users reset-password`.
#[derive(Serialize)]
struct Reset<'a> {
    name: &'a UserName,
    one_time_password: &'a str,
}

pub async fn reset_password(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    let password = session.verify().await?.users().reset_password(&name).await?;
    let text = if args.get_flag("json") {
        json(&Reset { name: &name, one_time_password: password.expose() })?
    } else {
        format!("the one-time password of {name}, shown once, is\n{}\n", password.expose())
    };
    out.print(&text).await
}

pub async fn require_password_change(
    session: &Session,
    args: &ArgMatches,
    out: &mut Output,
) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    session.verify().await?.users().require_new_password(&name).await?;
    changed(args, out, &name, "asked for a new password at the next sign-in").await
}

pub async fn remove_second_factor(
    session: &Session,
    args: &ArgMatches,
    out: &mut Output,
) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    session.verify().await?.users().remove_second_factor(&name).await?;
    changed(args, out, &name, "without a second factor").await
}
