//! Who may do what: every operation of the data access layer, by every role, on everybody.

use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use passholder::dal::audit::AuditQuery;
use passholder::dal::invites::InviteQuery;
use passholder::dal::locks::{LockQuery, Locked};
use passholder::dal::roles::RoleChange;
use passholder::dal::second_factor::Enrolment;
use passholder::dal::sessions::{LiveQuery, SessionQuery, Whose};
use passholder::dal::users::{Dates, NewUser, UserQuery};
use passholder::dal::{DalError, Session};
use passholder::domain::id::Handle;
use passholder::domain::import::{Format, Listed};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::policy::{AccountDelays, Policy, SourcePenalties};
use passholder::domain::preferences::Preferences;
use passholder::domain::role::{BUILT_IN, CustomRole, Limits, Permission, Permissions, RoleName};
use passholder::domain::secret::Secret;
use passholder::domain::source::Source;
use passholder::domain::text::Line;
use passholder::domain::time::Timestamp;

use crate::support::house::{House, new_invite};
use crate::support::{PASSWORD, roomy};

type Doing = Pin<Box<dyn Future<Output = Result<(), DalError>> + Send>>;

/// Somebody that things are done to: their name, and one session of theirs.
#[derive(Clone)]
struct Whom {
    name: UserName,
    session: Handle,
}

/// One operation: its name in the source, and how it is done to somebody.
struct Operation {
    name: &'static str,
    on_somebody: bool,
    run: fn(Session, Whom) -> Doing,
}

/// Wraps what is done in a proof made for it.
macro_rules! operation {
    ($name:literal, $on_somebody:literal, |$verified:ident, $whom:ident| $run:expr) => {
        Operation {
            name: $name,
            on_somebody: $on_somebody,
            run: |session, $whom| {
                Box::pin(async move {
                    let $verified = session.verify().await?;
                    let _ = &$whom;
                    $run.await.map(drop)
                })
            },
        }
    };
}

const OPERATIONS: &[Operation] = &[
    operation!("account.profile", false, |verified, whom| verified.account().profile()),
    operation!("account.preferences", false, |verified, whom| verified.account().preferences()),
    operation!("account.set_preferences", false, |verified, whom| {
        verified.account().set_preferences(Preferences::default())
    }),
    operation!("audit.list", false, |verified, whom| verified.audit().list(AuditQuery::default())),
    operation!("audit.get", false, |verified, whom| {
        verified.audit().get("aaaaaaaaaaaaaaaa".parse().unwrap())
    }),
    operation!("overview.counts", false, |verified, whom| verified.overview().counts()),
    operation!("overview.activity", false, |verified, whom| verified.overview().activity()),
    operation!("overview.system", false, |verified, whom| verified.overview().system()),
    operation!("invites.list", false, |verified, whom| verified.invites().list(InviteQuery::default())),
    operation!("invites.get", false, |verified, whom| verified.invites().get(&whom.session)),
    operation!("invites.create", true, |verified, whom| {
        verified.invites().create(new_invite(role_of(&whom.name).as_str()))
    }),
    operation!("invites.revoke", false, |verified, whom| verified.invites().revoke(&whom.session)),
    operation!("locks.list", false, |verified, whom| verified.locks().list(LockQuery::default())),
    operation!("locks.get", true, |verified, whom| verified.locks().get(&Locked::User(whom.name.clone()))),
    operation!("locks.lift_user", true, |verified, whom| verified.locks().lift_user(&whom.name)),
    operation!("locks.lift_source", false, |verified, whom| {
        verified.locks().lift_source(Source::parse(STRANGER).unwrap())
    }),
    operation!("policy.list", false, |verified, whom| verified.policy().list()),
    operation!("policy.get", false, |verified, whom| verified.policy().get("session.cap")),
    operation!("policy.preview", false, |verified, whom| verified.policy().preview("session.cap", Some("9"))),
    operation!("policy.set", false, |verified, whom| {
        verified.policy().set("accounts.invite_lifetime", "2h", None)
    }),
    operation!("policy.reset", false, |verified, whom| {
        verified.policy().reset("accounts.invite_lifetime", None)
    }),
    operation!("sessions.live", false, |verified, whom| verified.sessions().live(LiveQuery::default())),
    operation!("sessions.live (all)", false, |verified, whom| {
        verified.sessions().live(LiveQuery { whose: Whose::Everybodys, ..LiveQuery::default() })
    }),
    operation!("sessions.list", false, |verified, whom| verified.sessions().list(SessionQuery::default())),
    operation!("sessions.list (all)", false, |verified, whom| {
        verified.sessions().list(SessionQuery { whose: Whose::Everybodys, ..SessionQuery::default() })
    }),
    operation!("sessions.get", true, |verified, whom| verified.sessions().get(&whom.session)),
    operation!("sessions.tell", true, |verified, whom| {
        verified.sessions().tell(&whom.session, Line::parse("hello").unwrap())
    }),
    operation!("sessions.tell_everybody", false, |verified, whom| {
        verified.sessions().tell_everybody(Line::parse("hello").unwrap())
    }),
    operation!("sessions.revoke", true, |verified, whom| verified.sessions().revoke(&whom.session)),
    operation!("sessions.revoke_user", true, |verified, whom| verified.sessions().revoke_user(&whom.name)),
    operation!("sessions.revoke_others", false, |verified, whom| verified.sessions().revoke_others()),
    operation!("sessions.revoke_everybody", false, |verified, whom| verified.sessions().revoke_everybody()),
    operation!("sessions.lost", false, |verified, whom| verified.sessions().lost()),
    operation!("sessions.decline", false, |verified, whom| verified.sessions().decline()),
    operation!("sessions.resume", true, |verified, whom| verified.sessions().resume(&whom.session)),
    operation!("users.list", false, |verified, whom| verified.users().list(UserQuery::default())),
    operation!("users.search", false, |verified, whom| verified.users().search(UserQuery::default())),
    operation!("users.begin_export", false, |verified, whom| {
        verified.users().begin_export(UserQuery::default(), Format::Csv)
    }),
    operation!("users.judge_import", true, |verified, whom| async {
        verified.users().judge_import(&listed("judged", &whom.name)).await
    }),
    operation!("users.import", true, |verified, whom| async {
        verified.users().import(&listed("imported", &whom.name)).await
    }),
    operation!("users.get", true, |verified, whom| verified.users().get(&whom.name)),
    operation!("users.create", true, |verified, whom| verified.users().create(like(&whom.name))),
    operation!("users.set_display_name", true, |verified, whom| {
        verified.users().set_display_name(&whom.name, DisplayName::parse("Other").unwrap())
    }),
    operation!("users.set_roles", true, |verified, whom| {
        verified.users().set_roles(&whom.name, vec![role_of(&whom.name)])
    }),
    operation!("users.reset_password", true, |verified, whom| verified.users().reset_password(&whom.name)),
    operation!("users.require_new_password", true, |verified, whom| {
        verified.users().require_new_password(&whom.name)
    }),
    operation!("users.disable", true, |verified, whom| {
        verified.users().disable(&whom.name, Line::parse("test").unwrap())
    }),
    operation!("users.enable", true, |verified, whom| verified.users().enable(&whom.name)),
    operation!("users.suspend", true, |verified, whom| {
        let until = Timestamp::from_micros(u64::MAX);
        verified.users().suspend(&whom.name, Line::parse("test").unwrap(), until)
    }),
    operation!("users.set_dates", true, |verified, whom| {
        verified.users().set_dates(&whom.name, Dates::default())
    }),
    operation!("users.grant", true, |verified, whom| async {
        verified.users().grant(&whom.name, &role_of(&whom.name), in_an_hour()).await
    }),
    operation!("users.ungrant", true, |verified, whom| async {
        verified.users().ungrant(&whom.name, &role_of(&whom.name)).await
    }),
    operation!("roles.explain", true, |verified, whom| {
        verified.roles().explain(&whom.name, Permission::ReadUsers)
    }),
    operation!("users.remove_second_factor", true, |verified, whom| async {
        verified.users().remove_second_factor(&whom.name).await
    }),
    operation!("users.delete", true, |verified, whom| verified.users().delete(&whom.name)),
    operation!("users.deleted", false, |verified, whom| verified.users().deleted(UserQuery::default())),
    operation!("users.restore", true, |verified, whom| verified.users().restore(&whom.name)),
    operation!("users.delete (again)", true, |verified, whom| verified.users().delete(&whom.name)),
    operation!("users.purge", true, |verified, whom| verified.users().purge(&whom.name)),
    operation!("account.delete_own", false, |verified, whom| {
        verified.account().delete_own(Secret::new("wrong".to_owned()), None)
    }),
    operation!("roles.list", false, |verified, whom| verified.roles().list()),
    operation!("roles.get", false, |verified, whom| async {
        verified.roles().get(&RoleName::member()).await
    }),
    operation!("roles.holders", false, |verified, whom| verified.roles().holders(Permission::ReadUsers)),
    operation!("roles.preview", false, |verified, whom| async {
        verified.roles().preview(&RoleChange::Delete(RoleName::member())).await
    }),
    operation!("roles.create", false, |verified, whom| verified.roles().create(greeter())),
    operation!("roles.copy", false, |verified, whom| async {
        verified.roles().copy(&RoleName::member(), &RoleName::parse("like-member").unwrap()).await
    }),
    operation!("roles.edit", false, |verified, whom| verified.roles().edit(greeter(), greeter())),
    operation!("roles.delete", false, |verified, whom| async {
        verified.roles().delete(&RoleName::member()).await
    }),
    operation!("second_factor.state", false, |verified, whom| verified.second_factor().state()),
    operation!("second_factor.begin", false, |verified, whom| {
        verified.second_factor().begin(Secret::new("wrong".to_owned()))
    }),
    operation!("second_factor.begin_another", false, |verified, whom| {
        verified
            .second_factor()
            .begin_another(Secret::new("wrong".to_owned()), Secret::new("wrong".to_owned()))
    }),
    operation!("second_factor.confirm", false, |verified, whom| async {
        let enrolment = enrolment().await;
        verified.second_factor().confirm(enrolment, Secret::new("wrong".to_owned())).await
    }),
    operation!("second_factor.remove", false, |verified, whom| {
        verified.second_factor().remove(Secret::new("wrong".to_owned()), Secret::new("wrong".to_owned()))
    }),
    operation!("second_factor.renew_recovery_codes", false, |verified, whom| {
        verified
            .second_factor()
            .renew_recovery_codes(Secret::new("wrong".to_owned()), Secret::new("wrong".to_owned()))
    }),
    operation!("account.choose_password", false, |verified, whom| {
        verified.account().choose_password(None, Secret::new("wrong".to_owned()))
    }),
];

/// Somebody else's, which confirms nothing.
async fn enrolment() -> Arc<Enrolment> {
    let house = House::build().await;
    let admin = house.admin().await;
    let begun = admin.verify().await.unwrap().second_factor().begin(Secret::new(PASSWORD.to_owned())).await;
    Arc::new(begun.unwrap())
}

/// An hour from when the clock stands still.
fn in_an_hour() -> Timestamp {
    Timestamp::from_micros(1_795_432_334_000_000).after(Duration::from_hours(1))
}

fn greeter() -> CustomRole {
    CustomRole {
        name: RoleName::parse("greeter").unwrap(),
        about: "makes accounts".to_owned(),
        permissions: Permissions::of(&[Permission::ReadUsers]),
        limits: Limits::default(),
    }
}

/// Targets are called `x-<role>`; a new user like one of them has that role.
fn role_of(whom: &UserName) -> RoleName {
    RoleName::parse(whom.as_str().trim_start_matches("x-")).unwrap()
}

fn listed(how: &str, whom: &UserName) -> Listed {
    let name = UserName::parse(&format!("{how}-{whom}")).unwrap();
    Listed {
        display_name: DisplayName::from(&name),
        name,
        roles: vec![role_of(whom)],
        grants: Vec::new(),
        from: None,
        until: None,
        disabled: None,
    }
}

fn like(whom: &UserName) -> NewUser {
    let name = UserName::parse(&format!("new-{whom}")).unwrap();
    let (display_name, roles) = (DisplayName::from(&name), vec![role_of(whom)]);
    NewUser { name, display_name, roles, dates: Dates::default() }
}

/// `yes`, or why not. What is refused for the words of the request was let through the gate.
fn verdict(result: Result<(), DalError>) -> String {
    match result {
        Ok(()) | Err(DalError::Invalid { .. } | DalError::Conflict { .. }) => "yes".to_owned(),
        Err(DalError::Forbidden { needs, .. } | DalError::HoldsMore { needs, .. }) => format!("no: {needs}"),
        Err(DalError::MoreProof) => "no: more proof".to_owned(),
        Err(DalError::NotFound { .. }) => "no: not found".to_owned(),
        Err(other) => format!("? {other}"),
    }
}

/// A user called `x-<role>`, signed in.
async fn somebody(house: &House, role: &str) -> (Whom, Session) {
    let name = format!("x-{role}");
    let one_time = house.invite(&name, role).await;
    let session = house.try_sign_in(&name, one_time.expose()).await.unwrap();
    let whom = Whom { name: UserName::parse(&name).unwrap(), session: session.claims().handle.clone() };
    (whom, session)
}

/// Closes everybody's account to strangers, and the door to one source.
async fn lock_out(house: &House) {
    let strict =
        SourcePenalties { failures: u32::try_from(BUILT_IN.len()).unwrap(), ..SourcePenalties::default() };
    house.dal.set_policy(Policy {
        account_delays: AccountDelays::default(),
        source_penalties: strict,
        ..roomy()
    });
    for role in BUILT_IN {
        assert!(house.try_from(STRANGER, &format!("x-{}", role.name), "wrong").await.is_err());
    }
    house.dal.set_policy(roomy());
}

/// The source that is locked out.
const STRANGER: &str = "192.0.2.66";

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_is_what_it_was() {
    let mut matrix = String::new();
    for actor in BUILT_IN {
        let house = House::build().await;
        let mut theirs = Vec::new();
        for role in BUILT_IN {
            theirs.push(somebody(&house, role.name).await);
        }
        let session = house.user("actor", actor.name).await;
        lock_out(&house).await;
        writeln!(matrix, "{}", actor.name).unwrap();
        for operation in OPERATIONS {
            // Operations on nobody in particular are asked for once.
            let targets = if operation.on_somebody { theirs.as_slice() } else { &theirs[..1] };
            let mut verdicts = Vec::new();
            for (whom, _) in targets {
                let target = role_of(&whom.name);
                verdicts.push((target, verdict((operation.run)(session.clone(), whom.clone()).await)));
            }
            if verdicts.iter().all(|(_, verdict)| *verdict == verdicts[0].1) {
                writeln!(matrix, "  {:<26} {}", operation.name, verdicts[0].1).unwrap();
            } else {
                for (target, verdict) in verdicts {
                    writeln!(matrix, "  {:<26} {verdict} ({target})", operation.name).unwrap();
                }
            }
        }
    }
    insta::assert_snapshot!(matrix);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_one_time_password_nothing_else_is_possible() {
    let house = House::build().await;
    let (member, _theirs) = somebody(&house, "member").await;
    let one_time = house.invite("boss", "admin").await;
    let session = house.try_sign_in("boss", one_time.expose()).await.unwrap();
    for operation in OPERATIONS {
        let verdict = verdict((operation.run)(session.clone(), member.clone()).await);
        let expected = if operation.name == "account.choose_password" { "yes" } else { "no: more proof" };
        assert_eq!(verdict, expected, "{}", operation.name);
    }
}

#[test]
fn no_operation_is_missing_from_the_matrix() {
    let rooms = [
        ("users", "users/mod.rs", "Users"),
        ("users", "users/create.rs", "Users"),
        ("users", "users/delete.rs", "Users"),
        ("users", "users/edit.rs", "Users"),
        ("users", "users/import.rs", "Users"),
        ("users", "users/query.rs", "Users"),
        ("users", "users/grants.rs", "Users"),
        ("roles", "roles/mod.rs", "Roles"),
        ("roles", "roles/edit.rs", "Roles"),
        ("roles", "roles/preview.rs", "Roles"),
        ("roles", "roles/explain.rs", "Roles"),
        ("users", "users/reset.rs", "Users"),
        ("users", "users/second_factor.rs", "Users"),
        ("second_factor", "second_factor/mod.rs", "SecondFactor"),
        ("account", "account.rs", "Account"),
        ("audit", "audit/mod.rs", "Audit"),
        ("invites", "invites/mod.rs", "Invites"),
        ("locks", "locks/mod.rs", "Locks"),
        ("overview", "overview/mod.rs", "Overview"),
        ("overview", "overview/activity.rs", "Overview"),
        ("overview", "overview/system.rs", "Overview"),
        ("policy", "policy.rs", "Rules"),
        ("sessions", "sessions/mod.rs", "Sessions"),
        ("sessions", "sessions/resume.rs", "Sessions"),
    ];
    for (room, file, handle) in rooms {
        let path = format!("{}/src/dal/{file}", env!("CARGO_MANIFEST_DIR"));
        let source = std::fs::read_to_string(path).unwrap();
        let body =
            source.split(&format!("\nimpl {handle} {{")).nth(1).unwrap().split("\n}\n").next().unwrap();
        for line in body.lines().filter(|line| line.starts_with("    pub async fn ")) {
            let name = line.trim_start().trim_start_matches("pub async fn ").split('(').next().unwrap();
            let name = format!("{room}.{name}");
            assert!(OPERATIONS.iter().any(|operation| operation.name == name), "{name} has no row");
        }
    }
}

/// Checks and writes are apart in time: what is revoked in between must not be written.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_between_check_and_write_writes_nothing() {
    let house = House::build().await;
    let boss = house.user("boss", "admin").await;
    house.invite("victim", "member").await;
    let verified = boss.verify().await.unwrap();
    let admin = house.admin().await.verify().await.unwrap();
    let name = |text: &str| UserName::parse(text).unwrap();
    admin.users().disable(&name("boss"), Line::parse("compromised").unwrap()).await.unwrap();
    let late = verified.users().delete(&name("victim")).await;
    let Err(DalError::SessionEnded(ended)) = late else { panic!("{late:?}") };
    assert_eq!(ended.to_string(), "Your account was disabled by admin: compromised.");
    let still_there = house.admin().await.verify().await.unwrap().users().get(&name("victim")).await;
    assert!(still_there.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_admins_who_remove_each_other_leave_one() {
    let house = House::build().await;
    for round in 0..40 {
        let (one, two) = (format!("one{round}"), format!("two{round}"));
        let (first, second) = (house.user(&one, "admin").await, house.user(&two, "admin").await);
        if round == 0 {
            let verified = first.verify().await.unwrap();
            let reason = Line::parse("only two").unwrap();
            verified.users().disable(&UserName::parse("admin").unwrap(), reason).await.unwrap();
        }
        let remove = move |session: Session, whom: String| async move {
            let users = session.verify().await?.users();
            let whom = UserName::parse(&whom).unwrap();
            match round % 3 {
                0 => users.disable(&whom, Line::parse("race").unwrap()).await,
                1 => users.delete(&whom).await,
                _ => users.set_roles(&whom, vec![RoleName::parse("member").unwrap()]).await.map(drop),
            }
        };
        let (a, b) = tokio::join!(
            tokio::spawn(remove(first.clone(), two.clone())),
            tokio::spawn(remove(second.clone(), one.clone()))
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(a.is_ok() != b.is_ok(), "round {round}: exactly one of the two is removed: {a:?} {b:?}");
        // The survivor makes room for the next round.
        let survivor = if a.is_ok() { first } else { second };
        let last = survivor.verify().await.unwrap();
        let own = UserName::parse(survivor.claims().name.as_str()).unwrap();
        if round == 0 {
            let refused = last.users().delete(&own).await.unwrap_err();
            assert!(refused.to_string().contains("last administrator"), "{refused}");
            let again = survivor.verify().await.unwrap().users();
            again.enable(&UserName::parse("admin").unwrap()).await.unwrap();
        }
        let again = survivor.verify().await.unwrap().users();
        again.delete(&own).await.unwrap();
    }
}
