//! Secrets that pass through memory: wiped when dropped, never printed, never compared with `==`.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

/// A text that must not be seen. No `Display`, no `Serialize`, no `PartialEq`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A password in the one form that is hashed: RFC 8265 `OpaqueString` (every kind of blank becomes
/// a space, then NFC), so that it does not matter how a keyboard composes `é`.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    /// Characters; longer ones are refused, never cut. Source: OWASP ASVS 6.2.9 asks for at least 64.
    pub const MAX_CHARS: usize = 256;
    /// Characters as they are typed, where a letter and its marks may be several: what a field has room for.
    pub const MAX_TYPED: usize = Self::MAX_CHARS * 4;
    /// Bytes as they are typed; what is longer is not even looked at. In one piece a character has four at
    /// most, but some keyboards send a letter and its marks one by one.
    pub const MAX_BYTES: usize = 4096;

    /// `None` for what no account can have as its password: empty, or beyond the limits.
    pub fn parse(input: &str) -> Option<Self> {
        if input.is_empty() || input.len() > Self::MAX_BYTES {
            return None;
        }
        let blank_mapped = input.chars().map(|c| if c.is_whitespace() && !c.is_control() { ' ' } else { c });
        let text: String = blank_mapped.nfc().collect();
        let fits = text.chars().count() <= Self::MAX_CHARS;
        let password = Self(Secret::new(text));
        fits.then_some(password)
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    pub fn chars(&self) -> usize {
        self.expose().chars().count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_same_however_it_was_composed() {
        let composed = Password::parse("caf\u{e9} noir").unwrap();
        let decomposed = Password::parse("cafe\u{301}\u{a0}noir").unwrap();
        assert_eq!(composed.expose(), decomposed.expose());
    }

    #[test]
    fn long_passwords_are_refused_and_never_cut() {
        assert_eq!(Password::parse(&"x".repeat(256)).unwrap().chars(), 256);
        assert!(Password::parse(&"x".repeat(257)).is_none());
        assert!(Password::parse("").is_none());
        assert_eq!(Password::parse(" a ").unwrap().expose(), " a ");
        assert!(Password::parse(&"x".repeat(100_000)).is_none());
    }

    /// What a phone had set in 256 characters could not be typed on a computer that sends the marks apart.
    #[test]
    fn the_longest_password_can_be_typed_in_pieces() {
        for letter in ['\u{1ec7}', '\u{d55c}', '\u{1f82}'] {
            let composed: String = std::iter::repeat_n(letter, 256).collect();
            let decomposed: String = composed.nfd().collect();
            assert_eq!(
                Password::parse(&composed).unwrap().expose(),
                Password::parse(&decomposed).unwrap().expose()
            );
            assert!(Password::parse(&format!("{decomposed}{letter}")).is_none());
        }
    }

    #[test]
    fn secrets_do_not_print() {
        assert_eq!(format!("{:?}", Password::parse("hunter2").unwrap()), "Password([redacted])");
    }
}
