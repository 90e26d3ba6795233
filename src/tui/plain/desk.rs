//! One person's dashboard as it is read to them: turns, the prompt, and what happens by itself.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use crossterm::event::KeyCode;
use tokio::time::Instant;

use crate::domain::time;
use crate::tui::app::App;
use crate::tui::app::reading::Deadline;
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::screens::Route;
use crate::tui::words;
use crate::tui::words::plain as say;
use crate::tui::{Left, canvas};

use super::heard::{self, Heard};
use super::line::{LineEditor, Typed};
use super::meaning::{self, Meant, Names, control, press};
use super::sheet::{MARKS, SIZE, Sheet, spoken};
use super::voice::Voice;

/// How long an answer is waited for before what is there is read.
const PATIENCE: Duration = Duration::from_secs(2);

/// Long enough that nothing waits for it.
const NEVER: Duration = Duration::from_hours(24);

/// Seconds before the end of something that are worth an interruption.
const STEPS: [u64; 4] = [300, 60, 30, 10];

pub struct Desk {
    pub app: App,
    editor: LineEditor,
    heard: Heard,
    sheet: Sheet,
    /// What was typed and not looked at yet: a line waits until the one before it was answered.
    typed: VecDeque<Input>,
    is_at_end: bool,
    /// Until when the answer to the last line is waited for; `None` while the next one is.
    turn: Option<Instant>,
    /// Something was still on its way when it was read.
    is_late: bool,
    known: Known,
    voice: Voice,
    /// What the last line was asked for with.
    prompt: String,
    left: Option<Left>,
}

/// What the person was told of that happens by itself.
struct Known {
    route: Option<Route>,
    is_locked: bool,
    notice: Option<Notice>,
    stranger: Option<String>,
    deadline: Option<(Deadline, usize)>,
}

impl Desk {
    pub fn new(app: App, has_terminal: bool) -> Self {
        let known = Known { route: None, is_locked: false, notice: None, stranger: None, deadline: None };
        let mut desk = Self {
            app,
            editor: LineEditor::new(has_terminal),
            heard: Heard::default(),
            sheet: Sheet::default(),
            typed: VecDeque::new(),
            is_at_end: false,
            turn: None,
            is_late: false,
            known,
            voice: Voice::new(has_terminal),
            prompt: String::new(),
            left: None,
        };
        desk.begin_turn();
        desk
    }

    /// Does everything that can be done without waiting.
    pub fn go_on(&mut self) {
        while self.left.is_none() {
            self.left = self.app.left();
            if self.left.is_some() {
                return;
            }
            self.tell_news();
            match self.turn {
                Some(until) if self.app.is_waiting() && Instant::now() < until => return,
                Some(_) => self.end_turn(),
                None if self.voice.has_said_enough() => return,
                None => match self.typed.pop_front() {
                    Some(input) => {
                        // Also whoever types ahead is asked first: it might be for a secret.
                        if !self.voice.is_ready() {
                            self.say_prompt();
                        }
                        self.take(&input);
                    }
                    None => break,
                },
            }
        }
        if self.is_at_end && self.left.is_none() {
            self.left = Some(Left::SignedOut);
        }
        if !self.voice.is_at_prompt() && self.left.is_none() {
            self.say_prompt();
        }
    }

    pub fn left(&mut self) -> Option<Left> {
        self.left.take()
    }

    /// When to go on at the latest.
    pub fn settles(&self) -> Instant {
        self.turn.unwrap_or_else(|| Instant::now() + NEVER)
    }

    pub fn listens(&self) -> bool {
        self.voice.is_silent() && !self.is_at_end
    }

    pub fn no_more_input(&mut self) {
        self.is_at_end = true;
    }

    pub fn type_in(&mut self, typed: impl Iterator<Item = Input>) {
        self.typed.extend(typed);
    }

    pub fn has_something_to_say(&self) -> bool {
        !self.voice.is_silent()
    }

    pub fn said(&mut self) -> Bytes {
        self.voice.take()
    }

    /// Leaves a line that the last words can begin on.
    pub fn close(&mut self) {
        self.voice.end_prompt();
    }

    fn begin_turn(&mut self) {
        self.turn = Some(Instant::now() + PATIENCE);
    }

    /// Takes one input while nothing is waited for.
    fn take(&mut self, input: &Input) {
        match self.editor.take(input, self.voice.echo()) {
            Typed::Nothing => return,
            Typed::Quit => {
                self.voice.end_prompt();
                self.press(&control('c'));
                return;
            }
            Typed::Line(line) => {
                self.voice.entered();
                self.obey(&line);
            }
            Typed::Key(key) => {
                self.voice.end_prompt();
                self.voice.entered();
                self.known.notice = None;
                self.press(&key);
            }
        }
        self.begin_turn();
    }

    fn obey(&mut self, line: &str) {
        let is_text = self.takes_line();
        let meant = if is_text { meaning::in_field(line) } else { self.names().understand(line) };
        if !matches!(meant, Meant::Nothing | Meant::Keys | Meant::Read) {
            self.known.notice = None;
        }
        match meant {
            Meant::Press(input) => self.press(&input),
            Meant::Text(text) => self.enter(text),
            Meant::Clear => self.clear_field(),
            Meant::Search(text) => self.search(text),
            Meant::Screen(index) => self.app.go_to(index),
            Meant::Row(index) => self.select(index),
            Meant::Keys => self.say_keys(),
            Meant::Read => self.read_again(),
            Meant::Quit => self.press(&control('c')),
            // It might be a secret: it is not repeated.
            Meant::Nothing if is_text => {
                self.voice.say(say::NOT_UNDERSTOOD_TYPING);
            }
            Meant::Nothing => self.voice.say(say::NOT_UNDERSTOOD),
        }
    }

    fn names(&self) -> Names {
        Names::of(&self.app, &self.sheet)
    }

    /// Whether a line is text for a field.
    fn takes_line(&self) -> bool {
        self.app.takes_text() && (self.app.field().is_some() || self.sheet.fields() > 0)
    }

    fn press(&mut self, input: &Input) {
        match input {
            Input::Key(key) if key.code == KeyCode::F(1) => self.say_keys(),
            Input::Key(key) if key.code == KeyCode::Char('?') && !self.takes_line() => self.say_keys(),
            input if *input == control('l') => self.read_again(),
            input => {
                self.app.take(input);
            }
        }
    }

    fn clear_field(&mut self) {
        self.app.take(&press(KeyCode::End));
        self.app.take(&control('u'));
    }

    /// Puts a text into the field instead of what is there, and goes on to the next.
    fn enter(&mut self, text: String) {
        self.clear_field();
        self.app.take(&Input::Paste(text));
        if self.app.field().is_none_or(|(_, field)| field.error().is_none()) {
            self.app.take(&press(KeyCode::Enter));
        }
    }

    fn search(&mut self, text: String) {
        self.app.take(&press(KeyCode::Char('/')));
        if self.app.field().is_some() {
            self.enter(text);
        }
    }

    fn select(&mut self, row: usize) {
        let here = self.sheet.rows().position(|(_, is_selected)| is_selected).unwrap_or(0);
        let key = press(if row > here { KeyCode::Down } else { KeyCode::Up });
        for _ in 0..row.abs_diff(here) {
            self.app.take(&key);
        }
        self.heard.forget_selected();
    }

    fn say_keys(&mut self) {
        let keys = if self.takes_line() {
            meaning::field_keys(&self.app)
        } else {
            meaning::keys(&self.app, &self.sheet)
        };
        self.voice.say_all(&keys);
    }

    fn read_again(&mut self) {
        self.draw();
        self.voice.say(&say::title(self.app.title()));
        let lines = heard::all(&self.sheet);
        // What is read here is known from now on.
        self.heard.next(&self.sheet);
        self.voice.say_all(&lines);
        self.say_hints();
    }

    fn draw(&mut self) {
        let app = &mut self.app;
        let drawn = canvas::sketch(SIZE, |frame| app.draw_inside(frame, &MARKS), Sheet::read);
        self.sheet = drawn.unwrap_or_default();
    }

    /// Reads what is new, and what came of the line.
    fn end_turn(&mut self) {
        self.turn = None;
        self.is_late = self.app.is_waiting();
        self.draw();
        let is_first = self.known.route.is_none();
        let route = self.known.route.replace(self.app.route());
        let is_elsewhere = route != self.known.route;
        let was_locked = std::mem::replace(&mut self.known.is_locked, self.app.is_locked());
        if is_first {
            self.greet();
        } else if is_elsewhere {
            self.voice.say(&say::title(self.app.title()));
        } else if was_locked && !self.known.is_locked {
            self.voice.say(say::UNLOCKED);
        }
        if is_elsewhere {
            self.heard.forget();
        }
        let news = self.heard.next(&self.sheet);
        self.voice.say_all(&news);
        if is_elsewhere {
            self.say_hints();
        }
        self.say_notice();
        self.say_error();
        let is_asked_again = self.next_prompt() == self.prompt;
        if !self.voice.has_spoken && is_asked_again {
            self.voice.say(say::NOTHING_CHANGED);
        }
        if !is_asked_again && self.voice.is_at_prompt() {
            // Half a line was meant for what was asked before.
            self.editor.clear();
            self.voice.end_prompt();
        }
    }

    fn greet(&mut self) {
        let (title, who) = (self.app.title(), self.app.who());
        let how = if self.takes_line() { say::HOW_TYPING } else { say::HOW };
        self.voice.say(&say::greeting(title, &who, how));
    }

    fn say_hints(&mut self) {
        if self.takes_line() || self.sheet.question.is_some() {
            return;
        }
        let hints: Vec<String> =
            self.app.hints().iter().map(|(key, what)| format!("{} {what}", spoken(key))).collect();
        self.voice.say(&say::keys_are(&hints.join(", ")));
    }

    fn say_notice(&mut self) {
        let notice = self.app.notice().cloned();
        if let Some(notice) = notice.as_ref().filter(|_| notice != self.known.notice) {
            self.voice.say(&notice.words);
        }
        self.known.notice = notice;
    }

    /// What is wrong with the field in focus.
    fn say_error(&mut self) {
        let Some((label, error)) = self.app.field().and_then(|(label, field)| Some((label, field.error()?)))
        else {
            return;
        };
        let names_it = error.starts_with(label);
        let words = if names_it { error.to_owned() } else { say::wrong(label, error) };
        self.voice.say(&words);
    }

    /// What happens by itself.
    fn tell_news(&mut self) {
        for words in self.app.take_messages() {
            self.voice.say(&words);
        }
        let stranger = self.app.stranger();
        let is_new = stranger.as_ref().map(|(whence, _)| whence) != self.known.stranger.as_ref();
        if let Some((whence, goes_on)) = stranger.as_ref().filter(|_| is_new) {
            self.voice.say(&say::signed_in(whence));
            self.voice.say(if *goes_on { say::NOT_YOU } else { say::NOT_YOU_OVER });
        }
        self.known.stranger = stranger.map(|(whence, _)| whence);
        self.tell_deadline();
        let is_elsewhere = Some(self.app.route()) != self.known.route;
        let has_notice = self.app.notice().is_some() && self.app.notice() != self.known.notice.as_ref();
        let has_come = self.is_late && !self.app.is_waiting();
        let is_locked = self.app.is_locked();
        if self.turn.is_none()
            && (is_elsewhere || has_notice || has_come || is_locked != self.known.is_locked)
        {
            // Half a line was meant for what was there before.
            if is_locked || is_elsewhere {
                self.editor.clear();
            }
            // Whoever has typed nothing wonders about no silence.
            self.voice.has_spoken = true;
            self.begin_turn();
        }
    }

    fn tell_deadline(&mut self) {
        let Some((what, left)) = self.app.deadline() else {
            self.known.deadline = None;
            return;
        };
        let step = STEPS.iter().filter(|step| left.as_secs() < **step).count();
        // The lock itself says how long it stays.
        let is_said = step == 0 || what == Deadline::LockedEnd && step == 1;
        let before = self.known.deadline.replace((what, step));
        if is_said || before.is_some_and(|(told, at)| told == what && at >= step) {
            return;
        }
        let left = time::left(left);
        self.voice.say(&match what {
            Deadline::Lock => words::frame::locks_in(&left),
            Deadline::LockedEnd => say::still_locked(&left),
            Deadline::End => words::frame::ends_in(&left),
        });
    }

    /// What asks for the next line; a secret that is typed then is not shown.
    fn next_prompt(&mut self) -> String {
        let Some((label, field)) = self.app.field() else {
            self.editor.is_secret = self.takes_line();
            let is_asked = self.sheet.question.is_some() || self.app.takes_text();
            return if is_asked { say::ENTER_OR_ESC.to_owned() } else { say::prompt(self.app.title()) };
        };
        let is_masked = field.is_masked();
        let prompt = say::field_prompt(label, field.value(), is_masked);
        self.editor.is_secret = is_masked;
        prompt
    }

    fn say_prompt(&mut self) {
        let prompt = self.next_prompt();
        self.voice.ask(&prompt, self.editor.shown());
        self.prompt = prompt;
    }
}
