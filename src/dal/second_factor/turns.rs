//! Whose code is looked at: those of one account one after another, so that none is judged by an older state than
//! another, and those of two accounts at once, so that nobody waits for what is done for somebody else.

use std::array;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tokio::sync::{Mutex, MutexGuard};

use crate::domain::id::UserId;

/// Locks, which accounts share by chance: enough that few wait who need not, whatever comes at once.
const LOCKS: usize = 64;

pub(in crate::dal) struct Turns([Mutex<()>; LOCKS]);

impl Default for Turns {
    fn default() -> Self {
        Self(array::from_fn(|_| Mutex::default()))
    }
}

impl Turns {
    /// Waits until nobody else looks at a code of this account, and keeps it so while what comes back is held.
    pub async fn of(&self, user: UserId) -> MutexGuard<'_, ()> {
        self.lock(user).lock().await
    }

    fn lock(&self, user: UserId) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        user.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or_default();
        let [first, ..] = &self.0;
        self.0.get(place).unwrap_or(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Entropy;

    struct Bytes(u8);

    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[tokio::test]
    async fn an_account_waits_for_itself_and_hardly_for_anybody_else() {
        let turns = Turns::default();
        let own = UserId::random(&Bytes(0));
        let turn = turns.of(own).await;
        assert!(turns.lock(own).try_lock().is_err());
        let is_free = |byte: &u8| turns.lock(UserId::random(&Bytes(*byte))).try_lock().is_ok();
        let free = (1..=100).filter(is_free).count();
        assert!(free > 90, "{free} of 100");
        drop(turn);
        assert!(turns.lock(own).try_lock().is_ok());
    }
}
