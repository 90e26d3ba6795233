//! Dice that fall the same way at every start.

use std::sync::{Mutex, PoisonError};

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use crate::domain::id::Entropy;

/// Seeded: for what is made up, never for a secret.
pub struct Dice(Mutex<StdRng>);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&self, end: u64) -> u64 {
        self.with(|dice| dice.random_range(0..end.max(1)))
    }

    /// A place in something that is so long.
    pub fn place(&self, len: usize) -> usize {
        self.with(|dice| dice.random_range(0..len.max(1)))
    }

    pub fn chance(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of them; `None` only where there are none.
    pub fn pick<'a, T>(&self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.place(items.len()))
    }

    fn with<T>(&self, throw: impl FnOnce(&mut StdRng) -> T) -> T {
        throw(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Entropy for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        self.with(|dice| dice.fill_bytes(bytes));
    }
}
