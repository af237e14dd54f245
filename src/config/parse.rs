//! Reads `config.toml`.

use toml::de::DeValue;

use super::lines::Lines;
use super::nearest::nearest;
use super::setting::{SETTINGS, Setting, Value};
use crate::formats::Problem;

/// What a file says.
#[derive(Debug, Default)]
pub struct Parsed {
    /// The settings that it sets, with the line of each.
    pub entries: Vec<(&'static Setting, Value, u64)>,
    /// What is wrong with it. Everything else was read.
    pub problems: Vec<Problem>,
}

/// Reads a file; `file` is its name in the problems.
pub fn parse(text: &str, file: &str) -> Parsed {
    let (mut lines, rows) = Lines::read(text, file);
    let mut entries = Vec::new();
    for row in rows {
        let line = row.line;
        let Some(setting) = Setting::named(&row.name) else {
            let name = crate::domain::visible(&row.name);
            let (what, advice) = match (&row.value, nearest(&row.name, SETTINGS.iter().map(|setting| setting.name))) {
                (DeValue::Table(_), _) => {
                    (format!("there is no section '{name}'"), "settings stand by themselves, without [headings]".to_owned())
                }
                (_, Some(meant)) => (format!("there is no setting '{name}'"), format!("did you mean '{meant}'?")),
                (_, None) => (format!("there is no setting '{name}'"), "`chartmark config show` lists all".to_owned()),
            };
            lines.add(line, what, &advice);
            continue;
        };
        match setting.check(value(&row.value)) {
            Ok(value) => entries.push((setting, value, line)),
            Err((what, advice)) => lines.add(line, what, &advice),
        }
    }
    Parsed { entries, problems: lines.finish() }
}

/// A value of the file; what no setting can be is empty, which no setting can be either.
fn value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(on) => Value::Switch(*on),
        DeValue::Integer(number) => Value::Count(usize::from_str_radix(number.as_str(), number.radix()).unwrap_or(0)),
        _ => Value::Count(0),
    }
}
