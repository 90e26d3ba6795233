//! Which events the list shows: about whom, of which kinds, since when and from where.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::audit::{AuditQuery, MAX_ROWS, Trail};
use crate::dal::{DalError, Session};
use crate::domain::event::{KINDS, parse_kind};
use crate::domain::moment;
use crate::domain::source::Source;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::screen::Context;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::audit as say;

/// How often a page that is not full is looked for again before it is shown as it is.
const ROUNDS: usize = 8;

/// Characters of a user's name or id; those of names at the door are the longest.
const USER_CHARS: usize = 64;
/// Characters of some kinds: all of them are no filter.
const KINDS_CHARS: usize = 200;
/// Characters of an IPv6 network.
const SOURCE_CHARS: usize = 43;

/// Where each field stands.
const USER: usize = 0;
const KIND: usize = 1;
const SINCE: usize = 2;
const FROM: usize = 3;

/// What events have to be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filters {
    pub user: String,
    kinds: Vec<&'static str>,
    /// As it was typed: so long ago is meant anew each time.
    since: String,
    from: Option<Source>,
}

impl Filters {
    /// Those that leave only what somebody did, or was done to them.
    pub fn about(user: &str) -> Self {
        Self { user: user.to_owned(), ..Self::default() }
    }

    /// What stands above the rows.
    pub fn chips(&self) -> Vec<String> {
        let given = |text: &str, said: fn(&str) -> String| (!text.is_empty()).then(|| said(text));
        let kinds = (!self.kinds.is_empty()).then(|| say::kinds(&self.kinds));
        let all = [given(&self.user, say::about), kinds, given(&self.since, say::since)];
        all.into_iter().flatten().chain(self.from.map(say::at)).collect()
    }

    /// What to ask for, with the beginning of a name that was typed above the rows.
    pub fn query(&self, begins: &str, after: Option<String>, cx: &Context) -> AuditQuery {
        AuditQuery {
            user: Some(self.user.clone()).filter(|user| !user.is_empty()),
            begins: begins.to_owned(),
            kinds: self.kinds.clone(),
            since: moment::parse_past(&self.since, &cx.zone, cx.now).ok(),
            from: self.from,
            after,
            limit: MAX_ROWS,
            ..AuditQuery::default()
        }
    }
}

/// The question.
pub struct FilterAsk {
    form: Form,
}

impl FilterAsk {
    /// With what is asked for at the moment.
    pub fn about(now: &Filters) -> Self {
        let kinds = KINDS.iter().map(ToString::to_string).collect();
        let from = now.from.map(|from| from.to_string()).unwrap_or_default();
        let form = Form::new(vec![
            (say::ANY_USER, TextField::new(USER_CHARS).with_value(&now.user)),
            (
                say::ANY_KIND,
                TextField::new(KINDS_CHARS)
                    .with_completions(kinds)
                    .with_check(are_kinds)
                    .with_value(&now.kinds.join(", ")),
            ),
            (
                say::ANY_TIME,
                TextField::new(moment::CHARS)
                    .with_placeholder(say::A_TIME)
                    .with_check(is_time)
                    .with_value(&now.since),
            ),
            (say::ANYWHERE, TextField::new(SOURCE_CHARS).with_check(is_source).with_value(&from)),
        ]);
        Self { form }
    }

    /// The filters, once they are all told.
    pub fn take(&mut self, input: &Input) -> Option<Filters> {
        if self.form.apply(input) != Outcome::Submitted {
            return None;
        }
        match self.told() {
            Ok(filters) => Some(filters),
            Err((field, why)) => {
                self.form.set_error(field, why);
                None
            }
        }
    }

    fn told(&self) -> Result<Filters, (usize, String)> {
        let typed = |index| self.form.value(index).trim();
        let at = |index| move |why| (index, why);
        is_time(typed(SINCE)).map_err(at(SINCE))?;
        Ok(Filters {
            user: typed(USER).to_owned(),
            kinds: kinds(typed(KIND)).map_err(at(KIND))?,
            since: typed(SINCE).to_owned(),
            from: source(typed(FROM)).map_err(at(FROM))?,
        })
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

fn kinds(typed: &str) -> Result<Vec<&'static str>, String> {
    typed.split(',').map(str::trim).filter(|word| !word.is_empty()).map(parse_kind).collect()
}

fn are_kinds(typed: &str) -> Result<(), String> {
    kinds(typed).map(drop)
}

fn is_time(typed: &str) -> Result<(), String> {
    if typed.trim().is_empty() { Ok(()) } else { moment::check(typed) }
}

fn source(typed: &str) -> Result<Option<Source>, String> {
    let read = || Source::parse(typed).ok_or_else(|| say::NO_ADDRESS.to_owned());
    if typed.trim().is_empty() { Ok(None) } else { read().map(Some) }
}

fn is_source(typed: &str) -> Result<(), String> {
    source(typed).map(drop)
}

/// A page; where it is not full, somewhat more is looked for, each time with a proof of its own.
pub async fn look(session: Session, mut query: AuditQuery) -> Result<Trail, DalError> {
    let mut trail = session.verify().await?.audit().list(query.clone()).await?;
    for _ in 1..ROUNDS {
        let room = MAX_ROWS.saturating_sub(trail.items.len());
        let Some(next) = trail.next.clone().filter(|_| room > 0) else { break };
        query = AuditQuery { after: Some(next), limit: room, ..query };
        let more = session.verify().await?.audit().list(query.clone()).await?;
        trail.items.extend(more.items);
        trail.looked_at += more.looked_at;
        (trail.next, trail.back_to) = (more.next, more.back_to.or(trail.back_to));
    }
    Ok(trail)
}

/// How far back one looked, where that was too far to go on.
pub fn looked(trail: &Trail, cx: &Context) -> String {
    let is_short = trail.next.is_some() && trail.items.len() < MAX_ROWS;
    let back_to = trail.back_to.filter(|_| is_short);
    back_to.map_or_else(String::new, |at| say::looked_back(&cx.minute(at)))
}
