//! Account: my profile, and changing my password.

pub(super) mod password;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::dal::DalError;
use crate::dal::account::Profile;
use crate::domain::role::{self, Permission};
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Remote, Screen, Step};
use crate::tui::widgets::facts::{self, Fact, Facts};
use crate::tui::widgets::field::TextField;

use password::{Entered, PasswordForm};

pub struct Account {
    profile: Remote<Profile>,
    scroll: usize,
    password: Option<PasswordForm>,
}

pub enum Msg {
    Got(Box<Result<Profile, DalError>>),
    Changed(Result<(), DalError>),
}

impl Account {
    fn get(cx: &Context) -> Vec<Load<Msg>> {
        vec![cx.load(
            |session| async move { session.verify().await?.account().profile().await },
            |profile| Msg::Got(Box::new(profile)),
        )]
    }
}

impl Screen for Account {
    type Msg = Msg;

    const ACTIONS: &'static [Action] =
        &[Action { key: 'p', name: "change password", needs: Permission::OwnPassword }];

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        (Self { profile: Remote::Loading, scroll: 0, password: None }, Self::get(cx))
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match command {
            Command::Back if self.password.take().is_none() => return (Step::Back, Vec::new()),
            Command::Act('p') => self.password = Some(PasswordForm::with_current()),
            Command::Move(motion) => self.scroll = motion.apply(self.scroll),
            Command::Refresh => return (Step::Stay, Self::get(cx)),
            Command::Text(input) => {
                if let Some(form) = &mut self.password
                    && let Entered::Passwords(passwords) = form.take(&input, cx)
                {
                    let load = cx.load(|session| passwords.carry_out(session), Msg::Changed);
                    return (Step::Stay, vec![load]);
                }
            }
            _ => {}
        }
        (Step::Stay, Vec::new())
    }

    fn update(&mut self, msg: Msg, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match msg {
            Msg::Got(profile) => {
                self.profile = (*profile).into();
                (Step::Stay, Vec::new())
            }
            Msg::Changed(Ok(())) => {
                self.password = None;
                let words = "Your password was changed; your other sessions have ended.";
                (Step::Tell(Notice::done(words)), Self::get(cx))
            }
            Msg::Changed(Err(error)) => {
                let notice = match &mut self.password {
                    Some(form) => form.refused(&error),
                    None => Some(Notice::from(&error)),
                };
                (notice.map_or(Step::Stay, Step::Tell), Vec::new())
            }
        }
    }

    fn view(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        if let Some(form) = &self.password {
            return form.draw(frame, area, "Your other sessions end when it is changed.", &cx.look);
        }
        match &self.profile {
            Remote::Loading => frame.render_widget(Line::styled("Loading…", cx.look.muted), area),
            Remote::Failed(error) => {
                frame.render_widget(Line::styled(Notice::from(error).words, cx.look.danger), area);
            }
            Remote::Ready(profile) => {
                facts::draw(frame, area, &groups(profile, cx), self.scroll, &cx.look);
            }
        }
    }

    fn takes_text(&self) -> bool {
        self.password.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        self.password.as_ref()?.field()
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        match self.password {
            Some(_) => PasswordForm::HINTS.iter().copied().chain([("Esc", "back")]).collect(),
            None => vec![("p", "change password"), ("Tab", "next screen")],
        }
    }
}

fn groups(profile: &Profile, cx: &Context) -> [Facts; 2] {
    let moment = |at: crate::domain::time::Timestamp| at.minute_and_ago(cx.now);
    let may: Vec<&str> = profile.permissions.iter().map(|permission| permission.name()).collect();
    [
        Facts::new(
            "Profile",
            vec![
                Fact::new("User", profile.name.to_string()),
                Fact::new("Name", profile.display_name.to_string()),
                Fact::new("Roles", role::list(&profile.roles)),
                Fact::new("May", may.join(", ")),
                Fact::new("Created", moment(profile.created)),
            ],
        ),
        Facts::new("Password", vec![Fact::new("Changed", moment(profile.password_changed))]),
    ]
}
