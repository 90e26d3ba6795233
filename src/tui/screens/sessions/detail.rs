//! One session, looked at closely.

use crate::dal::sessions::{Activity, SessionRow};
use crate::domain::session::Method;
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::thousands;

pub fn groups(row: &SessionRow, cx: &Context) -> Vec<Facts> {
    let state = if row.is_this { "live, this one" } else { row.state.word() };
    let mut session = vec![
        Fact::new("User", row.user.to_string()),
        Fact::new("Handle", row.handle.to_string()),
        Fact::new("State", state),
        Fact::new("Since", cx.past(row.created)),
    ];
    match &row.ended {
        Some(ended) => {
            session.push(Fact::new("Ended", cx.past(ended.at)));
            session.push(Fact::new("Why", ended.briefly()).alarming());
        }
        None => session.push(Fact::new("Ends", cx.ahead(row.expires))),
    }
    let terminal = row.terminal.as_ref().map_or("none".to_owned(), |terminal| {
        format!("{}, {} x {} at first", terminal.name, terminal.columns, terminal.rows)
    });
    let mut groups = vec![
        Facts::new("Session", session),
        Facts::new(
            "Where from",
            vec![
                Fact::new("Address", format!("{} port {}", row.visitor.address, row.visitor.port)),
                Fact::new("Client", row.visitor.client.clone()),
                Fact::new("Terminal", terminal),
                Fact::new("Proven by", Method::words(&row.methods)),
            ],
        ),
    ];
    groups.extend(row.activity.as_ref().map(|activity| now(activity, cx)));
    groups
}

fn now(activity: &Activity, cx: &Context) -> Facts {
    let window = activity.size.map_or("none".to_owned(), |(columns, rows)| format!("{columns} x {rows}"));
    Facts::new(
        "Now",
        vec![
            Fact::new(
                "Doing",
                if activity.is_locked { "locked" } else { activity.doing.unwrap_or("nothing") },
            ),
            Fact::new("Last key", activity.idle_since.ago(cx.now)),
            Fact::new("Window", window),
            Fact::new("Typed", format!("{} bytes", thousands(activity.bytes_in))),
            Fact::new("Drawn", format!("{} bytes", thousands(activity.bytes_out))),
        ],
    )
}
