//! Tables of comma-separated values: read as they come, written so that a spreadsheet runs nothing.
//!
//! Source: RFC 4180; a cell that begins like a formula gets an apostrophe in front, which reading takes away
//! again (OWASP, CSV injection).

use csv_core::{ReadRecordResult, Reader as Core};

/// Bytes of the longest record.
pub const MAX_RECORD: usize = 16 * 1024;

/// Cells of the widest one.
const MAX_CELLS: usize = 64;

/// One record, and the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub line: u64,
    pub cells: Vec<String>,
}

/// Why a record cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("has a quote that is not closed")]
    Open,
    #[error("is too long: at most {MAX_RECORD} bytes in {MAX_CELLS} cells; is a quote not closed?")]
    TooLong,
}

/// Reads records from bytes that come piece by piece. After an error nothing more is read: where the next
/// record would begin is anybody's guess.
pub struct Reader {
    core: Core,
    text: Vec<u8>,
    ends: Vec<usize>,
    used: usize,
    cells: usize,
    line: u64,
    /// Whether the quotes so far come in pairs.
    is_open: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            core: Core::new(),
            text: vec![0; MAX_RECORD],
            ends: vec![0; MAX_CELLS],
            used: 0,
            cells: 0,
            line: 1,
            is_open: false,
        }
    }
}

impl Reader {
    /// Takes in some bytes and hands every record that they complete to `each`. No bytes: that was all.
    pub fn feed(&mut self, mut bytes: &[u8], mut each: impl FnMut(Record)) -> Result<(), (u64, CsvError)> {
        let ends_here = bytes.is_empty();
        for _ in bytes.iter().filter(|byte| **byte == b'"') {
            self.is_open = !self.is_open;
        }
        // What stands behind it was swallowed: half a list would look whole.
        if ends_here && self.is_open {
            return Err((self.line, CsvError::Open));
        }
        loop {
            let text = self.text.get_mut(self.used..).unwrap_or_default();
            let ends = self.ends.get_mut(self.cells..).unwrap_or_default();
            let (result, read, written, ended) = self.core.read_record(bytes, text, ends);
            if self.used == 0 && self.cells == 0 && read > 0 {
                self.line = self.first_line(bytes.get(..read).unwrap_or_default());
            }
            bytes = bytes.get(read..).unwrap_or_default();
            self.used += written;
            self.cells += ended;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return Ok(()),
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err((self.line, CsvError::TooLong));
                }
                ReadRecordResult::Record => {
                    let record = self.record()?;
                    each(record);
                    if bytes.is_empty() && !ends_here {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// The line on which a record begins that begins with these bytes: blank lines before it do not count.
    fn first_line(&self, read: &[u8]) -> u64 {
        let inside = read.iter().skip_while(|byte| matches!(byte, b'\r' | b'\n'));
        let breaks = inside.filter(|byte| **byte == b'\n').count();
        self.core.line().saturating_sub(u64::try_from(breaks).unwrap_or(0))
    }

    fn record(&mut self) -> Result<Record, (u64, CsvError)> {
        let (used, cells) = (std::mem::take(&mut self.used), std::mem::take(&mut self.cells));
        let text = str::from_utf8(self.text.get(..used).unwrap_or_default());
        let text = text.map_err(|_| (self.line, CsvError::NotUtf8))?;
        let mut from = 0;
        let cells = self.ends.iter().take(cells).map(|end| {
            let cell = text.get(from..*end).unwrap_or_default().to_owned();
            from = *end;
            cell
        });
        Ok(Record { line: self.line, cells: cells.collect() })
    }
}

/// Writes cells as one record.
pub fn record<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        // What a file may begin with besides is a mark of how it is written, and no part of it.
        let is_odd = cell.contains(['"', ',', '\r', '\n', '\u{feff}']) || cell != cell.trim();
        if is_odd {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push_str("\r\n");
    line
}

/// The cell as no spreadsheet takes it for a formula: with an apostrophe in front where it would. One that
/// already looks like that gets another, so that nothing is lost.
pub fn neutral(cell: &str) -> String {
    if is_formula(cell.trim_start_matches('\'')) { format!("'{cell}") } else { cell.to_owned() }
}

/// Takes away again what [`neutral`] put in front.
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn is_formula(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Read = Result<Vec<(u64, Vec<String>)>, (u64, CsvError)>;

    fn read(pieces: &[&[u8]]) -> Read {
        let mut reader = Reader::default();
        let mut records = Vec::new();
        for piece in pieces.iter().filter(|piece| !piece.is_empty()).chain([&&b""[..]]) {
            reader.feed(piece, |record| records.push((record.line, record.cells)))?;
        }
        Ok(records)
    }

    fn cells(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn quotes_and_line_ends_are_read_as_they_are_meant() {
        let text = b"a,b\r\n\"x \"\"y\"\"\",\"two\nlines\"\n\nlast,\n";
        let expected =
            vec![cells(1, &["a", "b"]), cells(2, &["x \"y\"", "two\nlines"]), cells(5, &["last", ""])];
        assert_eq!(read(&[text]), Ok(expected.clone()));
        for cut in 1..text.len() {
            let (one, two) = text.split_at(cut);
            let records: Vec<_> = read(&[one, two]).unwrap().into_iter().map(|(_, cells)| cells).collect();
            assert_eq!(records, expected.iter().map(|(_, cells)| cells.clone()).collect::<Vec<_>>(), "{cut}");
        }
        assert_eq!(read(&[b"a,b"]), Ok(vec![cells(1, &["a", "b"])]), "the last line end may be missing");
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_line() {
        assert_eq!(read(&[b"a\nb\xff\n"]), Err((2, CsvError::NotUtf8)));
        let endless = [b"a\n\"".as_slice(), &vec![b'x'; 2 * MAX_RECORD]].concat();
        assert_eq!(read(&[&endless]), Err((2, CsvError::TooLong)));
        assert_eq!(read(&[&[b','; 2 * MAX_CELLS]]), Err((1, CsvError::TooLong)));
    }

    #[test]
    fn a_formula_is_text_for_a_spreadsheet() {
        for cell in ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "'=1", "''=1"] {
            assert_eq!(neutral(cell), format!("'{cell}"));
            assert_eq!(plain(&neutral(cell)), cell);
        }
        for cell in ["", "'", "'tis", "Alice", "a=b", "O'Hara"] {
            assert_eq!(neutral(cell), cell);
            assert_eq!(plain(cell), cell);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(rows in prop::collection::vec(prop::collection::vec(".{0,12}|[=+@'\t\r\n\",-]{1,4}", 2..5), 0..6)) {
            let text: String = rows.iter().map(|row| {
                let cells: Vec<String> = row.iter().map(|cell| neutral(cell)).collect();
                record(cells.iter().map(String::as_str))
            }).collect();
            let read = read(&[text.as_bytes()]).unwrap();
            let read: Vec<Vec<String>> = read.into_iter().map(|(_, cells)| cells.iter().map(|cell| plain(cell).to_owned()).collect()).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn no_bytes_panic(bytes in any::<Vec<u8>>()) {
            let _ = read(&[&bytes]);
        }
    }
}
