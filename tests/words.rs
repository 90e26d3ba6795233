//! The words of the dashboard stand in one room, `src/tui/words`: whoever changes what is said finds it there.

use std::fs;
use std::path::Path;

use super::layers::sources;

/// Where words stand in a table, which is one place already, or where they are what is understood and not what
/// is said.
const TABLES: &[&str] = &["keymap.rs", "screens/mod.rs", "plain/meaning.rs"];

/// A line with one of these has words for somebody else: a table of actions, the log, the name of a field that an
/// error is about, the reason of a lint.
const NOT_SAID: &[&str] = &["Action::", "tracing::", "field: \"", "reason = \""];

/// What begins with a capital and is a key, not a label.
const KEYS: &[&str] = &["Enter", "Esc"];

/// The string literals of a source, each with its line. No raw strings and no byte strings: there are none here.
fn literals(source: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for line in source.split_inclusive('\n') {
        assert!(!line.contains("r#\""), "a raw string cannot be judged here: {line}");
    }
    let (mut rest, mut above) = (source, 0);
    while let Some(next) = rest.find(['"', '/', '\'']) {
        let here = &rest[next..];
        let skipped = if here.starts_with("//") {
            here.find('\n').unwrap_or(here.len())
        } else if here.starts_with("'\"'") {
            3
        } else if let Some(inside) = here.strip_prefix('"') {
            let mut is_escaped = false;
            let end = inside
                .find(|c| {
                    let ends = c == '"' && !is_escaped;
                    is_escaped = c == '\\' && !is_escaped;
                    ends
                })
                .unwrap();
            let at = above + next;
            let begin = source[..at].rfind('\n').map_or(0, |newline| newline + 1);
            let line = source[begin..].lines().next().unwrap();
            found.push((&inside[..end], line));
            end + 2
        } else {
            1
        };
        rest = &here[skipped..];
        above += next + skipped;
    }
    found
}

/// What is said of a literal: without what is put in, and without the signs of escapes.
fn said(literal: &str) -> String {
    let mut words = String::new();
    let mut depth = 0_usize;
    let mut characters = literal.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            character if depth == 0 => words.push(character),
            _ => {}
        }
    }
    words
}

/// No string with a letter and a blank in it stands outside of that room, and no label on a screen: a test, a
/// comment and the exceptions above apart.
#[test]
fn the_words_of_the_dashboard_stand_in_one_room() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tui");
    let (mut files, mut strays) = (0, Vec::new());
    for path in sources(&room) {
        let inside = path.strip_prefix(&room).unwrap().to_str().unwrap().to_owned();
        if inside.starts_with("words/") || inside.ends_with("tests.rs") || TABLES.contains(&inside.as_str()) {
            continue;
        }
        files += 1;
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (literal, line) in literals(source) {
            let words = said(literal);
            let is_sentence = words.contains(' ') && words.contains(char::is_alphabetic);
            let is_label = inside.starts_with("screens/")
                && words.starts_with(char::is_uppercase)
                && !KEYS.contains(&words.as_str());
            if (is_sentence || is_label) && !NOT_SAID.iter().any(|what| line.contains(what)) {
                strays.push(format!("{inside}: {literal:?}"));
            }
        }
    }
    assert!(files > 60, "the sources are somewhere else");
    assert!(strays.is_empty(), "these belong into src/tui/words:\n{}", strays.join("\n"));
}

#[test]
fn what_is_said_is_told_from_what_is_put_in() {
    let source =
        "// \"a comment\"\nlet a = format!(\"{one} {two}\"); let c = '\"';\nsay(\"not \\\"this\\\" one\")\n";
    let found: Vec<&str> = literals(source).into_iter().map(|(literal, _)| literal).collect();
    assert_eq!(found, ["{one} {two}", "not \\\"this\\\" one"]);
    assert_eq!(said("{one} {two:<8}"), " ");
    assert_eq!(said("to {whom}\\n"), "to ");
}
