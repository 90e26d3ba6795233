//! The key that seeds of authenticators are sealed with: a file of its own, made once, that a copy of the store
//! does not hold.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use data_encoding::HEXLOWER_PERMISSIVE;
use zeroize::Zeroizing;

use crate::auth::sealing::SealingKey;
use crate::dal::Dal;
use crate::domain::id::Entropy;

use super::{ServeError, open_to_others};

/// Why there is no such key to serve with, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum SeedKeyError {
    #[error("cannot read or write the key of the second factors {path}: {error}")]
    Io { path: String, error: io::Error },
    #[error(
        "the key of the second factors {path} can be read by others (mode {mode:o}); run: chmod 600 {path}"
    )]
    Loose { path: String, mode: u32 },
    #[error(
        "{path} does not hold the key of the second factors, 64 hexadecimal digits; restore it from a backup"
    )]
    Malformed { path: String },
    #[error(
        "the key of the second factors {path} is missing although people have one; restore it from a backup. If it is \
         lost, run: (umask 077; openssl rand -hex 32 > {path}); people then get in with a recovery code and set up \
         another second factor with a second one (s on Account)"
    )]
    Missing { path: String },
}

/// Finds the key, or makes it where nobody has a second factor yet, and hands it over.
pub(super) async fn hand_over(dal: &Dal, path: &Path, entropy: &dyn Entropy) -> Result<(), ServeError> {
    let shown = path.display().to_string();
    let key = match load(path)? {
        Some(key) => key,
        None if dal.holds_seeds().await? => return Err(SeedKeyError::Missing { path: shown }.into()),
        None => create(path, entropy)?,
    };
    if !dal.unseal_with(key).await? {
        tracing::error!(
            path = shown,
            "this key does not open all second factors: for those, only recovery codes work"
        );
    }
    Ok(())
}

/// Reads the key; `None` where there is no file.
fn load(path: &Path) -> Result<Option<SealingKey>, SeedKeyError> {
    let shown = || path.display().to_string();
    let failed = |error| SeedKeyError::Io { path: shown(), error };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let found = file.metadata().map_err(failed)?;
    if found.mode() & open_to_others(found.uid()) != 0 {
        return Err(SeedKeyError::Loose { path: shown(), mode: found.mode() & 0o777 });
    }
    let mut text = Zeroizing::new(String::with_capacity(MOST));
    // What is longer is no key, and is not read to its end.
    file.take(MOST as u64).read_to_string(&mut text).map_err(failed)?;
    parse(&text).map(Some).ok_or_else(|| SeedKeyError::Malformed { path: shown() })
}

/// Bytes of a file with a key, and room for the end of its line.
const MOST: usize = SealingKey::BYTES * 2 + 2;

fn parse(text: &str) -> Option<SealingKey> {
    let bytes = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(text.trim_end().as_bytes()).ok()?);
    let bytes = Zeroizing::new(<[u8; SealingKey::BYTES]>::try_from(bytes.as_slice()).ok()?);
    SealingKey::from_bytes(&bytes)
}

/// Makes a key and writes it, readable by its owner only. Never replaces one.
fn create(path: &Path, entropy: &dyn Entropy) -> Result<SealingKey, SeedKeyError> {
    let failed = |error| SeedKeyError::Io { path: path.display().to_string(), error };
    let bytes = SealingKey::random_bytes(entropy);
    let mut text = Zeroizing::new(String::with_capacity(MOST));
    HEXLOWER_PERMISSIVE.encode_append(bytes.as_ref(), &mut text);
    text.push('\n');
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    // Before the first seed is sealed with it, it must be there to stay.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    SealingKey::from_bytes(&bytes).ok_or_else(|| failed(io::Error::other("it cannot be used")))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::server::SystemEntropy;

    #[test]
    fn a_key_is_made_once_closed_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed_key");
        assert!(load(&path).unwrap().is_none());
        let made = create(&path, &SystemEntropy).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let sealed = made.seal(&SystemEntropy, b"alice", b"a seed").unwrap();
        assert!(load(&path).unwrap().unwrap().open(b"alice", &sealed).is_some());
        assert!(matches!(create(&path, &SystemEntropy), Err(SeedKeyError::Io { .. })), "never replaced");
    }

    #[test]
    fn what_others_can_read_or_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("seed_key");
        create(&path, &SystemEntropy).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let loose = load(&path).err().unwrap().to_string();
        assert!(loose.contains("mode 644") && loose.contains("chmod 600"), "{loose}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for bad in ["", "nonsense", &"ab".repeat(31), &"ab".repeat(4_000)] {
            fs::write(&path, bad).unwrap();
            assert!(matches!(load(&path), Err(SeedKeyError::Malformed { .. })), "{bad:.10}");
        }
        fs::write(&path, "AB".repeat(32)).unwrap();
        assert!(load(&path).unwrap().is_some());
    }
}
