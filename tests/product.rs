//! The main job, end to end: sign in, see one's dashboard, manage users.

use std::time::Duration;

use crate::support::PASSWORD;
use crate::support::person::Person;
use crate::support::program::{Program, refusal, refusal_with, run};
use crate::support::server::{TestServer, quick};

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_makes_users_and_they_see_what_their_role_lets_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut program = Program::start(&data, &[]);
    assert!(program.greeting.contains(&format!("ssh -p {} admin@127.0.0.1", program.port)));
    assert!(program.greeting.contains("SHA256:"));
    let one_time = one_time_password(&program.greeting);

    // Until it is replaced, the one-time password opens one screen and no command.
    let admin = Person::sign_in(program.port, "admin", &one_time).await.unwrap();
    let refused = admin.run("users list").await;
    assert_eq!((refused.status, refused.out.as_str()), (8, ""));
    assert!(refused.err.contains("choose a password first"), "{}", refused.err);
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("Choose your own to go on").await;
    assert!(!screen.text().contains("Users"));
    screen.choose(&one_time).await;
    screen.see("is the current one").await;
    screen.press("\x15\t\x15\t").await;
    screen.choose(PASSWORD).await;
    screen.see("This session").await;
    screen.see("2 Users").await;

    // Two users, made on the screen.
    screen.press("2").await;
    screen.see("Last sign-in").await;
    let alice_first = create(&mut screen, "alice", "member").await;
    let ada_first = create(&mut screen, "ada", "auditor").await;

    // Each replaces the one-time password, and sees what the role allows.
    let alice = Person::sign_in(program.port, "alice", &alice_first).await.unwrap();
    let mut hers = alice.dashboard(80, 24).await;
    hers.see("Choose your own to go on").await;
    hers.choose(PASSWORD).await;
    hers.see("3 Account").await;
    assert!(!hers.text().contains("Users"), "{}", hers.text());
    let ada = Person::answer(program.port, "ada", &ada_first).await.unwrap();
    let mut adas = ada.dashboard(120, 40).await;
    adas.see("Choose your own to go on").await;
    adas.choose(PASSWORD).await;
    adas.see("Failed in 24 h").await;
    adas.press("2").await;
    adas.see("alice").await;
    adas.press("nedx").await;
    adas.rest(Duration::from_millis(200)).await;
    assert!(!adas.text().contains("New user") && !adas.text().contains("Delete"), "{}", adas.text());
    let refused = ada.run("users disable alice --reason no").await;
    assert_eq!((refused.status, refused.out.as_str()), (4, ""));

    // Disabling alice closes her screen, and tells her why.
    let disabled = admin.run("users disable alice --reason 'left the team'").await;
    assert_eq!(disabled.status, 0, "{}", disabled.err);
    assert_eq!(hers.ended().await, Some(3));
    assert!(hers.text().contains("Your account was disabled by admin: left the team"), "{}", hers.text());
    assert!(!hers.parser.screen().alternate_screen() && !hers.parser.screen().hide_cursor());
    assert!(Person::sign_in(program.port, "alice", PASSWORD).await.is_none());

    // SIGTERM tells the open screens, and ends well.
    let status = tokio::task::spawn_blocking(move || program.terminate());
    assert_eq!(screen.ended().await, Some(7));
    assert!(screen.text().contains("The server is shutting down."), "{}", screen.text());
    assert_eq!(status.await.unwrap(), Some(0));
}

/// A client that keeps its connection for the next command held a stop up, which then looked like a crash.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_a_channel_holds_up_no_stop() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("data"), folder.path().join("log"));
    let mut program = Program::start_logged(&data, &["--log", "info"], &log);
    let one_time = one_time_password(&program.greeting);
    let kept = Person::sign_in(program.port, "admin", &one_time).await.unwrap();
    assert_eq!(program.terminate(), Some(0));
    let written = std::fs::read_to_string(&log).unwrap();
    assert!(written.contains("stopped") && !written.contains("cut off"), "{written}");
    drop(kept);
    let log = folder.path().join("log of the second start");
    let mut program = Program::start_logged(&data, &["--log", "info"], &log);
    assert_eq!(program.terminate(), Some(0));
    let written = std::fs::read_to_string(&log).unwrap();
    assert!(!written.contains("sudden"), "{written}");
}

fn one_time_password(greeting: &str) -> String {
    let line = greeting.lines().find(|line| line.contains("one-time password")).expect(greeting);
    line.split_whitespace().last().unwrap().to_owned()
}

/// Creates a user on the Users screen; answers the password that is shown.
async fn create(screen: &mut crate::support::person::Screen, name: &str, role: &str) -> String {
    screen.press("n").await;
    screen.see("New user").await;
    screen.press(name).await;
    screen.press("\t\t\x15").await;
    screen.press(role).await;
    screen.press("\r").await;
    screen.see(&format!("One-time password of {name}")).await;
    let text = screen.text();
    let mut after =
        text.lines().skip_while(|line| !line.contains(&format!("One-time password of {name}"))).skip(1);
    let password = after
        .find_map(|line| {
            let word = line.trim_matches(|c: char| c.is_whitespace() || c == '│').trim();
            (word.len() >= 20 && word.contains('-')).then(|| word.to_owned())
        })
        .expect(&text);
    screen.press("\r").await;
    screen.lose("One-time password of").await;
    password
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_change_survives_kill_9() {
    const ROUNDS: usize = 25;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let file = folder.path().join("password");
    write_secret(&file, 0o600);
    let flags = ["--admin-password-file", file.to_str().unwrap()];
    let mut expected: Vec<(String, &str)> = Vec::new();
    for round in 0..=ROUNDS {
        let mut program = Program::start(&data, &flags);
        let admin = Person::sign_in(program.port, "admin", PASSWORD).await.unwrap();
        let listed = admin.run("users list --json").await;
        let listed: Vec<serde_json::Value> = serde_json::from_str(&listed.out).unwrap();
        for (name, state) in &expected {
            let user =
                listed.iter().find(|user| user["name"] == **name).unwrap_or_else(|| panic!("{name} is lost"));
            assert_eq!(user["state"], *state, "{name}");
        }
        assert_eq!(listed.len(), expected.len() + 1);
        if round == ROUNDS {
            break;
        }
        // Every third round takes something back, so that both ways are seen.
        let name = format!("user{round}");
        let made = admin.run(&format!("users create {name} --role member")).await;
        assert_eq!(made.status, 0, "{}", made.err);
        let mut state = "pending";
        if round % 3 == 1 {
            let disabled = admin.run(&format!("users disable {name} --reason test")).await;
            assert_eq!(disabled.status, 0, "{}", disabled.err);
            state = "disabled";
        }
        program.kill();
        expected.push((name, state));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_says_where_it_listens_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Program::start(&data, &[]));
    let second = Program::start(&data, &[]);
    assert_eq!(second.greeting, format!("Passholder listens on 127.0.0.1:{}\n", second.port));
    let third = refusal(&data);
    assert!(third.starts_with("passholder: ") && third.contains("in use by another Passholder"), "{third}");
    assert_eq!(third.lines().count(), 1);
}

/// A file with [`PASSWORD`] in it.
fn write_secret(file: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(file, PASSWORD).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A start that failed because its port was taken left a new folder behind. Nothing is made before there is
/// a port.
#[test]
fn a_start_without_a_port_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let refused = refusal_with(&data, &["--listen", &listen]);
    assert!(refused.contains("choose another address with --listen"), "{refused}");
    assert!(!data.exists());
}

/// A password that everybody on the machine can read was taken without a word.
#[test]
fn a_password_file_that_others_can_read_is_refused_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("password"));
    let flags = ["--listen", "127.0.0.1:0", "--admin-password-file", file.to_str().unwrap()];
    write_secret(&file, 0o644);
    let loose = refusal_with(&data, &flags);
    let way_out = format!("(mode 644); run: chmod 600 {}", file.display());
    assert!(loose.contains(&way_out) && loose.lines().count() == 1, "{loose}");
    write_secret(&file, 0o600);
    assert!(Program::start(&data, &flags[2..]).greeting.contains("the one in the file"));
}

#[test]
fn a_folder_that_is_not_safe_is_refused_with_the_way_out() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Program::start(&data, &[]));
    let key = data.join("host_key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let loose = refusal(&data);
    assert!(loose.contains("chmod -R go= ") && loose.lines().count() == 1, "{loose}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::rename(&key, folder.path().join("elsewhere")).unwrap();
    let missing = refusal(&data);
    assert!(
        missing.contains("is missing although there are users") && missing.lines().count() == 1,
        "{missing}"
    );
    // The way out that it names leads to a start, where the tool for it is installed.
    let (_, cure) = missing.trim_end().split_once("run: ").unwrap();
    if std::process::Command::new("ssh-keygen").arg("-?").output().is_ok() {
        let done =
            std::process::Command::new("sh").args(["-c", &format!("umask 022; {cure}")]).output().unwrap();
        assert!(done.status.success(), "{cure}");
        drop(Program::start(&data, &[]));
    }
    std::fs::rename(folder.path().join("elsewhere"), &key).unwrap();
    std::fs::remove_dir_all(data.join("store")).unwrap();
    let empty = refusal(&data);
    assert!(empty.contains("opens empty although it was set up") && empty.lines().count() == 1, "{empty}");
}

/// What was wrong with a configuration that was read again stood in one line of the log, joined by a `\\x0a`.
/// Each thing has a line of its own.
#[test]
fn what_is_wrong_with_a_configuration_read_again_is_a_line_each() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("passholder.toml"), folder.path().join("log"));
    std::fs::write(&file, "").unwrap();
    let mut program =
        Program::start_logged(&folder.path().join("data"), &["--config", file.to_str().unwrap()], &log);
    std::fs::write(&file, "colour = 1\n[ssh]\nchannels = 0\n").unwrap();
    let id = rustix::process::Pid::from_raw(i32::try_from(program.id()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::HUP).unwrap();
    let started = std::time::Instant::now();
    let lines = loop {
        let text = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<_> = text
            .lines()
            .filter(|line| line.contains("configuration not changed"))
            .map(str::to_owned)
            .collect();
        if lines.len() == 2 {
            break lines;
        }
        assert!(started.elapsed() < crate::support::PATIENCE, "{text}");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(lines[0].contains("colour") && lines[1].contains("ssh.channels"), "{lines:?}");
    assert!(!lines.concat().contains("\\x0a"), "{lines:?}");
    program.kill();
}

#[test]
fn the_program_explains_itself() {
    let (status, out, _) = run(&["--help"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("serve") && out.contains("check-config"), "{out}");
    assert_eq!(run(&["help"]), (Some(0), out, String::new()));
    let (status, out, _) = run(&["help", "fsck"]);
    assert!(status == Some(0) && out.contains("Check that the data agree"), "{out}");
    let (status, out, _) = run(&["check-config"]);
    assert_eq!(status, Some(0));
    assert!(out.contains("127.0.0.1:2222") && out.contains("default"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_are_taken_away_take_their_screens_along() {
    let server = TestServer::start(quick()).await;
    server.user("ada", "auditor").await;
    let ada = Person::sign_in(server.port, "ada", PASSWORD).await.unwrap();
    let mut hers = ada.dashboard(80, 24).await;
    hers.see("2 Users").await;
    hers.press("2").await;
    hers.see("admin").await;
    let admin = server.admin().await;
    let mut his = admin.dashboard(80, 24).await;
    his.press("2").await;
    his.see("ada").await;
    his.press("r").await;
    his.see("Roles of ada").await;
    his.press("\x15member\r").await;
    his.see("ada is member now").await;
    hers.see("Your roles have changed").await;
    assert!(!hers.text().contains("Users"), "{}", hers.text());
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resize_redraws_and_an_idle_screen_sends_nothing() {
    let server = TestServer::start(quick()).await;
    let admin = server.admin().await;
    let mut screen = admin.dashboard(80, 24).await;
    screen.see("This session").await;
    screen.resize(30, 10).await;
    screen.see("Enlarge the window").await;
    screen.resize(100, 30).await;
    screen.see("This session").await;
    screen.quiet().await;
    let before = screen.bytes;
    screen.rest(Duration::from_secs(2)).await;
    assert_eq!(screen.bytes, before);
    screen.press("q").await;
    assert_eq!(screen.ended().await, Some(0));
    server.stop().await;
}
