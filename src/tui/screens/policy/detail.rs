//! One rule, looked at closely.

use crate::dal::policy::{Origin, RuleRow};
use crate::tui::screen::Context;
use crate::tui::widgets::facts::{Fact, Facts};

pub fn groups(row: &RuleRow, cx: &Context) -> Vec<Facts> {
    let rule = vec![
        Fact::new("Rule", row.key),
        Fact::new("Value", super::with_unit(row, &row.value)),
        Fact::new("Means", row.about),
        Fact::new("Allowed", row.allowed.clone()),
    ];
    let mut origin = Vec::new();
    match &row.origin {
        Origin::Set { by, at } => {
            origin.push(Fact::new("Set by", by.to_string()));
            origin.push(Fact::new("When", cx.past(*at)));
        }
        other => origin.push(Fact::new("Value", other.to_string())),
    }
    if let Some(ignored) = &row.ignored {
        let words = format!("{}, set by {}: not allowed any more", ignored.value, ignored.by);
        origin.push(Fact::new("Ignored", words).alarming());
    }
    origin.push(Fact::new("Configured", super::with_unit(row, &row.configured)));
    origin.push(Fact::new("Shipped", super::with_unit(row, row.default)));
    vec![Facts::new(row.group.title(), rule), Facts::new("Where from", origin)]
}
