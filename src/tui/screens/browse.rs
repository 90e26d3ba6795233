//! A list whose rows can be looked at closely: what all such screens do alike.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::tui::keymap::Command;
use crate::tui::screen::{Context, Load, Remote, Screen};
use crate::tui::widgets::facts::{self, Facts};
use crate::tui::widgets::state::State;

use super::list::{Keyed, List};

/// What a screen fetches first, or next.
type Loads<S> = Vec<Load<<S as Screen>::Msg>>;

/// A screen that is a list, with a detail over it while a row is open.
pub trait Browse: Screen {
    type Row: Keyed;
    type Close: Keyed<Key = <Self::Row as Keyed>::Key>;

    /// Whether there is a search; without one its key does nothing.
    const IS_SEARCHED: bool = true;

    fn list(&mut self) -> &mut List<Self::Row>;
    fn detail(&mut self) -> &mut Option<Detail<Self::Close>>;

    /// Fetches the page that the list is at.
    fn read(&mut self, cx: &Context) -> Loads<Self>;

    /// Fetches one row to be looked at closely.
    fn get(key: <Self::Row as Keyed>::Key, cx: &Context) -> Load<Self::Msg>;

    /// What else follows from a key that moved within the list.
    fn followed(&mut self) {}

    fn read_if(&mut self, has_changed: bool, cx: &Context) -> Loads<Self> {
        if has_changed { self.read(cx) } else { Vec::new() }
    }

    /// The list again, and the detail if one is open.
    fn refresh(&mut self, cx: &Context) -> Loads<Self> {
        let mut loads = self.read(cx);
        loads.extend(self.detail().as_ref().map(|detail| Self::get(detail.key().clone(), cx)));
        loads
    }

    /// Does what a key does on all such screens; nothing for one that means something else on each.
    fn browse(&mut self, command: &Command, cx: &Context) -> Option<Loads<Self>> {
        if self.list().is_choosing() && *command != Command::Refresh {
            self.list().follow(command);
            return Some(Vec::new());
        }
        let is_list = self.detail().is_none();
        match command {
            Command::Move(_) | Command::NextPage | Command::PreviousPage | Command::Sort(_) => {
                return Some(self.follow(command, cx));
            }
            Command::Select(row) if is_list => return Some(self.click(*row, cx)),
            Command::Open if is_list => return Some(self.open_detail(cx)),
            Command::Search if Self::IS_SEARCHED => {
                *self.detail() = None;
                self.list().search();
            }
            Command::Refresh => return Some(self.refresh(cx)),
            Command::Columns => self.list().choose_columns(),
            Command::Sideways(by) => self.list().scroll_columns(*by),
            _ => return None,
        }
        Some(Vec::new())
    }

    /// Follows a key that moves: within the detail if one is open, else within the list.
    fn follow(&mut self, command: &Command, cx: &Context) -> Loads<Self> {
        if let Some(detail) = self.detail() {
            detail.follow(command);
            return Vec::new();
        }
        let has_turned = self.list().follow(command);
        self.followed();
        self.read_if(has_turned, cx)
    }

    /// A row that was clicked is selected; the one that already was is opened.
    fn click(&mut self, row: usize, cx: &Context) -> Loads<Self> {
        if self.list().click(row) { self.open_detail(cx) } else { Vec::new() }
    }

    fn open_detail(&mut self, cx: &Context) -> Loads<Self> {
        let Some(key) = self.list().selected().map(|row| row.key().clone()) else { return Vec::new() };
        *self.detail() = Some(Detail::loading(key.clone()));
        vec![Self::get(key, cx)]
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
            Remote::Loading => State::Loading.draw(frame, area, &cx.look),
            Remote::Failed(error) => State::of(error).draw(frame, area, &cx.look),
            Remote::Ready(content) => {
                facts::draw(frame, area, &groups(content, cx), self.scroll, &cx.look);
            }
        }
    }
}
