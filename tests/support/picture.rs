//! A terminal's screen as a picture that needs no font of its own: lines, blocks and marks are drawn,
//! text is held to its columns whatever font shows it.
//!
//! What looks alike becomes one path, so that a full screen stays a small file, and neighbours have no
//! seam between them at any size.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

use super::glyphs::{block, line, mark, solid};

/// Pixels of one cell: an eighth is 1 wide and 2 high.
pub const WIDTH: u16 = 8;
pub const HEIGHT: u16 = 16;
/// The size at which most fixed fonts are as wide as a cell.
const FONT: &str = "13.3";
/// Where a character stands in its cell.
const BASELINE: u16 = 12;
/// Pixels around the screen, and of the bar above it.
const MARGIN: u16 = 16;
const BAR: u16 = 34;

const FONTS: &str = "ui-monospace,'SF Mono',SFMono-Regular,Menlo,'Cascadia Mono',Consolas,'DejaVu Sans Mono',\
                     'Liberation Mono',monospace";

/// The colours of a terminal and of its window: what it writes with and on by itself, its first sixteen.
pub struct Palette {
    pub foreground: &'static str,
    pub background: &'static str,
    /// The bar with the title.
    pub bar: &'static str,
    /// The window's edge, to be seen on a page that is as dark or as light.
    pub edge: &'static str,
    pub sixteen: [&'static str; 16],
}

pub const DARK: Palette = Palette {
    foreground: "#d7dae0",
    background: "#16181d",
    bar: "#23262d",
    edge: "#3d424d",
    sixteen: [
        "#1e2127", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf", "#5c6370",
        "#ff7b86", "#b5e890", "#ffd68a", "#7cc4ff", "#de8ff5", "#6fd5e1", "#ffffff",
    ],
};

pub const LIGHT: Palette = Palette {
    foreground: "#24292f",
    background: "#fbfbfc",
    bar: "#eceef1",
    edge: "#c9ced6",
    sixteen: [
        "#24292f", "#b3261e", "#116329", "#7d4e00", "#0550ae", "#8250df", "#1b7c83", "#6e7781", "#57606a",
        "#a40e26", "#1a7f37", "#633c01", "#218bff", "#a475f9", "#3192aa", "#8c959f",
    ],
};

/// The screen in a window with this title.
pub fn svg(screen: &Screen, title: &str, palette: &Palette) -> String {
    let mut drawing = Drawing::default();
    drawing.take_in(screen, palette);
    let mut svg = String::new();
    begin(screen, title, palette, &drawing, "", &mut svg);
    drawing.write(&mut svg);
    svg.push_str("</svg>\n");
    svg
}

/// What is seen one after the other, in a window with this title.
///
/// Where nothing moves, by choice or for want of it, the screen is shown on which there is most to see.
pub struct Film<'a> {
    title: &'a str,
    palette: &'a Palette,
    frames: Vec<Frame>,
    /// The looks of all frames so far.
    classes: Vec<(String, Weight)>,
}

struct Frame {
    /// Seconds from the beginning.
    at: f64,
    svg: String,
}

impl<'a> Film<'a> {
    pub fn new(title: &'a str, palette: &'a Palette) -> Self {
        Self { title, palette, frames: Vec::new(), classes: Vec::new() }
    }

    /// Adds what is on the screen from this second on.
    pub fn add(&mut self, at: f64, screen: &Screen) {
        let mut drawing = Drawing { classes: std::mem::take(&mut self.classes), ..Drawing::default() };
        drawing.take_in(screen, self.palette);
        let mut svg = String::new();
        drawing.write(&mut svg);
        self.classes = drawing.classes;
        self.frames.push(Frame { at, svg });
    }

    /// The film, which begins again after so many seconds; `screen` says how large it is.
    pub fn svg(self, seconds: f64, screen: &Screen) -> String {
        let mut svg = String::new();
        let moves = self.moves(seconds);
        let drawing = Drawing { classes: self.classes, ..Drawing::default() };
        begin(screen, self.title, self.palette, &drawing, &moves, &mut svg);
        for (index, frame) in self.frames.iter().enumerate() {
            let _ = writeln!(svg, "<g id=\"f{index}\">\n{}</g>", frame.svg);
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// When each frame is seen, as rules of style.
    fn moves(&self, seconds: f64) -> String {
        let percent = |at: f64| format!("{:.2}%", at / seconds * 100.0);
        let fullest = self.frames.iter().enumerate().max_by_key(|(_, frame)| frame.svg.len());
        let still = fullest.map_or(0, |(index, _)| index);
        let mut rules = format!("g{{visibility:hidden}}#f{still}{{visibility:visible}}");
        rules.push_str("@media (prefers-reduced-motion:no-preference){");
        for (index, frame) in self.frames.iter().enumerate() {
            let before = if index == 0 { "" } else { "0%{visibility:hidden}" };
            let from = percent(frame.at);
            let to = self.frames.get(index + 1).map_or(seconds, |next| next.at);
            let to = percent(to);
            let _ = write!(
                rules,
                "#f{index}{{animation:f{index} {seconds}s step-end infinite}}@keyframes f{index}{{{before}\
                 {from}{{visibility:visible}}{to},100%{{visibility:hidden}}}}"
            );
        }
        rules.push('}');
        rules
    }
}

/// All that comes before what is on the screen.
fn begin(
    screen: &Screen,
    title: &str,
    palette: &Palette,
    drawing: &Drawing,
    more_style: &str,
    svg: &mut String,
) {
    let (rows, columns) = screen.size();
    let (rows, columns) = (u16::from(rows), u16::from(columns));
    let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN + BAR);
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" xml:space=\"preserve\">\n<title>{}</title>\n",
        escaped(title)
    );
    drawing.write_style(more_style, svg);
    window(width, height, title, palette, svg);
}

fn window(width: u16, height: u16, title: &str, palette: &Palette, svg: &mut String) {
    let Palette { foreground, background, bar, edge, .. } = palette;
    let (right, bottom) = (width - 1, height - 1);
    let _ = writeln!(
        svg,
        "<rect x=\".5\" y=\".5\" width=\"{right}\" height=\"{bottom}\" rx=\"9.5\" fill=\"{background}\"/>\n\
         <path d=\"M.5 {BAR}V10a9.5 9.5 0 0 1 9.5-9.5H{}a9.5 9.5 0 0 1 9.5 9.5V{BAR}z\" fill=\"{bar}\"/>\n\
         <path d=\"M.5 {BAR}h{right}\" stroke=\"{edge}\"/>\n\
         <rect x=\".5\" y=\".5\" width=\"{right}\" height=\"{bottom}\" rx=\"9.5\" fill=\"none\" stroke=\"{edge}\"/>",
        width - 10,
    );
    for (index, dot) in ["#ff5f57", "#febc2e", "#28c840"].into_iter().enumerate() {
        let _ = writeln!(svg, "<circle cx=\"{}\" cy=\"17\" r=\"6\" fill=\"{dot}\"/>", 20 + 20 * index);
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"21\" text-anchor=\"middle\" fill=\"{foreground}\" opacity=\".65\">{}</text>",
        width / 2,
        escaped(title)
    );
}

fn corner(row: u16, column: u16) -> (u16, u16) {
    (MARGIN + column * WIDTH, BAR + MARGIN + row * HEIGHT)
}

/// Everything on the screen, by how it looks.
#[derive(Default)]
struct Drawing {
    /// Areas, by their colour.
    grounds: BTreeMap<String, String>,
    /// Blocks and marks, by colour and by how much of it in a hundred.
    fills: BTreeMap<(String, u8), String>,
    /// Lines, the same.
    lines: BTreeMap<(String, u8), String>,
    /// The looks of text; the place of one is its class.
    classes: Vec<(String, Weight)>,
    text: String,
}

impl Drawing {
    fn take_in(&mut self, screen: &Screen, palette: &Palette) {
        let (rows, columns) = screen.size();
        for row in 0..rows.into() {
            for run in runs(screen, row, columns.into(), palette) {
                run.draw(row, palette, self);
            }
        }
        if !screen.hide_cursor() {
            let (row, column) = screen.cursor_position();
            let (x, y) = corner(row, column);
            self.fill(palette.foreground, 100, &format!("M{x} {y}h2v{HEIGHT}h-2z"));
        }
    }

    fn fill(&mut self, colour: &str, percent: u8, path: &str) {
        self.fills.entry((colour.to_owned(), percent)).or_default().push_str(path);
    }

    fn line(&mut self, colour: &str, percent: u8, path: &str) {
        self.lines.entry((colour.to_owned(), percent)).or_default().push_str(path);
    }

    /// The name of a look: a letter, or two where one is not enough.
    fn class(&mut self, look: &Look) -> String {
        let sought = (look.foreground.clone(), look.weight);
        let place = self.classes.iter().position(|class| *class == sought).unwrap_or_else(|| {
            self.classes.push(sought);
            self.classes.len() - 1
        });
        class_name(place)
    }

    /// Text that begins at a cell and takes so many columns.
    fn write_text(&mut self, (x, y): (u16, u16), columns: u16, text: &str, look: &Look) {
        let class = self.class(look);
        let length = if columns > 1 { format!(" textLength=\"{}\"", columns * WIDTH) } else { String::new() };
        let _ = writeln!(
            self.text,
            "<text class=\"{class}\" x=\"{x}\" y=\"{}\"{length}>{}</text>",
            y + BASELINE,
            escaped(text)
        );
    }

    /// One character in the middle of its columns: the font that has it may think it wider.
    fn write_alone(&mut self, (x, y): (u16, u16), columns: u16, text: &str, look: &Look) {
        let class = self.class(look);
        let _ = writeln!(
            self.text,
            "<text class=\"{class} m\" x=\"{}\" y=\"{}\">{}</text>",
            x + columns * WIDTH / 2,
            y + BASELINE,
            escaped(text)
        );
    }

    fn write_style(&self, more: &str, svg: &mut String) {
        let _ = write!(svg, "<style>text{{font:{FONT}px {FONTS};white-space:pre}}.m{{text-anchor:middle}}");
        for (place, (colour, weight)) in self.classes.iter().enumerate() {
            let weight = match weight {
                Weight::Normal => "",
                Weight::Bold => ";font-weight:700",
                Weight::Dim => ";opacity:.6",
            };
            let _ = write!(svg, ".{}{{fill:{colour}{weight}}}", class_name(place));
        }
        let _ = writeln!(svg, "{more}</style>");
    }

    fn write(&self, svg: &mut String) {
        for (colour, path) in &self.grounds {
            let _ = writeln!(svg, "<path fill=\"{colour}\" d=\"{path}\"/>");
        }
        for ((colour, percent), path) in &self.fills {
            let _ = writeln!(svg, "<path fill=\"{colour}\"{} d=\"{path}\"/>", opacity(*percent));
        }
        for ((colour, percent), path) in &self.lines {
            let _ =
                writeln!(svg, "<path fill=\"none\" stroke=\"{colour}\"{} d=\"{path}\"/>", opacity(*percent));
        }
        svg.push_str(&self.text);
    }
}

/// `m` is taken.
fn class_name(place: usize) -> String {
    let letters = b"abcdefghijkl";
    let last = char::from(letters[place % letters.len()]);
    match place / letters.len() {
        0 => last.to_string(),
        more => format!("{last}{more}"),
    }
}

fn opacity(percent: u8) -> String {
    if percent == 100 { String::new() } else { format!(" opacity=\".{percent:02}\"") }
}

/// Neighbours that look alike.
struct Run {
    column: u16,
    columns: u16,
    text: String,
    look: Look,
    kind: Kind,
}

#[derive(Clone, PartialEq)]
struct Look {
    foreground: String,
    background: String,
    weight: Weight,
    is_underlined: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Weight {
    Normal,
    Bold,
    Dim,
}

/// What is done with a character.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Written with its neighbours: every fixed font has it.
    Text,
    /// Written by itself: it may come from another font.
    Alone,
    /// Drawn, not written.
    Shape,
}

impl Kind {
    fn of(cell: &Cell) -> Self {
        let mut characters = cell.contents().chars();
        match (characters.next(), characters.next()) {
            (
                Some('\u{2500}'..='\u{259f}' | '■' | '□' | '▲' | '▼' | '▶' | '◀' | '●' | '○' | '✓' | '✗'),
                None,
            ) => Self::Shape,
            (Some('\0'..='\u{58f}' | '–' | '…' | '•' | '‘'..='”'), None) | (None, _) if !cell.is_wide() => {
                Self::Text
            }
            _ => Self::Alone,
        }
    }
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
        Self { foreground, background, weight, is_underlined: cell.underline() }
    }
}

fn runs(screen: &Screen, row: u16, columns: u16, palette: &Palette) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column) else { continue };
        if cell.is_wide_continuation() {
            continue;
        }
        let (look, kind) = (Look::of(cell, palette), Kind::of(cell));
        let columns = if cell.is_wide() { 2 } else { 1 };
        let text = if cell.contents().is_empty() { " " } else { cell.contents() };
        match runs.last_mut() {
            Some(run) if run.look == look && run.kind == kind && kind != Kind::Alone => {
                run.columns += 1;
                run.text.push_str(text);
            }
            _ => runs.push(Run { column, columns, text: text.to_owned(), look, kind }),
        }
    }
    runs
}

impl Run {
    fn draw(&self, row: u16, palette: &Palette, drawing: &mut Drawing) {
        let (x, y) = corner(row, self.column);
        let width = self.columns * WIDTH;
        if self.look.background != palette.background {
            let ground = drawing.grounds.entry(self.look.background.clone()).or_default();
            let _ = write!(ground, "M{x} {y}h{width}v{HEIGHT}h-{width}z");
        }
        if self.look.is_underlined {
            drawing.line(&self.look.foreground, 45, &format!("M{x} {}.5h{width}", y + HEIGHT - 2));
        }
        match self.kind {
            Kind::Shape => self.draw_shapes((x, y), drawing),
            Kind::Alone => drawing.write_alone((x, y), self.columns, &self.text, &self.look),
            Kind::Text => self.draw_words((x, y), drawing),
        }
    }

    /// Each word, or words with one blank between, at its own place: a font that is wider or narrower
    /// does not shift what comes after a gap.
    fn draw_words(&self, (x, y): (u16, u16), drawing: &mut Drawing) {
        let mut column = 0;
        for piece in self.text.split("  ") {
            let columns = u16::try_from(piece.chars().count()).unwrap();
            let words = piece.trim_start();
            let before = columns - u16::try_from(words.chars().count()).unwrap();
            let words = words.trim_end();
            if !words.is_empty() {
                let place = (x + (column + before) * WIDTH, y);
                drawing.write_text(place, u16::try_from(words.chars().count()).unwrap(), words, &self.look);
            }
            column += columns + 2;
        }
    }

    fn draw_shapes(&self, (x, y): (u16, u16), drawing: &mut Drawing) {
        let percent = if self.look.weight == Weight::Dim { 60 } else { 100 };
        let colour = &self.look.foreground;
        let characters: Vec<char> = self.text.chars().collect();
        let mut x = x;
        for same in characters.chunk_by(|one, next| one == next) {
            let count = u16::try_from(same.len()).unwrap();
            match same[0] {
                '─' | '━' | '═' | '█' | '▓' | '▒' | '░' | '▀' | '▁'..='▇' => {
                    shape(same[0], (x, y), count * WIDTH, (colour, percent), drawing);
                }
                one => {
                    for index in 0..count {
                        shape(one, (x + index * WIDTH, y), WIDTH, (colour, percent), drawing);
                    }
                }
            }
            x += count * WIDTH;
        }
    }
}

/// Draws one character, or as many of the same as are so wide.
fn shape(
    character: char,
    (x, y): (u16, u16),
    width: u16,
    (colour, percent): (&str, u8),
    drawing: &mut Drawing,
) {
    if let Some((high, wide, covered)) = block(character, width) {
        let y = y + high.0;
        let percent = if covered == 100 { percent } else { covered };
        drawing.fill(colour, percent, &format!("M{x} {y}h{wide}v{}h-{wide}z", high.1));
    } else if let Some(path) = line(character, width) {
        drawing.line(colour, percent, &format!("M{x} {y}{path}"));
    } else if let Some(path) = mark(character) {
        drawing.line(colour, percent, &format!("M{x} {y}{path}"));
    } else {
        let path = solid(character);
        drawing.fill(colour, percent, &format!("M{x} {y}{path}"));
    }
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
