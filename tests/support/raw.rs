//! A client that says whatever it is told to: the key exchange is as it should be, every message after it is the
//! test's own, to the byte.
//!
//! Source: RFC 4253, RFC 8731 (curve25519-sha256), RFC 5647 (AES-GCM). It trusts every host key.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::digest::{Context, SHA256};
use ring::rand::SystemRandom;

use super::PATIENCE;

const IDENT: &str = "SSH-2.0-raw";
const TAG: usize = 16;

/// A connection whose key exchange is over.
pub struct Raw {
    stream: TcpStream,
    send: Sealed,
    receive: Sealed,
}

/// One direction.
struct Sealed {
    key: LessSafeKey,
    iv: [u8; 12],
}

impl Sealed {
    fn new(key: &[u8], iv: &[u8]) -> Self {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
        Self { key, iv: iv[..12].try_into().unwrap() }
    }

    /// The nonce of the next packet: its last eight bytes count.
    fn nonce(&mut self) -> Nonce {
        let nonce = Nonce::assume_unique_for_key(self.iv);
        let count = u64::from_be_bytes(self.iv[4..].try_into().unwrap()).wrapping_add(1);
        self.iv[4..].copy_from_slice(&count.to_be_bytes());
        nonce
    }
}

/// A string as SSH writes it.
pub fn string(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// A request to sign in, up to what the method adds.
pub fn request(user: &str, method: &str) -> Vec<u8> {
    [vec![50], string(user), string("ssh-connection"), string(method)].concat()
}

fn framed(payload: &[u8], block: usize, counted: usize) -> Vec<u8> {
    let least = counted + 1 + payload.len() + 4;
    let padding = 4 + (block - least % block) % block;
    let length = u32::try_from(1 + payload.len() + padding).unwrap();
    [&length.to_be_bytes()[..], &[u8::try_from(padding).unwrap()], payload, &vec![0; padding]].concat()
}

fn take(stream: &mut TcpStream, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).ok().map(|()| bytes)
}

fn plain(stream: &mut TcpStream) -> Vec<u8> {
    let length = u32::from_be_bytes(take(stream, 4).unwrap().try_into().unwrap());
    without_padding(&take(stream, length as usize).unwrap())
}

fn without_padding(packet: &[u8]) -> Vec<u8> {
    packet[1..packet.len() - usize::from(packet[0])].to_vec()
}

/// The part of a message behind a string, and the string.
fn string_at(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
    bytes[4..].split_at(length)
}

fn algorithms() -> Vec<u8> {
    let cipher = "aes256-gcm@openssh.com";
    let lists =
        ["curve25519-sha256", "ssh-ed25519", cipher, cipher, "hmac-sha2-256-etm@openssh.com"].map(string);
    let mac = string("hmac-sha2-256-etm@openssh.com");
    let rest = ["none", "none", "", ""].map(string).concat();
    [vec![20], vec![7; 16], lists.concat(), mac, rest, vec![0; 5]].concat()
}

fn hash(parts: &[&[u8]]) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// A number that is not negative, as SSH writes it.
fn number(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len());
    let digits = &bytes[first..];
    let sign: &[u8] = if digits.first().is_some_and(|byte| *byte >= 0x80) { &[0] } else { &[] };
    string([sign, digits].concat())
}

impl Raw {
    /// Connects from an address of this machine, and asks for the service that signs people in.
    pub async fn connect_from(from: &str, port: u16) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        let stream = socket.connect(([127, 0, 0, 1], port).into()).await.unwrap();
        let mut stream = stream.into_std().unwrap();
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        let mut raw = Self::exchange_keys(&mut stream);
        raw.send(&[vec![5], string("ssh-userauth")].concat());
        let accepted = raw.receive().unwrap();
        assert_eq!(accepted[0], 6, "{accepted:?}");
        raw
    }

    fn exchange_keys(stream: &mut TcpStream) -> Self {
        stream.write_all(format!("{IDENT}\r\n").as_bytes()).unwrap();
        let mut theirs = Vec::new();
        while !theirs.ends_with(b"\n") {
            theirs.extend(take(stream, 1).unwrap());
        }
        let theirs = theirs.trim_ascii_end();
        let ours = algorithms();
        stream.write_all(&framed(&ours, 8, 4)).unwrap();
        let server = plain(stream);
        let random = SystemRandom::new();
        let private = EphemeralPrivateKey::generate(&X25519, &random).unwrap();
        let public = private.compute_public_key().unwrap();
        stream.write_all(&framed(&[vec![30], string(&public)].concat(), 8, 4)).unwrap();
        let reply = plain(stream);
        assert_eq!(reply[0], 31, "{reply:?}");
        let (host_key, rest) = string_at(&reply[1..]);
        let (their_public, _) = string_at(rest);
        let peer = UnparsedPublicKey::new(&X25519, their_public);
        let secret = agree_ephemeral(private, &peer, number).unwrap();
        let said = [IDENT.as_bytes(), theirs, &ours, &server, host_key, public.as_ref(), their_public];
        let exchanged = hash(&[&said.map(string).concat(), &secret]);
        stream.write_all(&framed(&[21], 8, 4)).unwrap();
        assert_eq!(plain(stream), [21]);
        let key = |letter: u8| hash(&[&secret, &exchanged, &[letter], &exchanged]);
        Self {
            stream: stream.try_clone().unwrap(),
            send: Sealed::new(&key(b'C'), &key(b'A')),
            receive: Sealed::new(&key(b'D'), &key(b'B')),
        }
    }

    /// Sends one message.
    pub fn send(&mut self, payload: &[u8]) {
        let packet = framed(payload, 16, 0);
        let (length, rest) = packet.split_at(4);
        let mut sealed = rest.to_vec();
        let nonce = self.send.nonce();
        self.send.key.seal_in_place_append_tag(nonce, Aad::from(length), &mut sealed).unwrap();
        // Whoever was cut off learns it when they read.
        let _ = self.stream.write_all(&[length, &sealed].concat());
    }

    /// The next message that is no banner; nothing when the connection is over.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            let length = take(&mut self.stream, 4)?;
            let more = u32::from_be_bytes(length.clone().try_into().unwrap()) as usize + TAG;
            let mut sealed = take(&mut self.stream, more)?;
            let nonce = self.receive.nonce();
            let opened = self.receive.key.open_in_place(nonce, Aad::from(&length), &mut sealed).unwrap();
            let payload = without_padding(opened);
            if payload[0] != 53 {
                return Some(payload);
            }
        }
    }
}
