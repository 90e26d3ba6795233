//! Times as people read them: to the minute, where they are. What scripts read is more exact.

use crate::cli::output::Output;
use crate::dal::Session;
use crate::domain::time::Timestamp;
use crate::domain::zone::Zone;

/// Somebody's time of day.
pub struct When {
    zone: Zone,
    now: Timestamp,
}

impl When {
    /// Columns of a minute with the zone behind it, which may be written as `+0545`.
    pub const WIDTH: usize = 22;

    /// That of whoever reads the output: as their account says, or their client.
    pub fn of(session: &Session, out: &Output) -> Self {
        let zone = session.claims().preferences.zone_or(out.zone());
        Self { zone, now: session.dal().now() }
    }

    /// Where the reader is.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// `2026-11-23 11:12 UTC`, at most [`WIDTH`](Self::WIDTH) wide
    pub fn minute(&self, at: Timestamp) -> String {
        at.minute_in(&self.zone)
    }

    /// `2026-11-23 11:12 UTC (3 h ago)`
    pub fn ago(&self, at: Timestamp) -> String {
        plain(&at.minute_and_ago_in(&self.zone, self.now))
    }

    /// `2026-11-23 21:12 UTC (in 7 h)`
    pub fn ahead(&self, at: Timestamp) -> String {
        plain(&at.minute_and_ahead_in(&self.zone, self.now))
    }

    /// Whichever of the two it is.
    pub fn either(&self, at: Timestamp) -> String {
        if at > self.now { self.ahead(at) } else { self.ago(at) }
    }
}

/// Screens break lines at blanks and keep a span in one piece; here there is nothing to break.
fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Commands told people times to the microsecond, where the screens say what one wants to know.
    #[test]
    fn times_are_told_to_the_minute_and_from_now() {
        let now = Timestamp::from_micros(1_795_432_334_123_456);
        let when = When { zone: Zone::default(), now };
        let hours = |hours| std::time::Duration::from_hours(hours);
        assert_eq!(when.minute(now), "2026-11-23 11:12 UTC");
        assert_eq!(when.ago(now.before(hours(3))), "2026-11-23 08:12 UTC (3 h ago)");
        assert_eq!(when.ahead(now.after(hours(7))), "2026-11-23 18:12 UTC (in 7 h)");
    }
}
