//! The pieces that screens are built of: lists, forms, boxes, charts, and what is said where nothing is.
//!
//! Each is plain state with methods that change it, and a `draw` that only looks. Nothing here
//! fetches, waits, or knows what it shows; who may see something was settled before it came here.
//!
//! Three promises hold for every `draw`. It may be given any area, also one of no size or beyond the
//! screen: what does not fit is left out. Columns are counted as the terminal counts them, so that
//! `漢` takes two and lines stay straight. And it stays within its area, clicks included. `text`
//! keeps the first two; draw through it.
//!
//! | to | take |
//! | --- | --- |
//! | list | [`table`] with its [`columns`], [`chooser`], [`pager`] and [`foot`]: `screens::list` is all of them |
//! | ask | [`form`] of [`field`]s in a [`panel`]; [`dialog`] for yes or no, with [`buttons`] for more than that; [`theirs`] where two save at once |
//! | tell | [`facts`], [`state`], [`hints`], [`keys`], [`meter`], [`number`] |
//! | picture | [`chart`] for hours, [`spark`] for a trend, [`bars`] to compare, [`gauge`] for a limit, [`progress`] for work; [`qr`] for a phone |
//!
//! # The visual language
//!
//! So that whatever is drawn next looks as if the same hand had drawn it.
//!
//! **Room.** One column of air left and right of everything; the frame sees to that around a screen.
//! Two blank columns between columns of a table and between a label and its value, three between
//! hints, one blank row between groups. Where room is short things leave in this order: air,
//! ornament, hints, what matters least. Numbers and what has the keyboard stay to the last.
//!
//! **Lines.** A border is for a box that covers something, and for nothing else; a box is as large as
//! its content and stands in the middle. Lists and pages have no lines. What a box covers cannot be
//! clicked ([`Look::covers`](super::look::Look::covers)).
//!
//! **Meaning before colour.** A style is named for what it means: headings of groups `accent`,
//! headings of columns `title`, labels and what one may overlook `muted`, values `value`, what
//! destroys or has failed `danger`. Nothing is said by colour alone: there is always a glyph or a word
//! too.
//!
//! | glyph | means |
//! | --- | --- |
//! | `›` | selected; the whole row or button is reversed too |
//! | `✓` | marked, or shown |
//! | `▲` `▼` | in this order, rising or falling |
//! | `‹` `›` in a header | more columns that way |
//! | `×` `!` | failed; not allowed |
//! | `…` | cut here, or not done yet |
//! | `█` `▒` | the first series and the second |
//! | `▇` `▁` | used, or done, and what is missing |
//!
//! **Errors of fields** stand below their field in whole sentences, on as many rows as they need, as soon
//! as the field is left; where room is short fields move closer together for them.
//!
//! **Focus.** What has the keyboard has the terminal's cursor, and an `accent` label or border. There
//! is one such thing on a screen.
//!
//! **Nothing to show.** Loading, empty, failed and denied are one [`state`], at the top left of where
//! data would be: a mark, a sentence, and below it the way on as a hint. A chart without room for
//! itself leaves its numbers.
//!
//! **Danger.** What cannot be taken back is asked about in a box with a `danger` border whose title
//! names what goes: `Delete bob`. The harmless answer is the one that Esc and the first button give.
//!
//! **Hints and clicks.** A [`hints::Hint`] names a key and what it does, and a click on it does just
//! that. Where there is no room there are fewer of them, whole, and help has the others. What happened stands
//! above the hints and never instead of them. Whatever else a key can reach says so with [`Look::clickable`](super::look::Look::clickable),
//! in the command that the key is understood as: rows, headings, fields, the line of a search.
//!
//! **Words.** They stand in [`words`](super::words), which says how they sound: plain sentences with a full
//! stop for what happened, bare words for labels, small letters for hints, and blame for nobody. Numbers are grouped (`1 234`, [`number::thousands`]) and stand at the right in a
//! column; the units are words (`13 s left`).

pub mod bars;
pub mod buttons;
pub mod chart;
pub mod chooser;
pub mod columns;
mod completion;
pub mod dialog;
pub mod facts;
pub mod field;
#[cfg(test)]
mod field_tests;
pub mod foot;
pub mod form;
pub mod gauge;
pub mod hints;
mod history;
pub mod keys;
pub mod meter;
pub mod number;
pub mod pager;
pub mod panel;
#[cfg(test)]
mod picture_tests;
pub mod progress;
#[cfg(test)]
mod promise_tests;
pub mod qr;
pub mod spark;
pub mod state;
pub mod table;
#[cfg(test)]
mod tests;
pub(super) mod text;
pub mod theirs;

pub use self::{
    dialog::Dialog,
    field::TextField,
    form::Form,
    table::{Column, Table},
};
