//! What every write sets in motion, whoever made it.

use std::sync::{Arc, Weak};

use crate::dal::live::Live;
use crate::dal::policy::in_force::InForce;
use crate::dal::store::{Seen, Store, Watch, keys};

/// What has to hear of every write.
pub(super) struct Bells {
    pub live: Live,
    pub rules: Arc<InForce>,
    /// Not held: whoever closes the store must not wait for this.
    pub store: Weak<dyn Store>,
}

impl Bells {
    /// Tells the connected that their session or account, or the rules, were written, by whomever and
    /// wherever.
    pub async fn ring(self, mut writes: Watch) {
        while let Some(seen) = writes.next().await {
            let key = match &seen {
                Seen::Put(entry) if entry.key == keys::POLICY => {
                    if self.rules.take_in(Some(entry)) {
                        self.live.ring_all();
                    }
                    continue;
                }
                Seen::Put(entry) => &entry.key,
                Seen::Deleted { key, .. } => key,
                Seen::Resync => {
                    self.read_all_again().await;
                    continue;
                }
            };
            if keys::concerns_everybody(key) {
                self.live.ring_all();
            } else if let Some(user) = keys::user_of(key) {
                self.live.ring_user(user);
            } else if let Some(session) = keys::session_of(key) {
                self.live.ring_session(session);
            }
        }
    }

    /// Some writes were missed.
    async fn read_all_again(&self) {
        if let Some(store) = self.store.upgrade()
            && let Err(error) = self.rules.read(&*store).await
        {
            tracing::error!(%error, "the rules in force could not be read again");
        }
        self.live.ring_all();
    }
}
