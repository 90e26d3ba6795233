//! Invites: made, listed, used, and refused when they are worth nothing any more.

use std::time::Duration;

use passholder::config::Config;
use passholder::dal::invites::{InviteDetail, InviteQuery, InviteRow, InviteState, MadeInvite, NewInvite};
use passholder::dal::sign_up::{Field, SignUpError};
use passholder::dal::{DalError, Session};
use passholder::domain::name::UserName;
use passholder::domain::policy::{Policy, SignUp};
use passholder::domain::role::RoleName;
use passholder::domain::text::Line;

use crate::plain::Listener;
use crate::support::house::{House, new_invite};
use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, roomy};

pub fn policy() -> Policy {
    Policy { sign_up: SignUp::Invite, sign_ups_per_source: 1_000, sign_ups_per_hour: 1_000, ..roomy() }
}

pub fn config() -> Config {
    Config { policy: policy(), ..quick() }
}

pub async fn house() -> House {
    let house = House::build().await;
    house.dal.set_policy(policy());
    house
}

pub fn name(text: &str) -> UserName {
    UserName::parse(text).unwrap()
}

/// Makes an invite through the command; answers its id and its code.
pub async fn invite(admin: &Person, more: &str) -> (String, String) {
    let made = admin.run(&format!("invites create --role member --json {more}")).await;
    assert_eq!(made.status, 0, "{}", made.err);
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    (made["id"].as_str().unwrap().to_owned(), made["code"].as_str().unwrap().to_owned())
}

pub async fn detail(session: &Session, made: &MadeInvite) -> InviteDetail {
    session.verify().await.unwrap().invites().get(&made.id).await.unwrap()
}

pub async fn list(session: &Session, all: bool) -> Vec<InviteRow> {
    let query = InviteQuery { all, limit: 50, ..InviteQuery::default() };
    session.verify().await.unwrap().invites().list(query).await.unwrap().items
}

/// The main way: a command makes the code, `ssh invite@host` asks for it, the form makes the account.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_invited_makes_an_account() {
    let server = TestServer::start(config()).await;
    let admin = server.admin().await;
    let (id, code) = invite(&admin, "--note 'the new one'").await;
    let listed = admin.run("invites list").await;
    assert!(
        listed.out.contains(&id) && listed.out.contains("open") && listed.out.contains("0/1"),
        "{listed:?}"
    );
    assert!(!listed.out.contains(&code));

    // It is asked for as OpenSSH asks, and a pasted one may have capitals.
    assert!(Person::visit(server.port, "invite").await.is_none(), "no code, no form");
    let guest = Person::answer(server.port, "invite", &code.to_uppercase()).await.expect("a good code");
    let mut screen = guest.dashboard(80, 24).await;
    screen.see("You are invited").await;
    screen.press("kim\t\t").await;
    screen.choose(PASSWORD).await;
    screen.see("This session").await;
    screen.see("kim · member").await;

    let shown = admin.run(&format!("invites show {id}")).await;
    for words in ["used up", "1 of 1", "used by   kim", "the new one", "by        admin"] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    assert!(!admin.run("invites list").await.out.contains(&id), "only those that can be used");
    assert!(admin.run("invites list --all --json").await.out.contains(&id));
    // Once.
    assert!(Person::answer(server.port, "invite", &code).await.is_none());
    assert!(Person::visit(server.port, &format!("invite:{code}")).await.is_none());
    let refused = admin.run(&format!("invites revoke {id}")).await;
    assert!(refused.status == 6 && refused.err.contains("is used up already"), "{refused:?}");
    server.stop().await;
}

/// The name of the connection carries the code, and the invite the name of the account.
#[tokio::test(flavor = "multi_thread")]
async fn an_invite_that_names_somebody_makes_that_account() {
    let server = TestServer::start(config()).await;
    let admin = server.admin().await;
    let (id, code) = invite(&admin, "--name lena").await;
    let guest = Person::visit(server.port, &format!("invite:{code}")).await.expect("a good code");
    let mut desk = Listener::on_a_dumb_terminal(&guest).await;
    desk.hear("You are invited as lena.").await;
    desk.hear("\nDisplay name (empty: the user name): ").await;
    desk.type_line("Lena", "Password, not shown").await;
    desk.type_line(PASSWORD, "The same again, not shown").await;
    desk.type_line(PASSWORD, "Home").await;
    desk.hear("Signed in as lena, member.").await;
    assert!(Person::sign_in(server.port, "lena", PASSWORD).await.is_some());
    let (id, code) = {
        let revoked = admin.run(&format!("invites revoke {id}")).await;
        assert_eq!(revoked.status, 6);
        invite(&admin, "").await
    };
    assert_eq!(admin.run(&format!("invites revoke {id}")).await.status, 0);
    assert!(Person::visit(server.port, &format!("invite:{code}")).await.is_none());
    assert_eq!(admin.run("invites show aaaaaaaaaa").await.status, 5);
    assert_eq!(admin.run("invites show ../x").await.status, 5);
    server.stop().await;
}

/// Unknown, used up, expired and revoked: the same answer, and the audit trail tells them apart.
#[tokio::test(flavor = "multi_thread")]
async fn every_code_that_opens_nothing_is_refused_alike() {
    let house = house().await;
    let admin = house.admin().await;
    let (used, expired, revoked) = (
        house.make_invite(&admin, "member").await,
        house.make_invite(&admin, "member").await,
        house.make_invite(&admin, "member").await,
    );
    let invited = house.redeem(used.code.expose()).await.unwrap();
    house.sign_up("mia", Some(&invited)).await.unwrap();
    let again = house.sign_up("mio", Some(&invited)).await;
    assert!(matches!(again, Err(SignUpError::InviteVoid)), "a form that is still open");
    admin.verify().await.unwrap().invites().revoke(&revoked.id).await.unwrap();
    let late = house.redeem(expired.code.expose()).await.unwrap();
    house.clock.turn(Duration::from_hours(24));
    assert!(matches!(house.sign_up("mio", Some(&late)).await, Err(SignUpError::InviteVoid)));
    for code in
        [used.code.expose(), expired.code.expose(), revoked.code.expose(), "", "nonsense", &"x".repeat(9_999)]
    {
        assert!(matches!(house.redeem(code).await, Err(SignUpError::Denied)), "{code}");
    }
    let admin = house.admin().await;
    let states =
        [(&used, InviteState::UsedUp), (&expired, InviteState::Expired), (&revoked, InviteState::Revoked)];
    for (made, state) in states {
        assert_eq!(detail(&admin, made).await.row.state, state);
    }
    assert!(list(&admin, false).await.is_empty());
    assert_eq!(list(&admin, true).await.len(), 3);
    assert_eq!(detail(&admin, &revoked).await.revoked.unwrap().by, name("admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_an_invite_at_once_one_gets_in() {
    let house = house().await;
    let admin = house.admin().await;
    for round in 0..20 {
        let made = house.make_invite(&admin, "member").await;
        let invited = house.redeem(made.code.expose()).await.unwrap();
        let (one, two) = (format!("a{round}"), format!("b{round}"));
        let (a, b) = tokio::join!(house.sign_up(&one, Some(&invited)), house.sign_up(&two, Some(&invited)));
        assert!(a.is_ok() != b.is_ok(), "round {round}");
        let loser = if a.is_ok() { (b, &two) } else { (a, &one) };
        assert!(matches!(loser.0, Err(SignUpError::InviteVoid)));
        let users = admin.verify().await.unwrap().users();
        assert!(matches!(users.get(&name(loser.1)).await, Err(DalError::NotFound { .. })));
        assert_eq!(detail(&admin, &made).await.used_by.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_used_as_often_as_it_says() {
    let house = house().await;
    let admin = house.admin().await;
    let thrice = NewInvite { uses: 3, ..new_invite("member") };
    let made = admin.verify().await.unwrap().invites().create(thrice).await.unwrap();
    for number in 0..3 {
        let invited = house.redeem(made.code.expose()).await.unwrap();
        house.sign_up(&format!("guest{number}"), Some(&invited)).await.unwrap();
    }
    assert!(matches!(house.redeem(made.code.expose()).await, Err(SignUpError::Denied)));
    assert_eq!(detail(&admin, &made).await.row.used, 3);
}

/// An invite is its maker's word: it is worth what they may do when it is used.
#[tokio::test(flavor = "multi_thread")]
async fn an_invite_is_worth_what_its_maker_may_give_at_that_moment() {
    for fall in ["demoted", "disabled", "deleted", "kept"] {
        let house = house().await;
        let boss = house.user("boss", "admin").await;
        let made = house.make_invite(&boss, "auditor").await;
        let before = house.redeem(made.code.expose()).await.unwrap();
        let users = house.admin().await.verify().await.unwrap().users();
        match fall {
            "demoted" => drop(users.set_roles(&name("boss"), vec![RoleName::member()]).await.unwrap()),
            "disabled" => users.disable(&name("boss"), Line::parse("left").unwrap()).await.unwrap(),
            "deleted" => users.delete(&name("boss")).await.unwrap(),
            _ => {}
        }
        let (opened, finished) =
            (house.redeem(made.code.expose()).await, house.sign_up("nina", Some(&before)).await);
        if fall == "kept" {
            assert!(opened.is_ok());
            assert_eq!(finished.unwrap().claims().roles[0].as_str(), "auditor");
            continue;
        }
        // Whoever has the code is told to ask again, whether the form was open already or not.
        assert!(matches!(opened, Err(SignUpError::InviteVoid)), "{fall}");
        assert!(matches!(finished, Err(SignUpError::InviteVoid)), "{fall}");
        let users = house.admin().await.verify().await.unwrap().users();
        assert!(users.get(&name("nina")).await.is_err(), "{fall}");
        // The invite itself is as it was: who is promoted again may be taken at their word again.
        let row = detail(&house.admin().await, &made).await.row;
        assert_eq!((row.state, row.used, row.by), (InviteState::Open, 0, name("boss")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_invites_to_more_than_they_may_give() {
    let house = house().await;
    for role in ["operator", "auditor", "member"] {
        let somebody = house.user(&format!("the-{role}"), role).await;
        let refused = somebody.verify().await.unwrap().invites().create(new_invite("member")).await;
        assert!(matches!(refused, Err(DalError::Forbidden { .. })), "{role}: {refused:?}");
    }
    let admin = house.admin().await;
    let create = |new: NewInvite| {
        let admin = admin.clone();
        async move { admin.verify().await.unwrap().invites().create(new).await }
    };
    let refused = |result: Result<MadeInvite, DalError>| result.unwrap_err().to_string();
    let hours = |hours| Some(Duration::from_hours(hours));
    let long = NewInvite { lifetime: hours(25), ..new_invite("member") };
    assert_eq!(refused(create(long).await), "expires can be in 24 h at most, by the policy");
    let short = NewInvite { lifetime: Some(Duration::from_secs(5)), ..new_invite("member") };
    assert_eq!(refused(create(short).await), "expires must be in 1 min at least");
    let often = NewInvite { uses: 101, ..new_invite("member") };
    assert_eq!(refused(create(often).await), "uses must be 1 to 100");
    let twice = NewInvite { uses: 2, name: Some(name("olga")), ..new_invite("member") };
    assert_eq!(refused(create(twice).await), "uses must be 1 for an invite that names somebody");
    let taken = NewInvite { name: Some(name("the-member")), ..new_invite("member") };
    assert_eq!(refused(create(taken).await), "the name the-member is taken");
    assert_eq!(refused(create(new_invite("boss")).await), "there is no role named boss; see `roles list`");
    let none = NewInvite { roles: Vec::new(), ..new_invite("member") };
    assert_eq!(refused(create(none).await), "roles must name at least one role");
}

/// As it ships sign-up is closed, and an invite would open nothing: the error says what would.
#[tokio::test(flavor = "multi_thread")]
async fn while_sign_up_is_closed_nobody_is_invited_and_the_way_out_is_named() {
    let server = TestServer::start(quick()).await;
    let refused = server.admin().await.run("invites create --role member").await;
    assert_eq!((refused.status, refused.out.as_str()), (6, ""));
    assert!(refused.err.contains("policy set accounts.sign_up invite"), "{}", refused.err);
    server.stop().await;
    // And one that was made before opens nothing meanwhile.
    let house = house().await;
    let made = house.make_invite(&house.admin().await, "member").await;
    let invited = house.redeem(made.code.expose()).await.unwrap();
    house.dal.set_policy(Policy { sign_up: SignUp::Closed, ..policy() });
    assert!(matches!(house.redeem(made.code.expose()).await, Err(SignUpError::Closed)));
    assert!(matches!(house.sign_up("pia", Some(&invited)).await, Err(SignUpError::Closed)));
    house.dal.set_policy(Policy { sign_up: SignUp::Open, ..policy() });
    house.sign_up("pia", Some(&invited)).await.unwrap();
}

/// The name that an invite promises may be gone when it is used.
#[tokio::test(flavor = "multi_thread")]
async fn a_promised_name_that_somebody_took_makes_no_account() {
    let house = house().await;
    let named = NewInvite { name: Some(name("quinn")), ..new_invite("member") };
    let admin = house.admin().await;
    let made = admin.verify().await.unwrap().invites().create(named).await.unwrap();
    let invited = house.redeem(made.code.expose()).await.unwrap();
    house.invite("quinn", "member").await;
    // What is typed as a name is not looked at.
    let Err(SignUpError::Fields(wrong)) = house.sign_up("other", Some(&invited)).await else {
        panic!("got in")
    };
    assert_eq!(wrong, [(Field::Name, "this name cannot be used".to_owned())]);
    assert_eq!(detail(&admin, &made).await.row.used, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn invites_are_found_by_what_a_row_shows_and_forgotten_a_month_after_their_time() {
    let house = house().await;
    let admin = house.admin().await;
    for (role, note) in [("member", "for the lab"), ("auditor", "yearly visit"), ("member", "")] {
        let new = NewInvite { note: Line::parse(note).ok(), ..new_invite(role) };
        admin.verify().await.unwrap().invites().create(new).await.unwrap();
        house.clock.turn(Duration::from_secs(1));
    }
    let found = |filter: &str| {
        let query = InviteQuery { filter: filter.to_owned(), limit: 2, ..InviteQuery::default() };
        let admin = admin.clone();
        async move { admin.verify().await.unwrap().invites().list(query).await.unwrap() }
    };
    for (filter, count) in [("LAB", 1), ("auditor", 1), ("visit", 1), ("nobody", 0), ("open", 2)] {
        assert_eq!(found(filter).await.items.len(), count, "{filter}");
    }
    // The newest first, page by page.
    let first = found("").await;
    assert!(first.items[0].note.is_none() && first.items[0].created > first.items[1].created);
    let query = InviteQuery { after: first.next, limit: 2, ..InviteQuery::default() };
    let second = admin.verify().await.unwrap().invites().list(query).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    assert_eq!(second.items[0].note.as_ref().unwrap().as_str(), "for the lab");

    house.clock.turn(Duration::from_hours(24 * 30));
    assert_eq!(house.dal.purge_expired_invites(house.dal.now()).await.unwrap(), 0);
    assert_eq!(list(&house.admin().await, true).await.len(), 3);
    house.clock.turn(Duration::from_hours(24));
    assert_eq!(house.dal.purge_expired_invites(house.dal.now()).await.unwrap(), 3);
    assert!(list(&house.admin().await, true).await.is_empty());
    assert_eq!(house.dal.purge_expired_invites(house.dal.now()).await.unwrap(), 0);
}
