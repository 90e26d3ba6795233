//! The seeds of authenticators in the store: sealed, with a key beside it that is made once.

use std::sync::Arc;
use std::time::Duration;

use passholder::auth::sealing::SealingKey;
use passholder::auth::totp::code_at;
use passholder::config::Config;
use passholder::dal::{DalError, Engine};
use passholder::server::{ServeError, Server};

use crate::support::PASSWORD;
use crate::support::authenticator::{Authenticator, STEP, secret, wants_another};
use crate::support::house::House;
use crate::support::server::quick;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sets_one_up_where_its_seed_could_not_be_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let house = House::build_on(engine).await;
    let admin = house.admin().await;
    let begun = admin.verify().await.unwrap().second_factor().begin(secret(PASSWORD)).await;
    assert_eq!(begun.unwrap_err(), DalError::Unavailable);
}

/// The server makes the key at its first start, finds it again, and does not start without it once somebody has
/// a second factor: a new one would silently make every authenticator useless.
#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_the_seeds_is_made_once_and_missed_when_it_is_gone() {
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let mut config = quick();
    config.data = folder.path().join("data");
    config.admin_password_file = Some(file);
    drop(Server::open(&config).await.unwrap());
    let key = config.data.join("seed_key");
    let digits = std::fs::read_to_string(&key).unwrap();
    let engine = || Engine::Sled { folder: config.data.join("store"), cache_bytes: 8 << 20 };
    let house = House::reopened(engine).await;
    let bytes = data_encoding::HEXLOWER.decode(digits.trim_end().as_bytes()).unwrap();
    let sealing = SealingKey::from_bytes(&bytes.try_into().unwrap()).unwrap();
    assert!(house.dal.unseal_with(sealing).await.unwrap());
    Authenticator::set_up(&house, &house.admin().await).await;
    drop(house);
    let moved = folder.path().join("elsewhere");
    std::fs::rename(&key, &moved).unwrap();
    let missing = restarted(&config).await.err().unwrap().to_string();
    assert!(missing.contains("seed_key is missing although people have one"), "{missing}");
    assert!(!key.exists(), "none was made in its place");
    config.second_factor_key_file = Some(moved);
    restarted(&config).await.unwrap();
}

/// Its store is let go of a moment after the last one who had it.
async fn restarted(config: &Config) -> Result<Server, ServeError> {
    for _ in 0..600 {
        match Server::open(config).await {
            Err(ServeError::Store(_) | ServeError::Folder(_)) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            opened => return opened,
        }
    }
    panic!("the store stays closed")
}

/// With the wrong key each right code counted as a guess: five of them closed the codes of their owner.
#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_cannot_be_checked_is_no_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let house = House::build_on(engine()).await;
    assert!(house.unseal(7).await);
    let phone = Authenticator::set_up(&house, &house.user("alice", "member").await).await;
    drop(house);
    let house = House::reopened(engine).await;
    assert!(!house.unseal(8).await);
    for _ in 0..6 {
        house.clock.turn(STEP);
        assert!(wants_another(&house.sign_in_with("alice", &phone.code(&house)).await));
    }
    let alice = house.sign_in_with("alice", phone.recovery[0].expose()).await.unwrap();
    let before = alice.claims().before.clone();
    assert_eq!((before.wrong_codes, before.codes_refused_until), (0, None));
    let factor = alice.verify().await.unwrap().second_factor();
    let refused = factor.begin_another(secret(PASSWORD), secret(&phone.code(&house))).await.unwrap_err();
    assert!(refused.to_string().contains("type a recovery code"), "{refused}");
    // The way out, which the words of the lost key name.
    let factor = alice.verify().await.unwrap().second_factor();
    let code = secret(phone.recovery[1].expose());
    let begun = Arc::new(factor.begin_another(secret(PASSWORD), code).await.unwrap());
    let code = secret(&code_at(begun.secret().expose(), house.dal.now()).unwrap());
    alice.verify().await.unwrap().second_factor().confirm(Arc::clone(&begun), code).await.unwrap();
    house.clock.turn(STEP);
    let code = code_at(begun.secret().expose(), house.dal.now()).unwrap();
    house.sign_in_with("alice", &code).await.unwrap();
}

/// Whoever came first in the store stood for everybody: a key that opened theirs alone was taken for the right one.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_opens_some_seeds_is_not_taken_for_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let engine = || Engine::Sled { folder: folder.path().to_owned(), cache_bytes: 8 << 20 };
    let house = House::build_on(engine()).await;
    assert!(house.unseal(7).await);
    Authenticator::set_up(&house, &house.user("alice", "member").await).await;
    drop(house);
    let house = House::reopened(engine).await;
    assert!(!house.unseal(8).await);
    Authenticator::set_up(&house, &house.user("bob", "member").await).await;
    assert!(!house.unseal(7).await && !house.unseal(8).await);
}

/// A copy of the store gives neither seed nor recovery codes away.
#[tokio::test(flavor = "multi_thread")]
async fn neither_seeds_nor_recovery_codes_are_in_the_store() {
    let house = House::build().await;
    let alice = house.user("alice", "member").await;
    let phone = Authenticator::set_up(&house, &alice).await;
    house.sign_in_with("alice", phone.recovery[1].expose()).await.unwrap();
    let code = phone.code(&house);
    house.sign_in_with("alice", &code).await.unwrap();
    let seed = phone.seed();
    let bytes = data_encoding::BASE32_NOPAD.decode(seed.as_bytes()).unwrap();
    let mut marks = vec![
        seed.to_lowercase(),
        seed,
        data_encoding::BASE64_NOPAD.encode(&bytes),
        data_encoding::HEXLOWER.encode(&bytes),
    ];
    for code in &phone.recovery {
        marks.extend([code.expose().to_owned(), code.expose().replace('-', "")]);
    }
    for mark in marks {
        assert_eq!(house.dal.records_with(&mark).await.unwrap(), Vec::<String>::new(), "{mark}");
    }
    let found = house.dal.records_with("second-factor").await.unwrap();
    assert!(!found.is_empty(), "what is looked for is found");
}
