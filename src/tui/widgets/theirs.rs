//! What is said when somebody else changed the same while a form was filled in: theirs beside one's own.
//!
//! Nothing that was typed is lost, and Enter, which was just pressed, saves nothing over it: that is another key.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::dialog::Dialog;
use crate::dal::DalError;
use crate::dal::users::Revision;
use crate::domain::name::UserName;
use crate::domain::time::Timestamp;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::words;

/// Somebody else's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theirs {
    by: UserName,
    pub at: Timestamp,
    /// `the roles to operator`
    what: String,
    /// What saving over it has to say that one has seen.
    pub revision: Revision,
}

impl Theirs {
    pub fn of(error: &DalError) -> Option<Self> {
        let DalError::Changed { by, at, what, revision } = error else { return None };
        Some(Self { by: by.clone(), at: *at, what: what.clone(), revision: *revision })
    }

    /// Whether the key was pressed that saves over it.
    pub fn is_overruled(input: &Input) -> bool {
        words::SAVE_YOURS.0.chars().next() == input.character()
    }

    /// `at` is when it was, as the person reads it.
    pub fn draw(&self, frame: &mut Frame, area: Rect, at: &str, mine: &str, look: &Look) {
        let body = words::theirs(&self.by, &self.what, at, mine);
        let hints = &[words::SAVE_YOURS, words::BACK];
        let title = words::CHANGED_MEANWHILE;
        Dialog { title, body: &body, hints, is_danger: true, ..Dialog::default() }.draw(frame, area, look);
    }
}
