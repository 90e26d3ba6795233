//! The table of commands: a new command is a row here and a function in its noun's file.

mod accounts;
mod args;
mod audit;
pub mod dashboard;
mod explain;
mod help;
mod invites;
mod locks;
mod policy;
mod roles;
mod rows;
mod sessions;
mod users;
mod when;
mod whoami;

use std::future::Future;
use std::pin::Pin;

use clap::error::{ContextKind, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::dal::Session;
use crate::domain::role::Permission;

use super::exit::Failure;
use super::output::Output;

/// One command.
pub struct CommandSpec {
    /// `users list`
    pub name: &'static str,
    pub about: &'static str,
    /// Whose help names it. The check itself is the first line of what it calls, in `dal`.
    pub needs: Permission,
    args: fn(Command) -> Command,
    run: for<'a> fn(&'a Session, &'a ArgMatches, &'a mut Output) -> Running<'a>,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// Every command.
pub const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "whoami",
        about: "Who you are, what you may do, and this session",
        needs: Permission::OwnAccount,
        args: whoami::args,
        run: |session, args, out| Box::pin(whoami::run(session, args, out)),
    },
    CommandSpec {
        name: "users list",
        about: "List users, by name or by age, all or some",
        needs: Permission::ReadUsers,
        args: users::list::args,
        run: |session, args, out| Box::pin(users::list::run(session, args, out)),
    },
    CommandSpec {
        name: "users show",
        about: "Show one user",
        needs: Permission::ReadUsers,
        args: users::name_args,
        run: |session, args, out| Box::pin(users::show(session, args, out)),
    },
    CommandSpec {
        name: "users create",
        about: "Create a user and print the one-time password",
        needs: Permission::ManageUsers,
        args: users::create_args,
        run: |session, args, out| Box::pin(users::create(session, args, out)),
    },
    CommandSpec {
        name: "users disable",
        about: "Close users' accounts and sessions",
        needs: Permission::ManageUsers,
        args: users::many::disable_args,
        run: |session, args, out| Box::pin(users::many::disable(session, args, out)),
    },
    CommandSpec {
        name: "users enable",
        about: "Open disabled accounts again",
        needs: Permission::ManageUsers,
        args: users::many::names_args,
        run: |session, args, out| Box::pin(users::many::enable(session, args, out)),
    },
    CommandSpec {
        name: "users import",
        about: "Make users from a list on stdin",
        needs: Permission::ManageUsers,
        args: users::import::args,
        run: |session, args, out| Box::pin(users::import::run(session, args, out)),
    },
    CommandSpec {
        name: "users export",
        about: "Write users as a list that can be imported",
        needs: Permission::ReadUsers,
        args: users::export::args,
        run: |session, args, out| Box::pin(users::export::run(session, args, out)),
    },
    CommandSpec {
        name: "users dates",
        about: "From when and until when a user's account is valid",
        needs: Permission::ManageUsers,
        args: accounts::dates_args,
        run: |session, args, out| Box::pin(accounts::dates(session, args, out)),
    },
    CommandSpec {
        name: "users delete",
        about: "Delete a user, who can be restored for a while",
        needs: Permission::ManageUsers,
        args: accounts::delete_args,
        run: |session, args, out| Box::pin(accounts::delete(session, args, out)),
    },
    CommandSpec {
        name: "users deleted",
        about: "List the users that can be restored",
        needs: Permission::ManageUsers,
        args: accounts::deleted_args,
        run: |session, args, out| Box::pin(accounts::deleted(session, args, out)),
    },
    CommandSpec {
        name: "users restore",
        about: "Make a deleted user what it was",
        needs: Permission::ManageUsers,
        args: users::name_args,
        run: |session, args, out| Box::pin(accounts::restore(session, args, out)),
    },
    CommandSpec {
        name: "users reset-password",
        about: "Replace a forgotten password and print the one-time password",
        needs: Permission::ResetPasswords,
        args: users::name_args,
        run: |session, args, out| Box::pin(accounts::reset_password(session, args, out)),
    },
    CommandSpec {
        name: "users require-password-change",
        about: "Ask a user for a new password at the next sign-in",
        needs: Permission::ResetPasswords,
        args: users::name_args,
        run: |session, args, out| Box::pin(accounts::require_password_change(session, args, out)),
    },
    CommandSpec {
        name: "users remove-second-factor",
        about: "Help a user who lost authenticator and recovery codes",
        needs: Permission::ResetPasswords,
        args: users::name_args,
        run: |session, args, out| Box::pin(accounts::remove_second_factor(session, args, out)),
    },
    CommandSpec {
        name: "users grant",
        about: "Give a user a role for a time",
        needs: Permission::AssignRoles,
        args: users::grants::grant_args,
        run: |session, args, out| Box::pin(users::grants::grant(session, args, out)),
    },
    CommandSpec {
        name: "users ungrant",
        about: "Take a role back before its time is up",
        needs: Permission::AssignRoles,
        args: users::grants::ungrant_args,
        run: |session, args, out| Box::pin(users::grants::ungrant(session, args, out)),
    },
    CommandSpec {
        name: "roles list",
        about: "List roles and who holds them",
        needs: Permission::ReadRoles,
        args: roles::list_args,
        run: |session, args, out| Box::pin(roles::list(session, args, out)),
    },
    CommandSpec {
        name: "roles show",
        about: "Show one role",
        needs: Permission::ReadRoles,
        args: roles::name_args,
        run: |session, args, out| Box::pin(roles::show(session, args, out)),
    },
    CommandSpec {
        name: "roles create",
        about: "Make a role",
        needs: Permission::ManageRoles,
        args: roles::create_args,
        run: |session, args, out| Box::pin(roles::create(session, args, out)),
    },
    CommandSpec {
        name: "roles edit",
        about: "Change what a role gives and demands",
        needs: Permission::ManageRoles,
        args: roles::edit_args,
        run: |session, args, out| Box::pin(roles::edit(session, args, out)),
    },
    CommandSpec {
        name: "roles copy",
        about: "Make a role that is like another one",
        needs: Permission::ManageRoles,
        args: roles::copy_args,
        run: |session, args, out| Box::pin(roles::copy(session, args, out)),
    },
    CommandSpec {
        name: "roles delete",
        about: "Delete a role that nobody holds",
        needs: Permission::ManageRoles,
        args: roles::delete_args,
        run: |session, args, out| Box::pin(roles::delete(session, args, out)),
    },
    CommandSpec {
        name: "explain",
        about: "Why somebody may do something or not, or who may",
        needs: Permission::OwnAccount,
        args: explain::args,
        run: |session, args, out| Box::pin(explain::run(session, args, out)),
    },
    CommandSpec {
        name: "sessions list",
        about: "List your sessions, or everybody's",
        needs: Permission::OwnSessions,
        args: sessions::list_args,
        run: |session, args, out| Box::pin(sessions::list(session, args, out)),
    },
    CommandSpec {
        name: "sessions show",
        about: "Show one session",
        needs: Permission::OwnSessions,
        args: sessions::show_args,
        run: |session, args, out| Box::pin(sessions::show(session, args, out)),
    },
    CommandSpec {
        name: "sessions revoke",
        about: "End one session, or many",
        needs: Permission::OwnSessions,
        args: sessions::revoke_args,
        run: |session, args, out| Box::pin(sessions::revoke(session, args, out)),
    },
    CommandSpec {
        name: "sessions message",
        about: "Say something to those who are connected",
        needs: Permission::RevokeSessions,
        args: sessions::message_args,
        run: |session, args, out| Box::pin(sessions::message(session, args, out)),
    },
    CommandSpec {
        name: "invites create",
        about: "Invite somebody and print the code",
        needs: Permission::ManageInvites,
        args: invites::create_args,
        run: |session, args, out| Box::pin(invites::create(session, args, out)),
    },
    CommandSpec {
        name: "invites list",
        about: "List invites that can be used",
        needs: Permission::ReadInvites,
        args: invites::list_args,
        run: |session, args, out| Box::pin(invites::list(session, args, out)),
    },
    CommandSpec {
        name: "invites show",
        about: "Show one invite, and who used it",
        needs: Permission::ReadInvites,
        args: invites::id_args,
        run: |session, args, out| Box::pin(invites::show(session, args, out)),
    },
    CommandSpec {
        name: "invites revoke",
        about: "Take an invite back",
        needs: Permission::ManageInvites,
        args: invites::id_args,
        run: |session, args, out| Box::pin(invites::revoke(session, args, out)),
    },
    CommandSpec {
        name: "locks list",
        about: "List what is closed after too many failures",
        needs: Permission::ReadUsers,
        args: locks::list_args,
        run: |session, args, out| Box::pin(locks::list(session, args, out)),
    },
    CommandSpec {
        name: "locks lift",
        about: "Let a user or an address in again",
        needs: Permission::LiftLocks,
        args: locks::lift_args,
        run: |session, args, out| Box::pin(locks::lift(session, args, out)),
    },
    CommandSpec {
        name: "policy show",
        about: "Show the rules in force, or one of them",
        needs: Permission::ReadPolicy,
        args: policy::show_args,
        run: |session, args, out| Box::pin(policy::show(session, args, out)),
    },
    CommandSpec {
        name: "policy set",
        about: "Set a rule, at once and for everybody",
        needs: Permission::ManagePolicy,
        args: policy::set_args,
        run: |session, args, out| Box::pin(policy::set(session, args, out)),
    },
    CommandSpec {
        name: "policy reset",
        about: "Let what is configured hold again",
        needs: Permission::ManagePolicy,
        args: policy::reset_args,
        run: |session, args, out| Box::pin(policy::reset(session, args, out)),
    },
    CommandSpec {
        name: "audit list",
        about: "List what happened, newest first, all or some",
        needs: Permission::ReadAudit,
        args: audit::list_args,
        run: |session, args, out| Box::pin(audit::list(session, args, out)),
    },
    CommandSpec {
        name: "audit show",
        about: "Show one event, with what was before and after",
        needs: Permission::ReadAudit,
        args: audit::show_args,
        run: |session, args, out| Box::pin(audit::show(session, args, out)),
    },
    CommandSpec {
        name: "dashboard",
        about: "Open the dashboard; --plain reads it line by line",
        needs: Permission::OwnAccount,
        args: dashboard::args,
        run: dashboard::run,
    },
    CommandSpec {
        name: "help",
        about: "List the commands that you may use, or explain one",
        needs: Permission::OwnAccount,
        args: help::args,
        run: help::run,
    },
];

/// The commands that read what comes in.
const READERS: &[&str] = &["users import", "users disable", "users enable"];

/// Finds the command and runs it.
pub async fn run(session: &Session, words: &[String], out: &mut Output) -> Result<(), Failure> {
    let Some(spec) = COMMANDS.iter().find(|spec| spec.is_named_by(words)) else {
        return Err(asked_for_help(words).map_or_else(|| Failure::Usage(unknown(words)), Failure::Help));
    };
    let args = spec.parser().try_get_matches_from(words.iter().skip(spec.words().count()));
    match args {
        Ok(args) => {
            let _running = session.runs(spec.name);
            if !READERS.contains(&spec.name) {
                out.close_input();
            }
            (spec.run)(session, &args, out).await
        }
        Err(error) if error.use_stderr() => Err(Failure::Usage(explain(&error))),
        Err(help) => Err(Failure::Help(help.to_string())),
    }
}

impl CommandSpec {
    fn is_named_by(&self, words: &[String]) -> bool {
        words.len() >= self.words().count() && self.words().zip(words).all(|(own, word)| own == word)
    }

    fn words(&self) -> impl Iterator<Item = &'static str> {
        self.name.split(' ')
    }

    /// The parser of what stands behind the command's own words. It never exits the process.
    fn parser(&self) -> Command {
        let command =
            Command::new(self.name).about(self.about).no_binary_name(true).term_width(80).arg(json_arg());
        (self.args)(command)
    }

    /// What `--help` says.
    fn help(&self) -> String {
        match self.parser().try_get_matches_from(["--help"]) {
            Ok(_) => String::new(),
            Err(help) => help.to_string(),
        }
    }

    /// `users list [OPTIONS]`
    pub fn usage(&self) -> String {
        let usage = self.parser().render_usage().to_string();
        usage.trim_start_matches("Usage: ").to_owned()
    }
}

fn json_arg() -> Arg {
    Arg::new("json").long("json").action(ArgAction::SetTrue).help("Print JSON and nothing else")
}

/// `users --help`: which commands of a noun there are.
fn asked_for_help(words: &[String]) -> Option<String> {
    let (last, noun) = words.split_last()?;
    let is_help = matches!(last.as_str(), "--help" | "-h") && !noun.is_empty();
    is_help.then(|| help::about(noun)).flatten()
}

fn unknown(words: &[String]) -> String {
    let typed = crate::domain::text::shown(&words.join(" "), 64);
    match words.first().filter(|noun| COMMANDS.iter().any(|spec| spec.words().next() == Some(noun))) {
        _ if words.is_empty() => "no command was given; try `help`".to_owned(),
        Some(noun) => format!("there is no command `{typed}`; try `help {noun}`"),
        None => format!("there is no command `{typed}`; try `help`"),
    }
}

fn explain(error: &clap::Error) -> String {
    let text = error.to_string();
    let shown: Vec<String> = text
        .trim_start_matches("error: ")
        .lines()
        .map(|line| crate::domain::text::shown(line, 200))
        .collect();
    let hint = if is_a_word_too_many(error) { LOST_QUOTES } else { "" };
    shown.join("\n") + hint
}

/// The shell in front of `ssh` takes one pair of quotes away.
const LOST_QUOTES: &str =
    "\nA text of several words needs quotes that reach the server: ssh HOST 'COMMAND --text \"two words\"'";

fn is_a_word_too_many(error: &clap::Error) -> bool {
    let word = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    error.kind() == ErrorKind::UnknownArgument && word.is_some_and(|word| !word.starts_with('-'))
}

/// A value as one line of JSON.
fn json<T: serde::Serialize>(value: &T) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(|error| {
        tracing::error!(%error, "json");
        Failure::Dal(crate::dal::DalError::Unavailable)
    })?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_parser_is_well_formed() {
        for spec in COMMANDS {
            spec.parser().debug_assert();
            assert!(spec.usage().starts_with(spec.name), "{}", spec.usage());
        }
    }

    #[test]
    fn lost_quotes_are_explained() {
        let spec = COMMANDS.iter().find(|spec| spec.name == "sessions message").unwrap();
        let told = |line: &str| explain(&spec.parser().try_get_matches_from(line.split(' ')).unwrap_err());
        assert!(told("--all --text maintenance at noon").ends_with(LOST_QUOTES));
        assert!(!told("--all --text noon --at").contains(LOST_QUOTES));
    }

    /// `users --help` was no such command, and `help users` no way to ask.
    #[test]
    fn a_noun_explains_its_commands_and_a_command_itself() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let users = help::about(&words("users")).unwrap();
        assert!(
            users.contains("users enable [OPTIONS] <NAME>") && !users.contains("sessions list"),
            "{users}"
        );
        assert_eq!(asked_for_help(&words("users --help")).unwrap(), users);
        let list = help::about(&words("users list")).unwrap();
        assert!(list.contains("--prefix <TEXT>") && list.contains("1 or more"), "{list}");
        assert!(help::about(&words("whoami")).unwrap().starts_with("Who you are"));
        let message = help::about(&words("sessions message")).unwrap();
        assert!(message.contains("at most 200 characters"), "{message}");
        for nothing in ["user", "users list more", "--help"] {
            assert_eq!(help::about(&words(nothing)).or(asked_for_help(&words(nothing))), None, "{nothing}");
        }
        assert!(unknown(&words("users lst")).ends_with("try `help users`"));
    }

    #[test]
    fn no_command_hides_another() {
        for (index, spec) in COMMANDS.iter().enumerate() {
            let words: Vec<String> = spec.words().map(ToOwned::to_owned).collect();
            let found = COMMANDS.iter().position(|other| other.is_named_by(&words));
            assert_eq!(found, Some(index));
        }
    }
}
