//! The key of every record. Prefixes are ASCII, so that a dump can be read.
//!
//! | key | holds |
//! | --- | --- |
//! | `u/<user>` | account: name, roles, state. No sign-in writes it, so its version works as a guard |
//! | `un/<name>` | the account that has the name; lists and prefix searches run over these |
//! | `ud/<name>` | the account that had the name and was deleted: nobody else gets it while the trail is about that one |
//! | `ug/<time>/<name>` | names of accounts that are gone for good, those first that went first |
//! | `ut/<tag>/<name>` | accounts by role and by state, in the order of their names |
//! | `uc/old/<time>/<user>` | accounts that have their name, in the order in which they were made |
//! | `uc/new/<inverted time>/<user>` | ... the newest first |
//! | `due/<time>/<user>` | when time next does something to the account, the soonest first |
//! | `pw/<user>` | password hash |
//! | `tf/<user>` | second factor: the sealed seed, the recovery codes, what was guessed |
//! | `seen/<user>` | last sign-in, failures since |
//! | `prefs/<user>` | how somebody likes their dashboard |
//! | `gs/<user>` | consecutive failures from strange sources; absent while there are none |
//! | `gk/<user>` | the sources that somebody is known at, each with its failures |
//! | `lk/<inverted time><class>/<user>` | until when one of the two keeps people out, the latest first |
//! | `s/<session>` | session |
//! | `so/<user>/<session>` | present while the session is open |
//! | `st/<session>` | terminal of an open session: apart from it, because its version is a guard |
//! | `su/<user>/<inverted time><session>` | sessions of a user, newest first |
//! | `sn/<inverted time><session>` | sessions of everybody, newest first |
//! | `iv/<invite>` | invite; its id is the hash of its code |
//! | `it/<inverted time><invite>` | invites, newest first |
//! | `a/<inverted time><event>` | audit event, newest first; the marker of its transaction |
//! | `fh/<hour>` | failed sign-ins of that hour |
//! | `fs/<hour>` | ... by source; only ever written together with `fh/<hour>`, which guards both |
//! | `nh/<hour>` | accounts that people made for themselves in that hour |
//! | `ns/<hour>/<source>` | ... from one source |
//! | `n/users` | how many accounts there are |
//! | `policy` | the rules that were set while the server ran, over what is configured |
//! | `roster` | the usable administrators; every change that touches one guards it |
//! | `roles` | the roles beside the built-in ones |
//! | `rg/<role>` | to whom that role was given last; a role that is to go is guarded by it, so that nobody gets it meanwhile |
//! | `meta/format` | the store has been set up, by which version |
//! | `meta/index` | how far the lists of accounts have been made of the accounts |

use crate::domain::id::{EventId, Handle, InviteId, SessionId, UserId};
use crate::domain::name::UserName;
use crate::domain::role::RoleName;
use crate::domain::source::Source;
use crate::domain::time::Timestamp;

use super::Key;

pub const OPEN_SESSIONS: &[u8] = b"so/";
pub const SESSIONS_BY_TIME: &[u8] = b"sn/";
pub const LOCKS: &[u8] = b"lk/";
pub const INVITES_BY_TIME: &[u8] = b"it/";
pub const SIGN_UPS: &[u8] = b"nh/";
pub const SIGN_UPS_BY_SOURCE: &[u8] = b"ns/";
pub const USERS: &[u8] = b"u/";
pub const OLDEST: &[u8] = b"uc/old/";
pub const NEWEST: &[u8] = b"uc/new/";
pub const DUE: &[u8] = b"due/";
pub const FACTORS: &[u8] = b"tf/";
pub const EVENTS: &[u8] = b"a/";
pub const DELETED_NAMES: &[u8] = b"ud/";
pub const GONE_NAMES: &[u8] = b"ug/";
pub const POLICY: &[u8] = b"policy";

/// Hexadecimal digits of an inverted time.
const TIME_CHARS: usize = 16;

pub fn user(id: UserId) -> Key {
    format!("u/{id}").into()
}

pub fn user_name(name: &UserName) -> Key {
    user_name_prefix(name.as_str())
}

pub fn user_name_prefix(prefix: &str) -> Key {
    format!("un/{prefix}").into()
}

pub fn deleted_name(name: &UserName) -> Key {
    format!("ud/{name}").into()
}

pub fn gone_name(gone: Timestamp, name: &UserName) -> Key {
    format!("ug/{:016x}/{name}", gone.as_micros()).into()
}

pub fn tagged(tag: &str, name: &str) -> Key {
    format!("ut/{tag}/{name}").into()
}

/// `newest` tells which of the two orders.
pub fn made(newest: bool, at: Timestamp, user: UserId) -> Key {
    let (prefix, time) = if newest { (NEWEST, inverted(at)) } else { (OLDEST, at.as_micros()) };
    [prefix, format!("{time:016x}/{user}").as_bytes()].concat()
}

pub fn role_given(role: &RoleName) -> Key {
    format!("rg/{role}").into()
}

pub fn due(at: Timestamp, user: UserId) -> Key {
    format!("due/{:016x}/{user}", at.as_micros()).into()
}

pub fn password(id: UserId) -> Key {
    format!("pw/{id}").into()
}

pub fn factor(id: UserId) -> Key {
    format!("tf/{id}").into()
}

pub fn seen(id: UserId) -> Key {
    format!("seen/{id}").into()
}

pub fn preferences(id: UserId) -> Key {
    format!("prefs/{id}").into()
}

pub fn strangers(id: UserId) -> Key {
    format!("gs/{id}").into()
}

pub fn known_sources(id: UserId) -> Key {
    format!("gk/{id}").into()
}

/// `class` is one ASCII letter.
pub fn lock(until: Timestamp, class: char, user: UserId) -> Key {
    format!("lk/{:016x}{class}/{user}", inverted(until)).into()
}

pub fn session(id: SessionId) -> Key {
    format!("s/{id}").into()
}

pub fn open_session(user: UserId, session: SessionId) -> Key {
    format!("so/{user}/{session}").into()
}

pub fn open_sessions_of(user: UserId) -> Key {
    format!("so/{user}/").into()
}

pub fn terminal(session: SessionId) -> Key {
    format!("st/{session}").into()
}

pub fn session_of_user(user: UserId, created: Timestamp, session: SessionId) -> Key {
    format!("su/{user}/{:016x}{session}", inverted(created)).into()
}

pub fn sessions_of(user: UserId) -> Key {
    format!("su/{user}/").into()
}

pub fn session_by_time(created: Timestamp, session: SessionId) -> Key {
    format!("sn/{:016x}{session}", inverted(created)).into()
}

/// Where the sessions begin in that order that had begun by then.
pub fn sessions_by(at: Timestamp) -> Key {
    format!("sn/{:016x}", inverted(at)).into()
}

/// Sessions whose ids begin like this: one, but for chance.
pub fn sessions_with(handle: &Handle) -> Key {
    format!("s/{handle}").into()
}

pub fn invite(id: InviteId) -> Key {
    format!("iv/{id}").into()
}

/// Invites whose ids begin like this: one, but for chance.
pub fn invites_with(handle: &Handle) -> Key {
    format!("iv/{handle}").into()
}

pub fn invite_by_time(created: Timestamp, id: InviteId) -> Key {
    format!("it/{:016x}{id}", inverted(created)).into()
}

/// The place in the list of invites that [`place_of_invite`] told.
pub fn invite_place(place: &str) -> Key {
    [INVITES_BY_TIME, place.as_bytes()].concat()
}

pub fn event(at: Timestamp, id: EventId) -> Key {
    format!("a/{:016x}{id}", inverted(at)).into()
}

/// Where the events begin that had happened by then; the prefix of those of that microsecond.
pub fn events_by(at: Timestamp) -> Key {
    format!("a/{:016x}", inverted(at)).into()
}

/// The place in the audit trail that [`place_of_event`] told.
pub fn event_place(place: &str) -> Key {
    [EVENTS, place.as_bytes()].concat()
}

pub fn failures_in_hour(hour: u64) -> Key {
    format!("fh/{hour:010}").into()
}

pub fn sources_in_hour(hour: u64) -> Key {
    format!("fs/{hour:010}").into()
}

pub fn sign_ups_in_hour(hour: u64) -> Key {
    format!("nh/{hour:010}").into()
}

pub fn sign_ups_from(hour: u64, source: Source) -> Key {
    format!("ns/{hour:010}/{source}").into()
}

pub fn user_count() -> Key {
    b"n/users".to_vec()
}

pub fn policy() -> Key {
    POLICY.to_vec()
}

pub fn roster() -> Key {
    b"roster".to_vec()
}

pub fn roles() -> Key {
    b"roles".to_vec()
}

pub fn format() -> Key {
    b"meta/format".to_vec()
}

pub fn index() -> Key {
    b"meta/index".to_vec()
}

/// Later times first, in ascending order of the key.
fn inverted(at: Timestamp) -> u64 {
    u64::MAX - at.as_micros()
}

/// The user whose screens a `u/` or `prefs/` key is about.
pub fn user_of(key: &[u8]) -> Option<UserId> {
    let key = std::str::from_utf8(key).ok()?;
    key.strip_prefix("u/").or_else(|| key.strip_prefix("prefs/"))?.parse().ok()
}

/// Whether what everybody may do or see can depend on this record.
pub fn concerns_everybody(key: &[u8]) -> bool {
    key == roles()
}

/// The session that an `s/` key is about.
pub fn session_of(key: &[u8]) -> Option<SessionId> {
    std::str::from_utf8(key).ok()?.strip_prefix("s/")?.parse().ok()
}

/// The user and session that an `so/` key is about.
pub fn open_session_of(key: &[u8]) -> Option<(UserId, SessionId)> {
    let (user, session) = std::str::from_utf8(key).ok()?.strip_prefix("so/")?.split_once('/')?;
    Some((user.parse().ok()?, session.parse().ok()?))
}

/// Until when, the class and the user of an `lk/` key.
pub fn lock_of(key: &[u8]) -> Option<(Timestamp, char, UserId)> {
    let key = std::str::from_utf8(key.strip_prefix(LOCKS)?).ok()?;
    let (until, rest) = key.split_at_checked(TIME_CHARS)?;
    let (class, user) = rest.split_once('/')?;
    let until = Timestamp::from_micros(u64::MAX - u64::from_str_radix(until, 16).ok()?);
    Some((until, class.parse().ok()?, user.parse().ok()?))
}

/// When the session of an `su/` or `sn/` key began.
pub fn time_in_order(key: &[u8]) -> Option<Timestamp> {
    let key = std::str::from_utf8(key).ok()?;
    let in_order = key.starts_with("su/") || key.starts_with("sn/");
    let digits = key.rsplit('/').next().filter(|_| in_order)?.get(..TIME_CHARS)?;
    Some(Timestamp::from_micros(u64::MAX - u64::from_str_radix(digits, 16).ok()?))
}

/// When something is due, and for which user, by a `due/` key.
pub fn due_of(key: &[u8]) -> Option<(Timestamp, UserId)> {
    let key = std::str::from_utf8(key.strip_prefix(DUE)?).ok()?;
    let (at, user) = key.split_once('/')?;
    Some((Timestamp::from_micros(u64::from_str_radix(at, 16).ok()?), user.parse().ok()?))
}

/// The session at the end of an `su/` or `sn/` key.
pub fn session_in_order(key: &[u8]) -> Option<SessionId> {
    let key = std::str::from_utf8(key).ok()?;
    key.rsplit('/').next()?.get(TIME_CHARS..)?.parse().ok()
}

/// When the event of an `a/` key happened, and its id.
pub fn event_of(key: &[u8]) -> Option<(Timestamp, EventId)> {
    let key = std::str::from_utf8(key.strip_prefix(EVENTS)?).ok()?;
    let (time, id) = key.split_at_checked(TIME_CHARS)?;
    let at = Timestamp::from_micros(u64::MAX - u64::from_str_radix(time, 16).ok()?);
    Some((at, id.parse().ok()?))
}

/// Where the page behind an `a/` key begins.
pub fn place_of_event(key: &[u8]) -> String {
    String::from_utf8_lossy(key.strip_prefix(EVENTS).unwrap_or_default()).into_owned()
}

/// The name of a `ud/` key.
pub fn deleted_name_of(key: &[u8]) -> Option<UserName> {
    UserName::parse(std::str::from_utf8(key.strip_prefix(DELETED_NAMES)?).ok()?).ok()
}

/// Since when the account is gone that had the name of a `ug/` key, and the name.
pub fn gone_name_of(key: &[u8]) -> Option<(Timestamp, UserName)> {
    let key = std::str::from_utf8(key.strip_prefix(GONE_NAMES)?).ok()?;
    let (gone, name) = key.split_once('/')?;
    Some((Timestamp::from_micros(u64::from_str_radix(gone, 16).ok()?), UserName::parse(name).ok()?))
}

/// The invite at the end of an `it/` key.
pub fn invite_in_order(key: &[u8]) -> Option<InviteId> {
    std::str::from_utf8(key.strip_prefix(INVITES_BY_TIME)?).ok()?.get(TIME_CHARS..)?.parse().ok()
}

/// Where the page behind an `it/` key begins.
pub fn place_of_invite(key: &[u8]) -> String {
    String::from_utf8_lossy(key.strip_prefix(INVITES_BY_TIME).unwrap_or_default()).into_owned()
}

/// The hour that an `nh/` or `ns/` key counts.
pub fn hour_of_sign_ups(key: &[u8]) -> Option<u64> {
    let rest = key.strip_prefix(SIGN_UPS).or_else(|| key.strip_prefix(SIGN_UPS_BY_SOURCE))?;
    std::str::from_utf8(rest).ok()?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{Entropy, SessionSecret};

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    #[test]
    fn newer_events_come_first() {
        let id = EventId::random(&Zeros);
        assert!(event(Timestamp::from_micros(2), id) < event(Timestamp::from_micros(1), id));
    }

    #[test]
    fn keys_tell_whom_they_are_about() {
        let (user_id, session_id) = (UserId::random(&Zeros), SessionSecret::random(&Zeros).id());
        assert_eq!(user_of(&user(user_id)), Some(user_id));
        assert_eq!(user_of(&preferences(user_id)), Some(user_id));
        assert_eq!(open_session_of(&open_session(user_id, session_id)), Some((user_id, session_id)));
        let at = Timestamp::from_micros(7);
        assert_eq!(session_in_order(&session_of_user(user_id, at, session_id)), Some(session_id));
        assert_eq!(session_in_order(&session_by_time(at, session_id)), Some(session_id));
        assert_eq!(time_in_order(&session_by_time(at, session_id)), Some(at));
        assert_eq!(time_in_order(&session_of_user(user_id, at, session_id)), Some(at));
        assert_eq!(time_in_order(b"sn/nonsense"), None);
        assert_eq!(due_of(&due(at, user_id)), Some((at, user_id)));
        assert_eq!(due_of(b"due/nonsense"), None);
        assert_eq!(lock_of(&lock(at, 's', user_id)), Some((at, 's', user_id)));
        assert_eq!(lock_of(b"lk/nonsense"), None);
        let invite_id = InviteId::random(&Zeros);
        let place = invite_by_time(at, invite_id);
        assert_eq!(invite_in_order(&place), Some(invite_id));
        assert_eq!(invite_place(&place_of_invite(&place)), place);
        let event_id = EventId::random(&Zeros);
        let place = event(at, event_id);
        assert_eq!(event_of(&place), Some((at, event_id)));
        assert_eq!(event_place(&place_of_event(&place)), place);
        assert!(place.starts_with(&events_by(at)) && event_of(b"a/nonsense").is_none());
        let alice = UserName::parse("alice").unwrap();
        assert_eq!(gone_name_of(&gone_name(at, &alice)), Some((at, alice)));
        assert_eq!(gone_name_of(b"ug/nonsense"), None);
        let source = Source::parse("2001:db8::/64").unwrap();
        assert_eq!(hour_of_sign_ups(&sign_ups_from(7, source)), Some(7));
        assert_eq!(hour_of_sign_ups(&sign_ups_in_hour(8)), Some(8));
        assert_eq!(user_of(b"un/alice"), None);
        assert_eq!(open_session_of(b"so/nonsense"), None);
    }

    #[test]
    fn no_prefix_contains_another_kind() {
        assert_eq!(user_of(&user_name(&UserName::parse("alice").unwrap())), None);
        assert_eq!(session_of(&open_sessions_of(UserId::random(&Zeros))), None);
        assert_eq!(session_of(&seen(UserId::random(&Zeros))), None);
        assert_eq!(session_of(&terminal(SessionSecret::random(&Zeros).id())), None);
    }
}
