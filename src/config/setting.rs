//! The table of settings, and what a value may be.

use std::fmt;

use serde_json::json;

use super::nearest::or_all;
use super::size::bytes;
use crate::active_learning::STRATEGIES;
use crate::domain::visible;

/// One thing to set.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the file.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is if nobody says.
    pub default: DefaultValue,
    /// Whether the flag `--NAME` sets it too.
    pub flag: bool,
    /// Whether it is the screen's own: a change holds at once where the screen is open, else from the next start on, and
    /// the flag goes with the screen alone.
    pub live: bool,
    /// What it is for: a sentence without its full stop.
    pub about: &'static str,
    /// A value to write in its place, as the file writes it.
    pub example: &'static str,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text on one line.
    Text,
    /// A folder or file. In the file, `~/` is the home folder, and other relative paths start where the file lies.
    Path,
    /// A name; with a slash in it, or `.toml` at its end, a path.
    NameOrPath,
    /// One of some words.
    Choice(fn() -> Vec<&'static str>),
    /// A whole number from 1 on.
    Count,
    /// `true` or `false`.
    Switch,
    /// Bytes, with their unit.
    Size,
}

/// What a setting is if nobody says.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// This word.
    Word(&'static str),
    /// This switch.
    Switch(bool),
    /// It depends on the machine or the notes; in words.
    Depends(&'static str),
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word, a name or a path.
    Text(String),
    /// A number.
    Count(usize),
    /// On or off.
    Switch(bool),
}

/// Who decides.
pub const ANNOTATOR: &Setting = &Setting {
    name: "annotator",
    kind: Kind::Text,
    default: DefaultValue::Depends("the login name"),
    flag: true,
    live: false,
    about: "Who decides: the name that stands with every decision",
    example: "\"anna\"",
};

/// The model directory.
pub const MODEL: &Setting = &Setting {
    name: "model",
    kind: Kind::Path,
    default: DefaultValue::Depends("the bundled model"),
    flag: true,
    live: false,
    about: "The model's directory",
    example: "\"~/models/ward\"",
};

/// The labels of projects that have none of their own.
pub const SCHEME: &Setting = &Setting {
    name: "scheme",
    kind: Kind::NameOrPath,
    default: DefaultValue::Depends("the model's first"),
    flag: true,
    live: false,
    about: "The labels that a new project begins with: one of the model's schemes or a scheme file",
    example: "\"adverse-events\"",
};

/// Where the model computes.
pub const DEVICE: &Setting = &Setting {
    name: "device",
    kind: Kind::Choice(|| vec!["auto", "cpu", "cuda", "metal"]),
    default: DefaultValue::Word("auto"),
    flag: true,
    live: false,
    about: "Where the model computes",
    example: "\"auto\"",
};

/// What the encoder computes in.
pub const PRECISION: &Setting = &Setting {
    name: "precision",
    kind: Kind::Choice(|| vec!["fp32", "int8"]),
    default: DefaultValue::Depends("what suits the device"),
    flag: true,
    live: false,
    about: "What the encoder computes in when it predicts",
    example: "\"fp32\"",
};

/// How many threads compute.
pub const THREADS: &Setting = &Setting {
    name: "threads",
    kind: Kind::Count,
    default: DefaultValue::Depends("one a core"),
    flag: true,
    live: false,
    about: "How many threads compute",
    example: "2",
};

/// What the terminal's background is like.
pub const BACKGROUND: &Setting = &Setting {
    name: "background",
    kind: Kind::Choice(|| vec!["auto", "dark", "light"]),
    default: DefaultValue::Word("auto"),
    flag: true,
    live: true,
    about: "What the terminal's background is like; auto is what the terminal tells, or tones for both",
    example: "\"auto\"",
};

/// Where the colours come from.
pub const PALETTE: &Setting = &Setting {
    name: "palette",
    kind: Kind::Text,
    default: DefaultValue::Word("scheme"),
    flag: true,
    live: true,
    about: "Colours: those of the label scheme (scheme), some that colour-blind eyes tell apart (safe), or the NAME of a file \
            themes/NAME.toml",
    example: "\"scheme\"",
};

/// Whether the mouse works on the screen.
pub const MOUSE: &Setting = &Setting {
    name: "mouse",
    kind: Kind::Switch,
    default: DefaultValue::Switch(true),
    flag: true,
    live: true,
    about: "Whether the screen takes the mouse; else it stays with the terminal, for copying",
    example: "true",
};

/// Whether the queue is shown.
pub const QUEUE: &Setting = &Setting {
    name: "queue",
    kind: Kind::Switch,
    default: DefaultValue::Switch(true),
    flag: true,
    live: true,
    about: "Whether the queue stands beside the note",
    example: "true",
};

/// Whether the inspector is shown.
pub const INSPECTOR: &Setting = &Setting {
    name: "inspector",
    kind: Kind::Switch,
    default: DefaultValue::Switch(true),
    flag: true,
    live: true,
    about: "Whether the inspector is shown",
    example: "true",
};

/// The order of the queue by the names of the notes.
pub const BY_NAME: &str = "name";

/// The order of the queue.
pub const STRATEGY: &Setting = &Setting {
    name: "strategy",
    kind: Kind::Choice(|| {
        let orders = STRATEGIES.iter().rev().map(|strategy| strategy.name);
        orders.chain([BY_NAME, "corpus"]).collect()
    }),
    default: DefaultValue::Word(crate::active_learning::DEFAULT.name),
    flag: true,
    live: true,
    about: "The order of the queue on the screen: an acquisition function, name for the notes by name, or corpus for the \
            notes as they lie",
    example: "\"bald\"",
};

/// After how many decisions a training begins.
pub const TRAIN_AFTER: &Setting = &Setting {
    name: "train_after",
    kind: Kind::Count,
    default: DefaultValue::Depends("never"),
    flag: false,
    live: true,
    about: "A training begins by itself after decisions on so many words",
    example: "50",
};

/// After how long a rest a training begins.
pub const TRAIN_IDLE: &Setting = &Setting {
    name: "train_idle",
    kind: Kind::Count,
    default: DefaultValue::Depends("never"),
    flag: false,
    live: true,
    about: "A training begins by itself once nobody has done anything for so many seconds; train_after goes before",
    example: "120",
};

/// Where word vectors are kept.
pub const CACHE: &Setting = &Setting {
    name: "cache",
    kind: Kind::NameOrPath,
    default: DefaultValue::Depends("the system's folder for caches"),
    flag: false,
    live: false,
    about: "A folder that word vectors are kept in, in one of their own, or off for nowhere, as --no-cache says",
    example: "\"off\"",
};

/// How much of them is kept.
pub const CACHE_SIZE: &Setting = &Setting {
    name: "cache_size",
    kind: Kind::Size,
    default: DefaultValue::Word("2GB"),
    flag: false,
    live: false,
    about: "How much of the word vectors is kept; what was used longest ago goes first",
    example: "\"2GB\"",
};

/// All settings, in the order in which they are shown.
pub const SETTINGS: [&Setting; 16] = [
    ANNOTATOR,
    MODEL,
    SCHEME,
    DEVICE,
    PRECISION,
    THREADS,
    BACKGROUND,
    PALETTE,
    MOUSE,
    QUEUE,
    INSPECTOR,
    STRATEGY,
    TRAIN_AFTER,
    TRAIN_IDLE,
    CACHE,
    CACHE_SIZE,
];

/// The longest text of a setting, in bytes.
const LONGEST: usize = 4096;

impl Setting {
    /// The setting of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.into_iter().find(|setting| setting.name == name)
    }

    /// The variable of the environment that sets it.
    pub fn variable(&self) -> String {
        format!("CHARTMARK_{}", self.name.to_uppercase())
    }

    /// What it is if nobody says, where that is one value.
    pub fn fallback(&self) -> Option<Value> {
        match self.default {
            DefaultValue::Word(word) => Some(Value::Text(word.to_owned())),
            DefaultValue::Switch(on) => Some(Value::Switch(on)),
            DefaultValue::Depends(_) => None,
        }
    }

    /// Takes a value as it stands in the environment or behind a flag.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn read(&self, text: &str) -> Result<Value, (String, String)> {
        let value = match self.kind {
            Kind::Count => text.parse().ok().map(Value::Count),
            Kind::Switch => match text.to_ascii_lowercase().as_str() {
                "true" | "on" | "yes" | "1" => Some(Value::Switch(true)),
                "false" | "off" | "no" | "0" => Some(Value::Switch(false)),
                _ => None,
            },
            Kind::Text | Kind::Path | Kind::NameOrPath | Kind::Size | Kind::Choice(_) => Some(Value::Text(text.to_owned())),
        };
        self.check(value.unwrap_or_else(|| Value::Text(text.to_owned())))
    }

    /// Checks that a value is of the setting's kind.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn check(&self, value: Value) -> Result<Value, (String, String)> {
        let name = self.name;
        let fault = match (self.kind, &value) {
            (Kind::Choice(choices), Value::Text(word)) => {
                let choices = choices();
                let unknown = !choices.contains(&word.as_str());
                unknown.then(|| (format!("there is no {name} '{}'", short(word)), or_all(word, &choices)))
            }
            (Kind::Text | Kind::Path | Kind::NameOrPath, Value::Text(text)) => {
                let unfit = text.trim().is_empty() || text.len() > LONGEST || text.chars().any(char::is_control);
                unfit.then(|| {
                    (format!("{name} can't be '{}'", short(text)), format!("write text on one line, such as {}", self.example))
                })
            }
            (Kind::Size, Value::Text(text)) => bytes(text)
                .is_none()
                .then(|| (format!("{name} can't be '{}'", short(text)), "write a size such as 500MB or 2GB".to_owned())),
            (Kind::Count, Value::Count(1..)) | (Kind::Switch, Value::Switch(_)) => None,
            (Kind::Count, _) => Some((format!("{name} is no number from 1 on"), format!("write one, such as {}", self.example))),
            (Kind::Switch, _) => {
                Some((format!("{name} is neither true nor false"), "write one of the two, without quotes".to_owned()))
            }
            _ => Some((format!("{name} is no text"), format!("write it in quotes, such as {}", self.example))),
        };
        fault.map_or(Ok(value), Err)
    }
}

/// The beginning of a text, on one line, for a sentence about it.
fn short(text: &str) -> String {
    let shown = visible(text).replace('\n', "␊").replace('\t', "␉");
    let mut chars = shown.chars();
    let start: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() { start + "…" } else { start }
}

impl Value {
    /// As JSON has it.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(count) => json!(count),
            Self::Switch(on) => json!(on),
        }
    }
}

impl fmt::Display for Value {
    /// As the file writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{}", toml::Value::String(text.clone())),
            Self::Count(count) => write!(f, "{count}"),
            Self::Switch(on) => write!(f, "{on}"),
        }
    }
}
