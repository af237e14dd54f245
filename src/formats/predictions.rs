//! Predictions as `chartmark predict --format jsonl` writes them: one document a line, every word that has an
//! alphanumeric character.
//!
//! `{"id","text","model","words":[{"start","end","labels":["symptom"],"scores":{"symptom":0.93,"anatomy":0.02}}]}`, with
//! offsets in Unicode characters, ends exclusive.

use std::io::{self, Write};

use crate::domain::{Document, LabelScheme, Predictions, Words};

/// Writes predictions of documents with one model.
#[derive(Debug)]
pub struct PredictionsWriter {
    model: String,
    /// The labels' names, as JSON strings.
    names: Vec<String>,
    thresholds: Vec<f32>,
}

impl PredictionsWriter {
    /// A writer for predictions of `model` over the labels of `scheme`, with one threshold a label.
    pub fn new(model: &str, scheme: &LabelScheme, thresholds: &[f32]) -> Self {
        let names = scheme.names().map(json_string).collect();
        Self { model: json_string(model), names, thresholds: thresholds.to_vec() }
    }

    /// Writes the line of one document. `words` are its words, `predictions` what the model says of them; a word whose
    /// prediction is not there has no labels and no scores.
    ///
    /// # Errors
    /// Those of `out`, which should be buffered.
    pub fn write(&self, out: &mut impl Write, document: &Document, words: &Words, predictions: &Predictions) -> io::Result<()> {
        let text: &str = &document.text;
        write!(out, "{{\"id\":{},\"text\":", json_string(document.id.as_str()))?;
        serde_json::to_writer(&mut *out, text)?;
        write!(out, ",\"model\":{},\"words\":[", self.model)?;
        let mut first = true;
        // Words are in order and apart, so that characters can be counted along.
        let (mut byte, mut chars) = (0, 0);
        for (index, word) in words.iter().enumerate().filter(|(_, word)| word.alphanumeric) {
            let start = chars + text[byte..word.start].chars().count();
            let end = start + word.slice(text).chars().count();
            (byte, chars) = (word.end, end);
            if !std::mem::take(&mut first) {
                out.write_all(b",")?;
            }
            write!(out, "{{\"start\":{start},\"end\":{end},\"labels\":[")?;
            let labels = predictions.predicted(index, &self.thresholds);
            separated(out, labels.iter().filter_map(|label| self.names.get(label)), |out, name| out.write_all(name.as_bytes()))?;
            out.write_all(b"],\"scores\":{")?;
            let row = predictions.word(index).unwrap_or(&[]);
            separated(out, self.names.iter().zip(row), |out, (name, &score)| {
                out.write_all(name.as_bytes())?;
                out.write_all(b":")?;
                write_score(out, score)
            })?;
            out.write_all(b"}}")?;
        }
        out.write_all(b"]}\n")
    }
}

fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes `items` with commas between them.
fn separated<W: Write, T>(
    out: &mut W,
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut W, T) -> io::Result<()>,
) -> io::Result<()> {
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write(out, item)?;
    }
    Ok(())
}

/// Writes a probability rounded to four decimals, without trailing zeros.
fn write_score(out: &mut impl Write, score: f32) -> io::Result<()> {
    let mut units = (f64::from(score).clamp(0.0, 1.0) * 10_000.0).round() as u32;
    if units.is_multiple_of(10_000) {
        return write!(out, "{}.0", units / 10_000);
    }
    let mut digits = 4;
    while units.is_multiple_of(10) {
        units /= 10;
        digits -= 1;
    }
    write!(out, "0.{units:0digits$}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::tokenization::segment;

    fn line(text: &str, scheme: &LabelScheme, probabilities: Vec<f32>) -> String {
        let words = segment(text);
        let predictions = Predictions::new(1, scheme.len(), probabilities);
        let mut out = Vec::new();
        let writer = PredictionsWriter::new("tiny \"v1\"", scheme, &vec![0.5; scheme.len()]);
        writer.write(&mut out, &Document::new("n1", text), &words, &predictions).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn has_the_documented_form() {
        let scheme = LabelScheme::from_names("s", &["symptom", "of \"site\""]).unwrap();
        let line = line("é 患, pain", &scheme, vec![0.123_45, 0.5, 1.0, 0.0, 0.9, 0.9, 0.49999, 0.07]);
        let expected = json!({
            "id": "n1", "text": "é 患, pain", "model": "tiny \"v1\"",
            "words": [
                {"start": 0, "end": 1, "labels": ["of \"site\""], "scores": {"symptom": 0.1235, "of \"site\"": 0.5}},
                {"start": 2, "end": 3, "labels": ["symptom"], "scores": {"symptom": 1.0, "of \"site\"": 0.0}},
                {"start": 5, "end": 9, "labels": [], "scores": {"symptom": 0.5, "of \"site\"": 0.07}},
            ],
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
        assert!(line.ends_with("]}\n") && line.contains("\"scores\":{\"symptom\":1.0,\"of \\\"site\\\"\":0.0}"));
    }

    #[test]
    fn a_word_without_a_prediction_is_there_without_scores() {
        let scheme = LabelScheme::from_names("s", &["a"]).unwrap();
        assert!(line("x", &scheme, vec![f32::NAN]).contains(r#"{"start":0,"end":1,"labels":[],"scores":{}}"#));
        assert!(line("", &scheme, vec![]).contains(r#""words":[]"#));
    }

    proptest! {
        #[test]
        fn every_alphanumeric_word_once_with_its_slice(text in any::<String>(), score in 0.0f32..=1.0) {
            let scheme = LabelScheme::from_names("s", &["a"]).unwrap();
            let words = segment(&text);
            let json: Value = serde_json::from_str(&line(&text, &scheme, vec![score; words.len()])).unwrap();
            let chars: Vec<char> = text.chars().collect();
            let found: Vec<String> = json["words"].as_array().unwrap().iter().map(|word| {
                let at = |name: &str| word[name].as_u64().unwrap() as usize;
                chars[at("start")..at("end")].iter().collect()
            }).collect();
            let expected: Vec<&str> = words.iter().filter(|word| word.alphanumeric).map(|word| word.slice(&text)).collect();
            prop_assert_eq!(found, expected);
            for word in json["words"].as_array().unwrap() {
                let written = word["scores"]["a"].as_f64().unwrap();
                prop_assert!((written - f64::from(score)).abs() <= 0.500_001e-4);
            }
        }
    }
}
