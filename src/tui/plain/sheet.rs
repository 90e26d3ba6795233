//! A drawn screen as lines that can be read aloud.
//!
//! The screen is drawn with a theme whose colours are marks: so every cell tells what it means, and a
//! table, a form and a list of facts are read as what they are, whichever screen drew them.

use ratatui::buffer::{Buffer, Cell, CellWidth as _};
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

use crate::tui::Size;
use crate::tui::theme::Theme;
use crate::tui::words::plain as say;

/// Large enough that lists show whole pages and nothing has to be wrapped.
pub const SIZE: Size = Size { columns: 200, rows: 60 };

/// What a cell is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Text,
    /// A heading; the label of the field in focus.
    Accent,
    /// A column's title.
    Title,
    Label,
    Muted,
    Selected,
    Key,
    Input,
    Error,
}

const fn mark(index: u8) -> Style {
    Style::new().fg(Color::Indexed(index))
}

/// The theme of the marks. What it does not name is text.
pub const MARKS: Theme = Theme {
    value: Style::new(),
    accent: mark(1),
    title: mark(2),
    label: mark(3),
    muted: mark(4),
    selected: mark(5),
    key_hint: mark(6),
    input: mark(7),
    input_focus: mark(7),
    ghost: mark(4),
    error: mark(8),
    ..Theme::DEFAULT
};

impl Mark {
    fn of(cell: &Cell) -> Self {
        match cell.fg {
            Color::Indexed(1) => Self::Accent,
            Color::Indexed(2) => Self::Title,
            Color::Indexed(3) => Self::Label,
            Color::Indexed(4) => Self::Muted,
            Color::Indexed(5) => Self::Selected,
            Color::Indexed(6) => Self::Key,
            Color::Indexed(7) => Self::Input,
            Color::Indexed(8) => Self::Error,
            _ => Self::Text,
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Words,
    /// The titles of a table's columns.
    Columns,
    /// A row of a table; `named` is the same with the titles of the columns.
    Row {
        is_selected: bool,
        named: String,
    },
    /// Keys and what they do: a line of their own, however long the one above is.
    Keys,
    /// A field of a form, which the prompt asks for.
    Field,
}

/// What a screen says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sheet {
    /// The heading of the box that covers everything else.
    pub question: Option<String>,
    pub lines: Vec<Line>,
}

impl Sheet {
    pub fn read(buffer: &Buffer) -> Self {
        let Some(place) = question(buffer) else {
            let lines = panes(buffer).into_iter().flat_map(|pane| Reader::read(buffer, pane)).collect();
            return Self { question: None, lines };
        };
        let title = Rect { x: place.x + 1, width: place.width.saturating_sub(2), height: 1, ..place };
        let words: Vec<String> = runs(buffer, title, title.y).into_iter().map(|run| run.text).collect();
        let inside = Rect { x: place.x + 2, width: place.width.saturating_sub(4), ..place };
        let inside = Rect { y: place.y + 1, height: place.height.saturating_sub(2), ..inside };
        Self { question: Some(words.join(" ")), lines: join_wrapped(Reader::read(buffer, inside), inside) }
    }

    /// Whether it is a list.
    pub fn is_table(&self) -> bool {
        self.question.is_none() && self.lines.iter().any(|line| line.kind == Kind::Columns)
    }

    /// Fields to fill in.
    pub fn fields(&self) -> usize {
        self.lines.iter().filter(|line| line.kind == Kind::Field).count()
    }

    /// Its rows, each with whether it is selected.
    pub fn rows(&self) -> impl Iterator<Item = (&str, bool)> {
        self.lines.iter().filter_map(|line| match line.kind {
            Kind::Row { is_selected, .. } => Some((line.text.as_str(), is_selected)),
            Kind::Words | Kind::Columns | Kind::Keys | Kind::Field => None,
        })
    }
}

/// Cells of one row that belong together.
struct Run {
    x: u16,
    mark: Mark,
    text: String,
}

/// Blanks that separate one thing from the next.
const GAP: usize = 2;

fn runs(buffer: &Buffer, area: Rect, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut blanks = GAP;
    let mut x = area.x;
    while x < area.right() {
        let Some(cell) = buffer.cell((x, y)) else { break };
        let (mark, symbol) = (Mark::of(cell), cell.symbol());
        let is_blank = symbol.chars().all(is_decoration);
        match runs.last_mut() {
            // An input is one thing, blanks and all, also while it is empty.
            Some(run) if mark == Mark::Input && run.mark == mark => run.text.push_str(symbol),
            _ if is_blank && mark != Mark::Input => blanks += 1,
            Some(run) if run.mark == mark && blanks < GAP => {
                run.text.push_str(&" ".repeat(blanks));
                run.text.push_str(symbol);
            }
            _ => runs.push(Run { x, mark, text: symbol.to_owned() }),
        }
        if !is_blank {
            blanks = 0;
        }
        x += cell.cell_width().max(1);
    }
    for run in &mut runs {
        run.text = run.text.trim().to_owned();
    }
    runs
}

/// Lines, blocks and marks that say nothing to whoever does not see them.
fn is_decoration(c: char) -> bool {
    c.is_whitespace() && c != '\u{a0}' || matches!(c, '\u{2500}'..='\u{25ff}' | '›')
}

/// Headings beside one another head columns of their own, which are read after one another.
fn panes(buffer: &Buffer) -> Vec<Rect> {
    let area = buffer.area;
    let heads = |y| -> Vec<u16> {
        let runs = runs(buffer, area, y);
        runs.iter().filter(|run| run.mark == Mark::Accent).map(|run| run.x).collect()
    };
    let Some(heads) = (area.top()..area.bottom()).map(heads).find(|heads| heads.len() > 1) else {
        return vec![area];
    };
    let starts = std::iter::once(area.x).chain(heads.iter().copied().skip(1));
    let ends = heads.iter().copied().skip(1).chain([area.right()]);
    starts.zip(ends).map(|(start, end)| Rect { x: start, width: end - start, ..area }).collect()
}

/// Where the box is that covers everything else; of several the innermost.
fn question(buffer: &Buffer) -> Option<Rect> {
    let boxes: Vec<Rect> = buffer.area.positions().filter_map(|at| box_at(buffer, at.x, at.y)).collect();
    let lies_in_all =
        |place: &&Rect| boxes.iter().all(|other| other == *place || other.intersection(**place) == **place);
    boxes.iter().find(lies_in_all).copied()
}

/// The box whose upper left corner this is, if its whole border is there.
fn box_at(buffer: &Buffer, x: u16, y: u16) -> Option<Rect> {
    let is = |x: u16, y: u16, symbols: &str| {
        buffer.cell((x, y)).is_some_and(|cell| !cell.symbol().is_empty() && symbols.contains(cell.symbol()))
    };
    if !is(x, y, "┌╭╔┏") {
        return None;
    }
    let right = (x..buffer.area.right()).find(|right| is(*right, y, "┐╮╗┓"))?;
    let bottom = (y..buffer.area.bottom()).find(|bottom| is(x, *bottom, "└╰╚┗"))?;
    let is_whole = is(right, bottom, "┘╯╝┛")
        && (y + 1..bottom).all(|row| is(x, row, "│║┃") && is(right, row, "│║┃"))
        && (x + 1..right).all(|column| is(column, bottom, "─═━"));
    is_whole.then_some(Rect { x, y, width: right - x + 1, height: bottom - y + 1 })
}

/// Reads the rows of one area from top to bottom.
#[derive(Default)]
struct Reader {
    lines: Vec<Line>,
    /// Where the columns of the table begin, and what they are called.
    columns: Vec<(u16, String)>,
    /// The label of a field whose input comes in the next row.
    label: Option<String>,
    /// Where the value of the last fact began: below it, it goes on.
    value_at: Option<u16>,
}

impl Reader {
    fn read(buffer: &Buffer, area: Rect) -> Vec<Line> {
        let rows: Vec<Vec<Run>> = (area.top()..area.bottom()).map(|y| runs(buffer, area, y)).collect();
        let mut reader = Self::default();
        for (index, row) in rows.iter().enumerate() {
            let below = rows.get(index + 1).map_or(&[][..], Vec::as_slice);
            reader.take(row, below);
        }
        reader.count();
        reader.lines
    }

    fn take(&mut self, row: &[Run], below: &[Run]) {
        let Some(first) = row.first() else {
            self.value_at = None;
            return;
        };
        let has = |runs: &[Run], mark: Mark| runs.iter().any(|run| run.mark == mark);
        let value_at = self.value_at.take();
        if has(row, Mark::Input) {
            self.field(row);
        } else if matches!(first.mark, Mark::Label | Mark::Accent) && has(below, Mark::Input) {
            self.label = Some(joined(row, " "));
        } else if first.mark == Mark::Error {
            self.wrong(&joined(row, " "));
        } else if has(row, Mark::Key) {
            self.lines.push(Line { text: hints(row), kind: Kind::Keys });
        } else if has(row, Mark::Title) {
            self.columns = row.iter().map(|run| (run.x, run.text.clone())).collect();
            let text = say::columns(&joined(row, ", "));
            self.lines.push(Line { text, kind: Kind::Columns });
        } else if !self.columns.is_empty() && matches!(first.mark, Mark::Text | Mark::Selected) {
            self.row(row, first.mark == Mark::Selected);
        } else if value_at == Some(first.x) && row.len() == 1 {
            self.value_at = value_at;
            self.go_on(&first.text);
        } else {
            self.fact_or_words(first, row.get(1..).unwrap_or_default());
        }
    }

    fn say(&mut self, text: String) {
        if !text.is_empty() {
            self.lines.push(Line { text, kind: Kind::Words });
        }
    }

    fn go_on(&mut self, text: &str) {
        if let Some(line) = self.lines.last_mut() {
            line.text = format!("{} {text}", line.text);
        }
    }

    fn fact_or_words(&mut self, first: &Run, rest: &[Run]) {
        let value = joined(rest, ", ");
        match rest.first() {
            None => self.say(spoken(&first.text)),
            Some(second) if first.mark == Mark::Muted && second.mark != Mark::Muted => {
                self.value_at = Some(second.x);
                self.say(format!("{}: {value}", first.text));
            }
            Some(_) => self.say(format!("{}, {}", spoken(&first.text), spoken(&value))),
        }
    }

    fn field(&mut self, row: &[Run]) {
        let beside = row.iter().filter(|run| run.mark != Mark::Input).map(|run| run.text.as_str());
        let label = self.label.take().unwrap_or_else(|| beside.collect::<Vec<_>>().join(" "));
        let input = row.iter().find(|run| run.mark == Mark::Input).map_or("", |run| &run.text);
        let value = match input {
            "" => say::EMPTY,
            masked if masked.chars().all(|c| c == '•') => say::NOT_SHOWN,
            shown => shown,
        };
        self.lines.push(Line { text: format!("{label}: {value}"), kind: Kind::Field });
    }

    fn wrong(&mut self, why: &str) {
        match self.lines.last_mut() {
            Some(line) if line.kind == Kind::Field => line.text = format!("{}; {why}", line.text),
            _ => self.say(why.to_owned()),
        }
    }

    fn row(&mut self, row: &[Run], is_selected: bool) {
        let title = |x: u16| {
            self.columns.iter().rev().find(|(start, _)| *start <= x).map_or("", |(_, title)| title.as_str())
        };
        let named: Vec<String> = row.iter().map(|run| format!("{}: {}", title(run.x), run.text)).collect();
        let kind = Kind::Row { is_selected, named: named.join("; ") };
        self.lines.push(Line { text: joined(row, ", "), kind });
    }

    /// How many rows a table has, below them.
    fn count(&mut self) {
        match self.lines.iter().filter(|line| matches!(line.kind, Kind::Row { .. })).count() {
            0 => {}
            1 => self.say(say::ONE_ROW.to_owned()),
            rows => self.say(say::rows(rows)),
        }
    }
}

fn joined(runs: &[Run], between: &str) -> String {
    runs.iter().map(|run| run.text.as_str()).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(between)
}

/// `Enter: save; Esc: back`
fn hints(row: &[Run]) -> String {
    let mut text = String::new();
    for run in row {
        let before = match (text.is_empty(), run.mark == Mark::Key) {
            (true, _) => "",
            (false, true) => "; ",
            (false, false) => ": ",
        };
        text.push_str(before);
        text.push_str(&spoken(&run.text));
    }
    text
}

/// The signs of keys in words: `right next page`, `ctrl-g`.
pub fn spoken(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        let word = match character {
            '→' => say::RIGHT,
            '←' => say::LEFT,
            '↑' => say::UP,
            '↓' => say::DOWN,
            '^' if rest.peek().is_some_and(char::is_ascii_uppercase) => {
                words.push_str("ctrl-");
                words.extend(rest.next().map(|letter| letter.to_ascii_lowercase()));
                continue;
            }
            other => {
                words.push(other);
                continue;
            }
        };
        words.extend([" ", word, " "]);
    }
    words.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Lines of a box of which the next began only because its first word had no room.
fn join_wrapped(lines: Vec<Line>, area: Rect) -> Vec<Line> {
    let room = usize::from(area.width);
    let mut joined: Vec<Line> = Vec::new();
    let mut used = 0;
    for line in lines {
        let word = line.text.split(' ').next().map_or(0, |word| word.chars().count());
        let length = line.text.chars().count();
        match joined.last_mut() {
            Some(last)
                if last.kind == Kind::Words
                    && line.kind == Kind::Words
                    && used <= room
                    && used + 1 + word > room =>
            {
                last.text = format!("{} {}", last.text, line.text);
            }
            _ => joined.push(line),
        }
        used = length;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::canvas;
    use crate::tui::look::Look;
    use crate::tui::widgets::facts::{self, Fact, Facts};
    use crate::tui::widgets::field::TextField;
    use crate::tui::widgets::form::Form;
    use crate::tui::widgets::panel::Panel;
    use crate::tui::widgets::table::{Column, Table};
    use ratatui::Frame;

    fn read(view: impl FnOnce(&mut Frame, &Look)) -> Sheet {
        let look = Look::new(&MARKS);
        canvas::sketch(SIZE, |frame| view(frame, &look), Sheet::read).unwrap()
    }

    fn texts(sheet: &Sheet) -> Vec<&str> {
        sheet.lines.iter().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn a_table_is_read_row_by_row_and_the_selected_row_with_the_titles() {
        const COLUMNS: &[Column] = &[Column::new("Name", 12).weight(1), Column::new("State", 8)];
        let mut table = Table::new(COLUMNS, "none");
        table.set_rows(vec![vec!["ada".into(), "enabled".into()], vec!["漢字 bob".into(), "pending".into()]]);
        let sheet = read(|frame, look| table.draw(frame, frame.area(), look));
        assert_eq!(texts(&sheet), ["Columns: Name, State.", "ada, enabled", "漢字 bob, pending", "2 rows."]);
        let named = "Name: ada; State: enabled".to_owned();
        assert_eq!(sheet.lines[1].kind, Kind::Row { is_selected: true, named });
    }

    #[test]
    fn keys_are_said_in_words() {
        assert_eq!(spoken("↑↓"), "up down");
        assert_eq!(spoken("← page before"), "left page before");
        assert_eq!(spoken("^G"), "ctrl-g");
        assert_eq!(spoken("Password of ada:"), "Password of ada:");
    }

    #[test]
    fn headings_beside_one_another_are_read_after_one_another() {
        let group =
            |heading, value: &str| vec![Facts::new(heading, vec![Fact::new("User", value.to_owned())])];
        let sheet = read(|frame, look| {
            let [left, right] = [Rect::new(0, 0, 90, 9), Rect::new(100, 0, 90, 9)];
            facts::draw(frame, left, &group("You", "ada"), 0, look);
            facts::draw(frame, right, &group("Others", &"long words ".repeat(20)), 0, look);
        });
        assert_eq!(texts(&sheet)[..3], ["You", "User: ada", "Others"]);
        assert_eq!(sheet.lines.len(), 4, "{sheet:?}");
    }

    #[test]
    fn a_box_covers_what_is_behind_it() {
        let form = Form::new(vec![
            ("User name", TextField::new(9).with_value("ada")),
            ("Password", TextField::secret(9).with_value("secret")),
            ("Again", TextField::secret(9)),
        ]);
        let body = "words that are so many that they have to be wrapped to the width of a box";
        let sheet = read(|frame, look| {
            frame.render_widget(ratatui::text::Text::raw("behind\n".repeat(60)), frame.area());
            let hints = [("Enter", "save"), ("Esc", "back")];
            Panel { title: "New user", body, form: &form, hints: &hints, is_danger: false }.draw(
                frame,
                frame.area(),
                look,
            );
        });
        assert_eq!(sheet.question.as_deref(), Some("New user"));
        assert_eq!(
            texts(&sheet),
            [
                body,
                "User name: ada",
                "Password: filled in, not shown",
                "Again: empty",
                "Enter: save; Esc: back"
            ]
        );
    }
}
