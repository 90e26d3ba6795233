//! Roles that somebody made, roles for a time, and why somebody may do something: that nobody gets more
//! from them than whoever gave it holds, and that everybody is told.

use std::fmt::Write as _;
use std::time::Duration;

use passholder::dal::roles::RoleChange;
use passholder::dal::users::{Dates, NewUser};
use passholder::dal::{DalError, Session};
use passholder::domain::id::Handle;
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::{
    self, CustomRole, Limits, MAX_CUSTOM, Permission, Permissions, RoleName, parse_permissions,
};
use passholder::domain::session::EndReason;
use passholder::domain::text::Line;
use passholder::domain::time::Timestamp;

use crate::support::PASSWORD;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};

pub const HOUR: Duration = Duration::from_hours(1);

pub fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

pub fn named(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

pub fn custom(text: &str, permissions: &str) -> CustomRole {
    CustomRole {
        name: named(text),
        about: format!("for the {text}"),
        permissions: parse_permissions(permissions).unwrap(),
        limits: Limits::default(),
    }
}

pub async fn create(by: &Session, role: CustomRole) -> Result<(), DalError> {
    by.verify().await?.roles().create(role).await
}

/// Edits a role as one does who looks at it first.
pub async fn edit(by: &Session, role: &str, change: impl FnOnce(&mut CustomRole)) -> Result<(), DalError> {
    let before = by.verify().await?.roles().get(&named(role)).await?.custom().unwrap();
    let mut after = before.clone();
    change(&mut after);
    by.verify().await?.roles().edit(before, after).await
}

pub async fn give(by: &Session, whom: &str, roles: &str) -> Result<(), DalError> {
    by.verify().await?.users().set_roles(&name(whom), role::parse_list(roles).unwrap()).await.map(drop)
}

pub async fn grant(by: &Session, whom: &str, role: &str, time: Duration) -> Result<(), DalError> {
    let until = by.dal().now().after(time);
    by.verify().await?.users().grant(&name(whom), &named(role), until).await
}

async fn may(session: &Session) -> Permissions {
    let _verified = session.verify().await.unwrap();
    session.claims().permissions
}

pub fn words<T>(result: Result<T, DalError>) -> String {
    result.map_or_else(|error| error.to_string(), |_| "done".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_add_up_and_the_strictest_limit_counts_in_sessions_that_are_live() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let minutes = |minutes| Some(Duration::from_mins(minutes));
    let strict = Limits { idle: minutes(10), lifetime: minutes(240), cap: Some(3) };
    create(&admin, CustomRole { limits: strict, ..custom("watcher", "read-audit") }).await.unwrap();
    let looser = Limits { idle: minutes(20), lifetime: minutes(120), cap: None };
    create(&admin, CustomRole { limits: looser, ..custom("greeter", "manage-invites") }).await.unwrap();
    give(&admin, "alice", "member, watcher, greeter").await.unwrap();
    let has = may(&alice).await;
    for permission in [Permission::OwnAccount, Permission::ReadAudit, Permission::ManageInvites] {
        assert!(has.has(permission), "{permission}");
    }
    let limits = alice.claims().limits;
    assert_eq!(limits, Limits { idle: minutes(10), lifetime: minutes(120), cap: Some(3) });
    assert_eq!(alice.claims().expires.since(alice.claims().created), 2 * HOUR);
    // The idle time of the strictest holds, and a role that is edited meanwhile counts at once.
    house.clock.turn(Duration::from_mins(9));
    assert!(alice.verify().await.is_ok());
    edit(&admin, "watcher", |role| role.limits.idle = minutes(5)).await.unwrap();
    assert!(alice.verify().await.is_err() || alice.claims().limits.idle == minutes(5));
    assert!(matches!(alice.verify().await, Err(DalError::Locked)));
    // A lifetime that is over already ends what is live, and says that a role was why.
    let bob = house.user("bob", "member").await;
    give(&admin, "bob", "member, greeter").await.unwrap();
    admin.typed(1);
    house.clock.turn(Duration::from_mins(6));
    edit(&admin, "greeter", |role| role.limits.lifetime = minutes(5)).await.unwrap();
    let Err(DalError::SessionEnded(ended)) = bob.verify().await else { panic!("still answers") };
    assert_eq!(ended.reason, EndReason::RoleChanged);
}

/// Two people have the same role open. The second to save reads what the first changed, and overwrites nothing.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_editor_is_told_what_the_first_changed() {
    let house = House::build().await;
    let (admin, boss) = (house.admin().await, house.user("boss", "admin").await);
    create(&admin, custom("desk", "read-users")).await.unwrap();
    let seen = boss.verify().await.unwrap().roles().get(&named("desk")).await.unwrap().custom().unwrap();
    let late = boss.verify().await.unwrap();
    edit(&admin, "desk", |role| role.permissions = parse_permissions("read-users, read-audit").unwrap())
        .await
        .unwrap();
    let mine = CustomRole { about: "another text".to_owned(), ..seen.clone() };
    let refused = boss.verify().await.unwrap().roles().edit(seen.clone(), mine.clone()).await;
    let DalError::Changed { by, what, .. } = refused.unwrap_err() else { panic!("overwritten") };
    assert_eq!((by.as_str(), what.as_str()), ("admin", "desk (read-audit was added)"));
    // Also when it was changed between the check and the write.
    let refused = late.roles().edit(seen, mine).await;
    assert_eq!(words(refused), "roles were changed meanwhile: in desk read-audit was added; look again");
    let now = admin.verify().await.unwrap().roles().get(&named("desk")).await.unwrap();
    assert_eq!(now.about, "for the desk");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_taken_once_and_built_in_roles_stay_as_they_are() {
    let house = House::build().await;
    let admin = house.admin().await;
    create(&admin, custom("desk", "read-users")).await.unwrap();
    let roles = async || admin.verify().await.unwrap().roles();
    for taken in ["desk", "admin", "member"] {
        let refused = words(create(&admin, custom(taken, "read-users")).await);
        assert_eq!(refused, format!("there is a role {taken} already"));
    }
    for fixed in ["admin", "operator"] {
        let refused = words(roles().await.delete(&named(fixed)).await);
        assert!(refused.contains("is built in and stays as it is"), "{refused}");
        let refused = words(roles().await.edit(custom(fixed, ""), custom(fixed, "read-users")).await);
        assert!(refused.contains("is built in and stays as it is"), "{refused}");
    }
    assert_eq!(words(roles().await.delete(&named("absent")).await), "there is no role absent");
    assert_eq!(words(roles().await.get(&named("absent")).await), "there is no role absent");
    roles().await.copy(&named("operator"), &named("night-desk")).await.unwrap();
    let copy = roles().await.get(&named("night-desk")).await.unwrap();
    assert_eq!(copy.permissions, roles().await.get(&named("operator")).await.unwrap().permissions);
    assert!(!copy.is_built_in && copy.about == "like operator");
    for (field, role) in [
        ("about", CustomRole { about: "x".repeat(61), ..custom("new", "") }),
        ("about", CustomRole { about: "\u{1b}[31m".to_owned(), ..custom("new", "") }),
        ("limits", CustomRole { limits: Limits { cap: Some(0), ..Limits::default() }, ..custom("new", "") }),
    ] {
        let refused = create(&admin, role).await;
        assert!(matches!(refused, Err(DalError::Invalid { field: of, .. }) if of == field), "{refused:?}");
    }
}

/// The book is one record: as full as it can be, it is stored and read.
#[tokio::test(flavor = "multi_thread")]
async fn there_are_64_roles_at_most_and_all_of_them_fit() {
    let house = House::build().await;
    let admin = house.admin().await;
    let day = Some(Duration::from_hours(24));
    let role = |index: usize| CustomRole {
        name: named(&format!("role-{index:02}-{}", "x".repeat(24))),
        about: "é".repeat(CustomRole::ABOUT),
        permissions: Permissions::of(Permission::ALL),
        limits: Limits { lifetime: day, idle: day, cap: Some(1_000) },
    };
    for index in 0..MAX_CUSTOM {
        create(&admin, role(index)).await.unwrap();
    }
    let refused = words(create(&admin, role(MAX_CUSTOM)).await);
    assert_eq!(refused, "there are 64 roles, and there cannot be more");
    let rows = admin.verify().await.unwrap().roles().list().await.unwrap();
    assert_eq!(rows.len(), MAX_CUSTOM + 4);
    assert_eq!(admin.claims().role_names().len(), MAX_CUSTOM + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_puts_into_a_role_what_they_do_not_hold() {
    let house = House::build().await;
    let (admin, mallory) = (house.admin().await, house.user("mallory", "member").await);
    let maker = "manage-roles, read-roles, assign-roles, manage-users, read-users";
    create(&admin, custom("maker", maker)).await.unwrap();
    create(&admin, custom("watcher", "read-audit")).await.unwrap();
    give(&admin, "mallory", "member, maker").await.unwrap();
    let forbidden = "you may not do this: it needs read-audit, which admin, auditor and watcher give";
    assert_eq!(words(create(&mallory, custom("mine", "read-audit")).await), forbidden);
    assert_eq!(words(give(&mallory, "mallory", "member, maker, watcher").await), forbidden);
    assert_eq!(words(grant(&mallory, "mallory", "watcher", HOUR).await), forbidden);
    let widen = edit(&mallory, "maker", |role| role.permissions = Permissions::of(Permission::ALL)).await;
    assert!(words(widen).starts_with("you may not do this: it needs reset-passwords"));
    // Nor is a role that holds more changed, whatever about it, copied or deleted.
    assert_eq!(words(edit(&mallory, "watcher", |role| role.about = "mine".to_owned()).await), forbidden);
    let roles = async || mallory.verify().await.unwrap().roles();
    assert_eq!(words(roles().await.copy(&named("watcher"), &named("mine")).await), forbidden);
    assert_eq!(words(roles().await.delete(&named("watcher")).await), forbidden);
    assert_eq!(words(roles().await.preview(&RoleChange::Delete(named("watcher"))).await), forbidden);
    // What they hold they may hand on.
    create(&mallory, custom("reader", "read-users")).await.unwrap();
    house.user("bob", "member").await;
    give(&mallory, "bob", "member, reader").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_a_time_has_bounds_and_moves() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    for (time, is_allowed) in [
        (Duration::from_secs(54), false),
        (Duration::from_mins(1), true),
        (24 * 30 * HOUR, true),
        (24 * 30 * HOUR + Duration::from_secs(1), false),
    ] {
        let tried = grant(&admin, "alice", "operator", time).await;
        assert_eq!(tried.is_ok(), is_allowed, "{time:?} {tried:?}");
    }
    grant(&admin, "alice", "operator", HOUR).await.unwrap();
    let user = admin.verify().await.unwrap().users().get(&name("alice")).await.unwrap();
    let [held] = user.row.grants.as_slice() else { panic!("{:?}", user.row.grants) };
    assert_eq!((held.until.since(house.dal.now()), held.by.as_str()), (HOUR, "admin"));
    assert_eq!(user.row.roles_for_good(), [RoleName::member()]);
    assert!(may(&alice).await.has(Permission::ReadUsers));
    assert_eq!(words(grant(&admin, "alice", "member", HOUR).await), "alice is member for good");
    let nobody = words(grant(&admin, "alice", "boss", HOUR).await);
    assert_eq!(nobody, "there is no role named boss; see `roles list`");
    for minutes in [14, 14, 14, 14, 4] {
        assert!(may(&alice).await.has(Permission::ReadUsers));
        admin.typed(1);
        alice.typed(1);
        house.clock.turn(Duration::from_mins(minutes));
    }
    admin.typed(1);
    alice.typed(1);
    assert!(!may(&alice).await.has(Permission::ReadUsers));
    let over = admin.verify().await.unwrap().users().ungrant(&name("alice"), &named("operator")).await;
    assert_eq!(words(over), "alice is not operator for a time");
    grant(&admin, "alice", "operator", HOUR).await.unwrap();
    admin.verify().await.unwrap().users().ungrant(&name("alice"), &named("operator")).await.unwrap();
    assert!(!may(&alice).await.has(Permission::ReadUsers));
}

/// Whom a change touches is known before it is made, and nothing is done by asking.
#[tokio::test(flavor = "multi_thread")]
async fn whom_a_change_touches_is_told_before_it_is_made() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    house.user("bob", "auditor").await;
    create(&admin, custom("desk", "read-users, read-sessions")).await.unwrap();
    give(&admin, "alice", "desk, member").await.unwrap();
    give(&admin, "bob", "auditor, desk").await.unwrap();
    let roles = async || admin.verify().await.unwrap().roles();
    let before = roles().await.get(&named("desk")).await.unwrap().custom().unwrap();
    let after = CustomRole { permissions: parse_permissions("read-users").unwrap(), ..before.clone() };
    let change = RoleChange::Edit { before: before.clone(), after };
    let touched = roles().await.preview(&change).await.unwrap();
    assert_eq!((touched.users, touched.names.as_slice()), (2, [name("alice"), name("bob")].as_slice()));
    // Bob reads sessions as an auditor too: nothing changes for him.
    let handles: Vec<&Handle> = touched.first_sessions.iter().map(|one| &one.handle).collect();
    assert!(handles.contains(&&alice.claims().handle) && handles.len() == touched.sessions);
    assert!(touched.first_sessions.iter().all(|one| one.user == name("alice")));
    assert_eq!(touched.first_sessions[0].lost, [Permission::ReadSessions]);
    assert_eq!((touched.gained.len(), touched.lost.as_slice()), (0, [Permission::ReadSessions].as_slice()));
    let lines = touched.lines().join("\n");
    assert!(lines.starts_with("2 users hold it: alice, bob.\nTaken out: read-sessions.\n"), "{lines}");
    assert_eq!(roles().await.get(&named("desk")).await.unwrap().custom(), Some(before));
    assert!(may(&alice).await.has(Permission::ReadSessions));
    let touched = roles().await.preview(&RoleChange::Delete(named("desk"))).await.unwrap();
    assert_eq!((touched.users, touched.lost.len()), (2, 5));
    assert_eq!(words(roles().await.delete(&named("desk")).await), "alice, bob hold desk; take it away first");
    // Who may not see users or sessions is told how many, and not who.
    let maker = house.user("maker", "member").await;
    create(&admin, custom("maker", "manage-roles, read-roles")).await.unwrap();
    create(&admin, custom("empty", "")).await.unwrap();
    give(&admin, "maker", "member, maker").await.unwrap();
    give(&admin, "alice", "empty, member").await.unwrap();
    let blind = maker.verify().await.unwrap().roles();
    let touched = blind.preview(&RoleChange::Delete(named("empty"))).await.unwrap();
    assert_eq!((touched.users, touched.names.len(), touched.first_sessions.len()), (1, 0, 0));
    let refused = words(maker.verify().await.unwrap().roles().delete(&named("empty")).await);
    assert_eq!(refused, "1 user holds empty; take it away first");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_explained_why_somebody_may_or_may_not() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    house.invite("fresh", "auditor").await;
    create(&admin, custom("desk", "read-users")).await.unwrap();
    grant(&admin, "alice", "desk", HOUR).await.unwrap();
    let explain = async |by: &Session, whom: &str, permission| {
        let explained = by.verify().await.unwrap().roles().explain(&name(whom), permission).await;
        explained.map(|explained| explained.words(Timestamp::minute))
    };
    assert_eq!(
        explain(&admin, "alice", Permission::ReadUsers).await.unwrap(),
        "alice may see every account: through desk until 2026-11-23 12:12 UTC."
    );
    assert_eq!(
        explain(&admin, "alice", Permission::ManageUsers).await.unwrap(),
        "alice may not create, edit, disable and delete accounts: it needs manage-users, which admin gives."
    );
    assert_eq!(
        explain(&admin, "fresh", Permission::ReadAudit).await.unwrap(),
        "fresh may not see the audit trail: through auditor, but the one-time password has to be replaced first."
    );
    let users = admin.verify().await.unwrap().users();
    users.disable(&name("fresh"), Line::parse("left").unwrap()).await.unwrap();
    let closed = explain(&admin, "fresh", Permission::ReadAudit).await.unwrap();
    assert!(closed.ends_with("through auditor, but the account was disabled by admin: left."), "{closed}");
    // One's own always, others' not.
    assert!(explain(&alice, "alice", Permission::ManageUsers).await.unwrap().contains("which admin gives"));
    let (others, nobodys) = (
        explain(&alice, "admin", Permission::ManageUsers).await.unwrap_err(),
        explain(&alice, "nobody-at-all", Permission::ManageUsers).await.unwrap_err(),
    );
    assert_eq!(others, nobodys);
    let holders = admin.verify().await.unwrap().roles().holders(Permission::ReadUsers).await.unwrap();
    let told: Vec<_> = holders.iter().map(|row| (row.role.as_str(), row.held_by)).collect();
    assert_eq!(told, [("admin", 1), ("operator", 0), ("auditor", 1), ("desk", 1)]);
}

/// What is not one's own looks like what is not there, whichever way one asks and whatever one guesses.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ones_own_looks_like_what_is_not_there() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    create(&admin, custom("secret-plan", "read-users")).await.unwrap();
    let foreign = admin.claims().handle.clone();
    let mut guess = foreign.to_string().into_bytes();
    guess[0] = if guess[0] == b'a' { b'b' } else { b'a' };
    let absent = Handle::parse(&String::from_utf8(guess).unwrap()).unwrap();
    let sessions = async || alice.verify().await.unwrap().sessions();
    let roles = async || alice.verify().await.unwrap().roles();
    let users = async || alice.verify().await.unwrap().users();
    let plain = |words: String| {
        [&foreign, &absent].iter().fold(words, |all, one| all.replace(&one.to_string(), "it"))
    };
    for (one, other) in [
        (words(sessions().await.get(&foreign).await), words(sessions().await.get(&absent).await)),
        (words(sessions().await.revoke(&foreign).await), words(sessions().await.revoke(&absent).await)),
        (words(sessions().await.resume(&foreign).await), words(sessions().await.resume(&absent).await)),
    ] {
        assert_eq!((plain(one.clone()), &plain(one)), (plain(other), &"there is no session it".to_owned()));
    }
    let (there, not) = (named("secret-plan"), named("not-there"));
    for (one, other) in [
        (words(roles().await.get(&there).await), words(roles().await.get(&not).await)),
        (words(roles().await.delete(&there).await), words(roles().await.delete(&not).await)),
        (
            words(roles().await.copy(&there, &named("x")).await),
            words(roles().await.copy(&not, &named("x")).await),
        ),
        (words(users().await.get(&name("admin")).await), words(users().await.get(&name("zoe")).await)),
        (words(users().await.delete(&name("admin")).await), words(users().await.delete(&name("zoe")).await)),
        (
            words(grant(&alice, "admin", "member", HOUR).await),
            words(grant(&alice, "zoe", "member", HOUR).await),
        ),
    ] {
        assert_eq!(one, other);
        assert!(one.starts_with("you may not do this: it needs"), "{one}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_made_and_explained_by_commands() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    server.user("alice", "member").await;
    let told = async |line: &str| {
        let ran = admin.run(line).await;
        format!("{}{}", ran.out, ran.err).trim_end().to_owned() + &format!(" = {}", ran.status)
    };
    let mut transcript = String::new();
    for line in [
        "roles list",
        "roles create desk --about 'front desk' --allow read-users --allow lift-locks --idle 10min --cap 2",
        "roles create desk --allow read-users",
        "roles create bad --allow fly",
        "roles create bad --lifetime forever",
        "roles create bad --cap 0",
        "roles create list --allow read-users",
        "roles create --allow=read-audit",
        "roles create 'two words'",
        "roles show desk",
        "roles show desk --json",
        "roles show nothing",
        "roles edit admin --allow read-users",
        "roles edit desk --deny lift-locks --idle none --lifetime 4h --dry-run",
        "roles edit desk --deny lift-locks --idle none --lifetime 4h",
        "roles show desk",
        "users create frida --role desk --role member --json",
        "users create ghost --role absent",
        "roles delete desk --dry-run",
        "roles delete desk",
        "roles delete member",
        "roles copy operator night --dry-run",
        "roles copy operator night",
        "roles delete night --dry-run --json",
        "roles delete night",
        "roles list --json",
        "users grant alice operator --until 30s",
        "users grant alice operator --until soon",
        "users grant alice member --until 2h",
        "users grant alice operator --until 2h",
        "users ungrant alice operator",
        "users ungrant alice operator",
        "explain alice read-users",
        "explain read-audit",
        "explain alice fly",
        "explain read-audit --json",
        "explain nobody-here read-users",
        "help roles",
    ] {
        let answer = told(line).await;
        let masked = masked(&answer);
        let _ = write!(transcript, "$ {line}\n{masked}\n\n");
    }
    insta::assert_snapshot!(transcript);
    // Somebody without a say in it.
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    for line in [
        "users grant alice admin --until 2h",
        "users create eve --role admin",
        "users create --role=member --display-name=--role=admin eve",
        "roles create mine --allow manage-users",
        "roles edit desk --allow manage-users",
        "roles list",
        "explain admin manage-users",
        "explain manage-users",
    ] {
        let ran = alice.run(line).await;
        assert!(ran.status == 4 && ran.err.contains(", which admin"), "{line}: {ran:?}");
    }
    let why = alice.run("explain alice manage-users").await;
    assert_eq!(why.status, 0, "{}", why.err);
    server.stop().await;
}

/// Passing things by their form.
fn masked(text: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let is_day = word.len() == 10 && word.chars().filter(|c| *c == '-').count() == 2;
        let is_minute = word.len() == 5 && word.chars().nth(2) == Some(':');
        out.push(match word {
            _ if is_day && word.starts_with("20") => "(day)".to_owned(),
            _ if is_minute => "(minute)".to_owned(),
            word => word.to_owned(),
        });
    }
    let text = out.join(" ");
    match text.split_once("\"one_time_password\":\"") {
        Some((before, after)) => {
            let rest = after.split_once('"').map_or("", |(_, rest)| rest);
            format!("{before}\"one_time_password\":\"…\"{rest}")
        }
        None => text,
    }
}

/// Names that look like words of a command are names.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_a_name_whatever_it_looks_like() {
    let house = House::build().await;
    let admin = house.admin().await;
    for odd in ["list", "create", "admin2", "role", "json"] {
        create(&admin, custom(odd, "read-users")).await.unwrap();
    }
    let new = NewUser {
        name: name("grant"),
        display_name: DisplayName::parse("--role=admin").unwrap(),
        roles: vec![RoleName::member(), named("list")],
        dates: Dates::default(),
    };
    admin.verify().await.unwrap().users().create(new).await.unwrap();
    let user = admin.verify().await.unwrap().users().get(&name("grant")).await.unwrap();
    assert_eq!(role::list(&user.row.roles), "list, member");
    assert!(!user.permissions.contains(&Permission::ManageUsers));
}
