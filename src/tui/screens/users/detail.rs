//! One user, looked at closely.

use crate::dal::users::UserDetail;
use crate::domain::role;
use crate::domain::time::NEVER;
use crate::tui::screen::Context;
use crate::tui::screens::home::sighting;
use crate::tui::screens::locks;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::thousands;
use crate::tui::words;
use crate::tui::words::users as say;

pub fn groups(user: &UserDetail, cx: &Context) -> Vec<Facts> {
    let row = &user.row;
    let mut account = vec![
        Fact::new(words::USER, row.name.to_string()),
        Fact::new(words::NAME, row.display_name.to_string()),
        Fact::new(words::ROLES, role::list(&row.roles)),
        Fact::new(words::STATE, row.state.word()),
    ];
    for grant in &row.grants {
        let until = cx.ahead(grant.until);
        account.push(Fact::new(say::FOR_A_TIME, say::held_until(&grant.role, &until, &grant.by)));
    }
    if let Some(disabled) = &user.disabled {
        let by = words::by(&disabled.by, &disabled.at.ago(cx.now));
        account.push(Fact::new(say::WAS_DISABLED, by).alarming());
        account.push(Fact::new(say::WHY, disabled.reason.as_str().to_owned()));
        account.extend(disabled.until.map(|until| Fact::new(say::ENABLED_AGAIN, cx.ahead(until))));
    }
    if user.must_change_password {
        account.push(Fact::new(words::PASSWORD, say::ONE_TIME));
    } else if user.must_renew_password {
        account.push(Fact::new(words::PASSWORD, say::REPLACED_NEXT));
    }
    let factor = user.second_factor_since.map(|since| words::second_factor::authenticator(&cx.past(since)));
    let factor = factor.unwrap_or_else(|| say::NO_FACTOR.to_owned());
    account.push(Fact::new(words::second_factor::SECOND_FACTOR, factor));
    account.push(Fact::new(words::CREATED, cx.past(user.created)));
    account.extend(user.begins.map(|begins| Fact::new(say::VALID_FROM, cx.ahead(begins))));
    if let Some(expires) = user.expires {
        let is_over = expires <= cx.now;
        let (label, when) =
            if is_over { (say::EXPIRED, cx.past(expires)) } else { (say::VALID_UNTIL, cx.ahead(expires)) };
        account.push(if is_over { Fact::new(label, when).alarming() } else { Fact::new(label, when) });
    }
    let permissions: Vec<&str> = user.permissions.iter().map(|permission| permission.name()).collect();
    account.push(Fact::new(words::MAY, permissions.join(", ")));
    let last = row.last_sign_in.map_or(NEVER.to_owned(), |at| cx.past(at));
    let mut door = vec![
        Fact::new(words::LAST_SIGN_IN, last),
        Fact::new(words::FAILED_SINCE, thousands(user.failed_sign_ins.into())),
    ];
    if let Some(failure) = &user.last_failure {
        door.push(Fact::new(words::LAST_FAILED, sighting(failure, cx.now)));
    }
    if let Some(lock) = &user.lock {
        door.push(Fact::new(say::CLOSED_TO, locks::closed_to(lock, cx)).alarming());
    }
    vec![Facts::new(say::ACCOUNT, account), Facts::new(say::SIGN_INS, door)]
}
