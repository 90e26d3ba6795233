//! The example file, written from the table.

use std::fmt::Write as _;

use super::{Applies, Config, KNOBS, Knob, Origin, given::Given, resolve};

const SHIPPED: &str = include_str!("../../assets/passholder.toml");

const HEAD: &str = "\
# The configuration of Passholder: every key, with its default.
#
#   passholder serve --config passholder.toml
#   passholder check-config --config passholder.toml
#
# To change a value, remove the # before it. A flag wins over the environment, the environment
# over this file, this file over the default. `live` keys change with SIGHUP; `restart` keys at the
# next start. What administrators set while it runs (the Policy screen, `policy set`) wins over all
# of these in [session], [password], [second_factor], [guessing], [accounts] and [audit].
# Durations are a whole number and ms, s, min, h or d. Unknown keys are errors.
";

const TABLES: &[(&str, &str)] = &[
    ("ssh", "What one connection, and all of them together, may do and cost."),
    ("session", "How long a sign-in lasts."),
    ("password", "What passwords must be, and what guessing one costs."),
    ("second_factor", "Whether a code is asked for behind the password."),
    ("guessing", "How those are slowed down who guess."),
    ("accounts", "How accounts come and go."),
    ("audit", "How long what happened is known."),
    ("hashing", "How much of this machine sign-ins may use."),
    ("store", "The embedded store."),
];

/// What `assets/passholder.toml` must say.
fn example() -> String {
    let mut out = HEAD.to_owned();
    let mut last = "";
    for knob in KNOBS.iter() {
        let (table, name) = knob.key.rsplit_once('.').unwrap_or(("", knob.key));
        if table != last {
            let (_, about) = TABLES.iter().find(|(name, _)| *name == table).unwrap();
            write!(out, "\n\n# {about}\n[{table}]\n").unwrap();
            last = table;
        }
        write!(out, "\n{}#{name} = {}\n", notes(knob), knob.default_value()).unwrap();
    }
    out
}

fn notes(knob: &Knob) -> String {
    let applies = match knob.applies {
        Applies::Live => "live",
        Applies::Restart => "restart",
    };
    format!("# {}\n# {}. {applies}; {}\n", knob.about, upper_first(&knob.allowed()), knob.env())
}

fn upper_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[test]
fn the_example_says_what_the_table_says() {
    let wanted = example();
    if wanted != SHIPPED {
        let path = std::env::temp_dir().join("passholder.toml");
        std::fs::write(&path, wanted).unwrap();
        panic!("assets/passholder.toml is not what the table says; that is now in {}", path.display());
    }
}

#[test]
fn the_example_as_it_is_changes_nothing() {
    let resolved = resolve(&super::Flags::default(), [], Some(("passholder.toml", SHIPPED))).unwrap();
    assert_eq!(resolved.config, Config::default());
    assert!(resolved.settings.iter().all(|setting| setting.origin == Origin::Default));
}

#[test]
fn the_example_without_its_comment_signs_is_the_default() {
    let uncommented: String = SHIPPED
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(|first: char| first.is_ascii_lowercase()) => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let resolved = resolve(&super::Flags::default(), [], Some(("passholder.toml", &uncommented))).unwrap();
    assert_eq!(resolved.config, Config::default());
    for setting in resolved.settings {
        assert!(matches!(setting.origin, Origin::File { .. }), "{} is missing", setting.knob.key);
        assert!(!matches!(setting.given, Given::Other(_)));
    }
}
