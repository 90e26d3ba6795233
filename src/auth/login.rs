//! How one connection's sign-in goes, from its first request to its end.
//!
//! A pure state machine: whoever speaks the protocol tells it what was asked and what came of it,
//! and it says whether to go on. It checks no secret itself.
//!
//! ```text
//!            prompt               proven
//!   Open ------------> Prompted          Open ------> Proven
//!     ^   answer, or      |
//!     +-- another request-+              any ------> Closed   (another user, too many failures or keys)
//!
//!            half               prompt            answer
//!   Open ----------> Half ---------------> asked --------> Open, holding what had been proven
//!     ^               |  ^                                        | wrong_code
//!     +-- anything ---+  +----------------------------------------+
//!         else: a failure, and what was proven is forgotten
//! ```

use std::mem;
use std::time::{Duration, Instant};

use crate::domain::secret::Secret;

/// Keys that a client may offer before it gives its first proof: as many as an agent holds. No key opens
/// anything here, but clients offer theirs before they ask for a password.
pub const OFFERS: u32 = 10;

/// The sign-in of one connection. Everything that proves something belongs to the user named first.
///
/// `H` is what a first proof leaves behind where a second one is needed. It is in here and nowhere else, so that
/// it is gone with the first request that does not lead on to the second proof.
#[derive(Debug)]
pub struct Login<H> {
    state: State<H>,
    /// As the client wrote it, whether or not such an account exists. Fixed by the first request:
    /// a proof made for one user must never serve another.
    ///
    /// It may hold an invite code, so it is kept like a secret.
    user: Option<Secret>,
    failures: u32,
    /// Keys that were offered before the first failure.
    offers: u32,
    /// The failure that closes the login.
    limit: u32,
}

#[derive(Debug)]
enum State<H> {
    /// A request may be made.
    Open,
    /// A question is with the client; one answer to it is expected.
    Prompted,
    /// The first proof held, and a second one is needed; nothing else leads on.
    Half { held: H, is_asked: bool },
    /// Over: the user is who they say.
    Proven,
    /// Over: nothing more is accepted on this connection.
    Closed,
}

/// Why a login does not go on. All but [`Unasked`](Self::Unasked) and [`OutOfTurn`](Self::OutOfTurn) end the
/// connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the user name may not change during a sign-in")]
    UserChanged,
    #[error("too many failed attempts")]
    TooManyFailures,
    #[error("an answer came without a question")]
    Unasked,
    #[error("something else came where a code was expected")]
    OutOfTurn,
    #[error("this sign-in is already over")]
    AlreadyOver,
}

impl<H> Login<H> {
    /// Returns a login that closes with the `limit`-th failure (the first one, where `limit` is 0).
    pub fn new(limit: u32) -> Self {
        Self { state: State::Open, user: None, failures: 0, offers: 0, limit: limit.max(1) }
    }

    /// Begins a request of any method but one that leads on to a second proof. Every request names its user;
    /// another one than the first closes the login for good.
    ///
    /// A question that is still out is withdrawn: its answer would come too late.
    /// Source: RFC 4252 section 5 (a server that cannot drop what was proven must disconnect).
    pub fn name(&mut self, user: &str) -> Result<(), Refusal> {
        self.is_of(user)?;
        match mem::replace(&mut self.state, State::Open) {
            // A failure, or the first proof could be tried again and again on the way to the second.
            State::Half { .. } => {
                self.failed()?;
                Err(Refusal::OutOfTurn)
            }
            _ => Ok(()),
        }
    }

    /// Begins a request that is answered with a question: for the second proof, where the first one held.
    pub fn prompt(&mut self, user: &str) -> Result<(), Refusal> {
        self.is_of(user)?;
        if let State::Half { is_asked, .. } = &mut self.state {
            *is_asked = true;
        } else {
            self.state = State::Prompted;
        }
        Ok(())
    }

    /// Takes the answer to the question that is out; whether it is right is yet to be seen. What the first proof
    /// left behind is handed out with the answer that is the second one.
    ///
    /// One question has one answer. A further one counts as a failure, or a client could guess for
    /// ever without asking.
    pub fn answer(&mut self, user: &str) -> Result<Option<H>, Refusal> {
        self.is_of(user)?;
        match mem::replace(&mut self.state, State::Open) {
            State::Prompted => Ok(None),
            State::Half { held, is_asked: true } => Ok(Some(held)),
            _ => {
                self.failed()?;
                Err(Refusal::Unasked)
            }
        }
    }

    /// Begins a request that offers a key, with or without a signature: the two cannot be told apart here.
    ///
    /// A few come before a person is asked for anything and count for nothing. One that comes between
    /// passwords is a guess like them, and counts.
    pub fn offered(&mut self, user: &str) -> Result<(), Refusal> {
        self.name(user)?;
        if self.failures > 0 {
            return self.failed();
        }
        self.offers += 1;
        if self.offers <= OFFERS {
            return Ok(());
        }
        self.state = State::Closed;
        Err(Refusal::TooManyFailures)
    }

    /// The first proof held, and a second one is needed.
    pub fn half(&mut self, user: &str, held: H) -> Result<(), Refusal> {
        self.name(user)?;
        self.state = State::Half { held, is_asked: false };
        Ok(())
    }

    /// Whether the next question is for the second proof.
    pub fn is_half(&self) -> bool {
        matches!(self.state, State::Half { .. })
    }

    /// Counts a second proof that did not hold. The first one still does: another code may be asked for.
    pub fn wrong_code(&mut self, held: H) -> Result<(), Refusal> {
        self.failed()?;
        self.state = State::Half { held, is_asked: false };
        Ok(())
    }

    /// Counts a proof, of whatever method, that did not hold.
    pub fn failed(&mut self) -> Result<(), Refusal> {
        self.must_go_on()?;
        self.failures += 1;
        if self.failures < self.limit {
            self.state = State::Open;
            return Ok(());
        }
        self.state = State::Closed;
        Err(Refusal::TooManyFailures)
    }

    /// Ends the login of somebody whose proof held, and opens nothing: one failure, and the last word.
    pub fn turned_away(&mut self) {
        self.failures += 1;
        self.state = State::Closed;
    }

    /// Ends the login well. The proof names its user too: one made for anybody else closes it. Where a second
    /// proof is still expected, it is not well yet.
    pub fn proven(&mut self, user: &str) -> Result<(), Refusal> {
        self.name(user)?;
        self.state = State::Proven;
        Ok(())
    }

    pub fn is_proven(&self) -> bool {
        matches!(self.state, State::Proven)
    }

    /// The user named first, as the client wrote it.
    pub fn user(&self) -> Option<&str> {
        self.user.as_ref().map(Secret::expose)
    }

    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether the login goes on, and is this user's.
    fn is_of(&mut self, user: &str) -> Result<(), Refusal> {
        self.must_go_on()?;
        if self.user.get_or_insert_with(|| Secret::new(user.to_owned())).expose() != user {
            self.state = State::Closed;
            return Err(Refusal::UserChanged);
        }
        Ok(())
    }

    fn must_go_on(&self) -> Result<(), Refusal> {
        match self.state {
            State::Open | State::Prompted | State::Half { .. } => Ok(()),
            State::Proven | State::Closed => Err(Refusal::AlreadyOver),
        }
    }
}

/// Returns when to answer a failure: a whole multiple of `delay` after `started`, not before `now`.
///
/// A failure that was quick waits for the first multiple. One that waited its turn in a queue is
/// rounded up too, so that what remains to be measured is the queue and not the account.
pub fn answer_at(started: Instant, delay: Duration, now: Instant) -> Instant {
    let elapsed = now.saturating_duration_since(started);
    let steps = elapsed.as_nanos().div_ceil(delay.as_nanos().max(1)).max(1);
    let padded = delay.saturating_mul(u32::try_from(steps).unwrap_or(u32::MAX));
    started.checked_add(padded).unwrap_or(now).max(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the first proof leaves behind here: a number, to be told from another one.
    type Login = super::Login<u32>;
    type Other = fn(&mut Login) -> Result<(), Refusal>;

    #[test]
    fn a_password_proves_the_user_that_was_named() {
        let mut login = Login::new(4);
        login.name("alice").unwrap();
        login.failed().unwrap();
        login.name("alice").unwrap();
        login.proven("alice").unwrap();
        assert!(login.is_proven());
        assert_eq!((login.user(), login.failures()), (Some("alice"), 1));
    }

    #[test]
    fn another_user_name_closes_the_login_for_good() {
        let mut login = Login::new(4);
        login.name("alice").unwrap();
        assert_eq!(login.name("bob"), Err(Refusal::UserChanged));
        assert_eq!(login.name("alice"), Err(Refusal::AlreadyOver));
        assert_eq!(login.proven("alice"), Err(Refusal::AlreadyOver));
        assert_eq!(login.user(), Some("alice"));
    }

    #[test]
    fn who_is_turned_away_cannot_try_again() {
        let mut login = Login::new(4);
        login.prompt("alice").unwrap();
        login.answer("alice").unwrap();
        login.turned_away();
        assert_eq!((login.name("alice"), login.failures()), (Err(Refusal::AlreadyOver), 1));
        assert!(!login.is_proven());
    }

    #[test]
    fn a_proof_made_for_somebody_else_closes_the_login() {
        let mut login = Login::new(4);
        login.name("alice").unwrap();
        assert_eq!(login.proven("bob"), Err(Refusal::UserChanged));
        assert!(!login.is_proven());
    }

    #[test]
    fn the_failure_that_reaches_the_limit_closes_the_login() {
        let mut login = Login::new(3);
        login.name("alice").unwrap();
        assert_eq!(login.failed(), Ok(()));
        assert_eq!(login.failed(), Ok(()));
        assert_eq!(login.failed(), Err(Refusal::TooManyFailures));
        assert_eq!(login.failed(), Err(Refusal::AlreadyOver));
        assert_eq!(Login::new(0).failed(), Err(Refusal::TooManyFailures));
    }

    /// Keys were no failures, so that a fifth guess was possible with one among the passwords. An agent's
    /// are free, one too many is not, and among passwords one counts like them.
    #[test]
    fn keys_are_free_before_the_first_failure_and_count_after_it() {
        let mut login = Login::new(2);
        for _ in 0..OFFERS {
            assert_eq!(login.offered("alice"), Ok(()));
        }
        assert_eq!(login.failures(), 0);
        login.failed().unwrap();
        assert_eq!(login.offered("alice"), Err(Refusal::TooManyFailures));
        let mut keys_alone = Login::new(20);
        let refused = (0..=OFFERS).filter(|_| keys_alone.offered("alice").is_err()).count();
        assert_eq!((refused, keys_alone.offered("alice")), (1, Err(Refusal::AlreadyOver)));
    }

    #[test]
    fn a_question_has_one_answer_and_an_answer_one_question() {
        let mut login = Login::new(3);
        assert_eq!(login.answer("alice"), Err(Refusal::Unasked));
        login.prompt("alice").unwrap();
        login.answer("alice").unwrap();
        assert_eq!(login.answer("alice"), Err(Refusal::Unasked));
        assert_eq!(login.answer("alice"), Err(Refusal::TooManyFailures));
    }

    #[test]
    fn another_request_withdraws_the_question() {
        let mut login = Login::new(4);
        login.prompt("alice").unwrap();
        login.name("alice").unwrap();
        assert_eq!(login.answer("alice"), Err(Refusal::Unasked));
    }

    #[test]
    fn the_second_proof_is_asked_for_and_given_once() {
        let mut login = Login::new(4);
        login.name("alice").unwrap();
        login.half("alice", 7).unwrap();
        assert!(login.is_half() && !login.is_proven());
        login.prompt("alice").unwrap();
        assert_eq!(login.answer("alice"), Ok(Some(7)));
        login.wrong_code(7).unwrap();
        assert_eq!((login.is_half(), login.failures()), (true, 1));
        login.prompt("alice").unwrap();
        assert_eq!(login.answer("alice"), Ok(Some(7)));
        login.proven("alice").unwrap();
        assert!(login.is_proven());
    }

    #[test]
    fn whatever_else_comes_forgets_the_first_proof_and_counts() {
        let half = || {
            let mut login = Login::new(4);
            login.half("alice", 7).unwrap();
            login
        };
        let others: [Other; 4] = [
            |login| login.name("alice"),
            |login| login.offered("alice"),
            |login| login.half("alice", 8),
            |login| login.proven("alice"),
        ];
        for other in others {
            let mut login = half();
            assert_eq!(other(&mut login), Err(Refusal::OutOfTurn));
            assert_eq!((login.is_half(), login.is_proven(), login.failures()), (false, false, 1));
            login.prompt("alice").unwrap();
            assert_eq!(login.answer("alice"), Ok(None), "the first question again");
        }
        let mut unasked = half();
        assert_eq!(unasked.answer("alice"), Err(Refusal::Unasked));
        assert!(!unasked.is_half());
        let mut somebody_else = half();
        assert_eq!(somebody_else.prompt("bob"), Err(Refusal::UserChanged));
        assert_eq!(somebody_else.prompt("alice"), Err(Refusal::AlreadyOver));
        let mut guesser = Login::new(1);
        guesser.half("alice", 7).unwrap();
        assert_eq!(guesser.wrong_code(7), Err(Refusal::TooManyFailures));
        assert!(!guesser.is_half());
    }

    #[test]
    fn a_login_that_was_proven_takes_nothing_more() {
        let mut login = Login::new(4);
        login.proven("alice").unwrap();
        assert_eq!(login.name("bob"), Err(Refusal::AlreadyOver));
        assert_eq!(login.failed(), Err(Refusal::AlreadyOver));
        assert!(login.is_proven());
    }

    #[test]
    fn a_failure_is_answered_on_the_next_whole_step() {
        let start = Instant::now();
        let ms = Duration::from_millis;
        let at = |elapsed| answer_at(start, ms(1000), start + elapsed) - start;
        assert_eq!(at(ms(0)), ms(1000));
        assert_eq!(at(ms(16)), ms(1000));
        assert_eq!(at(ms(1000)), ms(1000));
        assert_eq!(at(ms(1001)), ms(2000));
        assert_eq!(at(ms(5999)), ms(6000));
    }

    #[test]
    fn the_answer_is_never_in_the_past_and_never_overflows() {
        let start = Instant::now();
        let now = start + Duration::from_secs(7);
        assert_eq!(answer_at(start, Duration::ZERO, now), now);
        assert_eq!(answer_at(start, Duration::MAX, now), now);
        assert_eq!(answer_at(now, Duration::from_secs(1), start), now + Duration::from_secs(1));
    }

    #[derive(Debug, Clone)]
    enum Call {
        Name(&'static str),
        Prompt(&'static str),
        Answer(&'static str),
        Failed,
        Offered(&'static str),
        Proven(&'static str),
        Half(&'static str),
        WrongCode,
    }

    fn any_call() -> impl Strategy<Value = Call> {
        let user = || prop_oneof![8 => Just("alice"), 1 => Just("bob")];
        prop_oneof![
            2 => user().prop_map(Call::Name),
            2 => user().prop_map(Call::Prompt),
            2 => user().prop_map(Call::Answer),
            2 => Just(Call::Failed),
            2 => user().prop_map(Call::Offered),
            1 => user().prop_map(Call::Proven),
            2 => user().prop_map(Call::Half),
            1 => Just(Call::WrongCode),
        ]
    }

    proptest! {
        /// The rules are counted here once more, from outside, without the machine's states.
        #[test]
        fn nothing_is_proven_after_a_change_of_user_or_too_many_failures_or_by_half(
            calls in prop::collection::vec(any_call(), 0..24),
            limit in 1_u32..5,
        ) {
            let mut login = Login::new(limit);
            let (mut first, mut asked, mut failures, mut offers, mut spoiled) = (None, false, 0, 0, false);
            // The first proof, and whoever has just taken it out to try a code with it.
            let (mut half, mut taken) = (false, false);
            for call in calls {
                let over = spoiled || login.is_proven();
                let (user, result) = match call {
                    Call::Name(user) => (Some(user), login.name(user)),
                    Call::Prompt(user) => (Some(user), login.prompt(user)),
                    Call::Answer(user) => {
                        let answer = login.answer(user);
                        let is_second = matches!(answer, Ok(Some(_)));
                        prop_assert!(!is_second || half && asked);
                        taken = is_second;
                        (Some(user), answer.map(drop))
                    }
                    Call::Failed => (None, login.failed()),
                    Call::Offered(user) => (Some(user), login.offered(user)),
                    Call::Proven(user) => (Some(user), login.proven(user)),
                    Call::Half(user) => (Some(user), login.half(user, 7)),
                    // Nobody has it to give back who has not just taken it out.
                    Call::WrongCode if !taken => continue,
                    Call::WrongCode => (None, login.wrong_code(7)),
                };
                taken &= matches!(call, Call::Answer(_));
                if over {
                    prop_assert_eq!(result, Err(Refusal::AlreadyOver));
                    prop_assert!(!(spoiled && login.is_proven()));
                    continue;
                }
                let changed = user.is_some_and(|user| *first.get_or_insert(user) != user);
                let unasked = matches!(call, Call::Answer(_)) && !asked;
                let next = matches!(call, Call::Prompt(_) | Call::Answer(_) | Call::Failed | Call::WrongCode);
                let out_of_turn = half && !next;
                let late = matches!(call, Call::Offered(_)) && failures > 0;
                let fails = unasked || out_of_turn || late || matches!(call, Call::Failed | Call::WrongCode);
                let free = !changed && !out_of_turn && failures == 0;
                offers += u32::from(free && matches!(call, Call::Offered(_)));
                failures += u32::from(!changed && fails);
                spoiled = changed || failures >= limit || offers > OFFERS;
                asked = matches!(call, Call::Prompt(_));
                let begins = matches!(call, Call::Half(_)) && !out_of_turn || matches!(call, Call::WrongCode);
                let stays = half && matches!(call, Call::Prompt(_));
                half = !spoiled && (begins || stays);
                prop_assert_eq!(login.is_half(), half);
                prop_assert_eq!(result.is_err(), spoiled || unasked || out_of_turn);
                let is_proof = matches!(call, Call::Proven(_)) && !out_of_turn;
                prop_assert_eq!(login.is_proven(), !spoiled && is_proof);
                prop_assert_eq!(login.failures(), failures);
            }
        }
    }
}
