//! What a session is doing: the screen that is looked at, the commands that run.

use std::sync::{Arc, PoisonError};

use super::{Connected, Live};

/// What a session does at this moment.
#[derive(Default)]
pub(super) struct Doing {
    /// Dashboards that are open.
    dashboards: usize,
    /// The screen that was turned to last.
    screen: Option<&'static str>,
    /// Commands that run, the first to begin first; the number tells two of the same name apart.
    commands: Vec<(u64, &'static str)>,
    begun: u64,
}

impl Doing {
    /// The command that was begun last, or the screen behind it.
    pub fn word(&self) -> Option<&'static str> {
        self.commands.last().map(|(_, name)| *name).or(self.screen)
    }

    /// Whether somebody sits at a screen.
    pub fn is_at_a_screen(&self) -> bool {
        self.dashboards > 0
    }

    pub fn turn_to(&mut self, screen: &'static str) {
        self.screen = Some(screen);
    }

    fn open(&mut self) {
        self.dashboards += 1;
    }

    fn close(&mut self) {
        self.dashboards = self.dashboards.saturating_sub(1);
        if self.dashboards == 0 {
            self.screen = None;
        }
    }

    fn begin(&mut self, name: &'static str) -> u64 {
        self.begun += 1;
        self.commands.push((self.begun, name));
        self.begun
    }

    fn end(&mut self, number: u64) {
        self.commands.retain(|(own, _)| *own != number);
    }
}

/// A dashboard that is open. Dropping it closes it.
#[must_use = "a dashboard is open as long as this is kept"]
pub struct OpenDashboard(Desk);

/// A command that runs. Dropping it says that it is over.
#[must_use = "a command runs as long as this is kept"]
pub struct RunningCommand {
    desk: Desk,
    number: u64,
}

/// Where a session's doing is kept, and who is told when it changes.
struct Desk {
    live: Live,
    connected: Arc<Connected>,
}

impl OpenDashboard {
    pub(super) fn open(live: Live, connected: Arc<Connected>) -> Self {
        let desk = Desk { live, connected };
        desk.change(Doing::open);
        Self(desk)
    }
}

impl RunningCommand {
    pub(super) fn begin(live: Live, connected: Arc<Connected>, name: &'static str) -> Self {
        let desk = Desk { live, connected };
        let number = desk.change(|doing| doing.begin(name));
        Self { desk, number }
    }
}

impl Drop for OpenDashboard {
    fn drop(&mut self) {
        self.0.change(Doing::close);
    }
}

impl Drop for RunningCommand {
    fn drop(&mut self) {
        self.desk.change(|doing| doing.end(self.number));
    }
}

impl Desk {
    fn change<T>(&self, change: impl FnOnce(&mut Doing) -> T) -> T {
        let mut doing = self.connected.doing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = doing.word();
        let answer = change(&mut doing);
        let is_other = doing.word() != before;
        drop(doing);
        if is_other {
            self.live.changed();
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row named a command until the next change of screens, although it was long over. What was
    /// there before a command is there again after it, in whatever order two of them end.
    #[test]
    fn what_was_done_before_a_command_is_done_again_after_it() {
        let mut doing = Doing::default();
        doing.open();
        doing.turn_to("Home");
        let (first, second) = (doing.begin("users list"), doing.begin("whoami"));
        assert_eq!(doing.word(), Some("whoami"));
        doing.turn_to("Users");
        doing.end(first);
        assert_eq!(doing.word(), Some("whoami"));
        doing.end(second);
        assert_eq!(doing.word(), Some("Users"));
        doing.open();
        doing.close();
        assert!(doing.is_at_a_screen());
        doing.close();
        assert_eq!((doing.word(), doing.is_at_a_screen()), (None, false));
    }
}
