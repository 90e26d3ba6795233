//! One invite, looked at closely.

use crate::dal::invites::{InviteDetail, InviteState};
use crate::domain::role;
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::words;
use crate::tui::words::invites as say;

pub fn groups(invite: &InviteDetail, cx: &Context) -> Vec<Facts> {
    let row = &invite.row;
    let ends = if row.expires > cx.now { cx.ahead(row.expires) } else { cx.past(row.expires) };
    let mut facts = vec![
        Fact::new(say::INVITE, row.id.to_string()),
        Fact::new(words::STATE, row.state.word()),
        Fact::new(words::ROLES, role::list(&row.roles)),
        Fact::new(say::FOR, super::whom(row)),
        Fact::new(say::BY, row.by.to_string()),
        Fact::new(words::CREATED, cx.past(row.created)),
        Fact::new(if row.expires > cx.now { say::EXPIRES } else { say::EXPIRED }, ends),
    ];
    if let Some(note) = &row.note {
        facts.push(Fact::new(say::NOTE, note.as_str().to_owned()));
    }
    if let Some(revoked) = &invite.revoked {
        let by = words::by(&revoked.by, &cx.past(revoked.at));
        facts.push(Fact::new(say::REVOKED, by).alarming());
    }
    let mut used = vec![Fact::new(say::USED, say::used(row.used, row.uses))];
    used.extend(
        invite
            .used_by
            .iter()
            .map(|one| Fact::new(say::ACCOUNT, format!("{}, {}", one.name, cx.past(one.at)))),
    );
    if row.state == InviteState::Open {
        used.push(Fact::new(say::WITH, say::how_to_use(&super::how_to_connect(cx))));
    }
    vec![Facts::new(say::INVITE, facts), Facts::new(say::MADE_WITH, used)]
}
