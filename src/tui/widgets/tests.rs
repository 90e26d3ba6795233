//! Widgets drawn into a screen in memory: at every size, with wide characters, and read back.

use crossterm::event::{KeyCode as K, KeyEvent, KeyModifiers as M};
use ratatui::{
    Frame, Terminal,
    backend::TestBackend,
    buffer::CellWidth as _,
    layout::{Position, Rect},
    style::Modifier,
};

use super::{
    buttons::{Button, Buttons},
    table::{Extent, Motion, Row, Sort},
    *,
};
use crate::tui::{input::Input, keymap::Command, look::Look, theme::Theme};

pub(super) fn look() -> Look {
    Look::new(&Theme::DEFAULT)
}

pub(super) const SIZES: [(u16, u16); 9] =
    [(0, 0), (1, 1), (5, 3), (3, 5), (40, 1), (40, 2), (40, 12), (80, 24), (500, 200)];

/// The lines of a screen of this size after a draw, without blanks at their ends, and the cursor.
pub(super) fn screen(
    width: u16,
    height: u16,
    draw: impl FnOnce(&mut Frame),
) -> (Vec<String>, Option<Position>) {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(draw).unwrap();
    let backend = terminal.backend();
    let cursor = backend.cursor_visible().then(|| backend.cursor_position());
    let line = |y| {
        let (mut line, mut x) = (String::new(), 0);
        while x < width {
            let cell = &backend.buffer()[(x, y)];
            line.push_str(cell.symbol());
            x += cell.cell_width().max(1);
        }
        line.trim_end().to_owned()
    };
    ((0..height).map(line).collect(), cursor)
}

pub(super) fn lines(width: u16, height: u16, draw: impl FnOnce(&mut Frame)) -> Vec<String> {
    screen(width, height, draw).0
}

pub(super) fn press(code: K) -> Input {
    Input::Key(KeyEvent::new(code, M::NONE))
}

pub(super) fn ctrl(letter: char) -> Input {
    Input::Key(KeyEvent::new(K::Char(letter), M::CONTROL))
}

#[test]
fn nothing_breaks_at_any_size() {
    const COLUMNS: &[Column] = &[Column::new("名前", 8).weight(1), Column::new("Role", 10).priority(1)];
    let mut table = Table::new(COLUMNS, "None.");
    table.set_rows((0..300).map(|n| row_of(&[&format!("漢字{n}"), "operator"])).collect());
    let mut field = TextField::new(40).with_value("漢字 with a long tail e\u{301}");
    field.set_error("is already taken by somebody else");
    let form = Form::new([("Name", TextField::new(9)), ("Password", TextField::secret(9))]);
    let dialog = Dialog {
        above: 0,
        title: "Revoke 漢字?",
        body: "The session ends at once.\nWhoever uses it has to sign in again, everywhere.",
        field: Some(("Reason", &field)),
        hints: &[("Enter", "revoke"), ("Esc", "keep")],
        is_danger: true,
        ..Dialog::default()
    };
    for (width, height) in SIZES {
        let areas = [
            Rect::new(0, 0, width, height),
            Rect::new(0, 0, 0, 0),
            Rect::new(width / 2, height / 2, width, height),
            Rect::new(width, height, 9, 9),
            Rect::new(u16::MAX, u16::MAX, u16::MAX, u16::MAX),
        ];
        for area in areas {
            screen(width, height, |frame| {
                table.draw(frame, area, &look());
                for focused in [true, false] {
                    field.draw(frame, area, "Name", focused, &look());
                }
                form.draw(frame, area, &look());
                meter::draw(frame, area, Some(2), &look());
                dialog.draw(frame, area, &look());
            });
        }
    }
}

const PEOPLE: &[Column] = &[
    Column::new("Name", 8).weight(1),
    Column::new("Role", 8).priority(1),
    Column::new("Last seen", 10).priority(2),
];

fn row_of(cells: &[&str]) -> Row {
    cells.iter().map(|cell| (*cell).to_owned().into()).collect()
}

fn people() -> Table {
    let mut table = Table::new(PEOPLE, "No users yet.");
    table.set_rows(vec![
        row_of(&["ada", "admin", "today"]),
        row_of(&["漢字漢字漢字漢字", "auditor", "yesterday"]),
        row_of(&["e\u{301}mile", "operator", "never"]),
    ]);
    table
}

fn drawn(table: &Table, width: u16, height: u16) -> Vec<String> {
    lines(width, height, |frame| table.draw(frame, frame.area(), &look()))
}

#[test]
fn columns_stay_straight_under_wide_characters() {
    let mut table = people();
    table.select(1);
    assert_eq!(
        drawn(&table, 34, 4),
        [
            "  Name        Role      Last seen",
            "  ada         admin     today",
            "› 漢字漢字…   auditor   yesterday",
            "  e\u{301}mile       operator  never",
        ]
    );
}

#[test]
fn the_least_important_columns_leave_first() {
    let table = people();
    assert_eq!(drawn(&table, 32, 2)[0], "  Name      Role      Last seen");
    assert_eq!(drawn(&table, 31, 2)[0], "  Name                 Role   ›");
    assert_eq!(drawn(&table, 19, 2)[0], "  Name            ›");
    assert_eq!(drawn(&table, 5, 2), ["  Na…", "› ada"]);
}

#[test]
fn the_page_with_the_selection_is_shown() {
    const COLUMNS: &[Column] = &[Column::new("Number", 8)];
    let mut table = Table::new(COLUMNS, "None.");
    table.set_rows((0..10).map(|n| row_of(&[&n.to_string()])).collect());
    assert_eq!(drawn(&table, 12, 5), ["  Number", "› 0", "  1", "  2", "   1–3 of 10"]);
    table.select(4);
    assert_eq!(drawn(&table, 12, 5), ["  Number", "  3", "› 4", "  5", "   4–6 of 10"]);
    table.go(Motion::Last);
    assert_eq!(drawn(&table, 12, 5), ["  Number", "› 9", "", "", " 10–10 of 10"]);
    table.go(Motion::PageUp);
    assert_eq!(table.selected(), Some(0));
    assert_eq!(drawn(&table, 12, 11).last().unwrap(), "  9");
}

#[test]
fn columns_can_be_hidden_and_scrolled() {
    let mut table = people();
    table.toggle_column(1);
    table.toggle_column(0);
    assert_eq!(drawn(&table, 34, 2), ["  Name                  Last seen", "› ada                   today"]);
    table.toggle_column(1);
    assert_eq!(drawn(&table, 24, 2), ["  Name          Role   ›", "› ada           admin"]);
    table.scroll_columns(1);
    assert_eq!(drawn(&table, 24, 2), ["  Name          Role   ›", "› ada           admin"]);
    table.scroll_columns(9);
    assert_eq!(drawn(&table, 24, 2), ["‹ Name        Last seen", "› ada         today"]);
    assert_eq!(drawn(&table, 34, 2)[0], "  Name        Role      Last seen", "all fit");
    table.scroll_columns(-9);
    assert_eq!(drawn(&table, 24, 2)[0], "  Name          Role   ›");
}

#[test]
fn numbers_stand_at_the_right_and_headings_show_the_order() {
    const COLUMNS: &[Column] =
        &[Column::new("Name", 8).sortable().weight(1), Column::new("Count", 4).sortable().right()];
    let mut table = Table::new(COLUMNS, "None.");
    table.set_rows(vec![row_of(&["ada", "7"]), row_of(&["bob", "1\u{a0}234"])]);
    assert_eq!(
        drawn(&table, 20, 3),
        ["  Name         Count", "› ada              7", "  bob          1\u{a0}234"]
    );
    table.set_sort(Some(Sort { column: 1, is_descending: true }));
    assert_eq!(drawn(&table, 20, 1), ["  Name       Count ▼"]);
    table.set_sort(Some(Sort { column: 0, is_descending: false }));
    assert_eq!(drawn(&table, 20, 1), ["  Name ▲       Count"]);
}

#[test]
fn rows_and_headings_mean_something_when_they_are_clicked() {
    const COLUMNS: &[Column] = &[Column::new("Name", 8).sortable(), Column::new("Role", 8)];
    let mut table = Table::new(COLUMNS, "None.");
    table.set_rows((0..9).map(|n| row_of(&[&n.to_string(), "member"])).collect());
    table.select(5);
    let look = look();
    lines(30, 5, |frame| table.draw(frame, frame.area(), &look));
    let hit = |x, y| look.hit(Position::new(x, y));
    assert_eq!(hit(3, 0), Some(Command::Sort(0)));
    assert_eq!(hit(14, 0), None);
    assert_eq!((hit(0, 1), hit(29, 3)), (Some(Command::Select(3)), Some(Command::Select(5))));
    assert_eq!(hit(3, 4), None, "the place");
    assert!(!table.click(3) && table.click(3));
    assert!(!table.click(9));
    assert_eq!(table.selected(), Some(3));
}

#[test]
fn the_signs_that_there_are_more_columns_are_clicked() {
    let mut table = people();
    let hit = |table: &Table, x| {
        let look = look();
        lines(24, 2, |frame| table.draw(frame, frame.area(), &look));
        look.hit(Position::new(x, 0))
    };
    assert_eq!(hit(&table, 23), Some(Command::Sideways(1)));
    table.scroll_columns(9);
    assert_eq!(hit(&table, 0), Some(Command::Sideways(-1)));
    assert_eq!(hit(&table, 23), None);
}

#[test]
fn marks_stand_before_their_rows() {
    let mut table = people();
    table.set_marks([0, 2].into(), true);
    let rows = [
        "›✓ ada        admin     today",
        "   漢字漢字…  auditor   yesterday",
        " ✓ e\u{301}mile      operator  never",
    ];
    assert_eq!(drawn(&table, 34, 4)[1..], rows);
    table.set_marks([].into(), true);
    assert_eq!(drawn(&table, 34, 2)[1], "›  ada        admin     today");
}

#[test]
fn the_place_counts_the_pages_before_and_what_is_not_at_hand() {
    let mut table = people();
    let place = |before, total, has_more, lines| {
        let mut table = people();
        table.set_extent(Extent { before, total, has_more });
        table.place(lines)
    };
    assert_eq!(table.place(9), "");
    assert_eq!(table.place(3), "1–2 of 3");
    assert_eq!(place(0, None, true, 9), "1–3, more follow");
    assert_eq!(place(50, None, false, 9), "51–53 of 53");
    assert_eq!(place(1_000, Some(1_234), true, 2), "1\u{a0}001–1\u{a0}001 of 1\u{a0}234");
    table.set_rows(Vec::new());
    assert_eq!(table.place(9), "");
}

#[test]
fn a_table_says_when_it_is_loading_and_when_it_is_empty() {
    let mut table = Table::new(PEOPLE, "No users yet.");
    assert_eq!(drawn(&table, 40, 2)[1], "  Loading…");
    assert_eq!(table.selected(), None);
    table.go(Motion::Down);
    table.set_rows(Vec::new());
    assert_eq!(drawn(&table, 40, 2)[1], "  No users yet.");
    assert_eq!(table.selected(), None);
}

#[test]
fn the_selection_survives_a_reload() {
    let mut table = people();
    table.select(2);
    table.set_loading();
    table.set_rows(vec![row_of(&["a"]), row_of(&["b"]), row_of(&["c"]), row_of(&["d"])]);
    assert_eq!(table.selected(), Some(2));
    table.set_rows(vec![row_of(&["a"])]);
    assert_eq!(table.selected(), Some(0));
}

#[test]
fn a_dialog_is_as_large_as_what_it_says() {
    let dialog = Dialog {
        above: 0,
        title: "Revoke session?",
        body: "ada on 10.0.0.7",
        hints: &[("Enter", "revoke"), ("Esc", "keep")],
        ..Dialog::default()
    };
    let drawn = lines(40, 7, |frame| dialog.draw(frame, frame.area(), &look()));
    assert_eq!(
        drawn,
        [
            "",
            "      ┌─ Revoke session? ───────┐",
            "      │ ada on 10.0.0.7         │",
            "      │                         │",
            "      │ Enter revoke   Esc keep │",
            "      └─────────────────────────┘",
            "",
        ]
    );
}

#[test]
fn a_dialog_offers_choices() {
    let buttons =
        Buttons::new([Button::new("Keep", Command::Back), Button::new("End", Command::Open).danger()]);
    let dialog = Dialog {
        title: "Sure?",
        body: "What is typed is lost.",
        buttons: Some(&buttons),
        ..Dialog::default()
    };
    let look = look();
    let drawn = lines(30, 5, |frame| dialog.draw(frame, frame.area(), &look));
    assert_eq!(
        drawn,
        [
            "  ┌─ Sure? ────────────────┐",
            "  │ What is typed is lost. │",
            "  │                        │",
            "  │ [›Keep‹]  [ End ]      │",
            "  └────────────────────────┘",
        ]
    );
    assert_eq!(look.hit(Position::new(5, 3)), Some(Command::Back));
    assert_eq!(look.hit(Position::new(15, 3)), Some(Command::Open));
}

#[test]
fn a_dialog_without_room_keeps_its_hints_and_its_field() {
    let field = TextField::new(9).with_value("oops");
    let dialog = Dialog {
        above: 0,
        title: "Why?",
        body: "This text is too long to be shown whole, and so it is cut.",
        field: Some(("Reason", &field)),
        hints: &[("Enter", "go")],
        ..Dialog::default()
    };
    let (drawn, cursor) = screen(20, 7, |frame| dialog.draw(frame, frame.area(), &look()));
    assert_eq!(
        drawn,
        [
            "┌─ Why? ───────────┐",
            "│ This text is to… │",
            "│ Reason           │",
            "│ oops             │",
            "│                  │",
            "│ Enter go         │",
            "└──────────────────┘",
        ]
    );
    assert_eq!(cursor, Some(Position::new(6, 3)));
}

#[test]
fn a_wide_character_does_not_cover_the_border_of_a_dialog() {
    let dialog = Dialog { title: "", body: "abc", ..Dialog::default() };
    let drawn = lines(12, 3, |frame| {
        for y in 0..3 {
            frame.buffer_mut().set_string(0, y, "漢漢漢漢漢漢", ratatui::style::Style::new());
        }
        dialog.draw(frame, Rect::new(3, 0, 7, 3), &look());
    });
    assert_eq!(drawn[1], "漢 │ abc │漢");
}

#[test]
fn a_meter_says_it_in_words_too() {
    let at = |score| lines(20, 1, |frame| meter::draw(frame, frame.area(), score, &look())).remove(0);
    assert_eq!(at(None), "");
    assert_eq!(at(Some(0)), "□□□□ very weak");
    assert_eq!(at(Some(2)), "■■□□ fair");
    assert_eq!(at(Some(9)), "■■■■ strong");
}

#[test]
fn the_selected_row_is_reversed_over_its_whole_width() {
    let mut terminal = Terminal::new(TestBackend::new(38, 4)).unwrap();
    terminal.draw(|frame| people().draw(frame, frame.area(), &look())).unwrap();
    let buffer = terminal.backend().buffer();
    let is_reversed = |x, y| buffer[(x, y)].modifier.contains(Modifier::REVERSED);
    assert!((0..38).all(|x| is_reversed(x, 1) && !is_reversed(x, 2)));
}

#[test]
fn headings_between_rows_take_their_room_and_come_again_on_the_next_page() {
    const LETTERS: &[Column] = &[Column::new("Letter", 6)];
    let mut table = Table::new(LETTERS, "none");
    table.set_rows("abcdef".chars().map(|letter| vec![letter.to_string().into()]).collect());
    table.set_sections(vec![(0, "First"), (2, "Second")]);
    let shown = |table: &Table, height: u16| {
        let lines = lines(20, height, |frame| table.draw_rows(frame, frame.area(), &look()));
        lines.concat().chars().filter(|letter| letter.is_alphabetic()).collect::<String>()
    };
    assert_eq!(shown(&table, 9), "LetterFirstabSecondcdef");
    assert_eq!(shown(&table, 6), "LetterFirstabSecondc");
    table.select(3);
    assert_eq!((shown(&table, 6), table.place(6)), ("LetterSeconddef".to_owned(), "4–6 of 6".to_owned()));
    // Where there is no room for both, the row wins.
    assert_eq!(shown(&table, 2), "Letterd");
}
