//! Who may do what: permissions, roles, and the one table of built-in roles.
//!
//! Further roles stand in a [`RoleBook`], which is kept in the store.
//!
//! Code asks for a [`Permission`], never for a role's name and never for "at least admin".

mod book;
mod name;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use book::{CustomRole, Limits, MAX_CUSTOM, Rights, RoleBook, RoleEdit};
use name::words;
pub use name::{RoleName, RoleNameError, given_by, list, parse_list};

/// One thing that one may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Choose one's own password: possible even while nothing else is.
    OwnPassword,
    /// See one's own profile.
    OwnAccount,
    /// See and end one's own sessions.
    OwnSessions,
    /// See every account.
    ReadUsers,
    /// Create, edit, disable, enable and delete accounts.
    ManageUsers,
    /// Give and take roles.
    AssignRoles,
    /// Replace a forgotten password with a one-time one.
    ResetPasswords,
    /// Let an account or a source be tried again that was guessed at.
    LiftLocks,
    /// See everybody's sessions.
    ReadSessions,
    /// End everybody's sessions.
    RevokeSessions,
    /// See the audit trail.
    ReadAudit,
    /// See how the server itself is: store, memory, load.
    ReadSystem,
    /// See invites, and who used them.
    ReadInvites,
    /// Make and revoke invites, for roles that one may give.
    ManageInvites,
    /// See what each role permits, and why somebody may do something or not.
    ReadRoles,
    /// Make, change and delete roles.
    ManageRoles,
    /// See the rules in force.
    ReadPolicy,
    /// Change the rules in force.
    ManagePolicy,
}

impl Permission {
    pub const ALL: &[Self] = &[
        Self::OwnPassword,
        Self::OwnAccount,
        Self::OwnSessions,
        Self::ReadUsers,
        Self::ManageUsers,
        Self::AssignRoles,
        Self::ResetPasswords,
        Self::LiftLocks,
        Self::ReadSessions,
        Self::RevokeSessions,
        Self::ReadAudit,
        Self::ReadSystem,
        Self::ReadInvites,
        Self::ManageInvites,
        Self::ReadRoles,
        Self::ManageRoles,
        Self::ReadPolicy,
        Self::ManagePolicy,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::OwnPassword => "own-password",
            Self::OwnAccount => "own-account",
            Self::OwnSessions => "own-sessions",
            Self::ReadUsers => "read-users",
            Self::ManageUsers => "manage-users",
            Self::AssignRoles => "assign-roles",
            Self::ResetPasswords => "reset-passwords",
            Self::LiftLocks => "lift-locks",
            Self::ReadSessions => "read-sessions",
            Self::RevokeSessions => "revoke-sessions",
            Self::ReadAudit => "read-audit",
            Self::ReadSystem => "read-system",
            Self::ReadInvites => "read-invites",
            Self::ManageInvites => "manage-invites",
            Self::ReadRoles => "read-roles",
            Self::ManageRoles => "manage-roles",
            Self::ReadPolicy => "read-policy",
            Self::ManagePolicy => "manage-policy",
        }
    }
}

impl Permission {
    /// The permission of that name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }
}

impl Permission {
    /// What it lets one do, in a few words.
    pub const fn about(self) -> &'static str {
        match self {
            Self::OwnPassword => "choose one's own password",
            Self::OwnAccount => "see one's own profile, and have a Home",
            Self::OwnSessions => "see and end one's own sessions",
            Self::ReadUsers => "see every account",
            Self::ManageUsers => "create, edit, disable and delete accounts",
            Self::AssignRoles => "give and take roles that one holds",
            Self::ResetPasswords => "replace forgotten passwords",
            Self::LiftLocks => "let what was guessed at be tried again",
            Self::ReadSessions => "see everybody's sessions",
            Self::RevokeSessions => "end everybody's sessions",
            Self::ReadAudit => "see the audit trail",
            Self::ReadSystem => "see how the server is",
            Self::ReadInvites => "see invites, and who used them",
            Self::ManageInvites => "make and revoke invites",
            Self::ReadRoles => "see what each role permits, and why",
            Self::ManageRoles => "make, change and delete roles",
            Self::ReadPolicy => "see the rules in force",
            Self::ManagePolicy => "change the rules in force",
        }
    }
}

/// Reads `read-users, read-audit`, each once. Errors: a sentence that names the word.
pub fn parse_permissions(typed: &str) -> Result<Permissions, String> {
    let words = typed.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
    let read = |word: &str| {
        let unknown = || format!("there is no permission {}", crate::domain::text::shown(word, 32));
        Permission::find(word).ok_or_else(unknown)
    };
    words.map(read).collect()
}

/// `read-users, read-audit`
pub fn list_permissions(permissions: impl IntoIterator<Item = Permission>) -> String {
    permissions.into_iter().map(Permission::name).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of permissions. Stored as their names; one that this version does not know gives nothing.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<Permission>")]
pub struct Permissions(u32);

impl Permissions {
    pub const NONE: Self = Self(0);

    pub const fn of(list: &[Permission]) -> Self {
        let mut bits = 0;
        let mut rest = list;
        while let [first, others @ ..] = rest {
            bits |= 1 << *first as u32;
            rest = others;
        }
        Self(bits)
    }

    pub const fn has(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u32) != 0
    }

    /// Whether this set holds everything that `other` holds.
    pub const fn covers(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What this set holds and `other` does not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
    }
}

impl From<Vec<String>> for Permissions {
    fn from(names: Vec<String>) -> Self {
        names.iter().filter_map(|name| Permission::find(name)).collect()
    }
}

impl From<Permissions> for Vec<Permission> {
    fn from(permissions: Permissions) -> Self {
        permissions.iter().collect()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::NONE, |all, one| all.and(Self::of(&[one])))
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// A named set of permissions.
#[derive(Debug)]
pub struct Role {
    pub name: &'static str,
    pub about: &'static str,
    pub permissions: Permissions,
}

/// The roles that are always there and cannot be changed. This is the table.
pub const BUILT_IN: &[Role] = {
    use Permission as P;
    &[
        Role { name: "admin", about: "everything", permissions: Permissions::of(Permission::ALL) },
        Role {
            name: "operator",
            about: "help desk: resets passwords, lifts locks, ends sessions; no roles, no admins",
            permissions: Permissions::of(&[
                P::OwnPassword,
                P::OwnAccount,
                P::OwnSessions,
                P::ReadUsers,
                P::ResetPasswords,
                P::LiftLocks,
                P::ReadSessions,
                P::RevokeSessions,
                P::ReadRoles,
            ]),
        },
        Role {
            name: "auditor",
            about: "reads everything, changes nothing",
            permissions: Permissions::of(&[
                P::OwnPassword,
                P::OwnAccount,
                P::OwnSessions,
                P::ReadUsers,
                P::ReadSessions,
                P::ReadAudit,
                P::ReadSystem,
                P::ReadInvites,
                P::ReadRoles,
                P::ReadPolicy,
            ]),
        },
        OWN,
    ]
};

/// What everybody may do who has any role at all.
pub const OWN: Role = Role {
    name: "member",
    about: "own account",
    permissions: Permissions::of(&[Permission::OwnPassword, Permission::OwnAccount, Permission::OwnSessions]),
};

/// What makes an administrator, for the rule that there is always one: who holds these can
/// restore everything else.
pub const ADMINISTRATES: Permissions = Permissions::of(&[Permission::ManageUsers, Permission::AssignRoles]);

/// What the built-in ones among these roles permit. They cannot change, so what follows from them holds
/// for good; further roles give what their [`RoleBook`] says.
pub fn built_in(roles: &[RoleName]) -> Permissions {
    roles.iter().filter_map(RoleName::built_in).fold(Permissions::NONE, |all, role| all.and(role.permissions))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_keeps_its_promises() {
        let of = |name| built_in(&[RoleName::parse(name).unwrap()]);
        assert!(of("admin").covers(Permissions::of(Permission::ALL)));
        assert!(!of("operator").covers(ADMINISTRATES));
        assert!(!of("operator").has(Permission::AssignRoles));
        assert_eq!(of("member").iter().count(), 3);
        for writes in [
            Permission::ManageUsers,
            Permission::AssignRoles,
            Permission::ResetPasswords,
            Permission::LiftLocks,
            Permission::RevokeSessions,
            Permission::ManageInvites,
            Permission::ManageRoles,
            Permission::ManagePolicy,
        ] {
            assert!(!of("auditor").has(writes));
        }
    }

    #[test]
    fn permissions_are_read_back_from_their_list() {
        let all = Permissions::of(Permission::ALL);
        assert_eq!(parse_permissions(&list_permissions(all.iter())), Ok(all));
        assert_eq!(parse_permissions(" , "), Ok(Permissions::NONE));
        assert_eq!(parse_permissions("read-users fly").unwrap_err(), "there is no permission fly");
    }

    #[test]
    fn every_permission_is_listed_once() {
        let set = Permissions::of(Permission::ALL);
        assert_eq!(set.iter().count(), Permission::ALL.len());
        assert_eq!(set.0.count_ones() as usize, Permission::ALL.len());
    }
}
