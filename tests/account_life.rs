//! The life of an account: closed for a time, valid between dates, deleted and restored, gone; and passwords
//! that are handed out, lost and replaced. The clock is turned, and nobody waits for the sweeper who need not.

use std::time::Duration;

use passholder::dal::users::{Dates, NewUser, UserQuery, UserState};
use passholder::dal::{DalError, Engine, Session};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::policy::Policy;
use passholder::domain::preferences::{Preferences, ThemeChoice};
use passholder::domain::role::RoleName;
use passholder::domain::secret::{Password, Secret};
use passholder::domain::session::{Duty, EndReason, Ended};
use passholder::domain::text::Line;
use passholder::domain::time::Timestamp;

use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, roomy};

pub const HOUR: Duration = Duration::from_hours(1);
pub const DAY: Duration = Duration::from_hours(24);

pub fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn holiday() -> Line {
    Line::parse("holiday").unwrap()
}

pub fn roles(role: &str) -> Vec<RoleName> {
    vec![RoleName::parse(role).unwrap()]
}

pub fn until(expires: Timestamp) -> Dates {
    Dates { begins: None, expires: Some(expires) }
}

/// A house in which nobody is sent away for not typing.
pub async fn patient() -> House {
    let house = House::build().await;
    house.dal.set_policy(patience());
    house
}

pub fn patience() -> Policy {
    let long = Duration::from_hours(24 * 365);
    Policy {
        session_idle: long,
        admin_session_idle: long,
        session_lifetime: long,
        admin_session_lifetime: long,
        ..roomy()
    }
}

pub async fn users(session: &Session) -> passholder::dal::users::Users {
    session.verify().await.unwrap().users()
}

pub async fn ended(session: &Session) -> Ended {
    match session.verify().await {
        Err(DalError::SessionEnded(ended)) => ended,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("still answers"),
    }
}

/// What somebody is told at the door.
pub async fn told(house: &House, user: &str, password: &str) -> Option<String> {
    match house.try_sign_in(user, password).await {
        Ok(_) => None,
        Err(why) => Some(why.to_string()),
    }
}

/// Everything that is due, done.
pub async fn sweep(house: &House) -> usize {
    let mut done = 0;
    loop {
        let round = house.dal.sweep().await.unwrap();
        assert_eq!(round.failed, 0);
        done += round.done;
        if round.next.is_none_or(|next| next > house.dal.now()) {
            return done;
        }
    }
}

/// How many events of a kind there are.
pub async fn events(house: &House, what: &str) -> usize {
    let found = house.dal.records_with(&format!("\"what\":\"{what}\"")).await.unwrap();
    found.iter().filter(|key| key.starts_with("a/")).count()
}

pub const DENIED: &str = "access denied";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_reads_why_and_until_when_behind_the_password_and_works_again_by_itself() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let end = house.dal.now().after(10 * DAY);
    users(&admin).await.suspend(&name("alice"), holiday(), end).await.unwrap();
    assert_eq!(ended(&alice).await.to_string(), "Your account was disabled by admin: holiday.");
    let words = "Your account is disabled until 3 December 11:12 UTC: holiday. Ask an administrator.";
    assert_eq!(told(&house, "alice", PASSWORD).await.as_deref(), Some(words));
    assert_eq!(told(&house, "alice", "wrong").await.as_deref(), Some(DENIED));
    assert_eq!(told(&house, "nobody", PASSWORD).await.as_deref(), Some(DENIED));
    let state = async || users(&admin).await.get(&name("alice")).await.unwrap().row.state;
    assert_eq!(state().await, UserState::Suspended);
    // Nobody has swept: who reads compares the times.
    house.clock.turn(10 * DAY);
    assert_eq!((state().await, told(&house, "alice", PASSWORD).await), (UserState::Enabled, None));
    assert!(matches!(users(&admin).await.enable(&name("alice")).await, Err(DalError::Conflict { .. })));
    assert_eq!((sweep(&house).await, events(&house, "user-enabled").await), (1, 1));
    assert_eq!((sweep(&house).await, events(&house, "user-enabled").await), (0, 1));
    // Without an end, and an end that is past.
    users(&admin).await.disable(&name("alice"), holiday()).await.unwrap();
    let words = "Your account is disabled: holiday. Ask an administrator.";
    assert_eq!(told(&house, "alice", PASSWORD).await.as_deref(), Some(words));
    let late = users(&admin).await.suspend(&name("alice"), holiday(), house.dal.now()).await;
    assert!(matches!(late, Err(DalError::Invalid { field: "until", .. })), "{late:?}");
}

/// The times of somebody are told where they are, as their account says.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_reads_it_in_their_own_time() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let zone = passholder::domain::zone::Zone::parse("Europe/Berlin").ok();
    let account = alice.verify().await.unwrap().account();
    account.set_preferences(Preferences { zone, ..Preferences::default() }).await.unwrap();
    users(&admin).await.suspend(&name("alice"), holiday(), house.dal.now().after(DAY)).await.unwrap();
    let words = "Your account is disabled until 24 November 12:12 CET: holiday. Ask an administrator.";
    assert_eq!(told(&house, "alice", PASSWORD).await.as_deref(), Some(words));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_valid_between_its_dates() {
    let house = patient().await;
    let admin = house.admin().await;
    let now = house.dal.now();
    let new = NewUser {
        name: name("guest"),
        display_name: DisplayName::parse("Guest").unwrap(),
        roles: roles("member"),
        dates: Dates { begins: Some(now.after(2 * DAY)), expires: Some(now.after(5 * DAY)) },
    };
    let one_time = users(&admin).await.create(new).await.unwrap();
    let early = "Your account is not valid before 25 November 11:12 UTC. Ask an administrator.";
    assert_eq!(told(&house, "guest", one_time.expose()).await.as_deref(), Some(early));
    assert_eq!(told(&house, "guest", "wrong").await.as_deref(), Some(DENIED));
    // The one-time password, whose day is over otherwise, is for the first day of the account.
    house.clock.turn(2 * DAY + HOUR);
    let guest = house.try_sign_in("guest", one_time.expose()).await.unwrap();
    let account = guest.verify().await.unwrap().account();
    account.choose_password(None, secret(PASSWORD)).await.unwrap();
    assert_eq!((sweep(&house).await, events(&house, "account-began").await), (1, 1));
    let detail = users(&admin).await.get(&name("guest")).await.unwrap();
    assert_eq!((detail.begins, detail.expires), (None, Some(now.after(5 * DAY))));
    // Its sessions know how long they last, and end with it.
    assert_eq!(guest.claims().expires, now.after(5 * DAY));
    house.clock.turn(3 * DAY);
    assert_eq!(ended(&guest).await.reason, EndReason::AccountExpired);
    let late = "Your account expired on 28 November 11:12 UTC. Ask an administrator.";
    assert_eq!(told(&house, "guest", PASSWORD).await.as_deref(), Some(late));
    assert_eq!((sweep(&house).await, events(&house, "account-expired").await), (1, 1));
    assert_eq!(sweep(&house).await, 0);
    assert_eq!(ended(&guest).await.to_string(), "Your account has expired. Ask an administrator.");
    // Longer after all.
    users(&admin).await.set_dates(&name("guest"), until(now.after(9 * DAY))).await.unwrap();
    assert_eq!(told(&house, "guest", PASSWORD).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_that_make_no_sense_and_those_of_the_last_administrator_are_refused() {
    let house = patient().await;
    let (admin, _) = (house.admin().await, house.user("alice", "member").await);
    let now = house.dal.now();
    let wrong =
        async |user: &str, dates| users(&admin).await.set_dates(&name(user), dates).await.unwrap_err();
    assert!(matches!(wrong("alice", until(now)).await, DalError::Invalid { field: "until", .. }));
    let turned = Dates { begins: Some(now.after(2 * DAY)), expires: Some(now.after(DAY)) };
    assert!(matches!(wrong("alice", turned).await, DalError::Invalid { field: "from", .. }));
    let refused = wrong("admin", until(now.after(DAY))).await;
    assert_eq!(
        refused.to_string(),
        "this is the last administrator, who cannot have dates: nobody could open the account again; \
         make somebody else one first"
    );
    // With another one it goes, and a role for good without dates counts again.
    house.user("boss", "admin").await;
    users(&admin).await.set_dates(&name("admin"), until(now.after(DAY))).await.unwrap();
    let boss = house.sign_in("boss").await;
    let last = users(&boss).await.disable(&name("boss"), holiday()).await;
    assert!(matches!(last, Err(DalError::Conflict { .. })), "{last:?}");
    users(&boss).await.set_dates(&name("admin"), Dates::default()).await.unwrap();
    users(&boss).await.disable(&name("boss"), holiday()).await.unwrap();
}

/// Somebody who has begun later than now is sent away at once, and told so.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_to_begin_later_closes_its_sessions() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let dates = Dates { begins: Some(house.dal.now().after(DAY)), expires: None };
    users(&admin).await.set_dates(&name("alice"), dates).await.unwrap();
    let ended = ended(&alice).await;
    assert_eq!((ended.reason, ended.by), (EndReason::AccountNotYet, Some(name("admin"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_account_is_nobodys_until_it_is_restored_as_it_was() {
    let house = patient().await;
    let (admin, bob) = (house.admin().await, house.user("bob", "operator").await);
    let account = bob.verify().await.unwrap().account();
    let chosen = Preferences { theme: ThemeChoice::HighContrast, ..Preferences::default() };
    account.set_preferences(chosen.clone()).await.unwrap();
    users(&admin).await.delete(&name("bob")).await.unwrap();
    assert_eq!(ended(&bob).await.to_string(), "Your account was deleted by admin.");
    assert_eq!(told(&house, "bob", PASSWORD).await.as_deref(), Some(DENIED));
    let absent = users(&admin).await.get(&name("bob")).await;
    assert!(matches!(absent, Err(DalError::NotFound { .. })), "{absent:?}");
    let there = users(&admin).await.list(UserQuery { limit: 50, ..UserQuery::default() }).await.unwrap();
    assert!(there.items.iter().all(|row| row.name != name("bob")));
    let listed = async || {
        let query = UserQuery { limit: 50, ..UserQuery::default() };
        users(&admin).await.deleted(query).await.unwrap().items
    };
    let row = listed().await.pop().unwrap();
    assert_eq!((&row.name, &row.by, row.roles), (&name("bob"), &name("admin"), roles("operator")));
    assert_eq!(row.until, house.dal.now().after(7 * DAY));
    // Its name is taken meanwhile.
    let again = users(&admin).await.create(named("bob")).await;
    assert_eq!(again.unwrap_err().to_string(), "the name bob is taken");
    users(&admin).await.restore(&name("bob")).await.unwrap();
    assert!(listed().await.is_empty());
    let bob = house.sign_in("bob").await;
    assert_eq!((&bob.claims().roles, &bob.claims().preferences), (&roles("operator"), &chosen));
    // A week later there is nothing to restore, swept or not.
    users(&admin).await.delete(&name("bob")).await.unwrap();
    house.clock.turn(7 * DAY);
    assert!(listed().await.is_empty());
    let gone = users(&admin).await.restore(&name("bob")).await;
    assert!(matches!(gone, Err(DalError::NotFound { .. })), "{gone:?}");
}

pub fn named(user: &str) -> NewUser {
    NewUser {
        name: name(user),
        display_name: DisplayName::parse(user).unwrap(),
        roles: roles("member"),
        dates: Dates::default(),
    }
}

/// Everything that names somebody, as it would be found in a stolen copy of the folder.
#[tokio::test(flavor = "multi_thread")]
async fn of_an_account_that_is_gone_only_its_trail_and_its_name_are_left() {
    let house = patient().await;
    let admin = house.admin().await;
    for by_hand in [true, false] {
        let whom = if by_hand { "bob" } else { "carol" };
        let session = house.user(whom, "operator").await;
        let id = session.claims().user.to_string();
        for _ in 0..90 {
            house.sign_in(whom).await.end(EndReason::SignedOut).await.unwrap();
        }
        assert!(house.try_from("192.0.2.66", whom, "wrong").await.is_err());
        let chosen = Preferences { mouse: false, ..Preferences::default() };
        session.verify().await.unwrap().account().set_preferences(chosen).await.unwrap();
        let open = house.sign_in(whom).await;
        users(&admin).await.set_dates(&name(whom), until(house.dal.now().after(30 * DAY))).await.unwrap();
        users(&admin).await.delete(&name(whom)).await.unwrap();
        if by_hand {
            users(&admin).await.purge(&name(whom)).await.unwrap();
        } else {
            house.clock.turn(7 * DAY);
            assert_eq!(sweep(&house).await, 1);
        }
        let left = house.dal.records_with(&id).await.unwrap();
        let reserved = format!("ud/{whom}");
        let is_its_name = |key: &String| *key == reserved || (key.starts_with("ug/") && key.ends_with(whom));
        assert!(left.iter().all(|key| key.starts_with("a/") || is_its_name(key)), "{left:?}");
        assert!(left.contains(&reserved));
        // Nor is anything found by the name, which the sessions and lists had too.
        let by_name = house.dal.records_with(&format!("/{whom}")).await.unwrap();
        assert!(by_name.len() == 2 && by_name.iter().all(is_its_name), "{by_name:?}");
        let refused = users(&admin).await.create(named(whom)).await;
        assert_eq!(refused.unwrap_err().to_string(), format!("the name {whom} is taken"));
        for old in [&session, &open] {
            assert!(matches!(old.verify().await, Err(DalError::SessionEnded(_))));
        }
        assert_eq!(told(&house, whom, PASSWORD).await.as_deref(), Some(DENIED));
    }
    assert_eq!(events(&house, "user-purged").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_is_neither_deleted_nor_leaves() {
    let house = patient().await;
    house.dal.set_policy(Policy { delete_own_account: true, ..patience() });
    let admin = house.admin().await;
    let last = users(&admin).await.delete(&name("admin")).await.unwrap_err();
    assert!(last.to_string().contains("last administrator"), "{last}");
    let last = admin.verify().await.unwrap().account().delete_own(secret(PASSWORD), None).await.unwrap_err();
    assert!(last.to_string().contains("last administrator"), "{last}");
    // Who was deleted is no administrator, and is one again.
    let boss = house.user("boss", "admin").await;
    users(&admin).await.delete(&name("boss")).await.unwrap();
    assert!(users(&admin).await.delete(&name("admin")).await.is_err());
    users(&admin).await.restore(&name("boss")).await.unwrap();
    users(&admin).await.delete(&name("admin")).await.unwrap();
    drop(boss);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_delete_their_own_account_with_their_password_where_the_policy_lets_them() {
    let house = patient().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let leave = async |password: &str| {
        alice.verify().await.unwrap().account().delete_own(secret(password), None).await
    };
    assert!(matches!(leave(PASSWORD).await, Err(DalError::Conflict { .. })));
    house.dal.set_policy(Policy { delete_own_account: true, ..patience() });
    assert!(matches!(leave("wrong").await, Err(DalError::Invalid { field: "password", .. })));
    assert_eq!(users(&admin).await.get(&name("alice")).await.unwrap().failed_sign_ins, 1);
    let elsewhere = house.sign_in("alice").await;
    leave(PASSWORD).await.unwrap();
    let words = "Your account was deleted: an administrator can restore it until 2026-11-30 11:12 UTC.";
    assert_eq!(ended(&alice).await.to_string(), words);
    assert_eq!(ended(&elsewhere).await.to_string(), words);
    assert_eq!(told(&house, "alice", PASSWORD).await.as_deref(), Some(DENIED));
    users(&admin).await.restore(&name("alice")).await.unwrap();
    assert_eq!(told(&house, "alice", PASSWORD).await, None);
}

/// Both opened the form, one saved: the other is told, and what they save over is what they have seen.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_the_same_the_second_is_told() {
    let house = patient().await;
    let admin = house.admin().await;
    let (bob, _) = (house.user("bob", "admin").await, house.user("alice", "member").await);
    let seen = users(&admin).await.get(&name("alice")).await.unwrap().row.revision;
    house.clock.turn(Duration::from_mins(3));
    users(&bob).await.seen(seen).set_roles(&name("alice"), roles("operator")).await.unwrap();
    let late = users(&admin).await.seen(seen).set_roles(&name("alice"), roles("auditor")).await.unwrap_err();
    assert_eq!(
        late.to_string(),
        "bob changed the roles to operator at 2026-11-23 11:15 UTC; look before you save"
    );
    let now = async || users(&admin).await.get(&name("alice")).await.unwrap().row;
    assert_eq!(now().await.roles, roles("operator"));
    // Another part of the account is nobody's business, however old the form is.
    let other = DisplayName::parse("Alice A.").unwrap();
    let own = users(&admin).await.seen(seen).set_display_name(&name("alice"), other).await.unwrap();
    let expires = until(house.dal.now().after(DAY));
    users(&bob).await.seen(seen).set_dates(&name("alice"), expires).await.unwrap();
    // The same as what is there already is no change of anybody's.
    users(&admin).await.seen(seen).set_roles(&name("alice"), roles("operator")).await.unwrap();
    // Who looked saves; somebody who changed it once more in between is not overwritten.
    let DalError::Changed { revision, .. } = late else { panic!("{late:?}") };
    users(&bob).await.set_roles(&name("alice"), roles("member")).await.unwrap();
    let again =
        users(&admin).await.seen(revision).set_roles(&name("alice"), roles("auditor")).await.unwrap_err();
    let DalError::Changed { revision, .. } = again else { panic!("{again:?}") };
    users(&admin).await.seen(revision).set_roles(&name("alice"), roles("auditor")).await.unwrap();
    assert_eq!(now().await.roles, roles("auditor"));
    // What one saved oneself is taken back with what it became, not with what it was.
    let back = DisplayName::parse("Alice").unwrap();
    users(&admin).await.seen(own).set_display_name(&name("alice"), back).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_save_the_same_form_at_once_one_is_first() {
    let house = patient().await;
    let (admin, _) = (house.admin().await, house.user("alice", "member").await);
    let seen = users(&admin).await.get(&name("alice")).await.unwrap().row.revision;
    let mut saving = tokio::task::JoinSet::new();
    for number in 0..20 {
        let admin = admin.clone();
        saving.spawn(async move {
            let display_name = DisplayName::parse(&format!("Alice {number}")).unwrap();
            users(&admin).await.seen(seen).set_display_name(&name("alice"), display_name).await
        });
    }
    let saved = saving.join_all().await;
    assert_eq!(saved.iter().filter(|saved| saved.is_ok()).count(), 1, "{saved:?}");
}

/// A stranger finds nobody at home, and the house is set up once.
#[tokio::test(flavor = "multi_thread")]
async fn there_is_no_account_that_nobody_made() {
    let house = House::reopen(Engine::Memory).unwrap();
    for (user, password) in [("admin", "admin"), ("root", ""), ("admin", ""), ("passholder", "passholder")] {
        assert_eq!(told(&house, user, password).await.as_deref(), Some(DENIED));
    }
    let one_time = house.dal.set_up(None).await.unwrap().unwrap();
    assert!(house.dal.set_up(None).await.is_err());
    assert!(house.dal.set_up(Password::parse(PASSWORD)).await.is_err());
    for (user, password) in [("admin", "admin"), ("root", ""), ("admin", "")] {
        assert_eq!(told(&house, user, password).await.as_deref(), Some(DENIED));
    }
    let admin = house.try_sign_in("admin", one_time.expose()).await.unwrap();
    assert_eq!(admin.claims().duty, Some(Duty::ChooseAPassword));
}

/// The commands, one after the other, as an administrator types them.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_led_through_its_life_by_commands() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let run = async |line: &str| {
        let ran = admin.run(line).await;
        (ran.status, if ran.status == 0 { ran.out } else { ran.err })
    };
    let says = |(status, said): (u32, String), expected: &str| {
        assert!(status == 0 && said.contains(expected), "{status}: {said}");
    };
    let made = run("users create bob --role member --from 2099-01-01 --until 2099-02-01 --json").await;
    assert_eq!(made.0, 0, "{}", made.1);
    says(run("users show bob").await, "valid from    2099-01-01 00:00 UTC (in ");
    says(
        run("users dates bob --from none --json").await,
        r#"{"name":"bob","begins":null,"expires":"2099-02-01T"#,
    );
    says(run("users dates bob --until none").await, "bob is valid for ever\n");
    assert_eq!(run("users dates bob").await.0, 2);
    assert_eq!(run("users dates bob --until soon").await.0, 2);
    assert_eq!(run("users dates bob --until 2001-01-01").await.0, 2);
    assert_eq!(run("users dates admin --until 3d").await.0, 6);
    let reset: serde_json::Value =
        serde_json::from_str(&run("users reset-password bob --json").await.1).unwrap();
    let code = reset["one_time_password"].as_str().unwrap();
    // With it nothing runs; and it was used.
    let bob = Person::sign_in(server.port, "bob", code).await.unwrap();
    assert_eq!(bob.run("whoami").await.status, 8);
    assert!(Person::sign_in(server.port, "bob", code).await.is_none());
    let said = run("users reset-password bob").await;
    says(said, "the one-time password of bob, shown once, is\n");
    assert_eq!(run("users require-password-change bob").await.0, 6);
    says(run("users delete bob").await, "bob is deleted\n");
    says(run("users deleted").await, "bob ");
    says(run("users deleted --json").await, r#""by":"admin","until":""#);
    assert_eq!(run("users delete bob").await.0, 5);
    says(run("users restore bob").await, "bob is restored\n");
    says(run("users show bob").await, "pending");
    says(run("users delete bob --for-good").await, "bob is gone for good\n");
    says(run("users deleted --json").await, "[\n]\n");
    assert_eq!(run("users restore bob").await.0, 5);
    assert_eq!(run("users create bob --role member").await.0, 6);
    server.user("carol", "member").await;
    says(run("users require-password-change carol").await, "asked for a new password");
    says(run("users show carol").await, "to be replaced at the next sign-in");
    let carol = Person::sign_in(server.port, "carol", PASSWORD).await.unwrap();
    let mut screen = carol.dashboard(80, 24).await;
    screen.see("has to be replaced").await;
    screen.choose("walnut saddle orbit fennel 3").await;
    screen.see("This session").await;
    server.stop().await;
}
