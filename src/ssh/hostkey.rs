//! The server's own key: an Ed25519 key in OpenSSH's format, made once.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, HashAlg, PrivateKey};

/// The key that the server proves itself with.
pub struct HostKey(PrivateKey);

/// Why there is no host key to serve with.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    #[error("cannot read or write the host key {path}: {error}")]
    Io { path: String, error: io::Error },
    #[error("{path} is not an Ed25519 key in OpenSSH's format; restore it from a backup")]
    Malformed { path: String },
    #[error("cannot make a host key: {0}")]
    Random(String),
}

impl HostKey {
    /// Reads the key.
    pub fn load(path: &Path) -> Result<Self, HostKeyError> {
        let failed = |error| HostKeyError::Io { path: path.display().to_string(), error };
        let mut text = zeroize::Zeroizing::new(String::new());
        File::open(path).and_then(|mut file| file.read_to_string(&mut text)).map_err(failed)?;
        let malformed = || HostKeyError::Malformed { path: path.display().to_string() };
        let key = PrivateKey::from_openssh(text.as_str()).map_err(|_| malformed())?;
        if key.algorithm() == Algorithm::Ed25519 && !key.is_encrypted() {
            Ok(Self(key))
        } else {
            Err(malformed())
        }
    }

    /// Makes a key that is written nowhere.
    pub fn random() -> Result<Self, HostKeyError> {
        let failed = |error: russh::keys::ssh_key::Error| HostKeyError::Random(error.to_string());
        PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).map(Self).map_err(failed)
    }

    /// Makes a key and writes it, readable by its owner only. Never replaces one.
    pub fn create(path: &Path) -> Result<Self, HostKeyError> {
        let failed = |error| HostKeyError::Io { path: path.display().to_string(), error };
        let other = |error: russh::keys::ssh_key::Error| failed(io::Error::other(error.to_string()));
        let key = Self::random()?;
        let text = key.0.to_openssh(LineEnding::LF).map_err(other)?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(key)
    }

    /// `SHA256:...`, as `ssh` shows it at the first connection.
    pub fn fingerprint(&self) -> String {
        self.0.public_key().fingerprint(HashAlg::Sha256).to_string()
    }

    pub(super) fn private(&self) -> &PrivateKey {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_key");
        let made = HostKey::create(&path).unwrap();
        assert_eq!(HostKey::load(&path).unwrap().fingerprint(), made.fingerprint());
        assert!(matches!(HostKey::create(&path), Err(HostKeyError::Io { .. })));
        std::fs::write(&path, "nonsense").unwrap();
        assert!(matches!(HostKey::load(&path), Err(HostKeyError::Malformed { .. })));
    }
}
