//! Whether a code is the one that an authenticator shows: RFC 6238, as every app speaks it (SHA-1, six digits,
//! half a minute).

use data_encoding::BASE32_NOPAD;
use ring::hmac;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroizing;

use crate::domain::id::Entropy;
use crate::domain::second_factor::DIGITS;
use crate::domain::secret::Secret;
use crate::domain::time::Timestamp;

/// Microseconds that a code is shown. Source: RFC 6238 section 5.2, 30 seconds.
const STEP: u64 = 30_000_000;

/// Steps back whose codes are still taken: somebody types for a while. Source: RFC 6238 section 5.2, one at
/// most.
const STEPS_BACK: u64 = 1;

/// What authenticator and server share. Source: RFC 4226 section 4, 160 bits.
pub struct Seed(Zeroizing<[u8; Seed::BYTES]>);

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Checked {
    /// Right, and the code of this step.
    Fresh(u64),
    /// Right, and of a step whose code was used, or that lies before one.
    Used,
    Wrong,
}

impl Seed {
    const BYTES: usize = 20;

    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        entropy.fill(bytes.as_mut());
        Self(bytes)
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// As authenticators take it: 32 letters and digits.
    pub fn base32(&self) -> Secret {
        Secret::new(BASE32_NOPAD.encode(self.as_bytes()))
    }

    /// Checks a code against all that could be right now, whichever is. `last` is the newest step whose code
    /// was used: that code, and those of steps before it, are right no more.
    pub fn check(&self, code: u32, now: Timestamp, last: u64) -> Checked {
        let newest = step(now);
        let (mut matches, mut matching) = (Choice::from(0), 0);
        // The newest one last: it is the one that counts, should two be the same.
        for step in newest.saturating_sub(STEPS_BACK)..=newest {
            let is_it = self.code(step).ct_eq(&code);
            matching.conditional_assign(&step, is_it);
            matches |= is_it;
        }
        if !bool::from(matches) {
            Checked::Wrong
        } else if matching > last {
            Checked::Fresh(matching)
        } else {
            Checked::Used
        }
    }

    /// The code of a step. Source: RFC 4226 section 5.3.
    fn code(&self, step: u64) -> u32 {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.as_bytes());
        truncated(hmac::sign(&key, &step.to_be_bytes()).as_ref(), DIGITS)
    }
}

/// How many steps have begun since 1970.
fn step(now: Timestamp) -> u64 {
    now.as_micros() / STEP
}

/// So many decimal digits of a tag. Source: RFC 4226 section 5.3.
fn truncated(tag: &[u8], digits: usize) -> u32 {
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let bytes = tag.get(offset..).and_then(|rest| rest.first_chunk().copied()).unwrap_or_default();
    let number = u32::from_be_bytes(bytes) & 0x7fff_ffff;
    let digits = u32::try_from(digits).unwrap_or(u32::MAX);
    number % 10_u32.checked_pow(digits).unwrap_or(u32::MAX)
}

/// What an authenticator would show then. For tests and trials: a server is shown codes, and shows none.
#[cfg(any(test, feature = "seed"))]
pub fn code_at(base32: &str, now: Timestamp) -> Option<String> {
    let letters: String = base32.chars().filter(|c| !c.is_whitespace()).collect();
    let seed = Seed::from_bytes(&BASE32_NOPAD.decode(letters.as_bytes()).ok()?)?;
    Some(format!("{:06}", seed.code(step(now))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, the rows of SHA-1.
    const SEED: &[u8] = b"12345678901234567890";
    const TABLE: [(u64, u32); 6] = [
        (59, 94_287_082),
        (1_111_111_109, 7_081_804),
        (1_111_111_111, 14_050_471),
        (1_234_567_890, 89_005_924),
        (2_000_000_000, 69_279_037),
        (20_000_000_000, 65_353_130),
    ];

    fn seed() -> Seed {
        Seed::from_bytes(SEED).unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        for (seconds, code) in TABLE {
            let step = step(at(seconds));
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SEED);
            let tag = hmac::sign(&key, &step.to_be_bytes());
            assert_eq!(truncated(tag.as_ref(), 8), code, "{seconds}");
            assert_eq!(seed().code(step), code % 1_000_000);
            assert_eq!(seed().check(code % 1_000_000, at(seconds), 0), Checked::Fresh(step));
        }
        assert_eq!(code_at("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", at(59)).unwrap(), "287082");
    }

    #[test]
    fn this_code_and_the_one_before_are_taken_and_no_other() {
        let (now, this) = (at(1_795_432_334), step(at(1_795_432_334)));
        let taken: Vec<_> = (this - 3..=this + 3)
            .filter_map(|step| match seed().check(seed().code(step), now, 0) {
                Checked::Fresh(step) => Some(step),
                _ => None,
            })
            .collect();
        assert_eq!(taken, [this - 1, this]);
    }

    #[test]
    fn a_code_is_accepted_once_and_none_of_before_after_it() {
        let (now, this) = (at(1_795_432_334), step(at(1_795_432_334)));
        let (before, code) = (seed().code(this - 1), seed().code(this));
        assert_eq!(seed().check(code, now, this - 1), Checked::Fresh(this));
        assert_eq!(seed().check(code, now, this), Checked::Used);
        assert_eq!(seed().check(before, now, this), Checked::Used);
        assert_eq!(seed().check(before, now, this - 2), Checked::Fresh(this - 1));
        assert_eq!(seed().check(before ^ 1, now, this), Checked::Wrong);
        // At the beginning of time there is no step before.
        assert_eq!(seed().check(seed().code(0), at(0), 0), Checked::Used);
    }

    #[test]
    fn a_seed_has_160_bits_as_32_letters() {
        assert_eq!(seed().base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(Seed::from_bytes(&SEED[1..]).is_none());
    }
}
