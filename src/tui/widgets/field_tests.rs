//! Fields and forms, and what is typed into them.

use crossterm::event::KeyCode as K;
use proptest::prelude::*;
use ratatui::layout::{Position, Rect};

use super::tests::{ctrl, lines, look, press, screen};
use super::{form::Outcome, *};
use crate::tui::{
    input::{Decoder, Input},
    keymap::{self, Command},
};

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
