//! The keys and values of a TOML text, each with its line.

use toml_edit::{Document, Item, TableLike, Value};

use super::{ConfigError, Given, Origin, Problem};

/// One value of a file, not yet judged.
pub struct Found {
    /// The path to it, joined by dots.
    pub key: String,
    pub given: Given,
    pub origin: Origin,
}

/// Every value that the text holds, in its order.
pub fn read(name: &str, text: &str) -> Result<Vec<Found>, ConfigError> {
    let file = File { name, text };
    let document = Document::parse(text).map_err(|error| file.syntax(&error))?;
    let mut found = Vec::new();
    file.walk("", document.as_table(), &mut found);
    Ok(found)
}

struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    /// Goes as deep as the tables do; the parser bounds that.
    fn walk(&self, path: &str, table: &dyn TableLike, found: &mut Vec<Found>) {
        for (name, item) in table.iter() {
            let key = join(path, name);
            match item.as_table_like() {
                Some(inner) if !inner.is_empty() => self.walk(&key, inner, found),
                _ => {
                    let at = table.key(name).and_then(toml_edit::Key::span).map(|span| span.start);
                    found.push(Found { key, given: self.given(item), origin: self.origin(at) });
                }
            }
        }
    }

    fn given(&self, item: &Item) -> Given {
        match item {
            Item::Value(Value::String(text)) => Given::Text(text.value().clone()),
            Item::Value(Value::Integer(number)) => Given::Integer(*number.value()),
            Item::Value(Value::Boolean(switch)) => Given::Boolean(*switch.value()),
            Item::ArrayOfTables(_) => Given::Other("[[ ]]".to_owned()),
            item if item.is_table_like() => Given::EmptyTable,
            item => Given::Other(item.span().and_then(|span| self.text.get(span)).unwrap_or("?").to_owned()),
        }
    }

    fn syntax(&self, error: &toml_edit::TomlError) -> ConfigError {
        let at = error.span().map(|span| span.start);
        let culprit = error.span().and_then(|span| self.text.get(span)).unwrap_or_default().trim();
        let why = match culprit {
            "" => error.message().to_owned(),
            culprit => format!("{}, at {culprit}", error.message()),
        };
        ConfigError { origin: self.origin(at), problem: Problem::Syntax { why } }
    }

    fn origin(&self, at: Option<usize>) -> Origin {
        let before = at.and_then(|at| self.text.get(..at));
        let line = before.map(|before| before.matches('\n').count() + 1);
        Origin::File { name: self.name.to_owned(), line }
    }
}

/// A name that holds a dot is kept in quotes: it is not the path that it looks like.
fn join(path: &str, name: &str) -> String {
    let name = if name.contains('.') { format!("'{name}'") } else { name.to_owned() };
    if path.is_empty() { name } else { format!("{path}.{name}") }
}
