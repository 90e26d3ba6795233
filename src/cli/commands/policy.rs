//! `policy show|set|reset`

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::dal::policy::{Origin, Preview, RuleRow};
use crate::domain::policy::Rule;

use super::args::word;
use super::json;
use super::rows::Rows;
use super::when::When;

pub fn show_args(command: Command) -> Command {
    command.arg(Arg::new("key").value_name("KEY").help("One rule, like session.lifetime; all without it"))
}

pub fn set_args(command: Command) -> Command {
    let value = Arg::new("value").required(true).value_name("VALUE").help("As `policy show KEY` says");
    reset_args(command).arg(value)
}

pub fn reset_args(command: Command) -> Command {
    command.arg(Arg::new("key").required(true).value_name("KEY").help("The rule, like session.lifetime")).arg(
        Arg::new("dry-run")
            .long("dry-run")
            .action(ArgAction::SetTrue)
            .help("Say what it would do, and change nothing"),
    )
}

pub async fn show(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let policy = session.verify().await?.policy();
    let is_json = args.get_flag("json");
    let Some(key) = args.get_one::<String>("key") else {
        let rows = policy.list().await?;
        let text = Rows::new(is_json, HEADING).part(&rows, |row| line(row, &When::of(session, out)), true)?;
        return out.print(&text).await;
    };
    let row = policy.get(key).await?;
    let text = if is_json { json(&row)? } else { described(&row, &When::of(session, out)) };
    out.print(&text).await
}

const HEADING: &str = "RULE                             VALUE       FROM";

fn line(row: &RuleRow, when: &When) -> String {
    let from = match &row.origin {
        Origin::Set { by, at } => format!("{by}, {}", when.minute(*at)),
        origin => origin.to_string(),
    };
    format!("{:<31}  {:<10}  {from}", row.key, row.value)
}

fn described(row: &RuleRow, when: &When) -> String {
    let mut text = String::new();
    let unit = row.unit.map_or(String::new(), |unit| format!(" {unit}"));
    let from = match &row.origin {
        Origin::Set { by, at } => format!("set by {by}, {}", when.ago(*at)),
        origin => origin.to_string(),
    };
    let _ = writeln!(text, "rule        {}", row.key);
    let _ = writeln!(text, "value       {}{unit}", row.value);
    let _ = writeln!(text, "from        {from}");
    if let Some(ignored) = &row.ignored {
        let (value, by, at) = (&ignored.value, &ignored.by, when.ago(ignored.at));
        let _ = writeln!(text, "ignored     {value}, set by {by}, {at}: not allowed any more");
    }
    let _ = writeln!(text, "configured  {}", row.configured);
    let _ = writeln!(text, "default     {}", row.default);
    let _ = writeln!(text, "allowed     {}", row.allowed);
    let _ = writeln!(text, "about       {}", row.about);
    text
}

pub async fn set(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    change(session, args, Some(word(args, "value")), out).await
}

pub async fn reset(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    change(session, args, None, out).await
}

/// What a script gets from a change.
#[derive(Serialize)]
struct Done<'a> {
    key: &'a str,
    before: &'a str,
    after: &'a str,
    ended: usize,
}

async fn change(
    session: &Session,
    args: &ArgMatches,
    to: Option<&str>,
    out: &mut Output,
) -> Result<(), Failure> {
    let (key, is_json) = (word(args, "key"), args.get_flag("json"));
    let preview = session.verify().await?.policy().preview(key, to).await?;
    if args.get_flag("dry-run") {
        let text = if is_json { json(&preview)? } else { told(&preview, "would end", to.is_none()) };
        return out.print(&text).await;
    }
    let policy = session.verify().await?.policy();
    let changed = match to {
        Some(text) => policy.set(key, text, None).await?,
        None => policy.reset(key, None).await?,
    };
    let done = Preview { before: changed.before, after: changed.row.value, ..preview };
    let text = if is_json {
        let Preview { key, before, after, would_end: ended, .. } = &done;
        json(&Done { key, before, after, ended: *ended })?
    } else {
        told(&done, "end", to.is_none())
    };
    out.print(&text).await?;
    if let Some(words) = over(&done) {
        out.error(&words).await;
    }
    Ok(())
}

/// What whoever changes a rule should hear, whatever a script does with the rest: who is sent away by it.
fn over(done: &Preview) -> Option<String> {
    let words = match (done.would_end, done.ends_own) {
        (0, _) => return None,
        (1, true) => "1 session is over because of this: the one that this command runs in".to_owned(),
        (1, false) => "1 session is over because of this".to_owned(),
        (many, true) => {
            format!("{many} sessions are over because of this, the one of this command among them")
        }
        (many, false) => format!("{many} sessions are over because of this"),
    };
    Some(words)
}

/// `session.lifetime: 12h -> 1h; 3 live sessions end`, or that it was that already.
fn told(preview: &Preview, end: &str, is_reset: bool) -> String {
    let Preview { key, before, after, would_end, .. } = preview;
    if before == after {
        let is_default = Rule::find(key).is_some_and(|rule| rule.default == after);
        let already = match (is_reset, is_default) {
            (true, true) => "the default",
            (true, false) => "as configured",
            (false, _) => "so",
        };
        return format!("{key}: {after}, already {already}\n");
    }
    let ended = match would_end {
        0 => String::new(),
        // `ends`, but `would end`.
        1 => format!("; 1 live session {}", if end == "end" { "ends" } else { end }),
        many => format!("; {many} live sessions {end}"),
    };
    format!("{key}: {before} -> {after}{ended}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(would_end: usize, ends_own: bool, after: &str) -> Preview {
        let (before, after) = ("12h".to_owned(), after.to_owned());
        Preview { key: "session.lifetime", before, after, would_end, ends_own, weakens: false }
    }

    #[test]
    fn what_changes_nothing_says_so() {
        assert_eq!(
            told(&preview(0, false, "12h"), "end", true),
            "session.lifetime: 12h, already the default\n"
        );
        assert_eq!(told(&preview(0, false, "12h"), "end", false), "session.lifetime: 12h, already so\n");
        assert_eq!(
            told(&preview(1, true, "1h"), "end", false),
            "session.lifetime: 12h -> 1h; 1 live session ends\n"
        );
    }

    #[test]
    fn whoever_is_sent_away_by_a_rule_is_counted_oneself_included() {
        let words = |count, own| over(&preview(count, own, "1h"));
        assert_eq!(words(0, false), None);
        assert_eq!(
            words(1, true).unwrap(),
            "1 session is over because of this: the one that this command runs in"
        );
        assert_eq!(
            words(3, true).unwrap(),
            "3 sessions are over because of this, the one of this command among them"
        );
        assert_eq!(words(2, false).unwrap(), "2 sessions are over because of this");
    }
}
