//! The proof for one operation, and every rule that it answers: may they, do they hold enough to give or to
//! act, is it still so when it is written.

use std::sync::Arc;

use crate::dal::DalError;
use crate::dal::account::Account;
use crate::dal::audit::Audit;
use crate::dal::change::Change;
use crate::dal::invites::Invites;
use crate::dal::locks::Locks;
use crate::dal::overview::Overview;
use crate::dal::policy::Rules;
use crate::dal::records::{Book, SessionRecord, Stored, UserRecord};
use crate::dal::roles::Roles;
use crate::dal::second_factor::SecondFactor;
use crate::dal::sessions::{Sessions, ending};
use crate::dal::store::{Store, StoreError, keys};
use crate::dal::users::Users;
use crate::domain::event::Actor;
use crate::domain::policy::Policy;
use crate::domain::role::{Permission, Permissions, Rights, RoleBook, RoleName};
use crate::domain::session::Duty;
use crate::domain::time::Timestamp;

use super::{Dal, Vault};

/// The proof that session, user and permissions were read from the store just now.
///
/// Spent by one operation: it cannot be copied,
///
/// ```compile_fail,E0382
/// async fn twice(session: passholder::dal::Session) -> Result<(), passholder::dal::DalError> {
///     let verified = session.verify().await?;
///     let users = verified.users();
///     let again = verified.users();
///     Ok(())
/// }
/// ```
///
/// nor made by anybody else,
///
/// ```compile_fail,E0451
/// fn forge(dal: passholder::dal::Dal) -> passholder::dal::Verified {
///     passholder::dal::Verified { dal, ..unreachable!() }
/// }
/// ```
///
/// and no other room can name the store that it opens:
///
/// ```compile_fail,E0603
/// use passholder::dal::store::Store;
/// ```
///
/// What does work:
///
/// ```no_run
/// async fn once(session: passholder::dal::Session) -> Result<(), passholder::dal::DalError> {
///     let users = session.verify().await?.users();
///     Ok(())
/// }
/// ```
#[must_use = "a proof is for one operation"]
pub struct Verified {
    pub(super) dal: Dal,
    pub(super) session: Stored<SessionRecord>,
    pub(super) user: Stored<UserRecord>,
    pub(super) book: Book,
    pub(super) rights: Rights,
    pub(super) duty: Option<Duty>,
    pub(super) now: Timestamp,
}

/// The store, for somebody who may do what was asked for.
pub(in crate::dal) struct Granted<'a> {
    pub store: &'a dyn Store,
    pub vault: &'a Vault,
}

/// Whether a commit landed, or has to be planned again because a guarded record changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dal) enum Landed {
    Yes,
    Stale,
}

/// Roles of one account, for good and for a time together: all that is written with it fits in one transaction.
pub(in crate::dal) const MAX_ROLES: usize = 32;

/// How often a change is planned again when somebody else was faster.
pub(in crate::dal) const TRIES: usize = 16;

impl Verified {
    pub fn users(self) -> Users {
        Users(self, None)
    }

    pub fn sessions(self) -> Sessions {
        Sessions(self)
    }

    pub fn invites(self) -> Invites {
        Invites(self)
    }

    pub fn locks(self) -> Locks {
        Locks(self)
    }

    pub fn roles(self) -> Roles {
        Roles(self)
    }

    pub fn audit(self) -> Audit {
        Audit(self)
    }

    pub fn account(self) -> Account {
        Account(self)
    }

    pub fn second_factor(self) -> SecondFactor {
        SecondFactor(self)
    }

    pub fn policy(self) -> Rules {
        Rules(self)
    }

    pub fn overview(self) -> Overview {
        Overview(self)
    }

    /// The check. The store comes out of it, so nothing can be read without it.
    ///
    /// Errors: `TooManySessions` while one of them has to end; `MoreProof` while a one-time password
    /// has to be replaced; `FactorWanted` while a second factor has to be set up; `Forbidden`.
    pub(in crate::dal) fn require(&self, needs: Permission) -> Result<Granted<'_>, DalError> {
        if let Some(duty) = self.duty.filter(|duty| duty.permits() != needs) {
            return Err(duty.into());
        }
        if !self.rights.permissions.has(needs) {
            return Err(self.forbidden(needs));
        }
        Ok(Granted { store: &*self.dal.0.store, vault: &self.dal.0 })
    }

    /// Writes a change: with the permission, only while session, user and roles are still what `verify`
    /// saw, together with the event that tells of it.
    ///
    /// Errors: as [`require`](Self::require); `SessionEnded` when the session was revoked in between.
    pub(in crate::dal) async fn commit(&self, needs: Permission, change: Change) -> Result<Landed, DalError> {
        let granted = self.require(needs)?;
        self.still_stands(needs)?;
        let guarded = self.book.unchanged(self.user.unchanged(self.session.unchanged(change.txn)));
        let change = Change { txn: guarded, what: change.what };
        let from = self.session.record.visitor.address;
        match granted.vault.write(change, Some(self.actor()), Some(from)).await {
            Ok(()) => Ok(Landed::Yes),
            Err(StoreError::Conflict { failed }) if failed.iter().any(|key| self.is_own(key)) => {
                Err(self.why_gone().await)
            }
            Err(StoreError::Conflict { .. }) => Ok(Landed::Stale),
            Err(error) => Err(error.into()),
        }
    }

    /// What time alone takes away writes nothing that a guard could see.
    fn still_stands(&self, needs: Permission) -> Result<(), DalError> {
        let (vault, now) = (&self.dal.0, self.dal.now());
        let (session, user) = (Some(self.session.clone()), Some(self.user.clone()));
        ending::judge(session, user, &self.book.record, &vault.policy(), now)
            .map_err(DalError::SessionEnded)?;
        let rights = self.user.record.rights(&self.book.record, now);
        if rights.permissions.has(needs) { Ok(()) } else { Err(self.forbidden(needs)) }
    }

    /// Nobody acts on somebody who holds more, or holds it for longer: who was lent a role could otherwise make
    /// themselves a way into the account of somebody who has it for good. Whose own account ends still looks
    /// after those who hold no more than everybody.
    pub(in crate::dal) fn covers(&self, other: &UserRecord) -> Result<(), DalError> {
        let (book, own) = (&self.book.record, &self.user.record);
        let beyond = |roles: Rights, until| roles.permissions.without(own.lasting(book, until));
        let for_good = beyond(book.rights(&other.roles), other.expires);
        let for_a_time = other.running(self.now).map(|grant| {
            let until = other.expires.map_or(grant.until, |end| end.min(grant.until));
            beyond(book.rights([&grant.role]), Some(until))
        });
        let everybodys = match own.expires {
            Some(_) => book.rights([&RoleName::member()]).permissions,
            None => Permissions::default(),
        };
        let missing = for_a_time.fold(for_good, Permissions::and).without(everybodys).iter().next();
        missing.map_or(Ok(()), |needs| match own.expires {
            Some(end) if self.rights.permissions.has(needs) => Err(DalError::Outlives { end }),
            _ => Err(DalError::HoldsMore { needs, held_by: book.giving(needs) }),
        })
    }

    /// Nobody changes an account into one that holds something for longer than they do: neither by its roles
    /// nor by its end.
    pub(in crate::dal) fn may_make(&self, before: &UserRecord, after: &UserRecord) -> Result<(), DalError> {
        let book = &self.book.record;
        let for_good = |user: &UserRecord| book.rights(&user.roles).permissions;
        if before.lasts(after.expires) {
            return self.holds(for_good(after).without(for_good(before)), after.expires);
        }
        self.holds(for_good(after), after.expires)?;
        // What was to end with the account goes on now.
        after.running(self.now).try_for_each(|grant| {
            let until = after.expires.map_or(grant.until, |end| end.min(grant.until));
            self.holds(book.rights([&grant.role]).permissions, Some(until))
        })
    }

    /// Nobody gives what they do not hold, nor for longer than they hold it; without an end it is for good.
    /// Everybody may be made a `member` by whoever makes accounts; other roles are given by those who may.
    ///
    /// Errors: `Invalid` for the field `roles`; `NoRole`; `Forbidden`; `Outlives`.
    pub(in crate::dal) fn may_give(
        &self,
        roles: &[RoleName],
        until: Option<Timestamp>,
    ) -> Result<(), DalError> {
        if roles.is_empty() {
            return Err(DalError::invalid("roles", "must name at least one role"));
        }
        if roles.len() > MAX_ROLES {
            return Err(DalError::invalid("roles", format!("are too many: at most {MAX_ROLES}")));
        }
        roles.iter().try_for_each(|role| self.exists(role))?;
        let book = &self.book.record;
        if roles.iter().any(|role| *role != RoleName::member()) {
            self.require(Permission::AssignRoles)?;
        }
        self.holds(book.rights(roles).permissions, until)
    }

    /// Errors: `NoRole`.
    pub(in crate::dal) fn exists(&self, role: &RoleName) -> Result<(), DalError> {
        let has = self.book.record.has(role);
        if has { Ok(()) } else { Err(DalError::NoRole { name: role.clone() }) }
    }

    /// Nobody puts more into a role than they hold for good.
    pub(in crate::dal) fn may_hand_out(&self, permissions: Permissions) -> Result<(), DalError> {
        self.holds(permissions, None)
    }

    fn holds(&self, permissions: Permissions, until: Option<Timestamp>) -> Result<(), DalError> {
        let own = &self.user.record;
        let missing = permissions.without(own.lasting(&self.book.record, until)).iter().next();
        missing.map_or(Ok(()), |needs| match own.expires.filter(|_| !own.lasts(until)) {
            Some(end) if self.rights.permissions.has(needs) => Err(DalError::Outlives { end }),
            _ => Err(self.forbidden(needs)),
        })
    }

    /// A refusal that says who would not be refused.
    fn forbidden(&self, needs: Permission) -> DalError {
        DalError::Forbidden { needs, held_by: self.book.record.giving(needs) }
    }

    /// The roles beside the built-in ones, as they were read for this proof.
    pub(in crate::dal) fn book(&self) -> &Book {
        &self.book
    }

    pub(in crate::dal) fn rights(&self) -> Rights {
        self.rights
    }

    pub(in crate::dal) fn own_session(&self) -> &Stored<SessionRecord> {
        &self.session
    }

    pub(in crate::dal) fn own_user(&self) -> &Stored<UserRecord> {
        &self.user
    }

    pub(in crate::dal) fn now(&self) -> Timestamp {
        self.now
    }

    /// What has to be done before anything else, if so.
    pub(in crate::dal) fn duty(&self) -> Option<Duty> {
        self.duty
    }

    /// The rules in force.
    pub(in crate::dal) fn in_force(&self) -> Arc<Policy> {
        self.dal.policy()
    }

    fn actor(&self) -> Actor {
        let user = &self.user.record;
        Actor { user: user.id, name: user.name.clone(), session: Some(self.session.record.id.handle()) }
    }

    /// What stands in the way of a commit, if the session still stands.
    fn what_changed(&self, book: &RoleBook) -> DalError {
        let changes = self.book.record.changes_to(book);
        DalError::Conflict {
            what: match changes.as_str() {
                "" => "your own account changed meanwhile; try again".to_owned(),
                changes => format!("roles were changed meanwhile: {changes}; look again"),
            },
        }
    }

    fn is_own(&self, key: &[u8]) -> bool {
        key == self.session.key || key == self.user.key || key == keys::roles()
    }

    /// The caller's own session or account, or the roles, were written between the check and the commit.
    async fn why_gone(&self) -> DalError {
        let keys = [self.session.key.clone(), self.user.key.clone(), keys::roles()];
        let Ok(found) = self.dal.0.store.get_many(&keys).await else { return DalError::Unavailable };
        let [session, user, book] = found.as_slice() else { return DalError::Unavailable };
        let book = self.dal.0.book(book.as_ref());
        let (Ok(session), Ok(user)) = (Stored::read_some(session.as_ref()), Stored::read_some(user.as_ref()))
        else {
            return DalError::Unavailable;
        };
        match ending::judge(session, user, &book.record, &self.dal.policy(), self.dal.now()) {
            Ok(_) => self.what_changed(&book.record),
            Err(ended) => DalError::SessionEnded(ended),
        }
    }
}
