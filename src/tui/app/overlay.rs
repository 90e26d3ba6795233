//! What lies over the screen and has the keyboard: help, the palette, a question before typed text is
//! thrown away.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::users::UserQuery;
use crate::domain::name::UserName;
use crate::domain::role::Permission;
use crate::proxy;
use crate::tui::frame;
use crate::tui::input::Input;
use crate::tui::keymap::{self, Command};
use crate::tui::palette::{Choice, Palette, Picked};
use crate::tui::screen::Spot;
use crate::tui::screens::Route;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::widgets::table::Motion;
use crate::tui::words::frame as say;

use super::errands::Errand;
use super::report;
use super::{App, Taken, knows};

/// People that the palette lists.
const PEOPLE: usize = 8;

/// One of them, at most, is open.
pub(super) enum Overlay {
    /// Lines of the help that are above its box.
    Help(usize),
    Palette(Box<Palette>),
    /// Which of the reports, the newest first, and lines of it that are above its box.
    Report(usize, usize),
    /// Something was typed that this command would throw away.
    Discard(Command),
}

impl App {
    /// Takes a key for what lies over the screen.
    pub(super) fn take_overlay(&mut self, input: &Input) -> Taken {
        match &mut self.overlay {
            Some(Overlay::Help(above)) => match keymap::command(input, &[]) {
                Some(Command::Move(Motion::Up)) => *above = above.saturating_sub(1),
                Some(Command::Move(Motion::Down)) => *above += 1,
                _ => self.overlay = None,
            },
            Some(Overlay::Palette(palette)) => {
                let picked = palette.take(input);
                return self.picked(picked);
            }
            Some(Overlay::Report(which, above)) => {
                let (which, above) = (*which, *above);
                self.take_report(input, which, above);
            }
            Some(Overlay::Discard(_)) if input.is_enter() => {
                if let Some(Overlay::Discard(command)) = self.overlay.take() {
                    self.obey_anyway(command);
                }
            }
            Some(Overlay::Discard(_)) if input.is_escape() => self.overlay = None,
            Some(Overlay::Discard(_)) | None => {}
        }
        Taken::Done
    }

    /// A line of the palette was clicked.
    pub(super) fn picks(&mut self, line: usize) -> Taken {
        let Some(Overlay::Palette(palette)) = &self.overlay else { return Taken::Done };
        let picked = palette.pick(line);
        self.picked(picked)
    }

    fn picked(&mut self, picked: Picked) -> Taken {
        match picked {
            Picked::Nothing => {}
            Picked::Closed => self.overlay = None,
            Picked::Changed => self.look_for_people(),
            Picked::Choice(choice) => {
                self.overlay = None;
                return self.carry_out(choice);
            }
        }
        Taken::Done
    }

    fn carry_out(&mut self, choice: Choice) -> Taken {
        match choice {
            Choice::Go(route) => self.obey(Command::Go(route)),
            Choice::Command(command) => return self.command(command),
            Choice::Act(route, key) => {
                self.obey(Command::Go(route));
                if self.route == route && self.overlay.is_none() {
                    self.obey(Command::Act(key));
                }
            }
            Choice::User(name) => self.show_user(&name),
        }
        Taken::Done
    }

    fn show_user(&mut self, name: &UserName) {
        self.visit(Route::Users, Spot::open_at(name.as_str()));
    }

    /// Goes to a place on another screen.
    pub(super) fn visit(&mut self, route: Route, spot: Spot) {
        self.obey(Command::Go(route));
        if self.route == route && self.overlay.is_none() {
            let loads = self.screen.return_to(spot, &self.cx);
            self.start(loads);
        }
    }

    pub(super) fn open_palette(&mut self) {
        let palette = Palette::new(&self.cx.claims, self.route, |command| self.knows(command));
        self.overlay = Some(Overlay::Palette(Box::new(palette)));
    }

    /// Fetches people whose names begin with what is typed, for those who may see them.
    fn look_for_people(&mut self) {
        let Some(Overlay::Palette(palette)) = &self.overlay else { return };
        let asked = palette.query().trim().to_owned();
        if asked.is_empty() || !proxy::offers(&self.cx.claims, Permission::ReadUsers) {
            return;
        }
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let query = UserQuery { prefix: asked.clone(), limit: PEOPLE, ..UserQuery::default() };
            let found = async { session.verify().await?.users().list(query).await };
            let found = found.await;
            Errand::Found(asked, found)
        });
    }

    /// Takes in people that were fetched, unless something else has been typed since.
    pub(super) fn found_people(&mut self, asked: &str, people: Vec<crate::dal::users::UserRow>) {
        if let Some(Overlay::Palette(palette)) = &mut self.overlay
            && palette.query().trim() == asked
        {
            palette.set_people(people.into_iter().map(|row| (row.name, row.display_name.to_string())));
            self.dirty = true;
        }
    }

    pub(super) fn draw_overlay(&mut self, frame: &mut Frame, area: Rect) {
        let is_help = matches!(self.overlay, Some(Overlay::Help(_)));
        let actions = if is_help { self.offered() } else { Vec::new() };
        match &mut self.overlay {
            Some(Overlay::Help(above)) => {
                let is_home = self.route == proxy::home(&self.cx.claims);
                let is_working = self.works.are_going_on();
                let has_reports = !self.works.ended().is_empty();
                let lists = |command: &Command| match command {
                    Command::StopWork => is_working,
                    Command::Report => has_reports,
                    command => knows(&*self.screen, is_home, command),
                };
                let help = frame::Help {
                    cx: &self.cx,
                    actions,
                    is_typing: self.screen.takes_text(),
                    field: self.screen.field().map(|(_, field)| field),
                };
                *above = help.draw(frame, lists, *above);
            }
            Some(Overlay::Palette(palette)) => palette.draw(frame, area, &self.cx.look),
            Some(Overlay::Report(which, above)) => {
                if let Some(ended) = self.works.ended().iter().nth_back(*which) {
                    *above = report::draw(frame, area, ended, *above, &self.cx.look);
                }
            }
            Some(Overlay::Discard(_)) => {
                let (title, body, hints) = if self.screen.shows_once() {
                    (say::HAVE_KEPT, say::SHOWN_ONCE, [say::DO_LEAVE, say::LOOK_AGAIN])
                } else if self.screen.is_changed() {
                    (say::THROW_AWAY, say::NOT_SAVED, [say::DO_THROW_AWAY, say::KEEP_IT])
                } else {
                    (say::STOP_WORK, say::WORK_STOPS, [say::DO_STOP, say::STAY])
                };
                let dialog = Dialog { title, body, hints: &hints, is_danger: true, ..Dialog::default() };
                dialog.draw(frame, area, &self.cx.look);
            }
            None => {}
        }
    }
}
