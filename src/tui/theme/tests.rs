//! Whether it can be read: every style of every theme, on every ground that it is made for.

use ratatui::style::{Color, Modifier};

use super::palettes::{
    CONTRAST, CONTRAST_DARK, CONTRAST_LIGHT, DARK, DARK_16, LIGHT, LIGHT_16, MONO, MONO_ON_LIGHT, UNKNOWN,
};
use super::*;
use crate::tui::canvas::colour::rgb;

const BLACK: Color = Color::Rgb(0, 0, 0);
const WHITE: Color = Color::Rgb(255, 255, 255);
/// Nord's, the lightest of the dark grounds in wide use.
const SLATE: Color = Color::Rgb(0x2e, 0x34, 0x40);
/// Solarized's, the darkest of the light ones.
const PAPER: Color = Color::Rgb(0xee, 0xe8, 0xd5);

/// Every style with its name.
fn all(theme: &Theme) -> [(&'static str, Style); 22] {
    [
        ("title", theme.title),
        ("tab", theme.tab),
        ("tab_active", theme.tab_active),
        ("border", theme.border),
        ("border_focus", theme.border_focus),
        ("label", theme.label),
        ("value", theme.value),
        ("muted", theme.muted),
        ("accent", theme.accent),
        ("danger", theme.danger),
        ("warning", theme.warning),
        ("success", theme.success),
        ("selected", theme.selected),
        ("key_hint", theme.key_hint),
        ("input", theme.input),
        ("input_focus", theme.input_focus),
        ("ghost", theme.ghost),
        ("error", theme.error),
        ("chart", theme.chart),
        ("chart_alt", theme.chart_alt),
        ("gauge", theme.gauge),
        ("code", theme.code),
    ]
}

fn weight(color: Color) -> f64 {
    luminance(rgb(color).unwrap_or_else(|| panic!("{color:?} is every terminal's own")))
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (weight(one) + 0.05, weight(other) + 0.05);
    one.max(other) / one.min(other)
}

/// Asserts that all that is text can be read on these grounds. A border need only be seen.
#[track_caller]
fn assert_readable(theme: &Theme, grounds: &[Color], text: f64, border: f64) {
    for (name, style) in all(theme) {
        let Some(foreground) = style.fg else {
            assert_eq!(style.bg, None, "{name} has a background and a foreground that is not known");
            continue;
        };
        let least = if name == "border" { border } else { text };
        for ground in style.bg.map_or(grounds.to_vec(), |own| vec![own]) {
            let contrast = contrast(foreground, ground);
            assert!(contrast >= least, "{name} on {ground:?}: {contrast:.1}");
        }
    }
}

#[test]
fn every_style_can_be_read_on_its_ground() {
    assert_readable(&UNKNOWN, &[BLACK, WHITE], 2.0, 2.0);
    assert_readable(&DARK, &[BLACK, SLATE], 4.5, 2.0);
    assert_readable(&LIGHT, &[WHITE, PAPER], 4.5, 2.0);
    assert_readable(&DARK_16, &[BLACK], 4.5, 2.0);
    assert_readable(&LIGHT_16, &[WHITE], 4.5, 2.0);
}

#[test]
fn high_contrast_is_high() {
    assert_readable(&CONTRAST, &[BLACK, WHITE], 7.0, 7.0);
    assert_readable(&CONTRAST_DARK, &[BLACK, SLATE], 7.0, 7.0);
    assert_readable(&CONTRAST_LIGHT, &[WHITE, PAPER], 7.0, 7.0);
    for theme in [&CONTRAST, &CONTRAST_DARK, &CONTRAST_LIGHT] {
        for (name, style) in all(theme) {
            assert!(!style.add_modifier.contains(Modifier::DIM), "{name} is dimmed");
        }
    }
}

#[test]
fn the_selection_is_seen_from_afar() {
    for (theme, grounds) in [
        (&DARK, [BLACK, SLATE]),
        (&LIGHT, [WHITE, PAPER]),
        (&CONTRAST_DARK, [BLACK, SLATE]),
        (&CONTRAST_LIGHT, [WHITE, PAPER]),
    ] {
        let bar = theme.selected.bg.unwrap();
        for ground in grounds {
            assert!(contrast(bar, ground) >= 3.0, "{bar:?} on {ground:?}");
        }
    }
}

#[test]
fn without_colours_there_are_none() {
    for (name, style) in all(&MONO).into_iter().chain(all(&MONO_ON_LIGHT)) {
        assert_eq!((style.fg, style.bg), (None, None), "{name}");
    }
}

#[test]
fn a_code_is_dark_on_light_on_every_ground() {
    for theme in [&UNKNOWN, &DARK, &LIGHT, &DARK_16, &LIGHT_16, &CONTRAST, &CONTRAST_DARK, &CONTRAST_LIGHT] {
        let (ink, paper) = (weight(theme.code.fg.unwrap()), weight(theme.code.bg.unwrap()));
        assert!(ink < 0.01 && paper > 0.99, "{:?}", theme.code);
    }
    assert!(MONO.code.add_modifier.contains(Modifier::REVERSED), "the foreground is light there");
    assert_eq!(MONO_ON_LIGHT.code, Style::new());
}

/// What a person sees who has no cones for red, or none for green.
/// Source: Viénot, Brettel and Mollon 1999, on linear parts.
fn as_seen(color: Color, lacks_red: bool) -> [f64; 3] {
    let Rgb { red, green, blue } = rgb(color).unwrap();
    let [red, green, blue] = [red, green, blue].map(|part| (f64::from(part) / 255.0).powf(2.2));
    let yellow = if lacks_red { 0.1124 * red + 0.8876 * green } else { 0.2928 * red + 0.7072 * green };
    let blue =
        if lacks_red { 0.004 * red - 0.004 * green + blue } else { -0.0223 * red + 0.0223 * green + blue };
    [yellow, yellow, blue].map(|part| part.max(0.0).powf(1.0 / 2.2))
}

#[test]
fn good_and_bad_differ_also_for_who_cannot_tell_red_from_green() {
    for theme in [&DARK, &LIGHT] {
        let colors = [theme.danger.fg.unwrap(), theme.warning.bg.unwrap(), theme.success.fg.unwrap()];
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            for lacks_red in [true, false] {
                let (one, other) = (as_seen(colors[one], lacks_red), as_seen(colors[other], lacks_red));
                let distance: f64 = one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
                assert!(distance.sqrt() > 0.2, "{colors:?}: {one:?} {other:?}");
            }
        }
    }
}

#[test]
fn a_theme_is_chosen_by_the_person_then_the_terminal() {
    use Background::{Dark as OnDark, Light as OnLight};
    use ThemeChoice as Choice;
    for (choice, background, depth, expected) in [
        (Choice::Auto, None, Depth::True, &UNKNOWN),
        (Choice::Auto, Some(OnDark), Depth::True, &DARK),
        (Choice::Auto, Some(OnLight), Depth::Indexed, &LIGHT),
        (Choice::Auto, Some(OnLight), Depth::Sixteen, &LIGHT_16),
        (Choice::Auto, Some(OnDark), Depth::Mono, &MONO),
        (Choice::Dark, Some(OnLight), Depth::True, &DARK),
        (Choice::Dark, None, Depth::Sixteen, &DARK_16),
        (Choice::Light, None, Depth::True, &LIGHT),
        (Choice::HighContrast, None, Depth::True, &CONTRAST),
        (Choice::HighContrast, Some(OnLight), Depth::True, &CONTRAST_LIGHT),
        (Choice::HighContrast, Some(OnDark), Depth::True, &CONTRAST_DARK),
        (Choice::HighContrast, Some(OnDark), Depth::Sixteen, &CONTRAST),
        (Choice::Mono, Some(OnDark), Depth::True, &MONO),
        (Choice::Mono, Some(OnLight), Depth::True, &MONO_ON_LIGHT),
        (Choice::Light, Some(OnLight), Depth::Mono, &MONO_ON_LIGHT),
    ] {
        assert_eq!(Theme::choose(choice, background, depth), expected, "{choice:?} {background:?} {depth:?}");
    }
}

#[test]
fn a_background_is_dark_or_light() {
    let of = |red, green, blue| Background::from(Rgb { red, green, blue });
    assert_eq!(of(0, 0, 0), Background::Dark);
    assert_eq!(of(0x2e, 0x34, 0x40), Background::Dark);
    assert_eq!(of(0, 0x2b, 0x36), Background::Dark, "Solarized");
    assert_eq!(of(0xfd, 0xf6, 0xe3), Background::Light, "Solarized");
    assert_eq!(of(0xff, 0xff, 0xff), Background::Light);
}
