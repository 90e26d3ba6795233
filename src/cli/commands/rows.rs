//! A list that is printed page by page: as one JSON array, one row a line, or under one heading.

use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::Output;
use crate::dal::{DalError, Page};

use super::json;

/// A list on its way out.
pub struct Rows {
    is_json: bool,
    heading: &'static str,
    is_first: bool,
    is_empty: bool,
}

impl Rows {
    pub fn new(is_json: bool, heading: &'static str) -> Self {
        Self { is_json, heading, is_first: true, is_empty: true }
    }

    /// Prints page by page, up to so many rows in all. `page` is asked for those after a place, with how many are
    /// left to print, and may give more.
    pub async fn stream<T: Serialize, F: Future<Output = Result<Page<T>, DalError>>>(
        mut self,
        mut left: u64,
        out: &mut Output,
        mut page: impl FnMut(Option<String>, usize) -> F,
        line: impl Fn(&T) -> String,
    ) -> Result<(), Failure> {
        let mut after = None;
        loop {
            let rows = usize::try_from(left).unwrap_or(usize::MAX);
            let mut page = page(after, rows).await?;
            page.items.truncate(rows);
            left = left.saturating_sub(u64::try_from(page.items.len()).unwrap_or(u64::MAX));
            after = page.next.filter(|_| left > 0);
            let text = self.part(&page.items, &line, after.is_none())?;
            // A search that found nothing so far has nothing to say.
            if !text.is_empty() {
                out.print(&text).await?;
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// The next page as text.
    pub fn part<T: Serialize>(
        &mut self,
        items: &[T],
        line: impl Fn(&T) -> String,
        is_last: bool,
    ) -> Result<String, Failure> {
        let mut text = String::new();
        if std::mem::replace(&mut self.is_first, false) {
            text.push_str(if self.is_json { "[" } else { self.heading });
            text.push_str(if self.is_json { "" } else { "\n" });
        }
        for item in items {
            if self.is_json {
                text.push_str(if self.is_empty { "\n" } else { ",\n" });
                text.push_str(json(item)?.trim_end());
            } else {
                text.push_str(&line(item));
                text.push('\n');
            }
            self.is_empty = false;
        }
        if is_last && self.is_json {
            text.push_str("\n]\n");
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_make_one_array() {
        let mut rows = Rows::new(true, "");
        let mut text = rows.part(&[1, 2], ToString::to_string, false).unwrap();
        text += &rows.part(&[] as &[u8], ToString::to_string, false).unwrap();
        text += &rows.part(&[3], ToString::to_string, true).unwrap();
        assert_eq!(serde_json::from_str::<Vec<u8>>(&text).unwrap(), [1, 2, 3]);
    }

    #[test]
    fn a_table_has_one_heading() {
        let mut rows = Rows::new(false, "N");
        let text = rows.part(&[1], ToString::to_string, false).unwrap()
            + &rows.part(&[2], ToString::to_string, true).unwrap();
        assert_eq!(text, "N\n1\n2\n");
    }
}
