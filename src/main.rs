//! The host program: arguments, then configuration, then the log, then the server.
//!
//! It decides nothing. What may be configured stands in [`passholder::config::KNOBS`]; what a
//! server does, in [`passholder::server`].

use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use passholder::config::{self, ConfigErrors, Flags, Reloader};
use passholder::dal::Recovery;
use passholder::dal::fsck::Findings;
use passholder::domain::name::{NameError, UserName};
use passholder::logging::{self, LogFormat, LogLevel};
use passholder::server;
use passholder::server::ServeError;

/// A session manager that people reach with nothing but ssh.
///
/// Accounts, sessions, roles and an audit trail, on a full-screen dashboard and as commands, behind
/// one SSH port.
#[derive(Debug, Parser)]
#[command(name = "passholder", version, arg_required_else_help = true)]
#[command(max_term_width = 100, after_help = AFTER_HELP)]
struct Host {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server, until SIGTERM or Ctrl-C; SIGHUP reads the configuration again
    #[command(after_help = AFTER_HELP)]
    Serve(Flags),
    /// Run a throw-away server full of people who do not exist, to look around in
    ///
    /// 500 made-up people, sessions, failed sign-ins and the last day's numbers, in memory only: nothing
    /// is read from or written to the disk, no configuration counts, and everything is gone when it ends.
    /// Prints a password for each built-in role.
    #[command(after_help = DEMO_HELP)]
    Demo {
        #[arg(
            long,
            value_name = "ADDRESS",
            default_value = "127.0.0.1:2222",
            help = "Listen on this address and port; port 0 is a free one"
        )]
        listen: std::net::SocketAddr,
    },
    /// Let an administrator in again who cannot sign in; the server must be stopped
    ///
    /// Prints a one-time code, opens the account again if it was closed, and removes its second factor. Where no
    /// administrator is left, --new-admin makes one. What is done stands in the audit trail, as done on the host.
    #[command(after_help = RECOVER_HELP, group = clap::ArgGroup::new("whom").required(true))]
    Recover {
        #[arg(long, value_name = "NAME", group = "whom", help = "An administrator that there is")]
        user: Option<String>,
        #[arg(long, value_name = "NAME", group = "whom", help = "One to be made, where none is left")]
        new_admin: Option<String>,
        #[command(flatten)]
        flags: Flags,
    },
    /// Check that the data agree with themselves; the server must be stopped
    ///
    /// Every account with its lists, every session with its. Changes nothing, and names each problem by its
    /// key in the store.
    #[command(after_help = FSCK_HELP)]
    Fsck(Flags),
    /// Say what the configuration is and where each value comes from, or all that is wrong with it
    #[command(after_help = AFTER_HELP)]
    CheckConfig(Flags),
}

const DEMO_HELP: &str = "\
Examples:
  passholder demo                             on this machine only
  passholder demo --listen 127.0.0.1:0        on a free port

Ends with Ctrl-C or SIGTERM. Exit status: 0 all is well, 1 the server failed, 2 the arguments are wrong.";

const RECOVER_HELP: &str = "\
Examples:
  passholder recover --user admin
  passholder recover --new-admin rescue --data /var/lib/passholder

Exit status: 0 all is well, 1 nothing was changed, 2 the arguments are wrong.";

const FSCK_HELP: &str = "\
Examples:
  passholder fsck
  passholder fsck --data /var/lib/passholder

Exit status: 0 nothing is wrong, 1 something is, or it could not be checked, 2 the arguments are wrong.";

const AFTER_HELP: &str = "\
Configuration:
  A flag wins over the environment, that over the file, that over the default.
  In the environment, ssh.login_grace is PASSHOLDER_SSH_LOGIN_GRACE.
  `passholder check-config` lists all keys.

Examples:
  passholder serve                 on this machine only; ./passholder-data
  ssh -p 2222 admin@127.0.0.1      the dashboard
  ssh -p 2222 admin@127.0.0.1 users list --json
  passholder serve --listen 0.0.0.0:2222 --config /etc/passholder.toml
  passholder check-config --config /etc/passholder.toml
  passholder demo                  a made-up house to look around in
  passholder recover --user admin  a way back in, with the server stopped
  passholder fsck                  whether the data agree; the server stopped

Exit status:
  0 all is well, 1 the server failed, 2 the arguments or the configuration are
  wrong.";

/// Why the program ends without having done what it was asked.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot protect this process: {0}")]
    Harden(#[from] io::Error),
    #[error(transparent)]
    Arguments(#[from] clap::Error),
    #[error("the name {0}")]
    Name(NameError),
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    #[error("cannot start the log: {0}")]
    Log(#[from] tracing_subscriber::util::TryInitError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(
        "problems: {count}, in {accounts} accounts and {sessions} sessions; keep a copy of the folder, and restore a backup"
    )]
    Problems { count: u64, accounts: u64, sessions: u64 },
}

fn main() -> ExitCode {
    let done = harden().map_err(Failure::from).and_then(|()| run(Host::try_parse()?.command));
    done.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(flags) => serve(flags),
        Command::Demo { listen } => {
            logging::init(LogLevel::Warn, LogFormat::Text)?;
            Ok(server::demo::run(listen)?)
        }
        Command::Recover { user, new_admin, flags } => {
            let config = config::load(&flags, std::env::vars_os())?.config;
            logging::init(LogLevel::Warn, config.log_format)?;
            print(server::recover(&config, whom(user.as_deref(), new_admin.as_deref())?)?);
            Ok(())
        }
        Command::Fsck(flags) => {
            let config = config::load(&flags, std::env::vars_os())?.config;
            logging::init(LogLevel::Warn, config.log_format)?;
            check(&server::fsck(&config)?)
        }
        Command::CheckConfig(flags) => {
            let resolved = config::load(&flags, std::env::vars_os())?;
            print(format_args!("{resolved}configuration is valid\n"));
            Ok(())
        }
    }
}

/// Says what was found.
fn check(found: &Findings) -> Result<(), Failure> {
    for problem in &found.problems {
        print(format_args!("{problem}\n"));
    }
    let (accounts, sessions) = (found.accounts, found.sessions);
    if found.count > 0 {
        return Err(Failure::Problems { count: found.count, accounts, sessions });
    }
    print(format_args!("nothing is wrong with {accounts} accounts and {sessions} sessions\n"));
    Ok(())
}

fn whom(user: Option<&str>, new_admin: Option<&str>) -> Result<Recovery, Failure> {
    let named = |why: NameError| Failure::Name(why);
    match (user, new_admin) {
        (_, Some(name)) => UserName::parse_new(name).map(Recovery::NewAdministrator).map_err(named),
        (name, None) => UserName::parse(name.unwrap_or_default()).map(Recovery::Administrator).map_err(named),
    }
}

fn serve(flags: Flags) -> Result<(), Failure> {
    let resolved = config::load(&flags, std::env::vars_os())?;
    let log = logging::init(resolved.config.log, resolved.config.log_format)?;
    let reloader = Reloader::new(flags, resolved.clone());
    let reload = move || reloader.reload(std::env::vars_os());
    Ok(server::run(resolved, &reload, &log)?)
}

/// Keeps what this process writes and remembers from everybody else, before it writes or knows
/// anything: files are for their owner only, and memory never becomes a core dump.
fn harden() -> io::Result<()> {
    use rustix::fs::Mode;
    use rustix::process::{Resource, Rlimit, setrlimit, umask};

    umask(Mode::RWXG | Mode::RWXO);
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // Also closes /proc/PID/mem and ptrace to others of the same user; the limit alone does not
    // stop a core that is piped to a handler.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

impl Failure {
    /// Tells the person at the terminal, and gives the exit status.
    fn report(&self) -> ExitCode {
        match self {
            // Asking for help is no failure.
            Self::Arguments(asked) if !asked.use_stderr() => {
                print(asked.render());
                return ExitCode::SUCCESS;
            }
            Self::Arguments(error) => {
                let text = error.render().to_string();
                match text.strip_prefix("error: ") {
                    Some(message) => complain(message.trim_end()),
                    // Help that nobody asked for, because nothing was asked at all.
                    None => drop(io::stderr().write_all(text.as_bytes())),
                }
            }
            Self::Config(errors) => errors.iter().for_each(complain),
            Self::Name(_) | Self::Harden(_) | Self::Log(_) | Self::Serve(_) | Self::Problems { .. } => {
                complain(self);
            }
        }
        match self {
            Self::Arguments(_) | Self::Name(_) | Self::Config(_) => ExitCode::from(2),
            Self::Harden(_) | Self::Log(_) | Self::Serve(_) | Self::Problems { .. } => ExitCode::FAILURE,
        }
    }
}

/// Writes to standard output; a reader who has left (`| head`) is no error.
fn print(text: impl Display) {
    let _ = write!(io::stdout(), "{text}");
}

fn complain(message: impl Display) {
    let _ = writeln!(io::stderr(), "passholder: {message}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_arguments_are_well_formed() {
        Host::command().debug_assert();
    }

    #[test]
    fn the_help_names_the_environment() {
        let help = Host::try_parse_from(["passholder", "serve", "--help"]).unwrap_err().to_string();
        // Lines break anywhere.
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in ["--listen <ADDRESS>", "[env: PASSHOLDER_LISTEN]", "127.0.0.1:2222", "PASSHOLDER_CONFIG"]
        {
            assert!(help.contains(word), "{word}: {help}");
        }
    }

    /// An example was wider than a terminal, and its end stood at the left margin.
    #[test]
    fn what_is_laid_out_by_hand_fits_into_a_terminal() {
        assert_eq!(AFTER_HELP.lines().find(|line| line.chars().count() > 78), None);
    }

    #[test]
    fn without_a_command_there_is_help_and_status_2() {
        let error = Host::try_parse_from(["passholder"]).unwrap_err();
        assert!(error.use_stderr() && error.to_string().contains("check-config"), "{error}");
    }

    #[test]
    fn a_value_is_judged_with_the_others_and_not_by_the_parser() {
        let host = Host::try_parse_from(["passholder", "check-config", "--listen", "nowhere"]).unwrap();
        assert!(
            matches!(host.command, Command::CheckConfig(flags) if flags.listen.as_deref() == Some("nowhere"))
        );
    }
}
