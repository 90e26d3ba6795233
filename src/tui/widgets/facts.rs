//! Labelled values under headings: what a detail page is made of.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::text::{put, row};
use crate::tui::look::Look;

/// A heading with facts below it.
pub struct Facts {
    heading: &'static str,
    facts: Vec<Fact>,
}

/// A label and its value.
pub struct Fact {
    label: &'static str,
    value: Cow<'static, str>,
    is_alarming: bool,
}

impl Fact {
    pub fn new(label: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self { label, value: value.into(), is_alarming: false }
    }

    /// The same, to be noticed.
    #[must_use]
    pub fn alarming(self) -> Self {
        Self { is_alarming: true, ..self }
    }
}

impl Facts {
    pub fn new(heading: &'static str, facts: Vec<Fact>) -> Self {
        Self { heading, facts }
    }
}

/// Blank columns between a label and its value.
const GAP: usize = 2;

/// Draws groups below one another, from line `scroll` on, but never past the last page.
pub fn draw(frame: &mut Frame, area: Rect, groups: &[Facts], scroll: usize, look: &Look) {
    let lines = lines(groups, area.width, look);
    let last_page = lines.len().saturating_sub(area.height.into());
    if last_page > 0 {
        look.set_goes_on();
    }
    let offset = u16::try_from(scroll.min(last_page)).unwrap_or(u16::MAX);
    frame.render_widget(Paragraph::new(lines).scroll((offset, 0)), area);
}

/// Rows that show all of it, in so many columns.
pub fn height(groups: &[Facts], width: u16, look: &Look) -> u16 {
    u16::try_from(lines(groups, width, look).len()).unwrap_or(u16::MAX)
}

/// Draws a heading as those over facts are; answers what is below it.
pub fn heading(frame: &mut Frame, area: Rect, words: &str, look: &Look) -> Rect {
    put(frame.buffer_mut(), row(area, 0), words, look.accent);
    below(area, 1)
}

/// An area without its first rows.
pub fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect { y: area.y.saturating_add(rows), height: area.height - rows, ..area }
}

fn lines(groups: &[Facts], width: u16, look: &Look) -> Vec<Line<'static>> {
    let labels = groups.iter().flat_map(|group| &group.facts).map(|fact| fact.label.width()).max();
    let indent = labels.unwrap_or(0) + GAP;
    let mut lines = Vec::new();
    for group in groups {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::styled(group.heading, look.accent));
        for fact in &group.facts {
            lines.extend(fact_lines(fact, indent, width.into(), look));
        }
    }
    lines
}

/// The value goes on below itself where it is longer than the line.
fn fact_lines(fact: &Fact, indent: usize, width: usize, look: &Look) -> Vec<Line<'static>> {
    let style = if fact.is_alarming { look.danger } else { look.value };
    let room = width.saturating_sub(indent).max(1);
    let pieces = super::text::wrap(&fact.value, room);
    let blank = " ".repeat(indent);
    let label = format!("{}{}", fact.label, " ".repeat(indent.saturating_sub(fact.label.width())));
    let heads = std::iter::once(Span::styled(label, look.muted)).chain(std::iter::repeat(Span::raw(blank)));
    heads.zip(pieces).map(|(head, piece)| Line::from(vec![head, Span::styled(piece, style)])).collect()
}
