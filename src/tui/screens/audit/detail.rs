//! One event, looked at closely.

use crate::dal::audit::EventDetail;
use crate::tui::notice::sentence;
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::words;
use crate::tui::words::audit as say;

pub fn groups(event: &EventDetail, cx: &Context) -> Vec<Facts> {
    let row = &event.row;
    let happened = vec![
        Fact::new(say::WHAT, sentence(&row.told_in(&cx.zone))),
        Fact::new(say::WHEN, cx.past(row.at)),
        Fact::new(say::KIND, row.kind),
        Fact::new(say::ID, row.id.to_string()),
    ];
    let mut who = vec![Fact::new(say::WHO, row.who().to_owned())];
    if let Some(actor) = &row.actor {
        who.push(Fact::new(say::ID, actor.user.to_string()));
        who.extend(actor.session.iter().map(|session| Fact::new(say::SESSION, session.to_string())));
    }
    who.extend(row.from.map(|from| Fact::new(words::FROM, from.to_string())));
    let mut groups = vec![Facts::new(say::EVENT, happened), Facts::new(say::WHO_DID, who)];
    if let Some(target) = &row.target {
        let name = target.name.as_ref().map_or(say::GONE.to_owned(), ToString::to_string);
        let whom = vec![Fact::new(words::USER, name), Fact::new(say::ID, target.user.to_string())];
        groups.push(Facts::new(say::WHO_IT_WAS_DONE_TO, whom));
    }
    for difference in row.differences_in(&cx.zone) {
        let both = vec![Fact::new(say::BEFORE, difference.before), Fact::new(say::AFTER, difference.after)];
        groups.push(Facts::new(say::heading(difference.what), both));
    }
    groups
}
