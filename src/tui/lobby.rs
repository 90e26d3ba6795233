//! The lobby: the one public screen, for somebody who has no account yet.
//!
//! Whoever stands here holds no session and is shown nothing of anybody. What they type goes through one door
//! of the gate, and what comes back is a session or what is wrong with it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::widgets::Paragraph;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::auth::strength::Strength;
use crate::dal::invites::Invited;
use crate::dal::sign_up::{Application, MOST_TRIES, SignUpError};
use crate::dal::{Dal, Session};
use crate::domain::name::UserName;
use crate::domain::preferences::ThemeChoice;
use crate::domain::secret::Secret;
use crate::domain::session::Visitor;
use crate::tui::words;
use crate::tui::words::sign_up as say;

use super::canvas::{self, Canvas};
use super::frame::{MIN_COLUMNS, MIN_ROWS};
use super::input::{Decoder, ESCAPE_SILENCE, Input, MouseKind};
use super::keymap::{self, Command};
use super::look::Look;
use super::notice::{Notice, sentence};
use super::screens::sign_up::SignUpForm;
use super::terminal::Profile;
use super::theme::{Background, Theme};
use super::widgets::hints;
use super::widgets::text::{cells, put, put_lines, wrap};
use super::{Io, Left, Pace};

/// Rows of the longest notice.
const NOTICE_ROWS: u16 = 3;

/// Somebody who has no account yet, and what they came with.
#[derive(Clone)]
pub struct Stranger {
    dal: Dal,
    visitor: Visitor,
    invited: Option<Arc<Invited>>,
}

impl Stranger {
    pub fn new(dal: Dal, visitor: Visitor, invited: Option<Invited>) -> Self {
        Self { dal, visitor, invited: invited.map(Arc::new) }
    }

    /// The name that the invite gives them.
    pub fn name(&self) -> Option<&UserName> {
        self.invited.as_ref().and_then(|invited| invited.name.as_ref())
    }

    /// How strong a password would be for somebody of these names. Reads nothing.
    pub fn rate_password(&self, typed: &str, [name, display_name]: [&str; 2]) -> Strength {
        let name = self.name().map_or(name, UserName::as_str);
        self.dal.rate_password(typed, [name, display_name])
    }

    pub fn suggest_passphrase(&self) -> Secret {
        self.dal.suggest_passphrase()
    }

    async fn sign_up(self, application: Application) -> Result<Session, SignUpError> {
        self.dal.sign_up(application, self.invited.as_deref(), self.visitor).await
    }

    /// What the form is for, in words.
    pub(super) fn words(&self) -> String {
        match (&self.invited, self.name()) {
            (None, _) => say::YOUR_OWN.to_owned(),
            (Some(_), None) => say::INVITED.to_owned(),
            (Some(_), Some(name)) => say::invited_as(name),
        }
    }
}

/// How long a form is open.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// At the latest.
    pub until: Instant,
    /// After the last key.
    pub silence: Duration,
}

/// How long before that it is said. Of a shorter silence nothing is said in time.
const WARNED: Duration = Duration::from_secs(15);

/// When the last key was pressed, and what follows from it.
pub(super) struct Silence {
    patience: Patience,
    since: Instant,
    is_warned: bool,
}

impl Silence {
    pub fn new(patience: Patience) -> Self {
        Self { patience, since: Instant::now(), is_warned: false }
    }

    /// Looks at what came. What a terminal says by itself is no key.
    pub fn hear(&mut self, typed: &[Input]) {
        if typed.iter().any(Input::is_from_a_person) {
            (self.since, self.is_warned) = (Instant::now(), false);
        }
    }

    /// Waits until there is something to be said of it; answers how it ends, if it does. Cancel-safe.
    pub async fn speaks(&mut self) -> Option<Out> {
        let closes = self.since + self.patience.silence;
        let warns = closes.checked_sub(WARNED).filter(|warns| !self.is_warned && *warns > self.since);
        sleep_until(warns.unwrap_or(closes).min(self.patience.until)).await;
        let now = Instant::now();
        if now >= self.patience.until {
            return Some(Out::Left(Left::TimeIsUp));
        }
        if now >= closes {
            return Some(Out::Left(Left::NobodyThere));
        }
        self.is_warned = true;
        None
    }
}

/// How somebody left the lobby.
pub enum Out {
    /// They have an account, and this is its first session.
    In(Session),
    Left(Left),
}

/// What a stranger sees and does.
pub struct Lobby {
    stranger: Stranger,
    form: SignUpForm,
    look: Look,
    profile: Profile,
    notice: Option<Notice>,
    /// What was typed is being looked at: one at a time.
    work: JoinSet<Result<Session, SignUpError>>,
    /// How often it was sent.
    tries: u32,
    dirty: bool,
    out: Option<Out>,
}

impl Lobby {
    pub fn new(stranger: Stranger, profile: Profile) -> Self {
        let form = SignUpForm::new(stranger.name().is_some());
        let theme = Theme::choose(ThemeChoice::default(), None, profile.depth);
        Self {
            stranger,
            form,
            look: Look::new(theme),
            profile,
            notice: None,
            work: JoinSet::new(),
            tries: 0,
            dirty: true,
            out: None,
        }
    }

    pub fn out(&mut self) -> Option<Out> {
        self.out.take()
    }

    /// Whether there is nothing more to be asked.
    pub(super) fn is_over(&self) -> bool {
        self.out.is_some()
    }

    pub fn is_waiting(&self) -> bool {
        !self.work.is_empty()
    }

    pub fn form(&self) -> &SignUpForm {
        &self.form
    }

    pub fn stranger(&self) -> &Stranger {
        &self.stranger
    }

    /// What was said last, once.
    pub(super) fn take_notice(&mut self) -> Option<Notice> {
        self.notice.take()
    }

    /// Waits for what is being looked at. Cancel-safe.
    pub async fn looked_at(&mut self) {
        let Some(result) = self.work.join_next().await else { return std::future::pending().await };
        self.dirty = true;
        match result {
            Ok(Ok(session)) => self.out = Some(Out::In(session)),
            Ok(Err(error)) => self.refused(error),
            Err(error) => {
                tracing::error!(%error, "a sign-up broke down");
                self.out = Some(Out::Left(Left::BrokenDown));
            }
        }
    }

    /// Nothing that was typed is lost, unless nothing can come of it any more.
    fn refused(&mut self, error: SignUpError) {
        match error {
            SignUpError::Fields(wrong) => {
                if let Some(why) = self.form.refused(wrong) {
                    let name = self.stranger.name().map_or("", UserName::as_str);
                    self.leave(&say::ask_for_another(name, &why));
                }
            }
            SignUpError::TooMany(_) | SignUpError::SourceRefused | SignUpError::Unavailable => {
                self.form.put_back();
                self.notice = Some(Notice::failed(sentence(&error.to_string())));
            }
            SignUpError::Closed
            | SignUpError::InviteOnly
            | SignUpError::Denied
            | SignUpError::InviteVoid
            | SignUpError::TooManyTries
            | SignUpError::MadeOnly(_) => self.leave(&error.to_string()),
        }
    }

    /// Says that it closes soon.
    pub(super) fn warn(&mut self) {
        self.notice = Some(Notice::failed(say::closes_in(WARNED.as_secs())));
        self.dirty = true;
    }

    fn leave(&mut self, words: &str) {
        self.out = Some(Out::Left(Left::TurnedAway(sentence(words))));
    }

    /// Takes one thing that a person did, or that their terminal said; true asks for a repaint.
    pub fn take(&mut self, input: &Input) -> bool {
        self.dirty = true;
        match input {
            Input::Background(color) => {
                let background: Background = (*color).into();
                self.look.theme = Theme::choose(ThemeChoice::default(), Some(background), self.profile.depth);
                return false;
            }
            Input::Mouse(mouse) if mouse.kind == MouseKind::Press => {
                return self.click((mouse.column, mouse.row).into());
            }
            Input::Mouse(_) => return false,
            Input::Key(_) | Input::Paste(_) | Input::Submit | Input::Focus(_) => {}
        }
        self.notice = None;
        match keymap::always(input) {
            Some(Command::Quit) => self.out = Some(Out::Left(Left::NotSignedUp)),
            Some(Command::Repaint) => return true,
            Some(Command::Back) if !self.form.is_changed() => self.out = Some(Out::Left(Left::NotSignedUp)),
            Some(Command::Back) => {
                self.notice = Some(Notice::failed(say::LEAVE_LOSES));
            }
            // Nothing else of what means the same everywhere is here.
            Some(_) => {}
            None => {
                let application = self.form.take(input, &self.stranger);
                self.begin(application);
            }
        }
        false
    }

    /// Puts a text into the field that has the keyboard, and goes on if it will do.
    pub(super) fn enter(&mut self, text: &str) {
        self.notice = None;
        if self.form.enter(text, &self.stranger) {
            self.take(&Input::Key(crossterm::event::KeyCode::Enter.into()));
        }
    }

    pub(super) fn suggest(&mut self) {
        self.form.suggest(&self.stranger);
    }

    fn begin(&mut self, application: Option<Application>) {
        if let Some(application) = application {
            self.tries += 1;
            if self.tries > MOST_TRIES {
                return self.refused(SignUpError::TooManyTries);
            }
            self.work.spawn(self.stranger.clone().sign_up(application));
        }
    }

    fn click(&mut self, at: Position) -> bool {
        match self.look.hit(at) {
            Some(Command::Press(input)) if input.is_enter() => self.take(&Input::Submit),
            Some(Command::Press(input)) => self.take(&input),
            Some(Command::Focus(field)) => self.take(&Input::Focus(field)),
            _ => false,
        }
    }

    pub fn draw(&mut self, frame: &mut Frame) {
        self.dirty = false;
        self.look.begin();
        let area = frame.area();
        if area.width < MIN_COLUMNS || area.height < MIN_ROWS {
            let words = words::frame::enlarge(MIN_COLUMNS, MIN_ROWS);
            frame.render_widget(Paragraph::new(words), area);
            return;
        }
        let rows = [Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1), Constraint::Length(1)];
        let [title, _, body, foot] = Layout::vertical(rows).areas(area);
        let used = put(frame.buffer_mut(), inset(title), say::BRAND, self.look.title);
        let rest = Rect { x: title.x + used + 3, width: title.width.saturating_sub(used + 3), ..title };
        // In a low window it is said here alone.
        let path = self.stranger.name().map_or(say::TITLE.to_owned(), say::title_of);
        put(frame.buffer_mut(), rest, &path, self.look.muted);
        hints::draw(frame.buffer_mut(), inset(foot), SignUpForm::HINTS, &self.look);
        let body = self.draw_notice(frame, inset(body));
        self.form.draw(frame, body, &self.stranger.words(), &self.look);
    }

    /// Draws the notice above the hints; answers what is left of the body.
    fn draw_notice(&self, frame: &mut Frame, body: Rect) -> Rect {
        let Some(notice) = &self.notice else { return body };
        let lines = wrap(&notice.words, body.width.into());
        let rows = cells(lines.len()).min(NOTICE_ROWS).min(body.height);
        let [rest, place] = Layout::vertical([Constraint::Fill(1), Constraint::Length(rows)]).areas(body);
        put_lines(frame.buffer_mut(), place, &lines, self.look.danger);
        rest
    }
}

/// A column of air on either side.
fn inset(area: Rect) -> Rect {
    Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area }
}

/// Shows the form until somebody has signed up or leaves, at the latest when their time is up or they have
/// pressed no key for too long.
///
/// While nothing happens nothing is drawn and nothing is done.
pub async fn run(stranger: Stranger, io: &mut Io, patience: Patience) -> Out {
    let mut silence = Silence::new(patience);
    let mut lobby = Lobby::new(stranger, io.profile.clone());
    let mut canvas = Canvas::new(*io.size.borrow_and_update(), &io.profile);
    let mut decoder = Decoder::new();
    if io.profile.tells_background() {
        decoder.expect_background();
    }
    let mut pace = Pace::new(io.frames_per_second, Instant::now());
    let mut heard = Instant::now();
    let mut typed = Vec::new();
    loop {
        if let Some(out) = lobby.out() {
            if matches!(out, Out::In(_)) {
                // The dashboard begins on the terminal as it was.
                let _ = io.output.send(Bytes::from_static(canvas::LEAVE.as_bytes())).await;
            }
            return out;
        }
        let next_frame = pace.next();
        let may_draw = lobby.dirty && next_frame <= Instant::now();
        tokio::select! {
            () = io.stopping.cancelled() => return Out::Left(Left::ServerStopping),
            out = silence.speaks() => match out {
                Some(out) => return out,
                None => lobby.warn(),
            },
            bytes = io.input.recv() => {
                let Some(bytes) = bytes else { return Out::Left(Left::NotSignedUp) };
                heard = Instant::now();
                decoder.feed(&bytes, &mut typed);
                silence.hear(&typed);
                take(&mut lobby, &mut canvas, &mut typed);
            }
            () = sleep_until(heard + ESCAPE_SILENCE), if decoder.is_waiting() => {
                decoder.flush(&mut typed);
                silence.hear(&typed);
                take(&mut lobby, &mut canvas, &mut typed);
            }
            () = lobby.looked_at(), if lobby.is_waiting() => {}
            changed = io.size.changed() => match changed {
                Ok(()) => {
                    canvas.resize(*io.size.borrow_and_update());
                    lobby.dirty = true;
                }
                Err(_) => return Out::Left(Left::NotSignedUp),
            },
            slot = io.output.reserve(), if may_draw => {
                let Ok(slot) = slot else { return Out::Left(Left::NotSignedUp) };
                if let Some(frame) = canvas.draw(|frame| lobby.draw(frame)) {
                    slot.send(frame);
                    pace.spend(Instant::now());
                }
            }
            () = sleep_until(next_frame), if lobby.dirty && !may_draw => {}
        }
    }
}

fn take(lobby: &mut Lobby, canvas: &mut Canvas, typed: &mut Vec<Input>) {
    for input in typed.drain(..) {
        if lobby.take(&input) {
            canvas.repaint();
        }
    }
}
