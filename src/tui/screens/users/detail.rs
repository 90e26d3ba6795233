//! One user, looked at closely.

use crate::dal::users::UserDetail;
use crate::domain::role;
use crate::domain::time::NEVER;
use crate::tui::screen::Context;
use crate::tui::screens::home::sighting;
use crate::tui::screens::locks;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::thousands;

pub fn groups(user: &UserDetail, cx: &Context) -> Vec<Facts> {
    let row = &user.row;
    let mut account = vec![
        Fact::new("User", row.name.to_string()),
        Fact::new("Name", row.display_name.to_string()),
        Fact::new("Roles", role::list(&row.roles)),
        Fact::new("State", row.state.word()),
    ];
    for grant in &row.grants {
        let until = cx.ahead(grant.until);
        account.push(Fact::new("For a time", format!("{} until {until}, by {}", grant.role, grant.by)));
    }
    if let Some(disabled) = &user.disabled {
        let by = format!("by {}, {}", disabled.by, disabled.at.ago(cx.now));
        account.push(Fact::new("Disabled", by).alarming());
        account.push(Fact::new("Reason", disabled.reason.as_str().to_owned()));
        account.extend(disabled.until.map(|until| Fact::new("Enabled again", cx.ahead(until))));
    }
    if user.must_change_password {
        account.push(Fact::new("Password", "one-time, not replaced yet"));
    } else if user.must_renew_password {
        account.push(Fact::new("Password", "replaced at the next sign-in"));
    }
    account.push(Fact::new("Created", cx.past(user.created)));
    account.extend(user.begins.map(|begins| Fact::new("Valid from", cx.ahead(begins))));
    if let Some(expires) = user.expires {
        let is_over = expires <= cx.now;
        let (label, when) =
            if is_over { ("Expired", cx.past(expires)) } else { ("Valid until", cx.ahead(expires)) };
        account.push(if is_over { Fact::new(label, when).alarming() } else { Fact::new(label, when) });
    }
    let permissions: Vec<&str> = user.permissions.iter().map(|permission| permission.name()).collect();
    account.push(Fact::new("May", permissions.join(", ")));
    let last = row.last_sign_in.map_or(NEVER.to_owned(), |at| cx.past(at));
    let mut door = vec![
        Fact::new("Last sign-in", last),
        Fact::new("Failed tries since", thousands(user.failed_sign_ins.into())),
    ];
    if let Some(failure) = &user.last_failure {
        door.push(Fact::new("Last failed try", sighting(failure, cx.now)));
    }
    if let Some(lock) = &user.lock {
        door.push(Fact::new("Closed to", locks::closed_to(lock, cx)).alarming());
    }
    vec![Facts::new("Account", account), Facts::new("Sign-ins", door)]
}
