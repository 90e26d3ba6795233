//! Cells to bytes, for one terminal far away.
//!
//! A frame is what differs from the last one. To know that, a canvas keeps a hash of each *tile*, some
//! cells of one row: 1 KiB at 80x24, where the cells themselves would take 75. The cells are drawn on
//! a board that all canvases of a thread share, so that a person who looks at a screen costs little
//! more than one who does not.
//!
//! | file | keeps |
//! | --- | --- |
//! | `board` | where views draw |
//! | `tile` | what differs |
//! | `pen` | the bytes of a cell: moves, styles, characters |
//! | [`colour`] | fewer colours, for a terminal that has fewer |
//! | `ascii` | look-alikes, for a terminal that has no others |
//!
//! Views draw for the best of terminals. What another one lacks is translated on the way out.

mod ascii;
mod board;
pub(in crate::tui) mod colour;
mod pen;
#[cfg(test)]
mod tests;
mod tile;

use bytes::Bytes;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use data_encoding::BASE64;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::Size;
use super::terminal::{Depth, Profile};
use board::Board;
use pen::Pen;
use tile::{Tile, tiles};

/// Alternate screen, bracketed paste, no cursor; cleared.
pub const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[0m\x1b[2J";

/// Undoes all that a terminal may have been told, whatever state it is in.
///
/// Also what is never asked for here: a client may have done so itself. What a terminal does not know
/// and prints instead goes onto the alternate screen, and away with it.
pub const LEAVE: &str = concat!(
    // The mouse, in every mode that reports it; focus; pasted text.
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l",
    // The keyboard of the kitty protocol.
    "\x1b[<u",
    // Style, cursor, screen.
    "\x1b[0m\x1b[?25h\x1b[?1049l"
);

const CLEAR: &str = "\x1b[0m\x1b[?25l\x1b[2J";

/// Presses of the mouse, without motion, in decimal numbers: the older form ends at column 223.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";

const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// Asks for the background's colour. Source: xterm's ctlseqs, OSC 11.
const ASK_BACKGROUND: &str = "\x1b]11;?\x1b\\";

/// Bytes of the longest text that goes to the clipboard. Terminals take more; nothing here is longer.
pub const MAX_COPY: usize = 4096;

/// One terminal's picture.
pub struct Canvas {
    size: Size,
    depth: Depth,
    is_utf8: bool,
    /// May be sent what the older ones would print.
    is_modern: bool,
    /// What the terminal shows, a hash a tile. Empty while it shows nothing of ours.
    shown: Vec<u64>,
    /// Where the terminal shows its cursor; `None` while that is hidden.
    cursor: Option<Position>,
    /// Bytes that go out ahead of the next frame, which then begins on a cleared terminal.
    first: &'static str,
    /// Goes out ahead of the next frame too.
    asks_background: bool,
    /// Whether the mouse is to be reported, and whether the terminal was told so.
    mouse: Wish,
    /// A text on its way to the clipboard. The last one: there is one clipboard.
    copied: Option<String>,
}

/// A setting of the terminal, as it is to be and as it is.
#[derive(Debug, Clone, Copy)]
struct Wish {
    wanted: bool,
    told: bool,
}

/// Draws on a board of this size, for somebody who only looks at what was drawn.
pub fn sketch<T>(size: Size, view: impl FnOnce(&mut Frame), look: impl FnOnce(&Buffer) -> T) -> Option<T> {
    let mut board = Board::take(Rect::new(0, 0, size.columns, size.rows))?;
    let seen = look(board.draw(view)?);
    board.put_back();
    Some(seen)
}

impl Canvas {
    pub fn new(size: Size, profile: &Profile) -> Self {
        Self {
            size,
            depth: profile.depth,
            is_utf8: profile.is_utf8,
            is_modern: profile.is_modern,
            shown: Vec::new(),
            cursor: None,
            first: ENTER,
            asks_background: profile.tells_background(),
            mouse: Wish { wanted: profile.is_modern, told: false },
            copied: None,
        }
    }

    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.repaint();
    }

    /// The next frame paints everything on a cleared terminal.
    pub fn repaint(&mut self) {
        self.shown = Vec::new();
        self.cursor = None;
        if self.first.is_empty() {
            self.first = CLEAR;
        }
    }

    /// Whether the mouse is ours from the next frame on. While it is not, it selects text as in any
    /// other program.
    pub fn set_mouse(&mut self, is_on: bool) {
        self.mouse.wanted = is_on && self.is_modern;
    }

    /// Puts a text into the person's clipboard with the next frame; false if it cannot be.
    ///
    /// Whether it arrives is never known: the terminal decides, and does not answer. A text that
    /// would be keys where it is pasted (line breaks, escapes) does not go.
    pub fn copy(&mut self, text: &str) -> bool {
        let fits = !text.is_empty() && text.len() <= MAX_COPY;
        if !self.is_modern || !fits || text.chars().any(char::is_control) {
            return false;
        }
        self.copied = Some(BASE64.encode(text.as_bytes()));
        true
    }

    /// The bytes of the next frame; `None` if it looks like the last one.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> Option<Bytes> {
        let mut board = Board::take(Rect::new(0, 0, self.size.columns, self.size.rows))?;
        let is_cleared = !self.first.is_empty();
        let mut bytes = self.ahead();
        let moved = self.paint(board.draw(view)?, is_cleared, &mut bytes);
        self.place(board.cursor(), moved, &mut bytes);
        board.put_back();
        (!bytes.is_empty()).then(|| bytes.into())
    }

    /// What the terminal is told before it is shown anything.
    fn ahead(&mut self) -> Vec<u8> {
        let mut bytes = Vec::from(std::mem::take(&mut self.first));
        if self.mouse.told != self.mouse.wanted {
            bytes.extend(if self.mouse.wanted { MOUSE_ON } else { MOUSE_OFF }.as_bytes());
            self.mouse.told = self.mouse.wanted;
        }
        if std::mem::take(&mut self.asks_background) {
            bytes.extend(ASK_BACKGROUND.as_bytes());
        }
        if let Some(copied) = self.copied.take() {
            bytes.extend(format!("\x1b]52;c;{copied}\x1b\\").into_bytes());
        }
        bytes
    }

    /// The tiles that differ; true if there were any.
    fn paint(&mut self, painted: &Buffer, is_cleared: bool, bytes: &mut Vec<u8>) -> bool {
        let mut pen = Pen::new(bytes, self.size.columns, self.depth, self.is_utf8);
        let shown = std::mem::take(&mut self.shown);
        let all: Vec<Tile> = tiles(painted).collect();
        self.shown = all.iter().map(|tile| tile.hash(painted)).collect();
        let per_row = tile::count(self.size.columns);
        let differs: Vec<bool> = (0..).zip(&self.shown).map(|(at, new)| shown.get(at) != Some(new)).collect();
        let rows = all.chunks(per_row).zip(differs.chunks(per_row));
        for (row, (tiles, differs)) in (0..).zip(rows) {
            let count = differs.iter().filter(|differs| **differs).count();
            let is_new = !is_cleared && 2 * count > per_row;
            if is_cleared {
                pen.begin_cleared();
            } else if is_new {
                pen.erase_row(row);
            } else {
                pen.keep_row();
            }
            for (tile, _) in tiles.iter().zip(differs).filter(|(_, differs)| **differs || is_new) {
                for (x, y, cell) in tile.cells(painted) {
                    pen.write(Position { x, y }, &cell);
                }
            }
        }
        pen.lift()
    }

    /// Painting has `moved` the terminal's cursor.
    fn place(&mut self, cursor: Option<Position>, moved: bool, bytes: &mut Vec<u8>) {
        let was = std::mem::replace(&mut self.cursor, cursor);
        // Writing to memory does not fail.
        let _ = match cursor {
            None if was.is_some() => queue!(bytes, Hide),
            Some(at) if was.is_none() => queue!(bytes, Show, MoveTo(at.x, at.y)),
            Some(at) if moved || was != cursor => queue!(bytes, MoveTo(at.x, at.y)),
            _ => Ok(()),
        };
    }
}
