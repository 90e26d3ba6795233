//! A QR code, for a phone to read from the screen.

use qrcode::{Color, EcLevel, QrCode};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use zeroize::Zeroizing;

use super::text::cells;
use crate::domain::secret::Secret;
use crate::tui::look::{Grain, Look};

/// A code. What it says may be a secret, so it is wiped when dropped.
pub struct Qr {
    /// Whether each module is dark, row by row.
    modules: Zeroizing<Vec<bool>>,
    side: usize,
}

/// Light modules around it. Source: ISO/IEC 18004 asks for four; readers of phones do with less, and a window of
/// 24 rows has room for two.
const QUIET: usize = 2;

/// The same where every module is a whole cell, so that the code of a short text fits into 40 rows.
const QUIET_IN_CELLS: usize = 1;

impl Qr {
    /// `None` for a text that is too long for any. With the least repair: a screen has no stains, and the
    /// smaller a code the larger are its modules.
    pub fn of(text: &Secret) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text.expose(), EcLevel::L).ok()?;
        let side = code.width();
        let modules = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { modules: Zeroizing::new(modules), side })
    }

    /// Columns and rows that it takes; `None` where nothing is drawn.
    pub fn size(&self, look: &Look) -> Option<(u16, u16)> {
        match look.grain {
            Grain::Halves => {
                let side = self.side + 2 * QUIET;
                Some((cells(side), cells(side.div_ceil(2))))
            }
            Grain::Cells => {
                let side = self.side + 2 * QUIET_IN_CELLS;
                Some((cells(side * 2), cells(side)))
            }
            Grain::Words => None,
        }
    }

    /// Draws it into the upper left of an area; nothing of it where it does not fit: half of one says nothing.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let Some((columns, rows)) = self.size(look) else { return };
        if columns > area.width || rows > area.height {
            return;
        }
        let buffer = frame.buffer_mut();
        for row in 0..rows {
            for column in 0..columns {
                let at = (area.x + column, area.y + row);
                match look.grain {
                    Grain::Halves => self.halves(buffer, at, (column, row), look.code),
                    _ => self.cell(buffer, at, (column, row), look.code),
                }
            }
        }
    }

    fn halves(&self, buffer: &mut Buffer, at: (u16, u16), (column, row): (u16, u16), style: Style) {
        let (x, y) = (usize::from(column), usize::from(row) * 2);
        let symbol = match (self.is_dark(x, y, QUIET), self.is_dark(x, y + 1, QUIET)) {
            (true, true) => "█",
            (true, false) => "▀",
            (false, true) => "▄",
            (false, false) => " ",
        };
        if let Some(cell) = buffer.cell_mut(at) {
            cell.set_symbol(symbol).set_style(style);
        }
    }

    /// A blank that is paper, or one that is ink.
    fn cell(&self, buffer: &mut Buffer, at: (u16, u16), (column, row): (u16, u16), paper: Style) {
        let (x, y) = (usize::from(column) / 2, usize::from(row));
        let is_dark = self.is_dark(x, y, QUIET_IN_CELLS);
        if let Some(cell) = buffer.cell_mut(at) {
            cell.set_symbol(" ").set_style(if is_dark { reversed(paper) } else { paper });
        }
    }

    /// Whether a module is dark, counted from the corner of the light ones around the code.
    fn is_dark(&self, x: usize, y: usize, quiet: usize) -> bool {
        let (Some(x), Some(y)) = (x.checked_sub(quiet), y.checked_sub(quiet)) else { return false };
        x < self.side && self.modules.get(y * self.side + x).copied().unwrap_or(false)
    }
}

/// Ink and paper the other way round.
const fn reversed(style: Style) -> Style {
    if style.add_modifier.contains(Modifier::REVERSED) {
        style.remove_modifier(Modifier::REVERSED)
    } else {
        style.add_modifier(Modifier::REVERSED)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::tui::theme::Theme;

    fn look(grain: Grain) -> Look {
        Look::new(&Theme::DEFAULT).with_grain(grain)
    }

    fn code(letters: usize) -> Qr {
        Qr::of(&Secret::new("a".repeat(letters))).unwrap()
    }

    fn drawn(grain: Grain, columns: u16, rows: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
        terminal.draw(|frame| code(78).draw(frame, frame.area(), &look(grain))).unwrap();
        terminal.backend().buffer().clone()
    }

    /// What an account with a name of up to 12 letters needs fits beside words into a window of 80 by 24.
    #[test]
    fn so_many_letters_take_so_many_cells() {
        assert_eq!(code(78).size(&look(Grain::Halves)), Some((37, 19)));
        assert_eq!(code(79).size(&look(Grain::Halves)), Some((41, 21)));
        assert_eq!(code(78).size(&look(Grain::Cells)), Some((70, 35)));
        assert_eq!(code(78).size(&look(Grain::Words)), None);
        assert!(Qr::of(&Secret::new("a".repeat(3_000))).is_none());
    }

    /// The three corners that readers look for are there, with light around them.
    #[test]
    fn both_grains_show_the_same_modules() {
        let (halves, whole) = (drawn(Grain::Halves, 37, 19), drawn(Grain::Cells, 70, 35));
        for y in 0..33_u16 {
            for x in 0..33_u16 {
                let symbol = halves[(x + 2, 1 + y / 2)].symbol().to_owned();
                let half = symbol == "█" || symbol == if y % 2 == 0 { "▀" } else { "▄" };
                let cell = &whole[((x + 1) * 2, y + 1)];
                assert_eq!(half, cell.modifier.contains(Modifier::REVERSED), "{x} {y}");
                let is_corner = |x: u16, y: u16| x < 7 && y < 7 && (x == 0 || y == 0 || x == 6 || y == 6);
                if is_corner(x, y) || is_corner(32 - x, y) || is_corner(x, 32 - y) {
                    assert!(half, "{x} {y}");
                }
            }
        }
        assert!((0..37_u16).all(|x| halves[(x, 0)].symbol() == " " && halves[(x, 18)].symbol() == " "));
    }

    #[test]
    fn half_a_code_is_never_drawn() {
        let blank = Buffer::empty(Rect::new(0, 0, 36, 19));
        assert_eq!(drawn(Grain::Halves, 36, 19), blank);
    }
}
