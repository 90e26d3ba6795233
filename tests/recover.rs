//! The way back in for whoever holds the machine.

use passholder::dal::{DalError, LoginError, Recovery};
use passholder::domain::policy::AccountDelays;
use passholder::domain::policy::Policy;
use passholder::domain::secret::Secret;
use passholder::domain::text::Line;

use crate::support::house::House;
use crate::support::person::Person;
use crate::support::program::{Program, run};
use crate::support::{PASSWORD, name, roomy};

/// Too many failures had closed the account to everybody who was not known; somebody had disabled it besides.
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_gets_in_again_whatever_closed_the_account() {
    let house = House::build().await;
    let other = house.user("other", "admin").await;
    let admin = house.admin().await;
    house.dal.set_policy(Policy {
        account_delays: AccountDelays { disable_after: 1, ..roomy().account_delays },
        ..roomy()
    });
    assert!(house.try_from("192.0.2.66", "admin", "wrong").await.is_err());
    let users = other.verify().await.unwrap().users();
    users.disable(&name("admin"), Line::parse("away").unwrap()).await.unwrap();
    let recovered = house.dal.recover(Recovery::Administrator(name("admin"))).await.unwrap();
    assert!(recovered.was_closed);
    assert!(matches!(admin.verify().await, Err(DalError::SessionEnded(_))), "what was open is over");
    assert_eq!(house.try_sign_in("admin", PASSWORD).await.err(), Some(LoginError::Denied));
    let session = house.try_from("192.0.2.67", "admin", recovered.code.expose()).await.unwrap();
    let users = session.verify().await.unwrap().users();
    assert!(matches!(users.enable(&name("other")).await, Err(DalError::MoreProof)));
    let account = session.verify().await.unwrap().account();
    account.choose_password(None, Secret::new("umbrella orchard tin 4".to_owned())).await.unwrap();
    let users = session.verify().await.unwrap().users();
    assert_eq!(users.get(&name("admin")).await.unwrap().row.state.word(), "enabled");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_administrate_is_not_recovered_and_the_way_out_is_named() {
    let house = House::build().await;
    house.user("alice", "operator").await;
    for nobody in ["alice", "bob"] {
        let refused = house.dal.recover(Recovery::Administrator(name(nobody))).await.unwrap_err().to_string();
        assert_eq!(
            refused,
            format!("{nobody} is no administrator; try --user admin (administrators: admin)")
        );
    }
    let refused = house.dal.recover(Recovery::NewAdministrator(name("rescue"))).await.unwrap_err();
    assert!(refused.to_string().starts_with("there is no need for another administrator; try --user admin"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_opens_the_door_for_an_hour() {
    let house = House::build().await;
    let recovered = house.dal.recover(Recovery::Administrator(name("admin"))).await.unwrap();
    assert_eq!(recovered.until, house.dal.now().after(house.dal.policy().reset_code_lifetime));
    house.clock.turn(house.dal.policy().reset_code_lifetime);
    assert_eq!(house.try_sign_in("admin", recovered.code.expose()).await.err(), Some(LoginError::Denied));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_recovers_only_while_no_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let at = data.to_str().unwrap();
    let nothing = run(&["recover", "--user", "admin", "--data", at]);
    assert_eq!(nothing.0, Some(1));
    assert!(nothing.2.contains("holds no Passholder data") && !data.exists(), "{}", nothing.2);
    let mut program = Program::start(&data, &[]);
    let running = run(&["recover", "--user", "admin", "--data", at]);
    assert_eq!((running.0, running.1.as_str()), (Some(1), ""));
    assert!(running.2.contains("in use by another Passholder"), "{}", running.2);
    assert_eq!(program.terminate(), Some(0));
    let (status, out, err) = run(&["recover", "--user", "admin", "--data", at]);
    assert_eq!((status, err.as_str()), (Some(0), ""));
    let code = out.lines().find_map(|line| line.strip_prefix("    ")).unwrap();
    assert!(run(&["recover", "--user", "nobody2", "--data", at]).2.contains("try --user admin"));
    assert_eq!(run(&["recover", "--data", at]).0, Some(2));
    assert_eq!(run(&["recover", "--user", "a b", "--data", at]).0, Some(2));
    let program = Program::start(&data, &[]);
    let admin = Person::sign_in(program.port, "admin", code).await.expect("the code opens the door");
    assert_eq!(admin.run("users list").await.status, 8, "the code is to be replaced first");
}
