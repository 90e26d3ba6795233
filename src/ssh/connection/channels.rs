//! The channels of a connection: how many it may have, and what each takes from it when it starts.

use std::sync::Arc;

use russh::ChannelId;
use tokio_util::sync::CancellationToken;

use crate::dal::Session;

use super::super::channel::{Open, Running, Slot};
use super::super::{Front, Settings};
use super::{Connection, ConnectionError};

/// Channels that one connection may open in its life. russh keeps a few hundred bytes of each until
/// the connection ends.
const MAX_CHANNELS: u32 = 10_000;

pub(super) enum ChannelState {
    Open(Open),
    Running(Running),
}

impl ChannelState {
    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Open(_) => false,
            Self::Running(running) => running.is_over(),
        }
    }
}

/// What a channel takes from its connection when it starts.
pub(in crate::ssh) struct Context<'a> {
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

impl Connection {
    /// Room for one more channel, if there is any.
    pub(super) fn take_slot(&mut self) -> Option<Slot> {
        if self.opened == MAX_CHANNELS {
            return None;
        }
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        self.opened += 1;
        Some(slot)
    }

    pub(super) fn no(
        &mut self,
        channel: ChannelId,
        session: &mut russh::server::Session,
    ) -> Result<(), ConnectionError> {
        self.count_refusal();
        Ok(session.channel_failure(channel)?)
    }

    /// Turns an open channel into a running one.
    pub(super) fn start(
        &mut self,
        id: ChannelId,
        answer: &mut russh::server::Session,
        begin: impl FnOnce(Open, Session, &Context<'_>) -> Running,
    ) -> Result<(), ConnectionError> {
        let Some(session) = self.session().cloned() else { return self.no(id, answer) };
        self.start_anyway(id, answer, |open, context| begin(open, session, context))
    }

    /// The same for whoever may have a channel.
    pub(super) fn start_anyway(
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
