//! What a person sees, through a terminal emulator.

use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;
use ratatui::widgets::Block;

use super::*;
use crate::tui::terminal::Profile;

fn emulator() -> vt100::Parser {
    emulator_of(4, 20)
}

fn emulator_of(rows: u16, columns: u16) -> vt100::Parser {
    vt100::Parser::new(rows.try_into().unwrap(), columns.try_into().unwrap(), 0)
}

/// One for a terminal that nothing has to be translated for, and that is asked nothing.
fn plain(size: Size) -> Canvas {
    Canvas::new(size, &Profile { is_modern: false, ..Profile::of("xterm-kitty", &[]) })
}

fn show(parser: &mut vt100::Parser, canvas: &mut Canvas, text: &str, cursor: Option<(u16, u16)>) -> usize {
    let frame = canvas.draw(|frame| {
        frame.render_widget(ratatui::text::Text::raw(text), frame.area());
        if let Some(at) = cursor {
            frame.set_cursor_position(at);
        }
    });
    let bytes = frame.unwrap_or_default();
    parser.process(&bytes);
    bytes.len()
}

/// What a person reads, without the blanks behind it.
fn seen(parser: &vt100::Parser) -> String {
    let text = parser.screen().contents();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn what_is_drawn_is_what_is_seen_also_after_a_repaint() {
    let mut parser = emulator();
    let mut canvas = plain(Size { columns: 20, rows: 4 });
    show(&mut parser, &mut canvas, "漢字 and\nmore", Some((3, 1)));
    assert_eq!(seen(&parser), "漢字 and\nmore");
    assert_eq!((parser.screen().cursor_position(), parser.screen().hide_cursor()), ((1, 3), false));
    canvas.repaint();
    show(&mut parser, &mut canvas, "less", None);
    assert_eq!(seen(&parser), "less");
    assert!(parser.screen().hide_cursor());
}

#[test]
fn a_frame_without_a_change_sends_nothing() {
    let mut parser = emulator();
    let mut canvas = plain(Size { columns: 20, rows: 4 });
    assert!(show(&mut parser, &mut canvas, "one", Some((1, 1))) > 0);
    assert_eq!(show(&mut parser, &mut canvas, "one", Some((1, 1))), 0);
    let changed = show(&mut parser, &mut canvas, "two", Some((1, 1)));
    assert!(changed < 60, "{changed} bytes for one tile");
    assert_eq!(seen(&parser), "two");
    assert_eq!(parser.screen().cursor_position(), (1, 1));
}

#[test]
fn any_text_over_any_other_is_what_a_fresh_terminal_shows() {
    // Wide characters before, on and behind the edge of a tile, at the end of a row, beside others.
    let texts = [
        "",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaa漢aaaaaaa",
        "aaaaaaaaaaaaaa漢aaaaaaaa",
        "aaaaaaaaaaaaaaaa漢aaaaaa",
        "aaaaaaaaaaaaaaa漢漢漢漢",
        "漢漢漢漢漢漢漢漢漢漢漢漢",
        "a漢漢漢漢漢漢漢漢漢漢漢",
        "aaaaaaaaaaaaaaa b\ne\u{301}\u{301}\u{301}",
    ];
    for before in texts {
        for after in texts {
            let mut canvas = plain(Size { columns: 20, rows: 4 });
            let mut parser = emulator();
            show(&mut parser, &mut canvas, before, Some((2, 2)));
            show(&mut parser, &mut canvas, after, None);
            let mut fresh = emulator();
            show(&mut fresh, &mut plain(Size { columns: 20, rows: 4 }), after, None);
            assert_eq!(seen(&parser), seen(&fresh), "{after:?} over {before:?}");
        }
    }
}

#[test]
fn two_people_of_one_thread_see_their_own() {
    let (mut ones, mut others) = (emulator(), emulator_of(2, 10));
    let mut one = plain(Size { columns: 20, rows: 4 });
    let mut other = plain(Size { columns: 10, rows: 2 });
    for turn in 0..3 {
        show(&mut ones, &mut one, &format!("mine and long {turn}"), None);
        show(&mut others, &mut other, &format!("yours {turn}"), Some((turn, 0)));
        assert_eq!(seen(&ones), format!("mine and long {turn}"));
        assert_eq!(seen(&others), format!("yours {turn}"));
    }
}

#[test]
fn what_a_view_drew_before_it_panicked_is_on_nobody_s_screen() {
    let mut broken = plain(Size { columns: 20, rows: 4 });
    let panic = std::panic::AssertUnwindSafe(|| {
        broken.draw(|frame| {
            frame.render_widget(ratatui::text::Text::raw("a secret"), frame.area());
            std::panic::resume_unwind(Box::new("half way"));
        })
    });
    assert!(std::panic::catch_unwind(panic).is_err());
    let mut parser = emulator();
    show(&mut parser, &mut plain(Size { columns: 20, rows: 4 }), "", None);
    assert_eq!(seen(&parser), "");
}

#[test]
fn leaving_undoes_entering() {
    let mut parser = emulator();
    parser.process(b"$ ssh");
    parser.process(ENTER.as_bytes());
    parser.process(b"\x1b[?1003h\x1b[?1002h\x1b[?1000h\x1b[?1006h\x1b[31mred");
    assert!(parser.screen().alternate_screen() && parser.screen().bracketed_paste());
    assert_ne!(parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    parser.process(LEAVE.as_bytes());
    assert!(!parser.screen().alternate_screen() && !parser.screen().bracketed_paste());
    assert!(!parser.screen().hide_cursor());
    assert_eq!(parser.screen().mouse_protocol_mode(), vt100::MouseProtocolMode::None);
    assert_eq!(parser.screen().mouse_protocol_encoding(), vt100::MouseProtocolEncoding::Default);
    assert_eq!(parser.screen().fgcolor(), vt100::Color::Default);
    assert_eq!(seen(&parser), "$ ssh");
}

/// What one frame sends to a terminal of this name.
fn sent(term: &str, env: &[(&str, &str)], view: impl FnOnce(&mut Frame)) -> String {
    let env: Vec<_> = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut canvas = Canvas::new(Size { columns: 20, rows: 4 }, &Profile::of(term, &env));
    String::from_utf8(canvas.draw(view).unwrap().to_vec()).unwrap()
}

#[test]
fn a_terminal_gets_the_colours_that_it_has() {
    let view = |frame: &mut Frame| {
        let style = Style::new().fg(Color::Rgb(255, 135, 95)).bg(Color::Blue).add_modifier(Modifier::BOLD);
        frame.render_widget(Span::styled("x", style), frame.area());
    };
    assert!(sent("xterm-kitty", &[], view).contains("\x1b[1;38;2;255;135;95;44mx"));
    assert!(sent("xterm-256color", &[], view).contains("\x1b[1;38;5;209;44mx"));
    assert!(sent("linux", &[], view).contains("\x1b[1;33;44mx"));
    for (term, env) in [("vt100", None), ("xterm-kitty", Some(("NO_COLOR", "1")))] {
        let frame = sent(term, env.as_slice(), view);
        assert!(frame.contains("\x1b[1mx"), "{frame:?}");
        let colours = ["38;", "48;", "[3", "[4", ";3", ";4"];
        assert!(!colours.iter().any(|code| frame.contains(code)), "{frame:?}");
    }
}

#[test]
fn ascii_is_all_that_an_ascii_terminal_gets() {
    let view = |frame: &mut Frame| {
        let block = Block::bordered().title("é漢…");
        frame.render_widget(block, Rect::new(0, 0, 8, 3));
    };
    let frame = sent("xterm", &[("LANG", "C")], view);
    assert!(frame.is_ascii());
    let mut parser = emulator();
    parser.process(frame.as_bytes());
    assert_eq!(seen(&parser), "+e??~--+\n|      |\n+------+");
}

#[test]
fn only_a_terminal_that_may_be_asked_is_asked() {
    let nothing = |_: &mut Frame| {};
    for term in ["xterm", "xterm-256color", "tmux-256color", "foot"] {
        let frame = sent(term, &[], nothing);
        assert!(frame.contains("\x1b]11;?\x1b\\") && frame.contains("\x1b[?1006h"), "{term}");
    }
    for term in ["dumb", "linux", "vt100", "vt220", "who-knows"] {
        let frame = sent(term, &[], nothing);
        assert!(!frame.contains("\x1b]") && !frame.contains("\x1b[?1006h"), "{term}");
    }
    assert!(!sent("xterm", &[("NO_COLOR", "1")], nothing).contains("\x1b]11"));
}

#[test]
fn the_mouse_is_switched_with_the_next_frame() {
    let mut canvas = Canvas::new(Size { columns: 20, rows: 4 }, &Profile::default());
    let mut parser = emulator();
    let mode = |parser: &vt100::Parser| parser.screen().mouse_protocol_mode();
    show(&mut parser, &mut canvas, "one", None);
    assert_eq!(mode(&parser), vt100::MouseProtocolMode::PressRelease);
    assert_eq!(parser.screen().mouse_protocol_encoding(), vt100::MouseProtocolEncoding::Sgr);
    canvas.set_mouse(false);
    assert!(show(&mut parser, &mut canvas, "one", None) > 0);
    assert_eq!(mode(&parser), vt100::MouseProtocolMode::None);
    canvas.set_mouse(false);
    assert_eq!(show(&mut parser, &mut canvas, "one", None), 0);
    canvas.set_mouse(true);
    show(&mut parser, &mut canvas, "one", None);
    assert_eq!(mode(&parser), vt100::MouseProtocolMode::PressRelease);
}

#[test]
fn a_text_is_copied_once_and_only_if_it_is_text() {
    let mut canvas = Canvas::new(Size { columns: 20, rows: 4 }, &Profile::default());
    let nothing = |_: &mut Frame| {};
    let _ = canvas.draw(nothing);
    assert!(canvas.copy("first") && canvas.copy("k7q2mzt4xe é"));
    assert_eq!(canvas.draw(nothing).unwrap(), "\x1b]52;c;azdxMm16dDR4ZSDDqQ==\x1b\\");
    assert_eq!(canvas.draw(nothing), None);
    for bad in ["", "a\nb", "\x1b]52;c;AAAA\x07", "\u{9b}1m", &"x".repeat(MAX_COPY + 1)] {
        assert!(!canvas.copy(bad), "{bad:?}");
    }
    assert_eq!(canvas.draw(nothing), None);
    assert!(!Canvas::new(Size { columns: 20, rows: 4 }, &Profile::of("linux", &[])).copy("text"));
}

/// In East Asian fonts `…` and lines take two columns. What stands behind them must not move.
#[test]
fn columns_stay_in_line_where_the_terminal_draws_wider() {
    let lines = "ab…cd\nx·→é ñ end\n┌──┐ box\nno wide ones";
    let mut canvas = plain(Size { columns: 20, rows: 4 });
    let frame =
        canvas.draw(|frame| frame.render_widget(ratatui::text::Text::raw(lines), frame.area())).unwrap();
    let frame = String::from_utf8(frame.to_vec()).unwrap();
    let wide = frame.replace(|c| "…·→é ñ─┌┐".contains(c) && c != ' ', "漢");
    let mut parser = emulator();
    parser.process(wide.as_bytes());
    let at = |row: u16, column: u16| parser.screen().cell(row, column).unwrap().contents().to_owned();
    for (row, line) in (0..).zip(lines.lines()) {
        for (column, character) in (0..).zip(line.chars()).filter(|(_, c)| c.is_ascii_alphanumeric()) {
            assert_eq!(at(row, column), character.to_string(), "row {row}, column {column}");
        }
    }
}

/// A box over a list left half of a wide letter under its edge, and the terminal drew the whole letter and
/// not the edge. What is seen of such a letter is a blank.
#[test]
fn a_box_over_half_of_a_letter_keeps_its_edge() {
    let mut canvas = plain(Size { columns: 20, rows: 4 });
    let mut parser = emulator();
    let mut show = |is_open: bool| {
        let frame = canvas.draw(|frame| {
            let names = ratatui::text::Text::raw("a漢漢漢漢漢\naaaaaaaaaaaaaa漢漢\na");
            frame.render_widget(names, frame.area());
            for area in [Rect::new(2, 0, 4, 3), Rect::new(15, 0, 5, 3)].into_iter().filter(|_| is_open) {
                frame.render_widget(ratatui::widgets::Clear, area);
                frame.render_widget(Block::bordered(), area);
            }
        });
        parser.process(&frame.unwrap());
        seen(&parser)
    };
    let closed = "a漢漢漢漢漢\naaaaaaaaaaaaaa漢漢\na";
    assert_eq!(show(false), closed);
    assert_eq!(show(true), "a ┌──┐ 漢漢    ┌───┐\naa│  │aaaaaaaa │   │\na └──┘         └───┘");
    assert_eq!(show(false), closed);
}

/// One letter, as far as drawing goes: consonants that are joined are never taken apart.
const CHAIN: &str = "क्षक्षक्षक्षक्षक्षक्षक्षक्षक्षक्ष";

/// Letters were taken for two columns at most. One of three or more at the end of a tile was written over
/// by the next one, and stayed in part when it had gone.
#[test]
fn a_letter_of_many_columns_is_drawn_and_gone_as_any_other() {
    for letter in ["क्ष्मी", "漢\u{dd8}", CHAIN] {
        for before in 0..20 {
            let mut canvas = plain(Size { columns: 60, rows: 1 });
            let mut parser = emulator_of(1, 60);
            let line = format!("{}{letter}end", "a".repeat(before));
            for text in ["", &line, "short", &line, &"b".repeat(60), &line] {
                show(&mut parser, &mut canvas, text, None);
                assert_eq!(seen(&parser), text, "after {before}");
            }
        }
    }
}

/// A kana with its voicing beside it takes two columns here and one in some terminals, and so do pictures
/// made of a character and a selector. What was there before stayed in the second one.
#[test]
fn nothing_shows_beside_a_character_that_the_terminal_draws_narrower() {
    let mut canvas = plain(Size { columns: 20, rows: 4 });
    let mut parser = emulator();
    show(&mut parser, &mut canvas, "abcdefghij", None);
    show(&mut parser, &mut canvas, "abcｶﾞfghij", None);
    assert_eq!(seen(&parser), "abcｶﾞ fghij");
}

/// The same letters a column further on were taken for the same picture, where the first of them begins
/// before a tile in one and at its start in the other.
#[test]
fn letters_that_move_are_drawn_where_they_are() {
    for letter in ["漢", "漢\u{dd8}", "क्ष्मी"] {
        let (mut canvas, mut parser) = (plain(Size { columns: 60, rows: 1 }), emulator_of(1, 60));
        for before in [0, 1, 2, 3, 5, 7, 4, 0, 6] {
            let line = format!("{}{}", "a".repeat(before), letter.repeat(10));
            show(&mut parser, &mut canvas, &line, None);
            assert_eq!(seen(&parser), line);
        }
    }
}

/// Words in styles at places, as a screen of any kind would draw them.
fn pictures() -> impl Strategy<Value = Vec<Vec<(u16, u16, String, Style)>>> {
    let style = (0..4_u8, proptest::bool::ANY, proptest::bool::ANY).prop_map(|(color, bold, reversed)| {
        let style = if color == 0 { Style::new() } else { Style::new().fg(Color::Indexed(color)) };
        let style = if bold { style.add_modifier(Modifier::BOLD) } else { style };
        if reversed { style.bg(Color::Red).add_modifier(Modifier::REVERSED) } else { style }
    });
    let words = proptest::sample::select(vec![
        "x",
        "word",
        "  ",
        "é…",
        "漢字",
        "──────",
        "a long text that goes on",
        "लक्ष्मी",
        "漢\u{dd8}漢\u{dd8}",
        CHAIN,
    ]);
    let piece = (0..50_u16, 0..4_u16, words.prop_map(str::to_owned), style);
    proptest::collection::vec(proptest::collection::vec(piece, 0..8), 1..6)
}

proptest! {
    /// Rows are erased, blanks moved over: whatever a terminal showed before, it shows the same in the end.
    #[test]
    fn a_picture_looks_the_same_whatever_was_there_before(pictures in pictures()) {
        let size = Size { columns: 50, rows: 4 };
        let mut canvas = plain(size);
        let mut parser = emulator_of(4, 50);
        for picture in &pictures {
            let draw = |canvas: &mut Canvas, parser: &mut vt100::Parser| {
                let frame = canvas.draw(|frame| {
                    for (x, y, words, style) in picture {
                        frame.buffer_mut().set_stringn(*x, *y, words, usize::from(50 - x), *style);
                    }
                });
                parser.process(&frame.unwrap_or_default());
            };
            draw(&mut canvas, &mut parser);
            let mut fresh = emulator_of(4, 50);
            draw(&mut plain(size), &mut fresh);
            for (row, column) in (0..4).flat_map(|row| (0..50).map(move |column| (row, column))) {
                let look = |parser: &vt100::Parser| {
                    let cell = parser.screen().cell(row, column).unwrap();
                    let text = if cell.contents().is_empty() { " " } else { cell.contents() };
                    (text.to_owned(), cell.fgcolor(), cell.bgcolor(), cell.bold(), cell.inverse())
                };
                prop_assert_eq!(look(&parser), look(&fresh), "row {}, column {}", row, column);
            }
        }
    }
}
