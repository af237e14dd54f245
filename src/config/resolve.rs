//! Which of the places that set something wins: a flag, else the environment, else the file, else the default.

use std::ffi::OsString;

use super::parse::Parsed;
use super::setting::{SETTINGS, Setting, Value};
use crate::formats::Problem;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody has set it.
    Default,
    /// A line of the file.
    File(u64),
    /// This variable of the environment.
    Environment(String),
    /// The flag of its name.
    Flag,
}

/// All settings with their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// In order of [`SETTINGS`]; `None` where the default depends on the machine or the notes.
    values: Vec<(Option<Value>, Source)>,
}

/// Finds every setting's value. `flag` and `env` look one up; a variable that is empty is not set. Variables that can't be
/// used are passed over and told.
pub fn resolve(
    flag: impl Fn(&Setting) -> Option<Value>,
    env: impl Fn(&str) -> Option<OsString>,
    file: &Parsed,
) -> (Resolved, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut from_environment = |setting: &Setting| {
        let variable = setting.variable();
        let text = env(&variable).filter(|text| !text.is_empty())?;
        let unreadable = |_| ("it is not UTF-8".to_owned(), "set it to text that is, or unset it".to_owned());
        match text.into_string().map_err(unreadable).and_then(|text| setting.read(&text)) {
            Ok(value) => Some((value, variable)),
            Err((what, advice)) => {
                problems.push(Problem { file: variable, line: None, what, advice });
                None
            }
        }
    };
    let find = |setting: &'static Setting| {
        let flag = flag(setting);
        // Looked at even where a flag wins: a variable that can't be used is a mistake that waits.
        let variable = from_environment(setting);
        let line = file.entries.iter().find(|entry| entry.0.name == setting.name);
        match (flag, variable, line) {
            (Some(value), ..) => (Some(value), Source::Flag),
            (None, Some((value, variable)), _) => (Some(value), Source::Environment(variable)),
            (None, None, Some((_, value, line))) => (Some(value.clone()), Source::File(*line)),
            (None, None, None) => (setting.fallback(), Source::Default),
        }
    };
    let values = SETTINGS.into_iter().map(find).collect();
    (Resolved { values }, problems)
}

impl Resolved {
    /// Every setting with its value and where that comes from.
    pub fn all(&self) -> impl Iterator<Item = (&'static Setting, Option<&Value>, &Source)> {
        SETTINGS.into_iter().zip(&self.values).map(|(setting, (value, source))| (setting, value.as_ref(), source))
    }

    /// A setting's value and where it comes from.
    pub fn of(&self, wanted: &Setting) -> (Option<&Value>, &Source) {
        let found = self.all().find(|(setting, ..)| setting.name == wanted.name);
        found.map_or((None, &Source::Default), |(_, value, source)| (value, source))
    }

    /// A setting that is text.
    pub fn text(&self, setting: &Setting) -> Option<&str> {
        if let (Some(Value::Text(text)), _) = self.of(setting) { Some(text) } else { None }
    }

    /// A setting that is a number.
    pub fn count(&self, setting: &Setting) -> Option<usize> {
        if let (Some(Value::Count(count)), _) = self.of(setting) { Some(*count) } else { None }
    }

    /// A setting that is on or off.
    pub fn switch(&self, setting: &Setting) -> bool {
        matches!(self.of(setting), (Some(Value::Switch(true)), _))
    }

    /// Says that a setting's value can't be used, where it was set; `file` is the name of the settings file.
    pub fn problem(&self, setting: &Setting, file: &str, what: String, advice: String) -> Problem {
        let (file, line) = match self.of(setting).1 {
            Source::File(line) => (file.to_owned(), Some(*line)),
            Source::Environment(variable) => (variable.clone(), None),
            Source::Flag => (format!("--{}", setting.name), None),
            Source::Default => (setting.name.to_owned(), None),
        };
        Problem { file, line, what, advice }
    }
}
