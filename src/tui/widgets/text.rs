//! Text in columns: measured, cut and wrapped exactly as it will be drawn.

use std::{borrow::Cow, mem};

use ratatui::{
    buffer::{Buffer, CellWidth as _},
    layout::Rect,
    style::Style,
    text::Span,
};

/// The graphemes of a text, each with the columns that it takes.
///
/// Asked of ratatui and not computed here, because drawing must agree with it. Control characters
/// are left out, as they are when drawing.
pub(super) fn graphemes<'a>(span: &'a Span<'a>) -> impl Iterator<Item = (&'a str, usize)> {
    span.styled_graphemes(Style::new()).map(|g| (g.symbol, usize::from(g.symbol.cell_width())))
}

/// Whether each byte is one column: nearly every text, and then nothing has to be looked up.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, 0x20..=0x7e))
}

/// How many columns a text takes.
pub(in crate::tui) fn columns(text: &str) -> usize {
    if is_plain(text) {
        return text.len();
    }
    graphemes(&Span::raw(text)).map(|(_, columns)| columns).sum()
}

/// A length as the screen counts: what is longer than any screen is as long as the longest.
pub(in crate::tui) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// The text if it fits, else as much as fits before an `…`.
pub(super) fn clip(text: &str, room: usize) -> Cow<'_, str> {
    if columns(text) <= room {
        return Cow::Borrowed(text);
    }
    let Some(mut room) = room.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    if let Some(plain) = text.get(..room).filter(|_| is_plain(text)) {
        return Cow::Owned(format!("{plain}…"));
    }
    let mut clipped = String::new();
    for (symbol, columns) in graphemes(&Span::raw(text)) {
        let Some(rest) = room.checked_sub(columns) else {
            break;
        };
        room = rest;
        clipped.push_str(symbol);
    }
    clipped.push('…');
    Cow::Owned(clipped)
}

/// The lines of a text when none may be wider than `room`.
///
/// A line that fits stays as it is; of others, runs of blanks become one space. A word that fits on
/// no line is broken. What no-break spaces join is one word. Of a letter that is wider than `room`
/// nothing can be shown: an `…` stands for it.
pub(in crate::tui) fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        if columns(line) <= room {
            lines.push(line.to_owned());
        } else if room > 0 {
            wrap_line(line, room, &mut lines);
        }
    }
    lines
}

fn wrap_line(text: &str, room: usize, lines: &mut Vec<String>) {
    let mut line = String::new();
    let mut used = 0;
    let is_blank = |c: char| c.is_whitespace() && c != '\u{a0}';
    for word in text.split(is_blank).filter(|word| !word.is_empty()) {
        if used > 0 && used + 1 + columns(word) <= room {
            line.push(' ');
            used += 1;
        } else if used > 0 {
            lines.push(mem::take(&mut line));
            used = 0;
        }
        for (symbol, columns) in graphemes(&Span::raw(word)) {
            let (symbol, columns) = if columns > room { ("…", 1) } else { (symbol, columns) };
            if used > 0 && used + columns > room {
                lines.push(mem::take(&mut line));
                used = 0;
            }
            line.push_str(symbol);
            used += columns;
        }
    }
    lines.push(line);
}

/// One row of an area, counted from its top; without size if there is no such row.
pub(in crate::tui) fn row(area: Rect, index: u16) -> Rect {
    if index < area.height {
        Rect { y: area.y.saturating_add(index), height: 1, ..area }
    } else {
        Rect { height: 0, ..area }
    }
}

/// An area cut in two, side by side; the left one gets at most `width` columns.
pub(in crate::tui) fn split(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let right = Rect { x: area.x.saturating_add(width), width: area.width - width, ..area };
    (Rect { width, ..area }, right)
}

/// Writes a text into the first row of an area, clipped to it, and returns the columns it took.
pub(in crate::tui) fn put(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return 0;
    }
    let room = usize::from(area.width);
    let text = clip(text, room);
    if is_plain(&text) {
        return put_plain(buffer, area, &text, style);
    }
    let (end, _) = buffer.set_stringn(area.x, area.y, text, room, style);
    end - area.x
}

/// The same at the right end of that row.
pub(in crate::tui) fn put_right(buffer: &mut Buffer, area: Rect, text: &str, style: Style) {
    let (_, place) = split(area, area.width.saturating_sub(cells(columns(text))));
    put(buffer, place, text, style);
}

/// Writes lines below one another; where they are cut the last one ends with `…`.
pub(in crate::tui) fn put_lines(buffer: &mut Buffer, area: Rect, lines: &[String], style: Style) {
    let is_cut = lines.len() > area.height.into();
    for (index, line) in (0..area.height).zip(lines) {
        if is_cut && index + 1 == area.height {
            put(buffer, row(area, index), &format!("{line} …"), style);
        } else {
            put(buffer, row(area, index), line, style);
        }
    }
}

/// The same for a text that fits and of which each byte is one column.
fn put_plain(buffer: &mut Buffer, area: Rect, text: &str, style: Style) -> u16 {
    let start = buffer.index_of(area.x, area.y);
    let row = buffer.content.get_mut(start..start + text.len()).unwrap_or_default();
    for (cell, character) in row.iter_mut().zip(text.chars()) {
        cell.set_char(character).set_style(style);
    }
    cells(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_cut_by_columns_and_not_by_characters() {
        assert_eq!(clip("abc", 3), "abc");
        assert_eq!(clip("abcd", 3), "ab…");
        assert_eq!(clip("漢字漢字", 8), "漢字漢字");
        assert_eq!(clip("漢字漢字", 7), "漢字漢…");
        assert_eq!(clip("漢字漢字", 6), "漢字…");
        assert_eq!(clip("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(clip("abc", 1), "…");
        assert_eq!(clip("abc", 0), "");
    }

    #[test]
    fn text_is_wrapped_at_words_and_long_words_are_broken() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a\n\nb", 7), ["a", "", "b"]);
        assert_eq!(wrap("name   ada", 20), ["name   ada"]);
        assert_eq!(wrap("one two\u{a0}three", 9), ["one", "two\u{a0}three"]);
        assert_eq!(wrap("to abcdefghij", 4), ["to", "abcd", "efgh", "ij"]);
        assert_eq!(wrap("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(wrap("abc", 0), Vec::<String>::new());
    }

    /// A letter with a vowel sign beside it, or two consonants in one, can take three columns and more. In
    /// a room of two it stood on a line of its own all the same, wider than the room.
    #[test]
    fn a_letter_that_is_wider_than_the_room_is_not_shown() {
        assert_eq!(wrap("\u{20000}\u{dd8}", 2), ["…"]);
        assert_eq!(wrap("a \u{20000}\u{dd8} b", 2), ["a", "…", "b"]);
        assert_eq!(wrap("漢a", 1), ["…", "a"]);
        assert_eq!(wrap("\u{20000}\u{dd8}", 3), ["\u{20000}\u{dd8}"]);
    }

    proptest! {
        /// The short way for plain text leads where the long one does.
        #[test]
        fn plain_text_is_drawn_as_any_other(text in "[ -~]{0,30}", room in 0_u16..20) {
            let area = Rect::new(1, 0, room, 1);
            let mut short = Buffer::empty(Rect::new(0, 0, 24, 2));
            let mut long = short.clone();
            let used = put(&mut short, area, &text, Style::new().bold());
            let cut: String = graphemes(&Span::raw(&text)).map(|(symbol, _)| symbol).take(room.into()).collect();
            let cut = if text.len() > room.into() && room > 0 { cut[..cut.len() - 1].to_owned() + "…" } else { cut };
            long.set_stringn(1, 0, &cut, room.into(), Style::new().bold());
            prop_assert_eq!(short, long);
            prop_assert_eq!(usize::from(used), columns(&cut));
        }

        #[test]
        fn nothing_is_wider_than_its_room(text in any::<String>(), room in 1_usize..40) {
            prop_assert!(columns(&clip(&text, room)) <= room);
            for line in wrap(&text, room) {
                prop_assert!(columns(&line) <= room, "{line:?}");
            }
        }
    }
}
