//! The audit trail as it is read: what happened, by whom, to whom, from where; who may read it, what is never in
//! it, and how long it is kept.

use std::time::Duration;

use passholder::dal::audit::{AuditQuery, BUDGET, EventDetail, EventRow, MAX_ROWS, Trail};
use passholder::dal::users::{Dates, UserQuery};
use passholder::dal::{DalError, Recovery, Session};
use passholder::domain::event::{By, KINDS};
use passholder::domain::name::DisplayName;
use passholder::domain::policy::{Policy, SignUp};
use passholder::domain::preferences::Preferences;
use passholder::domain::role::{Permission, Permissions};
use passholder::domain::session::EndReason;
use passholder::domain::source::Source;
use passholder::domain::text::Line;
use passholder::domain::zone::Zone;

use crate::account_life::{DAY, HOUR, holiday, name, named, patience, patient, roles, sweep, users};
use crate::custom_roles::{create, custom, edit, give, grant, words};
use crate::support::PASSWORD;
use crate::support::house::HOME;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};

const SECOND: Duration = Duration::from_secs(1);

async fn page(reader: &Session, query: AuditQuery) -> Trail {
    reader.verify().await.unwrap().audit().list(query).await.unwrap()
}

/// The first page of what passes.
async fn find(reader: &Session, query: AuditQuery) -> Vec<EventRow> {
    page(reader, AuditQuery { limit: MAX_ROWS, ..query }).await.items
}

fn of_kinds(kinds: &[&'static str]) -> AuditQuery {
    AuditQuery { kinds: kinds.to_vec(), ..AuditQuery::default() }
}

/// The newest event of a kind.
async fn last(reader: &Session, kind: &'static str) -> EventDetail {
    assert!(KINDS.contains(&kind), "{kind}");
    let rows = find(reader, of_kinds(&[kind])).await;
    let row = rows.first().unwrap_or_else(|| panic!("no {kind}"));
    reader.verify().await.unwrap().audit().get(row.id).await.unwrap()
}

/// Who did it and what it was, as one reads it.
fn line(row: &EventRow) -> String {
    format!("{} {}", row.who(), row.told_in(&Zone::default()))
}

fn differences(detail: &EventDetail) -> Vec<(&str, &str, &str)> {
    detail.differences.iter().map(|one| (one.what, one.before.as_str(), one.after.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_and_opening_an_account_is_told_by_whom_why_and_until_when() {
    let house = patient().await;
    let (admin, _alice) = (house.admin().await, house.user("alice", "member").await);
    users(&admin).await.disable(&name("alice"), Line::parse("left the team").unwrap()).await.unwrap();
    let closed = last(&admin, "user-disabled").await;
    assert_eq!(line(&closed.row), "admin disabled alice: left the team");
    assert_eq!(closed.row.from.unwrap().to_string(), HOME);
    assert_eq!(closed.row.actor.as_ref().unwrap().session.as_ref(), Some(&admin.claims().handle));
    assert_eq!(closed.leads_to, Some(name("alice")));
    house.clock.turn(SECOND);
    users(&admin).await.enable(&name("alice")).await.unwrap();
    assert_eq!(line(&last(&admin, "user-enabled").await.row), "admin enabled alice");
    let end = house.dal.now().after(2 * HOUR);
    house.clock.turn(SECOND);
    users(&admin).await.suspend(&name("alice"), holiday(), end).await.unwrap();
    let suspended = last(&admin, "user-disabled").await.row;
    assert_eq!(line(&suspended), "admin disabled alice until 2026-11-23 13:12 UTC: holiday");
    assert!(
        suspended.told.contains("until 2026-11-23T13:12:15"),
        "scripts read it exactly: {}",
        suspended.told
    );
    // Nobody opens it again: its time comes.
    house.clock.turn(2 * HOUR);
    assert_eq!(sweep(&house).await, 1);
    let enabled = last(&admin, "user-enabled").await.row;
    assert_eq!(line(&enabled), "the clock enabled alice: the time was up");
    assert_eq!((enabled.by, enabled.actor, enabled.from), (By::Clock, None, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_before_and_after_is_told() {
    let house = patient().await;
    let (admin, _alice) = (house.admin().await, house.user("alice", "member").await);
    admin.verify().await.unwrap().policy().set("session.lifetime", "1h", None).await.unwrap();
    let changed = last(&admin, "policy-changed").await;
    assert_eq!(line(&changed.row), "admin set session.lifetime: 365d -> 1h");
    assert_eq!(differences(&changed), [("value", "365d", "1h")]);
    admin.verify().await.unwrap().policy().reset("session.lifetime", None).await.unwrap();
    create(&admin, custom("desk", "read-users")).await.unwrap();
    edit(&admin, "desk", |role| {
        role.permissions = role.permissions.and(Permissions::of(&[Permission::ReadAudit]));
    })
    .await
    .unwrap();
    let edited = last(&admin, "role-edited").await;
    assert_eq!(line(&edited.row), "admin changed the role desk: read-audit was added");
    assert_eq!(differences(&edited), [("permits", "read-users", "read-users, read-audit")]);
    give(&admin, "alice", "member, desk").await.unwrap();
    let roles = last(&admin, "roles-changed").await;
    assert_eq!(differences(&roles), [("roles", "member", "desk, member")]);
    grant(&admin, "alice", "operator", HOUR).await.unwrap();
    let until = house.dal.now().after(HOUR).to_string();
    assert_eq!(differences(&last(&admin, "role-granted").await), [("until", "none", until.as_str())]);
    let dates = Dates { begins: None, expires: Some(house.dal.now().after(DAY)) };
    users(&admin).await.set_dates(&name("alice"), dates).await.unwrap();
    let dates = last(&admin, "dates-changed").await;
    assert_eq!(line(&dates.row), "admin changed when alice is valid: until 2026-11-24 11:12 UTC");
    assert_eq!(differences(&dates)[0].0, "expires");
    let display_name = DisplayName::parse("Alice Á.").unwrap();
    users(&admin).await.set_display_name(&name("alice"), display_name).await.unwrap();
    let renamed = last(&admin, "display-name-changed").await;
    assert_eq!(differences(&renamed), [("display name", "Alice", "Alice Á.")]);
    house.clock.turn(2 * HOUR);
    sweep(&house).await;
    let ended = last(&admin, "roles-changed").await.row;
    assert_eq!(line(&ended), "the clock changed the roles of alice: desk, member, operator -> desk, member");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_yet_or_holds_the_machine_is_told_apart() {
    let house = patient().await;
    house.dal.set_policy(Policy { sign_up: SignUp::Invite, ..patience() });
    let admin = house.admin().await;
    let made = house.make_invite(&admin, "member").await;
    let told = last(&admin, "invite-created").await.row;
    assert_eq!(
        line(&told),
        format!("admin made the invite {} for member, 1 use until 2026-11-24 11:12 UTC", made.id)
    );
    let invited = house.redeem(made.code.expose()).await.unwrap();
    house.sign_up("carol", Some(&invited)).await.unwrap();
    let signed_up = last(&admin, "signed-up").await.row;
    assert!(line(&signed_up).ends_with(&format!("signed up as carol: member, with the invite {}", made.id)));
    assert!(house.redeem("wrong-code").await.is_err());
    let refused = last(&admin, "sign-in-failed").await.row;
    assert!(line(&refused).ends_with("no invite has that code"), "{}", line(&refused));
    let reader = house.user("aud", "auditor").await;
    house.dal.recover(Recovery::Administrator(name("admin"))).await.unwrap();
    let admin = reader;
    let recovered = last(&admin, "recovered-on-host").await.row;
    assert_eq!((line(&recovered).as_str(), recovered.by), ("the host let admin in again", By::Host));
    assert_eq!(
        line(&last(&admin, "first-admin-created").await.row),
        "the host made admin the first administrator"
    );
}

/// What is typed at the door is a stranger's: it must not reach anybody's terminal as it came.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_name_at_the_door_is_escaped_and_found() {
    let house = patient().await;
    let admin = house.admin().await;
    let hostile = "al\u{1b}]0;owned\u{7}ice\u{202e}\r\nadmin signed in";
    assert!(house.try_from("192.0.2.66", hostile, "wrong").await.is_err());
    let row = last(&admin, "sign-in-failed").await.row;
    assert!(line(&row).starts_with("a stranger was not let in as al\\x1b]0;owned"), "{}", line(&row));
    assert!(row.told.ends_with(": there is nobody of that name"));
    let json = serde_json::to_string(&row).unwrap();
    for text in [&line(&row), &row.told, &json] {
        assert!(text.chars().all(|c| !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
    // By where it came from, and by the name that was tried, whether it is anybody's or not.
    let from = Source::parse("192.0.2.66");
    assert_eq!(find(&admin, AuditQuery { from, ..AuditQuery::default() }).await.len(), 1);
    assert!(house.try_from("192.0.2.66", "nobody-yet", "wrong").await.is_err());
    let tried = AuditQuery { user: Some("nobody-yet".to_owned()), ..AuditQuery::default() };
    assert_eq!(find(&admin, tried).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_it_reads_it_and_nobody_else() {
    let house = patient().await;
    let admin = house.admin().await;
    let some = find(&admin, AuditQuery::default()).await[0].id;
    for (who, role, may) in
        [("aud", "auditor", true), ("alice", "member", false), ("olga", "operator", false)]
    {
        let session = house.user(who, role).await;
        let list = session.verify().await.unwrap().audit().list(AuditQuery::default()).await;
        let get = session.verify().await.unwrap().audit().get(some).await;
        assert_eq!((list.is_ok(), get.is_ok()), (may, may), "{who}");
        if let (Err(list), Err(get)) = (list, get) {
            // One answer for what is there and what is not.
            let absent = "aaaaaaaaaaaaaaaa".parse().unwrap();
            let absent = session.verify().await.unwrap().audit().get(absent).await.unwrap_err();
            assert_eq!(get, absent);
            assert!(matches!(list, DalError::Forbidden { needs: Permission::ReadAudit, .. }), "{list:?}");
        }
    }
    let absent = admin.verify().await.unwrap().audit().get("aaaaaaaaaaaaaaaa".parse().unwrap()).await;
    assert_eq!(words(absent), "there is no event aaaaaaaaaaaaaaaa");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_name_somebody_kinds_and_times() {
    let house = patient().await;
    let admin = house.admin().await;
    let alice = house.user("alice", "operator").await;
    house.clock.turn(HOUR);
    house.user("bob", "member").await;
    house.clock.turn(HOUR);
    let noon = house.dal.now();
    users(&alice).await.reset_password(&name("bob")).await.unwrap();
    house.clock.turn(HOUR);
    users(&admin).await.delete(&name("alice")).await.unwrap();
    let kinds = |rows: &[EventRow]| rows.iter().map(|row| row.kind).collect::<Vec<_>>();
    let all = AuditQuery::default;
    // As the one it was done to and as the one who did it; alone as the one who did it.
    let user = find(&admin, AuditQuery { user: Some("alice".to_owned()), since: Some(noon), ..all() }).await;
    assert_eq!(kinds(&user), ["user-deleted", "password-reset"]);
    let by = find(&admin, AuditQuery { by: Some("alice".to_owned()), since: Some(noon), ..all() }).await;
    assert_eq!(kinds(&by), ["password-reset"]);
    let until =
        find(&admin, AuditQuery { until: Some(noon), ..of_kinds(&["password-reset", "user-deleted"]) });
    assert_eq!(kinds(&until.await), ["password-reset"]);
    let since = find(&admin, AuditQuery { since: Some(noon.after(SECOND)), ..of_kinds(&["password-reset"]) });
    assert!(since.await.is_empty());
    // When nothing is left of the account but its trail, the id still finds it.
    let id = alice.claims().user.to_string();
    let whole = find(&admin, AuditQuery { user: Some(id.clone()), ..all() }).await;
    users(&admin).await.purge(&name("alice")).await.unwrap();
    let of_id = find(&admin, AuditQuery { user: Some(id), ..all() }).await;
    assert_eq!(of_id.len(), whole.len() + 1);
    assert_eq!(last(&admin, "user-purged").await.leads_to, None, "there is nobody to go to");
    assert_eq!(last(&admin, "user-created").await.leads_to, Some(name("bob")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_looks_at_so_many_events_and_says_where_to_go_on() {
    let house = patient().await;
    let admin = house.admin().await;
    let first = last(&admin, "first-admin-created").await.row.id;
    for _ in 0..BUDGET + 150 {
        house.clock.turn(Duration::from_millis(1));
        admin.verify().await.unwrap().account().set_preferences(Preferences::default()).await.unwrap();
    }
    let mut query = AuditQuery { limit: MAX_ROWS, ..of_kinds(&["first-admin-created"]) };
    let empty = page(&admin, query.clone()).await;
    assert!(empty.items.is_empty() && empty.looked_at == BUDGET as u64, "{empty:?}");
    assert!(empty.back_to.unwrap() < house.dal.now());
    query.after = empty.next;
    let found = page(&admin, query).await;
    assert_eq!((found.items[0].id, found.next), (first, None));
    // All of it, page by page: nothing twice and nothing left out.
    let (mut seen, mut after): (Vec<EventRow>, _) = (Vec::new(), None);
    loop {
        let trail = page(&admin, AuditQuery { after, limit: 17, ..AuditQuery::default() }).await;
        seen.extend(trail.items);
        after = trail.next;
        if after.is_none() {
            break;
        }
    }
    let events = house.dal.records_with("\"what\":").await.unwrap();
    assert_eq!(seen.len(), events.iter().filter(|key| key.starts_with("a/")).count());
    assert!(seen.windows(2).all(|pair| pair[0].at >= pair[1].at));
    let ids: std::collections::HashSet<_> = seen.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_forgotten_after_so_long_and_that_is_an_event() {
    let house = patient().await;
    house.dal.set_policy(Policy { keep_events: 30 * DAY, ..patience() });
    let admin = house.admin().await;
    for _ in 0..1_200 {
        admin.verify().await.unwrap().account().set_preferences(Preferences::default()).await.unwrap();
    }
    let there = async || house.dal.records_with("\"what\":").await.unwrap().len();
    let before = there().await;
    house.clock.turn(30 * DAY + HOUR);
    assert_eq!(house.dal.sweep().await.unwrap().events, 0, "once a day is enough");
    house.clock.turn(23 * HOUR);
    let young = house.admin().await;
    // So many at once; whoever goes round goes on.
    assert_eq!(house.dal.sweep().await.unwrap().events, 1_000);
    assert_eq!(house.dal.sweep().await.unwrap().events, before - 1_000);
    assert_eq!(house.dal.sweep().await.unwrap().events, 0);
    let told: Vec<String> = find(&young, of_kinds(&["events-forgotten"])).await.iter().map(line).collect();
    let words = |count: usize| format!("the clock forgot {count} events up to 2026-11-24 11:12 UTC");
    assert_eq!(told.len(), 2, "one for each round, and not for each transaction");
    assert!(told.contains(&words(1_000)) && told.contains(&words(before - 1_000)), "{told:?}");
    // What is young stays: the sign-in, and those two.
    assert_eq!(find(&young, AuditQuery::default()).await.len(), 3);
    assert_eq!(there().await, 3);
}

/// SECURITY: the name of somebody who is gone means that one for as long as anything is told of them.
#[tokio::test(flavor = "multi_thread")]
async fn the_name_of_somebody_who_is_gone_is_free_when_the_trail_is_not_about_them_any_more() {
    let house = patient().await;
    house.dal.set_policy(Policy { keep_events: 30 * DAY, keep_deleted: DAY, ..patience() });
    let admin = house.admin().await;
    let old = house.user("bob", "operator").await;
    let id = old.claims().user;
    users(&admin).await.delete(&name("bob")).await.unwrap();
    let taken = async || {
        let admin = house.admin().await;
        let refused = users(&admin).await.create(named("bob")).await;
        refused.is_err_and(|why| why.to_string() == "the name bob is taken")
    };
    house.clock.turn(DAY);
    assert_eq!(sweep(&house).await, 1, "purged");
    let reader = house.admin().await;
    let deleted = users(&reader).await.deleted(UserQuery::default()).await.unwrap();
    assert!(deleted.items.is_empty(), "what is gone is not among what can be restored");
    assert!(taken().await);
    // Not yet: what is told of the purge is a day younger than what was before.
    house.clock.turn(29 * DAY + 23 * HOUR);
    assert_eq!(house.dal.sweep().await.unwrap().freed, 0);
    assert!(taken().await);
    house.clock.turn(2 * HOUR + DAY);
    let round = house.dal.sweep().await.unwrap();
    assert!(round.events > 0 && round.freed == 1, "{round:?}");
    assert_eq!(house.dal.sweep().await.unwrap().freed, 0);
    assert_eq!(house.dal.examine().await.unwrap().count, 0);
    // The name is the new one's, and nothing else of the old one is.
    let reader = house.admin().await;
    let freed = last(&reader, "name-freed").await;
    assert_eq!(line(&freed.row), "the clock freed the name bob: nothing is kept of who had it");
    let new = house.user("bob", "member").await;
    assert_ne!(new.claims().user, id);
    assert_eq!(new.claims().roles, roles("member"));
    assert!(old.verify().await.is_err() && new.verify().await.is_ok());
    // Nor does the trail lead from the one to the other.
    assert_eq!(last(&reader, "name-freed").await.leads_to, None);
    let of_old = find(&reader, AuditQuery { user: Some(id.to_string()), ..AuditQuery::default() }).await;
    assert_eq!(of_old.iter().map(|row| row.kind).collect::<Vec<_>>(), ["name-freed"]);
}

/// Everything that is secret is marked, a busy day is had, and the whole trail is looked through.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_in_the_trail() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let read = |text: &str, field: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        value[field].as_str().unwrap().to_owned()
    };
    let made = admin.run("users create alice --role member --json").await;
    assert_eq!(made.err, "");
    let made = made.out;
    let one_time = read(&made, "one_time_password");
    server.user("bob", "operator").await;
    let reset = admin.run("users reset-password bob --json").await;
    assert_eq!(reset.err, "");
    let reset = reset.out;
    let again = read(&reset, "one_time_password");
    admin.run("policy set accounts.sign_up invite").await;
    let invite = admin.run("invites create --role member --json").await.out;
    let code = read(&invite, "code");
    let wrong = "zqxj-secret-guess";
    for (who, password) in [("alice", wrong), ("nobody", wrong), ("bob", PASSWORD)] {
        assert!(Person::sign_in(server.port, who, password).await.is_none());
    }
    assert!(Person::sign_in(server.port, "alice", &one_time).await.is_some());
    admin.run("policy set session.cap 9").await;
    admin.run("users delete alice").await;
    let ran = admin.run("audit list --json").await;
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    assert!(rows.len() > 15, "{}", ran.out);
    let mut all = ran.out.clone();
    for row in &rows {
        let id = row["id"].as_str().unwrap();
        for line in [format!("audit show {id}"), format!("audit show {id} --json")] {
            let ran = admin.run(&line).await;
            assert_eq!(ran.status, 0, "{}", ran.err);
            all += &ran.out;
        }
    }
    let all = all.to_lowercase();
    let secrets = [&one_time, &again, &code, wrong, PASSWORD, "argon2"];
    for secret in secrets {
        assert!(!all.contains(&secret.to_lowercase()), "{secret} is in the trail");
    }
    let keys: std::collections::BTreeSet<&str> =
        rows.iter().flat_map(|row| row.as_object().unwrap().keys().map(String::as_str)).collect();
    let golden = ["actor", "at", "by", "from", "id", "kind", "target", "told"];
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), golden);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_find_and_show_events() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    admin.run("users create alice --role member").await;
    admin.run("users disable alice --reason 'on holiday' --until 2d").await;
    let zoned = [("TZ", "Europe/Berlin")];
    let list = admin.run_with(&zoned, "audit list --user alice --kind user-disabled,user-created").await.out;
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines.len(), 3, "{list}");
    assert!(lines[0].starts_with(
        "ID                WHEN                    WHO               FROM             DID WHAT"
    ));
    assert!(
        lines[1].contains(" CET")
            && lines[1].contains("  admin             127.0.0.1        disabled alice until ")
    );
    assert!(lines[1].ends_with(" CET: on holiday") && lines[2].ends_with("made the account alice: member"));
    let one = admin.run("audit list --since 1h --limit 1").await.out;
    assert_eq!(one.lines().count(), 2);
    assert!(admin.run("audit list --until 1h").await.out.lines().count() == 1, "nothing is that old");
    let id = lines[1].split(' ').next().unwrap();
    let shown = admin.run(&format!("audit show {id}")).await.out;
    for part in
        ["kind          user-disabled\n", "who           admin (", "whom          alice (", "(just now)\n"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    for (line, why) in [
        (
            "audit list --kind user-disable",
            "there is no kind of event \"user-disable\"; did you mean user-disabled?",
        ),
        ("audit list --since soon", "--since \"soon\" must be like 90min, 3d, 2026-12-03"),
        ("audit list --from home", "--from \"home\" is not an address"),
    ] {
        let ran = admin.run(line).await;
        assert!(ran.status == 2 && ran.err.contains(why), "{line}: {} {}", ran.status, ran.err);
    }
    for absent in ["nonsense", "aaaaaaaaaaaaaaaa"] {
        let ran = admin.run(&format!("audit show {absent}")).await;
        assert!(ran.err.contains(&format!("there is no event {absent}")), "{}", ran.err);
    }
    server.user("mia", "member").await;
    let mia = Person::sign_in(server.port, "mia", PASSWORD).await.unwrap();
    let refused = mia.run("audit list").await;
    assert!(refused.status != 0 && refused.err.contains("needs read-audit"), "{}", refused.err);
    assert!(!mia.run("help").await.out.contains("audit"));
    assert!(admin.run("help audit").await.out.contains("audit show"));
    server.stop().await;
}

/// How the trail is read by somebody who was there: in one piece.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_reads_like_this() {
    let house = patient().await;
    let admin = house.admin().await;
    let bob = house.user("bob", "member").await;
    house.clock.turn(SECOND);
    bob.end(EndReason::SignedOut).await.unwrap();
    house.clock.turn(SECOND);
    let bob = house.sign_in("bob").await;
    house.clock.turn(SECOND);
    admin.verify().await.unwrap().sessions().revoke(&bob.claims().handle).await.unwrap();
    house.clock.turn(SECOND);
    admin.verify().await.unwrap().sessions().tell_everybody(Line::parse("lunch").unwrap()).await.unwrap();
    let mut told: Vec<String> = find(&admin, AuditQuery::default()).await.iter().take(4).map(line).collect();
    told.reverse();
    let handle = &bob.claims().handle;
    assert_eq!(told[1], "bob signed in by password");
    assert_eq!(told[2], format!("admin ended session {handle} of bob"));
    assert_eq!(told[3], "admin said to everybody: lunch");
    assert!(
        told[0].starts_with("the server closed session ") && told[0].ends_with(" of bob: signed out"),
        "{}",
        told[0]
    );
}
