//! What differs from the last frame, a few cells at a time.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

use foldhash::quality::RandomState;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::Color;

/// Cells of a tile. A key typed into a field sends one tile; fewer cells would be more hashes to keep.
const TILE: usize = 16;

/// Random, so that nobody can make up texts of which the second is not drawn over the first.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// Up to [`TILE`] cells of one row, as a range of the buffer's cells.
pub(super) struct Tile {
    start: usize,
    end: usize,
    /// Where the first character begins that reaches into it: before `start` where that is a wide one.
    first: usize,
    /// Where the last of its characters ends: behind `end` where that is a wide one.
    past: usize,
}

/// Tiles of one row.
pub(super) fn count(columns: u16) -> usize {
    usize::from(columns).div_ceil(TILE).max(1)
}

pub(super) fn tiles(buffer: &Buffer) -> impl Iterator<Item = Tile> {
    let width = usize::from(buffer.area.width);
    let rows = usize::from(buffer.area.height);
    let starts = (0..rows).flat_map(move |row| {
        let of_row = row * width..(row + 1) * width;
        of_row.clone().step_by(TILE).map(move |start| (start, (start + TILE).min(of_row.end), of_row.end))
    });
    // The first character that reaches over the end of a tile, and how far any of them does.
    starts.scan((0, 0), move |(origin, reach), (start, end, row_end)| {
        let first = if *reach > start { *origin } else { start };
        let reaches = (start..end).filter_map(|at| Some((at, at + reach_of(buffer, at, end)?)));
        if *reach <= end {
            (*origin, *reach) = (end, end);
        }
        for (at, to) in reaches.filter(|(_, to)| *to > end) {
            (*origin, *reach) = (at.min(*origin), to.max(*reach));
        }
        Some(Tile { start, end, first, past: (*reach).min(row_end) })
    })
}

/// How many columns a cell's character takes, if that can be more than are left up to `end`: of four
/// bytes none takes three.
fn reach_of(buffer: &Buffer, at: usize, end: usize) -> Option<usize> {
    let cell = buffer.content.get(at)?;
    let may_reach = cell.symbol().len() > 4 || at + 1 == end;
    may_reach.then(|| cell.cell_width().max(1).into())
}

impl Tile {
    /// Of its cells and of those that share a character with them.
    pub fn hash(&self, buffer: &Buffer) -> u64 {
        let mut hasher = HASHER.build_hasher();
        hasher.write_usize(self.start - self.first);
        for cell in buffer.content.get(self.first..self.past).unwrap_or_default() {
            hash(cell, &mut hasher);
        }
        hasher.finish()
    }

    /// Those that are written; a wide character writes the ones behind it too. One of which a part is
    /// covered, by the edge of a box, is a blank: the terminal would show it over that edge.
    pub fn cells<'a>(&self, buffer: &'a Buffer) -> impl Iterator<Item = (u16, u16, Cow<'a, Cell>)> + use<'a> {
        let row = usize::from(buffer.area.width).max(1);
        let row_end = self.start - self.start % row + row;
        let (start, end) = (self.start, self.end);
        let mut next = self.first;
        std::iter::from_fn(move || {
            loop {
                let index = next;
                let cell = buffer.content.get(index).filter(|_| index < end)?;
                let width = usize::from(cell.cell_width().max(1));
                let is_blank =
                    |index: usize| buffer.content.get(index).is_some_and(|cell| cell.symbol() == " ");
                let is_whole = index + width <= row_end && (index + 1..index + width).all(is_blank);
                next += if is_whole { width } else { 1 };
                if index >= start {
                    let (x, y) = buffer.pos_of(index);
                    return Some((x, y, if is_whole { Cow::Borrowed(cell) } else { blank(cell) }));
                }
            }
        })
    }
}

/// A blank that looks like this cell otherwise.
fn blank(cell: &Cell) -> Cow<'static, Cell> {
    let mut blank = cell.clone();
    blank.set_symbol(" ");
    Cow::Owned(blank)
}

/// In two words, where the cell's own `Hash` writes its nine parts one by one: this runs for every
/// cell of every frame.
fn hash(cell: &Cell, hasher: &mut impl Hasher) {
    let symbol = cell.symbol().as_bytes();
    let mut word = [0; 8];
    let fits = symbol.len() <= 4;
    for (to, from) in word.iter_mut().zip(symbol.iter().take(4)) {
        *to = *from;
    }
    let [low, high] = cell.modifier.bits().to_le_bytes();
    let length = u8::try_from(symbol.len()).unwrap_or(u8::MAX);
    let [first, second, third, fourth, ..] = word;
    hasher.write_u64(u64::from_le_bytes([first, second, third, fourth, low, high, length, 0]));
    hasher.write_u64(u64::from(pack(cell.fg)) << 32 | u64::from(pack(cell.bg)));
    if !fits {
        hasher.write(symbol);
    }
}

/// A number for each colour.
fn pack(color: Color) -> u32 {
    let named = |number: u8| u32::from_be_bytes([1, 0, 0, number]);
    match color {
        Color::Reset => 0,
        Color::Black => named(0),
        Color::Red => named(1),
        Color::Green => named(2),
        Color::Yellow => named(3),
        Color::Blue => named(4),
        Color::Magenta => named(5),
        Color::Cyan => named(6),
        Color::Gray => named(7),
        Color::DarkGray => named(8),
        Color::LightRed => named(9),
        Color::LightGreen => named(10),
        Color::LightYellow => named(11),
        Color::LightBlue => named(12),
        Color::LightMagenta => named(13),
        Color::LightCyan => named(14),
        Color::White => named(15),
        Color::Indexed(index) => u32::from_be_bytes([2, 0, 0, index]),
        Color::Rgb(red, green, blue) => u32::from_be_bytes([3, red, green, blue]),
    }
}
