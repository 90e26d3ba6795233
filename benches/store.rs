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
use passholder::dal::users::{LastSignIn, UserQuery, UserSort, UserState};
use passholder::dal::{Crowd, Engine, Session};
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
    place.get_or_init(|| fill(users, Crowd::House))
}

/// A million that were made in any order.
fn shuffled() -> &'static Filled {
    static SHUFFLED: OnceLock<Filled> = OnceLock::new();
    SHUFFLED.get_or_init(|| fill(MANY, Crowd::Shuffled))
}

fn fill(users: u32, crowd: Crowd) -> Filled {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::Sled { folder: folder.path().join("store"), cache_bytes: 64 << 20 };
    let (house, session) = runtime.block_on(async {
        let house = House::build_on(engine).await;
        house.dal.seed_crowd(users, crowd).await.unwrap();
        let session = house.admin().await;
        (house, session)
    });
    Filled { runtime, session, house, _folder: folder }
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
        let query = UserQuery { after: Some(format!("user{next:07}")), limit: 50, ..UserQuery::default() };
        filled.runtime.block_on(async { filled.session.verify().await?.users().list(query).await }).unwrap()
    });
}

/// What somebody looks for, and from where on.
const SEARCHES: &[&str] = &[
    "first page",
    "prefix",
    "role admin",
    "role member",
    "state disabled",
    "state enabled",
    "newest",
    "oldest",
    "newest, disabled",
    "newest, admin",
    "never signed in",
    "signed in within 1 h",
];

fn search(words: &str) -> UserQuery {
    let all = UserQuery { limit: 50, ..UserQuery::default() };
    let role = |name| passholder::domain::role::RoleName::parse(name).ok();
    let hour = std::time::Duration::from_hours(1);
    match words {
        "prefix" => UserQuery { prefix: "user00005".to_owned(), ..all },
        "role admin" => UserQuery { role: role("admin"), ..all },
        "role member" => UserQuery { role: role("member"), ..all },
        "state disabled" => UserQuery { state: Some(UserState::Disabled), ..all },
        "state enabled" => UserQuery { state: Some(UserState::Enabled), ..all },
        "newest" => UserQuery { sort: UserSort::Newest, ..all },
        "oldest" => UserQuery { sort: UserSort::Oldest, ..all },
        "newest, disabled" => UserQuery { sort: UserSort::Newest, state: Some(UserState::Disabled), ..all },
        "newest, admin" => UserQuery { sort: UserSort::Newest, role: role("admin"), ..all },
        "never signed in" => UserQuery { seen: Some(LastSignIn::Never), ..all },
        "signed in within 1 h" => UserQuery { seen: Some(LastSignIn::Since(hour)), ..all },
        _ => all,
    }
}

fn search_in(bencher: Bencher, filled: &'static Filled, words: &str) {
    let query = search(words);
    bencher.bench_local(|| {
        let query = query.clone();
        filled.runtime.block_on(async { filled.session.verify().await?.users().search(query).await }).unwrap()
    });
}

#[divan::bench(args = SEARCHES, sample_count = 200, sample_size = 1)]
fn search_of_1000(bencher: Bencher, words: &str) {
    search_in(bencher, filled(FEW), words);
}

#[divan::bench(args = SEARCHES, sample_count = 200, sample_size = 1)]
fn search_of_1000000(bencher: Bencher, words: &str) {
    search_in(bencher, filled(MANY), words);
}

/// The same among accounts that were made in any order, at random places of the list.
#[divan::bench]
fn page_of_50_of_shuffled(bencher: Bencher) {
    let filled = shuffled();
    let mut next = 0_u32;
    bencher.bench_local(|| {
        next = next.wrapping_add(7919 * 131) % MANY;
        let query = UserQuery { after: Some(format!("user{next:07}")), limit: 50, ..UserQuery::default() };
        filled.runtime.block_on(async { filled.session.verify().await?.users().list(query).await }).unwrap()
    });
}

#[divan::bench(args = SEARCHES, sample_count = 200, sample_size = 1)]
fn search_of_1000000_shuffled(bencher: Bencher, words: &str) {
    search_in(bencher, shuffled(), words);
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
