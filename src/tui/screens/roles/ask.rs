//! What is asked before a role is made, changed or deleted.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::roles::{RoleChange, RoleRow, Touched};
use crate::dal::{DalError, Session};
use crate::domain::role::{self, CustomRole, Limits, Permission, Permissions, RoleName};
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::notice::Notice;
use crate::tui::screen::Context;
use crate::tui::widgets::dialog::Dialog;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::widgets::theirs::Theirs;
use crate::tui::words;
use crate::tui::words::roles as say;

/// A question with its form, and how far one has come.
pub struct Ask {
    about: About,
    form: Form,
    stage: Stage,
    /// What somebody else has made of the role since it was seen.
    theirs: Option<Theirs>,
}

enum About {
    /// With what it is a copy of, if of anything.
    New(Option<RoleName>),
    Edit(CustomRole),
    Delete(CustomRole),
}

enum Stage {
    Filling,
    /// Whom it would touch is being looked up.
    Looking,
    /// Whom it would touch is known, and asked about.
    Sure(Box<(RoleChange, Touched)>),
    /// The answer is on its way; another Enter must not send it twice.
    Sent,
}

/// What became of an input.
pub enum Answer {
    None,
    /// Whom would this touch?
    Look(RoleChange),
    Send(RoleChange),
}

/// The fields of a form, in their order. A role that there is has no field for its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    About,
    Permissions,
    Lifetime,
    Idle,
    Cap,
}

const FIELDS: [Field; 6] =
    [Field::Name, Field::About, Field::Permissions, Field::Lifetime, Field::Idle, Field::Cap];

/// Characters of a list of permissions: all of them with room to spare.
const PERMISSIONS_CHARS: usize = 400;
/// Characters of a duration or a number.
const LIMIT_CHARS: usize = 8;

impl Ask {
    /// The question that a key asks about the selected role; `None` where there is nothing to ask. What has
    /// to be looked up first comes with it.
    pub fn about(key: char, selected: Option<&RoleRow>, cx: &Context) -> Option<(Self, Answer)> {
        let mine = cx.claims.permissions;
        let filling =
            |about, form| Some((Self { about, form, stage: Stage::Filling, theirs: None }, Answer::None));
        match key {
            'n' => filling(About::New(None), form(true, &blank(), mine)),
            'c' => {
                let row = selected?;
                let like = if row.is_built_in { say::like(&row.name) } else { row.about.clone() };
                let (permissions, limits) = (row.permissions, row.limits);
                let copied = CustomRole { about: like, permissions, limits, ..blank() };
                filling(About::New(Some(row.name.clone())), form(true, &copied, mine))
            }
            'e' => {
                let role = selected?.custom()?;
                let form = form(false, &role, mine);
                filling(About::Edit(role), form)
            }
            'x' => {
                let role = selected?.custom()?;
                let change = RoleChange::Delete(role.name.clone());
                let (about, form) = (About::Delete(role), Form::new(Vec::new()));
                Some((Self { about, form, stage: Stage::Looking, theirs: None }, Answer::Look(change)))
            }
            _ => None,
        }
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        if self.is_filled_in() { self.form.focused() } else { None }
    }

    /// Whether the keyboard is for the form.
    fn is_filled_in(&self) -> bool {
        matches!(self.stage, Stage::Filling) && self.theirs.is_none()
    }

    pub fn take(&mut self, input: &Input) -> Answer {
        if self.theirs.is_some() {
            if Theirs::is_overruled(input) {
                self.theirs = None;
                return self.submit();
            }
            return Answer::None;
        }
        match &self.stage {
            Stage::Filling => self.fill_in(input),
            Stage::Sure(sure) if input.is_enter() && !self.is_hopeless(&sure.1) => {
                let change = sure.0.clone();
                self.stage = Stage::Sent;
                Answer::Send(change)
            }
            Stage::Looking | Stage::Sure(_) | Stage::Sent => Answer::None,
        }
    }

    fn fill_in(&mut self, input: &Input) -> Answer {
        if self.form.apply(input) != Outcome::Submitted {
            return Answer::None;
        }
        self.submit()
    }

    fn submit(&mut self) -> Answer {
        match self.change() {
            Ok(change @ RoleChange::Edit { .. }) => {
                self.stage = Stage::Looking;
                Answer::Look(change)
            }
            Ok(change) => {
                self.stage = Stage::Sent;
                Answer::Send(change)
            }
            Err((field, why)) => {
                self.set_error(field, why);
                Answer::None
            }
        }
    }

    /// Goes back from the last question to the form; false where there is none to go back to.
    pub fn back(&mut self) -> bool {
        if self.theirs.take().is_some() {
            return true;
        }
        let is_back = matches!(self.stage, Stage::Sure(_)) && !self.form.is_empty();
        if is_back {
            self.stage = Stage::Filling;
        }
        is_back
    }

    /// Whom it would touch is known now.
    pub fn looked(&mut self, touched: Touched) {
        let change = match &self.about {
            About::Delete(role) => Some(RoleChange::Delete(role.name.clone())),
            About::New(_) | About::Edit(_) => self.change().ok(),
        };
        if let (Stage::Looking, Some(change)) = (&self.stage, change) {
            self.stage = Stage::Sure(Box::new((change, touched)));
        }
    }

    /// Puts a refusal beside the field that it is about; words where there is none. The form is there again.
    pub fn refused(&mut self, error: &DalError) -> Option<Notice> {
        let notice = Notice::from(error);
        if self.form.is_empty() {
            return Some(notice);
        }
        self.stage = Stage::Filling;
        self.theirs = Theirs::of(error);
        if self.theirs.is_some() {
            return None;
        }
        let field = match error {
            DalError::Forbidden { .. } => Field::Permissions,
            DalError::Invalid { field: "limits", .. } => Field::Lifetime,
            DalError::Invalid { field: "about", .. } => Field::About,
            DalError::Conflict { .. } | DalError::Invalid { .. } => Field::Name,
            _ => return Some(notice),
        };
        self.set_error(field, notice.words);
        None
    }

    /// The role that somebody else was faster to change: it has to be read again.
    pub fn outrun(&self, error: &DalError) -> Option<RoleName> {
        match (&self.about, error) {
            (About::Edit(role), DalError::Conflict { .. } | DalError::Changed { .. }) => {
                Some(role.name.clone())
            }
            _ => None,
        }
    }

    /// What the role is now. Whoever was told that it is another one may save over it, and sees before what
    /// that does.
    pub fn seen(&mut self, now: &RoleRow) {
        if let (About::Edit(before), Some(role)) = (&mut self.about, now.custom())
            && before.name == role.name
        {
            *before = role;
        }
    }

    /// Whether a refusal leaves nothing to go on with.
    pub fn is_over(&self) -> bool {
        self.form.is_empty()
    }

    fn set_error(&mut self, field: Field, why: String) {
        self.form.set_error(self.index(field), why);
    }

    fn index(&self, field: Field) -> usize {
        let index = FIELDS.iter().position(|one| *one == field).unwrap_or(0);
        index.saturating_sub(usize::from(!matches!(self.about, About::New(_))))
    }

    fn value(&self, field: Field) -> &str {
        self.form.value(self.index(field)).trim()
    }

    /// The change that the form describes, or which field is wrong and why.
    fn change(&self) -> Result<RoleChange, (Field, String)> {
        let name = match &self.about {
            About::Edit(role) | About::Delete(role) => role.name.clone(),
            About::New(_) => {
                RoleName::parse(self.value(Field::Name)).map_err(|_| (Field::Name, say::A_NAME.to_owned()))?
            }
        };
        let at = |field| move |why: String| (field, why);
        let about = CustomRole::parse_about(self.value(Field::About));
        let duration = |field| Limits::parse_duration(self.value(field)).map_err(at(field));
        let role = CustomRole {
            name,
            about: about.map_err(|why| (Field::About, why.to_string()))?,
            permissions: role::parse_permissions(self.value(Field::Permissions))
                .map_err(at(Field::Permissions))?,
            limits: Limits {
                lifetime: duration(Field::Lifetime)?,
                idle: duration(Field::Idle)?,
                cap: Limits::parse_cap(self.value(Field::Cap)).map_err(at(Field::Cap))?,
            },
        };
        Ok(match &self.about {
            About::Edit(before) => RoleChange::Edit { before: before.clone(), after: role },
            About::New(_) | About::Delete(_) => RoleChange::Create(role),
        })
    }

    pub fn title(&self) -> String {
        match &self.about {
            About::New(None) => say::NEW.to_owned(),
            About::New(Some(from)) => say::copy_of(from),
            About::Edit(role) => say::edit(&role.name),
            About::Delete(role) => say::delete(&role.name),
        }
    }

    /// Whether something was typed that would be lost. From the last question one comes back to the form.
    pub fn is_changed(&self) -> bool {
        self.is_filled_in() && self.form.is_changed()
    }

    /// A role that somebody holds is not deleted.
    fn is_hopeless(&self, touched: &Touched) -> bool {
        matches!(self.about, About::Delete(_)) && touched.users > 0
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, cx: &Context) {
        let look = &cx.look;
        if let Some(theirs) = &self.theirs {
            return theirs.draw(frame, area, &cx.minute(theirs.at), &self.mine(), look);
        }
        let (title, is_danger) = (self.title(), matches!(self.about, About::Delete(_)));
        let (body, yes) = match &self.stage {
            Stage::Filling => return self.draw_form(frame, area, look),
            Stage::Sent if !self.form.is_empty() => return self.draw_form(frame, area, look),
            Stage::Looking => (say::LOOKING.to_owned(), None),
            Stage::Sent => (String::new(), Some(words::WORKING)),
            Stage::Sure(sure) if self.is_hopeless(&sure.1) => {
                (say::take_away_first(&sure.1.lines().join("\n")), None)
            }
            Stage::Sure(sure) => {
                (sure.1.lines().join("\n"), Some(if is_danger { say::DO_DELETE } else { say::DO_SAVE }))
            }
        };
        let hints: Vec<_> = yes.map(|yes| ("Enter", yes)).into_iter().chain([words::BACK]).collect();
        let dialog = Dialog { title: &title, body: &body, hints: &hints, is_danger, ..Dialog::default() };
        dialog.draw(frame, area, look);
    }

    /// What saving would change.
    fn mine(&self) -> String {
        match self.change() {
            Ok(RoleChange::Edit { before, after }) => before.changes_to(&after).join(", "),
            _ => String::new(),
        }
    }

    fn draw_form(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let yes = match (&self.stage, &self.about) {
            (Stage::Sent, _) => words::WORKING,
            (_, About::New(_)) => say::NEXT_CREATE,
            _ => say::NEXT_TOUCHES,
        };
        let hints = [("Enter", yes), words::COMPLETE, words::BACK];
        let title = self.title();
        Panel { title: &title, body: "", form: &self.form, hints: &hints, is_danger: false }
            .draw(frame, area, look);
    }
}

fn blank() -> CustomRole {
    CustomRole {
        name: RoleName::member(),
        about: String::new(),
        permissions: Permissions::NONE,
        limits: Limits::default(),
    }
}

/// The form for a role: what stands in it at first, and what whoever fills it in may hand out.
fn form(has_name: bool, role: &CustomRole, mine: Permissions) -> Form {
    let limit = |typed: Option<String>, check: fn(&str) -> Result<(), String>| {
        TextField::new(LIMIT_CHARS)
            .with_placeholder(say::AS_THE_RULES_SAY)
            .with_check(check)
            .with_value(&typed.unwrap_or_default())
    };
    let duration = |limit: Option<std::time::Duration>| limit.map(crate::domain::duration::text);
    let is_duration = |typed: &str| Limits::parse_duration(typed).map(drop);
    let name = TextField::new(RoleName::MAX_CHARS).with_check(is_name);
    let about = TextField::new(CustomRole::ABOUT).with_check(is_about).with_value(&role.about);
    let permissions = TextField::new(PERMISSIONS_CHARS)
        .with_completions(mine.iter().map(|one| one.name().to_owned()).collect())
        .with_check(move |typed| are_permissions(typed, mine))
        .with_value(&role::list_permissions(role.permissions.iter()));
    let fields = [
        (words::NAME, name),
        (say::WHAT_FOR, about),
        (say::PERMISSIONS_LIST, permissions),
        (say::HOW_LONG, limit(duration(role.limits.lifetime), is_duration)),
        (say::HOW_LONG_ALONE, limit(duration(role.limits.idle), is_duration)),
        (
            say::AT_ONCE,
            limit(role.limits.cap.map(|cap| cap.to_string()), |typed| Limits::parse_cap(typed).map(drop)),
        ),
    ];
    Form::new(fields.into_iter().skip(usize::from(!has_name)).collect::<Vec<_>>())
}

fn is_name(typed: &str) -> Result<(), String> {
    match RoleName::parse(typed) {
        Ok(name) if name.built_in().is_some() => Err(say::NAME_BUILT_IN.to_owned()),
        Ok(_) => Ok(()),
        Err(_) => Err(say::A_NAME.to_owned()),
    }
}

fn is_about(typed: &str) -> Result<(), String> {
    CustomRole::parse_about(typed).map(drop).map_err(|why| why.to_string())
}

fn are_permissions(typed: &str, mine: Permissions) -> Result<(), String> {
    let missing = role::parse_permissions(typed)?.without(mine);
    let words: Vec<&str> = missing.iter().map(Permission::name).collect();
    if words.is_empty() { Ok(()) } else { Err(say::more_than_you(&words)) }
}

/// Asks whom a change would touch.
pub async fn look(session: Session, change: RoleChange) -> Result<Touched, DalError> {
    session.verify().await?.roles().preview(&change).await
}

/// What was done.
pub struct Done {
    pub name: RoleName,
    pub words: String,
    pub is_gone: bool,
    /// What takes it back.
    pub undo: Option<RoleChange>,
}

/// Does it, with a proof made for it. `before` is the role that goes, for who wants it back.
pub async fn carry_out(
    session: Session,
    change: RoleChange,
    before: Option<CustomRole>,
) -> Result<Done, DalError> {
    let roles = session.verify().await?.roles();
    let done = |name: RoleName, words: String, undo| Done { name, words, is_gone: false, undo };
    Ok(match change {
        RoleChange::Create(role) => {
            let name = role.name.clone();
            roles.create(role).await?;
            done(name.clone(), say::made(&name), Some(RoleChange::Delete(name)))
        }
        RoleChange::Copy { from, to } => {
            roles.copy(&from, &to).await?;
            done(to.clone(), say::made(&to), Some(RoleChange::Delete(to)))
        }
        RoleChange::Edit { before, after } => {
            roles.edit(before.clone(), after.clone()).await?;
            let (name, words) = (before.name.clone(), say::changed(&before.name));
            done(name, words, Some(RoleChange::Edit { before: after, after: before }))
        }
        RoleChange::Delete(name) => {
            roles.delete(&name).await?;
            let words = say::deleted(&name);
            Done { is_gone: true, ..done(name, words, before.map(RoleChange::Create)) }
        }
    })
}
