//! The dashboard read line by line, over the wire, as somebody hears it who sees nothing.

use std::time::Duration;

use russh::ChannelMsg;
use tokio::time::timeout;

use crate::support::person::Person;
use crate::support::server::{TestServer, quick};
use crate::support::{PASSWORD, PATIENCE};

/// What is said on a channel, from the first word to the exit status.
pub struct Listener {
    channel: russh::Channel<russh::client::Msg>,
    pub said: String,
    /// Where the answer to the last line begins.
    since: usize,
    status: Option<u32>,
}

impl Listener {
    /// Opens a shell on a terminal that can do nothing.
    pub async fn on_a_dumb_terminal(person: &Person) -> Self {
        let channel = person.connection.channel_open_session().await.unwrap();
        channel.request_pty(true, "dumb", 40, 12, 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        Self { channel, said: String::new(), since: 0, status: None }
    }

    /// Asks for it line by line, on a terminal that could do more.
    pub async fn plain(person: &Person, asked: &str) -> Self {
        let channel = person.connection.channel_open_session().await.unwrap();
        channel.request_pty(true, "xterm-256color", 80, 24, 0, 0, &[]).await.unwrap();
        channel.exec(true, asked).await.unwrap();
        Self { channel, said: String::new(), since: 0, status: None }
    }

    /// Asks for it by name, with no terminal at all.
    pub async fn without_a_terminal(person: &Person) -> Self {
        let channel = person.connection.channel_open_session().await.unwrap();
        channel.exec(true, "dashboard").await.unwrap();
        Self { channel, said: String::new(), since: 0, status: None }
    }

    pub fn answer(&self) -> &str {
        &self.said[self.since..]
    }

    async fn take(&mut self) -> bool {
        match self.channel.wait().await {
            Some(ChannelMsg::Data { data }) => self.said.push_str(&String::from_utf8_lossy(&data)),
            Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
            Some(_) => {}
            None => return false,
        }
        true
    }

    /// Waits until the words have been said since the last line.
    pub async fn hear(&mut self, words: &str) {
        let _ =
            timeout(PATIENCE, async { while !self.answer().contains(words) && self.take().await {} }).await;
        assert!(self.answer().contains(words), "`{words}` was not said in\n{}", self.said);
    }

    /// Types a line, and waits until it was answered and this is asked for.
    pub async fn type_line(&mut self, line: &str, prompt: &str) {
        self.since = self.said.len();
        self.channel.data(format!("{line}\r").as_bytes()).await.unwrap();
        let end = format!("\n{prompt}: ");
        let heard = async { while !self.answer().ends_with(&end) && self.take().await {} };
        let _ = timeout(PATIENCE, heard).await;
        assert!(self.answer().ends_with(&end), "`{prompt}` was not asked for in\n{}", self.said);
    }

    pub async fn ended(&mut self) -> Option<u32> {
        timeout(PATIENCE, async { while self.take().await {} }).await.expect("the channel ends");
        // Nothing is drawn, and nothing that was said is written over.
        assert!(!self.said.contains('\x1b'), "{:?}", self.said);
        assert!(!self.said.chars().any(|c| ('\u{2500}'..'\u{25ff}').contains(&c)), "{}", self.said);
        self.status
    }
}

/// The question whether a form is thrown away still asked for its field, and whatever was typed threw it away.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_is_thrown_away_by_enter_and_by_no_other_word() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("\nHome: ").await;
    desk.type_line("users", "Users").await;
    desk.type_line("new user", "User name").await;
    desk.type_line("quinn", "Display name (empty: the user name)").await;
    desk.type_line("/esc", "Enter or esc").await;
    desk.hear("Throw away what you typed?").await;
    desk.type_line("auditor", "Enter or esc").await;
    desk.hear("Not understood.").await;
    desk.type_line("esc", "Display name (empty: the user name)").await;
    desk.hear("User name: quinn").await;
    desk.type_line("/esc", "Enter or esc").await;
    desk.type_line("enter", "Users").await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_read_and_one_is_made() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("Passholder. Home. Signed in as admin, admin. Type a key and Enter;").await;
    desk.hear("\nHome: ").await;
    assert!(desk.said.contains("\r\nYou\r\nUser: admin\r\n"), "{}", desk.said);
    assert!(desk.said.contains("\r\nBefore this session\r\nLast sign-in: "), "{}", desk.said);
    desk.type_line("users", "Users").await;
    assert!(
        desk.answer().starts_with("users\r\nUsers.\r\nAll users\r\nColumns: Name, "),
        "{}",
        desk.answer()
    );
    desk.hear("Selected: Name: admin; Display name: admin; Roles: admin; State: enabled").await;
    desk.type_line("new user", "User name").await;
    desk.hear("New user.").await;
    desk.type_line("Not a name", "Display name (empty: the user name)").await;
    desk.type_line("", "Roles; now member").await;
    desk.type_line("auditor", "User name; now Not a name").await;
    desk.hear("User name: This must be up to 32").await;
    desk.type_line("alice", "Display name (empty: the user name)").await;
    desk.type_line("Alice", "Roles; now auditor").await;
    desk.type_line("", "Enter or esc").await;
    desk.hear("One-time password of alice.").await;
    desk.hear("alice was created.").await;
    desk.type_line("", "Users").await;
    // What was read before is not read again.
    assert!(desk.answer().contains("Selected: Name: admin"), "{}", desk.answer());
    assert!(!desk.answer().contains("Columns"), "{}", desk.answer());
    desk.type_line("alice", "Users").await;
    desk.hear("Selected: Name: alice; Display name: Alice; Roles: auditor").await;
    assert!(!desk.answer().contains("Name: admin"), "{}", desk.answer());
    // The arrow key itself, without Enter.
    desk.since = desk.said.len();
    desk.channel.data(&b"\x1b[A"[..]).await.unwrap();
    desk.hear("Selected: Name: admin").await;
    desk.type_line("row 2", "Users").await;
    desk.hear("Selected: Name: alice").await;
    desk.type_line("nonsense", "Users").await;
    desk.hear("Not understood.").await;
    desk.type_line("keys", "Users").await;
    desk.hear("n: new user").await;
    desk.type_line("/al", "Users").await;
    desk.hear("1 row.").await;
    desk.channel.data(&b"quit\r"[..]).await.unwrap();
    assert_eq!(desk.ended().await, Some(0));
    assert!(desk.said.ends_with("Signed out.\r\n"), "{}", desk.said);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_heard_with_its_group_and_changed_line_by_line() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("\nHome: ").await;
    desk.type_line("policy", "Policy").await;
    desk.hear("Columns: Rule, What, Value, From.\r\nSessions\r\n").await;
    desk.hear("\r\nPasswords\r\n").await;
    desk.hear("Selected: Rule: lifetime; What: longest session; Value: 12h; From: as shipped").await;
    desk.type_line("change the rule", "New value; now 12h").await;
    desk.hear("It is 12h now, as shipped.").await;
    desk.type_line("2d", "New value; now 2d").await;
    desk.hear("must be a duration from 1min to 1d").await;
    desk.type_line("20h", "Enter or esc").await;
    desk.hear("From 12h to 20h, at once and for everybody.").await;
    desk.hear("This keeps out less than before.").await;
    desk.type_line("", "Policy").await;
    desk.hear("session.lifetime is 20h now.").await;
    desk.channel.data(&b"quit\r"[..]).await.unwrap();
    assert_eq!(desk.ended().await, Some(0));
    server.stop().await;
}

/// Somebody who has only ever heard of it finds the way by what is said: a user is made, comes, and is sent
/// away again.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_and_their_session_found_and_ended_line_by_line() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut his = Listener::on_a_dumb_terminal(&admin).await;
    his.hear("\nHome: ").await;
    his.type_line("users", "Users").await;
    his.type_line("new user", "User name").await;
    his.type_line("nadia", "Display name (empty: the user name)").await;
    his.type_line("", "Roles; now member").await;
    his.type_line("", "Enter or esc").await;
    his.hear("One-time password of nadia.").await;
    let said = his.answer().split("One-time password of nadia.").nth(1).unwrap().to_owned();
    let one_time = said.split_whitespace().next().unwrap().to_owned();
    let nadia = Person::sign_in(server.port, "nadia", &one_time).await.expect("the password that was said");
    let mut hers = Listener::on_a_dumb_terminal(&nadia).await;
    hers.hear("New password, not shown: ").await;
    hers.type_line(PASSWORD, "The same again, not shown").await;
    hers.type_line(PASSWORD, "Home").await;
    his.type_line("", "Users").await;
    his.type_line("sessions", "Sessions").await;
    his.type_line("nadia", "Sessions").await;
    his.hear("Selected: User: nadia").await;
    his.type_line("end", "Enter or esc").await;
    his.hear("End a session of nadia.").await;
    his.type_line("", "Sessions").await;
    his.hear("1 session was ended.").await;
    assert_eq!(hers.ended().await, Some(3));
    assert!(hers.said.trim_end().lines().last().unwrap().contains("admin"), "{}", hers.said);
    his.channel.data(&b"quit\r"[..]).await.unwrap();
    assert_eq!(his.ended().await, Some(0));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_ended_and_whoever_is_sent_away_hears_why() {
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut hers = Listener::on_a_dumb_terminal(&alice).await;
    hers.hear("\nHome: ").await;
    let admin = server.admin().await;
    let mut his = Listener::on_a_dumb_terminal(&admin).await;
    his.hear("\nHome: ").await;
    his.type_line("3", "Sessions").await;
    his.type_line("/alice", "Sessions").await;
    his.type_line("m", "Message").await;
    his.type_line("lunch is ready", "Sessions").await;
    his.hear("The message is on its way.").await;
    hers.hear("\r\nMessage from admin: lunch is ready\r\nHome: ").await;
    his.type_line("end this one", "Enter or esc").await;
    his.hear("End a session of alice.").await;
    his.type_line("", "Sessions").await;
    his.hear("1 session was ended.").await;
    assert_eq!(hers.ended().await, Some(3));
    assert!(hers.said.contains("admin"), "{}", hers.said);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_and_never_echoed() {
    const NEW: &str = "/lemon basket harbour 12 violin";
    let server = TestServer::start(quick()).await;
    server.user("alice", "member").await;
    let alice = Person::sign_in(server.port, "alice", PASSWORD).await.unwrap();
    let mut desk = Listener::on_a_dumb_terminal(&alice).await;
    desk.hear("\nHome: ").await;
    desk.type_line("account", "Account").await;
    desk.hear("Profile").await;
    desk.type_line("change password", "Current password, not shown").await;
    desk.type_line("wrong one", "New password, not shown").await;
    // A password may begin with a slash.
    let typed = format!("/{NEW}");
    desk.type_line(&typed, "The same again, not shown").await;
    desk.type_line(&typed, "Current password, filled in, not shown").await;
    desk.hear("Current password is not right.").await;
    desk.type_line(PASSWORD, "New password, filled in, not shown").await;
    desk.type_line("", "The same again, filled in, not shown").await;
    desk.type_line("", "Account").await;
    desk.hear("Your password was changed").await;
    assert!(!desk.answer().contains("Profile"), "{}", desk.answer());
    desk.channel.data(&b"\x03"[..]).await.unwrap();
    assert_eq!(desk.ended().await, Some(0));
    assert!(!desk.said.contains("lemon") && !desk.said.contains("heron"), "{}", desk.said);
    assert!(Person::sign_in(server.port, "alice", NEW).await.is_some());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_locked_out_hears_it_and_goes_on() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("\nHome: ").await;
    desk.type_line("users", "Users").await;
    desk.type_line("lock", "Password, not shown").await;
    desk.hear("Locked.").await;
    desk.type_line("wrong", "Password, not shown").await;
    desk.hear("is not right").await;
    desk.type_line(PASSWORD, "Users").await;
    desk.hear("Unlocked.").await;
    assert!(!desk.said.contains(PASSWORD) && !desk.said.contains("wrong"), "{}", desk.said);
    // Whoever types ahead shows no secret either.
    desk.type_line(&format!("lock\r{PASSWORD}\rkeys"), "Users").await;
    desk.hear("n: new user").await;
    assert!(!desk.said.contains(PASSWORD), "{}", desk.said);
    // Another screen of the session locks this one as well, and half a line is forgotten.
    desk.since = desk.said.len();
    desk.channel.data(&b"half a li"[..]).await.unwrap();
    desk.hear("half a li").await;
    let locks = admin.dashboard(80, 24).await;
    locks.channel.data(&b"L"[..]).await.unwrap();
    desk.hear("\nPassword, not shown: ").await;
    desk.type_line(PASSWORD, "Users").await;
    server.stop().await;
}

/// A question over a screen is all that is read of it, and Esc leads back to where one was.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_password_is_chosen_with_a_suggestion_and_a_question_is_left() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let made = admin.run("users create alice --role operator --json").await;
    let made: serde_json::Value = serde_json::from_str(&made.out).unwrap();
    let one_time = made["one_time_password"].as_str().unwrap();
    let alice = Person::sign_in(server.port, "alice", one_time).await.unwrap();
    let mut desk = Listener::on_a_dumb_terminal(&alice).await;
    desk.hear("Choose your own to go on.").await;
    desk.hear("New password, not shown: ").await;
    // Ctrl-G itself; what it suggests is meant to be read.
    desk.since = desk.said.len();
    desk.channel.data(&b"\x07"[..]).await.unwrap();
    desk.hear("New password; now ").await;
    desk.channel.data(&b"\r\r"[..]).await.unwrap();
    desk.hear("Home.").await;
    desk.hear("\nHome: ").await;
    desk.type_line("users", "Users").await;
    desk.type_line("reset password", "Enter or esc").await;
    desk.hear("Reset the password of admin.").await;
    assert!(!desk.answer().contains("Columns"), "{}", desk.answer());
    desk.type_line("esc", "Users").await;
    assert!(desk.answer().contains("Selected: Name: admin"), "{}", desk.answer());
    desk.type_line("read", "Users").await;
    desk.hear("Columns: Name, ").await;
    server.stop().await;
}

/// Nobody types until the session is over: each step of it is said once.
#[tokio::test(flavor = "multi_thread")]
async fn time_that_runs_out_is_told() {
    let mut config = quick();
    config.policy.admin_session_idle = Duration::from_secs(2);
    config.policy.session_lock_grace = Duration::from_secs(2);
    let server = TestServer::start(config).await;
    let admin = server.admin().await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("Nobody has typed for a while: this locks in").await;
    desk.hear("Locked.").await;
    assert_eq!(desk.ended().await, Some(3));
    assert_eq!(desk.said.matches("Nobody has typed").count(), 1, "{}", desk.said);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_lines_without_a_terminal_are_answered_in_turn_and_not_echoed() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut desk = Listener::without_a_terminal(&admin).await;
    desk.channel.data(&b"users\r\nn\r\nalice\r\n\r\n\r\n\r\n"[..]).await.unwrap();
    desk.channel.eof().await.unwrap();
    assert_eq!(desk.ended().await, Some(0));
    assert!(desk.said.contains("One-time password of alice."), "{}", desk.said);
    assert!(!desk.said.contains('\r') && desk.said.ends_with("Signed out.\n"), "{:?}", desk.said);
    let unknown = admin.run("dashboard --plane").await;
    assert_eq!(unknown.status, 2, "{}", unknown.err);
    server.stop().await;
}

/// The matrix is read as a table whose cells are words, and a role is made, changed and deleted by lines.
#[tokio::test(flavor = "multi_thread")]
async fn roles_are_read_and_made_by_lines() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut desk = Listener::on_a_dumb_terminal(&admin).await;
    desk.hear("\nHome: ").await;
    desk.type_line("roles", "Roles").await;
    desk.hear("Columns: Role, Held by, For, Limits.").await;
    desk.hear("Selected: Role: admin; Held by: 1; For: everything").await;
    desk.type_line("m", "Roles").await;
    desk.hear("Columns: Permission, admin, operator, auditor, member.").await;
    desk.hear("Selected: Permission: own-password; admin: yes; operator: yes").await;
    desk.type_line("manage-roles", "Roles").await;
    desk.hear("Selected: Permission: manage-roles; admin: yes").await;
    desk.type_line("open", "Roles").await;
    desk.hear("Through: admin: admin").await;
    desk.type_line("esc", "Roles").await;
    desk.type_line("esc", "Roles").await;
    desk.type_line("new role", "Name").await;
    desk.type_line("night", "What it is for").await;
    desk.type_line("night shift", "Permissions, with commas between").await;
    desk.type_line("read-users, fly", "How long a session may last, like 4h").await;
    desk.type_line("", "How long it may be left alone, like 10min").await;
    desk.type_line("10min", "Sessions at once").await;
    desk.type_line("", "Permissions, with commas between; now read-users, fly").await;
    desk.hear("There is no permission fly").await;
    desk.type_line("read-users", "How long a session may last, like 4h").await;
    desk.type_line("", "How long it may be left alone, like 10min; now 10min").await;
    desk.type_line("10min", "Sessions at once").await;
    desk.type_line("", "Roles").await;
    desk.hear("night was made.").await;
    desk.type_line("night", "Roles").await;
    desk.type_line("delete the role", "Enter or esc").await;
    desk.hear("Nobody holds it.").await;
    desk.type_line("enter", "Roles").await;
    desk.hear("night was deleted.").await;
    server.stop().await;
}
