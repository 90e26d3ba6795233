//! Proofs, and how they are answered: the wrong ones late, and the last wrong one with a goodbye.

use std::time::Duration;

use russh::Disconnect;
use russh::server::Auth;
use tokio::time::{Instant, sleep, sleep_until};

use crate::auth::login::{self, Refusal};
use crate::dal::{Attempt, HalfProven, LoginError, Session};
use crate::domain::second_factor;
use crate::domain::secret::Secret;
use crate::domain::session::{Method, Visitor};

use super::super::{methods, second_method};
use super::{Connection, ConnectionError};

/// How long the owner of a closed account is asked to read why, before the disconnect says it.
const TOLD: Duration = Duration::from_secs(10);

/// How long a disconnect message may take before the socket is cut.
const DISCONNECT_GRACE: Duration = Duration::from_secs(1);

impl Connection {
    /// One proof, whichever method carried it.
    pub(super) async fn prove(
        &mut self,
        user: &str,
        password: &str,
        method: Method,
    ) -> Result<Auth, ConnectionError> {
        let started = Instant::now();
        let attempt = Attempt {
            name: user.to_owned(),
            password: Secret::new(password.to_owned()),
            method,
            visitor: self.visitor(),
        };
        match self.front.dal.login(attempt).await {
            Ok(session) => self.let_somebody_in(user, session).await,
            Err(LoginError::CodeWanted(half)) => self.ask_for_the_rest(user, half, method).await,
            Err(LoginError::Closed { told }) => {
                tracing::info!(from = %self.peer, "sign-in to a closed account");
                self.let_time_pass(started).await;
                Ok(self.turn_away(told, method))
            }
            Err(why) => {
                if why == LoginError::Denied {
                    tracing::info!(from = %self.peer, "sign-in failed");
                }
                self.refuse(started).await
            }
        }
    }

    /// The second proof of somebody whose password was right.
    pub(super) async fn prove_the_rest(
        &mut self,
        user: &str,
        half: HalfProven,
        code: Secret,
    ) -> Result<Auth, ConnectionError> {
        let started = Instant::now();
        match self.front.dal.login_with_code(half, code).await {
            Ok(session) => self.let_somebody_in(user, session).await,
            Err(LoginError::CodeWanted(half)) => {
                tracing::info!(from = %self.peer, "a code was refused");
                self.let_time_pass(started).await;
                match self.login.wrong_code(half) {
                    Ok(()) => Ok(go_on_with_a_code(false)),
                    Err(refusal) => self.send_away(refusal).await,
                }
            }
            Err(_) => self.refuse(started).await,
        }
    }

    /// Asks for a code behind a right password: whoever was asked questions gets one more, whoever sent the
    /// password is told which method leads on.
    async fn ask_for_the_rest(
        &mut self,
        user: &str,
        half: HalfProven,
        method: Method,
    ) -> Result<Auth, ConnectionError> {
        if let Err(refusal) = self.login.half(user, half) {
            return self.send_away(refusal).await;
        }
        if method != Method::KeyboardInteractive {
            return Ok(go_on_with_a_code(true));
        }
        match self.login.prompt(user) {
            Ok(()) => Ok(ask_for_the_second_factor()),
            Err(refusal) => self.send_away(refusal).await,
        }
    }

    async fn let_somebody_in(&mut self, user: &str, session: Session) -> Result<Auth, ConnectionError> {
        tracing::info!(user = %session.claims().name, from = %self.peer, "signed in");
        if let Err(refusal) = self.login.proven(user) {
            return self.send_away(refusal).await;
        }
        self.come_in(session);
        Ok(Auth::Accept)
    }

    pub(super) fn visitor(&self) -> Visitor {
        Visitor::new(self.peer, self.client.get().map_or("", String::as_str))
    }

    /// Tells the owner of a closed account, who gave its password, why they are not let in.
    ///
    /// Not by letting them in: whatever counts sign-ins would count that. Who answers questions is told in
    /// the last one: a question is shown by every client, however quiet it is asked to be. Who sent a password
    /// is asked it as soon as they let themselves be asked. Whoever does neither is told in the disconnect.
    fn turn_away(&mut self, told: String, method: Method) -> Auth {
        self.login.turned_away();
        self.disconnect_later(told.clone());
        match method {
            Method::KeyboardInteractive => self.tell(&told),
            Method::Password | Method::SignUp | Method::Invite | Method::Totp | Method::RecoveryCode => {
                self.to_tell = Some(told);
                reject()
            }
        }
    }

    /// The last question: there is nothing to fill in.
    pub(super) fn tell(&mut self, told: &str) -> Auth {
        self.is_told = true;
        let prompts = vec![(format!("{told} Press Enter: ").into(), true)];
        Auth::Partial { name: "".into(), instructions: "".into(), prompts: prompts.into() }
    }

    fn disconnect_later(&self, why: String) {
        let (handle, kill) = (self.handle.get().cloned(), self.kill.clone());
        self.front.tasks.spawn(async move {
            tokio::select! {
                () = sleep(TOLD) => {}
                () = kill.cancelled() => return,
            }
            if let Some(handle) = handle {
                let _ = handle.disconnect(Disconnect::NoMoreAuthMethodsAvailable, why, String::new()).await;
            }
            sleep(DISCONNECT_GRACE).await;
            kill.cancel();
        });
    }

    /// After the last question, whatever comes back for it.
    pub(super) async fn say_goodbye(&mut self) -> Result<Auth, ConnectionError> {
        self.is_told = false;
        // russh delays this refusal too; the disconnect has to come behind it, and before the cut.
        self.let_time_pass(Instant::now()).await;
        let why = "the account is closed".to_owned();
        self.disconnect(Disconnect::NoMoreAuthMethodsAvailable, why).await
    }

    /// The message goes out behind the answer to this proof; the socket does not wait for it.
    async fn disconnect(&self, code: Disconnect, why: String) -> Result<Auth, ConnectionError> {
        let Some(handle) = self.handle.get() else { return Err(ConnectionError::SentAway("turned away")) };
        let _ = handle.disconnect(code, why, String::new()).await;
        self.cut_after(DISCONNECT_GRACE);
        Ok(reject())
    }

    /// Answers a failed proof: later, and the last one with a goodbye.
    pub(super) async fn refuse(&mut self, started: Instant) -> Result<Auth, ConnectionError> {
        self.let_time_pass(started).await;
        match self.login.failed() {
            Ok(()) => Ok(reject()),
            Err(refusal) => self.send_away(refusal).await,
        }
    }

    /// Until a failure may be answered: what remains to be measured is the queue, not the account.
    async fn let_time_pass(&self, started: Instant) {
        let delay = self.settings.ssh.rejection_delay;
        let answer = login::answer_at(started.into_std(), delay, Instant::now().into_std());
        sleep_until(Instant::from_std(answer)).await;
    }

    pub(super) async fn send_away(&mut self, refusal: Refusal) -> Result<Auth, ConnectionError> {
        let (why, code) = match refusal {
            Refusal::UserChanged => {
                ("the user name cannot change during a sign-in", Disconnect::ProtocolError)
            }
            Refusal::TooManyFailures => {
                ("too many authentication failures", Disconnect::NoMoreAuthMethodsAvailable)
            }
            Refusal::Unasked | Refusal::OutOfTurn => {
                // Counted as a failure already.
                self.let_time_pass(Instant::now()).await;
                return Ok(reject());
            }
            Refusal::AlreadyOver if let Some(told) = self.to_tell.take() => {
                return self.disconnect(Disconnect::NoMoreAuthMethodsAvailable, told).await;
            }
            // It was told so, and goes on all the same.
            Refusal::AlreadyOver => return Err(ConnectionError::SentAway("this sign-in is over")),
        };
        tracing::info!(from = %self.peer, why, "connection ended");
        self.disconnect(code, why.to_owned()).await
    }
}

pub(super) fn reject() -> Auth {
    Auth::Reject { proceed_with_methods: Some(methods()), partial_success: false }
}

/// Behind a right password: nothing but a code leads on.
fn go_on_with_a_code(partial_success: bool) -> Auth {
    Auth::Reject { proceed_with_methods: Some(second_method()), partial_success }
}

pub(super) fn ask_for_the_second_factor() -> Auth {
    ask(second_factor::INSTRUCTIONS, second_factor::PROMPT)
}

/// One question whose answer is not shown.
pub(super) fn ask(instructions: &'static str, prompt: &'static str) -> Auth {
    Auth::Partial {
        name: "".into(),
        instructions: instructions.into(),
        prompts: vec![(prompt.into(), false)].into(),
    }
}
