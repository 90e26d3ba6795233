//! Whatever is done to roles, in whatever order and at the same instant: nobody gets more than whoever gave it
//! holds, nobody is left with a role that is gone, and somebody can always restore everything. And of many
//! changes of one account at once none is lost.

use std::time::Duration;

use passholder::dal::users::{Dates, NewUser, Users};
use passholder::dal::{DalError, Session};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::{self, CustomRole, Permission, Permissions, RoleName};
use passholder::domain::text::Line;
use passholder::domain::time::Timestamp;

use crate::account_life::{events, patient, users};
use crate::custom_roles::{HOUR, create, custom, edit, give, grant, name, named, words};
use crate::support::dice::Dice;
use crate::support::house::House;

impl Dice {
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
async fn try_something(dice: &mut Dice, actor: &Session, step: usize) -> Result<(), DalError> {
    let (whom, role, other) = (*dice.pick(PEOPLE), *dice.pick(ROLES), *dice.pick(ROLES));
    // Half of the time only what the actor has, so that something is done.
    let wanted = dice.permissions();
    let permissions = match dice.roll() % 2 {
        0 => wanted,
        _ => wanted.iter().filter(|one| actor.claims().permissions.has(*one)).collect(),
    };
    match dice.roll() % 9 {
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
        6 => {
            let name = name(&format!("new{step}"));
            let roles = role::parse_list(&format!("member, {role}")).unwrap();
            let new =
                NewUser { display_name: DisplayName::from(&name), name, roles, dates: Dates::default() };
            actor.verify().await?.users().create(new).await.map(drop)
        }
        7 => actor.verify().await?.roles().delete(&named(role)).await,
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
    for step in 0..1_200 {
        let index = usize::try_from(dice.roll() % 4).unwrap();
        let tried = try_something(&mut dice, &actors[index], step).await;
        let after = everybodys(&admin, PEOPLE).await;
        for ((person, before_it), after_it) in PEOPLE.iter().zip(&before).zip(&after) {
            let gained = after_it.without(*before_it);
            assert!(before[index].covers(gained), "step {step}: {} gave {person} {gained:?}", PEOPLE[index]);
            assert!(all_at_first.covers(*after_it), "step {step}: {person} has {after_it:?}");
            assert!(tried.is_ok() || before_it == after_it, "step {step}: refused, and done");
        }
        done += u32::from(tried.is_ok());
        if let Ok(new) = admin.verify().await.unwrap().users().get(&name(&format!("new{step}"))).await {
            let given: Permissions = new.permissions.into_iter().collect();
            let own = before[index].and(Permissions::of(&[
                Permission::OwnPassword,
                Permission::OwnAccount,
                Permission::OwnSessions,
            ]));
            assert!(own.covers(given), "step {step}: {} made somebody with {given:?}", PEOPLE[index]);
        }
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
                _ => other
                    .users()
                    .set_roles(&name("alice"), role::parse_list("desk, member").unwrap())
                    .await
                    .map(drop),
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
async fn remove(users: Users, own: UserName, other: String, kind: usize) -> Result<(), DalError> {
    match kind {
        0 => users.disable(&name(&other), Line::parse("race").unwrap()).await,
        1 => users.set_roles(&name(&other), vec![RoleName::member()]).await.map(drop),
        // It permits as much, but it can be edited: it makes nobody an administrator who counts.
        2 => users.set_roles(&name(&other), vec![named("like-admin")]).await.map(drop),
        3 => users.set_roles(&own, vec![RoleName::member()]).await.map(drop),
        4 => users.delete(&name(&other)).await,
        // Nobody relies on an administrator whose time comes.
        _ => {
            let dates = Dates { begins: None, expires: Some(users_end()) };
            users.set_dates(&name(&other), dates).await.map(drop)
        }
    }
}

/// A day after the clock of the house stands still.
fn users_end() -> Timestamp {
    Timestamp::from_micros(1_795_432_334_000_000).after(24 * HOUR)
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
        let kind = round % 6;
        // Both have been let through the gate before either has done anything.
        let [one, two] = &pair;
        let proofs = [one.verify().await.unwrap().users(), two.verify().await.unwrap().users()];
        let mut at = 0;
        let [first, second] = proofs.map(|users| {
            at += 1;
            tokio::spawn(remove(users, name(names[at - 1]), names[2 - at].to_owned(), kind))
        });
        let results = [first.await.unwrap(), second.await.unwrap()];
        let winner = results.iter().position(Result::is_ok);
        let loser = results.iter().position(Result::is_err);
        let (Some(winner), Some(loser)) = (winner, loser) else { panic!("round {round}: {results:?}") };
        let refused = results[loser].as_ref().unwrap_err().to_string();
        let is_plain = [
            "last administrator",
            "Your account was disabled by",
            "Your account was deleted by",
            "your own account changed meanwhile",
        ];
        assert!(is_plain.iter().any(|words| refused.contains(words)), "round {round}: {refused}");
        // Who demoted themselves is the one who is not there any more.
        let stays = if kind == 3 { loser } else { winner };
        let (left, gone) = (pair[stays].clone(), 1 - stays);
        let there = async || left.verify().await.unwrap().users();
        let _ = there().await.restore(&name(names[gone])).await;
        let _ = there().await.enable(&name(names[gone])).await;
        there().await.set_dates(&name(names[gone]), Dates::default()).await.unwrap();
        if round % 10 < 4 {
            nobody_else_counts(&left, names[gone], round).await;
        }
        give(&left, names[gone], "admin").await.unwrap();
        pair[gone] = house.sign_in(names[gone]).await;
    }
}

/// The last one cannot go in any way, whatever others hold for a time or by a role that can be edited.
async fn nobody_else_counts(last: &Session, other: &str, round: usize) {
    let own = last.claims().name.to_string();
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
}

/// SECURITY.md, item 75: a thousand changes of one account by twenty at once, each of which looks before it
/// saves and looks again when somebody was faster. None is lost, and each is told of once.
#[tokio::test(flavor = "multi_thread")]
async fn of_a_thousand_changes_at_once_none_is_lost() {
    let house = patient().await;
    let (admin, _) = (house.admin().await, house.user("alice", "member").await);
    let look = async |session: &Session| users(session).await.get(&name("alice")).await.unwrap().row;
    // Who made it stands with the number: the same as what is there would be no change.
    let named = |number: u32, by: u64| DisplayName::parse(&format!("{number} by {by}")).unwrap();
    let number = |name: &DisplayName| name.as_str().split(' ').next().unwrap().parse::<u32>().unwrap();
    users(&admin).await.set_display_name(&name("alice"), named(0, 0)).await.unwrap();
    let before = events(&house, "display-name-changed").await;
    let mut changing = tokio::task::JoinSet::new();
    for worker in 0..20 {
        let admin = admin.clone();
        changing.spawn(async move {
            let mut done = 0;
            while done < 50 {
                let row = look(&admin).await;
                let next = named(number(&row.display_name) + 1, worker);
                match users(&admin).await.seen(row.revision).set_display_name(&name("alice"), next).await {
                    Ok(_) => done += 1,
                    Err(DalError::Changed { .. } | DalError::Conflict { .. }) => {
                        tokio::time::sleep(Duration::from_millis(worker)).await;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
        });
    }
    changing.join_all().await;
    assert_eq!(number(&look(&admin).await.display_name), 1_000);
    assert_eq!(events(&house, "display-name-changed").await - before, 1_000);
}
