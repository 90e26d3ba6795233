//! Long work behind the screens: it says how far it is, stops when it is told to, and does nothing that its
//! session may not do any more.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossterm::event::KeyCode;
use passholder::dal::{DalError, Session};
use passholder::domain::name::UserName;
use passholder::domain::secret::Secret;
use passholder::tui::Left;
use passholder::tui::app::Taken;
use passholder::tui::input::Input;
use passholder::tui::notice::Notice;
use passholder::tui::screens::Route;
use passholder::tui::work::{Begun, Work};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::support::desk::Desk;
use crate::support::house::House;
use crate::support::{PASSWORD, PATIENCE};

/// A house of two hundred, three of whom are there; and somebody who may send them away, with all of them
/// marked but, where that is said, not themselves.
async fn marked(with_oneself: bool) -> (House, Session, Vec<Session>, Desk) {
    let house = House::build().await;
    house.dal.seed(195).await.unwrap();
    let mut there = Vec::new();
    for name in ["aaron", "bea", "zed"] {
        there.push(house.user(name, "member").await);
    }
    let operator = house.user("opal", "operator").await;
    let mut desk = Desk::open(&operator);
    desk.settle().await;
    desk.go(Route::Users).await;
    // aaron, admin, bea, opal
    let first = if with_oneself { "*" } else { "*jjj " };
    for keys in [first, "l", "*", "l", "*", "l", "*", "s"] {
        desk.press(keys).await;
    }
    let picture = desk.picture(80, 24);
    assert!(picture.contains("of 199 users"), "{picture}");
    assert_eq!(picture.contains("Your own are left out."), with_oneself, "{picture}");
    // More than a page: whoever means it says how many.
    desk.press("199").await;
    (house, operator, there, desk)
}

/// Presses a key and waits for nothing: on the one thread of these tests, nothing has been begun then.
fn press(desk: &mut Desk, code: KeyCode) {
    assert_eq!(desk.app.take(&Input::Key(code.into())), Taken::Done);
}

async fn are_there(sessions: &[Session]) -> Vec<bool> {
    let mut there = Vec::new();
    for session in sessions {
        there.push(session.verify().await.is_ok());
    }
    there
}

#[tokio::test]
async fn who_is_refused_is_named_and_holds_up_nobody() {
    let (house, _operator, there, mut desk) = marked(false).await;
    let admin = house.admin().await;
    press(&mut desk, KeyCode::Enter);
    // It is shown on every other screen.
    press(&mut desk, KeyCode::Char('1'));
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Ending sessions") && picture.contains("Home"), "{picture}");
    desk.settle().await;
    let picture = desk.picture(200, 24);
    assert!(picture.contains("sessions were ended; refused: admin ("), "{picture}");
    assert!(!picture.contains("Stopped"), "{picture}");
    assert_eq!(are_there(&there).await, [false, false, false]);
    assert!(admin.verify().await.is_ok());
}

/// Whoever marked a whole page with themselves on it was signed out in the middle of it, and the rest of the
/// page stayed. They are left out, and told so.
#[tokio::test]
async fn whoever_marks_themselves_with_others_is_left_out() {
    let (_house, operator, there, mut desk) = marked(true).await;
    press(&mut desk, KeyCode::Enter);
    desk.settle().await;
    assert_eq!(are_there(&there).await, [false, false, false]);
    assert!(operator.verify().await.is_ok());
    assert!(desk.app.left().is_none());
}

#[tokio::test]
async fn what_is_stopped_does_nothing_more_and_says_so() {
    let (_house, _operator, there, mut desk) = marked(false).await;
    press(&mut desk, KeyCode::Enter);
    press(&mut desk, KeyCode::Char('1'));
    press(&mut desk, KeyCode::F(8));
    desk.settle().await;
    let picture = desk.picture(120, 24);
    assert!(picture.contains("Stopped after 0 of 199: 0 sessions were ended."), "{picture}");
    assert_eq!(are_there(&there).await, [true, true, true]);
}

#[tokio::test]
async fn whoever_signs_out_while_it_goes_on_is_asked_first() {
    let (_house, _operator, there, mut desk) = marked(false).await;
    press(&mut desk, KeyCode::Enter);
    press(&mut desk, KeyCode::Char('q'));
    assert!(desk.app.left().is_none());
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Sign out while work goes on?"), "{picture}");
    press(&mut desk, KeyCode::Enter);
    assert_eq!(desk.app.left(), Some(Left::SignedOut));
    drop(desk);
    tokio::task::yield_now().await;
    assert_eq!(are_there(&there).await, [true, true, true]);
}

/// Everybody who was left when a screen locked was refused, and named as if something were wrong with them.
/// Nothing is done behind the lock; what is left is done when it is opened.
#[tokio::test]
async fn the_lock_holds_it_up() {
    let (_house, operator, there, mut desk) = marked(false).await;
    press(&mut desk, KeyCode::Enter);
    operator.lock();
    let _ = tokio::time::timeout(Duration::from_millis(300), desk.settle()).await;
    assert_eq!(are_there(&there).await, [true, true, true]);
    assert!(desk.app.is_waiting() && desk.app.left().is_none());
    operator.unlock(Secret::new(PASSWORD.to_owned())).await.unwrap();
    desk.app.heard_the_bell();
    desk.settle().await;
    let picture = desk.picture(200, 24);
    assert!(picture.contains("sessions were ended; refused: admin ("), "{picture}");
    assert_eq!(are_there(&there).await, [false, false, false]);
}

/// Work that does one thing each time it is let.
struct Gated {
    begun: Begun,
    running: JoinHandle<Notice>,
    lets: mpsc::Sender<()>,
    done: Arc<Mutex<Vec<u32>>>,
}

fn gated(session: &Session) -> Gated {
    let (lets, let_in) = mpsc::channel(10);
    let let_in = Arc::new(tokio::sync::Mutex::new(let_in));
    let done = Arc::<Mutex<Vec<u32>>>::default();
    let told = Arc::clone(&done);
    let work = Work::over("Counting", (0..10).collect(), ["was counted", "were counted"], {
        move |session: Session, number: u32| {
            let (let_in, told) = (Arc::clone(&let_in), Arc::clone(&told));
            async move {
                let _ = let_in.lock().await.recv().await;
                session.verify().await?.overview().counts().await?;
                told.lock().unwrap().push(number);
                Ok(1)
            }
        }
    });
    let (begun, running) = work.begin(session.clone());
    Gated { begun, running: tokio::spawn(running), lets, done }
}

impl Gated {
    async fn go_on(&self, times: usize) {
        let before = self.begun.progress(tokio::time::Instant::now()).done;
        for _ in 0..times {
            self.lets.send(()).await.unwrap();
        }
        let done = async {
            while self.begun.progress(tokio::time::Instant::now()).done
                < before + u64::try_from(times).unwrap()
            {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(PATIENCE, done).await.expect("it goes on");
    }

    async fn ends(self) -> (String, Vec<u32>) {
        let notice = tokio::time::timeout(PATIENCE, self.running).await.expect("it ends").unwrap();
        let done = self.done.lock().unwrap().clone();
        (notice.words, done)
    }
}

#[tokio::test]
async fn what_was_done_before_a_stop_stays_done_and_is_counted() {
    let house = House::build().await;
    let work = gated(&house.admin().await);
    work.go_on(3).await;
    work.begun.stop();
    // One has been begun, and is finished.
    work.lets.send(()).await.unwrap();
    assert_eq!(work.ends().await, ("Stopped after 4 of 10: 4 were counted.".to_owned(), vec![0, 1, 2, 3]));
}

#[tokio::test]
async fn a_lock_in_the_middle_leaves_nothing_out() {
    let house = House::build().await;
    let session = house.admin().await;
    let work = gated(&session);
    work.go_on(4).await;
    session.lock();
    work.lets.send(()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(work.done.lock().unwrap().len(), 4);
    session.unlock(Secret::new(PASSWORD.to_owned())).await.unwrap();
    work.go_on(6).await;
    assert_eq!(work.ends().await, ("10 were counted.".to_owned(), (0..10).collect()));
}

#[tokio::test]
async fn work_that_is_stopped_behind_the_lock_names_nobody() {
    let house = House::build().await;
    let session = house.admin().await;
    let work = gated(&session);
    work.go_on(1).await;
    session.lock();
    work.lets.send(()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    work.begun.stop();
    work.lets.send(()).await.unwrap();
    assert_eq!(work.ends().await, ("Stopped after 1 of 10: 1 was counted.".to_owned(), vec![0]));
}

#[tokio::test]
async fn a_session_that_is_revoked_does_nothing_more() {
    let house = House::build().await;
    let operator = house.user("opal", "operator").await;
    let work = gated(&operator);
    work.go_on(2).await;
    let sessions = house.admin().await.verify().await.unwrap().sessions();
    sessions.revoke_user(&UserName::parse("opal").unwrap()).await.unwrap();
    work.lets.send(()).await.unwrap();
    let (_, done) = work.ends().await;
    assert_eq!(done, [0, 1]);
    assert!(matches!(operator.verify().await, Err(DalError::SessionEnded(_))));
}
