//! Authentication: proves who is at the other end.
//!
//! This room knows secrets and how they are checked. It knows no screen, no store and no SSH
//! library: stored hashes, time and randomness are handed in, and what comes out is an answer that
//! somebody else acts upon. Nothing here says what anyone may do; that is `domain::role`.
//!
//! - [`password`]: hashes and checks passwords on threads of their own, so that a storm of sign-ins
//!   costs neither memory nor the rest of the program.
//! - [`strength`]: which passwords people may choose, and what to tell them about the others.
//! - [`generate`]: passwords that the program chooses.
//! - [`login`]: how one connection's sign-in goes from its first request to its end.
//! - [`totp`]: the codes of an authenticator.
//! - [`second_factor`]: somebody's second factor, what it accepts and how it is guarded against guessing.
//! - [`sealing`]: how what has to be read again is kept where others may read.
//! - [`throttle`]: how failures at an account slow down what comes after them.
//! - [`penalties`]: how a source is refused that keeps failing.
//! - [`recent`]: what is remembered of sources, within bounds.
//!
//! Secrets are never compared with `==` on bytes, never logged, and wiped when they are dropped.

pub mod generate;
pub mod login;
pub mod password;
pub mod penalties;
pub mod recent;
pub mod sealing;
pub mod second_factor;
pub mod strength;
pub mod throttle;
pub mod totp;
