//! From flags, environment and file to one configuration, or to everything that is wrong with them.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::knobs::ENV_PREFIX;
use super::{Config, ConfigError, ConfigErrors, Flags, Given, KNOBS, Knob, Origin, Problem, file};
use crate::domain::nearest::nearest;
use crate::domain::policy::Base;

/// Names the file; no knob, because it says where to look for them.
const ENV_CONFIG: &str = "PASSHOLDER_CONFIG";

/// The configuration, reading the file that a flag or the environment names.
pub fn load(
    flags: &Flags,
    env: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Resolved, ConfigErrors> {
    let env: Vec<_> = env.into_iter().collect();
    let named = || env.iter().find(|(name, _)| name == ENV_CONFIG).map(|(_, value)| PathBuf::from(value));
    let mut draft = Draft::new();
    if let Some(path) = flags.config.clone().or_else(named) {
        draft.read(&path);
    }
    draft.environment(env);
    draft.flags(flags);
    draft.finish()
}

/// The same from a file's name and text.
pub fn resolve(
    flags: &Flags,
    env: impl IntoIterator<Item = (OsString, OsString)>,
    file: Option<(&str, &str)>,
) -> Result<Resolved, ConfigErrors> {
    let mut draft = Draft::new();
    if let Some((name, text)) = file {
        draft.file(name, text);
    }
    draft.environment(env);
    draft.flags(flags);
    draft.finish()
}

/// A valid configuration that remembers where each value came from. Shown as a table of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    pub config: Config,
    /// One per knob, in the order of the table.
    pub settings: Vec<Setting>,
}

/// One knob's value and its origin.
#[derive(Debug, Clone)]
pub struct Setting {
    pub knob: &'static Knob,
    pub given: Given,
    pub origin: Origin,
}

impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        (self.knob.key, &self.given, &self.origin) == (other.knob.key, &other.given, &other.origin)
    }
}

impl Eq for Setting {}

impl Resolved {
    /// The rules, each with where it was written: what holds where nobody sets another one.
    pub fn base(&self) -> Base {
        let places =
            self.settings.iter().filter_map(|setting| Some((setting.knob.key, setting.origin.place()?)));
        Base::new(self.config.policy.clone(), places)
    }
}

impl fmt::Display for Resolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> =
            self.settings.iter().map(|row| (row.knob.key, row.given.to_string(), &row.origin)).collect();
        let keys = rows.iter().map(|(key, ..)| key.len()).max().unwrap_or_default();
        let values = rows.iter().map(|(_, value, _)| value.chars().count()).max().unwrap_or_default();
        rows.iter().try_for_each(|(key, value, origin)| writeln!(f, "{key:keys$}  {value:values$}  {origin}"))
    }
}

/// Which keys there are, for somebody whose key is like none of them: those of its table, or else all that
/// stand before the tables, and the tables.
fn there(key: &str) -> String {
    let table = key.split_once('.').map_or("", |(table, _)| table);
    let of = |table: &str| -> Vec<&str> {
        KNOBS
            .iter()
            .map(|knob| knob.key.split_once('.').unwrap_or(("", knob.key)))
            .filter(|(own, _)| *own == table)
            .map(|(_, name)| name)
            .collect()
    };
    let keys = of(table);
    if !table.is_empty() && !keys.is_empty() {
        return format!("[{table}] has {}", keys.join(", "));
    }
    let mut tables: Vec<_> =
        KNOBS.iter().filter_map(|knob| Some(format!("[{}]", knob.key.split_once('.')?.0))).collect();
    tables.dedup();
    format!("there are {}, and the tables {}", of("").join(", "), tables.join(", "))
}

/// A configuration in the making: sources are laid on top of each other, the strongest last.
struct Draft {
    resolved: Resolved,
    errors: Vec<ConfigError>,
}

impl Draft {
    fn new() -> Self {
        let default =
            |knob: &'static Knob| Setting { knob, given: knob.default_value(), origin: Origin::Default };
        let resolved = Resolved { config: Config::default(), settings: KNOBS.iter().map(default).collect() };
        Self { resolved, errors: Vec::new() }
    }

    fn read(&mut self, path: &Path) {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => self.file(&name, &text),
            Err(error) => self
                .complain(Origin::File { name, line: None }, Problem::Unreadable { why: error.to_string() }),
        }
    }

    fn file(&mut self, name: &str, text: &str) {
        match file::read(name, text) {
            Ok(found) => found.into_iter().for_each(|found| self.found(found)),
            Err(error) => self.errors.push(error),
        }
    }

    fn found(&mut self, file::Found { key, given, origin }: file::Found) {
        let table = KNOBS.iter().any(|knob| knob.key.split_once('.').is_some_and(|(table, _)| table == key));
        match Knob::find(&key) {
            Some(knob) => self.set(knob, given, origin),
            None if table && given == Given::EmptyTable => {}
            None if table => {
                let allowed = format!("a table, which begins with [{key}]");
                self.complain(origin, Problem::NotAllowed { key, given, allowed });
            }
            None => {
                let nearest = nearest(&key, KNOBS.iter().map(|knob| knob.key.to_owned()));
                let there = there(&key);
                self.complain(origin, Problem::NoSuchKey { key, nearest, there });
            }
        }
    }

    fn environment(&mut self, env: impl IntoIterator<Item = (OsString, OsString)>) {
        let mut ours: Vec<_> = env
            .into_iter()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
            .filter(|(name, _)| name.starts_with(ENV_PREFIX) && name != ENV_CONFIG)
            .collect();
        ours.sort();
        for (name, value) in ours {
            self.variable(&name, value);
        }
    }

    fn variable(&mut self, name: &str, value: OsString) {
        let origin = Origin::Environment(name.to_owned());
        match (KNOBS.iter().find(|knob| knob.env() == name), value.into_string()) {
            (Some(knob), Ok(word)) => self.set(knob, knob.kind.read(&word), origin),
            (Some(_), Err(_)) => self.complain(origin, Problem::NotUtf8),
            (None, _) => {
                // Compared without the prefix: it would make every name look like every other.
                let rest = |name: &str| name.strip_prefix(ENV_PREFIX).unwrap_or(name).to_owned();
                let names = KNOBS.iter().map(Knob::env).chain([ENV_CONFIG.to_owned()]);
                let nearest = nearest(&rest(name), names.map(|name| rest(&name)))
                    .map(|rest| format!("{ENV_PREFIX}{rest}"));
                self.complain(origin, Problem::NoSuchVariable { nearest });
            }
        }
    }

    fn flags(&mut self, flags: &Flags) {
        for (key, word) in flags.given() {
            let origin = Origin::Flag(format!("--{}", key.replace('_', "-")));
            if let Some(knob) = Knob::find(key) {
                self.set(knob, knob.kind.read(word), origin);
            }
        }
    }

    fn set(&mut self, knob: &'static Knob, given: Given, origin: Origin) {
        if knob.kind.set(&mut self.resolved.config, &given).is_none() {
            let (key, allowed) = (knob.key.to_owned(), knob.allowed());
            self.complain(origin, Problem::NotAllowed { key, given, allowed });
        } else if let Some(setting) = self.setting(knob.key) {
            *setting = Setting { knob, given, origin };
        }
    }

    fn setting(&mut self, key: &str) -> Option<&mut Setting> {
        self.resolved.settings.iter_mut().find(|setting| setting.knob.key == key)
    }

    fn complain(&mut self, origin: Origin, problem: Problem) {
        self.errors.push(ConfigError { origin, problem });
    }

    /// What no knob can say alone.
    fn compare(&mut self) {
        self.compare_refusals();
        self.compare_passwords();
    }

    /// A short password opens no door alone.
    fn compare_passwords(&mut self) {
        const KEY: &str = "password.min_chars";
        let Some(why) = self.resolved.config.policy.contradiction(KEY) else { return };
        if let Some(Setting { given, origin, .. }) = self.setting(KEY).cloned() {
            let allowed = why.bound();
            self.complain(origin, Problem::NotAllowed { key: KEY.to_owned(), given, allowed });
        }
    }

    /// Refusal by chance must begin before refusal for certain.
    fn compare_refusals(&mut self) {
        let full = self.resolved.config.ssh.unauthenticated_full;
        if self.resolved.config.ssh.unauthenticated_start <= full {
            return;
        }
        if let Some(Setting { knob, given, origin }) = self.setting("ssh.unauthenticated_start").cloned() {
            let allowed = format!("at most ssh.unauthenticated_full, which is {full}");
            self.complain(origin, Problem::NotAllowed { key: knob.key.to_owned(), given, allowed });
        }
    }

    fn finish(mut self) -> Result<Resolved, ConfigErrors> {
        self.compare();
        if self.errors.is_empty() { Ok(self.resolved) } else { Err(ConfigErrors(self.errors)) }
    }
}
