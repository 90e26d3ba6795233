//! How strong a password is, at a glance and in a word.

use ratatui::{Frame, layout::Rect, style::Style};

use super::text::{put, split};
use crate::tui::look::Look;
use crate::tui::words::widgets as say;

/// Draws a score of 0 to 4 (what lies above counts as 4) as a bar and a word.
///
/// `None`, for no password yet, draws nothing. Source of the scale: zxcvbn.
pub fn draw(frame: &mut Frame, area: Rect, score: Option<u8>, look: &Look) {
    let Some(score) = score else {
        return;
    };
    let (bar, word, style) = grade(score, look);
    let used = put(frame.buffer_mut(), area, bar, style);
    let (_, rest) = split(area, used.saturating_add(1));
    put(frame.buffer_mut(), rest, word, style);
}

fn grade(score: u8, look: &Look) -> (&'static str, &'static str, Style) {
    match score {
        0 => ("□□□□", say::VERY_WEAK, look.danger),
        1 => ("■□□□", say::WEAK, look.danger),
        2 => ("■■□□", say::FAIR, look.warning),
        3 => ("■■■□", say::GOOD, look.success),
        _ => ("■■■■", say::STRONG, look.success),
    }
}
