//! What stands around every screen: title bar, tabs, hints, notices, help.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use crate::domain::role;
use crate::domain::session::Told;
use crate::proxy;

use super::keymap::{self, Action, Command, GLOBAL};
use super::notice::{Notice, Tone};
use super::screen::Context;
use super::screens::Route;
use super::widgets::dialog::Dialog;
use super::widgets::progress::Progress;
use super::widgets::text::{cells, split, wrap};

/// Below this nothing useful can be shown.
pub const MIN_COLUMNS: u16 = 40;
pub const MIN_ROWS: u16 = 12;

/// What the frame shows at the moment.
pub struct Outline<'a> {
    pub cx: &'a Context,
    pub route: Route,
    pub title: &'static str,
    /// Where on the screen one is, from the outside in.
    pub crumbs: Vec<String>,
    pub hints: Vec<(&'static str, &'static str)>,
    /// Whether letters are text at the moment, so that only other keys can be offered.
    pub is_typing: bool,
    pub notice: Option<&'a Notice>,
    /// What the session was told, until it is put away; and how much waits behind it.
    pub told: Option<&'a Told>,
    pub told_behind: usize,
    /// How much time is left, once that is worth saying.
    pub warning: Option<String>,
    /// How far the work is that goes on in the background.
    pub work: Option<Progress>,
}

/// Draws the frame; answers the room that is left for the screen, if there is any.
pub fn draw(frame: &mut Frame, outline: &Outline<'_>) -> Option<Rect> {
    let area = frame.area();
    if area.width < MIN_COLUMNS || area.height < MIN_ROWS {
        let words = format!("Enlarge the window\nto {MIN_COLUMNS} x {MIN_ROWS} or more");
        frame.render_widget(Paragraph::new(words), area);
        return None;
    }
    let [title, tabs, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_title(frame, title, outline);
    draw_tabs(frame, tabs, outline);
    match outline.notice {
        Some(notice) => draw_notice(frame, foot, notice, outline.cx),
        None => draw_hints(frame, foot, outline),
    }
    let body = draw_work(frame, body, outline);
    let body = draw_warning(frame, body, outline);
    let body = draw_told(frame, body, outline);
    // A column of air on either side, and a row of it where the window has one to spare.
    let air = u16::from(area.height > MIN_ROWS);
    Some(Rect {
        x: body.x + 1,
        width: body.width.saturating_sub(2),
        y: body.y + air,
        height: body.height.saturating_sub(air),
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
    let brand =
        if " Passholder  ".width() + path.width() < area.width.into() { " Passholder  " } else { " " };
    let room = usize::from(area.width).saturating_sub(brand.width() + 1);
    let left =
        Line::from(vec![Span::styled(brand, look.title), Span::styled(clip_start(&path, room), look.muted)]);
    let room = usize::from(area.width).saturating_sub(left.width() + 2);
    let right = if who.width() <= room { who } else { format!("{} ", claims.name) };
    frame.render_widget(left, area);
    if right.width() <= room {
        frame.render_widget(Line::styled(right, look.value).right_aligned(), area);
    }
}

fn draw_tabs(frame: &mut Frame, area: Rect, outline: &Outline<'_>) {
    let look = &outline.cx.look;
    let screens = proxy::screens(&outline.cx.claims);
    let all = screens.iter().map(|screen| screen.title.width() + 5).sum::<usize>().saturating_sub(1);
    // Where not all fit, the others are their numbers.
    let is_narrow = all > usize::from(area.width);
    // Where they just fit, there is no margin.
    let margin = u16::from(all != usize::from(area.width));
    let mut spans = vec![Span::raw(" ".repeat(margin.into()))];
    let mut rest = Rect { x: area.x + margin, width: area.width.saturating_sub(margin), ..area };
    for (index, screen) in screens.into_iter().enumerate() {
        let is_here = screen.route == outline.route;
        let style = if is_here { look.tab_active } else { look.tab };
        let tab = if is_narrow && !is_here {
            format!(" {} ", index + 1)
        } else {
            format!(" {} {} ", index + 1, screen.title)
        };
        let width = cells(tab.width());
        let (place, behind) = split(rest, width);
        (_, rest) = split(behind, 1);
        look.clickable(place, Command::Tab(index));
        spans.push(Span::styled(tab, style));
        spans.push(Span::raw(" "));
    }
    frame.render_widget(Line::from(spans), area);
}

fn draw_hints(frame: &mut Frame, area: Rect, outline: &Outline<'_>) {
    let look = &outline.cx.look;
    let (help, leave) = if outline.is_typing {
        ([("F1", "help"), ("^K", "menu")], ("^C", "sign out"))
    } else {
        ([("?", "help"), (":", "menu")], ("q", "sign out"))
    };
    let width = |(key, what): &(&str, &str)| key.width() + what.width() + 4;
    // Help is named whatever happens; it has the others.
    let mut room = usize::from(area.width).saturating_sub(help.iter().map(width).sum());
    let mut fits = |hint: &(&str, &str)| {
        let fits = width(hint) <= room;
        room = if fits { room - width(hint) } else { 0 };
        fits
    };
    let own: Vec<_> = outline.hints.iter().copied().filter(|hint| fits(hint)).collect();
    let leave = Some(leave).filter(|hint| fits(hint));
    let mut spans = Vec::new();
    let mut rest = area;
    for (key, what) in own.into_iter().chain(help).chain(leave) {
        let width = width(&(key, what));
        let (place, behind) = split(rest, cells(width));
        rest = behind;
        if let Some(input) = keymap::named(key) {
            look.clickable(place, Command::Press(input));
        }
        spans.push(Span::raw(" "));
        spans.push(Span::styled(key, look.key_hint));
        spans.push(Span::styled(format!(" {what}  "), look.muted));
    }
    frame.render_widget(Line::from(spans), area);
}

fn draw_notice(frame: &mut Frame, area: Rect, notice: &Notice, cx: &Context) {
    let style = match notice.tone {
        Tone::Done => cx.look.success,
        Tone::Failed => cx.look.danger,
    };
    frame.render_widget(Line::styled(format!(" {}", notice.words), style), area);
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

/// Draws the message above the hints; answers what is left of the body.
fn draw_told(frame: &mut Frame, body: Rect, outline: &Outline<'_>) -> Rect {
    let Some(told) = outline.told else { return body };
    let more = match outline.told_behind {
        0 => "Esc put away".to_owned(),
        count => format!("Esc next, {count} more"),
    };
    let words = match told {
        Told::Message { by, words } => format!("{by}: {} ({more})", words.as_str()),
        Told::SignIn { visitor, .. } => format!(
            "You signed in from {} with {}. Not you? F2 ends that session, F3 locks all your others. ({more})",
            visitor.address, visitor.client
        ),
    };
    draw_band(frame, body, &words, outline.cx.look.selected)
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

/// `4 min`, and `42 s` in the last minute.
pub fn clock(left: Duration) -> String {
    match left.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

/// What every key does, from the tables that act. `above` are the lines that were scrolled away, and
/// the answer is how many of them really are: no more than hide the end.
pub fn draw_help(
    frame: &mut Frame,
    cx: &Context,
    actions: &[Action],
    lists: impl Fn(&Command) -> bool,
    above: usize,
) -> usize {
    let offered = actions.iter().filter(|action| proxy::offers(&cx.claims, action.needs));
    let own: Vec<(String, &str)> = offered.map(|action| (action.key.to_string(), action.name)).collect();
    let known = GLOBAL.iter().filter(|binding| lists(&binding.command));
    let common = known.map(|binding| (binding.label.to_owned(), binding.what));
    let digits = [("1-9".to_owned(), "screen by number")];
    let all: Vec<(String, &str)> = own.into_iter().chain(common).chain(digits).collect();
    let lines: Vec<String> = all.iter().map(|(key, what)| pad(key, 10) + &pad(what, 22)).collect();
    let columns = if frame.area().width >= 72 { 2 } else { 1 };
    let rows = lines.len().div_ceil(columns);
    let body: Vec<String> = (0..rows)
        .map(|row| lines.iter().skip(row).step_by(rows).map(String::as_str).collect::<String>())
        .map(|line| line.trim_end().to_owned())
        .collect();
    let body = body.join("\n");
    let dialog = Dialog { title: "Keys", body: &body, hints: &[("any key", "back")], ..Dialog::default() };
    let hidden = dialog.hidden(frame.area());
    let above = above.min(hidden);
    let scrolling = [("↑ ↓", "more"), ("any key", "back")];
    let hints = if hidden > 0 { &scrolling[..] } else { dialog.hints };
    Dialog { above, hints, ..dialog }.draw(frame, frame.area(), &cx.look);
    above
}

fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(text.width())))
}
