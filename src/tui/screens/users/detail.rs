//! One user, looked at closely.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dal::users::{UserDetail, UserRow};
use crate::domain::name::UserName;
use crate::domain::role;
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Remote};
use crate::tui::screens::home::{sighting, thousands};
use crate::tui::widgets::facts::{self, Fact, Facts};
use crate::tui::widgets::table::Motion;

use super::RemoteUser;

pub struct Detail {
    name: UserName,
    user: RemoteUser,
    scroll: usize,
}

impl Detail {
    pub fn loading(name: UserName) -> Self {
        Self { name, user: Remote::Loading, scroll: 0 }
    }

    pub fn name(&self) -> &UserName {
        &self.name
    }

    pub fn row(&self) -> Option<&UserRow> {
        self.user.ready().map(|user| &user.row)
    }

    pub fn got(&mut self, user: RemoteUser) {
        self.user = user;
    }

    pub fn scroll(&mut self, motion: Motion) {
        self.scroll = motion.apply(self.scroll);
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        match &self.user {
            Remote::Loading => frame.render_widget(Line::styled("Loading…", cx.theme.muted), area),
            Remote::Failed(error) => {
                frame.render_widget(Line::styled(Notice::from(error).words, cx.theme.danger), area);
            }
            Remote::Ready(user) => facts::draw(frame, area, &groups(user, cx), self.scroll, cx.theme),
        }
    }
}

fn groups(user: &UserDetail, cx: &Context) -> Vec<Facts> {
    let row = &user.row;
    let mut account = vec![
        Fact::new("User", row.name.to_string()),
        Fact::new("Name", row.display_name.to_string()),
        Fact::new("Roles", role::list(&row.roles)),
        Fact::new("State", row.state.word()),
    ];
    if let Some(disabled) = &user.disabled {
        let by = format!("by {}, {}", disabled.by, disabled.at.ago(cx.now));
        account.push(Fact::new("Disabled", by).alarming());
        account.push(Fact::new("Reason", disabled.reason.as_str().to_owned()));
    }
    if user.must_change_password {
        account.push(Fact::new("Password", "one-time, not replaced yet"));
    }
    account.push(Fact::new("Created", user.created.minute_and_ago(cx.now)));
    if let Some(expires) = user.expires {
        account.push(Fact::new("Expires", expires.minute()));
    }
    let permissions: Vec<&str> = user.permissions.iter().map(|permission| permission.name()).collect();
    account.push(Fact::new("May", permissions.join(", ")));
    let last = row.last_sign_in.map_or("never".to_owned(), |at| at.minute_and_ago(cx.now));
    let mut door = vec![
        Fact::new("Last sign-in", last),
        Fact::new("Failed tries since", thousands(user.failed_sign_ins.into())),
    ];
    if let Some(failure) = &user.last_failure {
        door.push(Fact::new("Last failed try", sighting(failure, cx.now)));
    }
    vec![Facts::new("Account", account), Facts::new("Sign-ins", door)]
}
