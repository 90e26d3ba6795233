//! System: how the server is. Read again every two seconds while somebody looks, and never else.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::dal::DalError;
use crate::dal::overview::SystemReport;
use crate::tui::keymap::Command;
use crate::tui::screen::{Context, Load, Remote, Screen, Step};
use crate::tui::widgets::bars::{Bars, Counted};
use crate::tui::widgets::facts::{self, Fact, Facts};
use crate::tui::widgets::gauge::Gauge;
use crate::tui::widgets::number::{bytes, thousands};
use crate::tui::widgets::spark::Spark;
use crate::tui::widgets::state::State;
use crate::tui::words;
use crate::tui::words::system as say;

pub struct System {
    report: Remote<SystemReport>,
    /// Resident memory at each reading, in bytes, since the screen was opened.
    memory: Vec<u64>,
    scroll: usize,
}

pub enum Msg {
    Got(Box<Result<SystemReport, DalError>>),
}

/// From here on there is room for two columns.
const WIDE: u16 = 76;

/// Columns of the labels of gauges below one another.
const LABEL: usize = 16;

/// Columns of a gauge among facts.
const BAR: usize = 8;

/// Readings that are kept: more than a wide screen has columns.
const READINGS: usize = 250;

impl System {
    fn read(cx: &Context) -> Vec<Load<Msg>> {
        vec![cx.load(
            |session| async move { session.verify().await?.overview().system().await },
            |report| Msg::Got(Box::new(report)),
        )]
    }

    fn draw_gauges(&self, frame: &mut Frame, area: Rect, report: &SystemReport, cx: &Context) {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let hashing = &report.hashing;
        let mut rest = facts::heading(frame, area, say::HASHING, &cx.look);
        for (label, used, limit) in
            [(say::THREADS, hashing.busy, hashing.threads), (say::WAITING, hashing.waiting, hashing.queue)]
        {
            let label = format!("{label:<LABEL$}");
            Gauge { label: &label, used: count(used), limit: count(limit) }.draw(frame, rest, &cx.look);
            rest = facts::below(rest, 1);
        }
        rest = facts::heading(frame, facts::below(rest, 1), say::CONNECTIONS, &cx.look);
        let connections = &report.connections;
        let counts = [connections.signed_in, connections.waiting, connections.total];
        let counted: Vec<Counted> = say::BARS
            .iter()
            .zip(counts)
            .map(|(label, all)| Counted { label: (*label).to_owned(), count: count(all) })
            .collect();
        Bars { counted: &counted }.draw(frame, Rect { height: rest.height.min(3), ..rest }, &cx.look);
        rest = facts::heading(frame, facts::below(rest, 4), say::MEMORY_WHILE, &cx.look);
        let memory: Vec<u64> = self.memory.iter().map(|bytes| bytes >> 20).collect();
        Spark { values: &memory }.draw(frame, Rect { height: rest.height.min(2), ..rest }, &cx.look);
    }
}

impl Screen for System {
    type Msg = Msg;

    const EVERY: Option<Duration> = Some(Duration::from_secs(2));

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        (Self { report: Remote::Loading, memory: Vec::new(), scroll: 0 }, Self::read(cx))
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match command {
            Command::Back => return (Step::Back, Vec::new()),
            Command::Move(motion) => self.scroll = motion.apply(self.scroll),
            Command::Refresh => return (Step::Stay, Self::read(cx)),
            _ => {}
        }
        (Step::Stay, Vec::new())
    }

    fn update(&mut self, Msg::Got(report): Msg, _cx: &Context) -> (Step, Vec<Load<Msg>>) {
        if let Ok(SystemReport { memory: Some(memory), .. }) = &*report {
            if self.memory.len() == READINGS {
                self.memory.remove(0);
            }
            self.memory.push(*memory);
        }
        self.report = (*report).into();
        (Step::Stay, Vec::new())
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let report = match &self.report {
            Remote::Loading => return State::Loading.draw(frame, area, &cx.look),
            Remote::Failed(error) => return State::of(error).draw(frame, area, &cx.look),
            Remote::Ready(report) => report,
        };
        if area.width < WIDE {
            let mut all = vec![server(report, cx), store(report)];
            all.extend(load(report));
            return facts::draw(frame, area, &all, self.scroll, &cx.look);
        }
        let halves = Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Fill(1)]);
        let [left, _, right] = halves.areas(area);
        facts::draw(frame, left, &[server(report, cx), store(report)], self.scroll, &cx.look);
        self.draw_gauges(frame, right, report, cx);
    }

    fn knows(&self, command: &Command) -> bool {
        matches!(command, Command::Move(_) | Command::Refresh)
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        vec![words::NEXT_SCREEN, say::TO_HOME]
    }
}

fn server(report: &SystemReport, cx: &Context) -> Facts {
    let memory = report.memory.map_or(say::NOT_KNOWN.to_owned(), bytes);
    Facts::new(
        say::SERVER,
        vec![
            Fact::new(say::VERSION, report.version),
            Fact::new(say::STARTED, cx.past(report.started)),
            Fact::new(say::MEMORY, memory),
        ],
    )
}

fn store(report: &SystemReport) -> Facts {
    let store = &report.store;
    let size = match store.bytes_limit {
        Some(limit) => say::of_at_most(&bytes(store.bytes_used), &bytes(limit)),
        None => bytes(store.bytes_used),
    };
    let writes = if store.writable {
        Fact::new(say::WRITABLE, say::YES)
    } else {
        Fact::new(say::WRITABLE, say::NOT_WRITABLE).alarming()
    };
    let mut facts = vec![Fact::new(say::ENGINE, store.backend), Fact::new(say::SIZE, size), writes];
    if let Some(commits) = &store.commits {
        let words = say::commits(&millis(commits.median), &millis(commits.worst), commits.of);
        facts.push(Fact::new(say::A_WRITE_TAKES, words));
    }
    Facts::new(say::STORE, facts)
}

/// What a wide window draws, for a narrow one.
fn load(report: &SystemReport) -> [Facts; 2] {
    let gauge = |label: &'static str, used: usize, all: usize| {
        let wide = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let gauge = Gauge { label, used: wide(used), limit: wide(all) };
        let fact = Fact::new(label, gauge.line(BAR));
        if gauge.is_full() { fact.alarming() } else { fact }
    };
    let count = |count: usize| thousands(u64::try_from(count).unwrap_or(u64::MAX));
    let (hashing, connections) = (&report.hashing, &report.connections);
    [
        Facts::new(
            say::HASHING,
            vec![
                gauge(say::THREADS, hashing.busy, hashing.threads),
                gauge(say::WAITING, hashing.waiting, hashing.queue),
            ],
        ),
        Facts::new(
            say::CONNECTIONS,
            vec![
                Fact::new(say::SIGNED_IN, count(connections.signed_in)),
                Fact::new(say::AT_THE_DOOR, count(connections.waiting)),
                Fact::new(say::IN_ALL, count(connections.total)),
            ],
        ),
    ]
}

fn millis(time: Duration) -> String {
    format!("{}.{:02}\u{a0}ms", time.as_millis(), time.as_micros() % 1_000 / 10)
}
