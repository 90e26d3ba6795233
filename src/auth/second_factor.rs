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
use super::throttle::doubled;
use super::totp::{Checked, Seed};

/// Wrong codes in a row after which none is taken for a while. Source: Copenhagen, five.
pub const MOST_WRONG: u32 = 5;

/// For how long the first time, doubled with each time that follows without a right code. Source: Copenhagen,
/// 15 to 60 minutes.
pub const REFUSED_FOR: Duration = Duration::from_mins(15);

/// ... up to that.
pub const LONGEST_REFUSAL: Duration = Duration::from_hours(24);

/// So many wrong codes in a row are the last ones: none is taken until somebody lifts it, or a recovery code
/// proves who it is. Source: NIST 800-63B-4, section 3.2.2.
pub const MOST_IN_A_ROW: u32 = 100;

/// Stands for that: ten years.
const UNTIL_LIFTED: Duration = Duration::from_hours(24 * 3_650);

/// As it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Factor {
    pub since: Timestamp,
    pub seed: Sealed,
    /// The newest step of which a code was taken.
    pub last_step: u64,
    /// The recovery codes that are left.
    pub recovery: Vec<RecoveryId>,
    /// Wrong codes in a row since some were refused, ...
    #[serde(default)]
    pub wrong: u32,
    /// ... and since a right one.
    #[serde(default)]
    pub in_a_row: u32,
    /// When the last of them came.
    #[serde(default)]
    pub failed_at: Timestamp,
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
        let never = Timestamp::default();
        let (wrong, in_a_row, failed_at, refused_until) = (0, 0, never, never);
        Self { since, seed, last_step: step, recovery, wrong, in_a_row, failed_at, refused_until }
    }

    /// The same, as if no code had been wrong.
    #[must_use]
    pub fn forgiven(&self) -> Self {
        Self { wrong: 0, in_a_row: 0, refused_until: Timestamp::default(), ..self.clone() }
    }

    /// Until when no code is taken, if so.
    pub fn refused(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.refused_until).filter(|until| now < *until)
    }

    /// Whether a proof holds; `None` stands for what was typed and reads like none.
    ///
    /// Without the seed, which the wrong key does not open, recovery codes are left. They are looked at also while
    /// no other code is: nobody guesses one, and whoever knows the password must not keep its owner out.
    pub fn check(
        &self,
        seed: Option<&Seed>,
        proof: Option<&Proof>,
        now: Timestamp,
    ) -> Result<Passed, Failure> {
        let after = self.forgiven();
        match proof {
            Some(Proof::Totp(_)) if self.refused(now).is_some() => Err(Failure::CodesRefused),
            Some(Proof::Totp(code)) => {
                let seed = seed.ok_or(Failure::SeedUnreadable)?;
                match seed.check(*code, now, self.last_step) {
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
            None => Err(Failure::NoCode),
        }
    }

    /// Counts a wrong code; answers until when none is taken, where there were too many with it.
    pub fn fail(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.wrong = self.wrong.saturating_add(1);
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.failed_at = now;
        if self.wrong < MOST_WRONG && self.in_a_row < MOST_IN_A_ROW {
            return None;
        }
        self.wrong = 0;
        let refused_before = (self.in_a_row / MOST_WRONG).saturating_sub(1);
        let pause = match self.in_a_row {
            MOST_IN_A_ROW.. => UNTIL_LIFTED,
            _ => doubled(REFUSED_FOR, refused_before).min(LONGEST_REFUSAL),
        };
        self.refused_until = self.refused_until.max(now.after(pause));
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
        assert_eq!(check(&factor(), "no code", NOW).err(), Some(Failure::NoCode));
        let typed = Proof::parse(&code);
        assert_eq!(factor().check(None, typed.as_ref(), NOW).err(), Some(Failure::SeedUnreadable));
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
        let code = code_at(seed().base32().expose(), NOW).unwrap();
        assert_eq!(check(&factor, &code, NOW).err(), Some(Failure::CodesRefused));
        // What was not looked at was no guess, and does not make it longer.
        assert_eq!(factor.refused(until), None);
        // Nobody guesses a recovery code: whoever has one is not kept out.
        let passed = check(&factor, RECOVERY[0], NOW).unwrap();
        assert_eq!((passed.after.in_a_row, passed.after.refused(NOW)), (0, None));
    }

    #[test]
    fn each_refusal_is_longer_and_the_hundredth_code_is_the_last() {
        let (mut factor, mut now, mut pauses) = (factor(), NOW, Vec::new());
        while factor.in_a_row < MOST_IN_A_ROW {
            if let Some(until) = factor.fail(now) {
                pauses.push(until.since(now).as_secs() / 60);
                now = until;
            }
        }
        assert_eq!(pauses[..8], [15, 30, 60, 120, 240, 480, 960, 1_440]);
        assert!(pauses[8..19].iter().all(|minutes| *minutes == 1_440) && pauses.len() == 20, "{pauses:?}");
        let much_later = NOW.after(Duration::from_hours(24 * 365));
        let code = code_at(seed().base32().expose(), much_later).unwrap();
        assert_eq!(check(&factor, &code, much_later).err(), Some(Failure::CodesRefused));
        assert!(check(&factor.forgiven(), &code, much_later).is_ok());
        assert!(check(&factor, RECOVERY[0], much_later).is_ok());
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
