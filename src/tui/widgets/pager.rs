//! Which page of a long list is shown: where it begins, and the way back to the pages before.
//!
//! Lists page by keys: behind lies a stack of where pages began, so going back costs as little as
//! going on.

use super::hints::Hint;
use crate::tui::words;

/// Where somebody is in a list.
#[derive(Debug, Default)]
pub struct Pager {
    /// Where each page that was turned begins, and how many rows it had.
    behind: Vec<(Option<String>, usize)>,
    here: Option<String>,
    /// Rows on this page.
    rows: usize,
    next: Option<String>,
    asked: u64,
}

impl Pager {
    /// A new question for the page that is shown: its number, and where the page begins.
    pub fn ask(&mut self) -> (u64, Option<String>) {
        self.asked += 1;
        (self.asked, self.here.clone())
    }

    /// Whether this answers the newest question; answers to older ones are not to be looked at.
    pub fn is_answer(&self, asked: u64) -> bool {
        asked == self.asked
    }

    /// The answer said how many rows this page has, and where the next one begins.
    pub fn set_page(&mut self, rows: usize, next: Option<String>) {
        self.rows = rows;
        self.next = next;
    }

    /// Rows on the pages before, as many as there were when they were shown.
    pub fn before(&self) -> usize {
        self.behind.iter().map(|(_, rows)| rows).sum()
    }

    /// Whether there is a next page.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    pub fn to_first(&mut self) {
        *self = Self { asked: self.asked, ..Self::default() };
    }

    /// Turns to the next page, if there is one.
    pub fn go_on(&mut self) -> bool {
        let Some(next) = self.next.take() else { return false };
        self.behind.push((self.here.replace(next), self.rows));
        true
    }

    /// Turns to the page before, if there is one.
    pub fn go_back(&mut self) -> bool {
        let Some((before, rows)) = self.behind.pop() else { return false };
        self.here = before;
        self.rows = rows;
        true
    }

    /// The page that is shown, counted from 1; `None` if there is no other.
    pub fn number(&self) -> Option<usize> {
        (self.has_more() || !self.behind.is_empty()).then_some(self.behind.len() + 1)
    }

    /// What can be turned to, for the foot of the list.
    pub fn hints(&self) -> &'static [Hint<'static>] {
        match (self.behind.is_empty(), self.has_more()) {
            (true, true) => &[words::NEXT_PAGE],
            (false, true) => &[words::PAGE_BEFORE, words::NEXT_PAGE],
            (false, false) => &[words::PAGE_BEFORE],
            (true, false) => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_the_way_there() {
        let mut pager = Pager::default();
        assert!(!pager.go_on() && !pager.go_back());
        for page in ["b", "c"] {
            pager.set_page(50, Some(page.to_owned()));
            assert!(pager.go_on());
            assert_eq!(pager.ask().1.as_deref(), Some(page));
        }
        assert_eq!((pager.number(), pager.before()), (Some(3), 100));
        assert!(pager.go_back());
        assert_eq!(pager.ask().1.as_deref(), Some("b"));
        assert!(pager.go_back());
        assert_eq!((pager.number(), pager.before()), (None, 0));
        assert_eq!(pager.ask().1, None);
    }

    #[test]
    fn an_old_answer_is_not_looked_at() {
        let mut pager = Pager::default();
        let (old, _) = pager.ask();
        pager.to_first();
        let (new, _) = pager.ask();
        assert!(!pager.is_answer(old) && pager.is_answer(new));
    }
}
