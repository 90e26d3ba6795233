//! The pictures and the recording of README, made from the running program:
//!
//! ```sh
//! cargo test pictures -- --ignored
//! ```

use std::fs;
use std::path::PathBuf;

use crate::support::person::Screen;
use crate::support::picture::{self, DARK, LIGHT, Palette};
use crate::support::server::{TestServer, quick};

fn assets(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(name)
}

fn keep(screen: &Screen, name: &str, title: &str, palette: &Palette) {
    fs::write(assets(name), picture::svg(screen.parser.screen(), title, palette)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes the pictures of README"]
async fn pictures_of_the_running_program() {
    let server = TestServer::start(quick()).await;
    for (name, role) in [("ada", "auditor"), ("alice", "member"), ("bob", "operator")] {
        server.user(name, role).await;
    }
    let admin = server.admin().await;
    let mut screen = admin.dashboard(100, 28).await;
    let title = "ssh admin@passholder.example";
    screen.see("This session").await;
    screen.quiet().await;
    keep(&screen, "home.svg", title, &DARK);
    screen.press("2").await;
    screen.see("All users").await;
    screen.quiet().await;
    keep(&screen, "users.svg", title, &DARK);
    keep(&screen, "users-light.svg", title, &LIGHT);
    server.stop().await;
}
