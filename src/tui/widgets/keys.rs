//! Keys and what they do, under headings: what help is made of.

use std::borrow::Cow;

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    widgets::{Block, Padding},
};

use super::{
    dialog::{centred, clear},
    hints::{self, Hint},
    text::{cells, columns, put, row, split},
};
use crate::tui::words::frame as say;
use crate::tui::{look::Look, words};

/// Keys that belong together.
pub struct Section<'a> {
    pub heading: &'static str,
    /// As they are written, and what they do.
    pub keys: Vec<(Cow<'a, str>, &'a str)>,
}

/// A box with sections, beside one another where there is room.
pub struct Keys<'a> {
    pub sections: &'a [Section<'a>],
    /// Lines that are scrolled away.
    pub above: usize,
}

enum Line<'a> {
    Blank,
    Heading(&'static str),
    Key(&'a str, &'a str),
}

/// From here on there is room for two sections beside one another.
pub const WIDE: u16 = 72;
/// Blank columns between a key and what it does, and between two sections.
const GAP: u16 = 2;
const GUTTER: u16 = 3;
/// Border, hints and the blank row above them.
const FRAME: u16 = 4;

const ANY_KEY: Hint<'_> = (say::ANY_KEY, words::BACK.1);
const BACK: &[Hint<'_>] = &[ANY_KEY];
const MORE: &[Hint<'_>] = &[say::MORE_KEYS, ANY_KEY];

impl Keys<'_> {
    /// Draws the box over the area. Answers how many lines really are above it: no more than hide the end.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) -> usize {
        let area = area.intersection(frame.area());
        look.covers(area);
        let groups = self.groups(area.width);
        let room = area.height.saturating_sub(FRAME - 1);
        let airy: Vec<Vec<Line>> = groups.iter().map(|group| lines(group, true)).collect();
        let fits = airy.iter().all(|lines| cells(lines.len()) <= room);
        let all = if fits { airy } else { groups.iter().map(|group| lines(group, false)).collect() };
        let rows = all.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<u16> = groups.iter().map(|group| width(group)).collect();
        let gutters = GUTTER.saturating_mul(cells(widths.len().saturating_sub(1)));
        let wanted = widths.iter().fold(gutters + 4, |sum, width| sum.saturating_add(*width));
        let height = cells(rows).saturating_add(FRAME).min(area.height);
        let place = centred(area, wanted.min(area.width), height);
        let inner = draw_box(frame, place, look);
        let shown = Rect { height: inner.height.saturating_sub(1).min(cells(rows)), ..inner };
        let hidden = rows.saturating_sub(shown.height.into());
        let above = self.above.min(hidden);
        let mut rest = shown;
        for ((lines, group), width) in all.iter().zip(&groups).zip(widths) {
            let (column, behind) = split(rest, width);
            let labels = label_width(group);
            for (line, index) in lines.iter().skip(above).zip(0..column.height) {
                draw_line(frame.buffer_mut(), row(column, index), line, labels, look);
            }
            (_, rest) = split(behind, GUTTER);
        }
        let foot = row(inner, inner.height.saturating_sub(1));
        hints::draw(frame.buffer_mut(), foot, if hidden > 0 { MORE } else { BACK }, look);
        above
    }

    /// The sections in one column or in two that are about as long.
    fn groups(&self, room: u16) -> Vec<&[Section<'_>]> {
        let count = |part: &[Section<'_>]| lines(part, true).len();
        let halves = (1..self.sections.len()).filter_map(|at| self.sections.split_at_checked(at));
        let longer = |(one, other): &(&[Section<'_>], &[Section<'_>])| count(one).max(count(other));
        match halves.min_by_key(longer) {
            Some((one, other)) if room >= WIDE => vec![one, other],
            _ => vec![self.sections],
        }
    }
}

fn lines<'a>(sections: &'a [Section<'a>], is_airy: bool) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for section in sections {
        if is_airy && !lines.is_empty() {
            lines.push(Line::Blank);
        }
        lines.push(Line::Heading(section.heading));
        lines.extend(section.keys.iter().map(|(key, what)| Line::Key(key, what)));
    }
    lines
}

fn label_width(sections: &[Section<'_>]) -> u16 {
    let keys = sections.iter().flat_map(|section| &section.keys);
    cells(keys.map(|(key, _)| columns(key)).max().unwrap_or(0))
}

fn width(sections: &[Section<'_>]) -> u16 {
    let keys = sections.iter().flat_map(|section| &section.keys);
    let what = cells(keys.map(|(_, what)| columns(what)).max().unwrap_or(0));
    label_width(sections).saturating_add(GAP).saturating_add(what)
}

/// Draws the empty box and answers what is inside.
fn draw_box(frame: &mut Frame, place: Rect, look: &Look) -> Rect {
    clear(frame.buffer_mut(), place);
    let block = Block::bordered().border_style(look.border_focus).padding(Padding::horizontal(1));
    let inner = block.inner(place);
    frame.render_widget(block, place);
    let heading = Rect { x: inner.x, width: inner.width, ..row(place, 0) };
    put(frame.buffer_mut(), heading, say::KEYS, look.title);
    inner
}

fn draw_line(buffer: &mut Buffer, area: Rect, line: &Line<'_>, labels: u16, look: &Look) {
    match line {
        Line::Blank => {}
        Line::Heading(words) => {
            put(buffer, area, words, look.accent);
        }
        Line::Key(key, what) => {
            let (label, words) = split(area, labels.saturating_add(GAP));
            put(buffer, label, key, look.key_hint);
            put(buffer, words, what, look.value);
        }
    }
}
