//! How things look, by what they mean.
//!
//! A screen says `theme.danger`, never "red". The palettes are the only place with colours.

mod palettes;
#[cfg(test)]
mod tests;

use ratatui::style::Style;

use crate::domain::preferences::ThemeChoice;

use super::terminal::{Depth, Rgb};

/// One style for each meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    pub title: Style,
    pub tab: Style,
    pub tab_active: Style,
    pub border: Style,
    /// The border of what has the keyboard.
    pub border_focus: Style,
    pub label: Style,
    pub value: Style,
    /// What one may overlook: hints, counts, placeholders.
    pub muted: Style,
    pub accent: Style,
    /// What destroys or has failed.
    pub danger: Style,
    pub warning: Style,
    pub success: Style,
    /// The row or button that Enter acts on.
    pub selected: Style,
    /// The name of a key in a hint.
    pub key_hint: Style,
    pub input: Style,
    pub input_focus: Style,
    /// What is offered in the field that has the keyboard, and not typed yet.
    pub ghost: Style,
    /// What is wrong with a field.
    pub error: Style,
    /// The bars of a chart.
    pub chart: Style,
    /// A second row of bars, to tell from the first.
    pub chart_alt: Style,
    /// The filled part of a gauge.
    pub gauge: Style,
    /// A code for phones to read: dark ink on light paper, whatever the ground of the terminal is.
    pub code: Style,
}

/// What a terminal's own background is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Background {
    Dark,
    Light,
}

impl From<Rgb> for Background {
    /// Light is where black can be read better than white.
    fn from(color: Rgb) -> Self {
        // Where (L + 0.05)² is 0.05 · 1.05 both contrasts are the same.
        if luminance(color) > 0.179 { Self::Light } else { Self::Dark }
    }
}

/// Relative luminance, from 0 to 1. Source: WCAG 2.2.
fn luminance(Rgb { red, green, blue }: Rgb) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

impl Theme {
    /// The theme for a terminal of which nothing is known.
    pub const DEFAULT: Self = palettes::UNKNOWN;

    /// The theme that a person wants, as far as their terminal can show it.
    ///
    /// What the background is like is known once the terminal has said so. Until then, and where it
    /// never does, `Auto` is the theme that can be read on both.
    pub fn choose(choice: ThemeChoice, background: Option<Background>, depth: Depth) -> &'static Self {
        let is_rich = depth >= Depth::Indexed;
        match (choice, background) {
            (_, Some(Background::Light)) if depth == Depth::Mono => &palettes::MONO_ON_LIGHT,
            _ if depth == Depth::Mono => &palettes::MONO,
            (ThemeChoice::Mono, Some(Background::Light)) => &palettes::MONO_ON_LIGHT,
            (ThemeChoice::Mono, _) => &palettes::MONO,
            (ThemeChoice::Dark, _) | (ThemeChoice::Auto, Some(Background::Dark)) => {
                if is_rich {
                    &palettes::DARK
                } else {
                    &palettes::DARK_16
                }
            }
            (ThemeChoice::Light, _) | (ThemeChoice::Auto, Some(Background::Light)) => {
                if is_rich {
                    &palettes::LIGHT
                } else {
                    &palettes::LIGHT_16
                }
            }
            (ThemeChoice::Auto, None) => &palettes::UNKNOWN,
            (ThemeChoice::HighContrast, Some(Background::Dark)) if is_rich => &palettes::CONTRAST_DARK,
            (ThemeChoice::HighContrast, Some(Background::Light)) if is_rich => &palettes::CONTRAST_LIGHT,
            (ThemeChoice::HighContrast, _) => &palettes::CONTRAST,
        }
    }

    /// Whether a choice can be read on this background: one for the other kind of it cannot.
    pub const fn is_readable(choice: ThemeChoice, background: Option<Background>) -> bool {
        !matches!(
            (choice, background),
            (ThemeChoice::Light, Some(Background::Dark)) | (ThemeChoice::Dark, Some(Background::Light))
        )
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::DEFAULT
    }
}
