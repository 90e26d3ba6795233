//! The made-up house: full, open to one of each role, and gone without a trace.

use serde_json::Value;

use crate::support::person::Person;
use crate::support::program::{Program, run};

/// Name and password of everybody whom the greeting lets in.
fn keys(greeting: &str) -> Vec<(String, String)> {
    let commands = greeting.lines().filter(|line| line.contains(" ssh -p "));
    commands
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(line.contains(&format!(" {}@127.0.0.1 ", words[0])), "{line}");
            (words[0].to_owned(), (*words.last().unwrap()).to_owned())
        })
        .collect()
}

async fn rows(person: &Person, line: &str) -> Vec<Value> {
    let ran = person.run(line).await;
    assert_eq!(ran.status, 0, "{}", ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_full_of_people_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Program::demo(folder.path());
    let keys = keys(&demo.greeting);
    let names: Vec<&str> = keys.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["admin", "operator", "auditor", "member"], "{}", demo.greeting);
    let mut people = Vec::new();
    for (name, password) in &keys {
        people.push(Person::sign_in(demo.port, name, password).await.unwrap_or_else(|| panic!("{name}")));
    }
    let [admin, operator, auditor, member] = people.as_slice() else { panic!("four came in") };
    let users = rows(auditor, "users list --json --limit 1000").await;
    assert_eq!(users.len(), 500);
    for state in ["enabled", "pending", "disabled", "suspended", "expired"] {
        assert!(users.iter().any(|user| user["state"] == state), "{state}");
    }
    assert_eq!(member.run("users list").await.status, 4);
    for role in ["help-desk", "front-office"] {
        let holds = |user: &&Value| user["roles"].as_array().unwrap().iter().any(|held| held == role);
        assert!(users.iter().filter(holds).count() > 1, "{role}");
    }
    assert_eq!(rows(admin, "users deleted --json").await.len(), 2);
    let invites = rows(auditor, "invites list --all --json").await;
    let mut states: Vec<_> = invites.iter().map(|invite| invite["state"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["expired", "open", "open", "revoked"]);
    let locks = rows(operator, "locks list --json").await;
    assert!(locks.len() >= 3, "a machine's password, a person's, and where it came from: {locks:?}");
    let live = rows(operator, "sessions list --all --live --json --limit 1000").await;
    assert!(live.len() > 40, "{}", live.len());
    let ended = rows(auditor, "sessions list --all --ended --json --limit 1000").await;
    assert!(ended.len() > 300, "{}", ended.len());
    let mut screen = admin.dashboard(120, 40).await;
    screen.see("500").await;
    // Those who seem to be there can be sent away like everybody else.
    let somebody = live.iter().find(|row| row["doing"] == "Account").unwrap();
    let handle = somebody["handle"].as_str().unwrap();
    assert_eq!(admin.run(&format!("sessions revoke {handle}")).await.status, 0);
    let state = async || rows_of(admin, handle).await["state"].clone();
    let left = tokio::time::timeout(crate::support::PATIENCE, async {
        while state().await != "ended" {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    left.await.expect("it leaves");
    drop(people);
    assert_eq!(demo.terminate(), Some(0));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

async fn rows_of(person: &Person, handle: &str) -> Value {
    serde_json::from_str(&person.run(&format!("sessions show {handle} --json")).await.out).unwrap()
}

#[test]
fn a_demo_explains_itself() {
    let (status, out, _) = run(&["demo", "--help"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("people who do not exist") && out.contains("--listen"), "{out}");
    let (status, _, err) = run(&["demo", "--listen", "nowhere"]);
    assert_eq!(status, Some(2), "{err}");
}
