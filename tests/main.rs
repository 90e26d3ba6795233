//! The product as a whole, and the promises that hold across rooms. One binary, so that the heavy
//! parts are linked once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::missing_panics_doc,
    reason = "a test says what it expects"
)]

mod support;

mod account_life;
mod account_time;
mod activity;
mod attempts;
mod audit;
mod audit_screen;
mod authority;
mod caps;
mod cli;
mod custom_roles;
mod demo;
mod frames;
mod gallery;
mod hostile;
mod hostile_inside;
mod invite_codes;
mod invite_screens;
mod invites;
mod journeys;
mod keys;
mod layers;
mod lifetimes;
mod locks;
mod looks;
mod mending;
mod one_time_passwords;
mod passwords;
mod pictures;
mod plain;
mod policy;
mod policy_screen;
mod preferences;
mod product;
mod recover;
mod resuming;
mod role_races;
mod role_screens;
mod roles;
mod screens;
mod screens_at_work;
mod second_factor;
mod second_factor_door;
mod second_factor_guesses;
mod second_factor_rules;
mod second_factor_screens;
mod second_factor_seeds;
mod sessions;
mod sign_up;
mod sign_up_form;
mod sign_up_rules;
mod sizes;
mod tables;
mod terminals;
mod user_lists;
mod users_at_scale;
mod words;
mod works;
