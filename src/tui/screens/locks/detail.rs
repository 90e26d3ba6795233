//! One lock, looked at closely.

use crate::dal::locks::{LockRow, Locked};
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::thousands;

pub fn groups(row: &LockRow, cx: &Context) -> Vec<Facts> {
    let label = if row.locked.user().is_some() { "User" } else { "Address" };
    let opens = row
        .until
        .map_or("when somebody lifts it, or resets the password".to_owned(), |until| cx.ahead(until));
    let closed = vec![
        Fact::new(label, super::closed(&row.locked)),
        Fact::new("Closed to", super::to(&row.locked)),
        Fact::new("Opens", opens).alarming(),
        Fact::new("Means", means(&row.locked)),
    ];
    let mut failed =
        vec![Fact::new("Failures", thousands(row.failures.into())), Fact::new("Last", cx.past(row.last))];
    if !row.from.is_empty() {
        let from: Vec<String> = row.from.iter().map(ToString::to_string).collect();
        failed.push(Fact::new("From", from.join(", ")));
    }
    vec![Facts::new("Lock", closed), Facts::new("What failed", failed)]
}

const fn means(locked: &Locked) -> &'static str {
    match locked {
        Locked::User(_) => {
            "the right password is refused too, but not from where the user has signed in lately"
        }
        Locked::UserAtKnownSource(_) => {
            "the right password is refused too from this address, where the user has signed in lately"
        }
        Locked::Source(_) => "connections are refused before anything is asked",
    }
}
