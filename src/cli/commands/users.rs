//! `users list|show|create|disable|enable|grant|ungrant|import|export`; the rest of an account's life is in
//! [`accounts`](super::accounts).

pub mod export;
pub mod grants;
pub mod import;
pub mod list;
pub mod many;

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::locks::WHEN_LIFTED;
use crate::dal::users::{Dates, NewUser, UserDetail};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};
use crate::domain::time::NEVER;

use super::accounts::{dates_of, new_dates_args};
use super::args::{usage, user, word};
use super::json;
use super::when::When;

pub fn name_args(command: Command) -> Command {
    command.arg(Arg::new("name").required(true).value_name("NAME").help("The user's name"))
}

pub fn create_args(command: Command) -> Command {
    new_dates_args(name_args(command))
        .arg(
            Arg::new("role").long("role").required(true).action(ArgAction::Append).value_name("ROLE").help(
                "admin, operator, auditor, member, or one that was made here; may be given more than once",
            ),
        )
        .arg(
            Arg::new("display-name")
                .long("display-name")
                .value_name("TEXT")
                .help(format!("The name that people read; at most {} characters", DisplayName::MAX_CHARS)),
        )
}

pub async fn show(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let name = user(word(args, "name"))?;
    let found = session.verify().await?.users().get(&name).await?;
    if args.get_flag("json") {
        return out.print(&json(&found)?).await;
    }
    out.print(&described(&found, &When::of(session, out))).await
}

fn described(user: &UserDetail, when: &When) -> String {
    let row = &user.row;
    let mut text = String::new();
    let _ = writeln!(text, "name          {}", row.name);
    let _ = writeln!(text, "display name  {}", row.display_name);
    let _ = writeln!(text, "roles         {}", role::list(&row.roles));
    let _ = writeln!(text, "state         {}", row.state.word());
    for grant in &row.grants {
        let _ =
            writeln!(text, "for a time    {} until {}, by {}", grant.role, when.ahead(grant.until), grant.by);
    }
    if let Some(disabled) = &user.disabled {
        let (at, why) = (when.ago(disabled.at), disabled.reason.as_str());
        let _ = writeln!(text, "disabled      {at} by {}: {why}", disabled.by);
        if let Some(until) = disabled.until {
            let _ = writeln!(text, "enabled       {}", when.ahead(until));
        }
    }
    if let Some(begins) = user.begins {
        let _ = writeln!(text, "valid from    {}", when.ahead(begins));
    }
    if let Some(expires) = user.expires {
        let _ = writeln!(text, "valid until   {}", when.either(expires));
    }
    if user.must_renew_password {
        let _ = writeln!(text, "password      to be replaced at the next sign-in");
    }
    if let Some(since) = user.second_factor_since {
        let _ = writeln!(text, "second factor {}", when.ago(since));
    }
    let _ = writeln!(text, "created       {}", when.ago(user.created));
    let last = row.last_sign_in.map_or(NEVER.to_owned(), |at| when.ago(at));
    let _ = writeln!(text, "last sign-in  {last}");
    let _ = writeln!(text, "failed tries  {}", user.failed_sign_ins);
    if let Some(lock) = &user.lock {
        let until = lock.until.map_or(WHEN_LIFTED.to_owned(), |until| when.ahead(until));
        let _ = writeln!(text, "locked        {} failures in a row; opens {until}", lock.failures);
    }
    text
}

/// What a script gets from `users create --json`.
#[derive(Serialize)]
struct Created<'a> {
    name: &'a UserName,
    roles: &'a [RoleName],
    one_time_password: &'a str,
}

pub async fn create(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let new = new_user(args, dates_of(session, args, Dates::default())?)?;
    let (name, roles) = (new.name.clone(), new.roles.clone());
    let password = session.verify().await?.users().create(new).await?;
    let text = if args.get_flag("json") {
        json(&Created { name: &name, roles: &roles, one_time_password: password.expose() })?
    } else {
        format!("{name} was created; the one-time password, shown once, is\n{}\n", password.expose())
    };
    out.print(&text).await
}

fn new_user(args: &ArgMatches, dates: Dates) -> Result<NewUser, Failure> {
    let typed = word(args, "name");
    let name = UserName::parse_new(typed).map_err(|why| usage("the name", typed, &why))?;
    let display_name = match args.get_one::<String>("display-name") {
        Some(typed) => DisplayName::parse(typed).map_err(|why| usage("the display name", typed, &why))?,
        None => DisplayName::from(&name),
    };
    let typed: Vec<&str> =
        args.get_many::<String>("role").into_iter().flatten().map(String::as_str).collect();
    let roles = role::parse_list(&typed.join(",")).map_err(Failure::Usage)?;
    Ok(NewUser { name, display_name, roles, dates })
}

/// What a script gets from a change.
#[derive(Serialize)]
struct Changed<'a> {
    name: &'a UserName,
    state: &'a str,
}

pub async fn changed(
    args: &ArgMatches,
    out: &mut Output,
    name: &UserName,
    state: &str,
) -> Result<(), Failure> {
    let text =
        if args.get_flag("json") { json(&Changed { name, state })? } else { format!("{name} is {state}\n") };
    out.print(&text).await
}
