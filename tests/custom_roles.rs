//! Roles that somebody made, roles for a time, and why somebody may do something: that nobody gets more
//! from them than whoever gave it holds, and that everybody is told.

use std::fmt::Write as _;
use std::time::Duration;

use passholder::dal::roles::RoleChange;
use passholder::dal::users::NewUser;
use passholder::dal::{DalError, Session};
use passholder::domain::id::Handle;
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::{
    self, CustomRole, Limits, MAX_CUSTOM, Permission, Permissions, RoleName, parse_permissions,
};
use passholder::domain::session::EndReason;
use passholder::domain::text::Line;
use passholder::domain::time::Timestamp;
use passholder::tui::screens::Route;
use passholder::tui::terminal::Profile;

use crate::support::PASSWORD;
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};

const HOUR: Duration = Duration::from_hours(1);

fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

fn named(text: &str) -> RoleName {
    RoleName::parse(text).unwrap()
}

fn custom(text: &str, permissions: &str) -> CustomRole {
    CustomRole {
        name: named(text),
        about: format!("for the {text}"),
        permissions: parse_permissions(permissions).unwrap(),
        limits: Limits::default(),
    }
}

async fn create(by: &Session, role: CustomRole) -> Result<(), DalError> {
    by.verify().await?.roles().create(role).await
}

/// Edits a role as one does who looks at it first.
async fn edit(by: &Session, role: &str, change: impl FnOnce(&mut CustomRole)) -> Result<(), DalError> {
    let before = by.verify().await?.roles().get(&named(role)).await?.custom().unwrap();
    let mut after = before.clone();
    change(&mut after);
    by.verify().await?.roles().edit(before, after).await
}

async fn give(by: &Session, whom: &str, roles: &str) -> Result<(), DalError> {
    by.verify().await?.users().set_roles(&name(whom), role::parse_list(roles).unwrap()).await
}

async fn grant(by: &Session, whom: &str, role: &str, time: Duration) -> Result<(), DalError> {
    let until = by.dal().now().after(time);
    by.verify().await?.users().grant(&name(whom), &named(role), until).await
}

async fn may(session: &Session) -> Permissions {
    let _verified = session.verify().await.unwrap();
    session.claims().permissions
}

fn words<T>(result: Result<T, DalError>) -> String {
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
    assert_eq!(words(refused), "desk was changed meanwhile: read-audit was added; look again");
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

/// splitmix64: the same numbers every time, on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[usize::try_from(self.roll() % u64::try_from(from.len()).unwrap()).unwrap()]
    }

    fn permissions(&mut self) -> Permissions {
        let bits = self.roll() & self.roll() & self.roll();
        Permission::ALL
            .iter()
            .enumerate()
            .filter(|(at, _)| bits >> at & 1 == 1)
            .map(|(_, one)| *one)
            .collect()
    }
}

/// What everybody may do, by their name.
async fn everybodys(admin: &Session, people: &[&str]) -> Vec<Permissions> {
    let mut all = Vec::new();
    for person in people {
        let user = admin.verify().await.unwrap().users().get(&name(person)).await.unwrap();
        all.push(user.permissions.into_iter().collect());
    }
    all
}

const PEOPLE: &[&str] = &["ann", "ben", "cat", "dan"];
const ROLES: &[&str] =
    &["maker", "giver", "watcher", "extra-a", "extra-b", "extra-c", "member", "admin", "auditor", "operator"];

/// One thing that somebody tries at random.
async fn try_something(dice: &mut Dice, actor: &Session) -> Result<(), DalError> {
    let (whom, role, other) = (*dice.pick(PEOPLE), *dice.pick(ROLES), *dice.pick(ROLES));
    // Half of the time only what the actor has, so that something is done.
    let wanted = dice.permissions();
    let permissions = match dice.roll() % 2 {
        0 => wanted,
        _ => wanted.iter().filter(|one| actor.claims().permissions.has(*one)).collect(),
    };
    match dice.roll() % 8 {
        0 => give(actor, whom, &format!("member, {role}")).await,
        1 => give(actor, whom, &format!("{role}, {other}")).await,
        2 => grant(actor, whom, role, HOUR).await,
        3 => actor.verify().await?.users().ungrant(&name(whom), &named(role)).await,
        4 => create(actor, CustomRole { permissions, ..custom(role, "") }).await,
        5 => {
            let before = actor.verify().await?.roles().get(&named(role)).await?.custom();
            let Some(before) = before else { return Ok(()) };
            let after = CustomRole { permissions, ..before.clone() };
            actor.verify().await?.roles().edit(before, after).await
        }
        6 => actor.verify().await?.roles().delete(&named(role)).await,
        _ => actor.verify().await?.roles().copy(&named(role), &named(other)).await,
    }
}

/// The roles as they are at first, which somebody may have narrowed.
async fn set_roles_up(admin: &Session) {
    let shared = "own-account, own-sessions, read-roles, manage-roles, assign-roles";
    for role in [
        custom("maker", &format!("{shared}, manage-users, read-users")),
        custom("giver", &format!("{shared}, reset-passwords")),
        custom("watcher", "read-audit, read-system"),
    ] {
        if create(admin, role.clone()).await.is_err() {
            edit(admin, role.name.as_str(), |now| *now = role.clone()).await.unwrap();
        }
    }
    for (person, roles) in
        PEOPLE.iter().zip(["maker, giver, watcher", "member, maker", "giver", "maker, giver"])
    {
        give(admin, person, roles).await.unwrap();
    }
}

/// Whatever people without everything do to one another, to themselves and to roles, in whatever order:
/// nobody gains what the one who acted does not hold, and nobody ever gets what none of them held.
#[tokio::test(flavor = "multi_thread")]
async fn no_sequence_of_changes_gives_more_than_its_maker_holds() {
    let house = House::build().await;
    let mut admin = house.admin().await;
    let mut actors = Vec::new();
    for person in PEOPLE {
        actors.push(house.user(person, "member").await);
    }
    set_roles_up(&admin).await;
    let mut before = everybodys(&admin, PEOPLE).await;
    let all_at_first = before.iter().fold(Permissions::NONE, |all, one| all.and(*one));
    assert!(!all_at_first.has(Permission::ManagePolicy) && !all_at_first.has(Permission::RevokeSessions));
    let (mut dice, mut done) = (Dice(20), 0);
    for step in 0..900 {
        let index = usize::try_from(dice.roll() % 4).unwrap();
        let tried = try_something(&mut dice, &actors[index]).await;
        let after = everybodys(&admin, PEOPLE).await;
        for ((person, before_it), after_it) in PEOPLE.iter().zip(&before).zip(&after) {
            let gained = after_it.without(*before_it);
            assert!(before[index].covers(gained), "step {step}: {} gave {person} {gained:?}", PEOPLE[index]);
            assert!(all_at_first.covers(*after_it), "step {step}: {person} has {after_it:?}");
            assert!(tried.is_ok() || before_it == after_it, "step {step}: refused, and done");
        }
        done += u32::from(tried.is_ok());
        before = after;
        if step % 15 == 14 {
            // People give away what they could act with: it begins anew, and what was for a time is over.
            house.clock.turn(2 * HOUR);
            admin = house.admin().await;
            set_roles_up(&admin).await;
            return_to_desks(&house, &mut actors).await;
            before = everybodys(&admin, PEOPLE).await;
        }
    }
    assert!(done > 100, "only {done} of what was tried was done: this proves little");
}

/// Signs everybody in again.
async fn return_to_desks(house: &House, actors: &mut [Session]) {
    for (person, actor) in PEOPLE.iter().zip(actors) {
        *actor = house.sign_in(person).await;
    }
}

/// A role may only go while nobody holds it. Whoever gives it at the same instant is either first, and it stays,
/// or is told that it is gone: nobody is left with a role that is not there.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_role_is_not_deleted_while_somebody_gets_it() {
    let house = House::build().await;
    let (admin, boss) = (house.admin().await, house.user("boss", "admin").await);
    house.user("alice", "member").await;
    let mut done = 0;
    for round in 0..300 {
        let _ = create(&admin, custom("desk", "read-users")).await;
        let (one, other) = (admin.verify().await.unwrap(), boss.verify().await.unwrap());
        let until = house.dal.now().after(HOUR);
        let delete = tokio::spawn(async move { one.roles().delete(&named("desk")).await });
        let hand_out = tokio::spawn(async move {
            match round % 2 {
                0 => other.users().grant(&name("alice"), &named("desk"), until).await,
                _ => other.users().set_roles(&name("alice"), role::parse_list("desk, member").unwrap()).await,
            }
        });
        let (deleted, handed_out) = (delete.await.unwrap(), hand_out.await.unwrap());
        assert!(deleted.is_err() || handed_out.is_err(), "round {round}: alice has a role that is gone");
        if let Err(error) = &deleted {
            assert_eq!(error.to_string(), "alice holds desk; take it away first", "round {round}");
        }
        if let Err(error) = &handed_out {
            assert!(error.to_string().contains("desk was deleted"), "{error}");
        }
        done += u32::from(deleted.is_ok()) + u32::from(handed_out.is_ok());
        let user = admin.verify().await.unwrap().users().get(&name("alice")).await.unwrap();
        assert_eq!(user.row.roles.contains(&named("desk")), handed_out.is_ok(), "round {round}");
        assert_eq!(
            admin.verify().await.unwrap().roles().get(&named("desk")).await.is_ok(),
            handed_out.is_ok()
        );
        if handed_out.is_ok() {
            let _ = admin.verify().await.unwrap().users().ungrant(&name("alice"), &named("desk")).await;
            give(&admin, "alice", "member").await.unwrap();
        }
    }
    assert_eq!(done, 300, "one of the two is always done");
}

/// What goes on in a pair of administrators who are the only ones: each tries to remove the other, or oneself.
async fn remove(session: Session, other: String, kind: usize) -> Result<(), DalError> {
    let users = session.verify().await?.users();
    let own = UserName::parse(session.claims().name.as_str()).unwrap();
    match kind {
        0 => users.disable(&name(&other), Line::parse("race").unwrap()).await,
        1 => users.set_roles(&name(&other), vec![RoleName::member()]).await,
        // It permits as much, but it can be edited: it makes nobody an administrator who counts.
        2 => users.set_roles(&name(&other), vec![named("like-admin")]).await,
        _ => users.set_roles(&own, vec![RoleName::member()]).await,
    }
}

/// Two administrators remove each other at the same instant, 500 times, each way there is. Exactly one of
/// the two succeeds, the other is told plainly, and somebody can always restore everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_remove_each_other_exactly_one_stays() {
    let house = House::build().await;
    let names = ["one", "two"];
    let mut pair = [house.user("one", "admin").await, house.user("two", "admin").await];
    let admin = pair[0].verify().await.unwrap().roles();
    admin.copy(&named("admin"), &named("like-admin")).await.unwrap();
    let users = pair[0].verify().await.unwrap().users();
    users.disable(&name("admin"), Line::parse("only two").unwrap()).await.unwrap();
    for round in 0..500 {
        let kind = round % 4;
        let [first, second] =
            [0, 1].map(|at: usize| tokio::spawn(remove(pair[at].clone(), names[1 - at].to_owned(), kind)));
        let results = [first.await.unwrap(), second.await.unwrap()];
        let winner = results.iter().position(Result::is_ok);
        let loser = results.iter().position(Result::is_err);
        let (Some(winner), Some(loser)) = (winner, loser) else { panic!("round {round}: {results:?}") };
        let refused = results[loser].as_ref().unwrap_err().to_string();
        let is_plain = [
            "last administrator",
            "Your account was disabled by",
            "it needs assign-roles",
            "it needs manage-users",
            "your own account changed meanwhile",
        ];
        assert!(is_plain.iter().any(|words| refused.contains(words)), "round {round}: {refused}");
        // Who demoted themselves is the one who is not there any more.
        let stays = if kind == 3 { loser } else { winner };
        let (left, gone) = (pair[stays].clone(), 1 - stays);
        if round % 10 < 4 {
            nobody_else_counts(&left, names[gone], round).await;
        }
        let users = left.verify().await.unwrap().users();
        match kind {
            0 => {
                users.enable(&name(names[gone])).await.unwrap();
                pair[gone] = house.sign_in(names[gone]).await;
            }
            _ => users.set_roles(&name(names[gone]), vec![RoleName::admin()]).await.unwrap(),
        }
    }
}

/// The last one cannot go in any way, whatever others hold for a time or by a role that can be edited.
async fn nobody_else_counts(last: &Session, other: &str, round: usize) {
    let own = last.claims().name.to_string();
    let _ = last.verify().await.unwrap().users().enable(&name(other)).await;
    if round.is_multiple_of(2) {
        let _ = give(last, other, "member").await;
        grant(last, other, "admin", HOUR).await.unwrap();
    } else {
        give(last, other, "like-admin").await.unwrap();
        edit(last, "like-admin", |role| role.about = format!("round {round}")).await.unwrap();
    }
    for tried in [
        give(last, &own, "member").await,
        give(last, &own, "like-admin").await,
        last.verify().await.unwrap().users().delete(&name(&own)).await,
        last.verify().await.unwrap().users().disable(&name(&own), Line::parse("x").unwrap()).await,
    ] {
        assert!(words(tried).contains("last administrator"), "round {round}");
    }
    let _ = last.verify().await.unwrap().users().ungrant(&name(other), &RoleName::admin()).await;
    if round.is_multiple_of(4) {
        // As it was.
        last.verify().await.unwrap().users().disable(&name(other), Line::parse("x").unwrap()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_for_a_time_has_bounds_and_moves() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    for (time, is_allowed) in [
        (Duration::from_secs(59), false),
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
    assert!(
        words(grant(&admin, "alice", "boss", HOUR).await)
            .contains("boss, which does not exist; there are admin")
    );
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

/// Nothing writes anything when time takes a role away: the screen that is open looks for itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_whose_time_is_up_leaves_an_open_screen() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    grant(&admin, "alice", "operator", Duration::from_mins(10)).await.unwrap();
    let mut desk = Desk::open(&alice);
    desk.app.heard_the_bell();
    desk.settle().await;
    desk.go(Route::Users).await;
    assert!(desk.picture(80, 24).contains("All users"), "{}", desk.picture(80, 24));
    assert_eq!(alice.until_next_change(), Duration::from_mins(10));
    house.clock.turn(Duration::from_mins(10));
    assert!(alice.until_next_change().is_zero());
    desk.app.time_has_passed();
    desk.settle().await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("operator was yours until now."), "{picture}");
    assert!(!picture.contains("Users") && picture.contains("This session"), "{picture}");
    // It asks once, and then waits for what comes next.
    assert!(alice.until_next_change() > Duration::from_mins(5));
}

/// A role is edited: the open screen leaves what is no longer allowed, and the next command over the same
/// connection is refused, with who would not be.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_edited_takes_its_screens_along() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    for line in ["roles create desk --allow read-users,read-sessions", "users create alice --role desk"] {
        let _ = admin.run(line).await;
    }
    assert_eq!(admin.run("users disable alice --reason again").await.status, 0);
    server.user("carol", "member").await;
    assert_eq!(admin.run("users grant carol desk --until 2h").await.status, 0);
    let carol = Person::sign_in(server.port, "carol", PASSWORD).await.unwrap();
    let mut screen = carol.dashboard(80, 24).await;
    screen.see("2 Users").await;
    screen.press("2").await;
    screen.see("All users").await;
    assert_eq!(carol.run("users list").await.status, 0);
    let asked = std::time::Instant::now();
    let ran = admin.run("roles edit desk --deny read-users").await;
    assert_eq!(ran.out, "desk was changed\n");
    screen.see("What your roles permit has changed.").await;
    assert!(!screen.text().contains("Users"), "{}", screen.text());
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    let refused = carol.run("users list").await;
    assert_eq!(refused.status, 4);
    assert_eq!(
        refused.err.trim_end(),
        "passholder: you may not do this: it needs read-users, which admin, operator and auditor give"
    );
    server.stop().await;
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
    assert_eq!((touched.users, touched.lost.len()), (2, 2));
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
    };
    admin.verify().await.unwrap().users().create(new).await.unwrap();
    let user = admin.verify().await.unwrap().users().get(&name("grant")).await.unwrap();
    assert_eq!(role::list(&user.row.roles), "list, member");
    assert!(!user.permissions.contains(&Permission::ManageUsers));
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (40, 12)];

fn snap(desk: &mut Desk, picture_of: &str) {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("{picture_of}_{columns}x{rows}"), desk.picture(columns, rows));
    }
}

fn snap_in_ascii(desk: &mut Desk, picture_of: &str) {
    let profile = Profile::of("vt100", &[("LANG".to_owned(), "C".to_owned())]);
    desk.app.set_profile(profile.clone());
    for (columns, rows) in SIZES {
        let shown = desk.emulated(&profile, columns, rows).screen().contents();
        assert!(shown.is_ascii(), "{shown}");
        insta::assert_snapshot!(format!("ascii_{picture_of}_{columns}x{rows}"), shown);
    }
    desk.app.set_profile(Profile::default());
}

async fn furnished() -> (House, Session) {
    let house = House::build().await;
    let admin = house.admin().await;
    let limits = Limits { idle: Some(Duration::from_mins(10)), cap: Some(2), ..Limits::default() };
    let desk = custom("desk", "read-users, read-sessions, lift-locks");
    create(&admin, CustomRole { about: "the front desk".to_owned(), limits, ..desk }).await.unwrap();
    create(&admin, custom("release-managers", "read-audit, read-system")).await.unwrap();
    house.invite("erin", "desk").await;
    house.invite("frank", "desk").await;
    (house, admin)
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_look_like_this() {
    let (_house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.go(Route::Roles).await;
    snap(&mut desk, "roles_list");
    desk.press("m").await;
    snap(&mut desk, "roles_matrix");
    snap_in_ascii(&mut desk, "roles_matrix");
    desk.press(">>jjj").await;
    snap(&mut desk, "roles_matrix_scrolled");
    desk.press("\r").await;
    snap(&mut desk, "roles_permission");
    desk.press("\x1b").await;
    desk.press("m").await;
    desk.press("jjjj\r").await;
    snap(&mut desk, "roles_detail");
    desk.press("e").await;
    desk.press("\t, read-a").await;
    snap(&mut desk, "roles_edit");
    desk.press("\x1b[C, fly\t").await;
    assert!(desk.picture(80, 24).contains("fly is not a permission"), "{}", desk.picture(80, 24));
    desk.press("\x1b[Z\x17\x17read-audit").await;
    desk.press("\r\r\r\r").await;
    snap(&mut desk, "roles_sure");
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("Permissions, with commas"), "{}", desk.picture(80, 24));
    desk.press("\r").await;
    desk.press("\r").await;
    assert!(desk.picture(80, 24).contains("desk was changed."), "{}", desk.picture(80, 24));
    desk.press("x").await;
    snap(&mut desk, "roles_held");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_made_copied_and_deleted_on_its_screen() {
    let (house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.go(Route::Roles).await;
    desk.press("e").await;
    assert!(desk.picture(80, 24).contains("admin is built in"), "{}", desk.picture(80, 24));
    desk.press("n").await;
    desk.press("admin\t").await;
    assert!(
        desk.picture(80, 24).contains("admin is built in; take another name"),
        "{}",
        desk.picture(80, 24)
    );
    desk.press("\x1b[Z\x15night\tnight shift\tread-users\r\r10min\r2\r").await;
    assert!(desk.picture(80, 24).contains("night was made."), "{}", desk.picture(80, 24));
    let night = admin.verify().await.unwrap().roles().get(&named("night")).await.unwrap();
    assert_eq!(night.limits.words(), "10min idle, 2 at once");
    // Copied: everything is there but the name.
    desk.press("jc").await;
    desk.press("later\r\r\r\r\r\r").await;
    assert!(desk.picture(80, 24).contains("later was made."), "{}", desk.picture(80, 24));
    let later = admin.verify().await.unwrap().roles().get(&named("later")).await.unwrap();
    assert_eq!(later.about, "like operator");
    desk.press("/later\r").await;
    desk.press("x").await;
    assert!(desk.picture(80, 24).contains("Nobody holds it."), "{}", desk.picture(80, 24));
    desk.press("\r").await;
    assert!(
        desk.picture(80, 24).contains("later was deleted. ^Z takes it back."),
        "{}",
        desk.picture(80, 24)
    );
    desk.press("\x1a").await;
    assert!(admin.verify().await.unwrap().roles().get(&named("later")).await.is_ok());
    // Who reads roles and makes none is not offered to.
    let mut theirs = Desk::open(&house.user("otto", "operator").await);
    theirs.go(Route::Roles).await;
    let picture = theirs.picture(80, 24);
    assert!(picture.contains("desk") && !picture.contains("n new"), "{picture}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_given_for_a_time_on_the_users_screen() {
    let (house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.go(Route::Users).await;
    desk.press("/erin\r").await;
    desk.press("\r").await;
    desk.press("g").await;
    desk.press("boss\t").await;
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("boss does not exist; there are admin") && picture.contains("desk"),
        "{picture}"
    );
    desk.press("\x1b[Z\x15oper\x1b[C\t2h").await;
    snap(&mut desk, "users_grant");
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("erin is operator for a time."), "{picture}");
    assert!(
        picture.contains("operator until 2026-11-23 13:12 UTC (in\u{a0}2\u{a0}h), by admin"),
        "{picture}"
    );
    // The roles that are edited are those for good: saving them gives nothing away for good.
    desk.press("r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Roles of erin"), "{picture}");
    desk.press("\r").await;
    let erin = admin.verify().await.unwrap().users().get(&name("erin")).await.unwrap();
    assert_eq!(erin.row.roles_for_good(), [named("desk")]);
    desk.press("g").await;
    desk.press("operator\tnow\r").await;
    assert!(desk.picture(80, 24).contains("erin is no longer operator."), "{}", desk.picture(80, 24));
    drop(house);
}
