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

    fn user(letter: char) -> UserId {
        letter.to_string().repeat(26).parse().unwrap()
    }

    #[tokio::test]
    async fn one_account_waits_for_itself_and_for_hardly_anybody_else() {
        let turns = Turns::default();
        let turn = turns.of(user('a')).await;
        assert!(turns.lock(user('a')).try_lock().is_err());
        let others = ('b'..='z').filter(|letter| letter.to_string().repeat(26).parse::<UserId>().is_ok());
        let (mut all, mut free) = (0, 0);
        for other in others {
            all += 1;
            free += usize::from(turns.lock(user(other)).try_lock().is_ok());
        }
        assert!(all > 10 && free + 3 >= all, "{free} of {all}");
        drop(turn);
        assert!(turns.lock(user('a')).try_lock().is_ok());
    }
}
