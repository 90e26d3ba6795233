//! Passholder: accounts, sessions and a full-screen dashboard, reached with nothing but `ssh`.
//!
//! *Authentication* proves identity, *session management* keeps it, *authorization* decides: three
//! rooms, never mixed.
//!
//! | room | what lives there |
//! | --- | --- |
//! | [`domain`] | words and rules; no async, no I/O, no clock |
//! | [`auth`] | proves identity: passwords, the second factor; knows secrets, knows no screen |
//! | [`dal`] | the vault: the only way to the data, checked every time; [`dal::audit`] reads what happened to them |
//! | [`proxy`] | the optimistic guard: what to draw. Delete it and nothing leaks |
//! | [`tui`] | the dashboard; all that it says stands in `tui/words` |
//! | [`cli`] | the same operations as commands |
//! | [`ssh`] | the front: russh, and what it leaves to us |
//! | [`config`], [`logging`], [`server`] | wiring; no rule |
//!
//! Arrows: `ssh -> {tui, cli} -> {proxy, dal} -> {auth, store}`. `domain` lies below everything.
//!
//! Where is the role check of the Users screen? Secure: `dal/users/mod.rs`, first line of `list`.
//! Optimistic: its row in `tui/screens/mod.rs`. Who holds it: `domain/role/mod.rs`.
//!
//! Where is the second factor? What is typed: `domain/second_factor.rs`. Whether it passes: `auth/second_factor.rs`, with
//! `auth/totp.rs` for an authenticator's codes and `auth/sealing.rs` for its seed. Its record: `dal/second_factor/stored.rs`. The
//! door that asks: `dal/login/code.rs`. One's own: `dal/second_factor/mod.rs`; that of somebody who lost it:
//! `dal/users/second_factor.rs`. On screen: `tui/screens/account/factor`.
//!
//! Where is the audit trail? Written with each change: `dal/change`, as a `What` of `domain/event.rs`. Read and
//! searched: `dal/audit`.

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
