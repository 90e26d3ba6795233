//! The arrows of the house, held against what the rooms really import.

use std::fs;
use std::path::{Path, PathBuf};

/// Whom each room may use, besides itself and `domain`. Source: the essay of `src/lib.rs`.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("auth", &[]),
    ("dal", &["auth"]),
    // The table of screens says whose tab is whose.
    ("proxy", &["tui"]),
    ("tui", &["proxy", "dal", "auth"]),
    ("cli", &["proxy", "dal"]),
    ("ssh", &["tui", "cli", "dal", "auth", "config"]),
    ("config", &["logging"]),
    ("logging", &[]),
    ("server", &["ssh", "dal", "auth", "config", "logging"]),
];

/// Who alone may name a crate.
const ONLY: &[(&str, &str)] = &[
    ("russh", "ssh"),
    ("ratatui", "tui"),
    ("sled::", "dal/store"),
    ("argon2::", "auth"),
    ("clap::", "cli config main"),
    ("jiff", "domain/zone.rs"),
];

pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found
}

fn each_line(mut check: impl FnMut(&str, &str, &str)) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = 0;
    for path in sources(&source) {
        let inside = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
        let room = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        files += 1;
        for line in fs::read_to_string(&path).unwrap().lines() {
            let line = line.trim_start();
            if !line.starts_with("//") {
                check(&room, &inside, line);
            }
        }
    }
    assert!(files > 40, "the sources are somewhere else");
}

#[test]
fn rooms_use_only_whom_they_may() {
    each_line(|room, inside, line| {
        let Some(rest) = line.split("crate::").nth(1) else { return };
        let used: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        if used.is_empty() || room == "lib" || room == "main" || used == room || used == "domain" {
            return;
        }
        let allowed = ARROWS.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, to)| to);
        assert!(allowed.contains(&used.as_str()), "{inside}: {room} must not use {used}: {line}");
    });
}

#[test]
fn engines_and_libraries_are_named_in_one_room() {
    each_line(|_, inside, line| {
        for (library, rooms) in ONLY {
            let named = line.starts_with(&format!("use {library}"))
                || line.contains(&format!(" {library}::"))
                || line.contains(&format!("({library}::"));
            let allowed = rooms.split(' ').any(|room| inside.starts_with(room));
            assert!(!named || allowed, "{inside}: only {rooms} may name {library}: {line}");
        }
    });
}

#[test]
fn only_the_gate_holds_the_store() {
    each_line(|room, inside, line| {
        let holds = line.contains("Arc<dyn Store>");
        assert!(
            !holds || inside == "dal/gate.rs" || inside.starts_with("dal/store"),
            "{room}/{inside}: {line}"
        );
    });
}

#[test]
fn the_doors_without_a_proof_are_these() {
    let gate = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dal/gate.rs")).unwrap();
    let dal = gate.split("\nimpl Dal {").nth(1).unwrap().split("\n}\n").next().unwrap();
    let doors: Vec<&str> = dal
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("pub async fn "))
        .map(|line| line.split('(').next().unwrap())
        .collect();
    let set_up = ["health", "is_set_up", "set_up", "close_what_a_crash_left", "complete_lists", "examine"];
    let by_themselves = ["sweep", "keep_sweeping", "recover", "login", "login_with_code"];
    let about_seeds = ["unseal_with", "holds_seeds"];
    let for_strangers = ["may_sign_up", "redeem", "sign_up", "purge_expired_invites"];
    assert_eq!(doors, [&set_up[..], &by_themselves, &about_seeds, &for_strangers, &["read_policy"]].concat());
}

/// What fills a playground asks for no proof: the demo alone may, and a playground is in memory.
#[test]
fn only_the_demo_has_a_playground() {
    each_line(|_, inside, line| {
        let is_at_home = ["dal/gate.rs", "dal/playground.rs", "dal/mod.rs"].contains(&inside);
        let named = line.contains("Playground") || line.contains("dal::playground");
        assert!(!named || is_at_home || inside.starts_with("server/demo/"), "{inside}: {line}");
    });
    let gate = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dal/gate.rs")).unwrap();
    let playground = gate.split("\nimpl Playground {").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert!(playground.contains("Engine::Memory") && !playground.contains("engine"), "{playground}");
}
