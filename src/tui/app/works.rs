//! The work that goes on behind the screens.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::tui::notice::Notice;
use crate::tui::widgets::progress::Progress;
use crate::tui::words::frame as say;
use crate::tui::work::{Begun, Ended, Work};

use super::App;

/// How often what is said about it is drawn again.
const TICK: Duration = Duration::from_millis(250);

/// Reports that are kept, as long as the connection lasts.
const KEPT: usize = 8;

/// All of it. It ends with the dashboard.
#[derive(Default)]
pub(super) struct Works {
    begun: Vec<(tokio::task::Id, Begun)>,
    tasks: JoinSet<Notice>,
    drawn: Option<Instant>,
    /// What became of each of those that have ended, the newest last.
    ended: VecDeque<Ended>,
}

impl Works {
    pub fn are_going_on(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// Waits until one of them has ended, whose last words it answers, or until it is time to draw how
    /// far they are. For ever where there is nothing. Cancel-safe.
    pub async fn next(&mut self) -> Option<Notice> {
        if self.tasks.is_empty() {
            return std::future::pending().await;
        }
        let next_draw = *self.drawn.get_or_insert_with(Instant::now) + TICK;
        tokio::select! {
            Some(ended) = self.tasks.join_next_with_id() => {
                let (id, notice) = match ended {
                    Ok((id, notice)) => (id, notice),
                    Err(error) => {
                        tracing::error!(%error, "work broke down");
                        (error.id(), Notice::failed(say::WORK_BROKE_DOWN))
                    }
                };
                if let Some(index) = self.begun.iter().position(|(begun, _)| *begun == id) {
                    let (_, begun) = self.begun.remove(index);
                    self.keep(begun.ended());
                }
                Some(notice)
            }
            () = sleep_until(next_draw) => {
                self.drawn = Some(next_draw);
                None
            }
        }
    }

    fn keep(&mut self, ended: Ended) {
        self.ended.push_back(ended);
        if self.ended.len() > KEPT {
            self.ended.pop_front();
        }
    }

    /// Those that have ended, the newest last.
    pub fn ended(&self) -> &VecDeque<Ended> {
        &self.ended
    }

    /// Stops the work that was begun last.
    pub fn stop(&self) {
        if let Some((_, begun)) = self.begun.last() {
            begun.stop();
        }
    }

    /// How far the work is that was begun last.
    pub fn progress(&self) -> Option<Progress> {
        self.begun.last().map(|(_, begun)| begun.progress(Instant::now()))
    }
}

impl App {
    pub(super) fn begin(&mut self, work: Work) {
        let (begun, running) = work.begin(self.cx.session.clone());
        let task = self.works.tasks.spawn(running);
        self.works.begun.push((task.id(), begun));
    }
}
