//! One invite, looked at closely.

use crate::dal::invites::{InviteDetail, InviteState};
use crate::domain::role;
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};

pub fn groups(invite: &InviteDetail, cx: &Context) -> Vec<Facts> {
    let row = &invite.row;
    let ends = if row.expires > cx.now { cx.ahead(row.expires) } else { cx.past(row.expires) };
    let mut facts = vec![
        Fact::new("Invite", row.id.to_string()),
        Fact::new("State", row.state.word()),
        Fact::new("Roles", role::list(&row.roles)),
        Fact::new("For", super::whom(row)),
        Fact::new("By", row.by.to_string()),
        Fact::new("Created", cx.past(row.created)),
        Fact::new(if row.expires > cx.now { "Expires" } else { "Expired" }, ends),
    ];
    if let Some(note) = &row.note {
        facts.push(Fact::new("Note", note.as_str().to_owned()));
    }
    if let Some(revoked) = &invite.revoked {
        let by = format!("by {}, {}", revoked.by, cx.past(revoked.at));
        facts.push(Fact::new("Revoked", by).alarming());
    }
    let mut used = vec![Fact::new("Used", format!("{} of {}", row.used, row.uses))];
    used.extend(
        invite.used_by.iter().map(|one| Fact::new("Account", format!("{}, {}", one.name, cx.past(one.at)))),
    );
    if row.state == InviteState::Open {
        used.push(Fact::new("With", "ssh invite@HOST, and the code that was shown once"));
    }
    vec![Facts::new("Invite", facts), Facts::new("Accounts made with it", used)]
}
