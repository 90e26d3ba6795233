//! What somebody is about to type.

/// What is missing of the first completion that begins like the end of the text: like what follows
/// the last comma, or else like the last word. What is in the list already is not offered again.
pub(super) fn rest<'a>(typed: &str, completions: &'a [String]) -> Option<&'a str> {
    let is_listed = |completion: &str| typed.split([',', ' ']).any(|word| word == completion);
    let complete = |word: &str| {
        let fresh = completions.iter().filter(|completion| !is_listed(completion));
        fresh.filter_map(|completion| completion.strip_prefix(word)).find(|rest| !rest.is_empty())
    };
    let last = |separators: &[char]| typed.rsplit(separators).next().unwrap_or_default().trim_start();
    let words = [last(&[',']), last(&[',', ' '])];
    words.into_iter().filter(|word| !word.is_empty()).find_map(complete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_completed_and_nothing_twice() {
        let roles = ["admin", "auditor", "member", "night shift"].map(str::to_owned);
        let rest = |typed| rest(typed, &roles);
        assert_eq!(rest(""), None);
        assert_eq!(rest("a"), Some("dmin"));
        assert_eq!(rest("admin, a"), Some("uditor"));
        assert_eq!(rest("member a"), Some("dmin"));
        assert_eq!(rest("member, night s"), Some("hift"));
        assert_eq!(rest("admin"), None);
        assert_eq!(rest("admin, "), None);
        assert_eq!(rest("zz"), None);
    }
}
