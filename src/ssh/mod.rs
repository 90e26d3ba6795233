//! The front: russh, and everything that it leaves to us.
//!
//! | file | keeps |
//! | --- | --- |
//! | [`limits`] | how many may wait at the door, how fast they may come, how fast a client may type |
//! | [`stream`] | a kill switch on the socket, and what the client called itself |
//! | [`connection`] | one connection: who it is, which channels it has |
//! | [`channel`] | one channel: a dashboard or a command, from its first byte to its exit status |
//! | [`visiting`] | somebody without an account, from the door to a form and a session |
//! | [`hostkey`] | the server's own key |
//!
//! Proofs are judged in `dal`, screens drawn in `tui`, commands run in `cli`. Nothing outside this
//! room names russh.

mod channel;
mod connection;
pub mod hostkey;
mod limits;
mod stream;
mod visiting;

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use russh::keys::{Algorithm, PrivateKey};
use russh::{MethodKind, MethodSet, Preferred, SshId, cipher, compression, kex, mac};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::login;
use crate::config::SshConfig;
use crate::dal::Dal;

use connection::Connection;
use hostkey::HostKey;
use limits::Admission;
use stream::Guarded;

/// What all connections share.
pub struct Front {
    dal: Dal,
    key: HostKey,
    settings: RwLock<Arc<Settings>>,
    admission: Admission,
    /// Cancelled once, when the server begins to stop.
    stopping: CancellationToken,
    tasks: TaskTracker,
}

/// The settings of a connection: those at the moment when it came.
struct Settings {
    ssh: SshConfig,
    transport: Arc<russh::server::Config>,
}

impl Front {
    pub fn new(dal: Dal, key: HostKey, ssh: SshConfig) -> Self {
        Self {
            admission: Admission::new(dal.door().clone()),
            dal,
            settings: RwLock::new(Arc::new(Settings::new(ssh, &key))),
            key,
            stopping: CancellationToken::new(),
            tasks: TaskTracker::new(),
        }
    }

    /// Other settings for the connections from now on.
    pub fn set_config(&self, ssh: SshConfig) {
        *self.settings.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Settings::new(ssh, &self.key));
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves one connection in a task of its own, if there is room for it.
    pub fn accept(self: &Arc<Self>, socket: TcpStream, peer: SocketAddr) {
        let settings = self.settings();
        let waiting = match self.admission.admit(peer.ip(), self.dal.refuses(peer.ip()), &settings.ssh) {
            Ok(waiting) => waiting,
            Err(why) => {
                tracing::info!(from = %peer.ip(), %why, "connection refused");
                return;
            }
        };
        // A keystroke must not wait for the acknowledgement of the one before.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "nodelay");
        }
        let kill = CancellationToken::new();
        let (stream, client) = Guarded::new(socket, kill.clone());
        let grace = settings.ssh.login_grace;
        let transport = Arc::clone(&settings.transport);
        let (connection, signals) =
            Connection::new(Arc::clone(self), settings, peer, client, waiting, kill.clone());
        self.tasks.spawn(cut_unless_signed_in(grace, signals.signed_in, kill));
        self.tasks.spawn(async move {
            match russh::server::run_stream(transport, stream, connection).await {
                Ok(running) => {
                    // Set once, here; the handler reads it when it has to disconnect.
                    let _ = signals.handle.set(running.handle());
                    if let Err(error) = running.await {
                        tracing::debug!(%error, "connection ended");
                    }
                }
                Err(error) => tracing::debug!(%error, "no ssh connection came about"),
            }
        });
    }

    /// Asks every screen and command to end, and waits for them; whoever is left is cut off.
    pub async fn stop(&self, grace: Duration) {
        self.stopping.cancel();
        self.tasks.close();
        if tokio::time::timeout(grace, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "cut off what did not end in time");
        }
    }
}

/// Cuts the connection at the end of the login grace, whatever the client sends meanwhile.
async fn cut_unless_signed_in(grace: Duration, signed_in: CancellationToken, kill: CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(grace) => kill.cancel(),
        () = signed_in.cancelled() => {}
        () = kill.cancelled() => {}
    }
}

/// The methods that are offered. russh only advertises them; the handler refuses the others.
fn methods() -> MethodSet {
    MethodSet::from([MethodKind::KeyboardInteractive, MethodKind::Password].as_slice())
}

/// The one method that leads on once the password was right, where a code is needed too.
fn second_method() -> MethodSet {
    MethodSet::from([MethodKind::KeyboardInteractive].as_slice())
}

impl Settings {
    fn new(ssh: SshConfig, key: &HostKey) -> Self {
        let transport = Arc::new(transport(&ssh, key.private().clone()));
        Self { ssh, transport }
    }
}

/// russh's settings. Source of the algorithms: ssh-audit's recommendations, with curve25519 for
/// clients that do not know a hybrid exchange yet.
fn transport(ssh: &SshConfig, key: PrivateKey) -> russh::server::Config {
    let mut exchange = vec![kex::MLKEM768X25519_SHA256];
    if !ssh.pq_only {
        exchange.extend([kex::CURVE25519, kex::CURVE25519_PRE_RFC_8731]);
    }
    // Without the last one there is no protection against prefix truncation (CVE-2023-48795).
    exchange.extend([kex::EXTENSION_SUPPORT_AS_SERVER, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_SERVER]);
    russh::server::Config {
        server_id: SshId::Standard("SSH-2.0-Passholder".into()),
        methods: methods(),
        auth_rejection_time: ssh.rejection_delay,
        // "none" is how a client asks for the methods: no proof, no delay.
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        // russh counts that "none" and every key too, and also what it refuses without asking us.
        max_auth_attempts: usize::try_from(ssh.failed_proofs.saturating_add(login::OFFERS).saturating_add(1))
            .unwrap_or(usize::MAX),
        // Collects transports that neither end nor answer; idle people are not its business.
        inactivity_timeout: Some(
            ssh.keepalive_interval.saturating_mul(u32::try_from(ssh.keepalive_max).unwrap_or(3) + 1),
        ),
        keepalive_interval: Some(ssh.keepalive_interval),
        keepalive_max: ssh.keepalive_max,
        // What a client may send ahead: keystrokes.
        window_size: 64 * 1024,
        maximum_packet_size: 32 * 1024,
        channel_buffer_size: 8,
        event_buffer_size: 4,
        preferred: Preferred {
            kex: exchange.into(),
            key: vec![Algorithm::Ed25519].into(),
            cipher: vec![
                cipher::CHACHA20_POLY1305,
                cipher::AES_256_GCM,
                cipher::AES_128_GCM,
                cipher::AES_256_CTR,
                cipher::AES_192_CTR,
                cipher::AES_128_CTR,
            ]
            .into(),
            mac: vec![mac::HMAC_SHA512_ETM, mac::HMAC_SHA256_ETM].into(),
            compression: vec![compression::NONE].into(),
            ..Preferred::DEFAULT
        },
        ..russh::server::Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A dead peer was found 60.1 s after its last sign of life, where 60 s are promised: russh waits one
    /// interval more than it asks questions. The defaults leave a margin that a busy machine does not use up.
    #[test]
    fn a_dead_peer_is_found_well_within_a_minute() {
        let folder = tempfile::tempdir().unwrap();
        let key = HostKey::create(&folder.path().join("host_key")).unwrap();
        let transport = transport(&SshConfig::default(), key.private().clone());
        let questions = u32::try_from(transport.keepalive_max).unwrap();
        let found = transport.keepalive_interval.unwrap() * (questions + 1);
        assert!((Duration::from_secs(45)..=Duration::from_secs(55)).contains(&found), "{found:?}");
        assert_eq!(transport.inactivity_timeout, Some(found));
    }
}
