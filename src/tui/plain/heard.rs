//! What was read already, so that only what is new is read next.

use std::collections::HashMap;

use super::sheet::{Kind, Sheet};

/// What the person is looking at, on one screen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    Table,
    Page,
    Question(String),
}

/// What was read on the screen that is mounted.
#[derive(Default)]
pub struct Heard {
    place: Option<Place>,
    /// The lines of each place as they were last read, without what only tells the time.
    lines: HashMap<Place, HashMap<String, usize>>,
    selected: Option<String>,
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
            Some(title) => Place::Question(title.clone()),
            None if sheet.is_table() => Place::Table,
            None => Place::Page,
        };
        let before = self.place.replace(place.clone());
        let is_here = before.as_ref() == Some(&place);
        let comes_back = match (&before, &place) {
            (Some(Place::Question(_)), Place::Page) | (_, Place::Table) => self.lines.contains_key(&place),
            _ => false,
        };
        let known = self.lines.insert(place, gists(sheet)).filter(|_| is_here || comes_back);
        let selected = sheet.lines.iter().find_map(|line| match &line.kind {
            Kind::Row { is_selected: true, named } => Some((gist(&line.text), named)),
            _ => None,
        });
        let Some(mut known) = known else {
            self.selected = selected.map(|(gist, _)| gist);
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
        if let Some((gist, named)) = selected
            && (!is_here || self.selected.as_ref() != Some(&gist))
        {
            lines.push(format!("Selected: {named}"));
            self.selected = Some(gist);
        }
        lines
    }
}

/// All lines, the question first.
pub fn all(sheet: &Sheet) -> Vec<String> {
    let question = sheet.question.iter().map(|title| format!("{title}."));
    let lines = sheet.lines.iter().map(|line| match &line.kind {
        Kind::Row { is_selected: true, named } => format!("Selected: {named}"),
        _ => line.text.clone(),
    });
    question.chain(lines).collect()
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

/// A line without the spans of time in it: they change by themselves, and are no news.
fn gist(text: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_span = matches!(word, "s" | "min" | "h" | "d")
            && words.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        if is_span {
            words.pop();
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
        Sheet { question: None, lines: rows.iter().enumerate().map(row).collect() }
    }

    fn question(title: &str, text: &str) -> Sheet {
        let lines = vec![Line { text: text.to_owned(), kind: Kind::Words }];
        Sheet { question: Some(title.to_owned()), lines }
    }

    #[test]
    fn only_what_is_new_is_read() {
        let mut heard = Heard::default();
        assert_eq!(
            heard.next(&list(&["ada, 3 min", "bob, 2 h"], 0)),
            ["Selected: Name: ada, 3 min", "bob, 2 h"]
        );
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
        assert_eq!(heard.next(&list(&["bob"], 0)), ["Selected: Name: bob"]);
    }

    #[test]
    fn time_that_passes_is_no_news() {
        assert_eq!(gist("Since (in 7 h), just now"), gist("Since (in 6 h), 2 min ago"));
        assert_ne!(gist("Users: 7"), gist("Users: 8"));
    }
}
