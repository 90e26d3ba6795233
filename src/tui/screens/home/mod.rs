//! Home: who I am, this session, what happened at my door, and how the house is.

mod charts;
mod first_steps;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::dal::DalError;
use crate::dal::overview::{Activity, Counts};
use crate::dal::second_factor::FactorState;
use crate::domain::role::{Permission, RoleName};
use crate::domain::session::{Method, Sighting};
use crate::domain::time::Timestamp;
use crate::proxy;
use crate::tui::keymap::{Action, Command, tab_key};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Remote, Screen, Step};
use crate::tui::widgets::facts::{self, Fact, Facts};
use crate::tui::widgets::number::thousands;
use crate::tui::words;
use crate::tui::words::home as say;

pub struct Home {
    counts: Remote<Counts>,
    activity: Remote<Activity>,
    /// One's own, for the first steps.
    factor: Remote<FactorState>,
    scroll: usize,
}

pub enum Msg {
    Counted(Result<Counts, DalError>),
    Happened(Box<Result<Activity, DalError>>),
    Factor(Result<FactorState, DalError>),
    Kept(Result<(), DalError>),
}

/// From here on there is room for two columns.
const WIDE: u16 = 76;

impl Home {
    fn read(cx: &Context) -> Vec<Load<Msg>> {
        let factor = proxy::offers(&cx.claims, Permission::AssignRoles).then(|| {
            cx.load(
                |session| async move { session.verify().await?.second_factor().state().await },
                Msg::Factor,
            )
        });
        let others = vec![
            cx.load(|session| async move { session.verify().await?.overview().counts().await }, Msg::Counted),
            cx.load(
                |session| async move { session.verify().await?.overview().activity().await },
                |activity| Msg::Happened(Box::new(activity)),
            ),
        ];
        others.into_iter().chain(factor).collect()
    }

    fn server(&self) -> Option<Facts> {
        let counts = match &self.counts {
            Remote::Loading => return None,
            Remote::Failed(error) => {
                return Some(Facts::new(say::SERVER, vec![Fact::new("", error.to_string())]));
            }
            Remote::Ready(counts) => counts,
        };
        let facts: Vec<Fact> = [
            (say::USERS, counts.users),
            (say::LIVE_SESSIONS, counts.live_sessions),
            (say::FAILED_IN_A_DAY, counts.failed_sign_ins),
        ]
        .into_iter()
        .filter_map(|(label, count)| count.map(|count| Fact::new(label, thousands(count))))
        .collect();
        (!facts.is_empty()).then(|| Facts::new(say::SERVER, facts))
    }

    /// Beside who I am: what happened before, and the server, or else where one can go.
    fn others(&self, cx: &Context) -> Vec<Facts> {
        let has_server = !matches!(self.counts, Remote::Ready(Counts { users: None, .. }));
        let beside = if has_server { self.server() } else { self.server().or_else(|| Some(from_here(cx))) };
        [door(cx)].into_iter().chain(beside).collect()
    }

    fn draw_wide(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let (mine, others) = ([who(cx), session(cx)], self.others(cx));
        // A moment with how long ago it was fits on one line at the left.
        let halves = Layout::horizontal([Constraint::Fill(3), Constraint::Length(2), Constraint::Fill(2)]);
        let [left, _, right] = halves.areas(area);
        let facts =
            facts::height(&mine, left.width, &cx.look).max(facts::height(&others, right.width, &cx.look));
        let spare = area.height.saturating_sub(facts + 1);
        let activity = self.activity.ready().filter(|activity| charts::has_something(activity));
        let Some(activity) = activity.filter(|_| spare >= charts::STRIP_ROWS) else {
            facts::draw(frame, left, &mine, self.scroll, &cx.look);
            return facts::draw(frame, right, &others, self.scroll, &cx.look);
        };
        facts::draw(frame, Rect { height: facts, ..left }, &mine, 0, &cx.look);
        facts::draw(frame, Rect { height: facts, ..right }, &others, 0, &cx.look);
        let below = |side: Rect| Rect { y: area.y + facts + 1, height: spare.min(charts::MAX_ROWS), ..side };
        // Below the facts, column for column: nothing stands across what is between them.
        let (left, right) = (below(left), below(right));
        if spare >= charts::MIN_ROWS {
            charts::draw(frame, left, right, activity, cx);
        } else {
            charts::draw_strip(frame, left, right, activity, cx);
        }
    }
}

impl Screen for Home {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[Action::screen('f', "first steps on, off", Permission::AssignRoles)];

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let home =
            Self { counts: Remote::Loading, activity: Remote::Loading, factor: Remote::Loading, scroll: 0 };
        (home, Self::read(cx))
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match command {
            Command::Move(motion) => self.scroll = motion.apply(self.scroll),
            Command::Refresh => return (Step::Stay, Self::read(cx)),
            Command::Act('f') => {
                let mut chosen = cx.claims.preferences.clone();
                chosen.first_steps_dismissed = !chosen.first_steps_dismissed;
                return (Step::Stay, vec![cx.prefer(chosen, Msg::Kept)]);
            }
            _ => {}
        }
        (Step::Stay, Vec::new())
    }

    fn update(&mut self, msg: Msg, _cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Counted(counts) => self.counts = counts.into(),
            Msg::Happened(activity) => self.activity = (*activity).into(),
            Msg::Factor(factor) => self.factor = factor.into(),
            Msg::Kept(Ok(())) => return (Step::Refresh, Vec::new()),
            Msg::Kept(Err(error)) => return (Step::Tell(Notice::from(&error)), Vec::new()),
        }
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let area = first_steps::draw(frame, area, self.counts.ready(), self.factor.ready(), cx);
        if area.width >= WIDE {
            return self.draw_wide(frame, area, cx);
        }
        let all: Vec<Facts> = [who(cx), session(cx)].into_iter().chain(self.others(cx)).collect();
        facts::draw(frame, area, &all, self.scroll, &cx.look);
    }

    fn knows(&self, command: &Command) -> bool {
        matches!(command, Command::Move(_) | Command::Refresh)
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        vec![words::NEXT_SCREEN, words::READ_AGAIN]
    }
}

/// `member, operator until 2026-11-24 14:30 CET (in 2 h)`
pub fn own_roles(cx: &Context) -> String {
    let claims = &cx.claims;
    let role = |role: &RoleName| match claims.passing.iter().find(|(passing, _)| passing == role) {
        Some((_, until)) => say::held_until(role, &cx.ahead(*until)),
        None => role.to_string(),
    };
    claims.roles.iter().map(role).collect::<Vec<_>>().join(", ")
}

fn who(cx: &Context) -> Facts {
    let claims = &cx.claims;
    Facts::new(
        say::YOU,
        vec![
            Fact::new(words::USER, claims.name.to_string()),
            Fact::new(words::NAME, claims.display_name.to_string()),
            Fact::new(words::ROLES, own_roles(cx)),
        ],
    )
}

fn session(cx: &Context) -> Facts {
    let claims = &cx.claims;
    Facts::new(
        say::THIS_SESSION,
        vec![
            Fact::new(words::HANDLE, claims.handle.to_string()),
            Fact::new(words::SINCE, cx.past(claims.created)),
            Fact::new(words::FROM, words::port(claims.visitor.address, claims.visitor.port)),
            Fact::new(words::CLIENT, claims.visitor.client.clone()),
            Fact::new(words::PROVEN_BY, Method::words(&claims.methods)),
            Fact::new(words::ENDS, cx.ahead(claims.expires)),
        ],
    )
}

/// The way on for somebody who sees nothing of the server.
fn from_here(cx: &Context) -> Facts {
    let screens = proxy::screens(&cx.claims).into_iter().enumerate().skip(1);
    let by_number = screens.filter(|(index, _)| !tab_key(*index).is_empty());
    let by_number = by_number.map(|(index, screen)| Fact::new(screen.title, say::press(tab_key(index))));
    let others = [(say::ANYTHING_ELSE, words::MENU), (say::ALL_KEYS, words::HELP)];
    let others = others.into_iter().map(|(what, (key, _))| Fact::new(what, say::press(key)));
    Facts::new(say::FROM_HERE, by_number.chain(others).collect())
}

fn door(cx: &Context) -> Facts {
    let before = &cx.claims.before;
    let last = before.last_sign_in.as_ref().map_or(say::FIRST_ONE.to_owned(), |at| sighting(at, cx.now));
    let mut facts = vec![Fact::new(words::LAST_SIGN_IN, last)];
    let failed = Fact::new(words::FAILED_SINCE, thousands(u64::from(before.failed)));
    facts.push(if before.failed > 0 { failed.alarming() } else { failed });
    if let Some(failure) = &before.last_failure {
        facts.push(Fact::new(words::LAST_FAILED, sighting(failure, cx.now)));
    }
    let news = before.news_of_the_factor().into_iter();
    facts.extend(news.map(|news| Fact::new(words::second_factor::CODES, news).alarming()));
    if before.addresses.len() > 1 {
        let addresses: Vec<String> = before.addresses.iter().map(ToString::to_string).collect();
        facts.push(Fact::new(say::CAME_FROM, addresses.join(", ")));
    }
    Facts::new(say::BEFORE, facts)
}

/// `3 h ago from 192.0.2.7`
pub(super) fn sighting(sighting: &Sighting, now: Timestamp) -> String {
    say::sighting(&sighting.at.ago(now), sighting.from)
}
