//! What differs from the last frame, a few cells at a time.

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
    is_first: bool,
}

/// Tiles of one row.
pub(super) fn count(columns: u16) -> usize {
    usize::from(columns).div_ceil(TILE).max(1)
}

pub(super) fn tiles(buffer: &Buffer) -> impl Iterator<Item = Tile> + use<> {
    let width = usize::from(buffer.area.width);
    let rows = usize::from(buffer.area.height);
    (0..rows).flat_map(move |row| {
        (0..width).step_by(TILE).map(move |column| Tile {
            start: row * width + column,
            end: row * width + (column + TILE).min(width),
            is_first: column == 0,
        })
    })
}

impl Tile {
    /// Of its cells and of the one before: a wide character there covers the first of ours.
    pub fn hash(&self, buffer: &Buffer) -> u64 {
        let mut hasher = HASHER.build_hasher();
        let start = if self.is_first { self.start } else { self.start - 1 };
        for cell in buffer.content.get(start..self.end).unwrap_or_default() {
            hash(cell, &mut hasher);
        }
        hasher.finish()
    }

    /// Those that are written; a wide character writes the one behind it too.
    pub fn cells<'a>(&self, buffer: &'a Buffer) -> impl Iterator<Item = (u16, u16, &'a Cell)> + use<'a> {
        let width = |index: usize| buffer.content.get(index).map_or(1, |cell| cell.cell_width().max(1));
        let end = self.end;
        let mut next = self.start;
        if !self.is_first && width(self.start - 1) > 1 {
            next += 1;
        }
        std::iter::from_fn(move || {
            let index = next;
            let cell = buffer.content.get(index).filter(|_| index < end)?;
            next += usize::from(width(index));
            let (x, y) = buffer.pos_of(index);
            Some((x, y, cell))
        })
    }
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
