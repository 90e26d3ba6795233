//! Whom the list shows besides those whose names begin like that: by role, by state, by last sign-in, by
//! second factor.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::users::{Found, LastSignIn, MAX_ROWS, UserQuery, UserRow, UserSort, UserState};
use crate::dal::{DalError, Session};
use crate::domain::name::UserName;
use crate::domain::role::{BUILT_IN, RoleName};
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::hints::Hint;
use crate::tui::widgets::number::thousands;
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::table::Sort;
use crate::tui::words;
use crate::tui::words::users as say;

use super::deleted::Row;

/// How often a page that is not full is looked for again before it is shown as it is.
const ROUNDS: usize = 8;

/// Users that are marked at once, at most.
pub const MAX_MARKED: usize = 100_000;

/// The question.
pub struct FilterAsk {
    form: Form,
}

impl FilterAsk {
    /// With what is asked for at the moment. The roles of these rows are offered, besides the built-in ones.
    pub fn about(now: &UserQuery, rows: &[Row]) -> Self {
        let mut roles: Vec<String> = BUILT_IN.iter().map(|role| role.name.to_owned()).collect();
        let others: BTreeSet<&RoleName> =
            rows.iter().filter_map(Row::there).flat_map(|row| &row.roles).collect();
        roles.extend(others.into_iter().filter(|role| role.built_in().is_none()).map(ToString::to_string));
        let states = UserState::ALL.iter().map(|state| state.word().to_owned()).collect();
        let role = now.role.as_ref().map(ToString::to_string).unwrap_or_default();
        let seen = now.seen.map(|seen| seen.to_string().replace("within", "since")).unwrap_or_default();
        let form = Form::new(vec![
            (
                say::ANY_ROLE,
                TextField::new(RoleName::MAX_CHARS)
                    .with_completions(roles)
                    .with_check(is_role)
                    .with_value(&role),
            ),
            (
                say::ANY_STATE,
                TextField::new(STATE_CHARS)
                    .with_completions(states)
                    .with_check(is_state)
                    .with_value(now.state.map_or("", UserState::word)),
            ),
            (
                say::ANY_SIGN_IN,
                TextField::new(SEEN_CHARS)
                    .with_completions(say::SIGN_INS_ARE.map(str::to_owned).into())
                    .with_check(is_last_sign_in)
                    .with_placeholder(say::SIGN_INS_LIKE)
                    .with_value(&seen),
            ),
            (
                say::ANY_FACTOR,
                TextField::new(FACTOR_CHARS)
                    .with_completions(say::YES_OR_NO.map(str::to_owned).into())
                    .with_check(is_yes_or_no)
                    .with_value(now.second_factor.map_or("", say::has)),
            ),
        ]);
        Self { form }
    }

    /// The filters, once they are all told: `now` with these.
    pub fn take(&mut self, input: &Input, now: &UserQuery) -> Option<UserQuery> {
        if self.form.apply(input) != Outcome::Submitted {
            return None;
        }
        let value = |index| Some(self.form.value(index).trim()).filter(|typed| !typed.is_empty());
        let role =
            value(0).map(|typed| RoleName::parse(typed).map_err(|why| (0, why.to_string()))).transpose();
        let state = value(1).map(|typed| find_state(typed).map_err(|why| (1, why))).transpose();
        let seen = value(2).map(|typed| LastSignIn::parse(typed).map_err(|why| (2, why))).transpose();
        let factor = value(3).map(|typed| find_yes_or_no(typed).map_err(|why| (3, why))).transpose();
        let told = || {
            Ok(UserQuery { role: role?, state: state?, seen: seen?, second_factor: factor?, ..now.clone() })
        };
        match told() {
            Ok(query) => Some(query),
            Err((field, why)) => {
                self.form.set_error(field, why);
                None
            }
        }
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let hints = [("Enter", say::NEXT_SHOW), words::COMPLETE, words::BACK];
        let panel = Panel { title: say::FILTER, body: "", form: &self.form, hints: &hints, is_danger: false };
        panel.draw(frame, area, look);
    }
}

const STATE_CHARS: usize = 16;
const SEEN_CHARS: usize = 24;
const FACTOR_CHARS: usize = 8;

fn is_role(typed: &str) -> Result<(), String> {
    RoleName::parse(typed).map(drop).map_err(|why| why.to_string())
}

fn is_state(typed: &str) -> Result<(), String> {
    find_state(typed).map(drop)
}

fn find_state(typed: &str) -> Result<UserState, String> {
    let words: Vec<&str> = UserState::ALL.iter().map(|state| state.word()).collect();
    UserState::find(typed).ok_or_else(|| say::one_of(&words))
}

fn is_last_sign_in(typed: &str) -> Result<(), String> {
    LastSignIn::parse(typed).map(drop)
}

fn is_yes_or_no(typed: &str) -> Result<(), String> {
    find_yes_or_no(typed).map(drop)
}

fn find_yes_or_no(typed: &str) -> Result<bool, String> {
    let typed = typed.trim().to_lowercase();
    [true, false].into_iter().find(|has| say::has(*has) == typed).ok_or_else(|| say::one_of(&say::YES_OR_NO))
}

/// What stands above the rows about the filters and the order.
pub fn chips(query: &UserQuery) -> Vec<String> {
    let order = match query.sort {
        UserSort::Name => None,
        UserSort::Oldest => Some(say::OLDEST_FIRST.to_owned()),
        UserSort::Newest => Some(say::NEWEST_FIRST.to_owned()),
    };
    // The beginning of the name stands in its field.
    let filters = UserQuery { prefix: String::new(), ..query.clone() }.words();
    filters.into_iter().chain(order).collect()
}

/// How to be rid of them: of an order alone nobody is left out.
pub fn way_back(query: &UserQuery) -> Hint<'static> {
    if query.is_unfiltered() { say::BY_NAME } else { words::SHOW_ALL }
}

/// How far one looked, where the rows are not all that there is in a list.
pub fn looked<T>(found: &Found<T>, query: &UserQuery) -> String {
    if query.is_unfiltered() || found.page.next.is_none() || found.page.items.len() >= MAX_ROWS {
        return String::new();
    }
    say::looked_at(&thousands(found.looked_at), &thousands(found.of))
}

/// The order that a heading asks for.
pub fn order(sort: Option<Sort>, created: usize) -> UserSort {
    match sort {
        Some(Sort { column, is_descending }) if column == created => {
            if is_descending {
                UserSort::Newest
            } else {
                UserSort::Oldest
            }
        }
        _ => UserSort::Name,
    }
}

/// A page; where it is not full, somewhat more is looked for, each time with a proof of its own.
pub async fn look(session: Session, mut query: UserQuery) -> Result<Found<UserRow>, DalError> {
    let mut found = session.verify().await?.users().search(query.clone()).await?;
    for _ in 1..ROUNDS {
        let room = query.limit.saturating_sub(found.page.items.len());
        let Some(next) = found.page.next.clone().filter(|_| room > 0) else { break };
        query = UserQuery { after: Some(next), limit: room, ..query };
        let more = session.verify().await?.users().search(query.clone()).await?;
        found.page.items.extend(more.page.items);
        found.page.next = more.page.next;
        found.looked_at += more.looked_at;
        // `limit` is what is left; the page is as long as it was asked for.
        query.limit = MAX_ROWS;
    }
    Ok(found)
}

/// Everybody whom the filters let pass, if that are not too many.
pub async fn everybody(session: Session, query: UserQuery) -> Result<Option<Vec<UserName>>, DalError> {
    let mut names = Vec::new();
    let mut query = UserQuery { after: None, limit: MAX_ROWS, ..query };
    loop {
        let page = session.verify().await?.users().list(query.clone()).await?;
        names.extend(page.items.into_iter().map(|row| row.name));
        if names.len() > MAX_MARKED {
            return Ok(None);
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(Some(names)),
        }
    }
}
