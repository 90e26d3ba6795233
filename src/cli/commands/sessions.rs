//! `sessions list|show|revoke|message`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::sessions::{MAX_ROWS, SessionQuery, SessionRow, SessionState, Whose};
use crate::domain::session::Method;
use crate::domain::text::Line;

use super::args::{handle, limit, limit_arg, usage, user, word};
use super::json;
use super::rows::Rows;
use super::when::When;

pub fn list_args(command: Command) -> Command {
    command
        .arg(flag("all", "Everybody's, not only your own"))
        .arg(user_arg("Only this user's; your own name is yours").conflicts_with("all"))
        .arg(flag("live", "Only those whose connection is open").conflicts_with("ended"))
        .arg(flag("ended", "Only those that are over"))
        .arg(limit_arg())
}

pub fn show_args(command: Command) -> Command {
    command.arg(handle_arg().required(true))
}

pub fn revoke_args(command: Command) -> Command {
    command
        .arg(handle_arg())
        .arg(user_arg("All of this user's"))
        .arg(flag("others", "All of your own but this one"))
        .arg(flag("all", "Everybody's but this one; those of people who may do more than you stay"))
        .group(ArgGroup::new("which").args(["handle", "user", "others", "all"]).required(true))
}

pub fn message_args(command: Command) -> Command {
    command
        .arg(handle_arg())
        .arg(flag("all", "Everybody who is connected"))
        .group(ArgGroup::new("which").args(["handle", "all"]).required(true))
        .arg(
            Arg::new("text")
                .long("text")
                .required(true)
                .value_name("TEXT")
                .help(format!("What their screens show; at most {} characters", Line::MAX_CHARS)),
        )
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn user_arg(help: &'static str) -> Arg {
    Arg::new("user").long("user").value_name("NAME").help(help)
}

fn handle_arg() -> Arg {
    Arg::new("handle").value_name("HANDLE").help("The session's handle, as `sessions list` shows it")
}

/// Streams the list, newest first, page by page.
pub async fn list(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let whose = match args.get_one::<String>("user") {
        Some(name) => Whose::User(user(name)?),
        None if args.get_flag("all") => Whose::Everybodys,
        None => Whose::Mine,
    };
    let only = match (args.get_flag("live"), args.get_flag("ended")) {
        (true, _) => Some(SessionState::Live),
        (_, true) => Some(SessionState::Ended),
        _ => None,
    };
    let list = Rows::new(args.get_flag("json"), HEADING);
    let when = When::of(session, out);
    let page = |after, _| {
        let query = SessionQuery { whose: whose.clone(), after, limit: MAX_ROWS };
        async move {
            let mut page = session.verify().await?.sessions().list(query).await?;
            page.items.retain(|row| only.is_none_or(|state| state == row.state));
            Ok(page)
        }
    };
    list.stream(limit(args), out, page, |row| line(row, &when)).await
}

const HEADING: &str =
    "HANDLE      USER              STATE   SINCE                   FROM             DOING OR ENDED";

fn line(row: &SessionRow, when: &When) -> String {
    let (handle, user, state) = (row.handle.to_string(), row.user.to_string(), row.state.word());
    let (since, from) = (when.minute(row.created), row.visitor.address.to_string());
    let what = if row.is_this { "this session".to_owned() } else { row.doing() };
    let width = When::WIDTH;
    format!("{handle:<10}  {user:<16}  {state:<6}  {since:<width$}  {from:<15}  {what}")
}

pub async fn show(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let row = session.verify().await?.sessions().get(&handle(word(args, "handle"))?).await?;
    if args.get_flag("json") {
        return out.print(&json(&row)?).await;
    }
    out.print(&described(&row, &When::of(session, out))).await
}

fn described(row: &SessionRow, when: &When) -> String {
    let mut text = String::new();
    let mut fact = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<12}  {value}");
    };
    fact("handle", &row.handle.to_string());
    fact("user", row.user.as_str());
    fact("state", if row.is_this { "live, this session" } else { row.state.word() });
    fact("from", &format!("{} port {}", row.visitor.address, row.visitor.port));
    fact("client", &row.visitor.client);
    if let Some(terminal) = &row.terminal {
        fact("terminal", &format!("{}, {}x{} at first", terminal.name, terminal.columns, terminal.rows));
    }
    fact("proven by", &Method::words(&row.methods));
    fact("created", &when.ago(row.created));
    if row.ended.is_none() {
        fact("expires", &when.ahead(row.expires));
    }
    if let Some(activity) = &row.activity {
        fact("idle since", &when.ago(activity.idle_since));
        fact("doing", if activity.is_locked { "locked" } else { activity.doing.unwrap_or("nothing") });
        if let Some((columns, rows)) = activity.size {
            fact("window", &format!("{columns}x{rows}"));
        }
        fact("bytes", &format!("{} in, {} out", activity.bytes_in, activity.bytes_out));
    }
    if let Some(ended) = &row.ended {
        fact("ended", &format!("{}, {}", when.ago(ended.at), ended.briefly()));
    }
    text
}

/// What a script gets from `sessions revoke`.
#[derive(Serialize)]
struct Revoked {
    revoked: usize,
    /// Of `--all`: those of people who may do more, and stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<usize>,
}

pub async fn revoke(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let sessions = session.verify().await?.sessions();
    let mut skipped = None;
    let revoked = if let Some(name) = args.get_one::<String>("user") {
        sessions.revoke_user(&user(name)?).await?
    } else if args.get_flag("others") {
        sessions.revoke_others().await?
    } else if args.get_flag("all") {
        let swept = sessions.revoke_everybody().await?;
        skipped = Some(swept.skipped);
        swept.ended
    } else {
        sessions.revoke(&handle(word(args, "handle"))?).await?;
        1
    };
    if args.get_flag("json") {
        return out.print(&json(&Revoked { revoked, skipped })?).await;
    }
    let stay = match skipped {
        None | Some(0) => String::new(),
        Some(stay) => format!("; of people who may do more than you: {} left", counted(stay)),
    };
    out.print(&format!("{} ended{stay}\n", counted(revoked))).await
}

/// What a script gets from `sessions message`.
#[derive(Serialize)]
struct Messaged {
    told: usize,
}

pub async fn message(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let typed = word(args, "text");
    let words = Line::parse(typed).map_err(|why| usage("the text", typed, &why))?;
    let sessions = session.verify().await?.sessions();
    let told = if args.get_flag("all") {
        sessions.tell_everybody(words).await?
    } else {
        sessions.tell(&handle(word(args, "handle"))?, words).await?;
        1
    };
    if args.get_flag("json") {
        return out.print(&json(&Messaged { told })?).await;
    }
    out.print(&format!("{} told\n", counted(told))).await
}

fn counted(sessions: usize) -> String {
    if sessions == 1 { "1 session".to_owned() } else { format!("{sessions} sessions") }
}
