//! What the first administrator does first, until it is put away: a few words above everything else.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::dal::overview::Counts;
use crate::dal::second_factor::FactorState;
use crate::domain::role::Permission;
use crate::proxy;
use crate::tui::screen::Context;
use crate::tui::widgets::facts;
use crate::tui::widgets::text::{cells, columns};
use crate::tui::words::home as say;

/// Columns beyond which a line is tiring to read.
const WIDTH: u16 = 100;

/// Blank columns behind a step.
const GAP: &str = "   ";

fn are_wanted(cx: &Context) -> bool {
    proxy::offers(&cx.claims, Permission::AssignRoles) && !cx.claims.preferences.first_steps_dismissed
}

/// Draws the steps, with those that are done; answers what is below them.
pub(super) fn draw(
    frame: &mut Frame,
    area: Rect,
    counts: Option<&Counts>,
    factor: Option<&FactorState>,
    cx: &Context,
) -> Rect {
    let Some((users, admins)) = counts.filter(|_| are_wanted(cx)).and_then(|c| Some((c.users?, c.admins?)))
    else {
        return area;
    };
    let has = |what: fn(&Counts) -> Option<bool>| counts.and_then(what) == Some(true);
    // One row for each: whether it is done, and what it is.
    let steps = [
        (true, say::A_PASSWORD),
        (users > 1, say::SOMEBODY),
        (has(|counts| counts.has_invites), say::AN_INVITE),
        (admins > 1, say::SECOND_ADMIN),
        (matches!(factor, Some(FactorState::On { .. })), say::A_FACTOR),
        (has(|counts| counts.has_set_rules), say::THE_POLICY),
        (cx.claims.preferences.zone.is_some(), say::A_ZONE),
    ];
    let steps = steps.into_iter().map(|(is_done, words)| {
        let (mark, style) = if is_done { ("✓", cx.look.success) } else { ("○", cx.look.value) };
        Span::styled(format!("{mark} {words}"), style)
    });
    let heading = Span::styled(say::FIRST_STEPS, cx.look.accent);
    let put_away = Span::styled(say::PUT_AWAY, cx.look.muted);
    let parts = [heading].into_iter().chain(steps).chain([put_away]);
    let lines = flow(parts, area.width.min(WIDTH));
    let height = cells(lines.len()).min(area.height / 2);
    frame.render_widget(Paragraph::new(lines), Rect { height, ..area });
    facts::below(area, height + 1)
}

/// The parts in lines, none of them broken.
fn flow<'a>(parts: impl Iterator<Item = Span<'a>>, width: u16) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = vec![Line::default()];
    let mut used = 0;
    for part in parts {
        let needed = columns(&part.content);
        if used > 0 && used + needed > usize::from(width) {
            lines.push(Line::default());
            used = 0;
        }
        used += needed + GAP.len();
        if let Some(line) = lines.last_mut() {
            line.push_span(part);
            line.push_span(GAP);
        }
    }
    lines
}
