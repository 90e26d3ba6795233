//! The pieces that screens are built of: a field, a form, a table, a dialog, a meter.
//!
//! Each is plain state with methods that change it, and a `draw` that only looks. Nothing here
//! fetches, waits, or knows what it shows; who may see something was settled before it came here.
//!
//! Two promises hold for every `draw`. It may be given any area, also one of no size or beyond the
//! screen: what does not fit is left out. And columns are counted as the terminal counts them, so
//! that `漢` takes two and lines stay straight. [`text`] keeps both promises; draw through it.

pub mod bars;
pub mod buttons;
pub mod chart;
pub mod chooser;
pub mod columns;
mod completion;
pub mod dialog;
pub mod facts;
pub mod field;
pub mod foot;
pub mod form;
pub mod gauge;
pub mod hints;
mod history;
pub mod meter;
pub mod number;
pub mod pager;
pub mod panel;
#[cfg(test)]
mod picture_tests;
pub mod progress;
#[cfg(test)]
mod promise_tests;
pub mod spark;
pub mod state;
pub mod table;
#[cfg(test)]
mod tests;
pub(super) mod text;

pub use self::{
    dialog::Dialog,
    field::TextField,
    form::Form,
    table::{Column, Table},
};
