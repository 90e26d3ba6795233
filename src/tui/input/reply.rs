//! What a terminal answers when it is asked for its background.

use crate::tui::terminal::Rgb;

/// How the answer begins. Source: xterm's ctlseqs, OSC 11.
const BEGIN: &[u8] = b"\x1b]11;";

/// Whether these bytes can be the answer, as far as they go.
pub(super) fn may_become(unit: &[u8]) -> bool {
    if unit.len() <= BEGIN.len() { BEGIN.starts_with(unit) } else { unit.starts_with(BEGIN) }
}

/// Whether a byte stands in answers.
pub(super) fn is_part(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || b"rgba:/;#".contains(&byte)
}

/// The colour of a whole answer without its end: `ESC ]11;rgb:RRRR/GGGG/BBBB`, or `#RRGGBB`.
pub(super) fn background(unit: &[u8]) -> Option<Rgb> {
    let spec = std::str::from_utf8(unit.strip_prefix(BEGIN)?).ok()?;
    if let Some(digits) = spec.strip_prefix('#') {
        let each = digits.len() / 3;
        let part = |index: usize| part(digits.get(index * each..(index + 1) * each)?);
        return (digits.len() == each * 3)
            .then_some(())
            .and_then(|()| Some(Rgb { red: part(0)?, green: part(1)?, blue: part(2)? }));
    }
    let parts = spec.strip_prefix("rgb:").or_else(|| spec.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/');
    let color = Rgb { red: part(parts.next()?)?, green: part(parts.next()?)?, blue: part(parts.next()?)? };
    // How much shines through does not matter.
    let is_whole = parts.next().is_none_or(|rest| part(rest).is_some()) && parts.next().is_none();
    is_whole.then_some(color)
}

/// One to four hexadecimal digits, as a share of the most that so many can say.
fn part(digits: &str) -> Option<u8> {
    if !(1..=4).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let most = (1_u32 << (4 * digits.len())) - 1;
    u8::try_from(value * 255 / most).ok()
}
