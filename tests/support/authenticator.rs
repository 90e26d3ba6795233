//! Somebody's authenticator, and the card with their recovery codes.

use std::sync::Arc;
use std::time::Duration;

use passholder::auth::sealing::SealingKey;
use passholder::auth::totp::code_at;
use passholder::dal::second_factor::FactorState;
use passholder::dal::{DalError, HalfProven, LoginError, Session};
use passholder::domain::secret::Secret;
use passholder::domain::session::EndReason;

use super::PASSWORD;
use super::house::{HOME, House};

/// How long a code is shown.
pub const STEP: Duration = Duration::from_secs(30);

/// How long no code is taken after five wrong ones.
pub const REFUSED: Duration = Duration::from_mins(15);

/// What somebody has to hand who has a second factor.
pub struct Authenticator {
    seed: Secret,
    pub recovery: Vec<Secret>,
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub fn is_denied(result: &Result<Session, LoginError>) -> bool {
    matches!(result, Err(LoginError::Denied))
}

pub fn wants_another(result: &Result<Session, LoginError>) -> bool {
    matches!(result, Err(LoginError::CodeWanted(_)))
}

/// Why a session is over, if it is.
pub async fn ended(session: &Session) -> Option<EndReason> {
    match session.verify().await {
        Err(DalError::SessionEnded(ended)) => Some(ended.reason),
        _ => None,
    }
}

pub async fn state(session: &Session) -> FactorState {
    session.verify().await.unwrap().second_factor().state().await.unwrap()
}

impl Authenticator {
    /// Sets one up for whoever is signed in, and lets its first code pass.
    pub async fn set_up(house: &House, session: &Session) -> Self {
        let authenticator = Self::try_set_up(house, session, PASSWORD).await.unwrap();
        house.clock.turn(STEP);
        authenticator
    }

    pub async fn try_set_up(house: &House, session: &Session, password: &str) -> Result<Self, DalError> {
        let begun = session.verify().await?.second_factor().begin(secret(password)).await?;
        let seed = begun.secret();
        let code = secret(&code_at(seed.expose(), house.dal.now()).unwrap());
        let recovery = session.verify().await?.second_factor().confirm(Arc::new(begun), code).await?;
        Ok(Self { seed, recovery })
    }

    /// What it shows now.
    pub fn code(&self, house: &House) -> String {
        code_at(self.seed.expose(), house.dal.now()).unwrap()
    }

    /// Six digits that it does not show.
    pub fn wrong(&self, house: &House) -> String {
        let shown: u32 = self.code(house).parse().unwrap();
        let before: u32 = code_at(self.seed.expose(), house.dal.now().before(STEP)).unwrap().parse().unwrap();
        let other = (0..9).map(|number| (shown + 1 + number) % 1_000_000).find(|other| *other != before);
        format!("{:06}", other.unwrap())
    }

    pub fn seed(&self) -> String {
        self.seed.expose().replace(' ', "")
    }
}

impl House {
    /// Whether this key opens what is sealed in the store.
    pub async fn unseal(&self, byte: u8) -> bool {
        let key = SealingKey::from_bytes(&[byte; 32]).unwrap();
        self.dal.unseal_with(key).await.unwrap()
    }

    /// The first half of a sign-in, which has to be right and not enough.
    pub async fn half(&self, name: &str, password: &str) -> HalfProven {
        self.half_from(HOME, name, password).await
    }

    pub async fn half_from(&self, from: &str, name: &str, password: &str) -> HalfProven {
        match self.try_from(from, name, password).await {
            Err(LoginError::CodeWanted(half)) => half,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("{name} was let in without a code"),
        }
    }

    /// Password and code.
    pub async fn sign_in_with(&self, name: &str, code: &str) -> Result<Session, LoginError> {
        let half = self.half(name, PASSWORD).await;
        self.dal.login_with_code(half, secret(code)).await
    }
}
