//! What somebody types who is asked for their second factor, and how it reads.
//!
//! ```text
//! 123 456                           the code of an authenticator, for half a minute
//! k7mz-p4wq-hdx9-tneb-2vfr-8gcs     a recovery code, once
//! ```

use super::code::letters;
use super::secret::Secret;

/// Digits of a code. Source: RFC 6238 section 1.2 (what every authenticator shows).
pub const DIGITS: usize = 6;

/// What the owner of an account is asked for behind the password.
pub const PROMPT: &str = "Code: ";
/// What stands above that question.
pub const INSTRUCTIONS: &str = "Type the code of your authenticator, or one of your recovery codes.";

/// What was typed, as far as it reads like a proof.
#[derive(Debug, Clone)]
pub enum Proof {
    /// The number behind six digits.
    Totp(u32),
    Recovery(RecoveryCode),
}

impl Proof {
    /// Reads what somebody typed or pasted: hyphens, blanks and capitals do not matter.
    pub fn parse(input: &str) -> Option<Self> {
        totp(input).map(Self::Totp).or_else(|| RecoveryCode::parse(input).map(Self::Recovery))
    }
}

/// Six digits, whatever stands between them.
fn totp(input: &str) -> Option<u32> {
    if input.len() > DIGITS * 2 {
        return None;
    }
    let typed: Secret =
        Secret::new(input.chars().filter(|c| *c != '-' && !c.is_ascii_whitespace()).collect());
    let digits = typed.expose();
    let is_code = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| digits.parse().ok()).flatten()
}

/// A code for the day on which the authenticator is lost, in the one form that is hashed: its characters
/// without hyphens, in lower case.
///
/// No `Display`, no `Serialize`, no `PartialEq`: it is as good as the authenticator.
#[derive(Debug, Clone)]
pub struct RecoveryCode(Secret);

impl RecoveryCode {
    /// Codes that are handed out together. Source: OWASP and every large provider; ten fit on a card.
    pub const COUNT: usize = 10;
    pub const GROUPS: usize = 6;
    pub const GROUP_CHARS: usize = 4;
    /// 118 bits, of an alphabet of 31. Source: OWASP ASVS 6.5.2 asks for 112 where a plain hash is stored.
    const CHARS: usize = Self::GROUPS * Self::GROUP_CHARS;

    /// Reads what somebody typed or pasted: hyphens, blanks and capitals do not matter.
    pub fn parse(input: &str) -> Option<Self> {
        letters(input, Self::CHARS).map(Self)
    }

    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::code::ALPHABET;
    use crate::domain::id::RecoveryId;

    const CODE: &str = "k7mz-p4wq-hdx9-tneb-2vfr-8gcs";

    #[test]
    fn a_code_is_six_digits_with_whatever_blanks() {
        let number = |text: &str| match Proof::parse(text) {
            Some(Proof::Totp(number)) => Some(number),
            _ => None,
        };
        for fine in ["012345", "012 345", " 0123 45\n", "012-345"] {
            assert_eq!(number(fine), Some(12_345), "{fine:?}");
        }
        for bad in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345", "000000000000000000"] {
            assert_eq!(number(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_recovery_code_is_the_same_however_it_was_typed() {
        let id = |text: &str| match Proof::parse(text) {
            Some(Proof::Recovery(code)) => Some(RecoveryId::of(&code)),
            _ => None,
        };
        let blanks = CODE.replace('-', " ");
        for same in [CODE.to_uppercase(), blanks, CODE.replace('-', ""), format!(" {CODE}\n")] {
            assert_eq!(id(&same), id(CODE), "{same}");
        }
        assert!(id(CODE).is_some() && id(&CODE.replace('k', "m")) != id(CODE));
        for bad in [&CODE[1..], &format!("{CODE}a"), &CODE.replace('k', "1"), &"-".repeat(10_000)] {
            assert_eq!(id(bad), None, "{bad}");
        }
        assert_eq!(format!("{:?}", Proof::parse(CODE).unwrap()), "Recovery(RecoveryCode([redacted]))");
    }

    #[test]
    fn nobody_guesses_a_recovery_code() {
        let most = u128::try_from(ALPHABET.len()).unwrap().checked_pow(24).unwrap();
        assert!(most > 1 << 112 && RecoveryCode::CHARS == 24);
    }
}
