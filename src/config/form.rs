//! The settings file to begin with: every setting, commented out, at its default.

use std::fmt::Write as _;

use super::setting::{DefaultValue, Kind, SETTINGS, Setting};

const HEADING: &str = "\
# Settings of Chartmark. Everything here is commented out: take the # before a setting away, and change it.
# A flag counts before the environment, the environment before this file, this file before the default.
#   chartmark config check     tells what is wrong in this folder, with the lines
#   chartmark config show      tells every value, and where it comes from
# An open screen takes them in as soon as they are written.
";

/// The text of a `config.toml` that sets nothing and says everything.
pub fn form() -> String {
    let mut out = HEADING.to_owned();
    for setting in SETTINGS {
        // Writing to a string never fails.
        let _ = write!(out, "\n{}", about(setting));
        let value = setting.fallback().map_or_else(|| setting.example.to_owned(), |value| value.to_string());
        let _ = writeln!(out, "# {} = {value}", setting.name);
    }
    out
}

/// The comment above a setting.
fn about(setting: &Setting) -> String {
    let mut sentences = vec![setting.about.to_owned()];
    match setting.kind {
        Kind::Choice(choices) => sentences.push(format!("One of {}", choices().join(", "))),
        Kind::Path | Kind::NameOrPath => {
            sentences.push("Paths begin in this folder; ~/ is your home folder".to_owned());
        }
        Kind::Text | Kind::Count | Kind::Switch | Kind::Size => {}
    }
    if let DefaultValue::Depends(words) = setting.default {
        sentences.push(format!("If it is not set: {words}"));
    }
    let flag = if setting.flag { format!("--{} and ", setting.name) } else { String::new() };
    sentences.push(format!("{flag}{} set it too", setting.variable()));
    if flag.is_empty()
        && let Some(last) = sentences.last_mut()
    {
        *last = format!("{} sets it too", setting.variable());
    }
    let text = sentences.join(". ") + ".";
    wrapped(&text)
}

/// Comment lines of at most 100 columns.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut line = String::from("##");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > 100 {
            out += &line;
            out.push('\n');
            line = String::from("##");
        }
        line.push(' ');
        line += word;
    }
    out + &line + "\n"
}
