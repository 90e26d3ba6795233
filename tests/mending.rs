//! What is left when something was cut short or written by an earlier version, and what says so.

use std::time::Duration;

use passholder::dal::users::{Dates, NewUser};
use passholder::dal::{Engine, Session};
use passholder::domain::name::{DisplayName, UserName};
use passholder::domain::role::RoleName;
use tokio::time::timeout;

use crate::support::house::House;
use crate::support::program::{Program, run};
use crate::support::{PASSWORD, name};

/// Of an account with many sessions that were open, only forty went with it; and while it went, it left
/// entries that led nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_goes_with_all_of_its_sessions_also_when_that_is_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::Sled { folder: folder.path().join("store"), cache_bytes: 1 << 20 };
    let house = House::build_on(engine).await;
    let admin = house.admin().await;
    let mut open = vec![house.user("alice", "member").await];
    for _ in 0..130 {
        open.push(house.sign_in("alice").await);
    }
    admin.verify().await.unwrap().users().delete(&name("alice")).await.unwrap();
    for micros in (0..6_000).step_by(500) {
        let users = admin.verify().await.unwrap().users();
        let _ = timeout(Duration::from_micros(micros), users.purge(&name("alice"))).await;
        // What was on its way to the disk still arrives.
        tokio::time::sleep(Duration::from_millis(30)).await;
        let found = house.dal.examine().await.unwrap();
        assert_eq!(found.problems, [], "after {micros} us");
    }
    // Whether one of those had the time or not.
    let _ = admin.verify().await.unwrap().users().purge(&name("alice")).await;
    let found = house.dal.examine().await.unwrap();
    assert_eq!((found.accounts, found.problems.as_slice()), (1, [].as_slice()));
    assert!(found.sessions < 10, "{}", found.sessions);
    drop(open);
}

async fn make(admin: &Session, name: &str) {
    let name = UserName::parse(name).unwrap();
    let display_name = DisplayName::from(&name);
    let new = NewUser { name, display_name, roles: vec![RoleName::member()], dates: Dates::default() };
    admin.verify().await.unwrap().users().create(new).await.unwrap();
}

/// An earlier version let accounts have the names by which one signs up: nobody could sign in to them, and
/// nothing said why.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_nobody_can_sign_in_to_is_named_with_the_way_out() {
    // What the program does for itself before anything else.
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let secret = folder.path().join("password");
    std::fs::write(&secret, PASSWORD).unwrap();
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut program = Program::start(&data, &["--admin-password-file", secret.to_str().unwrap()]);
    assert_eq!(program.terminate(), Some(0));
    {
        let engine = Engine::Sled { folder: data.join("store"), cache_bytes: 1 << 20 };
        let house = House::reopen(engine).unwrap();
        make(&house.admin().await, "new").await;
        make(&house.admin().await, "invite").await;
        let admin = house.admin().await;
        admin.verify().await.unwrap().users().delete(&name("invite")).await.unwrap();
    }
    let at = data.to_str().unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(5);
    let (status, out, err) = loop {
        let (status, out, err) = run(&["fsck", "--data", at]);
        // The store of a house that was left is free a moment later.
        if !err.contains("in use") || std::time::Instant::now() > until {
            break (status, out, err);
        }
    };
    let words =
        "un/new: nobody can sign in as new, which is how one signs up; make this person another account";
    assert!(status == Some(1) && out.contains(words), "{status:?} {out} {err}");
    assert!(out.contains("`users delete new`") && !out.contains("un/invite"), "{out}");
    let mut program = Program::start_logged(&data, &[], &log);
    program.terminate();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("WARN") && log.contains("nobody can sign in as new"), "{log}");
}
