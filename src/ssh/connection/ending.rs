//! How a connection ends from our side, and what is written down of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::dal::{DalError, Session};
use crate::domain::session::EndReason;

use super::Connection;
use super::channels::ChannelState;
use super::entry::Entry;

/// Requests that a client may see refused before it is cut off: a person never comes near.
const MAX_REFUSALS: u32 = 100;

/// How long the channels of a session that is over may take to say so. Together with the time that
/// the news takes it stays below a second.
const GOODBYE: Duration = Duration::from_millis(500);

/// Later than the end of a session by the store's verdict, so that the verdict is sure.
const EXPIRY_SLACK: Duration = Duration::from_millis(50);

/// How long somebody may stay who has too many sessions, or gets no account: long enough to be told.
pub(super) const REFUSED_GRACE: Duration = Duration::from_secs(10);

/// How long a client may take to close a connection whose last channel has ended.
pub(super) const CLOSE_GRACE: Duration = Duration::from_secs(3);

impl Connection {
    pub(super) fn cut_after(&self, grace: Duration) {
        let kill = self.kill.clone();
        self.front.tasks.spawn(async move {
            tokio::select! {
                () = sleep(grace) => kill.cancel(),
                () = kill.cancelled() => {}
            }
        });
    }

    /// Counts a request that was refused; whoever floods us with them is cut off.
    pub(super) fn count_refusal(&mut self) {
        self.refusals += 1;
        if self.refusals > MAX_REFUSALS {
            tracing::warn!(from = %self.peer, "cut off: too many refused requests");
            self.kill.cancel();
        }
    }
}

/// Cuts a connection that has no channel open once the server stops: there is nobody to say goodbye to.
pub(super) async fn cut_when_stopping(
    stopping: CancellationToken,
    slots: Arc<Semaphore>,
    all: usize,
    kill: CancellationToken,
) {
    tokio::select! {
        () = stopping.cancelled() => {}
        () = kill.cancelled() => return,
    }
    if slots.available_permits() == all {
        kill.cancel();
    }
}

/// Cuts the connection soon after its session is over: also one whose client does not read, or that
/// has no channel open which could say so. Where time alone has ended it, this is who writes it down.
pub(in crate::ssh) async fn cut_when_ended(session: Session, kill: CancellationToken) {
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
pub(in crate::ssh) async fn cut_later(kill: CancellationToken) {
    tokio::select! {
        () = sleep(CLOSE_GRACE) => kill.cancel(),
        () = kill.cancelled() => {}
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
