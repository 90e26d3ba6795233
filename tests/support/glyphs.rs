//! The characters that a picture draws instead of writing them: blocks, lines and marks.
//!
//! Each is a path from the corner of its cell.

use super::picture::{HEIGHT, WIDTH};

/// A block: where it begins from above and how high it is, how wide, how much of it is covered.
pub fn block(character: char, width: u16) -> Option<((u16, u16), u16, u8)> {
    let code = u16::try_from(u32::from(character)).ok()?;
    let whole = (0, HEIGHT);
    Some(match code {
        0x2580 => ((0, HEIGHT / 2), width, 100),
        0x2581..=0x2588 => {
            let high = (code - 0x2580) * HEIGHT / 8;
            ((HEIGHT - high, high), width, 100)
        }
        0x2589..=0x258f => (whole, WIDTH * (0x2590 - code) / 8, 100),
        0x2591 => (whole, width, 25),
        0x2592 => (whole, width, 50),
        0x2593 => (whole, width, 75),
        _ => return None,
    })
}

/// The path of a box-drawing line from its cell's corner, or of as many as are so wide.
pub fn line(character: char, width: u16) -> Option<String> {
    Some(match character {
        '─' | '━' => format!("m0 8h{width}"),
        '═' => format!("m0 6.5h{width}m-{width} 3h{width}"),
        '│' | '┃' => "m4 0v16".to_owned(),
        '║' => "m2.5 0v16m3-16v16".to_owned(),
        '┌' => "m4 16v-8h4".to_owned(),
        '┐' => "m0 8h4v8".to_owned(),
        '└' => "m4 0v8h4".to_owned(),
        '┘' => "m0 8h4v-8".to_owned(),
        '╭' => "m4 16v-4q0-4 4-4".to_owned(),
        '╮' => "m0 8q4 0 4 4v4".to_owned(),
        '╰' => "m4 0v4q0 4 4 4".to_owned(),
        '╯' => "m0 8q4 0 4-4v-4".to_owned(),
        '├' => "m4 0v16m0-8h4".to_owned(),
        '┤' => "m4 0v16m0-8h-4".to_owned(),
        '┬' => "m0 8h8m-4 0v8".to_owned(),
        '┴' => "m0 8h8m-4 0v-8".to_owned(),
        '┼' => "m0 8h8m-4-8v16".to_owned(),
        '╵' | '╹' => "m4 0v8".to_owned(),
        '╷' | '╻' => "m4 8v8".to_owned(),
        '╴' | '╸' => "m0 8h4".to_owned(),
        '╶' | '╺' => "m4 8h4".to_owned(),
        '╔' => "m2.5 16v-9.5h5.5m0 3h-2.5v6.5".to_owned(),
        '╗' => "m0 6.5h5.5v9.5m-3 0v-6.5h-2.5".to_owned(),
        '╚' => "m2.5 0v9.5h5.5m0-3h-2.5v-6.5".to_owned(),
        '╝' => "m0 9.5h5.5v-9.5m-3 0v6.5h-2.5".to_owned(),
        _ => return None,
    })
}

/// The path of a mark that is drawn with a line.
pub fn mark(character: char) -> Option<&'static str> {
    Some(match character {
        '✓' => "m.8 8.5l2.4 3l4-6.5",
        '✗' => "m1 5l6 6.5m-6 0l6-6.5",
        '○' => "m.9 8a3.1 3.1 0 1 0 6.2 0a3.1 3.1 0 1 0-6.2 0z",
        '□' => "m1.5 5.5h5v5h-5z",
        _ => return None,
    })
}

/// The path of a mark that is filled; of what nobody knows, a full cell: it is to be noticed.
pub fn solid(character: char) -> &'static str {
    match character {
        '▲' => "m4 4.5l3.6 6.5h-7.2z",
        '▼' => "m.4 5h7.2l-3.6 6.5z",
        '▶' => "m1.2 4.4l6 3.6l-6 3.6z",
        '◀' => "m6.8 4.4l-6 3.6l6 3.6z",
        '●' => "m.4 8a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
        '■' => "m1 5h6v6h-6z",
        '▐' => "m4 0h4v16h-4z",
        _ => "h8v16h-8z",
    }
}
