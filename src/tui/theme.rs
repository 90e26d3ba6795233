//! How things look, by what they mean.
//!
//! A screen says `theme.danger`, never "red". The styles below are the only place with colours.

use ratatui::style::{Color, Modifier, Style};

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
    /// What is wrong with a field.
    pub error: Style,
}

impl Theme {
    /// The one theme, for a terminal of which nothing is known.
    ///
    /// The background stays the person's own, so the foreground must be readable on black and on
    /// white. Of the sixteen named colours only red, magenta and green are; yellow comes as a badge
    /// that brings its own background, and cyan, blue and the greys are left out. Grey is `DIM`
    /// instead, which starts from the person's own foreground. Nothing is said by colour alone: with
    /// `NO_COLOR` or a monochrome terminal bold, underline, reverse and the words remain.
    pub const DEFAULT: Self = {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let muted = plain.add_modifier(Modifier::DIM);
        let accent = plain.fg(Color::Magenta);
        let input = plain.add_modifier(Modifier::UNDERLINED);
        Self {
            title: bold,
            tab: plain,
            tab_active: bold.add_modifier(Modifier::REVERSED),
            border: muted,
            border_focus: accent,
            label: plain,
            value: plain,
            muted,
            accent,
            danger: bold.fg(Color::Red),
            warning: plain.fg(Color::Black).bg(Color::Yellow),
            success: plain.fg(Color::Green),
            selected: plain.add_modifier(Modifier::REVERSED),
            key_hint: accent.add_modifier(Modifier::BOLD),
            input,
            input_focus: input.add_modifier(Modifier::BOLD),
            error: plain.fg(Color::Red),
        }
    };

    /// Every style with its name.
    #[cfg(test)]
    fn all(&self) -> [(&'static str, Style); 17] {
        [
            ("title", self.title),
            ("tab", self.tab),
            ("tab_active", self.tab_active),
            ("border", self.border),
            ("border_focus", self.border_focus),
            ("label", self.label),
            ("value", self.value),
            ("muted", self.muted),
            ("accent", self.accent),
            ("danger", self.danger),
            ("warning", self.warning),
            ("success", self.success),
            ("selected", self.selected),
            ("key_hint", self.key_hint),
            ("input", self.input),
            ("input_focus", self.input_focus),
            ("error", self.error),
        ]
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance of xterm's own palette, the harshest in use. Source: WCAG 2.2, XTerm-col.ad.
    fn luminance(color: Color) -> f64 {
        let (red, green, blue) = match color {
            Color::Black => (0, 0, 0),
            Color::White => (255, 255, 255),
            Color::Red => (205, 0, 0),
            Color::Green => (0, 205, 0),
            Color::Yellow => (205, 205, 0),
            Color::Magenta => (205, 0, 205),
            other => panic!("{other:?} is not among the colours that were weighed"),
        };
        let linear = |part: u8| ((f64::from(part) / 255.0 + 0.055) / 1.055).powf(2.4);
        0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
        one.max(other) / one.min(other)
    }

    #[test]
    fn every_style_can_be_read_on_black_and_on_white() {
        for (name, style) in Theme::DEFAULT.all() {
            let Some(foreground) = style.fg else {
                assert_eq!(style.bg, None, "{name} has a background and a foreground that is not known");
                continue;
            };
            for ground in style.bg.map_or(vec![Color::Black, Color::White], |own| vec![own]) {
                let contrast = contrast(foreground, ground);
                assert!(contrast >= 2.0, "{name} on {ground:?}: {contrast:.1}");
            }
        }
    }
}
