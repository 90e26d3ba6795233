//! What is asked before sessions are ended or spoken to, and how the answer is carried out.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::dal::sessions::SessionRow;
use crate::dal::{DalError, Session};
use crate::domain::id::Handle;
use crate::domain::name::UserName;
use crate::domain::text::Line;
use crate::tui::input::Input;
use crate::tui::look::Look;
use crate::tui::widgets::field::TextField;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel::Panel;
use crate::tui::words;
use crate::tui::words::sessions as say;

/// What has to be typed before everybody is sent away.
const EVERYBODY: &str = "everybody";

/// A question with its form.
pub struct Ask {
    about: About,
    form: Form,
    /// The answer is on its way; another Enter must not send it twice.
    is_sent: bool,
}

enum About {
    End(Box<SessionRow>),
    EndUser(UserName),
    EndOthers,
    EndEverybody,
    Tell(Handle, UserName),
    TellEverybody,
}

/// What became of an input.
pub enum Answer {
    None,
    Send(Order),
}

/// Something to be done, with everything it needs.
pub enum Order {
    End(Handle),
    EndUser(UserName),
    EndOthers,
    EndEverybody,
    Tell(Handle, Line),
    TellEverybody(Line),
}

impl Ask {
    /// The question that a key asks about the selected session; `None` where there is nothing to ask.
    pub fn about(key: char, selected: Option<&SessionRow>) -> Option<Self> {
        let about = match key {
            'x' => About::End(Box::new(selected.filter(|row| row.ended.is_none())?.clone())),
            'u' => About::EndUser(selected?.user.clone()),
            'o' => About::EndOthers,
            'e' => About::EndEverybody,
            'm' => About::Tell(selected?.handle.clone(), selected?.user.clone()),
            'M' => About::TellEverybody,
            _ => return None,
        };
        let fields = match &about {
            About::EndEverybody => vec![(say::TYPE_EVERYBODY, TextField::new(2 * EVERYBODY.len()))],
            About::Tell(..) | About::TellEverybody => vec![(say::MESSAGE, TextField::new(Line::MAX_CHARS))],
            _ => Vec::new(),
        };
        Some(Self { about, form: Form::new(fields), is_sent: false })
    }

    pub fn field(&self) -> Option<(&'static str, &TextField)> {
        self.form.focused()
    }

    pub fn take(&mut self, input: &Input) -> Answer {
        let submitted = !self.is_sent
            && (self.form.apply(input) == Outcome::Submitted || (self.form.is_empty() && input.is_enter()));
        if !submitted {
            return Answer::None;
        }
        match self.order() {
            Ok(order) => {
                self.is_sent = true;
                Answer::Send(order)
            }
            Err(why) => {
                self.form.set_error(0, why);
                Answer::None
            }
        }
    }

    /// It was not done; it may be tried again.
    pub fn refused(&mut self) {
        self.is_sent = false;
    }

    fn order(&self) -> Result<Order, String> {
        let words = || Line::parse(self.form.value(0)).map_err(|why| why.to_string());
        Ok(match &self.about {
            About::End(row) => Order::End(row.handle.clone()),
            About::EndUser(name) => Order::EndUser(name.clone()),
            About::EndOthers => Order::EndOthers,
            About::EndEverybody if self.form.value(0).trim() == EVERYBODY => Order::EndEverybody,
            About::EndEverybody => return Err(words::be_sure(EVERYBODY)),
            About::Tell(handle, _) => Order::Tell(handle.clone(), words()?),
            About::TellEverybody => Order::TellEverybody(words()?),
        })
    }

    pub fn draw(&self, frame: &mut Frame, area: Rect, look: &Look) {
        let (title, body) = self.words();
        let is_message = matches!(self.about, About::Tell(..) | About::TellEverybody);
        let yes = match (self.is_sent, is_message) {
            (true, _) => words::WORKING,
            (false, true) => say::DO_SEND,
            (false, false) => say::DO_END,
        };
        let hints = [("Enter", yes), words::BACK];
        Panel { title: &title, body: &body, form: &self.form, hints: &hints, is_danger: !is_message }
            .draw(frame, area, look);
    }

    pub fn title(&self) -> String {
        self.words().0
    }

    /// Whether something was typed that would be lost.
    pub fn is_changed(&self) -> bool {
        !self.is_sent && self.form.is_changed()
    }

    fn words(&self) -> (String, String) {
        let (title, body) = match &self.about {
            About::End(row) if row.is_this => (say::END_THIS.to_owned(), say::END_THIS_MEANS),
            About::End(row) => {
                let (from, client) = (row.visitor.address, &row.visitor.client);
                let body = say::end_one_means(from, client);
                return (say::end_one_of(&row.user), body);
            }
            About::EndUser(name) => (say::end_all_of(name), say::END_ALL_OF_MEANS),
            About::EndOthers => (say::END_OTHERS.to_owned(), say::END_OTHERS_MEANS),
            About::EndEverybody => (say::END_EVERYBODYS.to_owned(), say::END_EVERYBODYS_MEANS),
            About::Tell(_, name) => (say::tell(name), ""),
            About::TellEverybody => (say::TELL_EVERYBODY.to_owned(), ""),
        };
        (title, body.to_owned())
    }
}

impl Order {
    /// Does it, with a proof made for it; answers what was done.
    pub async fn carry_out(self, session: Session) -> Result<String, DalError> {
        let sessions = session.verify().await?.sessions();

        Ok(match self {
            Self::End(handle) => {
                sessions.revoke(&handle).await?;
                say::ended(1)
            }
            Self::EndUser(name) => say::ended(sessions.revoke_user(&name).await?),
            Self::EndOthers => say::ended(sessions.revoke_others().await?),
            Self::EndEverybody => {
                let swept = sessions.revoke_everybody().await?;
                say::ended_but(swept.ended, swept.skipped)
            }
            Self::Tell(handle, words) => {
                sessions.tell(&handle, words).await?;
                say::TOLD.to_owned()
            }
            Self::TellEverybody(words) => say::told(sessions.tell_everybody(words).await?),
        })
    }
}
