//! What happened lately: who came from where and how it ended, who did not get in, who is there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::dal::playground::{Miss, Pose, Resident, Standing, Visit};
use crate::domain::event::Failure;
use crate::domain::id::SessionSecret;
use crate::domain::name::UserName;
use crate::domain::role::{self, Permission};
use crate::domain::session::{EndReason, Ended, Terminal, Visitor};
use crate::domain::text::Line;
use crate::domain::time::Timestamp;

use super::dice::Dice;

/// Sign-ins in each hour of a day (UTC) in a house that works by day, and never quite sleeps.
const CURVE: [u64; 24] = [3, 2, 2, 1, 2, 4, 8, 16, 28, 30, 26, 24, 20, 24, 26, 25, 22, 18, 12, 9, 7, 6, 5, 4];

/// Whole days before the last 24 hours of which something is known.
const EARLIER_DAYS: u64 = 4;

const CLIENTS: &[&str] = &[
    "OpenSSH_10.2",
    "OpenSSH_9.9",
    "OpenSSH_9.6p1 Ubuntu-3ubuntu13.14",
    "OpenSSH_9.2p1 Debian-2+deb12u6",
    "OpenSSH_for_Windows_9.5",
    "PuTTY_Release_0.83",
    "WinSCP_release_6.5.3",
    "dropbear_2025.88",
    "libssh2_1.11.1",
    "AsyncSSH_2.21.0",
];

const TERMINALS: &[(&str, u16, u16)] = &[
    ("xterm-256color", 80, 24),
    ("xterm-256color", 120, 40),
    ("xterm-256color", 213, 58),
    ("tmux-256color", 158, 47),
    ("screen-256color", 100, 30),
    ("xterm-kitty", 190, 52),
    ("xterm-ghostty", 144, 44),
    ("foot", 132, 43),
    ("linux", 80, 25),
];

/// Who tries a name that nobody has.
const GUESSES: &[&str] = &["root", "admin", "test", "oracle", "ubuntu", "pi", "git", "postgres", "guest"];

/// What somebody looks at, and what that needs.
const SCREENS: &[(&str, Permission)] = &[
    ("Home", Permission::OwnAccount),
    ("Users", Permission::ReadUsers),
    ("Sessions", Permission::ReadSessions),
    ("My sessions", Permission::OwnSessions),
    ("Account", Permission::OwnAccount),
    ("Home", Permission::OwnAccount),
];

/// One of the few places that a person comes from. All are addresses for documentation (RFC 5737, 3849).
pub fn address(dice: &Dice, name: &str) -> IpAddr {
    let home = name.bytes().fold(7_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    match dice.below(8) {
        0..5 => Ipv4Addr::new(192, 0, 2, home).into(),
        5..7 => Ipv4Addr::new(198, 51, 100, home.rotate_left(3)).into(),
        _ => Ipv6Addr::new(0x2001, 0xdb8, 0, u16::from(home), 0, 0, 0, 0x17).into(),
    }
}

/// Sessions of the last days that are over, the oldest first.
pub fn visits(dice: &Dice, people: &[Resident], now: Timestamp) -> Vec<Visit> {
    let mut visits = Vec::new();
    for hours_ago in (0..24 * (EARLIER_DAYS + 1)).rev() {
        // Earlier days are only sketched.
        let thinner = if hours_ago < 24 { 1 } else { 5 };
        for _ in 0..busy(dice, now.before(hours(hours_ago))) / thinner {
            let within = Duration::from_secs(hours_ago * 3_600 + dice.below(3_600));
            visits.extend(visit(dice, people, now.before(within), now));
        }
    }
    visits.sort_by_key(|visit| visit.created);
    visits
}

/// Sessions that go on, with what their people are doing.
pub fn present(dice: &Dice, people: &[Resident], count: usize, now: Timestamp) -> Vec<(Visit, Pose)> {
    let one = || {
        let since = Duration::from_secs(dice.below(7 * 3_600) + 60);
        let created = now.before(since);
        let idle = Duration::from_secs(dice.below(12) * dice.below(12) * dice.below(13) + dice.below(20));
        let visit = Visit { ended: None, ..visit(dice, people, created, now)? };
        let minutes = usize::try_from(since.as_secs() / 60).unwrap_or(1);
        let pose = Pose {
            typed: now.before(idle).max(created),
            screen: screen(dice, &visit),
            bytes_in: minutes * (dice.place(90) + 20),
            bytes_out: minutes * (dice.place(9_000) + 2_000) + 2_821,
        };
        Some((visit, pose))
    };
    std::iter::repeat_with(one).take(count).flatten().collect()
}

/// Where somebody turns to, of what they may see.
pub fn screen(dice: &Dice, visit: &Visit) -> &'static str {
    let permissions = role::built_in(&visit.roles);
    let open: Vec<_> = SCREENS.iter().filter(|(_, needs)| permissions.has(*needs)).collect();
    dice.pick(&open).map_or("Home", |(title, _)| title)
}

/// Failed sign-ins of the last 24 hours: mistyped passwords, guesses, and one who is stubborn.
pub fn misses(dice: &Dice, people: &[Resident], now: Timestamp) -> Vec<Miss> {
    let mut misses = Vec::new();
    for hours_ago in (0..24).rev() {
        let at = || now.before(Duration::from_secs(hours_ago * 3_600 + dice.below(3_600)));
        for _ in 0..busy(dice, now.before(hours(hours_ago))) / 6 + dice.below(4) {
            misses.extend(mistyped(dice, people, at()));
        }
        let stubborn = match hours_ago {
            7 => 64,
            8 => 96,
            9 => 23,
            _ => 0,
        };
        for _ in 0..stubborn {
            let from = Ipv4Addr::new(203, 0, 113, 66);
            misses.extend(guess(dice, at(), from));
        }
        for _ in 0..dice.below(5) {
            let from =
                Ipv4Addr::new(203, 0, 113, [9, 14, 80, 81, 201].get(dice.place(5)).copied().unwrap_or(9));
            misses.extend(guess(dice, at(), from));
        }
    }
    misses.sort_by_key(|miss| miss.at);
    misses
}

/// How many were there during the last day, a number for every ten minutes, that ends at `last`.
pub fn history(dice: &Dice, last: u64, now: Timestamp) -> Vec<u64> {
    // A quiet hour that ends with many must not make the busy ones a stadium.
    let each = (last * 100 / height(now).max(1)).min(5);
    let at = |step: u64| {
        let there = last * 100 + height(now.before(Duration::from_mins(step * 10))) * each;
        there.saturating_sub(height(now) * each) / 100 + dice.below(4)
    };
    (1..144).rev().map(at).collect()
}

/// The curve between its hours, in hundredths.
fn height(at: Timestamp) -> u64 {
    let (here, next) = (curve(at), curve(at.after(hours(1))));
    let part = at.since(Timestamp::of_hour(at.hour())).as_secs();
    (here * (3_600 - part) + next * part) * 100 / 3_600
}

fn visit(dice: &Dice, people: &[Resident], created: Timestamp, now: Timestamp) -> Option<Visit> {
    let person = dice.pick(people).filter(|person| matches!(person.standing, Standing::Enabled))?;
    let peer = (address(dice, person.name.as_str()), u16::try_from(dice.below(16_000) + 49_152).unwrap_or(0));
    let terminal = dice.pick(TERMINALS).filter(|_| dice.chance(85));
    Some(Visit {
        session: SessionSecret::random(dice).id(),
        user: person.id,
        name: person.name.clone(),
        roles: person.roles.clone(),
        visitor: Visitor::new(peer.into(), dice.pick(CLIENTS)?),
        terminal: terminal.map(|(name, columns, rows)| Terminal {
            name: (*name).to_owned(),
            columns: *columns,
            rows: *rows,
        }),
        created,
        ended: Some(end(dice, created, now)),
    })
}

fn end(dice: &Dice, created: Timestamp, now: Timestamp) -> Ended {
    let (reason, by, note) = match dice.below(100) {
        0..58 => (EndReason::SignedOut, None, None),
        58..72 => (EndReason::ConnectionLost, None, None),
        72..86 => (EndReason::Idle, None, None),
        86..90 => (EndReason::Expired, None, None),
        90..93 => (EndReason::PasswordChanged, None, None),
        93..95 => (EndReason::PasswordReset, Some("operator"), None),
        95..97 => (EndReason::Resumed, None, None),
        97..99 => (EndReason::Revoked, Some("admin"), Some("please sign in from the office")),
        _ => (EndReason::RoleChanged, None, None),
    };
    let longest = match reason {
        EndReason::Expired => Duration::from_hours(12),
        EndReason::RoleChanged => Duration::from_hours(8),
        _ => Duration::from_secs(dice.below(90) * dice.below(90) + 40),
    };
    Ended {
        at: created.after(longest).min(now),
        reason,
        by: by.and_then(|name| UserName::parse(name).ok()),
        note: note.and_then(|note| Line::parse(note).ok()),
    }
}

fn mistyped(dice: &Dice, people: &[Resident], at: Timestamp) -> Option<Miss> {
    let person = dice.pick(people)?;
    let why = match person.standing {
        Standing::Enabled | Standing::Pending => Failure::WrongPassword,
        Standing::Disabled { .. } => Failure::Disabled,
        Standing::Expired { .. } => Failure::Expired,
        Standing::Deleted { .. } => Failure::UnknownUser,
    };
    let name = person.name.to_string();
    Some(Miss { at, from: address(dice, &name), name, why })
}

fn guess(dice: &Dice, at: Timestamp, from: Ipv4Addr) -> Option<Miss> {
    let name = (*dice.pick(GUESSES)?).to_owned();
    let why = if name == "admin" { Failure::WrongPassword } else { Failure::UnknownUser };
    Some(Miss { at, from: from.into(), name, why })
}

/// How many come in the hour of `at`.
fn busy(dice: &Dice, at: Timestamp) -> u64 {
    let usual = curve(at);
    usual + dice.below(usual / 3 + 2)
}

fn curve(at: Timestamp) -> u64 {
    let hour = usize::try_from(at.hour() % 24).unwrap_or(0);
    CURVE.get(hour).copied().unwrap_or(1)
}

const fn hours(count: u64) -> Duration {
    Duration::from_hours(count)
}
