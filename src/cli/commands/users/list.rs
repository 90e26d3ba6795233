//! `users list`, and the filters that it shares with the export.

use clap::{Arg, ArgMatches, Command};

use crate::cli::commands::args::{limit, limit_arg, usage, word};
use crate::cli::commands::rows::Rows;
use crate::cli::commands::when::When;
use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::users::{LastSignIn, MAX_ROWS, UserQuery, UserRow, UserSort, UserState};
use crate::domain::role::{self, RoleName};
use crate::domain::time::NEVER;

pub fn args(command: Command) -> Command {
    filters(command)
        .arg(
            Arg::new("sort")
                .long("sort")
                .value_name("ORDER")
                .default_value("name")
                .allow_hyphen_values(true)
                .help("name; created, the oldest first; or -created, the newest"),
        )
        .arg(
            Arg::new("after")
                .long("after")
                .value_name("NAME")
                .help("Only names behind this one; with --sort name"),
        )
        .arg(limit_arg())
}

/// The arguments that say whom one means.
pub fn filters(command: Command) -> Command {
    let word = |id: &'static str, long: &'static str, value: &'static str, help: &'static str| {
        Arg::new(id).long(long).value_name(value).help(help)
    };
    command
        .arg(word("prefix", "prefix", "TEXT", "Only names that begin with this"))
        .arg(word("role", "role", "ROLE", "Only those who have this role now"))
        .arg(word("state", "state", "STATE", "enabled, pending, disabled, suspended, not-yet or expired"))
        .arg(
            word("second-factor", "second-factor", "YES|NO", "Only those who have one, or who have none")
                .value_parser(["yes", "no"]),
        )
        .arg(word(
            "last-sign-in",
            "last-sign-in",
            "WHEN",
            "never, older:30d (once, but not for 30 days) or since:7d (within 7 days); h for hours",
        ))
}

/// Whom they mean.
pub fn query(args: &ArgMatches) -> Result<UserQuery, Failure> {
    let given = |id: &str| args.get_one::<String>(id);
    let role =
        given("role").map(|typed| RoleName::parse(typed).map_err(|why| usage("the role", typed, &why)));
    let state = given("state").map(|typed| {
        let words: Vec<_> = UserState::ALL.iter().map(|state| state.word().replace(' ', "-")).collect();
        let why = format!("is no state; there are {}", words.join(", "));
        UserState::find(typed).ok_or_else(|| usage("the state", typed, &why))
    });
    let seen = given("last-sign-in")
        .map(|typed| LastSignIn::parse(typed).map_err(|why| usage("the last sign-in", typed, &why)));
    Ok(UserQuery {
        prefix: given("prefix").cloned().unwrap_or_default(),
        role: role.transpose()?,
        state: state.transpose()?,
        seen: seen.transpose()?,
        second_factor: given("second-factor").map(|word| word == "yes"),
        limit: MAX_ROWS,
        ..UserQuery::default()
    })
}

/// Streams the list page by page: its length costs the reader time, and the server nothing.
pub async fn run(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let mut query = query(args)?;
    let typed = word(args, "sort");
    let orders = "is no order; there are name, created, -created";
    query.sort = UserSort::parse(typed).ok_or_else(|| usage("the order", typed, &orders))?;
    query.after = args.get_one::<String>("after").cloned();
    if query.after.is_some() && query.sort != UserSort::Name {
        return Err(Failure::Usage("--after is a name, and goes with --sort name".to_owned()));
    }
    let list = Rows::new(args.get_flag("json"), HEADING);
    let when = When::of(session, out);
    let page = |after: Option<String>, rows: usize| {
        let after = after.or_else(|| query.after.clone());
        let query = UserQuery { after, limit: rows.min(MAX_ROWS), ..query.clone() };
        async move { session.verify().await?.users().list(query).await }
    };
    list.stream(limit(args), out, page, |row| line(row, &when)).await
}

const HEADING: &str =
    "NAME                              STATE      ROLES             LAST SIGN-IN            DISPLAY NAME";

fn line(row: &UserRow, when: &When) -> String {
    let last = row.last_sign_in.map_or(NEVER.to_owned(), |at| when.minute(at));
    let (name, roles) = (row.name.to_string(), role::list(&row.roles));
    let (state, display, width) = (row.state.word(), &row.display_name, When::WIDTH);
    format!("{name:<32}  {state:<9}  {roles:<16}  {last:<width$}  {display}")
}
