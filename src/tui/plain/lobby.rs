//! The form of somebody who makes an account, asked for line by line.

use crossterm::event::KeyCode;
use tokio::time::{Instant, sleep_until};

use crate::tui::input::{Decoder, ESCAPE_SILENCE, Input};
use crate::tui::lobby::{Lobby, Out, Patience, Silence, Stranger};
use crate::tui::words::plain as say;
use crate::tui::{Io, Left};

use super::line::{LineEditor, Typed};
use super::meaning::{self, Meant, control};
use super::voice::Voice;

/// Asks a stranger until they have an account or leave, at the latest when their time is up or they have
/// pressed no key for too long.
///
/// On a terminal only: without one a password would be shown by whatever shows what is typed.
pub async fn run(stranger: Stranger, io: &mut Io, patience: Patience) -> Out {
    let mut silence = Silence::new(patience);
    let mut asking = Asking::new(Lobby::new(stranger, io.profile.clone()));
    let mut decoder = Decoder::new();
    let mut typed = Vec::new();
    let mut heard = Instant::now();
    let out = loop {
        asking.go_on();
        if let Some(out) = asking.lobby.out() {
            break out;
        }
        tokio::select! {
            () = io.stopping.cancelled() => break Out::Left(Left::ServerStopping),
            out = silence.speaks() => match out {
                Some(out) => break out,
                None => asking.warn(),
            },
            // Whoever does not take what is said is not listened to either.
            bytes = io.input.recv(), if asking.voice.is_silent() => match bytes {
                Some(bytes) => {
                    heard = Instant::now();
                    decoder.feed(&bytes, &mut typed);
                }
                None => break Out::Left(Left::NotSignedUp),
            },
            () = sleep_until(heard + ESCAPE_SILENCE), if decoder.is_waiting() => decoder.flush(&mut typed),
            () = asking.lobby.looked_at(), if asking.lobby.is_waiting() => {}
            changed = io.size.changed() => if changed.is_err() { break Out::Left(Left::NotSignedUp) },
            slot = io.output.reserve(), if !asking.voice.is_silent() => match slot {
                Ok(slot) => slot.send(asking.voice.take()),
                Err(_) => break Out::Left(Left::NotSignedUp),
            },
        }
        silence.hear(&typed);
        asking.typed.extend(typed.drain(..));
    };
    asking.voice.end_prompt();
    if !asking.voice.is_silent() {
        // If this fails there is nobody to hear it.
        let _ = io.output.send(asking.voice.take()).await;
    }
    out
}

/// The questions, and what was answered.
struct Asking {
    lobby: Lobby,
    editor: LineEditor,
    voice: Voice,
    /// What was typed and not looked at yet.
    typed: std::collections::VecDeque<Input>,
}

impl Asking {
    fn new(lobby: Lobby) -> Self {
        let mut voice = Voice::new(true);
        voice.say(&say::sign_up(&lobby.stranger().words()));
        voice.say(say::HOW_TYPING);
        Self { lobby, editor: LineEditor::new(true), voice, typed: std::collections::VecDeque::new() }
    }

    /// Does everything that can be done without waiting.
    fn go_on(&mut self) {
        loop {
            if self.lobby.is_waiting() || self.lobby.is_over() {
                return;
            }
            self.say_what_came();
            // Also whoever types ahead is asked first: it might be for a secret.
            if !self.voice.is_ready() {
                self.ask();
            }
            let Some(input) = self.typed.pop_front() else { return };
            self.take(&input);
        }
    }

    /// Below the question, which is asked again.
    fn warn(&mut self) {
        self.lobby.warn();
        self.voice.end_prompt();
    }

    /// What a look at what was typed has found.
    fn say_what_came(&mut self) {
        if let Some(notice) = self.lobby.take_notice() {
            self.voice.say(&notice.words);
        }
        if let Some((label, why)) = self.error() {
            if self.voice.is_ready() {
                return;
            }
            self.voice.say(&say::title(&say::wrong(label, &why)));
        }
    }

    fn error(&self) -> Option<(&'static str, String)> {
        let (label, field) = self.lobby.form().field()?;
        Some((label, field.error()?.to_owned()))
    }

    fn ask(&mut self) {
        let Some((label, field)) = self.lobby.form().field() else { return };
        self.editor.is_secret = field.is_secret();
        let prompt = say::field_prompt(label, field.value(), field.is_secret());
        self.voice.ask(&prompt, "");
    }

    fn take(&mut self, input: &Input) {
        match self.editor.take(input, self.voice.echo()) {
            Typed::Nothing => {}
            Typed::Quit => self.press(&control('c')),
            Typed::Line(line) => {
                self.voice.entered();
                self.obey(&line);
            }
            Typed::Key(key) => {
                self.voice.end_prompt();
                self.press(&key);
            }
        }
    }

    fn obey(&mut self, line: &str) {
        if line.trim() == "/suggest" {
            return self.suggest();
        }
        match meaning::in_field(line) {
            Meant::Text(text) => self.enter(&text),
            // What is there already, or nothing: an empty field is judged like any other.
            Meant::Press(Input::Key(key)) if key.code == KeyCode::Enter => {
                let before = self.lobby.form().field().map(|(_, field)| field.value().to_owned());
                self.enter(&before.unwrap_or_default());
            }
            Meant::Press(Input::Key(key)) if key.code == KeyCode::Esc => {
                self.press(&meaning::press(KeyCode::Up));
            }
            Meant::Press(input) => self.press(&input),
            Meant::Clear => self.press(&control('u')),
            Meant::Quit => self.press(&control('c')),
            Meant::Keys | Meant::Read => say::IN_SIGN_UP.iter().for_each(|line| self.voice.say(line)),
            // It might be a secret: it is not repeated.
            Meant::Nothing | Meant::Search(_) | Meant::Screen(_) | Meant::Row(_) => {
                self.voice.say(say::NOT_UNDERSTOOD_SIGN_UP);
            }
        }
    }

    fn press(&mut self, input: &Input) {
        self.voice.end_prompt();
        self.lobby.take(input);
    }

    fn enter(&mut self, text: &str) {
        self.lobby.enter(text);
        if self.lobby.is_waiting() {
            self.voice.say(say::WORKING);
        }
    }

    /// Reads a passphrase out, which is taken with the lines that follow.
    fn suggest(&mut self) {
        self.lobby.suggest();
        let phrase = self.lobby.form().suggested().to_owned();
        self.voice.say(&say::suggested(&phrase));
    }
}
