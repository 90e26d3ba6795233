//! Opens the data folder, the store and the port; takes connections in; stops without losing any.
//!
//! Wires, and holds no rule. [`folder`] knows what a data folder must look like; [`demo`] serves people
//! who do not exist, and cannot be reached from here.

pub mod demo;
mod folder;
mod fsck;
mod recover;
mod seed_key;
mod world;

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::ControlFlow;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::auth::password::Hasher;
use crate::auth::strength;
use crate::config::{Config, ConfigErrors, Resolved};
use crate::dal::gate::OpenError;
use crate::dal::{Dal, DalError, Engine, Parts};
use crate::domain::door::Door;
use crate::domain::secret::{Password, Secret};
use crate::logging::LogHandle;
use crate::ssh::Front;
use crate::ssh::hostkey::{HostKey, HostKeyError};

use folder::{Folder, FolderError};
pub use fsck::fsck;
pub use recover::recover;
use seed_key::SeedKeyError;
pub use world::{SystemClock, SystemEntropy};

/// Why the server does not start, and the way out.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot start: {0}")]
    Runtime(io::Error),
    #[error("cannot listen on {address}: {error}; choose another address with --listen")]
    Listen { address: SocketAddr, error: io::Error },
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    HostKey(#[from] HostKeyError),
    #[error(transparent)]
    SeedKey(#[from] SeedKeyError),
    #[error("cannot open the store: {0}")]
    Store(#[from] OpenError),
    #[error("the store does not answer: {0}")]
    Data(#[from] DalError),
    #[error("{0}")]
    Refused(DalError),
    #[error("cannot read the administrator's password from {path}: {error}")]
    PasswordFile { path: String, error: io::Error },
    #[error(
        "the administrator's password in {path} can be read by others (mode {mode:o}); run: chmod 600 {path}"
    )]
    LoosePasswordFile { path: String, mode: u32 },
    #[error("the administrator's password in {path} is not good enough: {why}")]
    WeakPassword { path: String, why: String },
}

/// Reads the configuration again; on an error the old one stays.
pub type Reload = dyn Fn() -> Result<Resolved, ConfigErrors> + Send + Sync;

/// Serves until SIGTERM or SIGINT. SIGHUP reads the configuration again.
pub fn run(resolved: Resolved, reload: &Reload, log: &LogHandle) -> Result<(), ServeError> {
    log_panics();
    let base = resolved.base();
    let config = within_the_file_limit(resolved.config);
    runtime()?.block_on(async {
        let server = Server::open(&config).await?;
        server.dal.set_policy(base);
        let read_again = || {
            match reload() {
                Ok(resolved) => {
                    log.set_level(resolved.config.log);
                    server.reconfigure(resolved);
                    tracing::info!("configuration read again");
                }
                Err(errors) => complain(&errors),
            }
            ControlFlow::Continue(())
        };
        until_told(&server, config.ssh.shutdown_grace, &server.greeting(), read_again).await
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, ServeError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServeError::Runtime)
}

/// Greets and serves until SIGTERM or SIGINT, and does meanwhile what SIGHUP asks for.
async fn until_told(
    server: &Server,
    grace: Duration,
    greeting: &str,
    on_hang_up: impl Fn() -> ControlFlow<()>,
) -> Result<(), ServeError> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Runtime)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Runtime)?;
    let mut hang_up = signal(SignalKind::hangup()).map_err(ServeError::Runtime)?;
    // Whoever has read the greeting may send a signal. Nobody may be reading; the server is there all the same.
    let _ = io::stdout().write_all(greeting.as_bytes());
    let _ = io::stdout().flush();
    let serving = server.serve(stop.clone(), grace);
    tokio::pin!(serving);
    loop {
        tokio::select! {
            () = &mut serving => return Ok(()),
            _ = terminate.recv() => stop.cancel(),
            _ = interrupt.recv() => stop.cancel(),
            _ = hang_up.recv() => if on_hang_up().is_break() {
                stop.cancel();
            },
        }
    }
}

/// One line of the log for each thing that is wrong: a line of it is an event.
fn complain(errors: &ConfigErrors) {
    for error in errors.iter() {
        tracing::error!(%error, "configuration not changed");
    }
}

/// A panic ends one channel; it is one line of the log, like everything else.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task broke down");
    }));
}

/// Files that are not connections: the store, the log, the listener, and some air.
const OTHER_FILES: u64 = 64;

/// Allows as many open files as we may, and takes in no more connections than that.
fn within_the_file_limit(mut config: Config) -> Config {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Not being allowed to raise it is no reason not to serve.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    if let Some(files) = getrlimit(Resource::Nofile).current {
        let most = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).max(1);
        config.ssh.connections = config.ssh.connections.min(most);
    }
    config
}

/// A server that is ready to take connections in.
pub struct Server {
    dal: Dal,
    front: Arc<Front>,
    listener: TcpListener,
    address: SocketAddr,
    first: Option<FirstStart>,
    /// Held until the end: nobody else opens this folder meanwhile. A demo has none.
    _folder: Option<Folder>,
    /// Cancelled when it no longer serves.
    ended: CancellationToken,
}

/// What only the first start tells.
pub struct FirstStart {
    pub fingerprint: String,
    /// `None` where the password came from a file.
    pub one_time_password: Option<Secret>,
}

impl Server {
    /// Opens everything, and sets up an empty data folder.
    ///
    /// The port comes first: a start that fails on it must not have used up a one-time password, nor made a
    /// folder. One that is there already comes before it, because it may say whose the port is.
    pub async fn open(config: &Config) -> Result<Self, ServeError> {
        let (folder, (listener, address)) = if config.data.exists() {
            (Folder::open(&config.data)?, listen(config.listen).await?)
        } else {
            let listening = listen(config.listen).await?;
            (Folder::open(&config.data)?, listening)
        };
        let key = host_key(&folder)?;
        let entropy = Arc::new(SystemEntropy);
        let hasher = Hasher::start(config.hashing.threads, config.hashing.queue, entropy.clone())
            .map_err(ServeError::Runtime)?;
        let parts =
            Parts { hasher, clock: Arc::new(SystemClock::new()), entropy, policy: config.policy.clone() };
        let engine = Engine::Sled { folder: folder.store(), cache_bytes: config.store_cache };
        let dal = Dal::open(engine, parts)?;
        dal.read_policy().await?;
        dal.set_host(&host());
        let seed_key = config.second_factor_key_file.clone().unwrap_or_else(|| folder.seed_key());
        seed_key::hand_over(&dal, &seed_key, &SystemEntropy).await?;
        let first = if dal.is_set_up().await? {
            dal.complete_lists().await?;
            let closed = dal.close_what_a_crash_left().await?;
            if closed > 0 {
                tracing::warn!(sessions = closed, "the last stop was sudden; its sessions are closed");
            }
            None
        } else if folder.is_used() {
            return Err(FolderError::EmptyStore { path: folder.store().display().to_string() }.into());
        } else {
            let given = given_password(config.admin_password_file.as_deref(), config)?;
            let one_time_password = dal.set_up(given).await?;
            Some(FirstStart { fingerprint: key.fingerprint(), one_time_password })
        };
        folder.mark_used()?;
        let health = dal.health().await?;
        tracing::info!(backend = health.backend, bytes = health.bytes_used, "store opened");
        dal.door().is_at(address.port());
        let front = Arc::new(Front::new(dal.clone(), key, config.ssh.clone()));
        let ended = CancellationToken::new();
        Ok(Self { dal, front, listener, address, first, _folder: Some(folder), ended })
    }

    /// A server without a folder, on data that somebody else has opened.
    async fn on(dal: Dal, key: HostKey, config: &Config) -> Result<Self, ServeError> {
        let (listener, address) = listen(config.listen).await?;
        dal.door().is_at(address.port());
        let front = Arc::new(Front::new(dal.clone(), key, config.ssh.clone()));
        let ended = CancellationToken::new();
        Ok(Self { dal, front, listener, address, first: None, _folder: None, ended })
    }

    /// Cancelled when it no longer serves.
    fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Where it listens; the port is the real one also where 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many are at the door.
    pub fn door(&self) -> &Door {
        self.dal.door()
    }

    /// What only the first start tells; `None` later.
    pub fn first_start(&self) -> Option<&FirstStart> {
        self.first.as_ref()
    }

    /// Puts other rules below those that were set while it runs, and other limits into force for connections
    /// from now on.
    pub fn reconfigure(&self, resolved: Resolved) {
        self.dal.set_policy(resolved.base());
        self.front.set_config(within_the_file_limit(resolved.config).ssh);
    }

    fn greeting(&self) -> String {
        let listens = format!("Passholder listens on {}\n", self.address);
        let Some(first) = &self.first else { return listens };
        let command = format!("ssh -p {} admin@{}", self.address.port(), reachable(self.address.ip()));
        let password = match &first.one_time_password {
            Some(password) => format!(
                "  one-time password     {}\n  host key fingerprint  {}\n\n\
                 The password is shown this once; you replace it at the first sign-in.\n",
                password.expose(),
                first.fingerprint
            ),
            None => format!(
                "  password              the one in the file that you named\n  host key fingerprint  {}\n",
                first.fingerprint
            ),
        };
        format!(
            "{listens}\nThis is the first start. Sign in as the first administrator:\n\n    {command}\n\n{password}"
        )
    }

    /// Takes connections in until told to stop; then ends what is open, within `grace`.
    pub async fn serve(&self, stop: CancellationToken, grace: Duration) {
        let mut complaints = Complaints::default();
        let dal = self.dal.clone();
        let sweeper = AbortOnDropHandle::new(tokio::spawn(async move { dal.keep_sweeping().await }));
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((socket, peer)) => self.front.accept(socket, peer),
                    Err(error) => {
                        // Out of files, mostly. It passes when somebody leaves; ending would not.
                        complaints.about(&error);
                        sleep(Duration::from_millis(50)).await;
                    }
                },
            }
        }
        tracing::info!("stopping");
        sweeper.abort();
        // Its hold on the store ends with it.
        let _ = sweeper.await;
        self.front.stop(grace).await;
        self.ended.cancel();
        tracing::info!("stopped");
    }
}

/// The port, and its address: the real one also where 0 was asked for.
async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let failed = |error| ServeError::Listen { address, error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// The address that a person on this machine can type.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}

/// The key, made at the first start and never again: a new one would teach people to ignore ssh's
/// warning.
fn host_key(folder: &Folder) -> Result<HostKey, ServeError> {
    let path = folder.host_key();
    if path.exists() {
        return Ok(HostKey::load(&path)?);
    }
    if folder.is_used() {
        return Err(FolderError::NoHostKey { path: path.display().to_string() }.into());
    }
    Ok(HostKey::create(&path)?)
}

fn given_password(file: Option<&Path>, config: &Config) -> Result<Option<Password>, ServeError> {
    let Some(file) = file else { return Ok(None) };
    let path = file.display().to_string();
    let failed = |error| ServeError::PasswordFile { path: path.clone(), error };
    let mut opened = File::open(file).map_err(failed)?;
    let found = opened.metadata().map_err(failed)?;
    if found.mode() & open_to_others(found.uid()) != 0 {
        return Err(ServeError::LoosePasswordFile { path, mode: found.mode() & 0o777 });
    }
    let mut text = String::new();
    opened.read_to_string(&mut text).map_err(failed)?;
    let text = Secret::new(text);
    let password = text.expose().trim_end_matches(['\r', '\n']);
    strength::accept(password, &["admin", &host()], &config.policy)
        .map(Some)
        .map_err(|why| ServeError::WeakPassword { path, why: why.to_string() })
}

/// What this machine is called.
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// What a file with a secret must not allow. One of root's may be read by a group: that is how systemd and
/// others hand a secret to a service. Source: the rule of `PostgreSQL` for `ssl_key_file`.
const fn open_to_others(owner: u32) -> u32 {
    if owner == 0 { 0o037 } else { 0o077 }
}

/// One line about a failing `accept` every ten seconds, not one for every try.
#[derive(Default)]
struct Complaints {
    last: Option<Instant>,
}

impl Complaints {
    const EVERY: Duration = Duration::from_secs(10);

    fn about(&mut self, error: &io::Error) {
        let now = Instant::now();
        if self.last.is_none_or(|last| now.duration_since(last) >= Self::EVERY) {
            self.last = Some(now);
            tracing::error!(%error, "accept");
        }
    }
}
