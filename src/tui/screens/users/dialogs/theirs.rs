//! What is said when somebody else changed the same while a form was filled in: theirs beside one's own.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::dal::users::Revision;
use crate::domain::name::UserName;
use crate::domain::time::Timestamp;
use crate::tui::screen::Context;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::words;

/// Somebody else's change.
pub struct Theirs {
    by: UserName,
    at: Timestamp,
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

    /// Nothing that was typed is lost, and Enter, which was just pressed, saves nothing over it.
    pub fn draw(&self, frame: &mut Frame, area: Rect, mine: &str, cx: &Context) {
        let body = words::theirs(&self.by, &self.what, &cx.minute(self.at), mine);
        let hints = &[words::SAVE_YOURS, words::BACK];
        let dialog = Dialog {
            title: words::CHANGED_MEANWHILE,
            body: &body,
            hints,
            is_danger: true,
            ..Dialog::default()
        };
        dialog.draw(frame, area, &cx.look);
    }
}
