//! The reader of gold JSONL.

use std::collections::HashSet;
use std::io::{self, BufRead, Read};

use serde_json::{Map, Value};

use super::GoldDocument;
use crate::domain::{CharOffsets, Document, DocumentId, Span};
use crate::formats::{MAX_BYTES, Problem, Problems};

const ONE_OBJECT: &str = "write one JSON object a line, with \"id\", \"text\" and \"spans\"";

/// Reads a whole file; `file` is its name in the problems.
pub fn read(input: impl BufRead, file: &str) -> (Vec<GoldDocument>, Vec<Problem>) {
    let mut documents = Vec::new();
    let problems = read_each(input, file, |document| documents.push(document));
    (documents, problems)
}

/// Reads a file line by line, hands each document to `take` and returns what was wrong. A line that cannot be read is
/// left out, a span that cannot be read is left out of its document.
pub fn read_each(input: impl BufRead, file: &str, take: impl FnMut(GoldDocument)) -> Vec<Problem> {
    read_lines(input, file, MAX_BYTES, take)
}

pub(super) fn read_lines(mut input: impl BufRead, file: &str, limit: u64, mut take: impl FnMut(GoldDocument)) -> Vec<Problem> {
    let mut problems = Problems::new(file);
    let mut ids = HashSet::new();
    let mut unkept = Unkept::default();
    let mut bytes = Vec::new();
    for number in 1.. {
        match next_line(&mut input, &mut bytes, limit) {
            Ok(Line::End) => break,
            Ok(Line::Whole) => {}
            Ok(Line::TooLong) => {
                let what = format!("the line is longer than {limit} bytes and was left out");
                problems.add(number, what, "split the document into smaller ones");
                continue;
            }
            Err(error) => {
                let what = format!("reading stopped here ({error}); the lines before were read");
                problems.add(number, what, "check the disk and read it again");
                break;
            }
        }
        let line = if number == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes) } else { &bytes };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let Some(document) = read_line(line, number, &mut problems, &mut unkept) else { continue };
        if ids.insert(document.document.id.clone()) {
            take(document);
        } else {
            problems.add(
                number,
                "a document with this id stands further up; this one was left out",
                "give each an id of its own",
            );
        }
    }
    if let Some(line) = unkept.first {
        let what = format!("{} spans hold fields besides start, end and label, which are not kept", unkept.spans);
        problems.add(line, what, "keep the original file if you need them");
    }
    problems.finish()
}

/// Spans with fields that a [`Span`] does not hold.
#[derive(Default)]
struct Unkept {
    spans: u64,
    first: Option<u64>,
}

enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads the next line into `bytes`, which never grows beyond `limit`: the rest of a longer line is passed over.
fn next_line(input: &mut impl BufRead, bytes: &mut Vec<u8>, limit: u64) -> io::Result<Line> {
    bytes.clear();
    if input.by_ref().take(limit + 1).read_until(b'\n', bytes)? == 0 {
        return Ok(Line::End);
    }
    if bytes.len() as u64 <= limit || bytes.last() == Some(&b'\n') {
        return Ok(Line::Whole);
    }
    input.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

fn read_line(line: &[u8], number: u64, problems: &mut Problems<'_>, unkept: &mut Unkept) -> Option<GoldDocument> {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("byte {} of the line is not UTF-8; the line was left out", error.valid_up_to() + 1);
            problems.add(number, what, "convert the file with `iconv -f latin1 -t utf-8`");
            return None;
        }
    };
    let mut fields: Map<String, Value> = match serde_json::from_str(text) {
        Ok(fields) => fields,
        Err(error) => {
            // serde_json's own message may quote the line, which is confidential: only its place is told.
            let what = match error.classify() {
                serde_json::error::Category::Data => "this is JSON, but no object; the line was left out".to_owned(),
                _ => format!("this is not valid JSON from column {} on; the line was left out", error.column()),
            };
            problems.add(number, what, ONE_OBJECT);
            return None;
        }
    };
    let Some(Value::String(text)) = fields.remove("text") else {
        problems.add(number, "there is no \"text\" that is a string; the line was left out", ONE_OBJECT);
        return None;
    };
    let id = match fields.remove("id") {
        Some(Value::String(id)) if !id.is_empty() => id,
        Some(Value::Number(id)) => id.to_string(),
        _ => {
            let id = format!("line-{number}");
            problems.add(number, format!("there is no \"id\"; the document is called {id}"), "give each document an id");
            id
        }
    };
    let spans = match fields.remove("spans") {
        None | Some(Value::Null) => None,
        Some(Value::Array(spans)) => Some(read_spans(&spans, &text, number, problems, unkept)),
        Some(_) => {
            problems.add(number, "\"spans\" is not a list; the document was read without them", ONE_OBJECT);
            None
        }
    };
    let mut document = Document::new(DocumentId::from(id.as_str()), text);
    document.meta = metadata(fields);
    let (spans, partial) = spans.unzip();
    Some(GoldDocument { document, spans, partial: partial.unwrap_or(false) })
}

/// `meta`, with what else the line holds put in beside it.
fn metadata(mut fields: Map<String, Value>) -> Map<String, Value> {
    let mut meta = match fields.remove("meta") {
        Some(Value::Object(meta)) => meta,
        Some(Value::Null) | None => Map::new(),
        Some(other) => Map::from_iter([("meta".to_owned(), other)]),
    };
    for (name, value) in fields {
        meta.entry(name).or_insert(value);
    }
    meta
}

/// The spans that can be read, and whether some can't.
fn read_spans(spans: &[Value], text: &str, number: u64, problems: &mut Problems<'_>, unkept: &mut Unkept) -> (Vec<Span>, bool) {
    let offsets = CharOffsets::new(text);
    let mut read = Vec::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        match read_span(span, &offsets) {
            Ok(span) => read.push(span),
            Err(what) => {
                let what =
                    format!("span {}: {what}; it was left out, and no label of this document is taken to be absent", index + 1);
                problems.add(number, what, "count offsets in Unicode characters from 0, ends exclusive");
            }
        }
        if span.as_object().is_some_and(|fields| fields.len() > 3) {
            unkept.spans += 1;
            unkept.first = unkept.first.or(Some(number));
        }
    }
    let partial = read.len() < spans.len();
    (read, partial)
}

fn read_span(span: &Value, offsets: &CharOffsets<'_>) -> Result<Span, String> {
    let number = |name: &str| {
        let value = span.get(name).and_then(Value::as_u64).and_then(|value| usize::try_from(value).ok());
        value.ok_or_else(|| format!("\"{name}\" is missing or not a whole number from 0 on"))
    };
    let (start, end) = (number("start")?, number("end")?);
    let label = span.get("label").and_then(Value::as_str).filter(|label| !label.is_empty());
    let label = label.ok_or("\"label\" is missing or empty")?.to_owned();
    if start >= end {
        return Err(format!("it starts at {start} and ends at {end}, so it covers nothing"));
    }
    match (offsets.byte(start), offsets.byte(end)) {
        (Some(start), Some(end)) => Ok(Span { start, end, label }),
        _ => Err(format!("it reaches to {end}, but the text has {} characters", offsets.chars())),
    }
}
