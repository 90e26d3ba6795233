//! Cells to bytes, for one terminal far away.
//!
//! A frame is what differs from the last one. While nothing happens the two buffers behind that
//! comparison are dropped (184 KiB at 80x24), and the next frame paints everything, over what is
//! there, so that nothing flickers.

use std::convert::Infallible;

use bytes::Bytes;
use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::queue;
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal, TerminalOptions, Viewport};

use super::Size;

/// Alternate screen, bracketed paste, no cursor; cleared.
pub const ENTER: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";

/// Undoes [`ENTER`], whatever state the terminal is in.
pub const LEAVE: &str = "\x1b[?2004l\x1b[0m\x1b[?25h\x1b[?1049l";

const CLEAR: &str = "\x1b[0m\x1b[2J";

/// One terminal's picture.
pub struct Canvas {
    size: Size,
    /// `None` while resting, and before the first frame.
    terminal: Option<Terminal<Wire>>,
    /// Bytes that go out ahead of the next frame.
    first: &'static str,
}

impl Canvas {
    pub fn new(size: Size) -> Self {
        Self { size, terminal: None, first: ENTER }
    }

    pub fn resize(&mut self, size: Size) {
        self.size = size;
        self.repaint();
    }

    /// The next frame paints everything on a cleared terminal.
    pub fn repaint(&mut self) {
        self.terminal = None;
        if self.first.is_empty() {
            self.first = CLEAR;
        }
    }

    pub fn is_awake(&self) -> bool {
        self.terminal.is_some()
    }

    /// Drops the buffers until the next frame.
    pub fn rest(&mut self) {
        self.terminal = None;
    }

    /// The bytes of the next frame; `None` if it looks like the last one.
    pub fn draw(&mut self, view: impl FnOnce(&mut Frame)) -> Option<Bytes> {
        let area = Rect::new(0, 0, self.size.columns, self.size.rows);
        if let Some(terminal) = &mut self.terminal {
            terminal.draw(view).ok()?;
            return terminal.backend_mut().take();
        }
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let mut terminal = Terminal::with_options(Wire::new(area), options).ok()?;
        let painted = terminal.draw(view).ok()?.buffer.clone();
        let wire = terminal.backend_mut();
        let cursor = wire.cursor;
        *wire = Wire::new(area);
        wire.bytes.extend_from_slice(std::mem::take(&mut self.first).as_bytes());
        wire.paint_all(&painted, cursor);
        let frame = wire.take();
        self.terminal = Some(terminal);
        frame
    }
}

/// The backend: collects bytes, and keeps quiet where nothing changed.
struct Wire {
    area: Rect,
    bytes: Vec<u8>,
    /// Where the cursor is shown; `None` while it is hidden.
    cursor: Option<Position>,
    /// Cells were written since the cursor was placed.
    moved: bool,
}

impl Wire {
    fn new(area: Rect) -> Self {
        Self { area, bytes: Vec::new(), cursor: None, moved: false }
    }

    fn take(&mut self) -> Option<Bytes> {
        let bytes = std::mem::take(&mut self.bytes);
        (!bytes.is_empty()).then(|| bytes.into())
    }

    /// Every cell, also the blank ones, over whatever the terminal shows.
    fn paint_all(&mut self, painted: &Buffer, cursor: Option<Position>) {
        // A private-use character: no text that is drawn holds one, so every cell differs from it.
        let nothing = Buffer::filled(painted.area, Cell::new("\u{e000}"));
        let _ = self.draw(nothing.diff(painted).into_iter());
        // The terminal may show a cursor from before the rest.
        let _ = queue!(self.bytes, Hide);
        if let Some(at) = cursor {
            let _ = self.show_cursor();
            let _ = self.set_cursor_position(at);
        }
    }
}

impl Backend for Wire {
    type Error = Infallible;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Infallible>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_some() {
            self.moved = true;
            // Writing to memory does not fail.
            let _ = CrosstermBackend::new(&mut self.bytes).draw(content);
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> Result<(), Infallible> {
        if self.cursor.take().is_some() {
            let _ = queue!(self.bytes, Hide);
        }
        Ok(())
    }

    fn show_cursor(&mut self) -> Result<(), Infallible> {
        if self.cursor.is_none() {
            self.cursor = Some(Position::ORIGIN);
            self.moved = true;
            let _ = queue!(self.bytes, Show);
        }
        Ok(())
    }

    fn get_cursor_position(&mut self) -> Result<Position, Infallible> {
        Ok(self.cursor.unwrap_or(Position::ORIGIN))
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Infallible> {
        let position = position.into();
        if self.moved || self.cursor != Some(position) {
            let _ = queue!(self.bytes, MoveTo(position.x, position.y));
            self.moved = false;
        }
        if let Some(cursor) = &mut self.cursor {
            *cursor = position;
        }
        Ok(())
    }

    fn clear(&mut self) -> Result<(), Infallible> {
        self.bytes.extend_from_slice(CLEAR.as_bytes());
        Ok(())
    }

    fn clear_region(&mut self, _region: ClearType) -> Result<(), Infallible> {
        self.clear()
    }

    fn size(&self) -> Result<ratatui::layout::Size, Infallible> {
        Ok(self.area.as_size())
    }

    fn window_size(&mut self) -> Result<WindowSize, Infallible> {
        Ok(WindowSize { columns_rows: self.area.as_size(), pixels: ratatui::layout::Size::ZERO })
    }

    fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emulator() -> vt100::Parser {
        vt100::Parser::new(4_u16.try_into().unwrap(), 20_u16.try_into().unwrap(), 0)
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
    fn what_is_drawn_is_what_is_seen_also_after_a_rest() {
        let mut parser = emulator();
        let mut canvas = Canvas::new(Size { columns: 20, rows: 4 });
        show(&mut parser, &mut canvas, "漢字 and\nmore", Some((3, 1)));
        assert_eq!(seen(&parser), "漢字 and\nmore");
        assert_eq!((parser.screen().cursor_position(), parser.screen().hide_cursor()), ((1, 3), false));
        canvas.rest();
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
        assert!(show(&mut parser, &mut canvas, "two", Some((1, 1))) < 40);
        assert_eq!(seen(&parser), "two");
        assert_eq!(parser.screen().cursor_position(), (1, 1));
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
