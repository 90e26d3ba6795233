//! Who is there: people with a past, and one of each built-in role to sign in as.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::dal::playground::{Resident, Standing};
use crate::domain::id::UserId;
use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::{self, RoleName};
use crate::domain::session::{Before, Sighting};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::day::address;
use super::dice::Dice;
use super::names::{MACHINES, Part, TONGUES, Tongue};

const DAY: Duration = Duration::from_hours(24);

/// Every one of so many people has a second factor.
const CAREFUL: usize = 5;

/// Why accounts are closed.
const REASONS: &[&str] =
    &["left the team", "on parental leave until spring", "contract ended", "duplicate of another account"];

/// People other than those that somebody signs in as.
pub fn people(dice: &Dice, count: usize, taken: &[&str], now: Timestamp) -> Vec<Resident> {
    let mut names: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    let mut people: Vec<Resident> = Vec::with_capacity(count);
    people.extend(MACHINES.iter().filter_map(|machine| {
        names.insert(machine.0.to_owned());
        resident(dice, machine.0, machine.1, member(), now)
    }));
    while people.len() < count {
        let Some((name, display_name)) = person(dice) else { break };
        if names.insert(name.clone()) {
            people.extend(resident(dice, &name, &display_name, roles(dice), now));
        }
    }
    people.truncate(count);
    for person in people.iter_mut().skip(MACHINES.len()).step_by(CAREFUL) {
        person.second_factor = second_factor(person, now);
    }
    people
}

/// Since when a careful one has an authenticator, if there was a sign-in to set it up in.
fn second_factor(person: &Resident, now: Timestamp) -> Option<Timestamp> {
    let is_in = matches!(person.standing, Standing::Enabled);
    is_in.then(|| now.before(now.since(person.created) / 3))
}

/// A user name and the name that people read.
fn person(dice: &Dice) -> Option<(String, String)> {
    let tongue = tongue(dice)?;
    let (given, family) = (dice.pick(tongue.given)?, dice.pick(tongue.family)?);
    let display_name = match tongue.given_first {
        Some(between) => format!("{}{between}{}", given.1, family.1),
        None => format!("{}{}", family.1, given.1),
    };
    Some((spelled(dice, *given, *family), display_name))
}

fn tongue(dice: &Dice) -> Option<&'static Tongue> {
    let mut left = dice.below(TONGUES.iter().map(|tongue| tongue.share).sum());
    TONGUES.iter().find(|tongue| match left.checked_sub(tongue.share) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    })
}

/// As different houses spell user names.
fn spelled(dice: &Dice, (given, _): Part, (family, _): Part) -> String {
    let initial: String = given.chars().take(1).collect();
    match dice.below(10) {
        0..6 => format!("{given}.{family}"),
        6..8 => format!("{initial}{family}"),
        8 => format!("{family}-{initial}"),
        _ => format!("{given}{}", dice.below(90) + 10),
    }
}

fn roles(dice: &Dice) -> Vec<RoleName> {
    let text = match dice.below(100) {
        0 => "admin",
        1..4 => "operator",
        4..6 => "auditor",
        6 => "auditor, operator",
        _ => "member",
    };
    role::parse_list(text).unwrap_or_default()
}

fn member() -> Vec<RoleName> {
    RoleName::parse("member").into_iter().collect()
}

fn resident(
    dice: &Dice,
    name: &str,
    display_name: &str,
    roles: Vec<RoleName>,
    now: Timestamp,
) -> Option<Resident> {
    let created = now.before(DAY * 30 + Duration::from_mins(dice.below(60 * 24 * 700)));
    let standing = standing(dice, now);
    let before = match standing {
        Standing::Pending => Before::default(),
        _ => before(dice, name, now),
    };
    Some(Resident {
        id: UserId::random(dice),
        name: UserName::parse_new(name).ok()?,
        display_name: DisplayName::parse(display_name).ok()?,
        roles,
        created,
        standing,
        loan: None,
        before,
        second_factor: None,
        password: None,
    })
}

fn standing(dice: &Dice, now: Timestamp) -> Standing {
    let ago = |days: u64| now.before(Duration::from_mins(dice.below(60 * 24 * days) + 1));
    match dice.below(100) {
        0..4 => Standing::Pending,
        4..8 => match (UserName::parse("admin"), dice.pick(REASONS).map(|reason| Line::parse(reason))) {
            (Ok(by), Some(Ok(reason))) => Standing::Disabled { at: ago(60), by, reason, until: None },
            _ => Standing::Enabled,
        },
        8..10 => Standing::Expired { at: ago(90) },
        _ => Standing::Enabled,
    }
}

/// A sign-in some days ago, and for some of them failures since.
fn before(dice: &Dice, name: &str, now: Timestamp) -> Before {
    let days = dice.below(4) * dice.below(4) * dice.below(4) + 2;
    let at = now.before(DAY * u32::try_from(days).unwrap_or(2) + Duration::from_mins(dice.below(60 * 24)));
    let mut before =
        Before { last_sign_in: Some(Sighting { at, from: address(dice, name) }), ..Before::default() };
    if dice.chance(8) {
        for _ in 0..=dice.below(6) {
            let at = now.before(Duration::from_mins(dice.below(60 * 24) + 1));
            before.fail(Sighting { at, from: address(dice, name) });
        }
    }
    before
}
