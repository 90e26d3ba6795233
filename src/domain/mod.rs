//! The words of the product and the rules that need nothing else.
//!
//! No async, no I/O, no clock: time and randomness arrive through [`time::Clock`] and
//! [`id::Entropy`]. Everybody may use this room; it uses nobody.
//!
//! Who may do what stands in one table: [`role::BUILT_IN`]. Which rules are in force, and what they may be, in
//! another: [`policy::RULES`].

pub mod code;
pub mod csv;
pub mod door;
pub mod duration;
pub mod event;
pub mod id;
pub mod import;
pub mod moment;
pub mod name;
pub mod nearest;
pub mod policy;
pub mod preferences;
pub mod presence;
pub mod public;
pub mod role;
pub mod second_factor;
pub mod secret;
pub mod session;
pub mod source;
pub mod text;
pub mod time;
pub mod zone;
