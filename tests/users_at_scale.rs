//! Many users: found by filters, changed in bulk, brought in and out as lists; and what is stored of them
//! agrees with itself, whenever the machine stops.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use passholder::dal::users::{
    BUDGET, Imported, LastSignIn, MAX_ROWS, UserQuery, UserRow, UserSort, UserState,
};
use passholder::dal::{Crowd, DalError, Engine, Session};
use passholder::domain::import::{Entry, Flaw, Format, Listed, Reader, heading};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::RoleName;
use passholder::domain::text::Line;
use passholder::tui::screens::Route;

use crate::support::PASSWORD;
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::program::{Program, run};
use crate::support::server::{TestServer, quick};

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn role(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

fn listed(user: &str, roles: &[&str]) -> Listed {
    Listed {
        name: name(user),
        display_name: DisplayName::from(&name(user)),
        roles: roles.iter().map(|name| role(name)).collect(),
        grants: Vec::new(),
        from: None,
        until: None,
        disabled: None,
    }
}

/// Numbers that look like chance and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// Everybody whom a query finds, page by page.
async fn all(session: &Session, query: &UserQuery) -> Vec<UserRow> {
    let (mut rows, mut query) = (Vec::new(), query.clone());
    loop {
        let page = session.verify().await.unwrap().users().list(query.clone()).await.unwrap();
        assert!(page.items.len() <= query.limit.max(1));
        rows.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return rows,
        }
    }
}

/// Accounts of every kind; some have signed in, at one time or another.
async fn crowd(house: &House, count: u64) -> Session {
    let mut dice = Dice(7);
    for number in 0..count {
        // Nobody types while the clock is turned.
        let admin = house.admin().await;
        house.clock.turn(Duration::from_mins(dice.below(3)));
        let now = house.dal.now();
        let mut account = listed(&format!("u{:03}", number * 37 % count), &["member"]);
        match dice.below(6) {
            0 => account.roles = vec![role("operator")],
            1 => account.roles = vec![role("auditor"), role("member")],
            2 => account.grants = vec![(role("operator"), now.after(days(dice.below(3) + 1)))],
            _ => {}
        }
        let soon = now.after(days(dice.below(40) + 1));
        match dice.below(8) {
            0 => account.from = Some(soon),
            1 => account.until = Some(soon),
            2 => account.disabled = Some((Line::parse("gone").unwrap(), None)),
            3 => account.disabled = Some((Line::parse("away").unwrap(), Some(soon))),
            _ => {}
        }
        let made = admin.verify().await.unwrap().users().import(&account).await.unwrap();
        let Imported::Made(password) = made else { panic!("{} is new", account.name) };
        if dice.below(2) == 0 {
            let _ = house.try_sign_in(account.name.as_str(), password.expose()).await;
        }
        if dice.below(20) == 0 {
            house.clock.turn(days(1));
        }
    }
    house.clock.turn(days(3));
    house.admin().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_finds_whom_one_would_find_by_looking_at_everybody() {
    let house = House::build().await;
    let admin = crowd(&house, 140).await;
    let now = house.dal.now();
    let everybody = all(&admin, &UserQuery { limit: 50, ..UserQuery::default() }).await;
    assert_eq!(everybody.len(), 141);
    let seens =
        [None, Some(LastSignIn::Never), Some(LastSignIn::Older(days(5))), Some(LastSignIn::Since(days(5)))];
    let states = UserState::ALL.iter().copied().map(Some).chain([None]);
    let mut hits = BTreeMap::<String, usize>::new();
    for (state, seen) in states.flat_map(|state| seens.map(|seen| (state, seen))) {
        for wanted in [None, Some("member"), Some("operator"), Some("admin")] {
            for sort in [UserSort::Name, UserSort::Oldest, UserSort::Newest] {
                let query =
                    UserQuery { role: wanted.map(role), state, seen, sort, limit: 7, ..UserQuery::default() };
                let mut expected: Vec<&UserRow> = everybody
                    .iter()
                    .filter(|row| {
                        wanted.is_none_or(|wanted| row.roles.contains(&role(wanted)))
                            && state.is_none_or(|state| row.state == state)
                            && match (seen, row.last_sign_in) {
                                (None, _) => true,
                                (Some(LastSignIn::Never), at) => at.is_none(),
                                (Some(LastSignIn::Older(than)), Some(at)) => now.since(at) > than,
                                (Some(LastSignIn::Since(than)), Some(at)) => now.since(at) <= than,
                                (Some(_), None) => false,
                            }
                    })
                    .collect();
                expected.sort_by_key(|row| row.created);
                let found = all(&admin, &query).await;
                let names =
                    |rows: Vec<&UserRow>| rows.iter().map(|row| row.name.to_string()).collect::<Vec<_>>();
                let (mut found, mut expected) = (found.iter().collect::<Vec<_>>(), expected);
                *hits.entry(format!("{state:?}")).or_default() += found.len();
                match sort {
                    UserSort::Name => expected.sort_by_key(|row| &row.name),
                    // Of two that were made at the same moment either may come first.
                    UserSort::Oldest => assert!(found.is_sorted_by_key(|row| row.created), "{query:?}"),
                    UserSort::Newest => {
                        assert!(found.iter().rev().is_sorted_by_key(|row| row.created), "{query:?}");
                    }
                }
                if sort != UserSort::Name {
                    found.sort_by_key(|row| &row.name);
                    expected.sort_by_key(|row| &row.name);
                }
                assert_eq!(names(found), names(expected), "{query:?}");
            }
        }
    }
    assert!(hits.len() == 7 && hits.values().all(|hits| *hits > 0), "every state was there: {hits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_neither_repeat_nor_lose_anybody_while_others_write() {
    let house = House::build().await;
    let admin = house.admin().await;
    for number in 0..40 {
        let account = listed(&format!("stays{number:02}"), &["member"]);
        admin.verify().await.unwrap().users().import(&account).await.unwrap();
    }
    for sort in [UserSort::Name, UserSort::Newest, UserSort::Oldest] {
        for state in [None, Some(UserState::Pending)] {
            let (mut seen, mut turn) = (Vec::new(), 0);
            let mut query = UserQuery { sort, state, limit: 4, ..UserQuery::default() };
            loop {
                let page = admin.verify().await.unwrap().users().list(query.clone()).await.unwrap();
                seen.extend(page.items.iter().map(|row| row.name.to_string()));
                // Somebody comes before, between and behind; somebody who came goes.
                for other in ["aa", "stays05x", "zz"] {
                    let other = format!("{other}-{turn}-{sort:?}-{}", state.is_some()).to_lowercase();
                    let users = || async { admin.verify().await.unwrap().users() };
                    users().await.import(&listed(&other, &["member"])).await.unwrap();
                    if turn % 2 == 0 {
                        users().await.delete(&name(&other)).await.unwrap();
                    }
                }
                turn += 1;
                match page.next {
                    // Those that come at the end while one reads would be read for ever.
                    Some(next) if turn < 80 => query.after = Some(next),
                    _ => break,
                }
            }
            let stay: Vec<&String> = seen.iter().filter(|name| name.len() == "stays00".len()).collect();
            assert_eq!(stay.iter().collect::<BTreeSet<_>>().len(), 40, "{sort:?} {state:?}");
            assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len(), "nobody twice");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_looks_at_more_than_its_budget_and_says_how_far_it_came() {
    let house = House::build().await;
    house.dal.seed_crowd(3_000, Crowd::Shuffled).await.unwrap();
    let admin = house.admin().await;
    // Three in ten have signed in, number N of them N hours ago, modulo 2000.
    let query = UserQuery {
        seen: Some(LastSignIn::Since(Duration::from_hours(1))),
        limit: 50,
        ..UserQuery::default()
    };
    let (mut found, mut requests, mut after) = (Vec::new(), 0, None);
    loop {
        let query = UserQuery { after: after.take(), ..query.clone() };
        let some = admin.verify().await.unwrap().users().search(query).await.unwrap();
        assert!(some.looked_at <= u64::try_from(BUDGET + MAX_ROWS).unwrap(), "{}", some.looked_at);
        assert_eq!(some.of, 3_001);
        requests += 1;
        found.extend(some.page.items.into_iter().map(|row| row.name.to_string()));
        match some.page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!(found, ["admin", "user0000000", "user0000001", "user0002000", "user0002001"]);
    assert!((4..10).contains(&requests), "{requests}");
    // What has a list of its own is read from it, however many others there are.
    for rare in [
        UserQuery { role: Some(role("auditor")), limit: 50, ..UserQuery::default() },
        UserQuery { state: Some(UserState::Expired), limit: 50, ..UserQuery::default() },
        UserQuery {
            state: Some(UserState::Disabled),
            sort: UserSort::Newest,
            limit: 50,
            ..UserQuery::default()
        },
    ] {
        let some = admin.verify().await.unwrap().users().search(rare.clone()).await.unwrap();
        assert!(some.looked_at < 100, "{rare:?}: {}", some.looked_at);
    }
}

/// Types at the screen of Users, with somebody else's accounts on it.
async fn at_users(who: &Session) -> Desk {
    let mut desk = Desk::open(who);
    desk.settle().await;
    desk.go(Route::Users).await;
    desk
}

async fn states(admin: &Session, names: &[&str]) -> Vec<UserState> {
    let mut states = Vec::new();
    for one in names {
        states.push(admin.verify().await.unwrap().users().get(&name(one)).await.unwrap().row.state);
    }
    states
}

#[tokio::test]
async fn many_are_changed_one_by_one_and_each_is_told_of() {
    let house = House::build().await;
    for user in ["ann", "ben", "cid"] {
        house.user(user, "member").await;
    }
    let boss = house.user("boss", "admin").await;
    let users = boss.verify().await.unwrap().users();
    users.disable(&name("ben"), Line::parse("before").unwrap()).await.unwrap();
    let mut desk = at_users(&boss).await;
    // The administrator cannot be left out by accident: not all of them can go.
    desk.press("a").await;
    assert!(desk.picture(80, 24).contains("5 users are marked."), "{}", desk.picture(80, 24));
    desk.press("d").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Disable 4 users") && picture.contains("You are left out."), "{picture}");
    desk.press("moved out\r").await;
    let picture = desk.picture(200, 24);
    assert!(
        picture.contains("3 accounts were disabled; refused: ben (ben is disabled already)."),
        "{picture}"
    );
    desk.press("\x1b[18~").await;
    let report = desk.picture(80, 24);
    for line in
        ["Disabling accounts", "3 done, 1 refused", "× ben: ben is disabled already", "✓ admin", "✓ cid"]
    {
        assert!(report.contains(line), "{line}: {report}");
    }
    desk.press("\x1b").await;
    // The same key enables where the selected one is disabled.
    desk.press("*d\r").await;
    assert!(desk.picture(200, 24).contains("4 accounts were enabled"), "{}", desk.picture(200, 24));
    desk.press("*w\r").await;
    assert!(
        desk.picture(200, 24).contains("4 users have to choose a password."),
        "{}",
        desk.picture(200, 24)
    );
    assert_eq!(states(&boss, &["ann", "boss"]).await, [UserState::Pending, UserState::Enabled]);
    assert!(boss.verify().await.is_ok());
}

/// More than a page of people are gone with one key only if somebody meant it.
#[tokio::test]
async fn whoever_means_more_than_a_page_types_how_many() {
    let house = House::build().await;
    house.dal.seed_crowd(120, Crowd::Members).await.unwrap();
    let admin = house.admin().await;
    let mut desk = at_users(&admin).await;
    desk.press("/user00000\r").await;
    desk.press("a").await;
    desk.press("d").await;
    desk.press("spring cleaning\r").await;
    desk.press("7\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Type 100, to be sure"), "{picture}");
    assert_eq!(states(&admin, &["user0000000"]).await, [UserState::Enabled]);
    desk.press("\x15100\r").await;
    let picture = desk.picture(120, 24);
    assert!(picture.contains("100 accounts were disabled."), "{picture}");
    assert_eq!(
        states(&admin, &["user0000000", "user0000099", "user0000100"]).await,
        [UserState::Disabled, UserState::Disabled, UserState::Enabled]
    );
    desk.press("\x1b[18~").await;
    assert!(desk.picture(80, 24).contains("100 done, 0 refused; 1–"), "{}", desk.picture(80, 24));
    desk.press("G").await;
    assert!(desk.picture(80, 24).contains("✓ user0000099"), "{}", desk.picture(80, 24));
}

#[tokio::test]
async fn filters_stand_above_the_rows_and_one_key_takes_them_away() {
    let house = House::build().await;
    house.dal.seed_crowd(2_000, Crowd::House).await.unwrap();
    let admin = house.admin().await;
    let mut desk = at_users(&admin).await;
    desk.press("f").await;
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        insta::assert_snapshot!(format!("filter_{columns}x{rows}"), desk.picture(columns, rows));
    }
    // What cannot be is said beside its field, and nothing that was typed is lost.
    desk.press("\tasleep\r").await;
    assert!(desk.picture(80, 24).contains("is one of enabled, pending"), "{}", desk.picture(80, 24));
    desk.press("\x1b[Z\x15disabled\r\r").await;
    desk.press("o").await;
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        insta::assert_snapshot!(format!("filtered_{columns}x{rows}"), desk.picture(columns, rows));
    }
    desk.press("f\t\tsince 1h\r").await;
    let picture = desk.picture(120, 24);
    assert!(
        picture.contains("last sign-in within 1 h") && picture.contains("No user has such a name"),
        "{picture}"
    );
    desk.press("\x1b").await;
    let picture = desk.picture(120, 24);
    assert!(!picture.contains("disabled   ") || picture.contains("All users"), "{picture}");
    assert!(picture.contains("of 2\u{a0}001"), "{picture}");
}

#[tokio::test]
async fn the_report_looks_like_this() {
    let house = House::build().await;
    house.dal.seed_crowd(60, Crowd::Members).await.unwrap();
    let operator = house.user("opal", "operator").await;
    let mut desk = at_users(&operator).await;
    desk.press("*s\r").await;
    desk.press("\x1b[18~").await;
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        insta::assert_snapshot!(format!("report_{columns}x{rows}"), desk.picture(columns, rows));
    }
    desk.press("\x1b").await;
    desk.press("*w").await;
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        insta::assert_snapshot!(format!("many_{columns}x{rows}"), desk.picture(columns, rows));
    }
}

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
    assert!(result("5 eve").1.contains("king, which does not exist"), "{}", result("5 eve").1);
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
        Err(DalError::Invalid { field: "roles", .. })
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
    for wrong in ["name,password\nx,y\n", "name,id\nx,y\n", "alice\n"] {
        let ran = admin.run_on("users import", wrong.as_bytes()).await;
        assert!(ran.status == 2 && ran.out.contains("no column"), "{} {}", ran.out, ran.err);
    }
    let ran =
        admin.run_on("users import --json", b"{\"name\":\"x\",\"permissions\":[\"manage-users\"]}\n").await;
    assert!(ran.out.contains("unknown field `permissions`"), "{}", ran.out);
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

#[tokio::test(flavor = "multi_thread")]
async fn commands_filter_sort_and_change_many() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let people = "name,roles\nann,member\nben,operator\ncid,member\n";
    assert_eq!(admin.run_on("users import", people.as_bytes()).await.status, 0);
    let names = |out: &str| -> Vec<String> {
        let rows: Vec<serde_json::Value> =
            serde_json::from_str(out).unwrap_or_else(|why| panic!("{why}: {out}"));
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    for (flags, expected) in [
        ("--role operator", vec!["ben"]),
        ("--state pending", vec!["ann", "ben", "cid"]),
        ("--state enabled", vec!["admin"]),
        ("--last-sign-in never --role member", vec!["ann", "cid"]),
        ("--last-sign-in since:7d", vec!["admin"]),
        ("--last-sign-in older:30d", vec![]),
    ] {
        let ran = admin.run(&format!("users list --json {flags}")).await;
        assert_eq!(ran.status, 0, "{flags}: {}", ran.err);
        assert_eq!(names(&ran.out), expected, "{flags}");
    }
    let newest = names(&admin.run("users list --json --sort -created --limit 4").await.out);
    let mut oldest = names(&admin.run("users list --json --sort created").await.out);
    assert_eq!(oldest.first().map(String::as_str), Some("admin"));
    oldest.reverse();
    assert_eq!(newest.len(), 4);
    for wrong in
        ["--state asleep", "--role 'b b'", "--last-sign-in soon", "--sort age", "--sort created --after ann"]
    {
        assert_eq!(admin.run(&format!("users list {wrong}")).await.status, 2, "{wrong}");
    }

    let ran = admin.run_on("users disable - --reason 'moved out'", b"ann\n\nnobody-there\nANN\nben\n").await;
    assert_eq!(ran.out, "ann is disabled\nben is disabled\n");
    assert_eq!(ran.status, 5, "{}", ran.err);
    assert!(
        ran.err.contains("nobody-there: there is no user") && ran.err.contains("1 of 3 were not disabled"),
        "{}",
        ran.err
    );
    let ran = admin.run("users enable ann ben cid --json").await;
    assert_eq!(ran.status, 6, "{}", ran.err);
    assert!(
        ran.out.contains("{\"name\":\"ann\",\"state\":\"enabled\"}\n") && ran.out.contains("\"error\""),
        "{}",
        ran.out
    );
    assert_eq!(admin.run_on("users enable -", b"").await.status, 2);

    let csv = admin.run("users export --role operator").await;
    assert_eq!(
        csv.out,
        "name,display_name,roles,from,until,disabled,disabled_until\r\nben,ben,operator,,,,\r\n"
    );
    assert_eq!(
        admin.run("users export --format jsonl --prefix c").await.out,
        "{\"name\":\"cid\",\"display_name\":\"cid\",\"roles\":[\"member\"]}\n"
    );
    server.stop().await;
}

// Whenever the machine stops.

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
        .args([
            "--exact",
            "--ignored",
            "--nocapture",
            "users_at_scale::a_process_that_writes_until_it_is_killed",
        ])
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
    let (began, mut dice, mut rounds, mut changes) = (Instant::now(), Dice(11), 0, 0);
    while rounds < 25 && (rounds < 5 || began.elapsed() < Duration::from_secs(12)) {
        let said = killed_after(&store, rounds, Duration::from_millis(dice.below(60)));
        changes += said.len();
        let house = reopened(&store).await;
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

/// The lock of a killed process goes with it, a moment later.
async fn reopened(store: &Path) -> House {
    for _ in 0..100 {
        let engine = Engine::Sled { folder: store.to_owned(), cache_bytes: 8 << 20 };
        if let Ok(house) = House::reopen(engine) {
            return house;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the store does not open");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_host_checks_the_data_of_a_stopped_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = data.to_str().unwrap();
    let (status, _, err) = run(&["fsck", "--data", path]);
    assert_eq!(status, Some(1), "{err}");
    assert!(!data.exists(), "nothing was made");
    let mut program = Program::start(&data, &[]);
    let (status, _, err) = run(&["fsck", "--data", path]);
    assert!(status == Some(1) && err.contains("in use"), "{err}");
    program.kill();
    let (status, out, err) = run(&["fsck", "--data", path]);
    assert_eq!(status, Some(0), "{err}");
    assert_eq!(out, "nothing is wrong with 1 accounts and 0 sessions\n");
}
