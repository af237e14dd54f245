//! What was measured, as a table and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{LONG, MANY, SIZE};
use crate::cli::bench::machine;

/// Everything.
pub struct Figures {
    pub sample: Opened,
    pub many: Opened,
    pub keys: KeyTimes,
    /// What labelling the sample corpus took.
    pub label: Value,
    /// Growth with the words of a note.
    pub words: Vec<Grown>,
    /// Growth with the notes of a folder.
    pub notes: Vec<Grown>,
}

/// Opening, pass by pass, in seconds from the start of the process.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// To the first frame.
    pub frame: Vec<f64>,
    /// To the first note.
    pub note: Vec<f64>,
    /// The most memory that a pass took, in bytes.
    pub memory: u64,
    /// Size of the notes.
    pub bytes: Option<u64>,
}

/// One row of a table of growth.
#[derive(Clone, Debug)]
pub struct Grown {
    pub notes: usize,
    /// Words of each.
    pub words: usize,
    pub opened: Opened,
    /// Predicting everything, and colouring it again.
    pub coloured: Value,
}

/// Sorted seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times(Vec<f64>);

impl Times {
    fn new(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self(seconds)
    }

    /// The least time that this share of them doesn't exceed.
    fn at(&self, share: f64) -> f64 {
        let index = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(index.clamp(1, self.0.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    }

    fn json(&self) -> Value {
        json!({
            "count": self.0.len(), "best": self.at(0.0), "median": self.at(0.5), "p99": self.at(0.99), "worst": self.at(1.0),
        })
    }
}

/// Times from a key to its frame, of each phase.
#[derive(Clone, Debug, Default)]
pub struct KeyTimes {
    phases: Vec<Phase>,
    memory: u64,
}

#[derive(Clone, Debug)]
struct Phase {
    name: String,
    all: Times,
    /// Median of each pass.
    medians: Times,
    kinds: BTreeMap<String, Times>,
}

impl KeyTimes {
    /// Reads what the process has measured. The first pass of each phase is the one to warm up.
    ///
    /// # Errors
    /// When it is something else.
    pub fn new(found: &Value) -> Result<Self> {
        let unknown = "a measurement has given other figures than were asked for";
        let mut phases = Vec::new();
        for name in ["at rest", "reading", "training"] {
            let Some(passes) = found["phases"][name].as_array() else { continue };
            let (mut all, mut medians) = (Vec::new(), Vec::new());
            let mut kinds: BTreeMap<String, Vec<f64>> = BTreeMap::new();
            for pass in passes.iter().skip(1) {
                let mut own = Vec::new();
                for press in pass.as_array().context(unknown)? {
                    let (kind, seconds) = press[0].as_str().zip(press[1].as_f64()).context(unknown)?;
                    kinds.entry(kind.to_owned()).or_default().push(seconds);
                    own.push(seconds);
                }
                all.extend_from_slice(&own);
                medians.push(Times::new(own).at(0.5));
            }
            let kinds = kinds.into_iter().map(|(kind, times)| (kind, Times::new(times))).collect();
            phases.push(Phase { name: name.to_owned(), all: Times::new(all), medians: Times::new(medians), kinds });
        }
        Ok(Self { phases, memory: found["peak_memory_bytes"].as_u64().unwrap_or(0) })
    }

    fn json(&self) -> Value {
        let phase = |phase: &Phase| {
            let kinds: BTreeMap<&String, Value> = phase.kinds.iter().map(|(kind, times)| (kind, times.json())).collect();
            (phase.name.clone(), json!({ "all": phase.all.json(), "passes": phase.medians.json(), "kinds": kinds }))
        };
        let phases: serde_json::Map<String, Value> = self.phases.iter().map(phase).collect();
        json!({ "words": LONG, "phases": phases, "peak_memory_bytes": self.memory })
    }

    fn table(&self, out: &mut String) {
        line(out, "key to finished frame, ms", &["median", "of passes", "99%", "worst", "keys"].map(str::to_owned));
        for phase in &self.phases {
            let [least, most] = [phase.medians.at(0.0), phase.medians.at(1.0)].map(ms);
            let row = |name: &str, times: &Times, passes: String| {
                [name.to_owned(), ms(times.at(0.5)), passes, ms(times.at(0.99)), ms(times.at(1.0)), times.0.len().to_string()]
            };
            for [name, cells @ ..] in
                std::iter::once(row(&format!("the model {}", doing(&phase.name)), &phase.all, format!("{least}–{most}")))
                    .chain(phase.kinds.iter().map(|(kind, times)| row(&format!("  {kind}"), times, String::new())))
            {
                line(out, &name, &cells);
            }
        }
        line(out, "memory, MB", &[mb(self.memory)]);
    }
}

fn doing(phase: &str) -> &str {
    match phase {
        "at rest" => "is at rest",
        "reading" => "reads the note",
        _ => "trains, then rests",
    }
}

impl Opened {
    fn json(&self) -> Value {
        json!({
            "first_frame": Times::new(self.frame.clone()).json(),
            "first_note": Times::new(self.note.clone()).json(),
            "peak_memory_bytes": self.memory,
            "bytes": self.bytes,
        })
    }

    fn rows(&self, out: &mut String) {
        let mut row = |name: &str, times: &[f64]| {
            let times = Times::new(times.to_vec());
            line(out, name, &[0.5, 0.0, 1.0].map(|share| ms(times.at(share))));
        };
        row("  first frame, ms", &self.frame);
        if self.bytes.is_some() {
            row("  first note, ms", &self.note);
        }
        let texts = self.bytes.map_or_else(String::new, |bytes| format!("(the notes: {})", mb(bytes)));
        line(out, "  memory, MB", &[mb(self.memory), texts]);
    }
}

impl Grown {
    fn json(&self) -> Value {
        json!({ "notes": self.notes, "words": self.words, "opened": self.opened.json(), "coloured": self.coloured })
    }

    fn row(&self, out: &mut String) {
        let Self { notes, words, .. } = *self;
        let name = if notes == 1 { format!("  {words}") } else { format!("  {notes} of {words} words") };
        let opened = ms(Times::new(self.opened.note.clone()).at(0.5));
        let [predicted, again] = ["predict", "colour_again"].map(|name| ms(self.coloured[name].as_f64().unwrap_or(f64::NAN)));
        let memory = mb(self.coloured["peak_memory_bytes"].as_u64().unwrap_or(0));
        line(out, &name, &[opened, mb(self.opened.memory), predicted, again, memory]);
    }
}

impl Figures {
    /// For programs.
    pub fn json(&self) -> Value {
        let (words, notes): (Vec<Value>, Vec<Value>) =
            (self.words.iter().map(Grown::json).collect(), self.notes.iter().map(Grown::json).collect());
        json!({
            "screen": [SIZE.0, SIZE.1],
            "threads": rayon::current_num_threads(),
            "machine": machine::json(),
            "keys": self.keys.json(),
            "sample": self.sample.json(),
            "label_sample": self.label,
            "folder": self.many.json(),
            "growth": { "words_of_a_note": words, "notes_of_a_folder": notes },
        })
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut out = String::new();
        let (threads, machine) = (rayon::current_num_threads(), machine::name());
        let version = env!("CARGO_PKG_VERSION");
        // Writing to a string can't fail.
        let _ = writeln!(out, "Chartmark {version}, {machine}, {threads} threads, a screen of {} by {}\n", SIZE.0, SIZE.1);
        let _ = writeln!(out, "A note of {LONG} words");
        self.keys.table(&mut out);
        let heads = ["median", "best", "worst"].map(str::to_owned);
        line(&mut out, "\nOpening the sample corpus", &heads);
        self.sample.rows(&mut out);
        line(&mut out, &format!("Opening a folder of {MANY} notes"), &heads);
        self.many.rows(&mut out);
        let labelled = self.label["peak_memory_bytes"].as_u64().unwrap_or(0);
        line(&mut out, "Labelling the sample corpus, memory, MB", &[mb(labelled)]);
        for (title, rows) in [("Words of a note", &self.words), ("Notes of a folder", &self.notes)] {
            if !rows.is_empty() {
                let heads = ["opened, ms", "MB", "predicted, ms", "coloured again, ms", "MB"].map(str::to_owned);
                line(&mut out, &format!("\n{title}"), &heads);
                rows.iter().for_each(|row| row.row(&mut out));
            }
        }
        out
    }
}

/// A row: what it is, and its cells.
fn line(out: &mut String, name: &str, cells: &[String]) {
    // Writing to a string can't fail.
    let _ = write!(out, "{name:<42}");
    for cell in cells {
        let _ = write!(out, "{cell:>20}");
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
}

fn ms(seconds: f64) -> String {
    let ms = seconds * 1e3;
    if ms < 100.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}

fn mb(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_times_is_the_least_that_covers_it() {
        let times = Times::new((1..=200).rev().map(f64::from).collect());
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| times.at(share)), [1.0, 100.0, 198.0, 200.0]);
        assert!(Times::default().at(0.5).is_nan());
    }

    #[test]
    fn the_pass_to_warm_up_does_not_count() {
        let pass = |ms: f64| json!([["move", ms / 1e3], ["label", ms / 1e3], ["move", 2.0 * ms / 1e3]]);
        let found = json!({ "phases": { "reading": [pass(50.0), pass(1.0), pass(3.0)] }, "peak_memory_bytes": 5_000_000 });
        let keys = KeyTimes::new(&found).unwrap();
        let all = &keys.json()["phases"]["reading"]["all"];
        assert_eq!((&all["count"], &all["worst"], &all["median"]), (&json!(6), &json!(0.006), &json!(0.002)));
        let mut table = String::new();
        keys.table(&mut table);
        let rows: Vec<Vec<&str>> =
            table.lines().map(|line| line.split("  ").map(str::trim).filter(|it| !it.is_empty()).collect()).collect();
        assert_eq!(rows[1], ["the model reads the note", "2.00", "1.00–3.00", "6.00", "6.00", "6"]);
        assert_eq!(rows[2][..2], ["label", "1.00"]);
        assert!(KeyTimes::new(&json!({ "phases": { "reading": [[], [1]] } })).is_err());
    }
}
