//! Invite codes: what opens the door once to somebody who has no account yet.
//!
//! ```text
//! k7mz-p4wq-hdx9-tneb-2vfr-8gcs-anmk
//! ```

use super::secret::Secret;

/// Lower-case letters and digits that nobody takes for one another: no 0 and o, no 1, l and i.
pub const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A code in the one form that is hashed: its characters without hyphens, in lower case. What reads like
/// one need not have been given to anybody.
///
/// No `Display`, no `Serialize`, no `PartialEq`: it is as good as a password.
#[derive(Debug, Clone)]
pub struct InviteCode(Secret);

impl InviteCode {
    pub const GROUPS: usize = 7;
    pub const GROUP_CHARS: usize = 4;
    /// 138 bits, of an alphabet of 31. Source: OWASP ASVS 6.6.3 asks for 128.
    const CHARS: usize = Self::GROUPS * Self::GROUP_CHARS;

    /// Reads what somebody typed or pasted: hyphens, blanks and capitals do not matter.
    pub fn parse(input: &str) -> Option<Self> {
        letters(input, Self::CHARS).map(Self)
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// So many letters of the alphabet, whatever hyphens, blanks and capitals they were typed with.
pub(super) fn letters(input: &str, chars: usize) -> Option<Secret> {
    // Those of a code with a blank behind every character: beyond that nothing is looked at.
    let most = chars * 2;
    if input.len() > most {
        return None;
    }
    // Large enough from the start: a text that grows leaves copies of itself behind.
    let mut text = String::with_capacity(most);
    text.extend(input.chars().filter(|c| *c != '-' && !c.is_ascii_whitespace()));
    text.make_ascii_lowercase();
    let is_code = text.len() == chars && text.bytes().all(|byte| ALPHABET.contains(&byte));
    let code = Secret::new(text);
    is_code.then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::InviteId;
    use proptest::prelude::*;

    const CODE: &str = "k7mz-p4wq-hdx9-tneb-2vfr-8gcs-anmk";

    #[test]
    fn a_code_is_the_same_however_it_was_typed() {
        let id = |text: &str| InviteId::of(&InviteCode::parse(text).unwrap());
        for typed in [
            CODE.replace('-', ""),
            CODE.to_uppercase(),
            format!("  {CODE}\r\n"),
            CODE.replace('-', " - "),
            CODE.replace('-', " "),
        ] {
            assert_eq!(id(&typed), id(CODE), "{typed:?}");
        }
        assert_ne!(id(&CODE.replace('k', "m")), id(CODE));
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        let (short, long) = (&CODE[1..], format!("{CODE}a"));
        let confusable = CODE.replace('k', "1");
        let foreign = CODE.replacen('k', "к", 1);
        let endless = "-".repeat(10_000);
        for bad in ["", "-", short, &long, &confusable, &foreign, "k7mz\0", &endless] {
            assert!(InviteCode::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_code_does_not_print_and_its_handle_shows_nothing_of_it() {
        let code = InviteCode::parse(CODE).unwrap();
        assert_eq!(format!("{code:?}"), "InviteCode([redacted])");
        let handle = InviteId::of(&code).handle().to_string();
        assert_eq!(handle.len(), 10);
        assert!(!code.expose().starts_with(&handle));
    }

    #[test]
    fn there_are_more_codes_than_anybody_guesses() {
        // A u128 holds no more than 25 of the characters, and three are left.
        let most = u128::try_from(ALPHABET.len()).unwrap().checked_pow(25).unwrap();
        assert!(most > 1 << 123 && InviteCode::CHARS >= 28);
    }

    proptest! {
        #[test]
        fn no_text_panics(input in any::<String>()) {
            if let Some(code) = InviteCode::parse(&input) {
                prop_assert_eq!(code.expose().len(), 28);
            }
        }
    }
}
