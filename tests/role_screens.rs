//! The screens of roles, and what becomes of open screens when roles change.

use std::time::Duration;

use passholder::dal::Session;
use passholder::domain::role::{CustomRole, Limits, parse_permissions};
use passholder::tui::screens::Route;
use passholder::tui::terminal::Profile;

use crate::custom_roles::{create, custom, edit, give, grant, name, named};
use crate::support::PASSWORD;
use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};

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
    assert!(desk.picture(80, 24).contains("There is no permission fly"), "{}", desk.picture(80, 24));
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

/// From the permission that is looked at to why somebody may not.
#[tokio::test(flavor = "multi_thread")]
async fn it_is_asked_on_the_screen_why_somebody_may_not() {
    let (_house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.go(Route::Roles).await;
    desk.press("mjjjjw").await;
    desk.press("\x15erin\r\r").await;
    snap(&mut desk, "roles_why");
    desk.press("\r").await;
    desk.press("\x15fly\r").await;
    assert!(
        desk.picture(80, 24).contains("must be a permission, like read-users"),
        "{}",
        desk.picture(80, 24)
    );
    desk.press("\x15read-users\x1b[Z\x15zoe\r\r").await;
    assert!(desk.picture(80, 24).contains("There is no user zoe"), "{}", desk.picture(80, 24));
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("Roles › Matrix  "), "{}", desk.picture(80, 24));
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
        desk.picture(80, 24).contains("This role is built in; take another name"),
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
        picture.contains("There is no role named boss; there are admin") && picture.contains("desk"),
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

/// The answer was one key away when the role was taken that allows it: nothing is done, and it is said why.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_demoted_with_a_form_open_saves_nothing() {
    let (house, admin) = furnished().await;
    let boss = house.user("boss", "admin").await;
    let mut desk = Desk::open(&boss);
    desk.go(Route::Roles).await;
    desk.press("jjjje").await;
    desk.press(" and more\r\r\r\r\r").await;
    assert!(desk.picture(80, 24).contains("Enter save"), "{}", desk.picture(80, 24));
    give(&admin, "boss", "operator").await.unwrap();
    desk.press("\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("You may not do this: it needs manage-roles, which admin"), "{picture}");
    let role = admin.verify().await.unwrap().roles().get(&named("desk")).await.unwrap();
    assert_eq!(role.about, "the front desk");
    // What may still be seen stays to be seen.
    desk.app.heard_the_bell();
    desk.settle().await;
    let picture = desk.picture(80, 24);
    assert!(
        picture.contains("Your roles have changed: now operator.") && picture.contains("Roles"),
        "{picture}"
    );
}

/// The matrix offered more roles where all of them were seen.
#[tokio::test(flavor = "multi_thread")]
async fn more_roles_are_offered_where_some_are_not_seen() {
    let (_house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.go(Route::Roles).await;
    desk.press("m").await;
    assert!(!desk.picture(120, 40).contains("more roles"), "{}", desk.picture(120, 40));
    assert!(desk.picture(60, 24).contains("> more roles"), "{}", desk.picture(60, 24));
    desk.press(">>>>>>>>").await;
    assert!(desk.picture(60, 24).contains("< roles before"), "{}", desk.picture(60, 24));
}

/// The form was filled in while somebody else saved: one is told what they changed, keeps what one typed, and
/// saves it over theirs only after having seen what that does.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_second_to_save_is_told_and_keeps_what_was_typed() {
    let (_house, admin) = furnished().await;
    let mut desk = Desk::open(&admin);
    desk.go(Route::Roles).await;
    desk.press("jjjje").await;
    desk.press(", at the door").await;
    edit(&admin, "desk", |role| role.permissions = parse_permissions("read-users, read-audit").unwrap())
        .await
        .unwrap();
    desk.press("\r\r\r\r\r").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("admin changed desk (read-audit was added"), "{picture}");
    desk.press("\r").await;
    desk.press("\x1b").await;
    assert!(desk.picture(80, 24).contains("the front desk, at the door"), "{}", desk.picture(80, 24));
    edit(&admin, "desk", |role| role.limits.cap = Some(3)).await.unwrap();
    desk.press("\r").await;
    assert!(desk.picture(80, 24).contains("Changed meanwhile"), "{}", desk.picture(80, 24));
    desk.press("s").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Taken out: read-audit."), "{picture}");
    desk.press("\r").await;
    let role = admin.verify().await.unwrap().roles().get(&named("desk")).await.unwrap();
    assert_eq!(role.about, "the front desk, at the door");
}
