//! One rule, looked at closely.

use crate::dal::policy::{Origin, RuleRow};
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};
use crate::tui::words::policy as say;

pub fn groups(row: &RuleRow, cx: &Context) -> Vec<Facts> {
    let rule = vec![
        Fact::new(say::RULE, row.key),
        Fact::new(say::VALUE, super::with_unit(row, &row.value)),
        Fact::new(say::MEANS, row.about),
        Fact::new(say::ALLOWED, row.allowed.clone()),
    ];
    let mut origin = Vec::new();
    match &row.origin {
        Origin::Set { by, at } => {
            origin.push(Fact::new(say::SET_BY, by.to_string()));
            origin.push(Fact::new(say::WHEN, cx.past(*at)));
        }
        other => origin.push(Fact::new(say::VALUE, other.to_string())),
    }
    if let Some(ignored) = &row.ignored {
        let words = say::not_allowed(&ignored.value, &ignored.by);
        origin.push(Fact::new(say::IGNORED, words).alarming());
    }
    origin.push(Fact::new(say::CONFIGURED, super::with_unit(row, &row.configured)));
    origin.push(Fact::new(say::SHIPPED, super::with_unit(row, row.default)));
    vec![Facts::new(row.group.title(), rule), Facts::new(say::WHERE_FROM, origin)]
}
