//! Fewer colours, for a terminal that has fewer.

use ratatui::style::Color;

use crate::tui::terminal::Depth;
#[cfg(test)]
use crate::tui::terminal::Rgb;

/// The named colours as xterm draws them, the harshest palette in use. Source: XTerm-col.ad.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

/// Steps of each part in the cube of colours 16 to 231.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The nearest colour that a terminal of this depth has.
pub(super) fn reduce(color: Color, depth: Depth) -> Color {
    match (depth, color) {
        (Depth::Mono, _) => Color::Reset,
        (Depth::Sixteen, Color::Indexed(_) | Color::Rgb(..)) => to_named(color),
        (Depth::Indexed, Color::Rgb(red, green, blue)) => to_indexed([red, green, blue]),
        _ => color,
    }
}

/// What a colour looks like; `None` for the terminal's own.
#[cfg(test)]
pub(in crate::tui) fn rgb(color: Color) -> Option<Rgb> {
    let [red, green, blue] = parts(color)?;
    Some(Rgb { red, green, blue })
}

fn parts(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Reset => None,
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 0..16) => NAMED.get(usize::from(index)).map(|(_, parts)| *parts),
        Color::Indexed(index @ 16..232) => {
            let step = |of: u8| STEPS.get(usize::from(of)).copied().unwrap_or_default();
            let cube = index - 16;
            Some([step(cube / 36), step(cube / 6 % 6), step(cube % 6)])
        }
        Color::Indexed(index) => Some([8 + (index - 232) * 10; 3]),
        named => NAMED.iter().find(|(color, _)| *color == named).map(|(_, parts)| *parts),
    }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
}

/// What is a colour stays one: by distance alone much of it would be grey.
fn to_named(color: Color) -> Color {
    let Some(wanted) = parts(color) else { return Color::Reset };
    let among = NAMED.iter().filter(|(_, parts)| is_grey(wanted) || !is_grey(*parts));
    among.min_by_key(|(_, parts)| distance(*parts, wanted)).map_or(Color::Reset, |(color, _)| *color)
}

fn is_grey([red, green, blue]: [u8; 3]) -> bool {
    red.max(green).max(blue) - red.min(green).min(blue) < 48
}

/// The first sixteen are each person's own: only those are offered whose look is known.
fn to_indexed(wanted: [u8; 3]) -> Color {
    let known = (16..=u8::MAX).filter_map(|index| Some((index, parts(Color::Indexed(index))?)));
    let nearest = known.min_by_key(|(_, parts)| distance(*parts, wanted));
    nearest.map_or(Color::Reset, |(index, _)| Color::Indexed(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_becomes_the_nearest_there_is() {
        for (color, depth, expected) in [
            (Color::Rgb(1, 2, 3), Depth::True, Color::Rgb(1, 2, 3)),
            (Color::Rgb(255, 135, 94), Depth::Indexed, Color::Indexed(209)),
            (Color::Rgb(128, 128, 128), Depth::Indexed, Color::Indexed(244)),
            (Color::Rgb(0, 0, 0), Depth::Indexed, Color::Indexed(16)),
            (Color::Red, Depth::Indexed, Color::Red),
            (Color::Indexed(209), Depth::Indexed, Color::Indexed(209)),
            (Color::Indexed(1), Depth::Sixteen, Color::Red),
            (Color::Indexed(18), Depth::Sixteen, Color::Blue),
            (Color::Indexed(231), Depth::Sixteen, Color::White),
            (Color::Indexed(117), Depth::Sixteen, Color::LightBlue),
            (Color::Indexed(242), Depth::Sixteen, Color::DarkGray),
            (Color::Rgb(250, 10, 10), Depth::Sixteen, Color::LightRed),
            (Color::Reset, Depth::Sixteen, Color::Reset),
            (Color::Red, Depth::Mono, Color::Reset),
            (Color::Rgb(255, 255, 255), Depth::Mono, Color::Reset),
        ] {
            assert_eq!(reduce(color, depth), expected, "{color:?} {depth:?}");
        }
    }

    #[test]
    fn every_colour_of_256_looks_like_something() {
        for index in 0..=u8::MAX {
            assert!(rgb(Color::Indexed(index)).is_some());
        }
        assert_eq!(parts(Color::Indexed(255)), Some([238; 3]));
        assert_eq!(parts(Color::Indexed(117)), Some([135, 215, 255]));
    }
}
