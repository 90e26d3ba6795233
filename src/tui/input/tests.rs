//! Keys by the bytes that terminals send for them, whole and split at every place.

use crossterm::event::{KeyCode as K, KeyModifiers as M};
use proptest::prelude::*;

use super::*;

fn key(code: K, modifiers: M) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

fn paste(text: &str) -> Input {
    Input::Paste(text.to_owned())
}

/// What comes out of these packets; nothing is flushed.
fn decode<'a>(packets: impl IntoIterator<Item = &'a [u8]>) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::new(), Vec::new());
    for packet in packets {
        decoder.feed(packet, &mut out);
    }
    out
}

/// The same, with silence at the end.
fn settle(bytes: &[u8]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::new(), Vec::new());
    decoder.feed(bytes, &mut out);
    decoder.flush(&mut out);
    assert!(!decoder.is_waiting());
    out
}

/// Asserts the outcome for the bytes whole, cut in two at every place, and one by one.
#[track_caller]
fn assert_decodes(bytes: &[u8], expected: &[Input]) {
    let shown = bytes.escape_ascii();
    assert_eq!(decode([bytes]), expected, "{shown} whole");
    assert_eq!(decode(bytes.chunks(1)), expected, "{shown} byte by byte");
    for cut in 0..=bytes.len() {
        let (left, right) = bytes.split_at(cut);
        assert_eq!(decode([left, right]), expected, "{shown} cut at {cut}");
    }
}

#[track_caller]
fn assert_keys(table: &[(&str, K, M)]) {
    for (bytes, code, modifiers) in table {
        assert_decodes(bytes.as_bytes(), &[key(*code, *modifiers)]);
        // Two in one packet are two keys.
        let twice = [bytes.as_bytes(), bytes.as_bytes()].concat();
        assert_decodes(&twice, &[key(*code, *modifiers), key(*code, *modifiers)]);
    }
}

#[test]
fn cursor_and_editing_keys_are_known_in_every_dialect() {
    assert_keys(&[
        ("\x1b[A", K::Up, M::NONE),
        ("\x1b[B", K::Down, M::NONE),
        ("\x1b[C", K::Right, M::NONE),
        ("\x1b[D", K::Left, M::NONE),
        ("\x1bOA", K::Up, M::NONE),
        ("\x1bOB", K::Down, M::NONE),
        ("\x1bOC", K::Right, M::NONE),
        ("\x1bOD", K::Left, M::NONE),
        ("\x1b[H", K::Home, M::NONE),
        ("\x1bOH", K::Home, M::NONE),
        ("\x1b[1~", K::Home, M::NONE),
        ("\x1b[7~", K::Home, M::NONE),
        ("\x1b[F", K::End, M::NONE),
        ("\x1bOF", K::End, M::NONE),
        ("\x1b[4~", K::End, M::NONE),
        ("\x1b[8~", K::End, M::NONE),
        ("\x1b[2~", K::Insert, M::NONE),
        ("\x1b[3~", K::Delete, M::NONE),
        ("\x1b[5~", K::PageUp, M::NONE),
        ("\x1b[6~", K::PageDown, M::NONE),
        ("\t", K::Tab, M::NONE),
        ("\x1b[Z", K::BackTab, M::SHIFT),
        ("\r", K::Enter, M::NONE),
        ("\n", K::Enter, M::NONE),
        ("\x7f", K::Backspace, M::NONE),
        ("\x08", K::Backspace, M::NONE),
    ]);
}

#[test]
fn function_keys_are_known_in_every_dialect() {
    let codes = [11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24];
    for (number, code) in (1..).zip(codes) {
        assert_decodes(format!("\x1b[{code}~").as_bytes(), &[key(K::F(number), M::NONE)]);
    }
    for (number, last) in (1..).zip(["P", "Q", "R", "S"]) {
        assert_decodes(format!("\x1bO{last}").as_bytes(), &[key(K::F(number), M::NONE)]);
        assert_decodes(format!("\x1b[1;5{last}").as_bytes(), &[key(K::F(number), M::CONTROL)]);
    }
    for (number, last) in (1..).zip(["A", "B", "C", "D", "E"]) {
        assert_decodes(format!("\x1b[[{last}").as_bytes(), &[key(K::F(number), M::NONE)]);
    }
}

#[test]
fn modified_keys_carry_their_modifiers() {
    assert_keys(&[
        ("\x1b[1;2A", K::Up, M::SHIFT),
        ("\x1b[1;3B", K::Down, M::ALT),
        ("\x1b[1;5C", K::Right, M::CONTROL),
        ("\x1b[1;6D", K::Left, M::CONTROL.union(M::SHIFT)),
        ("\x1b[1;5H", K::Home, M::CONTROL),
        ("\x1b[3;5~", K::Delete, M::CONTROL),
        ("\x1b[15;2~", K::F(5), M::SHIFT),
        ("\x1b[97;5u", K::Char('a'), M::CONTROL),
        ("\x1b[13;3u", K::Enter, M::ALT),
        ("\x1b[9;2u", K::BackTab, M::SHIFT),
        ("\x1b[27u", K::Esc, M::NONE),
        ("\x1b\x1b[A", K::Up, M::ALT),
        ("\x1b\x1bOC", K::Right, M::ALT),
        ("\x1b\x1b[5~", K::PageUp, M::ALT),
    ]);
}

#[test]
fn control_with_a_letter_is_that_letter() {
    for letter in 'a'..='z' {
        let byte = letter as u8 - b'a' + 1;
        let expected = match letter {
            'h' => key(K::Backspace, M::NONE),
            'i' => key(K::Tab, M::NONE),
            'j' | 'm' => key(K::Enter, M::NONE),
            _ => key(K::Char(letter), M::CONTROL),
        };
        assert_decodes(&[byte], &[expected]);
    }
    assert_decodes(b"\0", &[key(K::Char(' '), M::CONTROL)]);
}

#[test]
fn characters_come_whole_with_and_without_alt() {
    assert_keys(&[
        ("a", K::Char('a'), M::NONE),
        ("A", K::Char('A'), M::SHIFT),
        (" ", K::Char(' '), M::NONE),
        ("é", K::Char('é'), M::NONE),
        ("漢", K::Char('漢'), M::NONE),
        ("🔑", K::Char('🔑'), M::NONE),
        ("\x1bx", K::Char('x'), M::ALT),
        ("\x1bB", K::Char('B'), M::ALT.union(M::SHIFT)),
        ("\x1bé", K::Char('é'), M::ALT),
        ("\x1b🔑", K::Char('🔑'), M::ALT),
        ("\x1b\x7f", K::Backspace, M::ALT),
        ("\x1b\r", K::Enter, M::ALT),
        ("\x1b\x01", K::Char('a'), M::ALT.union(M::CONTROL)),
    ]);
}

#[test]
fn only_silence_makes_escape_a_key() {
    let (mut decoder, mut out) = (Decoder::new(), Vec::new());
    decoder.feed(b"\x1b", &mut out);
    assert!(decoder.is_waiting() && out.is_empty());
    decoder.flush(&mut out);
    decoder.feed(b"[A", &mut out);
    assert_eq!(out, [key(K::Esc, M::NONE), key(K::Char('['), M::NONE), key(K::Char('A'), M::SHIFT)]);
    assert!(!decoder.is_waiting());
}

#[test]
fn escapes_in_a_row_are_pressed_one_by_one() {
    let escape = key(K::Esc, M::NONE);
    assert_eq!(settle(b"\x1b\x1b"), [escape.clone(), escape.clone()]);
    assert_eq!(settle(b"\x1b\x1b\x1b"), [escape.clone(), escape.clone(), escape.clone()]);
    assert_decodes(b"\x1b\x1bx", &[escape.clone(), key(K::Char('x'), M::ALT)]);
    assert_decodes(b"\x1b\x1b\x1b[A", &[escape, key(K::Up, M::ALT)]);
}

#[test]
fn alt_with_a_character_that_begins_sequences_is_a_key_after_silence() {
    for character in "[O]P_^X".chars() {
        let shift = if character.is_uppercase() { M::SHIFT } else { M::NONE };
        let expected = key(K::Char(character), M::ALT.union(shift));
        assert_eq!(settle(format!("\x1b{character}").as_bytes()), [expected]);
    }
}

#[test]
fn an_incomplete_sequence_is_dropped_after_silence() {
    for bytes in ["\x1b[1;5", "\x1b[[", "\x1b[M !", "\x1b]0;title", "\x1b]0;title\x1b"] {
        assert_eq!(settle(bytes.as_bytes()), [], "{bytes:?}");
    }
    assert_eq!(settle(b"\xe6\xbc"), []);
}

#[test]
fn replies_releases_and_what_else_a_mouse_does_are_swallowed() {
    for bytes in [
        "\x1b[M !!",
        "\x1b[<0;10;5m",
        "\x1b[<1;10;5M",
        "\x1b[<2;10;5M",
        "\x1b[<4;10;5M",
        "\x1b[<32;10;5M",
        "\x1b[<35;10;5M",
        "\x1b[<66;10;5M",
        "\x1b[<0;+10;5M",
        "\x1b[<0;10;5;1M",
        "\x1b[<0;10M",
        "\x1b[<;;M",
        "\x1b[<0;10;70000M",
        "\x1b[32;10;5M",
        "\x1b[24;80R",
        "\x1b[?1;2c",
        "\x1b[>0;10;1c",
        "\x1b[?5u",
        "\x1b[?2004;1$y",
        "\x1b[8;24;80t",
        "\x1b[I",
        "\x1b[O",
        "\x1b[97;1:3u",
        "\x1b[1;1:3A",
        "\x1b]11;rgb:0000/0000/0000\x07",
        "\x1b]11;rgb:0000/0000/0000\x1b\\",
        "\x1bP>|xterm(388)\x1b\\",
        "\x1b_Gi=1;OK\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x07",
    ] {
        let followed = format!("{bytes}x");
        assert_decodes(followed.as_bytes(), &[key(K::Char('x'), M::NONE)]);
    }
}

#[test]
fn a_press_and_the_wheel_come_with_their_place() {
    use MouseKind::{Press, ScrollDown, ScrollUp};
    let mouse = |kind, column, row| Input::Mouse(Mouse { kind, column, row });
    assert_decodes(b"\x1b[<0;1;1M", &[mouse(Press, 0, 0)]);
    assert_decodes(b"\x1b[<0;10;5M\x1b[<0;10;5m", &[mouse(Press, 9, 4)]);
    assert_decodes(b"\x1b[<64;300;200M", &[mouse(ScrollUp, 299, 199)]);
    assert_decodes(b"\x1b[<65;65535;1M", &[mouse(ScrollDown, 65_534, 0)]);
}

/// What comes out of an expected answer, in two packets with a long silence between them.
fn answer(left: &[u8], right: &[u8]) -> Vec<Input> {
    let (mut decoder, mut out) = (Decoder::new(), Vec::new());
    decoder.expect_background();
    decoder.feed(left, &mut out);
    if decoder.is_waiting() {
        decoder.flush(&mut out);
    }
    decoder.feed(right, &mut out);
    out
}

#[test]
fn a_background_is_told_once_and_only_when_it_was_asked_for() {
    for (sent, red, green, blue) in [
        ("rgb:0000/0000/0000", 0, 0, 0),
        ("rgb:ffff/8000/00ff", 255, 127, 0),
        ("rgb:2e/34/40", 0x2e, 0x34, 0x40),
        ("rgb:f/0/8", 255, 0, 136),
        ("rgba:ffff/ffff/ffff/8000", 255, 255, 255),
        ("#fdf6e3", 0xfd, 0xf6, 0xe3),
    ] {
        let color = Input::Background(Rgb { red, green, blue });
        for end in ["\x07", "\x1b\\"] {
            let bytes = format!("\x1b]11;{sent}{end}");
            assert_eq!(answer(bytes.as_bytes(), b"x"), [color.clone(), key(K::Char('x'), M::NONE)]);
            assert_eq!(answer(bytes.as_bytes(), bytes.as_bytes()), std::slice::from_ref(&color), "{sent}");
            assert_eq!(decode([bytes.as_bytes()]), [], "nobody asked");
        }
    }
    for bad in
        ["", "?", "rgb:", "rgb:0/0", "rgb:0/0/0/0/0", "rgb:00000/0/0", "rgb:g/0/0", "#12", "rgb:+1/0/0"]
    {
        assert_eq!(answer(format!("\x1b]11;{bad}\x07").as_bytes(), b""), [], "{bad}");
    }
}

/// A reply that came in two packets over a slow line was typed from its second half on, and its `/`
/// opened the search.
#[test]
fn an_answer_is_never_typed_wherever_silence_falls() {
    for end in ["\x07", "\x1b\\"] {
        let bytes = format!("\x1b]11;rgb:1c1c/1c1c/1c1c{end}");
        for cut in 1..bytes.len() {
            let (left, right) = bytes.as_bytes().split_at(cut);
            let mut out = answer(left, right);
            // A lone ESC is the Esc key by then; more of it is not a key.
            if cut == 1 {
                assert_eq!(out.remove(0), key(K::Esc, M::NONE));
            }
            assert_eq!(out, [Input::Background(Rgb { red: 0x1c, green: 0x1c, blue: 0x1c })], "cut at {cut}");
        }
    }
}

#[test]
fn waiting_for_an_answer_holds_up_nobody_who_types() {
    let x = key(K::Char('x'), M::NONE);
    assert_eq!(answer(b"\x1b]", b"x"), std::slice::from_ref(&x));
    assert_eq!(answer(b"\x1b]11;rgb", b"x"), std::slice::from_ref(&x));
    assert_eq!(answer(b"\x1b]11;rgb:00", b"\x1b[B"), [key(K::Down, M::NONE)]);
    assert_eq!(answer(b"\x1b]11;rgb:00", b"\r"), [key(K::Enter, M::NONE)]);
    assert_eq!(answer(b"\x1b", b"x"), [key(K::Esc, M::NONE), x.clone()]);
    assert_eq!(answer(b"\x1b", b"x]"), [key(K::Esc, M::NONE), x.clone(), key(K::Char(']'), M::NONE)]);
    let long = [b'0'; 2 * MAX_UNIT];
    let typed = answer(b"\x1b]11;", &long);
    assert!(!typed.is_empty() && typed.len() < 2 * MAX_UNIT, "what is too long is none");
}

/// A mouse event in column or row 0 makes `terminput` subtract below zero, a panic in debug builds,
/// which ended the session of whoever sent it. Mouse events are dropped before they get there.
#[test]
fn a_mouse_event_outside_of_the_screen_is_harmless() {
    assert_decodes(b"\x1b[<0;0;0M\x1b[32;0;0M\x1b[M\xff\xff\xff\x1b[0;;M", &[]);
}

#[test]
fn a_sequence_that_is_cut_short_does_not_eat_the_next_key() {
    assert_decodes(b"\x1b[1;\x1b[B", &[key(K::Down, M::NONE)]);
    assert_decodes(b"\x1b[1\r", &[key(K::Enter, M::NONE)]);
    assert_decodes(b"\x1bO\x1b[B", &[key(K::Down, M::NONE)]);
    assert_decodes(b"\x1b]0;title\x1b[B", &[key(K::Down, M::NONE)]);
    assert_decodes(b"\x1b[M!\x1b[B", &[key(K::Down, M::NONE)]);
    assert_decodes("\u{e9}".as_bytes().get(..1).unwrap(), &[]);
    assert_decodes(b"\xc3a", &[key(K::Char('a'), M::NONE)]);
    assert_decodes(b"\xe6\xbc\x1b[B", &[key(K::Down, M::NONE)]);
}

#[test]
fn what_is_no_text_never_becomes_a_character() {
    for code in 0x80..=0x9f_u32 {
        let character = char::from_u32(code).unwrap();
        assert_decodes(character.to_string().as_bytes(), &[]);
        assert_decodes(format!("\x1b[{code}u").as_bytes(), &[]);
    }
    assert_decodes(b"\x1b[1u\x1b[10u", &[]);
    // Stray continuation, overlong, surrogate, beyond Unicode, never valid.
    assert_decodes(b"\x80\xc0\xaf\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xff\x9b", &[]);
}

#[test]
fn a_sequence_that_is_too_long_is_dropped_whole() {
    let long = |zeros: usize| format!("\x1b[{}1~x", "0".repeat(zeros));
    let x = key(K::Char('x'), M::NONE);
    let fits = MAX_UNIT - "\x1b[1~".len();
    assert_eq!(decode([long(fits).as_bytes()]), [key(K::Home, M::NONE), x.clone()]);
    assert_eq!(decode([long(fits + 1).as_bytes()]), std::slice::from_ref(&x));
    assert_eq!(decode([long(100_000).as_bytes()]), [x]);
}

#[test]
fn a_paste_is_one_line_of_text_however_it_arrives() {
    for (sent, expected) in [
        ("hello", Some("hello")),
        ("two\r\nlines\n", Some("two lines")),
        ("a\tb\n\n\tc \n", Some("a b c ")),
        (" kept ", Some(" kept ")),
        ("\x1b[31mred\x07\u{9b}1m\0", Some("[31mred1m")),
        ("\x1b\x1b[20", Some("[20")),
        ("漢字", Some("漢字")),
        ("\r\n", None),
        ("", None),
    ] {
        let bytes = format!("\x1b[200~{sent}\x1b[201~");
        let expected: Vec<_> = expected.map(paste).into_iter().collect();
        assert_decodes(bytes.as_bytes(), &expected);
    }
    assert_decodes(b"\x1b[200~a\xff\xe6b\x1b[201~c", &[paste("ab"), key(K::Char('c'), M::NONE)]);
    assert_decodes(b"\x1b[201~", &[]);
}

#[test]
fn silence_does_not_turn_a_paste_into_keys() {
    let (mut decoder, mut out) = (Decoder::new(), Vec::new());
    decoder.feed(b"\x1b[200~rm -rf\r\x1b[20", &mut out);
    assert!(!decoder.is_waiting());
    decoder.flush(&mut out);
    decoder.feed(b"1~\r", &mut out);
    assert_eq!(out, [paste("rm -rf"), key(K::Enter, M::NONE)]);
}

#[test]
fn a_long_paste_is_cut_and_its_end_is_found() {
    let text = "漢".repeat(5000);
    let out = decode([format!("\x1b[200~{text}\x1b[201~x").as_bytes()]);
    let [Input::Paste(kept), last] = out.as_slice() else { panic!("{}", out.len()) };
    assert_eq!(kept.chars().count(), paste::MAX_BYTES / 3);
    assert_eq!(*last, key(K::Char('x'), M::NONE));
}

#[test]
fn what_never_ends_takes_no_memory() {
    let filler = vec![b'7'; 64 * 1024];
    for begin in ["\x1b[200~", "\x1b]", "\x1bP", "\x1b[", "\x1b[<"] {
        let (mut decoder, mut out) = (Decoder::new(), Vec::new());
        decoder.feed(begin.as_bytes(), &mut out);
        for _ in 0..160 {
            decoder.feed(&filler, &mut out);
        }
        assert_eq!(out, [], "{begin:?}");
        assert!(decoder.unit.capacity() <= 2 * MAX_UNIT);
        if let State::Paste(paste) = &decoder.state {
            assert_eq!(paste.capacity(), paste::MAX_BYTES);
        }
    }
}

/// Bytes among which the interesting ones are frequent.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let marks = [
        "\x1b",
        "\x1b[",
        "\x1bO",
        "\x1b[200~",
        "\x1b[201~",
        "\x1b]",
        "\x1b\\",
        "\x07",
        "[M",
        "[<0;0;0M",
        "é",
        "漢",
    ];
    let mark = proptest::sample::select(marks.to_vec()).prop_map(|mark| mark.as_bytes().to_vec());
    let csi = "\x1b\\[[0-9;:<?]{0,8}[@-~]".prop_map(String::into_bytes);
    let any = proptest::collection::vec(any::<u8>(), 0..8);
    proptest::collection::vec(prop_oneof![mark, csi, any], 0..24).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn splitting_never_matters(bytes in bytes(), sizes in proptest::collection::vec(1_usize..9, 1..9)) {
        let whole = decode([bytes.as_slice()]);
        let (mut rest, mut packets) = (bytes.as_slice(), Vec::new());
        for size in sizes.iter().cycle() {
            if rest.is_empty() { break; }
            let (packet, after) = rest.split_at((*size).min(rest.len()));
            packets.push(packet);
            rest = after;
        }
        prop_assert_eq!(&decode(packets), &whole);
        prop_assert_eq!(&decode(bytes.chunks(1)), &whole);
    }

    #[test]
    fn nothing_that_drives_a_terminal_comes_out(bytes in bytes()) {
        for input in settle(&bytes) {
            match input {
                Input::Key(key) => prop_assert!(!matches!(key.code, K::Char(c) if c.is_control())),
                Input::Mouse(_) | Input::Background(_) | Input::Submit | Input::Focus(_) => {}
                Input::Paste(text) => prop_assert!(!text.chars().any(char::is_control) && text.len() <= paste::MAX_BYTES),
            }
        }
    }
}
