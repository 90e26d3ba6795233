//! What others say to a session, kept until its screens have taken it.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::session::Told;

/// Messages that a session keeps for a screen that has not taken them yet.
const MESSAGES: usize = 8;

/// Where a session's messages arrive.
#[derive(Default)]
pub(super) struct Mailbox(watch::Sender<Kept>);

/// The last messages, and how many there have been.
#[derive(Clone, Default)]
struct Kept {
    count: u64,
    last: Vec<Arc<Told>>,
}

/// What has been said to a session, in order. Each screen of it reads for itself.
pub struct Messages {
    kept: watch::Receiver<Kept>,
    read: u64,
}

impl Mailbox {
    pub fn put(&self, told: Arc<Told>) {
        self.0.send_modify(|kept| {
            if kept.last.len() == MESSAGES {
                kept.last.remove(0);
            }
            kept.last.push(told);
            kept.count += 1;
        });
    }

    /// What arrives from now on.
    pub fn messages(&self) -> Messages {
        let mut kept = self.0.subscribe();
        let read = kept.borrow_and_update().count;
        Messages { kept, read }
    }
}

impl Messages {
    /// The next message. Cancel-safe; ends when the session does.
    pub async fn next(&mut self) -> Option<Arc<Told>> {
        loop {
            {
                let kept = self.kept.borrow_and_update();
                let unread = usize::try_from(kept.count - self.read).unwrap_or(usize::MAX);
                if unread > 0 {
                    let there = kept.last.len();
                    let skipped = unread.saturating_sub(there);
                    self.read += u64::try_from(skipped).unwrap_or(0) + 1;
                    return kept.last.get(there - unread.min(there)).cloned();
                }
            }
            self.kept.changed().await.ok()?;
        }
    }
}
