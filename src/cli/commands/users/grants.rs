//! `users grant|ungrant`: roles for a time.

use clap::{Arg, ArgMatches, Command};
use serde::Serialize;

use crate::cli::commands::args::{self, usage, user, word};
use crate::cli::commands::json;
use crate::cli::commands::when::When;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::domain::moment;
use crate::domain::name::UserName;
use crate::domain::role::RoleName;
use crate::domain::time::Timestamp;

use super::name_args;

fn role_arg() -> Arg {
    Arg::new("role").required(true).value_name("ROLE").help("The role's name")
}

pub fn grant_args(command: Command) -> Command {
    name_args(command).arg(role_arg()).arg(
        Arg::new("until")
            .long("until")
            .required(true)
            .value_name("TIME")
            .help("A time from now, like 2h, or a point in time; at most 30 days ahead"),
    )
}

pub fn ungrant_args(command: Command) -> Command {
    name_args(command).arg(role_arg())
}

/// What a script gets from a role for a time.
#[derive(Serialize)]
struct Granted<'a> {
    name: &'a UserName,
    role: &'a RoleName,
    /// Until when; absent for one that was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
}

pub async fn grant(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (name, role) = (user(word(args, "name"))?, args::role(word(args, "role"))?);
    let typed = word(args, "until");
    let zone = session.claims().preferences.zone.clone().unwrap_or_default();
    let until = moment::parse(typed, &zone, session.dal().now());
    let until = until.map_err(|why| usage("the time", typed, &why))?;
    session.verify().await?.users().grant(&name, &role, until).await?;
    if args.get_flag("json") {
        return out.print(&json(&Granted { name: &name, role: &role, until: Some(until) })?).await;
    }
    let until = When::of(session, out).ahead(until);
    out.print(&format!("{name} is {role} until {until}\n")).await
}

pub async fn ungrant(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (name, role) = (user(word(args, "name"))?, args::role(word(args, "role"))?);
    session.verify().await?.users().ungrant(&name, &role).await?;
    if args.get_flag("json") {
        return out.print(&json(&Granted { name: &name, role: &role, until: None })?).await;
    }
    out.print(&format!("{name} is no longer {role}\n")).await
}
