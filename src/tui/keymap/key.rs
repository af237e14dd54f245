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

/// Not a key, or none that can be pressed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key.
    #[error("{}; {}", self.what(), self.advice())]
    Unknown(String),
    /// A key that terminals report as another one.
    #[error("{}; {}", self.what(), self.advice())]
    Other(String, &'static str),
    /// Shift with a character that is no letter.
    #[error("{}; {}", self.what(), self.advice())]
    Shifted(String),
}

impl KeyError {
    /// What is wrong.
    pub fn what(&self) -> String {
        match self {
            Self::Unknown(text) => format!("'{}' is no key", crate::domain::visible(text)),
            Self::Other(text, other) => format!("terminals report '{text}' as {other}"),
            Self::Shifted(text) => format!("what '{text}' types depends on the keyboard"),
        }
    }

    /// What to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "write keys as a, A, ctrl+z, shift+left, space, enter, esc, tab, backspace, pgup, f1",
            Self::Other(..) => "choose another key",
            Self::Shifted(_) => "write the character itself, such as !",
        }
    }
}

/// Keys that terminals without a protocol of their own for keys report as others.
const SAME: [(char, &str); 3] = [('i', "tab"), ('m', "enter"), ('[', "esc")];

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
        let written = Self { modifiers: KeyModifiers::NONE, ..self }.to_string();
        let name = match (self.code, written.as_str()) {
            (KeyCode::F(number), _) => format!("F{number}"),
            (_, "left") => "←".to_owned(),
            (_, "right") => "→".to_owned(),
            (_, "up") => "↑".to_owned(),
            (_, "down") => "↓".to_owned(),
            (_, "space") => "Space".to_owned(),
            (_, "enter") => "Enter".to_owned(),
            (_, "esc") => "Esc".to_owned(),
            (_, "tab") => "Tab".to_owned(),
            (_, "backspace") => "Backspace".to_owned(),
            (_, "delete") => "Del".to_owned(),
            (_, "insert") => "Ins".to_owned(),
            (_, "home") => "Home".to_owned(),
            (_, "end") => "End".to_owned(),
            (_, "pgup") => "PgUp".to_owned(),
            (_, "pgdn") => "PgDn".to_owned(),
            _ => written,
        };
        let held = [(KeyModifiers::CONTROL, "Ctrl+"), (KeyModifiers::ALT, "Alt+"), (KeyModifiers::SHIFT, "Shift+")];
        let held = held.into_iter().filter(|(modifier, _)| self.modifiers.contains(*modifier));
        held.map(|(_, name)| name).chain([name.as_str()]).collect()
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
        // In any order.
        while let Some((tail, modifier)) =
            MODIFIERS.iter().find_map(|(name, modifier)| Some((rest.strip_prefix(name)?, *modifier)))
        {
            (rest, modifiers) = (tail, modifiers | modifier);
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (Some(c), None) if !c.is_control() && !c.is_whitespace() => Some(KeyCode::Char(c)),
            _ => NAMES.iter().find(|(name, _)| *name == rest).map(|(_, code)| *code),
        };
        match code.ok_or_else(|| KeyError::Unknown(text.chars().take(40).collect()))? {
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::SHIFT) && !c.is_alphabetic() => {
                Err(KeyError::Shifted(text.to_owned()))
            }
            code => {
                let key = Self::new(code, modifiers);
                let same = SAME.iter().find(|(c, _)| key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char(*c));
                same.map_or(Ok(key), |(_, other)| Err(KeyError::Other(text.to_owned(), other)))
            }
        }
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
        check("f10", KeyCode::F(10), KeyModifiers::NONE);
        check("ctrl+shift+left", KeyCode::Left, KeyModifiers::CONTROL | KeyModifiers::SHIFT);
        assert_eq!("shift+ctrl+left".parse::<Key>(), "ctrl+shift+left".parse());
        assert_eq!("shift+a".parse::<Key>(), "A".parse());
    }

    #[test]
    fn what_is_no_key_or_never_arrives_is_refused() {
        for (text, expected) in [
            ("entre", "'entre' is no key; write keys as"),
            ("", "'' is no key"),
            ("ctrl+", "is no key"),
            ("ab", "is no key"),
            ("f13", "is no key"),
            (" ", "is no key"),
            ("\u{1b}", "'␛' is no key"),
            ("ctrl+i", "as tab; choose another"),
            ("ctrl+M", "as enter"),
            ("ctrl+[", "as esc"),
            ("shift+1", "depends on the keyboard; write the character itself"),
        ] {
            let error = text.parse::<Key>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let names = ["f2", "ctrl+f12", "shift+insert", "alt+d", "+", "ctrl++"];
        let shown = names.map(|name| name.parse::<Key>().unwrap().name());
        assert_eq!(shown, ["F2", "Ctrl+F12", "Shift+Ins", "Alt+d", "+", "Ctrl++"]);
    }
}
