//! Every screen and every question of the dashboard, and the keys that lead there.

use passholder::auth::totp::code_at;
use passholder::domain::time::Timestamp;

/// Stands in the keys for one's password.
const A_PASSWORD: char = '§';
/// Stands in the keys for the code that goes with the secret on the screen.
const A_CODE: char = '¤';

/// What is typed for one of the keys, by what the screen shows.
pub fn typed(key: char, password: &str, screen: &str, now: Timestamp) -> String {
    match key {
        A_PASSWORD => password.to_owned(),
        A_CODE => code_at(&secret_on(screen), now).expect("a secret in base32"),
        key => key.to_string(),
    }
}

/// The secret that a screen shows: eight groups of four, wherever its lines end.
pub fn secret_on(screen: &str) -> String {
    let is_group = |word: &&str| {
        word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'))
    };
    let groups: Vec<&str> = screen.split_whitespace().filter(is_group).collect();
    assert_eq!(groups.len(), 8, "{screen}");
    groups.concat()
}

/// The name of what is seen, and what is pressed for it, from Home on. The last ones are seen by somebody who has
/// a second factor: the code before them sets it up.
pub const VIEWS: &[(&str, &str)] = &[
    ("home", "1"),
    ("help", "?"),
    ("menu", ":"),
    ("users", "2"),
    ("users-marked", "2j jj "),
    ("users-detail", "2jjj\r"),
    ("users-new", "2n"),
    ("users-new-wrong", "2nBad Name\r\r\r"),
    ("users-roles", "2jjjr"),
    ("users-grant", "2jjjg"),
    ("users-dates", "2jjjt"),
    ("users-disable", "2jjjd"),
    ("users-disable-marked", "2jj jj d"),
    ("users-delete", "2jjjx"),
    ("users-filter", "2f"),
    ("users-order", "2o"),
    ("users-none", "2/zzzz"),
    ("users-deleted", "2v"),
    ("sessions", "3"),
    ("sessions-detail", "3j\r"),
    ("sessions-end", "3jx"),
    ("sessions-message", "3jm"),
    ("my-sessions", "4"),
    ("account", "5"),
    ("account-password", "5p"),
    ("system", "6"),
    ("locks", "7"),
    ("locks-detail", "7\r"),
    ("locks-lift", "7x"),
    ("invites", "8"),
    ("invites-new", "8n"),
    ("invites-detail", "8\r"),
    ("invites-revoke", "8x"),
    ("roles", "9"),
    ("roles-matrix", "9m"),
    ("roles-why", "9w"),
    ("roles-new", "9n"),
    ("roles-detail", "9\r"),
    ("policy", "0"),
    ("policy-detail", "0\r"),
    ("policy-edit", "0\re"),
    ("audit", ":Audit\r"),
    ("audit-detail", ":Audit\rjjj\r"),
    ("audit-filter", ":Audit\rf"),
    ("factor-password", "5s"),
    ("factor-scan", "5s§\r"),
    ("factor-wrong", "5s§\r12\r"),
    ("factor-codes", "5s§\r¤\r"),
    ("factor-account", "5"),
    ("factor-renew", "5n"),
    ("factor-remove", "5r"),
    ("factor-users-remove", "2jm"),
];
