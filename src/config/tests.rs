use std::collections::HashSet;
use std::ffi::OsString;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::duration;
use crate::domain::policy::{self, Place, RULES, Rule};

const FILE: &str = "passholder.toml";

fn with(flags: &Flags, env: &[(&str, &str)], file: &str) -> Result<Resolved, ConfigErrors> {
    let env = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    resolve(flags, env, Some((FILE, file)))
}

fn file(text: &str) -> Result<Resolved, ConfigErrors> {
    with(&Flags::default(), &[], text)
}

fn env(name: &str, value: &str) -> Result<Resolved, ConfigErrors> {
    with(&Flags::default(), &[(name, value)], "")
}

fn listen(address: &str) -> Flags {
    Flags { listen: Some(address.to_owned()), ..Flags::default() }
}

fn complaints(result: Result<Resolved, ConfigErrors>) -> Vec<String> {
    result.unwrap_err().to_string().lines().map(str::to_owned).collect()
}

fn origin(resolved: &Resolved, key: &str) -> String {
    resolved.settings.iter().find(|setting| setting.knob.key == key).unwrap().origin.to_string()
}

#[test]
fn a_flag_wins_over_the_environment_over_the_file_over_the_default() {
    let flags = listen("127.0.0.1:1");
    let env = [("PASSHOLDER_LISTEN", "127.0.0.1:2"), ("PASSHOLDER_SSH_CHANNELS", "2"), ("HOME", "/")];
    let text = "listen = '127.0.0.1:3'\n[ssh]\nchannels = 3\nbanner = 'three'\n";
    let resolved = with(&flags, &env, text).unwrap();
    assert_eq!(resolved.config.listen.port(), 1);
    assert_eq!(resolved.config.ssh.channels, 2);
    assert_eq!(resolved.config.ssh.banner, "three");
    assert_eq!(resolved.config.ssh.failed_proofs, 4);
    assert_eq!(origin(&resolved, "listen"), "--listen");
    assert_eq!(origin(&resolved, "ssh.channels"), "PASSHOLDER_SSH_CHANNELS");
    assert_eq!(origin(&resolved, "ssh.banner"), "passholder.toml:4");
    assert_eq!(origin(&resolved, "ssh.failed_proofs"), "default");
}

#[test]
fn the_table_states_the_defaults_that_the_types_have() {
    let spelled = KNOBS.iter().map(|knob| (knob.env().into(), knob.default.into()));
    let resolved = resolve(&Flags::default(), spelled, None).unwrap();
    assert_eq!(resolved.config, Config::default());
    assert_eq!(file("").unwrap().config, Config::default());
    assert_eq!(resolved.config.policy, Policy::default());
}

#[test]
fn every_knob_reaches_a_field_of_its_own() {
    let mut seen = HashSet::new();
    for knob in KNOBS.iter() {
        let other = match &knob.kind {
            Kind::Address(_) => "[::1]:22".to_owned(),
            Kind::Path(_) | Kind::OptionalPath(_) => "/elsewhere".to_owned(),
            Kind::Level(_) => "debug".to_owned(),
            Kind::Format(_) => "json".to_owned(),
            Kind::Duration(range, _) | Kind::Rule(Rule { kind: policy::Kind::Duration(range, _), .. }) => {
                duration::text(*range.end())
            }
            Kind::Count(range, ..) | Kind::Rule(Rule { kind: policy::Kind::Count(range, ..), .. }) => {
                let end = *range.end();
                (if end.to_string() == knob.default { *range.start() } else { end }).to_string()
            }
            Kind::Threads(..) => "63".to_owned(),
            Kind::Line(_) => "other".to_owned(),
            Kind::Rule(rule) => rule.kind.words().into_iter().find(|word| word != knob.default).unwrap(),
            Kind::Switch(_) => "true".to_owned(),
        };
        let mut config = Config::default();
        knob.kind.set(&mut config, &knob.kind.read(&other)).unwrap_or_else(|| panic!("{}", knob.key));
        assert_ne!(config, Config::default(), "{}", knob.key);
        assert!(seen.insert(format!("{config:?}")), "{} sets what another knob sets", knob.key);
    }
}

#[test]
fn every_rule_is_a_knob_and_says_the_same() {
    for rule in RULES {
        let knob = Knob::find(rule.key).unwrap();
        assert_eq!((knob.default, knob.about, knob.allowed()), (rule.default, rule.about, rule.allowed()));
        assert_eq!(knob.applies, Applies::Live);
    }
    let resolved =
        with(&Flags::default(), &[("PASSHOLDER_SESSION_CAP", "3")], "[session]\nlifetime = '1h'\ncap = 5\n")
            .unwrap();
    let base = resolved.base();
    assert_eq!((base.policy.session_cap, base.policy.session_lifetime), (3, Duration::from_hours(1)));
    assert_eq!(base.place("session.cap"), Some(&Place::Environment("PASSHOLDER_SESSION_CAP".to_owned())));
    assert_eq!(base.place("session.lifetime"), Some(&Place::File("passholder.toml:2".to_owned())));
    assert_eq!(base.place("session.idle"), None);
}

#[test]
fn names_are_unique_in_the_file_and_in_the_environment() {
    let keys: HashSet<_> = KNOBS.iter().map(|knob| knob.key).collect();
    let names: HashSet<_> = KNOBS.iter().map(Knob::env).collect();
    assert_eq!((keys.len(), names.len()), (KNOBS.len(), KNOBS.len()));
    assert_eq!(Knob::find("ssh.login_grace").unwrap().env(), "PASSHOLDER_SSH_LOGIN_GRACE");
}

#[test]
fn a_number_or_duration_out_of_bounds_is_refused_and_the_bounds_are_named() {
    for knob in KNOBS.iter() {
        let (inside, outside, bounds) = match &knob.kind {
            Kind::Count(range, ..)
            | Kind::Threads(range, _)
            | Kind::Rule(Rule { kind: policy::Kind::Count(range, ..), .. }) => numbers(range),
            Kind::Duration(range, _) | Kind::Rule(Rule { kind: policy::Kind::Duration(range, _), .. }) => {
                durations(range)
            }
            _ => continue,
        };
        for word in inside {
            let resolved = env(&knob.env(), &word);
            let is_bound = knob.key.contains("unauthenticated") || knob.key == "password.min_chars";
            assert!(resolved.is_ok() || is_bound, "{} = {word}", knob.key);
        }
        for word in outside {
            let message = env(&knob.env(), &word).unwrap_err().to_string();
            assert!(message.contains(&bounds), "{message} does not say {bounds}");
            assert!(message.starts_with(&knob.env()) && message.contains(&word), "{message}");
        }
    }
}

type Words = (Vec<String>, Vec<String>, String);

fn numbers(range: &std::ops::RangeInclusive<u32>) -> Words {
    let (from, to) = (i64::from(*range.start()), i64::from(*range.end()));
    let words = |numbers: &[i64]| numbers.iter().map(i64::to_string).collect();
    (words(&[from, to]), words(&[from - 1, to + 1, -1, i64::MIN, i64::MAX]), format!("from {from} to {to}"))
}

fn durations(range: &std::ops::RangeInclusive<Duration>) -> Words {
    let (from, to) = (*range.start(), *range.end());
    let below = from.checked_sub(Duration::from_millis(1)).map(duration::text);
    let above = duration::text(to + Duration::from_millis(1));
    let (from, to) = (duration::text(from), duration::text(to));
    let bounds = format!("from {from} to {to}");
    (vec![from, to], below.into_iter().chain([above, "1e3d".to_owned()]).collect(), bounds)
}

#[test]
fn a_wrong_value_is_named_with_its_place_and_what_is_allowed() {
    for (text, complaint) in [
        (
            "\n[ssh]\nlogin_grace = \"70x\"",
            "passholder.toml:3: ssh.login_grace = \"70x\" is not allowed: a duration from 1s to 10min, like \"60s\"",
        ),
        (
            "[ssh]\nlogin_grace = 60",
            "passholder.toml:2: ssh.login_grace = 60 is not allowed: a duration from 1s to 10min, like \"60s\"",
        ),
        (
            "ssh.channels = \"4\"",
            "passholder.toml:1: ssh.channels = \"4\" is not allowed: a whole number from 1 to 64 (channels)",
        ),
        (
            "ssh = { channels = 4.0 }",
            "passholder.toml:1: ssh.channels = 4.0 is not allowed: a whole number from 1 to 64 (channels)",
        ),
        (
            "listen = \"localhost:2222\"",
            "passholder.toml:1: listen = \"localhost:2222\" is not allowed: an IP address and a port, like \"127.0.0.1:2222\"",
        ),
        ("data = ''", "passholder.toml:1: data = \"\" is not allowed: a path, like \"passholder-data\""),
        (
            "admin_password_file = false",
            "passholder.toml:1: admin_password_file = false is not allowed: a path, or \"\" for none",
        ),
        (
            "log = 'trace'",
            "passholder.toml:1: log = \"trace\" is not allowed: \"error\", \"warn\", \"info\" or \"debug\"",
        ),
        (
            "log_format = 'xml'",
            "passholder.toml:1: log_format = \"xml\" is not allowed: \"text\" or \"json\"",
        ),
        ("ssh.pq_only = 'yes'", "passholder.toml:1: ssh.pq_only = \"yes\" is not allowed: true or false"),
        (
            "ssh.banner = \"\\u001b[2J\"",
            "passholder.toml:1: ssh.banner = \"\\x1b[2J\" is not allowed: one line of at most 200 characters, or \"\" for none",
        ),
        (
            "hashing.threads = 0",
            "passholder.toml:1: hashing.threads = 0 is not allowed: a whole number from 1 to 64, or \"auto\" for one per core but at most 4",
        ),
        ("ssh = 3", "passholder.toml:1: ssh = 3 is not allowed: a table, which begins with [ssh]"),
        ("[[ssh]]", "passholder.toml:1: ssh = [[ ]] is not allowed: a table, which begins with [ssh]"),
        (
            "[ssh]\nunauthenticated_start = 200",
            "passholder.toml:2: ssh.unauthenticated_start = 200 is not allowed: at most ssh.unauthenticated_full, which is 100",
        ),
    ] {
        assert_eq!(complaints(file(text)), [complaint]);
    }
}

#[test]
fn a_wrong_value_in_the_environment_or_a_flag_is_named_the_same_way() {
    assert_eq!(
        complaints(env("PASSHOLDER_SSH_LOGIN_GRACE", "70x")),
        [
            "PASSHOLDER_SSH_LOGIN_GRACE: ssh.login_grace = \"70x\" is not allowed: a duration from 1s to 10min, like \"60s\""
        ]
    );
    assert_eq!(
        complaints(with(&listen("x"), &[], "")),
        ["--listen: listen = \"x\" is not allowed: an IP address and a port, like \"127.0.0.1:2222\""]
    );
    let flags = Flags { log_format: Some("\x1b[2J".to_owned()), ..Flags::default() };
    assert_eq!(
        complaints(with(&flags, &[], "")),
        ["--log-format: log_format = \"\\x1b[2J\" is not allowed: \"text\" or \"json\""]
    );
}

#[test]
fn an_unknown_key_is_an_error_and_the_nearest_is_named() {
    const THERE: &str = "there are listen, data, log, log_format, admin_password_file, second_factor_key_file, \
                         and the tables [ssh], [session], [password], [second_factor], [guessing], [accounts], [audit], [hashing], [store]";
    let text =
        "lisen = 1\nelephant = 1\nlogin_grace = '60s'\n\n[ssh]\n# one\nlogin_grase = '60s'\n\n[nothing]\n";
    assert_eq!(
        complaints(file(text)),
        [
            "passholder.toml:1: there is no key \"lisen\"; did you mean \"listen\"?",
            &format!("passholder.toml:2: there is no key \"elephant\"; {THERE}"),
            "passholder.toml:3: there is no key \"login_grace\"; did you mean \"ssh.login_grace\"?",
            "passholder.toml:7: there is no key \"ssh.login_grase\"; did you mean \"ssh.login_grace\"?",
            &format!("passholder.toml:9: there is no key \"nothing\"; {THERE}"),
        ]
    );
    assert_eq!(
        complaints(file("'ssh.channels' = 4")),
        ["passholder.toml:1: there is no key \"'ssh.channels'\"; did you mean \"ssh.channels\"?"]
    );
    assert_eq!(
        complaints(file("[listen]\naddress = 1")),
        ["passholder.toml:2: there is no key \"listen.address\"; did you mean \"listen\"?"]
    );
}

#[test]
fn an_unknown_variable_is_an_error_and_its_value_is_not_repeated() {
    let names = [
        ("PASSHOLDER_LISTN", "127.0.0.1:2"),
        ("PASSHOLDER_ADMIN_PASSWORD", "correct horse"),
        ("PASSHOLDER_CONFIG_FILE", "x"),
        ("PASSHOLDER_ELEPHANT", "x"),
        ("PASSHOLDER_CONFIG", "counts elsewhere"),
        ("PASSHOLDER_ADMIN_PASSWORD_FILE", "/run/password"),
        ("XPASSHOLDER_LISTEN", "not ours"),
    ];
    assert_eq!(
        complaints(with(&Flags::default(), &names, "")),
        [
            "PASSHOLDER_ADMIN_PASSWORD: there is no such variable; did you mean \"PASSHOLDER_ADMIN_PASSWORD_FILE\"?",
            "PASSHOLDER_CONFIG_FILE: there is no such variable; did you mean \"PASSHOLDER_CONFIG\"?",
            "PASSHOLDER_ELEPHANT: there is no such variable",
            "PASSHOLDER_LISTN: there is no such variable; did you mean \"PASSHOLDER_LISTEN\"?",
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_is_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let bytes = OsString::from_vec(vec![b'/', 0xff]);
    let result = resolve(&Flags::default(), [("PASSHOLDER_DATA".into(), bytes)], None);
    assert_eq!(complaints(result), ["PASSHOLDER_DATA: the value is not UTF-8"]);
}

#[test]
fn text_that_is_not_toml_is_named_with_its_line() {
    assert_eq!(
        complaints(file("log = 'info'\nlog = 'warn'\n")),
        ["passholder.toml:2: is not TOML: duplicate key, at log"]
    );
    assert_eq!(
        complaints(file("[ssh]\nchannels = 4\n[ssh]\nchannels = 4\n")),
        ["passholder.toml:3: is not TOML: duplicate key, at ssh"]
    );
    let [complaint]: [String; 1] = complaints(file("log = 'info'\n\nlisten = \x1b[2J\n")).try_into().unwrap();
    assert!(complaint.starts_with("passholder.toml:3: is not TOML: "), "{complaint}");
    assert!(!complaint.contains('\x1b'), "{complaint}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let result =
        with(&listen("x"), &[("PASSHOLDER_LOG", "loud")], "log = 'quiet'\nlisen = 1\n[ssh]\nchannels = 0\n");
    let places: Vec<_> =
        complaints(result).iter().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
    let expected =
        ["passholder.toml:1", "passholder.toml:2", "passholder.toml:4", "PASSHOLDER_LOG", "--listen"];
    assert_eq!(places, expected);
}

#[test]
fn a_named_file_must_exist_and_be_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("absent.toml");
    let flags = Flags { config: Some(path.clone()), ..Flags::default() };
    let missing = format!("{}: cannot be read: No such file or directory (os error 2)", path.display());
    assert_eq!(complaints(load(&flags, [])), std::slice::from_ref(&missing));
    let named: [(OsString, OsString); 1] = [("PASSHOLDER_CONFIG".into(), path.clone().into())];
    assert_eq!(complaints(load(&Flags::default(), named.clone())), [missing]);

    std::fs::write(&path, "ssh.channels = 2").unwrap();
    assert_eq!(load(&Flags::default(), named.clone()).unwrap().config.ssh.channels, 2);
    std::fs::write(&path, [0xff]).unwrap();
    assert!(complaints(load(&Flags::default(), named))[0].contains("cannot be read"));
}

#[test]
fn a_configuration_is_shown_with_its_origins() {
    let text = file("data = \"/srv/\\u001b\"\n[hashing]\nthreads = 3\n").unwrap().to_string();
    let row = |key: &str| text.lines().find(|line| line.starts_with(key)).unwrap();
    let words = |key: &str| row(key).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words("data"), ["data", "\"/srv/\\x1b\"", "passholder.toml:1"]);
    assert_eq!(words("hashing.threads"), ["hashing.threads", "3", "passholder.toml:3"]);
    assert_eq!(words("ssh.login_grace"), ["ssh.login_grace", "\"60s\"", "default"]);
    assert_eq!(text.lines().count(), KNOBS.len());
    assert_eq!(row("listen").find('"'), row("ssh.shutdown_grace").find('"'));
}

#[test]
fn a_reload_changes_what_may_change_and_names_what_must_wait() {
    let started = file("log = 'warn'\n[hashing]\nqueue = 7\n").unwrap();
    let next =
        file("log = 'debug'\nlisten = '[::]:22'\n[hashing]\nqueue = 8\n[ssh]\nchannels = 2\n").unwrap();
    let reloaded = started.reloaded(next);
    assert_eq!(reloaded.changed, ["log", "ssh.channels"]);
    assert_eq!(reloaded.waiting, ["listen", "hashing.queue"]);
    let mut expected = started.config;
    expected.log = LogLevel::Debug;
    expected.ssh.channels = 2;
    assert_eq!(reloaded.resolved.config, expected);
    assert_eq!(origin(&reloaded.resolved, "listen"), "default");
}

#[test]
fn a_reload_reads_the_file_again_and_an_error_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    let flags = Flags { config: Some(path.clone()), ..Flags::default() };
    std::fs::write(&path, "log = 'warn'").unwrap();
    let reloader = Reloader::new(flags.clone(), load(&flags, []).unwrap());

    std::fs::write(&path, "log = 'debug'").unwrap();
    assert_eq!(reloader.reload([]).unwrap().config.log, LogLevel::Debug);
    std::fs::write(&path, "log = 'loud'").unwrap();
    assert!(reloader.reload([]).is_err());
    std::fs::write(&path, "store.cache_mib = 8").unwrap();
    let config = reloader.reload([]).unwrap().config;
    assert_eq!((config.log, config.store_cache), (LogLevel::Info, 64 << 20));
}

proptest! {
    #[test]
    fn no_text_ends_the_program(text in any::<String>(), word in any::<String>()) {
        let _ = file(&text).map_err(|errors| errors.to_string());
        for knob in KNOBS.iter() {
            let _ = env(&knob.env(), &word).map_err(|errors| errors.to_string());
        }
    }

    #[test]
    fn no_text_that_is_almost_toml_ends_the_program(
        lines in prop::collection::vec("(\\[{0,2}[a-z_.\"]{0,9}\\]{0,2}|(ssh\\.)?[a-z_.]{1,12} ?= ?[\\[\\]{}\"'a-z0-9.,=\\-:é\u{1b}]{0,12})", 0..12),
    ) {
        let _ = file(&lines.join("\n")).map_err(|errors| errors.to_string());
    }

    #[test]
    fn no_value_puts_a_control_character_on_the_screen(value in any::<String>()) {
        for key in ["listen", "data", "ssh.banner", "nothing"] {
            let text = format!("{key} = {}", serde_json::to_string(&value).unwrap());
            let shown = file(&text).map_or_else(|errors| errors.to_string(), |resolved| resolved.to_string());
            prop_assert!(shown.lines().all(|line| !line.contains(char::is_control)), "{shown:?}");
        }
    }
}

#[test]
fn depth_does_not_end_the_program() {
    for text in [
        "a.".repeat(100_000) + "a = 1",
        format!("a = {}", "[".repeat(100_000)),
        format!("[{}a]", "a.".repeat(100_000)),
    ] {
        assert!(file(&text).is_err());
    }
}

/// A key that is like none was refused without a word of what there is.
#[test]
fn a_short_password_is_refused_without_a_second_factor_that_everybody_must_have() {
    let short = "[password]\nmin_chars = 8\n";
    assert_eq!(
        complaints(file(short)),
        [
            "passholder.toml:2: password.min_chars = 8 is not allowed: at least 15 while second_factor.required is \
          nobody; set that to everyone first"
        ]
    );
    assert!(file(&format!("{short}[second_factor]\nrequired = 'everyone'")).is_ok());
}

#[test]
fn a_key_that_is_like_none_is_told_which_there_are() {
    let told = |text: &str| complaints(file(text)).pop().unwrap();
    let colour = told("colour = 'red'");
    assert!(
        colour.starts_with("passholder.toml:1: there is no key \"colour\"; there are listen, data, "),
        "{colour}"
    );
    assert!(
        colour.ends_with(
            "and the tables [ssh], [session], [password], [second_factor], [guessing], [accounts], [audit], [hashing], [store]"
        ),
        "{colour}"
    );
    assert!(!colour.contains("red"), "it may be a secret: {colour}");
    assert_eq!(
        told("[store]\nelephant = 1"),
        "passholder.toml:2: there is no key \"store.elephant\"; [store] has cache_mib"
    );
}

/// `policy set ssh.banner x` said that there is no such rule, and no more.
#[test]
fn every_key_is_a_rule_or_known_to_be_none() {
    for knob in KNOBS.iter() {
        let is_rule = matches!(knob.kind, Kind::Rule(_));
        assert_eq!(crate::domain::policy::is_configured(knob.key), !is_rule, "{}", knob.key);
    }
}
