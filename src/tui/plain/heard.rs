//! What was read already, so that only what is new is read next.

use std::collections::HashMap;

use super::sheet::{Kind, Sheet};
use crate::tui::words::plain as say;

/// What the person is looking at, on one screen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    Table,
    Page,
    /// A box, by its heading, or a form without one.
    Question(Option<String>),
}

/// What was read on the screen that is mounted.
#[derive(Default)]
pub struct Heard {
    place: Option<Place>,
    /// The lines of each place as they were last read, without what only tells the time.
    lines: HashMap<Place, HashMap<String, usize>>,
    /// The gist of the selected row, and how many rows above it look the same.
    selected: Option<(String, usize)>,
}

impl Heard {
    /// Another screen: nothing of it was read yet.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// What is to be read now. Who comes back to a list or out of a question hears what has changed there
    /// meanwhile; who opens something hears all of it.
    pub fn next(&mut self, sheet: &Sheet) -> Vec<String> {
        let place = match &sheet.question {
            Some(_) => Place::Question(sheet.question.clone()),
            None if sheet.is_table() => Place::Table,
            None if sheet.fields() > 0 => Place::Question(None),
            None => Place::Page,
        };
        let before = self.place.replace(place.clone());
        let is_here = before.as_ref() == Some(&place);
        let comes_back = match (&before, &place) {
            (Some(Place::Question(_)), Place::Page) | (_, Place::Table) => self.lines.contains_key(&place),
            _ => false,
        };
        let known = self.lines.insert(place, gists(sheet)).filter(|_| is_here || comes_back);
        let selected = selected(sheet);
        let Some(mut known) = known else {
            self.selected = selected.map(|(row, _)| row);
            return all(sheet);
        };
        let mut lines = Vec::new();
        for line in &sheet.lines {
            let is_known = take(&mut known, &gist(&line.text));
            let is_selected = matches!(line.kind, Kind::Row { is_selected: true, .. });
            if !is_known && !is_selected && line.kind != Kind::Field {
                lines.push(line.text.clone());
            }
        }
        if let Some((row, named)) = selected
            && (!is_here || self.selected.as_ref() != Some(&row))
        {
            lines.push(say::selected(named));
            self.selected = Some(row);
        }
        if comes_back && !is_here && lines.is_empty() {
            lines.push(say::BACK.to_owned());
        }
        lines
    }

    /// Which row is selected will be said next, whether or not it is another one.
    pub fn forget_selected(&mut self) {
        self.selected = None;
    }
}

/// All lines, the question first. A field that is alone is what the prompt asks for.
pub fn all(sheet: &Sheet) -> Vec<String> {
    let question = sheet.question.iter().map(|title| sentence(title));
    let is_asked = |kind: &Kind| *kind == Kind::Field && sheet.fields() == 1;
    let lines = sheet.lines.iter().filter(|line| !is_asked(&line.kind)).map(|line| match &line.kind {
        Kind::Row { is_selected: true, named } => say::selected(named),
        _ => line.text.clone(),
    });
    question.chain(lines).collect()
}

fn sentence(title: &str) -> String {
    let is_whole = title.ends_with(['.', '?', '!', ':']);
    format!("{title}{}", if is_whole { "" } else { "." })
}

/// The selected row, and its text with the titles of the columns.
fn selected(sheet: &Sheet) -> Option<((String, usize), &str)> {
    let index =
        sheet.lines.iter().position(|line| matches!(line.kind, Kind::Row { is_selected: true, .. }))?;
    let line = sheet.lines.get(index)?;
    let Kind::Row { named, .. } = &line.kind else { return None };
    let row = gist(&line.text);
    let same = sheet.lines.iter().take(index).filter(|above| gist(&above.text) == row).count();
    Some(((row, same), named))
}

fn gists(sheet: &Sheet) -> HashMap<String, usize> {
    let mut counted = HashMap::new();
    for line in &sheet.lines {
        *counted.entry(gist(&line.text)).or_default() += 1;
    }
    counted
}

fn take(known: &mut HashMap<String, usize>, gist: &str) -> bool {
    match known.get_mut(gist) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    }
}

/// A line without the spans of time and the traffic in it: they change by themselves, and are no news.
fn gist(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_number = |word: &&str| word.bytes().all(|b| b.is_ascii_digit());
        if matches!(word, "s" | "min" | "h" | "d" | "bytes") && words.last().is_some_and(is_number) {
            while words.pop_if(|last| is_number(&*last)).is_some() {}
        } else if !matches!(word, "just" | "now" | "ago") {
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::sheet::Line;
    use super::*;

    fn list(rows: &[&str], selected: usize) -> Sheet {
        let row = |(index, text): (usize, &&str)| Line {
            text: (*text).to_owned(),
            kind: Kind::Row { is_selected: index == selected, named: format!("Name: {text}") },
        };
        let columns = Line { text: "Columns: Name.".to_owned(), kind: Kind::Columns };
        let lines = std::iter::once(columns).chain(rows.iter().enumerate().map(row)).collect();
        Sheet { question: None, lines }
    }

    fn question(title: &str, text: &str) -> Sheet {
        let lines = vec![Line { text: text.to_owned(), kind: Kind::Words }];
        Sheet { question: Some(title.to_owned()), lines }
    }

    #[test]
    fn only_what_is_new_is_read() {
        let mut heard = Heard::default();
        let all = ["Columns: Name.", "Selected: Name: ada, 3 min", "bob, 2 h"];
        assert_eq!(heard.next(&list(&["ada, 3 min", "bob, 2 h"], 0)), all);
        assert!(heard.next(&list(&["ada, 4 min", "bob, 3 h"], 0)).is_empty());
        assert_eq!(heard.next(&list(&["ada, 4 min", "bob, 3 h"], 1)), ["Selected: Name: bob, 3 h"]);
        assert_eq!(heard.next(&list(&["ada, 4 min", "bob, 3 h", "carol"], 1)), ["carol"]);
    }

    #[test]
    fn who_comes_back_from_a_question_hears_where_they_are() {
        let mut heard = Heard::default();
        heard.next(&list(&["ada", "bob"], 0));
        assert_eq!(heard.next(&question("Delete ada", "For good.")), ["Delete ada.", "For good."]);
        assert!(heard.next(&question("Delete ada", "For good.")).is_empty());
        assert_eq!(heard.next(&question("Delete bob", "For good.")), ["Delete bob.", "For good."]);
        assert_eq!(heard.next(&question("Go on?", "There.")), ["Go on?", "There."]);
        assert_eq!(heard.next(&list(&["bob"], 0)), ["Selected: Name: bob"]);
    }

    #[test]
    fn rows_that_look_the_same_are_told_apart() {
        let mut heard = Heard::default();
        heard.next(&list(&["ended", "ended"], 0));
        assert_eq!(heard.next(&list(&["ended", "ended"], 1)), ["Selected: Name: ended"]);
        assert!(heard.next(&list(&["ended", "ended"], 1)).is_empty());
        heard.forget_selected();
        assert_eq!(heard.next(&list(&["ended", "ended"], 1)), ["Selected: Name: ended"]);
    }

    #[test]
    fn time_that_passes_is_no_news() {
        assert_eq!(gist("Since (in 7 h), just now"), gist("Since (in 6 h), 2 min ago"));
        assert_eq!(gist("Drawn: 1\u{a0}606 bytes"), gist("Drawn: 904 bytes"));
        assert_ne!(gist("Users: 7"), gist("Users: 8"));
    }
}
