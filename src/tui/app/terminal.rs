//! What a terminal says, what a mouse points at, and how somebody wants it to look.

use crossterm::event::KeyCode;

use crate::domain::preferences::Preferences;
use crate::domain::secret::Secret;
use crate::tui::input::{Input, Mouse, MouseKind};
use crate::tui::keymap::Command;
use crate::tui::look::Grain;
use crate::tui::notice::Notice;
use crate::tui::screens::account;
use crate::tui::terminal::{Profile, Rgb};
use crate::tui::theme::Theme;
use crate::tui::widgets::table::Motion;
use crate::tui::words::frame as say;

use super::errands::Errand;
use super::{App, Taken};

/// Lines that one notch of the wheel moves by.
const NOTCH: usize = 3;

impl App {
    /// What the terminal can do, as far as its name tells.
    pub fn set_profile(&mut self, profile: Profile) {
        self.profile = profile;
        self.dress();
    }

    /// Whether the mouse is ours. While it is, a person selects text with Shift held.
    pub fn wants_mouse(&self) -> bool {
        self.cx.claims.preferences.mouse
    }

    /// What goes into the person's clipboard, once: what it is, and the value.
    pub fn to_copy(&mut self) -> Option<(String, Secret)> {
        self.to_copy.take()
    }

    /// It is on its way to the clipboard, or cannot go there.
    pub fn copied(&mut self, what: &str, is_on_its_way: bool) {
        self.tell(if is_on_its_way {
            Notice::done(say::sent(what))
        } else {
            Notice::failed(say::NO_CLIPBOARD)
        });
    }

    /// The terminal has said what is behind the text.
    pub(super) fn take_background(&mut self, color: Rgb) {
        self.background = Some(color.into());
        self.dress();
    }

    /// Colours and clock as the person chose, and else as their terminal is.
    pub(super) fn dress(&mut self) {
        let chosen = &self.cx.claims.preferences;
        self.cx.look.theme = Theme::choose(chosen.theme, self.background, self.profile.depth);
        self.cx.look.grain = if self.profile.is_utf8 { Grain::Halves } else { Grain::Cells };
        self.cx.zone = chosen.zone_or(self.profile.zone());
        self.dirty = true;
    }

    /// The next theme that can be read on this terminal's background. The others can be had on Account.
    pub(super) fn change_theme(&mut self) {
        let preferences = account::other_theme(&self.cx, |theme| Theme::is_readable(theme, self.background));
        self.tell(Notice::done(say::theme(preferences.theme.words())));
        self.prefer(preferences);
    }

    pub(super) fn change_mouse(&mut self) {
        let preferences = account::other_mouse(&self.cx);
        self.tell(Notice::done(say::mouse(account::mouse_words(preferences.mouse))));
        self.prefer(preferences);
    }

    /// Keeps another choice; all screens of this person follow.
    fn prefer(&mut self, preferences: Preferences) {
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let kept = async { session.verify().await?.account().set_preferences(preferences).await };
            Errand::Kept(kept.await)
        });
    }

    /// A press means what a key would; the wheel moves through what is shown.
    pub(super) fn take_mouse(&mut self, mouse: Mouse) -> Taken {
        match mouse.kind {
            MouseKind::Press => return self.click((mouse.column, mouse.row).into()),
            MouseKind::ScrollUp => self.turn_wheel(Motion::Up, KeyCode::Up),
            MouseKind::ScrollDown => self.turn_wheel(Motion::Down, KeyCode::Down),
        }
        Taken::Done
    }

    fn turn_wheel(&mut self, motion: Motion, key: KeyCode) {
        self.look();
        self.dirty = true;
        for _ in 0..NOTCH {
            match (&self.lock, &self.overlay) {
                (Some(_), _) => {}
                (None, Some(_)) => {
                    self.take_overlay(&Input::Key(key.into()));
                }
                // In a form it would move from field to field.
                (None, None) if self.screen.takes_text() => {}
                (None, None) => self.obey(Command::Move(motion)),
            }
        }
        self.note_place();
    }
}
