//! What a terminal says, and what a mouse points at.

use ratatui::layout::Position;

use crate::tui::input::{Mouse, MouseKind};
use crate::tui::keymap::Command;
use crate::tui::notice::{Notice, Tone};
use crate::tui::terminal::{Profile, Rgb};
use crate::tui::theme::{Background, Theme, ThemeChoice};
use crate::tui::widgets::table::Motion;

use super::App;

/// Lines that one notch of the wheel moves by.
const NOTCH: usize = 3;

impl App {
    /// What the terminal can do, as far as its name tells.
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
        self.choose_theme(None);
    }

    /// Whether the mouse is ours. While it is, a person selects text with Shift held.
    pub fn wants_mouse(&self) -> bool {
        true
    }

    /// A text is on its way to the clipboard, or cannot go there.
    pub fn copied(&mut self, is_on_its_way: bool) {
        let words = if is_on_its_way { "Sent to your clipboard." } else { "This terminal has no clipboard." };
        let tone = if is_on_its_way { Tone::Done } else { Tone::Failed };
        self.tell(Notice { tone, words: words.to_owned() });
    }

    /// The terminal has said what is behind the text.
    pub(super) fn take_background(&mut self, color: Rgb) {
        self.choose_theme(Some(color.into()));
    }

    fn choose_theme(&mut self, background: Option<Background>) {
        self.cx.look.theme = Theme::choose(ThemeChoice::Auto, background, self.profile.depth);
        self.dirty = true;
    }

    /// A press means what a key would; the wheel moves through what is shown.
    pub(super) fn take_mouse(&mut self, mouse: Mouse) {
        self.look();
        if self.lock.is_some() || self.help.is_some() {
            return;
        }
        self.dirty = true;
        self.is_untouched = false;
        match mouse.kind {
            MouseKind::Press => {
                let hit = self.cx.look.hit(Position::new(mouse.column, mouse.row));
                if let Some(command) = hit {
                    self.obey(command);
                }
            }
            // The wheel is no text.
            _ if self.screen.takes_text() => {}
            MouseKind::ScrollUp => self.scroll(Motion::Up),
            MouseKind::ScrollDown => self.scroll(Motion::Down),
        }
        self.note_place();
    }

    fn scroll(&mut self, motion: Motion) {
        for _ in 0..NOTCH {
            self.obey(Command::Move(motion));
        }
    }
}
