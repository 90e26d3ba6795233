//! Account: my profile, and changing my password.

mod leave;
pub(super) mod password;
mod zone;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::dal::account::Profile;
use crate::domain::preferences::{Preferences, ThemeChoice};
use crate::domain::role::Permission;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Command};
use crate::tui::notice::Notice;
use crate::tui::screen::{Context, Load, Remote, Screen, Step};
use crate::tui::screens::home::own_roles;
use crate::tui::widgets::facts::{self, Fact, Facts};
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::state::State;
use crate::tui::words;
use crate::tui::words::account as say;

use leave::LeaveForm;
use password::{Entered, PasswordForm};
use zone::ZoneForm;

pub struct Account {
    profile: Remote<Profile>,
    scroll: usize,
    password: Option<PasswordForm>,
    zone: Option<ZoneForm>,
    leave: Option<LeaveForm>,
}

pub enum Msg {
    Kept(Result<(), DalError>),
    Got(Box<Result<Profile, DalError>>),
    Changed(Result<(), DalError>),
    Left(Result<(), DalError>),
}

impl Account {
    fn take_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
        if let Some(form) = &mut self.password
            && let Entered::Passwords(passwords) = form.take(input, cx)
        {
            return vec![cx.load(|session| passwords.carry_out(session), Msg::Changed)];
        }
        if let Some(form) = &mut self.leave {
            let password = form.take(input, cx);
            let left = |password| cx.load(|session| leave::leave(session, password), Msg::Left);
            return password.into_iter().map(left).collect();
        }
        let chosen = self.zone.as_mut().and_then(|form| form.take(input, &cx.claims.preferences));
        chosen.into_iter().map(|chosen| cx.prefer(chosen, Msg::Kept)).collect()
    }

    fn get(cx: &Context) -> Vec<Load<Msg>> {
        vec![cx.load(
            |session| async move { session.verify().await?.account().profile().await },
            |profile| Msg::Got(Box::new(profile)),
        )]
    }
}

impl Screen for Account {
    type Msg = Msg;

    const ACTIONS: &'static [Action] = &[
        Action::screen('p', "change password", Permission::OwnPassword),
        Action::screen('t', "next theme", Permission::OwnAccount),
        Action::screen('z', "time zone", Permission::OwnAccount),
        Action::screen('m', "mouse on, off", Permission::OwnAccount),
        Action::screen('x', "delete my account", Permission::OwnAccount),
    ];

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        (Self { profile: Remote::Loading, scroll: 0, password: None, zone: None, leave: None }, Self::get(cx))
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match command {
            Command::Back => {
                let is_back = self.password.take().is_some()
                    || self.zone.take().is_some()
                    || self.leave.take().is_some();
                return (if is_back { Step::Stay } else { Step::Back }, Vec::new());
            }
            Command::Act('x') if cx.session.dal().policy().delete_own_account => {
                self.leave = Some(LeaveForm::new());
            }
            Command::Act('x') => {
                return (Step::Tell(Notice::failed(say::NOT_BY_ONESELF)), Vec::new());
            }
            Command::Act('p') => self.password = Some(PasswordForm::with_current()),
            Command::Act('z') => self.zone = Some(ZoneForm::new(&cx.claims.preferences)),
            Command::Act('t') => return (Step::Stay, vec![cx.prefer(other_theme(cx, |_| true), Msg::Kept)]),
            Command::Act('m') => return (Step::Stay, vec![cx.prefer(other_mouse(cx), Msg::Kept)]),
            Command::Move(motion) => self.scroll = motion.apply(self.scroll),
            Command::Refresh => return (Step::Stay, Self::get(cx)),
            Command::Text(input) => return (Step::Stay, self.take_text(&input, cx)),
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
            Msg::Kept(Ok(())) => {
                self.zone = None;
                (Step::Refresh, Vec::new())
            }
            Msg::Kept(Err(error)) => (Step::Tell(Notice::from(&error)), Vec::new()),
            Msg::Changed(Ok(())) => {
                self.password = None;
                (Step::Tell(Notice::done(say::PASSWORD_CHANGED)), Self::get(cx))
            }
            // The session has ended with the account, and says so itself.
            Msg::Left(Ok(())) => (Step::Refresh, Vec::new()),
            Msg::Left(Err(error)) => {
                let notice = match &mut self.leave {
                    Some(form) => form.refused(&error),
                    None => Some(Notice::from(&error)),
                };
                (notice.map_or(Step::Stay, Step::Tell), Vec::new())
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
            return form.draw(frame, area, say::CHANGE_MEANS, &cx.look);
        }
        match &self.profile {
            Remote::Loading => State::Loading.draw(frame, area, &cx.look),
            Remote::Failed(error) => State::of(error).draw(frame, area, &cx.look),
            Remote::Ready(profile) => {
                facts::draw(frame, area, &groups(profile, cx), self.scroll, &cx.look);
            }
        }
        if let Some(form) = &self.zone {
            form.draw(frame, area, &cx.look);
        }
        if let Some(form) = &self.leave {
            form.draw(frame, area, cx);
        }
    }

    fn knows(&self, command: &Command) -> bool {
        matches!(command, Command::Move(_) | Command::Refresh)
    }

    fn is_changed(&self) -> bool {
        self.password.as_ref().is_some_and(PasswordForm::is_changed)
            || self.zone.as_ref().is_some_and(ZoneForm::is_changed)
            || self.leave.as_ref().is_some_and(LeaveForm::is_changed)
    }

    fn crumbs(&self) -> Vec<String> {
        let password = self.password.iter().map(|_| say::CHANGE_PASSWORD.to_owned());
        let zone = self.zone.iter().map(|_| words::TIME_ZONE.to_owned());
        let leave = self.leave.iter().map(|_| say::LEAVE.to_owned());
        password.chain(zone).chain(leave).collect()
    }

    fn takes_text(&self) -> bool {
        self.password.is_some() || self.zone.is_some() || self.leave.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        let password = self.password.as_ref().and_then(PasswordForm::field);
        password.or_else(|| self.leave.as_ref()?.field())
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        match self.password {
            Some(_) => PasswordForm::HINTS.iter().copied().chain([words::BACK]).collect(),
            // The box names its own keys.
            None if self.zone.is_some() || self.leave.is_some() => Vec::new(),
            None => vec![say::TO_CHANGE_PASSWORD, say::TO_THEME, say::TO_ZONE, say::TO_MOUSE],
        }
    }
}

/// What somebody chose, with the next wanted theme behind theirs.
pub fn other_theme(cx: &Context, is_wanted: impl Fn(ThemeChoice) -> bool) -> Preferences {
    let chosen = cx.claims.preferences.clone();
    let all = ThemeChoice::ALL.iter().copied();
    let behind = all.clone().skip_while(|theme| *theme != chosen.theme).skip(1);
    let theme = behind.chain(all).find(|theme| is_wanted(*theme));
    Preferences { theme: theme.unwrap_or_default(), ..chosen }
}

/// What somebody chose, with the mouse the other way.
pub fn other_mouse(cx: &Context) -> Preferences {
    let chosen = cx.claims.preferences.clone();
    Preferences { mouse: !chosen.mouse, ..chosen }
}

/// What the mouse is for.
pub const fn mouse_words(is_ours: bool) -> &'static str {
    if is_ours { say::MOUSE_ON } else { say::MOUSE_OFF }
}

fn groups(profile: &Profile, cx: &Context) -> [Facts; 3] {
    let moment = |at: crate::domain::time::Timestamp| cx.past(at);
    let chosen = &cx.claims.preferences;
    let zone = match &chosen.zone {
        Some(zone) => zone.name().to_owned(),
        None => say::zone_by_default(&cx.zone),
    };
    let may: Vec<&str> = profile.permissions.iter().map(|permission| permission.name()).collect();
    [
        Facts::new(
            say::PROFILE,
            vec![
                Fact::new(words::USER, profile.name.to_string()),
                Fact::new(words::NAME, profile.display_name.to_string()),
                Fact::new(words::ROLES, own_roles(cx)),
                Fact::new(words::MAY, may.join(", ")),
                Fact::new(words::CREATED, moment(profile.created)),
            ],
        ),
        Facts::new(
            say::LOOKS,
            vec![
                Fact::new(say::THEME, chosen.theme.words()),
                Fact::new(words::TIME_ZONE, zone),
                Fact::new(say::MOUSE, mouse_words(chosen.mouse)),
            ],
        ),
        Facts::new(words::PASSWORD, vec![Fact::new(say::CHANGED, moment(profile.password_changed))]),
    ]
}
