//! Who may do what: permissions, roles, and the one table of built-in roles.
//!
//! Code asks for a [`Permission`], never for a role's name and never for "at least admin".

use std::fmt;

use serde::{Deserialize, Serialize};

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
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of permissions.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
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

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.has(*permission))
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
            ]),
        },
        Role {
            name: "member",
            about: "own account",
            permissions: Permissions::of(&[P::OwnPassword, P::OwnAccount, P::OwnSessions]),
        },
    ]
};

/// What makes an administrator, for the rule that there is always one: who holds these can
/// restore everything else.
pub const ADMINISTRATES: Permissions = Permissions::of(&[Permission::ManageUsers, Permission::AssignRoles]);

/// The name of a role that exists.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleName(String);

/// No role goes by that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a role; there are admin, operator, auditor and member")]
pub struct UnknownRole;

impl RoleName {
    pub fn admin() -> Self {
        Self("admin".to_owned())
    }

    pub fn parse(input: &str) -> Result<Self, UnknownRole> {
        let name = Self(input.trim().to_ascii_lowercase());
        if name.role().is_some() { Ok(name) } else { Err(UnknownRole) }
    }

    /// The role behind the name; `None` for one that a newer version stored: it gives nothing.
    pub fn role(&self) -> Option<&'static Role> {
        BUILT_IN.iter().find(|role| role.name == self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads `admin, auditor`: sorted, each once, at least one. Errors: a sentence that names the word.
pub fn parse_list(text: &str) -> Result<Vec<RoleName>, String> {
    let words = text.split([',', ' ']).map(str::trim).filter(|word| !word.is_empty());
    let mut roles = words
        .map(|word| {
            RoleName::parse(word).map_err(|why| format!("\"{}\" {why}", super::text::shown(word, 32)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    roles.sort();
    roles.dedup();
    if roles.is_empty() { Err("name at least one role".to_owned()) } else { Ok(roles) }
}

/// What somebody with these roles may do: the union. Unknown roles give nothing.
pub fn permissions(roles: &[RoleName]) -> Permissions {
    roles.iter().filter_map(RoleName::role).fold(Permissions::NONE, |all, role| all.and(role.permissions))
}

/// `admin, auditor`
pub fn list(roles: &[RoleName]) -> String {
    roles.iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_keeps_its_promises() {
        let of = |name| permissions(&[RoleName::parse(name).unwrap()]);
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
        ] {
            assert!(!of("auditor").has(writes));
        }
    }

    #[test]
    fn an_unknown_role_gives_nothing() {
        let stored: RoleName = serde_json::from_str("\"superuser\"").unwrap();
        assert_eq!(permissions(&[stored]), Permissions::NONE);
        assert_eq!(RoleName::parse("superuser"), Err(UnknownRole));
    }

    #[test]
    fn a_list_of_roles_is_sorted_and_never_empty() {
        assert_eq!(list(&parse_list("member, Admin member").unwrap()), "admin, member");
        assert!(parse_list(" , ").is_err());
        assert_eq!(parse_list("boss").unwrap_err(), format!("\"boss\" {UnknownRole}"));
    }

    #[test]
    fn every_permission_is_listed_once() {
        let set = Permissions::of(Permission::ALL);
        assert_eq!(set.iter().count(), Permission::ALL.len());
        assert_eq!(set.0.count_ones() as usize, Permission::ALL.len());
    }
}
