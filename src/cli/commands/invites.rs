//! `invites create|list|show|revoke`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::invites::{InviteDetail, InviteQuery, InviteRow, MAX_ROWS, MAX_USES, NewInvite};
use crate::dal::{DalError, Session};
use crate::domain::duration;
use crate::domain::id::Handle;
use crate::domain::name::UserName;
use crate::domain::role;
use crate::domain::text::{self, Line};
use crate::domain::time::Timestamp;

use super::args::{limit, limit_arg, usage, word};
use super::json;
use super::rows::Rows;
use super::when::When;

pub fn create_args(command: Command) -> Command {
    command
        .arg(
            Arg::new("role")
                .long("role")
                .required(true)
                .action(ArgAction::Append)
                .value_name("ROLE")
                .help("What the account may do; may be given more than once"),
        )
        .arg(Arg::new("name").long("name").value_name("NAME").help("The only user name that it makes"))
        .arg(
            Arg::new("expires")
                .long("expires")
                .value_name("TIME")
                .help("How long it can be used, like 8h or 2d; as long as the policy allows without it"),
        )
        .arg(
            Arg::new("uses")
                .long("uses")
                .value_name("N")
                .default_value("1")
                .value_parser(value_parser!(u32).range(1..=i64::from(MAX_USES)))
                .help(format!("How often it can be used; {MAX_USES} at most")),
        )
        .arg(
            Arg::new("note")
                .long("note")
                .value_name("TEXT")
                .help(format!("For whoever reads the list; at most {} characters", Line::MAX_CHARS)),
        )
}

pub fn list_args(command: Command) -> Command {
    let all = Arg::new("all").long("all").action(ArgAction::SetTrue);
    command.arg(all.help("Also those that cannot be used any more")).arg(limit_arg())
}

pub fn id_args(command: Command) -> Command {
    command.arg(Arg::new("id").value_name("ID").required(true).help("As `invites list` shows it"))
}

/// What a script gets from `invites create --json`.
#[derive(Serialize)]
struct Created<'a> {
    id: &'a Handle,
    code: &'a str,
    expires: Timestamp,
}

pub async fn create(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let new = new_invite(args)?;
    let made = session.verify().await?.invites().create(new).await?;
    let code = made.code.expose();
    let text = if args.get_flag("json") {
        json(&Created { id: &made.id, code, expires: made.expires })?
    } else {
        let until = When::of(session, out).ahead(made.expires);
        let used_with = session.dal().door().how_to_connect("invite");
        format!(
            "the invite {} was made, until {until}; its code, shown once, is\n{code}\n\
             it is used with: {used_with}\n",
            made.id
        )
    };
    out.print(&text).await
}

fn new_invite(args: &ArgMatches) -> Result<NewInvite, Failure> {
    let typed: Vec<&str> =
        args.get_many::<String>("role").into_iter().flatten().map(String::as_str).collect();
    let roles = role::parse_list(&typed.join(",")).map_err(Failure::Usage)?;
    let name = args
        .get_one::<String>("name")
        .map(|typed| UserName::parse_new(typed).map_err(|why| usage("the name", typed, &why)));
    let lifetime = args.get_one::<String>("expires").map(|typed| {
        duration::parse(typed).ok_or_else(|| usage("the time", typed, &"must be like 30min, 8h or 2d"))
    });
    let note = args
        .get_one::<String>("note")
        .map(|typed| Line::parse(typed).map_err(|why| usage("the note", typed, &why)));
    Ok(NewInvite {
        roles,
        name: name.transpose()?,
        lifetime: lifetime.transpose()?,
        uses: args.get_one("uses").copied().unwrap_or(1),
        note: note.transpose()?,
    })
}

/// Streams the list, the newest first, page by page.
pub async fn list(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let all = args.get_flag("all");
    let list = Rows::new(args.get_flag("json"), HEADING);
    let when = When::of(session, out);
    let page = |after, rows: usize| {
        let query = InviteQuery { all, filter: String::new(), after, limit: rows.min(MAX_ROWS) };
        async move { session.verify().await?.invites().list(query).await }
    };
    list.stream(limit(args), out, page, |row| line(row, &when)).await
}

const HEADING: &str =
    "ID          STATE     USED     EXPIRES                 ROLES             FOR               BY";

fn line(row: &InviteRow, when: &When) -> String {
    let (id, state, expires) = (row.id.to_string(), row.state.word(), when.minute(row.expires));
    let used = format!("{}/{}", row.used, row.uses);
    let (roles, whom, width) = (role::list(&row.roles), whom(row), When::WIDTH);
    format!("{id}  {state:<8}  {used:<7}  {expires:<width$}  {roles:<16}  {whom:<16}  {}", row.by)
}

fn whom(row: &InviteRow) -> String {
    row.name.as_ref().map_or("anybody".to_owned(), ToString::to_string)
}

pub async fn show(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id = id(word(args, "id"))?;
    let invite = session.verify().await?.invites().get(&id).await?;
    if args.get_flag("json") {
        return out.print(&json(&invite)?).await;
    }
    out.print(&described(&invite, &When::of(session, out))).await
}

fn described(invite: &InviteDetail, when: &When) -> String {
    let row = &invite.row;
    let mut text = String::new();
    let _ = writeln!(text, "id        {}", row.id);
    let _ = writeln!(text, "state     {}", row.state.word());
    let _ = writeln!(text, "roles     {}", role::list(&row.roles));
    let _ = writeln!(text, "for       {}", whom(row));
    let _ = writeln!(text, "by        {}", row.by);
    let _ = writeln!(text, "created   {}", when.ago(row.created));
    let _ = writeln!(text, "expires   {}", when.minute(row.expires));
    let _ = writeln!(text, "used      {} of {}", row.used, row.uses);
    if let Some(note) = &row.note {
        let _ = writeln!(text, "note      {}", note.as_str());
    }
    if let Some(revoked) = &invite.revoked {
        let _ = writeln!(text, "revoked   {} by {}", when.ago(revoked.at), revoked.by);
    }
    for used in &invite.used_by {
        let _ = writeln!(text, "used by   {}, {}", used.name, when.ago(used.at));
    }
    text
}

/// What a script gets from `invites revoke`.
#[derive(Serialize)]
struct Revoked<'a> {
    revoked: &'a Handle,
}

pub async fn revoke(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let id = id(word(args, "id"))?;
    session.verify().await?.invites().revoke(&id).await?;
    if args.get_flag("json") {
        return out.print(&json(&Revoked { revoked: &id })?).await;
    }
    out.print(&format!("the invite {id} was revoked\n")).await
}

/// An id that an invite could have. What could not be one does not exist.
fn id(typed: &str) -> Result<Handle, Failure> {
    let absent = |_| DalError::NotFound { what: format!("invite {}", text::shown(typed, 32)) };
    Ok(Handle::parse(typed).map_err(absent)?)
}
