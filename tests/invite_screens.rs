//! Invites on the screen.

use std::time::Duration;

use passholder::dal::Session;
use passholder::dal::invites::NewInvite;
use passholder::tui::screens::Route;

use crate::invites::{house, list};
use crate::support::desk::Desk;
use crate::support::house::{House, new_invite};

/// On the screen nobody fills in a form that comes to nothing.
#[tokio::test(flavor = "multi_thread")]
async fn while_sign_up_is_closed_the_form_does_not_open() {
    let house = House::build().await;
    let mut desk = Desk::open(&house.admin().await);
    desk.settle().await;
    desk.go(Route::Invites).await;
    desk.press("n").await;
    let picture = desk.picture(80, 24);
    assert!(picture.contains("Sign-up is closed, so nobody could use an invite;"), "{picture}");
    assert!(!picture.contains("Invite somebody"), "{picture}");
}

/// A screen whose ids and codes, which are random, are always the same ones.
struct Pictures {
    desk: Desk,
    known: Vec<(String, String)>,
}

impl Pictures {
    async fn know(&mut self, session: &Session) {
        for row in list(session, true).await.iter().rev() {
            let id = row.id.to_string();
            if !self.known.iter().any(|(known, _)| *known == id) {
                self.known.push((id, format!("inviteno{:02}", self.known.len() + 1)));
            }
        }
    }

    fn snap(&mut self, name: &str) {
        for (columns, rows) in [(80, 24), (120, 40), (40, 12)] {
            let mut picture = self.desk.picture(columns, rows);
            for (id, instead) in &self.known {
                picture = picture.replace(id, instead);
                // Also one whose beginning was cut off; of less than four letters another one could be found.
                for cut in 1..id.len() - 3 {
                    picture = picture.replace(&format!("…{}", &id[cut..]), &format!("…{}", &instead[cut..]));
                }
            }
            insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), without_code(&picture));
        }
    }
}

/// The picture with a code that is always the same one.
fn without_code(picture: &str) -> String {
    let mut shown = picture.to_owned();
    let words: Vec<&str> = picture.split_whitespace().filter(|word| word.matches('-').count() == 6).collect();
    for word in words {
        shown = shown.replace(word, "k7mz-p4wq-hdx9-tneb-2vfr-8gcs-anmk");
    }
    shown
}

#[tokio::test(flavor = "multi_thread")]
async fn invites_look_like_this() {
    let house = house().await;
    let admin = house.admin().await;
    let mut pictures = Pictures { desk: Desk::open(&admin), known: Vec::new() };
    pictures.desk.settle().await;
    pictures.desk.go(Route::Invites).await;
    pictures.snap("invites_empty");
    pictures.desk.press("n").await;
    pictures.snap("invites_new");
    pictures.desk.press("\x15boss\tadmin\t99h\tmany\t\r").await;
    pictures.snap("invites_refused");
    pictures.desk.press("\x1b[A\x1b[A\x1b[A").await;
    pictures.desk.press("\x15member\t\x15sam\t\x158h\t\x151\tfor the lab\r").await;
    pictures.know(&admin).await;
    pictures.snap("invites_code");
    pictures.desk.press("y").await;
    assert!(pictures.desk.app.to_copy().is_some_and(|(what, _)| what == "the invite code"));
    pictures.desk.press("\r").await;

    house.clock.turn(Duration::from_mins(5));
    let used = house.make_invite(&admin, "auditor").await;
    let invited = house.redeem(used.code.expose()).await.unwrap();
    house.sign_up("tina", Some(&invited)).await.unwrap();
    house.clock.turn(Duration::from_mins(5));
    let taken_back = house.make_invite(&admin, "operator").await;
    admin.verify().await.unwrap().invites().revoke(&taken_back.id).await.unwrap();
    // Of those made at the same moment either may come first.
    house.clock.turn(Duration::from_secs(1));
    let thrice = NewInvite { uses: 3, lifetime: Some(Duration::from_mins(2)), ..new_invite("member") };
    admin.verify().await.unwrap().invites().create(thrice).await.unwrap();
    house.clock.turn(Duration::from_mins(3));
    pictures.know(&admin).await;
    pictures.desk.press("\x1b[15~").await;
    pictures.snap("invites_list");
    pictures.desk.press("/auditor\r").await;
    pictures.desk.press("\r").await;
    pictures.snap("invites_used");
    pictures.desk.press("x").await;
    pictures.snap("invites_not_revoked");
    for key in ["\x1b", "\x1b", "G", "\r"] {
        pictures.desk.press(key).await;
    }
    pictures.snap("invites_open");
    pictures.desk.press("x").await;
    pictures.snap("invites_revoke");
    pictures.desk.press("\r").await;
    pictures.snap("invites_revoked");

    // Who only reads them is offered nothing.
    let ada = house.user("ada", "auditor").await;
    let mut theirs = Pictures { desk: Desk::open(&ada), known: pictures.known };
    theirs.desk.settle().await;
    theirs.desk.go(Route::Invites).await;
    theirs.desk.press("n").await;
    theirs.snap("invites_auditor");
}
