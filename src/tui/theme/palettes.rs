//! The colours.
//!
//! A terminal's background stays the person's own: what has no background here is read on theirs.
//! Nothing is said by colour alone, and red never stands against green: what is well leans to blue,
//! what is not to orange, which people who cannot tell red from green can tell apart.

use ratatui::style::{Color, Modifier, Style};

use super::Theme;

const PLAIN: Style = Style::new();
const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
const DIM: Style = PLAIN.add_modifier(Modifier::DIM);
const REVERSED: Style = PLAIN.add_modifier(Modifier::REVERSED);
const UNDERLINED: Style = PLAIN.add_modifier(Modifier::UNDERLINED);

/// Text in one of xterm's 256 colours.
const fn ink(color: u8) -> Style {
    PLAIN.fg(Color::Indexed(color))
}

/// Text that brings its own background.
const fn badge(color: u8, ground: u8) -> Style {
    ink(color).bg(Color::Indexed(ground))
}

const fn bold(style: Style) -> Style {
    style.add_modifier(Modifier::BOLD)
}

const fn underlined(style: Style) -> Style {
    style.add_modifier(Modifier::UNDERLINED)
}

/// Over what is bold.
const fn light(style: Style) -> Style {
    style.remove_modifier(Modifier::BOLD)
}

/// Black on white, as printed: nothing else is read by every phone.
const CODE: Style = badge(16, 231);

const WARNING_16: Style = PLAIN.fg(Color::Black).bg(Color::Yellow);

/// For a terminal of which nothing is known.
///
/// The foreground must be readable on black and on white. Of the sixteen named colours only red,
/// magenta and green are; yellow comes as a badge that brings its own background, and cyan, blue and
/// the greys are left out. Grey is `DIM` instead, which starts from the person's own foreground.
pub(super) const UNKNOWN: Theme = {
    let accent = PLAIN.fg(Color::Magenta);
    Theme {
        title: BOLD,
        tab: PLAIN,
        tab_active: bold(REVERSED),
        border: DIM,
        border_focus: accent,
        label: PLAIN,
        value: PLAIN,
        muted: DIM,
        accent,
        danger: BOLD.fg(Color::Red),
        warning: WARNING_16,
        success: PLAIN.fg(Color::Green),
        selected: REVERSED,
        key_hint: bold(accent),
        input: UNDERLINED,
        input_focus: bold(UNDERLINED),
        ghost: light(underlined(DIM)),
        error: PLAIN.fg(Color::Red),
        chart: accent,
        chart_alt: PLAIN.fg(Color::Red),
        gauge: accent,
        code: CODE,
    }
};

/// For a terminal without colours, and for who wants none.
pub(super) const MONO: Theme = Theme {
    title: BOLD,
    tab: PLAIN,
    tab_active: bold(REVERSED),
    border: DIM,
    border_focus: PLAIN,
    label: PLAIN,
    value: PLAIN,
    muted: DIM,
    accent: BOLD,
    danger: BOLD,
    warning: REVERSED,
    success: PLAIN,
    selected: REVERSED,
    key_hint: BOLD,
    input: UNDERLINED,
    input_focus: bold(UNDERLINED),
    ghost: light(underlined(DIM)),
    error: BOLD,
    chart: PLAIN,
    chart_alt: DIM,
    gauge: PLAIN,
    // Most of those are dark, and say nothing of their ground: there the foreground is the paper.
    code: REVERSED,
};

/// The same on a ground that is known to be light.
pub(super) const MONO_ON_LIGHT: Theme = Theme { code: PLAIN, ..MONO };

/// Soft greys on the dark, and one light blue.
pub(super) const DARK: Theme = {
    let accent = ink(117);
    Theme {
        title: bold(ink(255)),
        tab: ink(249),
        tab_active: bold(badge(16, 110)),
        border: ink(242),
        border_focus: accent,
        label: ink(249),
        value: ink(253),
        muted: ink(247),
        accent,
        danger: bold(ink(209)),
        warning: badge(16, 221),
        success: ink(79),
        selected: badge(16, 110),
        key_hint: bold(accent),
        input: underlined(ink(253)),
        input_focus: underlined(badge(255, 237)),
        ghost: underlined(badge(249, 237)),
        error: ink(209),
        chart: ink(75),
        chart_alt: ink(215),
        gauge: ink(79),
        code: CODE,
    }
};

/// Dark greys on paper, and one deep blue.
pub(super) const LIGHT: Theme = {
    let accent = ink(25);
    Theme {
        title: bold(ink(16)),
        tab: ink(240),
        tab_active: bold(badge(231, 25)),
        border: ink(247),
        border_focus: accent,
        label: ink(240),
        value: ink(235),
        muted: ink(241),
        accent,
        danger: bold(ink(124)),
        warning: badge(16, 221),
        success: ink(23),
        selected: badge(231, 25),
        key_hint: bold(accent),
        input: underlined(ink(235)),
        input_focus: underlined(badge(16, 153)),
        ghost: underlined(badge(240, 153)),
        error: ink(124),
        chart: ink(25),
        chart_alt: ink(94),
        gauge: ink(23),
        code: CODE,
    }
};

/// The dark one where there are only the sixteen colours of the person's palette.
pub(super) const DARK_16: Theme = {
    let accent = PLAIN.fg(Color::Cyan);
    let bar = PLAIN.fg(Color::Black).bg(Color::Cyan);
    Theme {
        tab_active: bold(bar),
        border_focus: accent,
        accent,
        danger: BOLD.fg(Color::LightRed),
        success: PLAIN.fg(Color::LightGreen),
        selected: bar,
        key_hint: bold(accent),
        error: PLAIN.fg(Color::LightRed),
        chart: accent,
        chart_alt: PLAIN.fg(Color::Yellow),
        gauge: accent,
        ..UNKNOWN
    }
};

/// The light one where there are only the sixteen colours. None of them is a green for paper, and white
/// is grey in many palettes for paper: what is reversed shows the paper itself.
pub(super) const LIGHT_16: Theme = {
    let accent = PLAIN.fg(Color::Blue);
    let bar = accent.add_modifier(Modifier::REVERSED);
    Theme {
        tab_active: bold(bar),
        border_focus: accent,
        accent,
        success: BOLD,
        selected: bar,
        key_hint: bold(accent),
        chart: accent,
        chart_alt: PLAIN.fg(Color::Magenta),
        gauge: accent,
        ..UNKNOWN
    }
};

/// As much contrast as there is, on a ground that is not known: nothing is dimmed, and what matters
/// is reversed or brings its own background.
pub(super) const CONTRAST: Theme = Theme {
    border: PLAIN,
    border_focus: BOLD,
    muted: PLAIN,
    accent: underlined(BOLD),
    danger: bold(REVERSED),
    warning: bold(WARNING_16),
    success: BOLD,
    selected: bold(REVERSED),
    key_hint: BOLD,
    ghost: light(UNDERLINED),
    error: underlined(BOLD),
    chart: PLAIN,
    chart_alt: BOLD,
    gauge: BOLD,
    code: CODE,
    ..MONO
};

pub(super) const CONTRAST_DARK: Theme = {
    let accent = ink(159);
    Theme {
        title: bold(ink(231)),
        tab: ink(231),
        tab_active: bold(badge(16, 231)),
        border: ink(255),
        border_focus: bold(accent),
        label: ink(231),
        value: ink(231),
        muted: ink(253),
        accent,
        danger: bold(badge(231, 88)),
        warning: bold(badge(16, 220)),
        success: bold(ink(158)),
        selected: bold(badge(16, 231)),
        key_hint: bold(accent),
        input: underlined(ink(231)),
        input_focus: underlined(bold(badge(16, 159))),
        ghost: underlined(badge(238, 159)),
        error: bold(badge(231, 88)),
        chart: accent,
        chart_alt: ink(222),
        gauge: accent,
        code: CODE,
    }
};

pub(super) const CONTRAST_LIGHT: Theme = {
    let accent = ink(18);
    Theme {
        title: bold(ink(16)),
        tab: ink(16),
        tab_active: bold(badge(231, 16)),
        border: ink(16),
        border_focus: bold(accent),
        label: ink(16),
        value: ink(16),
        muted: ink(235),
        accent,
        danger: bold(badge(231, 88)),
        warning: bold(badge(16, 220)),
        success: bold(badge(231, 22)),
        selected: bold(badge(231, 16)),
        key_hint: bold(accent),
        input: underlined(ink(16)),
        input_focus: underlined(bold(badge(231, 18))),
        ghost: underlined(badge(252, 18)),
        error: bold(badge(231, 88)),
        chart: accent,
        chart_alt: ink(52),
        gauge: accent,
        code: CODE,
    }
};
