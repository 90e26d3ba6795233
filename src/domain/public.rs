//! The names that anybody may connect as: routes to a form, no accounts. No account can have them.

use super::secret::Secret;

/// What somebody without an account asks for at the door.
#[derive(Debug, Clone)]
pub enum PublicName {
    /// `new`: an account, if everybody may make one.
    New,
    /// `invite`: an account, for a code that is asked for.
    Invite,
    /// `invite:CODE`: the name holds a secret. It may be anything: whether it is a code is yet to be seen.
    InviteWith(Secret),
}

impl PublicName {
    /// Reads the name of a connection; `None` for one that an account may have.
    pub fn parse(name: &str) -> Option<Self> {
        let (route, code) = match name.split_once(':') {
            Some((route, code)) => (route, Some(code)),
            None => (name, None),
        };
        match (route.trim().to_ascii_lowercase().as_str(), code) {
            ("new", None) => Some(Self::New),
            ("invite", None) => Some(Self::Invite),
            ("invite", Some(code)) => Some(Self::InviteWith(Secret::new(code.to_owned()))),
            _ => None,
        }
    }
}

/// A name of a connection as it may be written down: what stands behind a colon, which no account's name
/// has, may be a code that was mistyped.
pub fn without_code(name: &str) -> &str {
    name.split_once(':').map_or(name, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::UserName;

    #[test]
    fn public_names_are_read_like_others() {
        assert!(matches!(PublicName::parse("New"), Some(PublicName::New)));
        assert!(matches!(PublicName::parse("invite"), Some(PublicName::Invite)));
        let Some(PublicName::InviteWith(code)) = PublicName::parse("INVITE:ab:cd") else { panic!("no code") };
        assert_eq!(code.expose(), "ab:cd");
        for name in ["", "news", "new:x", "invited", "alice", "alice:invite", "admin"] {
            assert!(PublicName::parse(name).is_none(), "{name}");
        }
    }

    #[test]
    fn no_account_can_have_one() {
        for name in ["new", "invite", "NEW", "Invite", "invite:k7mz"] {
            assert!(PublicName::parse(name).is_some() && UserName::parse_new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_code_is_not_written_down_with_the_name() {
        assert_eq!(without_code("inviet:k7mz-p4wq"), "inviet");
        assert_eq!(without_code("alice"), "alice");
        let name = PublicName::parse("invite:k7mz-p4wq");
        assert_eq!(format!("{name:?}"), "Some(InviteWith([redacted]))");
    }
}
