//! One connection: who is at the other end, and which channels they have.

mod sign_in;
mod visitor;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::server::{Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::auth::login::Login;
use crate::dal::{DalError, HalfProven, Session};
use crate::domain::public::PublicName;
use crate::domain::secret::Secret;
use crate::domain::session::{EndReason, Method};

use super::channel::{self, Open, Running, Slot, Terminal, Told};
use super::limits::{InputBudget, Place, Waiting};
use super::stream::ClientId;
use super::visiting::{Visit, Wish};
use super::{Front, Settings};

use sign_in::{ask, ask_for_the_second_factor, reject};

/// Requests that a client may see refused before it is cut off: a person never comes near.
const MAX_REFUSALS: u32 = 100;

/// Channels that one connection may open in its life. russh keeps a few hundred bytes of each until
/// the connection ends.
const MAX_CHANNELS: u32 = 10_000;

/// How long the channels of a session that is over may take to say so. Together with the time that
/// the news takes it stays below a second.
const GOODBYE: Duration = Duration::from_millis(500);

/// Later than the end of a session by the store's verdict, so that the verdict is sure.
const EXPIRY_SLACK: Duration = Duration::from_millis(50);

/// How long somebody may stay who has too many sessions, or gets no account: long enough to be told.
const REFUSED_GRACE: Duration = Duration::from_secs(10);

/// How long a client may take to close a connection whose last channel has ended.
const CLOSE_GRACE: Duration = Duration::from_secs(3);

/// What others have to tell a connection, or hear from it.
pub(super) struct Signals {
    /// Cancelled when somebody has signed in.
    pub signed_in: CancellationToken,
    /// russh's handle, for the disconnect message: known once the connection runs.
    pub handle: Arc<OnceLock<Handle>>,
}

/// russh's handler for one connection.
pub(super) struct Connection {
    front: Arc<Front>,
    settings: Arc<Settings>,
    peer: SocketAddr,
    came: Instant,
    client: ClientId,
    handle: Arc<OnceLock<Handle>>,
    kill: CancellationToken,
    signed_in: CancellationToken,
    /// Holds what a right password has proven, where a code is needed too: nobody else on this connection does.
    login: Login<HalfProven>,
    /// The last question, which only tells, is with the client.
    is_told: bool,
    /// Why the owner of a closed account is not let in, who gave its password and was not told yet.
    to_tell: Option<String>,
    entry: Entry,
    channels: HashMap<ChannelId, ChannelState>,
    slots: Arc<Semaphore>,
    opened: u32,
    budget: InputBudget,
    refusals: u32,
}

/// Before and after the sign-in.
enum Entry {
    Waiting(Waiting),
    /// The place is held, not read: dropping it is what counts.
    Inside {
        session: Session,
        _place: Option<Place>,
    },
    /// Has no account, and is told why they get none: still one who has not signed in.
    TurnedAway {
        why: String,
        _waiting: Waiting,
    },
    /// Has no account, and fills in a form; is inside once that has made one.
    Visiting {
        visit: Arc<Visit>,
        _place: Option<Place>,
    },
    Gone,
}

enum ChannelState {
    Open(Open),
    Running(Running),
}

impl ChannelState {
    fn is_over(&self) -> bool {
        match self {
            Self::Open(_) => false,
            Self::Running(running) => running.is_over(),
        }
    }
}

/// Why a connection ends from our side. What the client is told was sent before.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectionError {
    #[error(transparent)]
    Ssh(#[from] russh::Error),
    #[error("the client was sent away: {0}")]
    SentAway(&'static str),
}

impl Connection {
    pub fn new(
        front: Arc<Front>,
        settings: Arc<Settings>,
        peer: SocketAddr,
        client: ClientId,
        waiting: Waiting,
        kill: CancellationToken,
    ) -> (Self, Signals) {
        let signals = Signals { signed_in: CancellationToken::new(), handle: Arc::default() };
        let connection = Self {
            peer,
            came: Instant::now(),
            client,
            handle: Arc::clone(&signals.handle),
            kill,
            signed_in: signals.signed_in.clone(),
            login: Login::new(settings.ssh.failed_proofs),
            is_told: false,
            to_tell: None,
            entry: Entry::Waiting(waiting),
            channels: HashMap::new(),
            slots: Arc::new(Semaphore::new(settings.ssh.channels)),
            opened: 0,
            budget: InputBudget::new(settings.ssh.input_bytes_per_second, Instant::now()),
            refusals: 0,
            front,
            settings,
        };
        (connection, signals)
    }

    fn session(&self) -> Option<&Session> {
        match &self.entry {
            Entry::Inside { session, .. } => Some(session),
            Entry::Visiting { visit, .. } => visit.session(),
            Entry::Waiting(_) | Entry::TurnedAway { .. } | Entry::Gone => None,
        }
    }

    /// Whether another channel may be opened. A stranger has one, and it is the only one.
    fn may_open(&self) -> bool {
        let is_stranger = matches!(self.entry, Entry::TurnedAway { .. } | Entry::Visiting { .. });
        self.session().is_some() || is_stranger && self.opened == 0
    }

    fn come_in(&mut self, session: Session) {
        if let Entry::Waiting(waiting) = std::mem::replace(&mut self.entry, Entry::Gone) {
            self.front.tasks.spawn(cut_when_ended(session.clone(), self.kill.clone()));
            if session.is_refused() {
                self.cut_after(REFUSED_GRACE);
            }
            self.entry = Entry::Inside { session, _place: waiting.come_in() };
            self.signed_in.cancel();
        }
    }

    /// Whether nobody came in, and nothing of it was counted: no proof was given, or the grace ran out.
    fn is_a_probe(&self) -> bool {
        let took_too_long = self.came.elapsed() >= self.settings.ssh.login_grace;
        matches!(self.entry, Entry::Waiting(_)) && (self.login.failures() == 0 || took_too_long)
    }

    fn cut_after(&self, grace: Duration) {
        let kill = self.kill.clone();
        self.front.tasks.spawn(async move {
            tokio::select! {
                () = sleep(grace) => kill.cancel(),
                () = kill.cancelled() => {}
            }
        });
    }

    /// Counts a request that was refused; whoever floods us with them is cut off.
    fn count_refusal(&mut self) {
        self.refusals += 1;
        if self.refusals > MAX_REFUSALS {
            tracing::warn!(from = %self.peer, "cut off: too many refused requests");
            self.kill.cancel();
        }
    }

    /// Room for one more channel, if there is any.
    fn take_slot(&mut self) -> Option<Slot> {
        if self.opened == MAX_CHANNELS {
            return None;
        }
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        self.opened += 1;
        Some(slot)
    }

    fn no(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), ConnectionError> {
        self.count_refusal();
        Ok(session.channel_failure(channel)?)
    }

    /// Turns an open channel into a running one.
    fn start(
        &mut self,
        id: ChannelId,
        answer: &mut russh::server::Session,
        begin: impl FnOnce(Open, Session, &Context<'_>) -> Running,
    ) -> Result<(), ConnectionError> {
        let Some(session) = self.session().cloned() else { return self.no(id, answer) };
        self.start_anyway(id, answer, |open, context| begin(open, session, context))
    }

    /// The same for whoever may have a channel.
    fn start_anyway(
        &mut self,
        id: ChannelId,
        answer: &mut russh::server::Session,
        begin: impl FnOnce(Open, &Context<'_>) -> Running,
    ) -> Result<(), ConnectionError> {
        let Some(ChannelState::Open(_)) = self.channels.get(&id) else { return self.no(id, answer) };
        let Some(ChannelState::Open(open)) = self.channels.remove(&id) else { return Ok(()) };
        answer.channel_success(id)?;
        let context = Context { front: &self.front, settings: &self.settings, kill: &self.kill };
        let running = begin(open, &context);
        self.channels.insert(id, ChannelState::Running(running));
        Ok(())
    }
}

/// Cuts the connection soon after its session is over: also one whose client does not read, or that
/// has no channel open which could say so. Where time alone has ended it, this is who writes it down.
pub(super) async fn cut_when_ended(session: Session, kill: CancellationToken) {
    let mut bell = session.bell();
    loop {
        let next = sleep(session.until_next_change() + EXPIRY_SLACK);
        tokio::select! {
            changed = bell.changed() => if changed.is_err() { return },
            () = next => {}
            () = kill.cancelled() => return,
        }
        if let Err(DalError::SessionEnded(ended)) = session.verify().await {
            if let Err(error) = session.conclude(&ended).await {
                tracing::warn!(%error, "the end of a session could not be recorded");
            }
            tokio::select! {
                () = sleep(GOODBYE) => kill.cancel(),
                () = kill.cancelled() => {}
            }
            return;
        }
    }
}

/// Cuts the connection of somebody who has left a form, and does not hang up.
pub(super) async fn cut_later(kill: CancellationToken) {
    tokio::select! {
        () = sleep(CLOSE_GRACE) => kill.cancel(),
        () = kill.cancelled() => {}
    }
}

/// What a channel takes from its connection when it starts.
pub(super) struct Context<'a> {
    pub front: &'a Arc<Front>,
    pub settings: &'a Settings,
    pub kill: &'a CancellationToken,
}

impl Context<'_> {
    pub fn stopping(&self) -> CancellationToken {
        self.front.stopping.clone()
    }

    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.front.tasks.spawn(task);
    }
}

impl Handler for Connection {
    type Error = ConnectionError;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        let banner = &self.settings.ssh.banner;
        Ok((!banner.is_empty()).then(|| format!("{banner}\r\n")))
    }

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        match (self.login.name(user), PublicName::parse(user)) {
            (Ok(()), Some(name)) => self.welcome(user, name).await,
            (Ok(()), None) => Ok(reject()),
            (Err(refusal), _) => self.send_away(refusal).await,
        }
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        match (self.login.name(user), PublicName::parse(user)) {
            (Ok(()), Some(name)) => self.welcome_with(user, &name, password).await,
            (Ok(()), None) => self.prove(user, password, Method::Password).await,
            (Err(refusal), _) => self.send_away(refusal).await,
        }
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let public = PublicName::parse(user);
        if response.is_none()
            && self.login.user() == Some(user)
            && let Some(told) = self.to_tell.take()
        {
            return Ok(self.tell(&told));
        }
        let Some(mut answers) = response else {
            return match (self.login.prompt(user), public) {
                (Ok(()), Some(name)) => Ok(self.ask_for_code(user, &name).await?),
                (Ok(()), None) if self.login.is_half() => Ok(ask_for_the_second_factor()),
                (Ok(()), None) => Ok(ask("", "Password: ")),
                (Err(refusal), _) => self.send_away(refusal).await,
            };
        };
        if self.is_told {
            return self.say_goodbye().await;
        }
        let half = match self.login.answer(user) {
            Ok(half) => half,
            Err(refusal) => return self.send_away(refusal).await,
        };
        let answer = answers.next().unwrap_or_default();
        let answer = String::from_utf8(answer.to_vec()).map(Secret::new);
        match (answer, half) {
            (Ok(code), Some(half)) => self.prove_the_rest(user, half, code).await,
            // What is no text is no code: it is counted like a wrong one.
            (Err(_), Some(half)) => self.prove_the_rest(user, half, Secret::new(String::new())).await,
            (Ok(password), None) if let Some(name) = &public => {
                self.welcome_answer(user, name, password.expose()).await
            }
            (Ok(password), None) => self.prove(user, password.expose(), Method::KeyboardInteractive).await,
            (Err(_), None) => self.refuse(Instant::now()).await,
        }
    }

    // A method that is not offered is refused here too: russh would ask us all the same.
    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        _offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        match self.login.offered(user) {
            Ok(()) => Ok(reject()),
            Err(refusal) => self.send_away(refusal).await,
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        if !self.may_open() || self.front.stopping.is_cancelled() {
            reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
            return Ok(());
        }
        let Some(slot) = self.take_slot() else {
            self.count_refusal();
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        self.channels.retain(|_, state| !state.is_over());
        self.channels.insert(channel.id(), ChannelState::Open(Open::new(channel, slot)));
        reply.accept().await;
        Ok(())
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _pixel_width: u32,
        _pixel_height: u32,
        _modes: &[(Pty, u32)],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let size = channel::clamp(columns, rows, &self.settings.ssh);
        match self.channels.get_mut(&channel) {
            Some(ChannelState::Open(open)) if Terminal::is_name(term) => {
                open.terminal = Some(Terminal { name: term.to_owned(), size });
                Ok(session.channel_success(channel)?)
            }
            _ => self.no(channel, session),
        }
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        columns: u32,
        rows: u32,
        _pixel_width: u32,
        _pixel_height: u32,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let size = channel::clamp(columns, rows, &self.settings.ssh);
        if let Some(ChannelState::Running(running)) = self.channels.get(&channel) {
            running.resize(size);
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let told = match self.channels.get_mut(&channel) {
            Some(ChannelState::Open(open)) => open.tell(name, value),
            _ => Told::Refused,
        };
        match told {
            Told::Taken => Ok(session.channel_success(channel)?),
            Told::Declined => Ok(session.channel_failure(channel)?),
            Told::Refused => self.no(channel, session),
        }
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        match self.stranger() {
            Some(stranger) => self.show_stranger(channel, session, stranger, &Wish::Shell),
            None => self.start(channel, session, channel::shell),
        }
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        line: &[u8],
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        let line = line.to_vec();
        if let Some(stranger) = self.stranger() {
            return self.show_stranger(channel, session, stranger, &Wish::Command(line));
        }
        self.start(channel, session, |open, session, context| channel::exec(open, session, line, context))
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        _name: &str,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.no(channel, session)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.no(channel, session)
    }

    async fn agent_request(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<bool, Self::Error> {
        self.no(channel, session)?;
        Ok(false)
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        // Waiting here holds back this connection and nobody else.
        let wait = self.budget.spend(data.len(), Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
        if let Some(ChannelState::Running(running)) = self.channels.get(&channel) {
            running.typed(data).await;
        }
        Ok(())
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        if let Some(ChannelState::Running(running)) = self.channels.get_mut(&channel) {
            running.no_more_input();
        }
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _session: &mut russh::server::Session,
    ) -> Result<(), Self::Error> {
        self.channels.remove(&channel);
        // Most clients hang up after their last channel; a multiplexing one may open another.
        if self.channels.is_empty() && self.front.stopping.is_cancelled() {
            self.cut_after(CLOSE_GRACE);
        }
        Ok(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.kill.cancel();
        if self.is_a_probe() && !self.front.stopping.is_cancelled() {
            self.front.dal.left_without_a_proof(self.peer.ip());
        }
        let session = self.session().cloned();
        self.entry = Entry::Gone;
        if let Some(session) = session {
            let reason = if self.front.stopping.is_cancelled() {
                EndReason::ServerStopped
            } else if self.channels.values().all(ChannelState::is_over) {
                EndReason::SignedOut
            } else {
                // Nobody left: the connection went away under a screen or a command.
                EndReason::ConnectionLost
            };
            self.front.tasks.spawn(async move {
                if let Err(error) = session.end(reason).await {
                    tracing::warn!(%error, "the end of a session could not be recorded");
                }
            });
        }
    }
}
