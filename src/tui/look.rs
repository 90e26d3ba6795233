//! How a screen looks to one person, and what in it can be clicked.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use ratatui::layout::{Position, Rect};

use super::keymap::Command;
use super::theme::Theme;

/// How fine a picture can be that is drawn of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Two blocks in a cell, one above the other.
    Halves,
    /// Nothing but whole cells: of characters there are the ASCII ones.
    Cells,
    /// It is read aloud: words instead.
    Words,
}

/// One person's theme, and where on their screen a click means something.
///
/// Drawing changes nothing but this: whoever draws something that can be clicked says so here, in the
/// words that a key would be understood as. So a click never does what no key does.
#[derive(Debug, Clone)]
pub struct Look {
    pub theme: &'static Theme,
    pub grain: Grain,
    hits: RefCell<Vec<(Rect, Command)>>,
    /// What is drawn now lies below something that has the keyboard.
    is_below: Cell<bool>,
    /// What is drawn has more lines than there is room for.
    goes_on: Cell<bool>,
}

impl Look {
    pub fn new(theme: &'static Theme) -> Self {
        let grain = Grain::Halves;
        Self { theme, grain, hits: RefCell::default(), is_below: Cell::default(), goes_on: Cell::default() }
    }

    /// The same for pictures of another grain.
    #[must_use]
    pub fn with_grain(self, grain: Grain) -> Self {
        Self { grain, ..self }
    }

    /// A new frame: nothing can be clicked yet, nor scrolled.
    pub fn begin(&self) {
        self.hits.borrow_mut().clear();
        self.goes_on.set(false);
    }

    /// From now on a click in this area means that. What is drawn later lies above.
    pub fn clickable(&self, area: Rect, command: Command) {
        if !area.is_empty() {
            self.hits.borrow_mut().push((area, command));
        }
    }

    /// Nothing below this area can be clicked: a box covers it.
    pub fn covers(&self, area: Rect) {
        self.clickable(area, Command::None);
    }

    /// From now on what is drawn lies below something that has the keyboard, or no longer.
    pub fn set_below(&self, is_below: bool) {
        self.is_below.set(is_below);
    }

    /// Whether what is drawn now may have the cursor.
    pub fn has_keyboard(&self) -> bool {
        !self.is_below.get()
    }

    /// What is drawn goes on beyond its area, and can be scrolled.
    pub fn set_goes_on(&self) {
        self.goes_on.set(true);
    }

    /// Whether something goes on that was drawn since the frame began.
    pub fn goes_on(&self) -> bool {
        self.goes_on.get()
    }

    /// Whether a click anywhere means that, so that it is worth naming.
    pub fn offers(&self, command: &Command) -> bool {
        self.hits.borrow().iter().any(|(_, hit)| hit == command)
    }

    /// What a click there means.
    pub fn hit(&self, at: Position) -> Option<Command> {
        let hits = self.hits.borrow();
        let hit = hits.iter().rev().find(|(area, _)| area.contains(at))?;
        (hit.1 != Command::None).then(|| hit.1.clone())
    }
}

impl Deref for Look {
    type Target = Theme;

    fn deref(&self) -> &Theme {
        self.theme
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_means_what_lies_on_top() {
        let look = Look::new(&Theme::DEFAULT);
        look.clickable(Rect::new(0, 0, 10, 10), Command::Open);
        look.clickable(Rect::new(2, 2, 3, 3), Command::Back);
        look.covers(Rect::new(5, 5, 2, 2));
        assert_eq!(look.hit(Position::new(0, 0)), Some(Command::Open));
        assert_eq!(look.hit(Position::new(4, 4)), Some(Command::Back));
        assert_eq!(look.hit(Position::new(5, 5)), None);
        assert_eq!(look.hit(Position::new(10, 0)), None);
        assert!(look.offers(&Command::Back) && !look.offers(&Command::Quit));
        look.begin();
        assert_eq!(look.hit(Position::new(0, 0)), None);
    }
}
