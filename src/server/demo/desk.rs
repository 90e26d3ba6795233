//! What administrators decided: roles of the house, who is away or gone, who helps out, who is invited.

use std::net::IpAddr;
use std::time::Duration;

use crate::dal::playground::{Letter, Loan, Resident, Standing};
use crate::domain::id::InviteId;
use crate::domain::name::UserName;
use crate::domain::role::{self, CustomRole, Limits, RoleName};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::dice::Dice;

/// Those who are deleted, and not among the people that one sees.
pub const LEFT: usize = 2;

/// When the roles were made.
pub const LONG_AGO: Duration = hours(24 * 200);

/// How long the deleted are kept, as it ships.
const KEPT: Duration = hours(24 * 7);

const HELP_DESK: &str = "help-desk";
const FRONT_OFFICE: &str = "front-office";

/// Roles beside the built-in ones.
pub fn roles() -> Vec<CustomRole> {
    let role = |name: &str, about: &str, permits: &str, limits: Limits| {
        let (name, permissions) = (RoleName::parse(name).ok()?, role::parse_permissions(permits).ok()?);
        Some(CustomRole { name, about: about.to_owned(), permissions, limits })
    };
    let short = Limits { idle: Some(Duration::from_mins(10)), ..Limits::default() };
    let by_day = Limits { lifetime: Some(hours(8)), cap: Some(2), ..Limits::default() };
    let desk = "read-users, reset-passwords, lift-locks";
    let office = "read-users, read-invites, manage-invites";
    let made = [
        role(HELP_DESK, "answers the phone: passwords and locks", desk, short),
        role(FRONT_OFFICE, "greets visitors and invites them", office, by_day),
    ];
    made.into_iter().flatten().collect()
}

/// Some people get roles of the house, one helps out for a time, one is away for a while; the last ones
/// are gone.
pub fn decide(people: &mut [Resident], now: Timestamp) {
    let Ok(by) = UserName::parse("admin") else { return };
    let at = people.len().saturating_sub(LEFT);
    let (staying, leaving) = people.split_at_mut(at);
    for (person, days) in leaving.iter_mut().zip([1, 4]) {
        let at = now.before(hours(24 * days + 3));
        person.standing = Standing::Deleted { at, by: by.clone(), until: at.after(KEPT) };
    }
    // Whoever only has an account of their own.
    let is_plain = |person: &&mut Resident| {
        matches!(person.standing, Standing::Enabled) && person.roles == [RoleName::member()]
    };
    let mut plain = staying.iter_mut().filter(is_plain).skip(PLACES);
    for (name, holders) in [(HELP_DESK, 4), (FRONT_OFFICE, 3)] {
        for person in plain.by_ref().take(holders) {
            person.roles.extend(RoleName::parse(name));
            person.roles.sort();
        }
    }
    if let (Some(person), Ok(role)) = (plain.next(), RoleName::parse("operator")) {
        let (at, until) = (now.before(hours(20)), now.after(hours(52)));
        person.loan = Some(Loan { role, at, by: by.clone(), until });
    }
    if let (Some(person), Ok(reason)) = (plain.next(), Line::parse("on leave until the month is over")) {
        let (at, until) = (now.before(hours(70)), Some(now.after(hours(24 * 12))));
        person.standing = Standing::Disabled { at, by, reason, until };
    }
}

/// Whose password somebody guesses at just now, from where, and how often: a machine's until it opens nothing
/// any more, a person's until they give up.
pub fn sieges(people: &[Resident]) -> Vec<(UserName, IpAddr, u64)> {
    let from = |last| IpAddr::from([203, 0, 113, last]);
    let machine = people.first().map(|person| (person.name.clone(), from(66), 100));
    let person = people.get(PLACES).map(|person| (person.name.clone(), from(80), 14));
    machine.into_iter().chain(person).collect()
}

/// Machines come first, and hold nothing of this.
const PLACES: usize = super::names::MACHINES.len();

/// Invites: open to several, open to one, too late, and taken back.
pub fn letters(dice: &Dice, by: &UserName, now: Timestamp) -> Vec<Letter> {
    let letter = |ago: u64, lasts: u64, roles: &str| Letter {
        id: InviteId::random(dice),
        roles: role::parse_list(roles).unwrap_or_default(),
        name: None,
        by: by.clone(),
        created: now.before(hours(ago)),
        expires: now.before(hours(ago)).after(hours(lasts)),
        uses: 1,
        note: None,
        revoked: None,
    };
    let note = |text: &str| Line::parse(text).ok();
    vec![
        Letter { uses: 5, note: note("interns of the spring"), ..letter(5, 24, "member") },
        Letter { name: UserName::parse("nadia.haddad").ok(), ..letter(9, 24, "front-office, member") },
        Letter { note: note("visitor of the lab"), ..letter(60, 24, "member") },
        Letter { revoked: Some(now.before(hours(25))), ..letter(28, 24, "operator") },
    ]
}

const fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}
