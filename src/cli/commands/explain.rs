//! `explain`

use std::fmt::Write as _;

use clap::{Arg, ArgMatches, Command};

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::roles::RoleHolders;
use crate::domain::role::{self, Permission};
use crate::domain::text;

use super::args::{user, word};
use super::json;
use super::when::When;

pub fn args(command: Command) -> Command {
    command
        .arg(
            Arg::new("user")
                .required(true)
                .value_name("USER")
                .help("Whom it is about; without one, everybody"),
        )
        .arg(Arg::new("permission").value_name("PERMISSION").help("What it is about, like read-users"))
        .override_usage("explain [OPTIONS] [USER] <PERMISSION>")
}

pub async fn run(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let Some(typed) = args.get_one::<String>("permission") else {
        return holders(session, permission(word(args, "user"))?, args, out).await;
    };
    let (name, permission) = (user(word(args, "user"))?, permission(typed)?);
    let explained = session.verify().await?.roles().explain(&name, permission).await?;
    if args.get_flag("json") {
        return out.print(&json(&explained)?).await;
    }
    let when = When::of(session, out);
    out.print(&format!("{}\n", explained.words(|at| when.ahead(at)))).await
}

fn permission(typed: &str) -> Result<Permission, Failure> {
    Permission::find(typed).ok_or_else(|| {
        let all = role::list_permissions(Permission::ALL.iter().copied());
        Failure::Usage(format!("there is no permission {}; there are {all}", text::shown(typed, 32)))
    })
}

async fn holders(
    session: &Session,
    permission: Permission,
    args: &ArgMatches,
    out: &mut Output,
) -> Result<(), Failure> {
    let holders = session.verify().await?.roles().holders(permission).await?;
    if args.get_flag("json") {
        return out.print(&json(&holders)?).await;
    }
    let mut text = format!("{permission}: {}\n", permission.about());
    for row in &holders {
        let _ = writeln!(text, "{}", line(row));
    }
    out.print(&text).await
}

fn line(row: &RoleHolders) -> String {
    let names: Vec<&str> = row.names.iter().map(crate::domain::name::UserName::as_str).collect();
    let rest = row.held_by - names.len();
    let more = if row.held_by_more { "+" } else { "" };
    let who = match (row.held_by, rest) {
        (0, _) => "nobody".to_owned(),
        (_, 0) => names.join(", "),
        (all, _) if names.is_empty() => format!("{all}{more} users"),
        _ => format!("{} and {rest}{more} more", names.join(", ")),
    };
    format!("{:<16}  {who}", row.role)
}
