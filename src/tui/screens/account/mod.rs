//! Account: my profile, and what I prove myself with.

pub(super) mod factor;
mod leave;
pub(super) mod password;
mod zone;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::DalError;
use crate::dal::account::Profile;
use crate::dal::second_factor::FactorState;
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
use crate::tui::words::second_factor as factor_words;

use factor::{Answer, Done, FactorAsk, Order};
use leave::LeaveForm;
use password::{Entered, PasswordForm};
use zone::ZoneForm;

pub struct Account {
    profile: Remote<Profile>,
    scroll: usize,
    password: Option<PasswordForm>,
    zone: Option<ZoneForm>,
    leave: Option<LeaveForm>,
    factor: Option<FactorAsk>,
}

pub enum Msg {
    Kept(Result<(), DalError>),
    Got(Box<Result<Profile, DalError>>),
    Changed(Result<(), DalError>),
    Left(Result<(), DalError>),
    Factor(Box<Result<Done, DalError>>),
}

impl Account {
    fn take_text(&mut self, input: &Input, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match self.factor.as_mut().map(|ask| ask.take(input)) {
            Some(Answer::Send(order)) => return (Step::Stay, vec![carry_out(order, cx)]),
            Some(Answer::Step(step)) => return (step, Vec::new()),
            Some(Answer::Over) => return self.put_codes_away(cx),
            Some(Answer::None) => return (Step::Stay, Vec::new()),
            None => {}
        }
        (Step::Stay, self.take_other_text(input, cx))
    }

    fn take_other_text(&mut self, input: &Input, cx: &Context) -> Vec<Load<Msg>> {
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

    /// They are kept, or not wanted: either way they are gone.
    fn put_codes_away(&mut self, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let told = self.factor.take().and_then(|ask| ask.told());
        let loads = Self::get(cx);
        told.map_or((Step::Refresh, Vec::new()), |told| (Step::Tell(Notice::done(told)), loads))
    }

    fn came(&mut self, came: Result<Done, DalError>, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        let step = match (came, &mut self.factor) {
            (Ok(Done::Begun(enrolment)), Some(_)) => {
                self.factor = Some(FactorAsk::begun(enrolment));
                return (Step::Stay, Vec::new());
            }
            // Whoever asked has gone back meanwhile.
            (Ok(Done::Begun(_)), None) => return (Step::Stay, Vec::new()),
            (Ok(Done::Codes(codes, told)), _) => {
                self.factor = Some(FactorAsk::codes(codes, told));
                Step::Stay
            }
            (Ok(Done::Removed), _) => {
                self.factor = None;
                Step::Tell(Notice::done(factor_words::REMOVED))
            }
            (Err(error), ask) => {
                let notice = match ask {
                    Some(ask) => ask.refused(&error),
                    None => Some(Notice::from(&error)),
                };
                return (notice.map_or(Step::Stay, Step::Tell), Vec::new());
            }
        };
        (step, Self::get(cx))
    }

    /// As far as it is known.
    fn has_a_factor(&self) -> bool {
        self.profile.ready().is_some_and(|profile| matches!(profile.second_factor, FactorState::On { .. }))
    }

    /// Begins one of the questions about the second factor.
    fn ask_about_factor(&mut self, key: char) {
        self.factor = match key {
            's' if self.has_a_factor() => Some(FactorAsk::another()),
            's' => Some(FactorAsk::set_up()),
            'r' => Some(FactorAsk::remove()),
            _ => Some(FactorAsk::renew()),
        };
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
        Action::screen('s', "set up a second factor, or another", Permission::OwnPassword),
        Action::screen('n', "new recovery codes", Permission::OwnPassword),
        Action::screen('r', "remove the second factor", Permission::OwnPassword),
        Action::screen('t', "next theme", Permission::OwnAccount),
        Action::screen('z', "time zone", Permission::OwnAccount),
        Action::screen('m', "mouse on, off", Permission::OwnAccount),
        Action::screen('x', "delete my account", Permission::OwnAccount),
    ];

    fn open(cx: &Context) -> (Self, Vec<Load<Msg>>) {
        let profile = Remote::Loading;
        let account = Self { profile, scroll: 0, password: None, zone: None, leave: None, factor: None };
        (account, Self::get(cx))
    }

    fn command(&mut self, command: Command, cx: &Context) -> (Step, Vec<Load<Msg>>) {
        match command {
            Command::Back if self.shows_once() => return self.put_codes_away(cx),
            Command::Back => {
                let is_back = self.password.take().is_some()
                    || self.zone.take().is_some()
                    || self.leave.take().is_some()
                    || self.factor.take().is_some();
                return (if is_back { Step::Stay } else { Step::Back }, Vec::new());
            }
            Command::Act('x') if cx.session.dal().policy().delete_own_account => {
                self.leave = Some(LeaveForm::new(self.has_a_factor()));
            }
            Command::Act('x') => {
                return (Step::Tell(Notice::failed(say::NOT_BY_ONESELF)), Vec::new());
            }
            Command::Act('p') => self.password = Some(PasswordForm::with_current()),
            Command::Act('z') => self.zone = Some(ZoneForm::new(&cx.claims.preferences)),
            Command::Act(key @ ('s' | 'n' | 'r')) => self.ask_about_factor(key),
            Command::Act('t') => return (Step::Stay, vec![cx.prefer(other_theme(cx, |_| true), Msg::Kept)]),
            Command::Act('m') => return (Step::Stay, vec![cx.prefer(other_mouse(cx), Msg::Kept)]),
            Command::Move(motion) => self.scroll = motion.apply(self.scroll),
            Command::Refresh => return (Step::Stay, Self::get(cx)),
            Command::Text(input) => return self.take_text(&input, cx),
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
            Msg::Factor(came) => self.came(*came, cx),
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
        if let Some(ask) = self.factor.as_ref().filter(|ask| ask.is_a_page()) {
            return ask.draw(frame, area, "", &cx.look);
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
        if let Some(ask) = &self.factor {
            ask.draw(frame, area, "", &cx.look);
        }
    }

    fn knows(&self, command: &Command) -> bool {
        matches!(command, Command::Move(_) | Command::Refresh)
    }

    fn needs_room(&self) -> bool {
        self.factor.as_ref().is_some_and(FactorAsk::is_a_page)
    }

    fn is_changed(&self) -> bool {
        self.password.as_ref().is_some_and(PasswordForm::is_changed)
            || self.zone.as_ref().is_some_and(ZoneForm::is_changed)
            || self.leave.as_ref().is_some_and(LeaveForm::is_changed)
            || self.factor.as_ref().is_some_and(FactorAsk::is_changed)
    }

    fn shows_once(&self) -> bool {
        self.factor.as_ref().is_some_and(FactorAsk::shows_once)
    }

    /// What is not known yet is offered: the answer says what is missing.
    fn applies(&self, key: char) -> bool {
        let Some(state) = self.profile.ready().map(|profile| &profile.second_factor) else { return true };
        match key {
            'n' => matches!(state, FactorState::On { .. }),
            'r' => matches!(state, FactorState::On { is_required: false, .. }),
            _ => true,
        }
    }

    fn crumbs(&self) -> Vec<String> {
        let password = self.password.iter().map(|_| say::CHANGE_PASSWORD.to_owned());
        let zone = self.zone.iter().map(|_| words::TIME_ZONE.to_owned());
        let leave = self.leave.iter().map(|_| say::LEAVE.to_owned());
        let factor = self.factor.iter().map(|ask| ask.title().to_owned());
        password.chain(zone).chain(leave).chain(factor).collect()
    }

    fn takes_text(&self) -> bool {
        self.password.is_some() || self.zone.is_some() || self.leave.is_some() || self.factor.is_some()
    }

    fn field(&self) -> Option<(&'static str, &TextField)> {
        let password = self.password.as_ref().and_then(PasswordForm::field);
        let leave = || self.leave.as_ref()?.field();
        password.or_else(leave).or_else(|| self.factor.as_ref()?.field())
    }

    fn hints(&self, _cx: &Context) -> Vec<(&'static str, &'static str)> {
        if let Some(ask) = &self.factor {
            let hints = ask.hints();
            let back = (!hints.is_empty()).then_some(words::BACK);
            return hints.into_iter().chain(back).collect();
        }
        match self.password {
            Some(_) => PasswordForm::HINTS.iter().copied().chain([words::BACK]).collect(),
            // The box names its own keys.
            None if self.zone.is_some() || self.leave.is_some() => Vec::new(),
            None => {
                let has_one = self.has_a_factor();
                let factor = if has_one { factor_words::TO_RENEW } else { factor_words::TO_SET_UP };
                vec![say::TO_CHANGE_PASSWORD, factor, say::TO_THEME, say::TO_ZONE, say::TO_MOUSE]
            }
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

fn carry_out(order: Order, cx: &Context) -> Load<Msg> {
    cx.load(|session| order.carry_out(session), |came| Msg::Factor(Box::new(came)))
}

fn factor_facts(state: &FactorState, cx: &Context) -> Facts {
    let (mut facts, is_required) = match state {
        FactorState::Off { is_required } => (vec![Fact::new(words::STATE, factor_words::NONE)], *is_required),
        FactorState::On { since, recovery_left, is_required } => {
            let left = Fact::new(factor_words::RECOVERY, factor_words::left(*recovery_left));
            let left = if factor_words::are_few(state) { left.alarming() } else { left };
            let since = factor_words::authenticator(&cx.past(*since));
            (vec![Fact::new(words::STATE, since), left], *is_required)
        }
    };
    facts.extend(is_required.then(|| Fact::new(factor_words::RULES, factor_words::DEMANDED)));
    Facts::new(factor_words::SECOND_FACTOR, facts)
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
                Fact::new(words::PASSWORD, say::changed(&moment(profile.password_changed))),
            ],
        ),
        factor_facts(&profile.second_factor, cx),
        Facts::new(
            say::LOOKS,
            vec![
                Fact::new(say::THEME, chosen.theme.words()),
                Fact::new(words::TIME_ZONE, zone),
                Fact::new(say::MOUSE, mouse_words(chosen.mouse)),
            ],
        ),
    ]
}
