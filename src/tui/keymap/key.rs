//! A key as it is written: `a`, `A`, `ctrl+z`, `shift+left`, `space`.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Deserialize;

/// A key with the modifiers that matter. A character carries its case itself, so Shift never goes with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no key; write keys as a, A, ctrl+z, shift+left, space, enter, esc, tab, backspace, pgup, f1")]
pub struct KeyError(String);

/// Keys that are written with a name.
const NAMES: [(&str, KeyCode); 27] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("f1", KeyCode::F(1)),
    ("f2", KeyCode::F(2)),
    ("f3", KeyCode::F(3)),
    ("f4", KeyCode::F(4)),
    ("f5", KeyCode::F(5)),
    ("f6", KeyCode::F(6)),
    ("f7", KeyCode::F(7)),
    ("f8", KeyCode::F(8)),
    ("f9", KeyCode::F(9)),
    ("f10", KeyCode::F(10)),
    ("f11", KeyCode::F(11)),
    ("f12", KeyCode::F(12)),
];

const MODIFIERS: [(&str, KeyModifiers); 3] =
    [("ctrl+", KeyModifiers::CONTROL), ("alt+", KeyModifiers::ALT), ("shift+", KeyModifiers::SHIFT)];

impl Key {
    /// A key as people call it.
    pub fn name(self) -> String {
        let written = self.to_string();
        let (modifiers, name) = written.rsplit_once('+').filter(|(_, name)| !name.is_empty()).unwrap_or(("", &written));
        let name = match name {
            "left" => "←",
            "right" => "→",
            "up" => "↑",
            "down" => "↓",
            "space" => "Space",
            "enter" => "Enter",
            "esc" => "Esc",
            "tab" => "Tab",
            "backspace" => "Backspace",
            "delete" => "Del",
            "home" => "Home",
            "end" => "End",
            "pgup" => "PgUp",
            "pgdn" => "PgDn",
            other => other,
        };
        let name = if matches!(self.code, KeyCode::F(_)) { name.to_uppercase() } else { name.to_owned() };
        let modifiers = modifiers.replace("ctrl", "Ctrl").replace("shift", "Shift").replace("alt", "Alt");
        if modifiers.is_empty() { name } else { format!("{modifiers}+{name}") }
    }

    /// The key of a code and modifiers, in the one form that stands for it: terminals report Shift+Tab and Shift+a in
    /// several.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let modifiers = modifiers & known;
        let shift = modifiers.contains(KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: modifiers | KeyModifiers::SHIFT },
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
                Self { code: KeyCode::Char(c.to_ascii_lowercase()), modifiers: modifiers - KeyModifiers::SHIFT }
            }
            KeyCode::Char(c) if shift => {
                Self { code: KeyCode::Char(c.to_ascii_uppercase()), modifiers: modifiers - KeyModifiers::SHIFT }
            }
            _ => Self { code, modifiers },
        }
    }

    /// The character it types, if it types one.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl From<Key> for KeyEvent {
    fn from(key: Key) -> Self {
        Self::new(key.code, key.modifiers)
    }
}

impl TryFrom<String> for Key {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut rest, mut modifiers) = (text, KeyModifiers::NONE);
        for (name, modifier) in MODIFIERS {
            if let Some(tail) = rest.strip_prefix(name) {
                (rest, modifiers) = (tail, modifiers | modifier);
            }
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) => Some(KeyCode::Char(c)),
            _ => NAMES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code),
        };
        code.map(|code| Self::new(code, modifiers)).ok_or_else(|| KeyError(text.to_owned()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, _) in MODIFIERS.iter().filter(|(_, modifier)| self.modifiers.contains(*modifier)) {
            f.write_str(name)?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, code) => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_report_is_found_under_the_written_key() {
        let check = |text: &str, code, modifiers| {
            assert_eq!(text.parse::<Key>().unwrap(), Key::new(code, modifiers), "{text}");
            assert_eq!(Key::new(code, modifiers).to_string(), text);
        };
        check("a", KeyCode::Char('a'), KeyModifiers::NONE);
        check("A", KeyCode::Char('A'), KeyModifiers::SHIFT);
        check("A", KeyCode::Char('a'), KeyModifiers::SHIFT);
        check("ctrl+z", KeyCode::Char('Z'), KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        check("shift+tab", KeyCode::BackTab, KeyModifiers::SHIFT);
        check("shift+tab", KeyCode::BackTab, KeyModifiers::NONE);
        check("shift+left", KeyCode::Left, KeyModifiers::SHIFT);
        check("space", KeyCode::Char(' '), KeyModifiers::NONE);
        check("]", KeyCode::Char(']'), KeyModifiers::NONE);
        check("+", KeyCode::Char('+'), KeyModifiers::NONE);
        assert!("entre".parse::<Key>().is_err() && "".parse::<Key>().is_err() && "ctrl+".parse::<Key>().is_err());
    }
}
