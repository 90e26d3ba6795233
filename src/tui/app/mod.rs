//! What is mounted, what is on its way, and what a key does to it.
//!
//! [`going`] goes from screen to screen; [`presence`] locks the screen and counts down; [`errands`] is what
//! the app does for itself; [`overlay`] is what lies over the screen; [`works`] what goes on behind it, [`report`] what became of that; [`terminal`] is what it does about what
//! a terminal says and a mouse points at; [`told`] is what it was told; [`reading`] tells what is read aloud.

mod errands;
mod going;
mod overlay;
mod presence;
pub mod reading;
mod report;
mod terminal;
mod told;
mod works;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Position;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::dal::sessions::Lost;
use crate::dal::{DalError, Messages, Session};
use crate::domain::secret::Secret;
use crate::domain::session::{Claims, Duty, Place};
use crate::proxy;
use crate::tui::words::frame as say;

use super::Left;
use super::footer;
use super::frame;
use super::input::Input;
use super::keymap::{self, Command};
use super::lock::Lock;
use super::look::Look;
use super::notice::Notice;
use super::screen::{AnyLoad, Arrangement, Brought, Context, Mounted, Step};
use super::screens::Route;
use super::terminal::Profile;
use super::theme::{Background, Theme};
use super::words;
use errands::Errand;
use going::spec;
use overlay::Overlay;
use told::News;
use works::Works;

/// How long a live screen waits after a change, so that a swarm of them is read once.
const SWARM: Duration = Duration::from_millis(500);

/// One person's dashboard.
pub struct App {
    cx: Context,
    /// The claims that the mounted screen was chosen for. Those of `cx` may be newer.
    chosen_for: Arc<Claims>,
    route: Route,
    screen: Box<dyn Mounted>,
    /// Of the mounted screen; they end with it.
    loads: JoinSet<Brought<Box<dyn std::any::Any + Send>>>,
    verification: JoinSet<Result<(), DalError>>,
    notice: Option<Notice>,
    /// Rung when somebody comes, goes or turns to something else.
    changes: watch::Receiver<u64>,
    /// When a live screen reads again: changes come in swarms.
    reads_again: Option<Instant>,
    messages: Messages,
    /// What was said to this session and not yet put away, the oldest first.
    told: VecDeque<News>,
    overlay: Option<Overlay>,
    /// Stands before everything else until the password is given.
    lock: Option<Lock>,
    errands: JoinSet<Errand>,
    /// What goes on behind the screens, in the order in which it was begun.
    works: Works,
    /// A session whose connection was lost, as long as it may be asked whether to go on there.
    lost: Option<Lost>,
    is_untouched: bool,
    place: Place,
    /// How the tables of the screens that were left stood.
    arranged: BTreeMap<Route, Arrangement>,
    /// For the person's clipboard, with the next frame: what it is, and the value.
    to_copy: Option<(String, Secret)>,
    profile: Profile,
    /// As the terminal said, if it did.
    background: Option<Background>,
    /// The screen shows something that is shown this once.
    shows_once: bool,
    dirty: bool,
    left: Option<Left>,
}

/// What the loop has to do about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Done,
    Repaint,
}

impl App {
    pub fn new(session: Session) -> Self {
        let claims = session.claims();
        let (changes, messages) = (session.changes(), session.messages());
        let route = proxy::home(&claims);
        let now = session.dal().now();
        let zone = claims.preferences.zone_or(None);
        let cx = Context { session, claims, now, zone, look: Look::new(&Theme::DEFAULT) };
        let (screen, first) = (spec(route).open)(&cx);
        let mut app = Self {
            chosen_for: Arc::clone(&cx.claims),
            cx,
            route,
            screen,
            loads: JoinSet::new(),
            verification: JoinSet::new(),
            notice: None,
            changes,
            reads_again: None,
            messages,
            told: VecDeque::new(),
            overlay: None,
            lock: None,
            errands: JoinSet::new(),
            works: Works::default(),
            lost: None,
            is_untouched: true,
            place: Place::default(),
            arranged: BTreeMap::new(),
            to_copy: None,
            profile: Profile::default(),
            background: None,
            shows_once: false,
            dirty: true,
            left: None,
        };
        app.cx.session.turns_to(spec(route).title);
        app.start(first);
        if let Some(duty @ Duty::EndASession { .. }) = app.cx.claims.duty {
            app.tell(Notice::from(&DalError::from(duty)));
        }
        app.look_for_lost();
        app
    }

    /// With a screen that is in no table.
    #[cfg(test)]
    pub fn with_screen<S: super::screen::Screen>(session: Session) -> Self {
        let mut app = Self::new(session);
        app.loads = JoinSet::new();
        let (screen, first) = super::screen::mount::<S>(&app.cx);
        app.screen = screen;
        app.start(first);
        app
    }

    pub fn left(&mut self) -> Option<Left> {
        self.left.take()
    }

    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Whether something is on its way.
    pub fn is_waiting(&self) -> bool {
        !self.loads.is_empty()
            || !self.verification.is_empty()
            || !self.errands.is_empty()
            || self.works.are_going_on()
    }

    /// Whether a command means something here.
    pub fn knows(&self, command: &Command) -> bool {
        match command {
            Command::Report => !self.works.ended().is_empty(),
            command => knows(&*self.screen, self.route == proxy::home(&self.cx.claims), command),
        }
    }

    pub fn redraw(&mut self) {
        self.dirty = true;
    }

    /// Reads session, user and roles from the store, for what is drawn from now on.
    pub fn verify_again(&mut self) {
        // One is enough, and a newer one knows more.
        self.verification.abort_all();
        let session = self.cx.session.clone();
        self.verification.spawn(async move { session.verify().await.map(drop) });
    }

    /// Waits for the next load, verification or message, or for a change that a live screen shows,
    /// and takes it in. Cancel-safe.
    pub async fn loaded(&mut self) {
        let due = self.reads_again;
        let is_live = self.screen.is_live();
        let shows_changes = is_live || self.waits_for_an_end();
        tokio::select! {
            Some(brought) = self.loads.join_next() => match brought {
                Ok(Brought::Message(message)) => {
                    self.refresh_context();
                    let (step, loads) = self.screen.update(message, &self.cx);
                    self.follow(step, loads);
                    self.note_place();
                }
                Ok(Brought::Ended(ended)) => self.left = Some(Left::Ended(ended)),
                Err(error) => self.broke_down(&error),
            },
            Some(verified) = self.verification.join_next() => match verified {
                Ok(Ok(())) => self.claims_may_have_changed(),
                Ok(Err(DalError::SessionEnded(ended))) => self.left = Some(Left::Ended(ended)),
                // The lock says so itself.
                Ok(Err(DalError::Locked)) => {}
                Ok(Err(error)) => self.tell(Notice::from(&error)),
                Err(error) => self.broke_down(&error),
            },
            Some(errand) = self.errands.join_next() => match errand {
                Ok(errand) => self.run(errand),
                Err(error) => self.broke_down(&error),
            },
            ended = self.works.next() => {
                self.dirty = true;
                if let Some(mut notice) = ended {
                    if self.works.ended().back().is_some_and(|ended| ended.refused() > 1) {
                        notice.words.push_str(say::F7_HAS_ALL);
                    }
                    self.notice = Some(notice);
                    self.read_again();
                }
            }
            Some(told) = self.messages.next() => self.hear(&told),
            Ok(()) = self.changes.changed(), if shows_changes && due.is_none() && self.lock.is_none() => {
                self.dirty |= self.waits_for_an_end();
                if is_live {
                    self.reads_again = Some(Instant::now() + SWARM);
                }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                self.reads_again = self.next_reading();
                // Behind the lock nothing is read; there is nobody to read it.
                if self.lock.is_none() {
                    self.read_again();
                }
            }
            else => std::future::pending().await,
        }
    }

    /// What was on its way will not come, because it panicked; or because nobody waits for it any more.
    fn broke_down(&mut self, error: &JoinError) {
        if error.is_panic() {
            tracing::error!(%error, "what was on its way broke down");
            self.left = Some(Left::BrokenDown);
        }
    }

    /// When the mounted screen reads again by the clock.
    fn next_reading(&self) -> Option<Instant> {
        self.screen.every().map(|every| Instant::now() + every)
    }

    fn read_again(&mut self) {
        self.refresh_context();
        let (step, loads) = self.screen.command(Command::Refresh, &self.cx);
        self.follow(step, loads);
    }

    /// Takes one thing that a person did, or that their terminal said.
    pub fn take(&mut self, input: &Input) -> Taken {
        match input {
            Input::Background(color) => self.take_background(*color),
            Input::Mouse(mouse) => return self.take_mouse(*mouse),
            Input::Key(_) | Input::Paste(_) | Input::Submit | Input::Focus(_) => return self.take_key(input),
        }
        Taken::Done
    }

    fn take_key(&mut self, input: &Input) -> Taken {
        self.dirty = true;
        self.notice = None;
        self.look();
        if self.lock.is_some() {
            return self.take_locked(input);
        }
        if self.overlay.is_some() {
            return self.take_overlay(input);
        }
        if self.takes_told(input) || self.takes_offer(input) {
            return Taken::Done;
        }
        let command = keymap::always(input).or_else(|| {
            if self.screen.takes_text() {
                Some(Command::Text(input.clone()))
            } else {
                keymap::command(input, self.screen.actions())
            }
        });
        let taken = command.map_or(Taken::Done, |command| self.command(command));
        self.note_place();
        taken
    }

    /// Takes a click; what it means is what was drawn there.
    pub fn click(&mut self, at: Position) -> Taken {
        self.look();
        let Some(command) = self.cx.look.hit(at) else {
            // What was said is put away, as by any key.
            self.dirty |= self.notice.take().is_some();
            return Taken::Done;
        };
        let is_typing = self.lock.is_some() || self.overlay.is_none() && self.screen.takes_text();
        match command {
            Command::Press(input) if is_typing && input.is_enter() => self.take(&Input::Submit),
            Command::Press(input) => self.take(&input),
            Command::Open if is_typing => self.take(&Input::Submit),
            Command::Focus(field) if is_typing => self.take(&Input::Focus(field)),
            Command::Select(line) if self.overlay.is_some() => self.picks(line),
            command => {
                self.dirty = true;
                self.notice = None;
                let taken = self.command(command);
                self.note_place();
                taken
            }
        }
    }

    /// Obeys; what concerns the terminal itself is for the loop.
    fn command(&mut self, command: Command) -> Taken {
        match command {
            Command::Repaint => return Taken::Repaint,
            command => self.obey(command),
        }
        Taken::Done
    }

    /// Does what is asked for, unless that would throw away what somebody typed: then they are asked.
    fn obey(&mut self, command: Command) {
        let leaves = matches!(
            command,
            Command::Quit
                | Command::Back
                | Command::NextTab
                | Command::PreviousTab
                | Command::Tab(_)
                | Command::Go(_)
        );
        let stops_work = command == Command::Quit && self.works.are_going_on();
        if stops_work || leaves && (self.screen.is_changed() || self.screen.shows_once()) {
            self.overlay = Some(Overlay::Discard(command));
        } else {
            self.obey_anyway(command);
        }
    }

    fn obey_anyway(&mut self, command: Command) {
        match command {
            Command::Quit => self.left = Some(Left::SignedOut),
            Command::Help | Command::Palette => self.open_over(&command),
            Command::Lock => {
                self.cx.session.lock();
                self.look();
            }
            Command::NextTab => self.turn(1),
            Command::PreviousTab => self.turn(-1),
            Command::Tab(index) => self.switch_to(index),
            Command::Go(route) => self.go(route),
            Command::StopWork => self.works.stop(),
            Command::Report => self.open_report(),
            Command::NextTheme => self.change_theme(),
            Command::Mouse => self.change_mouse(),
            Command::Act(key) if !self.is_offered(key) => {}
            other => {
                let (step, loads) = self.screen.command(other, &self.cx);
                self.follow(step, loads);
            }
        }
    }

    /// Opens help or the palette, after the screen has put away what would have the keyboard below it.
    fn open_over(&mut self, command: &Command) {
        let (step, loads) = self.screen.command(command.clone(), &self.cx);
        self.follow(step, loads);
        match command {
            Command::Help => self.overlay = Some(Overlay::Help(0)),
            _ => self.open_palette(),
        }
    }

    fn is_offered(&self, key: char) -> bool {
        let offered = |action: &keymap::Action| proxy::offers(&self.cx.claims, action.needs);
        self.screen.applies(key)
            && self.screen.actions().iter().any(|action| action.key == key && offered(action))
    }

    fn follow(&mut self, step: Step, loads: Vec<AnyLoad>) {
        self.dirty = true;
        self.start(loads);
        match step {
            Step::Stay => {}
            Step::Go(route) => self.go(route),
            Step::Visit(route, spot) => self.visit(route, spot),
            Step::Tell(notice) => self.notice = Some(notice),
            Step::Back => self.go(proxy::home(&self.cx.claims)),
            Step::Refresh => self.verify_again(),
            Step::Begin(work) => self.begin(work),
            Step::Copy { what, value } => self.to_copy = Some((what, value)),
        }
        let showed_once = std::mem::replace(&mut self.shows_once, self.screen.shows_once());
        if showed_once && !self.shows_once {
            // What has changed meanwhile waited for it.
            self.verify_again();
        }
    }

    fn tell(&mut self, notice: Notice) {
        self.notice = Some(notice);
        self.dirty = true;
    }

    fn refresh_context(&mut self) {
        let claims = self.cx.session.claims();
        let was_dressed =
            std::mem::replace(&mut self.cx.claims, claims).preferences == self.cx.claims.preferences;
        if !was_dressed {
            self.dress();
        }
        self.cx.now = self.cx.session.dal().now();
    }

    fn start(&mut self, loads: Vec<AnyLoad>) {
        for load in loads {
            self.loads.spawn(load);
        }
    }

    /// Draws the frame, and the screen in it.
    pub fn draw(&mut self, frame: &mut Frame) {
        self.dirty = false;
        self.cx.look.begin();
        if let Some(lock) = &self.lock {
            return lock.draw(frame, &self.cx);
        }
        let outline = frame::Outline {
            cx: &self.cx,
            route: self.route,
            title: spec(self.route).title,
            crumbs: self.screen.crumbs(),
            notice: self.notice.as_ref(),
            told: self.told_words(),
            warning: self.warning(),
            work: self.works.progress(),
        };
        if let Some(body) = frame::draw(frame, &outline) {
            self.cx.look.set_below(self.overlay.is_some() || self.lost.is_some());
            self.screen.view(frame, body, &self.cx);
            self.cx.look.set_below(false);
            // A box over everything names its own keys, and those below mean something else meanwhile.
            if self.overlay.is_none() {
                self.draw_footer(frame);
            }
            self.draw_offer(frame);
            self.draw_overlay(frame, body);
        }
    }

    /// Draws the last row, once it is known whether what is above it has an end in the window.
    fn draw_footer(&self, frame: &mut Frame) {
        let is_typing = self.screen.takes_text();
        let mut hints = self.screen.hints(&self.cx);
        if self.cx.look.goes_on() && !is_typing {
            hints.insert(hints.len().min(1), words::SCROLL);
        }
        footer::draw(frame, &hints, is_typing, &self.cx.look);
    }
}

/// At home there is nowhere to go back to, unless something is open there.
fn knows(screen: &dyn Mounted, is_home: bool, command: &Command) -> bool {
    match command {
        Command::Back => !is_home || !screen.crumbs().is_empty(),
        command => command.is_everywhere() || screen.knows(command),
    }
}
