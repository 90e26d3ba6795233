//! What the screens that are lists have in common: rows by the page under a filter, and one of them
//! looked at closely.

use std::borrow::Cow;
use std::fmt::Display;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::dal::{DalError, Page};
use crate::tui::input::Input;
use crate::tui::keymap::{self, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Remote, Spot};
use crate::tui::widgets::facts::{self, Facts};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::pager::Pager;
use crate::tui::widgets::table::{Column, Motion, Table};

/// Something that a list shows.
pub trait Keyed {
    type Key: Clone + PartialEq + Display;

    /// What tells it from all others, also after the list was read again.
    fn key(&self) -> &Self::Key;
}

/// A list. What changes which rows it shows answers whether it has to be read again.
pub struct List<R: Keyed> {
    table: Table,
    rows: Vec<R>,
    error: Option<DalError>,
    filter: TextField,
    is_searching: bool,
    pager: Pager,
    /// The row to select once it is there.
    wanted: Option<String>,
}

impl<R: Keyed> List<R> {
    /// A list on its way; `empty` is what it says when it has no rows.
    pub fn new(columns: &'static [Column], empty: &'static str, filter_chars: usize) -> Self {
        Self {
            table: Table::new(columns, empty),
            rows: Vec::new(),
            error: None,
            filter: TextField::new(filter_chars),
            is_searching: false,
            pager: Pager::default(),
            wanted: None,
        }
    }

    pub fn spot(&self) -> Spot {
        let selected = self.selected().map(|row| row.key().to_string());
        Spot { filter: self.filter().to_owned(), selected }
    }

    pub fn return_to(&mut self, spot: Spot) {
        self.show_first_page();
        self.filter.set_value(&spot.filter);
        self.wanted = spot.selected;
    }

    /// What to ask the store for: the number of the question, and where the page begins.
    pub fn ask(&mut self) -> (u64, Option<String>) {
        self.pager.ask()
    }

    pub fn filter(&self) -> &str {
        self.filter.value()
    }

    pub fn selected(&self) -> Option<&R> {
        self.rows.get(self.table.selected()?)
    }

    /// Takes in the answer to a question. Who was selected stays selected, wherever the row is now.
    pub fn listed(
        &mut self,
        asked: u64,
        page: Result<Page<R>, DalError>,
        cells: impl Fn(&R) -> Vec<Cow<'static, str>>,
    ) {
        if !self.pager.is_answer(asked) {
            return;
        }
        match page {
            Ok(page) => {
                self.error = None;
                self.pager.set_next(page.next);
                let wanted = self.wanted.take();
                let selected = wanted.or_else(|| self.selected().map(|row| row.key().to_string()));
                self.table.set_rows(page.items.iter().map(cells).collect());
                self.rows = page.items;
                let place =
                    selected.and_then(|key| self.rows.iter().position(|row| row.key().to_string() == key));
                if let Some(index) = place {
                    self.table.select(index);
                }
            }
            Err(error) => self.error = Some(error),
        }
    }

    pub fn show_first_page(&mut self) -> bool {
        self.pager.to_first();
        self.select_top();
        true
    }

    /// Follows a key that moves within the rows or turns the page.
    pub fn follow(&mut self, command: &Command) -> bool {
        match command {
            Command::Move(motion) => self.go(*motion),
            Command::NextPage => self.next_page(),
            Command::PreviousPage => self.pager.go_back(),
            _ => false,
        }
    }

    fn next_page(&mut self) -> bool {
        let turned = self.pager.go_on();
        if turned {
            self.select_top();
        }
        turned
    }

    fn go(&mut self, motion: Motion) -> bool {
        let at_the_end = self.table.selected().is_some_and(|row| row + 1 == self.rows.len());
        if motion == Motion::Down && at_the_end {
            return self.next_page();
        }
        self.table.go(motion);
        false
    }

    /// From now on letters are the filter.
    pub fn search(&mut self) {
        self.is_searching = true;
    }

    pub fn is_searching(&self) -> bool {
        self.is_searching
    }

    /// The filter, while letters go into it.
    pub fn field(&self, label: &'static str) -> Option<(&'static str, &TextField)> {
        self.is_searching.then_some((label, &self.filter))
    }

    pub fn take_text(&mut self, input: &Input) -> bool {
        if input.is_enter() {
            self.is_searching = false;
        } else if let Some(motion) = keymap::motion(input) {
            self.table.go(motion);
        } else if self.filter.apply(input) {
            return self.show_first_page();
        }
        false
    }

    /// Forgets the filter; false if there is none.
    pub fn leave_search(&mut self) -> bool {
        let was_filtered = self.is_searching || !self.filter.is_empty();
        self.is_searching = false;
        self.filter.clear();
        was_filtered && self.show_first_page()
    }

    /// `heading` stands over all rows, `label` before the filter.
    pub fn draw(
        &self,
        frame: &mut Frame,
        area: Rect,
        heading: &'static str,
        label: &'static str,
        cx: &Context,
    ) {
        let [search, table, foot] =
            Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)]).areas(area);
        if self.is_searching || !self.filter.is_empty() {
            self.filter.draw(frame, search, label, self.is_searching, &cx.look);
        } else {
            frame.render_widget(Line::styled(heading, cx.look.muted), search);
        }
        match &self.error {
            Some(error) => draw_error(frame, table, error, cx),
            None => self.table.draw(frame, table, &cx.look),
        }
        frame.render_widget(Line::styled(self.pager.words(), cx.look.muted), foot);
    }

    fn select_top(&mut self) {
        // The rows of another page: none of them is the one that was selected.
        self.rows.clear();
        self.table.select(0);
    }
}

/// One row, looked at closely.
pub struct Detail<D: Keyed> {
    key: D::Key,
    content: Remote<D>,
    scroll: usize,
}

impl<D: Keyed> Detail<D> {
    pub fn loading(key: D::Key) -> Self {
        Self { key, content: Remote::Loading, scroll: 0 }
    }

    pub fn key(&self) -> &D::Key {
        &self.key
    }

    pub fn content(&self) -> Option<&D> {
        self.content.ready()
    }

    /// Takes in what was fetched, unless it is about something that was looked at before.
    pub fn got(&mut self, content: Result<D, DalError>) {
        if content.as_ref().map_or(true, |content| *content.key() == self.key) {
            self.content = content.into();
        }
    }

    /// Follows a key that moves.
    pub fn follow(&mut self, command: &Command) {
        if let Command::Move(motion) = command {
            self.scroll = motion.apply(self.scroll);
        }
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, groups: fn(&D, &Context) -> Vec<Facts>, cx: &Context) {
        match &self.content {
            Remote::Loading => frame.render_widget(Line::styled("Loading…", cx.look.muted), area),
            Remote::Failed(error) => draw_error(frame, area, error, cx),
            Remote::Ready(content) => {
                facts::draw(frame, area, &groups(content, cx), self.scroll, &cx.look);
            }
        }
    }
}

fn draw_error(frame: &mut Frame, area: Rect, error: &DalError, cx: &Context) {
    frame.render_widget(Line::styled(Notice::from(error).words, cx.look.danger), area);
}
