//! A list, read piece by piece.

use crate::domain::csv;
use crate::domain::name::UserName;
use crate::domain::text;

use super::line::{Typed, Words, read_json};
use super::{COLUMNS, Entry, Flaw, Format, MAX_ACCOUNTS, MAX_BYTES};

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
    if let [only] = cells {
        otherwise(only)?;
    }
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

/// Whether a heading of one cell is one that was meant to have more.
fn otherwise(cell: &str) -> Result<(), String> {
    if cell.trim_start().starts_with('{') {
        return Err("this list seems to be JSON; add --format jsonl".to_owned());
    }
    let seems = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];
    match seems.iter().find(|(sign, _)| cell.contains(*sign)) {
        Some((_, words)) => Err(format!("columns are separated by commas; this list seems to use {words}")),
        None => Ok(()),
    }
}
