//! Identifiers: random, immutable, never the name of anything.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::code::InviteCode;
use super::second_factor::RecoveryCode;
use super::time::Timestamp;

/// Unpredictable bytes, passed in so that tests need no luck.
pub trait Entropy: Send + Sync + 'static {
    fn fill(&self, bytes: &mut [u8]);
}

/// An account, for ever: survives renaming, is never used again after a deletion.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId([u8; 16]);

/// A session, as the store and everybody else know it: SHA-256 of its [`SessionSecret`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 32]);

/// The 256 random bits of a session. Never stored, never shown.
pub struct SessionSecret(Zeroizing<[u8; 32]>);

/// An invite, as the store and everybody else know it: SHA-256 of its [`InviteCode`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InviteId([u8; 32]);

/// A recovery code, as the store knows it: SHA-256 of its [`RecoveryCode`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecoveryId([u8; 32]);

/// The short form of a session's or an invite's id that people see and type: 10 characters, 50 bits.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Handle(String);

/// An entry of the audit trail.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventId([u8; 8]);

/// What people see and type of an event: when it happened, and the beginning of its id. Those of later events
/// sort behind those of earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventHandle([u8; 10]);

impl UserId {
    /// That of an account that is made at this moment: the millisecond, then 80 random bits, as in a ULID.
    ///
    /// Accounts that are made together, as teams and imports are, lie together in the store: a page of them
    /// is read from few places of it.
    pub fn new(at: Timestamp, entropy: &dyn Entropy) -> Self {
        let Self(mut bytes) = Self::random(entropy);
        let millis = at.as_micros() / 1_000;
        // The upper 16 bits come with the year 10889.
        let [_, _, time @ ..] = millis.to_be_bytes();
        if let Some(start) = bytes.first_chunk_mut() {
            *start = time;
        }
        Self(bytes)
    }

    /// That of nobody in particular.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        Self(bytes)
    }
}

impl SessionSecret {
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(bytes.as_mut());
        Self(bytes)
    }

    pub fn id(&self) -> SessionId {
        SessionId(Sha256::digest(self.0.as_ref()).into())
    }
}

impl SessionId {
    pub fn handle(&self) -> Handle {
        Handle(self.to_string().chars().take(Handle::CHARS).collect())
    }
}

impl InviteId {
    pub fn of(code: &InviteCode) -> Self {
        Self(Sha256::digest(code.expose().as_bytes()).into())
    }

    /// That of no invite.
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    pub fn handle(&self) -> Handle {
        Handle(self.to_string().chars().take(Handle::CHARS).collect())
    }
}

impl Handle {
    const CHARS: usize = 10;

    /// Reads what somebody typed.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        let text = text.trim().to_ascii_lowercase();
        let is_base32 = text.bytes().all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        if text.len() == Self::CHARS && is_base32 { Ok(Self(text)) } else { Err(BadId) }
    }
}

impl RecoveryId {
    pub fn of(code: &RecoveryCode) -> Self {
        Self(Sha256::digest(code.expose().as_bytes()).into())
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl EventId {
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        Self(bytes)
    }
}

impl EventHandle {
    /// Bytes of the time: microseconds up to the year 4253.
    const TIME: usize = 7;

    pub fn of(at: Timestamp, EventId(id): EventId) -> Self {
        let [_, time @ ..] = at.as_micros().to_be_bytes();
        let mut bytes = [0; 10];
        for (byte, from) in bytes.iter_mut().zip(time.into_iter().chain(id)) {
            *byte = from;
        }
        Self(bytes)
    }

    pub fn at(self) -> Timestamp {
        let time = self.0.iter().take(Self::TIME);
        Timestamp::from_micros(time.fold(0, |micros, byte| (micros << 8) | u64::from(*byte)))
    }
}

/// A text is not the id that it should be.
#[derive(Debug, thiserror::Error)]
#[error("not a valid id")]
pub struct BadId;

/// Text form of an id: lower-case base32 without padding, in `Display`, `Debug`, `FromStr` and serde.
macro_rules! base32_text {
    ($name:ident, $bytes:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE32_NOPAD.encode(&self.0).to_ascii_lowercase())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).map_err(|_| BadId)?;
                <[u8; $bytes]>::try_from(bytes).map(Self).map_err(|_| BadId)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

base32_text!(UserId, 16);
base32_text!(SessionId, 32);
base32_text!(InviteId, 32);
base32_text!(RecoveryId, 32);
base32_text!(EventId, 8);
base32_text!(EventHandle, 10);

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({})", self.0)
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = UserId::random(&Counting(7.into()));
        assert_eq!(id.to_string().parse::<UserId>().unwrap(), id);
        assert!("".parse::<UserId>().is_err());
        assert!("zz".parse::<UserId>().is_err());
    }

    #[test]
    fn accounts_are_in_the_order_in_which_they_were_made() {
        let entropy = Counting(7.into());
        let at = |millis: u64| UserId::new(Timestamp::from_micros(millis * 1_000), &entropy);
        let (first, second, later) = (at(1_795_432_334_000), at(1_795_432_334_000), at(1_795_432_334_001));
        assert!(first != second && first < later && second < later);
    }

    #[test]
    fn the_handle_of_an_event_tells_when_it_was() {
        let entropy = Counting(7.into());
        let of = |micros: u64| EventHandle::of(Timestamp::from_micros(micros), EventId::random(&entropy));
        let (first, later) = (of(1_795_432_334_123_456), of(1_795_432_334_123_457));
        assert_eq!(first.at().as_micros(), 1_795_432_334_123_456);
        assert!(first < later && first.to_string() < later.to_string());
        assert_eq!(first.to_string().len(), 16);
        assert_eq!(first.to_string().parse::<EventHandle>().unwrap(), first);
    }

    #[test]
    fn a_handle_shows_no_bit_of_the_secret() {
        let secret = SessionSecret::random(&Counting(0.into()));
        let of_the_secret = BASE32_NOPAD.encode(secret.0.as_ref()).to_ascii_lowercase();
        assert!(!of_the_secret.starts_with(&secret.id().handle().to_string()));
        assert_eq!(secret.id().handle().to_string().len(), 10);
        assert_eq!(format!("{secret:?}"), "SessionSecret([redacted])");
    }
}
