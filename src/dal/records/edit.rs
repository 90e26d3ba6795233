//! Who changed what about an account last: so that of two people who edit it at once, the second one is told.

use serde::{Deserialize, Serialize};

use crate::domain::name::UserName;
use crate::domain::role;
use crate::domain::time::Timestamp;

use super::UserRecord;

/// Something that people change about an account as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::dal) enum Part {
    DisplayName,
    /// For good and for a time.
    Roles,
    /// From when and until when the account is valid.
    Dates,
    /// Whether it is disabled, why and until when.
    State,
}

/// The last change of one part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::dal) struct Edit {
    pub part: Part,
    /// The account's edition with it.
    pub edition: u64,
    pub by: UserName,
    pub at: Timestamp,
}

impl Part {
    const ALL: [Self; 4] = [Self::DisplayName, Self::Roles, Self::Dates, Self::State];

    fn differs(self, one: &UserRecord, other: &UserRecord) -> bool {
        match self {
            Self::DisplayName => one.display_name != other.display_name,
            Self::Roles => one.roles != other.roles || one.grants != other.grants,
            Self::Dates => one.begins != other.begins || one.expires != other.expires,
            Self::State => one.disabled != other.disabled,
        }
    }

    /// `the roles to operator`: what it is now.
    pub fn as_it_is(self, user: &UserRecord) -> String {
        match self {
            Self::DisplayName => format!("the display name to {}", user.display_name),
            Self::Roles => format!("the roles to {}", role::list(&user.roles)),
            Self::Dates => {
                let date = |word, at: Option<Timestamp>| at.map(|at| format!("{word} {}", at.minute()));
                let dates: Vec<_> =
                    [date("from", user.begins), date("until", user.expires)].into_iter().flatten().collect();
                let dates = if dates.is_empty() { "none".to_owned() } else { dates.join(", ") };
                format!("the dates to {dates}")
            }
            Self::State if user.disabled.is_some() => "the account to disabled".to_owned(),
            Self::State => "the account to enabled".to_owned(),
        }
    }
}

impl UserRecord {
    /// Writes down who made this of what it was before.
    pub fn sign(&mut self, before: &Self, by: &UserName, at: Timestamp) {
        let parts: Vec<_> = Part::ALL.into_iter().filter(|part| part.differs(before, self)).collect();
        if parts.is_empty() {
            return;
        }
        self.edition = before.edition.saturating_add(1);
        self.changed.retain(|edit| !parts.contains(&edit.part));
        let edition = self.edition;
        self.changed.extend(parts.into_iter().map(|part| Edit { part, edition, by: by.clone(), at }));
    }

    /// Somebody's change, made after the edition that was seen, of something that `wanted` changes too.
    pub fn edited_since(&self, seen: u64, wanted: &Self) -> Option<&Edit> {
        self.changed.iter().find(|edit| edit.edition > seen && edit.part.differs(self, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::DisplayName;
    use crate::domain::role::RoleName;

    fn alice() -> UserRecord {
        let name = UserName::parse("alice").unwrap();
        let id = "a".repeat(26).parse().unwrap();
        let roles = vec![RoleName::member()];
        UserRecord::new(id, name.clone(), DisplayName::from(&name), roles, Timestamp::default())
    }

    fn with_roles(user: &UserRecord, role: RoleName) -> UserRecord {
        UserRecord { roles: vec![role], ..user.clone() }
    }

    #[test]
    fn the_second_of_two_who_change_the_same_is_told() {
        let (seen, bob) = (alice(), UserName::parse("bob").unwrap());
        let mut now = with_roles(&seen, RoleName::admin());
        now.sign(&seen, &bob, Timestamp::default());
        let mine = with_roles(&now, RoleName::member());
        let theirs = now.edited_since(seen.edition, &mine).unwrap();
        assert_eq!((&theirs.by, theirs.part.as_it_is(&now).as_str()), (&bob, "the roles to admin"));
        // Who has seen that, wants the same, or changes something else is not in anybody's way.
        assert_eq!(now.edited_since(now.edition, &mine), None);
        assert_eq!(now.edited_since(seen.edition, &now), None);
        let renamed = UserRecord { display_name: DisplayName::parse("Alice").unwrap(), ..now.clone() };
        assert_eq!(now.edited_since(seen.edition, &renamed), None);
    }

    #[test]
    fn each_part_remembers_its_last_change_only() {
        let (first, bob) = (alice(), UserName::parse("bob").unwrap());
        let mut second = with_roles(&first, RoleName::admin());
        second.sign(&first, &bob, Timestamp::default());
        let mut third = with_roles(&second, RoleName::member());
        third.expires = Some(Timestamp::from_micros(7));
        third.sign(&second, &bob, Timestamp::default());
        assert_eq!((third.edition, third.changed.len()), (2, 2));
        assert!(third.changed.iter().all(|edit| edit.edition == 2));
        let mut same = third.clone();
        same.epoch += 1;
        same.sign(&third, &bob, Timestamp::default());
        assert_eq!(same.edition, 2);
    }
}
