//! A text notation for labelled text: `[chest](anatomy) [pain](symptom,severity) today`.
//!
//! A stretch in square brackets carries the labels in the parentheses that follow it. Tests of edits are written in
//! it, `predict --format text` prints it, and a person can read it. A bracket that is not followed by `](` is text.

use super::label::LabelSet;
use super::word::{Span, Words};

/// Splits notation into the plain text and the spans (byte offsets, one a label, in order of the text).
pub fn parse(notation: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans) = (String::new(), Vec::new());
    let mut rest = notation;
    while let Some(open) = rest.find('[') {
        text.push_str(&rest[..open]);
        let after = &rest[open + 1..];
        let Some((inner, labels, tail)) = labelled(after) else {
            text.push('[');
            rest = after;
            continue;
        };
        let start = text.len();
        text.push_str(inner);
        spans.extend(labels.split(',').map(|label| Span { start, end: text.len(), label: label.trim().to_owned() }));
        rest = tail;
    }
    text.push_str(rest);
    (text, spans)
}

/// What stands behind `[`: the bracketed text, the labels, and the rest; `None` if it is no labelled stretch.
fn labelled(after: &str) -> Option<(&str, &str, &str)> {
    let close = after.find("](")?;
    let inner = &after[..close];
    let tail = &after[close + 2..];
    let end = tail.find(')')?;
    (!inner.contains('[') && !inner.is_empty() && end > 0).then(|| (inner, &tail[..end], &tail[end + 1..]))
}

/// Writes `text` in the notation: each run of neighbouring words with the same label set becomes one bracket. `sets`
/// holds a set a word, `names` the labels' names.
pub fn format(text: &str, words: &Words, sets: &[LabelSet], names: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    let mut word = 0;
    while word < words.len() {
        let set = sets[word];
        let first = word;
        word += 1;
        if set.is_empty() {
            continue;
        }
        let joins =
            |next: usize| next < words.len() && sets[next] == set && !text[words[next - 1].end..words[next].start].contains('\n');
        while joins(word) {
            word += 1;
        }
        let labels: Vec<&str> = set.iter().map(|label| names[label]).collect();
        let range = words[first].start..words[word - 1].end;
        out.push_str(&text[at..range.start]);
        out.push('[');
        out.push_str(&text[range.clone()]);
        out.push_str("](");
        out.push_str(&labels.join(","));
        out.push(')');
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_labels_and_leaves_other_brackets_alone() {
        let (text, spans) = parse("BP [140/90](test,result) [sic] and [no](");
        assert_eq!(text, "BP 140/90 [sic] and [no](");
        let found: Vec<(&str, &str)> = spans.iter().map(|span| (&text[span.start..span.end], span.label.as_str())).collect();
        assert_eq!(found, [("140/90", "test"), ("140/90", "result")]);
    }
}
