//! What stands where data would stand: on its way, not there, not to be had, not allowed.

use ratatui::{Frame, layout::Rect, style::Style};

use super::{
    hints::{self, Hint},
    text::{put, row, split, wrap},
};
use crate::tui::words::widgets as say;
use crate::{
    dal::DalError,
    domain::role::{Permission, RoleName, given_by},
    tui::{look::Look, notice::Notice, words},
};

/// Why there is nothing to show. The same everywhere: a mark, a sentence, and what one may do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum State<'a> {
    Loading,
    /// It was fetched, and there is nothing; `hints` is the way on from here.
    Empty {
        words: &'a str,
        hints: &'a [Hint<'a>],
    },
    Failed(&'a DalError),
    /// One may not see it.
    Denied {
        needs: Permission,
        /// The roles that would give it.
        held_by: &'a [RoleName],
    },
}

const AGAIN: &[Hint<'_>] = &[words::READ_AGAIN];
const BACK: &[Hint<'_>] = &[words::BACK];

/// Columns of a mark and the blank after it.
const MARK: u16 = 2;

impl<'a> State<'a> {
    /// The state that an error leaves behind.
    pub fn of(error: &'a DalError) -> Self {
        match error {
            DalError::Forbidden { needs, held_by } => Self::Denied { needs: *needs, held_by },
            error => Self::Failed(error),
        }
    }

    /// Draws it at the top left of the area; the way on stands below the sentence, and can be clicked.
    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let area = area.intersection(frame.area());
        let (mark, style) = self.mark(look);
        let (words, hints) = self.words();
        let buffer = frame.buffer_mut();
        let (gutter, text) = split(area, MARK);
        put(buffer, gutter, mark, style);
        let mut line = 0;
        for words in wrap(&words, text.width.into()) {
            put(buffer, row(text, line), &words, style);
            line += 1;
        }
        hints::draw(buffer, row(text, line), hints, look);
    }

    /// Told apart without colours too.
    fn mark(&self, look: &Look) -> (&'static str, Style) {
        match self {
            Self::Loading | Self::Empty { .. } => ("", look.muted),
            Self::Failed(_) => ("×", look.danger),
            Self::Denied { .. } => ("!", look.value),
        }
    }

    fn words(&self) -> (String, &'a [Hint<'a>]) {
        match self {
            Self::Loading => (say::LOADING.to_owned(), &[]),
            Self::Empty { words, hints } => ((*words).to_owned(), hints),
            Self::Failed(error) => (Notice::from(*error).words, AGAIN),
            Self::Denied { needs, held_by } => (say::denied(*needs, given_by(held_by)), BACK),
        }
    }
}
