//! What an event tells people: its kind, whom it is about, one plain sentence, and what was before and after.
//!
//! A new kind of event has a row in each of the tables here; the compiler asks for it.

use serde::Serialize;

use crate::domain::id::{Handle, UserId};
use crate::domain::name::UserName;
use crate::domain::nearest::nearest;
use crate::domain::role::{self, CustomRole, RoleName};
use crate::domain::session::{EndReason, Method, Terminal};
use crate::domain::source::Source;
use crate::domain::text;
use crate::domain::time::{NEVER, Timestamp};

use super::{Event, Failure, Target, What};

/// How a point in time is written: where the reader is, or as scripts read it.
pub type When<'a> = &'a dyn Fn(Timestamp) -> String;

/// What was one way and is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub what: &'static str,
    pub before: String,
    pub after: String,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Somebody with an account, who was signed in.
    User,
    /// Somebody at the door.
    Stranger,
    /// Whoever holds the machine.
    Host,
    Server,
    /// Its time had come.
    Clock,
}

impl By {
    /// Said where a name would stand.
    pub const fn words(self) -> &'static str {
        match self {
            Self::User => "a user",
            Self::Stranger => "a stranger",
            Self::Host => "the host",
            Self::Server => "the server",
            Self::Clock => "the clock",
        }
    }
}

/// Every kind of event, in the order in which they are declared.
#[rustfmt::skip]
pub const KINDS: &[&str] = &[
    "first-admin-created", "recovered-on-host", "administrator-made-on-host",
    "signed-in", "dashboard-opened", "sign-in-failed", "failures-forgotten",
    "lock-lifted", "source-refused", "penalty-lifted",
    "session-ended", "session-resumed", "resume-declined", "sessions-ended", "all-sessions-ended", "message-sent",
    "user-created", "signed-up", "invite-created", "invite-revoked", "invites-forgotten",
    "display-name-changed", "roles-changed", "role-granted", "grant-ended",
    "role-created", "role-edited", "role-deleted",
    "user-disabled", "user-enabled", "dates-changed", "account-began", "account-expired",
    "user-deleted", "user-restored", "user-purged",
    "password-reset", "one-time-password-kept", "user-imported", "users-exported", "accounts-indexed",
    "new-password-required", "password-changed",
    "second-factor-set-up", "code-asked", "second-factor-removed", "recovery-codes-renewed", "preferences-changed",
    "sessions-forgotten", "events-forgotten", "name-freed", "policy-changed",
];

/// The kind of event that somebody typed. Errors: a sentence, with what was probably meant.
pub fn parse_kind(typed: &str) -> Result<&'static str, String> {
    let word = typed.trim().to_ascii_lowercase().replace([' ', '_'], "-");
    KINDS.iter().copied().find(|kind| *kind == word).ok_or_else(|| {
        let begins = KINDS.iter().find(|kind| !word.is_empty() && kind.starts_with(&word));
        let near = || nearest(&word, KINDS.iter().map(ToString::to_string));
        let meant = begins.map(ToString::to_string).or_else(near);
        let hint = meant.map_or_else(
            || format!("there are {}", KINDS.join(", ")),
            |kind| format!("did you mean {kind}?"),
        );
        format!("there is no kind of event \"{}\"; {hint}", text::shown(typed, 40))
    })
}

impl What {
    /// As it is stored, and as filters take it: `user-disabled`.
    #[rustfmt::skip]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::FirstAdminCreated { .. } => "first-admin-created",
            Self::RecoveredOnHost { .. } => "recovered-on-host",
            Self::AdministratorMadeOnHost { .. } => "administrator-made-on-host",
            Self::SignedIn { .. } => "signed-in",
            Self::DashboardOpened { .. } => "dashboard-opened",
            Self::SignInFailed { .. } => "sign-in-failed",
            Self::FailuresForgotten => "failures-forgotten",
            Self::LockLifted { .. } => "lock-lifted",
            Self::SourceRefused { .. } => "source-refused",
            Self::PenaltyLifted { .. } => "penalty-lifted",
            Self::SessionEnded { .. } => "session-ended",
            Self::SessionResumed { .. } => "session-resumed",
            Self::ResumeDeclined { .. } => "resume-declined",
            Self::SessionsEnded { .. } => "sessions-ended",
            Self::AllSessionsEnded { .. } => "all-sessions-ended",
            Self::MessageSent { .. } => "message-sent",
            Self::UserCreated { .. } => "user-created",
            Self::SignedUp { .. } => "signed-up",
            Self::InviteCreated { .. } => "invite-created",
            Self::InviteRevoked { .. } => "invite-revoked",
            Self::InvitesForgotten { .. } => "invites-forgotten",
            Self::DisplayNameChanged { .. } => "display-name-changed",
            Self::RolesChanged { .. } => "roles-changed",
            Self::RoleGranted { .. } => "role-granted",
            Self::GrantEnded { .. } => "grant-ended",
            Self::RoleCreated { .. } => "role-created",
            Self::RoleEdited { .. } => "role-edited",
            Self::RoleDeleted { .. } => "role-deleted",
            Self::UserDisabled { .. } => "user-disabled",
            Self::UserEnabled { .. } => "user-enabled",
            Self::DatesChanged { .. } => "dates-changed",
            Self::AccountBegan { .. } => "account-began",
            Self::AccountExpired { .. } => "account-expired",
            Self::UserDeleted { .. } => "user-deleted",
            Self::UserRestored { .. } => "user-restored",
            Self::UserPurged { .. } => "user-purged",
            Self::PasswordReset { .. } => "password-reset",
            Self::OneTimePasswordKept { .. } => "one-time-password-kept",
            Self::UserImported { .. } => "user-imported",
            Self::UsersExported { .. } => "users-exported",
            Self::AccountsIndexed { .. } => "accounts-indexed",
            Self::NewPasswordRequired { .. } => "new-password-required",
            Self::PasswordChanged => "password-changed",
            Self::SecondFactorSetUp => "second-factor-set-up",
            Self::CodeAsked { .. } => "code-asked",
            Self::SecondFactorRemoved { .. } => "second-factor-removed",
            Self::RecoveryCodesRenewed => "recovery-codes-renewed",
            Self::PreferencesChanged => "preferences-changed",
            Self::SessionsForgotten { .. } => "sessions-forgotten",
            Self::EventsForgotten { .. } => "events-forgotten",
            Self::NameFreed { .. } => "name-freed",
            Self::PolicyChanged { .. } => "policy-changed",
        }
    }

    /// Whom it was done to, with the name of then where it was kept.
    #[rustfmt::skip]
    pub const fn target(&self) -> Option<(UserId, Option<&UserName>)> {
        match self {
            Self::FirstAdminCreated { target } | Self::RecoveredOnHost { target, .. }
            | Self::AdministratorMadeOnHost { target } | Self::LockLifted { target }
            | Self::SessionsEnded { target, .. } | Self::UserCreated { target, .. }
            | Self::SignedUp { target, .. } | Self::DisplayNameChanged { target, .. }
            | Self::RolesChanged { target, .. } | Self::RoleGranted { target, .. }
            | Self::GrantEnded { target, .. } | Self::UserDisabled { target, .. }
            | Self::UserEnabled { target } | Self::DatesChanged { target, .. }
            | Self::AccountBegan { target } | Self::AccountExpired { target }
            | Self::UserDeleted { target } | Self::UserRestored { target } | Self::UserPurged { target }
            | Self::PasswordReset { target } | Self::OneTimePasswordKept { target }
            | Self::UserImported { target, .. } | Self::NewPasswordRequired { target }
            | Self::SecondFactorRemoved { target } | Self::CodeAsked { target }
            | Self::NameFreed { target } => Some((target.user, Some(&target.name))),
            Self::SessionEnded { target, .. } => Some((*target, None)),
            Self::SignedIn { .. } | Self::DashboardOpened { .. } | Self::SignInFailed { .. }
            | Self::FailuresForgotten | Self::SourceRefused { .. } | Self::PenaltyLifted { .. }
            | Self::SessionResumed { .. } | Self::ResumeDeclined { .. } | Self::AllSessionsEnded { .. }
            | Self::MessageSent { .. } | Self::InviteCreated { .. } | Self::InviteRevoked { .. }
            | Self::InvitesForgotten { .. } | Self::RoleCreated { .. } | Self::RoleEdited { .. }
            | Self::RoleDeleted { .. } | Self::UsersExported { .. } | Self::AccountsIndexed { .. }
            | Self::PasswordChanged | Self::SecondFactorSetUp | Self::RecoveryCodesRenewed
            | Self::PreferencesChanged | Self::SessionsForgotten { .. }
            | Self::EventsForgotten { .. } | Self::PolicyChanged { .. } => None,
        }
    }

    /// A name in it that is nobody's for certain: typed at the door, or kept for somebody who comes.
    pub fn name_said(&self) -> Option<&str> {
        match self {
            Self::SignInFailed { name, .. } => Some(name),
            Self::InviteCreated { name, .. } => name.as_ref().map(UserName::as_str),
            _ => None,
        }
    }

    /// Where it was done to, if that was a place.
    pub const fn source(&self) -> Option<Source> {
        match self {
            Self::SourceRefused { source, .. } | Self::PenaltyLifted { source } => Some(*source),
            _ => None,
        }
    }

    /// What happened, as a sentence goes on that begins with who did it: `disabled alice: on holiday`.
    ///
    /// `whom` is the name of whom it was done to, where the event has not kept it.
    #[rustfmt::skip]
    fn sentence(&self, by: By, whom: &str, when: When) -> String {
        match self {
            Self::FirstAdminCreated { target: Target { name, .. } } => format!("made {name} the first administrator"),
            Self::RecoveredOnHost { target, disabled, second_factor, .. } => format!("let {} in again{}{}", target.name, which_was(disabled.as_deref()), alone(*second_factor)),
            Self::AdministratorMadeOnHost { target } => format!("made {} an administrator", target.name),
            Self::SignedIn { method, second, in_place_of } => format!("signed in by {}{}{}", method.word(), and_then(*second), instead(in_place_of.as_ref())),
            Self::DashboardOpened { terminal: Terminal { name, columns, rows } } => format!("opened the dashboard on {name}, {columns}x{rows}"),
            Self::SignInFailed { name, why, disables, codes_refused_until } => {
                format!("was not let in as {name}: {}{}{}", why.words(), closed(*disables), refused(*codes_refused_until, when))
            }
            Self::FailuresForgotten => "gave the right password; the wrong ones before it count no more".to_owned(),
            Self::LockLifted { target } => format!("lifted the lock on {}", target.name),
            Self::SourceRefused { source, until } => format!("refuses connections from {source} until {}", when(*until)),
            Self::PenaltyLifted { source } => format!("let connections from {source} in again"),
            Self::SessionEnded { session, reason, .. } => ended(session, *reason, by, whom),
            Self::SessionResumed { session } => format!("went on where the connection of session {session} was lost"),
            Self::ResumeDeclined { sessions } => format!("did not go on where connections were lost: {}", handles("session", sessions)),
            Self::SessionsEnded { target, reason } => format!("ended sessions of {}: {}", target.name, reason.words()),
            Self::AllSessionsEnded { sessions } => format!("ended {}", handles("session", sessions)),
            Self::MessageSent { to: Some(session), words } => format!("said to session {session}: {words}"),
            Self::MessageSent { to: None, words } => format!("said to everybody: {words}"),
            Self::UserCreated { target, roles } => format!("made the account {}: {}", target.name, role::list(roles)),
            Self::SignedUp { target, roles, invite } => format!("signed up as {}: {}{}", target.name, role::list(roles), with_invite(invite.as_ref())),
            Self::InviteCreated { invite, roles, name, uses, expires } => {
                format!("made the invite {invite}{} for {}, {} until {}", to_be(name.as_ref()), role::list(roles), counted(u64::from(*uses), "use"), when(*expires))
            }
            Self::InviteRevoked { invite } => format!("revoked the invite {invite}"),
            Self::InvitesForgotten { invites } => format!("forgot {}", handles("invite", invites)),
            Self::DisplayNameChanged { target, before, after } => format!("changed the display name of {}: {before} -> {after}", target.name),
            Self::RolesChanged { target, before, after } => format!("changed the roles of {}: {} -> {}", target.name, listed(before), listed(after)),
            Self::RoleGranted { target, role, until, .. } => format!("gave {} the role {role} until {}", target.name, when(*until)),
            Self::GrantEnded { target, role, until } => format!("took the role {role} from {}, who had it until {}", target.name, when(*until)),
            Self::RoleCreated { role } => format!("made the role {}: {}", role.name, permits(role)),
            Self::RoleEdited { before, after } => format!("changed the role {}: {}", after.name, before.changes_to(after).join(", ")),
            Self::RoleDeleted { role } => format!("deleted the role {}", role.name),
            Self::UserDisabled { target, reason, until } => format!("disabled {}{}: {reason}", target.name, up_to(*until, when)),
            Self::UserEnabled { target } if matches!(by, By::Clock) => format!("enabled {}: the time was up", target.name),
            Self::UserEnabled { target } => format!("enabled {}", target.name),
            Self::DatesChanged { target, after, .. } => format!("changed when {} is valid: {}", target.name, dates(*after, when)),
            Self::AccountBegan { target } => format!("made {} valid: the day had come", target.name),
            Self::AccountExpired { target } => format!("closed {}: the account expired", target.name),
            Self::UserDeleted { target } => format!("deleted {}", target.name),
            Self::UserRestored { target } => format!("restored {}", target.name),
            Self::UserPurged { target } => format!("purged {}, who is gone for good", target.name),
            Self::PasswordReset { target } => format!("reset the password of {}", target.name),
            Self::OneTimePasswordKept { target } => format!("left the one-time password of {} as it was: it had opened nothing", target.name),
            Self::UserImported { target, roles } => format!("imported {}: {}", target.name, role::list(roles)),
            Self::UsersExported { count, filter, .. } => format!("exported {}{}", counted(*count, "user"), filtered(filter)),
            Self::AccountsIndexed { count } => format!("made the lists of {}", counted(*count, "account")),
            Self::NewPasswordRequired { target } => format!("asked {} for a new password", target.name),
            Self::PasswordChanged => "chose a new password".to_owned(),
            Self::SecondFactorSetUp => "set up a second factor".to_owned(),
            Self::CodeAsked { target } => format!("gave the right password of {} and was asked for a code", target.name),
            Self::SecondFactorRemoved { .. } if whom == THEIR_OWN => "removed their own second factor".to_owned(),
            Self::SecondFactorRemoved { target } => format!("removed the second factor of {}", target.name),
            Self::RecoveryCodesRenewed => "made new recovery codes".to_owned(),
            Self::PreferencesChanged => "changed their preferences".to_owned(),
            Self::SessionsForgotten { count, before } => format!("forgot {} that were over by {}", counted(size(*count), "session"), when(*before)),
            Self::EventsForgotten { count, until } => format!("forgot {} up to {}", counted(*count, "event"), when(*until)),
            Self::NameFreed { target } => format!("freed the name {}: nothing is kept of who had it", target.name),
            Self::PolicyChanged { key, before, after } => format!("set {key}: {before} -> {after}"),
        }
    }

    /// What was before and after, where it changed something that has both.
    #[rustfmt::skip]
    pub fn differences(&self, when: When) -> Vec<Difference> {
        let time = |at: Option<Timestamp>| at.map_or_else(|| NEVER.to_owned(), when);
        let at_any_time = |at: Option<Timestamp>| at.map_or_else(|| NONE.to_owned(), when);
        match self {
            Self::DisplayNameChanged { before, after, .. } => vec![pair("display name", before.clone(), after.clone())],
            Self::RolesChanged { before, after, .. } => vec![pair("roles", listed(before), listed(after))],
            Self::RoleGranted { before, until, .. } => vec![pair("until", at_any_time(*before), when(*until))],
            Self::PolicyChanged { before, after, .. } => vec![pair("value", before.clone(), after.clone())],
            Self::RoleEdited { before, after } => {
                let about = |role: &CustomRole| if role.about.is_empty() { NONE.to_owned() } else { role.about.clone() };
                let all = [
                    pair("permits", permits(before), permits(after)),
                    pair("limits", before.limits.words(), after.limits.words()),
                    pair("about", about(before), about(after)),
                ];
                all.into_iter().filter(|pair| pair.before != pair.after).collect()
            }
            Self::DatesChanged { before, after, .. } => {
                let all = [
                    pair("valid from", at_any_time(before.0), at_any_time(after.0)),
                    pair("expires", time(before.1), time(after.1)),
                ];
                all.into_iter().filter(|pair| pair.before != pair.after).collect()
            }
            Self::RecoveredOnHost { disabled, begins, expires, .. } => [
                disabled.clone().map(|reason| pair("disabled", reason, NONE.to_owned())),
                begins.map(|at| pair("valid from", when(at), NONE.to_owned())),
                expires.map(|at| pair("expires", when(at), NEVER.to_owned())),
            ].into_iter().flatten().collect(),
            _ => Vec::new(),
        }
    }
}

impl Event {
    /// Who did it.
    #[rustfmt::skip]
    pub const fn by(&self) -> By {
        match (&self.actor, &self.what) {
            (Some(_), _) => By::User,
            (None, What::FirstAdminCreated { .. } | What::RecoveredOnHost { .. }
                | What::AdministratorMadeOnHost { .. }) => By::Host,
            (None, What::SourceRefused { .. } | What::SessionEnded { .. }) => By::Server,
            (None, _) if self.from.is_some() => By::Stranger,
            (None, What::InvitesForgotten { .. } | What::RolesChanged { .. } | What::UserEnabled { .. }
                | What::AccountBegan { .. } | What::AccountExpired { .. } | What::UserPurged { .. }
                | What::SessionsForgotten { .. } | What::EventsForgotten { .. } | What::NameFreed { .. }) => By::Clock,
            (None, _) => By::Server,
        }
    }

    /// What happened, as a sentence goes on that begins with who did it. `whom` as the account is called now to
    /// which it was done, where the event has not kept the name.
    pub fn told(&self, whom: Option<&UserName>, when: When) -> String {
        let id = self.what.target().map(|(id, _)| id);
        let whom = whom.map(ToString::to_string).or(id.map(|id| id.to_string())).unwrap_or_default();
        let is_own = self.actor.as_ref().is_some_and(|actor| Some(actor.user) == id);
        let whom = if is_own { THEIR_OWN } else { &whom };
        self.what.sentence(self.by(), whom, when)
    }
}

impl Failure {
    /// Why, to whoever reads the trail.
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnknownUser => "there is nobody of that name",
            Self::WrongPassword => "wrong password",
            Self::Disabled => "the account is disabled",
            Self::NotYet => "the account is not valid yet",
            Self::Expired => "the account has expired",
            Self::OneTimePasswordExpired => "the one-time password opens nothing any more",
            Self::Delayed => "a delay was running, the password was not looked at",
            Self::PasswordDisabled => "the account is locked after too many failures",
            Self::WrongCode => "the password was right, the code was not",
            Self::CodeUsed => "the code had been used before",
            Self::NoCode => "the password was right, no code came behind it",
            Self::SeedUnreadable => "the password was right, the code could not be checked with this key",
            Self::CodesRefused => "no code is taken after too many wrong ones, this one was not looked at",
            Self::ProofOutdated => "the account was changed before the code came",
            Self::SourceRefused => "connections from there are refused",
            Self::UnknownInvite => "no invite has that code",
            Self::InviteExpired => "the invite has expired",
            Self::InviteUsedUp => "the invite is used up",
            Self::InviteRevoked => "the invite was revoked",
            Self::InviteVoid => "whoever made the invite may not give its roles any more",
        }
    }
}

/// Stands for the name of whoever did something to themselves.
const THEIR_OWN: &str = "their own";

/// Where there is nothing.
const NONE: &str = "none";

fn pair(what: &'static str, before: String, after: String) -> Difference {
    Difference { what, before, after }
}

/// `1 user`, `5 users`
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn size(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// `2 sessions: abc, def`
fn handles(what: &str, handles: &[Handle]) -> String {
    let list: Vec<_> = handles.iter().map(ToString::to_string).collect();
    format!("{}: {}", counted(size(handles.len()), what), list.join(", "))
}

fn listed(roles: &[RoleName]) -> String {
    if roles.is_empty() { NONE.to_owned() } else { role::list(roles) }
}

/// What a role permits beyond what everybody may do with their own.
fn permits(role: &CustomRole) -> String {
    let list = role::list_permissions(role.permissions.without(role::OWN.permissions).iter());
    if list.is_empty() { "nothing".to_owned() } else { list }
}

fn which_was(disabled: Option<&str>) -> String {
    disabled.map_or_else(String::new, |reason| format!(", whose account was disabled: {reason}"))
}

fn instead(of: Option<&Handle>) -> String {
    of.map_or_else(String::new, |session| format!(", in place of session {session}"))
}

const fn closed(disables: bool) -> &'static str {
    if disables { "; with this one there were too many, and the account is locked" } else { "" }
}

fn alone(second_factor: bool) -> &'static str {
    if second_factor { ", and removed the second factor" } else { "" }
}

fn and_then(second: Option<Method>) -> String {
    second.map_or_else(String::new, |method| format!(", then {}", method.word()))
}

fn refused(until: Option<Timestamp>, when: When) -> String {
    until.map_or_else(String::new, |until| {
        format!("; with this one there were too many, and none is taken until {}", when(until))
    })
}

fn with_invite(invite: Option<&Handle>) -> String {
    invite.map_or_else(String::new, |invite| format!(", with the invite {invite}"))
}

fn to_be(name: Option<&UserName>) -> String {
    name.map_or_else(String::new, |name| format!(" of {name}"))
}

fn up_to(until: Option<Timestamp>, when: When) -> String {
    until.map_or_else(String::new, |until| format!(" until {}", when(until)))
}

fn filtered(filter: &str) -> String {
    if filter.is_empty() { String::new() } else { format!(": {filter}") }
}

fn dates((begins, expires): (Option<Timestamp>, Option<Timestamp>), when: When) -> String {
    match (begins, expires) {
        (None, None) => "always".to_owned(),
        (Some(begins), None) => format!("from {}", when(begins)),
        (None, Some(expires)) => format!("until {}", when(expires)),
        (Some(begins), Some(expires)) => format!("from {} until {}", when(begins), when(expires)),
    }
}

fn ended(session: &Handle, reason: EndReason, by: By, whom: &str) -> String {
    let why = match reason {
        EndReason::Revoked => String::new(),
        reason => format!(": {}", reason.words()),
    };
    match by {
        By::User if whom == THEIR_OWN => format!("ended session {session}, their own{why}"),
        By::User => format!("ended session {session} of {whom}{why}"),
        _ => format!("closed session {session} of {whom}{why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kinds stand in three tables by hand; serde knows them from the type.
    #[test]
    fn every_kind_of_event_is_listed_in_the_order_of_its_type() {
        let source = include_str!("../event.rs");
        let body = source.split("pub enum What {").nth(1).unwrap().split("\n}\n").next().unwrap();
        let is_variant =
            |line: &&str| line.starts_with("    ") && line[4..].starts_with(|c: char| c.is_uppercase());
        let kebab = |line: &str| {
            let name: String = line.trim().chars().take_while(char::is_ascii_alphanumeric).collect();
            let parts = name.chars().enumerate().map(|(index, c)| {
                let dash = if c.is_uppercase() && index > 0 { "-" } else { "" };
                format!("{dash}{}", c.to_ascii_lowercase())
            });
            parts.collect::<String>()
        };
        let declared: Vec<String> = body.lines().filter(is_variant).map(kebab).collect();
        assert_eq!(declared, KINDS);
    }

    #[test]
    fn the_kind_is_what_is_stored() {
        let target =
            Target { user: "a".repeat(26).parse().unwrap(), name: UserName::parse("alice").unwrap() };
        for what in [What::NameFreed { target }, What::PasswordChanged, What::AccountsIndexed { count: 1 }] {
            assert_eq!(serde_json::to_value(&what).unwrap()["what"], what.kind());
            assert!(KINDS.contains(&what.kind()));
        }
    }

    #[test]
    fn a_kind_that_there_is_not_names_the_nearest() {
        assert_eq!(parse_kind(" User-Disabled "), Ok("user-disabled"));
        let refused = parse_kind("user-disable").unwrap_err();
        assert_eq!(refused, "there is no kind of event \"user-disable\"; did you mean user-disabled?");
        assert!(parse_kind("policy").unwrap_err().ends_with("did you mean policy-changed?"));
        assert!(parse_kind("elephant").unwrap_err().contains("there are first-admin-created, "));
    }
}
