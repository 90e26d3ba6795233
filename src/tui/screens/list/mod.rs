//! What the screens that are lists have in common: rows by the page under a filter, and one of them
//! looked at closely.

mod view;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Display;

use crate::dal::{DalError, Page};
use crate::tui::input::Input;
use crate::tui::keymap::{self, Command};
use crate::tui::screen::{Arrangement, Spot};
use crate::tui::widgets::chooser::Chooser;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::pager::Pager;
use crate::tui::widgets::table::{Column, Extent, Motion, Sort, Table};
use crate::tui::words;
use crate::tui::words::widgets as say;

/// Something that a list shows.
pub trait Keyed {
    type Key: Clone + Ord + Display;

    /// What tells it from all others, also after the list was read again.
    fn key(&self) -> &Self::Key;
}

/// A list. What changes which rows it shows answers whether it has to be read again.
pub struct List<R: Keyed> {
    table: Table,
    rows: Vec<R>,
    error: Option<DalError>,
    filter: TextField,
    is_searching: bool,
    pager: Pager,
    /// Rows in all, where the store knows.
    total: Option<u64>,
    /// Who is marked, also on other pages.
    marked: BTreeSet<R::Key>,
    chooser: Option<Chooser>,
    /// The way on from no rows at all.
    empty_hints: &'static [Hint<'static>],
    /// The row to select once it is there.
    wanted: Option<String>,
    empty: &'static str,
    /// What else rows have to be, beside what is typed.
    chips: Vec<String>,
    /// How to be rid of that.
    back: Hint<'static>,
    /// How far the rows were looked for, where that took more than reading a list.
    looked: String,
}

/// The way on from a search that has found nothing so far.
const LOOK_ON: &[Hint<'static>] = &[say::LOOK_FURTHER, words::SHOW_ALL];

/// The way on from a filter that nothing passes.
const SHOW_ALL: &[Hint<'static>] = &[words::SHOW_ALL];

impl<R: Keyed> List<R> {
    /// A list on its way; `empty` is what it says when it has no rows.
    pub fn new(columns: &'static [Column], empty: &'static str, filter: TextField) -> Self {
        Self {
            table: Table::new(columns, empty),
            rows: Vec::new(),
            error: None,
            filter,
            is_searching: false,
            pager: Pager::default(),
            total: None,
            marked: BTreeSet::new(),
            chooser: None,
            empty_hints: &[],
            wanted: None,
            empty,
            chips: Vec::new(),
            back: words::SHOW_ALL,
            looked: String::new(),
        }
    }

    /// The same with the order that the rows come in at first, if there is one to choose.
    #[must_use]
    pub fn sorted_if(mut self, sort: Option<Sort>) -> Self {
        self.table.set_sort(sort);
        self
    }

    /// The same with what one may do when there are no rows and no filter is why.
    #[must_use]
    pub fn on_empty(mut self, hints: &'static [Hint<'static>]) -> Self {
        self.empty_hints = hints;
        self
    }

    pub fn spot(&self) -> Spot {
        let selected = self.selected().map(|row| row.key().to_string());
        let arrangement = Arrangement { sort: self.sort(), hidden: self.table.hidden().clone() };
        let arrangement = Some(arrangement);
        Spot { filter: self.filter().to_owned(), selected, arrangement, ..Spot::default() }
    }

    pub fn return_to(&mut self, spot: Spot) {
        self.show_first_page();
        self.filter.set_value(&spot.filter);
        self.wanted = spot.selected;
        if let Some(Arrangement { sort, hidden }) = spot.arrangement {
            self.table.set_sort(sort);
            self.table.set_hidden(hidden);
        }
    }

    /// What to ask the store for: the number of the question, and where the page begins.
    pub fn ask(&mut self) -> (u64, Option<String>) {
        self.pager.ask()
    }

    pub fn filter(&self) -> &str {
        self.filter.value()
    }

    /// The order that is wanted, which the screen asks the store for.
    pub fn sort(&self) -> Option<Sort> {
        self.table.sort()
    }

    /// Rows in all, if the store told.
    pub fn set_total(&mut self, total: Option<u64>) {
        self.total = total;
        self.show_extent();
    }

    /// Says above the rows what else they have to be.
    ///
    /// The hint is the way back from it.
    pub fn set_chips(&mut self, chips: Vec<String>, back: Hint<'static>) {
        (self.chips, self.back) = (chips, back);
        self.show_extent();
    }

    /// Says how far the rows were looked for; nothing where there is nothing to say.
    pub fn set_looked(&mut self, looked: String) {
        self.looked = looked;
    }

    /// Marks these, on whatever page they are.
    pub fn mark(&mut self, keys: impl IntoIterator<Item = R::Key>) {
        self.marked.extend(keys);
        self.show_marks();
    }

    pub fn selected(&self) -> Option<&R> {
        self.rows.get(self.table.selected()?)
    }

    pub fn rows(&self) -> &[R] {
        &self.rows
    }

    /// Takes in the answer to a question. Who was selected stays selected, wherever the row is now.
    pub fn listed(
        &mut self,
        asked: u64,
        page: Result<Page<R>, DalError>,
        cells: impl Fn(&R) -> Vec<Cow<'static, str>>,
    ) {
        if !self.pager.is_answer(asked) {
            return;
        }
        match page {
            Ok(page) => {
                self.error = None;
                self.pager.set_page(page.items.len(), page.next);
                let wanted = self.wanted.take();
                let selected = wanted.or_else(|| self.selected().map(|row| row.key().to_string()));
                self.table.set_rows(page.items.iter().map(cells).collect());
                self.rows = page.items;
                let place =
                    selected.and_then(|key| self.rows.iter().position(|row| row.key().to_string() == key));
                if let Some(index) = place {
                    self.table.select(index);
                }
                self.show_extent();
                self.show_marks();
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Puts headings between the rows, each before the row with that number.
    pub fn set_sections(&mut self, sections: Vec<(usize, &'static str)>) {
        self.table.set_sections(sections);
    }

    pub fn show_first_page(&mut self) -> bool {
        self.pager.to_first();
        self.select_top();
        true
    }

    /// Follows a key or a click that moves within the rows, turns the page or asks for another order;
    /// while columns are chosen, one that chooses.
    pub fn follow(&mut self, command: &Command) -> bool {
        if let Some(chooser) = &mut self.chooser {
            if !chooser.follow(command, &mut self.table) {
                self.chooser = None;
            }
            return false;
        }
        match command {
            Command::Move(motion) => self.go(*motion),
            Command::NextPage => self.next_page(),
            Command::PreviousPage => self.previous_page(),
            Command::Sort(column) => self.sort_by(*column),
            Command::Select(row) => {
                self.table.click(*row);
                false
            }
            _ => false,
        }
    }

    /// Selects the row that was clicked; true if it already was, which asks to open it.
    pub fn click(&mut self, row: usize) -> bool {
        if self.is_choosing() {
            return self.follow(&Command::Select(row));
        }
        self.table.click(row)
    }

    /// By this column from now on; by the one that it is already, the other way round.
    fn sort_by(&mut self, column: usize) -> bool {
        if !self.table.is_sortable(column) {
            return false;
        }
        let is_descending = self.sort().is_some_and(|sort| sort.column == column && !sort.is_descending);
        self.set_sort(Some(Sort { column, is_descending }))
    }

    /// Changes the order that is wanted.
    pub fn set_sort(&mut self, sort: Option<Sort>) -> bool {
        let has_changed = sort != self.sort();
        self.table.set_sort(sort);
        has_changed && self.show_first_page()
    }

    /// Marks the selected row, or takes its mark away.
    pub fn toggle_mark(&mut self) {
        let Some(key) = self.selected().map(|row| row.key().clone()) else { return };
        if !self.marked.remove(&key) {
            self.marked.insert(key);
        }
        self.show_marks();
    }

    /// Marks every row of this page; if all are, takes their marks away. Answers whether they are marked.
    pub fn toggle_marks(&mut self) -> bool {
        let page: BTreeSet<R::Key> = self.rows.iter().map(|row| row.key().clone()).collect();
        let were_marked = page.is_subset(&self.marked);
        if were_marked {
            self.marked.retain(|key| !page.contains(key));
        } else {
            self.marked.extend(page);
        }
        self.show_marks();
        !were_marked
    }

    /// Who is marked, on whatever page; some may have gone since.
    pub fn marked(&self) -> &BTreeSet<R::Key> {
        &self.marked
    }

    pub fn clear_marks(&mut self) {
        self.marked.clear();
        self.show_marks();
    }

    /// From now on keys choose which columns are seen.
    pub fn choose_columns(&mut self) {
        self.chooser = Some(Chooser::default());
    }

    pub fn is_choosing(&self) -> bool {
        self.chooser.is_some()
    }

    pub fn hidden_columns(&self) -> &BTreeSet<usize> {
        self.table.hidden()
    }

    pub fn set_hidden_columns(&mut self, hidden: BTreeSet<usize>) {
        self.table.set_hidden(hidden);
    }

    /// Shows columns further to the right, or with a negative number to the left, if not all fit.
    pub fn scroll_columns(&mut self, by: isize) {
        self.table.scroll_columns(by);
    }

    fn next_page(&mut self) -> bool {
        let turned = self.pager.go_on();
        if turned {
            self.select_top();
        }
        turned
    }

    fn previous_page(&mut self) -> bool {
        self.pager.go_back()
    }

    fn go(&mut self, motion: Motion) -> bool {
        let at_the_end = self.table.selected().is_some_and(|row| row + 1 == self.rows.len());
        if motion == Motion::Down && at_the_end {
            return self.next_page();
        }
        self.table.go(motion);
        false
    }

    /// From now on letters are the filter. What was searched for last is still there to be changed, and goes with
    /// the first letter of something else.
    pub fn search(&mut self) {
        self.is_searching = true;
        self.filter.select_all();
    }

    pub fn is_searching(&self) -> bool {
        self.is_searching
    }

    /// The filter, while letters go into it.
    pub fn field(&self, label: &'static str) -> Option<(&'static str, &TextField)> {
        self.is_searching.then_some((label, &self.filter))
    }

    pub fn take_text(&mut self, input: &Input) -> bool {
        if input.is_enter() {
            self.is_searching = false;
        } else if let Some(motion) = keymap::motion(input) {
            self.table.go(motion);
        } else if self.filter.apply(input) {
            return self.show_first_page();
        }
        false
    }

    /// Offers these behind what is typed as the filter.
    pub fn complete_with(&mut self, words: Vec<String>) {
        self.filter.set_completions(words);
    }

    /// Forgets the filter; false if there is none.
    pub fn leave_search(&mut self) -> bool {
        let was_filtered = self.is_searching || !self.filter.is_empty();
        self.is_searching = false;
        self.filter.clear();
        was_filtered && self.show_first_page()
    }

    fn show_extent(&mut self) {
        let (before, has_more) = (self.pager.before(), self.pager.has_more());
        self.table.set_extent(Extent { before, total: self.total, has_more });
        let is_filtered = !self.filter.is_empty() || !self.chips.is_empty();
        let (words, hints) = match (has_more, is_filtered) {
            (true, _) => (say::NOTHING_YET, LOOK_ON),
            (false, true) => (self.empty, SHOW_ALL),
            (false, false) => (self.empty, self.empty_hints),
        };
        self.table.set_empty(words);
        self.table.set_empty_hints(hints);
    }

    fn show_marks(&mut self) {
        let is_marked = |(index, row): (usize, &R)| self.marked.contains(row.key()).then_some(index);
        let marks = self.rows.iter().enumerate().filter_map(is_marked).collect();
        self.table.set_marks(marks, !self.marked.is_empty());
    }

    fn select_top(&mut self) {
        // The rows of another page: none of them is the one that was selected.
        self.rows.clear();
        self.table.select(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Letter(String);

    impl Keyed for Letter {
        type Key = String;

        fn key(&self) -> &String {
            &self.0
        }
    }

    const COLUMNS: &[Column] = &[Column::new("Letter", 6).sortable(), Column::new("Case", 6)];

    fn answer(list: &mut List<Letter>, letters: &str, next: Option<&str>) {
        let items = letters.chars().map(|letter| Letter(letter.to_string())).collect();
        let (asked, _) = list.ask();
        let page = Page { items, next: next.map(str::to_owned) };
        list.listed(asked, Ok(page), |row| vec![row.0.clone().into(), "lower".into()]);
    }

    fn letters() -> List<Letter> {
        let mut list = List::new(COLUMNS, "No letters.", TextField::new(9));
        answer(&mut list, "abc", Some("d"));
        list
    }

    #[test]
    fn marks_survive_pages_and_reading_again() {
        let mut list = letters();
        list.follow(&Command::Move(Motion::Down));
        list.toggle_mark();
        assert!(list.follow(&Command::NextPage));
        answer(&mut list, "de", None);
        list.toggle_marks();
        assert_eq!(list.marked().iter().map(String::as_str).collect::<String>(), "bde");
        assert!(list.follow(&Command::PreviousPage));
        answer(&mut list, "xabc", Some("d"));
        list.toggle_mark();
        list.toggle_marks();
        list.toggle_marks();
        assert_eq!(list.marked().iter().map(String::as_str).collect::<String>(), "de");
        list.clear_marks();
        assert!(list.marked().is_empty());
    }

    #[test]
    fn a_heading_that_is_clicked_asks_for_its_order_and_then_for_the_other_one() {
        let mut list = letters();
        assert!(!list.follow(&Command::Sort(1)) && !list.follow(&Command::Sort(7)));
        assert_eq!(list.sort(), None);
        for is_descending in [false, true, false] {
            assert!(list.follow(&Command::Sort(0)));
            assert_eq!(list.sort(), Some(Sort { column: 0, is_descending }));
        }
        assert!(!list.set_sort(list.sort()));
    }

    #[test]
    fn a_row_that_is_clicked_twice_is_opened() {
        let mut list = letters();
        assert!(!list.click(2));
        assert_eq!(list.selected().map(|row| row.0.as_str()), Some("c"));
        assert!(list.click(2));
        assert!(!list.click(3));
    }

    #[test]
    fn columns_are_chosen_until_something_else_is_asked() {
        let mut list = letters();
        list.choose_columns();
        list.follow(&Command::Move(Motion::Down));
        list.follow(&Command::Open);
        assert!(list.hidden_columns().contains(&1));
        assert!(!list.click(1) && list.hidden_columns().is_empty());
        list.follow(&Command::Open);
        list.follow(&Command::Back);
        assert!(!list.is_choosing() && list.hidden_columns().contains(&1));
    }
}
