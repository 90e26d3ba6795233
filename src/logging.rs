//! The log: one line per event on standard error, for people or for machines.
//!
//! Only this program speaks below `warn`. What libraries would say at `debug` is packets and
//! keys, so no level can turn it on; those that use the `log` crate are not connected at all.
//!
//! A field may hold what a stranger sent. In text, whatever could drive a terminal or begin a new
//! line is neutralised; JSON is for machines, and its own escapes keep a line a line.

use std::fmt;
use std::io;

use time::OffsetDateTime;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{Format, Full, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter, format};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, reload};

use crate::domain::text::shown;

/// Characters of one line of text; a stranger does not get to fill the disk with one event.
const LINE_CHARS: usize = 8_192;

/// The least serious events that are still written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

impl LogLevel {
    pub const ALL: &[Self] = &[Self::Error, Self::Warn, Self::Info, Self::Debug];

    const fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
        })
    }
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl LogFormat {
    pub const ALL: &[Self] = &[Self::Text, Self::Json];
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

/// Changes the level while the program runs.
#[derive(Debug, Clone)]
pub struct LogHandle(reload::Handle<Targets, Registry>);

impl LogHandle {
    pub fn set_level(&self, level: LogLevel) {
        // Fails only when nobody listens any more; then there is nobody to tell either.
        let _ = self.0.reload(targets(level));
    }
}

/// Starts the log for the whole process. Errors: it was started before.
pub fn init(level: LogLevel, format: LogFormat) -> Result<LogHandle, TryInitError> {
    let (subscriber, handle) = subscriber(level, format, io::stderr);
    subscriber.try_init()?;
    Ok(handle)
}

fn subscriber<W>(level: LogLevel, format: LogFormat, writer: W) -> (impl Subscriber + Send + Sync, LogHandle)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (filter, handle) = reload::Layer::new(targets(level));
    // A log that cannot be written has nowhere to complain; trying would end the thread that logged.
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false);
    let lines = match format {
        LogFormat::Text => {
            let text = format::format().with_ansi(false).with_timer(Utc);
            lines.event_format(OneLine(text)).boxed()
        }
        LogFormat::Json => lines.json().flatten_event(true).with_timer(Utc).boxed(),
    };
    (Registry::default().with(filter).with(lines), LogHandle(handle))
}

/// Ours at `level`, everybody else's at `warn` at most.
fn targets(level: LogLevel) -> Targets {
    let level = level.filter();
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_target(env!("CARGO_CRATE_NAME"), level)
}

/// RFC 3339 with milliseconds: `2026-11-23T11:12:14.123Z`.
struct Utc;

impl FormatTime for Utc {
    #[allow(clippy::disallowed_methods, reason = "a log line is stamped when it is written, also in tests")]
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = OffsetDateTime::now_utc();
        let (hour, minute, second, millis) = now.time().as_hms_milli();
        write!(writer, "{}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z", now.date())
    }
}

/// An event as one line, whatever its fields hold.
struct OneLine(Format<Full, Utc>);

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{}", shown(line.trim_end(), LINE_CHARS))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use time::format_description::well_known::Rfc3339;
    use tracing::subscriber::with_default;

    use super::*;

    /// Keeps what is written to it.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What was written to the log while `act` ran.
    fn written(level: LogLevel, format: LogFormat, act: impl FnOnce(&LogHandle)) -> String {
        let sink = Sink::default();
        let writer = sink.clone();
        let (subscriber, handle) = subscriber(level, format, move || writer.clone());
        with_default(subscriber, || act(&handle));
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn libraries_are_heard_at_warn_and_never_below() {
        let speak = |_: &LogHandle| {
            tracing::debug!("ours");
            tracing::warn!(target: "russh::server", "theirs, serious");
            tracing::info!(target: "russh::server", "packet");
            tracing::debug!(target: "sled", "key");
        };
        let debug = written(LogLevel::Debug, LogFormat::Text, speak);
        assert_eq!(debug.lines().count(), 2, "{debug}");
        assert!(debug.contains("ours") && debug.contains("theirs, serious"), "{debug}");
        assert_eq!(written(LogLevel::Error, LogFormat::Text, speak), "");
    }

    #[test]
    fn the_level_changes_while_the_program_runs() {
        let log = written(LogLevel::Info, LogFormat::Text, |handle| {
            tracing::debug!("before");
            handle.set_level(LogLevel::Debug);
            tracing::debug!("during");
            handle.set_level(LogLevel::Info);
            tracing::debug!("after");
        });
        assert!(log.contains("during") && !log.contains("before") && !log.contains("after"), "{log}");
    }

    #[test]
    fn a_line_has_its_time_in_utc() {
        let log = written(LogLevel::Info, LogFormat::Text, |_| tracing::info!(user = "ann", "signed in"));
        let (time, rest) = log.split_once(' ').unwrap();
        assert_eq!(time.len(), "2026-11-23T11:12:14.123Z".len(), "{log}");
        assert!(time.ends_with('Z') && OffsetDateTime::parse(time, &Rfc3339).is_ok(), "{log}");
        assert_eq!(rest.trim_start(), "INFO passholder::logging::tests: signed in user=\"ann\"\n");
    }

    #[test]
    fn json_is_one_object_per_line() {
        let log = written(LogLevel::Info, LogFormat::Json, |_| {
            tracing::info!(user = %"a\n\x1b[2J", "signed in");
        });
        assert_eq!(log.lines().count(), 1, "{log}");
        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert_eq!(line["user"], "a\n\x1b[2J");
        assert_eq!(line["message"], "signed in");
        assert_eq!(line["level"], "INFO");
        assert!(OffsetDateTime::parse(line["timestamp"].as_str().unwrap(), &Rfc3339).is_ok(), "{log}");
    }

    #[test]
    fn a_field_cannot_write_a_line_of_its_own() {
        let name = "x\r\n2026-11-23T11:12:14.123Z  INFO passholder: signed in\x1b[2J\u{9b}2J\u{2028}";
        let log = written(LogLevel::Info, LogFormat::Text, |_| {
            let _span = tracing::info_span!("connection", client = %name).entered();
            tracing::info!(%name, raw = name, debug = ?name, "{name}");
        });
        assert!(log.ends_with('\n') && log.lines().count() == 1, "{log}");
        assert!(!log.trim_end().contains(char::is_control) && !log.contains('\u{2028}'), "{log}");
    }

    #[test]
    fn a_line_has_a_bounded_length() {
        let log = written(LogLevel::Info, LogFormat::Text, |_| {
            tracing::info!(name = "x".repeat(100_000));
        });
        assert!(log.chars().count() <= LINE_CHARS + 2 && log.ends_with("…\n"));
    }

    proptest! {
        #[test]
        fn there_is_one_line_per_event_whatever_a_field_holds(name in any::<String>()) {
            for format in LogFormat::ALL {
                let log = written(LogLevel::Info, *format, |_| {
                    let _span = tracing::info_span!("connection", client = %name).entered();
                    tracing::info!(%name, raw = name, "{name}");
                });
                prop_assert!(log.ends_with('\n'));
                prop_assert_eq!(log.matches('\n').count(), 1);
                prop_assert!(!log.contains(['\r', '\x1b']));
            }
        }
    }
}
