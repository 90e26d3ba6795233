//! A real server on a port of its own, in this process.

use std::path::PathBuf;
use std::time::Duration;

use passholder::config::Config;
use passholder::domain::door::Door;
use passholder::server::Server;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::person::Person;
use super::{PASSWORD, roomy};

/// A running server; stops when it is dropped.
pub struct TestServer {
    pub port: u16,
    pub door: Door,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

/// The defaults, but quick to hash and to refuse, and roomy for many clients of one address.
pub fn quick() -> Config {
    let mut config = Config { listen: "127.0.0.1:0".parse().unwrap(), policy: roomy(), ..Config::default() };
    config.ssh.rejection_delay = Duration::from_millis(20);
    config.ssh.unauthenticated_per_source = 100;
    config.ssh.connections_per_second = 100_000;
    config.ssh.connections_burst = 100_000;
    config
}

impl TestServer {
    /// Starts on an empty folder; `admin` has [`PASSWORD`].
    pub async fn start(mut config: Config) -> Self {
        // What the program does for itself before anything else.
        rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, PASSWORD).unwrap();
        config.admin_password_file = Some(file);
        config.data = data(&folder);
        let server = Server::open(&config).await.unwrap();
        let port = server.address().port();
        let door = server.door().clone();
        let stop = CancellationToken::new();
        let (stopped, grace) = (stop.clone(), config.ssh.shutdown_grace);
        let serving = tokio::spawn(async move { server.serve(stopped, grace).await });
        Self { port, door, stop, serving, _folder: folder }
    }

    /// The administrator, signed in.
    pub async fn admin(&self) -> Person {
        Person::sign_in(self.port, "admin", PASSWORD).await.unwrap()
    }

    /// Creates a user through the command, and gives them [`PASSWORD`] through the dashboard.
    pub async fn user(&self, name: &str, role: &str) {
        self.admin().await.make_user(self.port, name, role).await;
    }

    /// Stops it as SIGTERM would, and waits.
    pub async fn stop(mut self) {
        self.stop.cancel();
        (&mut self.serving).await.unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn data(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("data")
}
