//! Which keys are worth naming, by what is looked at and what may be done.

use crate::proxy;
use crate::tui::screen::{Context, Screen as _};
use crate::tui::widgets::hints::Hint;
use crate::tui::words;
use crate::tui::words::audit::TO_HISTORY;
use crate::tui::words::users as say;

use super::deleted::Which;
use super::{Users, dialogs};

impl Users {
    /// Those of the list or of the detail, while nothing is asked and nothing is searched for.
    pub(super) fn keys(&self, cx: &Context) -> Vec<Hint<'static>> {
        let is_disabled = self.chosen().is_some_and(dialogs::is_disabled);
        let disable = if is_disabled { say::TO_ENABLE } else { say::TO_DISABLE };
        let offered = |key: &&'static str| {
            Self::ACTIONS
                .iter()
                .any(|action| key.starts_with(action.key) && proxy::offers(&cx.claims, action.needs))
        };
        let actions: &[Hint<'static>] = match self.detail {
            None if self.which == Which::Deleted => &[say::TO_RESTORE, say::TO_PURGE, say::TO_ALL],
            Some(_) => &[
                say::TO_EDIT,
                say::TO_CHANGE_ROLES,
                say::TO_GRANT,
                disable,
                say::TO_RESET,
                say::TO_DELETE,
                TO_HISTORY,
            ],
            None if !self.list.marked().is_empty() => &[
                if is_disabled { say::TO_ENABLE_ALL } else { say::TO_DISABLE_ALL },
                say::TO_END_SESSIONS,
                say::TO_RENEW,
            ],
            None => &[say::TO_CREATE, say::TO_FILTER, disable],
        };
        let first = match self.detail {
            Some(_) => vec![words::BACK],
            None if self.which == Which::Deleted => vec![words::SEARCH],
            None => vec![words::OPEN, words::SEARCH],
        };
        first.into_iter().chain(actions.iter().copied().filter(|(key, _)| offered(key))).collect()
    }
}
