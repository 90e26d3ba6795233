//! The rules in force: changed while the server runs, at once, for everybody, and for good.

use std::fmt::Write as _;
use std::time::Duration;

use passholder::config::{Flags, KNOBS, resolve};
use passholder::dal::policy::{Origin, RuleRow};
use passholder::dal::sessions::SessionQuery;
use passholder::dal::{DalError, Engine, Session};
use passholder::domain::policy::{Base, Place, Policy, RULES};
use passholder::domain::session::EndReason;

use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::program::Program;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE, roomy};

pub async fn rule(session: &Session, key: &str) -> RuleRow {
    session.verify().await.unwrap().policy().get(key).await.unwrap()
}

pub async fn set(session: &Session, key: &str, value: &str) -> Result<(), DalError> {
    session.verify().await?.policy().set(key, value, None).await.map(drop)
}

async fn why_ended(session: &Session) -> EndReason {
    match session.verify().await {
        Err(DalError::SessionEnded(ended)) => ended.reason,
        other => panic!("it goes on: {:?}", other.err()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_lifetime_ends_live_sessions_at_once() {
    let house = House::build().await;
    let (admin, old) = (house.admin().await, house.user("alice", "member").await);
    for _ in 0..9 {
        house.clock.turn(Duration::from_mins(10));
        old.typed(1);
        admin.typed(1);
    }
    let fresh = house.sign_in("alice").await;
    let preview =
        admin.verify().await.unwrap().policy().preview("session.lifetime", Some("1h")).await.unwrap();
    assert_eq!((preview.would_end, preview.weakens, preview.ends_own), (2, false, true), "hers and mine");
    assert!(old.verify().await.is_ok(), "a preview changes nothing");
    let admin = house.admin().await;
    let mut bell = old.bell();
    bell.borrow_and_update();
    set(&admin, "session.lifetime", "1h").await.unwrap();
    // What slept until the end of the session was woken: the answer was not given before.
    assert!(bell.has_changed().unwrap());
    // Whoever is sent away reads which rule did it, and whose doing it was.
    let Err(DalError::SessionEnded(ended)) = old.verify().await else { panic!("it goes on") };
    assert_eq!(ended.reason, EndReason::PolicyChanged);
    assert_eq!(
        ended.to_string(),
        "Your session is over, because the rules were made stricter by admin: session.lifetime is 1h. Sign in again."
    );
    assert!(fresh.verify().await.is_ok());
    assert_eq!(fresh.claims().expires.since(house.dal.now()), Duration::from_hours(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_longer_lifetime_extends_nobody_and_holds_for_the_next() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let before = alice.claims().expires;
    set(&admin, "session.lifetime", "20h").await.unwrap();
    let _ = alice.verify().await.unwrap();
    assert_eq!(alice.claims().expires, before);
    let next = house.sign_in("alice").await;
    assert_eq!(next.claims().expires.since(house.dal.now()), Duration::from_hours(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_idle_time_locks_live_screens_and_counts_who_would_end() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    house.clock.turn(Duration::from_mins(20));
    let admin = house.admin().await;
    let preview = |value: &'static str| {
        let admin = admin.clone();
        async move {
            let policy = admin.verify().await.unwrap().policy();
            policy.preview("session.idle", Some(value)).await.unwrap().would_end
        }
    };
    assert_eq!((preview("1min").await, preview("18min").await), (1, 0), "20 min and 5 of grace");
    let mut desk = Desk::open(&alice);
    desk.settle().await;
    set(&admin, "session.idle", "18min").await.unwrap();
    desk.app.heard_the_bell();
    desk.settle().await;
    assert!(desk.picture(80, 24).contains("Locked"), "{}", desk.picture(80, 24));
    assert_eq!(alice.verify().await.err(), Some(DalError::Locked));
}

/// A screen that was left alone under the old rule is over by the new one, and says so; one that is left alone under
/// the new one has nobody to thank for it.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_sent_away_by_a_shorter_idle_time_reads_whose_doing_it_was() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    house.clock.turn(Duration::from_mins(20));
    let admin = house.admin().await;
    set(&admin, "session.idle", "1min").await.unwrap();
    let Err(DalError::SessionEnded(ended)) = alice.verify().await else { panic!("it goes on") };
    assert_eq!(ended.reason, EndReason::PolicyChanged);
    let by = ended.by.map(|by| by.to_string());
    let note = ended.note.map(|note| note.as_str().to_owned());
    assert_eq!((by.as_deref(), note.as_deref()), (Some("admin"), Some("session.idle is 1min")));
    let later = house.sign_in("alice").await;
    house.clock.turn(Duration::from_mins(20));
    assert_eq!(why_ended(&later).await, EndReason::Idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_higher_cap_lets_in_who_waits_and_a_lower_one_counts_for_the_next() {
    let house = House::build().await;
    let admin = house.admin().await;
    let _one = house.user("alice", "member").await;
    set(&admin, "session.cap", "1").await.unwrap();
    let waits = house.sign_in("alice").await;
    assert!(waits.claims().duty.is_some());
    set(&admin, "session.cap", "5").await.unwrap();
    let _ = waits.verify().await.unwrap();
    assert_eq!(waits.claims().duty, None);
}

/// A screen that sleeps until its session ends is woken: it says at once how much is left of it.
#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_a_screen_that_sleeps_is_woken_by_a_shorter_rule() {
    let mut config = quick();
    config.policy.session_lifetime = Duration::from_hours(1);
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    admin.make_user(server.port, "alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("This session").await;
    let ran = admin.run("policy set session.lifetime 1min").await;
    assert_eq!((ran.status, ran.out.as_str()), (0, "session.lifetime: 1h -> 1min\n"), "{}", ran.err);
    screen.see("This session ends in").await;
    let shown = admin.run("policy show session.lifetime --json").await;
    let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!((shown["value"].as_str(), shown["origin"]["by"].as_str()), (Some("1min"), Some("admin")));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_survives_a_restart_and_a_configuration_that_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let house = House::build_on(engine()).await;
    let admin = house.admin().await;
    set(&admin, "session.lifetime", "2h").await.unwrap();
    set(&admin, "session.cap", "7").await.unwrap();
    admin.verify().await.unwrap().policy().reset("session.cap", None).await.unwrap();
    drop((admin, house));

    let house = House::reopened(engine).await;
    // Before anybody read the rules by hand: whoever comes in meets those that were set.
    let admin = house.admin().await;
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(2));
    assert_eq!(house.dal.policy().session_cap, 1_000);
    // As SIGHUP does it: another base.
    let next = Policy { session_lifetime: Duration::from_hours(5), session_cap: 3, ..roomy() };
    house.dal.set_policy(Base::new(next, [("session.cap", Place::File("passholder.toml:9".to_owned()))]));
    let policy = house.dal.policy();
    assert_eq!((policy.session_lifetime, policy.session_cap), (Duration::from_hours(2), 3));
    let row = rule(&admin, "session.lifetime").await;
    assert_eq!((row.value.as_str(), row.configured.as_str(), row.default), ("2h", "5h", "12h"));
    assert!(matches!(&row.origin, Origin::Set { by, .. } if by.as_str() == "admin"), "{row:?}");
    assert_eq!(
        rule(&admin, "session.cap").await.origin,
        Origin::File { place: "passholder.toml:9".to_owned() }
    );
    assert_eq!(rule(&admin, "session.idle").await.origin, Origin::Shipped);
    assert_eq!(rule(&admin, "session.admin_cap").await.origin, Origin::Started);
    let changed = admin.verify().await.unwrap().policy().reset("session.lifetime", None).await.unwrap();
    assert_eq!((changed.before.as_str(), changed.row.value.as_str()), ("2h", "5h"));
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_allowed_is_refused_with_what_is() {
    let house = House::build().await;
    let admin = house.admin().await;
    for (key, value, words) in [
        ("session.lifetime", "2d", "session.lifetime must be a duration from 1min to 1d, like \"12h\""),
        ("session.lifetime", "", "session.lifetime must be a duration from 1min to 1d, like \"12h\""),
        ("session.at_cap", "never", "session.at_cap must be \"choose\", \"refuse\" or \"end-oldest\""),
        ("accounts.delete_own", "1", "accounts.delete_own must be true or false"),
        (
            "guessing.longest_delay",
            "10s",
            "guessing.longest_delay must be at least guessing.third_delay, which is 15s",
        ),
        (
            "guessing.source_penalty",
            "2h",
            "guessing.source_penalty must be at most guessing.source_penalty_longest, which is 1h",
        ),
        (
            "ssh.banner",
            "hello",
            "there is no rule ssh.banner; it is set in the configuration file or the environment of the server, which \
             `passholder check-config` lists",
        ),
        (
            "hashing.threads",
            "2",
            "there is no rule hashing.threads; it is set in the configuration file or the environment of the server, which \
             `passholder check-config` lists",
        ),
        ("\u{1b}[2J", "1", "there is no rule \\x1b[2J"),
    ] {
        assert_eq!(set(&admin, key, value).await.unwrap_err().to_string(), words);
        let preview = admin.verify().await.unwrap().policy().preview(key, Some(value)).await;
        assert_eq!(preview.unwrap_err().to_string(), words);
    }
    let eight = set(&admin, "password.min_chars", "8").await.unwrap_err().to_string();
    assert_eq!(
        eight,
        "password.min_chars must be at least 15 while second_factor.required is nobody; set that to everyone first"
    );
    let unset = admin.verify().await.unwrap().policy().reset("session.lifetime", None).await.unwrap_err();
    assert_eq!(unset.to_string(), "nobody has set session.lifetime");
    assert_eq!(*house.dal.policy(), roomy());
}

/// A rule that is set so that another one fits must not be taken back from below it.
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_cannot_be_reset_to_what_contradicts_one_that_was_set() {
    let house = House::build().await;
    let admin = house.admin().await;
    set(&admin, "guessing.longest_delay", "1h").await.unwrap();
    set(&admin, "guessing.third_delay", "10min").await.unwrap();
    set(&admin, "guessing.second_delay", "10min").await.unwrap();
    let reset = admin.verify().await.unwrap().policy().reset("guessing.third_delay", None).await;
    assert_eq!(
        reset.unwrap_err().to_string(),
        "guessing.third_delay must be at least guessing.second_delay, which is 10min"
    );
    admin.verify().await.unwrap().policy().reset("guessing.second_delay", None).await.unwrap();
    admin.verify().await.unwrap().policy().reset("guessing.third_delay", None).await.unwrap();
    assert_eq!(house.dal.policy().account_delays.third, Duration::from_secs(15));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_administrators_the_second_is_told_who_was_faster_and_to_what() {
    let house = House::build().await;
    let (one, two) = (house.admin().await, house.user("boss", "admin").await);
    let seen = rule(&one, "session.lifetime").await;
    two.verify().await.unwrap().policy().set("session.lifetime", "6h", Some(&seen)).await.unwrap();
    let late = one.verify().await.unwrap().policy().set("session.lifetime", "3h", Some(&seen)).await;
    let is_told = |late: DalError| match late {
        DalError::Changed { by, what, .. } => {
            assert_eq!((by.as_str(), &*what), ("boss", "session.lifetime to 6h"));
        }
        other => panic!("{other}"),
    };
    is_told(late.unwrap_err());
    let late = one.verify().await.unwrap().policy().reset("session.lifetime", Some(&seen)).await;
    is_told(late.unwrap_err());
    assert_eq!(house.dal.policy().session_lifetime, Duration::from_hours(6));
    // Another rule is another matter.
    let other = rule(&one, "session.cap").await;
    set(&two, "session.idle", "10min").await.unwrap();
    one.verify().await.unwrap().policy().set("session.cap", "9", Some(&other)).await.unwrap();
    // A configuration that was read again is a change as well.
    let seen = rule(&one, "accounts.sign_up").await;
    let open = passholder::domain::policy::SignUp::Open;
    house.dal.set_policy(Policy { sign_up: open, ..roomy() });
    let late = one.verify().await.unwrap().policy().set("accounts.sign_up", "invite", Some(&seen)).await;
    let told = "meanwhile accounts.sign_up is open, as configured; look again";
    assert_eq!(late, Err(DalError::Conflict { what: told.to_owned() }));
}

/// All rules are one record: two who change different ones at the same moment must both have their way.
#[tokio::test(flavor = "multi_thread")]
async fn changes_at_the_same_moment_lose_nothing() {
    let house = House::build().await;
    let admin = house.admin().await;
    let wanted = [
        ("session.lifetime", "3h"),
        ("session.idle", "9min"),
        ("session.cap", "8"),
        ("password.min_chars", "17"),
        ("accounts.sign_up", "invite"),
        ("accounts.keep_deleted", "3d"),
    ];
    let changes = wanted.map(|(key, value)| {
        let admin = admin.clone();
        tokio::spawn(async move { set(&admin, key, value).await })
    });
    for change in changes {
        change.await.unwrap().unwrap();
    }
    for (key, value) in wanted {
        assert_eq!(rule(&admin, key).await.value, value, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_are_over_are_kept_as_long_as_the_rule_says() {
    const DAY: Duration = Duration::from_hours(24);
    let house = House::build().await;
    for _ in 0..40 {
        drop(house.admin().await);
    }
    let handles = async |session: &Session| -> Vec<String> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = SessionQuery { after, limit: 50, ..SessionQuery::default() };
            let page = session.verify().await.unwrap().sessions().list(query).await.unwrap();
            found.extend(page.items.iter().map(|row| row.handle.to_string()));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    // As a start does it with what a crash left.
    house.dal.close_what_a_crash_left().await.unwrap();
    house.clock.turn(89 * DAY);
    assert_eq!(house.dal.sweep().await.unwrap().forgotten, 0);
    let admin = house.admin().await;
    assert_eq!(handles(&admin).await.len(), 41);
    set(&admin, "session.keep_ended", "100d").await.unwrap();
    house.clock.turn(2 * DAY);
    assert_eq!(house.dal.sweep().await.unwrap().forgotten, 0, "the rule was changed");
    let admin = house.admin().await;
    admin.verify().await.unwrap().policy().reset("session.keep_ended", None).await.unwrap();
    let swept = [house.dal.sweep().await.unwrap(), house.dal.sweep().await.unwrap()];
    assert_eq!(swept.map(|round| round.forgotten), [32, 8], "so many at once");
    assert_eq!(house.dal.sweep().await.unwrap().forgotten, 0);
    // The one of two days ago and this one are left.
    let left = handles(&admin).await;
    assert!(left.len() == 2 && left[0] == admin.claims().handle.to_string(), "{left:?}");
}

#[test]
fn the_example_and_the_readme_say_what_the_rules_say() {
    let example = include_str!("../assets/passholder.toml");
    let resolved = resolve(&Flags::default(), [], Some(("passholder.toml", example))).unwrap();
    assert_eq!(resolved.config.policy, Policy::default());
    let readme = include_str!("../README.md");
    let table: Vec<(String, String)> = documented(readme);
    for knob in KNOBS.iter().filter(|knob| !knob.default.is_empty()) {
        let found = table.iter().find(|(key, _)| key == knob.key);
        let (_, default) = found.unwrap_or_else(|| panic!("README does not have {}", knob.key));
        assert_eq!(default, knob.default, "{}", knob.key);
    }
    for rule in RULES {
        assert!(example.contains(rule.about), "{}", rule.key);
    }
}

/// The keys of README's tables with their defaults: "`a.b`, `_c`" stands for `a.b` and `a.b_c` or what begins
/// like it.
fn documented(readme: &str) -> Vec<(String, String)> {
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let words =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let mut found = Vec::new();
    for line in readme.lines().filter(|line| line.starts_with("| `")) {
        let cells = cells(line);
        let (keys, defaults) = (words(&cells[1]), words(&cells[2]));
        let first = keys[0].clone();
        for (key, default) in keys.iter().zip(defaults) {
            found.push((whole(&first, key), default));
        }
    }
    found
}

/// A key that is written short, behind a whole one.
fn whole(first: &str, key: &str) -> String {
    let table = first.split('.').next().unwrap();
    let alike = |other: &str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let written = if key.starts_with('_') {
        let ends_so = KNOBS.iter().filter(|knob| knob.key.ends_with(key) && knob.key != first);
        ends_so.max_by_key(|knob| alike(knob.key))
    } else {
        KNOBS.iter().find(|knob| knob.key == key || knob.key == format!("{table}.{key}"))
    };
    written.map_or_else(|| key.to_owned(), |knob| knob.key.to_owned())
}

/// What the file says is the base, and says so; what was set stays over it, also when it is read again, and
/// when the program was killed.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_keeps_what_was_set_over_sighup_and_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let (file, password) = (folder.path().join("passholder.toml"), folder.path().join("password"));
    std::fs::write(&password, PASSWORD).unwrap();
    std::fs::set_permissions(&password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(&file, "[session]\nlifetime = '5h'\nidle = '10min'\n").unwrap();
    let data = folder.path().join("data");
    let flags = ["--config", file.to_str().unwrap(), "--admin-password-file", password.to_str().unwrap()];
    let mut program = Program::start(&data, &flags);
    let admin = Person::sign_in(program.port, "admin", PASSWORD).await.unwrap();
    let ran = admin.run("policy set session.lifetime 2h --json").await;
    assert_eq!(
        (ran.status, ran.out.trim()),
        (0, r#"{"key":"session.lifetime","before":"5h","after":"2h","ended":0}"#)
    );

    std::fs::write(&file, "[session]\nlifetime = '6h'\nidle = '11min'\n").unwrap();
    let id = rustix::process::Pid::from_raw(i32::try_from(program.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
    let started = std::time::Instant::now();
    // The other rule tells when it has been read.
    while !admin.run("policy show session.idle").await.out.contains("11min") {
        assert!(started.elapsed() < PATIENCE);
    }
    let value = async |person: &Person, key: &str| {
        let shown = person.run(&format!("policy show {key} --json")).await;
        let shown: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        (shown["value"].as_str().unwrap().to_owned(), shown["origin"]["from"].as_str().unwrap().to_owned())
    };
    assert_eq!(value(&admin, "session.lifetime").await, ("2h".to_owned(), "set".to_owned()));
    assert_eq!(value(&admin, "session.idle").await, ("11min".to_owned(), "file".to_owned()));
    program.kill();

    let program = Program::start(&data, &flags);
    let admin = Person::sign_in(program.port, "admin", PASSWORD).await.unwrap();
    assert_eq!(value(&admin, "session.lifetime").await, ("2h".to_owned(), "set".to_owned()));
    let ran = admin.run("policy reset session.lifetime").await;
    assert_eq!((ran.status, ran.out.as_str()), (0, "session.lifetime: 2h -> 6h\n"));
    assert_eq!(value(&admin, "session.lifetime").await, ("6h".to_owned(), "file".to_owned()));
}

/// Commands as a script meets them: what is said where, and the exit status.
#[tokio::test(flavor = "multi_thread")]
async fn commands_say_what_they_did_and_what_is_wrong() {
    let mut config = quick();
    config.policy = Policy { argon2: roomy().argon2, ..Policy::default() };
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    admin.make_user(server.port, "ada", "auditor").await;
    let ada = Person::sign_in(server.port, "ada", PASSWORD).await.unwrap();
    let mut text = String::new();
    for (who, person, line) in [
        ("admin", &admin, "policy show"),
        ("admin", &admin, "policy show password.min_chars"),
        ("admin", &admin, "policy show password.minimum"),
        ("admin", &admin, "policy set session.lifetime 4h --dry-run"),
        ("admin", &admin, "policy set session.lifetime 4h --dry-run --json"),
        ("admin", &admin, "policy set session.cap 5 --json"),
        ("admin", &admin, "policy set session.cap 0"),
        ("admin", &admin, "policy set password.min_chars 8"),
        ("admin", &admin, "policy reset session.lifetime"),
        ("admin", &admin, "policy set session.cap 5"),
        ("admin", &admin, "policy reset session.cap"),
        ("admin", &admin, "policy set session.cap 10"),
        ("admin", &admin, "policy reset session.cap"),
        ("admin", &admin, "policy set session.cap"),
        ("admin", &admin, "policy set --help"),
        ("ada", &ada, "policy show session.cap"),
        ("ada", &ada, "policy set session.cap 9"),
        ("ada", &ada, "policy set session.cap 9 --dry-run"),
        ("ada", &ada, "policy reset session.cap"),
    ] {
        let ran = person.run(line).await;
        writeln!(text, "{who}$ {line}\n{}{}= {}\n", ran.out, ran.err, ran.status).unwrap();
    }
    insta::assert_snapshot!("policy_commands", text);
    server.stop().await;
}
