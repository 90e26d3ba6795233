//! Text that people typed: what may be kept, and how what was not may be shown.
//!
//! Two doors. [`clean`] is for what will be stored and drawn: it refuses. [`shown`] is for what
//! strangers sent (a user name that failed, a client's version string): it neutralises.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use unicode_width::UnicodeWidthStr;

/// Why a text is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("must not be empty")]
    Empty,
    #[error("must be at most {0} characters")]
    TooLong(usize),
    #[error("must be at most {0} columns wide")]
    TooWide(usize),
    #[error("holds a character that cannot be shown (U+{0:04X})")]
    Unshowable(u32),
    #[error("has more than {MAX_MARKS} combining marks on one letter")]
    TooManyMarks,
}

/// Combining marks that one base character may carry: enough for every living script.
const MAX_MARKS: usize = 4;

/// One line of clean text as people wrote it: a reason, a note. At most 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line(String);

impl Line {
    pub const MAX_CHARS: usize = 200;

    pub fn parse(input: &str) -> Result<Self, TextError> {
        clean(input, Self::MAX_CHARS, usize::MAX).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text in NFC without blanks around it, if every character of it can be shown on one line.
pub fn clean(input: &str, max_chars: usize, max_columns: usize) -> Result<String, TextError> {
    // NFC at most triples the characters; cut before, so that the work is bounded.
    if input.chars().count() > max_chars.saturating_mul(4) {
        return Err(TextError::TooLong(max_chars));
    }
    let text: String = input.trim().nfc().collect();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max_chars {
        return Err(TextError::TooLong(max_chars));
    }
    let mut marks = 0;
    for character in text.chars() {
        if !is_showable(character) {
            return Err(TextError::Unshowable(character.into()));
        }
        marks = if is_mark(character) { marks + 1 } else { 0 };
        if marks > MAX_MARKS {
            return Err(TextError::TooManyMarks);
        }
    }
    if text.width() > max_columns {
        return Err(TextError::TooWide(max_columns));
    }
    Ok(text)
}

/// A stranger's text, harmless and at most `max_chars` long: control characters as `\x1b`, those
/// that reorder or hide text as `‹U+202E›`, the rest left alone.
pub fn shown(input: &str, max_chars: usize) -> String {
    let mut out = String::new();
    for (count, character) in input.chars().enumerate() {
        if count == max_chars {
            out.push('…');
            break;
        }
        let code = u32::from(character);
        if is_showable(character) {
            out.push(character);
        } else if code < 0x100 {
            let _ = write!(out, "\\x{code:02x}");
        } else {
            let _ = write!(out, "‹U+{code:04X}›");
        }
    }
    out
}

/// Whether a character takes its place on a line and does nothing else.
pub fn is_showable(character: char) -> bool {
    use GeneralCategory as G;
    !matches!(
        character.general_category(),
        G::Control
            | G::Format
            | G::PrivateUse
            | G::Surrogate
            | G::Unassigned
            | G::LineSeparator
            | G::ParagraphSeparator
    )
}

fn is_mark(character: char) -> bool {
    use GeneralCategory as G;
    matches!(character.general_category(), G::NonspacingMark | G::EnclosingMark | G::SpacingMark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_that_drives_a_terminal_is_refused() {
        for bad in
            ["\x1b]0;pwn\x07", "a\u{202e}b", "a\u{200b}b", "a\nb", "\u{9b}31m", "a\u{2028}b", "\u{e000}"]
        {
            assert!(matches!(clean(bad, 64, 64), Err(TextError::Unshowable(_))), "{bad:?}");
        }
        assert_eq!(clean(&"a\u{301}".repeat(3), 64, 64).unwrap(), "ááá");
        assert_eq!(clean(&format!("a{}", "\u{36f}".repeat(9)), 64, 64), Err(TextError::TooManyMarks));
        assert_eq!(clean(&"漢".repeat(30), 64, 40), Err(TextError::TooWide(40)));
        assert_eq!(clean("   ", 64, 40), Err(TextError::Empty));
    }

    #[test]
    fn strangers_text_is_neutralised() {
        assert_eq!(shown("x\r\n\x1b[2Jé\u{202e}", 64), "x\\x0d\\x0a\\x1b[2Jé‹U+202E›");
        assert_eq!(shown("abcdef", 3), "abc…");
    }

    proptest! {
        #[test]
        fn whatever_comes_out_can_be_shown(input in any::<String>()) {
            prop_assert!(shown(&input, 64).chars().all(is_showable));
            if let Ok(text) = clean(&input, 64, 40) {
                prop_assert!(text.chars().all(is_showable));
                prop_assert!(text.chars().count() <= 64);
                prop_assert_eq!(clean(&text, 64, 40), Ok(text));
            }
        }
    }
}
