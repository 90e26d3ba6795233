//! `whoami`

use std::fmt::Write as _;

use clap::{ArgMatches, Command};

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::Session;
use crate::domain::role;

use super::json;
use super::when::When;

pub fn args(command: Command) -> Command {
    command
}

pub async fn run(session: &Session, args: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let profile = session.verify().await?.account().profile().await?;
    if args.get_flag("json") {
        return out.print(&json(&profile)?).await;
    }
    let may: Vec<&str> = profile.permissions.iter().map(|permission| permission.name()).collect();
    let mut text = String::new();
    let _ = writeln!(text, "user     {}", profile.name);
    let _ = writeln!(text, "name     {}", profile.display_name);
    let _ = writeln!(text, "roles    {}", role::list(&profile.roles));
    for grant in &profile.grants {
        let until = When::of(session, out).ahead(grant.until);
        let _ = writeln!(text, "until    {}: {until}, by {}", grant.role, grant.by);
    }
    let _ = writeln!(text, "may      {}", may.join(", "));
    let _ = writeln!(text, "factor   {}", profile.second_factor);
    let _ = writeln!(text, "session  {} from {}", profile.session.handle, profile.session.visitor.address);
    let _ = writeln!(text, "ends     {}", When::of(session, out).ahead(profile.session.expires));
    for news in session.claims().before.news_of_the_factor() {
        let _ = writeln!(text, "news     {news}");
    }
    out.print(&text).await
}
