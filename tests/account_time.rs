//! What time does to accounts, and what of it is told on the wire.

use std::process::{Command, Stdio};
use std::time::Duration;

use passholder::dal::users::UserQuery;
use passholder::dal::{Engine, SWEPT_AT_ONCE};
use passholder::domain::session::EndReason;
use tokio::time::timeout;

use crate::account_life::{DAY, HOUR, ended, events, holiday, name, patient, roles, sweep, until, users};
use crate::support::house::House;
use crate::support::person::{Person, connect};
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE};

/// Stopped in the middle, again and again: what was done stays done, and the rest is done once.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweeper_that_is_killed_does_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().join("store"), cache_bytes: 1 << 20 };
    let count = u32::try_from(SWEPT_AT_ONCE).unwrap() + 20;
    {
        let house = House::build_on(engine()).await;
        house.dal.seed(count).await.unwrap();
        let admin = house.admin().await;
        for number in 0..count {
            let (whom, end) = (name(&format!("user{number:07}")), house.dal.now().after(HOUR));
            users(&admin).await.suspend(&whom, holiday(), end).await.unwrap();
        }
        house.clock.turn(HOUR);
        // Dropped wherever it is, many times, and at last with the whole store.
        for micros in (0..3_000).step_by(300) {
            let _ = timeout(Duration::from_micros(micros), house.dal.sweep()).await;
        }
        assert!(events(&house, "user-enabled").await < 2 * SWEPT_AT_ONCE);
    }
    let house = House::reopen(engine()).unwrap();
    let done = events(&house, "user-enabled").await;
    house.clock.turn(HOUR);
    let left = sweep(&house).await;
    assert_eq!(events(&house, "user-enabled").await, usize::try_from(count).unwrap());
    assert_eq!(done + left, usize::try_from(count).unwrap());
    assert_eq!(house.dal.sweep().await.unwrap().next, None);
}

/// However much is due, others come in between.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_are_due_at_once_keep_nobody_waiting() {
    let house = patient().await;
    let admin = house.admin().await;
    let count: u32 = 10_000;
    house.dal.seed(count).await.unwrap();
    let end = house.dal.now().after(HOUR);
    let mut dating = tokio::task::JoinSet::new();
    for first in 0..8 {
        let admin = admin.clone();
        dating.spawn(async move {
            for number in (first..count).step_by(8) {
                users(&admin).await.set_dates(&name(&format!("user{number:07}")), until(end)).await.unwrap();
            }
        });
    }
    dating.join_all().await;
    house.clock.turn(HOUR);
    let dal = house.dal.clone();
    let sweeper = tokio::spawn(async move { dal.keep_sweeping().await });
    let mut longest = Duration::ZERO;
    let mut rounds = 0;
    let is_due = async || !house.dal.records_with("due/").await.unwrap().is_empty();
    while is_due().await {
        let began = std::time::Instant::now();
        house.sign_in("admin").await;
        longest = longest.max(began.elapsed());
        rounds += 1;
    }
    sweeper.abort();
    assert_eq!(events(&house, "account-expired").await, usize::try_from(count).unwrap());
    assert!(rounds > 3 && longest < Duration::from_secs(1), "{rounds} sign-ins, the longest {longest:?}");
}

/// Nothing is due, and it sleeps; something comes to be due, and it wakes for that.
#[tokio::test(flavor = "multi_thread")]
async fn the_sweeper_wakes_when_something_comes_to_be_due() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let dal = house.dal.clone();
    let sweeper = tokio::spawn(async move { dal.keep_sweeping().await });
    let soon = Duration::from_millis(200);
    // Later than what comes next: it is not that it waits for.
    house.user("bob", "member").await;
    users(&admin).await.set_dates(&name("bob"), until(house.dal.now().after(DAY))).await.unwrap();
    users(&admin).await.set_dates(&name("alice"), until(house.dal.now().after(soon))).await.unwrap();
    house.clock.turn(soon);
    let swept = async { while events(&house, "account-expired").await == 0 {} };
    timeout(PATIENCE, swept).await.unwrap();
    assert_eq!(ended(&alice).await.reason, EndReason::AccountExpired);
    sweeper.abort();
}

/// A role for a time is over when its time is: for the next check at once, for an open screen when it is swept.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_a_time_drops_off_an_open_screen() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let operator = roles("operator").remove(0);
    users(&admin).await.grant(&name("alice"), &operator, house.dal.now().after(HOUR)).await.unwrap();
    let may = async || users(&alice).await.list(UserQuery { limit: 1, ..UserQuery::default() }).await.is_ok();
    assert!(may().await && alice.claims().roles.contains(&operator));
    house.clock.turn(HOUR);
    assert!(!may().await);
    // Whoever draws from what is remembered hears that it changed.
    let mut bell = alice.bell();
    bell.borrow_and_update();
    assert_eq!(sweep(&house).await, 1);
    timeout(PATIENCE, bell.changed()).await.unwrap().unwrap();
    let _ = alice.verify().await.unwrap();
    assert_eq!(alice.claims().roles, roles("member"));
    assert!(users(&admin).await.get(&name("alice")).await.unwrap().row.grants.is_empty());
    assert_eq!(sweep(&house).await, 0);
}

/// What a client is told that gave a password, by each method: whether it came in, and all words.
async fn answer(port: u16, user: &str, password: &str) -> (bool, String) {
    use russh::client::KeyboardInteractiveAuthResponse as Answer;
    let mut connection = connect(port).await;
    let asked = connection.authenticate_keyboard_interactive_start(user, None).await.unwrap();
    assert!(matches!(&asked, Answer::InfoRequest { prompts, .. } if prompts.len() == 1), "{asked:?}");
    let answered = connection.authenticate_keyboard_interactive_respond(vec![password.to_owned()]).await;
    match answered.unwrap() {
        Answer::Success => (true, String::new()),
        Answer::Failure { .. } => (false, String::new()),
        Answer::InfoRequest { instructions, prompts, .. } => {
            let [only] = prompts.as_slice() else { panic!("{prompts:?}") };
            let words = only.prompt.strip_suffix(" Press Enter: ").unwrap().to_owned();
            assert!(only.echo && instructions.is_empty(), "{instructions}");
            let last = connection.authenticate_keyboard_interactive_respond(vec![String::new()]).await;
            assert!(!matches!(last, Ok(Answer::Success)), "{last:?}");
            assert!(connection.channel_open_session().await.is_err());
            (false, words)
        }
    }
}

/// Closed in every way there is; what is said to a wrong password is the same for all of them and for nobody.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_password_hears_on_the_wire_why_an_account_is_closed() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    for user in ["alice", "bob", "carol", "dave"] {
        admin.make_user(server.port, user, "member").await;
    }
    for line in [
        "users disable alice --reason 'on a holiday' --until 2027-01-03T09:00Z",
        "users dates bob --from 2099-01-03",
        "users dates carol --until 1s",
        "users delete dave",
    ] {
        assert_eq!(admin.run(line).await.status, 0, "{line}");
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for (user, words) in [
        (
            "alice",
            "Your account is disabled until 3 January 2027 09:00 UTC: on a holiday. Ask an administrator.",
        ),
        ("bob", "Your account is not valid before 3 January 2099 00:00 UTC. Ask an administrator."),
        ("carol", "Your account expired on "),
        ("dave", ""),
    ] {
        let (came_in, told) = answer(server.port, user, PASSWORD).await;
        assert!(!came_in && told.starts_with(words) && told.is_empty() == words.is_empty(), "{user}: {told}");
        assert_eq!(answer(server.port, user, "wrong").await, (false, String::new()));
        assert!(Person::sign_in(server.port, user, PASSWORD).await.is_none());
    }
    // None of it was a sign-in.
    let alice = admin.run("sessions list --user alice --json").await;
    assert_eq!(alice.out.matches("\"handle\"").count(), 1, "{}", alice.out);
    server.stop().await;
}

/// What OpenSSH asks of a person who types this for every question; and what it says besides.
fn asked_by_openssh(port: u16, options: &[&str], typed: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let (script, asked) = (folder.path().join("ask"), folder.path().join("asked"));
    let text = format!("#!/bin/sh\necho \"$1\" >> {}\necho '{typed}'\n", asked.display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let ran = Command::new("ssh")
        .args(["-F", "none", "-p", &port.to_string(), "-o", "StrictHostKeyChecking=no"])
        .args(["-o", "UserKnownHostsFile=/dev/null", "-o", "NumberOfPasswordPrompts=1"])
        .args(options)
        .args(["alice@127.0.0.1", "whoami"])
        .env("SSH_ASKPASS", &script)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!ran.status.success() && ran.stdout.is_empty());
    (std::fs::read_to_string(&asked).unwrap_or_default(), String::from_utf8_lossy(&ran.stderr).into_owned())
}

/// What people see who have nothing but OpenSSH. With `-q` it prints nothing by itself: what it was told besides
/// its questions, nobody saw.
#[tokio::test(flavor = "multi_thread")]
async fn openssh_shows_why_an_account_is_closed_however_quiet_it_is() {
    if Command::new("ssh").arg("-V").output().is_err() {
        eprintln!("ssh is not installed here: not tested");
        return;
    }
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    admin.make_user(server.port, "alice", "member").await;
    let disabled = admin.run("users disable alice --reason holiday --until 2027-01-03T09:00Z").await;
    assert_eq!(disabled.status, 0, "{}", disabled.err);
    let words = "Your account is disabled until 3 January 2027 09:00 UTC: holiday. Ask an administrator.";
    let both = "PreferredAuthentications=password,keyboard-interactive";
    for (options, password, is_told) in [
        (vec![], PASSWORD, true),
        (vec!["-q"], PASSWORD, true),
        (vec!["-q", "-o", both], PASSWORD, true),
        (vec!["-q"], "wrong", false),
    ] {
        let port = server.port;
        let asking = options.clone();
        let ran = tokio::task::spawn_blocking(move || asked_by_openssh(port, &asking, password));
        let (asked, said) = timeout(PATIENCE, ran).await.unwrap().unwrap();
        assert!(asked.contains("assword: "), "{options:?}: {asked} {said}");
        assert_eq!(asked.contains(words), is_told, "{options:?}: {asked} {said}");
        assert!(!options.contains(&"-q") || said.is_empty(), "{options:?}: {said}");
    }
    server.stop().await;
}

/// An account that expires under an open dashboard closes it, and says why.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_dashboard_closes_when_its_account_expires() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    admin.make_user(server.port, "alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("This session").await;
    assert_eq!(admin.run("users dates alice --until 1s").await.status, 0);
    screen.see("Your account has expired. Ask an administrator.").await;
    assert_eq!(screen.ended().await, Some(3));
    server.stop().await;
}
