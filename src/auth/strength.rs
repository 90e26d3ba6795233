//! Which passwords people may choose.
//!
//! Length, a list of those that everybody tries, the names that an attacker knows, and an estimate
//! of how soon the rest would be guessed. No rules about digits and signs, no expiry: they make
//! passwords worse. Source: NIST 800-63B-4 section 3.1.1.2.
//!
//! Only a password that is being *chosen* comes here, never one that is being checked: the estimate
//! makes copies that are not wiped.

use std::cmp::Reverse;
use std::sync::LazyLock;

use zeroize::Zeroizing;
use zxcvbn::{Score, zxcvbn};

use crate::domain::policy::Policy;
use crate::domain::secret::Password;

/// Passwords that many people have, and long ones that people are known to think of, by bytes.
///
/// Sources: the list of leaked passwords that Django ships (19,640 of them, by Royce Williams), and
/// for those of 15 characters and more repetitions, walks on the keyboard, countings, and famous
/// phrases. It need not hold every variant: what a dictionary, a date, a `0` for an `o` or another
/// walk explains is found by the estimate.
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("../../assets/common-passwords.txt").lines().collect());

/// A name that every attacker of this program knows.
const PRODUCT: &str = "passholder";

/// Characters of the shortest name that is looked for; shorter ones are in too many words.
const NAME_CHARS: usize = 3;

/// Characters that must remain without the names. Source: NIST's minimum for any password.
const REST_CHARS: usize = 8;

/// Digits that do not make a common password a rare one: as many as a date has.
const TRAILING_DIGITS: usize = 8;

/// Characters that the estimate sees. It takes quadratic time, and more of them can only help.
const ESTIMATED_CHARS: usize = 64;

/// What the rules in force demand of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demands {
    pub min_chars: usize,
    /// Whether those that many people have are refused.
    pub common_check: bool,
}

impl From<&Policy> for Demands {
    fn from(policy: &Policy) -> Self {
        Self { min_chars: policy.password_min_chars, common_check: policy.common_check }
    }
}

/// So many characters, and everything else.
impl From<usize> for Demands {
    fn from(min_chars: usize) -> Self {
        Self { min_chars, common_check: true }
    }
}

/// How good a password is, for a meter beside the field in which it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strength {
    /// 0 to 4; 3 and 4 only for what [`accept`] takes.
    pub score: u8,
    /// Why it is not accepted.
    pub weakness: Option<Weakness>,
    /// How long somebody who stole its hash would need, in words. Absent where nothing was estimated.
    pub crack_time: Option<String>,
}

/// What to change about a password, in words for the person who chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    #[error("use at least {min} characters ({} to go)", min.saturating_sub(*have))]
    TooShort { min: usize, have: usize },
    #[error("use at most {max} characters")]
    TooLong { max: usize },
    #[error("many people use this one, so it is tried first; choose another")]
    Common,
    #[error("this one is built from a name that others know; add words that have nothing to do with it")]
    HoldsName,
    #[error("this one would be guessed too soon; add a few unrelated words")]
    Guessable,
}

/// Returns the password if it may be chosen.
///
/// `context` is what an attacker knows: user name, display name, host name. Length counts code
/// points. Takes a few milliseconds.
pub fn accept(password: &str, context: &[&str], demands: impl Into<Demands>) -> Result<Password, Weakness> {
    let demands = demands.into();
    let password = parse(password, demands.min_chars)?;
    match judge(&password, context, demands).weakness {
        None => Ok(password),
        Some(weakness) => Err(weakness),
    }
}

/// Tells how good a password is and what would make it better; see [`accept`] for the arguments.
pub fn assess(password: &str, context: &[&str], demands: impl Into<Demands>) -> Strength {
    let demands = demands.into();
    match parse(password, demands.min_chars) {
        Ok(password) => judge(&password, context, demands),
        Err(weakness) => Strength { score: 0, weakness: Some(weakness), crack_time: None },
    }
}

fn parse(password: &str, min_chars: usize) -> Result<Password, Weakness> {
    if password.is_empty() {
        return Err(Weakness::TooShort { min: min_chars, have: 0 });
    }
    Password::parse(password).ok_or(Weakness::TooLong { max: Password::MAX_CHARS })
}

fn judge(password: &Password, context: &[&str], demands: Demands) -> Strength {
    let min_chars = demands.min_chars;
    let names = Names::of(context);
    let folded = Zeroizing::new(password.expose().to_lowercase());
    let estimate = names.estimate(password.expose());
    let have = password.chars();

    let weakness = if have < min_chars {
        Some(Weakness::TooShort { min: min_chars, have })
    } else if names.make_up(&folded) {
        Some(Weakness::HoldsName)
    } else if demands.common_check && is_common(&folded) {
        Some(Weakness::Common)
    } else if estimate.score() < Score::Three {
        Some(Weakness::Guessable)
    } else {
        None
    };
    // A meter must not praise what is going to be refused.
    let best = if weakness.is_some() { Score::Two } else { Score::Four };
    Strength {
        score: estimate.score().min(best).into(),
        weakness,
        crack_time: Some(estimate.crack_times().offline_slow_hashing_1e4_per_second().to_string()),
    }
}

/// Whether everybody tries this: as it is, without blanks and signs, without the digits at its end,
/// or as one piece said again and again.
fn is_common(folded: &str) -> bool {
    let joined: Zeroizing<String> = Zeroizing::new(folded.chars().filter(|c| c.is_alphanumeric()).collect());
    let stem = joined.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = if joined.len() - stem.len() <= TRAILING_DIGITS { stem } else { &joined };
    [folded, &joined, stem].into_iter().any(|text| is_listed(text) || is_listed(repeated_piece(text)))
}

fn is_listed(text: &str) -> bool {
    COMMON.binary_search(&text).is_ok()
}

/// The shortest piece that makes the text when it is repeated, which may be the whole text.
fn repeated_piece(text: &str) -> &str {
    (1..=text.len() / 2)
        .filter(|len| text.len().is_multiple_of(*len))
        .filter_map(|len| text.get(..len))
        .find(|piece| text.as_bytes().chunks(piece.len()).all(|chunk| chunk == piece.as_bytes()))
        .unwrap_or(text)
}

/// The names that others know, in lower case, forwards and backwards, longest first.
struct Names(Vec<String>);

impl Names {
    fn of(context: &[&str]) -> Self {
        let mut names = Vec::new();
        for text in context.iter().chain(&[PRODUCT]) {
            let text = text.to_lowercase();
            let whole: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
            for name in text.split(|c: char| !c.is_alphanumeric()).chain([whole.as_str()]) {
                if name.chars().count() >= NAME_CHARS {
                    names.extend([name.to_owned(), name.chars().rev().collect()]);
                }
            }
        }
        names.sort_by_key(|name| Reverse(name.len()));
        Self(names)
    }

    /// Whether little is left of the password without the names.
    fn make_up(&self, folded: &str) -> bool {
        let mut rest = Zeroizing::new(folded.to_owned());
        for name in &self.0 {
            rest = Zeroizing::new(rest.replace(name, ""));
        }
        let holds_one = rest.len() < folded.len();
        holds_one && (rest.chars().count() < REST_CHARS || self.estimate(&rest).score() < Score::Three)
    }

    fn estimate(&self, text: &str) -> zxcvbn::Entropy {
        let head: Zeroizing<String> = Zeroizing::new(text.chars().take(ESTIMATED_CHARS).collect());
        let names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        zxcvbn(&head, &names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALICE: &[&str] = &["alice.liddell", "Alice Pleasance Liddell", "gate.example.org"];

    fn weakness(password: &str) -> Option<Weakness> {
        accept(password, ALICE, 15).err()
    }

    #[test]
    fn the_list_is_sorted_lower_case_and_without_doubles() {
        assert!(COMMON.len() >= 10_000, "{}", COMMON.len());
        assert!(COMMON.is_sorted_by(|a, b| a < b));
        assert!(COMMON.iter().all(|word| !word.is_empty() && *word == word.trim()));
        assert!(COMMON.iter().all(|word| *word == word.to_lowercase()));
        let long = COMMON.iter().filter(|word| word.chars().count() >= 15).count();
        assert!(long >= 3_000, "OWASP ASVS 6.2.4: 3000 that satisfy the rules, not {long}");
    }

    #[test]
    fn nothing_on_the_list_is_accepted() {
        for word in COMMON.iter().filter(|word| word.chars().count() >= 15).step_by(37) {
            assert_eq!(accept(word, &[], 15).unwrap_err(), Weakness::Common, "{word}");
        }
    }

    #[test]
    fn length_counts_code_points() {
        assert_eq!(weakness("vj3-kq8-zt5-wm"), Some(Weakness::TooShort { min: 15, have: 14 }));
        assert_eq!(weakness("vj3-kq8-zt5-wm1"), None);
        let mixed = "\u{1f980}\u{1f30b}q\u{338}zn\u{338}vk4\u{2603}wj";
        assert_eq!(accept(mixed, &[], 13).unwrap().chars(), 13);
        assert_eq!(accept(mixed, &[], 14).unwrap_err(), Weakness::TooShort { min: 14, have: 13 });
        assert_eq!(weakness(""), Some(Weakness::TooShort { min: 15, have: 0 }));
    }

    #[test]
    fn long_passwords_are_accepted_whole_or_refused() {
        let long: String = "stray kettle of nine violet moons ".chars().cycle().take(256).collect();
        assert_eq!(accept(&long, &[], 15).unwrap().chars(), 256);
        assert_eq!(weakness(&format!("{long}x")), Some(Weakness::TooLong { max: 256 }));
        assert_eq!(weakness(&"x".repeat(100_000)), Some(Weakness::TooLong { max: 256 }));
    }

    #[test]
    fn passwords_that_many_people_have_are_refused_in_every_dress() {
        for common in [
            "passwordpassword",
            "PasswordPassword",
            "adminadminadmin",
            "qwertyuiop12345",
            "administrator2024",
            "CorrectHorseBatteryStaple",
            "correct horse battery staple",
            "correct-horse-battery-staple1",
            "1qaz2wsx3edc4rfv",
            "1234567890123456",
            "to be or not to be that is the question",
        ] {
            assert_eq!(weakness(common), Some(Weakness::Common), "{common}");
        }
    }

    #[test]
    fn without_the_list_the_rest_still_counts() {
        let demands = Demands { common_check: false, ..Demands::from(15) };
        let weakness = |password| accept(password, ALICE, demands).err();
        assert_eq!(weakness("passwordpassword"), Some(Weakness::Guessable));
        assert_eq!(weakness("aliceliddell2024"), Some(Weakness::HoldsName));
        assert_eq!(weakness("CorrectHorseBatteryStaple"), None);
    }

    #[test]
    fn passwords_made_of_known_names_are_refused() {
        for named in [
            "alice.liddell.1",
            "aliceliddell2024",
            "AliceAliceAlice!",
            "lleddilecila1234",
            "pleasance-alice-1862",
            "passholder-passholder",
            "redlohssap99999",
            "gate.example.org!",
            "alice loves passholder",
        ] {
            assert_eq!(weakness(named), Some(Weakness::HoldsName), "{named}");
        }
        assert_eq!(weakness("alice-found-9-purple-otters"), None, "enough is left without the name");
        assert_eq!(accept("lleddilecila1234vq", &[], 15).err(), None, "nobody's name");
    }

    #[test]
    fn what_is_soon_guessed_is_refused() {
        for guessable in [
            "aaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnopq",
            "abcabcabcabcabcabc",
            "xkqxkqxkqxkqxkqxkq",
            "               ",
        ] {
            assert!(
                matches!(weakness(guessable), Some(Weakness::Guessable | Weakness::Common)),
                "{guessable:?}"
            );
        }
    }

    #[test]
    fn lower_case_words_are_enough() {
        assert_eq!(weakness("ladder mustard violin"), None);
        assert_eq!(weakness("  ladder mustard violin  "), None, "blanks at the ends count like any other");
        assert_eq!(weakness("пять зелёных медведей"), None);
    }

    #[test]
    fn the_meter_never_praises_what_is_refused() {
        for (password, score) in [("", 0), ("password", 0), ("ladder mustard violin", 4)] {
            assert_eq!(assess(password, ALICE, 15).score, score, "{password}");
        }
        let listed = assess("correcthorsebatterystaple", ALICE, 15);
        assert!(listed.score <= 2 && listed.weakness == Some(Weakness::Common));
        assert!(listed.crack_time.is_some());
    }

    #[test]
    fn a_weakness_is_told_in_plain_words() {
        let told = |weakness: Weakness| weakness.to_string();
        assert_eq!(told(Weakness::TooShort { min: 15, have: 8 }), "use at least 15 characters (7 to go)");
        assert_eq!(told(Weakness::TooLong { max: 256 }), "use at most 256 characters");
    }

    #[test]
    fn a_repeated_piece_is_found() {
        assert_eq!(repeated_piece("abcabcabc"), "abc");
        assert_eq!(repeated_piece("aaaa"), "a");
        assert_eq!(repeated_piece("abcab"), "abcab");
        assert_eq!(repeated_piece("\u{e9}\u{e9}"), "\u{e9}");
        assert_eq!(repeated_piece(""), "");
    }

    proptest! {
        #[test]
        fn any_text_is_judged_alike_by_meter_and_door(password in any::<String>(), name in any::<String>()) {
            let strength = assess(&password, &[&name], 15);
            let accepted = accept(&password, &[&name], 15);
            prop_assert_eq!(strength.weakness, accepted.err());
            prop_assert_eq!(strength.score >= 3, strength.weakness.is_none());
        }
    }
}
