//! A house full of people who do not exist, to look around in.
//!
//! Everything is made up and in memory, and gone when it ends: the store is a
//! [`Playground`](crate::dal::Playground), which no folder can become. The same people do the same
//! things at every start; passwords and host key are new each time.
//!
//! [`cast`] is who they are, [`day`] what they did, [`desk`] what was decided about them, [`names`] what
//! they are called.

mod cast;
mod day;
mod desk;
mod dice;
mod names;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::auth::generate;
use crate::auth::password::Hasher;
use crate::config::Config;
use crate::dal::playground::{Pose, Puppet, Resident, Standing, Visit};
use crate::dal::{DalError, Parts, Playground};
use crate::domain::id::{Entropy, UserId};
use crate::domain::name::{DisplayName, UserName};
use crate::domain::policy::{Policy, SignUp};
use crate::domain::role::{BUILT_IN, Role, RoleName};
use crate::domain::secret::{Password, Secret};
use crate::domain::session::{Before, Sighting};
use crate::domain::time::Timestamp;
use crate::ssh::hostkey::HostKey;

use dice::Dice;

use super::{ServeError, Server, SystemClock, SystemEntropy, runtime, until_told};

/// All of them, with those that one signs in as.
const PEOPLE: usize = 500;

/// Those who seem to be connected.
const PRESENT: usize = 64;

/// Makes the same people at every start.
const SEED: u64 = 1_795_432_334;

/// How often one of those who seem to be connected does something.
const PACE: Duration = Duration::from_secs(5);

/// Serves a made-up house until SIGTERM, SIGINT or the end of the terminal.
pub fn run(listen: SocketAddr) -> Result<(), ServeError> {
    let config = super::within_the_file_limit(Config { listen, ..Config::default() });
    super::log_panics();
    runtime()?.block_on(async {
        let demo = Demo::open(&config).await?;
        let grace = config.ssh.shutdown_grace;
        until_told(&demo.server, grace, &demo.greeting(), || ControlFlow::Break(())).await
    })
}

/// A server on a made-up house.
pub struct Demo {
    pub server: Server,
    /// One person for each built-in role.
    pub keys: Vec<Key>,
    fingerprint: String,
}

/// Who one may sign in as.
pub struct Key {
    pub name: UserName,
    pub about: &'static str,
    pub password: Secret,
}

impl Demo {
    /// Makes everybody up, and listens.
    pub async fn open(config: &Config) -> Result<Self, ServeError> {
        let entropy = Arc::new(SystemEntropy);
        let hasher = Hasher::start(config.hashing.threads, config.hashing.queue, entropy.clone())
            .map_err(ServeError::Runtime)?;
        let keys = keys(&*entropy);
        // So that invites can be tried.
        let policy = Policy { sign_up: SignUp::Invite, ..config.policy.clone() };
        // Whoever really signs in gets an id that nobody can guess; only what is made up is made with
        // seeded dice.
        let parts = Parts { hasher, clock: Arc::new(SystemClock::new()), entropy, policy };
        let playground = Playground::open(parts)?;
        let host_key = HostKey::random()?;
        let fingerprint = host_key.fingerprint();
        let server = Server::on(playground.dal().clone(), host_key, config).await?;
        let dice = Dice::new(SEED);
        let crowd = fill(&playground, &dice, &keys).await?;
        tokio::spawn(move_about(playground, crowd, dice, server.ended()));
        Ok(Self { server, keys, fingerprint })
    }

    /// Who one may be, and how to get in.
    pub fn greeting(&self) -> String {
        let address = self.server.address();
        let (port, host) = (address.port(), super::reachable(address.ip()));
        // The key is new at every start, so it must not be remembered.
        let command =
            |key: &Key| format!("ssh -p {port} -o UserKnownHostsFile=/dev/null {}@{host}", key.name);
        let width = self.keys.iter().map(|key| command(key).len()).max().unwrap_or(0);
        let mut text = format!(
            "Passholder listens on {address}\n\n\
             This is a demo: {PEOPLE} people who do not exist, in memory only. Ctrl-C ends it, and nothing \
             remains.\n\n  role      {:<width$}  password\n",
            "sign in with"
        );
        for key in &self.keys {
            let _ = writeln!(text, "  {:<8}  {:<width$}  {}", key.name, command(key), key.password.expose());
        }
        text.push('\n');
        for key in &self.keys {
            let _ = writeln!(text, "  {:<8}  {}", key.name, key.about);
        }
        let _ = writeln!(text, "\n  host key fingerprint  {}", self.fingerprint);
        text
    }
}

/// One person for each built-in role, called like it.
fn keys(entropy: &dyn Entropy) -> Vec<Key> {
    let key = |role: &Role| {
        let name = UserName::parse(role.name).ok()?;
        Some(Key { name, about: role.about, password: generate::passphrase(entropy) })
    };
    BUILT_IN.iter().filter_map(key).collect()
}

/// Who seems to be connected, and how they came.
type Crowd = Vec<(Visit, Puppet)>;

async fn fill(playground: &Playground, dice: &Dice, keys: &[Key]) -> Result<Crowd, DalError> {
    let now = playground.dal().now();
    let admin = keys.iter().find(|key| key.name.as_str() == RoleName::admin().as_str());
    let password = admin.and_then(|key| Password::parse(key.password.expose()));
    playground.dal().set_up(Some(password.ok_or(DalError::Unavailable)?)).await?;
    let taken: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    let mut people = cast::people(dice, PEOPLE - keys.len() + desk::LEFT, &taken, now);
    desk::decide(&mut people, now);
    let visits = day::visits(dice, &people, now);
    let present = day::present(dice, &people, PRESENT, now);
    for visit in visits.iter().chain(present.iter().map(|(visit, _)| visit)) {
        remember(&mut people, visit);
    }
    let others = keys.iter().filter(|key| key.name.as_str() != RoleName::admin().as_str());
    people.extend(others.filter_map(|key| host(dice, key, now)));
    let boss = admin.map(|key| key.name.clone()).ok_or(DalError::Unavailable)?;
    playground.make_roles(desk::roles(), now.before(desk::LONG_AGO), &boss).await?;
    playground.settle(people.clone()).await?;
    playground.send(desk::letters(dice, &boss, now)).await?;
    for visit in visits {
        playground.add_visit(visit).await?;
    }
    playground.add_misses(day::misses(dice, &people, now)).await?;
    for (name, from, guesses) in desk::sieges(&people) {
        playground.guess_at(&name, from, guesses).await?;
    }
    playground.precede_history(&day::history(dice, PRESENT as u64, now));
    let mut crowd = Vec::with_capacity(present.len());
    for (visit, pose) in present {
        crowd.push((visit.clone(), playground.seat(visit, pose).await?));
    }
    Ok(crowd)
}

/// Somebody was there: which their account says as well.
fn remember(people: &mut [Resident], visit: &Visit) {
    if let Some(person) = people.iter_mut().find(|person| person.id == visit.user) {
        let last = person.before.last_sign_in.as_ref().map(|sighting| sighting.at);
        if last.is_none_or(|last| last < visit.created) {
            let here = Sighting { at: visit.created, from: visit.visitor.address };
            person.before = Before { last_sign_in: Some(here), ..Before::default() };
        }
    }
}

/// Whom somebody signs in as.
fn host(dice: &Dice, key: &Key, now: Timestamp) -> Option<Resident> {
    Some(Resident {
        id: UserId::random(dice),
        name: key.name.clone(),
        display_name: DisplayName::from(&key.name),
        roles: vec![RoleName::parse(key.name.as_str()).ok()?],
        created: now.before(Duration::from_hours(24 * 400)),
        standing: Standing::Enabled,
        loan: None,
        before: Before::default(),
        second_factor: None,
        password: Password::parse(key.password.expose()),
    })
}

/// Lets those who seem to be connected do something now and then, and leave when they are sent away.
async fn move_about(playground: Playground, mut crowd: Crowd, dice: Dice, ended: CancellationToken) {
    let mut pace = tokio::time::interval(PACE);
    loop {
        tokio::select! {
            _ = pace.tick() => {}
            () = ended.cancelled() => return,
        }
        let mut gone = Vec::new();
        for (index, (_, puppet)) in crowd.iter().enumerate() {
            if playground.is_over(puppet).await.unwrap_or(true) {
                gone.push(index);
            }
        }
        for index in gone.into_iter().rev() {
            crowd.remove(index);
        }
        // Some only sit there, until they have been idle for too long.
        let busy = crowd.get(..crowd.len() * 3 / 4).unwrap_or_default();
        if let Some((visit, puppet)) = dice.pick(busy) {
            let typed = playground.dal().now();
            let screen = day::screen(&dice, visit);
            puppet.act(&playground, Pose { typed, screen, bytes_in: 3, bytes_out: dice.place(4_000) });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_550_594_000_000);

    #[test]
    fn the_same_people_do_the_same_things_at_every_start() {
        let made = || {
            let dice = Dice::new(SEED);
            let people = cast::people(&dice, PEOPLE, &["admin"], NOW);
            let visits = day::visits(&dice, &people, NOW);
            (format!("{people:?}"), format!("{visits:?}"), format!("{:?}", day::misses(&dice, &people, NOW)))
        };
        assert_eq!(made(), made());
    }

    #[test]
    fn people_are_as_many_and_as_different_as_they_should_be() {
        let people = cast::people(&Dice::new(SEED), PEOPLE - 4, &["admin"], NOW);
        assert_eq!(people.len(), PEOPLE - 4);
        let names: HashSet<_> = people.iter().map(|person| person.name.clone()).collect();
        assert_eq!(names.len(), people.len());
        let wide =
            people.iter().filter(|person| person.display_name.as_str().chars().any(|c| c > '\u{2e80}'));
        let plain = people.iter().filter(|person| person.display_name.as_str().is_ascii());
        assert!(wide.count() > 50 && plain.count() > 50);
        for role in BUILT_IN {
            let holders =
                people.iter().filter(|person| person.roles.iter().any(|name| name.as_str() == role.name));
            assert!(holders.count() >= 2, "{}", role.name);
        }
        let careful = people.iter().filter(|person| person.second_factor.is_some()).count();
        assert!((60..110).contains(&careful), "{careful}");
        let closed = people.iter().filter(|person| !matches!(person.standing, Standing::Enabled)).count();
        assert!((20..100).contains(&closed), "{closed}");
    }

    #[test]
    fn a_day_is_full_and_in_the_past() {
        let dice = Dice::new(SEED);
        let people = cast::people(&dice, PEOPLE, &[], NOW);
        let visits = day::visits(&dice, &people, NOW);
        let of_the_day = visits.iter().filter(|visit| visit.created.hour() + 24 > NOW.hour()).count();
        assert!(of_the_day > 200 && visits.len() > of_the_day + 100, "{of_the_day} of {}", visits.len());
        assert!(visits.iter().all(|visit| visit.ended.as_ref().is_some_and(|ended| ended.at <= NOW)));
        let misses = day::misses(&dice, &people, NOW);
        assert!(misses.len() > 200 && misses.iter().all(|miss| miss.at <= NOW));
        for hour in 0..24 {
            let history = day::history(&dice, 64, NOW.after(Duration::from_hours(hour)));
            let (least, most) = (history.iter().min().unwrap(), history.iter().max().unwrap());
            assert!(history.len() == 143 && *most < 250 && most > least, "{history:?}");
            assert!(history.last().unwrap().abs_diff(64) < 20, "{history:?}");
        }
        let present = day::present(&dice, &people, PRESENT, NOW);
        assert!(present.len() > PRESENT / 2);
    }
}
