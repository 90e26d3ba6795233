//! What stands around every screen: title bar, tabs, notices, help. The last row is [`footer`](super::footer)'s.

use std::borrow::Cow;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use crate::domain::role;
use crate::proxy;
use crate::tui::look::Grain;
use crate::tui::words::frame as say;

use super::keymap::{Action, Binding, Command, EDITING, Edit, GLOBAL};
use super::notice::{Notice, Tone};
use super::screen::Context;
use super::screens::Route;
use super::tabs;
use super::widgets::field::TextField;
use super::widgets::keys::{self, Keys, Section};
use super::widgets::progress::Progress;
use super::widgets::text::{cells, put, put_lines, put_right, split, wrap};

/// Below this nothing useful can be shown.
pub const MIN_COLUMNS: u16 = 40;
pub const MIN_ROWS: u16 = 12;

/// From here on a row above the hints stays free.
const AIRY_ROWS: u16 = 20;

/// Rows of the longest notice.
const NOTICE_ROWS: u16 = 3;

/// What the frame shows at the moment.
pub struct Outline<'a> {
    pub cx: &'a Context,
    pub route: Route,
    pub title: &'static str,
    /// Where on the screen one is, from the outside in.
    pub crumbs: Vec<String>,
    pub notice: Option<&'a Notice>,
    /// What the session was told, until it is put away.
    pub told: Option<String>,
    /// How much time is left, once that is worth saying.
    pub warning: Option<String>,
    /// How far the work is that goes on in the background.
    pub work: Option<Progress>,
}

/// Draws the frame; answers the room that is left for the screen, if there is any.
pub fn draw(frame: &mut Frame, outline: &Outline<'_>) -> Option<Rect> {
    let area = frame.area();
    if area.width < MIN_COLUMNS || area.height < MIN_ROWS {
        let words = say::enlarge(MIN_COLUMNS, MIN_ROWS);
        frame.render_widget(Paragraph::new(words), area);
        return None;
    }
    let [title, tabs_row, body, _foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_title(frame, title, outline);
    tabs::draw(frame, tabs_row, outline.cx, outline.route);
    let rest = draw_notice(frame, body, outline);
    let rest = draw_work(frame, rest, outline);
    let rest = draw_warning(frame, rest, outline);
    let rest = draw_told(frame, rest, outline);
    // A column of air on either side. A row of it above where the window has one to spare, and a row
    // below where it has more: there a notice of one line moves nothing.
    let above = u16::from(area.height > MIN_ROWS);
    let below = u16::from(area.height >= AIRY_ROWS && rest == body);
    Some(Rect {
        x: rest.x + 1,
        width: rest.width.saturating_sub(2),
        y: rest.y + above,
        height: rest.height.saturating_sub(above + below),
    })
}

fn draw_title(frame: &mut Frame, area: Rect, outline: &Outline<'_>) {
    let look = &outline.cx.look;
    let claims = &outline.cx.claims;
    let who = format!("{} · {} ", claims.name, role::list(&claims.roles));
    let path = outline.crumbs.iter().map(String::as_str);
    let path: Vec<&str> = std::iter::once(outline.title).chain(path).collect();
    let path = path.join(" › ");
    // The innermost is what one wants to know: the name of the product gives way to it, then the outermost.
    let brand = if say::BRAND.width() + path.width() < area.width.into() { say::BRAND } else { " " };
    let room = usize::from(area.width).saturating_sub(brand.width() + 1);
    let used = put(frame.buffer_mut(), area, brand, look.title);
    let (_, rest) = split(area, used);
    let used = put(frame.buffer_mut(), rest, &clip_start(&path, room), look.muted);
    let (_, rest) = split(rest, used.saturating_add(2));
    let right = if who.width() <= rest.width.into() { who } else { format!("{} ", claims.name) };
    if right.width() <= rest.width.into() {
        put_right(frame.buffer_mut(), rest, &right, look.value);
    }
}

/// Draws the notice above the hints; answers what is left of the body.
fn draw_notice(frame: &mut Frame, body: Rect, outline: &Outline<'_>) -> Rect {
    let Some(notice) = outline.notice else { return body };
    let look = &outline.cx.look;
    let style = match notice.tone {
        Tone::Done => look.success,
        Tone::Failed => look.danger,
    };
    let lines = wrap(&notice.words, body.width.saturating_sub(2).into());
    let rows = cells(lines.len()).min(NOTICE_ROWS).min(body.height);
    let [rest, place] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(body);
    let place = Rect { x: place.x + 1, width: place.width.saturating_sub(2), ..place };
    put_lines(frame.buffer_mut(), place, &lines, style);
    rest
}

/// The end of a text, behind an `…` where it is cut.
fn clip_start(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut end = text;
    while end.width() + 1 > room && !end.is_empty() {
        let mut characters = end.chars();
        characters.next();
        end = characters.as_str();
    }
    format!("…{end}")
}

/// Draws what was told above the hints; answers what is left of the body.
fn draw_told(frame: &mut Frame, body: Rect, outline: &Outline<'_>) -> Rect {
    match &outline.told {
        Some(words) => draw_band(frame, body, words, outline.cx.look.selected),
        None => body,
    }
}

/// Draws how much time is left; answers what is left of the body.
fn draw_warning(frame: &mut Frame, body: Rect, outline: &Outline<'_>) -> Rect {
    match &outline.warning {
        Some(words) => draw_band(frame, body, words, outline.cx.look.warning),
        None => body,
    }
}

/// Draws how far the work in the background is; answers what is left of the body.
fn draw_work(frame: &mut Frame, body: Rect, outline: &Outline<'_>) -> Rect {
    let Some(progress) = &outline.work else { return body };
    let [rest, line] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(body);
    let line = Rect { x: line.x + 1, width: line.width.saturating_sub(2), ..line };
    progress.draw_line(frame, line, &outline.cx.look);
    rest
}

/// Words across the bottom of an area; answers what is above them.
fn draw_band(frame: &mut Frame, area: Rect, words: &str, style: Style) -> Rect {
    let lines = wrap(words, area.width.saturating_sub(2).into());
    let rows = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height / 2);
    let [rest, place] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(area);
    let text: Vec<Line> = lines.into_iter().map(|line| Line::from(format!(" {line}"))).collect();
    frame.render_widget(Paragraph::new(text).style(style), place);
    rest
}

/// What help is about.
pub struct Help<'a> {
    pub cx: &'a Context,
    /// The keys of the screen's own.
    pub actions: Vec<Action>,
    /// Whether letters are text at the moment.
    pub is_typing: bool,
    /// Where they go.
    pub field: Option<&'a TextField>,
}

impl Help<'_> {
    /// What every key does, from the tables that act; `lists` tells what means something. `above` are the
    /// lines that were scrolled away, and the answer is how many of them really are.
    pub fn draw(&self, frame: &mut Frame, lists: impl Fn(&Command) -> bool, above: usize) -> usize {
        let area = frame.area();
        let sections = if self.is_typing {
            self.while_typing(lists)
        } else {
            self.while_not_typing(lists, area.width >= keys::WIDE)
        };
        let mut sections: Vec<Section> =
            sections.into_iter().filter(|section| !section.keys.is_empty()).collect();
        if self.cx.look.grain == Grain::Cells {
            for (label, _) in sections.iter_mut().flat_map(|section| &mut section.keys) {
                *label = without_arrows(label).into();
            }
        }
        Keys { sections: &sections, above }.draw(frame, area, &self.cx.look)
    }

    fn while_typing(&self, lists: impl Fn(&Command) -> bool) -> Vec<Section<'static>> {
        let knows = |edit| self.field.map_or(edit == Edit::Enter, |field| field.knows(edit));
        let edits = EDITING.iter().filter(|binding| knows(binding.edit));
        let listed = GLOBAL.iter().filter(|binding| lists(&binding.command));
        let always = listed.filter_map(|binding| Some((binding.in_forms?.into(), binding.what)));
        vec![
            Section {
                heading: say::WHILE_TYPING,
                keys: edits.map(|binding| (binding.label.into(), binding.what)).collect(),
            },
            Section { heading: say::EVERYWHERE, keys: always.collect() },
        ]
    }

    fn while_not_typing(&self, lists: impl Fn(&Command) -> bool, is_wide: bool) -> Vec<Section<'static>> {
        let offered = self.actions.iter().filter(|action| proxy::offers(&self.cx.claims, action.needs));
        let own = offered.map(|action| (action.key.to_string().into(), action.name));
        let of = |wanted: Group| {
            let known = GLOBAL
                .iter()
                .filter(|binding| Group::of(&binding.command) == wanted && lists(&binding.command));
            lines_of(known, is_wide)
        };
        let digits = [(say::DIGITS.0.into(), say::DIGITS.1)];
        vec![
            Section { heading: say::THIS_SCREEN, keys: own.chain(of(Group::Screen)).collect() },
            Section { heading: say::MOVE, keys: of(Group::Move) },
            Section {
                heading: say::EVERYWHERE,
                keys: of(Group::Everywhere).into_iter().chain(digits).collect(),
            },
        ]
    }
}

/// A label as it is written where no character is an arrow.
fn without_arrows(label: &str) -> String {
    [('↑', "Up"), ('↓', "Down"), ('→', "Right"), ('←', "Left")]
        .iter()
        .fold(label.to_owned(), |label, (arrow, name)| label.replace(*arrow, name))
}

/// A line for each key; where there is room, one for two that are each other's way back.
fn lines_of<'a>(bindings: impl Iterator<Item = &'a Binding>, is_wide: bool) -> Vec<(Cow<'a, str>, &'a str)> {
    let mut bindings = bindings.peekable();
    let mut lines = Vec::new();
    while let Some(binding) = bindings.next() {
        let back = binding.pair.filter(|_| is_wide).and_then(|both| Some((both, bindings.next()?)));
        lines.push(match back {
            Some((both, back)) => (interleaved(binding.label, back.label).into(), both),
            None => (binding.label.into(), binding.what),
        });
    }
    lines
}

/// `↑ k` and `↓ j` as `↑ ↓ k j`.
fn interleaved(one: &str, other: &str) -> String {
    let pairs = one.split(' ').zip(other.split(' ')).flat_map(|(one, other)| [one, other]);
    pairs.collect::<Vec<_>>().join(" ")
}

/// Under which heading help lists a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    Screen,
    Move,
    Everywhere,
}

impl Group {
    fn of(command: &Command) -> Self {
        match command {
            Command::Move(_) | Command::NextPage | Command::PreviousPage => Self::Move,
            command if command.is_everywhere() => Self::Everywhere,
            _ => Self::Screen,
        }
    }
}
