//! Arguments that several commands take, and what is read from them.

use clap::{Arg, ArgMatches, value_parser};

use crate::cli::exit::Failure;
use crate::dal::DalError;
use crate::domain::id::Handle;
use crate::domain::name::UserName;
use crate::domain::role::RoleName;
use crate::domain::text;

/// `--limit N`; read by [`limit`].
pub fn limit_arg() -> Arg {
    Arg::new("limit")
        .long("limit")
        .value_name("N")
        .value_parser(value_parser!(u64).range(1..))
        .help("At most so many, 1 or more; all without it")
}

/// How many rows may still be printed.
pub fn limit(args: &ArgMatches) -> u64 {
    args.get_one("limit").copied().unwrap_or(u64::MAX)
}

/// An argument that is always there, or the empty one.
pub fn word<'a>(args: &'a ArgMatches, id: &str) -> &'a str {
    args.get_one::<String>(id).map_or("", String::as_str)
}

/// A name that an account could have. What could not be one does not exist.
pub fn user(typed: &str) -> Result<UserName, Failure> {
    UserName::parse(typed).map_err(|_| absent("user", typed))
}

/// A handle that a session could have. What could not be one does not exist.
pub fn handle(typed: &str) -> Result<Handle, Failure> {
    Handle::parse(typed).map_err(|_| absent("session", typed))
}

/// A name that a role could have. What could not be one does not exist.
pub fn role(typed: &str) -> Result<RoleName, Failure> {
    RoleName::parse(typed).map_err(|_| absent("role", typed))
}

fn absent(what: &str, typed: &str) -> Failure {
    DalError::NotFound { what: format!("{what} {}", text::shown(typed, 32)) }.into()
}

/// What is wrong with what was typed.
pub fn usage(what: &str, typed: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::Usage(format!("{what} \"{}\" {why}", text::shown(typed, 64)))
}
