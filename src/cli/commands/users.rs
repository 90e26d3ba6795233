//! `users list|show|create|disable|enable|import|export`

pub mod export;
pub mod import;
pub mod list;
pub mod many;

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::users::{NewUser, UserDetail};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};

use super::args::{usage, user, word};
use super::json;
use super::when::When;

pub fn name_args(command: Command) -> Command {
    command.arg(Arg::new("name").required(true).value_name("NAME").help("The user's name"))
}

pub fn create_args(command: Command) -> Command {
    name_args(command)
        .arg(
            Arg::new("role")
                .long("role")
                .required(true)
                .action(ArgAction::Append)
                .value_name("ROLE")
                .help("admin, operator, auditor or member; may be given more than once"),
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
    out.print(&described(&found, &When::of(session))).await
}

fn described(user: &UserDetail, when: &When) -> String {
    let row = &user.row;
    let mut text = String::new();
    let _ = writeln!(text, "name          {}", row.name);
    let _ = writeln!(text, "display name  {}", row.display_name);
    let _ = writeln!(text, "roles         {}", role::list(&row.roles));
    let _ = writeln!(text, "state         {}", row.state.word());
    if let Some(disabled) = &user.disabled {
        let (at, why) = (when.ago(disabled.at), disabled.reason.as_str());
        let _ = writeln!(text, "disabled      {at} by {}: {why}", disabled.by);
    }
    let _ = writeln!(text, "created       {}", when.ago(user.created));
    let last = row.last_sign_in.map_or("never".to_owned(), |at| when.ago(at));
    let _ = writeln!(text, "last sign-in  {last}");
    let _ = writeln!(text, "failed since  {}", user.failed_sign_ins);
    if let Some(lock) = &user.lock {
        let until = lock.until.map_or("when lifted".to_owned(), |until| until.to_string());
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
    let new = new_user(args)?;
    let (name, roles) = (new.name.clone(), new.roles.clone());
    let password = session.verify().await?.users().create(new).await?;
    let text = if args.get_flag("json") {
        json(&Created { name: &name, roles: &roles, one_time_password: password.expose() })?
    } else {
        format!("{name} was created; the one-time password, shown this once, is\n{}\n", password.expose())
    };
    out.print(&text).await
}

fn new_user(args: &ArgMatches) -> Result<NewUser, Failure> {
    let typed = word(args, "name");
    let name = UserName::parse_new(typed).map_err(|why| usage("the name", typed, &why))?;
    let display_name = match args.get_one::<String>("display-name") {
        Some(typed) => DisplayName::parse(typed).map_err(|why| usage("the display name", typed, &why))?,
        None => DisplayName::from(&name),
    };
    let typed: Vec<&str> =
        args.get_many::<String>("role").into_iter().flatten().map(String::as_str).collect();
    let roles = role::parse_list(&typed.join(",")).map_err(Failure::Usage)?;
    Ok(NewUser { name, display_name, roles })
}
