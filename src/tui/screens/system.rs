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
        let mut rest = facts::heading(frame, area, "Hashing", &cx.look);
        for (label, used, limit) in [
            ("Threads at work ", hashing.busy, hashing.threads),
            ("Sign-ins waiting", hashing.waiting, hashing.queue),
        ] {
            Gauge { label, used: count(used), limit: count(limit) }.draw(frame, rest, &cx.look);
            rest = facts::below(rest, 1);
        }
        rest = facts::heading(frame, facts::below(rest, 1), "Connections", &cx.look);
        let connections = &report.connections;
        let counted = [
            Counted { label: "signed in".to_owned(), count: count(connections.signed_in) },
            Counted { label: "at the door".to_owned(), count: count(connections.waiting) },
            Counted { label: "in all".to_owned(), count: count(connections.total) },
        ];
        Bars { counted: &counted }.draw(frame, Rect { height: rest.height.min(3), ..rest }, &cx.look);
        rest = facts::heading(frame, facts::below(rest, 4), "Memory, in MiB, while you look", &cx.look);
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
        vec![words::NEXT_SCREEN, ("Esc", "home")]
    }
}

fn server(report: &SystemReport, cx: &Context) -> Facts {
    let memory = report.memory.map_or("not known here".to_owned(), bytes);
    Facts::new(
        "Server",
        vec![
            Fact::new("Version", report.version),
            Fact::new("Started", cx.past(report.started)),
            Fact::new("Memory", memory),
        ],
    )
}

fn store(report: &SystemReport) -> Facts {
    let store = &report.store;
    let size = match store.bytes_limit {
        Some(limit) => format!("{} of {} at most", bytes(store.bytes_used), bytes(limit)),
        None => bytes(store.bytes_used),
    };
    let writes = if store.writable {
        Fact::new("Writable", "yes")
    } else {
        Fact::new("Writable", "no: a write failed; see the log, then start again").alarming()
    };
    let mut facts = vec![Fact::new("Engine", store.backend), Fact::new("Size", size), writes];
    if let Some(commits) = &store.commits {
        let words = format!(
            "median {}, worst {} of the last {}",
            millis(commits.median),
            millis(commits.worst),
            commits.of
        );
        facts.push(Fact::new("A write takes", words));
    }
    Facts::new("Store", facts)
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
            "Hashing",
            vec![
                gauge("Threads at work", hashing.busy, hashing.threads),
                gauge("Sign-ins waiting", hashing.waiting, hashing.queue),
            ],
        ),
        Facts::new(
            "Connections",
            vec![
                Fact::new("Signed in", count(connections.signed_in)),
                Fact::new("At the door", count(connections.waiting)),
                Fact::new("In all", count(connections.total)),
            ],
        ),
    ]
}

fn millis(time: Duration) -> String {
    format!("{}.{:02}\u{a0}ms", time.as_millis(), time.as_micros() % 1_000 / 10)
}
