//! Widgets drawn into a screen in memory: at every size, with wide characters, and read back.

use crossterm::event::{KeyCode as K, KeyEvent, KeyModifiers as M};
use proptest::prelude::*;
use ratatui::{
    Frame, Terminal,
    backend::TestBackend,
    buffer::CellWidth as _,
    layout::{Position, Rect},
    style::Modifier,
};

use super::{
    buttons::{Button, Buttons},
    form::Outcome,
    table::{Extent, Motion, Row, Sort},
    *,
};
use crate::tui::{
    input::{Decoder, Input},
    keymap::{self, Command},
    look::Look,
    theme::Theme,
};

pub(super) fn look() -> Look {
    Look::new(&Theme::DEFAULT)
}

const SIZES: [(u16, u16); 9] =
    [(0, 0), (1, 1), (5, 3), (3, 5), (40, 1), (40, 2), (40, 12), (80, 24), (500, 200)];

/// The lines of a screen of this size after a draw, without blanks at their ends, and the cursor.
fn screen(width: u16, height: u16, draw: impl FnOnce(&mut Frame)) -> (Vec<String>, Option<Position>) {
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

fn press(code: K) -> Input {
    Input::Key(KeyEvent::new(code, M::NONE))
}

fn ctrl(letter: char) -> Input {
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

#[test]
fn a_field_is_edited_like_a_line_in_a_shell() {
    let mut field = TextField::new(40);
    for character in "one two three".chars() {
        assert!(field.apply(&press(K::Char(character))));
    }
    field.apply(&ctrl('w'));
    assert_eq!(field.value(), "one two ");
    field.apply(&ctrl('w'));
    assert_eq!(field.value(), "one ");
    field.apply(&press(K::Home));
    field.apply(&press(K::Delete));
    field.apply(&press(K::Right));
    field.apply(&press(K::Backspace));
    field.apply(&Input::Paste("漢字".to_owned()));
    assert_eq!(field.value(), "漢字e ");
    field.apply(&ctrl('u'));
    assert_eq!(field.value(), "e ");
    field.apply(&press(K::End));
    field.apply(&press(K::Left));
    field.apply(&press(K::Char('X')));
    assert_eq!(field.value(), "eX ");
    for not_for_a_field in [press(K::Enter), press(K::Tab), press(K::Esc), ctrl('q'), press(K::F(1))] {
        assert!(!field.apply(&not_for_a_field));
    }
}

#[test]
fn a_letter_and_its_marks_are_edited_as_one() {
    let mut field = TextField::new(40).with_value("ae\u{301}b");
    field.left();
    field.left();
    field.insert("x");
    assert_eq!(field.value(), "axe\u{301}b");
    field.delete();
    assert_eq!(field.value(), "axb");
    field.insert("\u{301}");
    field.backspace();
    assert_eq!(field.value(), "ab");
}

#[test]
fn what_does_not_fit_or_cannot_be_shown_stays_out() {
    let mut field = TextField::new(5).with_value("abc");
    field.insert("def");
    assert_eq!((field.value(), field.error()), ("abc", Some("This must be at most 5 characters.")));
    field.insert("d\u{202e}\u{200b}\u{9b}e");
    assert_eq!((field.value(), field.error()), ("abcde", None));
}

#[test]
fn a_secret_shows_nothing_but_its_length_until_asked() {
    let mut field = TextField::secret(40).with_value("hunter2 \u{200d}漢");
    let draw =
        |field: &TextField| lines(20, 3, |frame| field.draw(frame, frame.area(), "Password", true, &look()));
    assert_eq!(draw(&field), ["Password", "•••••••••", ""]);
    field.toggle_reveal();
    assert_eq!(draw(&field), ["Password", "hunter2 \u{fffd}漢", ""]);
    field.toggle_reveal();
    field.kill_word();
    assert_eq!(field.value(), "", "stopping at a blank would show where it is");
}

#[test]
fn the_cursor_stands_where_the_next_character_goes() {
    let mut field = TextField::new(80).with_value("漢字ab");
    let cursor =
        |field: &TextField| screen(10, 3, |frame| field.draw(frame, frame.area(), "Name", true, &look()));
    assert_eq!(cursor(&field).1, Some(Position::new(6, 1)));
    field.left();
    field.left();
    field.left();
    assert_eq!(cursor(&field).1, Some(Position::new(2, 1)));
    field.home();
    assert_eq!(cursor(&field).1, Some(Position::new(0, 1)));
    let unfocused = screen(10, 3, |frame| field.draw(frame, frame.area(), "Name", false, &look()));
    assert_eq!(unfocused.1, None);
}

#[test]
fn a_long_value_scrolls_with_its_cursor() {
    let mut field = TextField::new(80).with_value("0123456789abcdef");
    let input = |field: &TextField| {
        let (lines, cursor) = screen(9, 3, |frame| field.draw(frame, frame.area(), "", true, &look()));
        (lines[1].clone(), cursor.unwrap().x)
    };
    assert_eq!(input(&field), ("89abcdef".to_owned(), 8));
    for _ in 0..6 {
        field.left();
    }
    assert_eq!(input(&field), ("456789abc".to_owned(), 6));
    field.home();
    assert_eq!(input(&field), ("012345678".to_owned(), 0));
    let idle = lines(9, 3, |frame| field.draw(frame, frame.area(), "", false, &look()));
    assert_eq!(idle[1], "01234567…");
}

#[test]
fn label_and_error_share_rows_when_there_are_few() {
    let mut field = TextField::new(80).with_value("ada");
    field.set_error("Taken.");
    let draw = |height| lines(24, height, |frame| field.draw(frame, frame.area(), "Name", false, &look()));
    assert_eq!(draw(3), ["Name", "ada", "Taken."]);
    assert_eq!(draw(2), ["Name ada", "Taken."]);
    assert_eq!(draw(1), ["Name ada          Taken."]);
}

proptest! {
    #[test]
    fn editing_anything_keeps_the_cursor_in_view(
        edits in proptest::collection::vec((0..8_u8, "[a 漢e\u{301}🇩🇪👍🏽\u{1100}\u{1161}]{0,3}"), 0..40),
        width in 1..12_u16,
        secret in any::<bool>(),
    ) {
        let mut field = if secret { TextField::secret(30) } else { TextField::new(30) };
        for (edit, text) in edits {
            match edit {
                0 | 1 => field.insert(&text),
                2 => field.left(),
                3 => field.right(),
                4 => field.backspace(),
                5 => field.delete(),
                6 => field.kill_word(),
                _ => field.home(),
            }
            let (_, cursor) = screen(width, 3, |frame| field.draw(frame, frame.area(), "Name", true, &look()));
            prop_assert!(cursor.is_some_and(|at| at.x < width && at.y == 1), "{:?} {cursor:?}", field.value());
            prop_assert!(field.value().chars().count() <= 30);
        }
    }
}

#[test]
fn a_form_goes_round_and_submits_at_its_end() {
    let mut form = Form::new([("Name", TextField::new(9)), ("Reason", TextField::new(9))]);
    assert_eq!(form.apply(&press(K::Char('a'))), Outcome::Changed);
    assert_eq!(form.apply(&press(K::Enter)), Outcome::Changed);
    assert_eq!(form.apply(&Input::Paste("b".to_owned())), Outcome::Changed);
    assert_eq!((form.value(0), form.value(1), form.value(2)), ("a", "b", ""));
    assert_eq!(form.apply(&press(K::Enter)), Outcome::Submitted);
    assert_eq!(form.apply(&press(K::Esc)), Outcome::Ignored);
    form.apply(&press(K::Tab));
    assert_eq!(form.focus(), 0);
    form.apply(&press(K::BackTab));
    assert_eq!(form.focus(), 1);
    form.set_error(0, "is taken");
    assert_eq!(form.focus(), 0);
    let drawn = lines(20, 6, |frame| form.draw(frame, frame.area(), &look()));
    assert_eq!(drawn, ["Name", "a", "This is taken.", "Reason", "b", ""]);
}

#[test]
fn a_field_takes_back_edits_and_letters_by_the_word() {
    let mut field = TextField::new(40).with_value("so");
    for letter in " it is".chars() {
        field.apply(&press(K::Char(letter)));
    }
    field.apply(&ctrl('w'));
    field.apply(&ctrl('u'));
    let undone = ["so it ", "so it is", "so it ", "so it", "so ", "so", "so"];
    for value in undone {
        field.apply(&ctrl('z'));
        assert_eq!(field.value(), value);
    }
    let mut secret = TextField::secret(40);
    secret.apply(&press(K::Char('a')));
    secret.apply(&ctrl('z'));
    assert_eq!(secret.value(), "a", "nothing of a secret is kept");
}

#[test]
fn what_may_be_meant_is_offered_and_taken_at_the_end() {
    let words = || vec!["admin".to_owned(), "auditor".to_owned()];
    let mut field = TextField::new(40).with_completions(words()).with_value("au");
    let (drawn, cursor) = screen(20, 3, |frame| field.draw(frame, frame.area(), "Roles", true, &look()));
    assert_eq!((drawn[1].as_str(), cursor), ("auditor", Some(Position::new(2, 1))));
    let idle = lines(20, 3, |frame| field.draw(frame, frame.area(), "Roles", false, &look()));
    assert_eq!((field.value(), idle[1].as_str()), ("au", "au"));
    field.apply(&press(K::Left));
    field.apply(&press(K::Right));
    assert_eq!(field.value(), "au", "the way to the end is not the way on");
    field.apply(&press(K::Right));
    field.insert(", a");
    field.apply(&ctrl(' '));
    assert_eq!(field.value(), "auditor, admin");
    let mut secret = TextField::secret(40).with_completions(words()).with_value("au");
    secret.apply(&press(K::Right));
    assert_eq!(secret.value(), "au");
}

#[test]
fn a_paste_is_one_line() {
    let mut decoder = Decoder::new();
    let mut typed = Vec::new();
    decoder.feed(b"\x1b[200~one\r\n\ttwo\n\x1b[201~\0", &mut typed);
    let mut form = Form::new([("Name", TextField::new(40)), ("Note", TextField::new(40))]);
    assert!(typed.iter().all(|input| form.apply(input) != Outcome::Submitted));
    assert_eq!((form.value(0), form.focus()), ("one two", 0));
    assert!(typed.contains(&ctrl(' ')), "{typed:?}");
}

#[test]
fn a_field_says_what_is_wrong_as_soon_as_it_is_left() {
    let short = |value: &str| if value.len() < 4 { Ok(()) } else { Err("is too long".to_owned()) };
    let name = || TextField::new(9).with_check(short);
    let mut form = Form::new([("Name", name()), ("Nick", name()), ("Note", TextField::new(9))]);
    let drawn = |form: &Form| lines(20, 9, |frame| form.draw(frame, frame.area(), &look()));
    form.apply(&Input::Paste("much too".to_owned()));
    assert_eq!(drawn(&form)[2], "");
    form.apply(&press(K::Tab));
    assert_eq!(drawn(&form)[2], "This is too long.");
    form.apply(&press(K::Tab));
    assert_eq!(form.apply(&press(K::Enter)), Outcome::Changed);
    assert_eq!(form.focus(), 0, "it leads to what is wrong");
    form.apply(&ctrl('u'));
    assert!(form.set_focus(2) && !form.set_focus(3));
    assert_eq!(form.apply(&press(K::Enter)), Outcome::Submitted);
}

#[test]
fn a_form_knows_whether_something_would_be_lost() {
    let mut form =
        Form::new([("Name", TextField::new(9).with_value("ada")), ("Password", TextField::secret(9))]);
    form.apply(&press(K::Char('x')));
    assert!(form.is_changed());
    form.apply(&press(K::Backspace));
    assert!(!form.is_changed());
    form.apply(&press(K::Tab));
    form.apply(&press(K::Char('x')));
    assert!(form.is_changed());
}

#[test]
fn one_key_shows_all_secrets_of_a_form() {
    let secret = || TextField::secret(9).with_value("abc");
    let mut form = Form::new([("One", secret()), ("Two", secret()), ("Three", TextField::new(9))]);
    let drawn = |form: &Form| {
        let lines = lines(20, 9, |frame| form.draw(frame, frame.area(), &look()));
        [lines[1].clone(), lines[4].clone()]
    };
    assert_eq!(drawn(&form), ["•••", "•••"]);
    form.field_mut(1).unwrap().reveal();
    form.apply(&ctrl('t'));
    assert_eq!(drawn(&form), ["•••", "•••"]);
    form.apply(&ctrl('t'));
    assert_eq!(drawn(&form), ["abc", "abc"]);
    assert_eq!(Form::new([("One", TextField::new(9))]).apply(&ctrl('t')), Outcome::Ignored);
}

#[test]
fn fields_and_hints_can_be_clicked_and_nothing_below_their_box() {
    let form = Form::new([("Name", TextField::new(9)), ("Reason", TextField::new(9))]);
    let panel = panel::Panel {
        title: "New",
        body: "",
        form: &form,
        hints: &[("Enter", "save"), ("Esc", "back")],
        is_danger: false,
    };
    let look = look();
    look.clickable(Rect::new(0, 0, 40, 12), Command::Select(1));
    lines(40, 12, |frame| panel.draw(frame, frame.area(), &look));
    let hit = |x, y| look.hit(Position::new(x, y));
    assert_eq!(hit(0, 0), None);
    assert_eq!((hit(3, 3), hit(30, 5)), (Some(Command::Focus(0)), Some(Command::Focus(1))));
    let pressed = |key| keymap::named(key).map(Command::Press);
    assert_eq!((hit(2, 8), hit(11, 8), hit(12, 8)), (pressed("Enter"), pressed("Enter"), None));
    assert_eq!(hit(15, 8), pressed("Esc"));
}

#[test]
fn a_form_without_room_shows_the_field_in_focus() {
    let fields = ["One", "Two", "Three", "Four"].map(|label| (label, TextField::new(9)));
    let mut form = Form::new(fields);
    form.apply(&press(K::Up));
    let drawn = lines(20, 2, |frame| form.draw(frame, frame.area(), &look()));
    assert_eq!(drawn, ["Three", "Four"]);
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
    assert_eq!(place(0, None, true, 9), "1–3 of 3+");
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

/// A name that is taken was cut after "then …", and what was wrong with another field was not seen.
#[test]
fn an_error_is_said_whole_where_there_is_room_for_it() {
    let mut form = Form::new([("Name", TextField::new(80)), ("Roles", TextField::new(80))]);
    form.set_error(0, "use a letter, then up to 31 of a-z");
    let draw = |form: &Form, height| lines(24, height, |frame| form.draw(frame, frame.area(), &look()));
    let whole = ["Use a letter, then up to", "31 of a-z."];
    assert_eq!(form.height(24), 8);
    assert_eq!(draw(&form, 8)[..6], ["Name", "", whole[0], whole[1], "", "Roles"]);
    assert_eq!(draw(&form, 7)[..5], ["Name", "", whole[0], whole[1], "Roles"]);
    assert_eq!(draw(&form, 4), ["Name", whole[0], whole[1], "Roles"]);
}

/// The key that hides what is shown must not show what was never asked for.
#[test]
fn hiding_secrets_shows_none() {
    let secret = || TextField::secret(20).with_value("hunter2").suggested();
    let mut form = Form::new([("Current", secret()), ("New", secret())]);
    assert_eq!(form.apply(&ctrl('g')), Outcome::Suggest);
    form.field_mut(1).unwrap().reveal();
    form.apply(&ctrl('t'));
    assert!((0..2).all(|index| form.field_mut(index).unwrap().is_masked()));
    form.apply(&ctrl('t'));
    assert!((0..2).all(|index| form.field_mut(index).unwrap().is_revealed()));
}

#[test]
fn an_empty_field_says_what_belongs_into_it() {
    let mut field = TextField::new(80).with_placeholder("a name");
    let draw = |field: &TextField| lines(9, 2, |frame| field.draw(frame, frame.area(), "", true, &look()));
    assert_eq!(draw(&field)[1], "a name");
    field.insert("x");
    assert_eq!(draw(&field)[1], "x");
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
