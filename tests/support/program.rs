//! The program itself, as a process of its own.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running `passholder serve` or `demo`. Killed, by its own id, when it is dropped.
pub struct Program {
    child: Child,
    pub port: u16,
    /// What it said on stdout when it started.
    pub greeting: String,
}

impl Program {
    /// Starts on a folder, on a free port; waits until it listens.
    pub fn start(data: &Path, flags: &[&str]) -> Self {
        Self::listening(command(data).args(["--listen", "127.0.0.1:0"]).args(flags))
    }

    /// The same, with its log in a file.
    pub fn start_logged(data: &Path, flags: &[&str], log: &Path) -> Self {
        let log = File::create(log).unwrap();
        Self::listening(command(data).args(["--listen", "127.0.0.1:0"]).args(flags).stderr(log))
    }

    /// Starts a demo in a folder, on a free port; waits until it listens.
    pub fn demo(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_passholder"));
        command.args(["demo", "--listen", "127.0.0.1:0"]).current_dir(folder).env_clear();
        Self::listening(command.stdout(Stdio::piped()).stderr(Stdio::null()))
    }

    fn listening(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        // The greeting is written in one piece, and a pipe holds it in one.
        let mut buffer = [0; 4096];
        let length = child.stdout.as_mut().unwrap().read(&mut buffer).unwrap();
        let greeting = String::from_utf8(buffer[..length].to_vec()).unwrap();
        let first = greeting.lines().next().unwrap_or_default();
        assert!(first.starts_with("Passholder listens on "), "{greeting}");
        let port = first.rsplit(':').next().unwrap().parse().unwrap();
        Self { child, port, greeting }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and answers its exit status.
    pub fn terminate(&mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_raw(i32::try_from(self.id()).unwrap()).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_passholder"));
    command.arg("serve").arg("--data").arg(data).stdout(Stdio::piped()).stderr(Stdio::null());
    command.env_clear();
    command
}

/// Runs the program to its end; answers status, stdout and stderr.
pub fn run(args: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_passholder")).args(args).env_clear().output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Starts a server that is expected to refuse; answers what it says on stderr.
pub fn refusal(data: &Path) -> String {
    refusal_with(data, &["--listen", "127.0.0.1:0"])
}

/// The same, with other flags.
pub fn refusal_with(data: &Path, flags: &[&str]) -> String {
    let mut child = command(data).args(flags).stderr(Stdio::piped()).spawn().unwrap();
    let status = child.wait().unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    text
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
