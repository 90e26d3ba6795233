//! What the session was told and is not put away yet: messages, and sign-ins of the same user from elsewhere.
//!
//! Sign-ins from one place with one program are one thing to see to, however many there are: a script that runs
//! twenty commands is told of once.

use std::sync::Arc;

use crate::domain::id::Handle;
use crate::domain::name::UserName;
use crate::domain::session::{Told, Visitor};
use crate::domain::text::Line;
use crate::tui::input::Input;
use crate::tui::notice::Notice;
use crate::tui::words::frame as say;

use super::App;
use super::errands::Errand;

/// Things that wait to be put away.
const MOST: usize = 8;

/// One thing that waits to be put away.
pub(super) enum News {
    Message { by: UserName, words: Line },
    SignIns(SignIns),
}

/// Those from one place with one program.
pub(super) struct SignIns {
    pub visitor: Visitor,
    /// How many there were.
    count: usize,
    /// The sessions of those that may still go on.
    handles: Vec<Handle>,
}

impl SignIns {
    fn is_like(&self, visitor: &Visitor) -> bool {
        (self.visitor.address, &self.visitor.client) == (visitor.address, &visitor.client)
    }
}

impl News {
    fn is_message(&self) -> bool {
        matches!(self, Self::Message { .. })
    }
}

impl App {
    /// Takes in what was said: messages before sign-ins. Of too many the newest gives way; never the one that is
    /// read, and never the first warning of a stranger.
    pub(super) fn hear(&mut self, told: &Arc<Told>) {
        self.dirty = true;
        let (place, news) = match told.as_ref() {
            Told::Message { by, words } => {
                let messages = self.told.iter().take_while(|news| news.is_message()).count();
                (messages, News::Message { by: by.clone(), words: words.clone() })
            }
            Told::SignIn { handle, visitor } => {
                let mut known = self.told.iter_mut().filter_map(|news| match news {
                    News::SignIns(like) => Some(like).filter(|like| like.is_like(visitor)),
                    News::Message { .. } => None,
                });
                if let Some(like) = known.next() {
                    like.handles.retain(|handle| self.cx.session.has_other(handle));
                    like.handles.push(handle.clone());
                    like.count += 1;
                    return;
                }
                let one = SignIns { visitor: visitor.clone(), count: 1, handles: vec![handle.clone()] };
                (self.told.len(), News::SignIns(one))
            }
        };
        self.told.insert(place, news);
        self.told.truncate(MOST);
    }

    /// Whether a sign-in waits to be seen to, of which it matters when its session is over.
    pub(super) fn waits_for_an_end(&self) -> bool {
        matches!(self.told.front(), Some(News::SignIns(_)))
    }

    /// The sessions of these that go on.
    pub(super) fn going_on(&self, sign_ins: &SignIns) -> Vec<Handle> {
        sign_ins.handles.iter().filter(|handle| self.cx.session.has_other(handle)).cloned().collect()
    }

    /// What the frame says of the first of them, and how to put it away.
    pub(super) fn told_words(&self) -> Option<String> {
        if self.screen.needs_room() && !self.told.is_empty() {
            return Some(say::NEWS_WAIT.to_owned());
        }
        let more = say::put_away(self.told.len().saturating_sub(1));
        Some(match self.told.front()? {
            News::Message { by, words } => say::message(by, words.as_str(), &more),
            News::SignIns(one) => {
                let goes_on = self.going_on(one).len();
                say::signed_in(one.visitor.address, &one.visitor.client, [one.count, goes_on], &more)
            }
        })
    }

    /// A key that puts away what was told, or does something about it.
    pub(super) fn takes_told(&mut self, input: &Input) -> bool {
        // What waits was not seen yet.
        let Some(news) = self.told.front().filter(|_| !self.screen.needs_room()) else { return false };
        match (news, input.function_key()) {
            (News::SignIns(one), Some(2)) => {
                let handles = self.going_on(one);
                if handles.is_empty() {
                    return false;
                }
                self.end_sessions(handles);
            }
            (News::SignIns(_), Some(3)) => {
                let locked = self.cx.session.lock_others();
                self.tell(Notice::done(say::locked_others(locked)));
            }
            (_, Some(4)) => {}
            // Esc is for the innermost of what is open; this lies outside of all of it.
            _ if input.is_escape() && !self.screen.takes_text() && self.screen.crumbs().is_empty() => {}
            _ => return false,
        }
        self.told.pop_front();
        true
    }

    fn end_sessions(&mut self, handles: Vec<Handle>) {
        let session = self.cx.session.clone();
        self.errands.spawn(async move {
            let count = handles.len();
            let ended = async {
                for handle in &handles {
                    session.verify().await?.sessions().revoke(handle).await?;
                }
                Ok(count)
            };
            Errand::SessionsEnded(ended.await)
        });
    }
}
