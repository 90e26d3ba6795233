//! Public names: `new` and `invite`. What they open is a form, and never anybody's session.

use std::sync::Arc;

use russh::ChannelId;
use russh::server::Auth;
use tokio::time::Instant;

use crate::dal::invites::Invited;
use crate::dal::sign_up::SignUpError;
use crate::domain::policy::SignUp;
use crate::domain::public::PublicName;
use crate::domain::secret::Secret;

use super::super::limits::VISITORS;
use super::super::visiting::{self, Visit, Wish};
use super::ending::REFUSED_GRACE;
use super::entry::Entry;
use super::sign_in::{ask, reject};
use super::{Connection, ConnectionError};

/// What stands above the question for a code.
const INSTRUCTIONS: &str = "Sign-up with an invite: type the code that you were given.";

/// What stands there after a code that opens nothing, whatever the reason.
const NOTHING_OPENED: &str = "That code opens nothing: it may be mistyped, used or too old.";

const CODE: &str = "Invite code: ";

/// What is said beyond the forms that may be open at once.
const NO_ROOM: &str = "too many people are signing up right now; try again in a few minutes";

/// What the channel of somebody without a session shows.
pub(super) enum Stranger {
    ToldWhyNot(String),
    AtTheForm(Arc<Visit>),
}

impl Connection {
    /// A public name without a proof: how a client asks for the methods, and all that an open door needs.
    pub(super) async fn welcome(&mut self, user: &str, name: PublicName) -> Result<Auth, ConnectionError> {
        match name {
            PublicName::New => {
                let may = self.front.dal.may_sign_up(self.peer.ip()).await;
                self.let_in(user, may.map(|()| None)).await
            }
            // A code could do nothing: it is not asked for.
            _ if self.front.dal.policy().sign_up == SignUp::Closed => {
                self.let_in(user, Err(SignUpError::Closed)).await
            }
            PublicName::Invite => Ok(reject()),
            PublicName::InviteWith(code) => self.redeem(user, code).await,
        }
    }

    /// A public name with the answer to the question for a code: who gave a wrong one is told so, and asked
    /// again, as often as anybody may be wrong.
    pub(super) async fn welcome_answer(
        &mut self,
        user: &str,
        name: &PublicName,
        answer: &str,
    ) -> Result<Auth, ConnectionError> {
        match self.welcome_with(user, name, answer).await? {
            Auth::Reject { .. } if !matches!(name, PublicName::New) && self.login.prompt(user).is_ok() => {
                Ok(ask(NOTHING_OPENED, CODE))
            }
            answered => Ok(answered),
        }
    }

    /// A public name with what came as a password, or as the answer to a question: the code of an invite.
    pub(super) async fn welcome_with(
        &mut self,
        user: &str,
        name: &PublicName,
        answer: &str,
    ) -> Result<Auth, ConnectionError> {
        match name {
            PublicName::New if answer.is_empty() => self.welcome(user, PublicName::New).await,
            PublicName::New => self.refuse(Instant::now()).await,
            PublicName::Invite | PublicName::InviteWith(_) => {
                self.redeem(user, Secret::new(answer.to_owned())).await
            }
        }
    }

    /// Asks for the code of an invite; whoever needs none is let in without a question.
    pub(super) async fn ask_for_code(
        &mut self,
        user: &str,
        name: &PublicName,
    ) -> Result<Auth, ConnectionError> {
        match name {
            PublicName::New => self.welcome(user, PublicName::New).await,
            _ if self.front.dal.policy().sign_up == SignUp::Closed => {
                self.let_in(user, Err(SignUpError::Closed)).await
            }
            PublicName::Invite | PublicName::InviteWith(_) => Ok(ask(INSTRUCTIONS, CODE)),
        }
    }

    async fn redeem(&mut self, user: &str, code: Secret) -> Result<Auth, ConnectionError> {
        let started = Instant::now();
        match self.front.dal.redeem(&code, &self.visitor()).await {
            Err(SignUpError::Denied | SignUpError::Unavailable) => {
                tracing::info!(from = %self.peer, "an invite code was refused");
                self.refuse(started).await
            }
            result => self.let_in(user, result.map(Some)).await,
        }
    }

    /// Lets a stranger in: to the form, or far enough to be told why not. The sign-in is over with that, and
    /// nothing that was proven in it opens anything else.
    async fn let_in(
        &mut self,
        user: &str,
        result: Result<Option<Invited>, SignUpError>,
    ) -> Result<Auth, ConnectionError> {
        if let Err(refusal) = self.login.proven(user) {
            return self.send_away(refusal).await;
        }
        let Entry::Waiting(waiting) = std::mem::replace(&mut self.entry, Entry::Gone) else {
            return Ok(reject());
        };
        let admitted = result.map_err(|why| why.to_string()).and_then(|invited| {
            let place = self.front.admission.visit(self.peer.ip(), invited.is_none(), &VISITORS);
            Ok((invited, place.ok_or_else(|| NO_ROOM.to_owned())?))
        });
        self.entry = match admitted {
            Ok((invited, place)) => {
                let visit = Visit::new(self.front.dal.clone(), self.visitor(), invited, place);
                for (time, done) in visit.limits() {
                    let cut = super::super::cut_unless_signed_in(time, done, self.kill.clone());
                    self.front.tasks.spawn(cut);
                }
                // The login grace is for those who still have to prove something.
                self.signed_in.cancel();
                Entry::Visiting { visit: Arc::new(visit), _place: waiting.come_in() }
            }
            Err(why) => {
                // Far less than the login grace: they have nothing more to do than to read it.
                self.cut_after(REFUSED_GRACE);
                Entry::TurnedAway { why, _waiting: waiting }
            }
        };
        Ok(Auth::Accept)
    }

    /// What a channel shows to whoever has no session.
    pub(super) fn stranger(&self) -> Option<Stranger> {
        match &self.entry {
            Entry::TurnedAway { why, .. } => Some(Stranger::ToldWhyNot(why.clone())),
            Entry::Visiting { visit, .. } if visit.session().is_none() => {
                Some(Stranger::AtTheForm(Arc::clone(visit)))
            }
            Entry::Waiting(_) | Entry::Inside { .. } | Entry::Visiting { .. } | Entry::Gone => None,
        }
    }

    pub(super) fn show_stranger(
        &mut self,
        channel: ChannelId,
        answer: &mut russh::server::Session,
        stranger: Stranger,
        wish: &Wish,
    ) -> Result<(), ConnectionError> {
        self.start_anyway(channel, answer, |open, context| match stranger {
            Stranger::ToldWhyNot(why) => visiting::refusal(open, &why, context),
            Stranger::AtTheForm(visit) => visiting::form(open, visit, wish, context),
        })
    }
}
