//! The data folder: ours alone, in use once, and never mistaken for an empty one.
//!
//! ```text
//! passholder-data/   0700
//!   lock             held while a server runs
//!   host_key         the server's Ed25519 key; host_key.pub beside it is no secret
//!   seed_key         what the seeds of authenticators are sealed with
//!   store/           the embedded store
//!   format           written when everything has been set up
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What `format` holds.
const FORMAT: &str = "passholder data 1\n";

/// A data folder that is safe to use, and locked.
pub struct Folder {
    path: PathBuf,
    is_used: bool,
    _lock: File,
}

/// Why a folder is not used, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("cannot use the data folder {path}: {error}")]
    Io { path: String, error: io::Error },
    #[error("{path} holds no Passholder data; name the folder of the server with --data")]
    NoData { path: String },
    #[error("{path} is in use by another Passholder; stop that one, or choose another folder with --data")]
    InUse { path: String },
    #[error("{path} can be read by others (mode {mode:o}); run: chmod -R go= {folder}")]
    Loose { path: String, mode: u32, folder: String },
    #[error("{path} belongs to another user; run: chown -R $(id -un) {folder}")]
    NotOurs { path: String, folder: String },
    #[error("{path} is a symbolic link; put the real file or folder there")]
    Link { path: String },
    #[error("{path} is not a folder; choose another with --data")]
    NotAFolder { path: String },
    #[error("{path} holds other files and no Passholder data; choose an empty folder with --data")]
    Foreign { path: String },
    #[error("{path} was written by a newer Passholder; use that version")]
    Newer { path: String },
    #[error(
        "the host key {path} is missing although there are users; restore it from a backup, or accept that every \
         client will warn and run: ssh-keygen -t ed25519 -N '' -f {path}"
    )]
    NoHostKey { path: String },
    #[error("the store {path} opens empty although it was set up; restore the data folder from a backup")]
    EmptyStore { path: String },
}

/// Names that may stand in a folder whose set-up was interrupted.
const OWN: &[&str] = &["lock", "host_key", PUBLIC, SEED_KEY, "store", "format"];

const SEED_KEY: &str = "seed_key";

/// What `ssh-keygen` writes beside the key, for everybody to read.
const PUBLIC: &str = "host_key.pub";

impl Folder {
    /// Makes the folder if there is none, checks it, and locks it.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |error| FolderError::Io { path: path.display().to_string(), error };
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
            }
            Err(error) => return Err(failed(error)),
            Ok(found) if !found.is_dir() && !found.is_symlink() => {
                return Err(FolderError::NotAFolder { path: path.display().to_string() });
            }
            Ok(_) => {}
        }
        check(path, path)?;
        let is_used = is_used(path)?;
        if !is_used && !names(path).map_err(failed)?.iter().all(|name| OWN.contains(&name.as_str())) {
            return Err(FolderError::Foreign { path: path.display().to_string() });
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), is_used, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { path: path.display().to_string() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Whether it had been set up when it was opened.
    pub fn is_used(&self) -> bool {
        self.is_used
    }

    pub fn host_key(&self) -> PathBuf {
        self.path.join("host_key")
    }

    /// Where the key of the second factors is, if nobody says otherwise.
    pub fn seed_key(&self) -> PathBuf {
        self.path.join(SEED_KEY)
    }

    pub fn store(&self) -> PathBuf {
        self.path.join("store")
    }

    /// Remembers, outside the store, that the store has been set up.
    pub fn mark_used(&self) -> Result<(), FolderError> {
        if self.is_used {
            return Ok(());
        }
        let path = self.path.join("format");
        let failed = |error| FolderError::Io { path: path.display().to_string(), error };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        file.write_all(FORMAT.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

fn is_used(path: &Path) -> Result<bool, FolderError> {
    match fs::read_to_string(path.join("format")) {
        Ok(text) if text == FORMAT => Ok(true),
        Ok(_) => Err(FolderError::Newer { path: path.display().to_string() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(FolderError::Io { path: path.display().to_string(), error }),
    }
}

fn names(path: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(path)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

/// Everything below is ours, real, and closed to others.
fn check(path: &Path, folder: &Path) -> Result<(), FolderError> {
    let shown = path.display().to_string();
    let failed = |error| FolderError::Io { path: path.display().to_string(), error };
    let found = fs::symlink_metadata(path).map_err(failed)?;
    if found.is_symlink() {
        return Err(FolderError::Link { path: shown });
    }
    let root = folder.display().to_string();
    if found.uid() != rustix::process::geteuid().as_raw() {
        return Err(FolderError::NotOurs { path: shown, folder: root });
    }
    let closed = if path == folder.join(PUBLIC) { 0o022 } else { 0o077 };
    if found.mode() & closed != 0 {
        return Err(FolderError::Loose { path: shown, mode: found.mode() & 0o777, folder: root });
    }
    if found.is_dir() {
        for entry in fs::read_dir(path).map_err(failed)? {
            check(&entry.map_err(failed)?.path(), folder)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn fresh() -> (tempfile::TempDir, PathBuf) {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join("data");
        (outer, path)
    }

    #[test]
    fn a_folder_is_made_closed_and_used_once_at_a_time() {
        let (_outer, path) = fresh();
        let folder = Folder::open(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        assert!(!folder.is_used());
        assert!(matches!(Folder::open(&path), Err(FolderError::InUse { .. })));
        folder.mark_used().unwrap();
        drop(folder);
        assert!(Folder::open(&path).unwrap().is_used());
    }

    #[test]
    fn what_others_can_read_is_refused_with_the_cure() {
        let (_outer, path) = fresh();
        drop(Folder::open(&path).unwrap());
        fs::set_permissions(path.join("lock"), fs::Permissions::from_mode(0o644)).unwrap();
        let error = Folder::open(&path).err().unwrap().to_string();
        assert!(error.contains("mode 644") && error.contains("chmod -R go= "), "{error}");
    }

    /// The command that was printed for a missing host key writes a public key as well, and the next start
    /// refused the folder because of it. Others may read that one file, and write none.
    #[test]
    fn a_public_key_is_no_secret() {
        let (_outer, path) = fresh();
        drop(Folder::open(&path).unwrap());
        let public = path.join(PUBLIC);
        File::create(&public).unwrap();
        fs::set_permissions(&public, fs::Permissions::from_mode(0o644)).unwrap();
        drop(Folder::open(&path).unwrap());
        fs::set_permissions(&public, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(Folder::open(&path), Err(FolderError::Loose { .. })));
    }

    #[test]
    fn strangers_files_and_links_are_refused() {
        let (outer, path) = fresh();
        drop(Folder::open(&path).unwrap());
        File::create(path.join("thesis.doc")).unwrap();
        fs::set_permissions(path.join("thesis.doc"), fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(Folder::open(&path), Err(FolderError::Foreign { .. })));
        let link = outer.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Folder::open(&link), Err(FolderError::Link { .. })));
        let file = outer.path().join("file");
        File::create(&file).unwrap();
        assert!(matches!(Folder::open(&file), Err(FolderError::NotAFolder { .. })));
    }
}
