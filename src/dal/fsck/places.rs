//! Where entries belong: what each is about, and the places that it has to stand at.

use crate::domain::id::{InviteId, SessionId, UserId};
use crate::domain::name::UserName;

use super::super::invites::InviteRecord;
use super::super::records::{Reserved, SessionRecord, UserRecord};
use super::super::store::{Entry, Key, decode, keys};

/// What an entry of a list is about.
pub(super) enum About {
    User(UserId),
    Session(SessionId),
    Invite(InviteId),
}

/// The entries of lists that lead to an account.
pub(super) fn own_entries(user: &UserRecord) -> Vec<Key> {
    let tags = user.tags().into_iter().map(|tag| keys::tagged(&tag, user.name.as_str()));
    if user.deleted.is_some() {
        return tags.chain([keys::deleted_name(&user.name)]).collect();
    }
    let times = [false, true].map(|newest| keys::made(newest, user.created, user.id));
    [keys::user_name(&user.name)].into_iter().chain(times).chain(tags).collect()
}

/// Whom or what an entry is about: its key says so, or what it holds.
pub(super) fn about(entry: &Entry) -> Option<About> {
    let key = str::from_utf8(&entry.key).ok()?;
    let (list, rest) = key.split_once('/')?;
    match list {
        "ud" => decode::<Reserved>(entry).ok().map(|reserved| About::User(reserved.user)),
        "un" | "ug" | "ut" | "uc" => decode(entry).ok().map(About::User),
        "due" => rest.split_once('/')?.1.parse().ok().map(About::User),
        "so" => keys::open_session_of(&entry.key).map(|(_, session)| About::Session(session)),
        "su" | "sn" => keys::session_in_order(&entry.key).map(About::Session),
        "st" => rest.parse().ok().map(About::Session),
        "it" => keys::invite_in_order(&entry.key).map(About::Invite),
        _ => rest.parse().ok().map(About::User),
    }
}

/// Whether an entry keeps a name of which it is known since when it is nobody's.
pub(super) fn is_reserved(entry: &Entry) -> bool {
    entry.key.starts_with(keys::DELETED_NAMES)
        && decode::<Reserved>(entry).is_ok_and(|reserved| reserved.gone.is_some())
}

/// Why an entry does not belong to this account.
pub(super) fn misplaced_user(key: &[u8], user: &UserRecord) -> Option<String> {
    let name: &UserName = &user.name;
    let belongs = match key.split(|byte| *byte == b'/').next()? {
        b"un" | b"ud" | b"ug" | b"ut" | b"uc" => own_entries(user).iter().any(|own| own == key),
        b"tf" => user.second_factor.is_some(),
        b"due" => user.next_due().is_some_and(|at| key == keys::due(at, user.id)),
        _ => true,
    };
    (!belongs).then(|| format!("is not where the account {name} belongs"))
}

/// Why an entry does not belong to this session.
pub(super) fn misplaced_session(key: &[u8], session: &SessionRecord) -> Option<String> {
    let (user, id, created) = (session.user, session.id, session.created);
    let belongs = match key.split(|byte| *byte == b'/').next()? {
        b"so" => session.ended.is_none() && key == keys::open_session(user, id),
        b"st" => session.ended.is_none(),
        b"su" => key == keys::session_of_user(user, created, id),
        b"sn" => key == keys::session_by_time(created, id),
        _ => true,
    };
    (!belongs).then(|| format!("is not where the session {} belongs", id.handle()))
}

/// Why an entry does not belong to this invite.
pub(super) fn misplaced_invite(key: &[u8], invite: &InviteRecord) -> Option<String> {
    let belongs = key == keys::invite_by_time(invite.created, invite.id);
    (!belongs).then(|| format!("is not where the invite {} belongs", invite.id.handle()))
}
