//! What one person's terminal can do, from what their client told about it.
//!
//! All of it is a claim of the other end, and the worst that a wrong one does is an ugly screen.
//! Nothing here belongs to the process: the server's own environment says nothing about anybody's
//! terminal.

use crate::domain::zone::Zone;

/// What a terminal can show, and what it may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub depth: Depth,
    /// Whether characters outside ASCII arrive as what they are.
    pub is_utf8: bool,
    /// It cannot place a cursor: lines are all that it shows.
    pub is_dumb: bool,
    /// One of those that pass over a sequence that they do not know. Others may print it, so they
    /// have no mouse, no clipboard, and are not asked for their colours.
    pub is_modern: bool,
    /// The person's time zone as their TZ names it. A name and nothing more: never a path.
    pub zone_name: Option<String>,
}

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None; bold, reversed and underlined text all the same.
    Mono,
    /// The named ones, which each person's palette makes different.
    Sixteen,
    /// xterm's 256.
    Indexed,
    /// 24 bits.
    True,
}

/// A colour as a terminal reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

/// Names that promise nothing at all. Source: terminfo's own generic types.
const DUMB: &[&str] = &["", "dumb", "unknown", "network", "dialup", "ethernet"];

/// How the names of terminals begin that draw 24 bits, whatever else they are called.
const TRUE: &[&str] =
    &["xterm-kitty", "xterm-ghostty", "kitty", "ghostty", "alacritty", "foot", "wezterm", "contour", "rio"];

/// How the names begin of terminals that pass over what they do not know.
const MODERN: &[&str] = &[
    "xterm", "screen", "tmux", "rxvt", "vte", "gnome", "konsole", "putty", "mintty", "iterm", "nsterm", "st-",
];

/// How the names begin of terminals that cannot.
const HARDWARE: &[&str] = &["vt52", "vt1", "vt2", "vt3", "vt4", "vt5", "ansi-m", "wy", "hp", "sun"];

/// Characters of the longest name of a time zone that is taken in; the longest real one has 32.
const MAX_ZONE: usize = 64;

impl Profile {
    /// A terminal as its TERM and the variables say that a client sent.
    ///
    /// A name that nobody knows is treated with care: sixteen colours and no questions.
    pub fn of(term: &str, env: &[(String, String)]) -> Self {
        // One that is set to nothing counts as one that is not set. Source: POSIX, section 8.2.
        let value = |name: &str| {
            let (_, value) = env.iter().rev().find(|(given, _)| given == name)?;
            (!value.is_empty()).then_some(value.as_str())
        };
        let is_dumb = DUMB.contains(&term);
        let is_deep = value("COLORTERM").is_some_and(|value| matches!(value, "truecolor" | "24bit"));
        let named = depth_of(term);
        let depth = match named {
            _ if value("NO_COLOR").is_some() => Depth::Mono,
            Depth::Mono => Depth::Mono,
            // GNU screen hands the variable on, but not the colours.
            _ if is_deep && !begins(term, &["screen", "linux"]) => Depth::True,
            named => named,
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value);
        Self {
            depth,
            is_utf8: locale.is_none_or(is_utf8),
            is_dumb,
            is_modern: !is_dumb && (begins(term, MODERN) || named == Depth::True || is_deep),
            zone_name: value("TZ").and_then(zone_name),
        }
    }
}

impl Profile {
    /// The zone that the person's TZ names, if there is one of that name.
    pub fn zone(&self) -> Option<Zone> {
        self.zone_name.as_deref().and_then(|name| Zone::parse(name).ok())
    }

    /// Whether it may be asked what its background is like, and the answer would be of use.
    pub fn tells_background(&self) -> bool {
        self.is_modern && self.depth > Depth::Mono
    }
}

impl Default for Profile {
    /// What most people have.
    fn default() -> Self {
        Self::of("xterm-256color", &[])
    }
}

fn begins(term: &str, names: &[&str]) -> bool {
    names.iter().any(|name| term.starts_with(name))
}

fn depth_of(term: &str) -> Depth {
    let is_hardware = begins(term, HARDWARE) || term.ends_with("-m") || term.ends_with("-mono");
    if DUMB.contains(&term) || is_hardware {
        Depth::Mono
    } else if begins(term, TRUE) || term.contains("-direct") || term.contains("truecolor") {
        Depth::True
    } else if term.contains("-256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// Whether a locale's characters are UTF-8: `de_DE.UTF-8@euro`, and macOS says just `UTF-8`.
fn is_utf8(locale: &str) -> bool {
    let locale = locale.split('@').next().unwrap_or_default();
    let charset = locale.rsplit('.').next().unwrap_or_default();
    charset.eq_ignore_ascii_case("utf-8") || charset.eq_ignore_ascii_case("utf8")
}

/// The zone's name, if it is one: whoever looks it up may have to open a file of that name.
fn zone_name(value: &str) -> Option<String> {
    let name = value.strip_prefix(':').unwrap_or(value);
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-<>:,.".contains(&b));
    let is_name = is_plain && !name.is_empty() && !name.starts_with('/') && !name.contains("..");
    (is_name && name.len() <= MAX_ZONE).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(term: &str, env: &[(&str, &str)]) -> Profile {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Profile::of(term, &env.iter().map(owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_terminals_name_tells_its_colours() {
        for (term, depth) in [
            ("", Depth::Mono),
            ("dumb", Depth::Mono),
            ("vt100", Depth::Mono),
            ("vt220-8bit", Depth::Mono),
            ("xterm-mono", Depth::Mono),
            ("linux", Depth::Sixteen),
            ("xterm", Depth::Sixteen),
            ("xterm-16color", Depth::Sixteen),
            ("something-new", Depth::Sixteen),
            ("xterm-256color", Depth::Indexed),
            ("screen-256color-bce", Depth::Indexed),
            ("xterm-direct", Depth::True),
            ("xterm-kitty", Depth::True),
            ("alacritty", Depth::True),
            ("foot-extra", Depth::True),
        ] {
            assert_eq!(profile(term, &[]).depth, depth, "{term}");
        }
    }

    #[test]
    fn what_the_client_sends_along_refines_it() {
        let depth = |term, name, value| profile(term, &[(name, value)]).depth;
        assert_eq!(depth("xterm-256color", "COLORTERM", "truecolor"), Depth::True);
        assert_eq!(depth("tmux-256color", "COLORTERM", "24bit"), Depth::True);
        assert_eq!(depth("screen-256color", "COLORTERM", "24bit"), Depth::Indexed);
        assert_eq!(depth("xterm-256color", "COLORTERM", "yes"), Depth::Indexed);
        assert_eq!(depth("vt100", "COLORTERM", "truecolor"), Depth::Mono);
        assert_eq!(depth("dumb", "COLORTERM", "truecolor"), Depth::Mono);
        assert_eq!(depth("xterm-kitty", "NO_COLOR", "1"), Depth::Mono);
        assert_eq!(depth("xterm-kitty", "NO_COLOR", ""), Depth::True);
    }

    #[test]
    fn the_locale_tells_the_characters() {
        let is_utf8 = |env: &[(&str, &str)]| profile("xterm", env).is_utf8;
        assert!(is_utf8(&[]), "most clients send nothing");
        assert!(is_utf8(&[("LANG", "de_DE.UTF-8")]));
        assert!(is_utf8(&[("LANG", "de_DE.utf8@euro")]));
        assert!(is_utf8(&[("LC_CTYPE", "UTF-8")]), "macOS");
        assert!(is_utf8(&[("LANG", "C"), ("LC_ALL", "C.UTF-8")]));
        assert!(is_utf8(&[("LC_ALL", ""), ("LC_CTYPE", "C.UTF-8"), ("LANG", "C")]));
        assert!(!is_utf8(&[("LANG", "C")]));
        assert!(!is_utf8(&[("LANG", "POSIX")]));
        assert!(!is_utf8(&[("LANG", "de_DE")]));
        assert!(!is_utf8(&[("LANG", "de_DE.ISO-8859-1")]));
        assert!(!is_utf8(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")]));
    }

    #[test]
    fn only_those_that_pass_over_sequences_are_sent_unusual_ones() {
        for term in ["xterm", "xterm-256color", "tmux-256color", "xterm-kitty", "foot", "putty"] {
            assert!(profile(term, &[]).is_modern, "{term}");
        }
        for term in ["", "dumb", "linux", "vt100", "vt220", "something-new"] {
            assert!(!profile(term, &[]).is_modern, "{term}");
        }
        assert!(profile("something-new", &[("COLORTERM", "truecolor")]).is_modern);
        assert!(profile("dumb", &[]).is_dumb && profile("", &[]).is_dumb && !profile("vt100", &[]).is_dumb);
    }

    #[test]
    fn a_zone_is_a_name_and_never_a_path() {
        let zone = |value: &str| profile("xterm", &[("TZ", value)]).zone_name;
        for name in ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "CET-1CEST,M3.5.0,M10.5.0/3"] {
            assert_eq!(zone(name).as_deref(), Some(name));
        }
        assert_eq!(zone(":Europe/Berlin").as_deref(), Some("Europe/Berlin"));
        for bad in
            ["", "/etc/passwd", ":/etc/localtime", "../../etc/passwd", "a b", "Zürich", &"x".repeat(65)]
        {
            assert_eq!(zone(bad), None, "{bad}");
        }
    }
}
