//! `roles list|show|create|edit|copy|delete`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::roles::{RoleChange, RoleRow, Touched};
use crate::domain::role::{self, CustomRole, Limits, Permissions, RoleName};

use super::args::{role, usage, word};
use super::json;
use super::rows::Rows;

/// What takes a limit away.
const NONE: &str = "none";

pub fn list_args(command: Command) -> Command {
    command
}

pub fn name_args(command: Command) -> Command {
    command.arg(Arg::new("name").required(true).value_name("ROLE").help("The role's name"))
}

pub fn create_args(command: Command) -> Command {
    described(name_args(command), false).arg(dry_run_arg())
}

pub fn edit_args(command: Command) -> Command {
    let deny = permissions_arg("deny", "What it no longer permits; may be given more than once");
    described(name_args(command), true).arg(deny).arg(dry_run_arg())
}

pub fn copy_args(command: Command) -> Command {
    let to = Arg::new("to").required(true).value_name("NEW").help("The new role's name");
    name_args(command).arg(to).arg(dry_run_arg())
}

pub fn delete_args(command: Command) -> Command {
    name_args(command).arg(dry_run_arg())
}

fn dry_run_arg() -> Arg {
    Arg::new("dry-run")
        .long("dry-run")
        .action(ArgAction::SetTrue)
        .help("Say whom it would touch, and do nothing")
}

fn permissions_arg(name: &'static str, help: &'static str) -> Arg {
    let arg = Arg::new(name).long(name).value_name("PERMISSION").action(ArgAction::Append);
    arg.value_delimiter(',').help(help)
}

/// What a role is described by.
fn described(command: Command, is_edit: bool) -> Command {
    let none = if is_edit { "; none takes it away" } else { "" };
    let limit = |name: &'static str, value: &'static str, help: &str| {
        Arg::new(name).long(name).value_name(value).help(format!("{help}{none}"))
    };
    command
        .arg(
            Arg::new("about")
                .long("about")
                .value_name("TEXT")
                .help(format!("What it is for; at most {} characters", CustomRole::ABOUT)),
        )
        .arg(permissions_arg("allow", "What it permits; may be given more than once"))
        .arg(limit("lifetime", "DURATION", "How long a session may last, like 4h"))
        .arg(limit("idle", "DURATION", "How long nobody may type in it, like 10min"))
        .arg(limit("cap", "N", "How many sessions there may be at once"))
}

const HEADING: &str = "ROLE              HELD BY  ABOUT";

pub async fn list(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let rows = session.verify().await?.roles().list().await?;
    let mut list = Rows::new(args.get_flag("json"), HEADING);
    out.print(&list.part(&rows, line, true)?).await
}

fn line(row: &RoleRow) -> String {
    format!("{:<16}  {:<7}  {}", row.name, held(row), row.about).trim_end().to_owned()
}

fn held(row: &RoleRow) -> String {
    let more = if row.held_by_more { "+" } else { "" };
    format!("{}{more}", row.held_by)
}

pub async fn show(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let row = session.verify().await?.roles().get(&role(word(args, "name"))?).await?;
    if args.get_flag("json") {
        return out.print(&json(&row)?).await;
    }
    let mut text = String::new();
    let kind = if row.is_built_in { "built in, fixed" } else { "made here" };
    let _ = writeln!(text, "role      {}", row.name);
    let _ = writeln!(text, "about     {}", row.about);
    let _ = writeln!(text, "kind      {kind}");
    let _ = writeln!(text, "permits   {}", role::list_permissions(row.permissions.iter()));
    let _ = writeln!(text, "limits    {}", row.limits.words());
    let _ = writeln!(text, "held by   {}", held(&row));
    out.print(&text).await
}

pub async fn create(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = new_name(args, "name")?;
    let blank =
        CustomRole { name, about: String::new(), permissions: Permissions::NONE, limits: Limits::default() };
    let role = change_described(blank, args)?;
    carry_out(session, args, out, RoleChange::Create(role)).await
}

pub async fn edit(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = role(word(args, "name"))?;
    let row = session.verify().await?.roles().get(&name).await?;
    // The gate says what is wrong with editing a built-in one.
    let (permissions, limits) = (row.permissions, row.limits);
    let before = CustomRole { name, about: row.about, permissions, limits };
    let mut after = change_described(before.clone(), args)?;
    after.permissions = after.permissions.without(permissions_of(args, "deny")?);
    carry_out(session, args, out, RoleChange::Edit { before, after }).await
}

pub async fn copy(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (from, to) = (role(word(args, "name"))?, new_name(args, "to")?);
    carry_out(session, args, out, RoleChange::Copy { from, to }).await
}

pub async fn delete(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    carry_out(session, args, out, RoleChange::Delete(role(word(args, "name"))?)).await
}

fn new_name(args: &ArgMatches, id: &str) -> Result<RoleName, Failure> {
    let typed = word(args, id);
    RoleName::parse(typed).map_err(|why| usage("the name", typed, &why))
}

fn permissions_of(args: &ArgMatches, id: &str) -> Result<Permissions, Failure> {
    let typed: Vec<&str> = args.get_many::<String>(id).into_iter().flatten().map(String::as_str).collect();
    role::parse_permissions(&typed.join(",")).map_err(|why| {
        let all = role::list_permissions(role::Permission::ALL.iter().copied());
        Failure::Usage(format!("{why}; there are {all}"))
    })
}

/// The role with what the options say; what they do not name stays.
fn change_described(mut role: CustomRole, args: &ArgMatches) -> Result<CustomRole, Failure> {
    let given = |id: &str| args.get_one::<String>(id).map(String::as_str);
    if let Some(typed) = given("about") {
        role.about = CustomRole::parse_about(typed).map_err(|why| usage("the text", typed, &why))?;
    }
    role.permissions = role.permissions.and(permissions_of(args, "allow")?);
    let limit = |typed: &str| typed.replace(NONE, "");
    if let Some(typed) = given("lifetime") {
        let read = Limits::parse_duration(&limit(typed));
        role.limits.lifetime = read.map_err(|why| usage("the lifetime", typed, &why))?;
    }
    if let Some(typed) = given("idle") {
        let read = Limits::parse_duration(&limit(typed));
        role.limits.idle = read.map_err(|why| usage("the idle time", typed, &why))?;
    }
    if let Some(typed) = given("cap") {
        let read = Limits::parse_cap(&limit(typed));
        role.limits.cap = read.map_err(|why| usage("the cap", typed, &why))?;
    }
    Ok(role)
}

/// What a script gets from a change.
#[derive(Serialize)]
struct Changed<'a> {
    role: &'a RoleName,
    state: &'a str,
}

/// What a script gets from a change that was not made.
#[derive(Serialize)]
struct WouldChange<'a> {
    role: &'a RoleName,
    state: &'a str,
    dry_run: bool,
    touched: Touched,
}

async fn carry_out(
    session: &Session,
    args: &ArgMatches,
    out: &mut Output,
    change: RoleChange,
) -> Result<(), Failure> {
    let (role, state) = match &change {
        RoleChange::Create(role) => (role.name.clone(), "created"),
        RoleChange::Copy { to, .. } => (to.clone(), "created"),
        RoleChange::Edit { after, .. } => (after.name.clone(), "changed"),
        RoleChange::Delete(name) => (name.clone(), "deleted"),
    };
    let (role, roles) = (&role, session.verify().await?.roles());
    if args.get_flag("dry-run") {
        let touched = roles.preview(&change).await?;
        if args.get_flag("json") {
            return out.print(&json(&WouldChange { role, state, dry_run: true, touched })?).await;
        }
        let lines = touched.lines().join("\n");
        return out.print(&format!("{role} would be {state}; nothing was done\n{lines}\n")).await;
    }
    match change {
        RoleChange::Create(role) => roles.create(role).await?,
        RoleChange::Copy { from, to } => roles.copy(&from, &to).await?,
        RoleChange::Edit { before, after } => roles.edit(before, after).await?,
        RoleChange::Delete(name) => roles.delete(&name).await?,
    }
    if args.get_flag("json") {
        return out.print(&json(&Changed { role, state })?).await;
    }
    out.print(&format!("{role} was {state}\n")).await
}
