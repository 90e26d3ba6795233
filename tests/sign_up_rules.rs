//! Sign-up where the store is: which names and passwords do, and how many accounts are made.

use std::time::Duration;

use passholder::dal::sign_up::{Application, Field, SignUpError};
use passholder::dal::{Engine, Session};
use passholder::domain::name::UserName;
use passholder::domain::policy::{Policy, SignUp, SourcePenalties};
use passholder::domain::secret::Secret;
use passholder::domain::session::Method;

use crate::sign_up::{open_house, policy};
use crate::support::PASSWORD;
use crate::support::house::{HOME, House, application, visitor};

/// SECURITY.md, items 72 and 73: names that imitate, hide or overflow.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_none_never_gets_in() {
    let house = open_house().await;
    let admin = house.admin().await;
    let long = "a".repeat(33);
    let odd = [
        long.as_str(),
        "",
        "-rf",
        "..",
        "a/b",
        "1st",
        "аlice",
        "ａlice",
        "ali\u{301}ce",
        "ali\u{202e}ce",
        "ali\u{200b}ce",
        "ali\x1bce",
        "ali\nce",
        "ali\0ce",
        "ßs",
        "İ",
        "alice bob",
        "alice@host",
    ];
    for name in odd {
        let Err(SignUpError::Fields(wrong)) = house.sign_up(name, None).await else {
            panic!("{name:?} got in")
        };
        assert_eq!(wrong[0].0, Field::Name, "{name:?}");
        assert!(wrong[0].1.starts_with("must be up to 32 of"), "{name:?}: {wrong:?}");
        assert!(UserName::parse_new(name).is_err(), "nor through an administrator: {name:?}");
    }
    for reserved in ["new", "invite", "root", "ROOT", "system", "nobody", "passholder"] {
        assert_eq!(refused_name(&house, reserved).await, "this name cannot be used", "{reserved}");
        assert!(UserName::parse_new(reserved).is_err());
    }
    // A name is what it is in lower case, once.
    house.sign_up("  Alice ", None).await.unwrap();
    assert_eq!(refused_name(&house, "ALICE").await, "this name cannot be used");
    // At the door too, and nothing that only looks like it.
    for (typed, is_she) in [("alice", true), ("ALICE", true), (" alice", false), ("ａlice", false)] {
        assert_eq!(house.try_sign_in(typed, PASSWORD).await.is_ok(), is_she, "{typed:?}");
    }
    let display =
        ["\u{202e}nimda", &format!("a{}", "\u{36f}".repeat(5)), &"漢".repeat(21), "\u{e000}", "a\u{7}b"];
    for (number, name) in display.into_iter().enumerate() {
        let typed = Application { display_name: name.to_owned(), ..application(&format!("user{number}")) };
        let result = house.dal.sign_up(typed, None, visitor(HOME)).await;
        let Err(SignUpError::Fields(wrong)) = result else { panic!("{name:?} got in") };
        assert_eq!(
            wrong.iter().map(|(field, _)| *field).collect::<Vec<_>>(),
            [Field::DisplayName],
            "{name:?}"
        );
    }
    let users = admin
        .verify()
        .await
        .unwrap()
        .users()
        .list(passholder::dal::users::UserQuery { limit: 50, ..Default::default() });
    let names: Vec<String> = users.await.unwrap().items.iter().map(|row| row.name.to_string()).collect();
    assert_eq!(names, ["admin", "alice"]);
}

async fn refused_name(house: &House, name: &str) -> String {
    match house.sign_up(name, None).await {
        Err(SignUpError::Fields(wrong)) if wrong.len() == 1 && wrong[0].0 == Field::Name => {
            wrong[0].1.clone()
        }
        Ok(_) => panic!("{name} got in"),
        Err(other) => panic!("{name}: {other:?}"),
    }
}

/// A taken name, a reserved one and one that was somebody's are refused in the same words, and trying many of
/// them counts like guessing.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_name_tells_nothing_and_counts() {
    let house = open_house().await;
    house.invite("bob", "member").await;
    let users = house.admin().await.verify().await.unwrap().users();
    users.delete(&UserName::parse("bob").unwrap()).await.unwrap();
    for name in ["admin", "root", "bob"] {
        assert_eq!(refused_name(&house, name).await, "this name cannot be used", "{name}");
    }
    let source_penalties = SourcePenalties { failures: 6, ..SourcePenalties::default() };
    house.dal.set_policy(Policy { source_penalties, ..policy(SignUp::Open) });
    for _ in 0..3 {
        refused_name(&house, "admin").await;
    }
    assert!(matches!(house.sign_up("carol", None).await, Err(SignUpError::SourceRefused)));
    assert!(house.dal.refuses(HOME.parse().unwrap()));
    house.clock.turn(Duration::from_mins(2));
    house.sign_up("carol", None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_judged_where_the_store_is() {
    let house = open_house().await;
    let secret = |text: &str| Secret::new(text.to_owned());
    let typed = Application {
        name: "1".to_owned(),
        display_name: "\u{202e}".to_owned(),
        password: secret("short"),
        again: secret("other"),
    };
    let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(typed, None, visitor(HOME)).await else {
        panic!()
    };
    let fields: Vec<Field> = wrong.iter().map(|(field, _)| *field).collect();
    assert_eq!(fields, [Field::Name, Field::DisplayName, Field::Password]);
    let unlike = Application { again: secret("heron lantern quilt marble 8"), ..application("dora") };
    let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(unlike, None, visitor(HOME)).await else {
        panic!()
    };
    assert_eq!(wrong, [(Field::Again, "is not the same".to_owned())]);
    let named = "dorothea dorothea";
    let own = Application { password: secret(named), again: secret(named), ..application("dorothea") };
    let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(own, None, visitor(HOME)).await else { panic!() };
    assert!(wrong[0].0 == Field::Password && wrong[0].1.contains("built from a name"), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_want_a_name_at_once_one_gets_it() {
    let house = open_house().await;
    for round in 0..20 {
        let name = format!("racer{round}");
        let (one, two) = tokio::join!(house.sign_up(&name, None), house.sign_up(&name, None));
        assert!(one.is_ok() != two.is_ok(), "round {round}");
        let Err(SignUpError::Fields(wrong)) = (if one.is_ok() { two } else { one }) else { panic!() };
        assert_eq!(wrong, [(Field::Name, "this name cannot be used".to_owned())]);
    }
}

fn words(result: Result<Session, SignUpError>) -> String {
    result.err().expect("nobody gets in").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_sign_up_in_an_hour_from_one_source_and_in_all() {
    let house = House::build().await;
    let limited = || Policy { sign_ups_per_source: 2, sign_ups_per_hour: 3, ..policy(SignUp::Open) };
    house.dal.set_policy(limited());
    house.sign_up("one", None).await.unwrap();
    house.sign_up("two", None).await.unwrap();
    // The clock of the house stands at 11:12:14.
    let told = words(house.sign_up("three", None).await);
    assert_eq!(told, "too many accounts were made within an hour; come back in 48 min");
    assert!(matches!(house.dal.may_sign_up(HOME.parse().unwrap()).await, Err(SignUpError::TooMany(_))));
    let elsewhere = |name: &str| house.dal.sign_up(application(name), None, visitor("198.51.100.9"));
    elsewhere("three").await.unwrap();
    assert!(matches!(elsewhere("four").await, Err(SignUpError::TooMany(_))), "in all");
    house.clock.turn(Duration::from_mins(48));
    house.sign_up("five", None).await.unwrap();
}

/// Strangers who used the hour up kept out whoever had been invited meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_make_keeps_nobody_out_who_was_invited() {
    let house = House::build().await;
    house.dal.set_policy(Policy { sign_ups_per_source: 2, sign_ups_per_hour: 2, ..policy(SignUp::Open) });
    let admin = house.admin().await;
    let (first, second) =
        (house.make_invite(&admin, "member").await, house.make_invite(&admin, "member").await);
    // Nor do the invited use up what strangers have.
    let invited = house.redeem(first.code.expose()).await.unwrap();
    house.sign_up("guest", Some(&invited)).await.unwrap();
    house.sign_up("one", None).await.unwrap();
    house.sign_up("two", None).await.unwrap();
    assert!(matches!(house.sign_up("three", None).await, Err(SignUpError::TooMany(_))));
    let invited = house.redeem(second.code.expose()).await.unwrap();
    house.sign_up("friend", Some(&invited)).await.unwrap();
    // The uses of an invite bound what comes of it.
    assert!(matches!(house.sign_up("foe", Some(&invited)).await, Err(SignUpError::InviteVoid)));
}

/// The form told for nothing who is here: with a password that would not do, as often as anybody liked.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_makes_no_account_tells_of_no_name() {
    let house = open_house().await;
    let source_penalties = SourcePenalties { failures: 3, ..SourcePenalties::default() };
    house.dal.set_policy(Policy { source_penalties, ..policy(SignUp::Open) });
    let secret = |text: &str| Secret::new(text.to_owned());
    for name in ["admin", "root", "nobody-has-this", "bob"].repeat(3) {
        let weak = Application { password: secret("short"), again: secret("short"), ..application(name) };
        let unlike = Application { again: secret("another"), ..application(name) };
        let odd = Application { display_name: "\u{202e}".to_owned(), ..application(name) };
        for (typed, field) in [(weak, Field::Password), (unlike, Field::Again), (odd, Field::DisplayName)] {
            let Err(SignUpError::Fields(wrong)) = house.dal.sign_up(typed, None, visitor(HOME)).await else {
                panic!("{name} got in")
            };
            let fields: Vec<_> = wrong.into_iter().map(|(field, _)| field).collect();
            assert_eq!(fields, [field], "{name}");
        }
    }
    // An invite that is worth nothing is no way to ask either.
    let made = house.make_invite(&house.admin().await, "member").await;
    let invited = house.redeem(made.code.expose()).await.unwrap();
    house.admin().await.verify().await.unwrap().invites().revoke(&made.id).await.unwrap();
    assert!(matches!(house.sign_up("admin", Some(&invited)).await, Err(SignUpError::InviteVoid)));
}

/// The tallies are in the store.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_nobody_who_signed_up() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().join("store"), cache_bytes: 1 << 20 };
    let limited = || Policy { sign_ups_per_source: 1, ..policy(SignUp::Open) };
    let house = House::build_on(engine()).await;
    house.dal.set_policy(limited());
    house.sign_up("one", None).await.unwrap();
    drop(house);
    let house = House::reopened(engine).await;
    house.dal.set_policy(limited());
    assert!(matches!(house.sign_up("two", None).await, Err(SignUpError::TooMany(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_session_says_how_it_came_about() {
    let house = open_house().await;
    let session = house.sign_up("erin", None).await.unwrap();
    assert_eq!(session.claims().methods, [Method::SignUp]);
    let profile = session.verify().await.unwrap().account().profile().await.unwrap();
    assert_eq!(profile.roles.len(), 1);
    assert_eq!(profile.roles[0].as_str(), "member");
    let invite = house.make_invite(&house.admin().await, "auditor").await;
    let invited = house.redeem(invite.code.expose()).await.unwrap();
    let session = house.sign_up("frank", Some(&invited)).await.unwrap();
    assert_eq!(session.claims().methods, [Method::Invite]);
    assert_eq!(session.claims().roles[0].as_str(), "auditor");
}
