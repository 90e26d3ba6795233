//! One session, looked at closely.

use crate::dal::sessions::{Activity, SessionRow};
use crate::tui::screen::Context;
use crate::tui::screens::home::thousands;
use crate::tui::widgets::facts::{Fact, Facts};

pub fn groups(row: &SessionRow, cx: &Context) -> Vec<Facts> {
    let state = if row.is_this { "live, this is yours here" } else { row.state.word() };
    let mut session = vec![
        Fact::new("User", row.user.to_string()),
        Fact::new("Handle", row.handle.to_string()),
        Fact::new("State", state),
        Fact::new("Since", row.created.minute_and_ago(cx.now)),
    ];
    match &row.ended {
        Some(ended) => {
            session.push(Fact::new("Ended", ended.at.minute_and_ago(cx.now)));
            session.push(Fact::new("Why", ended.briefly()).alarming());
        }
        None => session.push(Fact::new("Ends", row.expires.minute_and_ahead(cx.now))),
    }
    let mut groups = vec![
        Facts::new("Session", session),
        Facts::new(
            "Where from",
            vec![
                Fact::new("Address", format!("{} port {}", row.visitor.address, row.visitor.port)),
                Fact::new("Client", row.visitor.client.clone()),
                Fact::new("Proven by", row.method.words()),
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
            Fact::new("Doing", activity.doing.unwrap_or("nothing yet")),
            Fact::new("Last key", activity.idle_since.ago(cx.now)),
            Fact::new("Window", window),
            Fact::new("Typed", format!("{} bytes", thousands(activity.bytes_in))),
            Fact::new("Drawn", format!("{} bytes", thousands(activity.bytes_out))),
        ],
    )
}
