//! A house with a door: its people over real SSH, with a clock that the test turns.

use std::sync::Arc;
use std::time::Duration;

use passholder::ssh::Front;
use passholder::ssh::hostkey::HostKey;
use tokio::net::TcpListener;
use tokio_util::task::AbortOnDropHandle;

use super::house::House;
use super::server::quick;

/// Serves a house until it is dropped.
pub struct OpenHouse {
    pub port: u16,
    front: Arc<Front>,
    _serving: AbortOnDropHandle<()>,
}

impl OpenHouse {
    pub async fn open(house: &House) -> Self {
        let ssh = quick().ssh;
        let front = Arc::new(Front::new(house.dal.clone(), HostKey::random().unwrap(), ssh));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let taking_in = Arc::clone(&front);
        let serving = tokio::spawn(async move {
            while let Ok((socket, peer)) = listener.accept().await {
                taking_in.accept(socket, peer);
            }
        });
        Self { port, front, _serving: AbortOnDropHandle::new(serving) }
    }

    pub async fn close(self) {
        // Whoever is still connected is not waited for.
        self.front.stop(Duration::from_millis(50)).await;
    }
}
