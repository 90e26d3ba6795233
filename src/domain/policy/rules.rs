//! The table of rules.

use std::time::Duration;

use serde::Serialize;

use Kind::{Count, Switch};
use Safer::{Either, Higher, Lower};

use super::kind::one_of;
use super::{Argon2Cost, AtCap, FactorFor, Kind, Lens, NotAllowed, Policy, SignUp, Words};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

/// The cheapest and the dearest hash that an installation may choose.
const FLOOR: Argon2Cost = Argon2Cost::FLOOR;
const CEILING: Argon2Cost = Argon2Cost::CEILING;

/// One rule that an installation may choose, and change while it runs.
#[derive(Debug)]
pub struct Rule {
    /// `group.key`: the same in the file, the environment, the screen and the commands.
    pub key: &'static str,
    /// As one would write it. A test holds it equal to `Policy::default()`.
    pub default: &'static str,
    pub kind: Kind,
    /// Which way is the stricter one.
    pub safer: Safer,
    /// A few words for a list.
    pub what: &'static str,
    /// What it does, in sentences.
    pub about: &'static str,
    /// What else is to be said about its bounds.
    but: &'static str,
}

/// Which values of a rule keep more out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safer {
    Lower,
    Higher,
    /// It is a matter of taste.
    Either,
}

/// The rules that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    Sessions,
    Passwords,
    SecondFactor,
    Guessing,
    Accounts,
    Audit,
}

impl Group {
    pub const ALL: &[Self] =
        &[Self::Sessions, Self::Passwords, Self::SecondFactor, Self::Guessing, Self::Accounts, Self::Audit];

    pub const fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Passwords => "Passwords",
            Self::SecondFactor => "Second factor",
            Self::Guessing => "Guessing",
            Self::Accounts => "Accounts",
            Self::Audit => "Audit",
        }
    }

    /// What the keys of its rules begin with.
    pub const fn table(self) -> &'static str {
        match self {
            Self::Sessions => "session",
            Self::Passwords => "password",
            Self::SecondFactor => "second_factor",
            Self::Guessing => "guessing",
            Self::Accounts => "accounts",
            Self::Audit => "audit",
        }
    }
}

/// A field as it is.
macro_rules! lens {
    ($($field:ident).+) => {
        Lens { get: |policy| policy.$($field).+, set: |policy, value| policy.$($field).+ = value }
    };
}

/// A field that counts what is in memory.
macro_rules! small {
    ($field:ident) => {
        Lens {
            get: |policy| u32::try_from(policy.$field).unwrap_or(u32::MAX),
            set: |policy, value| policy.$field = value as usize,
        }
    };
}

/// A field that holds one of a few words.
macro_rules! choice {
    ($type:ident, $field:ident) => {
        Kind::Choice(Words {
            all: || $type::ALL.iter().map(ToString::to_string).collect(),
            get: |policy| policy.$field.to_string(),
            set: |policy, word| {
                policy.$field = one_of($type::ALL, word)?;
                Some(())
            },
        })
    };
}

/// Every rule, in the order in which people meet them. This is the table.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    rule("session.lifetime", "12h", duration(MINUTE, HOUR.saturating_mul(24), lens!(session_lifetime)), Lower, "longest session",
        "How long a session lasts, whatever happens in it."),
    rule("session.admin_lifetime", "8h", duration(MINUTE, HOUR.saturating_mul(24), lens!(admin_session_lifetime)), Lower, "the same, administrators",
        "How long a session of an administrator lasts; the shorter of the two counts."),
    rule("session.idle", "30min", duration(MINUTE, HOUR.saturating_mul(24), lens!(session_idle)), Lower, "locks when left alone for",
        "How long nobody may type before a session locks. What the client sends by itself does not count, nor do commands while a screen is open."),
    rule("session.admin_idle", "15min", duration(MINUTE, HOUR.saturating_mul(24), lens!(admin_session_idle)), Lower, "the same, administrators",
        "How long an administrator may leave the keys alone before the session locks; the shorter of the two counts."),
    rule("session.lock_grace", "5min", duration(SECOND, HOUR.saturating_mul(24), lens!(session_lock_grace)), Lower, "ends when locked for",
        "How long a locked session waits for its password before it ends."),
    rule("session.cap", "10", Count(1..=100_000, "sessions", small!(session_cap)), Lower, "sessions at once",
        "Sessions that a user may have at once."),
    rule("session.admin_cap", "10", Count(1..=100_000, "sessions", small!(admin_session_cap)), Lower, "the same, administrators",
        "Sessions that an administrator may have at once; the smaller of the two counts."),
    rule("session.at_cap", "choose", choice!(AtCap, at_cap), Either, "a sign-in beyond that",
        "What happens to a sign-in of somebody who has as many sessions as are allowed: one chooses which session to end (two may wait, more are refused), is refused, or the oldest is ended once a dashboard is opened. A command is refused in any case."),
    rule("session.keep_ended", "90d", duration(HOUR.saturating_mul(24), HOUR.saturating_mul(24 * 3_650), lens!(keep_ended_sessions)), Either, "ended ones are listed for",
        "How long the record of a session is kept that is over; then it is gone for good."),

    rule("password.min_chars", "15", Count(8..=64, "characters", small!(password_min_chars)), Higher, "shortest password",
        "Characters that a new password needs.")
        .but("fewer than 15 only while second_factor.required is everyone"),
    rule("password.common_check", "true", Switch(lens!(common_check)), Higher, "common ones are refused",
        "Whether passwords that many people have are refused. NIST 800-63B-4 demands it: false leaves length, names that others know, and the estimate of how soon one is guessed."),
    rule("password.one_time_lifetime", "24h", duration(MINUTE, HOUR.saturating_mul(24 * 7), lens!(one_time_password_lifetime)), Lower, "a one-time one opens for",
        "How long a one-time password opens the door. That of the first administrator does not expire: nobody else could make another one."),
    rule("password.argon2_memory_kib", "19456", Count(FLOOR.memory..=CEILING.memory, "KiB", lens!(argon2.memory)), Higher, "memory for one hash",
        "Memory for one hash. Stored hashes that cost less are renewed at sign-in."),
    rule("password.argon2_passes", "2", Count(FLOOR.passes..=CEILING.passes, "passes", lens!(argon2.passes)), Higher, "passes over it",
        "Passes over the memory for one hash."),
    rule("password.argon2_lanes", "1", Count(FLOOR.lanes..=CEILING.lanes, "lanes", lens!(argon2.lanes)), Higher, "lanes in it",
        "Lanes in the memory for one hash."),

    rule("second_factor.required", "nobody", choice!(FactorFor, second_factor), Lower, "who must have one",
        "Who must have a second factor: everybody may. Who must and has none sets one up at the next sign-in, before anything else. With administrators it is who is bound by the rules for them."),

    rule("guessing.first_delay", "1s", duration(Duration::ZERO, MINUTE.saturating_mul(10), lens!(account_delays.first)), Higher, "delay, failures 1 to 3",
        "How long an account lets nobody in after a failure: each of the first three. Failures from where its owner is known count apart from all others."),
    rule("guessing.second_delay", "3s", duration(Duration::ZERO, MINUTE.saturating_mul(10), lens!(account_delays.second)), Higher, "delay, failures 4 to 8",
        "How long an account lets nobody in after each of the fourth to the eighth failure."),
    rule("guessing.third_delay", "15s", duration(Duration::ZERO, MINUTE.saturating_mul(10), lens!(account_delays.third)), Higher, "delay, failure 9, doubling",
        "How long an account lets nobody in after the ninth failure. Each one after it doubles the delay."),
    rule("guessing.longest_delay", "15min", duration(SECOND, HOUR.saturating_mul(24), lens!(account_delays.longest)), Higher, "longest delay",
        "The longest that an account lets nobody in after a failure."),
    rule("guessing.forget_after", "24h", duration(HOUR, HOUR.saturating_mul(24 * 30), lens!(account_delays.forget_after)), Higher, "failures count for",
        "How long nothing may fail until the next failure is a first one."),
    rule("guessing.disable_after", "100", Count(10..=100, "failures", lens!(account_delays.disable_after)), Lower, "failures close an account",
        "Failures in a row after which time opens an account no more to where they came from: its password is reset, or somebody lifts the lock."),
    rule("guessing.known_source", "30d", duration(HOUR, HOUR.saturating_mul(24 * 365), lens!(account_delays.known_source)), Lower, "an address stays known for",
        "How long the owner of an account is known at an address after a sign-in from it."),
    rule("guessing.source_failures", "10", Count(3..=1_000_000, "failures", lens!(source_penalties.failures)), Lower, "failures close an address",
        "Failures from one address after which its connections are refused: proofs, and connections without one."),
    rule("guessing.source_window", "10min", duration(SECOND, HOUR.saturating_mul(24), lens!(source_penalties.window)), Higher, "counted within",
        "The time within which these failures have to come."),
    rule("guessing.source_penalty", "1min", duration(SECOND, HOUR.saturating_mul(24), lens!(source_penalties.penalty)), Higher, "closed for; then doubled",
        "How long connections from such an address are refused the first time; each further time it is twice as long."),
    rule("guessing.source_penalty_longest", "1h", duration(SECOND, HOUR.saturating_mul(24), lens!(source_penalties.longest)), Higher, "closed for at most",
        "The longest that connections from such an address are refused. So long without a failure, and the next time is a first one."),

    rule("accounts.sign_up", "closed", choice!(SignUp, sign_up), Lower, "who may sign up",
        "Who may make an account for themselves: nobody, who holds an invite, or everybody."),
    rule("accounts.sign_ups_per_source", "5", Count(1..=10_000, "accounts", lens!(sign_ups_per_source)), Lower, "sign-ups an hour, address",
        "Accounts that people may make without an invite from one address within an hour."),
    rule("accounts.sign_ups_per_hour", "60", Count(1..=100_000, "accounts", lens!(sign_ups_per_hour)), Lower, "sign-ups an hour, in all",
        "Accounts that people may make without an invite from everywhere within an hour."),
    rule("accounts.invite_lifetime", "24h", duration(MINUTE, HOUR.saturating_mul(24 * 30), lens!(invite_lifetime)), Lower, "longest invite",
        "How long an invite may be used at most."),
    rule("accounts.reset_code_lifetime", "1h", duration(MINUTE, HOUR.saturating_mul(24), lens!(reset_code_lifetime)), Lower, "a reset code opens for",
        "How long the code may be used that replaces a forgotten password."),
    rule("accounts.delete_own", "false", Switch(lens!(delete_own_account)), Either, "people delete their own",
        "Whether people may delete their own accounts."),
    rule("accounts.keep_deleted", "7d", duration(HOUR, HOUR.saturating_mul(24 * 365), lens!(keep_deleted)), Either, "deleted ones are kept for",
        "How long a deleted account can be restored; then it is gone for good."),

    rule("audit.keep_events", "365d", duration(HOUR.saturating_mul(24 * 30), HOUR.saturating_mul(24 * 3_650), lens!(keep_events)), Higher, "events are kept for",
        "How long the audit trail keeps what happened, and up to a day more. As long, the name of an account that is gone for good is nobody's."),
];

const fn rule(
    key: &'static str,
    default: &'static str,
    kind: Kind,
    safer: Safer,
    what: &'static str,
    about: &'static str,
) -> Rule {
    Rule { key, default, kind, safer, what, about, but: "" }
}

const fn duration(from: Duration, to: Duration, lens: Lens<Duration>) -> Kind {
    Kind::Duration(from..=to, lens)
}

impl Rule {
    /// The same with something to say about its bounds.
    const fn but(self, but: &'static str) -> Self {
        Self {
            key: self.key,
            default: self.default,
            kind: self.kind,
            safer: self.safer,
            what: self.what,
            about: self.about,
            but,
        }
    }

    /// The rule behind a key.
    pub fn find(key: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.key == key)
    }

    /// Its key without that of its group.
    pub fn name(&self) -> &'static str {
        self.key.split_once('.').map_or(self.key, |(_, name)| name)
    }

    pub fn group(&self) -> Group {
        let table = self.key.split_once('.').map_or("", |(table, _)| table);
        Group::ALL.iter().copied().find(|group| group.table() == table).unwrap_or(Group::Accounts)
    }

    /// What numbers of it count.
    pub const fn unit(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Count(_, unit, _) => Some(unit),
            Kind::Duration(..) | Kind::Choice(_) | Kind::Switch(_) => None,
        }
    }

    /// Its value as it is written: `12h`, `15`, `choose`, `true`. The default as it stands in the table.
    pub fn text(&self, policy: &Policy) -> String {
        let text = self.kind.text(policy);
        if text == self.kind.text(&Policy::default()) { self.default.to_owned() } else { text }
    }

    /// Puts a value into a policy; nothing is touched where it is not allowed.
    pub fn set(&self, policy: &mut Policy, text: &str) -> Result<(), NotAllowed> {
        self.kind.set(policy, text.trim()).ok_or_else(|| NotAllowed(self.allowed()))
    }

    /// What is wrong with a value that somebody is typing, if no more letters can mend it.
    pub fn check(&self, typed: &str) -> Result<(), NotAllowed> {
        if self.kind.may_become(typed.trim()) { Ok(()) } else { self.set(&mut Policy::default(), typed) }
    }

    /// What may be written, in words: `a duration from 1s to 10min, like "60s"`.
    pub fn allowed(&self) -> String {
        let allowed = self.kind.allowed(self.default);
        if self.but.is_empty() { allowed } else { format!("{allowed}; {}", self.but) }
    }

    /// Whether less is kept out after than before.
    pub fn weakens(&self, before: &Policy, after: &Policy) -> bool {
        let (before, after) = (self.kind.rank(before), self.kind.rank(after));
        match self.safer {
            Safer::Lower => after > before,
            Safer::Higher => after < before,
            Safer::Either => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn of(key: &str) -> &'static Rule {
        Rule::find(key).unwrap()
    }

    #[test]
    fn the_table_states_the_defaults_that_the_type_has() {
        let mut policy = Policy::default();
        for rule in RULES {
            assert_eq!(rule.text(&Policy::default()), rule.default, "{}", rule.key);
            rule.set(&mut policy, rule.default).unwrap();
        }
        assert_eq!(policy, Policy::default());
    }

    #[test]
    fn every_rule_has_a_group_and_a_field_of_its_own() {
        let mut seen = HashSet::new();
        for rule in RULES {
            assert!(rule.key.starts_with(&format!("{}.", rule.group().table())), "{}", rule.key);
            let other = match &rule.kind {
                Kind::Duration(range, _) => crate::domain::duration::text(*range.end()),
                Kind::Count(range, ..) => {
                    let end = *range.end();
                    (if end.to_string() == rule.default { *range.start() } else { end }).to_string()
                }
                Kind::Choice(_) | Kind::Switch(_) => {
                    rule.kind.words().into_iter().find(|word| word != rule.default).unwrap()
                }
            };
            let mut policy = Policy::default();
            rule.set(&mut policy, &other).unwrap();
            assert_eq!(rule.text(&policy), other, "{}", rule.key);
            assert!(seen.insert(format!("{policy:?}")), "{} sets what another rule sets", rule.key);
        }
        assert!(!seen.contains(&format!("{:?}", Policy::default())));
    }

    #[test]
    fn rules_that_belong_together_stand_together() {
        let mut groups: Vec<_> = RULES.iter().map(Rule::group).collect();
        groups.dedup();
        assert_eq!(groups, Group::ALL);
        let longest = RULES.iter().map(|rule| rule.what.len()).max().unwrap();
        assert!(longest <= 26, "{longest}");
    }

    #[test]
    fn a_value_that_is_not_allowed_touches_nothing() {
        let mut policy = Policy::default();
        for (key, bad) in [
            ("session.lifetime", "25h"),
            ("session.lifetime", "12"),
            ("session.lifetime", ""),
            ("session.cap", "0"),
            ("session.cap", "+1"),
            ("session.cap", "99999999999"),
            ("session.at_cap", "Choose"),
            ("accounts.delete_own", "yes"),
            ("password.min_chars", "7"),
        ] {
            let refused = of(key).set(&mut policy, bad).unwrap_err();
            assert_eq!(refused.to_string(), format!("must be {}", of(key).allowed()));
        }
        assert_eq!(policy, Policy::default());
        of("session.lifetime").set(&mut policy, " 90min ").unwrap();
        assert_eq!(of("session.lifetime").text(&policy), "90min");
    }

    #[test]
    fn what_is_being_typed_is_no_mistake_yet() {
        let wrong = |key: &str, typed: &str| of(key).check(typed).is_err();
        for fine in ["1", "12", "12h", "9m", "90mi", "90min", "1d"] {
            assert!(!wrong("session.lifetime", fine), "{fine}");
        }
        for bad in ["25h", "2d", "h", "12x", "1h3", "99999999"] {
            assert!(wrong("session.lifetime", bad), "{bad}");
        }
        assert!(!wrong("password.min_chars", "1") && wrong("password.min_chars", "65"));
        assert!(!wrong("session.at_cap", "ref") && wrong("session.at_cap", "refe"));
        assert!(!wrong("accounts.delete_own", "t") && wrong("accounts.delete_own", "y"));
    }

    #[test]
    fn what_weakens_is_known() {
        let weakens = |key: &str, text: &str| {
            let mut after = Policy::default();
            of(key).set(&mut after, text).unwrap();
            of(key).weakens(&Policy::default(), &after)
        };
        for (key, text) in [
            ("session.lifetime", "24h"),
            ("password.common_check", "false"),
            ("accounts.sign_up", "open"),
            ("password.min_chars", "8"),
            ("guessing.first_delay", "0s"),
            ("guessing.disable_after", "100"),
        ] {
            assert_eq!(weakens(key, text), key != "guessing.disable_after", "{key}");
        }
        assert!(
            !weakens("session.lifetime", "1h")
                && !weakens("second_factor.required", "everyone")
                && !weakens("password.min_chars", "20")
        );
        assert!(!weakens("session.at_cap", "end-oldest") && !weakens("session.keep_ended", "1d"));
    }
}
