//! Many users: found by filters, changed in bulk, brought in and out as lists; and what is stored of them
//! agrees with itself, whenever the machine stops.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use passholder::dal::users::{
    BUDGET, Imported, LastSignIn, MAX_ROWS, UserQuery, UserRow, UserSort, UserState,
};
use passholder::dal::{Crowd, Session};
use passholder::domain::import::Listed;
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::RoleName;
use passholder::domain::text::Line;
use passholder::tui::screens::Route;

use crate::support::desk::Desk;
use crate::support::dice::Dice;
use crate::support::house::House;
use crate::support::server::{TestServer, quick};

pub fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

pub fn role(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

pub fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}

pub fn listed(user: &str, roles: &[&str]) -> Listed {
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

/// Everybody whom a query finds, page by page.
pub async fn all(session: &Session, query: &UserQuery) -> Vec<UserRow> {
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
pub async fn crowd(house: &House, count: u64) -> Session {
    let mut dice = Dice(7);
    for number in 0..count {
        // Nobody types while the clock is turned.
        let admin = house.admin().await;
        house.clock.turn(Duration::from_mins(dice.below(3_u64)));
        let now = house.dal.now();
        let mut account = listed(&format!("u{:03}", number * 37 % count), &["member"]);
        match dice.below(6_u64) {
            0 => account.roles = vec![role("operator")],
            1 => account.roles = vec![role("auditor"), role("member")],
            2 => account.grants = vec![(role("operator"), now.after(days(dice.below(3_u64) + 1)))],
            _ => {}
        }
        let soon = now.after(days(dice.below(40_u64) + 1));
        match dice.below(8_u64) {
            0 => account.from = Some(soon),
            1 => account.until = Some(soon),
            2 => account.disabled = Some((Line::parse("gone").unwrap(), None)),
            3 => account.disabled = Some((Line::parse("away").unwrap(), Some(soon))),
            _ => {}
        }
        let made = admin.verify().await.unwrap().users().import(&account).await.unwrap();
        let Imported::Made(password) = made else { panic!("{} is new", account.name) };
        if dice.below(2_u64) == 0 {
            let _ = house.try_sign_in(account.name.as_str(), password.expose()).await;
        }
        if dice.below(20_u64) == 0 {
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
    assert!(picture.contains("Type 100 to be sure"), "{picture}");
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
    desk.press("\x1b[Z\x15disabled\r\r\r").await;
    desk.press("o").await;
    for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
        insta::assert_snapshot!(format!("filtered_{columns}x{rows}"), desk.picture(columns, rows));
    }
    desk.press("f\t\tsince 1h\r\r").await;
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
