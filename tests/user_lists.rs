//! Lists of users that come in and go out, and data that are whole whenever the process is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use passholder::dal::users::{Imported, UserQuery};
use passholder::dal::{DalError, Engine, Session};
use passholder::domain::import::{Entry, Flaw, Format, Listed, Reader, heading};
use passholder::domain::name::DisplayName;
use passholder::domain::text::Line;
use russh::ChannelMsg;
use tokio::time::timeout;

use crate::support::dice::Dice;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::program::{Program, run};
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE};
use crate::users_at_scale::{crowd, days, listed, name, role};

const PEOPLE: &str = "name,display_name,roles,until\r\n\
    alice,Alice Ámbar,member,\r\n\
    bob,\"'=1+1\",auditor,2027-01-01\r\n\
    \u{430}da,Ada,member,\r\n\
    admin,Somebody,member,\r\n\
    eve,Eve,king,\r\n\
    alice,Again,member,\r\n\
    carol,C\u{202e}arol,member,\r\n";

/// The lines of a report: result and why by name.
fn told(out: &str) -> BTreeMap<String, (String, String, String)> {
    let lines = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line));
    let word = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    lines
        .map(|line| {
            let by = format!("{} {}", line["line"], word(&line, "name"));
            (by, (word(&line, "result"), word(&line, "why"), word(&line, "one_time_password")))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_tried_then_taken_line_by_line() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let dry = admin.run_on("users import --format csv --dry-run", PEOPLE.as_bytes()).await;
    assert_eq!(dry.status, 2, "{}", dry.err);
    assert!(
        dry.out.starts_with("line,name,result,one_time_password,why\r\n2,alice,create,,\r\n"),
        "{}",
        dry.out
    );
    assert!(dry.err.contains("2 would be made, 0 there already, 5 refused"), "{}", dry.err);
    assert_eq!(
        admin.run("users list --json --prefix a").await.out.matches("\"name\"").count(),
        1,
        "nobody came"
    );

    let whole = admin.run_on("users import --all-or-nothing", PEOPLE.as_bytes()).await;
    assert!(whole.status == 2 && whole.err.contains("nobody was made"), "{}", whole.err);
    assert_eq!(admin.run("users show alice").await.status, 5);

    let lines = admin.run_on("users import", PEOPLE.as_bytes()).await;
    assert_eq!(lines.status, 2, "{}", lines.err);
    assert!(lines.err.contains("2 made, 0 there already, 5 refused"), "{}", lines.err);
    let told = told(&admin.run_on("users import --dry-run --json", &as_json(PEOPLE)).await.out);
    let result = |by: &str| told.get(by).unwrap_or_else(|| panic!("{by}: {told:?}"));
    assert_eq!(result("1 alice").0, "exists");
    assert!(result("3 \u{430}da").1.contains("a letter first"));
    assert!(result("4 admin").1.contains("taken"));
    assert!(result("5 eve").1.contains("there is no role named king"), "{}", result("5 eve").1);
    assert!(result("6 alice").1.contains("stands on line 1 already"));
    assert!(result("7 carol").1.contains("cannot be shown"));

    // Everybody or nobody, and once more: whoever is there already is what an import cut short had made.
    let good = "name,disabled\r\nalice,\r\ndan,left the team\r\nfay,\r\n";
    let wrong = admin.run_on("users import --all-or-nothing", good.as_bytes()).await;
    assert!(
        wrong.status == 6 && wrong.out.contains("alice,refused,,the name alice is taken"),
        "{}",
        wrong.out
    );
    let good = good.replace("alice", "amy");
    for (made, there) in [(3, 0), (0, 3)] {
        let ran = admin.run_on("users import --all-or-nothing --json", &as_json(&good)).await;
        assert_eq!(ran.status, 0, "{} {}", ran.out, ran.err);
        assert!(ran.err.contains(&format!("{made} made, {there} there already, 0 refused")), "{}", ran.err);
        assert_eq!(ran.out.matches("one_time_password").count(), made);
    }
    let dan = admin.run("users show dan --json").await.out;
    assert!(dan.contains("\"reason\":\"left the team\"") && dan.matches("\"created\"").count() == 1, "{dan}");

    // Each got a one-time password, which opens nothing but the screen that replaces it.
    let password = lines.out.lines().nth(1).unwrap().split(',').nth(3).unwrap().to_owned();
    let alice = Person::sign_in(server.port, "alice", &password).await.unwrap();
    assert_eq!(alice.run("whoami").await.status, 8);
    // A formula is a name again.
    let bob: serde_json::Value = serde_json::from_str(&admin.run("users show bob --json").await.out).unwrap();
    assert_eq!(
        (bob["display_name"].as_str(), bob["expires"].as_str()),
        (Some("=1+1"), Some("2027-01-01T00:00:00Z"))
    );
    server.stop().await;
}

/// The same list, one object a line.
fn as_json(csv: &str) -> Vec<u8> {
    let mut rows =
        csv.split("\r\n").filter(|line| !line.is_empty()).map(|line| line.split(',').collect::<Vec<_>>());
    let header = rows.next().unwrap();
    let mut text = String::new();
    for row in rows {
        let cell = |cell: &str| cell.trim_matches('"').trim_start_matches('\'').to_owned();
        let object: serde_json::Map<String, serde_json::Value> =
            header.iter().zip(&row).map(|(key, value)| ((*key).to_owned(), cell(value).into())).collect();
        text.push_str(&serde_json::Value::Object(object).to_string());
        text.push('\n');
    }
    text.into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_gives_nobody_more_than_whoever_brings_it_holds() {
    let house = House::build().await;
    let operator = house.user("opal", "operator").await;
    let users = operator.verify().await.unwrap().users();
    assert!(matches!(users.import(&listed("eve", &["member"])).await, Err(DalError::Forbidden { .. })));
    let admin = house.admin().await;
    let users = || async { admin.verify().await.unwrap().users() };
    assert!(matches!(
        users().await.import(&listed("eve", &["nobody-made-it"])).await,
        Err(DalError::NoRole { .. })
    ));
    // Not for a time either.
    let later = house.dal.now().after(days(1));
    let sly = Listed { grants: vec![(role("nobody-made-it"), later)], ..listed("eve", &["member"]) };
    assert!(users().await.import(&sly).await.is_err());
    // What was there stays as it is, and what differs is not overwritten.
    assert!(matches!(users().await.import(&listed("ann", &["member"])).await, Ok(Imported::Made(_))));
    assert!(matches!(users().await.import(&listed("ann", &["member"])).await, Ok(Imported::There)));
    assert!(matches!(users().await.import(&listed("ann", &["admin"])).await, Err(DalError::Conflict { .. })));
    users().await.delete(&name("ann")).await.unwrap();
    assert!(matches!(
        users().await.import(&listed("ann", &["member"])).await,
        Err(DalError::Conflict { .. })
    ));
}

/// A member who sends a list is refused before anything of it is kept.
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_for_those_who_manage_users() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    assert_eq!(alice.run_on("users import", PEOPLE.as_bytes()).await.status, 4);
    let exported = alice.run("users export").await;
    assert_eq!((exported.status, exported.out.as_str()), (4, ""));
    let admin = server.admin().await;
    let nothing = admin.run_on("users import", b"").await;
    assert!(nothing.status == 2 && nothing.err.contains("no list came in"), "{}", nothing.err);
    for wrong in ["name,password\nx,y\n", "name,id\nx,y\n", "alice\n"] {
        let ran = admin.run_on("users import", wrong.as_bytes()).await;
        assert!(ran.status == 2 && ran.out.contains("no column"), "{} {}", ran.out, ran.err);
    }
    let ran =
        admin.run_on("users import --json", b"{\"name\":\"x\",\"permissions\":[\"manage-users\"]}\n").await;
    assert!(ran.out.contains("there is no field \\\"permissions\\\""), "{}", ran.out);
    let ran = admin.run_on("users import", b"name\nali\0ce\nb\xffb\nzoe\n").await;
    assert!(ran.out.contains("2,ali\\x00ce,refused") && ran.out.contains("is not UTF-8"), "{}", ran.out);
    assert_eq!(admin.run("users show zoe").await.status, 5, "nothing behind it was read");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_out_makes_the_same_users_elsewhere() {
    let (one, two) = (House::build().await, House::build().await);
    let admin = crowd(&one, 40).await;
    let (users, display) = (admin.verify().await.unwrap().users(), "=HYPERLINK(\"x\"), \u{1f642}");
    let odd = Listed { display_name: DisplayName::parse(display).unwrap(), ..listed("zz-odd", &["member"]) };
    users.import(&odd).await.unwrap();
    for format in [Format::Csv, Format::Jsonl] {
        let text = exported(&admin, format).await;
        let mut accounts = Vec::new();
        let mut reader = Reader::new(format, false);
        for piece in text.as_bytes().chunks(13).chain([&b""[..]]) {
            reader.feed(piece, |one: Result<Entry, Flaw>| accounts.push(one.unwrap().account));
        }
        assert_eq!(accounts.len(), 42);
        let there = two.admin().await;
        for account in &accounts {
            there.verify().await.unwrap().users().import(account).await.unwrap();
        }
        assert_eq!(exported(&there, format).await, text);
    }
    let csv = exported(&admin, Format::Csv).await;
    assert!(csv.contains("zz-odd,\"'=HYPERLINK(\"\"x\"\"), \u{1f642}\",member"), "{csv}");
    assert!(two.dal.examine().await.unwrap().problems.is_empty());
}

async fn exported(session: &Session, format: Format) -> String {
    let users = || async { session.verify().await.unwrap().users() };
    let mut export = users().await.begin_export(UserQuery::default(), format).await.unwrap();
    let mut text = heading(format);
    while let Some(accounts) = users().await.export(&mut export).await.unwrap() {
        text.extend(accounts.iter().map(|account| account.written(format, false)));
    }
    text
}

/// Runs only as a process of its own, which is killed: makes, changes and deletes accounts in the folder that
/// the environment names, and says of each what it was told is done.
#[test]
#[ignore = "a process that is killed: see the test that starts it"]
fn a_process_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = Engine::Sled { folder: folder.into(), cache_bytes: 8 << 20 };
        let house = House::reopen(engine).unwrap();
        if !house.dal.is_set_up().await.unwrap() {
            house.dal.set_up(passholder::domain::secret::Password::parse(PASSWORD)).await.unwrap();
        }
        let round = std::env::var(ROUND).unwrap();
        let admin = house.admin().await;
        println!("begun");
        let workers: tokio::task::JoinSet<()> =
            (0..3).map(|worker| write_for_ever(admin.clone(), format!("{round}-{worker}"))).collect();
        workers.join_all().await;
    });
}

const FOLDER: &str = "PASSHOLDER_TEST_FOLDER";
const ROUND: &str = "PASSHOLDER_TEST_ROUND";

async fn write_for_ever(admin: Session, mark: String) {
    for number in 0_u32.. {
        let user = format!("u{mark}-{number}");
        let users = || async { admin.verify().await.unwrap().users() };
        let roles: &[&str] = if number % 3 == 0 { &["admin"] } else { &["member"] };
        users().await.import(&listed(&user, roles)).await.unwrap();
        say(&format!("made {user}"));
        let display_name = DisplayName::parse(&format!("Number {number}")).unwrap();
        users().await.set_display_name(&name(&user), display_name).await.unwrap();
        if number % 2 == 0 {
            let _ = users().await.disable(&name(&user), Line::parse("for a test").unwrap()).await;
            users().await.set_roles(&name(&user), vec![role("auditor")]).await.unwrap();
            say(&format!("auditor {user}"));
        }
        if number % 4 == 1 {
            users().await.delete(&name(&user)).await.unwrap();
            say(&format!("deleted {user}"));
            if number % 8 == 5 {
                users().await.purge(&name(&user)).await.unwrap();
            }
        }
    }
}

/// In one piece, and at once: what was said was done.
fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(format!("{words}\n").as_bytes());
    let _ = out.flush();
}

/// Starts the process above, kills it after a while, and answers what it had said by then.
fn killed_after(folder: &Path, round: u32, time: Duration) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", "user_lists::a_process_that_writes_until_it_is_killed"])
        .env(FOLDER, folder)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.ends_with("begun\n") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0, "it begins");
    }
    std::thread::sleep(time);
    child.kill().unwrap();
    child.wait().unwrap();
    out.lines().map_while(Result::ok).collect()
}

/// Every change is one transaction: whenever the process is killed there is no half user, and nothing is
/// missing that somebody was told is done.
#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_half_user_whenever_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let engine = || Engine::Sled { folder: store.clone(), cache_bytes: 8 << 20 };
    let (began, mut dice, mut rounds, mut changes) = (Instant::now(), Dice(11), 0, 0);
    while rounds < 25 && (rounds < 5 || began.elapsed() < Duration::from_secs(12)) {
        let said = killed_after(&store, rounds, Duration::from_millis(dice.below(60_u64)));
        changes += said.len();
        let house = House::reopened(engine).await;
        let found = house.dal.examine().await.unwrap();
        assert!(found.problems.is_empty(), "round {rounds}: {:?}", found.problems);
        let admin = house.admin().await;
        let deleted: BTreeSet<&str> = said.iter().filter_map(|line| line.strip_prefix("deleted ")).collect();
        for line in &said {
            let Some((what, user)) = line.split_once(' ') else { continue };
            let there = admin.verify().await.unwrap().users().get(&name(user)).await;
            match what {
                "made" if !deleted.contains(user) => {
                    // It may have been deleted and the process killed before it could say so.
                    assert!(
                        there.is_ok() || user.rsplit('-').next().unwrap().parse::<u32>().unwrap() % 4 == 1,
                        "{line}"
                    );
                }
                "auditor" => assert_eq!(there.unwrap().row.roles, [role("auditor")], "{line}"),
                "deleted" => assert!(there.is_err(), "{line}"),
                _ => {}
            }
        }
        rounds += 1;
    }
    assert!(changes > 20, "it was killed while it wrote: {changes}");
}

/// Whoever is sent away while a list is on its way makes nobody after that, and is told of everybody before.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_ends_with_its_session() {
    let folder = tempfile::tempdir().unwrap();
    let (data, secret) = (folder.path().join("data"), folder.path().join("password"));
    std::fs::write(&secret, PASSWORD).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut program = Program::start(&data, &["--admin-password-file", secret.to_str().unwrap()]);
    let importer = Person::sign_in(program.port, "admin", PASSWORD).await.unwrap();
    let other = Person::sign_in(program.port, "admin", PASSWORD).await.unwrap();
    let who: serde_json::Value = serde_json::from_str(&importer.run("whoami --json").await.out).unwrap();
    let handle = who["session"]["handle"].as_str().expect("a handle").to_owned();
    let names: Vec<String> = (0..500).map(|number| format!("guest{number}")).collect();
    let mut importing = importer.connection.channel_open_session().await.unwrap();
    importing.exec(true, "users import").await.unwrap();
    importing.data(format!("name\n{}\n", names.join("\n")).as_bytes()).await.unwrap();
    importing.eof().await.unwrap();
    let (mut out, mut err, mut status, mut revoked) = (String::new(), String::new(), None, None);
    while let Some(message) = timeout(PATIENCE, importing.wait()).await.unwrap() {
        match message {
            ChannelMsg::Data { data } => out.push_str(&String::from_utf8_lossy(&data)),
            ChannelMsg::ExtendedData { data, .. } => err.push_str(&String::from_utf8_lossy(&data)),
            ChannelMsg::ExitStatus { exit_status } => status = Some(exit_status),
            _ => {}
        }
        if out.matches(",created,").count() > 3 && revoked.is_none() {
            assert_eq!(other.run(&format!("sessions revoke {handle}")).await.status, 0);
            revoked = Some(Instant::now());
        }
    }
    let ended = revoked.expect("some were made").elapsed();
    assert!(ended < Duration::from_secs(2), "{ended:?}");
    assert_eq!(status, Some(3), "{err}");
    let told = out.matches(",created,").count();
    let made = other.run("users export").await.out.matches("\r\nguest").count();
    assert!(told == made && made < 500, "told of {told}, made {made}");
    assert_eq!(program.terminate(), Some(0));
    let (status, out, err) = run(&["fsck", "--data", data.to_str().unwrap()]);
    assert_eq!(status, Some(0), "{out}{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_checks_the_data_of_a_stopped_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = data.to_str().unwrap();
    let (status, _, err) = run(&["fsck", "--data", path]);
    assert_eq!(status, Some(1), "{err}");
    assert!(!data.exists(), "nothing was made");
    // One that is there and empty was first of all too open.
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (status, _, err) = run(&["fsck", "--data", path]);
    assert!(status == Some(1) && err.contains("holds no Passholder data"), "{err}");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "nothing was made");
    std::fs::remove_dir(&data).unwrap();
    let mut program = Program::start(&data, &[]);
    let (status, _, err) = run(&["fsck", "--data", path]);
    assert!(status == Some(1) && err.contains("in use"), "{err}");
    program.kill();
    let (status, out, err) = run(&["fsck", "--data", path]);
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(out, "nothing is wrong with 1 accounts and 0 sessions\n");
}
