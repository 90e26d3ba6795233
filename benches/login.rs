//! What a sign-in costs: the password hash alone, and the whole of it over SSH. The difference is
//! ours.
//!
//! `cargo bench --bench login`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, clippy::all, clippy::pedantic, clippy::restriction, reason = "checked as a test")]
mod support;

use std::sync::Arc;

use divan::Bencher;
use passholder::auth::password::Hasher;
use passholder::config::Config;
use passholder::domain::policy::{Argon2Cost, Policy};
use passholder::domain::secret::Password;
use passholder::server::SystemEntropy;
use tokio::runtime::Runtime;

use support::PASSWORD;
use support::person::Person;
use support::server::{TestServer, quick};

#[divan::bench(sample_count = 100, sample_size = 1)]
fn argon2_alone(bencher: Bencher) {
    let runtime = Runtime::new().unwrap();
    let hasher = Hasher::start(1, 8, Arc::new(SystemEntropy)).unwrap();
    let password = Password::parse(PASSWORD).unwrap();
    let stored = runtime.block_on(hasher.hash(password.clone(), Argon2Cost::FLOOR)).unwrap();
    bencher.bench_local(|| {
        let checked = hasher.verify(password.clone(), Some(stored.clone()), Argon2Cost::FLOOR);
        assert!(runtime.block_on(checked).unwrap().matches);
    });
}

#[divan::bench(sample_count = 100, sample_size = 1)]
fn whole_sign_in(bencher: Bencher) {
    let runtime = Runtime::new().unwrap();
    // Hashes at their real price.
    let config = Config { policy: Policy::default(), ..quick() };
    let server = runtime.block_on(TestServer::start(config));
    bencher.bench_local(|| {
        let person = runtime.block_on(Person::sign_in(server.port, "admin", PASSWORD));
        assert!(person.is_some());
    });
    runtime.block_on(server.stop());
}

fn main() {
    divan::main();
}
