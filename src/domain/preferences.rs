//! How somebody likes their dashboard. Decides nothing about what they may do.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::zone::Zone;

/// One person's choices. What is missing or not known to this version is as it ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    #[serde(deserialize_with = "known")]
    pub theme: ThemeChoice,
    /// `None`: as the client says, or UTC.
    #[serde(deserialize_with = "known")]
    pub zone: Option<Zone>,
    /// Clicks and the wheel mean something; the terminal's own selection needs Shift then.
    pub mouse: bool,
    /// The first steps on the home screen were put away.
    pub first_steps_dismissed: bool,
}

/// The colours that somebody chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThemeChoice {
    /// As the terminal is.
    #[default]
    Auto,
    Dark,
    Light,
    HighContrast,
    /// No colour at all.
    Mono,
}

/// No theme goes by that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a theme; there are auto, dark, light, high-contrast and mono")]
pub struct UnknownTheme;

impl Default for Preferences {
    fn default() -> Self {
        Self { theme: ThemeChoice::Auto, zone: None, mouse: true, first_steps_dismissed: false }
    }
}

impl Preferences {
    /// Where the person is, as far as their clock goes: as they chose, or as their client says, or UTC.
    pub fn zone_or(&self, told: Option<Zone>) -> Zone {
        self.zone.clone().or(told).unwrap_or_default()
    }
}

impl ThemeChoice {
    pub const ALL: &[Self] = &[Self::Auto, Self::Dark, Self::Light, Self::HighContrast, Self::Mono];

    /// As it is stored and typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }

    /// As people read it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Auto => "as the terminal is",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high contrast",
            Self::Mono => "without colours",
        }
    }

    /// Reads what somebody typed.
    pub fn parse(input: &str) -> Result<Self, UnknownTheme> {
        let name = input.trim().to_ascii_lowercase();
        Self::ALL.iter().copied().find(|theme| theme.name() == name).ok_or(UnknownTheme)
    }
}

impl fmt::Display for ThemeChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The value, or the default for one that this version does not know: nobody is kept out for it.
fn known<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_theme_goes_by_one_name_everywhere() {
        for theme in ThemeChoice::ALL {
            assert_eq!(ThemeChoice::parse(theme.name()), Ok(*theme));
            assert_eq!(serde_json::to_value(theme).unwrap(), theme.name());
        }
        assert_eq!(ThemeChoice::parse("High-Contrast "), Ok(ThemeChoice::HighContrast));
        assert_eq!(ThemeChoice::parse("pink"), Err(UnknownTheme));
    }

    #[test]
    fn what_is_missing_or_unknown_is_as_it_ships() {
        let read = |text: &str| serde_json::from_str::<Preferences>(text).unwrap();
        assert_eq!(read("{}"), Preferences::default());
        let strange = read(r#"{"theme":"pink","zone":"Mars/Olympus","mouse":false,"later":1}"#);
        assert_eq!(strange, Preferences { mouse: false, ..Preferences::default() });
        let chosen = Preferences {
            theme: ThemeChoice::Mono,
            zone: Zone::parse("Asia/Tokyo").ok(),
            ..Preferences::default()
        };
        assert_eq!(read(&serde_json::to_string(&chosen).unwrap()), chosen);
    }
}
