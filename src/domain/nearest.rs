//! What somebody probably meant.

/// Longer words are not worth comparing.
const MAX_CHARS: usize = 80;

/// The candidate that `word` was probably meant to be: a typing mistake away, in another table,
/// or with a part too many or too few.
pub fn nearest(word: &str, candidates: impl IntoIterator<Item = String>) -> Option<String> {
    if word.chars().count() > MAX_CHARS {
        return None;
    }
    candidates
        .into_iter()
        .filter_map(|candidate| Some((likeness(word, &candidate)?, candidate)))
        .min_by_key(|(difference, _)| *difference)
        .map(|(_, candidate)| candidate)
}

/// How much two names differ; `None` if too much.
fn likeness(word: &str, candidate: &str) -> Option<usize> {
    let leaf = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let (word_leaf, candidate_leaf) = (leaf(word), leaf(candidate));
    difference(word, candidate).into_iter().chain(difference(&word_leaf, &candidate_leaf)).min()
}

fn difference(word: &str, candidate: &str) -> Option<usize> {
    let parts = |name: &str| name.to_lowercase().replace(['.', '-'], "_");
    let (word, candidate) = (parts(word), parts(candidate));
    let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('_'));
    let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with('_'));
    if begins(&word, &candidate) || begins(&candidate, &word) || ends(&candidate, &word) {
        return Some(1);
    }
    let typing = distance(&word, &candidate);
    (typing <= word.chars().count() / 4).then_some(typing)
}

/// Characters to insert, delete or replace to get from one to the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (1..=other.chars().count()).collect();
    for (index, here) in one.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        for (cell, there) in row.iter_mut().zip(other.chars()) {
            left = (diagonal + usize::from(here != there)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, left);
        }
    }
    row.last().copied().unwrap_or_else(|| one.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_edits() {
        for (one, other, edits) in
            [("", "", 0), ("abc", "", 3), ("", "abc", 3), ("kitten", "sitting", 3), ("grase", "grace", 1)]
        {
            assert_eq!(distance(one, other), edits, "{one} {other}");
        }
    }

    #[test]
    fn what_was_meant_is_found() {
        let names =
            ["log", "ssh.login_grace", "password.min_chars", "session.lifetime", "session.admin_lifetime"];
        let find = |word| nearest(word, names.map(str::to_owned));
        assert_eq!(find("ssh.login_grase").unwrap(), "ssh.login_grace");
        assert_eq!(find("login_grase").unwrap(), "ssh.login_grace");
        assert_eq!(find("session.min_chars").unwrap(), "password.min_chars");
        assert_eq!(find("session.life_time").unwrap(), "session.lifetime");
        assert_eq!(find("log_level").unwrap(), "log");
        assert_eq!(find("SSH_LOGIN_GRACE").unwrap(), "ssh.login_grace");
        assert_eq!(find("LOGIN_GRACE").unwrap(), "ssh.login_grace");
        let kinds = ["user-disabled", "user-deleted"];
        assert_eq!(nearest("disabled", kinds.map(str::to_owned)).unwrap(), "user-disabled");
        assert_eq!(find("elephant"), None);
        assert_eq!(find(""), None);
        assert_eq!(find(&"l".repeat(1_000)), None);
    }
}
