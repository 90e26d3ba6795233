//! The Users screen of a house of any size: from a key to the page that it asks for, over ssh.

use std::path::Path;
use std::time::{Duration, Instant};

use passholder::dal::{Crowd, Engine};

use crate::Server;
use crate::support::PASSWORD;
use crate::support::house::House;
use crate::support::person::{Person, Screen};

/// The role that one in a thousand has, from this one on.
const RARE: &str = "rare role";
const FIRST_RARE: u32 = 1_001;

/// How often each is asked for.
const ROUNDS: usize = 40;

/// How long what a key leads to may take that is not timed.
const BETWEEN_KEYS: Duration = Duration::from_millis(100);

/// Bytes of the store that are kept in memory, as it ships.
const CACHE: u64 = 64 << 20;

/// What is asked for: its name, the keys that lead to it, words on the screen that only its answer has, and
/// the keys that lead back to all.
const ASKED: &[(&str, &str, &str, &str)] = &[
    ("first page", "2", "user0000003", "1"),
    ("prefix", "2/user00005", "user0000500", "\x1b\x1b1"),
    (RARE, "2foperator\r\r\r\r", "user0001001", "\x1b1"),
    ("frequent role", "2fmember\r\r\r\r", "user0000015", "\x1b1"),
    ("state", "2f\tdisabled\r\r\r", "user0000107", "\x1b1"),
];

/// Makes a house of so many users, and looks at it.
pub async fn measure(users: u32) {
    // A first start makes the folder as a server wants it.
    let folder = Server::start().stop();
    let started = Instant::now();
    fill(&folder.path().join("data"), users).await;
    println!("{users} users, made in {:.0} s", started.elapsed().as_secs_f64());
    let server = Server::start_in(folder);
    let person = Person::sign_in(server.port, "admin", PASSWORD).await.unwrap();
    let mut screen = person.dashboard(80, 24).await;
    screen.see("This session").await;
    for (name, keys, words, back) in ASKED.iter().filter(|(name, ..)| *name != RARE || users > FIRST_RARE) {
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            times.push(ask(&mut screen, keys, words).await);
            // One by one: an Esc with a key right behind it is another key.
            for key in back.chars() {
                screen.press(key.encode_utf8(&mut [0; 4])).await;
                screen.rest(BETWEEN_KEYS).await;
            }
            screen.see("This session").await;
        }
        times.sort();
        let millis = |time: Duration| time.as_secs_f64() * 1e3;
        let (median, worst) = (millis(times[ROUNDS / 2]), millis(times[ROUNDS - 1]));
        println!("{name:<14} key -> page p50, ms {median:8.2}, worst {worst:8.2}");
    }
}

/// From the last key to the screen with its answer.
async fn ask(screen: &mut Screen, keys: &str, words: &str) -> Duration {
    let (typed, last) = keys.split_at(keys.len() - 1);
    screen.press(typed).await;
    screen.rest(BETWEEN_KEYS).await;
    assert!(!screen.text().contains(words), "{words} already on\n{}", screen.text());
    let pressed = Instant::now();
    screen.press(last).await;
    screen.see(words).await;
    screen.arrived.saturating_duration_since(pressed)
}

/// Fills the store of a server that is stopped.
async fn fill(data: &Path, users: u32) {
    // A server starts on no file that others can read.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let house = House::reopen(Engine::Sled { folder: data.join("store"), cache_bytes: CACHE }).unwrap();
    house.dal.seed_crowd(users, Crowd::House).await.unwrap();
}
