//! How the server itself is.

use serde::Serialize;

use crate::auth::password::Load;
use crate::domain::role::Permission;
use crate::domain::time::Timestamp;

use crate::dal::DalError;
use crate::dal::store::CommitLatency;

use super::Overview;

/// The server at this moment: no data of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemReport {
    pub version: &'static str,
    pub started: Timestamp,
    pub store: StoreReport,
    pub hashing: Load,
    /// Resident bytes of the process; `None` where the system does not tell.
    pub memory: Option<u64>,
    pub connections: Connections,
}

/// The store, and how fast it writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreReport {
    pub backend: &'static str,
    /// False from the first failed write on, until a restart.
    pub writable: bool,
    pub bytes_used: u64,
    /// What it may grow to: with what is free on its disk. `None` where nobody knows.
    pub bytes_limit: Option<u64>,
    /// `None` before the first commit.
    pub commits: Option<CommitLatency>,
}

/// Who is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Connections {
    pub total: usize,
    /// Sessions with an open connection.
    pub signed_in: usize,
    /// At the door, not signed in.
    pub waiting: usize,
}

impl Overview {
    /// How the server is.
    ///
    /// Needs `ReadSystem`.
    pub async fn system(self) -> Result<SystemReport, DalError> {
        let granted = self.0.require(Permission::ReadSystem)?;
        let (vault, health) = (granted.vault, granted.store.health().await?);
        let (signed_in, waiting) = (vault.live.count(), vault.door.waiting());
        Ok(SystemReport {
            version: env!("CARGO_PKG_VERSION"),
            started: vault.started,
            store: StoreReport {
                backend: health.backend,
                writable: health.writable,
                bytes_used: health.bytes_used,
                bytes_limit: health.bytes_limit,
                commits: health.commits,
            },
            hashing: vault.hasher.load(),
            memory: resident_bytes(),
            connections: Connections {
                // In a demo people are seated who have no connection.
                total: vault.door.connections().max(signed_in + waiting),
                signed_in,
                waiting,
            },
        })
    }
}

/// Memory of this process that is not swapped out. Source: `proc_pid_statm(5)`, in pages.
#[cfg(target_os = "linux")]
fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split(' ').nth(1)?.parse().ok()?;
    pages.checked_mul(u64::try_from(rustix::param::page_size()).ok()?)
}

#[cfg(not(target_os = "linux"))]
const fn resident_bytes() -> Option<u64> {
    None
}
