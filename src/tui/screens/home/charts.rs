//! The last day in pictures: sign-ins and failures, live sessions, where failures come from.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::overview::Activity;
use crate::domain::time::Timestamp;
use crate::tui::screen::Context;
use crate::tui::widgets::bars::{Bars, Counted};
use crate::tui::widgets::chart::{Columns, Series};
use crate::tui::widgets::facts;
use crate::tui::widgets::spark::Spark;
use crate::tui::widgets::text::{put, row};
use crate::tui::words::home as say;

/// Rows without which a chart shows nothing, and beyond which it shows no more.
pub(super) const MIN_ROWS: u16 = 6;
pub(super) const MAX_ROWS: u16 = 14;

/// Whether this viewer may see any of it.
pub(super) fn has_something(activity: &Activity) -> bool {
    activity.live.is_some() || activity.top_sources.is_some()
}

pub(super) fn draw(frame: &mut Frame, day: Rect, now: Rect, activity: &Activity, cx: &Context) {
    match &activity.live {
        Some(live) => {
            let rest = draw_live(frame, now, live, cx);
            draw_sources(frame, rest, activity, cx);
        }
        None => draw_sources(frame, now, activity, cx),
    }
    if activity.top_sources.is_some() {
        draw_day(frame, day, activity, cx);
    }
}

/// Rows of the strip.
pub(super) const STRIP_ROWS: u16 = 2;

/// The same in two lines, for a window that has no room for more.
pub(super) fn draw_strip(frame: &mut Frame, day: Rect, now: Rect, activity: &Activity, cx: &Context) {
    if activity.top_sources.is_some() {
        let sign_ins: Vec<u64> = activity.hours.iter().map(|hour| hour.sign_ins.unwrap_or(0)).collect();
        let below = facts::heading(frame, day, say::BY_THE_HOUR, &cx.look);
        Spark { values: &sign_ins }.draw(frame, row(below, 0), &cx.look);
    }
    if let Some(live) = &activity.live {
        let below = facts::heading(frame, now, say::LIVE_SESSIONS, &cx.look);
        Spark { values: live }.draw(frame, row(below, 0), &cx.look);
    }
}

fn draw_day(frame: &mut Frame, area: Rect, activity: &Activity, cx: &Context) {
    let count = |count: Option<u64>| count.unwrap_or(0);
    let sign_ins: Vec<u64> = activity.hours.iter().map(|hour| count(hour.sign_ins)).collect();
    let failures: Vec<u64> = activity.hours.iter().map(|hour| count(hour.failures)).collect();
    let labels: Vec<String> = activity.hours.iter().map(|hour| clock(hour.hour, cx)).collect();
    let chart = Columns {
        first: Series { name: say::SIGN_INS, counts: &sign_ins },
        second: Series { name: say::FAILED, counts: &failures },
        labels: &labels,
    };
    let below = facts::heading(frame, area, say::LAST_DAY, &cx.look);
    chart.draw(frame, below, &cx.look);
}

/// Answers what is left of the area.
fn draw_live(frame: &mut Frame, area: Rect, live: &[u64], cx: &Context) -> Rect {
    let below = facts::heading(frame, area, say::LIVE_SESSIONS, &cx.look);
    let height = below.height.min(2);
    Spark { values: live }.draw(frame, Rect { height, ..below }, &cx.look);
    facts::below(below, height + 1)
}

fn draw_sources(frame: &mut Frame, area: Rect, activity: &Activity, cx: &Context) {
    let Some(sources) = activity.top_sources.as_deref().filter(|_| area.height > 1) else { return };
    let below = facts::heading(frame, area, say::FAILED_FROM, &cx.look);
    if sources.is_empty() {
        put(frame.buffer_mut(), row(below, 0), say::NOWHERE, cx.look.muted);
        return;
    }
    let counted: Vec<Counted> = sources
        .iter()
        .map(|source| Counted { label: source.from.to_string(), count: source.failures })
        .collect();
    Bars { counted: &counted }.draw(frame, below, &cx.look);
}

/// `14:00`, where the person is.
fn clock(at: Timestamp, cx: &Context) -> String {
    cx.minute(at).split(' ').nth(1).unwrap_or_default().to_owned()
}
