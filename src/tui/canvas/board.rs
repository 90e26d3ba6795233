//! Where views draw.

use std::cell::Cell as Slot;
use std::convert::Infallible;
use std::mem;

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

/// Cells of the largest board that is kept for the next frame: 480 KiB. Few windows are larger.
const BOARD_KEPT: u32 = 240 * 50;

/// Where frames are drawn, one at a time.
///
/// Only ratatui's `Terminal` can make a `Frame`. It would keep two pictures and compare them, which
/// tiles do with less, so it is lent the one page while a view draws and has nothing to compare.
pub(super) struct Board {
    terminal: Terminal<Backdrop>,
    page: Buffer,
}

thread_local! {
    /// The board of this thread, while nothing is drawn on it.
    static BOARD: Slot<Option<Board>> = const { Slot::new(None) };
}

impl Board {
    /// A blank one. It is this thread's own until it is put back: a view that panics takes it along,
    /// so that what it has drawn is on nobody else's screen.
    pub fn take(area: Rect) -> Option<Self> {
        let Some(mut board) = BOARD.take() else {
            let options = TerminalOptions { viewport: Viewport::Fixed(area) };
            let terminal = Terminal::with_options(Backdrop::default(), options).ok()?;
            return Some(Self { terminal, page: Buffer::empty(area) });
        };
        if board.page.area != area {
            board.terminal.resize(area).ok()?;
            board.page.resize(area);
        }
        Some(board)
    }

    pub fn put_back(mut self) {
        if self.page.area.area() <= BOARD_KEPT {
            self.page.reset();
            BOARD.set(Some(self));
        }
    }

    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> Option<&Buffer> {
        self.terminal.backend_mut().cursor = None;
        let page = &mut self.page;
        let lend = |frame: &mut Frame| {
            let nothing = Buffer::empty(Rect { height: 0, ..frame.area() });
            *frame.buffer_mut() = mem::take(page);
            view(frame);
            *page = mem::replace(frame.buffer_mut(), nothing);
        };
        self.terminal.draw(lend).ok()?;
        Some(&self.page)
    }

    /// Where the last view wants the cursor.
    pub fn cursor(&self) -> Option<Position> {
        self.terminal.backend().cursor
    }
}

/// What the board's frames would be sent to. It only hears where the cursor is to be.
#[derive(Default)]
pub(super) struct Backdrop {
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
