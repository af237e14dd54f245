//! Gold JSONL: one document a line, labelled spans in Unicode characters, ends exclusive.
//!
//! `{"id": "n1", "text": "…", "spans": [{"start": 0, "end": 6, "label": "symptom"}], "meta": {}}`. Without `spans` a line
//! is a note that nobody has labelled; with an empty list, one without anything to label.

mod read;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::domain::{CharOffsets, Document, Span};

pub use read::{read, read_each};

/// One line of a gold file.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldDocument {
    /// The note, with what the line held besides id, text and spans as its metadata.
    pub document: Document,
    /// Its spans, in bytes; `None` if the line had none to say.
    pub spans: Option<Vec<Span>>,
    /// Whether some of its spans could not be read: where none stands, a label may be missing.
    pub partial: bool,
}

impl GoldDocument {
    /// A document that says nothing of its labels.
    pub fn unlabelled(document: Document) -> Self {
        Self { document, spans: None, partial: false }
    }
}

/// Writes one line: `document` with `spans` (in bytes, on character boundaries of its text) and its metadata.
///
/// # Errors
/// Those of `out`.
pub fn write_gold(out: &mut impl Write, document: &Document, spans: &[Span]) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        id: &'a str,
        text: &'a str,
        spans: Vec<CharSpan<'a>>,
        #[serde(skip_serializing_if = "Map::is_empty")]
        meta: &'a Map<String, Value>,
    }
    #[derive(Serialize)]
    struct CharSpan<'a> {
        start: usize,
        end: usize,
        label: &'a str,
    }
    let offsets = CharOffsets::new(&document.text);
    let in_chars = |span: &'_ Span| -> (usize, usize) { (offsets.char(span.start), offsets.char(span.end)) };
    let spans = spans
        .iter()
        .map(|span| {
            let (start, end) = in_chars(span);
            CharSpan { start, end, label: &span.label }
        })
        .collect();
    let line = Line { id: document.id.as_str(), text: &document.text, spans, meta: &document.meta };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// The names of the labels in `documents`, sorted: the scheme that a model trained on them has.
pub fn label_names(documents: &[GoldDocument]) -> Vec<String> {
    let names: std::collections::BTreeSet<&str> =
        documents.iter().flat_map(|gold| gold.spans.iter().flatten()).map(|span| span.label.as_str()).collect();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
