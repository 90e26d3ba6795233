//! `passholder recover`: the way back in for whoever holds the machine.

use std::fmt;
use std::sync::Arc;

use crate::auth::password::Hasher;
use crate::config::Config;
use crate::dal::{Dal, Engine, Parts, Recovered, Recovery};

use super::folder::{Folder, FolderError};
use super::world::{SystemClock, SystemEntropy};
use super::{ServeError, runtime};

/// The data of a server that does not run; nobody else opens them meanwhile.
pub(super) struct Stopped {
    pub dal: Dal,
    _folder: Folder,
}

impl Stopped {
    /// Opens what a server has set up.
    ///
    /// Errors: a folder that is in use, or holds no data.
    pub async fn open(config: &Config) -> Result<Self, ServeError> {
        // A first start that was cut off has set up the store, and told nobody the password.
        let has = |name| config.data.join(name).try_exists().unwrap_or(true);
        // Before anything is said of the folder itself, or written to it.
        if !has("format") && !has("store") {
            return Err(FolderError::NoData { path: config.data.display().to_string() }.into());
        }
        let folder = Folder::open(&config.data)?;
        let entropy = Arc::new(SystemEntropy);
        let hasher = Hasher::start(1, 1, entropy.clone()).map_err(ServeError::Runtime)?;
        let parts =
            Parts { hasher, clock: Arc::new(SystemClock::new()), entropy, policy: config.policy.clone() };
        let engine = Engine::Sled { folder: folder.store(), cache_bytes: config.store_cache };
        let dal = Dal::open(engine, parts)?;
        if !dal.is_set_up().await? {
            return Err(FolderError::EmptyStore { path: folder.store().display().to_string() }.into());
        }
        folder.mark_used()?;
        Ok(Self { dal, _folder: folder })
    }
}

/// Lets an administrator in again; answers what to tell.
pub fn recover(config: &Config, whom: Recovery) -> Result<impl fmt::Display + use<>, ServeError> {
    runtime()?.block_on(async {
        let stopped = Stopped::open(config).await?;
        stopped.dal.recover(whom).await.map(Told).map_err(ServeError::Refused)
    })
}

struct Told(Recovered);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Recovered { name, code, until, was_closed, had_a_factor } = &self.0;
        writeln!(f, "One-time code for {name}:\n\n    {}\n", code.expose())?;
        writeln!(f, "It is shown once, and opens the door until {}.", until.minute())?;
        if *was_closed {
            writeln!(f, "The account was closed, or had dates; it is open for good.")?;
        }
        if *had_a_factor {
            writeln!(f, "The second factor was removed: set up another one after signing in.")?;
        }
        writeln!(
            f,
            "Start the server, sign in as {name} with the code as the password, and choose a new one."
        )
    }
}
