//! A real server in a process of its own, with many sessions or with many users.
//!
//! `cargo bench --bench load -- [SESSIONS] [COLUMNSxROWS]` (200, 80x24) prints sign-ins a second, memory of an
//! idle session, CPU and context switches while all of them are idle (and before the first came), the time
//! from a key to its frame beside them (with the time by which a sleep beside it is late, which is the machine's
//! share), and from the answer of `sessions revoke` to the end of the other's
//! channel.
//!
//! `cargo bench --bench load -- users [USERS]` (1000000) makes a house of so many and prints the time from a key
//! to the page of the Users screen that it asks for: the first one, a prefix, a role, a state.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, clippy::all, clippy::pedantic, clippy::restriction, reason = "checked as a test")]
mod support;
mod users;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use support::PASSWORD;
use support::person::{Person, Screen};

/// Sign-ins on their way at once.
const AT_ONCE: usize = 8;

/// How long the server has to give memory back.
const AFTERWARDS: Duration = Duration::from_secs(15);

/// Keys that are timed.
const KEYS: usize = 200;

/// How long a key waits for the one before.
const BETWEEN_KEYS: Duration = Duration::from_millis(35);

/// Revocations that are timed.
const REVOCATIONS: usize = 30;

/// Clients that never read, and how often something on their screens changes meanwhile.
const DEAF: usize = 20;
const REPAINTS: usize = 100;

/// How long CPU is counted.
const IDLE: Duration = Duration::from_secs(10);

struct Server {
    child: Child,
    port: u16,
    folder: Option<tempfile::TempDir>,
}

/// [`PASSWORD`] in a file that nobody else can read; the server refuses another one.
fn write_secret(file: &Path) {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file).unwrap();
    file.write_all(PASSWORD.as_bytes()).unwrap();
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        write_secret(&folder.path().join("password"));
        Self::start_in(folder)
    }

    /// Starts it on what is in the folder from before.
    fn start_in(folder: tempfile::TempDir) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_passholder"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
            .arg("--data")
            .arg(folder.path().join("data"))
            .arg("--admin-password-file")
            .arg(folder.path().join("password"))
            // All of the load comes from one address, and nearly all of it is one user.
            .env("PASSHOLDER_SSH_UNAUTHENTICATED_PER_SOURCE", "100")
            .env("PASSHOLDER_SSH_CONNECTIONS_PER_SECOND", "100000")
            .env("PASSHOLDER_SSH_CONNECTIONS_BURST", "100000")
            .env("PASSHOLDER_SESSION_CAP", "10000")
            .env("PASSHOLDER_SESSION_ADMIN_CAP", "10000")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut out, &mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().parse().unwrap();
        Self { child, port, folder: Some(folder) }
    }

    /// Ends it, and leaves its folder.
    fn stop(mut self) -> tempfile::TempDir {
        self.folder.take().unwrap()
    }

    /// KiB
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Time on a core so far. Source: proc(5), fields 14 and 15 of `stat`, in ticks of 10 ms.
    fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let behind_the_name = stat.rsplit(')').next().unwrap();
        let fields: Vec<&str> = behind_the_name.split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// How often one of its threads was woken or sent to sleep. Source: proc(5), `status` of each task.
    fn switches(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let of_a_task = |status: String| -> u64 {
            let lines = status.lines().filter(|line| line.contains("voluntary_ctxt_switches"));
            lines.map(|line| line.rsplit('\t').next().unwrap().parse::<u64>().unwrap()).sum()
        };
        tasks.flatten().flat_map(|task| fs::read_to_string(task.path().join("status"))).map(of_a_task).sum()
    }

    /// What it takes while nothing happens.
    async fn at_rest(&self) -> Rest {
        let (cpu, switches) = (self.cpu(), self.switches());
        tokio::time::sleep(IDLE).await;
        Rest {
            cpu: 100.0 * self.cpu().saturating_sub(cpu).as_secs_f64() / IDLE.as_secs_f64(),
            switches: self.switches().saturating_sub(switches) as f64 / IDLE.as_secs_f64(),
        }
    }
}

struct Rest {
    /// Percent of a core.
    cpu: f64,
    /// A second. They say how often something is done where the machine's clock counts a busy neighbour's
    /// time as the process's own.
    switches: f64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let first = words.next();
    if first.as_deref() == Some("users") {
        let users = words.next().map_or(1_000_000, |word| word.parse().expect("a number of users"));
        return runtime.block_on(users::measure(users));
    }
    let sessions: usize = first.map_or(200, |word| word.parse().expect("a number of sessions, or `users`"));
    let size = words.next().unwrap_or_else(|| "80x24".to_owned());
    let (columns, rows) = size.split_once('x').expect("COLUMNSxROWS");
    let (columns, rows) = (columns.parse().unwrap(), rows.parse().unwrap());
    runtime.block_on(measure(sessions, columns, rows));
}

async fn measure(sessions: usize, columns: u16, rows: u16) {
    let server = Server::start();
    // The first sign-in touches what is touched once.
    let first = Person::sign_in(server.port, "admin", PASSWORD).await.unwrap();
    first.make_user(server.port, "victim", "member").await;
    let memory_before = server.memory();
    let before = server.at_rest().await;

    let started = Instant::now();
    let people = sign_in(server.port, sessions).await;
    let took = started.elapsed();
    println!("{sessions} sessions at {columns}x{rows}");
    println!("sign-ins per second            {:8.1}", sessions as f64 / took.as_secs_f64());

    let mut screens = Vec::new();
    for person in &people {
        screens.push(open(person, columns, rows).await);
    }
    // What the sign-ins left to do is done.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let per_session = (server.memory() - memory_before) / sessions as f64;
    println!("KiB per idle session           {per_session:8.1}");

    let idle = server.at_rest().await;
    println!("CPU, % of a core               {:8.2} before {:8.2}", idle.cpu, before.cpu);
    println!("context switches per second    {:8.1} before {:8.1}", idle.switches, before.switches);

    let port = server.port;
    let keys = std::thread::spawn(move || press_keys(port, columns, rows));
    let (times, late) = tokio::task::spawn_blocking(move || keys.join()).await.unwrap().unwrap();
    println!("key -> frame p50, microseconds {:8}", times[KEYS / 2].as_micros());
    println!("key -> frame p99, microseconds {:8}", times[KEYS * 99 / 100].as_micros());
    println!("this machine's own delays, p99 {:8}", late[KEYS * 99 / 100].as_micros());

    let deaf = deaf_cost(&server, &first).await;
    println!("KiB per client that never reads{deaf:8.1}");

    let mut times = Vec::with_capacity(REVOCATIONS);
    for _ in 0..REVOCATIONS {
        times.push(revoke(&first, server.port).await);
    }
    times.sort();
    println!("revoked -> closed p50, ms      {:8.2}", times[REVOCATIONS / 2].as_secs_f64() * 1e3);
    println!("revoked -> closed p99, ms      {:8.2}", times[REVOCATIONS * 99 / 100].as_secs_f64() * 1e3);

    drop(screens);
    drop(people);
    tokio::time::sleep(AFTERWARDS).await;
    println!("MiB after all have left        {:8.1}", server.memory() / 1024.0);
    // Memory that the second crowd does not add is kept, not lost.
    drop(sign_in(server.port, sessions).await);
    tokio::time::sleep(AFTERWARDS).await;
    println!("MiB after as many again        {:8.1}", server.memory() / 1024.0);
}

/// The time from each key to the arrival of its frame, and by how much a sleep between two keys was late;
/// both sorted.
///
/// On a thread by itself, with a client that has no other: what is measured is the server, not how the
/// crowd's client hands things from thread to thread.
fn press_keys(port: u16, columns: u16, rows: u16) -> (Vec<Duration>, Vec<Duration>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let person = Person::sign_in(port, "admin", PASSWORD).await.unwrap();
        let mut screen = open(&person, columns, rows).await;
        screen.press("2").await;
        screen.see("victim").await;
        screen.quiet().await;
        let (mut times, mut late) = (Vec::with_capacity(KEYS), Vec::with_capacity(KEYS));
        for turn in 0..KEYS {
            // As fast as a person never types, but below the frame rate that the server allows.
            let slept = Instant::now();
            tokio::time::sleep(BETWEEN_KEYS).await;
            late.push(slept.elapsed().saturating_sub(BETWEEN_KEYS));
            let pressed = Instant::now();
            // The selection moves by a row, as in the `frame` benchmark: nothing else sends anything.
            screen.press(if turn % 2 == 0 { "j" } else { "k" }).await;
            assert!(screen.take().await, "{}", screen.text());
            times.push(screen.arrived.saturating_duration_since(pressed));
        }
        times.sort();
        late.sort();
        (times, late)
    })
}

/// What somebody adds whose client takes in nothing, while what their screen shows changes again and again.
async fn deaf_cost(server: &Server, admin: &Person) -> f64 {
    let mut screens = Vec::with_capacity(DEAF);
    let before = server.memory();
    for _ in 0..DEAF {
        let person = Person::sign_in_deaf(server.port, "admin", PASSWORD).await;
        let screen = person.dashboard(200, 50).await;
        screens.push((person, screen));
    }
    for turn in 0..REPAINTS {
        let told = admin.run(&format!("sessions message --all --text 'news, number {turn}'")).await;
        assert_eq!(told.status, 0, "{}", told.err);
    }
    (server.memory() - before) / DEAF as f64
}

/// From the answer of the command to the end of the channel; zero if that came first.
async fn revoke(admin: &Person, port: u16) -> Duration {
    let victim = Person::sign_in(port, "victim", PASSWORD).await.unwrap();
    let mut screen = open(&victim, 80, 24).await;
    let listed = admin.run("sessions list --user victim --live --json").await;
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let handle = listed[0]["handle"].as_str().unwrap().to_owned();
    let closed = tokio::spawn(async move {
        screen.ended().await;
        Instant::now()
    });
    let revoked = admin.run(&format!("sessions revoke {handle}")).await;
    let answered = Instant::now();
    assert_eq!(revoked.status, 0, "{}", revoked.err);
    closed.await.unwrap().saturating_duration_since(answered)
}

async fn open(person: &Person, columns: u16, rows: u16) -> Screen {
    let mut screen = person.dashboard(columns, rows).await;
    screen.see("This session").await;
    screen
}

async fn sign_in(port: u16, count: usize) -> Vec<Person> {
    let mut people = Vec::with_capacity(count);
    let mut coming = JoinSet::new();
    for _ in 0..count {
        if coming.len() >= AT_ONCE
            && let Some(person) = coming.join_next().await
        {
            people.push(person.unwrap());
        }
        coming.spawn(async move {
            loop {
                if let Some(person) = Person::sign_in(port, "admin", PASSWORD).await {
                    return person;
                }
            }
        });
    }
    while let Some(person) = coming.join_next().await {
        people.push(person.unwrap());
    }
    people
}
