//! The bytes of a cell: where it stands, how it looks, what it shows.
//!
//! crossterm's own commands would ask the server's environment for `NO_COLOR`, which says nothing about
//! anybody's terminal, and name each of the sixteen colours in eight bytes instead of two.

use std::io::Write as _;

use ratatui::buffer::{Cell, CellWidth as _};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};

use super::ascii::look_alike;
use super::colour::reduce;
use crate::tui::terminal::Depth;

/// What a modifier is called. Source: ECMA-48, 8.3.117 (SGR).
const MODIFIERS: [(Modifier, u8); 9] = [
    (Modifier::BOLD, 1),
    (Modifier::DIM, 2),
    (Modifier::ITALIC, 3),
    (Modifier::UNDERLINED, 4),
    (Modifier::SLOW_BLINK, 5),
    (Modifier::RAPID_BLINK, 6),
    (Modifier::REVERSED, 7),
    (Modifier::HIDDEN, 8),
    (Modifier::CROSSED_OUT, 9),
];

/// Writes cells for one terminal, one frame long.
pub(super) struct Pen<'a> {
    bytes: &'a mut Vec<u8>,
    /// Columns of the terminal.
    width: u16,
    depth: Depth,
    is_utf8: bool,
    /// Blanks that are not written yet: where they begin, and how many.
    blanks: Option<(Position, u16)>,
    /// The row shows nothing any more, so that a blank is there already.
    is_erased: bool,
    style: Style,
    /// Where the terminal's cursor is by our count; `None` before the first cell.
    at: Option<Position>,
    trust: Trust,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Style {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

/// How far our count of columns is trusted after a character.
///
/// Terminals disagree: `…` or `é` takes two columns where the person's fonts are East Asian, and
/// emoji are counted in as many ways as there are terminals. What comes next is put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Every terminal agrees.
    Sure,
    /// Lines and words: each of these characters would cost a move, so only their end is one.
    WithinRun,
    Doubtful,
}

/// Blanks that are more bytes than a move over them.
const MOVE: u16 = 4;

const BLANK: Style = Style { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

impl<'a> Pen<'a> {
    pub fn new(bytes: &'a mut Vec<u8>, width: u16, depth: Depth, is_utf8: bool) -> Self {
        Self {
            bytes,
            width,
            depth,
            is_utf8,
            blanks: None,
            is_erased: false,
            style: BLANK,
            at: None,
            trust: Trust::Sure,
        }
    }

    /// The terminal was cleared: only what is not blank has to be written.
    pub fn begin_cleared(&mut self) {
        self.is_erased = true;
    }

    /// Where most of a row differs, it is erased, and its blanks need not be written.
    pub fn erase_row(&mut self, row: u16) {
        self.write_blanks();
        self.go_to(Position { x: 0, y: row }, Trust::Sure);
        self.set_style(BLANK);
        self.bytes.extend(b"\x1b[K");
        self.is_erased = true;
    }

    pub fn keep_row(&mut self) {
        self.write_blanks();
        self.is_erased = false;
    }

    pub fn write(&mut self, at: Position, cell: &Cell) {
        if *cell == Cell::EMPTY {
            return self.hold_blank(at);
        }
        self.write_blanks();
        let columns = cell.cell_width().max(1);
        let symbol = cell.symbol();
        let is_plain = self.is_utf8 || symbol.is_ascii();
        let trust = if is_plain { trust(symbol, columns) } else { Trust::Sure };
        self.go_to(at, trust);
        self.set_style(Style {
            fg: reduce(cell.fg, self.depth),
            bg: reduce(cell.bg, self.depth),
            modifier: cell.modifier,
        });
        if is_plain {
            if trust == Trust::Doubtful && columns > 1 {
                self.make_room(at, columns);
            }
            self.bytes.extend(symbol.as_bytes());
        } else {
            self.bytes.extend(look_alike(symbol, columns).into_bytes());
        }
        self.at = Some(Position { x: at.x.saturating_add(columns), ..at });
        self.trust = trust;
    }

    /// Leaves the terminal with its own colours; true if anything was written.
    pub fn lift(mut self) -> bool {
        self.write_blanks();
        self.set_style(BLANK);
        self.at.is_some()
    }

    /// Blanks where a character comes of which a terminal may draw less: what was there before would be seen
    /// beside it.
    fn make_room(&mut self, at: Position, columns: u16) {
        self.bytes.extend(std::iter::repeat_n(b' ', columns.into()));
        self.move_to(at);
    }

    fn move_to(&mut self, to: Position) {
        let _ = write!(self.bytes, "\x1b[{};{}H", u32::from(to.y) + 1, u32::from(to.x) + 1);
    }

    fn hold_blank(&mut self, at: Position) {
        match &mut self.blanks {
            Some((start, count)) if start.y == at.y && at.x == start.x.saturating_add(*count) => *count += 1,
            _ => {
                self.write_blanks();
                self.blanks = Some((at, 1));
            }
        }
    }

    /// Writes the blanks that are held, if they have to be: up to the end of the row it is one short
    /// sequence, and over many a move is shorter.
    fn write_blanks(&mut self) {
        let Some((start, count)) = self.blanks.take() else { return };
        let end = start.x.saturating_add(count);
        let is_rest = end >= self.width;
        if self.is_erased && (is_rest || count >= MOVE) {
            return;
        }
        self.go_to(start, Trust::Sure);
        self.set_style(BLANK);
        if is_rest && count >= MOVE {
            self.bytes.extend(b"\x1b[K");
        } else {
            self.bytes.extend(std::iter::repeat_n(b' ', count.into()));
            self.at = Some(Position { x: end, ..start });
        }
    }

    /// Moves the terminal's cursor, unless it is sure to be there, for a character of this kind.
    fn go_to(&mut self, to: Position, next: Trust) {
        let is_trusted = match self.trust {
            Trust::Sure => true,
            Trust::WithinRun => next == Trust::WithinRun,
            Trust::Doubtful => false,
        };
        let at = self.at.filter(|at| is_trusted && at.y == to.y);
        match at.and_then(|at| to.x.checked_sub(at.x)) {
            Some(0) => {}
            Some(columns) => {
                let _ = write!(self.bytes, "\x1b[{columns}C");
            }
            None => self.move_to(to),
        }
        self.at = Some(to);
        self.trust = Trust::Sure;
    }

    fn set_style(&mut self, style: Style) {
        if style == self.style {
            return;
        }
        let mut codes = Codes(&mut *self.bytes, true);
        // One at a time is more bytes, and a VT100 cannot.
        if !style.modifier.contains(self.style.modifier) {
            codes.push(0);
            self.style = BLANK;
        }
        for (modifier, code) in MODIFIERS {
            if (style.modifier - self.style.modifier).contains(modifier) {
                codes.push(code);
            }
        }
        if style.fg != self.style.fg {
            codes.push_color(style.fg, 30);
        }
        if style.bg != self.style.bg {
            codes.push_color(style.bg, 40);
        }
        codes.end();
        self.style = style;
    }
}

/// The numbers of one SGR sequence; true before the first.
struct Codes<'a>(&'a mut Vec<u8>, bool);

impl Codes<'_> {
    fn push(&mut self, code: u8) {
        let before = if std::mem::take(&mut self.1) { "\x1b[" } else { ";" };
        let _ = write!(self.0, "{before}{code}");
    }

    fn push_all(&mut self, codes: &[u8]) {
        for code in codes {
            self.push(*code);
        }
    }

    /// `base` is 30 for the foreground, 40 for the background.
    fn push_color(&mut self, color: Color, base: u8) {
        match color {
            Color::Reset => self.push(base + 9),
            Color::Black => self.push(base),
            Color::Red => self.push(base + 1),
            Color::Green => self.push(base + 2),
            Color::Yellow => self.push(base + 3),
            Color::Blue => self.push(base + 4),
            Color::Magenta => self.push(base + 5),
            Color::Cyan => self.push(base + 6),
            Color::Gray => self.push(base + 7),
            Color::DarkGray => self.push(base + 60),
            Color::LightRed => self.push(base + 61),
            Color::LightGreen => self.push(base + 62),
            Color::LightYellow => self.push(base + 63),
            Color::LightBlue => self.push(base + 64),
            Color::LightMagenta => self.push(base + 65),
            Color::LightCyan => self.push(base + 66),
            Color::White => self.push(base + 67),
            Color::Indexed(index) => self.push_all(&[base + 8, 5, index]),
            Color::Rgb(red, green, blue) => {
                self.push_all(&[base + 8, 2, red, green, blue]);
            }
        }
    }

    fn end(self) {
        self.0.push(b'm');
    }
}

fn trust(symbol: &str, columns: u16) -> Trust {
    if symbol.is_ascii() {
        return Trust::Sure;
    }
    let mut characters = symbol.chars();
    let (Some(first), None) = (characters.next(), characters.next()) else { return Trust::Doubtful };
    match first {
        // Wide in every font: Hangul, kana, ideographs, full-width forms.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{ff01}'..='\u{ff60}'
            if columns == 2 =>
        {
            Trust::Sure
        }
        // Lines, bars and shades.
        '\u{2500}'..='\u{259f}' => Trust::WithinRun,
        letter if letter.is_alphabetic() && columns == 1 => Trust::WithinRun,
        _ => Trust::Doubtful,
    }
}
