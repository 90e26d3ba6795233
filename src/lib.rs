//! Passholder: accounts, sessions and a full-screen dashboard, reached with nothing but `ssh`.
//!
//! *Authentication* proves identity, *session management* keeps it, *authorization* decides: three
//! rooms, never mixed.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`domain`] | words and rules; no async, no I/O, no clock |
//! | [`auth`] | proves identity; knows secrets, knows no screen |
//! | [`dal`] | the vault: the only way to the data, checked every time |
//! | [`proxy`] | the optimistic guard: what to draw. Delete it and nothing leaks |
//! | [`tui`] | the dashboard |
//! | [`cli`] | the same operations as commands |
//! | [`ssh`] | the front: russh, and what it leaves to us |
//! | [`config`], [`logging`], [`server`] | wiring; no rule |
//!
//! Arrows: `ssh -> {tui, cli} -> {proxy, dal} -> {auth, store}`. `domain` lies below everything.
//!
//! Where is the role check of the Users screen? Secure: `dal/users/mod.rs`, first line of `list`.
//! Optimistic: its row in `tui/screens/mod.rs`. Who holds it: `domain/role.rs`.

pub mod auth;
pub mod cli;
pub mod config;
pub mod dal;
pub mod domain;
pub mod logging;
pub mod proxy;
pub mod server;
pub mod ssh;
pub mod tui;
