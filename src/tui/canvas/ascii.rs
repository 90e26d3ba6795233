//! Look-alikes, for a terminal that shows ASCII and nothing else.

use unicode_normalization::UnicodeNormalization;

/// As many ASCII characters as the symbol takes columns, as like it as can be.
pub(super) fn look_alike(symbol: &str, columns: u16) -> String {
    let known = symbol.chars().next().filter(|_| columns == 1).and_then(alike);
    known.map_or_else(|| "?".repeat(columns.into()), String::from)
}

/// ASCII characters, and what looks most like each.
const ALIKE: &[(char, &str)] = &[
    ('-', "─━┄┅┈┉╌╍═╴╶╸╺╼╾▃▍‐‑–—−"),
    ('|', "│┃┆┇┊┋╎╏║╵╷╹╻╽╿"),
    ('/', "╱"),
    ('\\', "╲"),
    ('x', "╳×✗✘"),
    // Bars and shades: the fuller, the darker.
    ('.', "▁▏░□▫·‧∙"),
    (':', "▂▎▒⋮"),
    ('=', "▄▌▀▐"),
    ('+', "▅▋✓✔"),
    ('*', "▆▊•●◉★☆✱"),
    ('#', "▇▉█▓■▪"),
    // Where a text was cut, a full stop could be its own end.
    ('~', "…⋯"),
    ('o', "○◦°ø"),
    ('>', "→›»▸▶❯⇒≥⏵"),
    ('<', "←‹«◂◀❮⇐≤↵⏎"),
    ('^', "↑▲▴⌃"),
    ('v', "↓▼▾"),
    ('\'', "‘’‚′"),
    ('"', "“”„″"),
    ('!', "⚠"),
    (' ', "\u{a0}\u{2800}"),
    ('s', "ß"),
    ('O', "Ø"),
    ('d', "đð"),
    ('D', "ĐÐ"),
    ('l', "ł"),
    ('L', "Ł"),
    ('i', "ı"),
];

/// The ASCII character that looks most like this one, if any does.
fn alike(character: char) -> Option<char> {
    if let Some((alike, _)) = ALIKE.iter().find(|(_, of)| of.contains(character)) {
        return Some(*alike);
    }
    match character {
        // Where lines meet.
        '\u{2500}'..='\u{257f}' => Some('+'),
        // Other blocks, and dots in whatever pattern.
        '\u{2580}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' => Some('#'),
        // A letter without its accents.
        other => other.nfd().next().filter(char::is_ascii),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::CellWidth as _;

    use super::*;

    #[test]
    fn what_screens_draw_has_a_look_alike() {
        let alike: String = "╭─┬│┼╯…•·›→←↑↓■□▁▄█▏▌–é Åñű’“✓ß"
            .chars()
            .map(|c| look_alike(c.encode_utf8(&mut [0; 4]), 1))
            .collect();
        assert_eq!(alike, "+-+|++~*.>><^v#..=#.=-e Anu'\"+s");
    }

    #[test]
    fn what_has_none_is_as_wide_as_it_was() {
        for symbol in ["漢", "🔑", "ж", "e\u{301}", "👩‍🚀", "한", "ｶﾞ"] {
            let columns = symbol.cell_width();
            let shown = look_alike(symbol, columns);
            assert_eq!(shown.len(), usize::from(columns), "{symbol}");
            assert!(shown.bytes().all(|b| b.is_ascii_graphic()), "{symbol}");
        }
        assert_eq!(look_alike("漢", 2), "??");
        assert_eq!(look_alike("e\u{301}", 1), "e");
    }
}
