use proptest::prelude::*;

use super::*;

fn read(format: Format, text: &[u8], piece: usize) -> Vec<Result<Entry, Flaw>> {
    let mut reader = Reader::new(format, false);
    let mut all = Vec::new();
    for piece in text.chunks(piece.max(1)).chain([&b""[..]]) {
        reader.feed(piece, |one| all.push(one));
    }
    all
}

fn why(format: Format, text: &str) -> String {
    let read = read(format, text.as_bytes(), 1_000);
    read.into_iter().find_map(Result::err).map(|flaw| flaw.to_string()).unwrap_or_default()
}

#[test]
fn columns_stand_in_any_order_and_with_a_mark_before_them() {
    let text = "\u{feff}roles,name,display_name\r\n\"auditor, member\",Alice,'=Al\r\n,bob,\r\n";
    for piece in [1, 2, 3, 7, 100] {
        let read: Vec<_> =
            read(Format::Csv, text.as_bytes(), piece).into_iter().map(Result::unwrap).collect();
        assert_eq!((read[0].line, read[0].account.name.as_str()), (2, "alice"));
        assert_eq!(read[0].account.display_name.as_str(), "=Al");
        assert_eq!(read[0].account.roles.len(), 2);
        assert_eq!(read[1].account.roles, [RoleName::member()]);
        assert_eq!(read[1].account.display_name.as_str(), "bob");
    }
}

#[test]
fn nothing_but_the_columns_is_taken() {
    for extra in ["password", "hash", "id", "permissions", "must_change_password", "epoch"] {
        assert!(
            why(Format::Csv, &format!("name,{extra}\nalice,x\n")).contains(&format!("no column \"{extra}\""))
        );
        let json = format!("{{\"name\":\"alice\",\"{extra}\":\"x\"}}\n");
        assert!(
            why(Format::Jsonl, &json)
                .contains(&format!("there is no field \"{extra}\"; there are name, display_name"))
        );
    }
    assert!(why(Format::Csv, "name,name\n").contains("twice"));
    assert!(why(Format::Csv, "alice,bob\n").contains("no column \"alice\""));
    assert!(why(Format::Csv, "roles\nmember\n").contains("name the columns"));
}

#[test]
fn a_line_is_judged_like_a_form() {
    let long = "a".repeat(33);
    for (line, expected) in [
        ("\u{430}lice,,,", "name must be up to 32"),
        (long.as_str(), "name must be up to 32"),
        ("a\u{200b}b,,,", "name must be up to 32"),
        ("root,,,", "name is reserved"),
        ("-rf,,,", "name must be up to 32"),
        ("alice,\u{202e}x,,", "display_name holds a character"),
        ("alice,a\0b,,", "display_name holds a character"),
        ("alice,,b\u{f6}ss,", "roles böss is not the name of a role"),
        ("alice,,,tomorrow", "from \"tomorrow\" is no time"),
        ("alice,x", "has 2 cells, and the header 4"),
    ] {
        let line = if line == long { format!("{line},,,") } else { line.to_owned() };
        let told = why(Format::Csv, &format!("name,display_name,roles,from\n{line}\n"));
        assert!(told.starts_with("line 2: ") && told.contains(expected), "{line:?}: {told}");
    }
    let told = why(Format::Csv, "name,from,until\nalice,2026-12-02,2026-12-01\n");
    assert!(told.contains("until must be later"), "{told}");
    assert!(why(Format::Csv, "name,disabled_until\nalice,2026-12-02\n").contains("must say why"));
    assert!(why(Format::Csv, "name,roles\na,\"member\n").contains("a quote that is not closed"));
}

/// The words were those of a parser: `missing field`, `invalid type: integer`, `line 1 column 30`.
#[test]
fn what_is_wrong_with_a_line_is_said_with_what_is_allowed() {
    for (line, expected) in [
        (r#"{"roles":["member"]}"#, "name is missing"),
        (r#"{"name":7}"#, "name must be a text, in quotes"),
        (r#"{"name":null}"#, "name must be a text, in quotes"),
        (r#"{"name":"a","until":20261201}"#, "until must be a text, in quotes"),
        (r#"{"name":"a","roles":7}"#, r#"roles must be a text or a list of texts, such as ["member"]"#),
        (r#"{"name":"a","roles":["member",7]}"#, "roles must be a text or a list of texts"),
        (r#"{"name":"a","name":"b"}"#, "the field name stands there twice"),
        (r#"["a"]"#, r#"must be an object such as {"name":"alice","roles":["member"]}"#),
        (r#"{"name":"a""#, "is no JSON from its character 11 on; a line is like {"),
        ("{", "is no JSON from its character 1 on"),
        ("name,roles", "; is the list CSV? Then add --format csv"),
    ] {
        let told = why(Format::Jsonl, &format!("\n{line}\n"));
        assert!(told.starts_with("line 2: ") && told.contains(expected), "{line}: {told}");
    }
}

/// A spreadsheet writes what its country is used to.
#[test]
fn a_list_that_is_separated_otherwise_is_told_from_one_without_columns() {
    let hint = |seems: &str| format!("columns are separated by commas; this list seems to use {seems}");
    assert!(why(Format::Csv, "name;display_name\nalice;Alice\n").contains(&hint("semicolons")));
    assert!(why(Format::Csv, "name\troles\n").contains(&hint("tabs")));
    assert!(why(Format::Csv, "{\"name\":\"alice\"}\n").contains("seems to be JSON; add --format jsonl"));
    assert_eq!(why(Format::Csv, "name\nalice\n"), "");
}

#[test]
fn a_list_ends_where_it_is_too_long() {
    let names: Vec<String> = (0..=MAX_ACCOUNTS).map(|number| format!("u{number}")).collect();
    let text = format!("name\n{}\n", names.join("\n"));
    let read = read(Format::Csv, text.as_bytes(), 1 << 16);
    let flaw = read.last().unwrap().as_ref().unwrap_err();
    assert!(flaw.is_last && flaw.to_string() == "line 100002: there are more than 100000 accounts", "{flaw}");
    assert_eq!(read.len(), MAX_ACCOUNTS + 1);
}

fn listed() -> impl Strategy<Value = Listed> {
    let time = || prop::option::of((1_u64..4_000_000_000_000_000).prop_map(Timestamp::from_micros));
    let text = || "[=+@'\",;a-zà-ÿ🙂-]{1,12}|[a-z ]{1,12}";
    let until = || (1_u64..4_000_000_000_000_000).prop_map(Timestamp::from_micros);
    (
        "[a-z][a-z0-9._-]{3,31}",
        text(),
        prop::collection::btree_set("[a-z][a-z0-9-]{0,8}", 1..4),
        prop::collection::vec(("[a-z]{1,5}", until()), 0..2),
        time(),
        prop::option::of((text(), time())),
    )
        .prop_filter_map("a name and texts", |(name, display, roles, grants, from, disabled)| {
            let role = |name: &str| RoleName::parse(name).unwrap();
            let disabled = match disabled {
                Some((reason, until)) => Some((Line::parse(&reason).ok()?, until)),
                None => None,
            };
            Some(Listed {
                name: UserName::parse_new(&name).ok()?,
                display_name: DisplayName::parse(&display).ok()?,
                roles: roles.iter().map(|name| role(name)).collect(),
                grants: grants.iter().map(|(name, until)| (role(name), *until)).collect(),
                from,
                until: from.map(|from| from.after(std::time::Duration::from_secs(5))),
                disabled,
            })
        })
}

proptest! {
    #[test]
    fn what_goes_out_comes_in_again(all in prop::collection::vec(listed(), 0..6), piece in 1_usize..90) {
        for format in [Format::Csv, Format::Jsonl] {
            let text: String =
                std::iter::once(heading(format)).chain(all.iter().map(|one| one.written(format, false))).collect();
            let read: Vec<Listed> =
                read(format, text.as_bytes(), piece).into_iter().map(|one| one.unwrap().account).collect();
            prop_assert_eq!(&read, &all);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in any::<Vec<u8>>(), piece in 1_usize..9) {
        for format in [Format::Csv, Format::Jsonl] {
            let _ = read(format, &bytes, piece);
        }
    }
}
