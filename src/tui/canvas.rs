//! Cells to bytes, for one terminal far away.
//!
//! A frame is what differs from the last one. To know that, a canvas keeps a hash of each *tile*, some
//! cells of one row: 1 KiB at 80x24, where the cells themselves would take 75. The cells are drawn on
//! a board that all canvases of a thread share, so that a person who looks at a screen costs little
//! more than one who does not.

use std::cell::Cell as Slot;
use std::convert::Infallible;
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::LazyLock;

use bytes::Bytes;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use foldhash::quality::RandomState;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::Size;

/// Alternate screen, bracketed paste, no cursor; cleared.
pub const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";

/// Undoes [`ENTER`], whatever state the terminal is in.
pub const LEAVE: &str = "\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

const CLEAR: &str = "\x1b[0m\x1b[?25l\x1b[2J";

/// Cells of a tile. A key typed into a field sends one tile; fewer cells would be more hashes to keep.
const TILE: usize = 16;

/// Cells of the largest board that is kept for the next frame: 960 KiB. Few windows are larger.
const BOARD_KEPT: u32 = 240 * 50;

/// Random, so that nobody can make up texts of which the second is not drawn over the first.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::default);

/// One terminal's picture.
pub struct Canvas {
    size: Size,
    /// What the terminal shows, a hash a tile. Empty while it shows nothing of ours.
    shown: Vec<u64>,
    /// Where the terminal shows its cursor; `None` while that is hidden.
    cursor: Option<Position>,
    /// Bytes that go out ahead of the next frame.
    first: &'static str,
}

impl Canvas {
    pub fn new(size: Size) -> Self {
        Self { size, shown: Vec::new(), cursor: None, first: ENTER }
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

    /// The bytes of the next frame; `None` if it looks like the last one.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> Option<Bytes> {
        let mut board = Board::take(Rect::new(0, 0, self.size.columns, self.size.rows))?;
        let mut bytes = Vec::from(std::mem::take(&mut self.first));
        let moved = self.paint(board.draw(view)?, &mut bytes);
        self.place(board.cursor(), moved, &mut bytes);
        board.put_back();
        (!bytes.is_empty()).then(|| bytes.into())
    }

    /// The tiles that differ; true if there were any.
    fn paint(&mut self, painted: &Buffer, bytes: &mut Vec<u8>) -> bool {
        let shown = std::mem::take(&mut self.shown);
        self.shown = tiles(painted).map(|tile| tile.hash(painted)).collect();
        let new = &self.shown;
        let differs = |index: usize| shown.get(index) != new.get(index);
        let mut cells = tiles(painted)
            .enumerate()
            .filter(|(index, _)| differs(*index))
            .flat_map(|(_, tile)| tile.cells(painted))
            .peekable();
        if cells.peek().is_none() {
            return false;
        }
        // Writing to memory does not fail.
        let _ = CrosstermBackend::new(bytes).draw(cells);
        true
    }

    /// Painting has `moved` the terminal's cursor.
    fn place(&mut self, cursor: Option<Position>, moved: bool, bytes: &mut Vec<u8>) {
        let was = std::mem::replace(&mut self.cursor, cursor);
        let _ = match cursor {
            None if was.is_some() => queue!(bytes, Hide),
            Some(at) if was.is_none() => queue!(bytes, Show, MoveTo(at.x, at.y)),
            Some(at) if moved || was != cursor => queue!(bytes, MoveTo(at.x, at.y)),
            _ => Ok(()),
        };
    }
}

/// Draws on a board of this size, for somebody who only looks at what was drawn.
pub fn sketch<T>(size: Size, view: impl FnOnce(&mut Frame), look: impl FnOnce(&Buffer) -> T) -> Option<T> {
    let mut board = Board::take(Rect::new(0, 0, size.columns, size.rows))?;
    let seen = look(board.draw(view)?);
    board.put_back();
    Some(seen)
}

/// Up to [`TILE`] cells of one row, as a range of the buffer's cells.
struct Tile {
    start: usize,
    end: usize,
    is_first: bool,
}

fn tiles(buffer: &Buffer) -> impl Iterator<Item = Tile> + use<> {
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
    fn hash(&self, buffer: &Buffer) -> u64 {
        let mut hasher = HASHER.build_hasher();
        let start = if self.is_first { self.start } else { self.start - 1 };
        for cell in buffer.content.get(start..self.end).unwrap_or_default() {
            cell.hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Those that are written; a wide character writes the one behind it too.
    fn cells<'a>(&self, buffer: &'a Buffer) -> impl Iterator<Item = (u16, u16, &'a Cell)> + use<'a> {
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

/// Where frames are drawn, one at a time.
struct Board(Terminal<Backdrop>);

thread_local! {
    /// The board of this thread, while nothing is drawn on it.
    static BOARD: Slot<Option<Board>> = const { Slot::new(None) };
}

impl Board {
    /// A blank one. It is this thread's own until it is put back: a view that panics takes it along,
    /// so that what it has drawn is on nobody else's screen.
    fn take(area: Rect) -> Option<Self> {
        let Some(Self(mut terminal)) = BOARD.take() else {
            let options = TerminalOptions { viewport: Viewport::Fixed(area) };
            return Terminal::with_options(Backdrop::default(), options).ok().map(Self);
        };
        if terminal.get_frame().area() != area {
            terminal.resize(area).ok()?;
        }
        Some(Self(terminal))
    }

    fn put_back(mut self) {
        if self.0.get_frame().area().area() <= BOARD_KEPT {
            BOARD.set(Some(self));
        }
    }

    fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> Option<&Buffer> {
        self.0.backend_mut().cursor = None;
        Some(self.0.draw(view).ok()?.buffer)
    }

    /// Where the last view wants the cursor.
    fn cursor(&self) -> Option<Position> {
        self.0.backend().cursor
    }
}

/// What the board's frames would be sent to. It only hears where the cursor is to be.
#[derive(Default)]
struct Backdrop {
    cursor: Option<Position>,
}

impl Backend for Backdrop {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, _content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        self.cursor = Some(position.into());
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> Result<(), Infallible> {
        Ok(())
    }

    fn size(&self) -> Result<ratatui::layout::Size, Infallible> {
        Ok(ratatui::layout::Size::ZERO)
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: ratatui::layout::Size::ZERO, pixels: ratatui::layout::Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emulator() -> vt100::Parser {
        emulator_of(4, 20)
    }

    fn emulator_of(rows: u16, columns: u16) -> vt100::Parser {
        vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0)
    }

    fn show(
        parser: &mut vt100::Parser,
        canvas: &mut Canvas,
        text: &str,
        cursor: Option<(u16, u16)>,
    ) -> usize {
        let frame = canvas.draw(|frame| {
            frame.render_widget(ratatui::text::Text::raw(text), frame.area());
            if let Some(at) = cursor {
                frame.set_cursor_position(at);
            }
        });
        let bytes = frame.unwrap_or_default();
        parser.process(&bytes);
        bytes.len()
    }

    /// What a person reads, without the blanks behind it.
    fn seen(parser: &vt100::Parser) -> String {
        let text = parser.screen().contents();
        text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }

    #[test]
    fn what_is_drawn_is_what_is_seen_also_after_a_repaint() {
        let mut parser = emulator();
        let mut canvas = Canvas::new(Size { columns: 20, rows: 4 });
        show(&mut parser, &mut canvas, "漢字 and\nmore", Some((3, 1)));
        assert_eq!(seen(&parser), "漢字 and\nmore");
        assert_eq!((parser.screen().cursor_position(), parser.screen().hide_cursor()), ((1, 3), false));
        canvas.repaint();
        show(&mut parser, &mut canvas, "less", None);
        assert_eq!(seen(&parser), "less");
        assert!(parser.screen().hide_cursor());
    }

    #[test]
    fn a_frame_without_a_change_sends_nothing() {
        let mut parser = emulator();
        let mut canvas = Canvas::new(Size { columns: 20, rows: 4 });
        assert!(show(&mut parser, &mut canvas, "one", Some((1, 1))) > 0);
        assert_eq!(show(&mut parser, &mut canvas, "one", Some((1, 1))), 0);
        let changed = show(&mut parser, &mut canvas, "two", Some((1, 1)));
        assert!(changed < 60, "{changed} bytes for one tile");
        assert_eq!(seen(&parser), "two");
        assert_eq!(parser.screen().cursor_position(), (1, 1));
    }

    #[test]
    fn any_text_over_any_other_is_what_a_fresh_terminal_shows() {
        // Wide characters before, on and behind the edge of a tile, at the end of a row, beside others.
        let texts = [
            "",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaa漢aaaaaaa",
            "aaaaaaaaaaaaaa漢aaaaaaaa",
            "aaaaaaaaaaaaaaaa漢aaaaaa",
            "aaaaaaaaaaaaaaa漢漢漢漢",
            "漢漢漢漢漢漢漢漢漢漢漢漢",
            "a漢漢漢漢漢漢漢漢漢漢漢",
            "aaaaaaaaaaaaaaa b\ne\u{301}\u{301}\u{301}",
        ];
        for before in texts {
            for after in texts {
                let mut canvas = Canvas::new(Size { columns: 20, rows: 4 });
                let mut parser = emulator();
                show(&mut parser, &mut canvas, before, Some((2, 2)));
                show(&mut parser, &mut canvas, after, None);
                let mut fresh = emulator();
                show(&mut fresh, &mut Canvas::new(Size { columns: 20, rows: 4 }), after, None);
                assert_eq!(seen(&parser), seen(&fresh), "{after:?} over {before:?}");
            }
        }
    }

    #[test]
    fn two_people_of_one_thread_see_their_own() {
        let (mut ones, mut others) = (emulator(), emulator_of(2, 10));
        let mut one = Canvas::new(Size { columns: 20, rows: 4 });
        let mut other = Canvas::new(Size { columns: 10, rows: 2 });
        for turn in 0..3 {
            show(&mut ones, &mut one, &format!("mine and long {turn}"), None);
            show(&mut others, &mut other, &format!("yours {turn}"), Some((turn, 0)));
            assert_eq!(seen(&ones), format!("mine and long {turn}"));
            assert_eq!(seen(&others), format!("yours {turn}"));
        }
    }

    #[test]
    fn what_a_view_drew_before_it_panicked_is_on_nobody_s_screen() {
        let mut broken = Canvas::new(Size { columns: 20, rows: 4 });
        let panic = std::panic::AssertUnwindSafe(|| {
            broken.draw(|frame| {
                frame.render_widget(ratatui::text::Text::raw("a secret"), frame.area());
                std::panic::resume_unwind(Box::new("half way"));
            })
        });
        assert!(std::panic::catch_unwind(panic).is_err());
        let mut parser = emulator();
        show(&mut parser, &mut Canvas::new(Size { columns: 20, rows: 4 }), "", None);
        assert_eq!(seen(&parser), "");
    }

    #[test]
    fn leaving_undoes_entering() {
        let mut parser = emulator();
        parser.process(b"$ ssh");
        parser.process(ENTER.as_bytes());
        assert!(parser.screen().alternate_screen() && parser.screen().bracketed_paste());
        parser.process(LEAVE.as_bytes());
        assert!(!parser.screen().alternate_screen() && !parser.screen().bracketed_paste());
        assert!(!parser.screen().hide_cursor());
        assert_eq!(seen(&parser), "$ ssh");
    }
}
