//! A terminal's screen as a picture that needs no font of its own: lines and blocks are drawn, text is
//! held to its columns whatever font shows it.

use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

/// Pixels of one cell.
const WIDTH: u16 = 9;
const HEIGHT: u16 = 19;
/// Pixels around the screen, and of the bar above it.
const MARGIN: u16 = 14;
const BAR: u16 = 30;
/// Where a character stands in its cell.
const BASELINE: u16 = 14;

/// The colours of a terminal: what it writes with and on by itself, and its first sixteen.
pub struct Palette {
    pub foreground: &'static str,
    pub background: &'static str,
    pub sixteen: [&'static str; 16],
}

pub const DARK: Palette = Palette {
    foreground: "#d7dae0",
    background: "#16181d",
    sixteen: [
        "#1e2127", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#5c6370",
        "#ff7b86", "#b5e890", "#ffd68a", "#7cc4ff", "#de8ff5", "#6fd5e1", "#ffffff",
    ],
};

pub const LIGHT: Palette = Palette {
    foreground: "#24292f",
    background: "#fbfbfc",
    sixteen: [
        "#24292f", "#b3261e", "#116329", "#7d4e00", "#0550ae", "#8250df", "#1b7c83", "#6e7781", "#57606a",
        "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#8c959f",
    ],
};

/// The screen in a window with this title.
pub fn svg(screen: &Screen, title: &str, palette: &Palette) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (u16::from(rows), u16::from(columns));
    let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN + BAR);
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace\" \
         font-size=\"15\" xml:space=\"preserve\">\n<rect width=\"{width}\" height=\"{height}\" rx=\"9\" \
         fill=\"{}\"/>\n",
        palette.background
    );
    for (index, dot) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
        let _ = writeln!(svg, "<circle cx=\"{}\" cy=\"17\" r=\"6\" fill=\"{dot}\"/>", 20 + 20 * index);
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"22\" text-anchor=\"middle\" font-size=\"13\" fill=\"{}\" opacity=\"0.6\">{}</text>",
        width / 2,
        palette.foreground,
        escaped(title)
    );
    for row in 0..rows {
        for run in runs(screen, row, columns, palette) {
            run.draw(row, palette, &mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Neighbours that look alike.
struct Run {
    column: u16,
    columns: u16,
    text: String,
    look: Look,
}

#[derive(Clone, PartialEq)]
struct Look {
    foreground: String,
    background: String,
    weight: Weight,
    is_underlined: bool,
    /// Drawn, not written.
    is_shape: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Weight {
    Normal,
    Bold,
    Dim,
}

impl Look {
    fn of(cell: &Cell, palette: &Palette) -> Self {
        let foreground = colour(cell.fgcolor(), palette.foreground, palette);
        let background = colour(cell.bgcolor(), palette.background, palette);
        let (foreground, background) =
            if cell.inverse() { (background, foreground) } else { (foreground, background) };
        let weight = match (cell.bold(), cell.dim()) {
            (_, true) => Weight::Dim,
            (true, false) => Weight::Bold,
            (false, false) => Weight::Normal,
        };
        let is_shape = cell.contents().chars().next().is_some_and(is_shape);
        Self { foreground, background, weight, is_underlined: cell.underline(), is_shape }
    }
}

fn is_shape(character: char) -> bool {
    ('\u{2500}'..='\u{259f}').contains(&character)
}

fn runs(screen: &Screen, row: u16, columns: u16, palette: &Palette) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else { continue };
        if cell.is_wide_continuation() {
            continue;
        }
        let look = Look::of(cell, palette);
        let columns = if cell.is_wide() { 2 } else { 1 };
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        match runs.last_mut() {
            // A wide character is held to its own two columns.
            Some(run)
                if run.look == look
                    && columns == 1
                    && usize::from(run.columns) == run.text.chars().count() =>
            {
                run.columns += 1;
                run.text.push_str(text);
            }
            _ => runs.push(Run { column, columns, text: text.to_owned(), look }),
        }
    }
    runs
}

impl Run {
    fn draw(&self, row: u16, palette: &Palette, svg: &mut String) {
        let (x, y) = (MARGIN + self.column * WIDTH, BAR + MARGIN + row * HEIGHT);
        let width = self.columns * WIDTH;
        let Look { foreground, background, weight, .. } = &self.look;
        if background != palette.background {
            let _ = writeln!(
                svg,
                "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"{background}\"/>"
            );
        }
        let opacity = if *weight == Weight::Dim { " opacity=\"0.6\"" } else { "" };
        if self.look.is_underlined {
            let bottom = y + HEIGHT - 2;
            let _ =
                writeln!(svg, "<path d=\"M{x} {bottom}h{width}\" stroke=\"{foreground}\" opacity=\"0.45\"/>");
        }
        if self.look.is_shape {
            for (index, character) in (0..).zip(self.text.chars()) {
                shape(character, x + index * WIDTH, y, foreground, opacity, svg);
            }
        } else if !self.text.trim().is_empty() {
            let weight = if *weight == Weight::Bold { " font-weight=\"bold\"" } else { "" };
            let _ = writeln!(
                svg,
                "<text x=\"{x}\" y=\"{}\" textLength=\"{width}\" lengthAdjust=\"spacingAndGlyphs\" \
                 fill=\"{foreground}\"{weight}{opacity}>{}</text>",
                y + BASELINE,
                escaped(&self.text)
            );
        }
    }
}

/// A box-drawing line as two strokes from the middle, a block as a rectangle.
fn shape(character: char, x: u16, y: u16, colour: &str, opacity: &str, svg: &mut String) {
    let (middle, centre) = (f32::from(x) + f32::from(WIDTH) / 2.0, f32::from(y) + f32::from(HEIGHT) / 2.0);
    let (left, right, up, down) = match character {
        '─' => (true, true, false, false),
        '│' => (false, false, true, true),
        '┌' | '╭' => (false, true, false, true),
        '┐' | '╮' => (true, false, false, true),
        '└' | '╰' => (false, true, true, false),
        '┘' | '╯' => (true, false, true, false),
        '├' => (false, true, true, true),
        '┤' => (true, false, true, true),
        '┬' => (true, true, false, true),
        '┴' => (true, true, true, false),
        '┼' => (true, true, true, true),
        block => return rectangle(block, x, y, colour, opacity, svg),
    };
    let mut path = String::new();
    for (is_there, dx, dy) in [
        (left, -f32::from(WIDTH) / 2.0, 0.0),
        (right, f32::from(WIDTH) / 2.0, 0.0),
        (up, 0.0, -f32::from(HEIGHT) / 2.0),
        (down, 0.0, f32::from(HEIGHT) / 2.0),
    ] {
        if is_there {
            let _ = write!(path, "M{middle} {centre}l{dx} {dy}");
        }
    }
    let _ = writeln!(svg, "<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"1.2\"{opacity}/>");
}

/// The eighth blocks: from below, and from the left; shades by how much they cover.
fn rectangle(block: char, x: u16, y: u16, colour: &str, opacity: &str, svg: &mut String) {
    let (width, height) = (f32::from(WIDTH), f32::from(HEIGHT));
    let eighths = |count: u32| f32::from(u16::try_from(count).unwrap()) / 8.0;
    let code = u32::from(block);
    let (dy, wide, high, shade) = match code {
        0x2581..=0x2588 => {
            (height * (1.0 - eighths(code - 0x2580)), width, height * eighths(code - 0x2580), opacity)
        }
        0x2589..=0x258f => (0.0, width * eighths(0x2590 - code), height, opacity),
        0x2580 => (0.0, width, height / 2.0, opacity),
        0x2591 => (0.0, width, height, " opacity=\"0.25\""),
        0x2592 => (0.0, width, height, " opacity=\"0.5\""),
        0x2593 => (0.0, width, height, " opacity=\"0.75\""),
        _ => return,
    };
    let y = f32::from(y) + dy;
    let _ = writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{wide}\" height=\"{high}\" fill=\"{colour}\"{shade}/>"
    );
}

/// Source: xterm's 256-colour cube and greys.
fn colour(colour: Color, default: &str, palette: &Palette) -> String {
    match colour {
        Color::Default => default.to_owned(),
        Color::Idx(index @ 0..=15) => palette.sixteen[usize::from(index)].to_owned(),
        Color::Idx(index @ 16..=231) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        Color::Idx(index) => {
            let grey = 8 + 10 * (index - 232);
            format!("#{grey:02x}{grey:02x}{grey:02x}")
        }
        Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
