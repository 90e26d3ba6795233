//! `passholder fsck`: whether the data of a stopped server agree with themselves.

use crate::config::Config;
use crate::dal::fsck::Findings;

use super::recover::Stopped;
use super::{ServeError, runtime};

/// Goes over everything, and changes nothing beyond what the store mends by itself when it is opened after a
/// sudden stop.
pub fn fsck(config: &Config) -> Result<Findings, ServeError> {
    runtime()?.block_on(async {
        let stopped = Stopped::open(config).await?;
        Ok(stopped.dal.examine().await?)
    })
}
