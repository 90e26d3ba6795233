//! What a screen is: a small Elm program with messages of its own.

use std::any::Any;
use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::{DalError, Session};
use crate::domain::preferences::Preferences;
use crate::domain::secret::Secret;
use crate::domain::session::{Claims, Ended};
use crate::domain::time::Timestamp;
use crate::domain::zone::Zone;

use super::keymap::{Action, Command};
use super::look::Look;
use super::notice::Notice;
use super::screens::Route;
use super::widgets::field::TextField;
use super::widgets::table::Sort;
use super::work::Work;

/// One page of the dashboard.
pub trait Screen: Sized + Send + 'static {
    type Msg: Send + 'static;

    /// The keys that mean something here, besides those that mean the same everywhere.
    const ACTIONS: &'static [Action] = &[];

    /// Whether it reads again by itself when somebody comes, goes or turns to something else.
    const IS_LIVE: bool = false;

    /// How often it reads again while it is looked at, if by the clock.
    const EVERY: Option<Duration> = None;

    fn open(cx: &Context) -> (Self, Vec<Load<Self::Msg>>);

    /// Reacts to a key.
    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Self::Msg>>);

    /// Takes in what a load brought.
    fn update(&mut self, msg: Self::Msg, cx: &Context) -> (Step, Vec<Load<Self::Msg>>);

    /// Draws. Never changes anything, never waits.
    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context);

    /// Whether letters are text at the moment, not keys.
    fn takes_text(&self) -> bool {
        false
    }

    /// Whether something was typed that leaving would lose.
    fn is_changed(&self) -> bool {
        false
    }

    /// Whether it shows something that is shown this once, or is about to: whoever leaves is asked first, and what they may see
    /// changes behind it.
    fn shows_once(&self) -> bool {
        false
    }

    /// Whether it shows something that has to be whole: what there is to tell waits until it is done.
    fn needs_room(&self) -> bool {
        false
    }

    /// Where on the screen one is, from the outside in: what Esc goes back through.
    fn crumbs(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether a command that is not everywhere the same means something here.
    fn knows(&self, command: &Command) -> bool;

    /// Whether an action of its own means something as the screen is now: what does not is not offered.
    fn applies(&self, _key: char) -> bool {
        true
    }

    /// The field that text goes into at the moment, with its label. One that is not named here is not
    /// echoed where the dashboard is read line by line: it might be a secret.
    fn field(&self) -> Option<(&'static str, &TextField)> {
        None
    }

    /// The filter, the selected row and how the table stands, for a list.
    fn spot(&self) -> Spot {
        Spot::default()
    }

    /// Goes where somebody was, as far as it is still there.
    fn return_to(&mut self, _spot: Spot, _cx: &Context) -> Vec<Load<Self::Msg>> {
        Vec::new()
    }

    /// The keys worth naming at the bottom, at the moment.
    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)>;
}

/// A place on a screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spot {
    pub filter: String,
    /// The key of the selected row.
    pub selected: Option<String>,
    /// That row is looked at closely.
    pub is_open: bool,
    /// Whom alone the rows are about, where a screen can be asked for that.
    pub about: Option<String>,
    /// How the table stands; `None` to leave it as it is.
    pub arrangement: Option<Arrangement>,
}

impl Spot {
    /// Somebody or something on a list that is searched by name, looked at closely.
    pub fn open_at(name: &str) -> Self {
        let filter = name.to_owned();
        Self { selected: Some(filter.clone()), filter, is_open: true, ..Self::default() }
    }

    /// What is about somebody.
    pub fn about(user: &str) -> Self {
        Self { about: Some(user.to_owned()), ..Self::default() }
    }
}

/// How somebody wants to see a table: it stays so as long as they are connected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrangement {
    pub sort: Option<Sort>,
    /// Columns that they do not want to see, counted from 0.
    pub hidden: BTreeSet<usize>,
}

/// What a screen may know of the world around it.
#[derive(Clone)]
pub struct Context {
    pub session: Session,
    pub claims: Arc<Claims>,
    pub now: Timestamp,
    /// Where the person is, as far as their clock goes.
    pub zone: Zone,
    pub look: Look,
}

impl Context {
    /// `2026-11-24 21:03 CET`
    pub fn minute(&self, at: Timestamp) -> String {
        at.minute_in(&self.zone)
    }

    /// `2026-11-24 21:03 CET (3 h ago)`
    pub fn past(&self, at: Timestamp) -> String {
        at.minute_and_ago_in(&self.zone, self.now)
    }

    /// `2026-11-25 00:03 CET (in 3 h)`
    pub fn ahead(&self, at: Timestamp) -> String {
        at.minute_and_ahead_in(&self.zone, self.now)
    }

    /// Keeps what somebody chose; their open screens follow.
    pub fn prefer<M: Send + 'static>(
        &self,
        preferences: Preferences,
        message: impl FnOnce(Result<(), DalError>) -> M + Send + 'static,
    ) -> Load<M> {
        self.load(
            |session| async move { session.verify().await?.account().set_preferences(preferences).await },
            message,
        )
    }

    /// Something to fetch or to change, with a proof of its own.
    pub fn load<T, M, F>(
        &self,
        work: impl FnOnce(Session) -> F,
        message: impl FnOnce(Result<T, DalError>) -> M + Send + 'static,
    ) -> Load<M>
    where
        F: Future<Output = Result<T, DalError>> + Send + 'static,
        T: Send + 'static,
        M: Send + 'static,
    {
        let work = work(self.session.clone());
        Load(Box::pin(async move {
            match work.await {
                Err(DalError::SessionEnded(ended)) => Brought::Ended(ended),
                result => Brought::Message(message(result)),
            }
        }))
    }
}

/// Work on its way, that ends in a message for the screen that asked for it.
pub struct Load<M>(Pin<Box<dyn Future<Output = Brought<M>> + Send>>);

/// What a load brought.
pub enum Brought<M> {
    Message(M),
    /// The session is over: not for the screen.
    Ended(Ended),
}

/// What a screen asks of the app.
#[derive(Debug)]
pub enum Step {
    Stay,
    Go(Route),
    /// A place on another screen.
    Visit(Route, Spot),
    Tell(Notice),
    /// Esc, and there is nothing left here to go back from.
    Back,
    /// The session's claims have changed: verify it again, then draw what it may see now.
    Refresh,
    /// Begin this, and go on.
    Begin(Work),
    /// Put this into the person's clipboard, and say what it was.
    Copy {
        what: String,
        value: Secret,
    },
}

impl Step {
    pub fn copy(what: impl Into<String>, value: &str) -> Self {
        Self::Copy { what: what.into(), value: Secret::new(value.to_owned()) }
    }
}

/// Data on its way, or why it is not there.
#[derive(Debug, Clone, PartialEq)]
pub enum Remote<T> {
    Loading,
    Ready(T),
    Failed(DalError),
}

impl<T> Remote<T> {
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Failed(_) => None,
        }
    }
}

impl<T> From<Result<T, DalError>> for Remote<T> {
    fn from(result: Result<T, DalError>) -> Self {
        match result {
            Ok(value) => Self::Ready(value),
            Err(error) => Self::Failed(error),
        }
    }
}

/// A message whose type only its screen knows.
type Message = Box<dyn Any + Send>;

/// A load whose message type only its screen knows.
pub type AnyLoad = Pin<Box<dyn Future<Output = Brought<Message>> + Send>>;

/// A screen of any type, as the app holds it.
pub trait Mounted: Send {
    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<AnyLoad>);
    fn update(&mut self, message: Message, cx: &Context) -> (Step, Vec<AnyLoad>);
    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context);
    fn takes_text(&self) -> bool;
    fn is_changed(&self) -> bool;
    fn shows_once(&self) -> bool;
    fn needs_room(&self) -> bool;
    fn crumbs(&self) -> Vec<String>;
    fn knows(&self, command: &Command) -> bool;
    fn applies(&self, key: char) -> bool;
    fn field(&self) -> Option<(&'static str, &TextField)>;
    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)>;
    fn actions(&self) -> &'static [Action];
    fn is_live(&self) -> bool;
    fn every(&self) -> Option<Duration>;
    fn spot(&self) -> Spot;
    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<AnyLoad>;
}

struct Mount<S>(S);

/// Opens a screen and forgets its type.
pub fn mount<S: Screen>(cx: &Context) -> (Box<dyn Mounted>, Vec<AnyLoad>) {
    let (screen, loads) = S::open(cx);
    (Box::new(Mount(screen)), erase(loads))
}

fn erase<M: Send + 'static>(loads: Vec<Load<M>>) -> Vec<AnyLoad> {
    let any = |load: Load<M>| -> AnyLoad {
        Box::pin(async move {
            match load.0.await {
                Brought::Message(message) => Brought::Message(Box::new(message) as Message),
                Brought::Ended(ended) => Brought::Ended(ended),
            }
        })
    };
    loads.into_iter().map(any).collect()
}

impl<S: Screen> Mounted for Mount<S> {
    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<AnyLoad>) {
        let (step, loads) = self.0.command(command, cx);
        (step, erase(loads))
    }

    fn update(&mut self, message: Message, cx: &Context) -> (Step, Vec<AnyLoad>) {
        // Loads are dropped with the screen that asked for them, so the type is always its own.
        let Ok(message) = message.downcast::<S::Msg>() else { return (Step::Stay, Vec::new()) };
        let (step, loads) = self.0.update(*message, cx);
        (step, erase(loads))
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        self.0.view(frame, area, cx);
    }

    fn takes_text(&self) -> bool {
        self.0.takes_text()
    }

    fn is_changed(&self) -> bool {
        self.0.is_changed()
    }

    fn shows_once(&self) -> bool {
        self.0.shows_once()
    }

    fn needs_room(&self) -> bool {
        self.0.needs_room()
    }

    fn crumbs(&self) -> Vec<String> {
        self.0.crumbs()
    }

    fn knows(&self, command: &Command) -> bool {
        self.0.knows(command)
    }

    fn applies(&self, key: char) -> bool {
        self.0.applies(key)
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        self.0.field()
    }

    fn hints(&self, cx: &Context) -> Vec<(&'static str, &'static str)> {
        self.0.hints(cx)
    }

    fn actions(&self) -> &'static [Action] {
        S::ACTIONS
    }

    fn is_live(&self) -> bool {
        S::IS_LIVE
    }

    fn every(&self) -> Option<Duration> {
        S::EVERY
    }

    fn spot(&self) -> Spot {
        self.0.spot()
    }

    fn return_to(&mut self, spot: Spot, cx: &Context) -> Vec<AnyLoad> {
        erase(self.0.return_to(spot, cx))
    }
}
