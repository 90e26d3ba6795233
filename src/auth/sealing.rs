//! Seals what has to be read again, such as the seed of an authenticator, so that a copy of the store alone
//! gives nothing away.
//!
//! ChaCha20-Poly1305 with a key that is kept beside the store and not in it. What is sealed is bound to
//! whom it belongs: moved to another account it does not open. Source: RFC 8439; OWASP ASVS 11.3.

use std::fmt;

use data_encoding::BASE64_NOPAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::domain::id::Entropy;

/// The key. No `Debug`, no `Clone`: there is one.
pub struct SealingKey(LessSafeKey);

/// Something sealed, as it is stored: nonce, what is sealed, and its tag.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed([redacted])")
    }
}

impl SealingKey {
    pub const BYTES: usize = 32;

    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Option<Self> {
        UnboundKey::new(&CHACHA20_POLY1305, bytes).ok().map(LessSafeKey::new).map(Self)
    }

    /// Bytes for a key that nobody has.
    pub fn random_bytes(entropy: &dyn Entropy) -> Zeroizing<[u8; Self::BYTES]> {
        let mut bytes = Zeroizing::new([0; Self::BYTES]);
        entropy.fill(bytes.as_mut());
        bytes
    }

    /// Seals a text for its owner. The nonce is random: 96 bits do for more seeds than there are people.
    pub fn seal(&self, entropy: &dyn Entropy, owner: &[u8], plain: &[u8]) -> Option<Sealed> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        // Large enough from the start: what grows leaves copies of itself behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(plain.len() + CHACHA20_POLY1305.tag_len()));
        bytes.extend_from_slice(plain);
        let aad = Aad::from(owner);
        self.0.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut *bytes).ok()?;
        Some(Sealed(BASE64_NOPAD.encode(&[nonce.as_slice(), &bytes].concat())))
    }

    /// What was sealed with this key for that owner; `None` for everything else.
    pub fn open(&self, owner: &[u8], sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = Zeroizing::new(BASE64_NOPAD.decode(sealed.0.as_bytes()).ok()?);
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.0.open_in_place(nonce, Aad::from(owner), &mut rest).ok()?;
        Some(Zeroizing::new(plain.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(u8);

    impl Entropy for Bytes {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    fn key(byte: u8) -> SealingKey {
        SealingKey::from_bytes(&[byte; 32]).unwrap()
    }

    #[test]
    fn what_is_sealed_opens_for_its_owner_and_with_its_key_only() {
        let sealed = key(1).seal(&Bytes(7), b"alice", b"a seed").unwrap();
        assert_eq!(key(1).open(b"alice", &sealed).unwrap().as_slice(), b"a seed");
        assert!(key(1).open(b"bob", &sealed).is_none() && key(2).open(b"alice", &sealed).is_none());
    }

    #[test]
    fn no_byte_of_it_can_be_changed() {
        let Sealed(text) = key(1).seal(&Bytes(7), b"alice", b"a seed").unwrap();
        for at in 0..text.len() {
            let other = if text.as_bytes()[at] == b'A' { "B" } else { "A" };
            let changed = Sealed(format!("{}{other}{}", &text[..at], &text[at + 1..]));
            assert!(key(1).open(b"alice", &changed).is_none(), "{at}");
        }
        for bad in ["", "A", "AAAA", "not base64!"] {
            assert!(key(1).open(b"alice", &Sealed(bad.to_owned())).is_none(), "{bad}");
        }
    }

    #[test]
    fn nothing_of_it_prints() {
        let sealed = key(1).seal(&Bytes(7), b"alice", b"a seed").unwrap();
        assert_eq!(format!("{sealed:?}"), "Sealed([redacted])");
    }
}
