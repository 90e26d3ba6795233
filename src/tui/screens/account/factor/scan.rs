//! A new seed: as a code to scan and as letters to type, and the first code that proves that it was taken over.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::dal::second_factor::Enrolment;
use crate::domain::second_factor::Proof;
use crate::domain::secret::Secret;
use crate::tui::look::{Grain, Look};
use crate::tui::widgets::facts::below;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::Form;
use crate::tui::widgets::qr::Qr;
use crate::tui::widgets::text::{cells, columns, put, put_lines, row, split, wrap};
use crate::tui::words::second_factor as say;

use super::Order;

/// Characters of a code, and of blanks that somebody types between its digits.
const CHARS: usize = 12;

/// Columns of words beside the code to scan, at least, and blank ones between.
const BESIDE: u16 = 32;
const GAP: u16 = 2;

/// Rows of words below it, at least: those of what to do, the secret and the field, with a blank one above.
const BELOW: u16 = 8;

/// Columns beyond which lines are tiring to read.
const WIDTH: u16 = 72;

pub struct Scan {
    enrolment: Arc<Enrolment>,
    /// `None` for an account whose name is too long.
    picture: Option<Qr>,
    pub form: Form,
}

impl Scan {
    pub fn new(enrolment: Enrolment) -> Self {
        let picture = Qr::of(&enrolment.uri());
        let code = TextField::new(CHARS).with_check(is_code);
        let form = Form::new(vec![(say::FIRST_CODE, code)]);
        Self { enrolment: Arc::new(enrolment), picture, form }
    }

    /// The first code was typed.
    pub fn order(&mut self) -> Option<Order> {
        if let Err(why) = is_code(self.form.value(0)) {
            self.form.set_error(0, why);
            return None;
        }
        let code = Secret::new(self.form.value(0).to_owned());
        Some(Order::Confirm(Arc::clone(&self.enrolment), code))
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, why: &str, look: &Look) {
        if look.grain == Grain::Words {
            return self.draw_read_aloud(frame, area, why, look);
        }
        let places = self.picture.as_ref().and_then(|picture| Places::of(picture, area, look));
        if let (Some(picture), Some(places)) = (&self.picture, places) {
            picture.draw(frame, places.picture, look);
            return self.draw_words(frame, places.words, &[(why, look.muted), (say::SCAN, look.value)], look);
        }
        let said = [(why, look.muted), (say::TYPE_IN, look.value), (say::ENLARGE, look.muted)];
        self.draw_words(frame, area, &said, look);
    }

    /// What is said, then the secret, then the field. Where room is short, air goes first, then why.
    fn draw_words(&self, frame: &mut Frame, area: Rect, said: &[(&str, Style)], look: &Look) {
        let area = Rect { width: area.width.min(WIDTH), ..area };
        let room = usize::from(area.width);
        let secret = self.enrolment.secret();
        let mut groups: Vec<(Vec<String>, Style)> =
            said.iter().map(|(words, style)| (wrap(words, room), *style)).collect();
        // Behind what to do with it, whatever else is said.
        groups.insert(2, (wrap(secret.expose(), room), look.title));
        let field = self.form.height(area.width);
        let tight = field.saturating_sub(1);
        let rows = |groups: &[(Vec<String>, Style)]| {
            cells(groups.iter().map(|(lines, _)| lines.len()).sum::<usize>())
        };
        if rows(&groups) + tight > area.height {
            groups.remove(0);
        }
        let shown = groups.iter().filter(|(lines, _)| !lines.is_empty());
        let air = u16::from(rows(&groups) + cells(shown.count()) + field <= area.height);
        let mut rest = area;
        for (lines, style) in groups.iter().filter(|(lines, _)| !lines.is_empty()) {
            put_lines(frame.buffer_mut(), rest, lines, *style);
            rest = below(rest, cells(lines.len()) + air);
        }
        self.form.draw(frame, rest, look);
    }

    /// Line by line: what to put into an authenticator that cannot see a screen.
    fn draw_read_aloud(&self, frame: &mut Frame, area: Rect, why: &str, look: &Look) {
        let (secret, uri) = (self.enrolment.secret(), self.enrolment.uri());
        let mut rest = area;
        for words in [why, say::READ_OUT] {
            let used = put(frame.buffer_mut(), row(rest, 0), words, look.value);
            rest = below(rest, u16::from(used > 0));
        }
        for (label, value) in [(say::SECRET, &secret), (say::ADDRESS, &uri)] {
            let line = row(rest, 0);
            put(frame.buffer_mut(), line, label, look.muted);
            let (_, place) = split(line, cells(columns(label)) + GAP);
            put(frame.buffer_mut(), place, value.expose(), look.value);
            rest = below(rest, 1);
        }
        self.form.draw(frame, below(rest, 1), look);
    }
}

/// Where the code to scan goes, and the words.
struct Places {
    picture: Rect,
    words: Rect,
}

impl Places {
    /// Beside each other where they fit, else below one another; `None` where neither fits.
    fn of(picture: &Qr, area: Rect, look: &Look) -> Option<Self> {
        let (columns, rows) = picture.size(look)?;
        if area.height >= rows && area.width >= columns + GAP + BESIDE {
            let (picture, rest) = split(area, columns);
            return Some(Self { picture, words: split(rest, GAP).1 });
        }
        let fits = area.width >= columns && area.height >= rows + BELOW;
        let words = below(area, rows + 1);
        fits.then_some(Self { picture: Rect { height: rows, ..area }, words })
    }
}

fn is_code(typed: &str) -> Result<(), String> {
    match Proof::parse(typed) {
        Some(Proof::Totp(_)) => Ok(()),
        Some(Proof::Recovery(_)) | None => Err(say::SIX_DIGITS.to_owned()),
    }
}
