//! Label schemes as TOML files that people write.
//!
//! ```toml
//! name = "medication"
//!
//! [[label]]
//! name = "drug"
//! key = "d"
//! color = "#e69f00"
//! description = "Medicines by any name."
//! seeds = ["metformin", "aspirin*", "calcium channel blocker*"]
//! ```
//!
//! `was` are names that the label had before, whose decisions are its own; `merged` names of labels that were merged into
//! it, by which gold means it; `threshold` is from which probability on it is predicted, where the model's own does not
//! serve. A label's name is all that it needs; a free key and colour are chosen where none is given.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::{Problem, Problems};
use crate::domain::relabel::is_name;
use crate::domain::{Draft, LabelColor, LabelScheme, MAX_LABELS, SchemeError, Threshold, seed_parts};

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    name: Spanned<String>,
    #[serde(default)]
    label: Vec<Row>,
}

/// One `[[label]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: Spanned<String>,
    key: Option<Spanned<String>>,
    #[serde(alias = "colour")]
    color: Option<Spanned<String>>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    seeds: Vec<Spanned<String>>,
    #[serde(default)]
    was: Vec<String>,
    #[serde(default)]
    merged: Vec<String>,
    threshold: Option<Spanned<f64>>,
}

/// Reads a scheme file; `file` is its name in the problems.
///
/// # Errors
/// All that is wrong with it, with the lines.
pub fn read_scheme(text: &str, file: &str) -> Result<LabelScheme, Vec<Problem>> {
    let mut reader = Reader { text, problems: Problems::new(file) };
    let scheme = match toml::from_str::<Form>(text) {
        Ok(form) => reader.scheme(form),
        Err(error) => {
            let line = error.span().map(|span| reader.line(span));
            let what = error.message().replace('\n', ", ");
            reader.problems.add(line, what, "`chartmark scheme init --out FILE` writes a file to start from");
            None
        }
    };
    let problems = reader.problems.finish();
    scheme.filter(|_| problems.is_empty()).ok_or(problems)
}

struct Reader<'a> {
    text: &'a str,
    problems: Problems<'a>,
}

impl Reader<'_> {
    /// The line, counted from 1, on which a stretch begins.
    fn line(&self, span: Range<usize>) -> u64 {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64
    }

    fn scheme(&mut self, form: Form) -> Option<LabelScheme> {
        if !is_name(form.name.get_ref()) {
            let line = self.line(form.name.span());
            self.problems.add(line, "the scheme has no name that can be shown", "give it one of letters and digits");
        }
        let (mut names, mut keys) = (HashMap::new(), HashMap::new());
        let drafts = form.label.into_iter().map(|row| self.draft(row, &mut names, &mut keys)).collect();
        match LabelScheme::from_drafts(form.name.get_ref(), drafts) {
            Ok(scheme) => return Some(scheme),
            Err(SchemeError::Empty) => {
                self.problems.add(None, "the scheme has no labels", "write at least one [[label]] with a name");
            }
            Err(SchemeError::TooMany(count)) => {
                self.problems.add(None, format!("the scheme has {count} labels"), &format!("{MAX_LABELS} is the most"));
            }
            Err(error @ SchemeError::Was { .. }) => {
                self.problems.add(None, error.to_string(), "or remove it from `was`");
            }
            // The others were told with their lines.
            Err(_) => {}
        }
        None
    }

    /// A label; `names` and `keys` hold those of the labels before, with their lines.
    fn draft(&mut self, row: Row, names: &mut HashMap<String, u64>, keys: &mut HashMap<char, u64>) -> Draft {
        let line = self.line(row.name.span());
        let name = row.name.into_inner();
        if !is_name(&name) {
            self.problems.add(line, "the label has no name that can be shown", "give it one of letters and digits");
        } else if let Some(earlier) = names.insert(name.clone(), line) {
            let what = format!("the label '{name}' stands on line {earlier} already");
            self.problems.add(line, what, "give it another name, or remove one of the two");
        }
        let key = row.key.and_then(|key| self.key(&key, keys));
        let color = row.color.and_then(|color| {
            let line = self.line(color.span());
            LabelColor::try_from(color.into_inner())
                .map_err(|error| self.problems.add(line, error.to_string(), "such as #e69f00"))
                .ok()
        });
        let mut seeds = Vec::with_capacity(row.seeds.len());
        for seed in row.seeds {
            let line = self.line(seed.span());
            match seed_parts(seed.get_ref()) {
                Ok(_) => seeds.push(seed.into_inner()),
                Err(error) => self.problems.add(line, error.to_string(), "mend the term or remove it"),
            }
        }
        let threshold = row.threshold.and_then(|threshold| {
            let line = self.line(threshold.span());
            Threshold::try_from(threshold.into_inner())
                .map_err(|error| self.problems.add(line, error.to_string(), "or leave it out to have the model's"))
                .ok()
        });
        Draft { name, key, color, description: row.description, seeds, was: row.was, merged: row.merged, threshold }
    }

    fn key(&mut self, key: &Spanned<String>, keys: &mut HashMap<char, u64>) -> Option<char> {
        let line = self.line(key.span());
        let mut chars = key.get_ref().chars();
        let (Some(key), None) = (chars.next().filter(|key| key.is_alphanumeric()), chars.next()) else {
            self.problems.add(line, "a key is one letter or digit", "such as \"d\"; leave it out to have one chosen");
            return None;
        };
        if let Some(earlier) = keys.insert(key, line) {
            let what = format!("the key '{key}' belongs to the label on line {earlier} already");
            self.problems.add(line, what, "choose another, or leave it out");
        }
        Some(key)
    }
}

/// The scheme as a file that [`read_scheme`] reads back as it was.
pub fn write_scheme(scheme: &LabelScheme) -> String {
    let quoted = |text: &str| Value::String(text.to_owned()).to_string();
    let mut out = format!("name = {}\n", quoted(&scheme.name));
    for label in &scheme.labels {
        let (name, color, description) = (quoted(&label.name), label.color, quoted(&label.description));
        // A key that no keyboard has was given for want of a better one.
        let key = if label.key.is_alphanumeric() { format!("key = \"{}\"\n", label.key) } else { String::new() };
        // Writing to a string never fails.
        let _ = write!(out, "\n[[label]]\nname = {name}\n{key}color = \"{color}\"\ndescription = {description}\n");
        for (what, texts) in [("seeds", &label.seeds), ("was", &label.was), ("merged", &label.merged)] {
            if !texts.is_empty() {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                let _ = writeln!(out, "{what} = [{}]", texts.join(", "));
            }
        }
        if let Some(threshold) = label.threshold {
            let _ = writeln!(out, "threshold = {}", f64::from(threshold));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = r##"# Medicines.
name = "medication"

[[label]]
name = "drug"
key = "m"
colour = "#e69f00"
description = "Medicines by \"any\" name."
seeds = ["metformin", "aspirin*"]
was = ["medicine"]
threshold = 0.35

[[label]]
name = "dose"
"##;

    #[test]
    fn a_file_becomes_a_scheme_and_a_scheme_a_file() {
        let scheme = read_scheme(FILE, "f.toml").unwrap();
        assert_eq!((scheme.name.as_str(), scheme.names().collect::<Vec<_>>()), ("medication", vec!["drug", "dose"]));
        let drug = &scheme.labels[0];
        assert_eq!((drug.key, drug.color.to_string().as_str()), ('m', "#e69f00"));
        assert_eq!(
            (drug.description.as_str(), &drug.seeds[..]),
            (r#"Medicines by "any" name."#, &["metformin".to_owned(), "aspirin*".into()][..])
        );
        assert_eq!((&drug.was[..], drug.threshold), (&["medicine".to_owned()][..], Threshold::new(0.35)));
        assert_eq!(scheme.labels[1].key, 'd');
        assert!(scheme.labels[1].color != drug.color && scheme.labels[1].seeds.is_empty());
        assert_eq!(read_scheme(&write_scheme(&scheme), "again.toml"), Ok(scheme));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (change, expected) in [
            (("name = \"dose\"", "name = \"drug\""), &["f.toml:14: the label 'drug' stands on line 5 already"][..]),
            (("key = \"m\"", "key = \"mm\""), &["f.toml:6: a key is one letter"]),
            (("name = \"dose\"", "name = \"dose\"\nkey = \"m\""), &["f.toml:15: the key 'm' belongs to the label on line 6"]),
            (("#e69f00", "orange"), &["f.toml:7: 'orange' is not a colour"]),
            (("\"metformin\"", "\"met*min\""), &["f.toml:9: '*' stands for any ending"]),
            (("\"metformin\", ", "\n  \"ok\",\n  \"-\", "), &["f.toml:11: a seed term needs a letter"]),
            (("name = \"dose\"", "name = \" \""), &["f.toml:14: the label has no name"]),
            (("name = \"medication\"", "name = \"\""), &["f.toml:2: the scheme has no name"]),
            (("name = \"medication\"", ""), &["missing field `name`"]),
            (("key = \"m\"", "kee = \"m\""), &["f.toml:6: ", "kee"]),
            (("key = \"m\"", "key = m"), &["f.toml:6: "]),
            (("0.35", "1.5"), &["f.toml:11: 1.5 can't be a threshold"]),
            (("\"medicine\"", "\"dose\""), &["'dose' is what 'drug' was called"]),
            (("[[label]]\nname = \"dose\"", "[[label]]"), &["missing field `name`"]),
        ] {
            let problems = read_scheme(&FILE.replacen(change.0, change.1, 1), "f.toml").unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            let told = problems[0].to_string();
            assert!(expected.iter().all(|part| told.contains(part)) && told.contains("; "), "{expected:?} in {told}");
        }
        let both = FILE.replacen("#e69f00", "red", 1).replacen("\"dose\"", "\"drug\"", 1);
        assert_eq!(read_scheme(&both, "f.toml").unwrap_err().len(), 2, "all that is wrong is told at once");
        assert!(read_scheme("name = \"s\"", "f").unwrap_err()[0].to_string().contains("no labels"));
        let many: String = (0..257).map(|n| format!("[[label]]\nname = \"l{n}\"\n")).collect();
        assert!(read_scheme(&format!("name = \"s\"\n{many}"), "f").unwrap_err()[0].to_string().contains("256 is the most"));
    }

    proptest! {
        #[test]
        fn any_scheme_comes_back_from_its_file(
            rows in prop::collection::btree_map("[a-zé]{1,6}", ("[ -~éß\n\t\"\\\\]{0,20}", prop::collection::vec("[a-z\"\\\\]{1,4}[a-z]\\*?", 0..3)), 1..20),
            name in "[a-z][a-z '\"-]{0,8}[a-z]",
        ) {
            let draft = |(name, (description, seeds)): (&String, &(String, Vec<String>))| Draft {
                name: name.clone(), description: description.clone(), seeds: seeds.clone(), ..Draft::default()
            };
            let scheme = LabelScheme::from_drafts(&name, rows.iter().map(draft).collect()).unwrap();
            prop_assert_eq!(read_scheme(&write_scheme(&scheme), "f"), Ok(scheme));
        }

        #[test]
        fn no_text_makes_it_panic(text in "(name|label|\\[\\[|\\]\\]|key|=|\"|\n|#|é|[ -~]){0,40}") {
            let _ = read_scheme(&text, "f");
        }
    }
}
