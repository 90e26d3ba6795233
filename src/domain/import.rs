//! Accounts as they come in a list and go out as one: CSV with a header, or one JSON object a line.
//!
//! What may stand in such a list is fixed. A password, a hash, an id or a permission is no column: a list that
//! names one is refused, whoever wrote it.

use std::fmt::{self, Display};

use serde::de::IntoDeserializer as _;
use serde::{Deserialize, Serialize};

use super::csv;
use super::name::{DisplayName, UserName};
use super::role::RoleName;
use super::text::{self, Line};
use super::time::Timestamp;

/// Bytes of the longest list.
pub const MAX_BYTES: u64 = 64 << 20;

/// Accounts in it.
pub const MAX_ACCOUNTS: usize = 100_000;

/// The columns, in the order in which they go out.
pub const COLUMNS: &[&str] =
    &["name", "display_name", "roles", "from", "until", "disabled", "disabled_until"];

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Csv,
    Jsonl,
}

/// An account in a list: all that can be said of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: UserName,
    pub display_name: DisplayName,
    /// For good.
    pub roles: Vec<RoleName>,
    /// For a time.
    pub grants: Vec<(RoleName, Timestamp)>,
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Why it is closed, and until when, if that is known.
    pub disabled: Option<(Line, Option<Timestamp>)>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub line: u64,
    /// What the line calls the account, if one can tell, made harmless.
    pub name: String,
    pub why: String,
    /// Nothing behind it was read.
    pub is_last: bool,
}

/// One line, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub line: u64,
    pub account: Listed,
}

/// A line as it was typed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Typed {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    display_name: String,
    #[serde(default)]
    roles: Words,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    from: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    until: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    disabled: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    disabled_until: String,
}

/// Roles: a list of them, or one text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged, expecting = "roles must be a text or a list of texts")]
enum Words {
    Many(Vec<String>),
    One(String),
}

impl Default for Words {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Format {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Reads a list from bytes that come piece by piece. What it hands out is judged; nothing else of the list is
/// kept.
pub struct Reader {
    format: Format,
    is_raw: bool,
    csv: csv::Reader,
    /// The columns of the header, by their place among [`COLUMNS`].
    header: Option<Vec<usize>>,
    /// The part of a line that has come.
    rest: Vec<u8>,
    line: u64,
    bytes: u64,
    is_begun: bool,
    is_over: bool,
    accounts: usize,
}

/// The mark of UTF-8 that some programs put in front.
const BOM: &[u8] = b"\xef\xbb\xbf";

impl Reader {
    /// `is_raw`: an apostrophe before a formula is part of the text.
    pub fn new(format: Format, is_raw: bool) -> Self {
        Self {
            format,
            is_raw,
            csv: csv::Reader::default(),
            header: None,
            rest: Vec::new(),
            line: 0,
            bytes: 0,
            is_begun: false,
            is_over: false,
            accounts: 0,
        }
    }

    /// Takes in some bytes and hands out what they complete. No bytes: that was all.
    pub fn feed(&mut self, bytes: &[u8], mut each: impl FnMut(Result<Entry, Flaw>)) {
        if self.is_over {
            return;
        }
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.bytes > MAX_BYTES {
            let line = self.line;
            self.is_over = true;
            return each(Err(last(line, format!("the list is longer than {} MiB", MAX_BYTES >> 20))));
        }
        let Some(bytes) = self.without_bom(bytes) else { return };
        match self.format {
            Format::Csv => self.feed_csv(&bytes, &mut each),
            Format::Jsonl => self.feed_lines(&bytes, &mut each),
        }
    }

    /// Whether nothing more is read.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The bytes behind the mark, once one can tell whether there is one.
    fn without_bom<'a>(&mut self, bytes: &'a [u8]) -> Option<std::borrow::Cow<'a, [u8]>> {
        if self.is_begun {
            return Some(bytes.into());
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() < BOM.len() && !bytes.is_empty() && BOM.starts_with(&self.rest) {
            return None;
        }
        self.is_begun = true;
        let begun = std::mem::take(&mut self.rest);
        if begun.is_empty() {
            return Some(bytes.into());
        }
        Some(begun.strip_prefix(BOM).map_or(begun.clone(), <[u8]>::to_vec).into())
    }

    fn feed_csv(&mut self, bytes: &[u8], each: &mut dyn FnMut(Result<Entry, Flaw>)) {
        let mut csv = std::mem::take(&mut self.csv);
        let read = csv.feed(bytes, |record| self.take_record(&record, each));
        self.csv = csv;
        if let Err((line, why)) = read
            && !self.is_over
        {
            self.is_over = true;
            each(Err(last(line, why.to_string())));
        }
    }

    fn take_record(&mut self, record: &csv::Record, each: &mut dyn FnMut(Result<Entry, Flaw>)) {
        if self.is_over {
            return;
        }
        self.line = record.line;
        let Some(header) = &self.header else {
            match read_header(&record.cells) {
                Ok(header) => self.header = Some(header),
                Err(why) => {
                    self.is_over = true;
                    each(Err(last(record.line, why)));
                }
            }
            return;
        };
        let mut cells: [&str; COLUMNS.len()] = [""; COLUMNS.len()];
        for (cell, column) in record.cells.iter().zip(header) {
            if let Some(place) = cells.get_mut(*column) {
                *place = if self.is_raw { cell } else { csv::plain(cell) };
            }
        }
        let [name, display_name, roles, from, until, disabled, disabled_until] = cells.map(str::to_owned);
        let typed = if record.cells.len() == header.len() {
            let roles = Words::One(roles);
            Ok(Typed { name, display_name, roles, from, until, disabled, disabled_until })
        } else {
            Err((name, format!("has {} cells, and the header {}", record.cells.len(), header.len())))
        };
        self.hand_out(typed, each);
    }

    fn feed_lines(&mut self, bytes: &[u8], each: &mut dyn FnMut(Result<Entry, Flaw>)) {
        let is_end = bytes.is_empty();
        self.rest.extend_from_slice(bytes);
        let text = std::mem::take(&mut self.rest);
        let mut lines = text.split(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            let is_whole = lines.peek().is_some() || is_end;
            if line.len() > csv::MAX_RECORD {
                self.is_over = true;
                return each(Err(last(self.line + 1, csv::CsvError::TooLong.to_string())));
            }
            if !is_whole {
                self.rest = line.to_vec();
                return;
            }
            self.line += 1;
            let Ok(line) = str::from_utf8(line) else {
                self.is_over = true;
                return each(Err(last(self.line, csv::CsvError::NotUtf8.to_string())));
            };
            if !line.trim().is_empty() {
                self.hand_out(read_json(line), each);
            }
            if self.is_over {
                return;
            }
        }
    }

    fn hand_out(
        &mut self,
        typed: Result<Typed, (String, String)>,
        each: &mut dyn FnMut(Result<Entry, Flaw>),
    ) {
        self.accounts += 1;
        if self.accounts > MAX_ACCOUNTS {
            self.is_over = true;
            return each(Err(last(self.line, format!("there are more than {MAX_ACCOUNTS} accounts"))));
        }
        let line = self.line;
        let flaw = |(name, why): (String, String)| {
            let name = text::shown(&name, UserName::MAX_CHARS);
            Flaw { line, name, why, is_last: false }
        };
        each(typed.and_then(Typed::judge).map(|account| Entry { line, account }).map_err(flaw));
    }
}

fn last(line: u64, why: String) -> Flaw {
    Flaw { line, name: String::new(), why, is_last: true }
}

/// Where each cell belongs.
fn read_header(cells: &[String]) -> Result<Vec<usize>, String> {
    let known = || COLUMNS.join(", ");
    let mut places = Vec::with_capacity(cells.len());
    for cell in cells {
        let Some(place) = COLUMNS.iter().position(|column| *column == cell.trim()) else {
            return Err(format!("there is no column \"{}\"; there are {}", text::shown(cell, 32), known()));
        };
        if places.contains(&place) {
            return Err(format!("the column {} stands there twice", cell.trim()));
        }
        places.push(place);
    }
    if places.contains(&0) { Ok(places) } else { Err("the first line must name the columns".to_owned()) }
}

/// What went wrong is told as serde tells it, which names the field; what somebody wrote is in it at most as
/// the name of a field.
fn read_json(line: &str) -> Result<Typed, (String, String)> {
    serde_json::from_str(line).map_err(|error| {
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        let named: Option<serde_json::Value> = serde_json::from_str(line).ok();
        let name = named.as_ref().and_then(|named| named.get("name")?.as_str()).unwrap_or_default();
        (name.to_owned(), text::shown(why, 200))
    })
}

impl Typed {
    /// The account, if everything about it is as a form would take it; otherwise its name, and why not.
    fn judge(self) -> Result<Listed, (String, String)> {
        let typed_name = self.name.trim().to_owned();
        self.read(&typed_name).map_err(|why| (typed_name, why))
    }

    fn read(self, typed_name: &str) -> Result<Listed, String> {
        let in_field = |field: &'static str| move |why: &dyn Display| format!("{field} {why}");
        let name = UserName::parse_new(typed_name).map_err(|why| in_field("name")(&why))?;
        let display_name = match self.display_name.trim() {
            "" => DisplayName::from(&name),
            typed => DisplayName::parse(typed).map_err(|why| in_field("display_name")(&why))?,
        };
        let (roles, grants) = read_roles(&self.roles).map_err(|why| in_field("roles")(&why))?;
        let from = read_time(&self.from).map_err(|why| in_field("from")(&why))?;
        let until = read_time(&self.until).map_err(|why| in_field("until")(&why))?;
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            return Err("until must be later than from".to_owned());
        }
        let closed_until = read_time(&self.disabled_until).map_err(|why| in_field("disabled_until")(&why))?;
        let disabled = match (self.disabled.trim(), closed_until) {
            ("", Some(_)) => return Err("disabled must say why".to_owned()),
            ("", None) => None,
            (typed, until) => Some((Line::parse(typed).map_err(|why| in_field("disabled")(&why))?, until)),
        };
        Ok(Listed { name, display_name, roles, grants, from, until, disabled })
    }
}

type Roles = (Vec<RoleName>, Vec<(RoleName, Timestamp)>);

/// `member` where nothing stands; `role@TIME` for one until some time.
fn read_roles(typed: &Words) -> Result<Roles, String> {
    let words: Vec<&str> = match typed {
        Words::Many(words) => words.iter().map(String::as_str).collect(),
        Words::One(text) => vec![text.as_str()],
    };
    let (mut roles, mut grants) = (Vec::new(), Vec::new());
    for word in words.iter().flat_map(|word| word.split([',', ' ', ';'])).filter(|word| !word.is_empty()) {
        let (role, until) = word.split_once('@').map_or((word, None), |(role, until)| (role, Some(until)));
        let role = RoleName::parse(role).map_err(|why| format!("{} {why}", text::shown(role, 32)))?;
        match until {
            Some(until) => grants.extend(read_time(until)?.map(|until| (role, until))),
            None => roles.push(role),
        }
    }
    roles.sort();
    roles.dedup();
    grants.sort();
    if grants.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
        return Err("name a role for a time twice".to_owned());
    }
    if roles.is_empty() {
        roles.push(RoleName::member());
    }
    Ok((roles, grants))
}

/// A time as `2026-12-01T09:00:00Z`, or a day, which begins at midnight UTC.
fn read_time(typed: &str) -> Result<Option<Timestamp>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let whole =
        if typed.len() == "2026-12-01".len() { format!("{typed}T00:00:00Z") } else { typed.to_owned() };
    let text: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        whole.as_str().into_deserializer();
    Timestamp::deserialize(text).map(Some).map_err(|_| {
        format!("\"{}\" is no time such as 2026-12-01 or 2026-12-01T09:00:00Z", text::shown(typed, 40))
    })
}

impl Listed {
    /// The roles as a list writes them.
    fn role_words(&self) -> Vec<String> {
        let grants = self.grants.iter().map(|(role, until)| format!("{role}@{until}"));
        self.roles.iter().map(ToString::to_string).chain(grants).collect()
    }

    fn typed(&self) -> Typed {
        let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let (reason, until) = match &self.disabled {
            Some((reason, until)) => (reason.as_str().to_owned(), *until),
            None => (String::new(), None),
        };
        Typed {
            name: self.name.to_string(),
            display_name: self.display_name.to_string(),
            roles: Words::Many(self.role_words()),
            from: time(self.from),
            until: time(self.until),
            disabled: reason,
            disabled_until: time(until),
        }
    }

    /// The account as a line of a list. `is_raw` leaves what begins like a formula as it is.
    pub fn written(&self, format: Format, is_raw: bool) -> String {
        let typed = self.typed();
        match format {
            Format::Jsonl => serde_json::to_string(&typed).unwrap_or_default() + "\n",
            Format::Csv => {
                let roles = self.role_words().join(" ");
                let cells = [
                    &typed.name,
                    &typed.display_name,
                    &roles,
                    &typed.from,
                    &typed.until,
                    &typed.disabled,
                    &typed.disabled_until,
                ];
                let cells = cells.map(|cell| if is_raw { cell.clone() } else { csv::neutral(cell) });
                csv::record(cells.iter().map(String::as_str))
            }
        }
    }
}

/// What stands before the first account.
pub fn heading(format: Format) -> String {
    match format {
        Format::Csv => csv::record(COLUMNS.iter().copied()),
        Format::Jsonl => String::new(),
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
                why(Format::Csv, &format!("name,{extra}\nalice,x\n"))
                    .contains(&format!("no column \"{extra}\""))
            );
            let json = format!("{{\"name\":\"alice\",\"{extra}\":\"x\"}}\n");
            assert!(why(Format::Jsonl, &json).contains(&format!("unknown field `{extra}`")));
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
        assert!(why(Format::Jsonl, "\n{\"name\":7}").starts_with("line 2: invalid type"));
        assert!(why(Format::Jsonl, "{\"name\":\"a\",\"roles\":7}").contains("must be a text or a list"));
        assert!(why(Format::Csv, "name,roles\na,\"member\n").contains("a quote that is not closed"));
        assert!(why(Format::Jsonl, "{").starts_with("line 1: EOF"));
    }

    #[test]
    fn a_list_ends_where_it_is_too_long() {
        let names: Vec<String> = (0..=MAX_ACCOUNTS).map(|number| format!("u{number}")).collect();
        let text = format!("name\n{}\n", names.join("\n"));
        let read = read(Format::Csv, text.as_bytes(), 1 << 16);
        let flaw = read.last().unwrap().as_ref().unwrap_err();
        assert!(
            flaw.is_last && flaw.to_string() == "line 100002: there are more than 100000 accounts",
            "{flaw}"
        );
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
}
