//! The program itself, as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running `passholder serve`. Killed, by its own id, when it is dropped.
pub struct Program {
    child: Child,
    pub port: u16,
    /// What it said on stdout when it started.
    pub greeting: String,
}

impl Program {
    /// Starts on a folder, on a free port; waits until it listens.
    pub fn start(data: &Path, flags: &[&str]) -> Self {
        let mut child = command(data).args(["--listen", "127.0.0.1:0"]).args(flags).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        out.read_line(&mut greeting).unwrap();
        assert!(greeting.starts_with("Passholder listens on "), "{greeting}");
        let port = greeting.trim().rsplit(':').next().unwrap().parse().unwrap();
        if !data.join("seen").exists() && greeting_goes_on(data) {
            loop {
                let mut line = String::new();
                let read = out.read_line(&mut line).unwrap();
                greeting.push_str(&line);
                if read == 0 || line.contains("at the first sign-in") || line.contains("fingerprint") {
                    break;
                }
            }
            if flags.is_empty() {
                let mut line = String::new();
                while !line.contains("first sign-in") {
                    line.clear();
                    out.read_line(&mut line).unwrap();
                    greeting.push_str(&line);
                }
            }
        }
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

/// Whether this is a first start, which says more than one line.
fn greeting_goes_on(data: &Path) -> bool {
    !data.with_extension("started").exists() && std::fs::write(data.with_extension("started"), "").is_ok()
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
    let mut child = command(data).args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
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
