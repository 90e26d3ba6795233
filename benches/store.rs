//! What the data costs, behind the gate: reads and durable writes with 1,000 and 1,000,000 users.
//! A page must cost the same in both. Then sessions: the check that each operation begins with, among
//! 10,000 of them, and what the registry of the connected costs.
//!
//! `cargo bench --bench store`

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a benchmark")]

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, clippy::all, clippy::pedantic, clippy::restriction, reason = "checked as a test")]
mod support;

use std::sync::OnceLock;

use divan::Bencher;
use passholder::dal::sessions::{LiveQuery, Order, Whose};
use passholder::dal::users::UserQuery;
use passholder::dal::{Engine, Session};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::policy::Policy;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use support::house::House;
use support::roomy;

/// Counts what is allocated.
#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

const FEW: u32 = 1_000;
const MANY: u32 = 1_000_000;
/// Sign-ins on their way at once.
const AT_ONCE: usize = 64;
const SIZES: &[u32] = &[FEW, MANY];

struct Filled {
    runtime: Runtime,
    session: Session,
    house: House,
    _folder: tempfile::TempDir,
}

impl Filled {
    /// Signs the administrator in so many times.
    async fn sign_in(&'static self, times: usize) -> Vec<Session> {
        let policy = Policy { admin_session_cap: 2 * times, ..roomy() };
        self.house.dal.set_policy(policy);
        let mut sessions = Vec::with_capacity(times);
        while sessions.len() < times {
            // Together, so that the committer can batch them.
            let coming: JoinSet<_> =
                (sessions.len()..times).take(AT_ONCE).map(|_| self.house.admin()).collect();
            sessions.extend(coming.join_all().await);
        }
        sessions
    }
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
        Filled { runtime, session, house, _folder: folder }
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

/// The check that every operation begins with, of one session after another.
#[divan::bench(args = [1, 10_000], sample_count = 20_000, sample_size = 1)]
fn verify_among_sessions(bencher: Bencher, sessions: usize) {
    let filled = filled(FEW);
    let everybody = filled.runtime.block_on(filled.sign_in(sessions));
    let mut in_turn = everybody.iter().cycle().step_by(7919);
    bencher.bench_local(|| {
        let session = in_turn.next().unwrap();
        let _ = filled.runtime.block_on(session.verify()).unwrap();
    });
}

/// Coming with so many connected already; the bytes are what one more keeps.
#[divan::bench(args = [0, 10_000, 100_000], sample_count = 1_000, sample_size = 1)]
fn enter_registry(bencher: Bencher, connected: usize) {
    let filled = filled(FEW);
    let name = UserName::parse("alice").unwrap();
    let _others: Vec<_> = (0..connected).map(|_| filled.house.dal.seed_seat(&name)).collect();
    bencher.bench_local(|| filled.house.dal.seed_seat(&name));
}

/// A page of the sessions that are live, those first that were idle for longest: all are looked at.
#[divan::bench(args = [1_000, 100_000], sample_count = 50, sample_size = 1)]
fn page_of_live_sessions(bencher: Bencher, connected: usize) {
    let filled = filled(FEW);
    let name = UserName::parse("alice").unwrap();
    let _others: Vec<_> = (0..connected).map(|_| filled.house.dal.seed_seat(&name)).collect();
    let query =
        LiveQuery { whose: Whose::Everybodys, order: Order::MostIdle, limit: 50, ..LiveQuery::default() };
    bencher.bench_local(|| {
        let page = async { filled.session.verify().await?.sessions().live(query.clone()).await };
        filled.runtime.block_on(page).unwrap()
    });
}

fn main() {
    divan::main();
}
