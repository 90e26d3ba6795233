//! What stood in a field before the last edits.

/// Values and where the cursor was, the newest last.
#[derive(Default)]
pub(super) struct History {
    past: Vec<(String, usize)>,
    /// Whether the newest edit was a letter: letters in a row are undone together.
    is_typing: bool,
}

/// Edits that can be undone: more than anybody remembers.
const MAX: usize = 32;

impl History {
    /// Remembers what an edit has replaced.
    pub(super) fn note(&mut self, before: (String, usize), is_letter: bool) {
        if !(self.is_typing && is_letter) {
            if self.past.len() == MAX {
                self.past.remove(0);
            }
            self.past.push(before);
        }
        self.is_typing = is_letter;
    }

    /// The next letter begins something new.
    pub(super) fn pause(&mut self) {
        self.is_typing = false;
    }

    /// What the newest edit has replaced; forgotten with that.
    pub(super) fn undo(&mut self) -> Option<(String, usize)> {
        self.pause();
        self.past.pop()
    }
}
