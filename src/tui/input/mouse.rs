//! Presses and the wheel of a mouse.

/// What a mouse did, and where: columns and rows are counted from 0, and may lie outside the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub column: u16,
    pub row: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    ScrollUp,
    ScrollDown,
}

/// The event of a unit such as `ESC [ < 0 ; 10 ; 5 M`; `None` for other buttons, releases, motion and
/// places that are none. Source: xterm's ctlseqs, SGR (1006) mouse.
pub(super) fn decode(unit: &[u8]) -> Option<Mouse> {
    let numbers = unit.strip_prefix(b"\x1b[<")?.strip_suffix(b"M")?;
    let mut numbers = std::str::from_utf8(numbers).ok()?.split(';').map(number);
    let (button, column, row) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let kind = match button {
        0 => MouseKind::Press,
        64 => MouseKind::ScrollUp,
        65 => MouseKind::ScrollDown,
        _ => return None,
    };
    let mouse = Mouse { kind, column: column.checked_sub(1)?, row: row.checked_sub(1)? };
    numbers.next().is_none().then_some(mouse)
}

/// Digits only: what Rust's own parser takes for a number may also begin with `+`.
fn number(digits: &str) -> Option<u16> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}
