//! Invites: made, listed, used and refused.
