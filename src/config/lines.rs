//! A TOML file as rows with their lines: what can be read of it, and what can't.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::formats::{Problem, Problems};

/// One `name = value`.
#[derive(Debug)]
pub struct Line<'t> {
    /// The name.
    pub name: String,
    /// The line that it stands on, from 1.
    pub line: u64,
    /// The value.
    pub value: DeValue<'t>,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    problems: Problems<'t>,
    /// Lines that could not be read: nothing on them is trusted.
    broken: Vec<u64>,
}

impl<'t> Lines<'t> {
    /// Begins to read `text`; `file` is its name in problems. Gives its rows, in order.
    pub fn read(text: &'t str, file: &'t str) -> (Self, Vec<Line<'t>>) {
        let mut lines = Self { text, problems: Problems::new(file), broken: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = error.span().map(|span| lines.line(span));
            // One mistake can be met more than once on its line.
            if line.is_none_or(|line| !lines.broken.contains(&line)) {
                match error.message().replace('\n', ", ").as_str() {
                    "duplicate key" => lines.add(line, "this name stands above already", "remove one of the two"),
                    what => lines.add(line, format!("this can't be read: {what}"), "write it as: name = \"value\""),
                }
            }
            lines.broken.extend(line);
        }
        let rows = lines.rows(table.into_inner());
        (lines, rows)
    }

    /// The rows of a table, in order.
    pub fn rows(&self, table: DeTable<'t>) -> Vec<Line<'t>> {
        let row = |(name, value): (toml::Spanned<_>, toml::Spanned<DeValue<'t>>)| {
            let line = self.line(name.span());
            Line { name: std::borrow::Cow::into_owned(name.into_inner()), line, value: value.into_inner() }
        };
        let mut rows: Vec<Line<'t>> = table.into_iter().map(row).filter(|row| !self.broken.contains(&row.line)).collect();
        rows.sort_by_key(|row| row.line);
        rows
    }

    /// The line on which a stretch begins.
    pub fn line(&self, span: Range<usize>) -> u64 {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64
    }

    /// Something is wrong on a line.
    pub fn add(&mut self, line: impl Into<Option<u64>>, what: impl Into<String>, advice: &str) {
        self.problems.add(line, what, advice);
    }

    /// All that is wrong, in order of the lines.
    pub fn finish(self) -> Vec<Problem> {
        let mut problems = self.problems.finish();
        problems.sort_by_key(|problem| problem.line);
        problems
    }
}
