//! The promises of this room, held against anything: every widget at every size, with every text.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use ratatui::{
    Frame, Terminal,
    backend::TestBackend,
    buffer::{Buffer, CellWidth as _},
    layout::Rect,
};

use super::{
    bars::{Bars, Counted},
    buttons::{Button, Buttons},
    chart::{Columns, Series},
    chooser::Chooser,
    facts::{self, Fact, Facts},
    foot,
    gauge::Gauge,
    meter,
    panel::Panel,
    progress::{Progress, Stage},
    spark::Spark,
    state::State,
    table::{Extent, Sort},
    tests::look,
    *,
};
use crate::{
    dal::DalError,
    tui::{keymap::Command, look::Look},
};

const WIDTH: u16 = 60;
const HEIGHT: u16 = 30;
/// What stands on the screen before a widget draws: half of a wide character is easily left of it.
const GROUND: &str = "鑑";

/// Words as strangers write them: wide, combining, joined, right to left, and what drives terminals.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z ]{0,9}",
        "[漢字仮名한글ﾊ\u{ff21}]{0,9}",
        "[ae]\u{301}{0,9}",
        "(👩\u{200d}👩\u{200d}👧|🇩🇪|👍🏽|❤\u{fe0f}|☎)",
        "[\u{5d0}-\u{5ea}\u{202e}\u{202d}\u{2066}\u{200f}]{0,5}",
        "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}\u{ad}]{0,5}",
        any::<String>(),
    ];
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

/// An area within the screen, of any size down to nothing.
fn area() -> impl Strategy<Value = Rect> {
    (0..=WIDTH, 0..=HEIGHT).prop_flat_map(|(width, height)| {
        (0..=WIDTH - width, 0..=HEIGHT - height).prop_map(move |(x, y)| Rect { x, y, width, height })
    })
}

const COLUMNS: &[Column] = &[
    Column::new("名前", 6).weight(2).sortable(),
    Column::new("Count", 5).right().sortable().priority(1),
    Column::new("Roles", 9).weight(1).priority(3),
    Column::new("State", 8).priority(2),
];

fn table_of(texts: &[String]) -> Table {
    let mut table = Table::new(COLUMNS, "None.");
    let row =
        |text: &String| vec![text.clone().into(), "1\u{a0}234".into(), text.clone().into(), "on".into()];
    table.set_rows(texts.iter().map(row).collect());
    table
}

/// Draws onto a screen full of wide characters, and gives back the screen.
fn drawn(draw: impl FnOnce(&mut Frame)) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(WIDTH, HEIGHT)).unwrap();
    let frame = terminal
        .draw(|frame| {
            ground(frame.buffer_mut());
            draw(frame);
        })
        .unwrap();
    frame.buffer.clone()
}

fn ground(buffer: &mut Buffer) {
    for y in 0..HEIGHT {
        for x in (0..WIDTH).step_by(2) {
            buffer.set_string(x, y, GROUND, ratatui::style::Style::new());
        }
    }
}

/// Nothing outside the area differs from what was there, but for the half of a wide character that the
/// area cuts; and no character sticks out of the area.
fn keeps_to(area: Rect, draw: impl FnOnce(&mut Frame)) -> Result<(), TestCaseError> {
    let after = drawn(draw);
    let before = drawn(|_| ());
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (cell, old) = (&after[(x, y)], &before[(x, y)]);
            if area.contains((x, y).into()) {
                let end = x + cell.cell_width().max(1);
                let is_ground = cell.symbol() == GROUND;
                prop_assert!(end <= area.right() || is_ground, "{:?} sticks out at {x},{y}", cell.symbol());
            } else if x + 1 != area.left() {
                prop_assert_eq!(cell, old, "outside at {},{}", x, y);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn lists_and_their_parts_keep_to_their_area(
        area in area(),
        texts in vec(words(), 0..40),
        choices in (0..50_usize, 0..6_isize, 0..5_usize, any::<bool>()),
    ) {
        let (selected, scrolled, column, is_descending) = choices;
        let mut table = table_of(&texts);
        table.select(selected);
        table.toggle_column(column);
        table.scroll_columns(scrolled);
        table.set_sort(Some(Sort { column, is_descending }));
        table.set_marks([0, 3].into(), is_descending);
        table.set_extent(Extent { before: selected, total: Some(1_234), has_more: is_descending });
        keeps_to(area, |frame| table.draw(frame, area, &look()))?;
        keeps_to(area, |frame| Chooser::default().draw(frame, area, &table, &look()))?;
        let hints = [("←", "page before"), ("→", "next page")];
        keeps_to(area, |frame| foot::draw(frame, area, &texts, &hints, "51–100 of 1 234", &look()))?;
    }

    #[test]
    fn boxes_and_forms_keep_to_their_area(area in area(), one in words(), other in words(), above in 0..9_usize) {
        let mut field = TextField::new(60).with_value(&one).with_completions(vec![other.clone()]);
        field.set_error(other.as_str());
        for is_focused in [true, false] {
            keeps_to(area, |frame| field.draw(frame, area, &other, is_focused, &look()))?;
        }
        let buttons = Buttons::new([Button::new(one.as_str(), Command::Back), Button::new(other.as_str(), Command::Open)]);
        keeps_to(area, |frame| buttons.draw(frame, area, &look()))?;
        let hints = [("Enter", one.as_str()), ("Esc", "back")];
        let dialog = Dialog { title: &one, body: &other, above, hints: &hints, ..Dialog::default() };
        keeps_to(area, |frame| dialog.draw(frame, area, &look()))?;
        let dialog = Dialog { field: Some((&one, &field)), buttons: Some(&buttons), is_danger: true, ..dialog };
        keeps_to(area, |frame| dialog.draw(frame, area, &look()))?;
        let form = Form::new([("名前", field), ("Why", TextField::secret(9))]);
        keeps_to(area, |frame| form.draw(frame, area, &look()))?;
        let panel = Panel { title: &one, body: &other, form: &form, hints: &hints, is_danger: false };
        keeps_to(area, |frame| panel.draw(frame, area, &look()))?;
    }

    #[test]
    fn pictures_keep_to_their_area(
        area in area(),
        text in words(),
        counts in (vec(any::<u64>(), 0..30), vec(0..9_u64, 0..30)),
    ) {
        let (large, small) = counts;
        let labels: Vec<String> = (0..24).map(|hour| format!("{text}{hour}")).collect();
        let (first, second) = (Series { name: &text, counts: &small }, Series { name: "x", counts: &large });
        keeps_to(area, |frame| Columns { first, second, labels: &labels }.draw(frame, area, &look()))?;
        keeps_to(area, |frame| Spark { values: &large }.draw(frame, area, &look()))?;
        let counted: Vec<Counted> =
            large.iter().map(|&count| Counted { label: text.clone(), count }).collect();
        keeps_to(area, |frame| Bars { counted: &counted }.draw(frame, area, &look()))?;
        let (used, limit) = (small.first().copied().unwrap_or(0), large.first().copied().unwrap_or(0));
        keeps_to(area, |frame| Gauge { label: &text, used, limit }.draw(frame, area, &look()))?;
        keeps_to(area, |frame| meter::draw(frame, area, Some(2), &look()))?;
    }

    #[test]
    fn what_is_said_keeps_to_its_area(area in area(), text in words(), scroll in 0..9_usize, done in any::<u64>()) {
        let groups = [Facts::new("About", vec![Fact::new("名前", text.clone()), Fact::new("", text.clone())])];
        keeps_to(area, |frame| facts::draw(frame, area, &groups, scroll, &look()))?;
        let error = DalError::NotFound { what: text.clone() };
        let hints = [("Esc", text.as_str())];
        for state in [State::Loading, State::of(&error), State::Empty { words: &text, hints: &hints }] {
            keeps_to(area, |frame| state.draw(frame, area, &look()))?;
        }
        let left = Some(Duration::from_secs(done));
        for state in [Stage::Running, Stage::Failed(text.clone())] {
            let work = Progress { title: text.clone(), done, total: 9, rate: done, left, state };
            keeps_to(area, |frame| work.draw(frame, area, &look()))?;
            keeps_to(area, |frame| work.draw_line(frame, area, &look()))?;
        }
    }

    /// The last column begins where its heading does, whatever stands before it.
    #[test]
    fn columns_stay_straight_under_anything(texts in vec(words(), 1..9), width in 40..=WIDTH) {
        let area = Rect { width, height: HEIGHT, ..Rect::default() };
        let buffer = drawn(|frame| {
            frame.buffer_mut().reset();
            table_of(&texts).draw(frame, area, &look());
        });
        let begins = |y: u16, text: &str| {
            (0..width).find(|&x| {
                let cells = (x..width).take(text.len()).map(|x| buffer[(x, y)].symbol());
                x >= 20 && cells.collect::<String>() == text
            })
        };
        let state = begins(0, "State");
        prop_assert!(state.is_some());
        for (y, _) in (1..).zip(&texts) {
            let x = state.unwrap();
            prop_assert_eq!((buffer[(x, y)].symbol(), buffer[(x + 1, y)].symbol()), ("o", "n"));
            prop_assert_eq!(buffer[(x - 1, y)].symbol(), " ");
        }
    }

    /// What can be clicked is on the screen, within the area of what was drawn.
    #[test]
    fn clicks_keep_to_their_area(area in area(), texts in vec(words(), 0..9)) {
        let look: Look = look();
        let form = Form::new([("Name", TextField::new(9)), ("Why", TextField::secret(9))]);
        drawn(|frame| {
            table_of(&texts).draw(frame, area, &look);
            form.draw(frame, area, &look);
            State::of(&DalError::Unavailable).draw(frame, area, &look);
        });
        for position in Rect::new(0, 0, WIDTH, HEIGHT).positions() {
            prop_assert!(area.contains(position) || look.hit(position).is_none());
        }
    }
}
