//! One line of a list: what may stand in it, and what it says of an account.

use std::fmt::{self, Display};

use serde::de::{IntoDeserializer as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::domain::name::{DisplayName, UserName};
use crate::domain::role::RoleName;
use crate::domain::text::{self, Line};
use crate::domain::time::Timestamp;

use super::{COLUMNS, Listed};

/// A line as it was typed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Typed {
    pub name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    pub roles: Words,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub until: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub disabled: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub disabled_until: String,
}

/// Roles: a list of them, or one text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Words {
    Many(Vec<String>),
    One(String),
}

impl Default for Words {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

/// How a line looks.
const LIKE: &str = r#"{"name":"alice","roles":["member"]}"#;

/// The fields of an object in the order in which they stand, those that stand there twice among them.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// The line as it was typed, or what it calls the account and why it cannot be read. What somebody wrote is in
/// that at most as the name of a field.
pub(super) fn read_json(line: &str) -> Result<Typed, (String, String)> {
    let Fields(fields) =
        serde_json::from_str(line).map_err(|error| (String::new(), no_object(line, &error)))?;
    let name = fields.iter().find(|(field, _)| field == "name").and_then(|(_, value)| value.as_str());
    let name = name.unwrap_or_default().to_owned();
    typed(fields).map_err(|why| (name, why))
}

/// In what a line is no object: who sees it may not know what JSON is.
fn no_object(line: &str, error: &serde_json::Error) -> String {
    if error.is_data() {
        return format!("must be an object such as {LIKE}");
    }
    let hint =
        if line.trim_start().starts_with('{') { "" } else { "; is the list CSV? Then add --format csv" };
    format!("is no JSON from its character {} on; a line is like {LIKE}{hint}", error.column())
}

fn typed(fields: Vec<(String, Value)>) -> Result<Typed, String> {
    let mut cells: [Option<Value>; COLUMNS.len()] = Default::default();
    for (field, value) in fields {
        let Some(place) = COLUMNS.iter().position(|column| *column == field) else {
            let field = text::shown(&field, 32);
            return Err(format!("there is no field \"{field}\"; there are {}", COLUMNS.join(", ")));
        };
        if let Some(cell) = cells.get_mut(place)
            && cell.replace(value).is_some()
        {
            return Err(format!("the field {field} stands there twice"));
        }
    }
    let [name, display_name, roles, from, until, disabled, disabled_until] = cells;
    Ok(Typed {
        name: text_in("name", Some(name.ok_or("name is missing")?))?,
        display_name: text_in("display_name", display_name)?,
        roles: words_in(roles)?,
        from: text_in("from", from)?,
        until: text_in("until", until)?,
        disabled: text_in("disabled", disabled)?,
        disabled_until: text_in("disabled_until", disabled_until)?,
    })
}

/// Nothing where the field is not there.
fn text_in(field: &str, value: Option<Value>) -> Result<String, String> {
    match value {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("{field} must be a text, in quotes")),
    }
}

fn words_in(value: Option<Value>) -> Result<Words, String> {
    let wrong = || r#"roles must be a text or a list of texts, such as ["member"]"#.to_owned();
    match value {
        None => Ok(Words::default()),
        Some(Value::String(text)) => Ok(Words::One(text)),
        Some(Value::Array(words)) => {
            let text = |word| if let Value::String(word) = word { Some(word) } else { None };
            words.into_iter().map(text).collect::<Option<_>>().map(Words::Many).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

impl Typed {
    /// The account, if everything about it is as a form would take it; otherwise its name, and why not.
    pub fn judge(self) -> Result<Listed, (String, String)> {
        let typed_name = self.name.trim().to_owned();
        self.read(&typed_name).map_err(|why| (typed_name, why))
    }

    fn read(self, typed_name: &str) -> Result<Listed, String> {
        let in_field = |field: &'static str| move |why: &dyn Display| format!("{field} {why}");
        let name = UserName::parse_new(typed_name).map_err(|why| in_field("name")(&why))?;
        let display_name = match self.display_name.trim() {
            "" => DisplayName::from(&name),
            typed => DisplayName::parse(typed).map_err(|why| in_field("display_name")(&why))?,
        };
        let (roles, grants) = read_roles(&self.roles).map_err(|why| in_field("roles")(&why))?;
        let from = read_time(&self.from).map_err(|why| in_field("from")(&why))?;
        let until = read_time(&self.until).map_err(|why| in_field("until")(&why))?;
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            return Err("until must be later than from".to_owned());
        }
        let closed_until = read_time(&self.disabled_until).map_err(|why| in_field("disabled_until")(&why))?;
        let disabled = match (self.disabled.trim(), closed_until) {
            ("", Some(_)) => return Err("disabled must say why".to_owned()),
            ("", None) => None,
            (typed, until) => Some((Line::parse(typed).map_err(|why| in_field("disabled")(&why))?, until)),
        };
        Ok(Listed { name, display_name, roles, grants, from, until, disabled })
    }
}

type Roles = (Vec<RoleName>, Vec<(RoleName, Timestamp)>);

/// `member` where nothing stands; `role@TIME` for one until some time.
fn read_roles(typed: &Words) -> Result<Roles, String> {
    let words: Vec<&str> = match typed {
        Words::Many(words) => words.iter().map(String::as_str).collect(),
        Words::One(text) => vec![text.as_str()],
    };
    let (mut roles, mut grants) = (Vec::new(), Vec::new());
    for word in words.iter().flat_map(|word| word.split([',', ' ', ';'])).filter(|word| !word.is_empty()) {
        let (role, until) = word.split_once('@').map_or((word, None), |(role, until)| (role, Some(until)));
        let role = RoleName::parse(role).map_err(|why| format!("{} {why}", text::shown(role, 32)))?;
        match until {
            Some(until) => grants.extend(read_time(until)?.map(|until| (role, until))),
            None => roles.push(role),
        }
    }
    roles.sort();
    roles.dedup();
    grants.sort();
    if grants.windows(2).any(|pair| matches!(pair, [(one, _), (other, _)] if one == other)) {
        return Err("name a role for a time twice".to_owned());
    }
    if roles.is_empty() {
        roles.push(RoleName::member());
    }
    Ok((roles, grants))
}

/// A time as `2026-12-01T09:00:00Z`, or a day, which begins at midnight UTC.
fn read_time(typed: &str) -> Result<Option<Timestamp>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let whole =
        if typed.len() == "2026-12-01".len() { format!("{typed}T00:00:00Z") } else { typed.to_owned() };
    let text: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        whole.as_str().into_deserializer();
    Timestamp::deserialize(text).map(Some).map_err(|_| {
        format!("\"{}\" is no time such as 2026-12-01 or 2026-12-01T09:00:00Z", text::shown(typed, 40))
    })
}
