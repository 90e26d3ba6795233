//! `dashboard`: not run here but on a channel of its own, which asks for it by [`asked`].

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;

use super::Running;

/// The dashboard that a command line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Read line by line, whatever the terminal can do.
    pub is_plain: bool,
}

pub fn args(command: Command) -> Command {
    let help = "Read it line by line: for screen readers and simple terminals";
    let command = command.mut_arg("json", |json| json.hide(true));
    command.arg(Arg::new("plain").long("plain").action(ArgAction::SetTrue).help(help))
}

/// Whether these words, with nothing wrong in them, ask for the dashboard.
pub fn asked(words: &[String]) -> Option<Asked> {
    match words {
        [name] if name == "dashboard" => Some(Asked { is_plain: false }),
        [name, flag] if name == "dashboard" && flag == "--plain" => Some(Asked { is_plain: true }),
        _ => None,
    }
}

/// What is left to say: only a line that [`asked`] does not know comes here.
pub fn run<'a>(_session: &'a Session, _args: &'a ArgMatches, _out: &'a mut Output) -> Running<'a> {
    let why = "the dashboard is for people: it takes --plain, and nothing else";
    Box::pin(std::future::ready(Err(Failure::Usage(why.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_line_without_a_mistake_opens_the_dashboard() {
        let asked = |line: &str| asked(&line.split(' ').map(ToOwned::to_owned).collect::<Vec<_>>());
        assert_eq!(asked("dashboard"), Some(Asked { is_plain: false }));
        assert_eq!(asked("dashboard --plain"), Some(Asked { is_plain: true }));
        assert_eq!(asked("dashboard --plane"), None);
        assert_eq!(asked("users list"), None);
    }
}
