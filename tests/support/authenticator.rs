//! Somebody's authenticator, and the card with their recovery codes.

use std::sync::Arc;
use std::time::Duration;

use passholder::auth::totp::code_at;
use passholder::dal::{DalError, HalfProven, LoginError, Session};
use passholder::domain::secret::Secret;

use super::PASSWORD;
use super::house::{HOME, House};

/// How long a code is shown.
pub const STEP: Duration = Duration::from_secs(30);

/// What somebody has to hand who has a second factor.
pub struct Authenticator {
    seed: Secret,
    pub recovery: Vec<Secret>,
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
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
