//! One lock, looked at closely.

use crate::dal::locks::{LockRow, Locked};
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::thousands;
use crate::tui::words;
use crate::tui::words::locks as say;

pub fn groups(row: &LockRow, cx: &Context) -> Vec<Facts> {
    let label = if row.locked.user().is_some() { words::USER } else { say::ADDRESS };
    let opens = row.until.map_or(say::OPENED_BY_HAND.to_owned(), |until| cx.ahead(until));
    let closed = vec![
        Fact::new(label, super::closed(&row.locked)),
        Fact::new(say::CLOSED_TO, super::to(&row.locked)),
        Fact::new(say::OPENS, opens).alarming(),
        Fact::new(say::MEANS, means(&row.locked)),
    ];
    let mut failed = vec![
        Fact::new(say::FAILURES, thousands(row.failures.into())),
        Fact::new(say::LAST, cx.past(row.last)),
    ];
    if !row.from.is_empty() {
        let from: Vec<String> = row.from.iter().map(ToString::to_string).collect();
        failed.push(Fact::new(words::FROM, from.join(", ")));
    }
    vec![Facts::new(say::LOCK, closed), Facts::new(say::WHAT_FAILED, failed)]
}

const fn means(locked: &Locked) -> &'static str {
    match locked {
        Locked::User(_) => say::USER_MEANS,
        Locked::UserAtKnownSource(_) => say::KNOWN_MEANS,
        Locked::Codes(_) => say::CODES_MEAN,
        Locked::Source(_) => say::SOURCE_MEANS,
    }
}
