//! The palette: everything that can be done, to search through.
//!
//! It offers nothing that no key does. What is chosen is carried out as if its key had been pressed.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Clear, Padding};

use crate::domain::name::UserName;
use crate::domain::session::Claims;
use crate::proxy;
use crate::tui::words::frame as say;

use super::input::Input;
use super::keymap::{self, About, Command, GLOBAL, tab_key};
use super::look::Look;
use super::screens::{Route, ScreenSpec};
use super::widgets::field::TextField;
use super::widgets::foot;
use super::widgets::hints::Hint;
use super::widgets::table::Motion;
use super::widgets::text::{cells, columns, put, row, split};
use super::words;

/// Characters of the longest search.
const QUERY_CHARS: usize = 64;

/// Columns of the box, and rows of what was found, where there is room.
const WIDTH: u16 = 62;
const ROWS: u16 = 12;

/// Border, what is typed, hints, and the blank rows between.
const FRAME: u16 = 6;

/// Rows below what is typed beyond which one is left blank above the hints.
const ROOMY: u16 = 5;

const HINTS: &[Hint<'static>] = &[say::DO_IT, words::BACK];

/// What can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// A screen.
    Go(Route),
    /// An action of a screen.
    Act(Route, char),
    /// Something that every screen knows.
    Command(Command),
    /// Somebody, on the Users screen.
    User(UserName),
}

/// One line of it.
struct Entry {
    words: String,
    /// The key that does the same, if there is one here.
    key: String,
    choice: Choice,
}

/// What became of an input.
pub enum Picked {
    Nothing,
    Changed,
    Choice(Choice),
    Closed,
}

/// An open palette.
pub struct Palette {
    query: TextField,
    entries: Vec<Entry>,
    /// People whose names begin with what was typed, in the order of the store.
    people: Vec<Entry>,
    /// Indexes into both, people last; the best first.
    found: Vec<usize>,
    selected: usize,
    matcher: Matcher,
}

impl Palette {
    /// What this person may do, on the screen that they look at and elsewhere; `knows` tells what means something.
    pub fn new(claims: &Claims, here: Route, knows: impl Fn(&Command) -> bool) -> Self {
        let screens = proxy::screens(claims);
        let of_screens = screens.iter().enumerate().map(|(index, screen)| Entry {
            words: screen.title.to_owned(),
            key: tab_key(index).to_owned(),
            choice: Choice::Go(screen.route),
        });
        let mut ordered = screens.clone();
        ordered.sort_by_key(|screen| screen.route != here);
        let of_actions = ordered.iter().flat_map(|screen| actions(screen, claims, here));
        let common = GLOBAL.iter().filter(|binding| is_looked_up(&binding.command));
        let common = common.filter(|binding| knows(&binding.command));
        let of_everywhere = common.map(|binding| Entry {
            words: binding.what.to_owned(),
            key: binding.label.to_owned(),
            choice: Choice::Command(binding.command.clone()),
        });
        let entries: Vec<Entry> = of_screens.chain(of_actions).chain(of_everywhere).collect();
        let found = (0..entries.len()).collect();
        Self {
            query: TextField::new(QUERY_CHARS),
            entries,
            people: Vec::new(),
            found,
            selected: 0,
            matcher: Matcher::new(Config::DEFAULT),
        }
    }

    pub fn query(&self) -> &str {
        self.query.value()
    }

    pub fn take(&mut self, input: &Input) -> Picked {
        if input.is_escape() {
            return Picked::Closed;
        }
        if input.is_enter() {
            return self.pick(self.selected);
        }
        if let Some(motion) = keymap::motion(input) {
            self.go(motion);
        } else if self.query.apply(input) {
            self.people.clear();
            self.search();
            return Picked::Changed;
        }
        Picked::Nothing
    }

    /// The choice on one of its lines.
    pub fn pick(&self, line: usize) -> Picked {
        let entry = self.found.get(line).and_then(|index| self.entry(*index));
        entry.map_or(Picked::Nothing, |entry| Picked::Choice(entry.choice.clone()))
    }

    fn go(&mut self, motion: Motion) {
        self.selected = motion.apply(self.selected).min(self.found.len().saturating_sub(1));
    }

    /// People that were found for what is typed now.
    pub fn set_people(&mut self, people: impl Iterator<Item = (UserName, String)>) {
        let entry = |(name, display_name): (UserName, String)| Entry {
            words: say::user(&name, &display_name),
            key: String::new(),
            choice: Choice::User(name),
        };
        self.people = people.map(entry).collect();
        self.search();
    }

    fn entry(&self, index: usize) -> Option<&Entry> {
        let people = index.checked_sub(self.entries.len());
        self.entries.get(index).or_else(|| people.and_then(|index| self.people.get(index)))
    }

    fn search(&mut self) {
        self.selected = 0;
        if self.query.is_empty() {
            self.found = (0..self.entries.len()).collect();
            return;
        }
        let pattern =
            Pattern::new(self.query.value(), CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
        let mut scored = Vec::new();
        let mut characters = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let words = Utf32Str::new(&entry.words, &mut characters);
            if let Some(score) = pattern.score(words, &mut self.matcher) {
                let is_whole = entry.words.chars().count() == self.query.value().trim().chars().count();
                scored.push((score, is_whole, index));
            }
        }
        // The best first; of equals the one that was typed to its end, then the one that stands first in the list.
        scored.sort_by_key(|(score, is_whole, index)| (std::cmp::Reverse((*score, *is_whole)), *index));
        let people = self.entries.len()..self.entries.len() + self.people.len();
        self.found = scored.into_iter().map(|(.., index)| index).chain(people).collect();
    }

    /// Draws it in the upper half, where what is found can grow below what is typed.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let lines = cells(self.found.len().max(1)).min(ROWS);
        let width = WIDTH.min(area.width);
        let height = (lines + FRAME).min(area.height);
        let x = area.x + (area.width - width) / 2;
        let place = Rect { x, y: area.y + (area.height - height) / 4, width, height };
        look.covers(area);
        frame.render_widget(Clear, place);
        let block = Block::bordered().border_style(look.border_focus).padding(Padding::horizontal(1));
        let inner = block.inner(place);
        frame.render_widget(block, place);
        let heading = Rect { x: inner.x, width: inner.width, ..row(place, 0) };
        put(frame.buffer_mut(), heading, say::MENU, look.title);
        self.query.draw(frame, row(inner, 0), "", true, look);
        let list = Rect { y: inner.y + 1, height: inner.height.saturating_sub(2), ..inner };
        let place = self.draw_found(frame, list, look);
        foot::draw(frame, row(inner, inner.height.saturating_sub(1)), &[], HINTS, &place, look);
    }

    /// Answers which of them are seen, if not all are.
    fn draw_found(&self, frame: &mut Frame, area: Rect, look: &Look) -> String {
        let is_airy = area.height > ROOMY;
        let area = if is_airy { Rect { height: area.height - 1, ..area } } else { area };
        if self.found.is_empty() {
            put(frame.buffer_mut(), row(area, 1), say::NOTHING_CALLED, look.muted);
            return String::new();
        }
        let room = usize::from(area.height.saturating_sub(1)).max(1);
        let first = (self.selected + 1).saturating_sub(room);
        for (line, (place, index)) in self.found.iter().enumerate().skip(first).take(room).enumerate() {
            let Some(entry) = self.entry(*index) else { continue };
            let whole = row(area, cells(line + 1));
            let style = if place == self.selected { look.value.patch(look.selected) } else { look.value };
            frame.buffer_mut().set_style(whole, style);
            let (words, key) = split(whole, whole.width.saturating_sub(cells(columns(&entry.key)) + 1));
            put(
                frame.buffer_mut(),
                words,
                &format!("{}{}", mark(place == self.selected), entry.words),
                style,
            );
            let key_style = if place == self.selected { style } else { look.key_hint };
            put(frame.buffer_mut(), key, &entry.key, key_style);
            look.clickable(whole, Command::Select(place));
        }
        let (last, all) = ((first + room).min(self.found.len()), self.found.len());
        if all > room { words::widgets::some_of(first + 1, last, all) } else { String::new() }
    }
}

const fn mark(is_selected: bool) -> &'static str {
    if is_selected { "› " } else { "  " }
}

/// What may be asked of a screen; from elsewhere only what needs no selected row.
fn actions(screen: &ScreenSpec, claims: &Claims, here: Route) -> Vec<Entry> {
    let is_here = screen.route == here;
    let offered = screen.actions.iter().filter(|action| proxy::offers(claims, action.needs));
    let possible = offered.filter(|action| is_here || action.about == About::Screen);
    possible
        .map(|action| Entry {
            words: format!("{}: {}", screen.title, action.name),
            key: if is_here { action.key.to_string() } else { String::new() },
            choice: Choice::Act(screen.route, action.key),
        })
        .collect()
}

/// Not the keys that move within a screen, which nobody looks up by name.
fn is_looked_up(command: &Command) -> bool {
    matches!(
        command,
        Command::Lock
            | Command::Help
            | Command::Repaint
            | Command::Refresh
            | Command::Undo
            | Command::Mouse
            | Command::NextTheme
            | Command::StopWork
            | Command::Quit
    )
}
