//! Keys of one's own: the file `keymap.toml`, in which `name = ["key", …]` gives a row of the bundled keymap other keys.
//!
//! Where the file is wrong, the rows that are not keep their keys of one's own, and the others those that they came with.

use std::collections::HashMap;
use std::fmt::Write as _;

use toml::de::DeValue;

use super::{Action, Binding, Context, Key, Keymap};
use crate::config::{Lines, nearest};
use crate::formats::Problem;

const HEADING: &str = "\
# Keys of Chartmark. Every action is here with the keys that it came with, commented out: take the # before its name away
# and write others. They take the place of all its keys; [] leaves it to the list of actions.
# Keys are written a, A, +, ctrl+z, alt+d, shift+left, space, enter, esc, tab, backspace, delete, pgup, f1 … f12.
#   chartmark config check     tells what is wrong, with the lines
# An open screen reads the file again with Ctrl+L.
";

/// The text of a `keymap.toml` that changes nothing and names every row.
pub fn form(keymap: &Keymap) -> String {
    let mut out = HEADING.to_owned();
    for group in keymap.bindings.chunk_by(|a, b| a.group == b.group) {
        // Writing to a string never fails.
        let _ = write!(out, "\n## {}\n", group[0].group);
        for row in group {
            let keys: Vec<String> = row.keys.iter().map(|key| toml::Value::String(key.to_string()).to_string()).collect();
            let _ = write!(out, "\n## {}\n# {} = [{}]\n", row.description, row.name, keys.join(", "));
        }
    }
    out
}

/// The bundled keymap with the keys that a file gives; `file` is its name in the problems.
pub fn with_own(text: &str, file: &str, bundled: &Keymap) -> (Keymap, Vec<Problem>) {
    let (mut lines, rows) = Lines::read(text, file);
    let mut own = Own { bundled, bindings: bundled.bindings.clone(), lines: HashMap::new() };
    for row in rows {
        let Some(index) = own.bindings.iter().position(|binding| binding.name == row.name) else {
            let advice = match nearest(&row.name, bundled.bindings.iter().map(|binding| binding.name.as_str())) {
                Some(meant) => format!("did you mean '{meant}'?"),
                None => "`chartmark config init` writes a file that names all actions, where there is none".to_owned(),
            };
            lines.add(row.line, format!("there is no action '{}'", crate::domain::visible(&row.name)), &advice);
            continue;
        };
        if let Some(keys) = read_keys(&mut lines, row.line, &row.value, &bundled.bindings[index]) {
            own.bindings[index].keys = keys;
            own.lines.insert(index, row.line);
        }
    }
    for index in own.trapped() {
        let name = &bundled.bindings[index].name;
        let line = own.lines.remove(&index);
        lines.add(line, format!("without a key '{name}' could not be reached any more"), "give it one");
        own.bindings[index].keys.clone_from(&bundled.bindings[index].keys);
    }
    // Each round takes the keys of a row or two back, so it ends.
    while let Some(clash) = clash(&own.bindings) {
        own.give_way(&clash, &mut lines);
    }
    (Keymap::of(own.bindings), lines.finish())
}

/// The keys that a line gives to a row.
fn read_keys(lines: &mut Lines<'_>, line: u64, value: &DeValue<'_>, row: &Binding) -> Option<Vec<Key>> {
    const FORM: &str = "write a list of keys, such as [\"a\", \"ctrl+z\"]";
    let written: Option<Vec<(String, u64)>> = match value {
        DeValue::Array(items) => {
            items.iter().map(|item| Some((item.get_ref().as_str()?.to_owned(), lines.line(item.span())))).collect()
        }
        DeValue::String(key) => Some(vec![(key.to_string(), line)]),
        _ => None,
    };
    let Some(written) = written else {
        lines.add(line, format!("'{}' has no list of keys", row.name), FORM);
        return None;
    };
    let mut keys = Vec::new();
    let mut sound = true;
    for (text, line) in written {
        let typed_into = row.contexts.iter().find(|context| context.is_typed_into());
        let fault = match (text.parse::<Key>(), typed_into) {
            (Err(error), _) => Some((error.what(), error.advice())),
            (Ok(key), _) if keys.contains(&key) => Some((format!("'{text}' stands here twice"), "remove one of the two")),
            (Ok(key), Some(context)) if key.typed().is_some() => {
                let what = format!("'{text}' can't do '{}': {}, it is typed", row.name, context.place());
                Some((what, "choose a key that types nothing, such as f9 or ctrl+g"))
            }
            (Ok(key), _) => {
                keys.push(key);
                None
            }
        };
        if let Some((what, advice)) = fault {
            lines.add(line, what, advice);
            sound = false;
        }
    }
    sound.then_some(keys)
}

/// A keymap in the making.
struct Own<'k> {
    bundled: &'k Keymap,
    bindings: Vec<Binding>,
    /// The rows with keys of one's own, with their lines.
    lines: HashMap<usize, u64>,
}

impl Own<'_> {
    /// The rows without a key that nobody could do any more, or not leave something by.
    fn trapped(&self) -> Vec<usize> {
        let lists: Vec<&Context> =
            self.bundled.bindings.iter().filter(|row| row.action == Action::Palette).flat_map(|row| &row.contexts).collect();
        let needed = |row: &Binding| {
            matches!(row.action, Action::Palette | Action::Quit | Action::Cancel)
                || !row.contexts.iter().any(|context| lists.contains(&context))
        };
        let rows = self.bindings.iter().enumerate();
        rows.filter(|(_, row)| row.keys.is_empty() && needed(row)).map(|(index, _)| index).collect()
    }

    /// Gives the keys back that two rows share, and says so.
    fn give_way(&mut self, clash: &Clash, lines: &mut Lines<'_>) {
        let name = |index: usize| self.bundled.bindings[index].name.clone();
        let place = clash.context.place();
        let line = |index: usize| self.lines.get(&index).copied();
        let (own, line, other, besides) = match (line(clash.first), line(clash.second)) {
            (Some(first), Some(second)) if first > second => (clash.first, first, clash.second, Some(second)),
            (Some(first), None) => (clash.first, first, clash.second, None),
            (first, second) => (clash.second, second.unwrap_or_default(), clash.first, first),
        };
        let (what, advice) = match besides {
            Some(earlier) => (
                format!(
                    "'{}' is given to '{}' on line {earlier} and to '{}' here, both {place}",
                    clash.key,
                    name(other),
                    name(own)
                ),
                "give one of them another key".to_owned(),
            ),
            None => (
                format!("'{}' is given to '{}', and {place} it does '{}' already", clash.key, name(own), name(other)),
                format!("choose another key, or give '{}' others", name(other)),
            ),
        };
        lines.add(line, what, &advice);
        for index in [clash.first, clash.second] {
            self.lines.remove(&index);
            self.bindings[index].keys.clone_from(&self.bundled.bindings[index].keys);
        }
    }
}

/// A key that does two things in one place.
pub(super) struct Clash {
    pub(super) context: Context,
    pub(super) key: Key,
    /// The earlier row.
    pub(super) first: usize,
    /// The later row.
    pub(super) second: usize,
}

/// The first key that two rows, or one row twice, bind in one place.
pub(super) fn clash(bindings: &[Binding]) -> Option<Clash> {
    let mut seen: HashMap<(Context, Key), usize> = HashMap::new();
    for (second, row) in bindings.iter().enumerate() {
        for (&context, &key) in row.contexts.iter().flat_map(|context| row.keys.iter().map(move |key| (context, key))) {
            if let Some(first) = seen.insert((context, key), second) {
                return Some(Clash { context, key, first, second });
            }
        }
    }
    None
}

#[cfg(test)]
mod tests;
