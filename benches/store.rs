//! What the data costs, behind the gate: reads and durable writes with 1,000 and 1,000,000 users.
//! A page must cost the same in both.
//!
//! `cargo bench --bench store`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, clippy::all, clippy::pedantic, clippy::restriction, reason = "checked as a test")]
mod support;

use std::sync::OnceLock;

use divan::Bencher;
use passholder::dal::users::UserQuery;
use passholder::dal::{Engine, Session};
use passholder::domain::name::{DisplayName, UserName};
use tokio::runtime::Runtime;

use support::house::House;

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;
const SIZES: &[u32] = &[FEW, MANY];

struct Filled {
    runtime: Runtime,
    session: Session,
    _house: House,
    _folder: tempfile::TempDir,
}

/// One store for each size, filled once.
fn filled(users: u32) -> &'static Filled {
    static SMALL: OnceLock<Filled> = OnceLock::new();
    static LARGE: OnceLock<Filled> = OnceLock::new();
    let place = if users == FEW { &SMALL } else { &LARGE };
    place.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::Sled { folder: folder.path().join("store"), cache_bytes: 64 << 20 };
        let (house, session) = runtime.block_on(async {
            let house = House::build_on(engine).await;
            house.dal.seed(users).await.unwrap();
            let session = house.admin().await;
            (house, session)
        });
        Filled { runtime, session, _house: house, _folder: folder }
    })
}

#[divan::bench(args = SIZES)]
fn verify(bencher: Bencher, users: u32) {
    let filled = filled(users);
    bencher.bench(|| filled.runtime.block_on(filled.session.verify()).is_ok());
}

#[divan::bench(args = SIZES)]
fn get_one(bencher: Bencher, users: u32) {
    let filled = filled(users);
    let mut next = 0_u32;
    bencher.bench_local(|| {
        next = next.wrapping_add(7919) % users;
        let name = UserName::parse(&format!("user{next:07}")).unwrap();
        filled.runtime.block_on(async { filled.session.verify().await?.users().get(&name).await }).unwrap()
    });
}

#[divan::bench(args = SIZES)]
fn page_of_50(bencher: Bencher, users: u32) {
    let filled = filled(users);
    let mut next = 0_u32;
    bencher.bench_local(|| {
        next = next.wrapping_add(7919) % users;
        let query = UserQuery { prefix: String::new(), after: Some(format!("user{next:07}")), limit: 50 };
        filled.runtime.block_on(async { filled.session.verify().await?.users().list(query).await }).unwrap()
    });
}

/// A change with its event, flushed and synced before it is acknowledged.
#[divan::bench(args = SIZES, sample_count = 200, sample_size = 1)]
fn durable_change(bencher: Bencher, users: u32) {
    let filled = filled(users);
    let mut next = 0_u32;
    bencher.bench_local(|| {
        next = (next + 1) % users;
        let name = UserName::parse(&format!("user{next:07}")).unwrap();
        let display_name = DisplayName::parse(&format!("Number {next}")).unwrap();
        filled
            .runtime
            .block_on(async {
                filled.session.verify().await?.users().set_display_name(&name, display_name).await
            })
            .unwrap();
    });
}

fn main() {
    divan::main();
}
