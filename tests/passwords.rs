//! Which passwords people may choose, and how they are asked for: what NIST 800-63B-4 and OWASP ASVS want, at
//! the doors of the product.
//!
//! The rules themselves are tested where they are: `auth::strength`, `domain::secret`. That a request to change
//! a password over the wire (RFC 4252 section 8, with its flag set) is refused before any of our code sees it is
//! russh's, and tested there: `password_change_request_is_parsed_and_rejected_by_server`.

use passholder::dal::{DalError, Session};
use passholder::domain::policy::Policy;
use passholder::domain::secret::{Password, Secret};
use unicode_normalization::UnicodeNormalization as _;

use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, roomy};

/// Replaces somebody's password, as the screen does.
async fn choose(session: &Session, current: &str, new: &str) -> Result<(), DalError> {
    let account = session.verify().await?.account();
    account.choose_password(Some(Secret::new(current.to_owned())), Secret::new(new.to_owned())).await
}

/// Why a new password is refused.
async fn refusal(session: &Session, new: &str) -> String {
    match choose(session, PASSWORD, new).await {
        Err(DalError::Invalid { field: "new password", why }) => why,
        other => panic!("{new}: {other:?}"),
    }
}

/// A password of so many characters that nobody would guess.
fn long(chars: usize) -> String {
    "stray kettle of nine violet moons, and a ".chars().cycle().take(chars).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn length_is_counted_in_code_points() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    // A crab is four bytes, two marks over one letter are two code points more, and none of them is left out.
    let fifteen = "\u{1f980}q\u{338}\u{337}z vk4\u{2603}wj,\u{1f30b}x";
    assert_eq!(fifteen.nfc().count(), 15);
    let fourteen: String = fifteen.chars().take(14).collect();
    assert_eq!(refusal(&alice, &fourteen).await, "use at least 15 characters (1 to go)");
    // What composes into one character is one.
    let accents = "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}";
    assert_eq!(refusal(&alice, accents).await, "use at least 15 characters (8 to go)");
    choose(&alice, PASSWORD, fifteen).await.unwrap();
    assert!(house.try_sign_in("alice", fifteen).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_character_of_the_longest_password_counts_and_one_more_is_refused() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let whole = long(256);
    choose(&alice, PASSWORD, &whole).await.unwrap();
    for wrong in [73, 256] {
        let other: String =
            whole.chars().enumerate().map(|(index, c)| if index + 1 == wrong { '~' } else { c }).collect();
        assert!(house.try_sign_in("alice", &other).await.is_err(), "character {wrong} does not count");
    }
    assert!(house.try_sign_in("alice", &whole).await.is_ok());
    assert!(house.try_sign_in("alice", &whole[..255]).await.is_err());
    let bob = house.user("bob", "member").await;
    assert_eq!(refusal(&bob, &long(257)).await, "use at most 256 characters");
    // The field has room for it, so that what is said is that, and nothing is cut.
    let mut desk = Desk::open(&bob);
    desk.settle().await;
    desk.go(passholder::tui::screens::Route::Account).await;
    desk.press("p").await;
    let typed = format!("{PASSWORD}\t\x1b[200~{0}\x1b[201~\t\x1b[200~{0}\x1b[201~\r", long(257));
    desk.press(&typed).await;
    assert!(desk.picture(80, 24).contains("at most 256 characters"), "{}", desk.picture(80, 24));
}

#[tokio::test(flavor = "multi_thread")]
async fn blanks_at_the_ends_count_and_composition_does_not() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let chosen = "  caf\u{e9} \u{1ec7}lan mustard violin ";
    choose(&alice, PASSWORD, chosen).await.unwrap();
    let decomposed: String = chosen.nfd().collect();
    assert_ne!(decomposed, chosen);
    for same in [chosen.to_owned(), decomposed, chosen.replacen(' ', "\u{a0}", 1)] {
        assert!(house.try_sign_in("alice", &same).await.is_ok(), "{same:?}");
    }
    for other in [chosen.trim().to_owned(), chosen.trim_end().to_owned(), chosen.to_lowercase() + " "] {
        assert!(house.try_sign_in("alice", &other).await.is_err(), "{other:?}");
    }
    // The longest one too, sent letter by letter with its marks apart.
    let bob = house.user("bob", "member").await;
    let marked: String = long(256).chars().map(|c| if c == 'e' { '\u{1ec7}' } else { c }).collect();
    choose(&bob, PASSWORD, &marked).await.unwrap();
    let decomposed: String = marked.nfd().collect();
    assert!(house.try_sign_in("bob", &decomposed).await.is_ok());
}

/// What cannot be a password is refused for its length, and costs no hash: neither at the door nor at a lock.
#[tokio::test(flavor = "multi_thread")]
async fn a_monstrous_attempt_costs_no_hash() {
    let house = House::build().await;
    let _ = house.user("alice", "member").await;
    let before = house.hasher.load().done;
    for monster in ["x".repeat(100_000), "x".repeat(Password::MAX_CHARS + 1), String::new()] {
        for name in ["alice", "nobody"] {
            assert!(house.try_sign_in(name, &monster).await.is_err());
        }
    }
    assert_eq!(house.hasher.load().done, before);
    assert!(house.try_sign_in("alice", "wrong").await.is_err());
    assert_eq!(house.hasher.load().done, before + 1);
}

/// The same over ssh: a password message of 100 KB is refused like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_monstrous_attempt_over_ssh_is_refused_and_the_server_goes_on() {
    let server = TestServer::start(quick()).await;
    assert!(Person::sign_in(server.port, "admin", &"x".repeat(100_000)).await.is_none());
    assert!(Person::sign_in(server.port, "admin", PASSWORD).await.is_some());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_attacker_tries_first_is_refused_with_the_reason() {
    let house = House::build().await;
    house.dal.set_host("gatehouse7.example.org");
    let alice = house.user("alice.liddell", "member").await;
    let common = "many people use this one, so it is tried first; choose another";
    let name = "this one is built from a name that others know; add words that have nothing to do with it";
    for (password, why) in [
        ("passwordpassword", common),
        ("PasswordPassword1", common),
        ("correct horse battery staple", common),
        ("1234567890123456", common),
        ("alice.liddell.1!", name),
        ("lleddilecila2024", name),
        ("passholder-passholder", name),
        ("redlohssap-passholder", name),
        // The machine's name was not known to the rule.
        ("gatehouse7-gatehouse7", name),
        ("gatehouse7.example.org", name),
        ("7esuohetag-2026!", name),
    ] {
        assert_eq!(refusal(&alice, password).await, why, "{password}");
        assert_eq!(alice.rate_password(password).weakness.unwrap().to_string(), why, "{password}");
    }
    choose(&alice, PASSWORD, "gatehouse of nine purple otters").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_that_are_set_hold_for_the_next_password() {
    let house = House::build().await;
    let (admin, alice) = (house.admin().await, house.user("alice", "member").await);
    let set = async |key: &str, value: &str| {
        admin.verify().await.unwrap().policy().set(key, value, None).await.unwrap();
    };
    set("password.min_chars", "30").await;
    assert_eq!(refusal(&alice, "ladder mustard violin").await, "use at least 30 characters (9 to go)");
    assert!(alice.rate_password("ladder mustard violin").weakness.is_some());
    set("password.min_chars", "15").await;
    set("password.common_check", "false").await;
    // The list is the one thing that goes: names and the estimate still count.
    assert!(refusal(&alice, "alicealicealice1").await.contains("a name that others know"));
    assert!(refusal(&alice, "passwordpassword").await.contains("guessed too soon"));
    choose(&alice, PASSWORD, "correct horse battery staple").await.unwrap();
    assert_eq!(*house.dal.policy(), Policy { common_check: false, ..roomy() });
}

/// No digits, no signs, no capitals are asked for; nothing expires.
#[tokio::test(flavor = "multi_thread")]
async fn lower_case_words_are_enough_for_ever() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    choose(&alice, PASSWORD, "ladder mustard violin").await.unwrap();
    house.clock.turn(std::time::Duration::from_hours(24 * 3_650));
    let again = house.try_sign_in("alice", "ladder mustard violin").await.unwrap();
    assert_eq!(again.claims().duty, None);
}

/// A password manager pastes 64 characters and a newline: they go into the field as they are, the newline
/// submits nothing, and no screen shows them.
#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_password_is_taken_whole_not_sent_twice_and_not_shown() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut screen = alice.dashboard(80, 24).await;
    screen.see("This session").await;
    let new = "uR7#mq2Lw9@zXc4Vb6Nn8Kj3Hg5Fd1Sa0Po^Iu&Yt*Re(Wq)Ml-Kb=Hv+Gc_Tx~e";
    assert_eq!(new.chars().count(), 64);
    screen.press("3").await;
    screen.press("p").await;
    screen.see("Current password").await;
    screen.press(&format!("{PASSWORD}\t")).await;
    screen.press(&format!("\x1b[200~{new}\r\n\x1b[201~")).await;
    screen.see("•".repeat(20).as_str()).await;
    screen.rest(std::time::Duration::from_millis(200)).await;
    // Still in the first field of the new one: nothing was submitted, and nothing is missing or shown.
    assert!(screen.text().contains("Current password"), "{}", screen.text());
    screen.press("\t").await;
    screen.press(&format!("\x1b[200~{new}\n\x1b[201~")).await;
    screen.press("\r").await;
    screen.see("Your password was changed").await;
    assert!(!screen.text().contains("uR7#mq2"), "{}", screen.text());
    screen.press("q").await;
    screen.ended().await;
    assert!(Person::sign_in(server.port, "alice", PASSWORD).await.is_none());
    assert!(Person::sign_in(server.port, "alice", new).await.is_some());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_asks_for_the_current_password() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let new = "ladder mustard violin";
    let wrong = DalError::Invalid { field: "current password", why: "is not right".to_owned() };
    for current in [None, Some(""), Some("wrong"), Some(new)] {
        let account = alice.verify().await.unwrap().account();
        let current = current.map(|text| Secret::new(text.to_owned()));
        let tried = account.choose_password(current, Secret::new(new.to_owned())).await;
        assert_eq!(tried, Err(wrong.clone()));
    }
    assert!(house.try_sign_in("alice", new).await.is_err());
    choose(&alice, PASSWORD, new).await.unwrap();
}
