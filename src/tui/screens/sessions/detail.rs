//! One session, looked at closely.

use crate::dal::sessions::{Activity, SessionRow};
use crate::domain::session::Method;
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::widgets::number::thousands;
use crate::tui::words;
use crate::tui::words::sessions as say;

pub fn groups(row: &SessionRow, cx: &Context) -> Vec<Facts> {
    let state = if row.is_this { say::LIVE_THIS } else { row.state.word() };
    let mut session = vec![
        Fact::new(words::USER, row.user.to_string()),
        Fact::new(words::HANDLE, row.handle.to_string()),
        Fact::new(words::STATE, state),
        Fact::new(words::SINCE, cx.past(row.created)),
    ];
    match &row.ended {
        Some(ended) => {
            session.push(Fact::new(say::ENDED, cx.past(ended.at)));
            session.push(Fact::new(say::WHY, ended.briefly()).alarming());
        }
        None => session.push(Fact::new(words::ENDS, cx.ahead(row.expires))),
    }
    let terminal = row.terminal.as_ref().map_or(say::NO_TERMINAL.to_owned(), |terminal| {
        say::terminal(&terminal.name, terminal.columns, terminal.rows)
    });
    let mut groups = vec![
        Facts::new(say::SESSION, session),
        Facts::new(
            say::WHERE_FROM,
            vec![
                Fact::new(say::ADDRESS, words::port(row.visitor.address, row.visitor.port)),
                Fact::new(words::CLIENT, row.visitor.client.clone()),
                Fact::new(say::TERMINAL, terminal),
                Fact::new(words::PROVEN_BY, Method::words(&row.methods)),
            ],
        ),
    ];
    groups.extend(row.activity.as_ref().map(|activity| now(activity, cx)));
    groups
}

fn now(activity: &Activity, cx: &Context) -> Facts {
    let window =
        activity.size.map_or(say::NO_TERMINAL.to_owned(), |(columns, rows)| say::window(columns, rows));
    Facts::new(
        say::NOW,
        vec![
            Fact::new(
                words::DOING,
                if activity.is_locked { say::LOCKED } else { activity.doing.unwrap_or(say::NOTHING) },
            ),
            Fact::new(say::LAST_KEY, activity.idle_since.ago(cx.now)),
            Fact::new(say::WINDOW, window),
            Fact::new(say::TYPED, say::bytes(&thousands(activity.bytes_in))),
            Fact::new(say::DRAWN, say::bytes(&thousands(activity.bytes_out))),
        ],
    )
}
