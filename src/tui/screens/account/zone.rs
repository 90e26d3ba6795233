//! Choosing a time zone by its name, which is completed while one types.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::domain::preferences::Preferences;
use crate::domain::zone::Zone;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::account as say;

/// Characters of a name; the longest has 30.
const CHARS: usize = 64;

pub struct ZoneForm {
    form: Form,
}

impl ZoneForm {
    pub fn new(chosen: &Preferences) -> Self {
        let now = chosen.zone.as_ref().map_or("", Zone::name);
        let field = TextField::new(CHARS).with_value(now).with_completions(Zone::names());
        Self { form: Form::new(vec![(words::TIME_ZONE, field)]) }
    }

    pub fn is_changed(&self) -> bool {
        self.form.is_changed()
    }

    /// What somebody chose before, with the zone that is chosen now; nothing typed is what the terminal says.
    pub fn take(&mut self, input: &Input, before: &Preferences) -> Option<Preferences> {
        if self.form.apply(input) != Outcome::Submitted {
            return None;
        }
        match (self.form.value(0).trim(), Zone::parse(self.form.value(0))) {
            ("", _) => Some(Preferences { zone: None, ..before.clone() }),
            (_, Ok(zone)) => Some(Preferences { zone: Some(zone), ..before.clone() }),
            (_, Err(why)) => {
                self.form.set_error(0, why.to_string());
                None
            }
        }
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let panel = Panel {
            title: words::TIME_ZONE,
            body: say::ZONE_MEANS,
            form: &self.form,
            hints: &[words::SAVE, words::COMPLETE, words::BACK],
            is_danger: false,
        };
        panel.draw(frame, area, look);
    }
}
