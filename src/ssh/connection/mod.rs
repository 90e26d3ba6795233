//! One connection: who is at the other end, and which channels they have.

mod channels;
mod ending;
mod entry;
mod sign_in;
mod visitor;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use russh::server::{Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Response};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::auth::login::Login;
use crate::dal::HalfProven;
use crate::domain::public::PublicName;
use crate::domain::secret::Secret;
use crate::domain::session::Method;

use super::channel::{self, Open, Terminal, Told};
use super::limits::{InputBudget, Waiting};
use super::stream::ClientId;
use super::visiting::Wish;
use super::{Front, Settings};

pub(super) use channels::Context;
pub(super) use ending::{cut_later, cut_when_ended};

use channels::ChannelState;
use ending::CLOSE_GRACE;
use entry::Entry;
use sign_in::{ask, ask_for_the_second_factor, reject};

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
        let (stopping, slots) = (connection.front.stopping.clone(), Arc::clone(&connection.slots));
        let (all, kill) = (connection.settings.ssh.channels, connection.kill.clone());
        connection.front.tasks.spawn(ending::cut_when_stopping(stopping, slots, all, kill));
        (connection, signals)
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
