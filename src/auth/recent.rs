//! What is remembered of sources, within bounds: those that were heard of longest ago are forgotten.

use std::collections::{BTreeSet, HashMap};

use crate::domain::source::Source;

/// At most so many sources, each with when it was last heard of and what is known of it.
#[derive(Debug)]
pub struct Recent<T, V> {
    most: usize,
    entries: HashMap<Source, (T, V)>,
    /// The same sources, the oldest first.
    order: BTreeSet<(T, Source)>,
}

impl<T: Copy + Ord, V> Recent<T, V> {
    /// Remembers at most `most` sources; at least one.
    pub fn new(most: usize) -> Self {
        Self { most: most.max(1), entries: HashMap::new(), order: BTreeSet::new() }
    }

    pub fn get(&self, source: Source) -> Option<&V> {
        self.entries.get(&source).map(|(_, value)| value)
    }

    /// Remembers this of a source that was just heard of. A clock that goes back makes none of them older.
    pub fn put(&mut self, source: Source, now: T, value: V) {
        let at = match self.entries.get(&source) {
            Some((before, _)) => now.max(*before),
            None => now,
        };
        if let Some((before, _)) = self.entries.insert(source, (at, value)) {
            self.order.remove(&(before, source));
        }
        self.order.insert((at, source));
        while self.entries.len() > self.most {
            let Some((_, oldest)) = self.order.pop_first() else { return };
            self.entries.remove(&oldest);
        }
    }

    pub fn remove(&mut self, source: Source) -> Option<V> {
        let (at, value) = self.entries.remove(&source)?;
        self.order.remove(&(at, source));
        Some(value)
    }

    /// Forgets those that were last heard of before this.
    pub fn forget_before(&mut self, limit: T) {
        while let Some((at, source)) = self.order.first().copied()
            && at < limit
        {
            self.order.remove(&(at, source));
            self.entries.remove(&source);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = (Source, &V)> {
        self.entries.iter().map(|(source, (_, value))| (*source, value))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn source(number: u32) -> Source {
        Source::of(Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn those_who_were_heard_of_longest_ago_are_forgotten() {
        let mut recent = Recent::new(100);
        for number in 0..1_000_u32 {
            recent.put(source(0), number, number);
            recent.put(source(number), number, number);
        }
        assert_eq!((recent.len(), recent.order.len()), (100, 100));
        assert_eq!(recent.get(source(0)), Some(&999));
        assert_eq!((recent.get(source(900)), recent.get(source(950))), (None, Some(&950)));
        recent.forget_before(990);
        assert_eq!((recent.len(), recent.order.len()), (11, 11));
        assert_eq!((recent.remove(source(995)), recent.remove(source(995))), (Some(995), None));
    }

    #[test]
    fn a_clock_that_goes_back_makes_nobody_older() {
        let mut recent = Recent::new(2);
        recent.put(source(1), 10, ());
        recent.put(source(1), 5, ());
        recent.put(source(2), 7, ());
        recent.put(source(3), 8, ());
        assert!(recent.get(source(1)).is_some() && recent.get(source(2)).is_none());
        assert!(!recent.is_empty());
    }
}
