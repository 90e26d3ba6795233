//! Who is looked for, in which order, and how what was found is shown and marked.

use crate::dal::DalError;
use crate::dal::users::{Found, MAX_ROWS, UserQuery, UserSort};
use crate::domain::name::UserName;
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load};
use crate::tui::screens::browse::Browse as _;
use crate::tui::screens::list::Keyed as _;
use crate::tui::widgets::table::Sort;
use crate::tui::words::users as say;

use super::deleted::{CREATED, Row, Which};
use super::{Msg, Users, filter};

impl Users {
    /// Everybody whom the list shows, page by page.
    pub(super) fn whom(&self) -> UserQuery {
        UserQuery { prefix: self.list.filter().to_owned(), limit: MAX_ROWS, ..self.query.clone() }
    }

    /// Asks for rows that are something else too, or in another order.
    pub(super) fn set_query(&mut self, query: UserQuery, cx: &Context) -> Vec<Load<Msg>> {
        self.query = query;
        self.list.set_chips(filter::chips(&self.query), filter::way_back(&self.query));
        self.list.set_looked(String::new());
        self.list.show_first_page();
        self.read(cx)
    }

    /// The next order: by name, the newest first, the oldest first.
    pub(super) fn turn_order(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        let sort = match self.query.sort {
            UserSort::Name => Some(Sort { column: CREATED, is_descending: true }),
            UserSort::Newest => Some(Sort { column: CREATED, is_descending: false }),
            UserSort::Oldest => None,
        };
        self.list.set_sort(sort);
        self.follow_order(cx)
    }

    pub(super) fn follow_order(&mut self, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(Sort { column: 0, is_descending: true }) = self.list.sort() {
            // Names go one way only.
            self.list.set_sort(Some(Sort { column: 0, is_descending: false }));
        }
        let sort = filter::order(self.list.sort(), CREATED);
        self.set_query(UserQuery { sort, ..self.query.clone() }, cx)
    }

    pub(super) fn listed(&mut self, asked: u64, found: Result<Found<Row>, DalError>, cx: &Context) {
        let page = found.map(|found| {
            let is_all = self.query.is_unfiltered() && self.list.filter().is_empty();
            let everybody = self.which == Which::There && is_all;
            self.list.set_total(everybody.then_some(found.of));
            self.list.set_looked(filter::looked(&found, &self.query));
            found.page
        });
        self.list.listed(asked, page, |row| row.cells(cx));
        // All of them begin like what is typed.
        self.list.complete_with(self.list.rows().iter().map(|row| row.key().to_string()).collect());
    }

    /// What stands above the rows while nothing is typed.
    pub(super) fn heading(&self) -> &'static str {
        if self.query.is_unfiltered() { self.which.title() } else { say::FILTERED }
    }

    pub(super) fn marked(&mut self, names: Option<Vec<UserName>>) -> Notice {
        let Some(names) = names else {
            return Notice::failed(say::too_many_found(filter::MAX_MARKED));
        };
        let words = say::are_marked(names.len());
        self.list.mark(names);
        Notice::done(words)
    }
}
