//! `audit list|show`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::audit::{AuditQuery, EventDetail, EventRow, MAX_ROWS};
use crate::dal::{DalError, Page, Session};
use crate::domain::event::{KINDS, parse_kind};
use crate::domain::id::EventHandle;
use crate::domain::moment;
use crate::domain::source::Source;
use crate::domain::text;
use crate::domain::time::Timestamp;

use super::args::{limit, limit_arg, usage, word};
use super::json;
use super::rows::Rows;
use super::when::When;

pub fn list_args(command: Command) -> Command {
    let word = |id: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(id).value_name(value).help(help)
    };
    command
        .arg(word("user", "USER", "Only what somebody did or was done to them; a name or an id"))
        .arg(word("by", "USER", "Only what somebody did; a name or an id"))
        .arg(
            word("kind", "KIND", "Only these; several with commas, or more than once")
                .value_delimiter(',')
                .action(ArgAction::Append)
                .long_help(format!(
                    "Only these; several with commas, or more than once: {}",
                    KINDS.join(", ")
                )),
        )
        .arg(word("since", "TIME", "Not before: so long ago, like 24h, or a point in time"))
        .arg(word("until", "TIME", "Not after: so long ago, like 1h, or a point in time"))
        .arg(word("from", "ADDRESS", "Only what came from there, or was done to it"))
        .arg(limit_arg())
}

pub fn show_args(command: Command) -> Command {
    command.arg(Arg::new("id").value_name("ID").required(true).help("As `audit list` shows it"))
}

fn query(session: &Session, args: &ArgMatches) -> Result<AuditQuery, Failure> {
    let given = |id: &str| args.get_one::<String>(id);
    let time = |id: &str| -> Result<Option<Timestamp>, Failure> {
        let Some(typed) = given(id) else { return Ok(None) };
        let zone = session.claims().preferences.zone.clone().unwrap_or_default();
        let at = moment::parse_past(typed, &zone, session.dal().now());
        at.map(Some).map_err(|why| usage(&format!("--{id}"), typed, &why))
    };
    let from = given("from")
        .map(|typed| Source::parse(typed).ok_or_else(|| usage("--from", typed, &"is not an address")));
    let kinds = args.get_many::<String>("kind").into_iter().flatten();
    Ok(AuditQuery {
        user: given("user").cloned(),
        by: given("by").cloned(),
        kinds: kinds.map(|typed| parse_kind(typed)).collect::<Result<_, _>>().map_err(Failure::Usage)?,
        since: time("since")?,
        until: time("until")?,
        from: from.transpose()?,
        ..AuditQuery::default()
    })
}

/// Streams the trail, newest first, page by page.
pub async fn list(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let query = query(session, args)?;
    let list = Rows::new(args.get_flag("json"), HEADING);
    let when = When::of(session, out);
    let page = |after, rows: usize| {
        let query = AuditQuery { after, limit: rows.min(MAX_ROWS), ..query.clone() };
        async move {
            let found = session.verify().await?.audit().list(query).await?;
            Ok(Page { items: found.items, next: found.next })
        }
    };
    list.stream(limit(args), out, page, |row| line(row, &when)).await
}

const HEADING: &str = "ID                WHEN                    WHO               FROM             DID WHAT";

fn line(row: &EventRow, when: &When) -> String {
    let (id, at, who) = (row.id.to_string(), when.minute(row.at), row.who());
    let from = row.from.map_or_else(String::new, |from| from.to_string());
    let (told, width) = (row.told_in(when.zone()), When::WIDTH);
    format!("{id}  {at:<width$}  {who:<16}  {from:<15}  {told}")
}

pub async fn show(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let typed = word(args, "id");
    // What could not be an id is one of nothing.
    let absent = || DalError::NotFound { what: format!("event {}", text::shown(typed, 32)) };
    let handle: EventHandle = typed.trim().parse().map_err(|_| absent())?;
    let detail = session.verify().await?.audit().get(handle).await?;
    if args.get_flag("json") {
        return out.print(&json(&detail)?).await;
    }
    out.print(&described(&detail, &When::of(session, out))).await
}

fn described(detail: &EventDetail, when: &When) -> String {
    let (row, mut text) = (&detail.row, String::new());
    let mut fact = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<12}  {value}");
    };
    fact("id", &row.id.to_string());
    fact("when", &when.ago(row.at));
    fact("kind", row.kind);
    match &row.actor {
        Some(actor) => {
            fact("who", &format!("{} ({})", actor.name, actor.user));
            if let Some(session) = &actor.session {
                fact("session", &session.to_string());
            }
        }
        None => fact("who", row.by.words()),
    }
    if let Some(from) = row.from {
        fact("from", &from.to_string());
    }
    if let Some(target) = &row.target {
        let name = target.name.as_ref().map_or("somebody who is gone", |name| name.as_str());
        fact("whom", &format!("{name} ({})", target.user));
    }
    fact("what", &row.told_in(when.zone()));
    for difference in row.differences_in(when.zone()) {
        fact(difference.what, &format!("{} -> {}", difference.before, difference.after));
    }
    text
}
