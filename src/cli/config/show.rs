//! `chartmark config show`: every setting's value, and where it comes from.

use anyhow::Result;
use serde_json::json;

use super::super::own::Own;
use super::super::tell::{print, tell};
use crate::config::{DefaultValue, Folder, Setting, Source, Value};
use crate::domain::visible;
use crate::tui::keymap::{Binding, Keymap};

/// Prints a table, or JSON. What is wrong is told on standard error; what holds is shown.
///
/// # Errors
/// When the output can't be written.
pub fn run(own: &Own, json: bool) -> Result<()> {
    let (keymap, of_keys, has_keymap) = own.keymap()?;
    let of_theme = own.theme().1;
    own.problems.iter().chain(&of_keys).chain(&of_theme).for_each(tell);
    let bundled = Keymap::bundled()?;
    let rows = keymap.bindings.iter().zip(&bundled.bindings);
    let keys: Vec<&Binding> = rows.filter(|(row, bundled)| row.keys != bundled.keys).map(|(row, _)| row).collect();
    if json { print(as_json(own, &keys, has_keymap) + "\n") } else { print(table(own, &keys, has_keymap)) }
}

/// What a setting is where it depends on the machine or the notes.
fn depends(setting: &Setting) -> &'static str {
    if let DefaultValue::Depends(words) = setting.default { words } else { "" }
}

fn table(own: &Own, keys: &[&Binding], has_keymap: bool) -> String {
    let shown = |setting: &Setting, value: Option<&Value>| match value {
        Some(Value::Text(text)) => visible(text).into_owned(),
        Some(value) => value.to_string(),
        None => format!("({})", depends(setting)),
    };
    let rows: Vec<[String; 3]> = own
        .resolved
        .all()
        .map(|(setting, value, source)| [setting.name.to_owned(), shown(setting, value), from(setting, source)])
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1).min(40));
    let mut out: String =
        rows.iter().map(|[name, value, source]| format!("{name:<first$}  {value:<second$}  {source}\n")).collect();
    let keys: Vec<String> = keys.iter().map(|row| format!("{} {}", row.name, list(row))).collect();
    if !keys.is_empty() {
        out += &format!("\nkeys of your own: {}\n", keys.join(", "));
    }
    if let Some(folder) = &own.folder {
        let there = |there: bool| if there { "there" } else { "not there" };
        let place = visible(&folder.0.to_string_lossy()).into_owned();
        out += &format!("\n{place}: config.toml is {}, keymap.toml is {}", there(own.has_config), there(has_keymap));
        let themes = folder.themes();
        out += &if themes.is_empty() { ", no themes\n".to_owned() } else { format!(", themes: {}\n", themes.join(", ")) };
    }
    out
}

fn list(row: &Binding) -> String {
    format!("[{}]", row.keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
}

fn from(setting: &Setting, source: &Source) -> String {
    match source {
        Source::Default => "default".to_owned(),
        Source::File(line) => format!("config.toml line {line}"),
        Source::Environment(variable) => format!("environment {variable}"),
        Source::Flag => format!("flag --{}", setting.name),
    }
}

fn as_json(own: &Own, keys: &[&Binding], has_keymap: bool) -> String {
    let row = |(setting, value, source): (&Setting, Option<&Value>, &Source)| {
        let mut row = json!({ "name": setting.name, "value": value.map(Value::json) });
        let (kind, key, place) = match source {
            Source::Default => ("default", None, json!(null)),
            Source::File(line) => ("file", Some("line"), json!(line)),
            Source::Environment(variable) => ("environment", Some("variable"), json!(variable)),
            Source::Flag => ("flag", Some("flag"), json!(format!("--{}", setting.name))),
        };
        row["source"] = json!(kind);
        if let Some(key) = key {
            row[key] = place;
        }
        row
    };
    let path = |there: bool, path: fn(&Folder) -> std::path::PathBuf| {
        own.folder.as_ref().filter(|_| there).map(|folder| path(folder).display().to_string())
    };
    let keys = keys.iter().map(|row| {
        let keys: Vec<String> = row.keys.iter().map(ToString::to_string).collect();
        (row.name.clone(), json!(keys))
    });
    json!({
        "folder": own.folder.as_ref().map(|folder| folder.0.display().to_string()),
        "config": path(own.has_config, Folder::config),
        "keymap": path(has_keymap, Folder::keymap),
        "themes": own.folder.as_ref().map(Folder::themes).unwrap_or_default(),
        "settings": own.resolved.all().map(row).collect::<Vec<_>>(),
        "keys": keys.collect::<serde_json::Map<_, _>>(),
    })
    .to_string()
}
