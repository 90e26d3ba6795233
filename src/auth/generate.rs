//! Passwords and codes that the program chooses: uniform, easy to read aloud, strong without a check.

use diceware_wordlists::Wordlist;

use crate::domain::code::{ALPHABET, InviteCode};
use crate::domain::id::Entropy;
use crate::domain::second_factor::RecoveryCode;
use crate::domain::secret::Secret;

const GROUPS: usize = 5;
const GROUP_CHARS: usize = 5;
const WORDS: usize = 6;

/// Returns a password to be used once, such as `k7mzp-4wqhd-x9tne-b2vfr-8gcsa`: 123 bits.
///
/// The groups have the length of those on a product key, which people can type without losing
/// their place.
pub fn one_time_password(entropy: &dyn Entropy) -> Secret {
    join(GROUPS, |text| {
        for _ in 0..GROUP_CHARS {
            text.push(char::from(*pick(ALPHABET, entropy)));
        }
    })
}

/// Returns an invite code, such as `k7mz-p4wq-hdx9-tneb-2vfr-8gcs-anmk`: 138 bits.
pub fn invite_code(entropy: &dyn Entropy) -> Secret {
    join(InviteCode::GROUPS, |text| {
        for _ in 0..InviteCode::GROUP_CHARS {
            text.push(char::from(*pick(ALPHABET, entropy)));
        }
    })
}

/// Returns a recovery code, such as `k7mz-p4wq-hdx9-tneb-2vfr-8gcs`: 118 bits.
pub fn recovery_code(entropy: &dyn Entropy) -> Secret {
    join(RecoveryCode::GROUPS, |text| {
        for _ in 0..RecoveryCode::GROUP_CHARS {
            text.push(char::from(*pick(ALPHABET, entropy)));
        }
    })
}

/// Returns six words to be remembered, such as `sprout-anvil-mocha-tidy-ferret-lunar`: 77 bits.
///
/// Source: the long word list of the Electronic Frontier Foundation (7776 words, 12.9 bits each).
pub fn passphrase(entropy: &dyn Entropy) -> Secret {
    let words = Wordlist::EffLong.get_list();
    join(WORDS, |text| text.push_str(pick::<&str>(words, entropy)))
}

/// Puts `parts` pieces together, with a hyphen between them.
fn join(parts: usize, mut push: impl FnMut(&mut String)) -> Secret {
    // Large enough from the start: a text that grows leaves copies of itself behind.
    let mut text = String::with_capacity(128);
    for part in 0..parts {
        if part > 0 {
            text.push('-');
        }
        push(&mut text);
    }
    Secret::new(text)
}

/// Picks one of at most 65,536 items, each with the same probability.
///
/// A number beyond the end is drawn again; folding it back (`%`) would favour the first items.
fn pick<'a, T>(items: &'a [T], entropy: &dyn Entropy) -> &'a T {
    let mask = items.len().next_power_of_two() - 1;
    loop {
        let mut bytes = [0; 2];
        entropy.fill(&mut bytes);
        if let Some(item) = items.get(usize::from(u16::from_le_bytes(bytes)) & mask) {
            return item;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Mutex;

    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::auth::strength;

    struct Seeded(Mutex<StdRng>);

    impl Seeded {
        fn new(seed: u64) -> Self {
            Self(Mutex::new(StdRng::seed_from_u64(seed)))
        }
    }

    impl Entropy for Seeded {
        fn fill(&self, bytes: &mut [u8]) {
            self.0.lock().unwrap().fill_bytes(bytes);
        }
    }

    /// Hands out the numbers `0, 1, 2, ...`, so that a whole round meets every draw exactly once.
    struct Counting(Mutex<u16>);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            let mut next = self.0.lock().unwrap();
            bytes.copy_from_slice(&next.to_le_bytes());
            *next = next.wrapping_add(1);
        }
    }

    #[test]
    fn a_one_time_password_has_groups_that_are_easy_to_type() {
        let entropy = Seeded::new(1);
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let password = one_time_password(&entropy);
            let groups: Vec<_> = password.expose().split('-').collect();
            assert_eq!(groups.len(), 5);
            assert!(groups.iter().all(|group| group.len() == 5));
            assert!(password.expose().bytes().all(|b| b == b'-' || ALPHABET.contains(&b)));
            assert!(!password.expose().contains(['0', 'o', '1', 'l', 'i']));
            assert!(seen.insert(password.expose().to_owned()), "no two are the same");
        }
    }

    #[test]
    fn a_one_time_password_has_at_least_100_bits() {
        let distinct: HashSet<_> = ALPHABET.iter().collect();
        assert_eq!(distinct.len(), ALPHABET.len());
        let chars = one_time_password(&Seeded::new(3)).expose().replace('-', "").len();
        assert!(chars >= 21, "21 are enough, and 25 are too many for a u128");
        assert!(u128::try_from(distinct.len()).unwrap().pow(21) > 1 << 100);
    }

    #[test]
    fn an_invite_code_reads_back_and_no_two_are_the_same() {
        let entropy = Seeded::new(4);
        let mut seen = HashSet::new();
        for _ in 0..200 {
            let text = invite_code(&entropy);
            let code = InviteCode::parse(text.expose()).expect("a code");
            assert_eq!(code.expose(), text.expose().replace('-', ""));
            assert!(seen.insert(code.expose().to_owned()));
        }
    }

    #[test]
    fn a_recovery_code_reads_back() {
        let text = recovery_code(&Seeded::new(5));
        let code = RecoveryCode::parse(text.expose()).expect("a code");
        assert_eq!(code.expose(), text.expose().replace('-', ""));
    }

    #[test]
    fn every_item_is_picked_equally_often() {
        let words = Wordlist::EffLong.get_list();
        assert_eq!(words.len(), 7776);
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), 7776);

        // 65,536 draws hold each 13-bit number 8 times; those beyond the last word count for nothing.
        let entropy = Counting(Mutex::new(0));
        let mut times = vec![0; words.len()];
        let positions: Vec<usize> = (0..words.len()).collect();
        for _ in 0..8 * words.len() {
            times[*pick(&positions, &entropy)] += 1;
        }
        assert!(times.iter().all(|&n| n == 8));
    }

    #[test]
    fn a_number_beyond_the_end_is_drawn_again() {
        let entropy = Counting(Mutex::new(31));
        assert_eq!(*pick(ALPHABET, &entropy), b'a', "31 is refused, 32 is 0 in five bits");
        assert_eq!(*entropy.0.lock().unwrap(), 33);
    }

    #[test]
    fn a_passphrase_is_six_words_that_may_be_chosen_as_a_password() {
        let entropy = Seeded::new(2);
        let first = passphrase(&Counting(Mutex::new(0)));
        assert_eq!(first.expose(), "abacus-abdomen-abdominal-abide-abiding-ability");
        for _ in 0..100 {
            let phrase = passphrase(&entropy);
            strength::accept(phrase.expose(), &["alice", "Alice Liddell"], 15).unwrap();
        }
    }
}
