//! Long work: it goes on behind whatever screen is looked at, says how far it is, and can be stopped.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::dal::{DalError, Session};
use crate::domain::presence::Presence;
use crate::tui::words::frame as say;

use super::notice::Notice;
use super::widgets::progress::{Progress, Stage};

/// Something to be done to many, one after the other.
pub struct Work {
    pub title: String,
    pub total: usize,
    run: Box<dyn FnOnce(Session, Report) -> Running + Send>,
}

/// Ends with what is to be said about it.
pub type Running = Pin<Box<dyn Future<Output = Notice> + Send>>;

/// How the work tells how far it is, and hears that it is to stop.
pub struct Report {
    done: watch::Sender<usize>,
    stop: CancellationToken,
    fates: Fates,
}

/// What became of each, in the order in which it was done.
type Fates = Arc<Mutex<Vec<Fate>>>;

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    pub item: String,
    /// Why it was not done, if it was not.
    pub refusal: Option<String>,
}

/// Work that has ended, one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub title: String,
    pub total: usize,
    /// Those that were refused first.
    pub fates: Vec<Fate>,
}

/// Work that was begun, as the dashboard sees it.
pub struct Begun {
    pub title: String,
    pub total: usize,
    pub since: Instant,
    done: watch::Receiver<usize>,
    stop: CancellationToken,
    fates: Fates,
}

/// What became of it, one by one.
#[derive(Default)]
struct Tally {
    /// Of what `each` counts.
    counted: usize,
    refused: Vec<String>,
}

impl std::fmt::Debug for Work {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Work").field("title", &self.title).field("total", &self.total).finish_non_exhaustive()
    }
}

impl Work {
    /// Does `each` to every item, with a proof of its own; it answers how many things it did, and
    /// `what` they are, one and many: `session was ended`, `sessions were ended`.
    ///
    /// What is refused is told and does not hold up the others; what was done before a stop stays done. While
    /// the session is locked nothing is done, and it goes on behind the lock when that is opened.
    pub fn over<T, F>(
        title: impl Into<String>,
        items: Vec<T>,
        what: [&'static str; 2],
        each: impl Fn(Session, T) -> F + Send + 'static,
    ) -> Self
    where
        T: Display + Clone + Send + 'static,
        F: Future<Output = Result<usize, DalError>> + Send + 'static,
    {
        let total = items.len();
        let run = move |session: Session, report: Report| -> Running {
            Box::pin(async move {
                let mut tally = Tally::default();
                for (index, item) in items.into_iter().enumerate() {
                    if report.stop.is_cancelled() {
                        break;
                    }
                    let answer = loop {
                        match each(session.clone(), item.clone()).await {
                            Err(DalError::Locked) if !report.stop.is_cancelled() => {
                                report.unlocked(&session).await;
                            }
                            answer => break answer,
                        }
                    };
                    match answer {
                        Ok(count) => {
                            tally.counted += count;
                            report.tell(&item, None);
                        }
                        // The dashboard hears by itself when it ends; where it was stopped behind the lock
                        // nobody was refused.
                        Err(DalError::SessionEnded(_) | DalError::Locked) => break,
                        Err(error) => {
                            report.tell(&item, Some(error.to_string()));
                            tally.refused.push(format!("{item} ({error})"));
                        }
                    }
                    report.done.send_replace(index + 1);
                }
                let done = *report.done.borrow();
                tally.notice(what, done, total)
            })
        };
        Self { title: title.into(), total, run: Box::new(run) }
    }

    /// Begins it.
    pub fn begin(self, session: Session) -> (Begun, Running) {
        let (sender, done) = watch::channel(0);
        let stop = CancellationToken::new();
        let fates = Fates::default();
        let begun = Begun {
            title: self.title,
            total: self.total,
            since: Instant::now(),
            done,
            stop: stop.clone(),
            fates: Arc::clone(&fates),
        };
        (begun, (self.run)(session, Report { done: sender, stop, fates }))
    }
}

impl Report {
    fn tell(&self, item: &impl Display, refusal: Option<String>) {
        let fate = Fate { item: item.to_string(), refusal };
        self.fates.lock().unwrap_or_else(PoisonError::into_inner).push(fate);
    }

    /// Waits until the session is locked no more, or it is to stop.
    async fn unlocked(&self, session: &Session) {
        let mut bell = session.bell();
        while matches!(session.presence(), Presence::Locked { .. }) {
            tokio::select! {
                changed = bell.changed() => if changed.is_err() { break },
                () = self.stop.cancelled() => break,
            }
        }
    }
}

impl Tally {
    fn notice(&self, [one, many]: [&str; 2], done: usize, total: usize) -> Notice {
        let counted = format!("{} {}", self.counted, if self.counted == 1 { one } else { many });
        let stopped = (done < total).then_some((done, total));
        let words = say::worked(&counted, stopped, &self.refused);
        if self.refused.is_empty() { Notice::done(words) } else { Notice::failed(words) }
    }
}

impl Begun {
    /// Lets what has been begun be finished, and nothing more.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// What became of each so far.
    pub fn ended(self) -> Ended {
        let mut fates = std::mem::take(&mut *self.fates.lock().unwrap_or_else(PoisonError::into_inner));
        fates.sort_by_key(|fate| fate.refusal.is_none());
        Ended { title: self.title, total: self.total, fates }
    }

    /// How far it is, how fast it has been so far, and how long it takes if it goes on like this.
    pub fn progress(&self, now: Instant) -> Progress {
        let done = *self.done.borrow();
        let elapsed = now.saturating_duration_since(self.since);
        let ahead = self.total.saturating_sub(done);
        let left = (done > 0).then(|| elapsed.mul_f64(ratio(ahead, done)));
        Progress {
            title: self.title.clone(),
            done: count(done),
            total: count(self.total),
            rate: count(done) * 1_000 / u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1),
            left,
            state: if self.stop.is_cancelled() { Stage::Stopping } else { Stage::Running },
        }
    }
}

fn count(things: usize) -> u64 {
    u64::try_from(things).unwrap_or(u64::MAX)
}

/// Numbers of things that people mark: far below where this loses a digit.
#[expect(clippy::cast_precision_loss, reason = "an estimate")]
fn ratio(one: usize, other: usize) -> f64 {
    one as f64 / other as f64
}

impl Fate {
    /// `✓ alice`, or `× bob: there is no user bob`.
    pub fn line(&self) -> String {
        match &self.refusal {
            None => format!("✓ {}", self.item),
            Some(why) => format!("× {}: {why}", self.item),
        }
    }
}

impl Ended {
    pub fn refused(&self) -> usize {
        self.fates.iter().filter(|fate| fate.refusal.is_some()).count()
    }

    /// How many were done, refused and not begun.
    pub fn summary(&self) -> String {
        let (ended, refused) = (self.fates.len(), self.refused());
        say::report(ended - refused, refused, self.total.saturating_sub(ended))
    }

    /// All of it as text, for a clipboard; of a long one the beginning.
    pub fn text(&self) -> String {
        let mut text = format!("{}: {}\n", self.title, self.summary());
        for fate in &self.fates {
            let line = fate.line();
            if text.len() + line.len() > MAX_COPIED {
                text.push_str("…\n");
                break;
            }
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

/// Bytes that go into a clipboard. Source: xterm takes no more through OSC 52 than some 74 994 in base 64.
const MAX_COPIED: usize = 48 * 1024;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_left_takes_as_long_as_what_was_done() {
        let (sender, done) = watch::channel(25);
        let since = Instant::now();
        let begun = Begun {
            title: "Ending sessions".to_owned(),
            total: 100,
            since,
            done,
            stop: CancellationToken::new(),
            fates: Fates::default(),
        };
        let progress = begun.progress(since + Duration::from_secs(5));
        assert_eq!((progress.rate, progress.left), (5, Some(Duration::from_secs(15))));
        sender.send_replace(0);
        assert_eq!(begun.progress(since).left, None);
        begun.stop();
        assert_eq!(begun.progress(since).state, Stage::Stopping);
    }

    #[test]
    fn what_was_refused_is_named() {
        let tally = Tally { counted: 3, refused: vec!["admin (no)".to_owned(), "bob (no)".to_owned()] };
        let what = ["session was ended", "sessions were ended"];
        let notice = tally.notice(what, 4, 4);
        assert_eq!(notice.words, "3 sessions were ended; refused: admin (no) and 1 more.");
        let stopped = Tally::default().notice(what, 1, 4);
        assert_eq!(stopped.words, "Stopped after 1 of 4: 0 sessions were ended.");
        let single = Tally { counted: 1, refused: Vec::new() };
        assert_eq!(single.notice(what, 4, 4).words, "1 session was ended.");
    }
}
