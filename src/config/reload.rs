//! Reading the configuration again while the server runs.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use super::{Applies, ConfigErrors, Flags, Resolved, load};

/// The configuration that is in force, and the way to a newer one.
#[derive(Debug)]
pub struct Reloader {
    flags: Flags,
    current: Mutex<Resolved>,
}

/// A newer configuration, as far as it may apply now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reloaded {
    pub resolved: Resolved,
    /// Keys whose change is in force.
    pub changed: Vec<&'static str>,
    /// Keys whose change waits for the next start; the old value stays.
    pub waiting: Vec<&'static str>,
}

impl Reloader {
    /// Remembers what the server was started with.
    pub const fn new(flags: Flags, started: Resolved) -> Self {
        Self { flags, current: Mutex::new(started) }
    }

    /// The configuration as it stands in file and environment now; what can only change at a start
    /// keeps its value. Every difference is logged. On an error nothing changes.
    pub fn reload(
        &self,
        env: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Resolved, ConfigErrors> {
        let next = load(&self.flags, env)?;
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Reloaded { resolved, changed, waiting } = current.reloaded(next);
        *current = resolved;
        for setting in current.settings.iter().filter(|setting| changed.contains(&setting.knob.key)) {
            tracing::info!(key = setting.knob.key, value = %setting.given, "configuration changed");
        }
        for key in waiting {
            tracing::warn!(key, "configuration changed; takes effect at the next start");
        }
        Ok(current.clone())
    }
}

impl Resolved {
    /// What becomes of this configuration when `next` is asked for while it is in force.
    pub fn reloaded(&self, next: Self) -> Reloaded {
        let (mut changed, mut waiting) = (Vec::new(), Vec::new());
        let mut resolved = next;
        for (new, old) in resolved.settings.iter_mut().zip(&self.settings) {
            let key = new.knob.key;
            match new.knob.applies {
                _ if new.given == old.given => {}
                Applies::Live => changed.push(key),
                Applies::Restart => {
                    waiting.push(key);
                    // An old value was allowed once, so it is allowed again.
                    let _ = old.knob.kind.set(&mut resolved.config, &old.given);
                    *new = old.clone();
                }
            }
        }
        Reloaded { resolved, changed, waiting }
    }
}
