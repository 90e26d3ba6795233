//! Whether what was typed passes somebody's second factor, code or recovery code, and what the factor is after it.
//!
//! Pure: the time and the opened seed are passed in, and what comes out is stored by somebody else, in the
//! same transaction as what it allows. So a code is accepted once, whoever else comes with it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use subtle::{Choice, ConstantTimeEq as _};

use crate::domain::event::Failure;
use crate::domain::id::RecoveryId;
use crate::domain::second_factor::Proof;
use crate::domain::session::Method;
use crate::domain::time::Timestamp;

use super::sealing::Sealed;
use super::totp::{Checked, Seed};

/// Wrong codes in a row after which none is taken for a while. Source: Copenhagen, five.
pub const MOST_WRONG: u32 = 5;

/// For how long. Source: Copenhagen, 15 to 60 minutes.
pub const REFUSED_FOR: Duration = Duration::from_mins(15);

/// As it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Factor {
    pub since: Timestamp,
    pub seed: Sealed,
    /// The newest step of which a code was taken.
    pub last_step: u64,
    /// The recovery codes that are left.
    pub recovery: Vec<RecoveryId>,
    /// Wrong codes in a row.
    #[serde(default)]
    pub wrong: u32,
    /// No code is taken before then.
    #[serde(default)]
    pub refused_until: Timestamp,
}

/// A proof that held.
#[derive(Debug, Clone)]
pub struct Passed {
    pub method: Method,
    /// The factor as it has to be stored for it: the same proof does not hold again.
    pub after: Factor,
}

impl Factor {
    /// One that was just confirmed with the code of a step.
    pub fn new(since: Timestamp, seed: Sealed, step: u64, recovery: Vec<RecoveryId>) -> Self {
        Self { since, seed, last_step: step, recovery, wrong: 0, refused_until: Timestamp::default() }
    }

    /// Until when no code is taken, if so.
    pub fn refused(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.refused_until).filter(|until| now < *until)
    }

    /// Whether a proof holds; `None` stands for what was typed and reads like none.
    ///
    /// Without the seed, which the wrong key does not open, recovery codes are left.
    pub fn check(
        &self,
        seed: Option<&Seed>,
        proof: Option<&Proof>,
        now: Timestamp,
    ) -> Result<Passed, Failure> {
        if self.refused(now).is_some() {
            return Err(Failure::CodesRefused);
        }
        let after = Self { wrong: 0, refused_until: Timestamp::default(), ..self.clone() };
        match proof {
            Some(Proof::Totp(code)) => {
                match seed.map_or(Checked::Wrong, |seed| seed.check(*code, now, self.last_step)) {
                    Checked::Fresh(step) => {
                        Ok(Passed { method: Method::Totp, after: Self { last_step: step, ..after } })
                    }
                    Checked::Used => Err(Failure::CodeUsed),
                    Checked::Wrong => Err(Failure::WrongCode),
                }
            }
            Some(Proof::Recovery(code)) => {
                let recovery = without(&self.recovery, RecoveryId::of(code)).ok_or(Failure::WrongCode)?;
                Ok(Passed { method: Method::RecoveryCode, after: Self { recovery, ..after } })
            }
            None => Err(Failure::WrongCode),
        }
    }

    /// Counts a wrong code; answers until when none is taken, where there were too many with it.
    pub fn fail(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.wrong = self.wrong.saturating_add(1);
        if self.wrong < MOST_WRONG {
            return None;
        }
        self.wrong = 0;
        self.refused_until = self.refused_until.max(now.after(REFUSED_FOR));
        Some(self.refused_until)
    }
}

/// The codes that are left after one; `None` if it is none of them. All are compared, whichever it is.
fn without(codes: &[RecoveryId], code: RecoveryId) -> Option<Vec<RecoveryId>> {
    let mut found = Choice::from(0);
    let mut left = Vec::with_capacity(codes.len());
    for other in codes {
        let is_it = other.as_bytes().ct_eq(code.as_bytes());
        found |= is_it;
        if !bool::from(is_it) {
            left.push(*other);
        }
    }
    bool::from(found).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::sealing::SealingKey;
    use crate::auth::totp::code_at;
    use crate::domain::id::Entropy;
    use crate::domain::second_factor::RecoveryCode;

    const NOW: Timestamp = Timestamp::from_micros(1_795_432_334_000_000);
    const RECOVERY: [&str; 2] = ["k7mz-p4wq-hdx9-tneb-2vfr-8gcs", "aaaa-bbbb-cccc-dddd-eeee-ffff"];

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    fn seed() -> Seed {
        Seed::from_bytes(b"12345678901234567890").unwrap()
    }

    fn factor() -> Factor {
        let sealed = SealingKey::from_bytes(&[0; 32]).unwrap().seal(&Zeros, b"", b"").unwrap();
        let recovery = RECOVERY.map(|code| RecoveryId::of(&RecoveryCode::parse(code).unwrap()));
        Factor::new(NOW, sealed, 0, recovery.into())
    }

    fn check(factor: &Factor, typed: &str, now: Timestamp) -> Result<Passed, Failure> {
        factor.check(Some(&seed()), Proof::parse(typed).as_ref(), now)
    }

    #[test]
    fn a_code_holds_once() {
        let code = code_at(seed().base32().expose(), NOW).unwrap();
        let passed = check(&factor(), &code, NOW).unwrap();
        assert_eq!(passed.method, Method::Totp);
        assert_eq!(check(&passed.after, &code, NOW).err(), Some(Failure::CodeUsed));
        assert_eq!(check(&factor(), "no code", NOW).err(), Some(Failure::WrongCode));
    }

    #[test]
    fn a_recovery_code_holds_once_and_without_the_seed() {
        let typed = Proof::parse(RECOVERY[0]);
        let passed = factor().check(None, typed.as_ref(), NOW).unwrap();
        assert_eq!((passed.method, passed.after.recovery.len()), (Method::RecoveryCode, 1));
        assert_eq!(passed.after.check(None, typed.as_ref(), NOW).err(), Some(Failure::WrongCode));
        assert!(check(&passed.after, RECOVERY[1], NOW).unwrap().after.recovery.is_empty());
    }

    #[test]
    fn after_five_wrong_codes_none_is_taken_for_a_quarter_of_an_hour() {
        let mut factor = factor();
        for _ in 1..MOST_WRONG {
            assert_eq!(factor.fail(NOW), None);
        }
        let until = NOW.after(REFUSED_FOR);
        assert_eq!(factor.fail(NOW), Some(until));
        assert_eq!(check(&factor, RECOVERY[0], NOW).err(), Some(Failure::CodesRefused));
        // What was not looked at was no guess, and does not make it longer.
        assert_eq!(factor.refused(until), None);
        let passed = check(&factor, RECOVERY[0], until).unwrap();
        assert_eq!(passed.after.wrong, 0);
    }

    #[test]
    fn a_right_code_forgets_the_wrong_ones() {
        let mut factor = factor();
        for _ in 1..MOST_WRONG {
            factor.fail(NOW);
        }
        assert_eq!(check(&factor, RECOVERY[0], NOW).unwrap().after.wrong, 0);
    }
}
